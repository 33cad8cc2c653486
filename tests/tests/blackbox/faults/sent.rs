//! What a cancelled engagement takes with it, and what it sends back: its tasks, and the customer to intake (P-3).

use getmodern::client::reasons;
use proto::{
    engagement::v1::{CancelEngagementRequest, Engagement, Stage, cancellation::Disposition},
    intake::v1::{Case, ListCasesRequest, ListCasesResponse, OpenCaseRequest, case::State as CaseState},
    tasks::v1::{GetTaskRequest, Task, task::State},
};
use tests::Product;
use tonic::Code;

use super::{
    gateway::{GATEWAY, GMFTA, PROGRAM, assign, done, eventually, exit, prepare, tasks},
    journal,
};

pub(super) fn cancel(engagement: &str, disposition: Disposition) -> CancelEngagementRequest {
    CancelEngagementRequest {
        name: engagement.to_owned(),
        request_id: format!("cancel/{engagement}"),
        disposition: disposition.into(),
        cause: "the customer wishes so".to_owned(),
        ..CancelEngagementRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_tasks_are_cancelled_with_their_engagement_and_nobody_elses() {
    let product = Product::start().await;
    let client = product.client();
    let mut engagements = Vec::new();
    for tenant in ["contoso.example", "fabrikam.example"] {
        let case = prepare(&client, tenant).await;
        engagements.push(exit(&client, &case).await);
    }
    let doomed = tasks(&client, &engagements[0], 2).await;
    let others = tasks(&client, &engagements[1], 2).await;
    let found: Engagement = done(&client, PROGRAM, cancel(&engagements[0], Disposition::Closed)).await;
    assert_eq!(found.stage(), Stage::Cancelled);
    for task in &doomed {
        eventually("the task is cancelled", async || {
            let found: Task = done(&client, GMFTA, GetTaskRequest { name: task.name.clone() }).await;
            (found.state() == State::Cancelled).then_some(())
        })
        .await;
    }
    for task in &others {
        let found: Task = done(&client, GMFTA, GetTaskRequest { name: task.name.clone() }).await;
        assert_eq!(found.state(), State::Open);
    }
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_sent_to_intake_has_a_case_that_the_engagement_service_opened() {
    let product = Product::start().await;
    let client = product.client();
    // An earlier case, closed by its handover, prefills the assignment: that is the data that goes back.
    let earlier = prepare(&client, "contoso.example").await;
    let engagement = exit(&client, &earlier).await;
    tasks(&client, &engagement, 2).await;
    let _: Engagement = done(&client, PROGRAM, cancel(&engagement, Disposition::Closed)).await;
    let assigned = assign(&client, "contoso.example").await;
    assert!(!assigned.items.is_empty(), "prefilled from the earlier case");
    let _: Engagement = done(&client, PROGRAM, cancel(&assigned.name, Disposition::SentToIntake)).await;
    let case: Case = eventually("intake opens a case", async || {
        let list = ListCasesRequest { tenant: "contoso.example".to_owned(), ..ListCasesRequest::default() };
        let found: ListCasesResponse = done(&client, GATEWAY, list).await;
        found.cases.into_iter().find(|case| case.name != earlier)
    })
    .await;
    assert_eq!(case.opener, "services/intake");
    assert_eq!(case.state(), CaseState::Research);
    assert_eq!((case.customer.as_str(), case.gmfta.as_str()), (assigned.customer.as_str(), GMFTA.person));
    assert_eq!(case.items, assigned.items, "with everything that was known");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let all = journal::read_all(&client).await;
    journal::check(&all);
    assert_eq!(journal::resources(&all, "cases"), 2, "the earlier one and one new one");
    product.stop().await;
}

/// A-4, I-20: a tenant is the same however its name is written, and has one live case.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_sent_to_intake_has_one_live_case_however_the_tenant_is_written() {
    let product = Product::start().await;
    let client = product.client();
    let assigned = assign(&client, " Contoso.Example ").await;
    assert_eq!(assigned.tenant, "contoso.example");
    let _: Engagement = done(&client, PROGRAM, cancel(&assigned.name, Disposition::SentToIntake)).await;
    let list = ListCasesRequest { tenant: "contoso.EXAMPLE".to_owned(), ..ListCasesRequest::default() };
    let case: Case = eventually("intake opens a case", async || {
        let found: ListCasesResponse = done(&client, GATEWAY, list.clone()).await;
        found.cases.into_iter().next()
    })
    .await;
    assert_eq!((case.tenant.as_str(), case.state()), ("contoso.example", CaseState::Research));
    for (number, tenant) in ["contoso.example", " CONTOSO.example ", "Contoso.Example"].iter().enumerate() {
        let open = OpenCaseRequest {
            request_id: format!("again-{number}"),
            customer: "Contoso".to_owned(),
            tenant: (*tenant).to_owned(),
            ..OpenCaseRequest::default()
        };
        let refused = client.call::<_, Case>(GATEWAY, open).await.expect_err("one live case");
        assert_eq!(refused.code(), Code::AlreadyExists, "{tenant}: {refused:?}");
        assert!(reasons(&refused).contains(&"CASE_ALREADY_OPEN".to_owned()), "{tenant}: {refused:?}");
    }
    let found: ListCasesResponse = done(&client, GATEWAY, list).await;
    assert_eq!(found.cases, [case]);
    product.stop().await;
}
