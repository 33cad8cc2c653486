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
        /// The answers to these questions, all asked on one stream.
        async fn $name(wire: &Wire, questions: &[Question]) -> Vec<Answer> {
            use tonic_reflection::pb::$version::{
                ExtensionRequest, ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
                server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
            };
            let request = |question: &Question| {
                let message_request = Some(match question.clone() {
                    Question::Services => MessageRequest::ListServices(String::new()),
                    Question::File(symbol) => MessageRequest::FileContainingSymbol(symbol),
                    Question::Extension(message, extension_number) => {
                        let containing_type = message.to_owned();
                        let request = ExtensionRequest { containing_type, extension_number };
                        MessageRequest::FileContainingExtension(request)
                    }
                    Question::Extensions(message) => {
                        MessageRequest::AllExtensionNumbersOfType(message.to_owned())
                    }
                });
                ServerReflectionRequest { host: String::new(), message_request }
            };
            let requests: Vec<_> = questions.iter().map(request).collect();
            let mut client = ServerReflectionClient::new(wire.channel());
            let answers = client.server_reflection_info(stream::iter(requests)).await;
            let mut answers = answers.expect("reflection").into_inner();
            let mut told = Vec::new();
            while let Some(answer) = answers.message().await.expect("the stream goes on") {
                told.push(match answer.message_response {
                    Some(MessageResponse::ListServicesResponse(list)) => {
                        Answer::Services(list.service.into_iter().map(|service| service.name).collect())
                    }
                    Some(MessageResponse::FileDescriptorResponse(files)) => {
                        Answer::Files(files.file_descriptor_proto)
                    }
                    Some(MessageResponse::AllExtensionNumbersResponse(all)) => {
                        Answer::Numbers(all.extension_number)
                    }
                    Some(MessageResponse::ErrorResponse(error)) => Answer::Error(error.error_code),
                    None => panic!("an answer"),
                });
            }
            told
        }
    };
}

#[derive(Debug, Clone)]
enum Question {
    Services,
    File(String),
    Extension(&'static str, i32),
    Extensions(&'static str),
}

#[derive(Debug)]
enum Answer {
    Services(BTreeSet<String>),
    Files(Vec<Vec<u8>>),
    Numbers(Vec<i32>),
    Error(i32),
}

impl Answer {
    /// The names of the files.
    fn names(&self) -> Vec<String> {
        use prost::Message;
        let Self::Files(files) = self else { panic!("files, not {self:?}") };
        let name =
            |file: &Vec<u8>| FileDescriptorProto::decode(file.as_slice()).expect("a file").name().to_owned();
        files.iter().map(name).collect()
    }
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
    let names: Vec<_> = POOL.services().map(|service| service.full_name().to_owned()).collect();
    let files = names.iter().cloned().map(Question::File);
    let questions: Vec<_> = [Question::Services].into_iter().chain(files).collect();
    for answers in [ask_v1(&wire, &questions).await, ask_v1alpha(&wire, &questions).await] {
        assert_eq!(answers.len(), questions.len());
        let mut answers = answers.into_iter();
        lists_all(answers.next().expect("the services"));
        answers.zip(&names).for_each(|(answer, name)| explains(answer, name));
    }
    product.stop().await;
}

#[tokio::test]
async fn a_question_without_an_answer_is_told_so_and_the_next_is_answered() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let service = "getmodern.tasks.v1.TaskService".to_owned();
    let questions = [
        Question::File("getmodern.Nothing".to_owned()),
        Question::Extension("google.protobuf.MethodOptions", 1_000_000),
        Question::Extensions("getmodern.Nothing"),
        Question::File(service),
    ];
    for answers in [ask_v1(&wire, &questions).await, ask_v1alpha(&wire, &questions).await] {
        let [.., last] = answers.as_slice() else { panic!("answers") };
        assert_eq!(last.names(), ["getmodern/tasks/v1/task_service.proto"]);
        let not_found = |answer: &Answer| matches!(answer, Answer::Error(code) if *code == i32::from(tonic::Code::NotFound));
        assert!(answers.len() == 4 && answers[..3].iter().all(not_found), "{answers:?}");
    }
    product.stop().await;
}

#[tokio::test]
async fn the_option_that_says_who_may_call_is_found_by_name_by_number_and_in_the_list() {
    const OPTIONS: &str = "google.protobuf.MethodOptions";
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let access = POOL.get_extension_by_name("getmodern.common.v1.access").expect("the option");
    let number = i32::try_from(access.number()).expect("a number");
    let questions = [
        Question::File(access.full_name().to_owned()),
        Question::Extension(OPTIONS, number),
        Question::Extensions(OPTIONS),
    ];
    for answers in [ask_v1(&wire, &questions).await, ask_v1alpha(&wire, &questions).await] {
        let [by_name, by_number, Answer::Numbers(all)] = answers.as_slice() else { panic!("{answers:?}") };
        assert_eq!(by_name.names(), ["getmodern/common/v1/access.proto"]);
        assert_eq!(by_number.names(), by_name.names());
        assert_eq!(all, &[number]);
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
