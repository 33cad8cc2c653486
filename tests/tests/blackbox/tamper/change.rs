//! The changes: each is a statement past the product, with the guards off meanwhile.

use serde_json::Value as Json;
use tests::{Engine, State};

use crate::audit::unguarded;

/// One change.
pub(super) struct Change {
    /// To what.
    pub(super) what: String,
    pub(super) statement: String,
    /// The guards are what is changed.
    is_bare: bool,
}

impl Change {
    pub(super) fn carry_out(&self, state: &State, service: &str) -> Result<(), String> {
        if self.is_bare {
            return state.attempt(service, &self.statement);
        }
        unguarded(state, service, &self.statement)
    }

    /// It changes what is kept, and not the schema.
    pub(super) fn is_of_rows(&self) -> bool {
        !self.is_bare
    }

    fn bare(what: impl Into<String>, statement: impl Into<String>) -> Self {
        Self { what: what.into(), statement: statement.into(), is_bare: true }
    }
}

/// A table, its columns with their types, and those that tell its rows apart.
struct Table {
    name: String,
    columns: Vec<(String, String)>,
    key: Vec<String>,
}

const ANOTHER: &str = "0192f0c1-0000-7000-8000-00000000002a";

/// Where a change would say nothing of a table's first row, and what the row is called then.
const ROWS: [(&str, &str, &str); 8] = [
    ("journal", "", "resource LIKE '%s/%' AND resource NOT LIKE 'policies/%'"),
    ("seal", "", "revision = 3"),
    ("commitment", "", "salt IS NOT NULL"),
    ("verdict", " of an engagement", "subject LIKE 'engagements/%'"),
    ("verdict", " of a case", "subject LIKE 'cases/%'"),
    ("criterion", " of an engagement", "subject LIKE 'engagements/%'"),
    ("criterion", " of a case", "subject LIKE 'cases/%'"),
    ("parked", "", "source = 'intake'"),
];

/// Each column of each table changed, each table with a row less and with one more.
pub(super) fn columns(state: &State, service: &'static str) -> Vec<Change> {
    tables(state, service).iter().flat_map(|table| table.changes(state, service)).collect()
}

impl Table {
    fn changes(&self, state: &State, service: &str) -> Vec<Change> {
        let of: Vec<_> = ROWS.iter().filter(|(table, ..)| *table == self.name).collect();
        let rows = if of.is_empty() {
            vec![("", "1 = 1")]
        } else {
            of.iter().map(|(_, row, which)| (*row, *which)).collect()
        };
        rows.into_iter().flat_map(|(row, which)| self.of_row(state, service, row, which)).collect()
    }

    fn of_row(&self, state: &State, service: &str, row: &str, which: &str) -> Vec<Change> {
        let (name, key) = (&self.name, self.key.join(", "));
        let this = format!("({key}) IN (SELECT {key} FROM {name} WHERE {which} ORDER BY {key} LIMIT 1)");
        let change = |what: String, statement| Change { what: what + row, statement, is_bare: false };
        let mut changes = Vec::new();
        for (column, kind) in &self.columns {
            let is_bytes = matches!(kind.as_str(), "BLOB" | "bytea");
            let text =
                if is_bytes { "''".to_owned() } else { format!("coalesce(CAST({column} AS text), '')") };
            let now = state.ask(service, &format!("SELECT {text} FROM {name} WHERE {this}"));
            // Another service has rows there.
            let [now] = now.as_slice() else { return Vec::new() };
            let to = another(column, kind, now);
            let statement = format!("UPDATE {name} SET {column} = {to} WHERE {this}");
            changes.push(change(format!("{name}.{column}"), statement));
        }
        changes.push(change(format!("{name}, a row less"), format!("DELETE FROM {name} WHERE {this}")));
        let names = |changed: bool| {
            let last = self.key.last();
            let column = |(column, kind): &(String, String)| {
                if changed && Some(column) == last { another(column, kind, "") } else { column.clone() }
            };
            self.columns.iter().map(column).collect::<Vec<_>>().join(", ")
        };
        let more =
            format!("INSERT INTO {name} ({}) SELECT {} FROM {name} WHERE {this}", names(false), names(true));
        changes.push(change(format!("{name}, a row more"), more));
        changes
    }
}

/// Another value for a column.
fn another(column: &str, kind: &str, now: &str) -> String {
    let is_json = matches!(column, "data" | "state" | "missing" | "counts") || kind == "jsonb";
    match kind.to_lowercase().as_str() {
        _ if is_json => {
            let mut json: Json = serde_json::from_str(now).unwrap_or_default();
            bend(&mut json);
            let cast = if kind == "jsonb" { "::jsonb" } else { "" };
            format!("'{}'{cast}", json.to_string().replace('\'', "''"))
        }
        "integer" | "bigint" => format!("coalesce({column}, 0) + 1000"),
        "blob" => "x'00112233'".to_owned(),
        "bytea" => "'\\x00112233'::bytea".to_owned(),
        "timestamp with time zone" => format!("coalesce({column}, now()) + interval '1 microsecond'"),
        "uuid" => format!("'{ANOTHER}'::uuid"),
        "text" if column == "id" || column.ends_with("_id") && column != "request_id" => {
            format!("'{ANOTHER}'")
        }
        "text" => format!("coalesce({column}, '') || 'x'"),
        other => panic!("{column} is of the type {other}"),
    }
}

/// Changes the first text in a document, or puts something into it.
fn bend(json: &mut Json) {
    match json {
        Json::String(text) => text.push('x'),
        Json::Array(items) if !items.is_empty() => bend(&mut items[0]),
        Json::Object(members) if !members.is_empty() => {
            if let Some(first) = members.values_mut().next() {
                bend(first);
            }
        }
        other => *other = serde_json::json!([{ "reason": "NONE" }]),
    }
}

/// The names of the tables that a service has.
pub(super) fn names(state: &State, service: &str) -> Vec<String> {
    tables(state, service).into_iter().map(|table| table.name).collect()
}

fn tables(state: &State, service: &str) -> Vec<Table> {
    let columns = match Engine::here() {
        Engine::Sqlite => {
            "SELECT m.name || ' ' || p.name || ' ' || p.pk || ' ' || p.type FROM sqlite_master AS m, pragma_table_info(m.name) AS p \
             WHERE m.type = 'table' AND m.name NOT LIKE '%sql%' ORDER BY m.name, p.cid"
        }
        Engine::Postgres => {
            "SELECT c.relname || ' ' || a.attname || ' ' || coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0) || ' ' \
             || format_type(a.atttypid, NULL) \
             FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary \
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '%sql%' \
             ORDER BY c.relname, a.attnum"
        }
    };
    let mut tables: Vec<Table> = Vec::new();
    let mut keys: Vec<(u32, String)> = Vec::new();
    for line in state.ask(service, columns) {
        let [name, column, place, kind] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        if tables.last().is_none_or(|table| table.name != name) {
            tables.push(Table { name: name.to_owned(), columns: Vec::new(), key: Vec::new() });
            keys.clear();
        }
        let table = tables.last_mut().expect("one was just put there");
        table.columns.push((column.to_owned(), kind.to_owned()));
        keys.extend(place.parse().ok().filter(|place| *place > 0).map(|place| (place, column.to_owned())));
        keys.sort_unstable();
        table.key = keys.iter().map(|(_, column)| column.clone()).collect();
    }
    tables
}

/// Each object of the schema taken away or made another, and what no migration makes put in.
pub(super) fn objects(state: &State, service: &'static str) -> Vec<Change> {
    match Engine::here() {
        Engine::Sqlite => in_files(state, service),
        Engine::Postgres => on_a_server(state, service),
    }
}

/// The answers of a question as changes, each with a word before it.
fn each(state: &State, service: &str, question: &str, change: impl Fn(&str) -> Change) -> Vec<Change> {
    state.ask(service, question).iter().map(|answer| change(answer)).collect()
}

fn in_files(state: &State, service: &str) -> Vec<Change> {
    let of = "SELECT type || ' ' || name FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%sql%' ORDER BY 1";
    let mut all = each(state, service, of, |object| {
        Change::bare(format!("{object}, dropped"), format!("DROP {object}"))
    });
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sql%' ORDER BY 1";
    all.extend(each(state, service, tables, |table| {
        Change::bare(
            format!("table {table}, a column more"),
            format!("ALTER TABLE {table} ADD COLUMN more TEXT"),
        )
    }));
    all.extend(each(state, service, tables, |table| {
        let made = format!("CREATE TRIGGER more AFTER INSERT ON {table} BEGIN SELECT 1; END");
        Change::bare(format!("table {table}, a trigger more"), made)
    }));
    all.push(Change::bare("a view more", "CREATE VIEW more AS SELECT 1"));
    all
}

fn on_a_server(state: &State, service: &str) -> Vec<Change> {
    let ours = "relnamespace = 'public'::regnamespace AND relname NOT LIKE '%sql%'";
    let tables = format!("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND {ours} ORDER BY 1");
    let mut all = Vec::new();
    for (what, statement) in [
        ("dropped", "DROP TABLE {} CASCADE"),
        ("a column more", "ALTER TABLE {} ADD COLUMN more text"),
        ("a trigger more", "CREATE TRIGGER more AFTER INSERT ON {} EXECUTE FUNCTION refuse('x')"),
        ("a rule more", "CREATE RULE more AS ON DELETE TO {} DO INSTEAD NOTHING"),
        ("rows hidden", "ALTER TABLE {} ENABLE ROW LEVEL SECURITY"),
        ("a child", "CREATE TABLE more () INHERITS ({})"),
        ("another's", "ALTER TABLE {} OWNER TO pg_database_owner"),
        ("a grant", "GRANT SELECT ON {} TO PUBLIC"),
    ] {
        all.extend(each(state, service, &tables, |table| {
            Change::bare(format!("table {table}, {what}"), statement.replace("{}", table))
        }));
    }
    let columns = format!(
        "SELECT relname || '.' || attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
         WHERE relkind = 'r' AND attnum > 0 AND attidentity = '' AND {ours} ORDER BY 1"
    );
    all.extend(each(state, service, &columns, |column| {
        let (table, name) = column.split_once('.').expect("a column");
        Change::bare(
            format!("column {column}, a grant"),
            format!("GRANT UPDATE ({name}) ON {table} TO PUBLIC"),
        )
    }));
    let triggers = format!(
        "SELECT tgname || ' ON ' || relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid \
         WHERE NOT tgisinternal AND {ours} ORDER BY 1"
    );
    all.extend(each(state, service, &triggers, |trigger| {
        Change::bare(format!("trigger {trigger}, dropped"), format!("DROP TRIGGER {trigger}"))
    }));
    all.extend(each(state, service, &triggers, |trigger| {
        let (name, table) = trigger.split_once(" ON ").expect("a trigger");
        Change::bare(format!("trigger {trigger}, off"), format!("ALTER TABLE {table} DISABLE TRIGGER {name}"))
    }));
    let indices = format!(
        "SELECT relname::text FROM pg_class WHERE relkind = 'i' AND {ours} \
         AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = pg_class.oid) ORDER BY 1"
    );
    all.extend(each(state, service, &indices, |index| {
        Change::bare(format!("index {index}, dropped"), format!("DROP INDEX {index}"))
    }));
    let constraints = format!(
        "SELECT relname || ' ' || quote_ident(conname) FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid \
         WHERE contype <> 'n' AND {ours} ORDER BY 1"
    );
    all.extend(each(state, service, &constraints, |constraint| {
        let (table, name) = constraint.split_once(' ').expect("a constraint");
        Change::bare(
            format!("constraint {name}, dropped"),
            format!("ALTER TABLE {table} DROP CONSTRAINT {name}"),
        )
    }));
    let functions =
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1";
    for (what, statement) in [
        ("with settings of its own", "ALTER FUNCTION {} SET search_path = pg_temp"),
        ("as its owner", "ALTER FUNCTION {} SECURITY DEFINER"),
        ("another's", "ALTER FUNCTION {} OWNER TO pg_database_owner"),
        ("a grant less", "REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC"),
    ] {
        all.extend(each(state, service, functions, |function| {
            Change::bare(format!("function {function}, {what}"), statement.replace("{}", function))
        }));
    }
    let bodies =
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$";
    all.push(Change::bare("function refuse(), another text", bodies));
    all.push(Change::bare(
        "a function more",
        "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ));
    all.push(Change::bare("a view more", "CREATE VIEW more AS SELECT 1"));
    all.push(Change::bare("the schema, a grant", "GRANT CREATE ON SCHEMA public TO PUBLIC"));
    all
}
