//! A journal restored from a backup: whoever had read on is told, even once it is as long as before; nobody else is.

use std::time::Duration;

use getmodern::client::{Client, reasons};
use host::{After, Case, Service, Settings, Verb};
use kernel::Person;
use proto::{
    common::v1::{
        Duty, Event, ListDutiesRequest, ListDutiesResponse, ListEventsRequest, ListEventsResponse, Role,
        WatchEventsRequest, watch_events_request::Start,
    },
    engagement::v1::{Engagement, GetEngagementRequest},
};
use tests::Product;
use tonic::{Code, Status};
use tonic_health::pb::health_check_response::ServingStatus::{NotServing, Serving};

use super::{
    gateway::{GMFTA, OPERATOR, begun, eventually, exit, prepare, tasks},
    journal,
    parking::health,
    watching::{until, watch},
};

pub(super) const INTAKE: &str = "getmodern.intake.v1.IntakeService";
pub(super) const ENGAGEMENTS: &str = "getmodern.engagement.v1.EngagementService";
const FOLLOWER: &str = "getmodern.engagement.v1.EngagementService/intake";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_restored_from_a_backup_is_noticed_by_those_who_read_on() {
    let product = Product::start().await;
    let client = product.client();
    hand_over(&client, "contoso.example").await;
    let kept = all_followed(&client).await;
    let state = product.leave().await;
    let backup = state.copy("intake");

    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    hand_over(&client, "fabrikam.example").await;
    let lost = journal::read(&client, INTAKE).await.split_off(kept.len());
    is_well(&client).await;
    let (before, after) = (page(&client, 0).await, page(&client, lost[0].revision).await);
    let mut state = product.leave().await;
    state.set_back("intake", &backup);

    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    assert_eq!(journal::read(&client, INTAKE).await, kept, "it is what it was");
    is_told_apart(&product, &kept, &lost).await;
    stands_still(&client).await;
    let engagement = outgrow(&client, kept.len() + lost.len()).await;
    is_told_apart(&product, &kept, &lost).await;
    go_on(&client, &before).await.expect("the place is there");
    is_reset(&go_on(&client, &after).await.expect_err("the place is gone"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    stands_still(&client).await;
    let get = GetEngagementRequest { name: engagement.clone() };
    let early = client.call::<_, Engagement>(GMFTA, get).await;
    assert_eq!(early.expect_err("nothing is taken over").code(), Code::Unavailable);

    resume(&product, kept.last().expect("an event").revision).await;
    begun(&client, &engagement).await;
    tasks(&client, &engagement, 2).await;
    is_well(&client).await;
    assert_eq!(duties(&client).await, []);
    product.stop().await;
}

/// As many calls as before, and then some; the engagement that is wanted by now.
async fn outgrow(client: &Client, length: usize) -> String {
    prepare(client, "wingtip.example").await;
    let engagement = exit(client, &prepare(client, "northwind.example").await).await;
    assert!(journal::read(client, INTAKE).await.len() > length, "it has outgrown what was lost");
    engagement
}

/// Has the engagement service follow intake on from there.
pub(super) async fn resume(product: &Product, after: i64) {
    let services = getmodern::services();
    let names: Vec<_> = services.iter().map(Service::name).collect();
    let settings = Settings { listen: product.address(), ..product.state().settings(&names) };
    let case = Case::new("engagement", "intake", operator(), "restored from last night's backup");
    let (after, settings) = (After::Revision(after), Box::new(settings));
    Verb::Resume { case, after, yes: false, settings }.run(&services).await.expect("resumed");
}

/// The operator who intervenes.
pub(crate) fn operator() -> Person {
    Person::parse(OPERATOR.person).expect("a person")
}

async fn is_well(client: &Client) {
    eventually("all is well", async || (health(client, FOLLOWER).await == Serving).then_some(())).await;
}

pub(super) async fn hand_over(client: &Client, tenant: &str) {
    let engagement = exit(client, &prepare(client, tenant).await).await;
    tasks(client, &engagement, 2).await;
}

/// Intake's journal once its case has learnt of its engagement: nothing of it is on its way then.
pub(super) async fn all_followed(client: &Client) -> Vec<Event> {
    eventually("the case knows where it led to", async || {
        let all = journal::read(client, INTAKE).await;
        all.last().is_some_and(|last| last.kind == "EngagementFollowed").then_some(all)
    })
    .await
}

/// The token of the page after the one event after `revision`.
async fn page(client: &Client, after_revision: i64) -> ListEventsRequest {
    let request = ListEventsRequest { page_size: 1, after_revision, ..ListEventsRequest::default() };
    let page_token = go_on(client, &request).await.expect("a page").next_page_token;
    assert!(!page_token.is_empty(), "there is more");
    ListEventsRequest { page_token, ..request }
}

async fn go_on(client: &Client, request: &ListEventsRequest) -> Result<ListEventsResponse, Status> {
    client.call_at(OPERATOR, &format!("/{INTAKE}/ListEvents"), request.clone()).await
}

/// Each reader of what is kept goes on, each of what is lost is told.
pub(super) async fn is_told_apart(product: &Product, kept: &[Event], lost: &[Event]) {
    let resume = async |event: &Event| {
        let start = Some(Start::ResumeToken(event.resume_token.clone()));
        let request = WatchEventsRequest { start, resource: String::new() };
        watch(product.address(), INTAKE, request, None).await
    };
    let now = journal::read(&product.client(), INTAKE).await;
    let head = now.last().expect("an event").revision;
    for event in kept {
        let mut stream = resume(event).await.expect("its place is there");
        let rest = until(&mut stream, head).await;
        assert!(rest.iter().eq(now.iter().filter(|later| later.revision > event.revision)));
    }
    assert!(lost.len() > 3, "{lost:?}");
    for event in lost {
        is_reset(&resume(event).await.expect_err("its place is gone"));
    }
}

fn is_reset(status: &Status) {
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    assert!(reasons(status).contains(&"LOG_RESET".to_owned()), "{status:?}");
}

/// The follower says so, and the operator is asked to decide.
pub(super) async fn stands_still(client: &Client) {
    eventually("the follower says so", async || (health(client, FOLLOWER).await == NotServing).then_some(()))
        .await;
    let duties =
        eventually("a duty", async || Some(duties(client).await).filter(|duties| !duties.is_empty()));
    let [duty] = <[Duty; 1]>::try_from(duties.await).expect("one duty");
    assert_eq!((duty.action.as_str(), duty.resource.as_str()), ("RESUME_FOLLOWING", "journals/intake"));
    assert_eq!(duty.missing[0].reason, "LOG_RESET");
    assert!(duty.missing[0].description.contains("resume --source intake"), "{duty:?}");
}

pub(super) async fn duties(client: &Client) -> Vec<Duty> {
    let request = ListDutiesRequest { role: Role::Operator.into(), ..ListDutiesRequest::default() };
    let found = client.call_at(OPERATOR, &format!("/{ENGAGEMENTS}/ListDuties"), request).await;
    let found: ListDutiesResponse = found.expect("duties");
    found.duties
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_an_operator_puts_back_reads_again_from_there() {
    let product = Product::start().await;
    let client = product.client();
    hand_over(&client, "contoso.example").await;
    is_well(&client).await;
    resume(&product, 0).await;
    // An engagement that has begun cannot begin again: the attempt shows that its event was read.
    let duties = eventually("it is read again", async || {
        Some(duties(&client).await).filter(|duties| !duties.is_empty())
    });
    assert!(duties.await.iter().all(|duty| duty.action == "RELEASE_PARKED_EVENT"));
    product.stop().await;
}
