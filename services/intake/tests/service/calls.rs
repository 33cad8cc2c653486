//! What holds for every call: once, by whom, on what, and with everything wrong told at once.

use futures::future::join_all;
use proto::{
    common::v1::Intent,
    intake::v1::{
        ContactAccountTeamRequest, DisengageCaseRequest, ListCasesRequest, OpenCaseRequest,
        RecordResearchRequest, case::State,
    },
};
use tonic::{Code, Request};

use crate::support::{
    House, by, contact, facts, fields, item, key, manager, opening, reason, refused, shown, validation,
};
use proto::{common::v1::data_item::Fact, intake::v1::ValidationLevel};

fn disengage(name: &str, etag: &str) -> DisengageCaseRequest {
    DisengageCaseRequest {
        name: name.to_owned(),
        request_id: key(),
        etag: etag.to_owned(),
        cause: "the customer postponed".to_owned(),
        ..DisengageCaseRequest::default()
    }
}

/// I-20.
#[tokio::test]
async fn a_tenant_has_one_live_case_and_another_once_that_one_is_closed() {
    let house = House::open().await;
    let first = house.opened("contoso.example").await;
    for same in ["contoso.example", "Contoso.Example"] {
        let second = refused(house.client().open_case(manager(opening(same))).await);
        assert_eq!((second.code(), reason(&second).as_str()), (Code::AlreadyExists, "CASE_ALREADY_OPEN"));
    }
    let closed = shown(house.client().disengage_case(manager(disengage(&first.name, ""))).await);
    assert_eq!(closed.state(), State::Disengaged);
    assert_ne!(house.opened("contoso.example").await.name, first.name);
    house.close().await;
}

/// I-20.
#[tokio::test]
async fn sixty_four_identical_calls_open_one_case_and_get_one_answer() {
    let house = House::open().await;
    let request = opening("contoso.example");
    let calls = (0..64).map(|_| {
        let (mut client, request) = (house.client(), request.clone());
        async move { shown(client.open_case(manager(request)).await) }
    });
    let answers = join_all(calls).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let all = shown(house.client().list_cases(manager(ListCasesRequest::default())).await);
    assert_eq!(all.cases, [answers[0].clone()]);
    house.close().await;
}

/// I-20.
#[tokio::test]
async fn a_repeated_call_gets_the_original_reply_though_the_case_has_moved_on() {
    let house = House::open().await;
    let name = house.opened("contoso.example").await.name;
    house.ask(&name).await;
    house.record(&name, facts(150, Intent::Unknown)).await;
    let request = ContactAccountTeamRequest {
        name: name.clone(),
        request_id: key(),
        contacts: vec![contact("Account lead")],
        ..ContactAccountTeamRequest::default()
    };
    let original = shown(house.client().contact_account_team(manager(request.clone())).await);
    let judge = validation(&name, ValidationLevel::AccountTeam);
    let found = shown(house.client().validate_customer(manager(judge.clone())).await);
    house.introduce(&name).await;
    let now = house.read(&name).await;
    assert_eq!(shown(house.client().contact_account_team(manager(request.clone())).await), original);
    assert_eq!(shown(house.client().validate_customer(manager(judge)).await), found);
    assert_eq!(house.read(&name).await, now, "a repetition does nothing");

    let other = ContactAccountTeamRequest { outcome: "something else".to_owned(), ..request };
    let refusal = refused(house.client().contact_account_team(manager(other)).await);
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::InvalidArgument, "REQUEST_ID_REUSED"));
    house.close().await;
}

#[tokio::test]
async fn a_case_that_changed_since_it_was_read_is_left_alone() {
    let house = House::open().await;
    let read = house.opened("contoso.example").await;
    let changed = house.ask(&read.name).await;
    let refusal = refused(house.client().disengage_case(manager(disengage(&read.name, &read.etag))).await);
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    assert_eq!(house.read(&read.name).await, changed);
    shown(house.client().disengage_case(manager(disengage(&read.name, &changed.etag))).await);
    house.close().await;
}

/// I-18.
#[tokio::test]
async fn a_call_needs_a_known_caller_in_a_role_that_may_make_it() {
    let house = House::open().await;
    let nobody = refused(house.client().open_case(Request::new(opening("contoso.example"))).await);
    assert_eq!(nobody.code(), Code::Unauthenticated);
    let unknown = refused(house.client().open_case(by("RM", "rita", opening("contoso.example"))).await);
    assert_eq!(unknown.code(), Code::Unauthenticated);
    // Authorisation comes before validation: the empty request has faults, and they are not told.
    let wrong = refused(house.client().open_case(by("FM", "fay", OpenCaseRequest::default())).await);
    assert_eq!((wrong.code(), fields(&wrong).len()), (Code::PermissionDenied, 0));
    let missing = validation("cases/0192f0c1-0000-7000-8000-00000000002a", ValidationLevel::AccountTeam);
    assert_eq!(refused(house.client().validate_customer(manager(missing)).await).code(), Code::NotFound);
    house.close().await;
}

#[tokio::test]
async fn every_fault_of_a_request_is_told_at_once() {
    let house = House::open().await;
    let request =
        OpenCaseRequest { gmfta: "gil".into(), fm: "people/F Y".into(), ..OpenCaseRequest::default() };
    let refusal = refused(house.client().open_case(manager(request)).await);
    assert_eq!(refusal.code(), Code::InvalidArgument);
    assert_eq!(fields(&refusal), ["request_id", "customer", "tenant", "gmfta", "fm"]);

    let mut nameless = item(Fact::LicenceCount(-1));
    nameless.source.clear();
    let items = vec![nameless, item(Fact::LicenceCount(150)), item(Fact::Plan(99))];
    let request = RecordResearchRequest { name: "cases/1".into(), items, ..RecordResearchRequest::default() };
    let refusal = refused(house.client().record_research(manager(request)).await);
    let told =
        ["request_id", "name", "items[0].licence_count", "items[0].source", "items[1]", "items[2].plan"];
    assert_eq!(fields(&refusal), told);
    house.close().await;
}
