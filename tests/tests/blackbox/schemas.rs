//! One schema in two languages: what SQLite and PostgreSQL keep has the same tables, columns, indices and guards.

use std::collections::BTreeSet;

use tests::{Engine, State};

use crate::{migrations::migrated, processes::SERVICES};

/// Lines that only PostgreSQL has, because replicas of two releases write to it and its tables do not count by themselves, and those
/// that differ: a key that is a number is no index of its own on SQLite.
const OWN: [&str; 5] = [
    "index journal (revision) unique",
    "index token_key (id) unique",
    "index salt (one) unique",
    "trigger request_is_kept_by_digest",
    "trigger journal_gives_revisions",
];
/// A key of PostgreSQL that is not named by its columns, as SQLite names it: no decision depends on it.
const UNNAMED: [&str; 1] = ["stage_visit_pkey"];

const OF_SQLITE: &str = r"
    WITH tables AS (
        SELECT name FROM sqlite_master
        WHERE type = 'table' AND name NOT LIKE '\_sqlx%' ESCAPE '\' AND name NOT LIKE 'sqlite%'
    )
    SELECT 'column ' || tables.name || '.' || c.name || ' ' || c.type
        || iif(c.[notnull] OR c.pk, ' NOT NULL', '') || iif(c.dflt_value IS NULL, '', ' DEFAULT')
        FROM tables, pragma_table_info(tables.name) AS c
    UNION ALL
    SELECT 'index ' || tables.name || ' ('
        || (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
        || ')' || iif(i.[unique], ' unique', '') || iif(i.partial, ' in part', '')
        FROM tables, pragma_index_list(tables.name) AS i
    UNION ALL
    SELECT 'trigger ' || name FROM sqlite_master WHERE type = 'trigger'";

const OF_POSTGRES: &str = r"
    WITH tables AS (
        SELECT oid, relname AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE '\_sqlx%'
    )
    SELECT 'column ' || tables.name || '.' || attname || ' '
        || CASE format_type(atttypid, atttypmod)
            WHEN 'bigint' THEN 'INTEGER'
            WHEN 'timestamp with time zone' THEN 'INTEGER'
            WHEN 'text' THEN 'TEXT'
            WHEN 'uuid' THEN 'TEXT'
            WHEN 'jsonb' THEN 'TEXT'
            WHEN 'bytea' THEN 'BLOB'
            ELSE format_type(atttypid, atttypmod)
        END
        || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END || CASE WHEN atthasdef THEN ' DEFAULT' ELSE '' END
        FROM tables JOIN pg_attribute ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'index ' || tables.name || ' ('
        || (SELECT string_agg(attname, ', ' ORDER BY place) FROM unnest(indkey::int2[]) WITH ORDINALITY AS k (num, place)
            JOIN pg_attribute ON attrelid = tables.oid AND attnum = k.num)
        || ')' || CASE WHEN indisunique THEN ' unique' ELSE '' END
        || CASE WHEN indpred IS NULL THEN '' ELSE ' in part' END
        FROM tables JOIN pg_index ON indrelid = tables.oid
    UNION ALL
    SELECT 'trigger ' || tgname FROM tables JOIN pg_trigger ON tgrelid = tables.oid AND NOT tgisinternal";

/// Keys and unique constraints that are not named as SQLite names them when they are violated.
const MISNAMED: &str = "
    SELECT conname::text FROM pg_constraint
    WHERE contype IN ('p', 'u') AND connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '%sqlx%'
        AND conname <> (
            SELECT string_agg(conrelid::regclass || '.' || attname, ', ' ORDER BY place)
            FROM unnest(conkey) WITH ORDINALITY AS k (num, place)
            JOIN pg_attribute ON attrelid = conrelid AND attnum = k.num
        )
    ORDER BY 1";

type Schema = BTreeSet<String>;

/// What a service's schema has on one engine alone, but for what differs on purpose.
fn different(files: &State, databases: &State, service: &str) -> Schema {
    let without = |schema: Vec<String>, own: &[&str]| {
        let all: Schema = schema.into_iter().collect();
        let own: Schema = own.iter().map(|line| (*line).to_owned()).collect();
        assert!(own.is_subset(&all), "{service} has {own:?}");
        &all - &own
    };
    let sqlite = without(files.ask(service, OF_SQLITE), &[]);
    let postgres = without(databases.ask(service, OF_POSTGRES), &OWN);
    assert!(sqlite.len() > 50, "{service}: {sqlite:?}");
    &sqlite ^ &postgres
}

async fn states() -> Option<(State, State)> {
    if Engine::here() == Engine::Sqlite {
        return None;
    }
    let files = State::in_files();
    migrated(&files).await;
    Some((files, State::new()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_tables_columns_indices_and_guards() {
    let Some((files, databases)) = states().await else { return };
    for service in SERVICES {
        assert_eq!(different(&files, &databases, service), Schema::new(), "{service}");
        let misnamed = databases.ask(service, MISNAMED);
        assert!(misnamed.iter().all(|name| UNNAMED.contains(&name.as_str())), "{service}: {misnamed:?}");
    }
}

/// Columns of resources that the function which updates their rows does not write: an identity and the moment it was made stay.
const UNWRITTEN: &str = r"
    SELECT t.relname || '.' || a.attname FROM pg_proc AS p
    JOIN pg_class AS t ON p.proname = 'write_' || t.relname
    JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE a.attname NOT IN ('id', 'create_time') AND p.prosrc !~ ('\y' || a.attname || ' = CASE')
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_of_a_resource_writes_every_column_of_its_table() {
    let Some((_, databases)) = states().await else { return };
    for service in SERVICES {
        assert_eq!(databases.ask(service, UNWRITTEN), Vec::<String>::new(), "{service}");
    }
    databases.execute("intake", "ALTER TABLE cases ADD COLUMN more text");
    assert_eq!(databases.ask("intake", UNWRITTEN), ["cases.more"], "a migration that forgets it is found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_differs_between_the_engines_is_found() {
    let Some((files, _)) = states().await else { return };
    for change in [
        "CREATE TABLE more (id bigint)",
        "ALTER TABLE cases ADD COLUMN more text",
        "ALTER TABLE cases DROP COLUMN verdict",
        "ALTER TABLE cases ALTER COLUMN tenant DROP NOT NULL",
        "ALTER TABLE cases ALTER COLUMN tenant SET DEFAULT ''",
        "ALTER TABLE cases ALTER COLUMN tenant TYPE varchar(9)",
        "DROP INDEX cases_stage",
        "CREATE INDEX more ON cases (update_time)",
        "ALTER TABLE cases DROP CONSTRAINT \"cases.live_tenant\"",
        "DROP TRIGGER policies_are_kept ON policies",
    ] {
        let databases = State::new();
        databases.execute("intake", change);
        assert!(!different(&files, &databases, "intake").is_empty(), "{change}");
    }
}
