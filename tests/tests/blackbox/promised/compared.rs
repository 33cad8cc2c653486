//! The promises of an earlier state of the protos that a later one lacks.

use std::collections::BTreeSet;

use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    MethodDescriptor, Value,
};

/// Everything that is not there any more, or not as it was; adding is free.
pub(super) fn broken(before: &DescriptorPool, now: &DescriptorPool) -> Vec<String> {
    let ours = |name: &str| name.starts_with("getmodern.");
    let messages = before.all_messages().filter(|message| ours(message.full_name()));
    let enums = before.all_enums().filter(|kind| ours(kind.full_name()));
    let services: Vec<_> = before.services().collect();
    let methods = services.iter().flat_map(prost_reflect::ServiceDescriptor::methods);
    let messages = messages.flat_map(|message| lost_of_message(&message, now));
    let enums = enums.flat_map(|kind| lost_of_enum(&kind, now));
    messages.chain(enums).chain(methods.flat_map(|method| lost_of_method(&method, now))).collect()
}

fn lost_of_message(before: &MessageDescriptor, now: &DescriptorPool) -> Vec<String> {
    let Some(now) = now.get_message_by_name(before.full_name()) else {
        return vec![format!("the message {}", before.full_name())];
    };
    let lost = |field: &FieldDescriptor| match now.get_field(field.number()) {
        Some(now) if shape(&now) == shape(field) => None,
        Some(now) => Some(format!("{}: {}, now {}", field.full_name(), shape(field), shape(&now))),
        None => Some(format!("the field {} = {}", field.full_name(), field.number())),
    };
    before.fields().filter_map(|field| lost(&field)).collect()
}

/// A field as callers have it: its name, in JSON too, how many it may have, and of which type.
fn shape(field: &FieldDescriptor) -> String {
    let one_of = field.containing_oneof().filter(|one| one.fields().len() > 1);
    let one_of = one_of.map(|one| format!(" of {}", one.name())).unwrap_or_default();
    let many = if field.cardinality() == Cardinality::Repeated { "many " } else { "" };
    let kind = match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(kind) => kind.full_name().to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    format!("{many}{kind} {} ({}){one_of}", field.name(), field.json_name())
}

fn lost_of_enum(before: &EnumDescriptor, now: &DescriptorPool) -> Vec<String> {
    let now = now.get_enum_by_name(before.full_name());
    let has = |name: &str, number: i32| {
        let values = now.iter().filter_map(|now| now.get_value(number));
        values.into_iter().any(|value| value.name() == name)
    };
    let lost = before.values().filter(|value| !has(value.name(), value.number()));
    lost.map(|value| format!("the value {} = {}", value.full_name(), value.number())).collect()
}

fn lost_of_method(before: &MethodDescriptor, now: &DescriptorPool) -> Vec<String> {
    let service = now.get_service_by_name(before.parent_service().full_name());
    let method = service.and_then(|service| service.methods().find(|now| now.name() == before.name()));
    let Some(now) = method else { return vec![format!("the method {}", before.full_name())] };
    let changed = (signature(before) != signature(&now))
        .then(|| format!("{}: {}, now {}", before.full_name(), signature(before), signature(&now)));
    let (had, have) = (admitted(before), admitted(&now));
    let lost: Vec<_> =
        had.difference(&have).filter(|who| !(is_role(who) && have.contains("anyone"))).collect();
    let lost = lost.iter().map(|who| format!("{} to {who}", before.full_name()));
    changed.into_iter().chain(lost).collect()
}

fn signature(method: &MethodDescriptor) -> String {
    let stream = |is: bool| if is { "stream " } else { "" };
    format!(
        "{}{} returns {}{}",
        stream(method.is_client_streaming()),
        method.input().full_name(),
        stream(method.is_server_streaming()),
        method.output().full_name(),
    )
}

/// True for people, all of whom are in `anyone`.
fn is_role(who: &str) -> bool {
    who.starts_with("role ")
}

/// The callers of a method: roles of people by number, services by name, or `anyone`.
fn admitted(method: &MethodDescriptor) -> BTreeSet<String> {
    let pool = method.parent_pool();
    let extension = pool.get_extension_by_name("getmodern.common.v1.access").expect("the option");
    let options = method.options();
    let access = options.get_extension(&extension).as_message().expect("a message").clone();
    let roles = listed(&access, "roles").into_iter().filter_map(|role| role.as_enum_number());
    let services =
        listed(&access, "services").into_iter().filter_map(|name| name.as_str().map(str::to_owned));
    let anyone = access.get_field_by_name("anyone").and_then(|anyone| anyone.as_bool()) == Some(true);
    let anyone = anyone.then(|| "anyone".to_owned());
    roles
        .map(|role| format!("role {role}"))
        .chain(services.map(|name| format!("services/{name}")))
        .chain(anyone)
        .collect()
}

fn listed(access: &DynamicMessage, name: &str) -> Vec<Value> {
    // An early release had no such field.
    let listed = access.get_field_by_name(name);
    listed.and_then(|listed| listed.as_list().map(<[Value]>::to_vec)).unwrap_or_default()
}
