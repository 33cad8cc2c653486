//! The whole playbook, from the first case to standby, beside the transitions that it is made of.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::future::join_all;
use tests::Engine;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::{
    ground::Ground,
    load::number,
    people::key,
    row::{Better, Figures, Pair, Reach, Row},
    subject::Subject,
    world::World,
};

/// Customers at a time.
const CUSTOMERS: usize = 32;

const POSTGRES: Row = Row {
    key: "postgres-playbook",
    what: "PostgreSQL, whole playbook to standby",
    reference: "64 callers' transitions, divided by its own",
    unit: "engagements/s",
    better: Better::More,
    reach: Reach::Ratio(0.7),
};
const SQLITE: Row = Row { key: "sqlite-playbook", what: "SQLite, whole playbook to standby", ..POSTGRES };

pub(crate) async fn play(ground: &mut Ground, figures: &mut Figures) {
    for (row, engine) in [(&POSTGRES, Engine::Postgres), (&SQLITE, Engine::Sqlite)] {
        let rate = ground.rate(engine).await;
        let subject = ground.subject(engine);
        let steps = number(steps(subject).await);
        let done = acted(subject, ground.time).await;
        let product = number(done) / ground.time.as_secs_f64() / steps;
        figures.note(row, Pair::of(product, rate / steps, 0.0));
    }
}

/// Mutations that bring one customer to standby.
async fn steps(subject: &Subject) -> usize {
    let mut world = subject.world(0);
    to_standby(&mut world).await;
    world.done.load(Relaxed)
}

async fn to_standby(world: &mut World) {
    let engagement = world.reactive(&key()).await;
    world.standing_by(&engagement).await;
}

/// Mutations that were carried out in a turn, for many customers of whom each begins when another is on standby.
async fn acted(subject: &Subject, turn: Duration) -> usize {
    let done = Arc::<AtomicUsize>::default();
    // All begin with the same step: once a turn has gone by, each is at another.
    let counted = Instant::now() + turn;
    let customers = (0..CUSTOMERS).map(|number| {
        let mut world = subject.world(number).counting(&done);
        tokio::spawn(timeout_at(counted + turn, async move {
            loop {
                to_standby(&mut world).await;
            }
        }))
    });
    let customers: Vec<_> = customers.collect();
    sleep_until(counted).await;
    let before = done.load(Relaxed);
    for customer in join_all(customers).await {
        let _: Result<Infallible, _> = customer.expect("it goes as the playbook says");
    }
    done.load(Relaxed) - before
}
