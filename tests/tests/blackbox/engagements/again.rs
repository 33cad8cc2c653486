//! A record is made again: the latest stands, and everybody on the roster reads those before it (I-23, I-19).

use proto::{
    common::v1::{Contact, DeliveryChannel},
    engagement::v1::{
        ChangeReceiverRequest, ChooseChannelRequest, Engagement, FinalizeSummaryRequest,
        HoldPrepMeetingRequest, HoldReviewRequest, HoldWorkshopRequest, Pilot, PlanPilotRequest,
        RaiseBlockerRequest, RecordPilotResultRequest, SaveSummaryRequest, SendIntroductionRequest, Stage,
        StartPilotRequest, Superseded, WithdrawPilotRequest, blocker, pilot, pilot_result::Outcome,
        superseded::Was,
    },
    tasks::v1::note,
};
use tonic::Code;

use super::{DENIED, INVALID, NOT_READY, WRONG_STATE};
use crate::{
    cast::{FE, FM, GMFTA, OTHER_FE, OTHER_GMFTA, PROGRAM, Play, SIX, SME, ask, contact, css, frp},
    prefix::{PILOT, SUMMARY, devices, get, introduction, result, review, workshop},
};

fn choose(name: &str, channel: DeliveryChannel, cause: &str) -> ChooseChannelRequest {
    ask!(ChooseChannelRequest { name: name, channel: channel, cause: cause })
}

fn corrected(name: &str, device: &str, outcome: Outcome) -> RecordPilotResultRequest {
    RecordPilotResultRequest { cause: "another device was meant".to_owned(), ..result(name, device, outcome) }
}

fn receive(name: &str, receiver: Option<DeliveryChannel>, contact: Option<Contact>) -> ChangeReceiverRequest {
    ChangeReceiverRequest {
        receiver,
        receiver_contact: contact,
        ..ask!(ChangeReceiverRequest { name: name, cause: "the partner is out of business" })
    }
}

fn last(engagement: &Engagement) -> (&Was, &str, &str) {
    let Superseded { was, cause, stamp } = engagement.superseded.last().expect("something was replaced");
    (was.as_ref().expect("what was"), cause, &stamp.as_ref().expect("who replaced it").person)
}

/// E-1: to the right address, and everybody sees what went to the wrong one.
#[tokio::test]
async fn the_introduction_goes_out_again_to_the_right_address() {
    let play = Play::start().await;
    let name = play.preparing("contoso").await;
    let first = play.engagement(&name).await.introduction.expect("sent");
    let again = ["INTRODUCTION_INCOMPLETE", "INTRODUCTION_ALREADY_SENT"];
    play.refused(GMFTA, introduction(&name), NOT_READY, &again).await;
    let recipients = vec![contact("the head of IT"), contact("the head of security")];
    let right = || SendIntroductionRequest {
        recipients: recipients.clone(),
        cause: "security was left out".to_owned(),
        ..introduction(&name)
    };
    play.refused(OTHER_GMFTA, right(), Code::NotFound, &["NOT_FOUND"]).await;
    play.refused(FM, right(), DENIED, &["WRONG_ROLE"]).await;
    let sent = play.step(GMFTA, right()).await;
    assert_eq!(
        (sent.stage(), &sent.introduction.as_ref().expect("sent").recipients),
        (Stage::Preparation, &recipients)
    );
    assert_eq!(last(&sent), (&Was::Introduction(first), "security was left out", GMFTA.person));
    for who in SIX {
        assert_eq!(play.ok::<_, Engagement>(who, get(&name)).await.superseded, sent.superseded, "{who:?}");
    }
    play.stop().await;
}

/// E-2, E-3, I-9: a second workshop that raises a new blocker.
#[tokio::test]
async fn a_second_workshop_is_held_while_the_work_is_in_delivery() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let first = play.engagement(&name).await.workshop.expect("held");
    let meet = ask!(HoldPrepMeetingRequest { name: name.clone(), agenda: "the second site" });
    assert_eq!(play.step(GMFTA, meet).await.prep_meetings.len(), 2);
    play.refused(GMFTA, workshop(&name), NOT_READY, &["WORKSHOP_NOT_READY", "WORKSHOP_ALREADY_HELD"]).await;
    let second = || HoldWorkshopRequest {
        environment_details: "the second site has a proxy".to_owned(),
        cause: "the second site joins".to_owned(),
        ..workshop(&name)
    };
    play.refused(FE, second(), DENIED, &["WRONG_ROLE"]).await;
    let held = play.step(GMFTA, second()).await;
    assert_eq!(held.workshop.as_ref().expect("held").environment_details, "the second site has a proxy");
    assert_eq!(last(&held), (&Was::Workshop(first), "the second site joins", GMFTA.person));
    let kind = blocker::Kind::Infrastructure;
    let raised = play
        .step(FM, ask!(RaiseBlockerRequest { name: name.clone(), kind: kind, description: "the proxy" }))
        .await;
    assert_eq!((raised.stage(), raised.blockers.len()), (Stage::Delivery, 1));
    play.deliver(&name).await;
    play.refused(GMFTA, second(), NOT_READY, WRONG_STATE).await;
    play.stop().await;
}

/// E-3.4, I-19: a pilot result corrected, and again after its task.
#[tokio::test]
async fn a_pilot_result_is_corrected_until_its_task_is_complete() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.step(GMFTA, ask!(PlanPilotRequest { name: name.clone(), devices: devices(5) })).await;
    play.step(GMFTA, ask!(StartPilotRequest { name: name.clone(), devices: devices(5) })).await;
    for device in devices(5) {
        play.step(FE, result(&name, &device, Outcome::Succeeded)).await;
    }
    let twice = play
        .refused(
            FE,
            result(&name, "device-02", Outcome::Failed),
            NOT_READY,
            &["RESULT_REFUSED", "RESULT_ALREADY_RECORDED"],
        )
        .await;
    assert!(format!("{twice:?}").contains("cause"), "{twice:?}");
    play.refused(SME, corrected(&name, "device-02", Outcome::Failed), DENIED, &["WRONG_ROLE"]).await;
    play.refused(OTHER_FE, corrected(&name, "device-02", Outcome::Failed), Code::NotFound, &["NOT_FOUND"])
        .await;
    let right = play.step(FE, corrected(&name, "device-02", Outcome::Failed)).await;
    let pilot = right.pilot.as_ref().expect("the pilot");
    assert_eq!(
        (pilot.state(), pilot.results.len(), pilot.results[1].outcome()),
        (pilot::State::Executed, 5, Outcome::Failed)
    );
    let (Was::PilotResult(was), cause, who) = last(&right) else { panic!("{right:?}") };
    assert_eq!(
        (was.device.as_str(), was.outcome(), cause, who),
        ("device-02", Outcome::Succeeded, "another device was meant", FE.person)
    );
    play.finish(&name, PILOT, 0).await;
    let told = |found: &Engagement| found.record.is_some_and(|record| record.pilot_task_time.is_some());
    let _: Engagement = play.until("the task is known", get(&name), told).await;
    let late = play
        .refused(FE, corrected(&name, "device-02", Outcome::Succeeded), NOT_READY, &["PILOT_TASK_COMPLETE"])
        .await;
    assert!(late.message().contains("WriteNote"), "{}", late.message());
    play.write(&name, note::Kind::EnterpriseNotes).await;
    play.stop().await;
}

/// E-3.4, I-11, I-12: a second pilot after the first was executed; its task is completed on the first, and the review waits.
#[tokio::test]
async fn a_second_pilot_is_executed_before_the_review() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.step(GMFTA, ask!(SaveSummaryRequest { name: name.clone(), content: crate::prefix::content() }))
        .await;
    play.step(GMFTA, ask!(FinalizeSummaryRequest { name: name.clone() })).await;
    let pilot = async |count: usize, cause: &str| {
        let request = ask!(PlanPilotRequest { name: name.clone(), devices: devices(count), cause: cause });
        let planned = play.step(GMFTA, request).await;
        play.step(GMFTA, ask!(StartPilotRequest { name: name.clone(), devices: devices(count) })).await;
        planned
    };
    let results = async |count: usize| {
        for device in devices(count) {
            play.step(FE, result(&name, &device, Outcome::Succeeded)).await;
        }
    };
    pilot(5, "").await;
    results(5).await;
    let silent = ask!(PlanPilotRequest { name: name.clone(), devices: devices(6) });
    play.refused(GMFTA, silent, NOT_READY, &["PILOT_PLAN_REFUSED", "PILOT_ALREADY_EXECUTED"]).await;
    let second = pilot(6, "the second site").await;
    assert_eq!(second.pilot.as_ref().map(Pilot::state), Some(pilot::State::Planned));
    let (Was::Pilot(was), cause, _) = last(&second) else { panic!("{second:?}") };
    assert_eq!((was.results.len(), was.state(), cause), (5, pilot::State::Executed, "the second site"));
    play.finish(&name, SUMMARY, 0).await;
    play.finish(&name, PILOT, 0).await;
    play.write(&name, note::Kind::EnterpriseNotes).await;
    let told = |found: &Engagement| found.record.is_some_and(|it| it.enterprise_note_time.is_some());
    let _: Engagement = play.until("the note is known", get(&name), told).await;
    play.refused(GMFTA, review(&name), NOT_READY, &["REVIEW_NOT_READY", "PILOT_NOT_EXECUTED"]).await;
    results(6).await;
    assert_eq!(play.step(GMFTA, review(&name)).await.stage(), Stage::Handover);
    play.stop().await;
}

/// E-3.4, I-23: a further pilot that nobody has started is taken back, and the review waits for it no more.
#[tokio::test]
async fn a_second_pilot_that_is_only_planned_is_taken_back_and_the_review_goes_on() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let withdraw = |cause: &str| ask!(WithdrawPilotRequest { name: name.clone(), cause: cause });
    let none = &["PILOT_NOT_WITHDRAWN", "NO_FURTHER_PILOT"];
    play.refused(GMFTA, withdraw("why not"), NOT_READY, none).await;
    play.record(&name).await;
    let first = play.engagement(&name).await.pilot.expect("executed");
    let again = ask!(PlanPilotRequest { name: name.clone(), devices: devices(6), cause: "another site" });
    play.step(GMFTA, again).await;
    let waits =
        play.refused(GMFTA, review(&name), NOT_READY, &["REVIEW_NOT_READY", "PILOT_NOT_EXECUTED"]).await;
    assert!(format!("{waits:?}").contains("WithdrawPilot"), "{waits:?}");
    let silent = ["PILOT_NOT_WITHDRAWN", "CAUSE_MISSING"];
    play.refused(GMFTA, withdraw(" "), Code::InvalidArgument, &silent).await;
    play.refused(FE, withdraw("why not"), Code::PermissionDenied, &["WRONG_ROLE"]).await;
    let back = play.step(GMFTA, withdraw("the site closes")).await;
    assert_eq!(back.pilot.as_ref(), Some(&first), "it stands again");
    let (Was::Pilot(was), cause, person) = last(&back) else { panic!("{back:?}") };
    assert_eq!((was.state(), cause, person), (pilot::State::Planned, "the site closes", GMFTA.person));
    let pilots = play.insights().await.pilots.expect("pilots");
    assert_eq!((pilots.started, pilots.executed, pilots.succeeded), (1, 1, 5), "counted once");
    assert_eq!(play.step(GMFTA, review(&name)).await.stage(), Stage::Handover);
    play.stop().await;
}

/// R-2b, I-3, E-4: the channel until the handover; after it the partner goes out of business.
#[tokio::test]
async fn the_channel_changes_until_the_handover_and_the_receiver_after_it() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.refused(PROGRAM, choose(&name, css(), ""), NOT_READY, &["CHANNEL_ALREADY_CHOSEN"]).await;
    let changed = play.step(GMFTA, choose(&name, css(), "the partner has no time")).await;
    assert_eq!(
        (changed.channel.as_ref(), last(&changed)),
        (Some(&css()), (&Was::Channel(frp()), "the partner has no time", GMFTA.person))
    );
    play.step(PROGRAM, choose(&name, frp(), "it has time again")).await;
    let early = play
        .refused(PROGRAM, receive(&name, Some(css()), Some(contact("CSS"))), NOT_READY, WRONG_STATE)
        .await;
    assert!(early.message().contains("ChooseChannel"), "{}", early.message());
    play.deliver(&name).await;
    let late =
        play.refused(PROGRAM, choose(&name, css(), "it is out of business"), NOT_READY, WRONG_STATE).await;
    assert!(late.message().contains("ChangeReceiver"), "{}", late.message());
    let first = play.engagement(&name).await.handover.expect("handed over");

    for who in [GMFTA, FM] {
        let why = ["RECEIVER_IS_THE_PROGRAM_TEAMS"];
        play.refused(who, receive(&name, Some(css()), Some(contact("CSS"))), DENIED, &why).await;
    }
    play.refused(FE, receive(&name, None, Some(contact("CSS"))), DENIED, &["WRONG_ROLE"]).await;
    play.refused(OTHER_GMFTA, receive(&name, None, Some(contact("CSS"))), Code::NotFound, &["NOT_FOUND"])
        .await;
    let nobody = ["RECEIVER_INCOMPLETE", "RECEIVER_CONTACT_MISSING"];
    play.refused(PROGRAM, receive(&name, Some(css()), None), INVALID, &nobody).await;
    let contacted = play.step(FM, receive(&name, None, Some(contact("another there")))).await;
    let now = contacted.handover.clone().expect("handed over");
    assert_eq!(
        (now.receiver.clone(), now.receiver_contact),
        (first.receiver.clone(), Some(contact("another there")))
    );
    assert_eq!(last(&contacted).0, &Was::Handover(first));
    let moved = play.step(PROGRAM, receive(&name, Some(css()), Some(contact("CSS")))).await;
    assert_eq!((moved.stage(), moved.channel.as_ref()), (Stage::Standby, Some(&css())));
    assert_eq!(moved.handover.as_ref().and_then(|done| done.receiver.clone()), Some(css()));
    assert_eq!(moved.superseded.len(), 4);
    for who in SIX {
        assert_eq!(play.ok::<_, Engagement>(who, get(&name)).await, moved, "{who:?}");
    }
    play.call_back(&name).await;
    play.stop().await;
}

/// P-2, E-2, E-3, E-4: when meetings were held, and who attended.
#[tokio::test]
async fn meetings_carry_their_day_and_who_attended() {
    let play = Play::start().await;
    let name = play.preparing("contoso").await;
    let begun = play.engagement(&name).await.create_time.expect("when it began");
    let attended = || vec![contact("the head of IT")];
    let met = |held: prost_types::Timestamp| {
        ask!(HoldPrepMeetingRequest {
            name: name.clone(),
            agenda: "two days",
            held_time: held,
            attended: attended()
        })
    };
    let later = |seconds: i64| prost_types::Timestamp { seconds: begun.seconds + seconds, nanos: 0 };
    play.refused(GMFTA, met(later(-1)), NOT_READY, &["PREP_MEETING_EMPTY", "HELD_BEFORE_THE_ENGAGEMENT"])
        .await;
    play.refused(GMFTA, met(later(3600)), NOT_READY, &["PREP_MEETING_EMPTY", "HELD_IN_THE_FUTURE"]).await;
    let meeting = play.step(GMFTA, met(begun)).await.prep_meetings[0].clone();
    assert_eq!((meeting.held_time, &meeting.attended), (Some(begun), &attended()));
    assert!(
        meeting.stamp.and_then(|stamp| stamp.time).is_some_and(|recorded| recorded.seconds >= begun.seconds)
    );
    play.prepare(&name).await;
    let silent = play.engagement(&name).await.workshop.expect("held");
    assert_eq!(silent.held_time, None, "it was held as it was recorded");
    let held = HoldReviewRequest { held_time: Some(later(3600)), ..review(&name) };
    let told = play.client.call::<_, Engagement>(GMFTA, held).await.expect_err("the work is not recorded");
    assert!(format!("{told:?}").contains("HELD_IN_THE_FUTURE"), "{told:?}");
    play.stop().await;
}
