//! Makes much out of nothing: by the product's own calls, so that every row and every entry is as the product writes it, sealed and
//! fit for `audit verify`.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use proto::{
    engagement::v1::{AssignEngagementRequest, Engagement},
    intake::v1::{AcknowledgeHandoffRequest, Case, ExitGatewayRequest},
    tasks::v1::{CreateTaskRequest, Task},
};

use crate::{
    lines::Lines,
    load::is_passing,
    people::{People, key},
    product::Product,
    story::about,
    subject::Cases,
    world::{GATEWAY, GMFTA, PROGRAM, SIX, World},
};

/// Calls under way at once.
const ABREAST: usize = 64;
/// Tasks of an engagement.
const TASKS: usize = 5000;
/// Entries about a case.
pub(crate) const ENTRIES: usize = 10_000;
/// How often it is told how far it has come.
const TELL_EVERY: Duration = Duration::from_secs(30);

/// So many engagements, each with what waits on somebody, and so many tasks.
pub(crate) async fn engagements_and_tasks(product: &Product, people: &People, count: usize) {
    each("engagements", count, |number| {
        let mut world = World::new(product.lines.of(number), people.clone());
        async move {
            let customer = key();
            let assign = AssignEngagementRequest {
                tenant: format!("{customer}.example"),
                customer,
                aim: "off Windows 7".to_owned(),
                gmfta: format!("people/gmfta-{}", number % 200),
                ..AssignEngagementRequest::default()
            };
            let _: Engagement = world.act(PROGRAM, assign).await;
        }
    })
    .await;
    let mut files = Vec::new();
    for number in 0..count.div_ceil(TASKS) {
        files.push(begun(&mut World::new(product.lines.of(number), people.clone())).await);
    }
    each("tasks", count, |number| {
        let mut world = World::new(product.lines.of(number), people.clone());
        let (engagement, title) = (files[number % files.len()].clone(), "call the vendor".to_owned());
        async move {
            let create = CreateTaskRequest { engagement, title, ..CreateTaskRequest::default() };
            let _: Task = world.act(GMFTA, create).await;
        }
    })
    .await;
}

/// An engagement that has tasks.
async fn begun(world: &mut World) -> String {
    let case = world.handed_off(&key()).await;
    for actor in SIX {
        let _: Case = world.act(actor, about!(AcknowledgeHandoffRequest, case)).await;
    }
    let _: Case = world.act(GATEWAY, about!(ExitGatewayRequest, case)).await;
    let engagement = case.replace("cases/", "engagements/");
    world.task(&engagement, "get-modern-pilot", 0).await;
    engagement
}

/// So many journal entries, [`ENTRIES`] about each of these cases.
pub(crate) async fn entries(lines: &Lines, cases: &Cases, count: usize) {
    each("entries", count, |number| {
        let (line, ask) = (lines.of(number), cases.change(number));
        async move {
            while let Err(status) = line.call(ask.clone()).await {
                assert!(is_passing(&status), "{status:?}");
            }
        }
    })
    .await;
}

/// Carries out so many, and tells now and then how far it has come.
async fn each<F: Future<Output = ()>>(what: &str, count: usize, make: impl Fn(usize) -> F) {
    let begun = Instant::now();
    let (mut done, mut told) = (0, begun);
    let mut all = stream::iter(0..count).map(make).buffer_unordered(ABREAST);
    while all.next().await.is_some() {
        done += 1;
        if told.elapsed() > TELL_EVERY {
            told = Instant::now();
            eprintln!("{done} of {count} {what} after {:.0} s", begun.elapsed().as_secs_f64());
        }
    }
}
