//! A journal entry as one document, and that document as bytes: the same on every engine, and others for whatever differs.
//!
//! The document is an object with a member for each column that is not NULL, `time` in microseconds since 1970. Its bytes:
//! `n`, `f` or `t` for null, false and true; `#` and `"` for a number, as JSON writes it, and a text, each with its length
//! before it; `[` and `{` with how many follow, the members of an object in the order of their names' bytes, each a text and
//! its value; `~` and 32 bytes for a text that is only committed to. Lengths and counts are 8 bytes, the highest first.
//!
//! A column that comes later changes nothing for entries that do not have it. A release that begins to write one has to seal
//! alone: one that does not know it would seal less.

use std::collections::BTreeMap;

use kernel::{Erasure, Time, leads};
use serde_json::{Map, Value as Json};

use super::Digest;
use crate::{Row, Trouble};

/// A journal entry as one document.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) revision: i64,
    pub(crate) json: Json,
}

impl Document {
    /// What [`Document::read`] reads.
    pub(crate) const COLUMNS: &str = "revision, time, version_before, version_after, data, resource, parent, kind, rule, person, \
         role, request_id, trace_parent, method, peer, viewed";
    const TEXTS: [&str; 10] = [
        "resource",
        "parent",
        "kind",
        "rule",
        "person",
        "role",
        "request_id",
        "trace_parent",
        "method",
        "peer",
    ];

    /// Reads [`Document::COLUMNS`] as they are, whether they make sense or not.
    pub(crate) fn read(row: &Row) -> Result<Self, Trouble> {
        let (revision, time): (i64, Time) = (row.get(0)?, row.get(1)?);
        let (before, after, data): (i64, i64, Json) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let mut json = Map::new();
        let numbers = [
            ("revision", revision),
            ("time", time.as_microsecond()),
            ("version_before", before),
            ("version_after", after),
        ];
        json.extend(numbers.map(|(name, number)| (name.to_owned(), number.into())));
        json.insert("data".to_owned(), data);
        for (index, name) in (5..).zip(Self::TEXTS) {
            let text: Option<String> = row.get(index)?;
            json.extend(text.map(|text| (name.to_owned(), text.into())));
        }
        let viewed: Option<i64> = row.get(5 + Self::TEXTS.len())?;
        json.extend(viewed.map(|viewed| ("viewed".to_owned(), viewed.into())));
        Ok(Self { revision, json: Json::Object(json) })
    }

    /// The collection of the resource it happened to.
    pub(crate) fn collection(&self) -> Option<&str> {
        Some(self.json.get("resource")?.as_str()?.split_once('/')?.0)
    }

    /// It says what was erased of others.
    pub(crate) fn is_erasure(&self) -> bool {
        self.json["kind"] == Erasure::KIND
    }

    /// The texts of its data that one of `names` leads to, each with its path, a JSON pointer.
    pub(crate) fn texts(&self, names: &[&str]) -> Vec<(String, &str)> {
        let mut found = Vec::new();
        walk(&self.json["data"], &mut Way { path: "/data".to_owned(), names: vec![] }, &mut |way, text| {
            if names.iter().any(|name| leads(name, &way.names)) {
                found.push((way.path.clone(), text));
            }
        });
        found
    }

    /// Its bytes; the texts at some paths only by what is held of them.
    pub(crate) fn encoded(&self, held: &BTreeMap<&str, Digest>) -> Vec<u8> {
        let mut out = Vec::new();
        encode(&self.json, &mut String::new(), held, &mut out);
        out
    }
}

/// How a value is come to: its JSON pointer, and the names of the members on the way.
struct Way<'a> {
    path: String,
    names: Vec<&'a str>,
}

fn walk<'a>(value: &'a Json, way: &mut Way<'a>, visit: &mut impl FnMut(&Way<'a>, &'a str)) {
    let length = way.path.len();
    match value {
        Json::String(text) => visit(way, text),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                step(&mut way.path, &index.to_string());
                walk(item, way, visit);
                way.path.truncate(length);
            }
        }
        Json::Object(members) => {
            for (name, member) in members {
                step(&mut way.path, name);
                way.names.push(name);
                walk(member, way, visit);
                way.names.pop();
                way.path.truncate(length);
            }
        }
        _ => {}
    }
}

/// One step further on a JSON pointer.
fn step(path: &mut String, name: &str) {
    path.push('/');
    path.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

fn encode(value: &Json, path: &mut String, held: &BTreeMap<&str, Digest>, out: &mut Vec<u8>) {
    let length = path.len();
    match value {
        Json::Null => out.push(b'n'),
        Json::Bool(truth) => out.push(if *truth { b't' } else { b'f' }),
        Json::Number(number) => put(b'#', number.to_string().as_bytes(), out),
        Json::String(text) => match held.get(path.as_str()) {
            Some(digest) => out.extend(b"~".iter().chain(digest.bytes())),
            None => put(b'"', text.as_bytes(), out),
        },
        Json::Array(items) => {
            count(b'[', items.len(), out);
            for (index, item) in items.iter().enumerate() {
                step(path, &index.to_string());
                encode(item, path, held, out);
                path.truncate(length);
            }
        }
        Json::Object(members) => {
            count(b'{', members.len(), out);
            for (name, member) in members.iter().collect::<BTreeMap<_, _>>() {
                put(b'"', name.as_bytes(), out);
                step(path, name);
                encode(member, path, held, out);
                path.truncate(length);
            }
        }
    }
}

fn count(mark: u8, count: usize, out: &mut Vec<u8>) {
    out.push(mark);
    out.extend((count as u64).to_be_bytes());
}

fn put(mark: u8, bytes: &[u8], out: &mut Vec<u8>) {
    count(mark, bytes.len(), out);
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bytes(value: &Json) -> Vec<u8> {
        let mut out = Vec::new();
        encode(value, &mut String::new(), &BTreeMap::new(), &mut out);
        out
    }

    #[test]
    fn whatever_differs_has_other_bytes() {
        let all = [
            json!(null),
            json!(false),
            json!(true),
            json!(1),
            json!("1"),
            json!(""),
            json!([]),
            json!({}),
            json!([[]]),
            json!([null]),
            json!(["a", "b"]),
            json!(["ab"]),
            json!([["a"], "b"]),
            json!({"a": "b"}),
            json!({"a": {"b": null}}),
            json!({"a": null, "b": null}),
            json!({"a": "", "b": ""}),
        ];
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                assert_ne!(bytes(one), bytes(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn the_bytes_are_those_that_are_written_down() {
        let mut out = Vec::new();
        let held = BTreeMap::from([("/b/0", Digest::from([7; 32]))]);
        encode(&json!({"b": ["secret", -5], "a": "x"}), &mut String::new(), &held, &mut out);
        let number = |number: u64| number.to_be_bytes();
        let expected = [
            &b"{"[..],
            &number(2),
            b"\"",
            &number(1),
            b"a\"",
            &number(1),
            b"x\"",
            &number(1),
            b"b[",
            &number(2),
            b"~",
            &[7; 32],
            b"#",
            &number(2),
            b"-5",
        ];
        assert_eq!(out, expected.concat());
    }

    #[test]
    fn a_text_is_found_by_the_names_that_lead_to_it() {
        let data =
            json!({"Met": {"people": [{"name": "a", "at": {"name": "b"}}], "x/y": {"z": {"name": "c"}}}});
        let json = json!({"data": data});
        let document = Document { revision: 1, json };
        let found = |name| document.texts(&[name]).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        assert_eq!(found("people.name"), ["/data/Met/people/0/name"]);
        assert_eq!(found("*.z.name"), ["/data/Met/x~1y/z/name"]);
        assert_eq!(found("name").len(), 3);
        assert_eq!(found("data.Met.people.name"), [""; 0], "the column is none of the names");
        for (path, text) in document.texts(&["name"]) {
            assert_eq!(document.json.pointer(&path), Some(&json!(text)), "{path}");
        }
    }
}
