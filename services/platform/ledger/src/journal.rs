//! The journal: everything that happened, in one dense order.

use kernel::{Decider, Erasure, Id, Person, Stamp, Time, name};
use serde_json::Value as Json;

use crate::{
    Document, Eyes, Ledger, Origin, Position, Row, Statement, Trouble, Value, statement::places, trace,
    viewer,
};

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place: dense, ascending from 1.
    pub revision: i64,
    /// The resource it happened to.
    pub resource: String,
    /// The resource that one belongs to.
    pub parent: Option<String>,
    /// What happened: the event's name.
    pub kind: String,
    /// The playbook rule it carries out.
    pub rule: String,
    /// The event itself.
    pub data: Json,
    /// Who, as what, when.
    pub stamp: Stamp,
    /// The request it was done for.
    pub request_id: String,
    /// The resource's version before.
    pub version_before: i64,
    /// The resource's version after.
    pub version_after: i64,
    /// The trace it was written in, as a W3C `traceparent`.
    pub trace_parent: Option<String>,
}

impl Entry {
    /// The collection and the identity of its resource.
    #[must_use]
    pub fn resource(&self) -> Option<(&str, Id)> {
        let (collection, _) = self.resource.split_once('/')?;
        Some((collection, name::parse(collection, &self.resource)?))
    }

    /// Its place, for a reader to go on after it.
    #[must_use]
    pub fn position(&self) -> Position {
        Position::of(self)
    }

    /// What happened, in its domain's words; none where texts about people were erased, which is none of its events.
    pub fn event<D: Decider>(&self) -> Result<Option<D::Event>, Trouble> {
        if self.kind == Erasure::KIND {
            return Ok(None);
        }
        serde_json::from_value(self.data.clone()).map(Some).map_err(Trouble::unreadable)
    }

    /// What was erased, where it says so.
    pub fn erasure(&self) -> Result<Option<Erasure>, Trouble> {
        if self.kind != Erasure::KIND {
            return Ok(None);
        }
        serde_json::from_value(self.data.clone()).map(Some).map_err(Trouble::unreadable)
    }

    fn read(row: &Row) -> Result<Self, Trouble> {
        let person: String = row.get(6)?;
        let role: String = row.get(7)?;
        Ok(Self {
            revision: row.get(0)?,
            resource: row.get(1)?,
            parent: row.get(2)?,
            kind: row.get(3)?,
            rule: row.get(4)?,
            data: row.get(5)?,
            stamp: Stamp {
                person: Person::parse(&person).ok_or_else(|| Trouble::unreadable("person"))?,
                role: role.parse().map_err(|()| Trouble::unreadable("role"))?,
                time: row.get(8)?,
            },
            request_id: row.get(9)?,
            version_before: row.get(10)?,
            version_after: row.get(11)?,
            trace_parent: row.get(12)?,
        })
    }
}

/// An entry about to be written; its commit gives it its revision.
pub(crate) struct NewEntry<'a> {
    pub(crate) resource: &'a str,
    pub(crate) parent: Option<&'a str>,
    pub(crate) rule: &'static str,
    pub(crate) data: Document,
    pub(crate) stamp: &'a Stamp,
    pub(crate) request_id: &'a str,
    pub(crate) version_before: i64,
}

impl NewEntry<'_> {
    /// The name of the event.
    pub(crate) fn kind(&self) -> String {
        kind(&self.data)
    }

    pub(crate) fn insert(self) -> Statement {
        let (kind, origin) = (self.kind(), Origin::current());
        let peer = origin.as_ref().and_then(|origin| origin.peer.as_deref());
        let values: Vec<Value> = vec![
            self.resource.into(),
            self.parent.into(),
            kind.into(),
            self.rule.into(),
            self.data.into(),
            self.stamp.person.as_str().into(),
            self.stamp.role.as_str().into(),
            self.stamp.time.into(),
            self.request_id.into(),
            self.version_before.into(),
            (self.version_before + 1).into(),
            trace::parent().as_deref().into(),
            origin.as_ref().map(|origin| &*origin.method).into(),
            peer.into(),
        ];
        Statement::new(INSERT, values)
    }
}

/// Writes an entry; PostgreSQL has it in `ledger_commits`, too.
pub(crate) const INSERT: &str = "INSERT INTO journal (resource, parent, kind, rule, data, person, role, time, request_id, \
     version_before, version_after, trace_parent, method, peer, viewed) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)";

/// The name of an event: the tag it is written with, alone or before what it tells.
fn kind(data: &Document) -> String {
    data.text().split('"').nth(1).unwrap_or_default().to_owned()
}

/// Which entries to read.
#[derive(Debug, Clone, Copy)]
pub struct JournalQuery<'a> {
    /// Only those after this revision.
    pub after: i64,
    /// Only those of this resource or of what belongs to it.
    pub resource: Option<&'a str>,
    /// Only those that these see.
    pub eyes: &'a Eyes,
    /// Only what these let through.
    pub sieve: &'a Sieve,
    /// At most this many.
    pub limit: i64,
}

/// What entries are narrowed to: all of them, unless it is said.
#[derive(Debug, Clone, Default)]
pub struct Sieve {
    /// Only events of these names; any when there is none.
    pub kinds: Vec<String>,
    /// Only at this time or later.
    pub from: Option<Time>,
    /// Only before this time.
    pub until: Option<Time>,
}

impl Sieve {
    /// Everything.
    pub const ALL: &'static Self = &Self { kinds: Vec::new(), from: None, until: None };

    /// The conditions, each after an ` AND `; their values go to the end of `values`.
    fn conditions(&self, values: &mut Vec<Value>) -> String {
        let mut place = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let kinds: Vec<_> = self.kinds.iter().map(|kind| place(kind.as_str().into())).collect();
        let of_kind = (!kinds.is_empty()).then(|| format!(" AND kind IN ({})", kinds.join(", ")));
        let from = self.from.map(|from| format!(" AND time >= {}", place(from.into())));
        let until = self.until.map(|until| format!(" AND time < {}", place(until.into())));
        [of_kind, from, until].into_iter().flatten().collect()
    }
}

const COLUMNS: &str = "SELECT revision, resource, parent, kind, rule, data, person, role, time, request_id, \
                       version_before, version_after, trace_parent FROM journal";

/// The entries that `query` asks for, ascending.
pub async fn entries(ledger: &Ledger, query: JournalQuery<'_>) -> Result<Vec<Entry>, Trouble> {
    ledger.read(query.statement()).await?.iter().map(Entry::read).collect()
}

impl JournalQuery<'_> {
    /// The statement that reads them.
    #[must_use]
    pub fn statement(self) -> Statement {
        let (of, values) = self.of();
        Statement::new(format!("{COLUMNS} WHERE revision > $1{of} ORDER BY revision LIMIT $2"), values)
    }

    /// The same, the entry at `after` if it is seen, and how far the journal reaches, in no order.
    pub(crate) fn statement_from(self) -> Statement {
        let (of, values) = self.of();
        let person = person_place(&values);
        let seen = self.eyes.condition(&["resource", "parent"], &person);
        let seen = seen.map(|seen| format!(" AND {seen}")).unwrap_or_default();
        let there = format!(
            "SELECT there.*, base.newest FROM (SELECT coalesce(max(revision), 0) AS newest FROM journal) AS base \
             LEFT JOIN ({COLUMNS} WHERE revision = $1{seen}) AS there ON 1 = 1"
        );
        let more = format!(
            "SELECT more.*, CAST(NULL AS BIGINT) FROM ({COLUMNS} WHERE revision > $1{of} ORDER BY revision LIMIT $2) AS more"
        );
        Statement::new(format!("{there} UNION ALL {more}"), values)
    }

    /// The condition on the resource and on who sees it, and all values; the person is the last, if there is one.
    fn of(self) -> (String, Vec<Value>) {
        let mut values: Vec<Value> = vec![self.after.into(), self.limit.into()];
        values.extend(self.resource.map(Value::from));
        let sieve = self.sieve.conditions(&mut values);
        // Asked of each row that is seen: no index leads past those to others.
        let within = if sieve.is_empty() {
            sieve.clone()
        } else {
            format!(" AND CASE WHEN 1 = 1{sieve} THEN 1 ELSE 0 END = 1")
        };
        values.extend(self.eyes.person().map(Value::from));
        let person = person_place(&values);
        let of = match self.resource {
            Some(_) if *self.eyes == Eyes::All => format!(" AND (resource = $3 OR parent = $3){sieve}"),
            Some(resource) => format!(" AND {}", timeline(self.eyes.span(resource), &person, &within)),
            None if self.eyes.only_named() => format!(" AND {}", named(&person, &within)),
            None => match self.eyes.condition(&["resource", "parent"], &person) {
                Some(seen) => format!(" AND {seen}{within}"),
                None => sieve,
            },
        };
        (of, values)
    }
}

/// Where the last of the values stands.
fn person_place(values: &[Value]) -> String {
    format!("${}", values.len())
}

/// The condition that an entry is of the resource at `$3`, or of what belongs to it, as far as the person at `place` sees that;
/// `whole` when they see all of its collection. Whether they do is asked first, and what else they may see of it is found from
/// their side: nothing is read of what they do not see, which so takes no longer than what does not exist.
fn timeline(whole: bool, place: &str, within: &str) -> String {
    let of = |condition: String| {
        format!("SELECT revision FROM journal WHERE revision > $1 AND {condition}{within}")
    };
    let (seen, theirs) = (viewer::sees("$3", place), viewer::resources(place));
    let where_seen = |column: &str| of(format!("{column} = CASE WHEN {seen} THEN $3 END"));
    let else_by = |column: &str, other: &str| {
        of(format!("{column} IN ({theirs} AND NOT {seen}) AND CASE WHEN {other} = $3 THEN 1 ELSE 0 END = 1"))
    };
    let own = if whole {
        of("resource = $3".to_owned())
    } else {
        format!("{} UNION {}", where_seen("resource"), else_by("parent", "resource"))
    };
    let (below, apart) = (where_seen("parent"), else_by("resource", "parent"));
    format!("revision IN ({own} UNION {below} UNION {apart} ORDER BY revision LIMIT $2)")
}

/// The condition that an entry is of what the person at `place` sees, for a walk along that alone.
fn named(place: &str, within: &str) -> String {
    let of = |column: &str| {
        let resources = viewer::resources(place);
        format!("SELECT revision FROM journal WHERE revision > $1 AND {column} IN ({resources}){within}")
    };
    format!("revision IN ({} UNION {} ORDER BY revision LIMIT $2)", of("resource"), of("parent"))
}

/// All entries of some resources, without those of what belongs to them, ascending.
pub(crate) async fn entries_of(ledger: &Ledger, resources: &[String]) -> Result<Vec<Entry>, Trouble> {
    ledger.read(of_statement(resources)).await?.iter().map(Entry::read).collect()
}

pub(crate) fn of_statement(resources: &[String]) -> Statement {
    let places = places(resources.len());
    let sql = format!("{COLUMNS} WHERE resource IN ({places}) AND revision > 0 ORDER BY revision");
    Statement::new(sql, resources.iter().map(|one| one.as_str().into()).collect::<Vec<Value>>())
}

/// What a journal has at a place and after it.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The place of what is there; none before the first entry, and where that is not seen.
    pub there: Option<Position>,
    /// What comes after it, ascending.
    pub entries: Vec<Entry>,
}

impl Reading {
    fn add(&mut self, row: &Row) -> Result<(), Trouble> {
        match row.get::<Option<i64>>(NEWEST)? {
            None => self.entries.push(Entry::read(row)?),
            Some(_) if row.get::<Option<i64>>(0)?.is_some() => {
                self.there = Some(Entry::read(row)?.position());
            }
            Some(_) => {}
        }
        Ok(())
    }
}

/// Where a statement has how far the journal reaches, behind the columns of an entry.
const NEWEST: usize = 13;

/// The entries after a revision that are of `resource` or of what belongs to it, or all, as far as `eyes` see them, `limit` at
/// most, and what is at that revision, if they see that; `None` when the journal does not reach as far.
pub async fn read_after(
    ledger: &Ledger,
    after: i64,
    resource: Option<&str>,
    eyes: &Eyes,
    limit: i64,
) -> Result<Option<Reading>, Trouble> {
    read_narrowed(ledger, JournalQuery { after, resource, eyes, sieve: Sieve::ALL, limit }).await
}

/// The same, narrowed further.
pub async fn read_narrowed(ledger: &Ledger, query: JournalQuery<'_>) -> Result<Option<Reading>, Trouble> {
    let after = query.after;
    if after == 0 {
        let entries = entries(ledger, query).await?;
        return Ok(Some(Reading { there: None, entries }));
    }
    // In one statement, so that the place and what comes after it are of one journal.
    let rows = ledger.read(query.statement_from()).await?;
    let mut found = Reading::default();
    rows.iter().try_for_each(|row| found.add(row))?;
    found.entries.sort_unstable_by_key(|entry| entry.revision);
    let newest = rows.iter().find_map(|row| row.get::<Option<i64>>(NEWEST).transpose()).transpose()?;
    Ok(newest.is_some_and(|newest| newest >= after).then_some(found))
}

/// The entries after `position`, as [`read_after`] has them; `None` when the journal has something else there, or nothing: it was
/// set back.
pub async fn entries_after(
    ledger: &Ledger,
    position: &Position,
    resource: Option<&str>,
    eyes: &Eyes,
    limit: i64,
) -> Result<Option<Vec<Entry>>, Trouble> {
    let found = read_after(ledger, position.revision, resource, eyes, limit).await?;
    Ok(found.filter(|found| position.fits(found.there.as_ref())).map(|found| found.entries))
}

const POSITION: &str = "FROM journal WHERE revision =";

/// The place after this revision; `None` when the journal does not reach as far.
pub async fn position(ledger: &Ledger, revision: i64) -> Result<Option<Position>, Trouble> {
    if revision == 0 {
        return Ok(Some(Position::default()));
    }
    ledger.read(position_statement(revision)).await?.first().map(Position::read).transpose()
}

pub(crate) fn position_statement(revision: i64) -> Statement {
    Statement::new(format!("SELECT {} {POSITION} $1", Position::COLUMNS), vec![revision.into()])
}

/// The place after the newest entry.
pub async fn head(ledger: &Ledger) -> Result<Position, Trouble> {
    let row = ledger.read(head_statement()).await?;
    row.first().map_or(Ok(Position::default()), Position::read)
}

pub(crate) fn head_statement() -> Statement {
    let sql = format!("SELECT {} {POSITION} (SELECT max(revision) FROM journal)", Position::COLUMNS);
    Statement::new(sql, vec![])
}
