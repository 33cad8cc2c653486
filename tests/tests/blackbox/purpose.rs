//! What the playbook is for: the roles, the products and the teams it joins, and what leadership learns from it.

use getmodern::{
    client::Actor,
    demo::{self, Stage},
};
use host::Policy;
use proto::{
    common::v1::{CriterionOutcome, Verdict, delivery_channel::Kind},
    engagement::v1::{GetInsightsRequest, Insights, Method, Readiness, Stage as EngagementStage, blocker},
    intake::v1::{EvaluatePolicyRequest, EvaluatePolicyResponse},
};
use tests::{Product, actor};

const LEADERSHIP: Actor = actor("people/lead", "LEADERSHIP");

/// The roles that may call a method of the engagement service.
fn callers(method: &str) -> Vec<String> {
    let policy = Policy::from_descriptors();
    let path = format!("/getmodern.engagement.v1.EngagementService/{method}");
    let (_, access) = policy.methods().find(|(known, _)| *known == path).expect("the method exists");
    access.roles.iter().map(ToString::to_string).collect()
}

/// O-1, A-1: what happens at the customer's site is the GMFTA's, and nobody else's.
#[test]
fn only_the_gmfta_leads_what_happens_onsite() {
    for method in
        ["SendIntroduction", "HoldPrepMeeting", "HoldWorkshop", "FinalizeSummary", "HoldReview", "HandOver"]
    {
        assert_eq!(callers(method), ["GMFTA"], "{method}");
    }
}

/// the data set asks about Windows, Office 365 ProPlus and Intune, each by itself.
#[tokio::test]
async fn the_playbook_applies_to_windows_proplus_and_intune() {
    let product = Product::start().await;
    let answer: EvaluatePolicyResponse =
        product.client().call(LEADERSHIP, EvaluatePolicyRequest::default()).await.expect("an answer");
    for item in ["windows_10_enterprise_intent", "office_365_proplus_intent", "intune_intent"] {
        assert!(answer.required_items.iter().any(|required| required == item), "{item}");
    }
    product.stop().await;
}

/// G-1, G-6: the insights tell which teams deliver, where everyone stands, what blocks, and why customers did not qualify.
#[tokio::test]
async fn leadership_sees_what_happened_in_the_insights() {
    let product = Product::start().await;
    let mut stage = Stage::at(product.address(), false).expect("an address");
    demo::play(&mut stage).await.expect("all goes as the playbook says");
    let seen: Insights =
        product.client().call(LEADERSHIP, GetInsightsRequest::default()).await.expect("insights");

    let pipeline: Vec<_> = seen
        .engagements
        .iter()
        .map(|count| (count.stage(), count.method(), count.channel(), count.count))
        .collect();
    assert_eq!(
        pipeline,
        [
            (EngagementStage::Closed, Method::Reactive, Kind::Css, 1),
            (EngagementStage::Standby, Method::Proactive, Kind::Frp, 1),
            (EngagementStage::Standby, Method::Reactive, Kind::Css, 1),
        ]
    );
    let standby =
        seen.stage_times.iter().find(|time| time.stage() == EngagementStage::Standby).expect("a stage");
    assert_eq!((standby.completed_visits, standby.open_visits), (2, 2));
    let blockers: Vec<_> = seen.open_blockers.iter().map(|age| (age.kind(), age.under_7_days)).collect();
    assert_eq!(blockers, [(blocker::Kind::Application, 1)]);
    let criteria: Vec<_> = seen.criteria.iter().map(|count| (count.outcome(), count.count)).collect();
    assert_eq!(criteria, [(CriterionOutcome::Fail, 1)]);
    let verdicts: Vec<_> = seen.verdicts.iter().map(|count| (count.verdict(), count.count)).collect();
    assert_eq!(verdicts, [(Verdict::NotQualified, 1), (Verdict::Qualified, 3)]);
    let thrice = Readiness { ready: 1800, ready_with_remediation: 540, blocked: 60, not_reviewed: 150 };
    assert_eq!((seen.readiness, seen.enrolled_devices), (Some(thrice), 2550));
    product.stop().await;
}
