//! Introduction, preparation, workshop, and that both ways share them: A-4, E-1 to E-3.2, G-2 to G-5, O-2.

use engagement_domain::*;
use jiff::civil::date;
use kernel::{Channel, Kind, Role};

use crate::support::*;

/// A-4, I-7
#[test]
fn both_ways_run_the_same_execution() {
    let steps = |play: Play| {
        let entered = |(event, _): &(Event, _)| enters(event);
        let all: Vec<_> = play.journal.iter().filter_map(entered).collect();
        let start = all.iter().position(|stage| *stage == Stage::Introduction).expect("begun");
        all[start..].to_vec()
    };
    let kinds = |play: &Play| {
        let from =
            play.journal.iter().position(|(e, _)| matches!(e, Event::TasksWanted { .. })).expect("begun");
        let kind = |event: &Event| serde_json::to_value(event).expect("json").to_string();
        let name = |text: String| text.split([':', ',']).next().unwrap_or_default().to_owned();
        play.journal[from..].iter().map(|(event, _)| name(kind(event))).collect::<Vec<_>>()
    };
    let (one, other) = (standby(), standby_of(proactive()));
    assert_eq!(kinds(&one), kinds(&other));
    assert_eq!(steps(one), steps(other));
}

/// I-7
#[test]
fn the_stages_come_in_the_playbook_s_order() {
    let stages: Vec<_> = standby().journal.iter().filter_map(|(event, _)| enters(event)).collect();
    let order = [Stage::Introduction, Stage::Preparation, Stage::Delivery, Stage::Handover, Stage::Standby];
    assert_eq!(stages, order);
}

///
#[test]
fn the_execution_wants_its_two_tasks_whichever_way_it_came() {
    for play in [reactive(), proactive()] {
        let wanted = play.journal.iter().find_map(|(event, _)| match event {
            Event::TasksWanted { tasks, cycle, .. } => Some((tasks.clone(), *cycle)),
            _ => None,
        });
        let two = vec![PlaybookTask::CustomerGetModernSummary, PlaybookTask::GetModernPilot];
        assert_eq!(wanted, Some((two, 0)));
    }
}

/// E-2e
#[test]
fn a_report_counts_no_more_devices_than_are_enrolled() {
    let play = preparation_of(reactive());
    let of = |enrolled_devices, blocked| {
        let readiness = Readiness { ready: 80, ready_with_remediation: 10, blocked, not_reviewed: 5 };
        let report = AnalyticsReport {
            installed: true,
            data_flowing: true,
            enrolled_devices,
            readiness,
            counts_until: None,
        };
        Command::ReportAnalytics { report, counts: None, cause: String::new() }
    };
    for (enrolled, blocked) in [(99, 5), (0, 0), (u32::MAX, u32::MAX)] {
        let refusal = play.refused(&gmfta(), &of(enrolled, blocked));
        assert_eq!(reasons(&refusal), (Kind::Invalid, vec!["READINESS_OF_MORE_DEVICES"]), "{enrolled}");
    }
    for (enrolled, blocked) in [(100, 5), (101, 5), (u32::MAX, 5)] {
        play.clone().must(&gmfta(), &of(enrolled, blocked));
    }
}

/// E-1, I-8
#[test]
fn an_introduction_lacking_a_part_does_not_count() {
    let mut email = introduction();
    email.prep_meeting_arrangement = "  ".into();
    let refusal = reactive().refused(&gmfta(), &introduce(email));
    assert_eq!(reasons(&refusal), (Kind::Invalid, vec!["PREP_MEETING_ARRANGEMENT_MISSING"]));

    let nothing = Introduction {
        recipients: Vec::new(),
        overview: String::new(),
        installation_instructions: String::new(),
        prep_meeting_arrangement: String::new(),
    };
    let rules = reactive().refused(&gmfta(), &introduce(nothing)).faults;
    assert_eq!(rules.iter().map(|fault| fault.rule).collect::<Vec<_>>(), ["E-1", "E-1a", "E-1b", "E-1c"]);
}

/// E-1, I-7
#[test]
fn the_introduction_is_sent_once_unless_somebody_says_why_again() {
    let again = introduce(introduction());
    let refusal = preparation().refused(&gmfta(), &again);
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["INTRODUCTION_ALREADY_SENT"]));
    assert_eq!(handover().refused(&gmfta(), &again).reason, "WRONG_STATE");
}

/// E-2, G-2
#[test]
fn several_prep_meetings_settle_the_preparation_together() {
    let part = |logistics: &str, objectives: &str, agenda: &str, follow_up: &str| {
        let [logistics, objectives, agenda, installation_follow_up] =
            [logistics, objectives, agenda, follow_up].map(str::to_owned);
        let occasion = Occasion::default();
        Command::HoldPrepMeeting(PrepMeeting {
            logistics,
            objectives,
            agenda,
            installation_follow_up,
            occasion,
        })
    };
    let mut play = preparation();
    play.must(&fe(), &report(true, true));
    assert_eq!(play.refused(&gmfta(), &part("", " ", "", "")).kind, Kind::Invalid);
    play.must(&gmfta(), &part("room 1", "", "", "asked"));
    play.must(&gmfta(), &part("", "a plan", "", ""));
    let refusal = play.refused(&gmfta(), &hold_workshop(workshop()));
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["AGENDA_NOT_SETTLED"]));
    play.must(&gmfta(), &part("", "", "two days", ""));
    play.must(&gmfta(), &hold_workshop(workshop()));
}

/// E-2, I-9: every part at once.
#[test]
fn no_workshop_before_the_preparation_is_settled() {
    let refusal = preparation().refused(&gmfta(), &hold_workshop(workshop()));
    let rules: Vec<_> = refusal.faults.iter().map(|fault| fault.rule).collect();
    assert_eq!(rules, ["E-2a", "E-2b", "E-2c", "E-2d", "E-2d", "E-2e"]);
    assert_eq!(refusal.kind, Kind::NotReady);
}

/// E-2e, I-9, G-3: installed but silent.
#[test]
fn no_workshop_before_desktop_analytics_data_flows() {
    let mut play = prepared();
    play.must(&sme(), &report(true, false));
    let refusal = play.refused(&gmfta(), &hold_workshop(workshop()));
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["DATA_NOT_FLOWING"]));
    play.must(&gmfta(), &report(false, true));
    let refusal = play.refused(&gmfta(), &hold_workshop(workshop()));
    assert_eq!(reasons(&refusal).1, ["ANALYTICS_NOT_INSTALLED"]);
}

/// E-2e
#[test]
fn desktop_analytics_is_reported_from_the_preparation_to_the_handover() {
    for mut play in [preparation(), delivery(), handover()] {
        play.must(&fe(), &report(true, true));
    }
    for play in [reactive(), standby()] {
        assert_eq!(play.refused(&fe(), &report(true, true)).reason, "WRONG_STATE");
    }
}

/// E-3.1, E-3.2, O-2, G-4
#[test]
fn a_workshop_has_a_plan_and_answers_every_kind_of_finding() {
    let refusal = prepared().refused(&gmfta(), &hold_workshop(Workshop::default()));
    let all = vec![
        "READINESS_ANALYSIS_MISSING",
        "ENVIRONMENT_DETAILS_MISSING",
        "DEPLOYMENT_PLAN_MISSING",
        "FINDINGS_UNANSWERED",
        "FINDINGS_UNANSWERED",
        "FINDINGS_UNANSWERED",
    ];
    assert_eq!(reasons(&refusal), (Kind::Invalid, all));
}

/// E-3.1: a plan that is there is told what it lacks.
#[test]
fn a_plan_has_a_version_device_groups_and_a_date() {
    let mut bare = workshop();
    bare.deployment_plan = DeploymentPlan { readiness_rules: "none".into(), ..DeploymentPlan::default() };
    let refusal = prepared().refused(&gmfta(), &hold_workshop(bare));
    let parts = vec!["TARGET_OS_VERSION_MISSING", "DEVICE_GROUP_MISSING", "COMPLETION_DATE_MISSING"];
    assert_eq!(reasons(&refusal), (Kind::Invalid, parts));
}

/// E-3.1: a version that nobody knows is a typing error, and a date that was over when the engagement began is no plan.
#[test]
fn a_plan_names_a_version_that_is_known_or_added_and_a_date_to_come() {
    let planned = |version: &str, date| {
        let mut workshop = workshop();
        workshop.deployment_plan.target_os_version = version.into();
        workshop.deployment_plan.completion_date = Some(date);
        hold_workshop(workshop)
    };
    let refusal = prepared().refused(&gmfta(), &planned("1990", date(2019, 1, 1)));
    let both = vec!["TARGET_OS_VERSION_UNKNOWN", "COMPLETION_DATE_EARLY"];
    assert_eq!(reasons(&refusal), (Kind::Invalid, both));
    for version in ["22H2", "25H2"] {
        prepared().must(&gmfta(), &planned(version, date(2020, 1, 14)));
    }
}

/// E-3.2
#[test]
fn a_kind_is_found_or_none_and_never_both() {
    let mut both = workshop();
    both.none_found.push(FindingKind::Blocker);
    both.findings[0].description = String::new();
    let refusal = prepared().refused(&gmfta(), &hold_workshop(both));
    assert_eq!(reasons(&refusal).1, ["FINDINGS_CONTRADICTED", "DESCRIPTION_MISSING"]);
}

/// E-3, I-9
#[test]
fn the_workshop_is_held_once_unless_somebody_says_why_again() {
    let refusal = delivery().refused(&gmfta(), &hold_workshop(workshop()));
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["WORKSHOP_ALREADY_HELD"]));
    assert_eq!(handover().refused(&gmfta(), &hold_workshop(workshop())).reason, "WRONG_STATE");
}

/// G-5, O-4
#[test]
fn any_rostered_person_raises_and_resolves_blockers() {
    let mut play = delivery();
    play.must(&fm(), &raise());
    play.must(&caller("otto", Role::Ats), &raise());
    play.must(&gmfta(), &resolve(1));
    assert_eq!(play.e().open_blockers().map(|open| open.number).collect::<Vec<_>>(), [2]);
    assert_eq!(play.refused(&fm(), &resolve(1)).reason, "BLOCKER_ALREADY_RESOLVED");
    assert_eq!(play.refused(&fm(), &resolve(3)).kind, Kind::NotFound);
    assert_eq!(play.refused(&caller("zoe", Role::Fm), &raise()).faults[0].reason, "NOT_ROSTERED");
    play.must(&program(), &cancel(Disposition::Closed));
    assert_eq!(play.refused(&fm(), &raise()).reason, "WRONG_STATE");
    assert_eq!(play.refused(&fm(), &resolve(2)).reason, "WRONG_STATE");
}

/// E-4, R-2b
#[test]
fn a_proactive_engagement_names_its_receiver_before_the_review() {
    let unnamed = alignment().with(&[(gmfta(), align(None))]);
    let mut play = recorded_of(unnamed);
    let refusal = play.refused(&gmfta(), &review(&FOUR));
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["CHANNEL_NOT_NAMED"]));
    play.must(&program(), &choose(Channel::Frp("fabrikam".into())));
    play.must(&gmfta(), &review(&FOUR));
    play.must(&gmfta(), &hand_over());
    let receiver = play.e().handover.as_ref().map(|handover| handover.what.receiver.clone());
    assert_eq!(receiver, Some(Channel::Frp("fabrikam".into())));
}
