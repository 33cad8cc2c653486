//! Who may act: I-18, and that standing comes before readiness.

use engagement_domain::*;
use kernel::{Kind, Role, Verdict};

use crate::support::*;

/// I-18
#[test]
fn only_the_designated_architect_does_the_architect_s_work() {
    let work = vec![
        (assigned(), sync(Verdict::Qualified)),
        (alignment(), align(None)),
        (reactive(), introduce(introduction())),
        (preparation(), Command::HoldPrepMeeting(meeting())),
        (prepared(), hold_workshop(workshop())),
        (delivery(), Command::SaveSummary { content: content() }),
        (delivery(), Command::FinalizeSummary),
        (delivery(), plan(devices(5))),
        (delivery(), Command::StartPilot { devices: devices(5) }),
        (recorded(), review(&FOUR)),
        (handover(), hand_over()),
        (approved(), Command::RejoinEngagement),
        (completable(), Command::CompleteReengagement),
    ];
    for (play, command) in work {
        for who in [caller("zoe", Role::Gmfta), caller("ada", Role::Fta), fm(), program()] {
            let refusal = play.refused(&who, &command);
            assert_eq!(reasons(&refusal), (Kind::Forbidden, vec!["NOT_THE_DESIGNATED_ARCHITECT"]));
            assert_eq!(refusal.faults[0].rule, "I-18");
        }
    }
}

/// I-18
#[test]
fn only_the_rostered_engineers_report_and_record() {
    let commands = [report(true, true), result("pc-1", PilotOutcome::Failed)];
    for command in commands {
        assert_eq!(reasons(&delivery().refused(&caller("zoe", Role::Fe), &command)).1, ["NOT_ROSTERED"]);
        assert_eq!(reasons(&delivery().refused(&fm(), &command)).1, ["ROLE_NOT_ALLOWED"]);
    }
}

/// I-18
#[test]
fn standing_is_refused_before_readiness() {
    let wrong_on_both = standby().refused(&fm(), &introduce(introduction()));
    assert_eq!(wrong_on_both.kind, Kind::Forbidden);
}

/// I-18
#[test]
fn nothing_but_a_beginning_happens_to_what_does_not_exist() {
    assert_eq!(Play::default().refused(&gmfta(), &Command::FinalizeSummary).kind, Kind::NotFound);
    assert_eq!(reactive().refused(&program(), &assign()).kind, Kind::AlreadyExists);
}
