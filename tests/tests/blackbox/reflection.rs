//! What an operator finds with no protos at hand: reflection in both versions, and the health of each service.

use std::collections::BTreeSet;

use futures::stream;
use prost_reflect::prost_types::FileDescriptorProto;
use tests::Product;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{catalogue::POOL, wire::Wire};

macro_rules! reflected {
    ($name:ident, $version:ident) => {
        async fn $name(wire: &Wire, question: Question) -> Answer {
            use tonic_reflection::pb::$version::{
                ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
                server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
            };
            let message_request = Some(match question {
                Question::Services => MessageRequest::ListServices(String::new()),
                Question::File(symbol) => MessageRequest::FileContainingSymbol(symbol),
            });
            let request = ServerReflectionRequest { host: String::new(), message_request };
            let mut client = ServerReflectionClient::new(wire.channel());
            let answers = client.server_reflection_info(stream::iter([request])).await;
            let answer = answers.expect("reflection").into_inner().message().await.expect("an answer");
            match answer.and_then(|answer| answer.message_response) {
                Some(MessageResponse::ListServicesResponse(list)) => {
                    Answer::Services(list.service.into_iter().map(|service| service.name).collect())
                }
                Some(MessageResponse::FileDescriptorResponse(files)) => {
                    Answer::Files(files.file_descriptor_proto)
                }
                other => panic!("{other:?}"),
            }
        }
    };
}

enum Question {
    Services,
    File(String),
}

#[derive(Debug)]
enum Answer {
    Services(BTreeSet<String>),
    Files(Vec<Vec<u8>>),
}

reflected!(ask_v1, v1);
reflected!(ask_v1alpha, v1alpha);

/// Everything that answers here: ours, health, and reflection itself.
fn everything() -> BTreeSet<String> {
    let ours = POOL.services().map(|service| service.full_name().to_owned());
    let others = ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"];
    ours.chain(others.map(str::to_owned)).collect()
}

fn lists_all(answer: Answer) {
    let Answer::Services(mut names) = answer else { panic!("a list of services") };
    names.remove("grpc.reflection.v1alpha.ServerReflection");
    names.insert("grpc.reflection.v1.ServerReflection".to_owned());
    assert_eq!(names, everything());
}

fn explains(answer: Answer, service: &str) {
    use prost::Message;
    let Answer::Files(files) = answer else { panic!("files") };
    let files: Vec<_> =
        files.iter().map(|file| FileDescriptorProto::decode(file.as_slice()).expect("a file")).collect();
    let file = files
        .iter()
        .find(|file| file.service.iter().any(|found| service.ends_with(found.name())))
        .expect("the service's file");
    assert!(!crate::catalogue::commented(file, &[6, 0]).is_empty(), "{service} comes with its comment");
    assert!(!crate::catalogue::commented(file, &[6, 0, 2, 0]).is_empty(), "its first method too");
}

#[tokio::test]
async fn both_versions_of_reflection_list_every_service_and_explain_it() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    lists_all(ask_v1(&wire, Question::Services).await);
    lists_all(ask_v1alpha(&wire, Question::Services).await);
    for service in POOL.services() {
        let name = service.full_name();
        explains(ask_v1(&wire, Question::File(name.to_owned())).await, name);
        explains(ask_v1alpha(&wire, Question::File(name.to_owned())).await, name);
    }
    product.stop().await;
}

#[tokio::test]
async fn every_service_says_that_it_serves_and_nobody_has_to_say_who_asks() {
    let product = Product::start().await;
    let mut health = HealthClient::new(Wire::to(&product).channel());
    for service in POOL.services() {
        let request = HealthCheckRequest { service: service.full_name().to_owned() };
        let answer = health.check(request).await.expect("its health").into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{}", service.full_name());
    }
    let request = HealthCheckRequest { service: "getmodern.Nothing".to_owned() };
    let unknown = health.check(request).await.expect_err("nobody serves it");
    assert_eq!(unknown.code(), tonic::Code::NotFound);
    product.stop().await;
}
