//! Both ways in, P-1 to P-4, I-1, I-3, I-6.

use engagement_domain::*;
use kernel::{Channel, DataSet, Kind, Role, Verdict};

use crate::support::*;

/// I-1, R-4
#[test]
fn a_reactive_execution_begins_only_from_the_gateway_s_exit() {
    for who in [gmfta(), program(), caller("rosa", Role::ReengagementManager)] {
        let refusal = Play::default().refused(&who, &begin());
        assert_eq!(reasons(&refusal), (Kind::Forbidden, vec!["ROLE_NOT_ALLOWED"]));
    }
    let play = reactive();
    assert_eq!((play.stage(), play.e().method), (Stage::Introduction, Method::Reactive));
    let again = play.refused(&service(), &begin());
    assert_eq!(again.kind, Kind::AlreadyExists);
}

/// A-3, P-1
#[test]
fn only_the_program_team_assigns_an_engagement() {
    assert_eq!(Play::default().refused(&gmfta(), &assign()).kind, Kind::Forbidden);
    let play = assigned();
    assert_eq!((play.stage(), play.e().method), (Stage::Assigned, Method::Proactive));
    assert_eq!(play.e().people().len(), 1);
}

/// P-3, I-6
#[test]
fn a_sync_with_one_item_unvalidated_is_refused_and_names_it() {
    let mut meeting = sync_meeting(Verdict::Qualified);
    meeting.confirmed.retain(|key| key != "licence_count" && key != "language");
    let refusal = assigned().refused(&gmfta(), &Command::HoldInternalSync(meeting.clone()));
    let subjects: Vec<_> = refusal.faults.iter().map(|fault| fault.subject.as_str()).collect();
    assert_eq!(subjects, ["items.licence_count", "items.language"]);
    assert_eq!(refusal.faults[0].reason, "ITEM_NOT_VALIDATED");

    meeting.corrections = ["licence_count", "language"].map(|key| (key.to_owned(), item("new"))).into();
    let mut play = assigned();
    play.must(&gmfta(), &Command::HoldInternalSync(meeting));
    assert_eq!(play.e().items["licence_count"], item("new"));
    assert_eq!(play.stage(), Stage::Alignment);
}

/// P-3
#[test]
fn an_item_that_is_not_there_cannot_be_confirmed() {
    let mut meeting = sync_meeting(Verdict::Qualified);
    meeting.confirmed.push("delivery_partner".into());
    let refusal = assigned().refused(&gmfta(), &Command::HoldInternalSync(meeting));
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["CONFIRMED_ITEM_ABSENT"]));
}

/// P-3
#[test]
fn a_sync_is_held_over_the_engagement_s_own_tenant() {
    let mut meeting = sync_meeting(Verdict::Qualified);
    meeting.corrections = [("tenant".to_owned(), item("contoso.onmicrosoft.com"))].into();
    let refusal = assigned().refused(&gmfta(), &Command::HoldInternalSync(meeting));
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["TENANT_DIFFERS"]));
}

/// P-3
#[test]
fn the_sync_keeps_exactly_what_was_validated() {
    let mut play = assigned();
    let e = play.state.as_mut().expect("assigned");
    e.items.insert("delivery_partner".into(), item("fabrikam"));
    let corrections = DataSet::from([("plan".to_owned(), item("E5"))]);
    let after = e.data_after(&texts(&["tenant", "plan"]), &corrections);
    assert_eq!(after.keys().collect::<Vec<_>>(), ["plan", "tenant"]);
    assert_eq!(after["plan"], item("E5"));
}

/// P-1, P-2a, P-2b
#[test]
fn the_sync_says_what_is_in_flight_and_the_aim_with_the_assigned_architect() {
    let mut meeting = sync_meeting(Verdict::Qualified);
    meeting.roster.gmfta = person("zoe");
    meeting.in_flight = " ".into();
    meeting.aim = String::new();
    let refusal = assigned().refused(&gmfta(), &Command::HoldInternalSync(meeting));
    let all = vec!["IN_FLIGHT_MISSING", "AIM_MISSING", "GMFTA_NOT_AS_ASSIGNED"];
    assert_eq!(reasons(&refusal), (Kind::Invalid, all));
}

/// P-3, I-2: undetermined is not qualified either.
#[test]
fn anything_but_qualified_returns_the_assignment_for_good() {
    for verdict in [Verdict::NotQualified, Verdict::Undetermined] {
        let play = assigned().with(&[(gmfta(), sync(verdict))]);
        assert_eq!(play.stage(), Stage::Returned);
        assert_eq!(play.refused(&gmfta(), &sync(Verdict::Qualified)).reason, "WRONG_STATE");
        assert_eq!(play.refused(&gmfta(), &align(None)).reason, "WRONG_STATE");
        let mut play = play;
        play.must(&program(), &cancel(Disposition::SentToIntake));
        assert!(!play.e().is_live());
    }
}

/// I-6, P-4
#[test]
fn no_account_team_contact_before_a_qualified_sync() {
    let refusal = assigned().refused(&gmfta(), &align(None));
    assert_eq!((refusal.reason, refusal.faults[0].rule), ("WRONG_STATE", "I-6"));
    assert_eq!(proactive().stage(), Stage::Introduction);
}

/// P-4
#[test]
fn the_alignment_names_a_contact_and_the_motion() {
    let alignment_of = Alignment { contacts: Vec::new(), targeted_motion: String::new() };
    let command = Command::AlignAccountTeam { alignment: alignment_of, channel: None };
    let refusal = alignment().refused(&gmfta(), &command);
    assert_eq!(reasons(&refusal), (Kind::Invalid, vec!["CONTACT_MISSING", "MOTION_MISSING"]));
}

/// I-3, R-2b
#[test]
fn there_is_exactly_one_channel_and_only_on_a_qualified_customer() {
    let choose = choose(Channel::Frp("fabrikam".into()));
    for early in [assigned(), returned()] {
        assert_eq!(early.refused(&program(), &choose).reason, "WRONG_STATE");
    }
    let mut play = alignment();
    assert_eq!(play.refused(&caller("zoe", Role::Gmfta), &choose).kind, Kind::Forbidden);
    play.must(&gmfta(), &choose);
    for taken in [play.clone(), reactive(), proactive()] {
        assert_eq!(taken.refused(&program(), &choose).reason, "CHANNEL_ALREADY_CHOSEN");
    }
    let refusal = play.refused(&gmfta(), &align(Some(Channel::Css)));
    assert_eq!(reasons(&refusal).1, ["CHANNEL_ALREADY_CHOSEN"]);
    assert_eq!(handover().refused(&program(), &choose).reason, "CHANNEL_ALREADY_CHOSEN");
    assert_eq!(standby().refused(&program(), &choose).reason, "WRONG_STATE");
}

/// P-3
#[test]
fn a_customer_goes_to_intake_only_before_the_execution_of_a_proactive_engagement() {
    for play in [assigned(), returned(), alignment()] {
        let events = play.clone().must(&program(), &cancel(Disposition::SentToIntake));
        assert!(matches!(&events[0], Event::EngagementCancelled { items, gmfta, .. }
            if !items.is_empty() && gmfta == &person("ada")));
    }
    for play in [proactive(), reactive(), delivery()] {
        let refusal = play.refused(&program(), &cancel(Disposition::SentToIntake));
        assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["INTAKE_NOT_POSSIBLE"]));
    }
}

/// E-4
#[test]
fn nobody_cancels_after_the_handover_or_twice() {
    let mut cancelled = delivery();
    cancelled.must(&program(), &cancel(Disposition::Closed));
    for play in [standby(), reengaged(), cancelled] {
        assert_eq!(play.refused(&program(), &cancel(Disposition::Closed)).reason, "WRONG_STATE");
    }
    assert_eq!(delivery().refused(&gmfta(), &cancel(Disposition::Closed)).kind, Kind::Forbidden);
}
