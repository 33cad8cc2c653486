//! A cancellation that meets people at work: what they began before it goes with it, and nothing begins after it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Instant,
};

use futures::future::join_all;
use getmodern::client::{Actor, Client, reasons};
use proto::{
    engagement::v1::{Engagement, cancellation::Disposition},
    tasks::v1::{
        CreateTaskRequest, ListTasksRequest, ListTasksResponse, Note, Task, WriteNoteRequest, note,
        task::State,
    },
};
use tests::{Engine, Product};
use tonic::{Code, Status};

use super::{
    gateway::{GMFTA, LIVENESS, PROGRAM, done, eventually, exit, prepare, tasks},
    journal,
    parking::parked_at,
    sent::cancel,
};

const CALLERS: usize = 8;
const ROUNDS: usize = 4;
const TASKS: &str = "getmodern.tasks.v1.TaskService";
const CLOSED: &str = "ENGAGEMENT_CANCELLED";

async fn create(client: &Client, who: Actor, engagement: &str, key: String) -> Result<(), Status> {
    let create = CreateTaskRequest {
        request_id: key,
        engagement: engagement.to_owned(),
        title: "Order USB sticks".to_owned(),
        ..CreateTaskRequest::default()
    };
    client.call::<_, Task>(who, create).await.map(|_| ())
}

async fn write(client: &Client, who: Actor, engagement: &str, key: String) -> Result<(), Status> {
    let write = WriteNoteRequest {
        request_id: key,
        engagement: engagement.to_owned(),
        kind: note::Kind::EnterpriseNotes.into(),
        text: "as agreed".to_owned(),
        ..WriteNoteRequest::default()
    };
    client.call::<_, Note>(who, write).await.map(|_| ())
}

/// Creates tasks and writes notes in turn until the engagement takes none any more; how many it took. Of each that is taken,
/// `all` hears.
async fn hammer(client: Client, engagement: String, caller: usize, all: Arc<AtomicUsize>) -> usize {
    let begun = Instant::now();
    for number in 0.. {
        let key = format!("{engagement}/{caller}/{number}");
        let answer = if number % 2 == 0 {
            create(&client, GMFTA, &engagement, key).await
        } else {
            write(&client, GMFTA, &engagement, key).await
        };
        match answer {
            Ok(()) => {
                all.fetch_add(1, SeqCst);
                assert!(begun.elapsed() < LIVENESS, "the cancellation never arrives");
            }
            Err(status) if status.code() == Code::Aborted => {}
            Err(status) => {
                assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
                assert!(reasons(&status).contains(&CLOSED.to_owned()), "{status:?}");
                return number;
            }
        }
    }
    unreachable!("it goes on until it is refused")
}

/// Nothing that was cancelled is open, and nothing of it was begun after it.
async fn is_closed(client: &Client, engagement: &str) {
    for state in [State::Open, State::InProgress, State::Blocked] {
        let list = ListTasksRequest {
            engagement: engagement.to_owned(),
            state: state.into(),
            ..ListTasksRequest::default()
        };
        eventually("no task is open", async || {
            let found: ListTasksResponse = done(client, GMFTA, list.clone()).await;
            found.tasks.is_empty().then_some(())
        })
        .await;
    }
    let events = journal::read(client, TASKS).await;
    let its: Vec<_> =
        events.iter().filter(|event| event.parent == engagement || event.resource == engagement).collect();
    let closed = its.iter().position(|event| event.kind == "FileCancelled").expect("the file is closed");
    let late: Vec<_> = its[closed..].iter().filter(|event| event.version_before == 0).collect();
    assert!(late.is_empty(), "begun after the cancellation: {late:?}");
}

/// I-19, E-3.5: a cancelled engagement keeps no open task and takes no note, whoever is at work when it is cancelled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancellation_leaves_no_open_task_however_many_are_created_meanwhile() {
    // All callers are one person.
    let product = Product::with(|settings| settings.limits.rate_per_person = 1_000_000).await;
    let client = product.client();
    for round in 0..ROUNDS {
        let case = prepare(&client, &format!("customer-{round}.example")).await;
        let engagement = exit(&client, &case).await;
        tasks(&client, &engagement, 2).await;
        let all = Arc::<AtomicUsize>::default();
        let callers = (0..CALLERS).map(|caller| {
            let client = product.client();
            tokio::spawn(hammer(client, engagement.clone(), caller, Arc::clone(&all)))
        });
        let callers: Vec<_> = callers.collect();
        let are_at_work = async || (all.load(SeqCst) > 2 * CALLERS).then_some(());
        eventually("they are at work", are_at_work).await;
        let _: Engagement = done(&client, PROGRAM, cancel(&engagement, Disposition::Closed)).await;
        let taken: Vec<_> =
            join_all(callers).await.into_iter().map(|taken| taken.expect("refused")).collect();
        println!("taken before the cancellation arrived: {taken:?}");
        assert!(taken.iter().sum::<usize>() > CALLERS, "they were at work: {taken:?}");
        is_closed(&client, &engagement).await;
        for answer in [
            create(&client, GMFTA, &engagement, format!("late-task/{round}")).await,
            write(&client, GMFTA, &engagement, format!("late-note/{round}")).await,
        ] {
            let refused = answer.expect_err("nothing is taken any more");
            assert!(reasons(&refused).contains(&CLOSED.to_owned()), "{refused:?}");
        }
    }
    product.stop().await;
}

/// Whatever one commit does not take is not closed in part, and not forgotten: an operator is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancellation_with_more_open_tasks_than_one_commit_takes_is_left_to_an_operator() {
    let product = Product::start().await;
    let client = product.client();
    let case = prepare(&client, "contoso.example").await;
    let engagement = exit(&client, &case).await;
    tasks(&client, &engagement, 2).await;
    let id = if Engine::here() == Engine::Sqlite { "text" } else { "uuid" };
    let more = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO tasks (id, version, state, create_time, update_time, engagement, status, assignee, template)
         SELECT CAST('0192f0c1-0000-7000-8000-' || substr(CAST(1000000000000 + i AS text), 2) AS {id}), version, state,
             create_time, update_time, engagement, status, assignee, template
         FROM n, (SELECT * FROM tasks WHERE engagement = '{engagement}' LIMIT 1) AS one"
    );
    product.state().execute("tasks", &more);
    let _: Engagement = done(&client, PROGRAM, cancel(&engagement, Disposition::Closed)).await;
    let duty = async || parked_at(&client, TASKS, &engagement).await.into_iter().next();
    let told = eventually("it is parked", duty).await;
    assert!(format!("{told:?}").contains("has over 10000 tasks to change"), "{told:?}");
    let open = "SELECT CAST(count(*) AS text) FROM tasks WHERE status NOT IN ('COMPLETED', 'CANCELLED')";
    assert_eq!(product.state().ask("tasks", open), ["10002"]);
    product.stop().await;
}
