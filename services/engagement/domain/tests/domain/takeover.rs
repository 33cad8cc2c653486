//! What a cancelled engagement has left is taken over by the one that follows it (E-3.3, A-4).

use engagement_domain::*;
use kernel::{Kind, Role};

use crate::support::*;

const BEFORE: &str = "engagements/0192f0c1-0000-7000-8000-0000000000ee";

/// An engagement with contoso that was cancelled in delivery, its summary written.
fn cancelled() -> Play {
    let save = Command::SaveSummary { content: content() };
    delivery().with(&[(gmfta(), save), (program(), cancel(Disposition::Closed))])
}

pub(crate) fn take_over() -> Command {
    naming(&cancelled())
}

fn naming(before: &Play) -> Command {
    Command::TakeOver { predecessor: before.state.as_ref().map(|before| Predecessor::of(BEFORE, before)) }
}

/// E-3.3: with who saved it, and when; the past stays readable.
#[test]
fn a_summary_is_taken_over_as_a_draft_with_its_source_and_age() {
    let before = cancelled();
    let left = before.state.as_ref().and_then(|it| it.summary.clone()).expect("a summary");
    let play = preparation().with(&[(gmfta(), naming(&before))]);
    let now = play.state.as_ref().expect("an engagement");
    let draft = now.summary.as_ref().expect("a draft");
    assert_eq!(
        (&draft.content, &draft.saved, draft.from.as_deref()),
        (&left.content, &left.saved, Some(BEFORE))
    );
    assert!(!draft.is_final() && draft.version == 1);
    let taken = now.taken_over.as_ref().expect("taken over");
    assert_eq!((taken.what.engagement.as_str(), &taken.what.summary), (BEFORE, &Some(left)));
    assert_eq!(taken.stamp.person, gmfta().person);
    let cancelled = before.state.and_then(|it| it.cancellation).expect("cancelled");
    assert_eq!(taken.what.cancelled, cancelled.stamp.time);
}

/// E-3.3, I-10: neither the workshop nor the work with the customer is spared.
#[test]
fn a_draft_that_was_taken_over_is_final_only_once_it_was_gone_through_and_saved() {
    let mut play = preparation().with(&[(program(), take_over())]);
    let early = play.refused(&gmfta(), &Command::FinalizeSummary);
    assert_eq!(reasons(&early), (Kind::NotReady, vec!["WORKSHOP_NOT_HELD", "SUMMARY_TAKEN_OVER"]));
    play = delivery().with(&[(program(), take_over())]);
    let untouched = play.refused(&gmfta(), &Command::FinalizeSummary);
    assert_eq!(reasons(&untouched), (Kind::NotReady, vec!["SUMMARY_TAKEN_OVER"]));
    play.must(&gmfta(), &Command::SaveSummary { content: content() });
    play.must(&gmfta(), &Command::FinalizeSummary);
    let summary = play.state.and_then(|it| it.summary).expect("a summary");
    assert_eq!((summary.version, summary.is_final(), summary.from), (1, true, None));
}

#[test]
fn what_was_written_here_already_stays_and_what_was_left_is_readable_beside_it() {
    let other = SummaryContent { no_gaps_found: true, gaps: Vec::new(), ..content() };
    let save = Command::SaveSummary { content: other.clone() };
    let play = delivery().with(&[(gmfta(), save), (gmfta(), take_over())]);
    let now = play.state.expect("an engagement");
    assert_eq!(now.summary.map(|it| (it.content, it.from)), Some((other, None)));
    assert_eq!(now.taken_over.and_then(|it| it.what.summary).map(|it| it.content), Some(content()));
}

/// I-18: what does not fit is refused alike, whatever it is.
#[test]
fn only_a_cancelled_engagement_with_the_same_tenant_is_taken_over_and_once() {
    let others = [
        Command::TakeOver { predecessor: None },
        naming(&delivery()),
        naming(&alignment().with(&[(program(), cancel(Disposition::Closed))])),
    ];
    for other in others {
        let refusal = preparation().refused(&gmfta(), &other);
        assert_eq!((refusal.kind, refusal.reason), (Kind::NotReady, "NOTHING_TO_TAKE_OVER"), "{other:?}");
    }
    let play = preparation().with(&[(gmfta(), take_over())]);
    let twice = play.refused(&program(), &take_over());
    assert_eq!((twice.reason, twice.message.contains(BEFORE)), ("ALREADY_TAKEN_OVER", true));
}

#[test]
fn the_gmfta_and_the_program_team_take_over_from_the_introduction_to_the_review() {
    for who in [fm(), fe(), sme(), approver(), caller("zoe", Role::Gmfta)] {
        assert_eq!(preparation().refused(&who, &take_over()).kind, Kind::Forbidden, "{who:?}");
    }
    for play in [reactive(), preparation(), delivery()] {
        play.with(&[(program(), take_over())]);
    }
    for play in [assigned(), handover(), standby(), cancelled()] {
        assert_eq!(play.refused(&program(), &take_over()).reason, "WRONG_STATE");
    }
    let held = delivery().with(&[(gmfta(), hold())]);
    assert_eq!(held.refused(&gmfta(), &take_over()).reason, "ON_HOLD");
}
