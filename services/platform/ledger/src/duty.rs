//! Duties as rows: derived from a resource's state in the commit that changes it.

use std::collections::BTreeMap;

use kernel::{DATED, Duty, Fault, Person, Role, Time};
use serde_json::{Value as Json, json};

use crate::{Eyes, Ledger, Row, Statement, Trouble, Value, tenant::TWINS, viewer};

/// The action of a duty that a parked event opens; it stays until the event is released.
pub const PARKED: &str = "RELEASE_PARKED_EVENT";

/// A duty as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct DutyRow {
    /// Its place among those that wait equally long.
    pub key: String,
    /// The resource that waits.
    pub resource: String,
    /// The step that is due.
    pub action: String,
    /// The role it waits on.
    pub role: Role,
    /// The person it waits on.
    pub person: Option<String>,
    /// Since when.
    pub since: Time,
    /// What is missing: a list of `rule`, `reason`, `subject` and `message`.
    pub missing: Json,
}

/// The statements that leave exactly `duties` for `resource`, and those of an operator that follow from no state.
#[must_use]
pub fn replace_duties(resource: &str, duties: &[Duty]) -> Vec<Statement> {
    let clear = Statement::new(
        "DELETE FROM duty WHERE resource = $1 AND action NOT IN ($2, $3)",
        vec![resource.into(), PARKED.into(), TWINS.into()],
    );
    let open = duties.iter().map(|duty| open_duty(resource, duty));
    std::iter::once(clear).chain(open).collect()
}

/// The duties that are kept of a resource, without those that follow from no state, by their keys: since when each waits, and what
/// is missing.
///
/// They are read and not derived from the state before, because another release may have derived them otherwise.
#[derive(Debug, Clone, Default)]
pub struct Waiting(BTreeMap<String, (Time, Json)>);

impl Waiting {
    /// The condition on a duty that it follows from a state.
    pub(crate) fn condition() -> String {
        format!("action NOT IN ('{PARKED}', '{TWINS}')")
    }

    /// Reads the columns `key, since, missing` of each row, starting at `first`; a row without a key is none.
    pub(crate) fn read(rows: &[Row], first: usize) -> Result<Self, Trouble> {
        let mut all = BTreeMap::new();
        for row in rows {
            if let Some(key) = row.get::<Option<String>>(first)? {
                all.insert(key, (row.get(first + 1)?, row.get(first + 2)?));
            }
        }
        Ok(Self(all))
    }

    fn has(&self, key: &str, duty: &Duty) -> bool {
        // Databases keep microseconds.
        self.0.get(key).is_some_and(|(since, missing)| {
            since.as_microsecond() == duty.since.as_microsecond() && *missing == faults(duty)
        })
    }

    /// The statements that leave exactly `duties` for `resource` where these are kept of it; none for what stays as it is.
    pub(crate) fn change(&self, resource: &str, duties: &[Duty]) -> Vec<Statement> {
        let due: BTreeMap<_, _> = duties.iter().map(|duty| (key(resource, duty), duty)).collect();
        let gone = self.0.keys().filter(|key| !due.contains_key(*key));
        let clear = gone.map(|key| Statement::new(DELETE, vec![key.as_str().into()]));
        let differ = due.iter().filter(|(key, duty)| !self.has(key, duty));
        clear.chain(differ.map(|(key, duty)| duty_row(key.clone(), resource, duty))).collect()
    }
}

/// The statement that adds one duty, or renews it.
#[must_use]
pub fn open_duty(resource: &str, duty: &Duty) -> Statement {
    duty_row(key(resource, duty), resource, duty)
}

fn key(resource: &str, duty: &Duty) -> String {
    let person = duty.person.as_ref().map(Person::as_str);
    [resource, duty.action, duty.role.as_str(), person.unwrap_or_default()].join("/")
}

/// Opens or renews a duty, and ends one; PostgreSQL has them in `ledger_commits`, too.
pub(crate) const INSERT: &str = "INSERT INTO duty (key, resource, action, role, person, since, missing) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) \
     ON CONFLICT (key) DO UPDATE SET since = $6, missing = $7";
pub(crate) const DELETE: &str = "DELETE FROM duty WHERE key = $1";

/// The row of a duty under this key.
pub(crate) fn duty_row(key: String, resource: &str, duty: &Duty) -> Statement {
    let person = duty.person.as_ref().map(Person::as_str);
    Statement::new(
        INSERT,
        vec![
            key.into(),
            resource.into(),
            duty.action.into(),
            duty.role.as_str().into(),
            person.into(),
            duty.since.into(),
            faults(duty).into(),
        ],
    )
}

/// What is missing, as it is kept.
fn faults(duty: &Duty) -> Json {
    duty.missing.iter().map(fault).collect()
}

fn fault(fault: &Fault) -> Json {
    json!({
        "rule": fault.rule, "reason": fault.reason, "subject": fault.subject, "message": fault.message,
    })
}

/// Which duties to read.
#[derive(Debug, Clone, Default)]
pub struct DutyQuery {
    /// Only what waits on this person.
    pub person: Option<String>,
    /// Only what waits on this role.
    pub role: Option<Role>,
    /// Only what waits on this resource.
    pub resource: Option<String>,
    /// Only what waits on resources that these see.
    pub eyes: Eyes,
    /// Only actions that wait since before their own moment.
    pub overdue: Option<Vec<(String, Time)>>,
    /// Of those that wait for a day, only the ones whose day has come by this moment.
    pub by: Option<Time>,
    /// Only those after this place.
    pub after: Option<(Time, String)>,
    /// At most this many.
    pub limit: i64,
}

/// The duties that `query` asks for, the longest waiting first.
pub async fn duties(ledger: &Ledger, query: DutyQuery) -> Result<Vec<DutyRow>, Trouble> {
    ledger.read(query.statement()).await?.iter().map(read).collect()
}

impl DutyQuery {
    /// The statement that reads them.
    #[must_use]
    pub fn statement(self) -> Statement {
        let mut values: Vec<Value> = Vec::new();
        let mut place = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let mut clauses = vec!["1 = 1".to_owned()];
        let is_whole = self.resource.as_ref().is_some_and(|resource| self.eyes.span(resource));
        let viewer = self.eyes.person().filter(|_| !is_whole).map(|person| place(person.into()));
        // With eyes that see no collection whole, what they see is looked at, and nothing else: how long it takes tells no more.
        let is_behind = self.eyes.only_named();
        let asked = |clause: String| {
            if is_behind { format!("CASE WHEN {clause} THEN 1 ELSE 0 END = 1") } else { clause }
        };
        clauses.extend(self.person.map(|person| asked(format!("person = {}", place(person.into())))));
        clauses.extend(self.role.map(|role| asked(format!("role = {}", place(role.as_str().into())))));
        match (self.resource, &viewer) {
            (Some(resource), Some(viewer)) => {
                let resource = place(resource.into());
                let seen = viewer::sees(&resource, viewer);
                clauses.push(format!("resource = CASE WHEN {seen} THEN {resource} END"));
            }
            (Some(resource), None) => clauses.push(format!("resource = {}", place(resource.into()))),
            (None, Some(viewer)) => clauses.extend(self.eyes.condition(&["resource"], viewer)),
            (None, None) => {}
        }
        clauses.extend(self.by.map(|by| asked(come(&place(by.into())))));
        if let Some(overdue) = self.overdue {
            // Bounds the walk along the longest waiting, which the alternatives below do not.
            let latest = overdue.iter().map(|(_, before)| *before).max();
            clauses.extend(latest.map(|latest| format!("since < {}", place(latest.into()))));
            let each = overdue.into_iter().map(|(action, before)| {
                format!(" OR (action = {} AND since < {})", place(action.into()), place(before.into()))
            });
            clauses.push(format!("(1 = 0{})", each.collect::<String>()));
        }
        if let Some((since, key)) = self.after {
            clauses.push(format!("(since, key) > ({}, {})", place(since.into()), place(key.into())));
        }
        let limit = place(self.limit.into());
        let sql = format!(
            "SELECT key, resource, action, role, person, since, missing FROM duty \
             WHERE {} ORDER BY since, key LIMIT {limit}",
            clauses.join(" AND ")
        );
        Statement::new(sql, values)
    }
}

/// The condition that a duty waits for no day, or that its day has come.
fn come(by: &str) -> String {
    format!("(action NOT IN ('{}') OR since <= {by})", DATED.join("', '"))
}

/// How many duties wait on a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DutyCount {
    /// The role.
    pub role: Role,
    /// All that are open.
    pub open: i64,
    /// Those that are open for too long.
    pub overdue: i64,
}

/// The duties counted by role, as of `now`; `overdue` are actions that wait since before their own moment.
pub async fn count_duties(
    ledger: &Ledger,
    overdue: Vec<(String, Time)>,
    now: Time,
) -> Result<Vec<DutyCount>, Trouble> {
    ledger.read(count_statement(overdue, now)).await?.iter().map(read_count).collect()
}

fn count_statement(overdue: Vec<(String, Time)>, now: Time) -> Statement {
    let late =
        (1..=overdue.len()).map(|at| format!(" OR (action = ${} AND since < ${})", 2 * at, 2 * at + 1));
    let sql = format!(
        "SELECT role, count(*), sum(CASE WHEN 1 = 0{} THEN 1 ELSE 0 END) FROM duty WHERE {} GROUP BY role",
        late.collect::<String>(),
        come("$1")
    );
    let values = overdue.into_iter().flat_map(|(action, before)| [Value::from(action), before.into()]);
    Statement::new(sql, std::iter::once(now.into()).chain(values).collect::<Vec<_>>())
}

fn read_count(row: &Row) -> Result<DutyCount, Trouble> {
    let role: String = row.get(0)?;
    let role = role.parse().map_err(|()| Trouble::unreadable("role"))?;
    Ok(DutyCount { role, open: row.get(1)?, overdue: row.get(2)? })
}

fn read(row: &Row) -> Result<DutyRow, Trouble> {
    let role: String = row.get(3)?;
    Ok(DutyRow {
        key: row.get(0)?,
        resource: row.get(1)?,
        action: row.get(2)?,
        role: role.parse().map_err(|()| Trouble::unreadable("role"))?,
        person: row.get(4)?,
        since: row.get(5)?,
        missing: row.get(6)?,
    })
}
