//! Erasing texts about people: from the journal entries they stand in, from the row that these fold to, and from what seals know.
//!
//! Only what a seal covers by a digest can be erased, since everything else is in the seals as it is. All of it is one commit with
//! the entry that says so, and it stops when a resource has changed, or has got another reply to keep, since it was read.

use std::collections::{BTreeMap, HashMap};

use kernel::{Context, ERASED, Erasure, Id, Search, Text, fold};
use serde_json::Value as Json;

use crate::{
    Commit, Document, Entry, Event, Eyes, JournalQuery, Ledger, Statement, Table, Trouble, Value,
    change::{hold, update},
    duty::replace_duties,
    entries,
    journal::NewEntry,
};

/// A resource whose entries have texts about people that can be erased.
#[derive(Debug)]
pub struct Erasable {
    /// Its name.
    pub resource: String,
    /// All its entries.
    entries: Vec<Entry>,
    /// Where its texts about people stand, by revision.
    paths: HashMap<i64, Vec<String>>,
}

/// What a resource is to be without some of its texts.
#[derive(Debug)]
pub struct Erased {
    /// Its name.
    pub resource: String,
    /// What is erased of it.
    pub erasure: Erasure,
    /// The texts that go, as they stood there.
    pub texts: Vec<String>,
    id: Id,
    parent: Option<String>,
    /// Its entries without them.
    entries: Vec<Entry>,
    /// Where they stood, as SQLite writes it, in the order of the erasure's places.
    places: Vec<String>,
}

/// The entries of `resource` and of what belongs to it, by resource, and the newest revision among them; `None` when they are more
/// than `most`.
pub async fn erasable(
    ledger: &Ledger,
    resource: &str,
    most: usize,
) -> Result<Option<(Vec<Erasable>, i64)>, Trouble> {
    let limit = i64::try_from(most + 1).unwrap_or(i64::MAX);
    let found = entries(
        ledger,
        JournalQuery {
            after: 0,
            resource: Some(resource),
            eyes: &Eyes::All,
            sieve: crate::Sieve::ALL,
            limit,
        },
    )
    .await?;
    if found.len() > most {
        return Ok(None);
    }
    let newest = found.last().map_or(0, |entry| entry.revision);
    let mut paths: HashMap<i64, Vec<String>> = HashMap::new();
    for row in ledger.read(paths_statement(resource)).await? {
        paths.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    let mut all: BTreeMap<String, Erasable> = BTreeMap::new();
    for entry in found {
        let resource = entry.resource.clone();
        let of = all.entry(resource.clone());
        let of = of.or_insert_with(|| Erasable { resource, entries: Vec::new(), paths: HashMap::new() });
        of.paths.extend(paths.remove_entry(&entry.revision));
        of.entries.push(entry);
    }
    Ok(Some((all.into_values().collect(), newest)))
}

pub(crate) fn paths_statement(resource: &str) -> Statement {
    let sql = "SELECT c.revision, c.path FROM journal AS j JOIN commitment AS c ON c.revision = j.revision \
               WHERE (j.resource = $1 OR j.parent = $1) AND c.salt IS NOT NULL ORDER BY c.revision, c.path";
    Statement::new(sql, vec![resource.into()])
}

impl Erasable {
    /// Decides what goes; none where nobody is named.
    pub fn without(mut self, search: &Search, reason: &str) -> Result<Option<Erased>, Trouble> {
        let Some(erasure) = Erasure::decide(self.texts(), search, reason) else { return Ok(None) };
        let last = self.entries.last().filter(|last| last.resource == self.resource);
        let last = last.ok_or_else(|| Trouble::unreadable("a resource without entries"))?;
        let (_, id) = last.resource().ok_or_else(|| Trouble::unreadable(&last.resource))?;
        let parent = last.parent.clone();
        let (mut texts, mut places) = (Vec::new(), Vec::new());
        for (revision, path) in erasure.each() {
            let entry = self.entries.iter_mut().find(|entry| entry.revision == revision);
            let found = entry.and_then(|entry| take(&mut entry.data, path));
            let (text, place) = found.ok_or_else(|| Trouble::unreadable(path))?;
            texts.push(text);
            places.push(place);
        }
        let Self { resource, entries, .. } = self;
        Ok(Some(Erased { resource, erasure, texts, id, parent, entries, places }))
    }

    fn texts(&self) -> impl Iterator<Item = Text<'_>> {
        let of = |entry: &Entry| self.paths.get(&entry.revision).map_or(&[][..], Vec::as_slice);
        self.entries.iter().flat_map(move |entry| {
            of(entry).iter().filter_map(|path| {
                let text = entry.data.pointer(path.strip_prefix("/data")?)?.as_str()?;
                Some(Text { revision: entry.revision, path, text })
            })
        })
    }
}

/// Puts the mark in the place of the text at `path`; the text, and the place as SQLite writes it.
fn take(data: &mut Json, path: &str) -> Option<(String, String)> {
    let (mut place, mut at) = ("$".to_owned(), data);
    for step in path.strip_prefix("/data/")?.split('/') {
        let name = step.replace("~1", "/").replace("~0", "~");
        // There is no way to write such a name there.
        if name.contains('"') {
            return None;
        }
        at = match at {
            Json::Array(items) => {
                place.extend(["[", &name, "]"]);
                items.get_mut(name.parse::<usize>().ok()?)?
            }
            Json::Object(members) => {
                place.extend([".\"", &name, "\""]);
                members.get_mut(&name)?
            }
            _ => return None,
        };
    }
    match std::mem::replace(at, ERASED.into()) {
        Json::String(text) => Some((text, place)),
        _ => None,
    }
}

impl Erased {
    /// Its version before.
    fn version(&self) -> i64 {
        self.entries.last().map_or(0, |last| last.version_after)
    }

    /// Adds all that has to be written for it in the table it is of. As many of its `replies` are kept as were looked through.
    pub fn write<T: Table>(
        &self,
        context: &Context,
        request_id: &str,
        replies: usize,
        commit: &mut Commit,
    ) -> Result<(), Trouble> {
        let events: Vec<_> = self.entries.iter().map(told::<T>).collect::<Result<_, _>>()?;
        let events = events.iter().flatten().map(|(event, stamp)| (event, *stamp));
        let state = fold::<T::Domain>(None, events)
            .ok_or_else(|| Trouble::unreadable("entries that leave nothing"))?;
        commit.extend(self.names());
        commit.push(hold::<T>(self.id, self.version()));
        commit.extend(self.gaps());
        commit.push(self.row::<T>(&state, context, replies)?);
        commit.extend(replace_duties(&self.resource, &T::duties(&state)));
        let entry = NewEntry {
            resource: &self.resource,
            parent: self.parent.as_deref(),
            rule: "",
            data: Document::of(&self.erasure)?,
            stamp: &context.stamp(),
            request_id,
            version_before: self.version(),
        };
        commit.push(entry.insert());
        Ok(())
    }

    /// Says where something will be erased: without that the tables' guards refuse it.
    fn names(&self) -> impl Iterator<Item = Statement> {
        let sql =
            "INSERT INTO erasure (revision, path, place, resource, version) VALUES ($1, $2, $3, $4, $5)";
        self.erasure.each().zip(&self.places).map(move |((revision, path), place)| {
            let values: Vec<Value> = vec![
                revision.into(),
                path.into(),
                place.as_str().into(),
                self.resource.as_str().into(),
                (self.version() + 1).into(),
            ];
            Statement::new(sql, values)
        })
    }

    /// Takes the texts out of the journal, one by one, and their salts out of what the seals hold of them.
    fn gaps(&self) -> impl Iterator<Item = Statement> {
        let text = "UPDATE journal SET data = json_replace(data, $2, $3) WHERE revision = $1";
        let salt = "UPDATE commitment SET salt = NULL WHERE revision = $1 AND path = $2";
        self.erasure.each().zip(&self.places).flat_map(move |((revision, path), place)| {
            let erase: Vec<Value> = vec![revision.into(), place.as_str().into(), ERASED.into()];
            let forget: Vec<Value> = vec![revision.into(), path.into()];
            [Statement::new(text, erase), Statement::new(salt, forget)].map(|one| one.demanding_one("text"))
        })
    }

    fn row<T: Table>(
        &self,
        state: &crate::State<T>,
        context: &Context,
        replies: usize,
    ) -> Result<Statement, Trouble> {
        let shown = Document::of(state)?;
        let mut values: Vec<Value> =
            vec![self.id.into(), (self.version() + 1).into(), shown.into(), context.now.into()];
        values.extend(T::columns(state));
        values.push(self.version().into());
        let last = values.len();
        let replies = i64::try_from(replies).map_err(Trouble::new)?;
        values.extend([self.resource.as_str().into(), replies.into()]);
        let sql = format!(
            "{} AND (SELECT count(*) FROM request WHERE resource = ${}) = ${}",
            update::<T>(),
            last + 1,
            last + 2
        );
        Ok(Statement::new(sql, values).demanding_one("version"))
    }
}

/// What an entry tells its table's domain.
pub(crate) fn told<T: Table>(entry: &Entry) -> Result<Option<(Event<T>, &kernel::Stamp)>, Trouble> {
    Ok(entry.event::<T::Domain>()?.map(|event| (event, &entry.stamp)))
}
