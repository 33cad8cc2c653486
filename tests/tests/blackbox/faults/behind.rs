//! Events behind a parked one: they wait with it, and the operator is told what the first of them lacks.

use getmodern::client::Client;
use proto::tasks::v1::{Note, WriteNoteRequest, note};
use tests::{Product, State};
use tonic_health::pb::health_check_response::ServingStatus;

use super::{
    gateway::{GMFTA, begun, blocked, done, eventually, exit, tasks, unblock},
    journal,
    parking::{health, parked},
};

const FOLLOWERS: [&str; 2] =
    ["getmodern.engagement.v1.EngagementService/intake", "getmodern.engagement.v1.EngagementService/tasks"];
const TENANTS: [&str; 2] = ["contoso.example", "fabrikam.example"];

async fn write(client: &Client, engagement: &str, key: &str) -> String {
    let write = WriteNoteRequest {
        request_id: format!("{key}/{engagement}"),
        engagement: engagement.to_owned(),
        kind: note::Kind::EnterpriseNotes.into(),
        text: "as agreed".to_owned(),
        ..WriteNoteRequest::default()
    };
    done::<_, Note>(client, GMFTA, write).await.name
}

/// The engagements of both tenants with two notes each, and the engagement service as it was before they began, where they cannot.
async fn set_back() -> (State, [String; 2]) {
    let product = Product::start().await;
    let client = product.client();
    let cases = [
        blocked(&client, product.state(), TENANTS[0]).await,
        blocked(&client, product.state(), TENANTS[1]).await,
    ];
    let state = product.leave().await;
    let earlier = state.copy("engagement");
    unblock(&state);

    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    let mut engagements = Vec::new();
    for case in &cases {
        let engagement = exit(&client, case).await;
        tasks(&client, &engagement, 2).await;
        write(&client, &engagement, "first").await;
        write(&client, &engagement, "second").await;
        engagements.push(engagement);
    }
    let mut state = product.leave().await;
    state.set_back("engagement", &earlier);
    (state, engagements.try_into().expect("two"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_duty_of_a_parked_event_tells_its_own_cause_whatever_parks_behind_it() {
    let (state, engagements) = set_back().await;
    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    let notes = journal::read(&client, "getmodern.tasks.v1.TaskService").await;
    // In order: once the second engagement's is parked, both of the first's are.
    for engagement in engagements.iter().rev() {
        let duties = eventually("the note and the handover are parked", async || {
            let duties = parked(&client, engagement).await;
            (duties.len() == 2).then_some(duties)
        })
        .await;
        let written = notes.iter().filter(|event| event.parent == *engagement && event.kind == "NoteWritten");
        let revisions: Vec<_> = written.map(|event| event.revision).collect();
        assert_eq!(revisions.len(), 2, "{notes:?}");
        let causes: Vec<_> = duties.iter().flat_map(|duty| &duty.missing).collect();
        assert_eq!(causes.len(), 2, "one of each journal: {causes:?}");
        let first = format!("tasks/{}", revisions[0]);
        assert!(causes.iter().any(|cause| cause.subject == first), "{first}: {causes:?}");
        assert!(causes.iter().any(|cause| cause.description.contains("too often")), "{causes:?}");
        assert!(!causes.iter().any(|cause| cause.description.contains("waits behind")), "{causes:?}");
    }
    for follower in FOLLOWERS {
        assert_eq!(health(&client, follower).await, ServingStatus::NotServing, "{follower}");
    }

    unblock(product.state());
    for engagement in &engagements {
        begun(&client, engagement).await;
        eventually("the duties are gone", async || {
            parked(&client, engagement).await.is_empty().then_some(())
        })
        .await;
    }
    for follower in FOLLOWERS {
        eventually("health is good again", async || {
            (health(&client, follower).await == ServingStatus::Serving).then_some(())
        })
        .await;
    }
    product.stop().await;
}
