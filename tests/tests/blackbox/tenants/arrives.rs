//! Nothing is lost between the two ways in: facts go along, with their source and age, and where a customer was sent is named.

use proto::{
    common::v1::{DataItem, Intent, data_item::Fact},
    engagement::v1::{
        CancelEngagementRequest, Engagement, GetEngagementRequest, Stage, cancellation::Disposition,
    },
    intake::v1::{
        Case, DisengageCaseRequest, GetCaseRequest, ListCasesRequest, ListCasesResponse,
        RecordResearchRequest, case::State as CaseState,
    },
};
use tests::Product;

use super::{opening, told::cancel};
use crate::{
    cast::{GATEWAY, GMFTA, PROGRAM, Play, ask, item},
    prefix::{assignment, sync},
};

fn licences(items: &[DataItem]) -> Option<&DataItem> {
    items.iter().find(|item| matches!(item.fact, Some(Fact::LicenceCount(_))))
}

fn apart_from_tenant(items: &[DataItem]) -> Vec<&DataItem> {
    items.iter().filter(|item| !matches!(item.fact, Some(Fact::Tenant(_)))).collect()
}

pub(crate) async fn send(play: &Play, engagement: &str) {
    let (to_intake, cause) = (Disposition::SentToIntake, "the Gateway can find out");
    let send = ask!(CancelEngagementRequest { name: engagement, disposition: to_intake, cause: cause });
    assert_eq!(play.step(PROGRAM, send).await.stage(), Stage::Cancelled);
}

pub(crate) async fn arrived(play: &Play, engagement: &str) -> String {
    let get = GetEngagementRequest { name: engagement.to_owned() };
    let named = |found: &Engagement| !found.sent_to.is_empty();
    play.until::<_, Engagement>("the engagement names the case", get, named).await.sent_to
}

#[tokio::test]
async fn a_new_case_begins_with_the_newest_facts_whichever_service_has_them() {
    let play = Play::start().await;
    let synced = play.synced("contoso").await;
    let known = play.engagement(&synced).await.items;
    cancel(&play, &synced).await;
    let opened: Case = play.ok(GATEWAY, opening("contoso")).await;
    assert_eq!(apart_from_tenant(&opened.items), apart_from_tenant(&known), "with their sources and times");

    let learnt = vec![item(Fact::LicenceCount(900))];
    let record = ask!(RecordResearchRequest { name: opened.name.clone(), items: learnt });
    let recorded: Case = play.ok(GATEWAY, record).await;
    let end = ask!(DisengageCaseRequest { name: opened.name, cause: "the program team has them" });
    let _: Case = play.ok(GATEWAY, end).await;
    let assigned = play.step(PROGRAM, assignment("contoso")).await;
    assert_eq!(licences(&assigned.items), licences(&recorded.items), "what the Gateway learnt last");
    assert_eq!(apart_from_tenant(&assigned.items), apart_from_tenant(&recorded.items));
    play.stop().await;
}

#[tokio::test]
async fn a_customer_sent_to_intake_has_a_case_with_what_was_validated_and_the_engagement_names_it() {
    let play = Play::start().await;
    let name = play.assigned("contoso").await;
    let returned = play.step(GMFTA, sync(&name, "contoso", 700, Intent::Unknown)).await;
    assert_eq!(returned.stage(), Stage::Returned);
    send(&play, &name).await;
    let case = arrived(&play, &name).await;
    let list = ListCasesRequest { tenant: "contoso".to_owned(), ..ListCasesRequest::default() };
    let found: ListCasesResponse = play.ok(GATEWAY, list).await;
    let [one] = &found.cases[..] else { panic!("one case: {found:?}") };
    assert_eq!((&one.name, one.state()), (&case, CaseState::Research));
    assert_eq!(apart_from_tenant(&one.items), apart_from_tenant(&returned.items));
    play.stop().await;
}

/// The case was opened while the engagement service was away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_validated_is_given_to_the_case_that_is_open_already() {
    let play = Play::start().await;
    let name = play.assigned("contoso").await;
    let state = play.leave().await;
    let intake = getmodern::services().into_iter().take(1).collect();
    let play = Play::on(Product::on(state, intake).await);
    let opened: Case = play.ok(GATEWAY, opening("contoso")).await;
    let state = play.leave().await;

    let play = Play::on(Product::on(state, getmodern::services()).await);
    let returned = play.step(GMFTA, sync(&name, "contoso", 700, Intent::Unknown)).await;
    send(&play, &name).await;
    assert_eq!(arrived(&play, &name).await, opened.name);
    let case: Case = play.ok(GATEWAY, GetCaseRequest { name: opened.name }).await;
    assert_eq!(apart_from_tenant(&case.items), apart_from_tenant(&returned.items));
    assert_eq!(case.conflict_time, None, "that is settled, too");
    play.stop().await;
}
