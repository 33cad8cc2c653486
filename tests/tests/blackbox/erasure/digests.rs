//! Request ids that name somebody: nowhere from the first moment on, and good for a repeated call all the same.

use proto::{
    common::v1::{ListAuditEntriesRequest, ListAuditEntriesResponse},
    intake::v1::{Case, OpenCaseRequest},
};
use tests::{Product, State};
use tonic::Code;

use super::rows_with;
use crate::{
    digests::digest_of,
    migrations::migrated,
    wire::refusal,
    world::{AUDITOR, GATEWAY, INTAKE, World},
};

const HANDLE: &str = "augusta.byron-king";

fn open(request_id: &str) -> OpenCaseRequest {
    OpenCaseRequest {
        request_id: request_id.to_owned(),
        customer: "Contoso".to_owned(),
        tenant: "contoso.example".to_owned(),
        ..OpenCaseRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_id_that_names_somebody_is_kept_and_told_nowhere() {
    let mut world = World::new().await;
    let first: Case = world.act(GATEWAY, open(HANDLE)).await;
    let again: Case = world.act(GATEWAY, open(HANDLE)).await;
    assert_eq!(first, again, "the original reply");
    let other = OpenCaseRequest { tenant: "fabrikam.example".to_owned(), ..open(HANDLE) };
    let reused = world.refused(GATEWAY, other).await;
    assert_eq!(crate::wire::reason(&reused), "REQUEST_ID_REUSED");
    assert_eq!(rows_with(world.product.state(), "intake", HANDLE), [""; 0]);
    let digest = digest_of(world.product.state(), "intake", GATEWAY.person, HANDLE);
    let events = world.events(INTAKE, &first.name).await;
    assert_eq!(events[0].request_id, digest);
    let list = ListAuditEntriesRequest { resource: first.name, ..ListAuditEntriesRequest::default() };
    let told = world.client.call_at(AUDITOR, &format!("/{INTAKE}/ListAuditEntries"), list).await;
    let told: ListAuditEntriesResponse = told.expect("an auditor is told");
    assert_eq!((told.entries[0].request_id.as_str(), told.not_kept), (digest.as_str(), 0));
    // A digest is no id: a caller who sends it has sent another one.
    let posing: Result<Case, _> = world.client.call(GATEWAY, open(&digest)).await;
    assert_eq!(refusal(posing).0, Code::AlreadyExists);
    world.end().await;
}

/// Releases up to 0.1.0 kept the ids themselves: a repeated call finds its reply, and an erasure takes them away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_id_that_an_older_release_kept_is_found_and_erased() {
    let mut world = World::new().await;
    let first: Case = world.act(GATEWAY, open("now")).await;
    let state = world.product.leave().await;
    let older = format!("UPDATE request SET key = '{HANDLE}' WHERE person = 'people/gateway'");
    state.execute("intake", &older);
    let mut world = World::later(Product::on(state, getmodern::services()).await);
    assert_eq!(rows_with(world.product.state(), "intake", HANDLE), ["request"]);
    let reused: Result<Case, _> = world.client.call(GATEWAY, open(HANDLE)).await;
    assert_eq!(
        refusal(reused),
        (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()),
        "it was another request"
    );
    world.erase(INTAKE, &first.name, HANDLE).await;
    assert_eq!(rows_with(world.product.state(), "intake", HANDLE), [""; 0]);
    let reused: Result<Case, _> = world.client.call(GATEWAY, open(HANDLE)).await;
    assert_eq!(refusal(reused), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()), "and still is");
    world.end().await;
}

/// An answer of 0.1.0 is given again to the same request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_an_older_release_stay_as_they_are_until_somebody_is_erased() {
    let state = State::released("0.1.0");
    migrated(&state).await;
    let keys = "SELECT key FROM request ORDER BY person, key";
    let before = state.ask("intake", keys);
    assert!(before.iter().all(|key| !key.starts_with("by digest")), "{before:?}");
    let product = Product::on(state, getmodern::services()).await;
    let state = product.leave().await;
    let after = state.ask("intake", keys);
    assert!(before.iter().all(|key| after.contains(key)), "{before:?} {after:?}");
}
