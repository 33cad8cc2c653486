//! Leases: of several processes on one database, one does what is done once. They only spare the others the work:
//! nothing may depend on there being one holder, because clocks differ and a holder may be slow.

use kernel::Time;

use crate::{Commit, Failure, Ledger, Row, Statement, Stop, Trouble};

/// Stops a commit when somebody else holds the lease.
const HELD: &str = "held";

/// Who holds a lease, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The process, by a name of its own.
    pub holder: String,
    /// When another may take it.
    pub expires: Time,
}

impl Lease {
    /// Whether it keeps others away `now`, who would take it until `until`. One that runs much longer than theirs
    /// would is of a clock that went wrong, and keeps nobody away.
    #[must_use]
    pub fn stands(&self, now: Time, until: Time) -> bool {
        self.expires > now && self.expires <= far(now, until)
    }
}

/// Twice as far away as `until`: so much may clocks differ.
fn far(now: Time, until: Time) -> Time {
    until.saturating_add(until.duration_since(now)).unwrap_or(until)
}

/// Takes or renews the lease called `name`; false when somebody else holds it `now`.
pub async fn take_lease(ledger: &Ledger, name: &str, lease: &Lease, now: Time) -> Result<bool, Failure> {
    match ledger.commit(Commit { statements: vec![take(name, lease, now)] }).await {
        Ok(()) => Ok(true),
        Err(Failure::Stopped(Stop::Demand(HELD))) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Gives it back, if `holder` has it.
#[must_use]
pub fn drop_lease(name: &str, holder: &str) -> Statement {
    Statement::new("DELETE FROM lease WHERE name = $1 AND holder = $2", vec![name.into(), holder.into()])
}

/// Who holds it, or held it last.
pub async fn lease(ledger: &Ledger, name: &str) -> Result<Option<Lease>, Trouble> {
    ledger.read(lease_statement(name)).await?.first().map(read).transpose()
}

pub(crate) fn take(name: &str, lease: &Lease, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO lease (name, holder, expires) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET holder = $2, expires = $3 \
         WHERE lease.holder = $2 OR lease.expires <= $4 OR lease.expires > $5",
        vec![
            name.into(),
            lease.holder.as_str().into(),
            lease.expires.into(),
            now.into(),
            far(now, lease.expires).into(),
        ],
    )
    .demanding_one(HELD)
}

pub(crate) fn lease_statement(name: &str) -> Statement {
    Statement::new("SELECT holder, expires FROM lease WHERE name = $1", vec![name.into()])
}

fn read(row: &Row) -> Result<Lease, Trouble> {
    Ok(Lease { holder: row.get(0)?, expires: row.get(1)? })
}
