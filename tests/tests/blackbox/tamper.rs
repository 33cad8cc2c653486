//! Every column of every table, every row, every object of the schema and every grant, changed past the product one at a time:
//! which of it `audit verify` finds, which `migrate check`, and which nobody, and why.

mod change;
mod reasons;
mod scene;
mod shape;

use std::{collections::BTreeSet, sync::Arc};

use expect_test::expect_file;
use futures::{StreamExt, stream};
use host::{Action, Audit, Service, Verb, Verification};
use tests::{Engine, State};
use tokio::{runtime::Handle, task::spawn_blocking};

use change::{Change, columns, names, objects};

/// The services: each has tables of its own beside those that all have.
const SERVICES: [&str; 3] = ["engagement", "intake", "tasks"];

fn service(name: &str) -> Vec<Service> {
    getmodern::services().into_iter().filter(|service| service.name() == name).collect()
}

/// The answer of `audit verify` about a service's state.
async fn verify(state: &State, name: &str) -> Result<(), String> {
    let verify = Verb::Audit(Audit::Verify(Verification::of(state.settings(&[name]).storage)));
    Box::pin(verify.run(&service(name))).await.map_err(|error| error.to_string())
}

/// The answer of `migrate check` about it.
async fn check(state: &State, name: &str) -> Result<(), String> {
    let check = Verb::Migrate { action: Action::Check, storage: state.settings(&[name]).storage };
    Box::pin(check.run(&service(name))).await.map_err(|error| error.to_string())
}

/// How a change to a copy of a service's state is found.
async fn found(state: &State, name: &'static str, change: &Change) -> String {
    let copy = state.copy(name);
    if let Err(cause) = change.carry_out(&copy, name) {
        assert!(cause.contains("onstraint"), "{}: {cause}", change.what);
        return "refused by the database".to_owned();
    }
    if change.is_of_rows() && verify(&copy, name).await.is_err() {
        return "found by verify".to_owned();
    }
    match check(&copy, name).await {
        Err(told) => {
            assert!(told.contains("the schema is not what"), "{}: {told}", change.what);
            "found by migrate check".to_owned()
        }
        Ok(()) => match reasons::of(&change.what) {
            Some(reason) => format!("not found, because {reason}"),
            None => "not found".to_owned(),
        },
    }
}

/// Changes that are looked into at once: they wait for a database more than they work.
const AT_ONCE: usize = 4;

async fn page(state: State, changes: fn(&State, &'static str) -> Vec<Change>) -> String {
    let mut seen = BTreeSet::new();
    let of = |name| changes(&state, name).into_iter().map(move |change| (name, change));
    // Tables that all services have are changed in one.
    let all = SERVICES.into_iter().flat_map(of).filter(|(_, change)| seen.insert(change.what.clone()));
    let all: Vec<_> = all.collect();
    let state = Arc::new(state);
    let lines = all.into_iter().map(|(name, change)| {
        let state = Arc::clone(&state);
        let look = move || {
            let found = Handle::current().block_on(found(&state, name, &change));
            format!("{}: {found}\n", change.what)
        };
        async { spawn_blocking(look).await.expect("it is looked into") }
    });
    stream::iter(lines).buffered(AT_ONCE).collect::<Vec<_>>().await.concat()
}

fn engine() -> &'static str {
    match Engine::here() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_column_that_is_changed_is_found_or_is_told_not_to_be() {
    let state = Box::pin(scene::played()).await;
    for name in SERVICES {
        assert_eq!(verify(&state, name).await, Ok(()), "{name}: nobody has touched it");
        assert_eq!(check(&state, name).await, Ok(()), "{name}: nobody has touched it");
    }
    let tables: Vec<_> = SERVICES.iter().flat_map(|name| names(&state, name)).collect();
    let page = page(state, columns).await;
    assert!(!page.contains(": not found\n"), "{page}");
    for table in tables {
        assert!(
            page.lines().any(|line| line.starts_with(&format!("{table}."))),
            "no row of {table} was there"
        );
    }
    expect_file![format!("tamper/columns.{}.txt", engine())].assert_eq(&page);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_object_of_the_schema_and_every_grant_that_is_changed_is_found() {
    let state = State::new();
    let settings = state.settings(&SERVICES);
    let up = Verb::Migrate { action: Action::Up, storage: settings.storage };
    Box::pin(up.run(&getmodern::services())).await.expect("the schemas are there");
    let page = match Engine::here() {
        Engine::Sqlite => page(state, objects).await,
        Engine::Postgres => Box::pin(shape::page(&state)).await,
    };
    assert!(page.lines().all(|line| line.ends_with(": found by migrate check")), "{page}");
    expect_file![format!("tamper/objects.{}.txt", engine())].assert_eq(&page);
}

#[test]
fn what_nobody_finds_stands_in_the_security_page() {
    let page = include_str!("../../../.github/SECURITY.md");
    let table = reasons::table();
    assert!(page.contains(&table), "the page has to have\n{table}");
}
