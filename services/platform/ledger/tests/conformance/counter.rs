//! A made-up resource: counters that people open, add to and close.

use kernel::{Caller, Context, Decider, Duty, Id, Kind, Person, Refusal, Role, Stamp, Time, Viewers};
use ledger::{Migration, Migrations, State, Statement, Table, Value};
use serde::{Deserialize, Serialize};

/// The schema of the tests.
pub(crate) const MIGRATIONS: Migrations = Migrations(&[COUNTERS]);

/// Its one step.
pub(crate) const COUNTERS: Migration = Migration {
    version: 100,
    description: "counters",
    sqlite: include_str!("counters.sqlite.sql"),
    postgres: include_str!("counters.postgres.sql"),
};

/// What a counter is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counter {
    pub(crate) label: String,
    pub(crate) shelf: String,
    pub(crate) total: i64,
    pub(crate) opened: Time,
    pub(crate) closed: bool,
    pub(crate) keepers: Vec<Person>,
}

/// What may be wished of it.
pub(crate) enum Wish {
    Open {
        label: String,
        shelf: String,
    },
    /// Adds each amount that is not 0.
    Add(Vec<i64>),
    /// Names those who keep it, in place of those before.
    Hand(Vec<Person>),
    Close,
}

/// What may happen to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Happened {
    Opened { label: String, shelf: String },
    Added(i64),
    Handed(Vec<Person>),
    Closed,
}

/// The shelf of what everybody sees.
pub(crate) const PUBLIC: &str = "shelves/public";

/// Its rules.
pub(crate) enum Rules {}

impl Decider for Rules {
    type State = Counter;
    type Command = Wish;
    type Event = Happened;
    const PERSONAL: &'static [&'static str] = &["label"];

    fn decide(counter: Option<&Counter>, wish: &Wish, _: &Context) -> Result<Vec<Happened>, Refusal> {
        match (counter, wish) {
            (None, Wish::Open { label, shelf }) => {
                Ok(vec![Happened::Opened { label: label.clone(), shelf: shelf.clone() }])
            }
            (Some(counter), Wish::Add(amounts)) if !counter.closed => {
                Ok(amounts.iter().filter(|amount| **amount != 0).copied().map(Happened::Added).collect())
            }
            (Some(_), Wish::Hand(keepers)) => Ok(vec![Happened::Handed(keepers.clone())]),
            (Some(counter), Wish::Close) if !counter.closed => Ok(vec![Happened::Closed]),
            _ => Err(Refusal::new(Kind::NotReady, "", "WRONG_STATE", "state", "not now")),
        }
    }

    fn apply(counter: Option<Counter>, event: &Happened, stamp: &Stamp) -> Option<Counter> {
        match (counter, event) {
            (None, Happened::Opened { label, shelf }) => Some(Counter {
                label: label.clone(),
                shelf: shelf.clone(),
                total: 0,
                opened: stamp.time,
                closed: false,
                keepers: Vec::new(),
            }),
            (Some(counter), Happened::Added(amount)) => {
                Some(Counter { total: counter.total + amount, ..counter })
            }
            (Some(counter), Happened::Handed(keepers)) => {
                Some(Counter { keepers: keepers.clone(), ..counter })
            }
            (Some(counter), Happened::Closed) => Some(Counter { closed: true, ..counter }),
            (counter, _) => counter,
        }
    }

    fn rule(event: &Happened) -> &'static str {
        if matches!(event, Happened::Added(_)) { "C-2" } else { "C-1" }
    }
}

/// The table of the counters.
#[derive(Debug)]
pub(crate) enum Counters {}

impl Table for Counters {
    type Domain = Rules;
    const COLLECTION: &'static str = "counters";
    const COLUMNS: &'static [&'static str] = &["label", "shelf"];

    fn columns(counter: &State<Self>) -> Vec<Value> {
        vec![counter.label.as_str().into(), counter.shelf.as_str().into()]
    }

    fn parent(counter: &State<Self>) -> Option<String> {
        Some(counter.shelf.clone())
    }

    /// An open counter waits for somebody to close it, and for somebody to add to it while it is empty.
    fn duties(counter: &State<Self>) -> Vec<Duty> {
        let due = |action, role| Duty { action, role, person: None, since: counter.opened, missing: vec![] };
        let close = (!counter.closed).then(|| due("CLOSE", Role::Fm));
        let add = (!counter.closed && counter.total == 0).then(|| due("ADD", Role::Fe));
        close.into_iter().chain(add).collect()
    }

    /// Those who keep it; what everybody may see is on a shelf of its own.
    fn viewers(counter: &State<Self>) -> Viewers<'_> {
        if counter.shelf == PUBLIC { Viewers::Everybody } else { Viewers::these(&counter.keepers) }
    }

    fn rows(id: Id, event: &Happened, _: &Stamp) -> Vec<Statement> {
        let Happened::Added(amount) = event else { return vec![] };
        let values: Vec<Value> = vec![id.into(), (*amount).into()];
        vec![Statement::new("INSERT INTO addition (counter, amount) VALUES ($1, $2)", values)]
    }

    fn conflict(constraint: &str) -> Option<Refusal> {
        (constraint == "counters.label")
            .then(|| Refusal::new(Kind::AlreadyExists, "", "LABEL_TAKEN", "label", "there is one already"))
    }
}

/// The same counters, seen with their shelves.
#[derive(Debug)]
pub(crate) enum Shelved {}

impl Table for Shelved {
    type Domain = Rules;
    const COLLECTION: &'static str = Counters::COLLECTION;
    const COLUMNS: &'static [&'static str] = Counters::COLUMNS;
    const SEEN_WITH: Option<&'static str> = Some("shelf");

    fn columns(counter: &State<Self>) -> Vec<Value> {
        Counters::columns(counter)
    }
}

/// The moment that many microseconds after the tests' beginning of time.
pub(crate) fn moment(microseconds: i64) -> Time {
    Time::from_microsecond(1_700_000_000_000_000 + microseconds).expect("a moment")
}

/// The person called so.
#[allow(dead_code, reason = "not every suite names people")]
pub(crate) fn person(name: &str) -> Person {
    Person::parse(&format!("people/{name}")).expect("a person")
}

/// Ada decides, then.
pub(crate) fn context(now: Time) -> Context {
    let person = Person::parse("people/ada").expect("a person");
    Context { caller: Caller { person, role: Role::Gmfta }, now }
}
