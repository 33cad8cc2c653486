//! Texts taken out of messages that are kept encoded: the replies to earlier calls, and events of other services.

use std::sync::LazyLock;

use kernel::ERASED;
use prost::Name;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, ReflectMessage, Value};

use crate::Fail;

/// The whole API.
pub(crate) static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(proto::DESCRIPTORS).expect("our own descriptors read"));

/// Whether a text goes, by the name of its field and what it says.
pub(crate) type Goes<'a> = &'a dyn Fn(&str, &str) -> bool;

/// The message of this full name without the texts that go; none when it has none of them.
pub(crate) fn without(full_name: &str, bytes: &[u8], goes: Goes<'_>) -> Result<Option<Vec<u8>>, Fail> {
    let kind = POOL.get_message_by_name(full_name);
    let kind = kind.ok_or_else(|| Fail::Fault(format!("there is no message {full_name}")))?;
    let read = DynamicMessage::decode(kind, bytes);
    let mut message = read.map_err(|error| Fail::Fault(format!("{full_name} does not read: {error}")))?;
    Ok(take(&mut message, goes)?.then(|| prost::Message::encode_to_vec(&message)))
}

/// Takes the texts out of a message; whether there were any.
fn take(message: &mut DynamicMessage, goes: Goes<'_>) -> Result<bool, Fail> {
    if message.descriptor().full_name() == "google.protobuf.Any" {
        return take_from_any(message, goes);
    }
    let mut taken = false;
    for (field, value) in message.fields_mut() {
        taken |= take_from(field.name(), value, goes)?;
    }
    Ok(taken)
}

fn take_from(field: &str, value: &mut Value, goes: Goes<'_>) -> Result<bool, Fail> {
    match value {
        Value::String(text) if goes(field, text) => {
            ERASED.clone_into(text);
            Ok(true)
        }
        Value::Message(message) => take(message, goes),
        Value::List(values) => any(values.iter_mut().map(|value| take_from(field, value, goes))),
        Value::Map(values) => any(values.values_mut().map(|value| take_from(field, value, goes))),
        _ => Ok(false),
    }
}

/// Whether there was something in any; all are gone through.
fn any(taken: impl Iterator<Item = Result<bool, Fail>>) -> Result<bool, Fail> {
    let mut found = false;
    for one in taken {
        found |= one?;
    }
    Ok(found)
}

fn take_from_any(any: &mut DynamicMessage, goes: Goes<'_>) -> Result<bool, Fail> {
    let Some((name, bytes)) = content(any) else { return Ok(false) };
    let Some(bytes) = without(&name, &bytes, goes)? else { return Ok(false) };
    any.set_field_by_name("value", Value::Bytes(bytes.into()));
    Ok(true)
}

/// A message without the texts that are erased in another of its kind; and whether that says anything else.
pub(crate) fn erased_alike(full_name: &str, bytes: &[u8], other: &[u8]) -> Result<(Vec<u8>, bool), Fail> {
    let read = |bytes: &[u8]| {
        let kind = POOL.get_message_by_name(full_name);
        let kind = kind.ok_or_else(|| Fail::Fault(format!("there is no message {full_name}")))?;
        DynamicMessage::decode(kind, bytes)
            .map_err(|error| Fail::Fault(format!("{full_name} does not read: {error}")))
    };
    // A message that does not read says something else.
    let (mut message, Ok(other)) = (read(bytes)?, read(other)) else { return Ok((bytes.to_vec(), true)) };
    let is_other = follow(&mut message, &other)?;
    Ok((prost::Message::encode_to_vec(&message), is_other))
}

/// Takes the texts out of a message that are erased in another; whether that says anything else.
fn follow(message: &mut DynamicMessage, other: &DynamicMessage) -> Result<bool, Fail> {
    if message.descriptor().full_name() == "google.protobuf.Any" {
        return follow_any(message, other);
    }
    let names =
        |message: &DynamicMessage| message.fields().map(|(field, _)| field.number()).collect::<Vec<_>>();
    let mut is_other = names(message) != names(other) || !message.unknown_fields().eq(other.unknown_fields());
    for (field, value) in message.fields_mut() {
        is_other |= follow_value(value, &other.get_field(&field))?;
    }
    Ok(is_other)
}

fn follow_value(value: &mut Value, other: &Value) -> Result<bool, Fail> {
    match (value, other) {
        (Value::String(text), Value::String(other)) => {
            let is_erased = text == ERASED || other == ERASED;
            if is_erased {
                ERASED.clone_into(text);
            }
            Ok(!is_erased && text != other)
        }
        (Value::Message(message), Value::Message(other)) => follow(message, other),
        (Value::List(values), Value::List(others)) => {
            let mut is_other = values.len() != others.len();
            for (value, other) in values.iter_mut().zip(others) {
                is_other |= follow_value(value, other)?;
            }
            Ok(is_other)
        }
        (value, other) => Ok(value != other),
    }
}

fn follow_any(any: &mut DynamicMessage, other: &DynamicMessage) -> Result<bool, Fail> {
    let (Some((name, bytes)), Some((named, others))) = (content(any), content(other)) else {
        return Ok(any != other);
    };
    if name != named {
        return Ok(true);
    }
    let (bytes, is_other) = erased_alike(&name, &bytes, &others)?;
    any.set_field_by_name("value", Value::Bytes(bytes.into()));
    Ok(is_other)
}

/// The full name and the bytes of what is in an `Any`.
fn content(any: &DynamicMessage) -> Option<(String, Vec<u8>)> {
    let name = any.get_field_by_name("type_url")?.as_str()?.rsplit('/').next()?.to_owned();
    let bytes = any.get_field_by_name("value")?.as_bytes()?.to_vec();
    (!name.is_empty()).then_some((name, bytes))
}

/// The full name of the reply that `bytes` are about `resource`, which an older product kept without saying; none when they are
/// about something else.
pub(crate) fn reply_about(resource: &str, bytes: &[u8]) -> Option<String> {
    let services: Vec<_> = POOL.services().collect();
    let methods = services.iter().flat_map(prost_reflect::ServiceDescriptor::methods);
    let mutations = methods.filter(|method| method.input().get_field_by_name("request_id").is_some());
    let fits = |kind: &MessageDescriptor| {
        let message = DynamicMessage::decode(kind.clone(), bytes);
        message.is_ok_and(|message| is_known(&message) && names(&message, resource))
    };
    mutations.map(|method| method.output()).find(fits).map(|kind| kind.full_name().to_owned())
}

/// The name in `collection` of what a reply shows; none when it shows nothing of it.
pub(crate) fn name<R: Name>(collection: &str, bytes: &[u8]) -> Option<String> {
    let message = DynamicMessage::decode(POOL.get_message_by_name(&R::full_name())?, bytes).ok()?;
    named(&message, collection)
}

fn named(message: &DynamicMessage, collection: &str) -> Option<String> {
    let own = message.get_field_by_name("name").and_then(|name| name.as_str().map(str::to_owned));
    let own = own.filter(|name| kernel::name::parse(collection, name).is_some());
    own.or_else(|| message.fields().find_map(|(_, value)| named(value.as_message()?, collection)))
}

/// It has nothing but fields of its type.
fn is_known(message: &DynamicMessage) -> bool {
    let known = |value: &Value| match value {
        Value::Message(message) => is_known(message),
        Value::List(values) => values.iter().all(|value| value.as_message().is_none_or(is_known)),
        _ => true,
    };
    message.unknown_fields().next().is_none() && message.fields().all(|(_, value)| known(value))
}

/// It, or a message in it, is the resource of this name.
fn names(message: &DynamicMessage, resource: &str) -> bool {
    let own = message.get_field_by_name("name");
    let is_it = own.is_some_and(|name| name.as_str() == Some(resource));
    is_it || message.fields().any(|(_, value)| value.as_message().is_some_and(|inner| names(inner, resource)))
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use proto::{
        common::v1::{Contact, DataItem, Event, data_item::Fact},
        intake::v1::{Case, GatewayExited, ValidateCustomerResponse},
        tasks::v1::Task,
    };

    use super::*;

    fn exited(name: &str) -> Event {
        let owner = Contact { full_name: name.to_owned(), email: "ada@contoso.example".to_owned() };
        let item = DataItem { fact: Some(Fact::SuccessOwner(owner)), ..DataItem::default() };
        let exited =
            GatewayExited { customer: name.to_owned(), items: vec![item], ..GatewayExited::default() };
        Event { payload: Some(crate::wire::any(&exited)), kind: name.to_owned(), ..Event::default() }
    }

    #[test]
    fn texts_are_taken_out_however_deep_they_stand_and_nothing_else_is() {
        let goes = |field: &str, text: &str| field == "full_name" && text.contains("Grace");
        let before = exited("Grace").encode_to_vec();
        let after = without(&Event::full_name(), &before, &goes).expect("it reads").expect("there is one");
        let event = Event::decode(&*after).expect("an event");
        let payload: GatewayExited =
            crate::wire::from_any(&event.payload.expect("it")).expect("it").expect("it");
        let Some(Fact::SuccessOwner(owner)) = &payload.items[0].fact else { panic!("{payload:?}") };
        assert_eq!((owner.full_name.as_str(), owner.email.as_str()), (ERASED, "ada@contoso.example"));
        assert_eq!((payload.customer.as_str(), event.kind.as_str()), ("Grace", "Grace"));
        let nothing = without(&Event::full_name(), &exited("Ada").encode_to_vec(), &goes);
        assert!(matches!(nothing, Ok(None)), "{nothing:?}");
        assert!(without("getmodern.Nothing", &[], &goes).is_err());
        assert!(without(&Event::full_name(), &[0x0a, 0x7f], &goes).is_err());
    }

    #[test]
    fn what_a_reply_shows_is_told_by_its_name() {
        let id = "0192f0c1-0000-7000-8000-00000000002a";
        let case = Case { name: format!("cases/{id}"), ..Case::default() };
        let reply = ValidateCustomerResponse { case: Some(case.clone()), ..Default::default() };
        assert_eq!(name::<Case>("cases", &case.encode_to_vec()), Some(case.name.clone()));
        assert_eq!(
            name::<ValidateCustomerResponse>("cases", &reply.encode_to_vec()),
            Some(case.name.clone())
        );
        assert_eq!(name::<Case>("engagements", &case.encode_to_vec()), None);
    }

    #[test]
    fn what_is_erased_in_one_is_erased_in_the_other_and_all_else_has_to_be_alike() {
        let alike = |one: &Event, other: &Event| {
            let (bytes, is_other) =
                erased_alike(&Event::full_name(), &one.encode_to_vec(), &other.encode_to_vec())
                    .expect("it reads");
            (Event::decode(&*bytes).expect("an event"), is_other)
        };
        let (whole, gone, eve) = (exited("Grace"), exited(ERASED), exited("Eve"));
        assert_eq!(alike(&whole, &whole), (whole.clone(), false));
        assert_eq!(alike(&whole, &gone), (gone.clone(), false));
        assert_eq!(alike(&gone, &whole), (gone.clone(), false));
        assert_eq!(alike(&whole, &eve), (whole.clone(), true));
        let none = Event { payload: None, ..whole.clone() };
        assert_eq!(alike(&whole, &none), (whole.clone(), true));
        let other = Event { payload: Some(crate::wire::any(&Case::default())), ..whole.clone() };
        assert_eq!(alike(&whole, &other), (whole.clone(), true));
        let broken = erased_alike(&Event::full_name(), &whole.encode_to_vec(), &[0x0a, 0x7f]);
        assert!(broken.is_ok_and(|(bytes, is_other)| is_other && bytes == whole.encode_to_vec()));
    }

    #[test]
    fn what_an_older_product_kept_is_told_by_what_it_says() {
        let (name, other) = ("cases/1", "cases/2");
        let case = Case { name: name.to_owned(), customer: "Contoso".to_owned(), ..Case::default() };
        let reply =
            ValidateCustomerResponse { case: Some(case.clone()), ..ValidateCustomerResponse::default() };
        let found = |bytes: &[u8]| (reply_about(name, bytes), reply_about(other, bytes));
        assert_eq!(found(&case.encode_to_vec()), (Some(Case::full_name()), None));
        assert_eq!(found(&reply.encode_to_vec()), (Some(ValidateCustomerResponse::full_name()), None));
        let task = Task { name: name.to_owned(), ..Task::default() };
        assert!(reply_about(name, &task.encode_to_vec()).is_some());
    }
}
