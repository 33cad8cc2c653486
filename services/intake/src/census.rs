//! How many cases stand in each stage, for whoever collects the numbers.

use host::{Count, Desk, Fail};
use intake_domain::CaseState;
use ledger::{of_each, tally};

/// Counts them.
pub(crate) async fn take(desk: Desk) -> Result<Vec<Count>, Fail> {
    let cases = tally(desk.ledger(), "SELECT stage, count(*) FROM cases GROUP BY stage").await?;
    let stages = CaseState::ALL.iter().map(|state| state.as_str());
    Ok(of_each(stages, &cases).map(|(stage, number)| Count::stage("case", stage, number)).collect())
}
