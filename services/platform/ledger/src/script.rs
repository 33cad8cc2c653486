//! A commit as the one document that `ledger_commit` carries out.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::Serialize;
use serde_json::Value as Json;

use crate::{
    Commit, Demand, Statement, Value, duty, journal, request,
    statement::{Updated, with_places},
};

/// One statement: its text with a cast in place of each `$n`, and the values those casts read. What most transitions write goes by
/// its name, and has no text.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Step {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<String>,
    /// A list, or those of a row by its columns.
    values: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    one: Option<&'static str>,
}

/// What goes by a name.
const NAMED: [(&str, &str); 4] =
    [(journal::INSERT, "entry"), (request::INSERT, "reply"), (duty::INSERT, "duty"), (duty::DELETE, "done")];
/// What a row has before its own columns, and after them: the version that it had.
const BEFORE: [&str; 4] = ["id", "version", "state", "update_time"];
const AFTER: [&str; 1] = ["was"];

pub(crate) fn script(commit: &Commit) -> Vec<Step> {
    commit.statements.iter().map(step).collect()
}

fn step(statement: &Statement) -> Step {
    let one = match statement.demand {
        Demand::Any => None,
        Demand::One(word) => Some(word),
    };
    let values = statement.values.iter().map(value);
    if let Some(Updated { table, columns }) = statement.row {
        let columns = BEFORE.iter().chain(columns).chain(&AFTER).map(|column| (*column).to_owned());
        let values = columns.zip(values).collect();
        return Step { name: Some("row"), table: Some(table), sql: None, values, one };
    }
    let name = NAMED.into_iter().find_map(|(sql, name)| (statement.sql == sql).then_some(name));
    let sql = name.is_none().then(|| text(statement));
    Step { name, table: None, sql, values: values.collect(), one }
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

fn value(value: &Value) -> Json {
    match value {
        Value::Int(int) => (*int).into(),
        Value::Text(text) => text.clone().into(),
        Value::Id(id) => id.map(|id| id.to_string()).into(),
        Value::Time(time) => time.map(|time| format!("{time:.6}")).into(),
        Value::Json(json) => json.clone(),
        Value::Bytes(bytes) => BASE64.encode(bytes).into(),
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
