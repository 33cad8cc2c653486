//! Which resources have something that became overdue, between one look and the next.

use kernel::Time;

use crate::{Ledger, Statement, Trouble, Value};

/// An action whose duties became overdue if they wait since a moment after `after`, and not after `until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The duties' action.
    pub action: String,
    /// Those that wait since this moment, or longer, were overdue before.
    pub after: Time,
    /// Those that wait since a later moment are not overdue yet.
    pub until: Time,
}

/// The resources with a duty in one of `spans`, each once, in order, after the one called `after`, `limit` at most.
pub async fn became_overdue(
    ledger: &Ledger,
    spans: &[Span],
    after: &str,
    limit: i64,
) -> Result<Vec<String>, Trouble> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    ledger.read(statement(spans, after, limit)).await?.iter().map(|row| row.get(0)).collect()
}

/// Each action's duties are found by its own index.
pub(crate) fn statement(spans: &[Span], after: &str, limit: i64) -> Statement {
    let mut values: Vec<Value> = vec![limit.into(), after.into()];
    let mut each = Vec::new();
    for span in spans {
        values.extend([span.action.as_str().into(), span.after.into(), span.until.into()]);
        let last = values.len();
        each.push(format!(
            "SELECT resource FROM duty WHERE action = ${} AND since > ${} AND since <= ${} AND resource > $2",
            last - 2,
            last - 1,
            last
        ));
    }
    Statement::new(format!("{} ORDER BY resource LIMIT $1", each.join(" UNION ")), values)
}
