//! Reads of one case, beside a server that does nothing but read and write the same message.

use tests::Engine;

use crate::{
    echo,
    ground::{Ground, MANY},
    load::{Turn, turn},
    row::{Better, Figures, Pair, Reach, Row},
    world::LEADERSHIP,
};

const SQLITE: Row = Row {
    key: "sqlite-get",
    what: "SQLite, GetCase, 64 callers",
    reference: "a bare tonic echo of the case",
    unit: "calls/s",
    better: Better::More,
    reach: Reach::Ratio(0.6),
};
const POSTGRES: Row =
    Row { key: "postgres-get", what: "PostgreSQL, GetCase, 64 callers", reach: Reach::Ratio(0.4), ..SQLITE };
/// The most that callers can ask for: where another row comes near it, they are what is measured.
const CALLERS: Row = Row {
    key: "callers",
    what: "what callers can ask for: an echo of nothing",
    reference: "",
    reach: Reach::Nothing,
    ..SQLITE
};

pub(crate) async fn play(ground: &mut Ground, figures: &mut Figures) {
    let message = ground.sqlite.cases.message(&ground.sqlite.product).await;
    let most = echoed(ground, Vec::new()).await;
    figures.note(&CALLERS, Pair { callers: most.callers, ..Pair::alone(most.rate) });
    let same = echoed(ground, message).await;
    for (row, engine) in [(&SQLITE, Engine::Sqlite), (&POSTGRES, Engine::Postgres)] {
        let subject = ground.subject(engine);
        let cases = subject.cases.clone();
        let many = turn(&subject.product.lines, ground.load(MANY), move |caller| cases.read(caller)).await;
        figures.note(row, Pair::of(many.rate, same.rate, many.callers));
    }
}

async fn echoed(ground: &Ground, message: Vec<u8>) -> Turn {
    let ask = ground.sqlite.people.ask_at(LEADERSHIP, echo::PATH, message);
    turn(&ground.echo.lines, ground.load(MANY), move |_| ask.clone()).await
}
