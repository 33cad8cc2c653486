//! A customer who was taken for another: renamed, or moved to the right tenant, at each stage, by who may; everything follows.

use futures::future::{join, join3};
use proto::{
    common::v1::{DataItem, GetTenantRequest, Intent, Tenant, data_item::Fact},
    engagement::v1::{
        AlignAccountTeamRequest, Engagement, GetEngagementRequest, ListEngagementsRequest,
        ListEngagementsResponse, MoveEngagementRequest, RenameCustomerRequest as RenameTheirCustomerRequest,
        Stage, superseded::Was,
    },
    intake::v1::{
        self as intake, Case, ExitGatewayRequest, GetCaseRequest, ListCasesRequest, ListCasesResponse,
        MoveCaseRequest, RenameCustomerRequest, StartHandoffRequest, ValidateCustomerRequest,
        ValidateCustomerResponse, ValidationLevel, case::State as CaseState, superseded,
    },
    tasks::v1::{CompleteTaskRequest, CreateTaskRequest, GetTaskRequest, Task},
};
use tests::Product;
use tonic::{Code, Status};

use super::{INTAKE, case, opening, told::cancel};
use crate::{
    cast::{ENGAGEMENTS, FE, FM, GATEWAY, GMFTA, LEADERSHIP, PROGRAM, Play, ask},
    faults::gateway,
    prefix::{PILOT, SUMMARY, alignment, assignment, sync},
};

const WRONG: &str = "contoso";
const RIGHT: &str = "fabrikam";
const CAUSE: &str = "the wrong one was looked up";

fn to(case: &str, tenant: &str) -> MoveCaseRequest {
    ask!(MoveCaseRequest { name: case, tenant: tenant, cause: CAUSE })
}

fn over(engagement: &str, tenant: &str) -> MoveEngagementRequest {
    ask!(MoveEngagementRequest { name: engagement, tenant: tenant, cause: CAUSE })
}

fn tenant_of(items: &[DataItem]) -> Option<&str> {
    items.iter().find_map(|item| match &item.fact {
        Some(Fact::Tenant(tenant)) => Some(tenant.as_str()),
        _ => None,
    })
}

/// The things in progress for a tenant, of both services.
async fn in_progress(play: &Play, tenant: &str) -> [String; 2] {
    let asked = async |service: &str| {
        let ask = GetTenantRequest { tenant: tenant.to_owned(), ..GetTenantRequest::default() };
        play.ask_at::<_, Tenant>(PROGRAM, &format!("/{service}/GetTenant"), ask).await.resource
    };
    [asked(INTAKE).await, asked(ENGAGEMENTS).await]
}

async fn cases_of(play: &Play, tenant: &str) -> Vec<String> {
    let list = ListCasesRequest { tenant: tenant.to_owned(), ..ListCasesRequest::default() };
    let found: ListCasesResponse = play.ok(LEADERSHIP, list).await;
    found.cases.into_iter().map(|case| case.name).collect()
}

async fn engagements_of(play: &Play, tenant: &str) -> Vec<String> {
    let list = ListEngagementsRequest { tenant: tenant.to_owned(), ..ListEngagementsRequest::default() };
    let found: ListEngagementsResponse = play.ok(LEADERSHIP, list).await;
    found.engagements.into_iter().map(|engagement| engagement.name).collect()
}

async fn validated(play: &Play, case: &str) -> Case {
    let level = ValidationLevel::AccountTeam;
    let validate = ask!(ValidateCustomerRequest { name: case, level: level, cause: CAUSE });
    let found: ValidateCustomerResponse = play.ok(GATEWAY, validate).await;
    found.case.expect("a case")
}

/// Found out in the handoff: the last moment before the exit.
#[tokio::test]
async fn a_case_for_the_wrong_tenant_is_moved_and_what_stands_on_it_is_validated_again() {
    let play = Play::start().await;
    let name = play.handing_off(WRONG).await;
    for who in [PROGRAM, GMFTA, FM] {
        play.refused(who, to(&name, RIGHT), Code::PermissionDenied, &["WRONG_ROLE"]).await;
    }
    let before = case(&play, &name).await;
    let moved: Case = play.ok(GATEWAY, to(&name, "Fabrikam")).await;
    assert_eq!((moved.tenant.as_str(), moved.state()), (RIGHT, CaseState::Handoff));
    assert_eq!(tenant_of(&moved.items), Some(RIGHT));
    let gone: Vec<_> = moved.superseded.iter().skip(before.superseded.len()).collect();
    let Some(superseded::Was::Tenant(tenant)) = &gone[0].was else { panic!("{gone:?}") };
    let stamp = gone[0].stamp.clone().expect("a stamp");
    assert_eq!(
        (tenant.as_str(), gone[0].cause.as_str(), stamp.person.as_str()),
        (WRONG, CAUSE, GATEWAY.person)
    );
    let Some(superseded::Was::Items(items)) = &gone[1].was else { panic!("{gone:?}") };
    assert_eq!(tenant_of(&items.items), Some(WRONG), "with its source and age");

    assert_eq!(in_progress(&play, WRONG).await, [String::new(), String::new()]);
    assert_eq!(in_progress(&play, RIGHT).await[0], name);
    assert_eq!((cases_of(&play, WRONG).await, cases_of(&play, RIGHT).await), (vec![], vec![name.clone()]));
    play.refused(PROGRAM, assignment(RIGHT), Code::AlreadyExists, &["CASE_OPEN"]).await;

    assert_eq!(moved.outdated.expect("the verdict saw another").items, ["tenant"]);
    let exit = || ask!(ExitGatewayRequest { name: name.clone() });
    let outdated = ["VERDICT_OUTDATED"];
    play.refused(GATEWAY, exit(), Code::FailedPrecondition, &outdated).await;
    assert_eq!(validated(&play, &name).await.state(), CaseState::Handoff);
    let _: Case = play.ok(GATEWAY, exit()).await;
    let get = GetEngagementRequest { name: name.replace("cases/", "engagements/") };
    let begun: Engagement = play.until("it begins", get, |_: &Engagement| true).await;
    assert_eq!((begun.tenant.as_str(), begun.case.as_str()), (RIGHT, name.as_str()));
    let other: Case = play.ok(GATEWAY, opening(WRONG)).await;
    assert_eq!(other.items.len(), 1, "nothing was learnt of that tenant: {:?}", other.items);
    play.stop().await;
}

/// I-25: neither a case nor an engagement that is there already is joined by a second.
#[tokio::test]
async fn nothing_moves_to_a_tenant_where_something_is_in_progress_and_each_refusal_names_it() {
    let play = Play::start().await;
    let name = play.ok::<_, Case>(GATEWAY, opening(WRONG)).await.name;
    let engagement = play.assigned(RIGHT).await;
    let exists = Code::AlreadyExists;
    let refused =
        play.refused(GATEWAY, to(&name, RIGHT), Code::FailedPrecondition, &["ENGAGEMENT_IN_PROGRESS"]).await;
    assert!(!refused.message().contains("engagements/"), "{}", refused.message());
    let refused = play.refused(PROGRAM, over(&engagement, "CONTOSO"), exists, &["CASE_OPEN"]).await;
    assert!(refused.message().contains(&name), "{}", refused.message());
    let other: Case = play.ok(GATEWAY, opening("northwind")).await;
    play.refused(GATEWAY, to(&name, "northwind"), exists, &["CASE_ALREADY_OPEN"]).await;
    let second = play.assigned("tailspin").await;
    let refused = play.refused(PROGRAM, over(&second, RIGHT), exists, &["ENGAGEMENT_IN_PROGRESS"]).await;
    assert!(refused.message().contains(&engagement), "{}", refused.message());
    cancel(&play, &engagement).await;
    let moved: Case = play.ok(GATEWAY, to(&name, RIGHT)).await;
    assert_eq!((moved.tenant.as_str(), moved.outdated), (RIGHT, None), "no verdict, and none outdated");
    let moved: Case = play.ok(GATEWAY, to(&other.name, "adatum")).await;
    assert_eq!(moved.tenant, "adatum");
    play.stop().await;
}

/// P-3, I-21: found out after the sync.
#[tokio::test]
async fn an_assignment_that_moves_begins_with_what_is_known_of_the_right_tenant_and_is_synced_again() {
    let play = Play::start().await;
    let earlier = play.synced(RIGHT).await;
    let known = play.engagement(&earlier).await.items;
    cancel(&play, &earlier).await;
    let name = play.synced(WRONG).await;
    play.refused(GATEWAY, over(&name, RIGHT), Code::PermissionDenied, &["WRONG_ROLE"]).await;
    let moved = play.step(PROGRAM, over(&name, RIGHT)).await;
    assert_eq!((moved.stage(), moved.sync), (Stage::Assigned, None));
    let others = |items: &[DataItem]| {
        let all = items.iter().filter(|item| !matches!(item.fact, Some(Fact::Tenant(_))));
        all.cloned().collect::<Vec<_>>()
    };
    assert_eq!((others(&moved.items), tenant_of(&moved.items)), (others(&known), Some(RIGHT)));
    let was: Vec<_> = moved.superseded.iter().filter_map(|kept| kept.was.clone()).collect();
    assert!(was.contains(&Was::Tenant(WRONG.to_owned())), "{was:?}");
    assert!(was.iter().any(|was| matches!(was, Was::Sync(held) if held.assessment.is_some())), "{was:?}");
    assert!(was.iter().any(|was| matches!(was, Was::Items(items) if tenant_of(&items.items) == Some(WRONG))));
    let early: AlignAccountTeamRequest = alignment(&name);
    play.refused(GMFTA, early, Code::FailedPrecondition, &["WRONG_STATE"]).await;
    let insights = play.insights().await;
    assert!(insights.verdicts.iter().all(|one| one.count <= 1), "the verdict on another counts no more");
    let again = play.step(GMFTA, sync(&name, RIGHT, 700, Intent::Yes)).await;
    assert_eq!(again.stage(), Stage::Alignment);
    assert_eq!(in_progress(&play, WRONG).await, [String::new(), String::new()]);
    assert_eq!(in_progress(&play, RIGHT).await[1], name);
    play.stop().await;
}

/// The case's link stays, both ways, in lists too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engagement_that_moves_takes_its_case_along_and_both_stay_linked() {
    let play = Play::start().await;
    let engagement = play.handed_off(WRONG).await;
    let name = engagement.replace("engagements/", "cases/");
    let led_to = |engagement: &str| ListCasesRequest { led_to: engagement.to_owned(), ..Default::default() };
    let list = led_to(&engagement);
    let known = |found: &ListCasesResponse| found.cases.len() == 1;
    let _: ListCasesResponse = play.until("the case knows of it", list, known).await;
    let moved = play.step(PROGRAM, over(&engagement, RIGHT)).await;
    assert_eq!(
        (moved.tenant.as_str(), moved.stage(), moved.case.as_str()),
        (RIGHT, Stage::Introduction, &*name)
    );
    let followed = |case: &Case| case.tenant == RIGHT;
    let after: Case = play.until("the case follows", GetCaseRequest { name: name.clone() }, followed).await;
    assert_eq!(after.led_to.as_ref().map(|led_to| led_to.engagement.as_str()), Some(engagement.as_str()));
    assert_eq!((after.state(), tenant_of(&after.items)), (CaseState::Exited, Some(RIGHT)));
    let kept = |kept: &intake::Superseded| kept.was == Some(superseded::Was::Tenant(WRONG.to_owned()));
    assert!(after.superseded.iter().any(kept), "{:?}", after.superseded);
    let found: ListCasesResponse = play.ok(GATEWAY, led_to(&engagement)).await;
    assert_eq!(found.cases[0].name, name);
    let of_case = ListEngagementsRequest { case: name.clone(), ..ListEngagementsRequest::default() };
    let found: ListEngagementsResponse = play.ok(LEADERSHIP, of_case.clone()).await;
    assert_eq!(found.engagements[0].name, engagement);
    let found: ListEngagementsResponse = play.ok(GATEWAY, of_case).await;
    assert!(found.engagements.is_empty(), "the Gateway sees its case, and no engagement");
    assert_eq!(
        (engagements_of(&play, WRONG).await, engagements_of(&play, RIGHT).await),
        (vec![], vec![engagement])
    );
    assert_eq!((cases_of(&play, WRONG).await, cases_of(&play, RIGHT).await), (vec![], vec![name]));
    let next: Case = play.ok(GATEWAY, opening(WRONG)).await;
    assert_eq!(next.items.len(), 1, "nothing is known of that tenant: {:?}", next.items);
    play.stop().await;
}

/// I-19, I-23: found out while the work is delivered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_who_is_renamed_has_the_new_name_on_the_case_and_on_open_tasks_and_keeps_the_old_on_completed_ones()
 {
    let play = Play::start().await;
    let engagement = play.handed_off(WRONG).await;
    let before = play.engagement(&engagement).await.customer;
    let (summary, pilot) =
        (play.playbook_task(&engagement, SUMMARY, 0).await, play.playbook_task(&engagement, PILOT, 0).await);
    let create = ask!(CreateTaskRequest { engagement: engagement.clone(), title: "Call them" });
    let call = play.work(FE, create).await;
    let done = play.work(GMFTA, ask!(CompleteTaskRequest { name: call.name, outcome: "done" })).await;
    let rename = |who_is: &str| {
        ask!(RenameTheirCustomerRequest { name: engagement.clone(), customer: who_is, cause: "they merged" })
    };
    for who in [GMFTA, FM] {
        play.refused(who, rename("Contoso Electronics"), Code::PermissionDenied, &["WRONG_ROLE"]).await;
    }
    let renamed = play.step(PROGRAM, rename("Contoso Electronics")).await;
    assert_eq!(renamed.customer, "Contoso Electronics");
    let kept = renamed.superseded.last().expect("kept");
    assert_eq!((kept.was.clone(), kept.cause.as_str()), (Some(Was::Customer(before.clone())), "they merged"));
    for task in [summary, pilot] {
        let told = |task: &Task| task.customer == "Contoso Electronics";
        let _: Task = play.until("the open task follows", GetTaskRequest { name: task.name }, told).await;
    }
    let completed: Task = play.ok(GMFTA, GetTaskRequest { name: done.name.clone() }).await;
    assert_eq!(completed, done, "it is not altered");
    let read = GetCaseRequest { name: engagement.replace("engagements/", "cases/") };
    let told = |case: &Case| case.customer == "Contoso Electronics";
    let followed: Case = play.until("the case follows", read, told).await;
    let was = superseded::Was::Customer(before);
    assert!(followed.superseded.iter().any(|kept| kept.was.as_ref() == Some(&was)));
    let create = ask!(CreateTaskRequest { engagement: engagement.clone(), title: "Call again" });
    assert_eq!(play.work(FE, create).await.customer, "Contoso Electronics");
    let same = play.refused(
        PROGRAM,
        rename("Contoso Electronics"),
        Code::FailedPrecondition,
        &["CUSTOMER_NOT_RENAMED", "CUSTOMER_UNCHANGED"],
    );
    same.await;
    play.stop().await;
}

/// I-23: before the exit it is the Gateway's to correct, and the engagement has the right name.
#[tokio::test]
async fn a_customer_of_an_open_case_is_renamed_by_the_gateway_until_it_leaves() {
    let play = Play::start().await;
    let name = play.handing_off(WRONG).await;
    let rename =
        || ask!(RenameCustomerRequest { name: name.clone(), customer: "Contoso Electronics", cause: CAUSE });
    play.refused(PROGRAM, rename(), Code::PermissionDenied, &["WRONG_ROLE"]).await;
    let renamed: Case = play.ok(GATEWAY, rename()).await;
    assert_eq!((renamed.customer.as_str(), renamed.outdated), ("Contoso Electronics", None));
    let _: Case = play.ok(GATEWAY, ask!(ExitGatewayRequest { name: name.clone() })).await;
    let get = GetEngagementRequest { name: name.replace("cases/", "engagements/") };
    let begun: Engagement = play.until("it begins", get, |_: &Engagement| true).await;
    assert_eq!(begun.customer, "Contoso Electronics");
    let late = play.refused(GATEWAY, rename(), Code::FailedPrecondition, &["WRONG_STATE"]).await;
    assert!(late.message().contains("RenameCustomer of the engagement service"), "{}", late.message());
    play.stop().await;
}

/// I-25: a move waits for the other service's word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_not_moved_while_nobody_can_say_what_is_in_progress_there() {
    let play = Play::start().await;
    let name = play.ok::<_, Case>(GATEWAY, opening(WRONG)).await.name;
    let state = play.leave().await;
    let play = Play::on(Product::on(state, getmodern::services().into_iter().take(1).collect()).await);
    play.refused(GATEWAY, to(&name, RIGHT), Code::Unavailable, &["PEER_UNAVAILABLE"]).await;
    let rename = ask!(RenameCustomerRequest { name: name, customer: "Fabrikam", cause: CAUSE });
    let _: Case = play.ok(GATEWAY, rename).await;
    play.stop().await;
}

/// I-25: whichever was written first.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_moves_to_one_tenant_or_a_move_and_an_assignment_at_the_same_moment_are_one_of_them() {
    let play = Play::start().await;
    for round in 0..6 {
        let right = format!("right-{round}");
        let [one, two] = [format!("one-{round}"), format!("two-{round}")];
        let (one, two) = (play.assigned(&one).await, play.assigned(&two).await);
        let client = &play.client;
        let relocate = |name: &str| client.call::<_, Engagement>(PROGRAM, over(name, &right));
        let assign = client.call::<_, Engagement>(PROGRAM, assignment(&right));
        let (first, second, assigned) = Box::pin(join3(relocate(&one), relocate(&two), assign)).await;
        let all = [first, second, assigned];
        assert_eq!(all.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{all:?}");
        for refused in all.into_iter().filter_map(Result::err) {
            assert_eq!(
                (refused.code(), reason(&refused)),
                (Code::AlreadyExists, "ENGAGEMENT_IN_PROGRESS".to_owned())
            );
        }
        let live = engagements_of(&play, &right).await;
        assert_eq!(live.len(), 1, "{live:?}");
    }
    play.stop().await;
}

/// I-25: across the services one of them is refused, or both are asked to settle it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_case_and_an_engagement_that_move_to_one_tenant_at_the_same_moment_are_told_of_each_other() {
    let play = Play::start().await;
    let mut both = 0;
    for round in 0..6 {
        let right = format!("right-{round}");
        let engagement = play.assigned(&format!("one-{round}")).await;
        let name = play.ok::<_, Case>(GATEWAY, opening(&format!("two-{round}"))).await.name;
        let client = &play.client;
        let moved = client.call::<_, Engagement>(PROGRAM, over(&engagement, &right));
        let (moved, case) = Box::pin(join(moved, client.call::<_, Case>(GATEWAY, to(&name, &right)))).await;
        assert!(moved.is_ok() || case.is_ok(), "{moved:?} {case:?}");
        if moved.is_ok() && case.is_ok() {
            both += 1;
            let read = GetCaseRequest { name: name.clone() };
            let _: Case = play.until("it is told", read, |case: &Case| case.conflict_time.is_some()).await;
            let _ = play.step(PROGRAM, over(&engagement, &format!("elsewhere-{round}"))).await;
            let read = GetCaseRequest { name };
            let _: Case = play.until("it is settled", read, |case: &Case| case.conflict_time.is_none()).await;
        }
    }
    println!("{both} of 6 slipped through");
    play.stop().await;
}

fn reason(status: &Status) -> String {
    getmodern::client::reasons(status).into_iter().next().unwrap_or_default()
}

/// Moved while it is held back: the other engagement was of another tenant all along.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_is_held_back_for_the_wrong_tenant_moves_with_its_engagement_and_goes_on() {
    let play = Play::start().await;
    let (name, engagement, other) = super::held::raced(&play, "contoso.example").await;
    let waits = |tenant: &'static str| move |found: &Engagement| found.tenant == tenant;
    play.refused(PROGRAM, over(&engagement, "fabrikam.example"), Code::FailedPrecondition, &["WRONG_STATE"])
        .await;
    let moved: Case = play.ok(GATEWAY, to(&name, "fabrikam.example")).await;
    assert_eq!(moved.state(), CaseState::Exited);
    let get = GetEngagementRequest { name: engagement.clone() };
    let _: Engagement = play.until("it goes along", get.clone(), waits("fabrikam.example")).await;
    let start = ask!(StartHandoffRequest { name: name.clone(), roster: gateway::roster() });
    let reopened: Case = play.ok(GATEWAY, start).await;
    assert_eq!(reopened.outdated.expect("it saw another").items, ["tenant"]);
    validated(&play, &name).await;
    let _: Case = play.ok(GATEWAY, ask!(ExitGatewayRequest { name: name.clone() })).await;
    let begun = |found: &Engagement| found.stage() == Stage::Introduction;
    let begun: Engagement = play.until("it begins", get, begun).await;
    assert_eq!(begun.tenant, "fabrikam.example");
    assert_eq!(play.engagement(&other).await.stage(), Stage::Assigned, "the other one goes on");
    play.stop().await;
}
