//! A request for re-engagement that is amended, withdrawn or revoked: E-5.1, E-5.2.

use engagement_domain::*;
use kernel::{Caller, Kind, Role};

use crate::support::*;

fn last(play: &Play) -> &Reengagement {
    play.e().reengagements.last().expect("a request")
}

/// E-5.1
#[test]
fn a_request_is_amended_by_who_made_it_until_it_is_decided() {
    let mut play = requested();
    let before = last(&play).requested.clone();
    play.must(&fm(), &amend());
    assert_eq!(last(&play).escalation, "two waves stand still");
    assert_eq!((&last(&play).requested, last(&play).state), (&before, ReengagementState::Requested));
    assert_eq!(last(&play).amended.as_ref().map(|stamp| &stamp.person), Some(&fm().person));
    let nothing = Command::AmendReengagement { escalation: " ".into(), cause: String::new() };
    assert_eq!(reasons(&play.refused(&fm(), &nothing)), (Kind::Invalid, vec!["ESCALATION_MISSING"]));
    play.must(&approver(), &approve());
    assert_eq!(play.refused(&fm(), &amend()).reason, "NO_REQUEST_WAITING");
}

/// E-5.1, I-23
#[test]
fn what_was_said_of_an_escalation_before_stays_readable_with_who_when_and_why() {
    let mut play = requested();
    let requested = last(&play).requested.clone();
    let (first, cycle) = (last(&play).escalation.clone(), last(&play).cycle);
    play.must(&fm(), &amend());
    let amended = last(&play).amended.clone().expect("amended");
    let cause = "it was two of them";
    let again = Command::AmendReengagement { escalation: "three stand still".into(), cause: cause.into() };
    play.must(&fm(), &again);
    let kept: Vec<_> = play.e().superseded.iter().map(|kept| (&kept.was, kept.cause.as_str())).collect();
    let was = |escalation: &str, said: &kernel::Stamp| {
        Was::Escalation(Escalation { cycle, escalation: escalation.to_owned(), said: said.clone() })
    };
    let both = [was(&first, &requested), was("two waves stand still", &amended)];
    let unsaid = "the requester said anew what happened";
    assert_eq!(kept, [(&both[0], unsaid), (&both[1], cause)]);
    assert_eq!(play.e().superseded[1].stamp.person, fm().person);
}

/// What an earlier release wrote of an amendment says no cause, and kept nothing.
#[test]
fn an_amendment_of_an_earlier_release_reads_as_it_was_written() {
    let written = r#"{"ReengagementAmended":{"cycle":1,"escalation":"two waves"}}"#;
    let read: Event = serde_json::from_str(written).expect("reads");
    assert_eq!(serde_json::to_string(&read).expect("writes"), written);
    let play = requested();
    let stamp = play.journal.last().expect("a journal").1.clone();
    let folded = kernel::fold::<Engagements>(play.state, [(&read, &stamp)]).expect("an engagement");
    assert_eq!((folded.reengagements[0].escalation.as_str(), folded.superseded.len()), ("two waves", 0));
}

/// E-5.1
#[test]
fn a_request_is_withdrawn_by_who_made_it_until_it_is_decided_and_another_may_follow() {
    let mut play = requested();
    let silent = Command::WithdrawReengagement { cause: String::new() };
    assert_eq!(reasons(&play.refused(&fm(), &silent)), (Kind::Invalid, vec!["CAUSE_MISSING"]));
    play.must(&fm(), &withdraw());
    let retraction = last(&play).retraction.clone().expect("why");
    assert_eq!((retraction.cause.as_str(), &retraction.stamp.person), ("it moves again", &fm().person));
    assert_eq!((last(&play).state, play.stage()), (ReengagementState::Withdrawn, Stage::Standby));
    assert!(duties(play.e()).is_empty(), "nothing waits");
    assert_eq!(play.refused(&approver(), &approve()).reason, "NO_REQUEST_WAITING");
    assert_eq!(play.refused(&fm(), &withdraw()).reason, "NO_REQUEST_WAITING");
    play.must(&fe(), &request());
    assert_eq!((last(&play).cycle, last(&play).state), (2, ReengagementState::Requested));
    assert_eq!(approved().refused(&fm(), &withdraw()).reason, "NO_REQUEST_WAITING");
}

/// E-5.1, I-18
#[test]
fn nobody_else_changes_a_request_or_takes_it_back() {
    for command in [amend(), withdraw()] {
        let refusal = requested().refused(&fe(), &command);
        assert_eq!(reasons(&refusal), (Kind::Forbidden, vec!["NOT_THE_REQUESTER"]));
        for who in [gmfta(), approver(), program(), service()] {
            assert_eq!(requested().refused(&who, &command).kind, Kind::Forbidden, "{who:?}");
        }
        let elsewhere = Caller { role: Role::Fe, ..fm() };
        assert_eq!(requested().refused(&elsewhere, &command).reason, "NOT_ROSTERED");
    }
}

/// E-5.2
#[test]
fn an_approval_is_revoked_until_the_gmfta_is_back_and_its_task_goes_with_it() {
    let mut play = approved();
    let silent = Command::RevokeReengagement { cause: " ".into() };
    assert_eq!(reasons(&play.refused(&approver(), &silent)), (Kind::Invalid, vec!["CAUSE_MISSING"]));
    let events = play.must(&approver(), &revoke());
    let dropped = Event::TasksDropped {
        tasks: vec![PlaybookTask::GetModernArchitectReengagement],
        cycle: 1,
        cause: "the architect left".into(),
    };
    assert!(events.contains(&dropped), "{events:?}");
    assert_eq!((last(&play).state, play.stage()), (ReengagementState::Revoked, Stage::Standby));
    assert!(duties(play.e()).is_empty(), "nobody is waited for");
    assert_eq!(play.refused(&gmfta(), &Command::RejoinEngagement).reason, "NOT_APPROVED");
    play.must(&fm(), &request());
    assert_eq!(last(&play).cycle, 2);
    assert_eq!(requested().refused(&approver(), &revoke()).reason, "NOTHING_APPROVED");
    assert_eq!(reengaged().refused(&approver(), &revoke()).reason, "WRONG_STATE");
    for who in [gmfta(), fm(), program(), service()] {
        assert_eq!(approved().refused(&who, &revoke()).kind, Kind::Forbidden, "{who:?}");
    }
}
