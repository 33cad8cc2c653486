//! Three processes on one database, beside one of them alone with all the callers.

use futures::future::join_all;

use crate::{
    ground::Ground,
    lines::Lines,
    load::turn,
    product::Product,
    row::{Better, Figures, Pair, Reach, Row},
};

const CALLERS: usize = 48;

const RATE: Row = Row {
    key: "postgres-replicas",
    what: "three replicas, 16 callers each",
    reference: "one replica, 48 callers",
    unit: "transitions/s",
    better: Better::More,
    reach: Reach::Ratio(0.8),
};
const LATE: Row = Row {
    key: "postgres-replicas-p99",
    what: "the same, p99",
    unit: "ms",
    better: Better::Less,
    reach: Reach::Ratio(2.0),
    ..RATE
};

pub(crate) async fn play(ground: &mut Ground, figures: &mut Figures) {
    let subject = &ground.postgres;
    let one = subject.transitions(ground.load(CALLERS)).await;
    // They are there for this row alone: a replica that has nothing to do still asks.
    let more = [(); 2].map(|()| Product::start(&subject.storage, &ground.issuer, &subject.people));
    let more = join_all(more).await;
    let lines = more.iter().map(|product| product.lines.clone()).chain([subject.product.lines.clone()]);
    let cases = subject.cases.clone();
    let three = turn(&Lines::among(lines), ground.load(CALLERS), move |caller| cases.change(caller)).await;
    figures.note(&RATE, Pair::of(three.rate, one.rate, three.callers));
    figures.note(&LATE, Pair::of(three.permille(990), one.permille(990), three.callers));
}
