//! Every mutation there is, in the stories of four customers.

use proto::{
    common::v1::{Intent, Role, Verdict, data_item::Fact},
    engagement::v1::{
        AcknowledgeSeatRequest, AmendReengagementRequest, AppointDeputyRequest, ApproveReengagementRequest,
        CancelEngagementRequest, ChangeReceiverRequest, ChangeSeatRequest, CloseEngagementRequest,
        CompleteReengagementRequest, EndDeputyRequest, Engagement, HoldEngagementRequest,
        MoveEngagementRequest, PlanPilotRequest, RaiseBlockerRequest, RejectReengagementRequest,
        RenameCustomerRequest as RenameTheirCustomerRequest, RequestReengagementRequest,
        ResolveBlockerRequest, ResumeEngagementRequest, RevokeReengagementRequest, TakeOverEngagementRequest,
        WithdrawPilotRequest, WithdrawReengagementRequest, WithdrawSeatChangeRequest, blocker,
        cancellation::Disposition, closure::Reason,
    },
    intake::v1::{
        AnswerArchitectRequest, AskArchitectRequest, Case, ChangeSeatRequest as ChangeCaseSeatRequest,
        ContactAccountTeamRequest, Criterion, DisengageCaseRequest, FillAssignmentRequest,
        IntroduceBenefitRequest, MoveCaseRequest, OpenCaseRequest, Policy, PublishPolicyRequest,
        RecordDeliveryRequest, RecordResearchRequest, ReferToPartnerRequest, RenameCustomerRequest,
        RequestAssignmentsRequest, ShareGuidanceRequest, ValidateCustomerRequest, ValidateCustomerResponse,
        ValidationLevel,
    },
    tasks::v1::{
        BlockTaskRequest, CancelTaskRequest, CreateTaskRequest, ReassignTaskRequest, StartTaskRequest, Task,
        UnblockTaskRequest, note,
    },
};

use getmodern::client::Actor;
use tests::actor;

use super::{about, channel, contact, item, research};
use crate::world::{FE, FM, FTA, GATEWAY, GET_MODERN_SME, GMFTA, PROGRAM, SME, World};

/// An architect who is on no roster yet.
pub(crate) const OTHER_FTA: Actor = actor("people/other-fta", "FTA");

/// Calls every mutation there is at least once.
pub(crate) async fn play(world: &mut World) {
    undetermined(world, "fabrikam").await;
    staffed(world, "tailspin").await;
    renamed(world, "litware").await;
    let contoso = execution(world, "contoso").await;
    let northwind = cancelled(world, "northwind").await;
    taken_over(world, "northwind", &northwind).await;
    publish(world).await;
    closed(world, &contoso).await;
}

/// A simpler policy.
pub(crate) async fn publish(world: &mut World) {
    let criterion = Criterion {
        id: "licences".to_owned(),
        title: "150 licences or more".to_owned(),
        title_zh: "许可证".to_owned(),
        required: true,
        expression: "licence_count >= 150".to_owned(),
    };
    let publish = PublishPolicyRequest {
        criteria: vec![criterion],
        description: "simpler".to_owned(),
        ..PublishPolicyRequest::default()
    };
    let _: Policy = world.act(PROGRAM, publish).await;
}

/// Undetermined with the account team, then not qualified: to a partner (R-2a, R-2c).
pub(crate) async fn undetermined(world: &mut World, customer: &str) {
    let case = world.validated(customer, Intent::Unknown).await;
    assert_eq!(case.verdict(), Verdict::Undetermined);
    let name = case.name;
    let answer = about!(AnswerArchitectRequest, name,
        journey_status: "begun".to_owned(), deployment_plans: "none".to_owned());
    let _: Case = world.act(GMFTA, answer).await;
    let introduce = about!(IntroduceBenefitRequest, name,
        customer_contacts: vec![contact("the head of IT")], team: vec![GMFTA.person.to_owned()]);
    let _: Case = world.act(GATEWAY, introduce).await;
    let items = vec![item(Fact::Windows10EnterpriseIntent(Intent::No.into()))];
    let _: Case = world.act(GATEWAY, about!(RecordResearchRequest, name, items: items)).await;
    let level = ValidationLevel::Customer.into();
    let found: ValidateCustomerResponse =
        world.act(GATEWAY, about!(ValidateCustomerRequest, name, level: level)).await;
    assert_eq!(found.assessment.expect("an assessment").verdict(), Verdict::NotQualified);
    let partner = "Fabrikam Consulting".to_owned();
    let _: Case = world.act(GATEWAY, about!(ReferToPartnerRequest, name, partner: partner)).await;
    let guidance = "the deployment guidance".to_owned();
    let _: Case = world.act(GATEWAY, about!(ShareGuidanceRequest, name, guidance: guidance)).await;
}

/// Renamed and moved to the right tenant, then disengaged (I-25).
pub(crate) async fn renamed(world: &mut World, customer: &str) {
    let open = OpenCaseRequest {
        customer: customer.to_owned(),
        tenant: format!("{customer}.onmicrosoft.com"),
        ..OpenCaseRequest::default()
    };
    let Case { name, .. } = world.act(GATEWAY, open).await;
    let (whole, why) = (format!("{customer} holding"), "that is their name".to_owned());
    let rename = about!(RenameCustomerRequest, name, customer: whole, cause: why.clone());
    let _: Case = world.act(GATEWAY, rename).await;
    let tenant = format!("{customer}-holding.onmicrosoft.com");
    let go = about!(MoveCaseRequest, name, tenant: tenant, cause: why.clone());
    let _: Case = world.act(GATEWAY, go).await;
    let _: Case = world.act(GATEWAY, about!(DisengageCaseRequest, name, cause: why)).await;
}

/// Qualified with nobody assigned, then disengaged.
pub(crate) async fn staffed(world: &mut World, customer: &str) {
    let open = OpenCaseRequest {
        customer: customer.to_owned(),
        tenant: format!("{customer}.onmicrosoft.com"),
        ..OpenCaseRequest::default()
    };
    let case: Case = world.act(GATEWAY, open).await;
    let name = case.name;
    let _: Case = world.act(GATEWAY, about!(AskArchitectRequest, name)).await;
    let items = research(Intent::Yes);
    let _: Case = world.act(GATEWAY, about!(RecordResearchRequest, name, items: items)).await;
    let since_date = "2019-09-02".to_owned();
    let record = about!(RecordDeliveryRequest, name, channel: Some(channel()), since_date: since_date);
    let _: Case = world.act(GATEWAY, record).await;
    let contacts = vec![contact("the account manager")];
    let ask = about!(ContactAccountTeamRequest, name, contacts: contacts);
    let _: Case = world.act(GATEWAY, ask).await;
    let level = ValidationLevel::AccountTeam.into();
    let _: ValidateCustomerResponse =
        world.act(GATEWAY, about!(ValidateCustomerRequest, name, level: level)).await;
    let _: Case = world.act(GATEWAY, about!(RequestAssignmentsRequest, name)).await;
    let role = proto::common::v1::Role::Fm.into();
    let fill = about!(FillAssignmentRequest, name, role: role, person: "people/fm".to_owned());
    let _: Case = world.act(PROGRAM, fill).await;
    for successor in ["people/other-fm", "people/fm"] {
        let change = about!(ChangeCaseSeatRequest, name,
            role: role, successor: successor.to_owned(), cause: "another customer".to_owned());
        let _: Case = world.act(PROGRAM, change).await;
    }
    let why = "not wanted any more".to_owned();
    let _: Case = world.act(GATEWAY, about!(DisengageCaseRequest, name, cause: why)).await;
}

/// From the Gateway to standby, called back, and on standby again (R-4 to E-5.5).
pub(crate) async fn execution(world: &mut World, customer: &str) -> String {
    let name = world.reactive(customer).await;
    world.workshopped(&name).await;
    world.recorded(&name).await;
    reconsidered(world, &name).await;
    world.handed_over(&name).await;
    let _: Engagement = requested(world, &name).await;
    let escalation = "something else".to_owned();
    let amend = about!(AmendReengagementRequest, name, escalation: escalation);
    let Engagement { etag, .. } = world.act(SME, amend).await;
    let cause = "the FE can do it".to_owned();
    let reject = about!(RejectReengagementRequest, name, etag: etag, cause: cause);
    let _: Engagement = world.act(GET_MODERN_SME, reject).await;
    world.rejoined(&name).await;
    world.complete(&name, "get-modern-architect-reengagement", 2).await;
    world.note(&name, note::Kind::EnterpriseStatusNotes).await;
    let get = proto::engagement::v1::GetEngagementRequest { name: name.clone() };
    let told = |found: &Engagement| found.reengagements.iter().any(|cycle| cycle.status_note.is_some());
    let _: Engagement = world.until("the engagement knows of the note", get, told).await;
    let _: Engagement = world.act(GMFTA, about!(CompleteReengagementRequest, name)).await;
    let raise = about!(RaiseBlockerRequest, name,
        kind: blocker::Kind::Application.into(), description: "the VPN".to_owned());
    let _: Engagement = world.act(FE, raise).await;
    let resolve = about!(ResolveBlockerRequest, name, blocker: 1, resolution: "a new client".to_owned());
    let _: Engagement = world.act(FE, resolve).await;
    ad_hoc(world, &name).await;
    retracted(world, &name).await;
    seats(world, &name).await;
    name
}

/// Another pilot is planned, and taken back (E-3.4).
async fn reconsidered(world: &mut World, name: &str) {
    let devices: Vec<_> = (1..=6).map(|number| format!("other-{number}")).collect();
    let cause = "another site".to_owned();
    let _: Engagement =
        world.act(GMFTA, about!(PlanPilotRequest, name, devices: devices, cause: cause)).await;
    let cause = "the site closes".to_owned();
    let _: Engagement = world.act(GMFTA, about!(WithdrawPilotRequest, name, cause: cause)).await;
}

/// Another is to be asked for at the receiver, and then the customer is gone (E-4, E-5).
pub(crate) async fn closed(world: &mut World, name: &str) {
    let why = "the first one left".to_owned();
    let receiver_contact = Some(contact("another there"));
    let change = about!(ChangeReceiverRequest, name, receiver_contact: receiver_contact, cause: why);
    let _: Engagement = world.act(PROGRAM, change).await;
    let why = "bought by another".to_owned();
    let close = about!(CloseEngagementRequest, name, reason: Reason::CustomerMerged.into(), cause: why);
    let _: Engagement = world.act(PROGRAM, close).await;
}

async fn requested(world: &mut World, name: &str) -> Engagement {
    let escalation = "something".to_owned();
    world.act(SME, about!(RequestReengagementRequest, name, escalation: escalation)).await
}

/// Called back, and not (E-5.1, E-5.2).
async fn retracted(world: &mut World, name: &str) {
    let _: Engagement = requested(world, name).await;
    let cause = "it moves again".to_owned();
    let _: Engagement = world.act(SME, about!(WithdrawReengagementRequest, name, cause: cause)).await;
    let Engagement { etag, .. } = requested(world, name).await;
    let (nature, wanted) = ("technical".to_owned(), "a call".to_owned());
    let approve =
        about!(ApproveReengagementRequest, name, etag: etag, nature: nature, specific_request: wanted);
    let Engagement { etag, .. } = world.act(GET_MODERN_SME, approve).await;
    let cause = "the architect is ill".to_owned();
    let _: Engagement =
        world.act(GET_MODERN_SME, about!(RevokeReengagementRequest, name, etag: etag, cause: cause)).await;
}

/// A seat that stays its holder's, and one that is another's for a while (R-4, I-22).
async fn seats(world: &mut World, name: &str) {
    let role = Role::Fta.into();
    let give = |successor: Actor, has_left| {
        let (successor, cause) = (successor.person.to_owned(), "another customer".to_owned());
        about!(ChangeSeatRequest, name, role: role, successor: successor, cause: cause, has_left: has_left)
    };
    let _: Engagement = world.act(FM, give(OTHER_FTA, false)).await;
    let (first_date, last_date) = ("2019-12-01".to_owned(), "9999-12-31".to_owned());
    let (deputy, cause) = (OTHER_FTA.person.to_owned(), "on leave".to_owned());
    let appoint = about!(AppointDeputyRequest, name,
        role: role, deputy: deputy, first_date: first_date, last_date: last_date, cause: cause);
    let _: Engagement = world.act(FTA, appoint).await;
    let cause = "back already".to_owned();
    let _: Engagement =
        world.act(OTHER_FTA, about!(EndDeputyRequest, name, deputyship: 1, cause: cause)).await;
    let cause = "they stay".to_owned();
    let _: Engagement =
        world.act(FM, about!(WithdrawSeatChangeRequest, name, role: role, cause: cause)).await;
    for (successor, has_left) in [(OTHER_FTA, false), (FTA, true)] {
        let _: Engagement = world.act(PROGRAM, give(successor, has_left)).await;
        let _: Engagement = world.act(successor, about!(AcknowledgeSeatRequest, name)).await;
    }
    // Everybody who took part sees it still, and may ask for their replies again.
    let _: Engagement = world.act(FM, give(OTHER_FTA, false)).await;
}

async fn ad_hoc(world: &mut World, engagement: &str) {
    let create = CreateTaskRequest {
        engagement: engagement.to_owned(),
        title: "call the vendor".to_owned(),
        ..CreateTaskRequest::default()
    };
    let task: Task = world.act(GMFTA, create).await;
    let name = task.name;
    let _: Task = world.act(GMFTA, about!(StartTaskRequest, name)).await;
    let cause = "the vendor is away".to_owned();
    let _: Task = world.act(GMFTA, about!(BlockTaskRequest, name, cause: cause)).await;
    let _: Task = world.act(GMFTA, about!(UnblockTaskRequest, name)).await;
    let assignee = FE.person.to_owned();
    let _: Task = world.act(GMFTA, about!(ReassignTaskRequest, name, assignee: assignee)).await;
    let cause = "solved otherwise".to_owned();
    let _: Task = world.act(GMFTA, about!(CancelTaskRequest, name, cause: cause)).await;
}

/// The day a month after an engagement last changed.
pub(crate) fn later(engagement: &Engagement) -> String {
    let changed = engagement.update_time.and_then(proto::from_wire).expect("a time");
    let day = changed.checked_add(std::time::Duration::from_hours(30 * 24)).expect("a time");
    day.strftime("%Y-%m-%d").to_string()
}

/// Assigned, synced, aligned, paused, and cancelled (P-1 to P-4, I-24).
pub(crate) async fn cancelled(world: &mut World, customer: &str) -> String {
    let name = world.proactive(customer).await;
    let why = "the customer is on holiday".to_owned();
    let raise = about!(RaiseBlockerRequest, name,
        kind: blocker::Kind::Organisation.into(), description: "nobody is there".to_owned());
    let day = later(&world.act(FE, raise).await);
    let hold = about!(HoldEngagementRequest, name, cause: why, review_date: day);
    let _: Engagement = world.act(GMFTA, hold).await;
    let _: Engagement = world.act(PROGRAM, about!(ResumeEngagementRequest, name)).await;
    let (whole, cause) = (format!("{customer} holding"), "that is their name".to_owned());
    let rename = about!(RenameTheirCustomerRequest, name, customer: whole, cause: cause.clone());
    let _: Engagement = world.act(PROGRAM, rename).await;
    let tenant = format!("{customer}-holding.onmicrosoft.com");
    let _: Engagement =
        world.act(PROGRAM, about!(MoveEngagementRequest, name, tenant: tenant, cause: cause)).await;
    let cancel = about!(CancelEngagementRequest, name,
        disposition: Disposition::Closed.into(), cause: "no budget".to_owned());
    let _: Engagement = world.act(PROGRAM, cancel).await;
    name
}

/// Another one with the same customer follows, and takes over what the first has left (E-3.3).
pub(crate) async fn taken_over(world: &mut World, customer: &str, before: &str) {
    let name = world.proactive(&format!("{customer}-holding")).await;
    let take = about!(TakeOverEngagementRequest, name, predecessor: before.to_owned());
    let _: Engagement = world.act(GMFTA, take).await;
    let cancel = about!(CancelEngagementRequest, name,
        disposition: Disposition::Closed.into(), cause: "no budget again".to_owned());
    let _: Engagement = world.act(PROGRAM, cancel).await;
}
