//! The same over JSON as over gRPC: code, reason, details, and what is done.

use getmodern::{
    client::Actor,
    demo::{self, Stage},
};
use prost::Message;
use prost_reflect::Value;
use proto::intake::v1::OpenCaseRequest;
use serde_json::Value as Json;
use tonic::{Code, Status};

use super::{
    asked::{JSON, ask, post},
    bridge::bridge,
    product, product_with,
};
use crate::{
    catalogue::{METHODS, Method, dynamic},
    hostile::OPERATOR,
    identity::trial::Trial,
    wire::{Wire, as_headers, reason},
    world::{ENGAGEMENT, GATEWAY, INTAKE, TASKS},
};

/// An answer, or the code, reason, message and details of a refusal.
type Told = Result<Json, (Code, String, String, Vec<u8>)>;

/// The answer to a call without the parts that are new each time: places that only their reader knows, when it was read, and of a
/// rehearsal the identities and times of what was not made.
fn told(method: &Method, rehearses: bool, answer: Result<Vec<u8>, Status>) -> Told {
    let message = answer.map_err(|status| {
        (status.code(), reason(&status), status.message().to_owned(), status.details().to_vec())
    })?;
    let mut message = serde_json::to_value(dynamic(&message, &method.output)).expect("JSON");
    let is_new = |name: &str| {
        ["readTime", "nextPageToken"].contains(&name)
            || rehearses && (["name", "etag", "time"].contains(&name) || name.ends_with("Time"))
    };
    without(&mut message, &is_new);
    Ok(message)
}

/// Takes out every field of these names, however deep.
fn without(value: &mut Json, is_out: &impl Fn(&str) -> bool) {
    match value {
        Json::Object(fields) => {
            fields.retain(|name, _| !is_out(name));
            fields.values_mut().for_each(|value| without(value, is_out));
        }
        Json::Array(all) => all.iter_mut().for_each(|value| without(value, is_out)),
        _ => {}
    }
}

/// The answers over both ways, asked again where they differ: what they read may change meanwhile, as refusals do that are written a
/// second later.
async fn same(method: &Method, json: impl AsyncFn() -> Told, grpc: impl AsyncFn() -> Told) -> Told {
    loop {
        let before = if method.reads() { Some(grpc().await) } else { None };
        let (told, after) = (json().await, grpc().await);
        if before.is_none_or(|before| before == after) {
            assert_eq!(told, after, "{}", method.path());
            return told;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_answers_over_json_as_over_grpc() {
    let product = product().await;
    let (grpc, json) = (Wire::to(&product), Wire::at(bridge(product.http()).await));
    let (mut carried_out, mut refused) = (0, 0);
    for (number, method) in METHODS.iter().filter(|method| !method.name.starts_with("Watch")).enumerate() {
        let who = Actor { role: method.roles[0].clone().leak(), ..OPERATOR };
        let wrong = Actor { role: "AUDITOR", ..OPERATOR };
        let path = method.path();
        let mut rehearsal = method.example(&format!("rehearsal-{number}"));
        if method.has("validate_only") {
            rehearsal.set_field_by_name("validate_only", Value::Bool(true));
        }
        let example = method.example(&format!("key-{number}")).encode_to_vec();
        let rehearses = method.has("validate_only");
        for (who, rehearses, body) in [
            (wrong, false, Vec::new()),
            (who, false, Vec::new()),
            (who, rehearses, rehearsal.encode_to_vec()),
            (who, false, example),
        ] {
            let ask =
                async |wire: &Wire| told(method, rehearses, wire.send_as(who, &path, body.clone()).await);
            let answered = same(method, async || ask(&json).await, async || ask(&grpc).await).await;
            *(if answered.is_ok() { &mut carried_out } else { &mut refused }) += 1;
        }
        let nobody = told(method, false, json.send(&path, &[], Vec::new()).await);
        assert_eq!(nobody, told(method, false, grpc.send(&path, &[], Vec::new()).await), "{path}");
        assert!(nobody.is_err_and(|(code, ..)| code == Code::Unauthenticated), "{path}");
    }
    assert!(carried_out > 40 && refused > 100, "{carried_out} carried out, {refused} refused");
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_customers_go_through_the_playbook_over_json() {
    let product = product().await;
    let address = bridge(product.http()).await;
    demo::play(&mut Stage::at(address, false).expect("an address"))
        .await
        .expect("all goes as the playbook says");
    product.stop().await;
}

#[tokio::test]
async fn a_case_that_json_opens_is_the_same_over_grpc_and_opened_once() {
    let product = product().await;
    let headers: Vec<_> = as_headers(GATEWAY).into_iter().chain([JSON]).collect();
    let body = r#"{"requestId": "json-1", "customer": "Contoso", "tenant": "contoso.example", "validateOnly": true}"#;
    let path = format!("/{INTAKE}/OpenCase");
    let rehearsed = post(product.http(), &path, &headers, body).await;
    assert_eq!((rehearsed.status, rehearsed.header("content-type")), (200, "application/json"));
    let listed = ask(product.http(), &format!("/{INTAKE}/ListCases"), "{}").await;
    assert_eq!(listed.json(), serde_json::json!({}), "nothing was done");
    let opened = post(product.http(), &path, &headers, body.replace("true", "false")).await.json();
    let request = OpenCaseRequest {
        request_id: "json-1".to_owned(),
        customer: "Contoso".to_owned(),
        tenant: "contoso.example".to_owned(),
        ..OpenCaseRequest::default()
    };
    let again = Wire::to(&product).send_as(GATEWAY, &path, request.encode_to_vec()).await.expect("its reply");
    let method = METHODS.iter().find(|method| method.path() == path).expect("a method");
    let again = serde_json::to_value(dynamic(&again, &method.output)).expect("JSON");
    assert_eq!(opened, again, "the same id, the same reply");
    // By the fields' names in the protos, and as protobuf.
    let by_name = post(
        product.http(),
        &path,
        &headers,
        body.replace("requestId", "request_id").replace("true", "false"),
    );
    assert_eq!(by_name.await.json(), opened);
    let proto = [("content-type", "application/proto")];
    let headers: Vec<_> = as_headers(GATEWAY).into_iter().chain(proto).collect();
    let bytes = post(product.http(), &path, &headers, request.encode_to_vec()).await;
    assert_eq!(bytes.header("content-type"), "application/proto");
    assert_eq!(serde_json::to_value(dynamic(&bytes.body, &method.output)).expect("JSON"), opened);
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_shows_a_token_is_known_over_json_and_who_only_says_a_name_is_not() {
    let trial = Trial::new();
    let product = product_with(|settings| {
        let [issuer, audience, jwks] =
            trial.trust().map(|flag| flag.split_once('=').expect("a value").1.to_owned());
        settings.identity.issuer = Some(issuer);
        settings.identity.audience = Some(audience);
        settings.identity.jwks = Some(jwks);
    })
    .await;
    let bearer = format!("Bearer {}", trial.token(&["--person", "ada", "--role", "OPERATOR"]));
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        let path = format!("/{service}/ListDuties");
        let known = post(product.http(), &path, &[JSON, ("authorization", &bearer)], "{}").await;
        assert_eq!(known.status, 200, "{known:?}");
        let refused = ask(product.http(), &path, "{}").await.refusal();
        assert_eq!((refused.0, &*refused.1), (401, "unauthenticated"), "{service}");
    }
    product.stop().await;
}
