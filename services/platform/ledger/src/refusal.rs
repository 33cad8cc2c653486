//! What callers were refused for want of a right or of an identity, kept beside the journal for those who audit.

use kernel::{Id, Time};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{Ledger, Statement, Trouble, Value};

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

impl Refused {
    /// The reason of what stands for refusals that were only counted.
    pub const NOT_KEPT: &'static str = "NOT_KEPT";

    /// The row for those of a person, or of everybody else, that were only counted.
    #[must_use]
    pub fn not_kept(person: Option<String>) -> Self {
        Self {
            person,
            role: None,
            peer: None,
            method: String::new(),
            resource: None,
            code: "",
            reason: Self::NOT_KEPT.to_owned(),
            rules: String::new(),
        }
    }

    /// Its identity among those of the same hour, whichever replica keeps it; hours are counted since 1970.
    #[must_use]
    pub fn id(&self, hour: i64) -> Id {
        let Self { person, role, peer, method, resource, code, reason, rules } = self;
        let whole = json!([hour, person, role, peer, method, resource, code, reason, rules]).to_string();
        let digest = Sha256::digest(whole);
        Id::from_u128(digest[..16].iter().fold(0, |id, byte| (id << 8) | u128::from(*byte)))
    }
}

/// Keeps a refusal that was made `times` times up to `time`: together with what is kept under this id already.
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
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (id) DO UPDATE SET times = refusal.times + excluded.times, \
         time = CASE WHEN excluded.time > refusal.time THEN excluded.time ELSE refusal.time END",
        values,
    )
}

/// How many rows are kept.
pub async fn count_refusals(ledger: &Ledger) -> Result<i64, Trouble> {
    number(ledger, "SELECT count(*) FROM refusal").await
}

/// How many refusals were only counted, of all that are kept.
pub async fn count_not_kept(ledger: &Ledger) -> Result<i64, Trouble> {
    number(ledger, NOT_KEPT).await
}

pub(crate) const NOT_KEPT: &str =
    "SELECT CAST(coalesce(sum(times), 0) AS bigint) FROM refusal WHERE reason = 'NOT_KEPT'";

async fn number(ledger: &Ledger, sql: &'static str) -> Result<i64, Trouble> {
    let rows = ledger.read(Statement::new(sql, vec![])).await?;
    rows.first().ok_or_else(|| Trouble::unreadable("a count"))?.get(0)
}

/// A refusal that goes where there are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surplus {
    /// Its row.
    pub id: Id,
    /// How often it was.
    pub times: i64,
    /// How many of those are only counted from now on: all but those that were before.
    pub counted: i64,
}

/// The first `limit` of those that go where there are too many: the oldest of whoever has the most, so that nobody crowds out
/// anybody else; those who did not show who they are count as one.
pub async fn surplus_refusals(ledger: &Ledger, limit: i64) -> Result<Vec<Surplus>, Trouble> {
    let of = "(SELECT id, time, times, reason, \
              row_number() OVER (PARTITION BY person ORDER BY time DESC, id DESC) AS nth FROM refusal) AS ranked";
    going(ledger, of, "nth DESC, time, id", limit).await
}

/// The `limit` oldest, whoever's: quickly found where there are far too many.
pub async fn oldest_refusals(ledger: &Ledger, limit: i64) -> Result<Vec<Surplus>, Trouble> {
    going(ledger, "refusal", "time, id", limit).await
}

async fn going(ledger: &Ledger, of: &str, order: &str, limit: i64) -> Result<Vec<Surplus>, Trouble> {
    let sql = format!(
        "SELECT id, times, CASE WHEN reason = '{}' THEN 0 ELSE times END FROM {of} ORDER BY {order} LIMIT $1",
        Refused::NOT_KEPT
    );
    let rows = ledger.read(Statement::new(sql, vec![limit.into()])).await?;
    rows.iter().map(|row| Ok(Surplus { id: row.get(0)?, times: row.get(1)?, counted: row.get(2)? })).collect()
}

/// Forgets one; `gone` when somebody else did.
#[must_use]
pub fn forget_refusal(id: Id, gone: &'static str) -> Statement {
    Statement::new("DELETE FROM refusal WHERE id = $1", vec![id.into()]).demanding_one(gone)
}

/// Forgets what was refused before `time`.
#[must_use]
pub fn forget_refusals(time: Time) -> Statement {
    Statement::new("DELETE FROM refusal WHERE time < $1", vec![time.into()])
}
