//! Who did what and who was refused what, the newest first: the journal and the refusals beside it, as one.

use std::cmp::Reverse;

use kernel::{Id, Role, Time};
use serde::{Deserialize, Serialize};

use crate::{Ledger, Row, Statement, Trouble, Value};

/// What a command came to, or a call that was refused for want of a right or of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEntry {
    /// Its place.
    pub key: TrailKey,
    /// Who; none where nobody knows.
    pub person: Option<String>,
    /// As what.
    pub role: Option<String>,
    /// From where; none where a service did it for itself.
    pub peer: Option<String>,
    /// The method, `package.Service/Method`; none where a service did it for itself.
    pub method: Option<String>,
    /// The resource, if one was named.
    pub resource: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Accepted {
        /// For which request.
        request_id: String,
        /// What it wrote, in order.
        events: Vec<TrailEvent>,
    },
    /// It was refused.
    Refused {
        /// The code, by its name in the protocol.
        code: String,
        /// The reason.
        reason: String,
        /// The playbook rules it keeps, joined by commas.
        rules: String,
        /// How many times.
        times: i64,
    },
}

/// An event that a command wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEvent {
    /// Its place in the journal.
    pub revision: i64,
    /// The event's name.
    pub kind: String,
    /// The playbook rule it carries out.
    pub rule: String,
}

/// A place: of what is equally old, what was done comes first, and what was refused after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrailKey {
    time: Time,
    /// 0 for a refusal.
    revision: i64,
    /// The highest for what was done.
    id: Id,
}

impl TrailKey {
    /// The place before everything.
    const NEWEST: Self = Self { time: Time::MAX, revision: i64::MAX, id: Id::max() };

    /// The place after everything that is from `time` or later.
    fn before(time: Time) -> Self {
        Self { time, revision: 0, id: Id::nil() }
    }

    /// When it was.
    #[must_use]
    pub fn time(&self) -> Time {
        self.time
    }
}

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct TrailQuery {
    /// Only by this person.
    pub person: Option<String>,
    /// Only in this role.
    pub role: Option<Role>,
    /// Only about this resource or what belongs to it.
    pub resource: Option<String>,
    /// Only by this method.
    pub method: Option<String>,
    /// Only what was done, or only what was refused.
    pub accepted: Option<bool>,
    /// Only from this time on.
    pub from: Option<Time>,
    /// Only before this time.
    pub until: Option<Time>,
    /// Only after this place.
    pub after: Option<TrailKey>,
    /// At most this many.
    pub limit: i64,
}

/// What `query` asks for, the newest first.
pub async fn trail(ledger: &Ledger, query: &TrailQuery) -> Result<Vec<TrailEntry>, Trouble> {
    let mut found = Vec::new();
    if query.accepted != Some(false) {
        let rows = ledger.read(query.accepted_statement()).await?;
        found.extend(rows.iter().map(accepted).collect::<Result<Vec<_>, _>>()?);
    }
    if query.accepted != Some(true) {
        let rows = ledger.read(query.refused_statement()).await?;
        found.extend(rows.iter().map(refused).collect::<Result<Vec<_>, _>>()?);
    }
    found.sort_unstable_by_key(|entry| Reverse(entry.key));
    found.truncate(usize::try_from(query.limit).unwrap_or_default());
    Ok(found)
}

/// The condition that an entry `e` was written by the same command as `of`.
fn same(of: &str) -> String {
    let equal = |column| format!("e.{column} = {of}.{column}");
    ["time", "person", "resource", "request_id"].map(equal).join(" AND ")
}

impl TrailQuery {
    /// What finds what was done: the first entry of each command, with all that the command wrote.
    #[must_use]
    pub fn accepted_statement(&self) -> Statement {
        let mut values = Vec::new();
        let resource = "(j.resource = ? OR j.parent = ?)";
        let clauses = self.clauses("revision", self.key().revision.into(), resource, &mut values);
        // `NOT EXISTS` would say it, but PostgreSQL makes a join of that and looks at all there is; of a count it expects too few.
        let first = format!(
            "SELECT time, revision, person, role, peer, method, resource, request_id FROM journal AS j \
             WHERE {clauses} AND revision > 0 AND NOT coalesce((SELECT true FROM journal AS e \
             WHERE {} AND e.version_after = j.version_before LIMIT 1), false) \
             ORDER BY time DESC, revision DESC LIMIT {}",
            same("j"),
            place(self.limit.into(), &mut values)
        );
        let all = format!(
            "SELECT string_agg(CAST(e.revision AS text) || ' ' || e.kind || ' ' || e.rule, ',' ORDER BY e.revision) \
             FROM journal AS e WHERE {} AND e.revision > 0",
            same("command")
        );
        let sql =
            format!("SELECT command.*, ({all}) FROM ({first}) AS command ORDER BY time DESC, revision DESC");
        Statement::new(sql, values)
    }

    /// What finds what was refused.
    #[must_use]
    pub fn refused_statement(&self) -> Statement {
        let mut values = Vec::new();
        let resource =
            "j.resource IN (SELECT CAST(? AS text) UNION ALL SELECT resource FROM journal WHERE parent = ?)";
        let clauses = self.clauses("id", self.key().id.into(), resource, &mut values);
        let sql = format!(
            "SELECT time, id, person, role, peer, method, resource, code, reason, rules, times FROM refusal AS j \
             WHERE {clauses} ORDER BY time DESC, id DESC LIMIT {}",
            place(self.limit.into(), &mut values)
        );
        Statement::new(sql, values)
    }

    /// After which place: with one in any case, the rows are found by an index.
    fn key(&self) -> TrailKey {
        let until = self.until.map_or(TrailKey::NEWEST, TrailKey::before);
        self.after.map_or(until, |after| after.min(until))
    }

    /// What has to hold of a row of either table, whose places are told by `time` and `own`.
    fn clauses(&self, own: &str, last: Value, resource: &str, values: &mut Vec<Value>) -> String {
        let time = place(self.key().time.into(), values);
        let mut clauses = vec![format!("(time, {own}) < ({time}, {})", place(last, values))];
        clauses.extend(self.from.map(|from| format!("time >= {}", place(from.into(), values))));
        let role = self.role.map(|role| role.as_str().to_owned());
        for (column, wanted) in [("person", &self.person), ("role", &role), ("method", &self.method)] {
            let wanted = wanted.as_deref().map(|wanted| place(wanted.into(), values));
            clauses.extend(wanted.map(|wanted| format!("{column} = {wanted}")));
        }
        let wanted = self.resource.as_deref().map(|wanted| place(wanted.into(), values));
        clauses.extend(wanted.map(|wanted| resource.replace('?', &wanted)));
        clauses.join(" AND ")
    }
}

/// Where `value` stands in a statement with `values`.
fn place(value: Value, values: &mut Vec<Value>) -> String {
    values.push(value);
    format!("${}", values.len())
}

fn accepted(row: &Row) -> Result<TrailEntry, Trouble> {
    let events: String = row.get(8)?;
    Ok(TrailEntry {
        key: TrailKey { time: row.get(0)?, revision: row.get(1)?, id: Id::max() },
        person: row.get(2)?,
        role: row.get(3)?,
        peer: row.get(4)?,
        method: row.get(5)?,
        resource: row.get(6)?,
        outcome: Outcome::Accepted {
            request_id: row.get(7)?,
            events: events.split(',').map(event).collect::<Option<_>>().ok_or_else(unreadable)?,
        },
    })
}

fn unreadable() -> Trouble {
    Trouble::unreadable("events of a command")
}

/// An event as it was put together: `REVISION KIND RULE`.
fn event(text: &str) -> Option<TrailEvent> {
    let mut parts = text.splitn(3, ' ').map(str::to_owned);
    Some(TrailEvent { revision: parts.next()?.parse().ok()?, kind: parts.next()?, rule: parts.next()? })
}

fn refused(row: &Row) -> Result<TrailEntry, Trouble> {
    let method: String = row.get(5)?;
    Ok(TrailEntry {
        key: TrailKey { time: row.get(0)?, revision: 0, id: row.get(1)? },
        person: row.get(2)?,
        role: row.get(3)?,
        peer: row.get(4)?,
        method: Some(method),
        resource: row.get(6)?,
        outcome: Outcome::Refused {
            code: row.get(7)?,
            reason: row.get(8)?,
            rules: row.get(9)?,
            times: row.get(10)?,
        },
    })
}
