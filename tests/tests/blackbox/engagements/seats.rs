//! Seats that change hands: rights, sight, duties and open tasks go with them, what was done stays (R-4, I-22, I-23).

use getmodern::client::Actor;
use proto::{
    common::v1::{
        Event, ListDutiesRequest, ListDutiesResponse, ListEventsRequest, ListEventsResponse, Role,
        WatchEventsRequest, WatchEventsResponse,
    },
    engagement::v1::{
        AcknowledgeSeatRequest, ApproveReengagementRequest, ChangeSeatRequest, CompleteReengagementRequest,
        Engagement, GetEngagementRequest, ListEngagementsRequest, ListEngagementsResponse,
        RaiseBlockerRequest, RejoinEngagementRequest, RequestReengagementRequest, Stage,
        WithdrawSeatChangeRequest, blocker, superseded::Was,
    },
    tasks::v1::{
        CompleteTaskRequest, CreateTaskRequest, GetTaskRequest, ListNotesRequest, ListNotesResponse,
        ListTasksRequest, ListTasksResponse, Note, Task, WriteNoteRequest, note, task,
    },
};
use tests::actor;
use tokio::time::timeout;
use tonic::{Code, Streaming};

use super::{DENIED, INVALID, NOT_READY, WRONG_STATE, cancellations::close};
use crate::{
    cast::{
        ENGAGEMENTS, FE, FM, GET_MODERN_SME, GMFTA, OTHER_FE, OTHER_GMFTA, PROGRAM, Play, SIX, SME, TASKS,
        actions, ask,
    },
    faults::gateway::eventually,
    prefix::{PILOT, REENGAGEMENT, SUMMARY},
    wire::{Wire, as_headers},
};

const OTHER_FM: Actor = actor("people/other-fm", "FM");

pub(crate) fn give(name: &str, role: Role, who: Actor) -> ChangeSeatRequest {
    ask!(ChangeSeatRequest { name: name, role: role, successor: who.person, cause: "another customer" })
}

pub(crate) fn hand(name: &str, role: Role, who: Actor) -> ChangeSeatRequest {
    ChangeSeatRequest { cause: "left the company".to_owned(), has_left: true, ..give(name, role, who) }
}

fn acknowledge(name: &str) -> AcknowledgeSeatRequest {
    ask!(AcknowledgeSeatRequest { name: name })
}

fn keep(name: &str, role: Role) -> WithdrawSeatChangeRequest {
    ask!(WithdrawSeatChangeRequest { name: name, role: role, cause: "they stay" })
}

/// The places where somebody is shown an engagement: itself, lists, duties, events, and its tasks and notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) itself: bool,
    pub(super) listed: usize,
    pub(super) tasks: usize,
    pub(super) notes: usize,
    events: bool,
    duties: bool,
}

pub(super) const NOTHING: Seen =
    Seen { itself: false, listed: 0, tasks: 0, notes: 0, events: false, duties: false };

pub(super) async fn seen(play: &Play, who: Actor, name: &str) -> Seen {
    let get = GetEngagementRequest { name: name.to_owned() };
    let itself = play.client.call::<_, Engagement>(who, get).await;
    let refused = itself.as_ref().err().map(tonic::Status::code);
    assert!(matches!(refused, None | Some(Code::NotFound)), "{who:?}: {refused:?}");
    let engagements: ListEngagementsResponse = play.ok(who, ListEngagementsRequest::default()).await;
    let mine = ListEngagementsRequest { person: who.person.to_owned(), ..Default::default() };
    let mine: ListEngagementsResponse = play.ok(who, mine).await;
    assert_eq!(mine.engagements, engagements.engagements, "{who:?} is named by what they see");
    let tasks: ListTasksResponse = play.ok(who, ListTasksRequest::default()).await;
    for task in &tasks.tasks {
        let _: Task = play.ok(who, GetTaskRequest { name: task.name.clone() }).await;
    }
    let notes: ListNotesResponse = play.ok(who, ListNotesRequest::default()).await;
    let (mut events, mut duties) = (false, false);
    for service in [ENGAGEMENTS, TASKS] {
        let path = format!("/{service}/ListEvents");
        let found: ListEventsResponse = play.ask_at(who, &path, ListEventsRequest::default()).await;
        events |= !found.events.is_empty();
        let path = format!("/{service}/ListDuties");
        let found: ListDutiesResponse = play.ask_at(who, &path, ListDutiesRequest::default()).await;
        duties |= !found.duties.is_empty();
    }
    let (listed, tasks, notes) = (engagements.engagements.len(), tasks.tasks.len(), notes.notes.len());
    Seen { itself: itself.is_ok(), listed, tasks, notes, events, duties }
}

/// Waits until the tasks service has given the seat to `who` on every task.
async fn follows(play: &Play, name: &str, who: Actor) {
    let path = format!("/{TASKS}/ListEvents");
    let taken = |found: &ListEventsResponse| found.events.iter().any(|event| event.kind == "TaskReseated");
    eventually("the tasks service has heard of the successor", async || {
        let ask = ListEventsRequest { resource: name.to_owned(), page_size: 500, ..Default::default() };
        play.client.call_at(who, &path, ask).await.ok().filter(taken)
    })
    .await;
}

pub(crate) async fn approved(play: &Play, name: &str) -> Engagement {
    let request = ask!(RequestReengagementRequest { name: name, escalation: "two branches stand still" });
    let etag = play.step(SME, request).await.etag;
    let approve = ask!(ApproveReengagementRequest {
        name: name,
        etag: etag,
        nature: "an application blocks",
        specific_request: "talk to the vendor",
    });
    play.step(GET_MODERN_SME, approve).await
}

/// E-5.3, I-22: the GMFTA leaves on standby with an approved request; the successor sees what there was, re-joins and completes.
#[tokio::test]
async fn the_gmfta_leaves_on_standby_with_an_approved_call_back_and_the_successor_re_joins() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    approved(&play, &name).await;
    let wanted = play.playbook_task(&name, REENGAGEMENT, 1).await;
    let whole = seen(&play, GMFTA, &name).await;
    assert_eq!(whole, Seen { itself: true, listed: 1, tasks: 3, notes: 1, events: true, duties: true });
    assert_eq!(seen(&play, OTHER_GMFTA, &name).await, NOTHING);
    let summary = play.playbook_task(&name, SUMMARY, 0).await;

    let left = play.step(PROGRAM, hand(&name, Role::Gmfta, OTHER_GMFTA)).await;
    assert_eq!(left.roster.as_ref().map(|six| six.gmfta.as_str()), Some(OTHER_GMFTA.person));
    assert_eq!((left.seat_changes.len(), left.seat_changes[0].taken), (1, true));
    let Some(Was::Seat(held)) = &left.superseded[0].was else { panic!("a seat: {left:?}") };
    assert_eq!((held.person.as_str(), held.successor.as_str()), (GMFTA.person, OTHER_GMFTA.person));
    assert_eq!(left.superseded[0].cause, "left the company");
    follows(&play, &name, OTHER_GMFTA).await;
    assert_eq!(seen(&play, GMFTA, &name).await, NOTHING, "no right is left behind");
    assert_eq!(seen(&play, OTHER_GMFTA, &name).await, whole);

    let rejoin = || ask!(RejoinEngagementRequest { name: name.clone() });
    play.refused(GMFTA, rejoin(), Code::NotFound, &["NOT_FOUND"]).await;
    play.refused(OTHER_GMFTA, rejoin(), NOT_READY, &["SEAT_NOT_ACKNOWLEDGED"]).await;
    let waits = play.duties(ENGAGEMENTS, OTHER_GMFTA.person, &name).await;
    assert_eq!(actions(&waits), ["REJOIN_ENGAGEMENT", "ACKNOWLEDGE_SEAT"]);
    assert_eq!(waits[0].missing[0].reason, "SEAT_NOT_ACKNOWLEDGED");
    assert!(play.duties(ENGAGEMENTS, GMFTA.person, &name).await.is_empty());
    play.step(OTHER_GMFTA, acknowledge(&name)).await;
    assert_eq!(play.step(OTHER_GMFTA, rejoin()).await.stage(), Stage::Reengaged);

    let ready = |task: &Task| task.evidence.is_some() && task.assignee == OTHER_GMFTA.person;
    let question = GetTaskRequest { name: wanted.name.clone() };
    let _: Task = play.until("the task is the successor's", question, ready).await;
    let complete = || ask!(CompleteTaskRequest { name: wanted.name.clone(), outcome: "done" });
    play.refused(GMFTA, complete(), Code::NotFound, &["NOT_FOUND"]).await;
    play.work(OTHER_GMFTA, complete()).await;
    let kind = note::Kind::EnterpriseStatusNotes;
    let write = ask!(WriteNoteRequest { engagement: name.clone(), kind: kind, text: "it moves again" });
    let _: Note = play.ok(OTHER_GMFTA, write).await;
    let told = |found: &Engagement| {
        let last = found.reengagements.last();
        last.is_some_and(|it| it.status_note.is_some() && it.task_completed.is_some())
    };
    let get = GetEngagementRequest { name: name.clone() };
    let known: Engagement = play.until("task and note are known", get, told).await;
    let back = play.step(OTHER_GMFTA, ask!(CompleteReengagementRequest { name: name.clone() })).await;
    assert_eq!(back.stage(), Stage::Standby);
    assert_eq!(known.handover.and_then(|it| it.stamp).map(|it| it.person), Some(GMFTA.person.to_owned()));
    let done: Task = play.ok(OTHER_GMFTA, GetTaskRequest { name: summary.name.clone() }).await;
    let completed = (done.state(), done.assignee.as_str(), done.completed.map(|stamp| stamp.person));
    assert_eq!(completed, (task::State::Completed, GMFTA.person, Some(GMFTA.person.to_owned())), "I-19");
    play.stop().await;
}

/// R-4, I-22: until the successor acknowledges, the one before holds the seat; then they are gone, and their open tasks moved.
#[tokio::test]
async fn a_seat_is_handed_over_when_the_successor_acknowledges() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    for template in [SUMMARY, PILOT] {
        play.playbook_task(&name, template, 0).await;
    }
    let create = ask!(CreateTaskRequest { engagement: name.clone(), title: "call the vendor" });
    let ad_hoc = play.work(FE, CreateTaskRequest { assignee: FE.person.to_owned(), ..create }).await;
    assert_eq!(seen(&play, OTHER_FE, &name).await, NOTHING);
    let given = play.step(FM, give(&name, Role::Fe, OTHER_FE)).await;
    let change = &given.seat_changes[0];
    assert_eq!((change.role(), change.successor.as_str(), change.taken), (Role::Fe, OTHER_FE.person, false));
    assert_eq!(change.given.as_ref().map(|stamp| stamp.person.as_str()), Some(FM.person));
    assert_eq!(actions(&play.duties(ENGAGEMENTS, OTHER_FE.person, &name).await), ["ACKNOWLEDGE_SEAT"]);
    let mut before = seen(&play, OTHER_FE, &name).await;
    assert_eq!((before.itself, before.listed, before.tasks), (true, 1, 0), "they see what they are to take");
    let raise = |who| {
        (who, ask!(RaiseBlockerRequest { name: name.clone(), kind: blocker::Kind::Other, description: "x" }))
    };
    let (who, blocker) = raise(OTHER_FE);
    play.refused(who, blocker, DENIED, &["NOT_ROSTERED"]).await;
    let (who, blocker) = raise(FE);
    play.step(who, blocker).await;

    let taken = play.step(OTHER_FE, acknowledge(&name)).await;
    assert_eq!((taken.roster.expect("six").fe.as_str(), taken.seat_changes.len()), (OTHER_FE.person, 0));
    follows(&play, &name, OTHER_FE).await;
    before = seen(&play, OTHER_FE, &name).await;
    assert_eq!((before.itself, before.tasks), (true, 3));
    assert_eq!(seen(&play, FE, &name).await, NOTHING);
    let moved: Task = play.ok(OTHER_FE, GetTaskRequest { name: ad_hoc.name.clone() }).await;
    assert_eq!(moved.assignee, OTHER_FE.person);
    let (who, blocker) = raise(OTHER_FE);
    let raised = play.step(who, blocker).await;
    let by: Vec<_> =
        raised.blockers.iter().filter_map(|it| it.raised.as_ref()).map(|it| it.person.as_str()).collect();
    assert_eq!(by, [FE.person, OTHER_FE.person], "what the one before did stays theirs");
    play.refused(OTHER_FE, acknowledge(&name), NOT_READY, &["ALREADY_SEATED"]).await;
    play.stop().await;
}

/// I-22: a successor who never acknowledges is replaced by another, or the change is taken back; nobody is waited for for ever.
#[tokio::test]
async fn a_successor_who_never_acknowledges_is_replaced_or_the_change_is_taken_back() {
    let play = Play::start().await;
    let name = play.assigned("contoso").await;
    play.refused(
        PROGRAM,
        give(&name, Role::Fe, OTHER_FE),
        NOT_READY,
        &["SEAT_NOT_CHANGED", "SEAT_NOT_FILLED"],
    )
    .await;
    let never = actor("people/never", "GMFTA");
    for change in [give(&name, Role::Gmfta, never), hand(&name, Role::Gmfta, never)] {
        let has_left = change.has_left;
        play.step(PROGRAM, change).await;
        assert_eq!(seen(&play, never, &name).await.listed, 1);
        let other = if has_left { OTHER_GMFTA } else { GMFTA };
        if has_left {
            play.refused(
                PROGRAM,
                keep(&name, Role::Gmfta),
                NOT_READY,
                &["SEAT_CHANGE_NOT_WITHDRAWN", "NO_SEAT_CHANGE"],
            )
            .await;
            play.step(PROGRAM, give(&name, Role::Gmfta, other)).await;
            play.step(other, acknowledge(&name)).await;
        } else {
            play.step(PROGRAM, keep(&name, Role::Gmfta)).await;
        }
        assert_eq!(seen(&play, never, &name).await, NOTHING);
        play.refused(never, acknowledge(&name), Code::NotFound, &["NOT_FOUND"]).await;
        assert_eq!(play.engagement(&name).await.roster.expect("the GMFTA").gmfta, other.person);
    }
    let kept = play.engagement(&name).await.superseded;
    let was = kept.iter().map(|kept| matches!(kept.was, Some(Was::SeatChange(_)))).collect::<Vec<_>>();
    assert_eq!(was, [true, false, false], "{kept:?}");
    play.step(PROGRAM, close(&name)).await;
    play.refused(PROGRAM, give(&name, Role::Gmfta, GMFTA), NOT_READY, WRONG_STATE).await;
    play.stop().await;
}

/// I-18: who may give which seat, and what a change has to say.
#[tokio::test]
async fn the_program_team_gives_every_seat_and_the_fm_three_of_them() {
    let play = Play::start().await;
    let name = play.aligned("contoso").await;
    let changes = [(Role::Gmfta, GMFTA), (Role::Fm, FM), (Role::Ats, SIX[5])];
    for (role, _) in changes {
        play.refused(FM, give(&name, role, OTHER_FE), DENIED, &["SEAT_OF_PROGRAM_TEAM"]).await;
        play.refused(FM, keep(&name, role), DENIED, &["SEAT_OF_PROGRAM_TEAM"]).await;
    }
    for role in [Role::Fe, Role::Sme, Role::Fta] {
        play.step(FM, give(&name, role, OTHER_FE)).await;
        play.step(FM, keep(&name, role)).await;
    }
    play.refused(OTHER_FM, give(&name, Role::Fe, OTHER_FE), Code::NotFound, &["NOT_FOUND"]).await;
    for who in [GMFTA, FE, SME, GET_MODERN_SME] {
        play.refused(who, give(&name, Role::Fe, OTHER_FE), DENIED, &["WRONG_ROLE"]).await;
    }
    let silent = ChangeSeatRequest { cause: " ".to_owned(), ..give(&name, Role::Fe, OTHER_FE) };
    play.refused(PROGRAM, silent, INVALID, &["SEAT_NOT_CHANGED", "CAUSE_MISSING"]).await;
    let nobodys = give(&name, Role::Leadership, OTHER_FE);
    play.refused(PROGRAM, nobodys, INVALID, &["SEAT_NOT_CHANGED", "ROLE_NOT_ROSTERED"]).await;
    play.refused(PROGRAM, give(&name, Role::Fe, FE), NOT_READY, &["SEAT_NOT_CHANGED", "ALREADY_SEATED"])
        .await;
    play.stop().await;
}

async fn watch(play: &Play, who: Actor, service: &str) -> Streaming<WatchEventsResponse> {
    let mut client = tonic::client::Grpc::new(Wire::to(play.product()).channel());
    client.ready().await.expect("ready");
    let mut request = tonic::Request::new(WatchEventsRequest::default());
    for (name, value) in as_headers(who) {
        request.metadata_mut().insert(name, value.parse().expect("a header"));
    }
    let path = format!("/{service}/WatchEvents").parse().expect("a path");
    let codec = tonic_prost::ProstCodec::<WatchEventsRequest, WatchEventsResponse>::default();
    client.server_streaming(request, path, codec).await.expect("a watch").into_inner()
}

/// Everything that a watch gives until it says that it has given all up to `revision`.
async fn up_to(watch: &mut Streaming<WatchEventsResponse>, revision: i64) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let next = timeout(tests::PATIENCE, watch.message()).await.expect("in time");
        let batch = next.expect("no end").expect("a batch");
        events.extend(batch.events);
        if batch.revision >= revision {
            return events;
        }
    }
}

async fn head(play: &Play, service: &str) -> i64 {
    let path = format!("/{service}/ListEvents");
    let found: ListEventsResponse = play.ask_at(PROGRAM, &path, ListEventsRequest::default()).await;
    found.head_revision
}

/// I-18, I-22: a watch that is open shows nothing more to who has left, and goes on for who came.
#[tokio::test]
async fn an_open_watch_ends_with_the_seat_for_who_left_and_begins_for_who_came() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let (mut theirs, mut others) =
        (watch(&play, GMFTA, ENGAGEMENTS).await, watch(&play, OTHER_GMFTA, ENGAGEMENTS).await);
    let before = head(&play, ENGAGEMENTS).await;
    assert!(!up_to(&mut theirs, before).await.is_empty());
    assert_eq!(up_to(&mut others, before).await, []);
    play.step(PROGRAM, hand(&name, Role::Gmfta, OTHER_GMFTA)).await;
    let kind = blocker::Kind::Other;
    play.step(FE, ask!(RaiseBlockerRequest { name: name.clone(), kind: kind, description: "the VPN" })).await;
    let after = head(&play, ENGAGEMENTS).await;
    assert_eq!(up_to(&mut theirs, after).await, [], "nothing more for who has left");
    let kinds: Vec<_> = up_to(&mut others, after).await.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["SeatTaken", "BlockerRaised"]);
    play.stop().await;
}
