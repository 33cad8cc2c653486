//! How long it takes from the Gateway's exit until the tasks that follow from it are seen: three services and two journals.

use std::time::{Duration, Instant};

use futures::{StreamExt, future::join, stream};
use proto::{
    intake::v1::{AcknowledgeHandoffRequest, Case, ExitGatewayRequest},
    tasks::v1::{ListTasksRequest, ListTasksResponse},
};
use tests::{Engine, median};
use tokio::time::sleep;

use crate::{
    ground::{Ground, MANY},
    load::Load,
    people::key,
    row::{Better, Figures, Pair, Reach, Row},
    story::about,
    subject::Subject,
    world::{GATEWAY, LEADERSHIP, SIX, World},
};

/// Exits that are measured in a turn of a second.
const EXITS: usize = 10;
/// Cases that are brought to their exit at once.
const ABREAST: usize = 8;
/// The tasks that every engagement begins with: summary and pilot.
const TASKS: usize = 2;
/// How long it is waited before it is looked again.
const PAUSE: Duration = Duration::from_micros(500);

const POSTGRES: Row = Row {
    key: "postgres-exit",
    what: "PostgreSQL, exit until tasks are seen, idle, p50",
    reference: "one transition of one caller, p50",
    unit: "ms",
    better: Better::Less,
    reach: Reach::Ratio(6.0),
};
const POSTGRES_BUSY: Row = Row {
    key: "postgres-exit-busy",
    what: "the same at half load, p99",
    reach: Reach::Ratio(25.0),
    ..POSTGRES
};
const SQLITE: Row =
    Row { key: "sqlite-exit", what: "SQLite, exit until tasks are seen, idle, p50", ..POSTGRES };
const SQLITE_BUSY: Row = Row { key: "sqlite-exit-busy", ..POSTGRES_BUSY };

pub(crate) async fn play(ground: &mut Ground, figures: &mut Figures) {
    on(ground, Engine::Postgres, [&POSTGRES, &POSTGRES_BUSY], figures).await;
    on(ground, Engine::Sqlite, [&SQLITE, &SQLITE_BUSY], figures).await;
}

async fn on(ground: &mut Ground, engine: Engine, [idle, busy]: [&'static Row; 2], figures: &mut Figures) {
    let pace = Some(ground.rate(engine).await / 2.0);
    let subject = ground.subject(engine);
    let short = Load { time: ground.time / 3, ..ground.load(1) };
    let one = subject.transitions(short).await.permille(500);
    let ready = handed_off(subject, 2 * EXITS).await;
    let (first, second) = ready.split_at(EXITS);
    figures.note(idle, Pair::of(median(exits(subject, first).await), one, 0.0));
    // Long enough that all exits are within it.
    let load = Load { callers: MANY, pace, time: ground.time };
    let paced = subject.transitions(load);
    let (turn, times) = join(paced, exits(subject, second)).await;
    let slowest = times.into_iter().fold(0.0, f64::max);
    figures.note(busy, Pair::of(slowest, one, turn.callers));
}

/// So many cases that everybody has acknowledged.
async fn handed_off(subject: &Subject, count: usize) -> Vec<String> {
    let each = stream::iter(0..count).map(|number| {
        let mut world = subject.world(number);
        async move {
            let case = world.handed_off(&key()).await;
            for actor in SIX {
                let _: Case = world.act(actor, about!(AcknowledgeHandoffRequest, case)).await;
            }
            case
        }
    });
    each.buffer_unordered(ABREAST).collect().await
}

/// How long each took, one after the other, in milliseconds.
async fn exits(subject: &Subject, cases: &[String]) -> Vec<f64> {
    let mut world = subject.world(0);
    let mut times = Vec::new();
    for case in cases {
        let begun = Instant::now();
        let _: Case = world.act(GATEWAY, about!(ExitGatewayRequest, case)).await;
        seen(&world, &case.replace("cases/", "engagements/")).await;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    times
}

/// Looks until the engagement's tasks are there.
async fn seen(world: &World, engagement: &str) {
    let begun = Instant::now();
    let list = ListTasksRequest { engagement: engagement.to_owned(), ..ListTasksRequest::default() };
    loop {
        let found: Result<ListTasksResponse, _> = world.read(LEADERSHIP, &list).await;
        if found.is_ok_and(|found| found.tasks.len() >= TASKS) {
            return;
        }
        assert!(begun.elapsed() < tests::PATIENCE, "{engagement} gets no tasks");
        sleep(PAUSE).await;
    }
}
