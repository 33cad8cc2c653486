//! What was recorded is recorded again: what stands is the latest, and what stood stays readable (I-23, I-19).

use engagement_domain::*;
use kernel::{Channel, Kind, Role, Superseded};

use crate::support::*;

fn last(play: &Play) -> &Superseded<Was> {
    play.e().superseded.last().expect("something that was replaced")
}

#[track_caller]
fn replaced(play: &Play, was: &Was, cause: &str) {
    let kept = last(play);
    assert_eq!((&kept.was, kept.cause.as_str(), kept.stamp.time), (was, cause, play.now()));
}

/// E-1, I-8
#[test]
fn the_introduction_goes_out_again_to_the_right_address() {
    for mut play in [preparation(), delivery()] {
        let (stage, first) = (play.stage(), play.e().introduction.clone().expect("sent"));
        let mut email = introduction();
        email.recipients[0].email = "chris.c@contoso.example".into();
        let mut part = email.clone();
        part.overview.clear();
        let refusal = play.refused(&gmfta(), &introduce_because(part, "the address was wrong"));
        assert_eq!(reasons(&refusal), (Kind::Invalid, vec!["OVERVIEW_MISSING"]));
        play.must(&gmfta(), &introduce_because(email.clone(), "the address was wrong"));
        assert_eq!(play.e().introduction.as_ref().map(|sent| &sent.what), Some(&email));
        assert_eq!(play.stage(), stage, "it goes on where it stood");
        replaced(&play, &Was::Introduction(first), "the address was wrong");
    }
}

/// E-2, E-3
#[test]
fn a_second_workshop_raises_a_new_blocker_and_the_first_stays_readable() {
    let mut play = finalized_of(reactive());
    let first = play.e().workshop.clone().expect("held");
    play.must(&gmfta(), &meet());
    assert_eq!(play.e().prep_meetings.len(), 2);
    let mut second = workshop();
    second.findings[0].description = "the proxy".into();
    play.must(&gmfta(), &hold_workshop_because(second.clone(), "the second site"));
    assert_eq!(play.e().workshop.as_ref().map(|held| &held.what), Some(&second));
    replaced(&play, &Was::Workshop(first), "the second site");
    play.must(&fm(), &raise());
    assert_eq!((play.stage(), play.e().open_blockers().count()), (Stage::Delivery, 1));
    assert!(play.e().summary.as_ref().is_some_and(Summary::is_final), "what was final stays final");
}

/// I-9: the gate of the first workshop stands before the second.
#[test]
fn a_second_workshop_waits_for_data_that_flows() {
    let play = delivery().with(&[(fe(), report(true, false))]);
    let refusal = play.refused(&gmfta(), &hold_workshop_because(workshop(), "the second site"));
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["DATA_NOT_FLOWING"]));
    let blank = play.refused(&gmfta(), &hold_workshop_because(workshop(), " "));
    assert_eq!(reasons(&blank).1, ["DATA_NOT_FLOWING", "WORKSHOP_ALREADY_HELD"]);
}

/// E-3.4, I-19
#[test]
fn a_pilot_result_is_corrected_until_its_task_is_complete_and_noted_after_it() {
    let mut play = executed();
    let was = play.e().pilot.as_ref().expect("a pilot").results[1].clone();
    let events = play.must(&fe(), &corrected("PC-2", PilotOutcome::Failed));
    assert_eq!(events.len(), 1, "the evidence is there already");
    let pilot = play.e().pilot.as_ref().expect("a pilot");
    assert_eq!((pilot.results.len(), pilot.results[1].outcome), (5, PilotOutcome::Failed));
    assert!(pilot.executed.is_some());
    replaced(&play, &Was::PilotResult(was), "the wrong device was looked at");
    assert!(play.must(&fe(), &corrected("pc-2", PilotOutcome::Failed)).is_empty(), "it stands already");
    for late in [recorded(), handover(), standby()] {
        let refusal = late.refused(&fe(), &corrected("pc-2", PilotOutcome::Failed));
        assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["PILOT_TASK_COMPLETE"]));
        assert!(refusal.message.contains("WriteNote"), "{refusal}");
    }
    let silent = executed().refused(&fe(), &result("pc-2", PilotOutcome::Failed));
    assert!(reasons(&silent).1 == ["RESULT_ALREADY_RECORDED"] && silent.faults[0].message.contains("cause"));
}

/// E-3.4, I-12
#[test]
fn a_result_is_corrected_while_the_pilot_goes_on() {
    let mut play = delivery().with(&[(gmfta(), plan(devices(5)))]);
    play = play.with(&[(gmfta(), Command::StartPilot { devices: devices(5) })]);
    let none_yet = play.must(&fe(), &corrected("pc-1", PilotOutcome::Failed));
    assert!(
        matches!(&none_yet[0], Event::PilotResultRecorded { .. }),
        "the first needs no cause, and minds none"
    );
    play.must(&fe(), &corrected("pc-1", PilotOutcome::Succeeded));
    assert_eq!(play.refused(&fm(), &corrected("pc-1", PilotOutcome::Failed)).kind, Kind::Forbidden);
    for device in &devices(5)[1..] {
        play.must(&fe(), &result(device, PilotOutcome::Succeeded));
    }
    assert!(play.e().pilot.as_ref().is_some_and(|pilot| pilot.executed.is_some()));
}

/// E-3.4, I-11
#[test]
fn a_second_pilot_follows_one_that_was_executed_and_its_task_is_not_lost() {
    let mut play = executed();
    let first = play.e().pilot.clone().expect("a pilot");
    let silent = play.refused(&gmfta(), &plan(devices(6)));
    assert_eq!(reasons(&silent), (Kind::NotReady, vec!["PILOT_ALREADY_EXECUTED"]));
    play.must(&gmfta(), &plan_because(devices(6), "another site"));
    replaced(&play, &Was::Pilot(first), "another site");
    let now = play.now();
    let counted = play.must(&service(), &task_done(PlaybookTask::GetModernPilot, 0, now));
    assert_eq!(counted.len(), 1, "the first pilot was executed");
    play.must(&service(), &task_done(PlaybookTask::CustomerGetModernSummary, 0, now));
    play.must(&service(), &noted(NoteKind::EnterpriseNotes, now));
    let early = play.refused(&gmfta(), &review(&FOUR));
    assert_eq!(reasons(&early), (Kind::NotReady, vec!["PILOT_NOT_EXECUTED"]));
    play.must(&gmfta(), &Command::StartPilot { devices: devices(6) });
    let mut seen = Vec::new();
    for device in devices(6) {
        seen.extend(play.must(&fe(), &result(&device, PilotOutcome::Succeeded)));
    }
    assert!(
        !seen.iter().any(|event| matches!(event, Event::EvidenceReady { .. })),
        "the task has its evidence"
    );
    play.must(&fe(), &corrected("pc-6", PilotOutcome::Failed));
    play.must(&gmfta(), &review(&FOUR));
}

/// E-3.4, I-23: what was planned is kept, and the executed one stands again.
#[test]
fn a_second_pilot_that_is_only_planned_is_taken_back_with_a_cause() {
    let mut play = executed();
    let first = play.e().pilot.clone().expect("a pilot");
    play.must(&gmfta(), &plan_because(devices(6), "another site"));
    let second = play.e().pilot.clone().expect("a plan");
    let silent = Command::WithdrawPilot { cause: " ".into() };
    assert_eq!(reasons(&play.refused(&gmfta(), &silent)), (Kind::Invalid, vec!["CAUSE_MISSING"]));
    assert_eq!(play.refused(&fe(), &withdraw_pilot()).kind, Kind::Forbidden);
    play.must(&gmfta(), &withdraw_pilot());
    replaced(&play, &Was::Pilot(second), "the site closes");
    assert_eq!(play.e().pilot.as_ref(), Some(&first));
    play.must(&fe(), &corrected("pc-1", PilotOutcome::Failed));
    let now = play.now();
    for task in [PlaybookTask::CustomerGetModernSummary, PlaybookTask::GetModernPilot] {
        play.must(&service(), &task_done(task, 0, now));
    }
    play.must(&service(), &noted(NoteKind::EnterpriseNotes, now));
    let settled = play.refused(&fe(), &corrected("pc-1", PilotOutcome::Succeeded));
    assert_eq!(reasons(&settled).1, ["PILOT_TASK_COMPLETE"], "its task rests on it again");
    let mut again = play.clone().with(&[(gmfta(), plan_because(devices(7), "a third site"))]);
    again.must(&gmfta(), &withdraw_pilot());
    assert_eq!(again.e().pilot, play.e().pilot);
    play.must(&gmfta(), &review(&FOUR));
}

/// E-3.4
#[test]
fn only_a_further_pilot_is_taken_back_and_only_until_it_starts() {
    let first = delivery().with(&[(gmfta(), plan(devices(5)))]);
    for play in [delivery(), first, executed()] {
        let refusal = play.refused(&gmfta(), &withdraw_pilot());
        assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["NO_FURTHER_PILOT"]));
    }
    let start = Command::StartPilot { devices: devices(6) };
    let second = executed().with(&[(gmfta(), plan_because(devices(6), "another site")), (gmfta(), start)]);
    assert_eq!(reasons(&second.refused(&gmfta(), &withdraw_pilot())).1, ["PILOT_ALREADY_STARTED"]);
}

/// R-2b, I-3
#[test]
fn the_channel_changes_with_a_cause_until_the_handover() {
    for mut play in [alignment().with(&[(gmfta(), choose(Channel::Css))]), reactive(), delivery(), handover()]
    {
        play.must(&program(), &choose_because(frp(), "css has no time"));
        assert_eq!(play.e().channel, Some(frp()));
        replaced(&play, &Was::Channel(Channel::Css), "css has no time");
        assert!(play.must(&gmfta(), &choose_because(frp(), "again")).is_empty(), "it stands already");
    }
    let mut play = handover().with(&[(gmfta(), choose_because(frp(), "css has no time"))]);
    play.must(&gmfta(), &hand_over());
    assert_eq!(play.e().handover.as_ref().map(|done| done.what.receiver.clone()), Some(frp()));
    let late = play.refused(&program(), &choose_because(Channel::Css, "the partner gave up"));
    assert!(late.reason == "WRONG_STATE" && late.message.contains("ChangeReceiver"), "{late}");
    assert_eq!(reactive().refused(&fm(), &choose_because(frp(), "why not")).kind, Kind::Forbidden);
}

/// E-4: the partner goes out of business after the handover.
#[test]
fn the_program_team_names_another_receiver_after_the_handover() {
    let partner = reactive().with(&[(program(), choose_because(frp(), "css has no time"))]);
    for play in
        [standby_of(partner.clone()), standby_of(partner).with(&[(fm(), request()), (approver(), approve())])]
    {
        let mut play = play;
        let first = play.e().handover.clone().expect("handed over");
        for who in [gmfta(), fm()] {
            let refusal = play.refused(&who, &receive(Some(Channel::Css)));
            assert_eq!(reasons(&refusal), (Kind::Forbidden, vec!["RECEIVER_IS_THE_PROGRAM_TEAMS"]));
        }
        play.must(&program(), &receive(Some(Channel::Css)));
        let e = play.e();
        let now = e
            .handover
            .as_ref()
            .map(|done| (&done.what.receiver, done.what.receiver_contact.full_name.as_str()));
        assert_eq!((now, &e.channel), (Some((&Channel::Css, "Robin Remote")), &Some(Channel::Css)));
        replaced(&play, &Was::Handover(first), "the partner gave up");
        assert_eq!(play.stage(), Stage::Standby, "the GMFTA stands by as before");
    }
}

/// E-4
#[test]
fn the_contact_at_the_receiver_changes_after_the_handover() {
    for who in [gmfta(), fm(), program()] {
        let mut play = standby();
        let first = play.e().handover.clone().expect("handed over");
        play.must(&who, &receive(None));
        let done = play.e().handover.as_ref().expect("handed over");
        assert_eq!((&done.what.receiver, done.stamp.role), (&first.what.receiver, who.role));
        replaced(&play, &Was::Handover(first), "the partner gave up");
        assert!(play.must(&who, &receive(None)).is_empty(), "it stands already");
    }
    for who in [fe(), caller("zoe", Role::Fm), approver(), service()] {
        assert_eq!(standby().refused(&who, &receive(None)).kind, Kind::Forbidden, "{who:?}");
    }
    let early = handover().refused(&program(), &receive(Some(Channel::Css)));
    assert!(early.reason == "WRONG_STATE" && early.message.contains("ChooseChannel"), "{early}");
    let nothing = Command::ChangeReceiver { receiver: None, receiver_contact: None, cause: String::new() };
    let refusal = standby().refused(&program(), &nothing);
    assert_eq!(reasons(&refusal), (Kind::Invalid, vec!["NOTHING_CHANGED", "CAUSE_MISSING"]));
    let alone = Command::ChangeReceiver {
        receiver: Some(frp()),
        receiver_contact: None,
        cause: "css is over".into(),
    };
    assert_eq!(reasons(&standby().refused(&program(), &alone)).1, ["RECEIVER_CONTACT_MISSING"]);
}
