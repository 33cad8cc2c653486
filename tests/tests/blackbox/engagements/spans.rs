//! A programme manager asks for insights over a span of time, and for events by kind and time (G-6).

use proto::{
    common::v1::{Event, ListEventsRequest, ListEventsResponse},
    engagement::v1::{
        CloseEngagementRequest, GetInsightsRequest, Insights, Stage, closure::Reason, pilot_result::Outcome,
    },
};
use tonic::Code;

use super::{
    INVALID,
    holds::{day, hold, resume},
};
use crate::{
    cast::{ENGAGEMENTS, FE, GMFTA, LEADERSHIP, OTHER_FE, PROGRAM, Play, ask},
    prefix::{devices, result},
};
use getmodern::client::{Actor, reasons};
use proto::engagement::v1::{PlanPilotRequest, StartPilotRequest};

type Time = prost_types::Timestamp;

async fn now(play: &Play) -> Time {
    play.insights().await.read_time.expect("a time")
}

async fn insights(play: &Play, who: Actor, from: Option<Time>, until: Option<Time>) -> Insights {
    play.ok(who, GetInsightsRequest { from_time: from, until_time: until }).await
}

async fn events(play: &Play, who: Actor, request: ListEventsRequest) -> Vec<Event> {
    let path = format!("/{ENGAGEMENTS}/ListEvents");
    play.ask_at::<_, ListEventsResponse>(who, &path, request).await.events
}

fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

/// G-6, I-24: each span tells what happened in it, and nothing of what happened before or after.
#[tokio::test]
async fn insights_tell_of_the_span_that_was_asked_for() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let before = now(&play).await;
    play.step(GMFTA, ask!(PlanPilotRequest { name: name.clone(), devices: devices(5) })).await;
    play.step(GMFTA, ask!(StartPilotRequest { name: name.clone(), devices: devices(5) })).await;
    play.step(FE, result(&name, "device-01", Outcome::Failed)).await;
    play.step(FE, result(&name, "device-02", Outcome::Succeeded)).await;
    play.step(GMFTA, hold(&name, &day(&play, 1).await)).await;
    let paused = now(&play).await;
    play.step(GMFTA, resume(&name)).await;
    let after = now(&play).await;
    let other = play.standing_by("fabrikam").await;
    play.call_back(&other).await;
    let reason = Reason::ProgrammeOver;
    let close =
        ask!(CloseEngagementRequest { name: other.clone(), reason: reason, cause: "the budget is spent" });
    play.step(PROGRAM, close).await;

    let first = insights(&play, LEADERSHIP, None, Some(before)).await;
    let stages =
        |told: &Insights| told.engagements.iter().map(|it| (it.stage(), it.count)).collect::<Vec<_>>();
    assert_eq!(stages(&first), [(Stage::Delivery, 1)]);
    let pilots = |told: &Insights| told.pilots.map(|it| (it.started, it.executed, it.succeeded, it.failed));
    assert_eq!((pilots(&first), first.endings.len()), (Some((0, 0, 0, 0)), 0));

    let middle = insights(&play, LEADERSHIP, Some(before), Some(after)).await;
    assert_eq!(pilots(&middle), Some((1, 0, 1, 1)));
    assert_eq!(middle.pauses.map(|it| (it.pauses, it.open)), Some((1, 0)));
    assert_eq!(middle.reengagements.map(|it| it.requested), Some(0));
    let held = insights(&play, LEADERSHIP, Some(before), Some(paused)).await;
    assert_eq!(held.pauses.map(|it| (it.pauses, it.open)), Some((1, 1)));

    let last = insights(&play, LEADERSHIP, Some(after), None).await;
    assert_eq!(stages(&last), [(Stage::Closed, 1), (Stage::Delivery, 1)]);
    assert_eq!((pilots(&last), last.pauses.map(|it| it.pauses)), (Some((1, 1, 5, 0)), Some(0)));
    let back = last.reengagements.expect("call-backs");
    assert_eq!((back.requested, back.closed, back.open), (1, 1, 0));
    assert!(back.decision_time.is_some() && back.rejoining_time.is_some());
    let ending = &last.endings[0];
    assert_eq!(
        (ending.engagement.as_str(), ending.stage(), ending.reason()),
        (other.as_str(), Stage::Closed, reason)
    );
    assert_eq!((ending.cause.as_str(), last.endings.len()), ("the budget is spent", 1));
    assert!(ending.time.is_some_and(|at| at.seconds >= after.seconds), "{ending:?}");

    let stranger = insights(&play, OTHER_FE, None, None).await;
    assert_eq!(
        (stranger.endings.len(), pilots(&stranger), stages(&stranger)),
        (0, Some((0, 0, 0, 0)), vec![])
    );
    let backwards = GetInsightsRequest { from_time: Some(after), until_time: Some(before) };
    play.refused(LEADERSHIP, backwards, INVALID, &["INVALID_REQUEST", "FIELD_MALFORMED"]).await;
    play.stop().await;
}

/// G-6: events by kind and by time, a page at a time, and only of what the caller sees.
#[tokio::test]
async fn events_are_narrowed_by_kind_and_time() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let middle = now(&play).await;
    play.step(GMFTA, hold(&name, &day(&play, 1).await)).await;
    play.step(GMFTA, resume(&name)).await;
    let of = |kinds: &[&str]| ListEventsRequest {
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        ..ListEventsRequest::default()
    };
    for who in [LEADERSHIP, GMFTA, FE] {
        let found = events(&play, who, of(&["EngagementHeld", "WorkshopHeld"])).await;
        assert_eq!(kinds(&found), ["WorkshopHeld", "EngagementHeld"], "{who:?}");
        let late = events(&play, who, ListEventsRequest { from_time: Some(middle), ..of(&[]) }).await;
        assert_eq!(kinds(&late), ["EngagementHeld", "EngagementResumed"], "{who:?}");
        let until = ListEventsRequest { until_time: Some(middle), ..of(&["EngagementHeld"]) };
        assert_eq!(events(&play, who, until).await, [], "{who:?}");
        let one = ListEventsRequest {
            resource: name.clone(),
            page_size: 1,
            ..of(&["WorkshopHeld", "EngagementHeld"])
        };
        let path = format!("/{ENGAGEMENTS}/ListEvents");
        let page: ListEventsResponse = play.ask_at(who, &path, one.clone()).await;
        let next = ListEventsRequest { page_token: page.next_page_token, ..one };
        let rest: ListEventsResponse = play.ask_at(who, &path, next).await;
        assert_eq!(
            (kinds(&page.events), kinds(&rest.events)),
            (vec!["WorkshopHeld"], vec!["EngagementHeld"])
        );
    }
    assert_eq!(events(&play, OTHER_FE, of(&["WorkshopHeld"])).await, []);
    let path = format!("/{ENGAGEMENTS}/ListEvents");
    let wrong = play.client.call_at::<_, ListEventsResponse>(LEADERSHIP, &path, of(&["workshop held"])).await;
    let status = wrong.expect_err("no event could have that kind");
    assert_eq!(
        (status.code(), reasons(&status).last().map(String::as_str)),
        (Code::InvalidArgument, Some("FIELD_MALFORMED"))
    );
    play.stop().await;
}
