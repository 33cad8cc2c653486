//! Lists: what a person would ask for, page by page, also while others write.

use proto::{
    common::v1::{Intent, Verdict},
    intake::v1::{Case, DisengageCaseRequest, ListCasesRequest, case::State},
};
use tonic::Code;

use crate::support::{House, facts, fields, key, manager, refused, shown};

async fn names(house: &House, request: ListCasesRequest) -> Vec<String> {
    let cases = shown(house.client().list_cases(manager(request)).await).cases;
    cases.into_iter().map(|case| case.name).collect()
}

#[tokio::test]
async fn cases_are_found_by_tenant_state_verdict_and_person() {
    let house = House::open().await;
    let qualified = house.validated("contoso.example", facts(150, Intent::Yes)).await.name;
    let failed = house.validated("fabrikam.example", facts(149, Intent::Yes)).await.name;
    let fresh = house.opened("northwind.example").await.name;
    let tenant = ListCasesRequest { tenant: "Contoso.example".into(), ..ListCasesRequest::default() };
    assert_eq!(names(&house, tenant).await, [qualified.as_str()]);
    let state = ListCasesRequest { state: State::Research.into(), ..ListCasesRequest::default() };
    assert_eq!(names(&house, state).await, [fresh.as_str()]);
    let verdict = ListCasesRequest { verdict: Verdict::NotQualified.into(), ..ListCasesRequest::default() };
    assert_eq!(names(&house, verdict).await, [failed.as_str()]);
    for everywhere in ["people/rita", "people/gil"] {
        let person = ListCasesRequest { person: everywhere.into(), ..ListCasesRequest::default() };
        assert_eq!(names(&house, person).await, [fresh.clone(), failed.clone(), qualified.clone()]);
    }
    let nowhere = ListCasesRequest { person: "people/ann".into(), ..ListCasesRequest::default() };
    assert!(names(&house, nowhere).await.is_empty());
    let both = ListCasesRequest {
        person: "people/gil".into(),
        verdict: Verdict::Qualified.into(),
        ..ListCasesRequest::default()
    };
    assert_eq!(names(&house, both).await, [qualified]);
    let odd = ListCasesRequest { state: 99, verdict: 99, ..ListCasesRequest::default() };
    let refusal = refused(house.client().list_cases(manager(odd)).await);
    assert_eq!(
        (refusal.code(), fields(&refusal)),
        (Code::InvalidArgument, vec!["state".into(), "verdict".into()])
    );
    house.close().await;
}

/// whoever is named for the handoff finds the case.
#[tokio::test]
async fn the_six_find_the_case_they_are_named_in() {
    let house = House::open().await;
    let mut request = crate::support::opening("contoso.example");
    request.fm = "people/fay".into();
    let name = shown(house.client().open_case(manager(request)).await).name;
    house.ask(&name).await;
    house.record(&name, facts(150, Intent::Yes)).await;
    house.contact(&name).await;
    house.validate(&name, proto::intake::v1::ValidationLevel::AccountTeam).await;
    house.choose(&name).await;
    house.start(&name).await;
    for (_, person) in crate::support::SIX {
        let person = ListCasesRequest { person: format!("people/{person}"), ..ListCasesRequest::default() };
        assert_eq!(names(&house, person).await, [name.as_str()]);
    }
    house.close().await;
}

#[tokio::test]
async fn pages_show_every_case_once_while_others_write() {
    let house = House::open().await;
    let mut expected = Vec::new();
    for number in 0..7 {
        expected.insert(0, house.opened(&format!("tenant-{number}.example")).await.name);
    }
    let mut found: Vec<Case> = Vec::new();
    let mut page = ListCasesRequest { page_size: 3, ..ListCasesRequest::default() };
    loop {
        let reply = shown(house.client().list_cases(manager(page.clone())).await);
        assert!(reply.cases.len() <= 3);
        found.extend(reply.cases);
        if reply.next_page_token.is_empty() {
            break;
        }
        page.page_token = reply.next_page_token;
        house.opened(&format!("late-{}.example", found.len())).await;
        let request = DisengageCaseRequest {
            name: expected[6].clone(),
            request_id: key(),
            cause: "postponed".into(),
            ..DisengageCaseRequest::default()
        };
        let _ = house.client().disengage_case(manager(request)).await;
    }
    assert_eq!(found.iter().map(|case| case.name.clone()).collect::<Vec<_>>(), expected);
    page.tenant = "tenant-1.example".into();
    let refusal = refused(house.client().list_cases(manager(page)).await);
    assert_eq!(refusal.code(), Code::InvalidArgument, "a token answers only its own question");
    house.close().await;
}
