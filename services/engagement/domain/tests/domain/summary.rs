//! The Customer Get Modern Summary: E-3.3, I-10, I-11.

use engagement_domain::*;
use kernel::Kind;

use crate::support::*;

fn drafted(content: SummaryContent) -> Play {
    delivery().with(&[(gmfta(), Command::SaveSummary { content })])
}

fn lacks(change: impl FnOnce(&mut SummaryContent)) -> Vec<&'static str> {
    let mut draft = content();
    change(&mut draft);
    reasons(&drafted(draft).refused(&gmfta(), &Command::FinalizeSummary)).1
}

/// I-10
#[test]
fn no_final_summary_before_the_workshop() {
    let play = prepared().with(&[(gmfta(), Command::SaveSummary { content: content() })]);
    let refusal = play.refused(&gmfta(), &Command::FinalizeSummary);
    assert_eq!(reasons(&refusal), (Kind::NotReady, vec!["WORKSHOP_NOT_HELD"]));
}

/// E-3.3
#[test]
fn an_empty_draft_lacks_all_four_sections_at_once() {
    let refusal = drafted(SummaryContent::default()).refused(&gmfta(), &Command::FinalizeSummary);
    let rules: Vec<_> = refusal.faults.iter().map(|fault| fault.rule).collect();
    assert_eq!(rules, ["E-3.3a", "E-3.3b", "E-3.3c", "E-3.3d"]);
    assert_eq!(delivery().refused(&gmfta(), &Command::FinalizeSummary).faults[0].reason, "DRAFT_MISSING");
}

/// E-3.3a
#[test]
fn a_final_summary_answers_every_need() {
    assert_eq!(lacks(|draft| draft.needs.security.clear()), ["NEED_UNANSWERED"]);
}

/// E-3.3b
#[test]
fn a_business_unit_has_timings_a_contact_and_a_sponsor() {
    assert_eq!(lacks(|draft| draft.upgrade_plan[0].lt_sponsor.clear()), ["SPONSOR_MISSING"]);
    let bare = BusinessUnitPlan::default();
    let all = [
        "BUSINESS_UNIT_UNNAMED",
        "WINDOWS_TIMING_MISSING",
        "PROPLUS_TIMING_MISSING",
        "CONTACT_MISSING",
        "SPONSOR_MISSING",
    ];
    assert_eq!(lacks(|draft| draft.upgrade_plan = vec![bare]), all);
    assert_eq!(lacks(|draft| draft.upgrade_plan.push(unit(" finance"))), ["BUSINESS_UNIT_REPEATED"]);
}

/// E-3.3c
#[test]
fn each_kind_of_support_comes_once_with_its_how() {
    assert_eq!(lacks(|draft| draft.remote_support.clear()), ["SUPPORT_MISSING"]);
    assert_eq!(lacks(|draft| draft.remote_support[0].how.clear()), ["SUPPORT_HOW_MISSING"]);
    assert_eq!(lacks(|draft| draft.remote_support[0].kind = None), ["SUPPORT_KIND_MISSING"]);
    let again = content().remote_support[0].clone();
    assert_eq!(lacks(|draft| draft.remote_support.push(again)), ["SUPPORT_KIND_REPEATED"]);
}

/// E-3.3d
#[test]
fn every_gap_names_its_source_or_none_was_found() {
    assert_eq!(lacks(|draft| draft.gaps[0].source = None), ["GAP_SOURCE_MISSING"]);
    assert_eq!(lacks(|draft| draft.gaps[0].description.clear()), ["GAP_DESCRIPTION_MISSING"]);
    assert_eq!(lacks(|draft| draft.gaps.clear()), ["GAPS_UNANSWERED"]);
    assert_eq!(lacks(|draft| draft.no_gaps_found = true), ["GAPS_CONTRADICTED"]);
    let none = SummaryContent { gaps: Vec::new(), no_gaps_found: true, ..content() };
    drafted(none).must(&gmfta(), &Command::FinalizeSummary);
}

/// E-3.3e, I-11
#[test]
fn a_final_version_is_immutable_and_the_first_alone_gives_evidence() {
    let mut play = drafted(content());
    let events = play.must(&gmfta(), &Command::FinalizeSummary);
    assert!(matches!(
        &events[1],
        Event::EvidenceReady { task: PlaybookTask::CustomerGetModernSummary, cycle: 0, .. }
    ));
    assert_eq!(play.refused(&gmfta(), &Command::FinalizeSummary).faults[0].reason, "ALREADY_FINAL");

    let first = play.e().summary.clone().expect("final");
    play.must(&gmfta(), &Command::SaveSummary { content: SummaryContent::default() });
    play.must(&gmfta(), &Command::SaveSummary { content: content() });
    assert_eq!(play.e().earlier_summaries, [first]);
    assert_eq!(play.e().summary.as_ref().map(|draft| draft.version), Some(2));
    assert_eq!(play.must(&gmfta(), &Command::FinalizeSummary), [Event::SummaryFinalized { version: 2 }]);
}

/// E-3.3
#[test]
fn a_summary_is_written_from_the_preparation_to_the_handover_and_in_an_escalation() {
    let save = Command::SaveSummary { content: content() };
    for mut play in [preparation(), delivery(), handover(), reengaged()] {
        play.must(&gmfta(), &save);
    }
    for play in [reactive(), standby()] {
        assert_eq!(play.refused(&gmfta(), &save).reason, "WRONG_STATE");
    }
}
