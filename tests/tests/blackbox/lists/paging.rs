//! How a test pages through any list, whatever it is a list of.

use getmodern::client::Actor;
use prost::Message;
use prost_reflect::{DynamicMessage, ReflectMessage, Value};
use tonic::Status;

use crate::{
    catalogue::{METHODS, Method, dynamic, field},
    wire::Wire,
    world::{AUDITOR, LEADERSHIP},
};

/// Every list with pages.
pub(crate) fn lists() -> Vec<&'static Method> {
    METHODS.iter().filter(|method| method.has("page_token")).collect()
}

pub(crate) fn question(method: &Method, fields: &[(&str, Value)]) -> DynamicMessage {
    let mut question = DynamicMessage::new(method.input.clone());
    for (name, value) in fields {
        question.set_field_by_name(name, value.clone());
    }
    question
}

pub(crate) async fn page(
    wire: &Wire,
    method: &Method,
    question: &DynamicMessage,
) -> Result<DynamicMessage, Status> {
    let body = question.encode_to_vec();
    let answer = wire.send_as(reader(method), &method.path(), body).await?;
    Ok(dynamic(&answer, &method.output))
}

/// Who sees all of it.
fn reader(method: &Method) -> Actor {
    let may = |who: &Actor| method.roles.iter().any(|role| role == who.role);
    [LEADERSHIP, AUDITOR].into_iter().find(may).expect("somebody may read it")
}

/// What tells the items of a page apart.
pub(crate) fn items(page: &DynamicMessage) -> Vec<String> {
    let descriptor = page.descriptor();
    let list = descriptor.fields().find(prost_reflect::FieldDescriptor::is_list).expect("a list");
    let values = page.get_field(&list).into_owned();
    values.as_list().unwrap_or_default().iter().filter_map(Value::as_message).map(identity).collect()
}

fn identity(item: &DynamicMessage) -> String {
    let part = |name: &str| item.get_field_by_name(name).map(|value| format!("{value:?}"));
    let parts: Vec<_> = match item.descriptor().name() {
        "Event" => vec!["revision"],
        "AuditEntry" => vec!["time", "person", "resource", "method", "reason", "events"],
        "Duty" => vec!["resource", "action", "role", "person"],
        _ => vec!["name"],
    };
    parts.into_iter().filter_map(part).collect::<Vec<_>>().join(" ")
}

/// Every item, in pages of `size`.
pub(crate) async fn walk(wire: &Wire, method: &Method, fields: &[(&str, Value)], size: i32) -> Vec<String> {
    let mut pages = Pages { method, question: question(method, fields), more: true };
    let mut all = Vec::new();
    while pages.more {
        all.extend(pages.next(wire, size).await);
    }
    all
}

/// A list on the way from page to page.
pub(crate) struct Pages<'a> {
    pub(crate) method: &'a Method,
    pub(crate) question: DynamicMessage,
    pub(crate) more: bool,
}

impl Pages<'_> {
    pub(crate) async fn next(&mut self, wire: &Wire, size: i32) -> Vec<String> {
        self.question.set_field_by_name("page_size", Value::I32(size));
        let answer = page(wire, self.method, &self.question).await.expect("a page");
        let found = items(&answer);
        assert!(found.len() <= usize::try_from(size).expect("positive"), "{}", self.method.path());
        let next = field(&answer, "next_page_token");
        self.more = !next.is_empty();
        self.question.set_field_by_name("page_token", Value::String(next));
        found
    }
}
