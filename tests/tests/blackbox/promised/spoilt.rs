//! Protos that were spoilt on purpose: each breach of a promise is noticed, and what is added is none.

use prost::Message;
use prost_reflect::DescriptorPool;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
    ServiceDescriptorProto, field_descriptor_proto::Type,
};

use super::compared::broken;
use crate::catalogue::POOL;

/// Our protos without the options that are our own.
fn plain() -> FileDescriptorSet {
    FileDescriptorSet::decode(proto::DESCRIPTORS).expect("our own descriptors read")
}

fn pool(files: &FileDescriptorSet) -> DescriptorPool {
    DescriptorPool::decode(files.encode_to_vec().as_slice()).expect("they hold together")
}

/// The breaches found in protos that were spoilt so.
fn told(spoil: impl FnOnce(&mut FileDescriptorSet)) -> Vec<String> {
    let (before, mut now) = (plain(), plain());
    spoil(&mut now);
    assert_ne!(before, now);
    broken(&pool(&before), &pool(&now))
}

fn message<'a>(files: &'a mut FileDescriptorSet, name: &str) -> &'a mut DescriptorProto {
    let mut all = files.file.iter_mut().flat_map(|file| &mut file.message_type);
    all.find(|message| message.name() == name).expect(name)
}

fn page_token(files: &mut FileDescriptorSet) -> &mut FieldDescriptorProto {
    let fields = &mut message(files, "ListCasesRequest").field;
    fields.iter_mut().find(|field| field.name() == "page_token").expect("a field")
}

fn service(files: &mut FileDescriptorSet) -> &mut ServiceDescriptorProto {
    files.file.iter_mut().find_map(|file| file.service.first_mut()).expect("a service")
}

fn method(files: &mut FileDescriptorSet) -> &mut MethodDescriptorProto {
    service(files).method.first_mut().expect("a method")
}

fn roles(files: &mut FileDescriptorSet) -> &mut EnumDescriptorProto {
    let mut all = files.file.iter_mut().flat_map(|file| &mut file.enum_type);
    all.find(|kind| kind.name() == "Role").expect("the roles")
}

#[test]
fn every_breach_of_a_promise_is_noticed_by_itself() {
    let lost = |told: &[String], what: &str| assert!(matches!(told, [one] if one.contains(what)), "{told:?}");
    let filter = |field: &FieldDescriptorProto| field.name() != "page_token";
    lost(
        &told(|files| message(files, "ListCasesRequest").field.retain(filter)),
        "ListCasesRequest.page_token",
    );
    lost(&told(|files| page_token(files).number = Some(99)), "ListCasesRequest.page_token");
    lost(&told(|files| page_token(files).name = Some("token".to_owned())), "ListCasesRequest.page_token");
    lost(&told(|files| page_token(files).set_type(Type::Bytes)), "now bytes");
    lost(&told(|files| drop(service(files).method.remove(0))), "the method");
    lost(&told(|files| method(files).server_streaming = Some(true)), "now ");
    lost(&told(|files| drop(roles(files).value.pop())), "the value");
}

#[test]
fn a_narrowed_right_is_noticed_for_each_whom_it_was_taken_from() {
    let told = broken(&POOL, &pool(&plain()));
    let is_of = |who: &str| told.iter().any(|line| line.ends_with(who));
    assert!(
        is_of("OpenCase to role 1") && is_of("to anyone") && is_of("to services/engagement"),
        "{told:#?}"
    );
    assert!(broken(&pool(&plain()), &POOL).is_empty(), "a right that is given is no breach");
}
