//! The same work once there is much: pages of long lists, transitions in a long journal, memory, and a start.

use std::process::Stdio;

use prost::Message;
use proto::{
    common::v1::{ListDutiesRequest, ListEventsRequest},
    engagement::v1::ListEngagementsRequest,
    tasks::v1::ListTasksRequest,
};

use super::standing::{mebibytes, started};
use crate::{
    args::Args,
    ground::{Ground, MANY},
    lines::Ask,
    load::{Load, Turn, turn},
    people::People,
    product::{Product, Storage},
    row::{Better, Figures, Pair, Reach, Row},
    seed,
    subject::Cases,
    world::LEADERSHIP,
};

/// A long list is so many times as long as the one it is compared with.
const TIMES: usize = 100;
/// Callers who ask for pages.
const READERS: usize = 16;

const ENGAGEMENTS: Row = Row {
    key: "page-engagements",
    what: "SQLite, page of ListEngagements among many, p50",
    reference: "the same among a hundredth of them",
    unit: "ms",
    better: Better::Less,
    reach: Reach::Ratio(1.3),
};
const TASKS: Row =
    Row { key: "page-tasks", what: "SQLite, page of ListTasks among many, p50", ..ENGAGEMENTS };
const DUTIES: Row =
    Row { key: "page-duties", what: "SQLite, page of ListDuties among many, p50", ..ENGAGEMENTS };
const EVENTS: Row =
    Row { key: "page-events", what: "SQLite, page of ListEvents among many, p50", ..ENGAGEMENTS };
const TRANSITION: Row = Row {
    key: "grown-transition",
    what: "SQLite, a transition in a long journal",
    reference: "the same in a short one",
    reach: Reach::Ratio(1.2),
    ..ENGAGEMENTS
};
const MEMORY: Row = Row {
    key: "memory-grown",
    what: "SQLite, memory with many tasks under full load",
    reference: "",
    unit: "MiB",
    better: Better::Less,
    reach: Reach::Figure(200.0),
};
const START: Row = Row {
    key: "start-grown",
    what: "SQLite, from start to SERVING with those",
    unit: "s",
    reach: Reach::Figure(0.5),
    ..MEMORY
};

/// A product with much in it.
struct Grown {
    storage: Storage,
    product: Product,
    cases: Cases,
}

/// Makes much, and measures it in as many rounds as the rest.
pub(crate) async fn measure(args: &Args, ground: &Ground, figures: &mut Figures) {
    let few = Grown::seed(ground, "few", args.rows.div_ceil(TIMES)).await;
    let mut many = Grown::seed(ground, "many", args.rows).await;
    for _ in 0..args.rounds() {
        for (row, page) in pages(&ground.sqlite.people) {
            let (short, long) = (few.pages(ground, &page).await, many.pages(ground, &page).await);
            figures.note(row, Pair::of(long.permille(500), short.permille(500), long.callers));
        }
        many = many.again(ground, figures).await;
    }
    // Every case of the long journal is changed again and again, those of the short one seldom were.
    seed::entries(&many.product.lines, &many.cases, args.entries).await;
    for _ in 0..args.rounds() {
        let (short, long) = (few.transitions(ground).await, many.transitions(ground).await);
        // Milliseconds of the whole process.
        figures.note(&TRANSITION, Pair::of(1000.0 / long.rate, 1000.0 / short.rate, long.callers));
        figures.note(&MEMORY, Pair::alone(mebibytes(&many.product)));
    }
    few.verify();
}

/// The first pages of all lists, which everybody asks for.
fn pages(people: &People) -> [(&'static Row, Ask); 4] {
    let ask = |path: &str, body: Vec<u8>| people.ask_at(LEADERSHIP, path, body);
    let duties = ListDutiesRequest { page_size: 50, ..ListDutiesRequest::default() };
    let events = ListEventsRequest { page_size: 50, ..ListEventsRequest::default() };
    let service = "/getmodern.engagement.v1.EngagementService";
    let engagements = ListEngagementsRequest { page_size: 50, ..ListEngagementsRequest::default() };
    let tasks = ListTasksRequest { page_size: 50, ..ListTasksRequest::default() };
    [
        (&ENGAGEMENTS, people.ask(LEADERSHIP, &engagements)),
        (&TASKS, people.ask(LEADERSHIP, &tasks)),
        (&DUTIES, ask(&format!("{service}/ListDuties"), duties.encode_to_vec())),
        (&EVENTS, ask(&format!("{service}/ListEvents"), events.encode_to_vec())),
    ]
}

impl Grown {
    async fn seed(ground: &Ground, name: &str, count: usize) -> Self {
        let storage = Storage::files(ground.folder(name));
        let (product, _) = started(ground, &storage).await;
        let people = &ground.sqlite.people;
        seed::engagements_and_tasks(&product, people, count).await;
        let cases = Cases::open(&product, people, count.div_ceil(seed::ENTRIES).max(MANY)).await;
        Self { storage, product, cases }
    }

    /// What was made is what the product's own audit takes for it.
    fn verify(self) {
        drop(self.product);
        let verified =
            self.storage.command(&["audit", "verify"]).stderr(Stdio::piped()).output().expect("it runs");
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    }

    async fn pages(&self, ground: &Ground, page: &Ask) -> Turn {
        let page = page.clone();
        turn(&self.product.lines, ground.load(READERS), move |_| page.clone()).await
    }

    async fn transitions(&self, ground: &Ground) -> Turn {
        let cases = self.cases.clone();
        let load = Load { callers: MANY, ..ground.load(MANY) };
        turn(&self.product.lines, load, move |caller| cases.change(caller)).await
    }

    /// Ends the process, and starts another on what it kept.
    async fn again(self, ground: &Ground, figures: &mut Figures) -> Self {
        let Self { storage, product, cases } = self;
        drop(product);
        let (product, took) = started(ground, &storage).await;
        figures.note(&START, Pair::alone(took));
        Self { storage, product, cases }
    }
}
