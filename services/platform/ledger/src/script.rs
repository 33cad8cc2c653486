//! Commits as the one document that `ledger_commits` carries out.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Serialize, Serializer};

use crate::{
    Commit, Demand, Statement, Value, duty, journal, request, seal,
    statement::{Updated, with_places},
};

/// One statement: its text with a cast in place of each `$n`, and the values those casts read. The statements of most transitions go by
/// their names, and have no text.
#[derive(Serialize)]
pub(crate) struct Step<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<String>,
    values: Values<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one: Option<&'static str>,
}

/// The values of a statement: a list, or those of a row by its columns.
enum Values<'a> {
    List(&'a [Value]),
    Row(&'static [&'static str], &'a [Value]),
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::List(values) => serializer.collect_seq(values.iter().map(Written)),
            Self::Row(columns, values) => {
                let columns = BEFORE.iter().chain(*columns).chain(&AFTER);
                serializer.collect_map(columns.zip(values.iter().map(Written)))
            }
        }
    }
}

/// A value as the document has it.
struct Written<'a>(&'a Value);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Int(int) => int.serialize(serializer),
            Value::Text(text) => text.serialize(serializer),
            Value::Id(id) => id.map(|id| id.to_string()).serialize(serializer),
            Value::Time(time) => time.map(|time| format!("{time:.6}")).serialize(serializer),
            Value::Json(document) => document.raw().serialize(serializer),
            Value::Bytes(bytes) => BASE64.encode(bytes).serialize(serializer),
        }
    }
}

/// The statements that go by a name.
const NAMED: [(&str, &str); 6] = [
    (journal::INSERT, "entry"),
    (request::INSERT, "reply"),
    (duty::INSERT, "duty"),
    (duty::DELETE, "done"),
    (seal::INSERT, "seals"),
    (seal::COMMIT, "commitments"),
];
/// The columns that every row has before its own, and behind them the version that it had.
const BEFORE: [&str; 4] = ["id", "version", "state", "update_time"];
const AFTER: [&str; 1] = ["was"];

pub(crate) fn script(commit: &Commit) -> Vec<Step<'_>> {
    commit.statements.iter().map(step).collect()
}

fn step(statement: &Statement) -> Step<'_> {
    let one = match statement.demand {
        Demand::Any => None,
        Demand::One(word) => Some(word),
    };
    if let Some(Updated { table, columns }) = statement.row {
        let values = Values::Row(columns, &statement.values);
        return Step { name: Some("row"), table: Some(table), sql: None, values, one };
    }
    let name = NAMED.into_iter().find_map(|(sql, name)| (statement.sql == sql).then_some(name));
    let sql = name.is_none().then(|| text(statement));
    Step { name, table: None, sql, values: Values::List(&statement.values), one }
}

/// The text, each `$n` reading the value at `n - 1` of the list that is now `$1`.
fn text(statement: &Statement) -> String {
    with_places(&statement.sql, |place| statement.values.get(place).map(|value| cast(value, place)))
}

fn cast(value: &Value, place: usize) -> String {
    match value {
        Value::Int(_) => format!("($1->>{place})::bigint"),
        Value::Text(_) => format!("($1->>{place})"),
        Value::Id(_) => format!("($1->>{place})::uuid"),
        Value::Time(_) => format!("($1->>{place})::timestamptz"),
        Value::Json(_) => format!("($1->{place})"),
        Value::Bytes(_) => format!("decode($1->>{place}, 'base64')"),
    }
}

#[test]
fn each_placeholder_becomes_a_cast_of_its_own_value() {
    let bytes: Value = vec![1_u8].into();
    let sql = "UPDATE t SET a = $2, b = $12 WHERE c = $1 AND d = '$' AND e IN ($2,$3)";
    let statement = Statement::new(sql, vec![7.into(), "x".into(), bytes]);
    let expected = "UPDATE t SET a = ($1->>1), b = $12 WHERE c = ($1->>0)::bigint AND d = '$' \
                    AND e IN (($1->>1),decode($1->>2, 'base64'))";
    assert_eq!(text(&statement), expected);
}
