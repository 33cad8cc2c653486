//! Deputies: what a seat may from a day to a day, at the review too, and no sight left behind (E-4, E-5.2, I-22).

use getmodern::client::Actor;
use proto::{
    common::v1::Role,
    engagement::v1::{
        AppointDeputyRequest, ApproveReengagementRequest, Attendee, EndDeputyRequest, FinalizeSummaryRequest,
        HandOverRequest, HoldReviewRequest, PlanPilotRequest, RecordPilotResultRequest,
        RequestReengagementRequest, SaveSummaryRequest, Stage, StartPilotRequest, pilot_result::Outcome,
    },
    tasks::v1::{
        CompleteTaskRequest, GetTaskRequest, ListTasksRequest, ListTasksResponse, Note, Task,
        WriteNoteRequest, note,
    },
};
use tests::actor;
use tonic::Code;

use super::{
    DENIED, INVALID, NOT_READY,
    seats::{NOTHING, seen},
};
use crate::{
    cast::{FE, FM, FTA, GET_MODERN_SME, GMFTA, OTHER_FE, OTHER_GMFTA, PROGRAM, Play, SME, ask, contact},
    faults::gateway::eventually,
    prefix::{PILOT, SUMMARY, content, devices, get},
};

/// Whatever day it is, it is within.
pub(crate) fn appoint(name: &str, role: Role, who: Actor) -> AppointDeputyRequest {
    ask!(AppointDeputyRequest {
        name: name,
        role: role,
        deputy: who.person,
        first_date: "2019-12-01",
        last_date: "9999-12-31",
        cause: "on leave",
    })
}

pub(crate) fn end(name: &str, deputyship: i32) -> EndDeputyRequest {
    ask!(EndDeputyRequest { name: name, deputyship: deputyship, cause: "back already" })
}

fn review(name: &str, present: &[Role], attendees: Vec<Attendee>) -> HoldReviewRequest {
    let present: Vec<i32> = present.iter().map(|role| i32::from(*role)).collect();
    ask!(HoldReviewRequest { name: name, present: present, attendees: attendees, conclusions: "ready" })
}

fn attendee(role: Role, who: Actor) -> Attendee {
    Attendee { role: role.into(), person: who.person.to_owned(), as_deputy: false }
}

/// Waits until the tasks service shows `who` that many tasks of the engagement.
async fn tasks_seen(play: &Play, who: Actor, name: &str, count: usize) -> Vec<Task> {
    eventually("so many tasks are seen", async || {
        let list = ListTasksRequest { engagement: name.to_owned(), ..ListTasksRequest::default() };
        let found: ListTasksResponse = play.ok(who, list).await;
        (found.tasks.len() == count).then_some(found.tasks)
    })
    .await
}

/// E-3.3 to E-4, I-14: the deputy of the GMFTA delivers, writes and holds the review, at which the FE's deputy sits for them; the
/// history names both, and with the deputyship ends what they see.
#[tokio::test]
async fn deputies_deliver_and_sit_in_the_review_and_see_nothing_afterwards() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    for template in [SUMMARY, PILOT] {
        play.playbook_task(&name, template, 0).await;
    }
    assert_eq!(seen(&play, OTHER_GMFTA, &name).await, NOTHING);
    let save = ask!(SaveSummaryRequest { name: name.clone(), content: content() });
    play.refused(OTHER_GMFTA, save, Code::NotFound, &["NOT_FOUND"]).await;
    play.step(GMFTA, appoint(&name, Role::Gmfta, OTHER_GMFTA)).await;
    tasks_seen(&play, OTHER_GMFTA, &name, 2).await;
    delivers(&play, &name).await;
    records(&play, &name).await;
    reviews(&play, &name).await;
    ends(&play, &name).await;
    play.stop().await;
}

/// The deputy of the GMFTA writes the summary and runs the pilot (E-3.3, E-3.4).
async fn delivers(play: &Play, name: &str) {
    let save = ask!(SaveSummaryRequest { name: name, content: content() });
    let saved = play.step(OTHER_GMFTA, save).await;
    let by = saved.summary.and_then(|it| it.saved).map(|stamp| (stamp.person.clone(), stamp.role()));
    assert_eq!(by, Some((OTHER_GMFTA.person.to_owned(), Role::Gmfta)), "as the GMFTA, by their own name");
    play.step(OTHER_GMFTA, ask!(FinalizeSummaryRequest { name: name })).await;
    play.step(OTHER_GMFTA, ask!(PlanPilotRequest { name: name, devices: devices(5) })).await;
    play.step(OTHER_GMFTA, ask!(StartPilotRequest { name: name, devices: devices(5) })).await;
    for device in devices(5) {
        let outcome = Outcome::Succeeded;
        let result = ask!(RecordPilotResultRequest { name: name, device: device, outcome: outcome });
        play.step(FE, result).await;
    }
}

/// They complete both tasks, and write the note after them (E-3.3e, E-3.4a, E-3.5).
async fn records(play: &Play, name: &str) {
    for template in [SUMMARY, PILOT] {
        let Task { name: task, .. } = play.playbook_task(name, template, 0).await;
        let ready = |task: &Task| task.evidence.is_some();
        let _: Task = play.until("its evidence is there", GetTaskRequest { name: task.clone() }, ready).await;
        play.work(OTHER_GMFTA, ask!(CompleteTaskRequest { name: task, outcome: "done" })).await;
    }
    let kind = note::Kind::EnterpriseNotes;
    let write = ask!(WriteNoteRequest { engagement: name, kind: kind, text: "as agreed" });
    let _: Note = play.ok(OTHER_GMFTA, write).await;
    let told = |found: &proto::engagement::v1::Engagement| {
        found.record.is_some_and(|it| it.enterprise_note_time.is_some())
    };
    let _: proto::engagement::v1::Engagement = play.until("the note is known", get(name), told).await;
}

/// They hold the review, at which the FE is there by deputy; nobody else sits for the FE (E-4, I-14).
async fn reviews(play: &Play, name: &str) {
    let three = [Role::Fta, Role::Sme, Role::Fm];
    let with_other = || review(name, &three, vec![attendee(Role::Fe, OTHER_FE)]);
    let nobodys = ["REVIEW_NOT_READY", "NOT_OF_THE_SEAT"];
    play.refused(OTHER_GMFTA, with_other(), INVALID, &nobodys).await;
    play.step(FE, appoint(name, Role::Fe, OTHER_FE)).await;
    let alone = review(name, &three, Vec::new());
    play.refused(OTHER_GMFTA, alone, INVALID, &["REVIEW_NOT_READY", "ROLE_ABSENT"]).await;
    let reviewed = play.step(OTHER_GMFTA, with_other()).await;
    let held = reviewed.review.expect("held");
    let came: Vec<_> =
        held.attendees.iter().map(|it| (it.role(), it.person.as_str(), it.as_deputy)).collect();
    let expected = [
        (Role::Fta, FTA.person, false),
        (Role::Sme, SME.person, false),
        (Role::Fm, FM.person, false),
        (Role::Fe, OTHER_FE.person, true),
    ];
    assert_eq!((came, held.present.len()), (expected.to_vec(), 4));
    let hand_over = ask!(HandOverRequest { name: name, receiver_contact: contact("the remote lead") });
    assert_eq!(play.step(OTHER_GMFTA, hand_over).await.stage(), Stage::Standby);
}

/// The deputyships end, and with them what the deputies see (I-22).
async fn ends(play: &Play, name: &str) {
    let whole = seen(play, OTHER_GMFTA, name).await;
    assert_eq!((whole.itself, whole.listed, whole.tasks, whole.notes), (true, 1, 2, 1));
    let ended = play.step(GMFTA, end(name, 1)).await;
    let deputyship = &ended.deputies[0];
    assert_eq!((deputyship.deputy.as_str(), deputyship.holder.as_str()), (OTHER_GMFTA.person, GMFTA.person));
    assert_eq!(deputyship.end_cause, "back already");
    tasks_seen(play, OTHER_GMFTA, name, 0).await;
    assert_eq!(seen(play, OTHER_GMFTA, name).await, NOTHING, "no right is left behind");
    play.refused(OTHER_GMFTA, end(name, 1), Code::NotFound, &["NOT_FOUND"]).await;
    play.refused(GMFTA, end(name, 1), NOT_READY, &["DEPUTYSHIP_NOT_ENDED", "DEPUTYSHIP_ENDED"]).await;
    assert!(seen(play, OTHER_FE, name).await.itself, "the FE's deputy is one still");
    play.step(OTHER_FE, end(name, 2)).await;
}

/// E-5.2: the deputy of the GMFTA approves no call-back of theirs.
#[tokio::test]
async fn a_deputy_of_the_gmfta_does_not_approve_their_own_call_back() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    let deputy = Actor { role: "GMFTA", ..GET_MODERN_SME };
    play.step(PROGRAM, appoint(&name, Role::Gmfta, deputy)).await;
    let request =
        ask!(RequestReengagementRequest { name: name.clone(), escalation: "two branches stand still" });
    let etag = play.step(SME, request).await.etag;
    let approve = |etag: &str| {
        ask!(ApproveReengagementRequest {
            name: name.clone(),
            etag: etag,
            nature: "an application",
            specific_request: "a call"
        })
    };
    play.refused(GET_MODERN_SME, approve(&etag), DENIED, &["OWN_BRIEF"]).await;
    let etag = play.step(PROGRAM, end(&name, 1)).await.etag;
    play.step(GET_MODERN_SME, approve(&etag)).await;
    let late = appoint(&name, Role::Gmfta, deputy);
    play.refused(PROGRAM, late, NOT_READY, &["DEPUTY_NOT_APPOINTED", "OWN_BRIEF"]).await;
    play.stop().await;
}

/// I-18: whose deputy, by whom and for when.
#[tokio::test]
async fn a_deputy_is_appointed_by_the_seat_or_by_who_gives_it_for_days_to_come() {
    let play = Play::start().await;
    let name = play.aligned("contoso").await;
    play.refused(FM, appoint(&name, Role::Gmfta, OTHER_GMFTA), DENIED, &["SEAT_OF_PROGRAM_TEAM"]).await;
    play.refused(SME, appoint(&name, Role::Fe, OTHER_FE), DENIED, &["ROLE_NOT_ALLOWED"]).await;
    play.refused(OTHER_FE, appoint(&name, Role::Fe, OTHER_FE), Code::NotFound, &["NOT_FOUND"]).await;
    let over =
        AppointDeputyRequest { last_date: "2019-12-24".to_owned(), ..appoint(&name, Role::Fe, OTHER_FE) };
    play.refused(FE, over, INVALID, &["DEPUTY_NOT_APPOINTED", "DAYS_OVER"]).await;
    let reversed = AppointDeputyRequest {
        first_date: "9999-12-31".to_owned(),
        last_date: "9999-12-30".to_owned(),
        ..appoint(&name, Role::Fe, OTHER_FE)
    };
    play.refused(FE, reversed, INVALID, &["DEPUTY_NOT_APPOINTED", "DAYS_REVERSED"]).await;
    let silent = AppointDeputyRequest { cause: " ".to_owned(), ..appoint(&name, Role::Fe, OTHER_FE) };
    play.refused(FE, silent, INVALID, &["DEPUTY_NOT_APPOINTED", "CAUSE_MISSING"]).await;
    let dateless =
        AppointDeputyRequest { first_date: "soon".to_owned(), ..appoint(&name, Role::Fe, OTHER_FE) };
    play.refused(FE, dateless, INVALID, &["INVALID_REQUEST", "FIELD_MALFORMED"]).await;
    play.step(FM, appoint(&name, Role::Fe, OTHER_FE)).await;
    let other = appoint(&name, Role::Fe, actor("people/third-fe", "FE"));
    play.refused(FE, other, NOT_READY, &["DEPUTY_NOT_APPOINTED", "DEPUTY_ALREADY_APPOINTED"]).await;
    play.refused(FE, end(&name, 7), Code::NotFound, &["DEPUTYSHIP_UNKNOWN"]).await;
    play.step(FE, end(&name, 1)).await;
    play.stop().await;
}
