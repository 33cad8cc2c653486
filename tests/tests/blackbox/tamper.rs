//! Every column of every table, every row, every object of the schema and every grant, changed past the product one at a time: which of
//! it `audit verify` finds, which `migrate check`, and which nobody, and why.

mod change;
mod reasons;
mod scene;

use std::fmt::Write;

use expect_test::expect_file;
use host::{Action, Audit, Service, Verb, Verification};
use tests::{Engine, State};

use change::{Change, columns, names, objects};

/// What a service keeps of its own, and not as every service does.
const SERVICES: [&str; 3] = ["engagement", "intake", "tasks"];

fn service(name: &str) -> Vec<Service> {
    getmodern::services().into_iter().filter(|service| service.name() == name).collect()
}

/// What `audit verify` says of a service's state, and `migrate check`.
async fn said(state: &State, name: &str) -> (Result<(), String>, Result<(), String>) {
    let storage = || state.settings(&[name]).storage;
    let words = |error: host::StartError| error.to_string();
    let verify = Verb::Audit(Audit::Verify(Verification::of(storage())));
    let check = Verb::Migrate { action: Action::Check, storage: storage() };
    let verified = Box::pin(verify.run(&service(name))).await;
    (verified.map_err(words), Box::pin(check.run(&service(name))).await.map_err(words))
}

/// How a change to a copy of a service's state is found.
async fn found(state: &State, name: &'static str, change: &Change) -> String {
    let copy = state.copy(name);
    if let Err(cause) = change.carry_out(&copy, name) {
        assert!(cause.contains("onstraint"), "{}: {cause}", change.what);
        return "refused by the database".to_owned();
    }
    match said(&copy, name).await {
        (_, Err(told)) => {
            assert!(told.contains("the schema is not what"), "{}: {told}", change.what);
            "found by migrate check".to_owned()
        }
        (Err(_), Ok(())) => "found by verify".to_owned(),
        (Ok(()), Ok(())) => match reasons::of(&change.what) {
            Some(reason) => format!("not found, because {reason}"),
            None => "not found".to_owned(),
        },
    }
}

async fn page(state: &State, changes: fn(&State, &'static str) -> Vec<Change>) -> String {
    let (mut seen, mut page) = (Vec::new(), String::new());
    for name in SERVICES {
        for change in changes(state, name) {
            // What every service keeps is looked at once.
            if !seen.contains(&change.what) {
                let _ = writeln!(page, "{}: {}", change.what, Box::pin(found(state, name, &change)).await);
                seen.push(change.what);
            }
        }
    }
    page
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
        assert_eq!(said(&state, name).await, (Ok(()), Ok(())), "{name}: nobody has touched it");
    }
    let page = page(&state, columns).await;
    assert!(!page.contains(": not found\n"), "{page}");
    for table in SERVICES.iter().flat_map(|name| names(&state, name)) {
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
    let page = page(&state, objects).await;
    assert!(page.lines().all(|line| line.ends_with(": found by migrate check")), "{page}");
    expect_file![format!("tamper/objects.{}.txt", engine())].assert_eq(&page);
}

#[test]
fn what_nobody_finds_stands_in_the_security_page() {
    let page = include_str!("../../../.github/SECURITY.md");
    let table = reasons::table();
    assert!(page.contains(&table), "the page has to have\n{table}");
}
