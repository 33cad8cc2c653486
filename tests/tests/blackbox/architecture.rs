//! Imports point down only: all-in-one → services → {own domain, host, ledger, proto} → kernel.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::pages::page;

/// What each of our crates may build on, of our crates.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("kernel", &[]),
    ("proto", &[]),
    ("ledger", &["kernel"]),
    ("host", &["kernel", "ledger", "proto"]),
    ("intake-domain", &["kernel"]),
    ("engagement-domain", &["kernel"]),
    ("tasks-domain", &["kernel"]),
    ("intake", &["host", "intake-domain", "kernel", "ledger", "proto"]),
    ("engagement", &["engagement-domain", "host", "kernel", "ledger", "proto"]),
    ("tasks", &["host", "kernel", "ledger", "proto", "tasks-domain"]),
    ("getmodern", &["engagement", "host", "intake", "proto", "tasks"]),
    ("fuzz", &["engagement", "host", "intake", "intake-domain", "kernel", "proto", "tasks"]),
    ("tests", &["getmodern", "host", "kernel", "ledger", "proto"]),
];

/// What a pure crate never sees: clocks, sockets, databases, wires.
const IMPURE: [&str; 9] =
    ["axum", "hyper", "prost", "reqwest", "rusqlite", "sqlx", "tokio", "tonic", "tracing"];

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().expect("cargo tells")
}

/// Each of our crates with what it depends on, tests aside.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let normal = |package: &cargo_metadata::Package| {
        let dependencies = package.dependencies.iter().filter(|on| on.kind == DependencyKind::Normal);
        dependencies.map(|on| on.name.clone()).collect()
    };
    metadata().packages.iter().map(|package| (package.name.to_string(), normal(package))).collect()
}

#[test]
fn imports_point_down_only() {
    let graph = graph();
    let ours: BTreeSet<_> = graph.keys().map(String::as_str).collect();
    let known: BTreeSet<_> = ALLOWED.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, known, "a new crate has its place in the graph");
    for (name, allowed) in ALLOWED {
        let on: BTreeSet<_> = graph[name].iter().map(String::as_str).filter(|on| ours.contains(on)).collect();
        let allowed = allowed.iter().copied().collect();
        assert!(on.is_subset(&allowed), "{name} builds on {on:?}");
    }
}

/// The crates that each may build on, as the contributors' page says it.
fn told() -> BTreeMap<String, BTreeSet<String>> {
    let page = page("services/platform/README.md");
    let (_, table) = page.split_once("| Crate | may build on |").expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (cells[1].trim_matches('`').to_owned(), names(cells[2]))
    };
    rows.map(row).collect()
}

#[test]
fn the_page_of_contributors_has_this_very_graph() {
    let allowed = |on: &[&str]| on.iter().map(|name| (*name).to_owned()).collect();
    let graph: BTreeMap<_, _> = ALLOWED.iter().map(|(name, on)| ((*name).to_owned(), allowed(on))).collect();
    assert_eq!(told(), graph);
}

#[test]
fn the_kernel_and_the_domains_are_pure() {
    let graph = graph();
    for name in ["kernel", "intake-domain", "engagement-domain", "tasks-domain"] {
        for impure in IMPURE {
            assert!(!graph[name].contains(impure), "{name} sees {impure}");
        }
    }
}

#[test]
fn only_the_ledger_speaks_sql_engines() {
    for (name, on) in graph() {
        // The tests look at databases from outside.
        assert!(["ledger", "tests"].contains(&name.as_str()) || !on.contains("sqlx"), "{name} sees sqlx");
    }
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let root = metadata().workspace_root;
    let mut files = vec![root.join("proto/src"), root.join("services"), root.join("tests")];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            let entries = path.read_dir_utf8().expect("a folder");
            files.extend(entries.map(|entry| entry.expect("an entry").into_path()));
        } else if path.extension() == Some("rs") {
            let text = std::fs::read_to_string(&path).expect("a file");
            assert!(text.starts_with("//!"), "{path}");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}
