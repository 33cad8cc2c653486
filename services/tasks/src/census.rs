//! How many tasks stand in each status, for whoever collects the numbers.

use host::{Count, Desk, Fail};
use ledger::{of_each, tally};
use tasks_domain::task::Status;

/// Counts them.
pub(crate) async fn take(desk: Desk) -> Result<Vec<Count>, Fail> {
    let tasks = tally(desk.ledger(), "SELECT status, count(*) FROM tasks GROUP BY status").await?;
    let counts = of_each(Status::NAMES.iter().copied(), &tasks);
    Ok(counts.map(|(status, number)| Count::stage("task", status, number)).collect())
}

#[cfg(test)]
mod tests {
    use proto::tasks::v1::task::State as Wire;

    use super::*;

    #[test]
    fn every_status_that_there_is_is_counted_even_when_there_is_none() {
        let statuses = (1..).map_while(|number| Wire::try_from(number).ok());
        let names: Vec<_> =
            statuses.map(|status| status.as_str_name().trim_start_matches("STATE_")).collect();
        assert_eq!(names, Status::NAMES);
    }
}
