//! What an older release kept is there after the upgrade: the same resources and journals, and customers go on.

use std::{collections::BTreeMap, fmt::Debug, time::Duration};

use getmodern::{client::Client, demo::cast::LEADERSHIP};
use prost::{Message, Name};
use proto::{
    common::v1::{Duty, Event, ListDutiesRequest, ListDutiesResponse, ListEventsResponse, Verdict},
    engagement::v1::{
        CancelEngagementRequest, Engagement, HandOverRequest, ListEngagementsRequest,
        ListEngagementsResponse, ReportAnalyticsRequest, Stage, cancellation::Disposition,
    },
    intake::v1::{
        Case, IntroduceBenefitRequest, ListCasesRequest, ListCasesResponse, ListPoliciesRequest,
        ListPoliciesResponse,
    },
    tasks::v1::{ListNotesRequest, ListNotesResponse, ListTasksRequest, ListTasksResponse},
};
use tests::{Engine, Product, State, released};
use tonic_health::pb::health_check_response::ServingStatus::{NotServing, Serving};

use crate::{
    faults::{gateway::eventually, journal, parking::health},
    migrations::migrated,
    processes::SERVICES,
    story::{about, contact, review, workshop},
    world::{ENGAGEMENT, GATEWAY, GMFTA, INTAKE, PROGRAM, TASKS, World},
};

const RELEASE: &str = "0.1.0";
const PARKED: &str = "getmodern.engagement.v1.EngagementService/intake";

/// An answer that the release gave about what it kept.
fn answer<R: Message + Default>(file: &str) -> R {
    R::decode(released(RELEASE, &format!("{file}.reply")).as_slice()).expect("it reads")
}

async fn same<M, R>(client: &Client, file: &str, request: M)
where
    M: Message + Name + Clone + 'static,
    R: Message + Default + PartialEq + Debug + 'static,
{
    let now: R = client.call(LEADERSHIP, request).await.expect("a list");
    assert_eq!(now, answer(file), "{file}");
    assert!(now.encoded_len() > 100, "{file}");
}

/// The journals as the release told them.
fn events() -> BTreeMap<String, Vec<Event>> {
    let services = [(INTAKE, "intake"), (ENGAGEMENT, "engagement"), (TASKS, "tasks")];
    let told = |file| answer::<ListEventsResponse>(&format!("{file}.events")).events;
    services.map(|(service, file)| (service.to_owned(), told(file))).into()
}

/// An event as the release told it: a later one tells a place by more than its number, names payloads' types with a host, and
/// tells other services of more.
fn as_then(event: &mut Event) {
    const SINCE: [&str; 5] =
        [".CaseOpened", ".CaseDisengaged", ".CaseReferred", ".EngagementBegun", ".StageEntered"];
    event.resume_token.clear();
    event.payload.take_if(|payload| SINCE.iter().any(|kind| payload.type_url.ends_with(kind)));
    if let Some(payload) = &mut event.payload {
        payload.type_url = payload.type_url.replace("type.googleapis.com/", "/");
    }
}

/// An event by which a later release learns which engagement a case of this one led to.
fn was_learnt_since(event: &Event) -> bool {
    event.kind == "EngagementFollowed"
}

/// A case without that.
fn case_as_then(case: &mut Case) {
    case.led_to = None;
    (case.etag, case.update_time) = (String::new(), None);
}

/// What waits on whom; how late it is depends on when one asks.
fn duties(answer: ListDutiesResponse) -> Vec<Duty> {
    answer.duties.into_iter().map(|duty| Duty { overdue: false, ..duty }).collect()
}

/// The release gave an entry its revision after the commit, on PostgreSQL: one that it had just committed when it was stopped has
/// none yet.
fn leave_the_newest_entries_without_a_revision(state: &State) {
    const FORGET: &str = "
        ALTER TABLE journal DISABLE TRIGGER journal_is_append_only;
        UPDATE journal SET revision = NULL WHERE revision > (SELECT max(revision) - 2 FROM journal);
        ALTER TABLE journal ENABLE TRIGGER journal_is_append_only";
    for service in SERVICES.iter().filter(|_| Engine::here() == Engine::Postgres) {
        state.execute(service, FORGET);
    }
}

async fn upgraded() -> Product {
    let state = State::released(RELEASE);
    leave_the_newest_entries_without_a_revision(&state);
    migrated(&state).await;
    Product::on(state, getmodern::services()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_release_kept_reads_the_same_after_the_upgrade_and_nothing_is_done_again() {
    let product = upgraded().await;
    let client = product.client();
    eventually("the followers look at what is parked", async || {
        (health(&client, PARKED).await == NotServing).then_some(())
    })
    .await;
    // Whatever a follower did again would be there by now.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let page_size = 500;
    let list = ListCasesRequest { page_size, ..ListCasesRequest::default() };
    let mut now: ListCasesResponse = client.call(LEADERSHIP, list).await.expect("a list");
    let mut then: ListCasesResponse = answer("cases");
    [&mut now, &mut then].into_iter().flat_map(|list| &mut list.cases).for_each(case_as_then);
    assert_eq!(now, then, "cases");
    let list = ListPoliciesRequest { page_size, ..ListPoliciesRequest::default() };
    let mut policies: ListPoliciesResponse = client.call(LEADERSHIP, list).await.expect("a list");
    // A later release tells versions apart for whoever writes the next one.
    policies.policies.iter_mut().for_each(|policy| policy.etag.clear());
    assert_eq!(policies, answer("policies"));
    let list = ListEngagementsRequest { page_size, ..ListEngagementsRequest::default() };
    same::<_, ListEngagementsResponse>(&client, "engagements", list).await;
    let list = ListTasksRequest { page_size, ..ListTasksRequest::default() };
    same::<_, ListTasksResponse>(&client, "tasks", list).await;
    let list = ListNotesRequest { page_size, ..ListNotesRequest::default() };
    same::<_, ListNotesResponse>(&client, "notes", list).await;
    let mut all = journal::read_all(&client).await;
    journal::check(&all);
    for events in all.values_mut() {
        events.retain(|event| !was_learnt_since(event));
    }
    all.values_mut().flatten().for_each(as_then);
    assert_eq!(all, events());
    for (service, file) in [(INTAKE, "intake"), (ENGAGEMENT, "engagement"), (TASKS, "tasks")] {
        let list = ListDutiesRequest { page_size, ..ListDutiesRequest::default() };
        let path = format!("/{service}/ListDuties");
        let now: ListDutiesResponse = client.call_at(LEADERSHIP, &path, list).await.expect("duties");
        let before = duties(answer(&format!("{file}.duties")));
        assert!(!before.is_empty(), "{file}");
        assert_eq!(duties(now), before, "{file}");
    }
    product.stop().await;
}

/// The engagement of a tenant, once it is there.
async fn engagement(world: &World, tenant: &str, stage: Stage) -> Engagement {
    let list = ListEngagementsRequest { tenant: tenant.to_owned(), ..ListEngagementsRequest::default() };
    let wanted = |found: &&Engagement| found.stage() == stage;
    let there = |found: &ListEngagementsResponse| found.engagements.iter().any(|one| wanted(&one));
    let found: ListEngagementsResponse = world.until(tenant, list, there).await;
    found.engagements.iter().find(wanted).expect("it is there").clone()
}

async fn hand_over(world: &mut World, name: &str) {
    let _: Engagement = world.act(GMFTA, review(name)).await;
    let receiver = Some(contact("the delivery lead"));
    let done: Engagement = world.act(GMFTA, about!(HandOverRequest, name, receiver_contact: receiver)).await;
    assert_eq!(done.stage(), Stage::Standby);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engagement_that_a_release_left_midway_goes_on_to_standby() {
    let mut world = World::on(upgraded().await);
    let name = engagement(&world, "woodgrove.example", Stage::Preparation).await.name;
    let report = about!(ReportAnalyticsRequest, name, installed: true, data_flowing: true);
    let _: Engagement = world.act(GMFTA, report).await;
    let _: Engagement = world.act(GMFTA, workshop(&name)).await;
    world.recorded(&name).await;
    hand_over(&mut world, &name).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_release_left_parked_is_released_and_goes_on_to_standby() {
    let mut world = World::on(upgraded().await);
    let busy = engagement(&world, "litware.example", Stage::Assigned).await.name;
    let cancel = about!(CancelEngagementRequest, busy,
        disposition: Disposition::Closed.into(), cause: "the case comes first".to_owned());
    let _: Engagement = world.act(PROGRAM, cancel).await;
    let name = engagement(&world, "litware.example", Stage::Introduction).await.name;
    eventually("nothing is parked any more", async || {
        (health(&world.client, PARKED).await == Serving).then_some(())
    })
    .await;
    world.standing_by(&name).await;
    journal::check(&journal::read_all(&world.client).await);
    world.end().await;
}

/// R-2a: what is undetermined stays so, and opens the customer level.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_a_release_left_undetermined_is_introduced_to_the_customer() {
    let mut world = World::on(upgraded().await);
    let tenant = "tailspin.example".to_owned();
    let list = ListCasesRequest { tenant, ..ListCasesRequest::default() };
    let found: ListCasesResponse = world.ask(list).await;
    let [Case { name, .. }] = found.cases.as_slice() else { panic!("{found:?}") };
    assert_eq!(found.cases[0].verdict(), Verdict::Undetermined);
    let introduce = about!(IntroduceBenefitRequest, name,
        customer_contacts: vec![contact("the head of IT")], team: vec![GMFTA.person.to_owned()]);
    let _: Case = world.act(GATEWAY, introduce).await;
    world.end().await;
}
