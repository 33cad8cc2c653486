//! Programs in other languages read payloads and details inside `Any` by their type URL and the files of reflection.

use std::collections::{BTreeMap, btree_map::Entry};

use futures::stream;
use prost_reflect::{
    DescriptorPool,
    prost::Message,
    prost_types::{FileDescriptorProto, FileDescriptorSet},
};
use proto::common::v1::{Event, ListEventsRequest, ListEventsResponse};
use tests::{Product, actor};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::{
    catalogue::POOL,
    faults::{
        gateway::{begun, eventually, exit, prepare, tasks},
        journal,
    },
    wire::Wire,
    world::{ENGAGEMENT, INTAKE},
};

/// A host that every reader of protobuf takes.
const HOST: &str = "type.googleapis.com/";

async fn file(wire: &Wire, question: MessageRequest) -> FileDescriptorProto {
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let mut client = ServerReflectionClient::new(wire.channel());
    let answers = client.server_reflection_info(stream::iter([request])).await;
    let answer = answers.expect("reflection").into_inner().message().await.expect("an answer");
    let Some(MessageResponse::FileDescriptorResponse(files)) = answer.and_then(|it| it.message_response)
    else {
        panic!("a file")
    };
    FileDescriptorProto::decode(files.file_descriptor_proto[0].as_slice()).expect("a file")
}

/// Everything that a reader knows who has read the file of a service and what that imports.
async fn known(wire: &Wire, service: &str) -> DescriptorPool {
    let first = file(wire, MessageRequest::FileContainingSymbol(service.to_owned())).await;
    let (mut open, mut files) =
        (first.dependency.clone(), BTreeMap::from([(first.name().to_owned(), first)]));
    while let Some(name) = open.pop() {
        if let Entry::Vacant(place) = files.entry(name.clone()) {
            let found = file(wire, MessageRequest::FileByFilename(name)).await;
            open.extend(found.dependency.clone());
            place.insert(found);
        }
    }
    let set = FileDescriptorSet { file: files.into_values().collect() };
    DescriptorPool::from_file_descriptor_set(set).expect("they fit together")
}

fn types(events: &[Event]) -> Vec<&str> {
    events.iter().filter_map(|event| Some(event.payload.as_ref()?.type_url.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_payload_and_detail_is_read_from_the_file_of_the_service_that_sent_it() {
    let product = Product::start().await;
    let (client, wire) = (product.client(), Wire::to(&product));
    let case = prepare(&client, "contoso.example").await;
    let engagement = exit(&client, &case).await;
    begun(&client, &engagement).await;
    tasks(&client, &engagement, 2).await;
    for service in POOL.services() {
        let pool = known(&wire, service.full_name()).await;
        for details in ["ErrorInfo", "BadRequest", "PreconditionFailure", "RetryInfo"] {
            assert!(pool.get_message_by_name(&format!("google.rpc.{details}")).is_some(), "{details}");
        }
        for url in types(&journal::read(&client, service.full_name()).await) {
            let name = url.strip_prefix(HOST).unwrap_or_else(|| panic!("{url} has a host"));
            assert!(
                pool.get_message_by_name(name).is_some(),
                "{name} is known beside {}",
                service.full_name()
            );
        }
    }
    let sent = [INTAKE, ENGAGEMENT].map(async |service| types(&journal::read(&client, service).await).len());
    assert!(futures::future::join_all(sent).await.iter().all(|sent| *sent > 0), "there were some");
    product.stop().await;
}

/// a replica of 0.1.0 passes over a payload that names a host, and would never begin the engagement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_products_own_services_are_told_types_as_the_release_before_reads_them() {
    let product = Product::start().await;
    let client = product.client();
    let case = prepare(&client, "contoso.example").await;
    begun(&client, &exit(&client, &case).await).await;
    let follower = actor("services/engagement", "SERVICE");
    let told = eventually("it reads the journal", async || {
        let path = format!("/{INTAKE}/ListEvents");
        let list = ListEventsRequest { page_size: 500, ..ListEventsRequest::default() };
        client.call_at::<_, ListEventsResponse>(follower, &path, list).await.ok()
    })
    .await;
    let told_of = ["CaseOpened", "CustomerAssessed", "GatewayExited"];
    let expected = told_of.map(|kind| format!("/getmodern.intake.v1.{kind}"));
    assert_eq!(types(&told.events), expected);
    product.stop().await;
}
