//! What workshops found and summaries say, in numbers (G-6, E-3.2, E-3.3).

use ledger::{Row, Trouble};
use proto::engagement::v1::{
    FindingCount, FindingTotals, GapCount, SummaryTotals, SupportCount, finding, gap, remote_support,
};

/// The workshops between two moments.
pub(crate) const WORKSHOPS: &str = "SELECT count(*), CAST(coalesce(sum(blockers), 0) AS BIGINT), CAST(coalesce(sum(challenges), 0) AS BIGINT), \
     CAST(coalesce(sum(concerns), 0) AS BIGINT) \
     FROM learnt WHERE {seen} AND workshop_time >= $1 AND workshop_time < $2";

/// The final summaries between two moments.
pub(crate) const SUMMARIES: &str = "SELECT count(*), CAST(coalesce(sum(da_analysis), 0) AS BIGINT), \
     CAST(coalesce(sum(customer_discussion), 0) AS BIGINT), CAST(coalesce(sum(desktop_app_assure), 0) AS BIGINT), \
     CAST(coalesce(sum(fasttrack_remote_support), 0) AS BIGINT), CAST(coalesce(sum(partner_benefits), 0) AS BIGINT), \
     CAST(coalesce(sum(without_gaps), 0) AS BIGINT), CAST(coalesce(sum(business_units), 0) AS BIGINT) \
     FROM learnt WHERE {seen} AND summary_time >= $1 AND summary_time < $2";

pub(crate) fn findings(rows: &[Row]) -> Result<FindingTotals, Trouble> {
    use finding::Kind::{Blocker, Challenge, Concern};
    let Some(row) = rows.first() else { return Ok(FindingTotals::default()) };
    let counts = counts(row, 1, [Blocker, Challenge, Concern])?;
    let count = |(kind, count): (finding::Kind, i64)| FindingCount { kind: kind.into(), count };
    Ok(FindingTotals { workshops: row.get(0)?, findings: counts.map(count).collect() })
}

pub(crate) fn summaries(rows: &[Row]) -> Result<SummaryTotals, Trouble> {
    use gap::Source::{CustomerDiscussion, DaAnalysis};
    use remote_support::Kind::{DesktopAppAssure, FasttrackRemoteSupport, PartnerBenefits};
    let Some(row) = rows.first() else { return Ok(SummaryTotals::default()) };
    let gaps = counts(row, 1, [DaAnalysis, CustomerDiscussion])?;
    let gap = |(source, count): (gap::Source, i64)| GapCount { source: source.into(), count };
    let kinds = counts(row, 3, [DesktopAppAssure, FasttrackRemoteSupport, PartnerBenefits])?;
    let support = |(kind, count): (remote_support::Kind, i64)| SupportCount { kind: kind.into(), count };
    Ok(SummaryTotals {
        summaries: row.get(0)?,
        gaps: gaps.map(gap).collect(),
        remote_support: kinds.map(support).collect(),
        without_gaps: row.get(6)?,
        business_units: row.get(7)?,
    })
}

/// How many there are of each kind, told from a place of the row on; those of which there is none are left out.
fn counts<K: Copy, const N: usize>(
    row: &Row,
    first: usize,
    kinds: [K; N],
) -> Result<impl Iterator<Item = (K, i64)>, Trouble> {
    let counts: Result<Vec<i64>, _> = (first..first + N).map(|place| row.get(place)).collect();
    Ok(kinds.into_iter().zip(counts?).filter(|(_, count)| *count > 0))
}
