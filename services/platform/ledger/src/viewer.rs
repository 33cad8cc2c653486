//! Who sees a resource, as rows: derived from its state in the commit that changes it, and asked by every list.

use std::collections::BTreeSet;

use kernel::{Caller, Id, Sight, Viewers, name};

use crate::{Commit, Failure, Filter, Ledger, State, Statement, Table, Trouble, Value, load};

/// The source of the cursor up to which it is made up for what older releases did not keep.
pub const VIEWERS: &str = "viewers";
/// Who stands for everybody; no person is called so.
const EVERYBODY: &str = "*";

/// Whose eyes something is read with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Eyes {
    /// Of somebody who sees everything.
    #[default]
    All,
    /// Of this person, who also sees all of some collections.
    Of {
        /// Who; somebody who is nobody sees what everybody sees.
        person: String,
        /// Of which collections all is seen.
        across: &'static [&'static str],
    },
}

impl Eyes {
    /// Those of a caller.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        let person = || caller.person.to_string();
        match caller.role.sight() {
            Sight::All => Self::All,
            Sight::Named(across) => Self::Of { person: person(), across },
            Sight::Public => Self::Of { person: EVERYBODY.to_owned(), across: &[] },
        }
    }

    /// The same where only some collections are kept.
    #[must_use]
    pub fn within(self, is_kept: impl Fn(&str) -> bool) -> Self {
        match self {
            Self::Of { person, across } if !across.iter().any(|collection| is_kept(collection)) => {
                Self::Of { person, across: &[] }
            }
            eyes => eyes,
        }
    }

    /// The condition on the rows of `T`; none where all of it is seen.
    #[must_use]
    pub fn filter<T: Table>(&self) -> Option<Filter> {
        let filter = match T::SEEN_WITH {
            None => self.filter_by::<T>("id"),
            Some(column) => self.unless_all::<T>(|| format!("{column} IN ({})", resources("?"))),
        };
        filter.map(Filter::first)
    }

    /// The condition that a column holds the identity of a resource of `T` that is seen; none where all of it is.
    #[must_use]
    pub fn filter_by<T: Table>(&self, column: &str) -> Option<Filter> {
        let ids = || {
            let collection = T::SEEN_AS;
            format!(
                "SELECT id FROM viewer WHERE person IN ('{EVERYBODY}', ?) AND collection = '{collection}'"
            )
        };
        self.unless_all::<T>(|| format!("{column} IN ({})", ids()))
    }

    fn unless_all<T: Table>(&self, clause: impl FnOnce() -> String) -> Option<Filter> {
        match self {
            Self::Of { person, .. } => {
                (!self.spans(T::COLLECTION)).then(|| Filter::new(clause(), person.as_str()))
            }
            Self::All => None,
        }
    }

    /// Whether all of a collection is seen.
    pub(crate) fn spans(&self, collection: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of { across, .. } => across.contains(&collection),
        }
    }

    /// Whether all of the collection is seen that a resource is called after.
    pub(crate) fn span(&self, resource: &str) -> bool {
        resource.split_once('/').is_some_and(|(collection, _)| self.spans(collection))
    }

    /// The condition that one of `columns` holds the name of a resource that is seen, with the person at `place`; none where
    /// all is seen. Collections that are seen whole are told by the first.
    #[must_use]
    pub fn condition(&self, columns: &[&str], place: &str) -> Option<String> {
        let Self::Of { across, .. } = self else { return None };
        let whole = across.iter().filter_map(|collection| {
            let length = collection.len() + 1;
            columns.first().map(|column| format!("substr({column}, 1, {length}) = '{collection}/'"))
        });
        let named = columns.iter().map(|column| format!("{column} IN ({})", resources(place)));
        Some(format!("({})", whole.chain(named).collect::<Vec<_>>().join(" OR ")))
    }

    /// Whose they are; none where all is seen.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Of { person, .. } => Some(person),
        }
    }

    /// Nothing is seen whole: a person's own resources are the way to all that is.
    pub(crate) fn only_named(&self) -> bool {
        matches!(self, Self::Of { across: [], .. })
    }
}

/// The names of the resources that the person at `place` sees.
pub(crate) fn resources(place: &str) -> String {
    format!("SELECT resource FROM viewer WHERE person IN ('{EVERYBODY}', {place})")
}

/// Whether the person at `place` sees the resource whose name is `resource`.
pub(crate) fn sees(resource: &str, place: &str) -> String {
    format!("EXISTS ({} AND resource = {resource})", resources(place))
}

/// Whether the person at `place` is kept as seeing the resource of `T` whose identity is at `id`, asked without a look at the
/// resource.
pub(crate) fn is_seen<T: Table>(id: &str, place: &str) -> String {
    if let Some(column) = T::SEEN_WITH {
        // From the person's side: what they do not see is not asked what it is seen with.
        let (table, theirs) = (T::COLLECTION, resources(place));
        return format!(
            "EXISTS (SELECT 1 FROM {table} AS one WHERE one.{column} IN ({theirs}) \
             AND CASE WHEN one.id = {id} THEN 1 ELSE 0 END = 1)"
        );
    }
    let collection = T::SEEN_AS;
    format!(
        "EXISTS (SELECT 1 FROM viewer WHERE person IN ('{EVERYBODY}', {place}) AND collection = '{collection}' AND id = {id})"
    )
}

/// Whether they may see it: one whose own state tells who sees it is looked at all the same while anything waits for being made
/// up for.
pub(crate) fn may_see<T: Table>(id: &str, place: &str) -> String {
    let seen = is_seen::<T>(id, place);
    if T::SEEN_WITH.is_some() {
        return seen;
    }
    format!(
        "{seen} OR EXISTS (SELECT 1 FROM journal WHERE viewed IS NULL \
         AND revision > coalesce((SELECT revision FROM cursor WHERE source = '{VIEWERS}'), 0))"
    )
}

/// The statements that leave exactly those who see the resource `after`, where `before` it was kept who did.
pub(crate) fn replace_viewers<T: Table>(
    id: Id,
    before: Option<&State<T>>,
    after: &State<T>,
) -> Vec<Statement> {
    if T::SEEN_WITH.is_some() {
        return Vec::new();
    }
    let (before, after) = (before.map(people::<T>).unwrap_or_default(), people::<T>(after));
    let resource = name::of(T::SEEN_AS, id);
    let gone = before.difference(&after).map(|person| {
        let values: Vec<Value> = vec![(*person).into(), resource.as_str().into()];
        Statement::new("DELETE FROM viewer WHERE person = $1 AND resource = $2", values)
    });
    let new: Vec<_> = after.difference(&before).copied().collect();
    gone.chain(add::<T>(id, &resource, &new)).collect()
}

/// The people as they are kept.
pub(crate) fn people<T: Table>(state: &State<T>) -> BTreeSet<&str> {
    match T::viewers(state) {
        Viewers::Everybody => [EVERYBODY].into(),
        Viewers::These(people) => people.into_iter().map(kernel::Person::as_str).collect(),
    }
}

fn add<T: Table>(id: Id, resource: &str, people: &[&str]) -> Option<Statement> {
    let mut values: Vec<Value> = vec![T::SEEN_AS.into(), id.into(), resource.into()];
    values.extend(people.iter().map(|person| Value::from(*person)));
    let rows: Vec<_> = (4..4 + people.len()).map(|place| format!("(${place}, $1, $2, $3)")).collect();
    let sql = format!(
        "INSERT INTO viewer (person, collection, id, resource) VALUES {} ON CONFLICT DO NOTHING",
        rows.join(", ")
    );
    (!people.is_empty()).then(|| Statement::new(sql, values))
}

/// An entry whose writer did not say who sees its resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unviewed {
    /// Its place.
    pub revision: i64,
    /// The resource it happened to.
    pub resource: String,
}

/// The entries after a revision that a release wrote which did not keep who sees a resource, at most `limit`.
pub async fn unviewed(ledger: &Ledger, after: i64, limit: i64) -> Result<Vec<Unviewed>, Trouble> {
    let rows = ledger.read(unviewed_statement(after, limit)).await?;
    rows.iter().map(|row| Ok(Unviewed { revision: row.get(0)?, resource: row.get(1)? })).collect()
}

pub(crate) fn unviewed_statement(after: i64, limit: i64) -> Statement {
    Statement::new(
        "SELECT revision, resource FROM journal WHERE viewed IS NULL AND revision > $1 ORDER BY revision LIMIT $2",
        vec![after.into(), limit.into()],
    )
}

/// Keeps who sees a resource as it is now, whatever was kept of it; safe to repeat, and while others change it.
pub async fn view_again<T: Table>(ledger: &Ledger, id: Id) -> Result<(), Failure> {
    let mut found = load::<T>(ledger, id).await?;
    while let Some(record) = found {
        let mut statements = vec![clear::<T>(id)];
        statements.extend(replace_viewers::<T>(id, None, &record.state));
        ledger.commit(Commit { statements }).await?;
        // Whoever changed it meanwhile wrote what that change left, and this may have undone it.
        let again = load::<T>(ledger, id).await?;
        found = again.filter(|again| again.version != record.version);
    }
    Ok(())
}

pub(crate) fn clear<T: Table>(id: Id) -> Statement {
    Statement::new("DELETE FROM viewer WHERE resource = $1", vec![name::of(T::SEEN_AS, id).into()])
}
