//! Introduction, prep meetings, Desktop Analytics and the workshop they lead to (E-1, E-2, E-3, I-8, I-9).

use proto::{
    common::v1::Role,
    engagement::v1::{
        Finding, HoldPrepMeetingRequest, HoldWorkshopRequest, SendIntroductionRequest, Stage, finding::Kind,
    },
};
use tests::Product;
use tonic::Code;

use super::{DENIED, INVALID, NOT_READY, WRONG_STATE, subjects};
use crate::{
    cast::{ENGAGEMENTS, FE, FM, GMFTA, OTHER_FE, OTHER_GMFTA, Play, SME, actions, ask},
    prefix::{introduction, report, workshop},
};

/// What an unprepared workshop waits for, in the playbook's order.
const PREPARATION: [&str; 6] = [
    "LOGISTICS_NOT_SETTLED",
    "OBJECTIVES_NOT_SETTLED",
    "AGENDA_NOT_SETTLED",
    "INSTALLATION_NOT_FOLLOWED_UP",
    "ANALYTICS_NOT_INSTALLED",
    "DATA_NOT_FLOWING",
];

/// The refusal of a workshop that lacks these.
fn lacking<'a>(reasons: &[&'a str]) -> Vec<&'a str> {
    [&["WORKSHOP_NOT_READY"], reasons].concat()
}

/// I-8: the introduction counts only whole, and is sent once.
#[tokio::test]
async fn an_introduction_names_every_part_it_lacks() {
    let play = Play::start().await;
    let name = play.aligned("contoso").await;
    let empty = ask!(SendIntroductionRequest { name: name.clone() });
    let parts = [
        "RECIPIENT_MISSING",
        "OVERVIEW_MISSING",
        "INSTALLATION_INSTRUCTIONS_MISSING",
        "PREP_MEETING_ARRANGEMENT_MISSING",
    ];
    let told =
        play.refused(GMFTA, empty, INVALID, &[&["INTRODUCTION_INCOMPLETE"], &parts[..]].concat()).await;
    let fields = ["recipients", "overview", "installation_instructions", "prep_meeting_arrangement"];
    assert_eq!(subjects(&told), fields);
    play.refused(OTHER_GMFTA, introduction(&name), Code::NotFound, &["NOT_FOUND"]).await;
    assert_eq!(play.step(GMFTA, introduction(&name)).await.stage(), Stage::Preparation);
    let again = ["INTRODUCTION_INCOMPLETE", "INTRODUCTION_ALREADY_SENT"];
    play.refused(GMFTA, introduction(&name), NOT_READY, &again).await;
    play.stop().await;
}

/// I-9: what is not prepared is told all at once, and each meeting and report takes its part away.
#[tokio::test]
async fn several_meetings_and_reports_prepare_the_workshop_together() {
    let play = Play::start().await;
    let name = play.preparing("contoso").await;
    let told = play.refused(GMFTA, workshop(&name), NOT_READY, &lacking(&PREPARATION)).await;
    let parts = [
        "prep_meetings.logistics",
        "prep_meetings.objectives",
        "prep_meetings.agenda",
        "prep_meetings.installation_follow_up",
        "analytics.installed",
        "analytics.data_flowing",
    ];
    assert_eq!(subjects(&told), parts);
    let nothing = ask!(HoldPrepMeetingRequest { name: name.clone() });
    play.refused(GMFTA, nothing, INVALID, &["PREP_MEETING_EMPTY", "NOTHING_SETTLED"]).await;

    let meetings = [
        ask!(HoldPrepMeetingRequest { name: name.clone(), agenda: "readiness" }),
        ask!(HoldPrepMeetingRequest { name: name.clone(), objectives: "a plan", agenda: "pilot too" }),
        ask!(HoldPrepMeetingRequest { name: name.clone(), installation_follow_up: "installed" }),
        ask!(HoldPrepMeetingRequest { name: name.clone(), logistics: "a room" }),
    ];
    for (meeting, left) in
        meetings.into_iter().zip([&[0, 1, 3, 4, 5][..], &[0, 3, 4, 5], &[0, 4, 5], &[4, 5]])
    {
        play.refused(OTHER_GMFTA, meeting.clone(), Code::NotFound, &["NOT_FOUND"]).await;
        play.step(GMFTA, meeting).await;
        let left: Vec<_> = left.iter().map(|index| PREPARATION[*index]).collect();
        play.refused(GMFTA, workshop(&name), NOT_READY, &lacking(&left)).await;
        let duties = play.duties(ENGAGEMENTS, GMFTA.person, &name).await;
        let due = duties.iter().find(|duty| duty.action == "HOLD_WORKSHOP").expect("it waits");
        assert_eq!(due.missing.iter().map(|it| it.reason.as_str()).collect::<Vec<_>>(), left);
    }
    play.step(FE, report(&name, true, false)).await;
    play.refused(GMFTA, workshop(&name), NOT_READY, &lacking(&PREPARATION[5..])).await;
    play.step(SME, report(&name, true, true)).await;
    let held = play.step(GMFTA, workshop(&name)).await;
    assert_eq!((held.stage(), held.prep_meetings.len()), (Stage::Delivery, 4));
    play.refused(GMFTA, workshop(&name), NOT_READY, &lacking(&["WORKSHOP_ALREADY_HELD"])).await;
    let further = ask!(HoldPrepMeetingRequest { name: name.clone(), agenda: "again" });
    assert_eq!(play.step(GMFTA, further).await.prep_meetings.len(), 5);
    play.deliver(&name).await;
    let late = ask!(HoldPrepMeetingRequest { name: name, agenda: "again" });
    play.refused(GMFTA, late, NOT_READY, WRONG_STATE).await;
    play.stop().await;
}

/// E-3.1, E-3.2: a workshop without content is told of that and of its preparation in one refusal.
#[tokio::test]
async fn an_empty_workshop_names_its_content_and_its_preparation() {
    let play = Play::start().await;
    let name = play.preparing("contoso").await;
    let content = [
        "READINESS_ANALYSIS_MISSING",
        "ENVIRONMENT_DETAILS_MISSING",
        "DEPLOYMENT_PLAN_MISSING",
        "FINDINGS_UNANSWERED",
    ];
    let empty = ask!(HoldWorkshopRequest { name: name.clone() });
    let told = play.refused(GMFTA, empty, INVALID, &lacking(&[&content[..], &PREPARATION].concat())).await;
    let about = subjects(&told);
    assert_eq!(about.len(), 3 + 3 + 6);
    for kind in ["findings.blockers", "findings.challenges", "findings.concerns"] {
        assert!(about.iter().any(|subject| subject == kind), "{kind} in {about:?}");
    }
    let mut contradicted = workshop(&name);
    contradicted.findings.push(Finding { kind: Kind::Challenge.into(), description: String::new() });
    let faults = [&["FINDINGS_CONTRADICTED", "DESCRIPTION_MISSING"], &PREPARATION[..]].concat();
    play.refused(GMFTA, contradicted, INVALID, &lacking(&faults)).await;
    play.stop().await;
}

/// E-2d, E-2e: the FE, the SME or the GMFTA reports; the last report is what counts, until the handover.
#[tokio::test]
async fn the_last_report_on_desktop_analytics_counts() {
    let play = Play::start().await;
    let early = play.aligned("northwind").await;
    play.refused(FE, report(&early, true, true), NOT_READY, WRONG_STATE).await;
    let name = play.preparing("contoso").await;
    play.refused(FM, report(&name, true, true), DENIED, &["WRONG_ROLE"]).await;
    play.refused(OTHER_FE, report(&name, true, true), Code::NotFound, &["NOT_FOUND"]).await;
    let mut negative = report(&name, true, true);
    negative.enrolled_devices = -1;
    play.refused(FE, negative, INVALID, &["INVALID_REQUEST", "FIELD_MALFORMED"]).await;
    let mut fewer = report(&name, true, true);
    fewer.enrolled_devices -= 1;
    play.refused(FE, fewer, INVALID, &["ANALYTICS_INCONSISTENT", "READINESS_OF_MORE_DEVICES"]).await;
    for (who, role, enrolled) in [(GMFTA, Role::Gmfta, 1), (FE, Role::Fe, 2), (SME, Role::Sme, 3)] {
        let mut shown = report(&name, true, false);
        (shown.enrolled_devices, shown.readiness) = (enrolled, None);
        let analytics = play.step(who, shown).await.analytics.expect("the report");
        let stamp = analytics.stamp.expect("who reported");
        assert_eq!(
            (analytics.enrolled_devices, stamp.person.as_str(), stamp.role()),
            (enrolled, who.person, role)
        );
        assert_eq!(play.insights().await.enrolled_devices, i64::from(enrolled));
    }
    assert!(actions(&play.duties(ENGAGEMENTS, GMFTA.person, &name).await).contains(&"REPORT_ANALYTICS"));
    play.prepare(&name).await;
    assert_eq!(play.insights().await.readiness.map(|it| it.ready), Some(600));
    play.step(FE, report(&name, true, true)).await;
    play.deliver(&name).await;
    play.refused(FE, report(&name, true, true), NOT_READY, WRONG_STATE).await;
    play.stop().await;
}

/// E-3.1: a version that nobody knows is a typing error, and a date that was over when the engagement began is no plan.
#[tokio::test]
async fn a_plan_names_a_version_that_is_known_or_that_a_setting_adds_and_a_date_to_come() {
    let more = || vec!["target_os_version=25H2".parse().expect("a value of a field")];
    let play = Play::on(Product::with(|settings| settings.more = more()).await);
    let name = play.delivering("contoso").await;
    let planned = |version: &str, date: &str| {
        let mut again = HoldWorkshopRequest { cause: "another plan".to_owned(), ..workshop(&name) };
        let target = again.deployment_plan.as_mut().expect("a plan");
        (target.target_os_version, target.completion_date) = (version.to_owned(), date.to_owned());
        again
    };
    let odd = lacking(&["TARGET_OS_VERSION_UNKNOWN", "COMPLETION_DATE_EARLY"]);
    play.refused(GMFTA, planned("1990", "2019-10-01"), INVALID, &odd).await;
    play.refused(GMFTA, planned("26H2", "2999-01-14"), INVALID, &odd[..2]).await;
    for version in ["22H2", "25H2"] {
        let held = play.step(GMFTA, planned(version, "2999-01-14")).await.workshop.expect("it was held");
        assert_eq!(held.deployment_plan.expect("a plan").target_os_version, version);
    }
}
