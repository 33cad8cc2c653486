//! What a list is asked for is what it gives: each filter of the tasks', the notes' and the engagements' list.

use std::collections::BTreeSet;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use proto::{
    engagement::v1::{Engagement, ListEngagementsRequest, ListEngagementsResponse},
    tasks::v1::{
        BlockTaskRequest, CreateTaskRequest, ListNotesRequest, ListNotesResponse, ListTasksRequest,
        ListTasksResponse, Note, StartTaskRequest, Task, WriteNoteRequest, note,
    },
};

use crate::{
    cast::{ENGAGEMENTS, FE, FM, GMFTA, LEADERSHIP, Play, SME, TASKS, ask},
    engagements::holds,
    prefix::{PILOT, REENGAGEMENT},
};

/// Two engagements at different steps, with tasks and notes in every state that a filter tells apart.
async fn furnish(play: &Play) {
    let reactive = play.handed_off("contoso").await;
    let proactive = play.standing_by("northwind").await;
    let assigned = play.assigned("fabrikam").await;
    play.step(GMFTA, holds::hold(&assigned, &holds::day(play, 1).await)).await;
    play.call_back(&proactive).await;
    play.playbook_task(&proactive, REENGAGEMENT, 1).await;
    play.playbook_task(&reactive, PILOT, 0).await;
    for (engagement, assignee) in [(&reactive, FM), (&proactive, FE)] {
        let person = assignee.person;
        let create =
            ask!(CreateTaskRequest { engagement: engagement.clone(), title: "Call", assignee: person });
        let name = play.work(SME, create).await.name;
        play.work(assignee, ask!(StartTaskRequest { name: name.clone() })).await;
        if assignee.role == "FE" {
            play.work(assignee, ask!(BlockTaskRequest { name: name, cause: "no answer" })).await;
        }
    }
    for (engagement, author) in [(&reactive, GMFTA), (&reactive, SME), (&proactive, SME)] {
        let kind = note::Kind::EnterpriseStatusNotes;
        let write = ask!(WriteNoteRequest { engagement: engagement.clone(), kind: kind, text: "seen" });
        let _: Note = play.ok(author, write).await;
    }
}

/// Asks with each filter for each value that something has, and expects those that have it, the newest first.
async fn each_filter<R, T>(
    play: &Play,
    path: &str,
    all: &[T],
    items: fn(R) -> Vec<T>,
    name: fn(&T) -> &str,
    values: fn(&T, &str) -> Vec<Value>,
) where
    R: Message + Default + 'static,
{
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).expect("our own descriptors read");
    let (service, method) = path.trim_start_matches('/').split_once('/').expect("a path");
    let service = pool.get_service_by_name(service).expect("the service");
    let request = service.methods().find(|known| known.name() == method).expect("the method").input();
    let filters = request.fields().filter(|field| !field.name().starts_with("page_"));
    let mut telling = BTreeSet::new();
    for field in filters {
        for value in all.iter().flat_map(|item| values(item, field.name())) {
            let mut question = DynamicMessage::new(request.clone());
            question.set_field(&field, value.clone());
            let answer: R = play.ask_at(LEADERSHIP, path, question).await;
            let having = all.iter().filter(|it| values(it, field.name()).contains(&value));
            let having: Vec<_> = having.map(name).collect();
            let given = items(answer);
            let given: Vec<_> = given.iter().map(name).collect();
            assert_eq!(given, having, "{} = {value:?}", field.full_name());
            if having.len() < all.len() {
                telling.insert(field.name().to_owned());
            }
        }
        assert!(telling.contains(field.name()), "{} told nothing apart", field.full_name());
    }
}

fn text(text: &str) -> Vec<Value> {
    vec![Value::String(text.to_owned())]
}

fn number(number: i32) -> Vec<Value> {
    vec![Value::EnumNumber(number)]
}

fn of_task(task: &Task, filter: &str) -> Vec<Value> {
    match filter {
        "engagement" => text(&task.engagement),
        "state" => number(task.state),
        "assignee" => text(&task.assignee),
        "template" if task.template.is_empty() => Vec::new(),
        "template" => text(&task.template),
        new => panic!("tell what {new} asks of a task"),
    }
}

fn of_note(note: &Note, filter: &str) -> Vec<Value> {
    match filter {
        "engagement" => text(&note.engagement),
        "kind" => number(note.kind),
        "author" => text(&note.written.as_ref().expect("a stamp").person),
        new => panic!("tell what {new} asks of a note"),
    }
}

fn of_engagement(engagement: &Engagement, filter: &str) -> Vec<Value> {
    match filter {
        "tenant" => text(&engagement.tenant),
        "stage" => number(engagement.stage),
        "method" => number(engagement.method),
        "person" => {
            let six = engagement.roster.clone().unwrap_or_default();
            let people = [six.gmfta, six.fm, six.fe, six.sme, six.fta, six.ats];
            people.into_iter().filter(|person| !person.is_empty()).map(Value::String).collect()
        }
        "on_hold" => {
            let is_held = engagement.pauses.last().is_some_and(|last| last.ended.is_none());
            is_held.then_some(Value::Bool(true)).into_iter().collect()
        }
        "channel" => engagement.channel.iter().map(|channel| Value::EnumNumber(channel.kind)).collect(),
        "case" if engagement.case.is_empty() => Vec::new(),
        "case" => text(&engagement.case),
        new => panic!("tell what {new} asks of an engagement"),
    }
}

#[tokio::test]
async fn every_filter_gives_exactly_what_was_asked_for() {
    let play = Play::start().await;
    Box::pin(furnish(&play)).await;
    let all: ListTasksResponse = play.ok(LEADERSHIP, ListTasksRequest::default()).await;
    assert_eq!(all.tasks.len(), 7);
    let path = format!("/{TASKS}/ListTasks");
    each_filter(&play, &path, &all.tasks, |page: ListTasksResponse| page.tasks, |task| &task.name, of_task)
        .await;

    let all: ListNotesResponse = play.ok(LEADERSHIP, ListNotesRequest::default()).await;
    assert_eq!(all.notes.len(), 4);
    let path = format!("/{TASKS}/ListNotes");
    each_filter(&play, &path, &all.notes, |page: ListNotesResponse| page.notes, |note| &note.name, of_note)
        .await;

    let all: ListEngagementsResponse = play.ok(LEADERSHIP, ListEngagementsRequest::default()).await;
    assert_eq!(all.engagements.len(), 3);
    let path = format!("/{ENGAGEMENTS}/ListEngagements");
    let items = |page: ListEngagementsResponse| page.engagements;
    each_filter(&play, &path, &all.engagements, items, |it| &it.name, of_engagement).await;
    play.stop().await;
}

#[tokio::test]
async fn filters_together_narrow_and_one_that_nothing_meets_gives_nothing() {
    let play = Play::start().await;
    Box::pin(furnish(&play)).await;
    let held_up = ListTasksRequest {
        assignee: FE.person.to_owned(),
        state: proto::tasks::v1::task::State::Blocked.into(),
        ..ListTasksRequest::default()
    };
    let both: ListTasksResponse = play.ok(LEADERSHIP, held_up.clone()).await;
    assert_eq!(both.tasks.len(), 1);
    let neither = ListTasksRequest { template: PILOT.to_owned(), ..held_up };
    let none: ListTasksResponse = play.ok(LEADERSHIP, neither).await;
    assert_eq!((none.tasks.len(), none.next_page_token.as_str()), (0, ""));
    play.stop().await;
}
