//! Who was refused what, for want of a right or of an identity, is kept; a flood of it is told, and fills nothing.

use std::time::Instant;

use futures::future::join_all;
use getmodern::client::{Actor, Client};
use host::{PERSON_HEADER, ROLE_HEADER};
use proto::intake::v1::{AnswerArchitectRequest, AskArchitectRequest, Case, OpenCaseRequest};
use tests::{Product, State, actor};
use tonic::Code;

use crate::{
    catalogue::{METHODS, ROLES},
    faults::gateway::{GATEWAY, GMFTA, done, eventually},
    wire::{Wire, as_headers, refusal},
};

const OPEN: &str = "/getmodern.intake.v1.IntakeService/OpenCase";
const EVE: Actor = actor("people/eve", "GMFTA");

/// The refusals that intake has kept.
fn kept(state: &State) -> Vec<String> {
    state.ask(
        "intake",
        "SELECT coalesce(person, '-') || ' ' || coalesce(role, '-') || ' ' || coalesce(peer, '-') || ' '
             || method || ' ' || coalesce(resource, '-') || ' ' || code || ' ' || reason || ' ' || rules || ' ' || sum(times)
         FROM refusal GROUP BY person, role, peer, method, resource, code, reason, rules
         ORDER BY method, person, role",
    )
}

async fn asked(client: &Client) -> String {
    let (request_id, tenant) = ("open".to_owned(), "contoso.example".to_owned());
    let (customer, gmfta) = ("Contoso".to_owned(), GMFTA.person.to_owned());
    let open = OpenCaseRequest { request_id, customer, tenant, gmfta, ..OpenCaseRequest::default() };
    let case: Case = done(client, GATEWAY, open).await;
    let (name, question, request_id) = (case.name, "Where does it stand?".to_owned(), "ask".to_owned());
    let ask = AskArchitectRequest { name, request_id, question, ..AskArchitectRequest::default() };
    let case: Case = done(client, GATEWAY, ask).await;
    case.name
}

async fn answer(client: &Client, who: Actor, name: &str) -> Result<Case, tonic::Status> {
    let text = || "secret-canary".to_owned();
    let (name, request_id) = (name.to_owned(), "answer".to_owned());
    let (journey_status, deployment_plans) = (text(), text());
    let answer = AnswerArchitectRequest {
        name,
        request_id,
        journey_status,
        deployment_plans,
        ..AnswerArchitectRequest::default()
    };
    client.call(who, answer).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_refused_what_is_kept_and_whence_what_was_done_was_asked_for() {
    let product = Product::start().await;
    let (client, wire) = (product.client(), Wire::to(&product));
    let name = asked(&client).await;
    for _ in 0..2 {
        assert_eq!(answer(&client, EVE, &name).await.expect_err("not hers").code(), Code::NotFound);
    }
    answer(&client, actor("people/eve", "FM"), &name).await.expect_err("not a manager's");
    let unknown =
        refusal(wire.send(OPEN, &[(PERSON_HEADER, "people/eve"), (ROLE_HEADER, "EMPEROR")], vec![]).await);
    assert_eq!(unknown.0, Code::Unauthenticated);
    let invalid = refusal(wire.send(OPEN, &as_headers(GATEWAY), vec![]).await);
    assert_eq!(invalid.0, Code::InvalidArgument, "which is nothing to keep");
    answer(&client, GMFTA, &name).await.expect("it is his to answer");
    let service = "getmodern.intake.v1.IntakeService";
    let (method, forbidden) = (format!("{service}/AnswerArchitect"), "PERMISSION_DENIED");
    let expected = [
        format!("people/eve FM 127.0.0.1 {method} - {forbidden} WRONG_ROLE I-18 1"),
        format!("people/eve GMFTA 127.0.0.1 {method} {name} NOT_FOUND NOT_SEEN I-18 2"),
        format!("- - 127.0.0.1 {service}/OpenCase - UNAUTHENTICATED IDENTITY_UNKNOWN  1"),
    ];
    eventually("they are kept", async || (kept(product.state()).len() >= 3).then_some(())).await;
    let state = product.leave().await;
    assert_eq!(kept(&state), expected);
    let origins = "SELECT kind || ' ' || coalesce(method, '-') || ' ' || coalesce(peer, '-') FROM journal ORDER BY revision";
    let told = ["CaseOpened", "ArchitectAsked", "ArchitectAnswered"];
    let methods = ["OpenCase", "AskArchitect", "AnswerArchitect"];
    let lines = told.iter().zip(methods).map(|(kind, method)| format!("{kind} {service}/{method} 127.0.0.1"));
    let found = state.ask("intake", origins);
    assert!(found[0].ends_with(" - -"), "the service did it for itself: {found:?}");
    assert!(found[1..].iter().cloned().eq(lines), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_refusals_is_counted_and_fills_nothing() {
    /// Of one person in an hour, and one for those past them.
    const ROWS: usize = 201;
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let intake = METHODS.iter().filter(|method| method.path().contains(".IntakeService/"));
    let wrong = intake.flat_map(|method| {
        ROLES.iter().filter(|role| !method.roles.contains(role)).map(|role| (method.path(), role))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.len() > ROWS, "{} different ones", wrong.len());
    let (begun, mut sent) = (Instant::now(), 0);
    let told = "SELECT reason FROM refusal WHERE reason = 'NOT_KEPT'";
    // Until more was refused in an hour than is kept of one, which may begin meanwhile.
    while product.state().ask("intake", told).is_empty() {
        assert!(begun.elapsed() < tests::PATIENCE, "it is not told that some were not kept");
        for round in wrong.chunks(20) {
            sent += join_all(round.iter().map(|(path, role)| refused(&wire, path, role))).await.len();
        }
    }
    let state = product.leave().await;
    let sum = state.ask("intake", "SELECT CAST(sum(times) AS TEXT) FROM refusal");
    assert_eq!(sum, [sent.to_string()], "none is lost without a word");
    let rows = kept(&state);
    assert!(rows.len() <= 2 * ROWS, "{} rows", rows.len());
}

/// A call in a wrong role.
async fn refused(wire: &Wire, path: &str, role: &str) {
    let headers = [(PERSON_HEADER, "people/eve"), (ROLE_HEADER, role)];
    let found = refusal(wire.send(path, &headers, vec![]).await);
    assert_eq!(found, (Code::PermissionDenied, "WRONG_ROLE".to_owned()), "{path} {role}");
}
