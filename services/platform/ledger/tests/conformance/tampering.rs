//! Whatever somebody with the database in hand changes of journal and seals is found, and where it begins is told.

use ledger::{Break, Ending, Flaw, Ledger, Statement};

use crate::{
    acting::{act, id, open},
    counter::Wish,
    house::{House, write},
    sealing::{audited, is_whole, seal},
};

/// How far the journal goes; more than is compared at a time.
const LENGTH: i64 = 302;

/// A sealed journal without its guards, and a copy of everything.
async fn journal(house: &House) -> Ledger {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "open 1").await;
    act(&ledger, id(1), &Wish::Add(vec![5; 300]), "add").await;
    act(&ledger, id(2), &open(2, "shelves/a"), "open 2").await;
    seal(&ledger).await;
    for table in ["journal", "seal", "commitment"] {
        let unguarded = match house.engine {
            "sqlite" => {
                vec![format!("DROP TRIGGER {table}_is_append_only"), format!("DROP TRIGGER {table}_is_kept")]
            }
            _ => vec![format!("ALTER TABLE {table} DISABLE TRIGGER USER")],
        };
        run(&ledger, unguarded).await;
        run(&ledger, [format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")]).await;
    }
    ledger
}

async fn run(ledger: &Ledger, statements: impl IntoIterator<Item = String>) {
    let statements: Vec<_> = statements.into_iter().map(|text| Statement::new(text, vec![])).collect();
    write(ledger, statements.clone()).await.unwrap_or_else(|failure| panic!("{failure:?} {statements:?}"));
}

/// Puts everything back.
async fn restore(ledger: &Ledger) {
    for table in ["journal", "seal", "commitment"] {
        let back = format!("INSERT INTO {table} SELECT * FROM kept_{table}");
        run(ledger, [format!("DELETE FROM {table}"), back]).await;
    }
    let (seals, ending) = audited(ledger).await;
    assert!(is_whole(&ending, 0) && seals.len() == usize::try_from(LENGTH).expect("small") + 1, "{ending:?}");
}

/// What is found once `statements` were carried out; everything before it fits.
async fn found(ledger: &Ledger, statements: &[String]) -> (i64, Flaw) {
    run(ledger, statements.iter().cloned()).await;
    let (seals, ending) = audited(ledger).await;
    let Ending::Broken(Break { revision, flaw }) = ending else { panic!("not found: {statements:?}") };
    let before = seals.last().map_or(-1, |seal| seal.revision);
    assert_eq!(before.max(0), (revision - 1).max(0), "{statements:?}");
    restore(ledger).await;
    (revision, flaw)
}

fn one(text: &str) -> Vec<String> {
    text.split("; ").map(str::to_owned).collect()
}

/// The columns of the journal, with their types.
async fn columns(house: &House, ledger: &Ledger) -> Vec<(String, String)> {
    let sql = match house.engine {
        "sqlite" => "SELECT name, type FROM pragma_table_info('journal')",
        _ => {
            "SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_name = 'journal'"
        }
    };
    let rows = ledger.read(Statement::new(sql, vec![])).await.expect("readable");
    rows.iter().map(|row| (row.get(0).expect("a name"), row.get(1).expect("a type"))).collect()
}

/// What gives a column another value, by as little as can be.
fn other(column: &str, kind: &str) -> String {
    match (column, kind) {
        ("time", "timestamp with time zone") => "time + interval '1 microsecond'".to_owned(),
        ("data", "jsonb") => "jsonb_set(data, '{Added}', '4')".to_owned(),
        ("data", _) => "replace(data, '5', '4')".to_owned(),
        (_, "INTEGER" | "bigint") => format!("{column} + 1"),
        _ => format!("coalesce(substr({column}, 1, length({column}) - 1), '') || '~'"),
    }
}

pub(crate) async fn a_change_in_any_column_is_found(house: House) {
    let ledger = journal(&house).await;
    let columns = columns(&house, &ledger).await;
    assert!(columns.len() >= 13, "{columns:?}");
    // The order in which PostgreSQL was told of entries, before they have their places, is nothing that they say.
    for (column, kind) in columns.iter().filter(|(column, _)| column != "entry" && column != "revision") {
        for at in [2, 200, 201, 202, 301] {
            let change =
                format!("UPDATE journal SET {column} = {} WHERE revision = {at}", other(column, kind));
            assert_eq!(found(&ledger, &[change]).await, (at, Flaw::Changed), "{column}");
        }
    }
}

pub(crate) async fn entries_that_are_moved_added_or_gone_are_found(house: House) {
    let ledger = journal(&house).await;
    let shift = "UPDATE journal SET revision = -revision - 1 WHERE revision >= 5; \
                 UPDATE journal SET revision = -revision WHERE revision < 0";
    let columns =
        "resource, parent, kind, rule, data, person, role, time, request_id, version_before, version_after";
    let copy = |to: i64, from: i64| {
        format!(
            "INSERT INTO journal (revision, {columns}) SELECT {to}, {columns} FROM journal WHERE revision = {from}"
        )
    };
    let swap = "UPDATE journal SET revision = 9000 WHERE revision = 7; \
                UPDATE journal SET revision = 7 WHERE revision = 302; \
                UPDATE journal SET revision = 302 WHERE revision = 9000";
    for (statements, revision, flaw) in [
        (one("UPDATE journal SET revision = 9000 WHERE revision = 9"), 9, Flaw::Missing),
        (one("DELETE FROM journal WHERE revision = 9"), 9, Flaw::Missing),
        (one("DELETE FROM journal WHERE revision = 1"), 1, Flaw::Missing),
        (one("DELETE FROM journal WHERE revision = 302"), 302, Flaw::Cut),
        (one("DELETE FROM journal WHERE revision > 100"), 101, Flaw::Cut),
        (one("DELETE FROM journal"), 1, Flaw::Cut),
        (one(swap), 7, Flaw::Changed),
        ([one(shift), vec![copy(5, 4)]].concat(), 5, Flaw::Changed),
        (vec![copy(0, 4)], 0, Flaw::Early),
        (vec![copy(-5, 4)], -5, Flaw::Early),
    ] {
        assert_eq!(found(&ledger, &statements).await, (revision, flaw), "{statements:?}");
    }
}

pub(crate) async fn a_change_of_a_text_about_people_is_found(house: House) {
    let ledger = journal(&house).await;
    let text = || Flaw::Text("/data/Opened/label".to_owned());
    let set = |set: &str| match house.engine {
        "sqlite" => {
            format!("UPDATE journal SET data = json_set(data, '$.Opened.{set}', 'x') WHERE revision = 302")
        }
        _ => format!(
            "UPDATE journal SET data = jsonb_set(data, '{{Opened,{set}}}', '\"x\"') WHERE revision = 302"
        ),
    };
    let same = "(SELECT salt FROM commitment WHERE revision = 1)";
    for (statement, revision, flaw) in [
        (set("label"), 302, text()),
        (set("shelf"), 302, Flaw::Changed),
        (set("more"), 302, Flaw::Changed),
        (format!("UPDATE commitment SET salt = {same} WHERE revision = 302"), 302, text()),
        (
            "UPDATE commitment SET salt = NULL WHERE revision = 302".to_owned(),
            302,
            Flaw::Erased("/data/Opened/label".to_owned()),
        ),
        (
            "UPDATE commitment SET path = '/data/Opened/more'".to_owned(),
            1,
            Flaw::Text("/data/Opened/more".to_owned()),
        ),
        (
            "UPDATE commitment SET path = '/data/Opened/shelf' WHERE revision = 302".to_owned(),
            302,
            Flaw::Text("/data/Opened/shelf".to_owned()),
        ),
        ("DELETE FROM commitment WHERE revision = 302".to_owned(), 302, Flaw::Changed),
    ] {
        assert_eq!(found(&ledger, std::slice::from_ref(&statement)).await, (revision, flaw), "{statement}");
    }
}

pub(crate) async fn a_change_of_the_seals_is_found(house: House) {
    let ledger = journal(&house).await;
    let hash = |of: i64| format!("(SELECT hash FROM seal WHERE revision = {of})");
    for (statement, revision, flaw) in [
        (format!("UPDATE seal SET hash = {} WHERE revision = 9", hash(8)), 9, Flaw::Resealed),
        (format!("UPDATE seal SET hash = {} WHERE revision = 200", hash(8)), 200, Flaw::Changed),
        (format!("UPDATE seal SET hash = {} WHERE revision = 302", hash(8)), 302, Flaw::Changed),
        (format!("UPDATE seal SET hash = {} WHERE revision = 0", hash(8)), 1, Flaw::Changed),
        ("UPDATE seal SET revision = 9000 WHERE revision = 9".to_owned(), 9, Flaw::Unsealed),
        ("DELETE FROM seal WHERE revision = 9".to_owned(), 9, Flaw::Unsealed),
        ("DELETE FROM seal WHERE revision = 0".to_owned(), 0, Flaw::Nameless),
        ("UPDATE seal SET revision = -1 WHERE revision = 0".to_owned(), 0, Flaw::Nameless),
        ("UPDATE seal SET revision = 303 WHERE revision = 302".to_owned(), 302, Flaw::Unsealed),
        (format!("INSERT INTO seal (revision, hash) SELECT 303, {}", hash(8)), 303, Flaw::Cut),
    ] {
        assert_eq!(found(&ledger, std::slice::from_ref(&statement)).await, (revision, flaw), "{statement}");
    }
    // Seals that are cut off leave nothing wrong behind, only entries that should not be unsealed any more.
    run(&ledger, one("DELETE FROM seal WHERE revision > 100")).await;
    let (seals, ending) = audited(&ledger).await;
    assert!(seals.len() == 101 && is_whole(&ending, LENGTH - 100), "{ending:?}");
}
