//! The Customer Get Modern Summary: drafts, versions, and what a final one may not leave open (E-3.3, I-10).

use proto::engagement::v1::{
    BusinessUnitPlan, FinalizeSummaryRequest, Gap, RemoteSupport, SaveSummaryRequest, SummaryContent, gap,
    remote_support, summary::State,
};

use tonic::Code;

use super::{NOT_READY, WRONG_STATE};
use crate::{
    cast::{ENGAGEMENTS, GMFTA, OTHER_GMFTA, Play, ask},
    prefix::{SUMMARY, content},
};

fn save(name: &str, content: SummaryContent) -> SaveSummaryRequest {
    ask!(SaveSummaryRequest { name: name, content: content })
}

fn finalize(name: &str) -> FinalizeSummaryRequest {
    ask!(FinalizeSummaryRequest { name: name })
}

/// E-3.3: a final version is immutable; what is saved after it is the next version.
#[tokio::test]
async fn a_summary_grows_by_versions_and_a_final_one_stays() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let draft = play.step(GMFTA, save(&name, SummaryContent::default())).await.summary.expect("a draft");
    assert_eq!((draft.version, draft.state(), draft.finalized), (1, State::Draft, None));
    play.step(GMFTA, save(&name, content())).await;
    let first = play.step(GMFTA, finalize(&name)).await;
    let known = first.summary.clone().expect("the summary");
    assert_eq!((known.version, known.state(), first.earlier_summaries.len()), (1, State::Final, 0));
    assert_eq!((known.content.clone(), known.finalized.is_some()), (Some(content()), true));
    play.refused(GMFTA, finalize(&name), NOT_READY, &["SUMMARY_INCOMPLETE", "ALREADY_FINAL"]).await;

    let mut changed = content();
    changed.needs.as_mut().expect("needs").security = "Defender ATP".to_owned();
    for security in ["Defender", "Defender ATP"] {
        changed.needs.as_mut().expect("needs").security = security.to_owned();
        let second = play.step(GMFTA, save(&name, changed.clone())).await;
        let draft = second.summary.expect("a draft");
        assert_eq!((draft.version, draft.state()), (2, State::Draft));
        assert_eq!(second.earlier_summaries, std::slice::from_ref(&known));
    }
    let second = play.step(GMFTA, finalize(&name)).await.summary.expect("the second");
    assert_eq!((second.version, second.state(), second.content.clone()), (2, State::Final, Some(changed)));
    let third = play.step(GMFTA, save(&name, content())).await;
    assert_eq!(third.earlier_summaries, [known, second]);
    assert_eq!(play.engagement(&name).await, third);
    // The first final version unlocked the task, and later ones change nothing about that.
    let task = play.finish(&name, SUMMARY, 0).await;
    let evidence = task.evidence.expect("what it rests on").description;
    assert!(evidence.contains("version 1"), "{evidence}");
    let events = play.events(ENGAGEMENTS, &name).await;
    assert_eq!(events.iter().filter(|event| event.kind == "EvidenceReady").count(), 1);
    play.stop().await;
}

/// I-10: a draft may be written before the workshop, and is final only after it.
#[tokio::test]
async fn a_summary_is_final_only_after_the_workshop() {
    let play = Play::start().await;
    let early = play.aligned("northwind").await;
    play.refused(GMFTA, save(&early, content()), NOT_READY, WRONG_STATE).await;
    play.refused(GMFTA, finalize(&early), NOT_READY, WRONG_STATE).await;
    let name = play.preparing("contoso").await;
    let both = ["SUMMARY_INCOMPLETE", "WORKSHOP_NOT_HELD", "DRAFT_MISSING"];
    play.refused(GMFTA, finalize(&name), NOT_READY, &both).await;
    play.refused(OTHER_GMFTA, save(&name, content()), Code::NotFound, &["NOT_FOUND"]).await;
    play.step(GMFTA, save(&name, content())).await;
    play.refused(GMFTA, finalize(&name), NOT_READY, &both[..2]).await;
    play.refused(OTHER_GMFTA, finalize(&name), Code::NotFound, &["NOT_FOUND"]).await;
    play.prepare(&name).await;
    play.step(GMFTA, finalize(&name)).await;
    play.stop().await;
}

/// E-3.3a to E-3.3d: everything a draft leaves open, in one refusal.
#[tokio::test]
async fn a_final_summary_leaves_nothing_open() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.step(GMFTA, save(&name, SummaryContent::default())).await;
    let sections = ["NEED_UNANSWERED", "BUSINESS_UNIT_MISSING", "SUPPORT_MISSING", "GAPS_UNANSWERED"];
    let all = [&["SUMMARY_INCOMPLETE"], &sections[..]].concat();
    play.refused(GMFTA, finalize(&name), NOT_READY, &all).await;

    let support = remote_support::Kind::PartnerBenefits.into();
    let half = SummaryContent {
        upgrade_plan: vec![
            BusinessUnitPlan::default(),
            content().upgrade_plan.remove(0),
            content().upgrade_plan.remove(0),
        ],
        remote_support: vec![
            RemoteSupport::default(),
            RemoteSupport { kind: support, how: "a call".to_owned() },
            RemoteSupport { kind: support, how: String::new() },
        ],
        gaps: vec![Gap::default()],
        ..content()
    };
    play.step(GMFTA, save(&name, half)).await;
    let all = [
        "SUMMARY_INCOMPLETE",
        "BUSINESS_UNIT_UNNAMED",
        "WINDOWS_TIMING_MISSING",
        "PROPLUS_TIMING_MISSING",
        "CONTACT_MISSING",
        "SPONSOR_MISSING",
        "BUSINESS_UNIT_REPEATED",
        "SUPPORT_KIND_MISSING",
        "SUPPORT_HOW_MISSING",
        "SUPPORT_KIND_REPEATED",
        "SUPPORT_HOW_MISSING",
        "GAP_SOURCE_MISSING",
        "GAP_DESCRIPTION_MISSING",
    ];
    play.refused(GMFTA, finalize(&name), NOT_READY, &all).await;
    play.stop().await;
}

/// E-3.3d: gaps are listed, each with its source, or said to be none; never both.
#[tokio::test]
async fn gaps_are_listed_or_said_to_be_none() {
    let play = Play::start().await;
    for (tenant, listed) in [("contoso", true), ("northwind", false)] {
        let name = play.delivering(tenant).await;
        let gap = Gap {
            source: gap::Source::CustomerDiscussion.into(),
            description: "no test lab".to_owned(),
            remediation: String::new(),
        };
        let both = SummaryContent { gaps: vec![gap], no_gaps_found: true, ..content() };
        play.step(GMFTA, save(&name, both.clone())).await;
        play.refused(GMFTA, finalize(&name), NOT_READY, &["SUMMARY_INCOMPLETE", "GAPS_CONTRADICTED"]).await;
        let one = if listed {
            SummaryContent { no_gaps_found: false, ..both }
        } else {
            SummaryContent { gaps: Vec::new(), ..both }
        };
        play.step(GMFTA, save(&name, one.clone())).await;
        let summary = play.step(GMFTA, finalize(&name)).await.summary.expect("the summary");
        assert_eq!((summary.state(), summary.content), (State::Final, Some(one)));
    }
    play.stop().await;
}
