//! What callers were refused for want of a right or of an identity, kept beside the journal for those who audit.

use kernel::{Id, Time};

use crate::{Statement, Value};

/// What somebody was refused; two that are equal are told as one, with how often.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Refused {
    /// Who; none where that is what was lacking.
    pub person: Option<String>,
    /// As what.
    pub role: Option<&'static str>,
    /// From where.
    pub peer: Option<String>,
    /// The method, `package.Service/Method`.
    pub method: String,
    /// The resource that it was asked of, if one was named.
    pub resource: Option<String>,
    /// The code it was refused with, by its name in the protocol.
    pub code: &'static str,
    /// The reason, as `ErrorInfo` has it.
    pub reason: String,
    /// The playbook rules it keeps, joined by commas.
    pub rules: String,
}

/// Keeps a refusal that was made `times` times up to `time`.
#[must_use]
pub fn keep_refusal(id: Id, time: Time, refused: Refused, times: i64) -> Statement {
    let values: Vec<Value> = vec![
        id.into(),
        time.into(),
        refused.person.into(),
        refused.role.into(),
        refused.peer.into(),
        refused.method.into(),
        refused.resource.into(),
        refused.code.into(),
        refused.reason.into(),
        refused.rules.into(),
        times.into(),
    ];
    Statement::new(
        "INSERT INTO refusal (id, time, person, role, peer, method, resource, code, reason, rules, times) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values,
    )
}

/// Forgets what was refused before `time`.
#[must_use]
pub fn forget_refusals(time: Time) -> Statement {
    Statement::new("DELETE FROM refusal WHERE time < $1", vec![time.into()])
}
