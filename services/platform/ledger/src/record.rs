//! A resource as it is kept: its state with its version and its times.

use kernel::{Caller, Id, Time, name};
use serde::de::DeserializeOwned;

use crate::{
    Eyes, Ledger, Remembered, RequestKey, Row, State, Statement, Table, Trouble, Value, Waiting,
    document::Said, viewer,
};

/// A resource as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<S> {
    /// Its identity within its collection.
    pub id: Id,
    /// Counts its events, from 1.
    pub version: i64,
    /// What it is.
    pub state: S,
    /// When it came to be.
    pub create_time: Time,
    /// When it last changed.
    pub update_time: Time,
}

impl<S: DeserializeOwned> Record<S> {
    /// Reads the columns `id, version, state, create_time, update_time`, starting at `first`.
    pub(crate) fn read(row: &Row, id: Id, first: usize) -> Result<Self, Trouble> {
        Ok(Self {
            id,
            version: row.get(first)?,
            state: row.get::<Said<S>>(first + 1)?.0,
            create_time: row.get(first + 2)?,
            update_time: row.get(first + 3)?,
        })
    }
}

/// The resource with this identity, if there is one.
pub async fn load<T: Table>(ledger: &Ledger, id: Id) -> Result<Option<Record<State<T>>>, Trouble> {
    let rows = ledger.read(statement::<T>(id, &Eyes::All)).await?;
    rows.first().map(|row| Record::read(row, id, 0)).transpose()
}

/// The same with the duties that are kept of it, in one consistent read: what a change of it is written over.
pub async fn load_to_change<T: Table>(
    ledger: &Ledger,
    id: Id,
) -> Result<(Option<Record<State<T>>>, Waiting), Trouble> {
    let rows = ledger.read(statement_to_change::<T>(id, None, &Eyes::All)).await?;
    Ok((kept::<T>(only(&rows)?, id)?, Waiting::read(&rows, DUTIES)?))
}

/// A resource as somebody finds it.
#[derive(Debug)]
pub struct Found<T: Table> {
    /// The resource, if there is one and they see it.
    pub record: Option<Record<State<T>>>,
    /// What is remembered of their request.
    pub remembered: Option<Remembered>,
    /// The duties that are kept of it.
    pub waiting: Waiting,
}

/// The resource with this identity as `caller` finds it who asks for a change of it, and what is remembered of that request, in
/// one consistent read. One that they do not see is not read, and takes as long as one that does not exist.
pub async fn look_to_change<T: Table>(
    ledger: &Ledger,
    id: Id,
    caller: &Caller,
    request: &RequestKey,
) -> Result<Found<T>, Trouble> {
    let rows = ledger.read(look_statement::<T>(id, caller, Some(request))).await?;
    let row = only(&rows)?;
    let record = kept::<T>(row, id)?.filter(|record| is_seen::<T>(record, caller));
    Ok(Found { record, remembered: Remembered::read(row, 4)?, waiting: Waiting::read(&rows, DUTIES)? })
}

/// The resource with this identity, if there is one and `caller` sees it. One that they do not see is not read, and takes as long
/// as one that does not exist.
pub async fn look<T: Table>(
    ledger: &Ledger,
    id: Id,
    caller: &Caller,
) -> Result<Option<Record<State<T>>>, Trouble> {
    let rows = ledger.read(look_statement::<T>(id, caller, None)).await?;
    let record = rows.first().map(|row| Record::read(row, id, 0)).transpose()?;
    Ok(record.filter(|record| is_seen::<T>(record, caller)))
}

/// The statement that [`look`] reads, or with a request [`look_to_change`].
#[must_use]
pub fn look_statement<T: Table>(id: Id, caller: &Caller, request: Option<&RequestKey>) -> Statement {
    let eyes = Eyes::of(caller);
    match request {
        None => statement::<T>(id, &eyes),
        Some(_) => statement_to_change::<T>(id, request, &eyes),
    }
}

/// Finds a row where there is a resource with this identity that `caller` does not see; none where they see all of its kind. No
/// answer to them may wait for this.
#[must_use]
pub fn hidden_statement<T: Table>(id: Id, caller: &Caller) -> Option<Statement> {
    let eyes = Eyes::of(caller);
    let person = eyes.person().filter(|_| !eyes.spans(T::COLLECTION))?;
    let (table, seen) = (T::COLLECTION, viewer::is_seen::<T>("$1", "$2"));
    let sql = format!("SELECT version FROM {table} WHERE id = $1 AND NOT {seen}");
    Some(Statement::new(sql, vec![id.into(), person.into()]))
}

/// The row that there is in any case.
fn only(rows: &[Row]) -> Result<&Row, Trouble> {
    rows.first().ok_or_else(|| Trouble::new("a left join answered no row"))
}

/// What is kept of who sees a resource may be behind its state, and adds nobody.
fn is_seen<T: Table>(record: &Record<State<T>>, caller: &Caller) -> bool {
    T::SEEN_WITH.is_some() || T::viewers(&record.state).include(caller, T::COLLECTION)
}

fn kept<T: Table>(row: &Row, id: Id) -> Result<Option<Record<State<T>>>, Trouble> {
    let version: Option<i64> = row.get(0)?;
    version.map(|_| Record::read(row, id, 0)).transpose()
}

/// The columns of a resource.
const RESOURCE: &str = "t.version, t.state, t.create_time, t.update_time";
/// Those of a request behind them.
const REQUEST: &str = "r.fingerprint, r.reply, r.resource";
/// The place where those of duties begin behind these.
const DUTIES: usize = 7;

/// Finds a resource, if `eyes` see it.
pub(crate) fn statement<T: Table>(id: Id, eyes: &Eyes) -> Statement {
    let (sought, person) = sought::<T>(eyes, "$2");
    let sql = format!("SELECT {RESOURCE} FROM {} AS t WHERE t.id = {sought}", T::COLLECTION);
    Statement::new(sql, [id.into()].into_iter().chain(person).collect::<Vec<_>>())
}

/// Finds it with what is remembered of a request, in a row that there is in any case, and behind it the duties that are kept of
/// it.
pub(crate) fn statement_to_change<T: Table>(id: Id, request: Option<&RequestKey>, eyes: &Eyes) -> Statement {
    let (sought, person) = sought::<T>(eyes, "$6");
    let sql = format!(
        "WITH base AS (SELECT {sought} AS id) \
         SELECT {RESOURCE}, {REQUEST}, NULL AS key, NULL AS since, NULL AS missing FROM base \
         LEFT JOIN {} AS t ON t.id = base.id \
         LEFT JOIN request AS r ON r.person = $2 AND r.key IN ($3, $4) \
         UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, d.key, d.since, d.missing FROM base \
         JOIN duty AS d ON d.resource = CASE WHEN base.id IS NOT NULL THEN $5 END AND d.{}",
        T::COLLECTION,
        Waiting::condition()
    );
    let whose = request.map(|request| request.person.as_str());
    let [kept, former] = [request.map(RequestKey::kept), request.map(|request| request.id.clone())];
    let name = name::of(T::COLLECTION, id);
    let values = [id.into(), whose.into(), kept.into(), former.into(), name.into()];
    Statement::new(sql, values.into_iter().chain(person).collect::<Vec<_>>())
}

/// The identity at `$1` as far as `eyes` see it, and the person to ask for at `place`; none where they see all.
fn sought<T: Table>(eyes: &Eyes, place: &str) -> (String, Option<Value>) {
    match eyes.person().filter(|_| !eyes.spans(T::COLLECTION)) {
        Some(person) => {
            (format!("CASE WHEN {} THEN $1 END", viewer::may_see::<T>("$1", place)), Some(person.into()))
        }
        None => ("$1".to_owned(), None),
    }
}
