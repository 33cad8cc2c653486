//! Meetings happened on a day, and data is as old as its report: P-2, E-2, E-2e, E-3, E-4.

use engagement_domain::*;
use jiff::SignedDuration;
use kernel::{Kind, Time, Verdict};

use crate::support::*;

const LIMIT: i64 = 28 * 24;

fn on(held: Time) -> Occasion {
    Occasion { held: Some(held), attended: vec![contact()] }
}

/// Each step that is a meeting, in a state that is ready for it.
fn meetings(held: Time) -> Vec<(Play, Command)> {
    let mut sync = sync_meeting(Verdict::Qualified);
    sync.occasion = on(held);
    let met = PrepMeeting { occasion: on(held), ..meeting() };
    let planned = Workshop { occasion: on(held), ..workshop() };
    let (present, attendees, conclusions) = (FOUR.to_vec(), Vec::new(), "go".into());
    let review = Command::HoldReview(ReviewMeeting { present, attendees, conclusions, occasion: on(held) });
    vec![
        (assigned(), Command::HoldInternalSync(sync)),
        (preparation(), Command::HoldPrepMeeting(met)),
        (prepared(), hold_workshop(planned.clone())),
        (delivery(), hold_workshop_because(planned, "the second site")),
        (recorded(), review),
    ]
}

fn occasions(e: &Engagement) -> Vec<&Occasion> {
    let sync = e.sync.iter().map(|held| &held.what.occasion);
    let prep = e.prep_meetings.iter().map(|held| &held.what.occasion);
    let workshop = e.workshop.iter().map(|held| &held.what.occasion);
    let review = e.review.iter().map(|held| &held.what.occasion);
    sync.chain(prep).chain(workshop).chain(review).collect()
}

/// P-2, E-2, E-3, E-4
#[test]
fn a_meeting_carries_when_it_was_held_and_who_attended() {
    for (mut play, command) in meetings(hour(1)) {
        play.hour += 48;
        play.must(&gmfta(), &command);
        assert_eq!(occasions(play.e()).last(), Some(&&on(hour(1))), "{command:?}");
        assert!(play.journal.last().is_some_and(|(_, stamp)| stamp.time == play.now()), "recorded now");
    }
}

/// P-2, E-2, E-3, E-4
#[test]
fn no_meeting_is_held_in_the_future_or_before_the_engagement() {
    for (at, reason) in [(0, "HELD_BEFORE_THE_ENGAGEMENT"), (10_000, "HELD_IN_THE_FUTURE")] {
        for (play, command) in meetings(hour(at)) {
            assert_eq!(
                reasons(&play.refused(&gmfta(), &command)),
                (Kind::NotReady, vec![reason]),
                "{command:?}"
            );
        }
    }
}

/// What calls of before leave out is held as it is recorded, by nobody in particular.
#[test]
fn a_meeting_that_says_nothing_of_its_day_was_held_as_it_was_recorded() {
    let play = handover();
    assert!(
        occasions(play.e()).iter().all(|occasion| occasion.held.is_none() && occasion.attended.is_empty())
    );
    let told = serde_json::to_string(&play.e().workshop).expect("json");
    assert!(!told.contains("occasion"), "what was written down before reads the same: {told}");
}

/// A row of a release that did not keep when a reactive engagement began.
#[test]
fn of_an_engagement_whose_beginning_was_not_kept_any_day_before_now_is_taken() {
    let mut play = preparation();
    play.state.as_mut().expect("an engagement").begun = None;
    let met = PrepMeeting { occasion: on(hour(-5)), ..meeting() };
    play.must(&gmfta(), &Command::HoldPrepMeeting(met));
}

/// E-2e, I-9
#[test]
fn a_report_counts_at_the_gate_for_28_days_and_no_longer() {
    let play = prepared();
    let reported = play.e().analytics.as_ref().expect("reported").stamp.time;
    let at = |hours: i64| {
        let mut play = play.clone();
        play.hour += hours - play.now().duration_since(reported).as_hours() - 1;
        play
    };
    at(LIMIT).must(&gmfta(), &hold_workshop(workshop()));
    let refusal = at(LIMIT + 1).refused(&gmfta(), &hold_workshop(workshop()));
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["DATA_STALE"]));
    assert!(refusal.faults[0].message.contains("ReportAnalytics"), "{refusal}");
    let mut again = at(LIMIT + 1);
    again.must(&fe(), &report(true, true));
    again.must(&gmfta(), &hold_workshop(workshop()));
}

/// E-2e
#[test]
fn how_long_a_report_counts_is_a_setting() {
    let Command::ReportAnalytics { report, .. } = report(true, true) else { unreachable!() };
    let counts = Some(SignedDuration::from_hours(2));
    let play = prepared().with(&[(fe(), Command::ReportAnalytics { report, counts, cause: String::new() })]);
    let mut late = play.clone();
    late.hour += 2;
    assert_eq!(reasons(&late.refused(&gmfta(), &hold_workshop(workshop()))).1, ["DATA_STALE"]);
    play.clone().must(&gmfta(), &hold_workshop(workshop()));
    assert!(TARGETS.iter().any(|target| target.action == DATA_FLOWS && i64::from(target.hours) == LIMIT));
}

/// E-2e: reported by a release that did not keep until when it counts.
#[test]
fn a_report_of_before_counts_28_days_from_its_time() {
    let mut play = prepared();
    let known = play.state.as_mut().and_then(|e| e.analytics.as_mut()).expect("reported");
    known.what.counts_until = None;
    assert_eq!(known.counts_until(), known.stamp.time + SignedDuration::from_hours(LIMIT));
    play.hour += LIMIT + 9;
    assert_eq!(reasons(&play.refused(&gmfta(), &hold_workshop(workshop()))).1, ["DATA_STALE"]);
}

/// E-2e: it is asked for anew on the day that the last report counts no more.
#[test]
fn a_report_that_counts_no_more_is_a_duty_from_then_on() {
    let play = prepared();
    let until = play.e().analytics.as_ref().expect("reported").counts_until();
    let duty = duties(play.e()).into_iter().find(|duty| duty.action == "REPORT_ANALYTICS").expect("a day");
    assert_eq!((duty.since, duty.missing[0].reason), (until, "DATA_STALE"));
    assert!(kernel::DATED.contains(&duty.action), "nobody is told before");
}
