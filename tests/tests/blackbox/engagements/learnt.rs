//! Leadership reads what workshops found and summaries say, in numbers, over a span of time (G-6, E-3.2, E-3.3d).

use getmodern::client::Actor;
use proto::engagement::v1::{
    FinalizeSummaryRequest, Finding, Gap, GetInsightsRequest, HoldWorkshopRequest, Insights, RemoteSupport,
    SaveSummaryRequest, Stage, SummaryContent, cancellation::Disposition, finding, gap, remote_support,
};

use super::cancellations::close;
use crate::{
    cast::{FE, GMFTA, LEADERSHIP, OTHER_FE, PROGRAM, Play, ask},
    prefix::{content, workshop},
};

type Time = prost_types::Timestamp;

async fn insights(play: &Play, who: Actor, from: Option<Time>, until: Option<Time>) -> Insights {
    play.ok(who, GetInsightsRequest { from_time: from, until_time: until }).await
}

/// Workshops, and their findings by kind.
fn found(told: &Insights) -> (i64, Vec<(finding::Kind, i64)>) {
    let totals = told.findings.as_ref().expect("findings");
    (totals.workshops, totals.findings.iter().map(|it| (it.kind(), it.count)).collect())
}

/// Summaries, their gaps by source, those without, their support by kind, and their business units.
#[derive(Debug, PartialEq)]
struct Said(i64, Vec<(gap::Source, i64)>, i64, Vec<(remote_support::Kind, i64)>, i64);

fn said(told: &Insights) -> Said {
    let totals = told.summaries.as_ref().expect("summaries");
    let gaps = totals.gaps.iter().map(|it| (it.source(), it.count)).collect();
    let support = totals.remote_support.iter().map(|it| (it.kind(), it.count)).collect();
    Said(totals.summaries, gaps, totals.without_gaps, support, totals.business_units)
}

const NOTHING: Said = Said(0, Vec::new(), 0, Vec::new(), 0);

/// Two gaps of the analysis and one of the discussion, two kinds of support, two business units.
fn long() -> SummaryContent {
    let short = content();
    let gap = |source: gap::Source| Gap { source: source.into(), ..short.gaps[0].clone() };
    let support =
        |kind: remote_support::Kind| RemoteSupport { kind: kind.into(), how: "a request".to_owned() };
    let branches = proto::engagement::v1::BusinessUnitPlan {
        business_unit: "branches".to_owned(),
        ..short.upgrade_plan[0].clone()
    };
    SummaryContent {
        upgrade_plan: vec![short.upgrade_plan[0].clone(), branches],
        gaps: [gap::Source::DaAnalysis, gap::Source::CustomerDiscussion, gap::Source::DaAnalysis]
            .map(gap)
            .into(),
        remote_support: vec![
            support(remote_support::Kind::DesktopAppAssure),
            support(remote_support::Kind::PartnerBenefits),
        ],
        ..short
    }
}

async fn summarise(play: &Play, name: &str, content: SummaryContent) {
    play.step(GMFTA, ask!(SaveSummaryRequest { name: name, content: content })).await;
    play.step(GMFTA, ask!(FinalizeSummaryRequest { name: name })).await;
}

#[tokio::test]
async fn insights_count_findings_gaps_support_and_business_units_in_the_span_that_was_asked_for() {
    use finding::Kind::{Blocker, Challenge, Concern};
    use gap::Source::{CustomerDiscussion, DaAnalysis};
    use remote_support::Kind::{DesktopAppAssure, PartnerBenefits};
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let first = insights(&play, LEADERSHIP, None, None).await;
    assert_eq!((found(&first), said(&first)), ((1, vec![(Blocker, 1), (Concern, 1)]), NOTHING));
    let before = first.read_time;
    summarise(&play, &name, long()).await;
    let whole = || {
        let support = vec![(DesktopAppAssure, 1), (PartnerBenefits, 1)];
        Said(1, vec![(DaAnalysis, 2), (CustomerDiscussion, 1)], 0, support, 2)
    };
    let second = insights(&play, LEADERSHIP, before, None).await;
    assert_eq!((found(&second), said(&second)), ((0, vec![]), whole()));
    let middle = second.read_time;

    // Another workshop takes the place of the first; a draft takes no final version's.
    let hard = Finding { kind: Challenge.into(), description: "the second site".to_owned() };
    let another = HoldWorkshopRequest {
        findings: vec![hard.clone(), hard],
        none_found: vec![Blocker.into(), Concern.into()],
        cause: "the second site joins".to_owned(),
        ..workshop(&name)
    };
    play.step(GMFTA, another).await;
    play.step(GMFTA, ask!(SaveSummaryRequest { name: name.clone(), content: content() })).await;
    let other = play.delivering("fabrikam").await;
    let none = SummaryContent { gaps: Vec::new(), no_gaps_found: true, ..content() };
    summarise(&play, &other, none).await;
    let third = insights(&play, LEADERSHIP, middle, None).await;
    assert_eq!(found(&third), (2, vec![(Blocker, 1), (Challenge, 2), (Concern, 1)]));
    assert_eq!(said(&third), Said(1, vec![], 1, vec![(DesktopAppAssure, 1)], 1));
    let all = insights(&play, FE, None, None).await;
    let support = vec![(DesktopAppAssure, 2), (PartnerBenefits, 1)];
    assert_eq!(said(&all), Said(2, vec![(DaAnalysis, 2), (CustomerDiscussion, 1)], 1, support, 3));
    let past = insights(&play, LEADERSHIP, None, middle).await;
    assert_eq!((found(&past), said(&past)), ((0, vec![]), whole()), "of those that stand");
    let nobodys = insights(&play, OTHER_FE, None, None).await;
    assert_eq!((found(&nobodys), said(&nobodys)), ((0, vec![]), NOTHING));

    for engagement in [&name, &other] {
        play.step(PROGRAM, close(engagement)).await;
    }
    let over = insights(&play, LEADERSHIP, None, None).await;
    let [ended] = &over.ending_counts[..] else { panic!("{:?}", over.ending_counts) };
    assert_eq!((ended.stage(), ended.disposition(), ended.count), (Stage::Cancelled, Disposition::Closed, 2));
    assert_eq!(insights(&play, LEADERSHIP, None, middle).await.ending_counts, []);
    play.stop().await;
}
