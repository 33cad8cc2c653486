//! A service as a value: its name, its schema, its tables, its methods and what it follows.

use std::collections::HashMap;

use jiff::SignedDuration;
use kernel::{Context, Decider, Id, Stamp, Target};
use ledger::{Commit, Entry, Erased, Event, Migrations, Record, State, Table, Trouble};
use prost::{Message, Name};
use prost_types::Any;

use crate::{
    Awaited, Census, Desk, Fail, Follow, Methods, Settings, Told,
    audit::rows::{Fold, Folds},
    here::Here,
    sight::{Views, view},
    story::{Story, story},
};

/// A table whose resources are shown on the wire.
pub trait Resource: Table {
    /// How a resource is shown.
    type Message: Message + Default + Name;

    /// Shows it.
    fn message(record: &Record<State<Self>>) -> Self::Message;

    /// The refusals that may be due to a journal that is followed here, and so are decided again once it is taken over.
    const AWAITED: &'static [Awaited] = &[];

    /// What of `event` other services act on; most is nobody else's business.
    fn publish(_id: Id, _event: &Event<Self>, _stamp: &Stamp) -> Option<Any> {
        None
    }
}

/// Translates one table's journal entries for other services.
pub(crate) type Publisher = fn(&Entry) -> Result<Option<Any>, Fail>;

/// Writes what was erased of a resource of one table.
pub(crate) type Eraser = fn(&Erased, &Context, &str, usize, &mut Commit) -> Result<(), Trouble>;

/// What a service knows of its tables, by collection.
pub(crate) struct Tables {
    pub(crate) publishers: Vec<(&'static str, Publisher)>,
    pub(crate) stories: Vec<Story>,
    pub(crate) erasers: HashMap<&'static str, Eraser>,
    pub(crate) views: Views,
    pub(crate) folds: Folds,
    pub(crate) here: Here,
}

type Routes = Box<dyn FnOnce(Desk, &mut Methods) + Send>;
pub(crate) type Care = for<'a> fn(&'a Desk) -> futures::future::BoxFuture<'a, Result<(), Fail>>;
pub(crate) type Seed = fn(Desk) -> futures::future::BoxFuture<'static, Result<(), Fail>>;

/// A service, ready to be run by any process.
pub struct Service {
    pub(crate) name: &'static str,
    pub(crate) grpc_name: &'static str,
    pub(crate) migrations: Migrations,
    pub(crate) targets: Vec<Target>,
    pub(crate) more: Vec<&'static str>,
    pub(crate) tables: Tables,
    pub(crate) personal: HashMap<&'static str, &'static [&'static str]>,
    pub(crate) follows: Vec<Follow>,
    pub(crate) seed: Option<Seed>,
    pub(crate) census: Option<Census>,
    pub(crate) care: Option<Care>,
    pub(crate) routes: Routes,
}

impl Service {
    /// A service with its short name, its full name on the wire, its schema, and its methods.
    pub fn new(
        name: &'static str,
        grpc_name: &'static str,
        migrations: Migrations,
        routes: impl FnOnce(Desk, &mut Methods) + Send + 'static,
    ) -> Self {
        Self {
            name,
            grpc_name,
            migrations,
            targets: Vec::new(),
            more: Vec::new(),
            tables: Tables {
                publishers: Vec::new(),
                stories: Vec::new(),
                erasers: HashMap::new(),
                views: Views::new(),
                folds: Folds::new(),
                here: Here::new(grpc_name),
            },
            // Entries about followed journals hold texts only by digests.
            personal: HashMap::from([("journals", &[][..])]),
            follows: Vec::new(),
            seed: None,
            census: None,
            care: None,
            routes: Box::new(routes),
        }
    }

    /// Its short name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The short names of the services that it cannot do without.
    pub fn needs(&self) -> impl Iterator<Item = &'static str> {
        self.follows.iter().map(|follow| follow.source)
    }

    /// Adds the time targets of its duties.
    #[must_use]
    pub fn targets(mut self, targets: &[Target]) -> Self {
        self.targets.extend_from_slice(targets);
        self
    }

    /// Names the fields that take more values than they know, as the settings say.
    #[must_use]
    pub fn takes_more(mut self, fields: &[&'static str]) -> Self {
        self.more.extend_from_slice(fields);
        self
    }

    /// Publishes what other services act on from the journal entries of `T`.
    #[must_use]
    pub fn publishes<T: Resource>(mut self) -> Self {
        self.tables.publishers.push((T::COLLECTION, publish::<T>));
        self.keeps::<T>()
    }

    /// Keeps the resources of `T`, which nobody else acts on.
    #[must_use]
    pub fn keeps<T: Table>(mut self) -> Self {
        self.personal.insert(T::COLLECTION, T::Domain::PERSONAL);
        self.tables.erasers.insert(T::COLLECTION, Erased::write::<T>);
        self.tables.views.insert(T::COLLECTION, view::<T>);
        self.tables.here.keep::<T>();
        self.tables.folds.insert(T::COLLECTION, Fold::of::<T>());
        self
    }

    /// Tells the story of each resource of `T` as a trace.
    #[must_use]
    pub fn tells<T: Told>(mut self) -> Self {
        self.tables.stories.push(story::<T>());
        self
    }

    /// Follows another service's journal.
    #[must_use]
    pub fn follows(mut self, follow: Follow) -> Self {
        self.follows.push(follow);
        self
    }

    /// Carries out `care` every minute while the service runs: what is due because time has passed. It must be safe to repeat,
    /// and to do on several replicas at once.
    #[must_use]
    pub fn cared_for_by(mut self, care: Care) -> Self {
        self.care = Some(care);
        self
    }

    /// Carries out `seed` before the service is ready; it must be safe to repeat.
    #[must_use]
    pub fn seeded_by(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Counts what it keeps by `census`, whenever somebody collects the process's numbers.
    #[must_use]
    pub fn counted_by(mut self, census: Census) -> Self {
        self.census = Some(census);
        self
    }
}

/// An entry that does not read is a fault: passing over it would keep from others what they act on.
fn publish<T: Resource>(entry: &Entry) -> Result<Option<Any>, Fail> {
    let unreadable = |cause: String| Fail::Fault(format!("revision {}: {cause}", entry.revision));
    let (_, id) = entry.resource().ok_or_else(|| unreadable(entry.resource.clone()))?;
    let event = entry.event::<T::Domain>().map_err(|trouble| unreadable(trouble.cause().to_owned()))?;
    Ok(event.and_then(|event| T::publish(id, &event, &entry.stamp)))
}

/// How long each action may wait: as the service says, unless the settings say otherwise.
pub(crate) fn targets(targets: &[Target], settings: &Settings) -> HashMap<String, SignedDuration> {
    let default =
        |target: &Target| (target.action.to_owned(), SignedDuration::from_hours(target.hours.into()));
    let mut targets: HashMap<_, _> = targets.iter().map(default).collect();
    for (action, duration) in settings.targets() {
        targets.entry(action).and_modify(|target| *target = duration);
    }
    targets
}
