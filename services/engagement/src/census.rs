//! What insights tell, as numbers for whoever collects them: by statements that group, and never read every row.

use engagement_domain::Stage;
use host::{Count, Desk, Fail};
use ledger::{Ledger, Statement, Trouble, of_each, tally};

use crate::insights;

const BLOCKERS: [&str; 7] =
    ["APPLICATION", "HARDWARE", "INFRASTRUCTURE", "LICENSING", "ORGANISATION", "SECURITY", "OTHER"];
const VERDICTS: [&str; 3] = ["QUALIFIED", "NOT_QUALIFIED", "UNDETERMINED"];

/// Counts it.
pub(crate) async fn take(desk: Desk) -> Result<Vec<Count>, Fail> {
    let ledger = desk.ledger();
    let mut counts = stages(ledger).await?;
    counts.extend(engagements(ledger).await?);
    counts.extend(verdicts(ledger).await?);
    counts.extend(blockers(ledger).await?);
    counts.extend(devices(ledger).await?);
    Ok(counts)
}

async fn stages(ledger: &Ledger) -> Result<Vec<Count>, Trouble> {
    let found = tally(ledger, "SELECT stage, count(*) FROM engagements GROUP BY stage").await?;
    let stages = Stage::ALL.iter().map(|stage| stage.as_str());
    Ok(of_each(stages, &found).map(|(stage, number)| Count::stage("engagement", stage, number)).collect())
}

async fn engagements(ledger: &Ledger) -> Result<Vec<Count>, Trouble> {
    let sql = "SELECT stage, method, coalesce(channel, 'NONE'), count(*) FROM engagements \
               GROUP BY stage, method, channel";
    let rows = ledger.read(Statement::new(sql, Vec::new())).await?;
    let count = |row: &ledger::Row| {
        let (stage, method, channel): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Count::engagements(&stage, &method, &channel, row.get(3)?))
    };
    rows.iter().map(count).collect()
}

async fn verdicts(ledger: &Ledger) -> Result<Vec<Count>, Trouble> {
    let sql = "SELECT replace(verdict, 'VERDICT_', ''), count(*) FROM verdict GROUP BY verdict";
    let found = tally(ledger, sql).await?;
    Ok(of_each(VERDICTS, &found).map(|(verdict, number)| Count::verdicts(verdict, number)).collect())
}

async fn blockers(ledger: &Ledger) -> Result<Vec<Count>, Trouble> {
    // As in the insights: nobody can resolve what blocks an engagement that has ended.
    let sql = "SELECT replace(kind, 'KIND_', ''), count(*) FROM blocker WHERE resolved_time IS NULL \
               AND engagement_id NOT IN (SELECT id FROM engagements WHERE stage IN ('CANCELLED', 'CLOSED')) GROUP BY kind";
    let found = tally(ledger, sql).await?;
    Ok(of_each(BLOCKERS, &found).map(|(kind, number)| Count::blockers(kind, number)).collect())
}

async fn devices(ledger: &Ledger) -> Result<Vec<Count>, Trouble> {
    let (_, readiness) = insights::readiness(ledger).await?;
    let found = [
        ("ready", readiness.ready),
        ("ready_with_remediation", readiness.ready_with_remediation),
        ("blocked", readiness.blocked),
        ("not_reviewed", readiness.not_reviewed),
    ];
    Ok(found.map(|(readiness, number)| Count::devices(readiness, number.into())).to_vec())
}

#[cfg(test)]
mod tests {
    use proto::{common::v1::Verdict, engagement::v1::blocker::Kind};

    use super::*;

    #[test]
    fn every_kind_that_there_is_is_counted_even_when_there_is_none() {
        let kinds = (1..).map_while(|number| Kind::try_from(number).ok());
        let kinds: Vec<_> = kinds.map(|kind| kind.as_str_name().trim_start_matches("KIND_")).collect();
        assert_eq!(kinds, BLOCKERS);
        let verdicts = (1..).map_while(|number| Verdict::try_from(number).ok());
        let verdicts: Vec<_> = verdicts.map(|one| one.as_str_name().trim_start_matches("VERDICT_")).collect();
        assert_eq!(verdicts, VERDICTS);
    }
}
