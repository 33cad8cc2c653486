//! The end after the handover: E-5, I-22.

use engagement_domain::*;
use kernel::{Kind, Role};

use crate::support::*;

/// E-5, I-22
#[test]
fn the_program_team_closes_an_engagement_on_standby_and_nothing_waits_any_more() {
    let mut play = standby().with(&[(fm(), raise())]);
    let events = play.must(&program(), &close());
    let Event::EngagementClosed { closure, tenant, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((closure.reason, tenant.as_str()), (ClosureReason::CustomerLeft, "contoso.onmicrosoft.com"));
    let kept = play.e().closure.clone().expect("why");
    assert_eq!((kept.what.cause.as_str(), kept.stamp.role), ("bought by fabrikam", Role::ProgramTeam));
    assert_eq!((play.stage(), play.e().is_live()), (Stage::Closed, false));
    assert!(duties(play.e()).is_empty(), "not even the blocker");
    for (who, command) in [(fm(), request()), (fm(), raise()), (program(), close()), (program(), hold())] {
        assert_eq!(play.refused(&who, &command).reason, "WRONG_STATE", "{command:?}");
    }
}

/// E-5.1, E-5.2: asked, approved, or back: the request ends with the engagement.
#[test]
fn a_call_back_that_is_open_ends_with_the_engagement() {
    for play in [requested(), approved(), reengaged()] {
        let play = play.with(&[(program(), close())]);
        let last = play.e().reengagements.last().expect("a request");
        assert_eq!((last.state, play.e().open_reengagement()), (ReengagementState::Closed, None));
        let why = last.retraction.as_ref().expect("why");
        assert_eq!((why.cause.as_str(), &why.stamp.person), ("bought by fabrikam", &program().person));
    }
    let done = completable().with(&[(gmfta(), Command::CompleteReengagement), (program(), close())]);
    assert_eq!(done.e().reengagements[0].state, ReengagementState::Completed, "what was over stays so");
    let mut held = reengaged().with(&[(gmfta(), hold())]);
    held.must(&program(), &close());
    assert_eq!(held.e().hold(), None);
}

/// E-5: what comes from the tasks service afterwards changes nothing.
#[test]
fn a_task_or_a_note_that_arrives_after_the_end_is_nobodys_business() {
    let mut play = reengaged().with(&[(program(), close())]);
    let now = play.now();
    let task = task_done(PlaybookTask::GetModernArchitectReengagement, 1, now);
    assert!(play.must(&service(), &task).is_empty());
    assert!(play.must(&service(), &noted(NoteKind::EnterpriseStatusNotes, now)).is_empty());
}

/// E-4, E-5: each end names the other where it does not fit.
#[test]
fn before_the_handover_one_cancels_and_after_it_one_closes() {
    for play in [assigned(), reactive(), delivery(), handover()] {
        let refusal = play.refused(&program(), &close());
        assert!(refusal.reason == "WRONG_STATE" && refusal.message.contains("CancelEngagement"), "{refusal}");
    }
    for play in [standby(), reengaged()] {
        let refusal = play.refused(&program(), &cancel(Disposition::Closed));
        assert!(refusal.reason == "WRONG_STATE" && refusal.message.contains("CloseEngagement"), "{refusal}");
    }
    let silent = Command::CloseEngagement(Closure { reason: ClosureReason::Other, cause: " ".into() });
    assert_eq!(reasons(&standby().refused(&program(), &silent)), (Kind::Invalid, vec!["CAUSE_MISSING"]));
    for who in [gmfta(), fm(), approver(), service()] {
        assert_eq!(standby().refused(&who, &close()).kind, Kind::Forbidden, "{who:?}");
    }
}
