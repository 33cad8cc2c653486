//! Who sees what is kept as it changes, is made up for where older releases did not keep it, and who was kept from what is
//! there is known to the auditor.

use std::{collections::BTreeSet, time::Duration};

use getmodern::client::{Actor, Client};
use prost::Message;
use proto::{
    common::v1::{ListEventsRequest, ListEventsResponse, Role},
    engagement::v1::{ListEngagementsRequest, ListEngagementsResponse},
    intake::v1::{
        Case, FillAssignmentRequest, GetCaseRequest, ListCasesRequest, ListCasesResponse,
        RequestAssignmentsRequest,
    },
    tasks::v1::{
        CreateTaskRequest, ListNotesRequest, ListNotesResponse, ListTasksRequest, ListTasksResponse, Note,
        StartTaskRequest, Task, WriteNoteRequest, note,
    },
};
use tests::{Product, State};
use tonic::Code;

use crate::{
    faults::gateway::eventually,
    migrations::migrated,
    story::about,
    wire::refusal,
    world::{Done, FM, GATEWAY, GMFTA, INTAKE, LEADERSHIP, PROGRAM, SIX, STRANGER, World},
};

const NOBODY: Actor = Actor { person: STRANGER, role: "GMFTA" };

/// How many cases, engagements, tasks and notes somebody lists.
async fn counts(client: &Client, who: Actor) -> [usize; 4] {
    let page_size = 500;
    let cases = ListCasesRequest { page_size, ..ListCasesRequest::default() };
    let cases: ListCasesResponse = client.call(who, cases).await.expect("a list");
    let engagements = ListEngagementsRequest { page_size, ..ListEngagementsRequest::default() };
    let engagements: ListEngagementsResponse = client.call(who, engagements).await.expect("a list");
    let tasks = ListTasksRequest { page_size, ..ListTasksRequest::default() };
    let tasks: ListTasksResponse = client.call(who, tasks).await.expect("a list");
    let notes = ListNotesRequest { page_size, ..ListNotesRequest::default() };
    let notes: ListNotesResponse = client.call(who, notes).await.expect("a list");
    [cases.cases.len(), engagements.engagements.len(), tasks.tasks.len(), notes.notes.len()]
}

/// The names of the cases that somebody lists, and that they are told events of.
async fn cases(world: &World, who: Actor) -> (BTreeSet<String>, BTreeSet<String>) {
    let list = ListCasesRequest { page_size: 500, ..ListCasesRequest::default() };
    let listed: ListCasesResponse = world.client.call(who, list).await.expect("a list");
    let events = ListEventsRequest { page_size: 500, ..ListEventsRequest::default() };
    let told = world.client.call_at(who, &format!("/{INTAKE}/ListEvents"), events).await;
    let told: ListEventsResponse = told.expect("events");
    let resources = told.events.into_iter().map(|event| event.resource);
    let told = resources.filter(|resource| resource.starts_with("cases/")).collect();
    (listed.cases.into_iter().map(|case| case.name).collect(), told)
}

/// another FM takes the place of the one named before, who has nothing to do with the customer from then on.
#[tokio::test]
async fn whoever_is_named_sees_the_customer_at_once_and_whoever_is_replaced_no_more() {
    let mut world = World::new().await;
    let open = proto::intake::v1::OpenCaseRequest {
        customer: "contoso".to_owned(),
        tenant: "contoso.onmicrosoft.com".to_owned(),
        ..Default::default()
    };
    let name = world.qualified(open).await;
    let _: Case = world.act(GATEWAY, about!(RequestAssignmentsRequest, name)).await;
    let other = Actor { person: "people/barbara", role: "FM" };
    for (now, before) in [(FM, other), (other, FM), (FM, other)] {
        let (person, cause) = (now.person.to_owned(), "left the company".to_owned());
        let fill = about!(FillAssignmentRequest, name, role: Role::Fm.into(), person: person, cause: cause);
        let _: Case = world.act(PROGRAM, fill).await;
        let own: BTreeSet<_> = [name.clone()].into();
        assert_eq!(cases(&world, now).await, (own.clone(), own));
        assert_eq!(cases(&world, before).await, (BTreeSet::new(), BTreeSet::new()));
        let get = GetCaseRequest { name: name.clone() };
        let _: Case = world.client.call(now, get.clone()).await.expect("it is shown");
        let gone = world.client.call::<_, Case>(before, get).await;
        assert_eq!(refusal(gone), (Code::NotFound, "NOT_FOUND".to_owned()));
    }
    world.end().await;
}

/// I-18 before I-20: a reply is not shown again to who sees no more what it is about.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sees_a_customer_no_more_is_not_shown_an_old_reply_either() {
    let mut world = World::new().await;
    let engagement = world.reactive("contoso").await;
    world.task(&engagement, "get-modern-pilot", 0).await;
    let create = CreateTaskRequest {
        engagement: engagement.clone(),
        title: "call them".to_owned(),
        description: "on Monday".to_owned(),
        ..CreateTaskRequest::default()
    };
    let note = WriteNoteRequest {
        engagement,
        kind: note::Kind::EnterpriseNotes.into(),
        text: "headquarters first".to_owned(),
        ..WriteNoteRequest::default()
    };
    let task: Task = world.act(GMFTA, create).await;
    let _: Note = world.act(GMFTA, note).await;
    let _: Task = world.act(GMFTA, about!(StartTaskRequest, task.name)).await;
    let done = world.done.split_off(world.done.len() - 3);
    let repeat = async |world: &World| {
        let mut answers = Vec::new();
        for Done { method, who, request, .. } in &done {
            answers.push(world.wire.send_as(*who, &method.path(), request.clone()).await);
        }
        answers
    };
    for (answer, done) in repeat(&world).await.into_iter().zip(&done) {
        assert_eq!(answer.expect("the original reply"), done.reply);
    }
    let state = world.product.leave().await;
    // As a release would that names others on the roster.
    state.execute("tasks", &format!("DELETE FROM viewer WHERE person = '{}'", GMFTA.person));
    let tasks = state.ask("tasks", "SELECT CAST(count(*) AS text) FROM journal");
    let world = World::later(Product::on(state, getmodern::services()).await);
    for answer in repeat(&world).await {
        assert_eq!(refusal(answer), (Code::NotFound, "NOT_FOUND".to_owned()));
    }
    let after = world.product.state().ask("tasks", "SELECT CAST(count(*) AS text) FROM journal");
    assert_eq!(after, tasks, "and nothing is done twice");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_upgrade_everybody_finds_what_names_them_and_nobody_anything_else() {
    let state = State::released("0.1.0");
    migrated(&state).await;
    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    let all = counts(&client, LEADERSHIP).await;
    assert!(all.iter().all(|count| *count > 0), "{all:?}");
    assert_eq!(counts(&client, NOBODY).await, [0; 4]);
    let architect = counts(&client, GMFTA).await;
    assert!(architect.iter().zip(all).all(|(own, all)| *own > 0 && *own <= all), "{architect:?} of {all:?}");
    for seat in SIX {
        let own = counts(&client, seat).await;
        assert!(own[1..].iter().all(|count| *count > 0), "{seat:?} {own:?}");
    }
    let state = product.leave().await;
    // Once more changes nothing.
    let kept = state.ask("intake", "SELECT person || ' ' || resource FROM viewer ORDER BY 1");
    let product = Product::on(state, getmodern::services()).await;
    assert_eq!(counts(&product.client(), GMFTA).await, architect);
    assert_eq!(
        product.state().ask("intake", "SELECT person || ' ' || resource FROM viewer ORDER BY 1"),
        kept
    );
    product.stop().await;
}

/// A replica of a release that does not know of this still writes while it is being replaced.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_replica_writes_is_found_by_those_it_names_within_seconds() {
    let mut world = World::new().await;
    let case = world.opened("contoso").await;
    let id = case.name.trim_start_matches("cases/").to_owned();
    assert_eq!(counts(&world.client, NOBODY).await, [0; 4]);
    let state = world.product.state();
    let changed = format!(
        "UPDATE cases SET version = version + 1, state = replace(CAST(state AS TEXT), '{}', '{STRANGER}'){} WHERE id = '{id}';
         INSERT INTO journal (resource, kind, rule, data, person, role, time, request_id, version_before, version_after)
         SELECT resource, 'ArchitectAsked', 'R-1', data, person, role, time, 'older', 1, 2 FROM journal WHERE resource = '{}' LIMIT 1;",
        GMFTA.person,
        if tests::Engine::here() == tests::Engine::Postgres { "::jsonb" } else { "" },
        case.name,
    );
    state.execute("intake", &changed);
    let get = GetCaseRequest { name: case.name.clone() };
    let shown = async || world.client.call::<_, Case>(NOBODY, get.clone()).await.ok();
    eventually("it is shown", shown).await;
    eventually("it is listed", async || (counts(&world.client, NOBODY).await[0] == 1).then_some(())).await;
    eventually("it is not listed for who was named", async || {
        (counts(&world.client, GMFTA).await[0] == 0).then_some(())
    })
    .await;
    world.end().await;
}

#[tokio::test]
async fn that_somebody_was_kept_from_what_is_there_is_kept_for_the_auditor() {
    let mut world = World::new().await;
    let name = world.reactive("contoso").await;
    let case = name.replace("engagements/", "cases/");
    let nowhere = format!("cases/{}", crate::catalogue::NOWHERE);
    for name in [&case, &nowhere] {
        let get = GetCaseRequest { name: name.clone() }.encode_to_vec();
        let answer = world.wire.send_as(NOBODY, &format!("/{INTAKE}/GetCase"), get).await;
        assert_eq!(refusal(answer).0, Code::NotFound);
    }
    let tasks = ListTasksRequest { engagement: name.clone(), ..ListTasksRequest::default() };
    let _: ListTasksResponse =
        world.until("the file is open", tasks, |found: &ListTasksResponse| !found.tasks.is_empty()).await;
    let create = CreateTaskRequest {
        engagement: name.clone(),
        title: "call".to_owned(),
        request_id: "a".to_owned(),
        ..Default::default()
    };
    let refused = world.client.call::<_, Task>(NOBODY, create).await;
    assert_eq!(refusal(refused), (Code::FailedPrecondition, "EXECUTION_NOT_BEGUN".to_owned()));
    let kept = |service: &str| {
        let question = "SELECT resource || ' ' || code || ' ' || reason FROM refusal WHERE person = 'people/stranger' ORDER BY 1";
        world.product.state().ask(service, question)
    };
    eventually("it is kept", async || {
        (!kept("tasks").is_empty() && !kept("intake").is_empty()).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(kept("intake"), [format!("{case} NOT_FOUND NOT_SEEN")]);
    assert_eq!(kept("tasks"), [format!("{name} FAILED_PRECONDITION NOT_SEEN")]);
    world.end().await;
}
