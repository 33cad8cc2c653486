//! Back from standby: E-5.1 to E-5.5, I-11, I-16, I-17.

use engagement_domain::*;
use kernel::{Caller, Kind, Person, Role};

use crate::support::*;

const TASK: PlaybookTask = PlaybookTask::GetModernArchitectReengagement;

/// E-5.1
#[test]
fn any_rostered_person_but_the_architect_may_request() {
    let roster = roster();
    for (role, person) in roster.people().filter(|(role, _)| *role != Role::Gmfta) {
        let who = kernel::Caller { person: Person::clone(person), role };
        standby().must(&who, &request());
    }
    assert_eq!(reasons(&standby().refused(&gmfta(), &request())).1, ["ROLE_NOT_ALLOWED"]);
    assert_eq!(reasons(&standby().refused(&caller("zoe", Role::Fm), &request())).1, ["NOT_ROSTERED"]);
    let silent = Command::RequestReengagement { escalation: " ".into() };
    assert_eq!(reasons(&standby().refused(&fm(), &silent)).1, ["ESCALATION_MISSING"]);
}

/// E-5.1
#[test]
fn one_request_is_open_at_a_time() {
    for play in [requested(), approved()] {
        assert_eq!(reasons(&play.refused(&fe(), &request())).1, ["REENGAGEMENT_ALREADY_OPEN"]);
    }
    assert_eq!(reengaged().refused(&fe(), &request()).reason, "WRONG_STATE");
}

/// I-16, E-5.1
#[test]
fn the_requester_never_decides_on_their_own_request() {
    let mut play = standby();
    play.must(&sme(), &request());
    let same_person = caller("sol", Role::GetModernSme);
    for command in [approve(), reject()] {
        let refusal = play.refused(&same_person, &command);
        assert_eq!(reasons(&refusal), (Kind::Forbidden, vec!["OWN_REQUEST"]));
    }
}

/// E-5.2
#[test]
fn nobody_briefs_themselves_in_whatever_role() {
    let architect = Caller { person: gmfta().person, role: Role::GetModernSme };
    let refusal = requested().refused(&architect, &approve());
    assert_eq!(reasons(&refusal), (Kind::Forbidden, vec!["OWN_BRIEF"]));
    requested().must(&architect, &reject());
}

/// I-16, E-5.1
#[test]
fn only_a_get_modern_sme_decides() {
    for who in [gmfta(), fe(), sme(), program(), service()] {
        for command in [approve(), reject()] {
            let refusal = requested().refused(&who, &command);
            assert_eq!(reasons(&refusal), (Kind::Forbidden, vec!["ROLE_NOT_ALLOWED"]));
        }
    }
}

/// E-5.2
#[test]
fn an_approval_without_the_brief_is_refused() {
    let brief = Brief { nature: String::new(), specific_request: " ".into() };
    let refusal = requested().refused(&approver(), &Command::ApproveReengagement(brief));
    assert_eq!(reasons(&refusal), (Kind::Invalid, vec!["NATURE_MISSING", "SPECIFIC_REQUEST_MISSING"]));
}

/// E-5.1
#[test]
fn a_rejection_leaves_standby_untouched() {
    let mut play = requested();
    let since = play.e().stage_since;
    play.must(&approver(), &reject());
    assert_eq!((play.stage(), play.e().stage_since), (Stage::Standby, since));
    assert_eq!(play.refused(&gmfta(), &Command::RejoinEngagement).reason, "NOT_APPROVED");
    assert_eq!(play.refused(&approver(), &approve()).reason, "NO_REQUEST_WAITING");
    play.must(&fe(), &request());
    assert_eq!(play.e().open_reengagement().map(|open| open.cycle), Some(2));
    let silent = Command::RejectReengagement { cause: String::new() };
    assert_eq!(reasons(&play.refused(&approver(), &silent)).1, ["CAUSE_MISSING"]);
}

/// I-16, E-5.3
#[test]
fn nobody_rejoins_without_an_approval() {
    for play in [standby(), requested()] {
        let refusal = play.refused(&gmfta(), &Command::RejoinEngagement);
        assert_eq!((refusal.reason, refusal.faults[0].rule), ("NOT_APPROVED", "I-16"));
    }
}

/// I-11, E-5.4
#[test]
fn an_approval_wants_the_cycle_s_task_and_rejoining_unlocks_it() {
    let mut play = requested();
    let events = play.must(&approver(), &approve());
    assert!(matches!(&events[1], Event::TasksWanted { tasks, cycle: 1, .. } if tasks == &[TASK]));
    assert_eq!(play.must(&service(), &task_done(TASK, 1, hour(9_999))), []);
    let events = play.must(&gmfta(), &Command::RejoinEngagement);
    assert!(matches!(&events[1], Event::EvidenceReady { task: TASK, cycle: 1, .. }));
    assert_eq!(play.stage(), Stage::Reengaged);
}

/// I-17, E-5.4, E-5.5
#[test]
fn no_way_back_to_standby_without_the_task_and_a_later_note() {
    let mut play = reengaged();
    let rejoined = play.e().stage_since;
    let complete = Command::CompleteReengagement;
    let refusal = play.refused(&gmfta(), &complete);
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["REENGAGEMENT_TASK_OPEN", "STATUS_NOTE_MISSING"]));
    let earlier = hour(play.hour - 1);
    assert_eq!(play.must(&service(), &noted(NoteKind::EnterpriseStatusNotes, earlier)), []);
    assert_eq!(play.must(&service(), &task_done(TASK, 2, rejoined)), []);
    play.must(&service(), &task_done(TASK, 1, rejoined));
    assert_eq!(reasons(&play.refused(&gmfta(), &complete)).1, ["STATUS_NOTE_MISSING"]);
    play.must(&service(), &noted(NoteKind::EnterpriseStatusNotes, rejoined));
    play.must(&gmfta(), &complete);
    assert_eq!(play.stage(), Stage::Standby);
}

/// E-5: a second cycle starts from nothing.
#[test]
fn a_second_cycle_needs_its_own_task_and_note() {
    let mut play = completable();
    play.must(&gmfta(), &Command::CompleteReengagement);
    play.must(&fe(), &request());
    play.must(&approver(), &approve());
    play.must(&gmfta(), &Command::RejoinEngagement);
    let refusal = play.refused(&gmfta(), &Command::CompleteReengagement);
    assert_eq!(refusal.faults.len(), 2);
    assert_eq!(play.must(&service(), &task_done(TASK, 1, play.now())), []);
    play.must(&service(), &task_done(TASK, 2, play.now()));
    play.must(&service(), &noted(NoteKind::EnterpriseStatusNotes, play.now()));
    play.must(&gmfta(), &Command::CompleteReengagement);
    assert_eq!(play.e().reengagements.len(), 2);
}

/// I-16, I-22
#[test]
fn neither_who_said_a_request_anew_nor_who_has_its_seat_by_now_decides_on_it() {
    let mut play = standby();
    play.must(&fe(), &request());
    play.must(&program(), &hand(Role::Fe, "zed"));
    let successor = caller("zed", Role::GetModernSme);
    assert_eq!(reasons(&play.refused(&successor, &approve())), (Kind::Forbidden, vec!["OWN_REQUEST"]));
    play.must(&caller("zed", Role::Fe), &Command::AcknowledgeSeat);
    play.must(&caller("zed", Role::Fe), &amend());
    play.must(&program(), &hand(Role::Fe, "zoe"));
    for asker in ["eva", "zed", "zoe"] {
        let refusal = play.refused(&caller(asker, Role::GetModernSme), &approve());
        assert_eq!(reasons(&refusal), (Kind::Forbidden, vec!["OWN_REQUEST"]), "{asker}");
    }
    play.must(&approver(), &approve());
}
