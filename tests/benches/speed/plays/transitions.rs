//! Transitions on resources of one's own, and how long one takes whoever is alone.

use tests::Engine;

use crate::{
    ground::Ground,
    pgbench::Rows,
    row::{Better, Figures, Pair, Reach, Row},
};

const POSTGRES: Row = Row {
    key: "postgres-64",
    what: "PostgreSQL, 64 callers",
    reference: "pgbench, its best count of clients",
    unit: "transitions/s",
    better: Better::More,
    reach: Reach::Ratio(1.0),
};
const POSTGRES_MORE: Row = Row { key: "postgres-256", what: "PostgreSQL, 256 callers", ..POSTGRES };
const POSTGRES_ONE: Row = Row {
    key: "postgres-1",
    what: "PostgreSQL, one caller, p50",
    reference: "pgbench, one client, p50",
    unit: "ms",
    better: Better::Less,
    reach: Reach::Ratio(2.0),
};
const SQLITE: Row = Row {
    key: "sqlite-64",
    what: "SQLite, 64 callers",
    reference: "the bare loop",
    reach: Reach::Ratio(2.0),
    ..POSTGRES
};
const SQLITE_ONE: Row =
    Row { key: "sqlite-1", what: "SQLite, one caller, p50", reference: "the bare loop, p50", ..POSTGRES_ONE };

pub(crate) async fn play(ground: &mut Ground, figures: &mut Figures) {
    on_postgres(ground, figures).await;
    on_sqlite(ground, figures).await;
}

async fn on_postgres(ground: &mut Ground, figures: &mut Figures) {
    let best = ground.pgbench();
    let many = ground.many(Engine::Postgres).await;
    figures.note(&POSTGRES, Pair::of(many.rate, best, many.callers));
    let more = ground.postgres.transitions(ground.load(256)).await;
    figures.note(&POSTGRES_MORE, Pair::of(more.rate, best, more.callers));
    let alone = ground.pgbench_alone();
    let one = ground.postgres.transitions(ground.load(1)).await;
    figures.note(&POSTGRES_ONE, Pair::of(one.permille(500), alone, one.callers));
}

async fn on_sqlite(ground: &mut Ground, figures: &mut Figures) {
    let bare = ground.bare.turn(Rows::Own, ground.time).await;
    let many = ground.many(Engine::Sqlite).await;
    figures.note(&SQLITE, Pair::of(many.rate, bare.rate, many.callers));
    let one = ground.sqlite.transitions(ground.load(1)).await;
    figures.note(&SQLITE_ONE, Pair::of(one.permille(500), bare.typical, one.callers));
}
