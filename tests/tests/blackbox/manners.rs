//! The API's manners, read from the descriptors: every part explained, names first, every mutation safe to repeat.

use getmodern::client::Actor;
use prost::Message;
use prost_reflect::{Kind, MessageDescriptor, Value};
use tests::Product;
use tonic::Code;

use crate::{
    catalogue::{METHODS, Method, POOL, commented},
    wire::{Wire, as_headers, bad_fields, reason},
};

#[test]
fn everything_that_reflection_shows_has_a_comment() {
    let mut bare = Vec::new();
    let mut seen = 0;
    let mut look = |file: &prost_types::FileDescriptorProto, path: &[i32], name: &str| {
        seen += 1;
        if commented(file, path).is_empty() {
            bare.push(name.to_owned());
        }
    };
    for service in POOL.services() {
        let file = service.parent_file();
        look(file.file_descriptor_proto(), service.path(), service.full_name());
        for method in service.methods() {
            look(file.file_descriptor_proto(), method.path(), method.full_name());
        }
    }
    for message in POOL.all_messages().filter(|message| message.full_name().starts_with("getmodern")) {
        let file = message.parent_file();
        look(file.file_descriptor_proto(), message.path(), message.full_name());
        for field in message.fields() {
            look(file.file_descriptor_proto(), field.path(), field.full_name());
        }
        for one in message.oneofs().filter(|one| !one.is_synthetic()) {
            look(file.file_descriptor_proto(), one.path(), one.full_name());
        }
    }
    for list in POOL.all_enums().filter(|list| list.full_name().starts_with("getmodern")) {
        let file = list.parent_file();
        look(file.file_descriptor_proto(), list.path(), list.full_name());
        for value in list.values() {
            look(file.file_descriptor_proto(), value.path(), value.full_name());
        }
    }
    assert!(seen > 700, "{seen} looked at");
    assert!(bare.is_empty(), "{bare:#?}");
}

#[test]
fn every_method_that_changes_something_is_safe_to_repeat_and_names_its_resource_first() {
    for method in METHODS.iter() {
        let fields: Vec<_> = numbered(&method.input);
        let begins = |expected: &[&str]| fields.iter().take(expected.len()).eq(expected.iter());
        match (method.reads(), method.has("name")) {
            (true, _) => assert!(!method.has("request_id"), "{}", method.path()),
            (false, true) => assert!(begins(&["name", "request_id", "etag"]), "{} {fields:?}", method.path()),
            (false, false) => {
                // The next version of what never changes is written for the one before.
                let follows = method.name == "PublishPolicy";
                assert!(begins(&["request_id"]), "{} {fields:?}", method.path());
                assert_eq!(method.has("etag"), follows, "{} {fields:?}", method.path());
            }
        }
    }
}

fn numbered(message: &MessageDescriptor) -> Vec<String> {
    message.fields().map(|field| field.name().to_owned()).collect()
}

#[test]
fn a_resource_is_named_first_and_what_can_change_has_an_etag_next() {
    let reading = METHODS.iter().filter(|method| method.name.starts_with("Get") && method.has("name"));
    let mut resources = 0;
    for method in reading {
        resources += 1;
        let fields = numbered(&method.output);
        assert_eq!(fields[0], "name", "{}", method.output.full_name());
        let collection = method.collection();
        let changes = METHODS.iter().any(|m| !m.reads() && m.collection() == collection);
        assert_eq!(changes, fields[1] == "etag", "{} {fields:?}", method.output.full_name());
        assert!(fields.contains(&"create_time".to_owned()), "{fields:?}");
    }
    assert!(resources >= 5, "{resources}");
}

#[test]
fn times_states_and_pages_are_called_as_everywhere() {
    for message in POOL.all_messages().filter(|message| message.full_name().starts_with("getmodern")) {
        for field in message.fields() {
            let Kind::Message(kind) = field.kind() else { continue };
            let time = kind.full_name() == "google.protobuf.Timestamp";
            let called = field.name() == "time" || field.name().ends_with("_time");
            assert!(called || !time, "{}", field.full_name());
        }
    }
    for list in POOL.all_enums().filter(|list| list.full_name().starts_with("getmodern")) {
        assert!(list.default_value().name().ends_with("_UNSPECIFIED"), "{}", list.full_name());
    }
    for method in METHODS.iter().filter(|method| method.name.starts_with("List")) {
        let paged = method.has("page_size")
            && method.has("page_token")
            && method.output.get_field_by_name("next_page_token").is_some();
        // The templates are the playbook's three and never more.
        assert_eq!(paged, method.name != "ListTemplates", "{}", method.path());
    }
}

#[tokio::test]
async fn a_mutation_without_its_request_id_is_refused_and_told_so() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let mut mutations = 0;
    for method in METHODS.iter().filter(|method| !method.reads()) {
        mutations += 1;
        let key_too_long = "k".repeat(129);
        for key in ["", "two words", "schlüssel", "line\n", &key_too_long] {
            let mut whole = method.example(key);
            let mut empty = prost_reflect::DynamicMessage::new(method.input.clone());
            for request in [&mut whole, &mut empty] {
                request.set_field_by_name("request_id", Value::String(key.to_owned()));
                let status = refused(&wire, method, request.encode_to_vec()).await;
                assert_eq!(status.code(), Code::InvalidArgument, "{} {key:?} {status:?}", method.path());
                let fields = bad_fields(&status);
                assert!(fields.contains(&"request_id".to_owned()), "{} {fields:?}", method.path());
            }
        }
    }
    assert!(mutations > 40, "{mutations}");
    product.stop().await;
}

#[tokio::test]
async fn a_name_in_another_form_is_invalid_and_one_of_nothing_is_not_found() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    for (number, method) in METHODS.iter().filter(|method| method.has("name")).enumerate() {
        let example = method.example(&format!("key-{number}"));
        let nowhere = crate::catalogue::field(&example, "name");
        let status = refused(&wire, method, example.encode_to_vec()).await;
        let found = (status.code(), reason(&status), bad_fields(&status));
        assert_eq!(found, (Code::NotFound, "NOT_FOUND".to_owned(), vec![]), "{} {status:?}", method.path());
        assert!(status.message().contains(&nowhere), "{} names what is not there", method.path());
        let (collection, id) = nowhere.split_once('/').expect("a name");
        let other = if collection == "cases" { "tasks" } else { "cases" };
        let forms = [
            String::new(),
            collection.to_owned(),
            format!("{collection}/"),
            format!("{collection}/1"),
            id.to_owned(),
            format!("/{nowhere}"),
            format!("{nowhere}/"),
            nowhere.to_uppercase(),
            nowhere.replace('-', ""),
            format!("{other}/{id}"),
            format!("{collection}/{id}' OR '1'='1"),
        ];
        for form in forms {
            let mut malformed = example.clone();
            malformed.set_field_by_name("name", Value::String(form.clone()));
            let status = refused(&wire, method, malformed.encode_to_vec()).await;
            assert_eq!(status.code(), Code::InvalidArgument, "{} {form:?} {status:?}", method.path());
            assert_eq!(bad_fields(&status), ["name"], "{} {form:?}", method.path());
            reason(&status);
        }
    }
    product.stop().await;
}

/// What the first role that may call it is told.
async fn refused(wire: &Wire, method: &Method, body: Vec<u8>) -> tonic::Status {
    let role = method.roles.first().expect("somebody may call it").clone().leak();
    let answer = wire.send(&method.path(), &as_headers(Actor { person: "people/ada", role }), body).await;
    answer.expect_err(&method.path())
}
