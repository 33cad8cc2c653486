//! Plausible at the door, and refusals that lead on: what a caller is told is enough to go on with.

use proto::{
    common::v1::{DataItem, DeliveryChannel, Intent, data_item::Fact, delivery_channel::Kind},
    engagement::v1::{
        CancelEngagementRequest, Engagement, HoldReviewRequest, RaiseBlockerRequest, blocker, cancellation,
    },
    intake::v1::{
        AcknowledgeHandoffRequest, AskArchitectRequest, Case, ChooseChannelRequest,
        ContactAccountTeamRequest, Criterion, EvaluatePolicyRequest, EvaluatePolicyResponse,
        ExitGatewayRequest, ListPoliciesRequest, ListPoliciesResponse, OpenCaseRequest, Policy,
        PublishPolicyRequest, RecordDeliveryRequest, RecordResearchRequest, ReferToPartnerRequest,
        StartHandoffRequest, ValidateCustomerRequest, ValidateCustomerResponse, ValidationLevel, case::State,
        superseded::Was,
    },
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    story::{about, channel, contact, item, research, review, roster},
    wire::{bad_fields, reason},
    world::{FE, GATEWAY, GMFTA, LEADERSHIP, PROGRAM, SIX, World},
};

fn partner(name: &str) -> DeliveryChannel {
    DeliveryChannel { kind: Kind::Frp.into(), partner: name.to_owned() }
}

/// A case in coordination, opened with what delivers already.
async fn coordinated(world: &mut World, open: OpenCaseRequest) -> String {
    let Case { name, .. } = world.act(GATEWAY, open).await;
    let _: Case = world.act(GATEWAY, about!(AskArchitectRequest, name)).await;
    let items = research(Intent::Yes);
    let _: Case = world.act(GATEWAY, about!(RecordResearchRequest, name, items: items)).await;
    let contacts = vec![contact("the account manager")];
    let ask = about!(ContactAccountTeamRequest, name, contacts: contacts);
    let _: Case = world.act(GATEWAY, ask).await;
    name
}

async fn validated(world: &mut World, name: &str) -> Case {
    let level = ValidationLevel::AccountTeam.into();
    let found: ValidateCustomerResponse =
        world.act(GATEWAY, about!(ValidateCustomerRequest, name, level: level)).await;
    found.case.expect("the case")
}

/// A-3, reading 23
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_delivers_already_goes_on_unless_another_is_chosen_with_a_cause() {
    let mut world = World::new().await;
    let since = "2019-09-02".to_owned();
    let open = OpenCaseRequest {
        delivering: Some(partner("Fabrikam")),
        delivering_since_date: since.clone(),
        ..World::opening("contoso")
    };
    let name = coordinated(&mut world, open).await;
    let kept = validated(&mut world, &name).await;
    assert_eq!((kept.state(), &kept.channel), (State::Qualified, &Some(partner("Fabrikam"))));
    let delivery = kept.delivery.expect("it is recorded");
    assert_eq!((delivery.channel, delivery.since_date), (Some(partner("Fabrikam")), since.clone()));
    assert_eq!(delivery.stamp.map(|stamp| stamp.person), Some(GATEWAY.person.to_owned()));
    let other = about!(ChooseChannelRequest, name, channel: Some(channel()));
    assert_eq!(reason(&world.refused(GATEWAY, other.clone()).await), "CHANNEL_ALREADY_CHOSEN");
    // The partner was mixed up with another; the channel that is kept follows.
    let record = |cause: &str| {
        about!(RecordDeliveryRequest, name, channel: Some(partner("Northwind")), since_date: since.clone(),
            cause: cause.to_owned())
    };
    assert_eq!(reason(&world.refused(GATEWAY, record("")).await), "DELIVERY_ALREADY_RECORDED");
    let corrected: Case = world.act(GATEWAY, record("another partner took over")).await;
    assert_eq!(corrected.channel, Some(partner("Northwind")));
    let gone: Vec<_> = corrected.superseded.iter().filter_map(|gone| gone.was.clone()).collect();
    assert!(matches!(&gone[..], [Was::Delivery(_), Was::Channel(_)]), "{gone:?}");
    let chosen = ChooseChannelRequest { cause: "the partner gives up".to_owned(), ..other };
    let chosen: Case = world.act(GATEWAY, chosen).await;
    assert_eq!(chosen.channel, Some(channel()));
    let _: Case = world.act(GATEWAY, about!(StartHandoffRequest, name, roster: Some(roster()))).await;
    for actor in SIX {
        let _: Case = world.act(actor, about!(AcknowledgeHandoffRequest, name)).await;
    }
    let left: Case = world.act(GATEWAY, about!(ExitGatewayRequest, name)).await;
    assert_eq!(left.state(), State::Exited);
    world.end().await;
}

/// Nothing is learnt, and nobody has delivered, in the future; clocks may differ by a minute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fact_is_learnt_and_no_delivery_begun_in_the_future() {
    let mut world = World::new().await;
    let Case { name, create_time, .. } = world.opened("contoso").await;
    let now = create_time.expect("it was opened just now").seconds;
    let in_seconds = |ahead: i64| prost_types::Timestamp { seconds: now + ahead, nanos: 0 };
    let told =
        |ahead: i64| DataItem { learnt_time: Some(in_seconds(ahead)), ..item(Fact::LicenceCount(150)) };
    let late = about!(RecordResearchRequest, name, items: vec![told(3_600)]);
    let refused = world.refused(GATEWAY, late).await;
    assert_eq!(
        (refused.code(), bad_fields(&refused)),
        (Code::InvalidArgument, vec!["items[0].learnt_time".into()])
    );
    let details = refused.get_error_details();
    let told_so = details.bad_request().expect("fields").field_violations[0].description.clone();
    assert!(told_so.contains("FIELD_IN_FUTURE"), "{told_so}");
    let asked = EvaluatePolicyRequest { items: vec![told(3_600)], ..EvaluatePolicyRequest::default() };
    let answer = world.client.call::<_, EvaluatePolicyResponse>(LEADERSHIP, asked).await;
    assert_eq!(answer.expect_err("it is refused").code(), Code::InvalidArgument);
    let soon = about!(RecordResearchRequest, name, items: vec![told(20)]);
    let _: Case = world.act(GATEWAY, soon).await;
    for (who, day) in
        [(Some(partner("Fabrikam")), "2999-01-01"), (None, "2019-09-02"), (Some(partner("Fabrikam")), "")]
    {
        let record = about!(RecordDeliveryRequest, name, channel: who, since_date: day.to_owned());
        let refused = world.refused(GATEWAY, record).await;
        let field = if day == "2019-09-02" { "channel" } else { "since_date" };
        assert_eq!((refused.code(), bad_fields(&refused)), (Code::InvalidArgument, vec![field.to_owned()]));
    }
    let nobody: Case = world.act(GATEWAY, about!(RecordDeliveryRequest, name)).await;
    assert_eq!(
        nobody.delivery.map(|delivery| delivery.channel),
        Some(None),
        "it is recorded that nobody does"
    );
    world.end().await;
}

/// Two of the program team write the next version for the same one; the second is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_published_for_the_version_it_was_written_for() {
    let mut world = World::new().await;
    let newest = async |world: &World| {
        let found: ListPoliciesResponse = world.ask(ListPoliciesRequest::default()).await;
        found.policies[0].clone()
    };
    let read: Policy = newest(&world).await;
    let publish = |least: i32, etag: &str| PublishPolicyRequest {
        criteria: vec![Criterion {
            id: "licences".to_owned(),
            title: "Licences".to_owned(),
            title_zh: "许可证".to_owned(),
            required: true,
            expression: format!("licence_count >= {least}"),
        }],
        description: "another bound".to_owned(),
        etag: etag.to_owned(),
        ..PublishPolicyRequest::default()
    };
    let second: Policy = world.act(PROGRAM, publish(200, &read.etag)).await;
    assert_ne!(second.etag, read.etag);
    let late = world.refused(PROGRAM, publish(300, &read.etag)).await;
    assert_eq!((late.code(), reason(&late).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    assert!(late.message().contains(&second.etag), "{}", late.message());
    assert_eq!(newest(&world).await, second, "and nothing was published");
    let third: Policy = world.act(PROGRAM, publish(300, &second.etag)).await;
    let fourth: Policy = world.act(PROGRAM, publish(400, "")).await;
    assert_eq!((third.version, fourth.version), (3, 4));
    world.end().await;
}

fn led(status: &Status) -> (String, String) {
    let details = status.get_error_details();
    let told = &details.error_info().expect("a reason").metadata;
    let of = |key: &str| told.get(key).cloned().unwrap_or_default();
    (of("due"), of("waits_on"))
}

/// A step that does not fit names the one that does, and whom it waits on; who does not see the resource is told nothing of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_does_not_fit_names_what_is_due_and_on_whom() {
    let mut world = World::new().await;
    let case = world.handed_off("contoso").await;
    for actor in &SIX[..4] {
        let _: Case = world.act(*actor, about!(AcknowledgeHandoffRequest, case)).await;
    }
    let refer = about!(ReferToPartnerRequest, case, partner: "Fabrikam".to_owned());
    let refused = world.refused(GATEWAY, refer.clone()).await;
    let (due, on) = led(&refused);
    assert_eq!(reason(&refused), "WRONG_STATE");
    assert_eq!(due, "ACKNOWLEDGE_HANDOFF,ACKNOWLEDGE_HANDOFF,EXIT_GATEWAY");
    assert_eq!(on, "FTA people/fta,ATS people/ats,REENGAGEMENT_MANAGER");
    assert!(
        refused.message().contains("due now: ACKNOWLEDGE_HANDOFF by FTA people/fta"),
        "{}",
        refused.message()
    );
    let stranger = tests::actor(crate::world::STRANGER, "FE");
    let hidden = world.refused(stranger, about!(AcknowledgeHandoffRequest, case)).await;
    assert_eq!((reason(&hidden).as_str(), led(&hidden)), ("NOT_FOUND", (String::new(), String::new())));

    let name = world.reactive("fabrikam").await;
    let refused = world.refused(GMFTA, HoldReviewRequest { name: name.clone(), ..review(&name) }).await;
    assert_eq!(led(&refused), ("SEND_INTRODUCTION".to_owned(), "GMFTA people/gmfta".to_owned()));
    let cancel = about!(CancelEngagementRequest, name,
        disposition: cancellation::Disposition::Closed.into(), cause: "over".to_owned());
    let _: Engagement = world.act(PROGRAM, cancel).await;
    let raise = about!(RaiseBlockerRequest, name,
        kind: blocker::Kind::Hardware.into(), description: "a dock".to_owned());
    let ended = world.refused(FE, raise).await;
    assert_eq!(
        (reason(&ended).as_str(), led(&ended).0.as_str()),
        ("WRONG_STATE", ""),
        "nothing is due any more"
    );
    world.end().await;
}
