//! Data and insights for leadership and engineering teams (G-6), and for others of what they see.

mod learnt;
mod life;
mod span;

use std::collections::BTreeMap;

use host::{Fail, Fields};
use jiff::SignedDuration;
use kernel::{Caller, Id, Moment, Time};
use ledger::{Eyes, Ledger, Row, Statement, Trouble, Value};
use proto::{
    common::v1::{CriterionOutcome, Verdict, delivery_channel},
    engagement::v1::{
        BlockerAge, CriterionCount, EngagementCount, FindingTotals, GetInsightsRequest, Insights, Method,
        PauseTotals, Readiness, Stage, StageTime, SummaryTotals, VerdictCount, blocker,
    },
};
use tonic::Status;

use self::{
    life::Life,
    span::{Span, between},
};
use crate::{api::Api, table::Engagements};

impl Api {
    /// Reads the insights of a span of time, of what the caller sees.
    pub(crate) async fn insights(
        &self,
        caller: &Caller,
        request: &GetInsightsRequest,
    ) -> Result<Insights, Status> {
        let now = self.0.now();
        let span = span(request, now)?;
        let view = View { ledger: self.0.ledger(), eyes: Eyes::of(caller) };
        let insights = view.read(span, now).await.map_err(Fail::from)?;
        Ok(insights)
    }
}

fn span(request: &GetInsightsRequest, now: Time) -> Result<Span, Fail> {
    let mut fields = Fields::new(now);
    let (from, until) = ("from_time", "until_time");
    let (from, until) = fields.sought_span((from, request.from_time), (until, request.until_time));
    fields.finish()?;
    Ok(Span::new(from.map(Moment::time), until.map(Moment::time), now))
}

/// How many devices are enrolled, and how ready they are, whosoever.
pub(crate) async fn readiness(ledger: &Ledger) -> Result<(i64, Readiness), Trouble> {
    View { ledger, eyes: Eyes::All }.readiness().await
}

/// When engagements were on hold, and until when those count that are: no clock ran then (I-24).
#[derive(Default)]
struct Pauses(BTreeMap<Id, Vec<(Time, Option<Time>, Time)>>);

impl Pauses {
    /// The time between two moments that the engagement was not on hold.
    fn time(&self, engagement: Id, from: Time, to: Time) -> SignedDuration {
        let held = self.0.get(&engagement).into_iter().flatten();
        let paused =
            held.map(|(held, ended, until)| between((*held).max(from), ended.unwrap_or(*until).min(to)));
        between(from, to).saturating_sub(paused.sum()).max(SignedDuration::ZERO)
    }

    /// Those that a span has part of.
    fn totals(&self, span: Span) -> PauseTotals {
        let parts = self.0.values().flatten().filter_map(|(held, ended, _)| span.part(*held, *ended));
        let (mut totals, mut time) = (PauseTotals::default(), SignedDuration::ZERO);
        for part in parts {
            totals.pauses += 1;
            totals.open += i64::from(part.is_open);
            time = time.saturating_add(between(part.began, part.until));
        }
        PauseTotals { time: Some(duration(time)), ..totals }
    }
}

/// What somebody sees of the engagements.
struct View<'a> {
    ledger: &'a Ledger,
    eyes: Eyes,
}

impl View<'_> {
    async fn read(&self, span: Span, now: Time) -> Result<Insights, Trouble> {
        let (enrolled_devices, readiness) = self.readiness().await?;
        let pauses = self.pauses(span.end()).await?;
        let (findings, summaries) = self.learnt(span).await?;
        let life = self.life(span).await?.end();
        Ok(Insights {
            read_time: Some(proto::to_wire(now)),
            engagements: if span.is_past() { self.stood(span).await? } else { self.engagements().await? },
            stage_times: self.stage_times(&pauses, span).await?,
            open_blockers: self.open_blockers(&pauses, span).await?,
            criteria: self.criteria().await?,
            verdicts: self.verdicts().await?,
            readiness: Some(readiness),
            enrolled_devices,
            pauses: Some(pauses.totals(span)),
            findings: Some(findings),
            summaries: Some(summaries),
            ..life
        })
    }

    async fn learnt(&self, span: Span) -> Result<(FindingTotals, SummaryTotals), Trouble> {
        let workshops = self.of_engagements_in(span, learnt::WORKSHOPS, "engagement_id").await?;
        let summaries = self.of_engagements_in(span, learnt::SUMMARIES, "engagement_id").await?;
        Ok((learnt::findings(&workshops)?, learnt::summaries(&summaries)?))
    }

    async fn life(&self, span: Span) -> Result<Life, Trouble> {
        let mut life = Life::default();
        for row in self.of_engagements(life::SQL, "id").await? {
            life.add(&row, span)?;
        }
        Ok(life)
    }

    /// The rows that answer `sql`, whose `{seen}` is that `column` holds the identity of an engagement that is seen.
    async fn of_engagements(&self, sql: &str, column: &str) -> Result<Vec<Row>, Trouble> {
        self.of_engagements_with(Vec::new(), sql, column).await
    }

    /// The same for `sql` that asks for what is between `$1` and `$2`, the bounds of a span.
    async fn of_engagements_in(&self, span: Span, sql: &str, column: &str) -> Result<Vec<Row>, Trouble> {
        self.of_engagements_with(span.bounds().map(Value::from).into(), sql, column).await
    }

    async fn of_engagements_with(
        &self,
        mut values: Vec<Value>,
        sql: &str,
        column: &str,
    ) -> Result<Vec<Row>, Trouble> {
        let filter = self.eyes.filter_by::<Engagements>(column);
        let place = format!("${}", values.len() + 1);
        let seen = filter.as_ref().map_or("1 = 1".to_owned(), |filter| filter.clause.replace('?', &place));
        values.extend(filter.map(|filter| filter.value));
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
        let count = |row: &Row| counted(row, row.get(3)?);
        self.of_engagements(sql, "id").await?.iter().map(count).collect()
    }

    /// Where the engagements stood at the end of a span that is past.
    async fn stood(&self, span: Span) -> Result<Vec<EngagementCount>, Trouble> {
        let sql = "SELECT v.stage, e.method, e.channel, v.entered_time, v.left_time FROM stage_visit AS v \
               JOIN engagements AS e ON e.id = v.engagement_id WHERE {seen}";
        let mut counts: BTreeMap<(i32, i32, i32), i64> = BTreeMap::new();
        for row in self.of_engagements(sql, "v.engagement_id").await? {
            let part = span.part(row.get(3)?, row.get(4)?);
            if part.is_some_and(|part| part.is_open) {
                let EngagementCount { stage, method, channel, .. } = counted(&row, 0)?;
                *counts.entry((stage, method, channel)).or_default() += 1;
            }
        }
        let show = |((stage, method, channel), count)| EngagementCount { stage, method, channel, count };
        Ok(counts.into_iter().map(show).collect())
    }

    async fn stage_times(&self, pauses: &Pauses, span: Span) -> Result<Vec<StageTime>, Trouble> {
        let sql = "SELECT stage, entered_time, left_time, engagement_id FROM stage_visit WHERE {seen}";
        let rows = self.of_engagements(sql, "engagement_id").await?;
        let mut stages: BTreeMap<i32, (i64, SignedDuration, i64, SignedDuration)> = BTreeMap::new();
        for row in rows {
            let (stage, entered): (String, Time) = (row.get(0)?, row.get(1)?);
            let Some(part) = span.part(entered, row.get(2)?) else { continue };
            let spent = pauses.time(row.get(3)?, part.began, part.until);
            let times = stages.entry(stage_number(&stage)).or_default();
            let (visits, time) =
                if part.is_open { (&mut times.2, &mut times.3) } else { (&mut times.0, &mut times.1) };
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

    async fn open_blockers(&self, pauses: &Pauses, span: Span) -> Result<Vec<BlockerAge>, Trouble> {
        // What blocked an engagement that has ended blocks nothing any more, and nobody can resolve it.
        let sql = "SELECT b.kind, b.raised_time, b.engagement_id, b.resolved_time, v.entered_time FROM blocker AS b \
               LEFT JOIN stage_visit AS v ON v.engagement_id = b.engagement_id \
               AND v.stage IN ('CANCELLED', 'CLOSED') WHERE {seen}{open} ORDER BY b.kind, b.raised_time";
        let open = " AND b.resolved_time IS NULL AND v.entered_time IS NULL";
        let sql = sql.replace("{open}", if span.is_past() { "" } else { open });
        let mut kinds: BTreeMap<i32, Vec<SignedDuration>> = BTreeMap::new();
        for row in self.of_engagements(&sql, "b.engagement_id").await? {
            let (kind, raised): (String, Time) = (row.get(0)?, row.get(1)?);
            let (resolved, ended): (Option<Time>, Option<Time>) = (row.get(3)?, row.get(4)?);
            let over = resolved.into_iter().chain(ended).min();
            if over.is_some_and(|over| over <= span.end()) || (span.is_past() && raised >= span.end()) {
                continue;
            }
            let kind = blocker::Kind::from_str_name(&kind).unwrap_or_default();
            kinds.entry(kind.into()).or_default().push(pauses.time(row.get(2)?, raised, span.end()));
        }
        Ok(kinds.into_iter().map(|(kind, ages)| by_age(kind, &ages)).collect())
    }

    /// When the engagements were on hold; those that are, until then.
    async fn pauses(&self, until: Time) -> Result<Pauses, Trouble> {
        let sql = "SELECT engagement_id, held_time, ended_time FROM pause WHERE {seen}";
        let mut pauses = Pauses::default();
        for row in self.of_engagements(sql, "engagement_id").await? {
            let ended: Option<Time> = row.get(2)?;
            pauses.0.entry(row.get(0)?).or_default().push((row.get(1)?, ended, until));
        }
        Ok(pauses)
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

/// So many engagements, of the stage, method and channel that the row begins with.
fn counted(row: &Row, count: i64) -> Result<EngagementCount, Trouble> {
    let (stage, method): (String, String) = (row.get(0)?, row.get(1)?);
    let channel: Option<String> = row.get(2)?;
    let kind = format!("KIND_{}", channel.as_deref().unwrap_or("UNSPECIFIED"));
    Ok(EngagementCount {
        stage: stage_number(&stage),
        method: Method::from_str_name(&format!("METHOD_{method}")).unwrap_or_default().into(),
        channel: delivery_channel::Kind::from_str_name(&kind).unwrap_or_default().into(),
        count,
    })
}

fn stage_number(stage: &str) -> i32 {
    Stage::from_str_name(&format!("STAGE_{stage}")).unwrap_or_default().into()
}

pub(crate) fn duration(duration: SignedDuration) -> prost_types::Duration {
    prost_types::Duration { seconds: duration.as_secs(), nanos: duration.subsec_nanos() }
}
