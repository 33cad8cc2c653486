//! Data and insights for leadership and engineering teams (G-6), and for others of what they see.

use std::collections::BTreeMap;

use host::Fail;
use jiff::SignedDuration;
use kernel::{Caller, Time};
use ledger::{Eyes, Ledger, Row, Statement, Trouble, Value};
use proto::{
    common::v1::{CriterionOutcome, Verdict, delivery_channel},
    engagement::v1::{
        BlockerAge, CriterionCount, EngagementCount, GetInsightsRequest, Insights, Method, Readiness, Stage,
        StageTime, VerdictCount, blocker,
    },
};
use tonic::Status;

use crate::{api::Api, table::Engagements};

impl Api {
    /// Reads the insights as of now, of what the caller sees.
    pub(crate) async fn insights(&self, caller: &Caller, _: &GetInsightsRequest) -> Result<Insights, Status> {
        let view = View { ledger: self.0.ledger(), eyes: Eyes::of(caller) };
        let insights = view.read(self.0.now()).await.map_err(Fail::from)?;
        Ok(insights)
    }
}

/// How many devices are enrolled, and how ready they are, whosoever.
pub(crate) async fn readiness(ledger: &Ledger) -> Result<(i64, Readiness), Trouble> {
    View { ledger, eyes: Eyes::All }.readiness().await
}

/// What somebody sees of the engagements.
struct View<'a> {
    ledger: &'a Ledger,
    eyes: Eyes,
}

impl View<'_> {
    async fn read(&self, now: Time) -> Result<Insights, Trouble> {
        let (enrolled_devices, readiness) = self.readiness().await?;
        Ok(Insights {
            read_time: Some(proto::to_wire(now)),
            engagements: self.engagements().await?,
            stage_times: self.stage_times(now).await?,
            open_blockers: self.open_blockers(now).await?,
            criteria: self.criteria().await?,
            verdicts: self.verdicts().await?,
            readiness: Some(readiness),
            enrolled_devices,
        })
    }

    /// The rows that answer `sql`, whose `{seen}` is that `column` holds the identity of an engagement that is seen.
    async fn of_engagements(&self, sql: &str, column: &str) -> Result<Vec<Row>, Trouble> {
        let filter = self.eyes.filter_by::<Engagements>(column);
        let seen = filter.as_ref().map_or("1 = 1".to_owned(), |filter| filter.clause.replace('?', "$1"));
        let values: Vec<_> = filter.into_iter().map(|filter| filter.value).collect();
        self.ledger.read(Statement::new(sql.replace("{seen}", &seen), values)).await
    }

    /// The rows that answer `sql`, whose `{seen}` is that the subject is seen: an engagement, or a case, which has the id of
    /// the engagement it led to.
    async fn of_subjects(&self, sql: &str) -> Result<Vec<Row>, Trouble> {
        let columns = ["subject", "replace(subject, 'cases/', 'engagements/')"];
        let seen = self.eyes.condition(&columns, "$1").unwrap_or("1 = 1".to_owned());
        let values: Vec<_> = self.eyes.person().map(Value::from).into_iter().collect();
        self.ledger.read(Statement::new(sql.replace("{seen}", &seen), values)).await
    }

    async fn engagements(&self) -> Result<Vec<EngagementCount>, Trouble> {
        let sql = "SELECT stage, method, channel, count(*) FROM engagements WHERE {seen} \
               GROUP BY stage, method, channel ORDER BY stage, method, coalesce(channel, '')";
        let count = |row: &Row| {
            let (stage, method): (String, String) = (row.get(0)?, row.get(1)?);
            let channel: Option<String> = row.get(2)?;
            let kind = format!("KIND_{}", channel.as_deref().unwrap_or("UNSPECIFIED"));
            Ok(EngagementCount {
                stage: stage_number(&stage),
                method: Method::from_str_name(&format!("METHOD_{method}")).unwrap_or_default().into(),
                channel: delivery_channel::Kind::from_str_name(&kind).unwrap_or_default().into(),
                count: row.get(3)?,
            })
        };
        self.of_engagements(sql, "id").await?.iter().map(count).collect()
    }

    async fn stage_times(&self, now: Time) -> Result<Vec<StageTime>, Trouble> {
        let sql = "SELECT stage, entered_time, left_time FROM stage_visit WHERE {seen}";
        let rows = self.of_engagements(sql, "engagement_id").await?;
        let mut stages: BTreeMap<i32, (i64, SignedDuration, i64, SignedDuration)> = BTreeMap::new();
        for row in rows {
            let (stage, entered): (String, Time) = (row.get(0)?, row.get(1)?);
            let left: Option<Time> = row.get(2)?;
            // A clock that was set back does not make a visit negative.
            let spent = left.unwrap_or(now).duration_since(entered).max(SignedDuration::ZERO);
            let times = stages.entry(stage_number(&stage)).or_default();
            let (visits, time) =
                if left.is_some() { (&mut times.0, &mut times.1) } else { (&mut times.2, &mut times.3) };
            *visits += 1;
            *time = time.saturating_add(spent);
        }
        let show = |(stage, (completed_visits, completed, open_visits, open))| StageTime {
            stage,
            completed_visits,
            completed_time: Some(duration(completed)),
            open_visits,
            open_time: Some(duration(open)),
        };
        Ok(stages.into_iter().map(show).collect())
    }

    async fn open_blockers(&self, now: Time) -> Result<Vec<BlockerAge>, Trouble> {
        // A cancelled engagement's blockers block nothing any more, and nobody can resolve them.
        let sql = "SELECT kind, raised_time FROM blocker WHERE resolved_time IS NULL AND {seen} \
               AND engagement_id NOT IN (SELECT id FROM engagements WHERE stage = 'CANCELLED') \
               ORDER BY kind, raised_time";
        let mut kinds: BTreeMap<i32, Vec<SignedDuration>> = BTreeMap::new();
        for row in self.of_engagements(sql, "engagement_id").await? {
            let (kind, raised): (String, Time) = (row.get(0)?, row.get(1)?);
            let kind = blocker::Kind::from_str_name(&kind).unwrap_or_default();
            kinds.entry(kind.into()).or_default().push(now.duration_since(raised).max(SignedDuration::ZERO));
        }
        Ok(kinds.into_iter().map(|(kind, ages)| by_age(kind, &ages)).collect())
    }

    async fn criteria(&self) -> Result<Vec<CriterionCount>, Trouble> {
        let sql = "SELECT criterion, outcome, count(*) FROM criterion WHERE {seen} \
               GROUP BY criterion, outcome ORDER BY criterion";
        let count = |row: &Row| {
            let outcome: String = row.get(1)?;
            Ok(CriterionCount {
                criterion: row.get(0)?,
                outcome: CriterionOutcome::from_str_name(&outcome).unwrap_or_default().into(),
                count: row.get(2)?,
            })
        };
        self.of_subjects(sql).await?.iter().map(count).collect()
    }

    async fn verdicts(&self) -> Result<Vec<VerdictCount>, Trouble> {
        let sql = "SELECT verdict, count(*) FROM verdict WHERE {seen} GROUP BY verdict ORDER BY verdict";
        let count = |row: &Row| {
            let verdict: String = row.get(0)?;
            let verdict = Verdict::from_str_name(&verdict).unwrap_or_default();
            Ok(VerdictCount { verdict: verdict.into(), count: row.get(1)? })
        };
        self.of_subjects(sql).await?.iter().map(count).collect()
    }

    async fn readiness(&self) -> Result<(i64, Readiness), Trouble> {
        let sql = "SELECT CAST(coalesce(sum(enrolled_devices), 0) AS BIGINT), CAST(coalesce(sum(ready), 0) AS BIGINT), \
               CAST(coalesce(sum(ready_with_remediation), 0) AS BIGINT), \
               CAST(coalesce(sum(blocked), 0) AS BIGINT), CAST(coalesce(sum(not_reviewed), 0) AS BIGINT) \
               FROM engagements WHERE {seen}";
        let rows = self.of_engagements(sql, "id").await?;
        let Some(row) = rows.first() else { return Ok((0, Readiness::default())) };
        let total = |index| Ok::<_, Trouble>(row.get::<i64>(index)?.try_into().unwrap_or(i32::MAX));
        let readiness = Readiness {
            ready: total(1)?,
            ready_with_remediation: total(2)?,
            blocked: total(3)?,
            not_reviewed: total(4)?,
        };
        Ok((row.get(0)?, readiness))
    }
}

fn by_age(kind: i32, ages: &[SignedDuration]) -> BlockerAge {
    let between = |from: i64, to: i64| {
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        ages.iter().filter(|age| **age >= days(from) && **age < days(to)).count()
    };
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (under_7, under_30) = (between(0, 7), between(7, 30));
    BlockerAge {
        kind,
        under_7_days: number(under_7),
        under_30_days: number(under_30),
        over_30_days: number(ages.len() - under_7 - under_30),
        oldest: ages.iter().max().copied().map(duration),
    }
}

fn stage_number(stage: &str) -> i32 {
    Stage::from_str_name(&format!("STAGE_{stage}")).unwrap_or_default().into()
}

fn duration(duration: SignedDuration) -> prost_types::Duration {
    prost_types::Duration { seconds: duration.as_secs(), nanos: duration.subsec_nanos() }
}
