//! What a process takes that does nothing yet, and how soon it serves.

use std::time::{Duration, Instant};

use crate::{
    ground::Ground,
    load::number,
    product::{Product, Storage},
    row::{Better, Figures, Pair, Reach, Row},
};

/// The time after which a process that was started has nothing left to do.
const SETTLED: Duration = Duration::from_secs(1);

const MEMORY: Row = Row {
    key: "memory-idle",
    what: "SQLite, memory, idle",
    reference: "",
    unit: "MiB",
    better: Better::Less,
    reach: Reach::Figure(40.0),
};
const START: Row = Row {
    key: "start",
    what: "SQLite, from start to SERVING",
    unit: "s",
    reach: Reach::Figure(0.5),
    ..MEMORY
};

pub(crate) async fn play(ground: &mut Ground, figures: &mut Figures) {
    let storage = Storage::files(ground.folder("standing"));
    // The schema is made first where nothing was kept before.
    let first = started(ground, &storage).await;
    drop(first);
    let (product, took) = started(ground, &storage).await;
    figures.note(&START, Pair::alone(took));
    tokio::time::sleep(SETTLED).await;
    figures.note(&MEMORY, Pair::alone(mebibytes(&product)));
}

/// A process on what is kept, and how long it took until it served, in seconds.
pub(crate) async fn started(ground: &Ground, storage: &Storage) -> (Product, f64) {
    let begun = Instant::now();
    let product = Product::start(storage, &ground.issuer, &ground.sqlite.people).await;
    (product, begun.elapsed().as_secs_f64())
}

/// What it holds.
pub(crate) fn mebibytes(product: &Product) -> f64 {
    number(product.process.resident() / 1024) / 1024.0
}
