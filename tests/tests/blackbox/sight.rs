//! Whoever may not see a resource finds nothing where it is: in every field, list, event, duty and number (I-18).

mod agree;
mod fields;
pub(crate) mod guesses;
mod kept;
mod tokens;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, Value};
use tonic::{Code, Status};

use crate::{catalogue::NOWHERE, wire::reason};

/// A refusal as its caller gets it, whatever the resource is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) code: Code,
    pub(crate) reason: String,
    message: String,
    details: String,
}

/// What an answer comes to for whoever asked about one resource or another: the same, but for the name.
pub(crate) fn told(answer: Result<Vec<u8>, Status>) -> Told {
    match answer {
        Ok(bytes) => Told {
            code: Code::Ok,
            reason: String::new(),
            message: String::new(),
            details: unnamed(&String::from_utf8_lossy(&bytes)),
        },
        Err(status) => Told {
            code: status.code(),
            reason: reason(&status),
            message: unnamed(status.message()),
            details: unnamed(&String::from_utf8_lossy(status.details())),
        },
    }
}

/// A text with one identity in place of any.
fn unnamed(text: &str) -> String {
    let mut rest = text;
    let mut whole = String::new();
    while let Some(at) = rest.char_indices().map(|(at, _)| at).find(|at| is_identity(&rest[*at..])) {
        whole += &rest[..at];
        whole += NOWHERE;
        rest = &rest[at + NOWHERE.len()..];
    }
    whole + rest
}

/// It begins with what has the form of an identity.
fn is_identity(text: &str) -> bool {
    let fits = |(given, form): (char, char)| {
        (form == '-') == (given == '-') && (form == '-' || given.is_ascii_hexdigit())
    };
    let mut pairs = text.chars().zip(NOWHERE.chars());
    text.len() >= NOWHERE.len() && pairs.all(fits)
}

/// Where a message holds the name of a resource: the way to it, field by field, and the name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    way: Vec<Step>,
    pub(crate) name: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Field(FieldDescriptor),
    Item(usize),
    Key(MapKey),
}

impl Named {
    /// The way, as one would write it.
    pub(crate) fn path(&self) -> String {
        let word = |step: &Step| match step {
            Step::Field(field) => format!(".{}", field.name()),
            Step::Item(_) | Step::Key(_) => "[]".to_owned(),
        };
        self.way.iter().map(word).collect::<String>().trim_start_matches('.').to_owned()
    }

    /// The same message with another name there.
    pub(crate) fn with(&self, message: &DynamicMessage, name: &str) -> DynamicMessage {
        let mut changed = Value::Message(message.clone());
        put(&mut changed, &self.way, name);
        changed.as_message().expect("a message").clone()
    }
}

fn put(value: &mut Value, way: &[Step], name: &str) {
    match (way, value) {
        ([], value) => *value = Value::String(name.to_owned()),
        ([Step::Field(field), rest @ ..], Value::Message(message)) => {
            put(message.get_field_mut(field), rest, name);
        }
        ([Step::Item(at), rest @ ..], Value::List(items)) => put(&mut items[*at], rest, name),
        ([Step::Key(key), rest @ ..], Value::Map(items)) => {
            put(items.get_mut(key).expect("it is there"), rest, name);
        }
        (way, value) => panic!("{way:?} leads nowhere in {value:?}"),
    }
}

/// Every name of a resource in a message, however deep.
pub(crate) fn names(message: &DynamicMessage) -> Vec<Named> {
    let mut found = Vec::new();
    walk(&Value::Message(message.clone()), &mut Vec::new(), &mut found);
    found
}

fn walk(value: &Value, way: &mut Vec<Step>, found: &mut Vec<Named>) {
    let mut step = |step: Step, value: &Value| {
        way.push(step);
        walk(value, way, found);
        way.pop();
    };
    match value {
        Value::Message(message) => {
            message.fields().for_each(|(field, value)| step(Step::Field(field), value));
        }
        Value::List(items) => items.iter().enumerate().for_each(|(at, item)| step(Step::Item(at), item)),
        Value::Map(items) => items.iter().for_each(|(key, item)| step(Step::Key(key.clone()), item)),
        Value::String(text) if is_resource(text) => {
            found.push(Named { way: way.clone(), name: text.clone() });
        }
        _ => {}
    }
}

/// It is the name of a resource, as `cases/{case}`.
fn is_resource(text: &str) -> bool {
    let id = text.split_once('/').map(|(_, id)| id);
    id.is_some_and(|id| id.len() == NOWHERE.len() && is_identity(id))
}

/// A request about what is nowhere, in place of all that it names.
pub(crate) fn elsewhere(request: &DynamicMessage) -> DynamicMessage {
    let to = |request: DynamicMessage, named: Named| {
        let (collection, _) = named.name.split_once('/').expect("a name");
        named.with(&request, &format!("{collection}/{NOWHERE}"))
    };
    names(request).into_iter().fold(request.clone(), to)
}

/// It is text, whatever its number.
fn is_text(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::String)
}

#[test]
fn names_are_found_and_taken_for_each_other_however_deep_they_are() {
    let method =
        crate::catalogue::METHODS.iter().find(|method| method.name == "ListTasks").expect("a method");
    let mut request = DynamicMessage::new(method.input.clone());
    let other = "engagements/0192f0c1-0000-7000-8000-0000000000ff";
    request.set_field_by_name("engagement", Value::String(other.to_owned()));
    request.set_field_by_name("assignee", Value::String("people/ada".to_owned()));
    let found: Vec<_> = names(&request).iter().map(|named| (named.path(), named.name.clone())).collect();
    assert_eq!(found, [("engagement".to_owned(), other.to_owned())]);
    let moved = names(&elsewhere(&request));
    assert_eq!(moved[0].name, format!("engagements/{NOWHERE}"));
    assert_eq!(unnamed(&format!("{other} is, {other}")), format!("{0} is, {0}", moved[0].name));
    assert_ne!(unnamed("engagements/0192f0c1-0000-7000-8000-0000000000f"), moved[0].name);
}
