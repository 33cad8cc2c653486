//! A decision on one resource, ready to be written: its row, its journal entries and all that is derived from them.

use kernel::{Context, Decider, Id, Refusal, Stamp, Time, fold, name};

use crate::{
    Command, Commit, Document, Event, Record, State, Statement, Stop, Table, Trouble, Value, Waiting, duty,
    journal, statement::Updated, viewer,
};

/// A stage that a resource has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Which.
    pub stage: &'static str,
    /// When it had entered it.
    pub entered: Time,
    /// When it left it.
    pub left: Time,
}

/// What a decision changes about one resource.
#[derive(Debug)]
pub struct Change<T: Table> {
    id: Id,
    before: Option<Record<State<T>>>,
    events: Vec<Event<T>>,
    /// What the resource is afterwards; `None` when it does not exist and nothing happened.
    pub after: Option<Record<State<T>>>,
    stamp: Stamp,
    /// The duties that are kept of it; none where nobody looked.
    waiting: Option<Waiting>,
}

impl<T: Table> Change<T> {
    /// Lets the domain decide.
    pub fn decide(
        id: Id,
        before: Option<Record<State<T>>>,
        command: &Command<T>,
        context: &Context,
    ) -> Result<Self, Refusal> {
        let events = T::Domain::decide(before.as_ref().map(|record| &record.state), command, context)?;
        let stamp = context.stamp();
        let after = after::<T>(id, before.as_ref(), &events, &stamp);
        Ok(Self { id, before, events, after, stamp, waiting: None })
    }

    /// The same where these duties were kept of the resource as it was before: only what differs is written. Without that all of
    /// them are.
    #[must_use]
    pub fn over(self, waiting: Waiting) -> Self {
        Self { waiting: Some(waiting), ..self }
    }

    /// Nothing happened: what was wished for stands already.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Adds everything that has to be written, and tells the names of its events.
    pub fn write(&self, request_id: &str, commit: &mut Commit) -> Result<Vec<String>, Trouble> {
        let Some(after) = self.after.as_ref().filter(|_| !self.is_empty()) else { return Ok(Vec::new()) };
        let mut kinds = Vec::with_capacity(self.events.len());
        commit.push(self.row(after)?);
        let resource = name::of(T::COLLECTION, self.id);
        let parent = T::parent(&after.state);
        let version = self.before.as_ref().map_or(0, |before| before.version);
        for (version_before, event) in (version..).zip(&self.events) {
            let entry = journal::NewEntry {
                resource: &resource,
                parent: parent.as_deref(),
                rule: T::Domain::rule(event),
                data: Document::of(event)?,
                stamp: &self.stamp,
                request_id,
                version_before,
            };
            kinds.push(entry.kind());
            commit.push(entry.insert());
            commit.extend(T::rows(self.id, event, &self.stamp));
        }
        let duties = T::duties(&after.state);
        commit.extend(match &self.waiting {
            Some(waiting) => waiting.change(&resource, &duties),
            None => duty::replace_duties(&resource, &duties),
        });
        let before = self.before.as_ref().map(|before| &before.state);
        commit.extend(viewer::replace_viewers::<T>(self.id, before, &after.state));
        Ok(kinds)
    }

    /// What has to hold for a reply to a command that changed nothing to be kept: the resource is as the reply shows it.
    #[must_use]
    pub fn hold(&self) -> Option<Statement> {
        let before = self.before.as_ref().filter(|_| self.is_empty())?;
        Some(hold::<T>(self.id, before.version))
    }

    /// The stage that the resource leaves, if it leaves one.
    #[must_use]
    pub fn left(&self) -> Option<Left> {
        let (before, after) = (&self.before.as_ref()?.state, &self.after.as_ref()?.state);
        let left =
            Left { stage: T::stage(before)?, entered: T::stage_since(before)?, left: T::stage_since(after)? };
        (T::stage(after) != Some(left.stage) || left.entered != left.left).then_some(left)
    }

    /// The refusal that `stop` means; `None` when somebody else was faster: load again and decide again.
    #[must_use]
    pub fn refusal(stop: &Stop) -> Option<Refusal> {
        match stop {
            Stop::Demand(constraint) => T::conflict(constraint),
            Stop::Unique(columns) => T::conflict(columns),
        }
    }

    /// Finds the id of the row that this one may not be beside; none where `stop` is about nothing of the kind.
    #[must_use]
    pub fn rival(&self, stop: &Stop) -> Option<Statement> {
        let constraint = match stop {
            Stop::Demand(word) => word,
            Stop::Unique(columns) => columns.as_str(),
        };
        T::rival(constraint, &self.after.as_ref()?.state)
    }

    fn row(&self, after: &Record<State<T>>) -> Result<Statement, Trouble> {
        let state = Document::of(&after.state)?;
        let mut values: Vec<Value> =
            vec![self.id.into(), after.version.into(), state.into(), after.update_time.into()];
        values.extend(T::columns(&after.state));
        Ok(match &self.before {
            None => Statement::new(insert::<T>(), values),
            Some(before) => {
                values.push(before.version.into());
                let row = Some(Updated { table: T::COLLECTION, columns: T::COLUMNS });
                Statement { row, ..Statement::new(update::<T>(), values).demanding_one("version") }
            }
        })
    }
}

fn after<T: Table>(
    id: Id,
    before: Option<&Record<State<T>>>,
    events: &[Event<T>],
    stamp: &Stamp,
) -> Option<Record<State<T>>> {
    if events.is_empty() {
        return before.cloned();
    }
    let state = before.map(|record| record.state.clone());
    Some(Record {
        id,
        version: before.map_or(0, |record| record.version) + events.iter().map(|_| 1).sum::<i64>(),
        state: fold::<T::Domain>(state, events.iter().map(|event| (event, stamp)))?,
        create_time: before.map_or(stamp.time, |record| record.create_time),
        update_time: stamp.time,
    })
}

fn insert<T: Table>() -> String {
    let columns: Vec<_> = T::COLUMNS.iter().map(|column| format!(", {column}")).collect();
    let places: Vec<_> = (5..5 + T::COLUMNS.len()).map(|place| format!(", ${place}")).collect();
    format!(
        "INSERT INTO {} (id, version, state, create_time, update_time{}) VALUES ($1, $2, $3, $4, $4{})",
        T::COLLECTION,
        columns.concat(),
        places.concat()
    )
}

/// Stops a commit when the resource is not of this version any more, and keeps others from changing it until the commit is done.
pub(crate) fn hold<T: Table>(id: Id, version: i64) -> Statement {
    let sql =
        format!("UPDATE {} SET update_time = update_time WHERE id = $1 AND version = $2", T::COLLECTION);
    Statement::new(sql, vec![id.into(), version.into()]).demanding_one("version")
}

pub(crate) fn update<T: Table>() -> String {
    let columns: Vec<_> =
        T::COLUMNS.iter().zip(5..).map(|(column, place)| format!(", {column} = ${place}")).collect();
    format!(
        "UPDATE {} SET version = $2, state = $3, update_time = $4{} WHERE id = $1 AND version = ${}",
        T::COLLECTION,
        columns.concat(),
        5 + T::COLUMNS.len()
    )
}
