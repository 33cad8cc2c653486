//! The pilot: E-3.4, I-10, I-11, I-12.

use engagement_domain::*;
use kernel::Kind;

use crate::support::*;

fn start(devices: Vec<String>) -> Command {
    Command::StartPilot { devices }
}

fn started() -> Play {
    delivery().with(&[(gmfta(), plan(devices(5))), (gmfta(), start(devices(5)))])
}

/// I-12
#[test]
fn a_pilot_of_5_or_10_is_planned_and_one_of_4_or_11_is_not() {
    for count in [5, 10] {
        let mut play = delivery().with(&[(gmfta(), plan(devices(count)))]);
        play.must(&gmfta(), &start(devices(count)));
    }
    let play = delivery().with(&[(gmfta(), plan(devices(5)))]);
    for count in [0, 4, 11] {
        for command in [plan(devices(count)), start(devices(count))] {
            let refusal = play.refused(&gmfta(), &command);
            assert_eq!(reasons(&refusal), (Kind::Invalid, vec!["DEVICE_COUNT"]));
        }
    }
}

/// I-12: what nobody can tell apart by looking at it is one device.
#[test]
fn a_device_counts_once() {
    let play = delivery().with(&[(gmfta(), plan(devices(5)))]);
    for again in ["pc-1", "PC-1", "pc\u{200d}-1", "ｐｃ-1", "pc\u{2011}1", "рс-1", "pc-1\u{a0}"] {
        let mut six = devices(5);
        six.push(again.into());
        for command in [plan(six.clone()), start(six)] {
            let refusal = play.refused(&gmfta(), &command);
            assert_eq!(reasons(&refusal), (Kind::Invalid, vec!["DEVICE_REPEATED"]));
        }
    }
}

/// I-10
#[test]
fn no_pilot_starts_before_the_workshop() {
    let play = prepared().with(&[(gmfta(), plan(devices(5)))]);
    let refusal = play.refused(&gmfta(), &start(devices(5)));
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["WORKSHOP_NOT_HELD"]));
    let neither = preparation().refused(&gmfta(), &start(devices(4)));
    assert_eq!(reasons(&neither).1, ["DEVICE_COUNT", "WORKSHOP_NOT_HELD", "PILOT_NOT_PLANNED"]);
}

/// E-3.4
#[test]
fn a_plan_is_replaced_until_the_pilot_starts() {
    let mut play = delivery().with(&[(gmfta(), plan(devices(5))), (gmfta(), plan(devices(7)))]);
    assert_eq!(play.e().pilot.as_ref().map(|pilot| pilot.planned_devices.len()), Some(7));
    play.must(&gmfta(), &start(devices(6)));
    for command in [plan(devices(5)), start(devices(6))] {
        assert_eq!(reasons(&play.refused(&gmfta(), &command)).1, ["PILOT_ALREADY_STARTED"]);
    }
}

/// E-3.4
#[test]
fn each_enrolled_device_has_one_result() {
    let mut play = started();
    let nobody = delivery().refused(&fe(), &result("pc-1", PilotOutcome::Failed));
    assert_eq!(reasons(&nobody).1, ["PILOT_NOT_STARTED", "DEVICE_NOT_ENROLLED"]);
    let stranger = play.refused(&fe(), &result("pc-9", PilotOutcome::Succeeded));
    assert_eq!(reasons(&stranger).1, ["DEVICE_NOT_ENROLLED"]);
    play.must(&fe(), &result("pc-1", PilotOutcome::Failed));
    let again = play.refused(&gmfta(), &result("pc-1", PilotOutcome::Succeeded));
    assert_eq!(reasons(&again).1, ["RESULT_ALREADY_RECORDED"]);
}

/// E-3.4
#[test]
fn a_result_is_of_the_enrolled_device_however_it_is_written() {
    let mut play = started();
    play.must(&fe(), &result("PC\u{2011}1", PilotOutcome::Failed));
    let results = play.e().pilot.as_ref().map(|pilot| pilot.results[0].device.clone());
    assert_eq!(results.as_deref(), Some("pc-1"));
    let again = play.refused(&fe(), &result("pc-1", PilotOutcome::Succeeded));
    assert_eq!(reasons(&again).1, ["RESULT_ALREADY_RECORDED"]);
}

/// E-3.4a, I-11: the failed device stays counted.
#[test]
fn a_pilot_of_5_with_a_failed_device_is_executed_with_the_last_result() {
    let mut play = started();
    for device in devices(4) {
        assert_eq!(play.must(&fe(), &result(&device, PilotOutcome::Failed)).len(), 1);
    }
    let last = play.must(&fe(), &result("pc-5", PilotOutcome::Succeeded));
    assert_eq!(last[1], Event::PilotExecuted);
    assert!(matches!(&last[2], Event::EvidenceReady { task: PlaybookTask::GetModernPilot, cycle: 0, .. }));
    assert_eq!(play.e().pilot.as_ref().map(|pilot| pilot.results.len()), Some(5));
}
