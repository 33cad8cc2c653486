//! A customer the program team sends to intake gets a case, once, and never a second live one.

use std::time::Duration;

use host::wire;
use proto::{
    common::v1::{Event, Intent, ListDutiesRequest},
    engagement::v1::{EngagementCancelled, cancellation::Disposition},
    intake::v1::{Case, DisengageCaseRequest, ListCasesRequest, case::State},
};

use crate::{
    engagements::telling,
    support::{House, facts, key, manager, program, shown},
};

fn cancelled(revision: i64, disposition: Disposition, tenant: &str) -> Event {
    let engagement = format!("engagements/0192f0c1-0000-7000-8000-{revision:012}");
    let mut items = facts(200, Intent::Yes);
    for item in &mut items {
        item.learnt_time = Some(proto::to_wire(kernel::Time::UNIX_EPOCH));
    }
    let message = EngagementCancelled {
        engagement: engagement.clone(),
        disposition: disposition.into(),
        customer: "Contoso".to_owned(),
        tenant: tenant.to_owned(),
        gmfta: "people/gil".to_owned(),
        items,
        ..EngagementCancelled::default()
    };
    Event { revision, resource: engagement, payload: Some(wire::any(&message)), ..Event::default() }
}

async fn cases(house: &House) -> Vec<Case> {
    shown(house.client().list_cases(manager(ListCasesRequest::default())).await).cases
}

/// Waits until there are `count` cases.
async fn until(house: &House, count: usize) -> Vec<Case> {
    for _ in 0..3_000 {
        let found = cases(house).await;
        if found.len() == count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never {count} cases: {:?}", cases(house).await);
}

async fn parked(house: &House) -> usize {
    let request = ListDutiesRequest { page_size: 500, ..ListDutiesRequest::default() };
    let duties = shown(house.client().list_duties(program(request)).await).duties;
    duties.iter().filter(|duty| duty.action == ledger::PARKED).count()
}

/// P-3, I-20.
#[tokio::test]
async fn a_customer_sent_to_intake_gets_one_case_with_what_was_known() {
    let journal = || {
        telling(vec![
            cancelled(1, Disposition::Closed, "closed.example"),
            cancelled(2, Disposition::SentToIntake, "contoso.example"),
        ])
    };
    let house = House::with(tempfile::tempdir().expect("a folder"), vec![journal()]).await;
    let case = until(&house, 1).await.remove(0);
    assert_eq!((case.tenant.as_str(), case.opener.as_str()), ("contoso.example", "services/intake"));
    assert_eq!((case.state(), case.gmfta.as_str()), (State::Research, "people/gil"));
    assert_eq!(case.items.len(), 4, "the tenant and what was sent");
    let folder = house.close().await;
    let house = House::with(folder, vec![journal()]).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(cases(&house).await, [case]);
    house.close().await;
}

/// I-20.
#[tokio::test]
async fn a_customer_sent_to_intake_who_has_a_live_case_is_there_already() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::with(folder, Vec::new()).await;
    let live = house.opened("contoso.example").await;
    let folder = house.close().await;
    let events = vec![
        cancelled(1, Disposition::SentToIntake, "contoso.example"),
        cancelled(2, Disposition::SentToIntake, "fabrikam.example"),
    ];
    let house = House::with(folder, vec![telling(events)]).await;
    let both = until(&house, 2).await;
    assert_eq!(both[0].tenant, "fabrikam.example", "the others go on");
    assert_eq!(parked(&house).await, 0);
    let request = DisengageCaseRequest {
        name: live.name,
        request_id: key(),
        cause: "the customer postponed".to_owned(),
        ..DisengageCaseRequest::default()
    };
    shown(house.client().disengage_case(manager(request)).await);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(cases(&house).await.len(), 2, "and nobody opens one later");
    house.close().await;
}

#[tokio::test]
async fn an_event_that_does_not_read_is_parked_and_the_others_go_on() {
    let mut garbage = cancelled(2, Disposition::SentToIntake, "northwind.example");
    garbage.payload.as_mut().expect("a payload").value = vec![0xff; 3];
    garbage.resource = "engagements/0192f0c1-0000-7000-8000-0000000000ff".to_owned();
    let events = vec![
        cancelled(1, Disposition::SentToIntake, ""),
        garbage,
        cancelled(3, Disposition::SentToIntake, "fabrikam.example"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::with(folder, vec![telling(events)]).await;
    assert_eq!(until(&house, 1).await[0].tenant, "fabrikam.example");
    assert_eq!(parked(&house).await, 2);
    house.close().await;
}
