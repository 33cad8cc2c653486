//! Everybody wants to change the same resource.

use tests::Engine;

use crate::{
    ground::{Ground, MANY},
    load::turn,
    pgbench::Rows,
    row::{Better, Figures, Pair, Reach, Row},
};

const POSTGRES: Row = Row {
    key: "postgres-hot",
    what: "PostgreSQL, 64 callers on one case",
    reference: "pgbench, 64 clients on one row",
    unit: "transitions/s",
    better: Better::More,
    reach: Reach::Ratio(1.0),
};
const SQLITE: Row = Row {
    key: "sqlite-hot",
    what: "SQLite, 64 callers on one case",
    reference: "the bare loop on one row",
    ..POSTGRES
};
const POSTGRES_STARVED: Row = Row {
    key: "postgres-hot-starved",
    what: "the same, never answered",
    reference: "",
    unit: "callers",
    better: Better::Less,
    reach: Reach::Figure(0.0),
};
const SQLITE_STARVED: Row = Row { key: "sqlite-hot-starved", ..POSTGRES_STARVED };

pub(crate) async fn play(ground: &mut Ground, figures: &mut Figures) {
    let reference = ground.pgbench_hot(MANY);
    on(ground, Engine::Postgres, [&POSTGRES, &POSTGRES_STARVED], reference, figures).await;
    let reference = ground.bare.turn(Rows::Hot, ground.time).await.rate;
    on(ground, Engine::Sqlite, [&SQLITE, &SQLITE_STARVED], reference, figures).await;
}

async fn on(
    ground: &Ground,
    engine: Engine,
    [row, starved]: [&'static Row; 2],
    reference: f64,
    figures: &mut Figures,
) {
    let subject = ground.subject(engine);
    let cases = subject.cases.clone();
    let many = turn(&subject.product.lines, ground.load(MANY), move |_| cases.change(0)).await;
    figures.note(row, Pair::of(many.rate, reference, many.callers));
    figures.note(starved, Pair::alone(crate::load::number(many.starved)));
}
