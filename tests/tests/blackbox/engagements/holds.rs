//! Work that pauses and goes on, and what each role sees and may meanwhile (I-24).

use std::time::Duration;

use proto::{
    common::v1::Duty,
    engagement::v1::{
        Engagement, FinalizeSummaryRequest, HoldEngagementRequest, ListEngagementsRequest,
        ListEngagementsResponse, PlanPilotRequest, RaiseBlockerRequest, ResolveBlockerRequest,
        ResumeEngagementRequest, SaveSummaryRequest, Stage, blocker, pilot_result::Outcome,
    },
    tasks::v1::note,
};
use tonic::Code;

use super::{DENIED, INVALID, NOT_READY, WRONG_STATE, cancellations::close};
use crate::{
    cast::{
        ENGAGEMENTS, FE, FM, GMFTA, LEADERSHIP, OTHER_FE, OTHER_GMFTA, PROGRAM, Play, SIX, SME, actions, ask,
    },
    prefix::{content, devices, report, result, workshop},
};

const ON_HOLD: &[&str] = &["ON_HOLD"];

/// The day so many days from now, by the product's own clock.
pub(crate) async fn day(play: &Play, ahead: u64) -> String {
    let now = play.insights().await.read_time.and_then(proto::from_wire).expect("a time");
    let then = now.checked_add(Duration::from_hours(ahead * 24)).expect("a time");
    then.strftime("%Y-%m-%d").to_string()
}

pub(crate) fn hold(name: &str, review_date: &str) -> HoldEngagementRequest {
    ask!(HoldEngagementRequest { name: name, cause: "the customer is on holiday", review_date: review_date })
}

pub(crate) fn resume(name: &str) -> ResumeEngagementRequest {
    ask!(ResumeEngagementRequest { name: name })
}

/// On hold until today, which may be over while it is said.
pub(crate) async fn held_until_today(play: &Play, name: &str) -> Engagement {
    loop {
        match play.client.call(GMFTA, hold(name, &day(play, 0).await)).await {
            Ok(held) => return held,
            Err(status) => assert!(status.message().contains("past"), "{status:?}"),
        }
    }
}

async fn on_hold(play: &Play) -> Vec<String> {
    let question = ListEngagementsRequest { on_hold: true, ..ListEngagementsRequest::default() };
    let found: ListEngagementsResponse = play.ok(LEADERSHIP, question).await;
    found.engagements.into_iter().map(|engagement| engagement.name).collect()
}

/// I-24: what is refused meanwhile, what goes on, and that the work goes on where it stood.
#[tokio::test]
async fn work_pauses_and_goes_on_where_it_stood() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let before = play.step(GMFTA, ask!(PlanPilotRequest { name: name.clone(), devices: devices(5) })).await;
    let held = play.step(GMFTA, hold(&name, &day(&play, 90).await)).await;
    let pause = &held.pauses[0];
    assert_eq!(
        (held.stage(), pause.cause.as_str(), &pause.ended),
        (Stage::Delivery, "the customer is on holiday", &None)
    );
    assert_eq!(on_hold(&play).await, std::slice::from_ref(&name));

    let refused =
        play.refused(GMFTA, ask!(FinalizeSummaryRequest { name: name.clone() }), NOT_READY, ON_HOLD).await;
    let since = pause.held.as_ref().and_then(|held| held.time).and_then(proto::from_wire).expect("a time");
    for word in
        [since.to_string().as_str(), GMFTA.person, "on holiday", &pause.review_date, "ResumeEngagement"]
    {
        assert!(refused.message().contains(word), "{word}: {}", refused.message());
    }
    play.refused(
        GMFTA,
        ask!(SaveSummaryRequest { name: name.clone(), content: content() }),
        NOT_READY,
        ON_HOLD,
    )
    .await;
    play.refused(GMFTA, workshop(&name), NOT_READY, ON_HOLD).await;
    play.refused(FE, report(&name, true, true), NOT_READY, ON_HOLD).await;
    play.refused(FE, result(&name, "device-01", Outcome::Failed), NOT_READY, ON_HOLD).await;
    play.refused(OTHER_FE, result(&name, "device-01", Outcome::Failed), Code::NotFound, &["NOT_FOUND"]).await;

    let kind = blocker::Kind::Hardware;
    play.step(FM, ask!(RaiseBlockerRequest { name: name.clone(), kind: kind, description: "a dock" })).await;
    play.step(FE, ask!(ResolveBlockerRequest { name: name.clone(), blocker: 1, resolution: "a driver" }))
        .await;
    play.write(&name, note::Kind::EnterpriseNotes).await;
    for who in SIX {
        assert_eq!(
            play.ok::<_, Engagement>(who, crate::prefix::get(&name)).await.pauses,
            held.pauses,
            "{who:?}"
        );
    }

    let back = play.step(PROGRAM, resume(&name)).await;
    assert_eq!(
        (back.stage(), &back.pilot, &back.workshop),
        (before.stage(), &before.pilot, &before.workshop)
    );
    let ended = back.pauses[0].ended.as_ref().expect("who resumed it");
    assert_eq!(ended.person, PROGRAM.person);
    assert_eq!(on_hold(&play).await, Vec::<String>::new());
    play.refused(PROGRAM, resume(&name), NOT_READY, &["NOT_ON_HOLD"]).await;
    play.deliver(&name).await;
    play.refused(GMFTA, hold(&name, &day(&play, 1).await), NOT_READY, WRONG_STATE).await;
    play.stop().await;
}

/// I-24: nothing waits on anybody before the day, and on it the two are asked who may go on with it.
#[tokio::test]
async fn nobody_is_asked_before_the_day_and_both_are_asked_on_it() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let waiting = play.duties(ENGAGEMENTS, "", &name).await;
    assert!(actions(&waiting).contains(&"HOLD_REVIEW"));
    play.step(PROGRAM, hold(&name, &day(&play, 2).await)).await;
    assert_eq!(play.duties(ENGAGEMENTS, "", &name).await, []);
    held_until_today(&play, &name).await;
    let asked = play.duties(ENGAGEMENTS, "", &name).await;
    assert_eq!(actions(&asked), ["REVIEW_HOLD", "REVIEW_HOLD"]);
    let mut persons: Vec<_> = asked.iter().map(|duty| duty.person.as_str()).collect();
    persons.sort_unstable();
    assert_eq!(persons, ["", GMFTA.person]);
    play.step(GMFTA, resume(&name)).await;
    let again = play.duties(ENGAGEMENTS, "", &name).await;
    assert_eq!(actions(&again), actions(&waiting));
    let since = |duties: &[Duty]| duties.iter().filter_map(|duty| duty.since_time).map(seconds).max();
    assert!(since(&again) >= since(&waiting), "the pause does not count");
    play.stop().await;
}

fn seconds(time: prost_types::Timestamp) -> i64 {
    time.seconds
}

/// I-24, I-18
#[tokio::test]
async fn only_the_gmfta_and_the_program_team_pause_and_resume() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let tomorrow = day(&play, 1).await;
    for who in [FM, FE, SME] {
        play.refused(who, hold(&name, &tomorrow), DENIED, &["WRONG_ROLE"]).await;
    }
    play.refused(OTHER_GMFTA, hold(&name, &tomorrow), Code::NotFound, &["NOT_FOUND"]).await;
    let blank = ask!(HoldEngagementRequest { name: name.clone() });
    play.refused(GMFTA, blank, INVALID, &["HOLD_INCOMPLETE", "CAUSE_MISSING", "REVIEW_DATE_MISSING"]).await;
    play.refused(GMFTA, hold(&name, "2019-10-02"), INVALID, &["HOLD_INCOMPLETE", "REVIEW_DATE_PAST"]).await;
    play.refused(GMFTA, hold(&name, "9999-12-31"), INVALID, &["HOLD_INCOMPLETE", "REVIEW_DATE_FAR"]).await;
    play.refused(GMFTA, hold(&name, "tomorrow"), INVALID, &["INVALID_REQUEST", "FIELD_MALFORMED"]).await;
    play.step(GMFTA, hold(&name, &tomorrow)).await;
    play.refused(FM, resume(&name), DENIED, &["WRONG_ROLE"]).await;
    play.refused(OTHER_GMFTA, resume(&name), Code::NotFound, &["NOT_FOUND"]).await;
    let over = play.step(PROGRAM, close(&name)).await;
    assert!(over.stage() == Stage::Cancelled && over.pauses[0].ended.is_some(), "{over:?}");
    play.refused(GMFTA, resume(&name), NOT_READY, &["NOT_ON_HOLD"]).await;
    play.stop().await;
}
