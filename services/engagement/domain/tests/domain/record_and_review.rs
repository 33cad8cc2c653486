//! Tasks, the Enterprise Note, the review and the handover: E-3.5, E-4, O-3, I-11, I-13, I-14, I-15.

use engagement_domain::*;
use kernel::{Kind, Role};

use crate::support::*;

const SUMMARY: PlaybookTask = PlaybookTask::CustomerGetModernSummary;
const PILOT: PlaybookTask = PlaybookTask::GetModernPilot;

/// E-3.5, I-13: a note between the two completions does not count.
#[test]
fn a_note_counts_only_after_both_tasks() {
    let mut play = executed();
    let late = hour(10_000);
    let note = noted(NoteKind::EnterpriseNotes, late);
    assert_eq!(play.must(&service(), &note), []);
    play.must(&service(), &task_done(SUMMARY, 0, late));
    assert_eq!(play.must(&service(), &note), []);
    play.must(&service(), &task_done(PILOT, 0, late));
    assert_eq!(reasons(&play.refused(&gmfta(), &review(&FOUR))).1, ["ENTERPRISE_NOTE_MISSING"]);
    assert_eq!(play.must(&service(), &note).len(), 1);
    play.must(&gmfta(), &review(&FOUR));
}

/// E-3.5, E-5.5: any of the six may write; the GMFTA's note is the one a gate asks for.
#[test]
fn only_the_gmfta_s_notes_count() {
    let mut play = executed();
    play.must(&service(), &task_done(SUMMARY, 0, play.now()));
    play.must(&service(), &task_done(PILOT, 0, play.now()));
    let strangers = [caller("ada", Role::Fe), caller("bob", Role::Gmfta), caller("fe", Role::Fe)];
    for who in strangers {
        let written = stamp(&who, play.now());
        let note = Command::RecordNote { kind: NoteKind::EnterpriseNotes, written };
        assert_eq!(play.must(&service(), &note), []);
    }
    assert_eq!(play.must(&service(), &noted(NoteKind::EnterpriseNotes, play.now())).len(), 1);
}

/// E-3.5: the two kinds are two kinds.
#[test]
fn a_status_note_is_no_enterprise_note() {
    let mut play = executed();
    play.must(&service(), &task_done(SUMMARY, 0, play.now()));
    play.must(&service(), &task_done(PILOT, 0, play.now()));
    assert_eq!(play.must(&service(), &noted(NoteKind::EnterpriseStatusNotes, play.now())), []);
}

/// I-11
#[test]
fn a_completion_counts_only_on_its_own_evidence_and_once() {
    let mut play = delivery();
    for task in [SUMMARY, PILOT, PlaybookTask::GetModernArchitectReengagement] {
        assert_eq!(play.must(&service(), &task_done(task, 0, hour(1))), []);
    }
    let mut play = executed();
    assert_eq!(play.must(&service(), &task_done(SUMMARY, 1, hour(1))), []);
    assert_eq!(play.must(&service(), &task_done(SUMMARY, 0, hour(1))).len(), 1);
    assert_eq!(play.must(&service(), &task_done(SUMMARY, 0, hour(2))), []);
    assert_eq!(play.e().record.summary_task, Some(hour(1)));
}

/// E-3.3e: a new draft does not take the evidence away.
#[test]
fn a_completion_counts_while_a_later_version_is_written() {
    let mut play = executed();
    play.must(&gmfta(), &Command::SaveSummary { content: content() });
    assert_eq!(play.must(&service(), &task_done(SUMMARY, 0, hour(1))).len(), 1);
}

/// I-18: news comes from services, in any stage, and harmless news changes nothing.
#[test]
fn only_services_record_and_harmless_news_changes_nothing() {
    let news = [task_done(SUMMARY, 0, hour(1)), noted(NoteKind::EnterpriseNotes, hour(1))];
    let cancelled = || executed().with(&[(program(), cancel(Disposition::Closed))]);
    for begin in [assigned, returned, alignment, reactive, standby, reengaged, cancelled] {
        let play = begin();
        for command in &news {
            assert_eq!(play.clone().must(&service(), command), []);
            assert_eq!(reasons(&play.refused(&gmfta(), command)).1, ["ROLE_NOT_ALLOWED"]);
        }
    }
}

/// I-13, E-4
#[test]
fn no_review_before_both_tasks_and_the_note() {
    let refusal = delivery().refused(&gmfta(), &review(&FOUR));
    let all = vec!["SUMMARY_TASK_OPEN", "PILOT_TASK_OPEN", "ENTERPRISE_NOTE_MISSING"];
    assert_eq!(reasons(&refusal), (Kind::NotReady, all));
}

/// I-14, E-4
#[test]
fn a_review_without_one_of_the_four_is_refused() {
    for absent in FOUR {
        let present: Vec<_> = Role::SIX.into_iter().filter(|role| *role != absent).collect();
        let refusal = recorded().refused(&gmfta(), &review(&present));
        assert_eq!(reasons(&refusal), (Kind::Invalid, vec!["ROLE_ABSENT"]));
        assert!(refusal.faults[0].message.contains(absent.as_str()));
    }
    let refusal = recorded().refused(&gmfta(), &review(&[]));
    assert_eq!(refusal.faults.len(), 4);
}

/// E-4
#[test]
fn only_rostered_roles_are_present_in_a_review() {
    let present = [FOUR.as_slice(), &[Role::Leadership]].concat();
    let refusal = recorded().refused(&gmfta(), &review(&present));
    assert_eq!(reasons(&refusal).1, ["ROLE_NOT_ROSTERED"]);
}

/// I-15, E-4, E-5, O-3
#[test]
fn standby_comes_only_with_the_handover() {
    let refusal = recorded().refused(&gmfta(), &hand_over());
    assert_eq!((refusal.reason, refusal.faults[0].rule), ("WRONG_STATE", "I-15"));
    let mut play = handover();
    assert_eq!(play.refused(&fm(), &request()).reason, "WRONG_STATE");
    let mut nobody = contact();
    nobody.full_name = String::new();
    let unnamed = Command::HandOver { receiver_contact: nobody };
    assert_eq!(reasons(&play.refused(&gmfta(), &unnamed)).1, ["RECEIVER_CONTACT_MISSING"]);
    play.must(&gmfta(), &hand_over());
    assert_eq!((play.stage(), play.e().stage_since), (Stage::Standby, play.now()));
    assert!(play.e().is_live());
    assert_eq!(play.refused(&gmfta(), &hand_over()).reason, "WRONG_STATE");
}
