//! Seats that change hands: R-4, I-22.

use engagement_domain::*;
use kernel::{Caller, Channel, Kind, Role};

use crate::{support::*, transitions::milestones};

fn actions(play: &Play, who: &Caller) -> Vec<&'static str> {
    let waits = |duty: &kernel::Duty| duty.person.as_ref() == Some(&who.person) && duty.role == who.role;
    duties(play.e()).iter().filter(|duty| waits(duty)).map(|duty| duty.action).collect()
}

fn zoe() -> Caller {
    caller("zoe", Role::Gmfta)
}

/// R-4, I-22
#[test]
fn a_seat_is_the_successors_once_they_acknowledge_and_until_then_its_holders() {
    let mut play = delivery();
    play.must(&program(), &give(Role::Gmfta, "zoe"));
    assert_eq!(play.e().gmfta, person("ada"));
    assert_eq!(actions(&play, &zoe()), ["ACKNOWLEDGE_SEAT"]);
    assert_eq!(play.refused(&zoe(), &Command::FinalizeSummary).reason, "NOT_THE_DESIGNATED_ARCHITECT");
    play.must(&gmfta(), &Command::SaveSummary { content: content() });
    play.must(&zoe(), &Command::AcknowledgeSeat);
    let e = play.e();
    assert_eq!((&e.gmfta, e.holder(Role::Gmfta)), (&person("zoe"), Some(&person("zoe"))));
    assert!(e.seat_changes.is_empty() && !e.people().contains(&person("ada")), "{e:?}");
    assert_eq!(play.refused(&gmfta(), &Command::FinalizeSummary).reason, "NOT_THE_DESIGNATED_ARCHITECT");
    assert!(actions(&play, &gmfta()).is_empty());
    assert_eq!(actions(&play, &zoe()), ["FINALIZE_SUMMARY", "PLAN_PILOT", "HOLD_REVIEW"]);
    play.must(&zoe(), &Command::FinalizeSummary);
    let [kept] = play.e().superseded.as_slice() else { panic!("one: {:?}", play.e().superseded) };
    let Was::Seat(held) = &kept.was else { panic!("a seat: {kept:?}") };
    assert_eq!((held.role, &held.person, &held.successor), (Role::Gmfta, &person("ada"), &person("zoe")));
    assert_eq!((kept.cause.as_str(), &held.given.person), ("another customer", &program().person));
    assert_eq!(kept.stamp.person, person("zoe"));
    let saved = play.e().summary.as_ref().map(|summary| summary.saved.person.clone());
    assert_eq!(saved, Some(person("ada")), "what the one before did stays theirs");
}

/// R-4, I-22
#[test]
fn a_seat_whose_holder_has_left_is_the_successors_at_once_and_takes_no_step_until_they_acknowledge() {
    let mut play = delivery();
    play.must(&program(), &hand(Role::Gmfta, "zoe"));
    assert_eq!(play.e().gmfta, person("zoe"));
    assert!(!play.e().people().contains(&person("ada")));
    assert_eq!(play.refused(&gmfta(), &Command::FinalizeSummary).kind, Kind::Forbidden);
    let early = play.refused(&zoe(), &Command::SaveSummary { content: content() });
    assert_eq!(reasons(&early), (Kind::NotReady, vec!["SEAT_NOT_ACKNOWLEDGED"]));
    let waiting = duties(play.e());
    let review = waiting.iter().find(|duty| duty.action == "HOLD_REVIEW").expect("the review");
    assert!(review.missing.iter().any(|fault| fault.reason == "SEAT_NOT_ACKNOWLEDGED"), "{review:?}");
    assert!(actions(&play, &zoe()).contains(&"ACKNOWLEDGE_SEAT"));
    play.must(&zoe(), &Command::AcknowledgeSeat);
    play.must(&zoe(), &Command::SaveSummary { content: content() });
    assert!(!actions(&play, &zoe()).contains(&"ACKNOWLEDGE_SEAT"));
    assert_eq!(
        reasons(&play.refused(&zoe(), &Command::AcknowledgeSeat)),
        (Kind::NotReady, vec!["ALREADY_SEATED"])
    );
}

/// I-22
#[test]
fn every_seat_changes_at_every_stage_of_an_engagement_that_lives_and_of_no_other() {
    for (label, play) in milestones() {
        let Some(e) = &play.state else { continue };
        for role in Role::SIX {
            let (asked, taken) = (give(role, "new"), hand(role, "new"));
            if !e.is_live() || e.stage == Stage::Waiting {
                assert_eq!(play.refused(&program(), &asked).reason, "WRONG_STATE", "{label} {role}");
                continue;
            }
            if e.holder(role).is_none() {
                assert_eq!(
                    reasons(&play.refused(&program(), &taken)).1,
                    ["SEAT_NOT_FILLED"],
                    "{label} {role}"
                );
                continue;
            }
            for command in [asked, taken] {
                let after = play
                    .clone()
                    .with(&[(program(), command), (caller("new", role), Command::AcknowledgeSeat)]);
                let holder = after.e().holder(role);
                assert_eq!((holder, after.stage()), (Some(&person("new")), play.stage()), "{label} {role}");
            }
        }
    }
}

/// I-18
#[test]
fn the_program_team_gives_every_seat_and_the_fm_those_of_fe_sme_and_fta() {
    for role in Role::SIX {
        let mine = [Role::Fe, Role::Sme, Role::Fta].contains(&role);
        for command in [give(role, "new"), hand(role, "new"), keep(role)] {
            let outcome = delivery().give(&fm(), &command);
            let forbidden = outcome.as_ref().is_err_and(|refusal| refusal.kind == Kind::Forbidden);
            assert_eq!(forbidden, !mine, "{role}: {outcome:?}");
        }
        for who in [gmfta(), fe(), sme(), approver(), service(), caller("frank", Role::Fm)] {
            let refusal = delivery().refused(&who, &give(role, "new"));
            assert_eq!(refusal.kind, Kind::Forbidden, "{who:?} {role}");
        }
    }
    assert_eq!(delivery().refused(&fm(), &give(Role::Gmfta, "zoe")).reason, "SEAT_OF_PROGRAM_TEAM");
}

/// I-18
#[test]
fn only_the_successor_acknowledges_and_only_as_what_they_were_given() {
    let play = delivery().with(&[(program(), give(Role::Fe, "zoe"))]);
    for who in [caller("yan", Role::Fe), caller("zoe", Role::Fta), caller("zoe", Role::Gmfta)] {
        let refusal = play.refused(&who, &Command::AcknowledgeSeat);
        assert_eq!(reasons(&refusal), (Kind::Forbidden, vec!["NOT_THE_SUCCESSOR"]), "{who:?}");
    }
    assert_eq!(play.refused(&program(), &Command::AcknowledgeSeat).reason, "ROLE_NOT_ALLOWED");
    assert_eq!(reasons(&play.refused(&fe(), &Command::AcknowledgeSeat)).1, ["ALREADY_SEATED"]);
}

/// I-22
#[test]
fn a_successor_who_never_acknowledges_is_replaced_by_another_whether_the_seat_was_theirs_or_not() {
    for first in [give(Role::Gmfta, "zoe"), hand(Role::Gmfta, "zoe")] {
        let mut play = approved().with(&[(program(), first.clone())]);
        play.must(&program(), &give(Role::Gmfta, "yan"));
        let yan = caller("yan", Role::Gmfta);
        assert_eq!(play.refused(&zoe(), &Command::AcknowledgeSeat).reason, "NOT_THE_SUCCESSOR");
        assert!(!play.e().people().contains(&person("zoe")), "{first:?}");
        play.must(&yan, &Command::AcknowledgeSeat);
        play.must(&yan, &Command::RejoinEngagement);
        assert_eq!((play.e().superseded.len(), play.stage()), (2, Stage::Reengaged), "{first:?}");
        let causes: Vec<_> = play.e().superseded.iter().map(|kept| kept.cause.as_str()).collect();
        assert!(causes.iter().all(|cause| !cause.is_empty()), "{causes:?}");
    }
}

/// I-22
#[test]
fn a_successor_who_was_asked_has_the_seat_at_once_when_it_turns_out_that_the_one_before_has_left() {
    let mut play = standby().with(&[(program(), give(Role::Fm, "fay"))]);
    let again = play.refused(&program(), &give(Role::Fm, "fay"));
    assert_eq!(reasons(&again), (Kind::NotReady, vec!["SEAT_CHANGE_PENDING"]));
    play.must(&program(), &hand(Role::Fm, "fay"));
    assert_eq!(play.e().holder(Role::Fm), Some(&person("fay")));
    assert_eq!(play.refused(&fm(), &request()).reason, "NOT_ROSTERED");
    play.must(&caller("fay", Role::Fm), &Command::AcknowledgeSeat);
    play.must(&caller("fay", Role::Fm), &request());
}

/// I-22, I-23
#[test]
fn a_change_is_taken_back_until_somebody_has_the_seat_and_stays_readable() {
    let mut play = delivery().with(&[(fm(), give(Role::Fe, "zoe"))]);
    let silent = Command::WithdrawSeatChange { role: Role::Fe, cause: " ".into() };
    assert_eq!(reasons(&play.refused(&fm(), &silent)), (Kind::Invalid, vec!["CAUSE_MISSING"]));
    play.must(&fm(), &keep(Role::Fe));
    assert_eq!((play.e().holder(Role::Fe), play.e().seat_changes.len()), (Some(&fe().person), 0));
    assert!(!play.e().people().contains(&person("zoe")));
    let [kept] = play.e().superseded.as_slice() else { panic!("one: {:?}", play.e().superseded) };
    assert!(matches!(&kept.was, Was::SeatChange(given) if given.successor == person("zoe")), "{kept:?}");
    assert_eq!(kept.cause, "they stay");
    assert_eq!(reasons(&play.refused(&fm(), &keep(Role::Fe))).1, ["NO_SEAT_CHANGE"]);
    assert_eq!(play.refused(&caller("zoe", Role::Fe), &Command::AcknowledgeSeat).kind, Kind::Forbidden);
    play.must(&fm(), &hand(Role::Fe, "zoe"));
    let late = play.refused(&fm(), &keep(Role::Fe));
    assert!(late.faults[0].message.contains("ChangeSeat names another"), "{late}");
}

#[test]
fn a_seat_is_of_the_six_goes_to_somebody_else_and_with_a_cause() {
    let play = delivery();
    let wrong = play.refused(&program(), &give(Role::Leadership, "zoe"));
    assert_eq!(reasons(&wrong), (Kind::Invalid, vec!["ROLE_NOT_ROSTERED"]));
    assert_eq!(
        reasons(&play.refused(&program(), &give(Role::Fe, "eva"))),
        (Kind::NotReady, vec!["ALREADY_SEATED"])
    );
    let silent = NewSeat { role: Role::Fe, successor: person("zoe"), cause: " ".into(), has_left: false };
    let refusal = play.refused(&program(), &Command::ChangeSeat(silent));
    assert_eq!(reasons(&refusal), (Kind::Invalid, vec!["CAUSE_MISSING"]));
}

/// E-5.2, E-5.3, I-22
#[test]
fn a_call_back_that_was_approved_is_the_successors_to_re_join_when_the_gmfta_leaves_on_standby() {
    let mut play = approved();
    let own = play.refused(&program(), &hand(Role::Gmfta, "gus"));
    assert_eq!(reasons(&own), (Kind::NotReady, vec!["OWN_BRIEF"]), "who approved it would brief themselves");
    play.must(&program(), &hand(Role::Gmfta, "zoe"));
    assert_eq!(actions(&play, &zoe()), ["REJOIN_ENGAGEMENT", "ACKNOWLEDGE_SEAT"]);
    assert_eq!(play.refused(&zoe(), &Command::RejoinEngagement).reason, "SEAT_NOT_ACKNOWLEDGED");
    play.must(&zoe(), &Command::AcknowledgeSeat);
    play.must(&zoe(), &Command::RejoinEngagement);
    let back = play.e().reengagements[0].rejoined.as_ref().map(|stamp| stamp.person.clone());
    assert_eq!((back, play.stage()), (Some(person("zoe")), Stage::Reengaged));
}

/// E-5.2
#[test]
fn who_is_to_be_the_gmfta_does_not_approve_the_call_back_that_briefs_them() {
    let play = requested().with(&[(program(), give(Role::Gmfta, "gus"))]);
    assert_eq!(reasons(&play.refused(&approver(), &approve())), (Kind::Forbidden, vec!["OWN_BRIEF"]));
}

/// E-5.1, I-22
#[test]
fn a_request_for_re_engagement_goes_with_the_seat_it_was_made_from() {
    let play = requested().with(&[(program(), hand(Role::Fm, "fay"))]);
    let fay = caller("fay", Role::Fm);
    let play = play.with(&[(fay.clone(), Command::AcknowledgeSeat)]);
    assert_eq!(play.refused(&fm(), &withdraw()).reason, "NOT_ROSTERED");
    assert_eq!(play.refused(&fe(), &withdraw()).reason, "NOT_THE_REQUESTER");
    play.clone().must(&fay, &amend());
    play.clone().must(&fay, &withdraw());
}

/// E-3.5, I-22
#[test]
fn a_note_counts_by_who_had_the_gmftas_seat_when_it_was_written() {
    let mut play = executed();
    let before = play.now();
    for task in [PlaybookTask::CustomerGetModernSummary, PlaybookTask::GetModernPilot] {
        play.must(&service(), &task_done(task, 0, before));
    }
    let early = noted(NoteKind::EnterpriseNotes, play.now());
    play.must(&program(), &hand(Role::Gmfta, "zoe"));
    play.must(&zoe(), &Command::AcknowledgeSeat);
    let late = noted(NoteKind::EnterpriseNotes, play.now());
    assert!(play.clone().must(&service(), &late).is_empty(), "the one before has no seat any more");
    assert!(!play.clone().must(&service(), &early).is_empty(), "what they wrote before stands");
    let written = stamp(&zoe(), play.now());
    let theirs = Command::RecordNote { kind: NoteKind::EnterpriseNotes, written };
    assert!(!play.must(&service(), &theirs).is_empty());
}

/// P-1, I-22
#[test]
fn an_assignment_goes_to_another_gmfta_before_the_sync_who_then_holds_it() {
    let mut play =
        assigned().with(&[(program(), hand(Role::Gmfta, "zoe")), (zoe(), Command::AcknowledgeSeat)]);
    let mut meeting = sync_meeting(kernel::Verdict::Qualified);
    assert_eq!(
        reasons(&play.refused(&zoe(), &Command::HoldInternalSync(meeting.clone()))).1,
        ["GMFTA_NOT_AS_ASSIGNED"]
    );
    meeting.roster.gmfta = person("zoe");
    play.must(&zoe(), &Command::HoldInternalSync(meeting));
    assert_eq!(play.stage(), Stage::Alignment);
}

/// I-22
#[test]
fn what_the_tasks_service_is_told_of_later_names_the_new_holder() {
    let mut play = requested().with(&[(program(), hand(Role::Fe, "zed"))]);
    let events = play.must(&approver(), &approve());
    let wanted = events
        .iter()
        .any(|event| matches!(event, Event::TasksWanted { roster, .. } if roster.fe == person("zed")));
    assert!(wanted, "{events:?}");
}

/// I-22: everyone who belongs to it is told with each change, as a list is read from that.
#[test]
fn each_change_of_a_seat_tells_everyone_who_belongs_to_the_engagement_then() {
    let mut play = delivery();
    let steps = [
        (fm(), give(Role::Fe, "zed")),
        (fm(), give(Role::Fe, "yan")),
        (caller("yan", Role::Fe), Command::AcknowledgeSeat),
        (program(), give(Role::Gmfta, "eva")),
        (program(), keep(Role::Gmfta)),
        (program(), hand(Role::Gmfta, "finn")),
        (program(), hand(Role::Fm, "fay")),
    ];
    for (who, command) in steps {
        for event in play.must(&who, &command) {
            let (Event::SeatGiven { people, .. }
            | Event::SeatTaken { people, .. }
            | Event::SeatKept { people, .. }) = event
            else {
                continue;
            };
            let told: Vec<_> = people.iter().collect();
            assert_eq!(told, play.e().people().into_iter().collect::<Vec<_>>(), "{command:?}");
        }
    }
    assert!(play.e().people().contains(&person("finn")), "they sit as the GMFTA still");
}

/// the tasks service is told which seats wait.
#[test]
fn tasks_that_are_wanted_while_a_seat_waits_say_whose_it_is() {
    let waiting = |events: Vec<Event>| {
        let wanted = |event| match event {
            Event::TasksWanted { unacknowledged, .. } => Some(unacknowledged),
            _ => None,
        };
        events.into_iter().find_map(wanted).expect("tasks are wanted")
    };
    let mut early =
        alignment().with(&[(program(), hand(Role::Fe, "zed")), (program(), give(Role::Sme, "sid"))]);
    assert_eq!(waiting(early.must(&gmfta(), &align(Some(Channel::Css)))), [Role::Fe]);
    let mut late = requested().with(&[(program(), hand(Role::Gmfta, "zoe"))]);
    assert_eq!(waiting(late.must(&approver(), &approve())), [Role::Gmfta]);
    let told = serde_json::to_string(&requested().must(&approver(), &approve())).expect("json");
    assert!(!told.contains("unacknowledged"), "what was written down before reads the same: {told}");
}
