//! Many who watch one journal while it grows: each gets everything, in order, and soon.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures::{StreamExt, stream};
use prost::Message;
use proto::common::v1::{
    Event, ListEventsRequest, ListEventsResponse, WatchEventsRequest, WatchEventsResponse,
    watch_events_request::Start,
};
use tests::PATIENCE;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tonic::codec::Streaming;

use crate::{
    ground::{Ground, MANY},
    lines::{Line, Lines},
    load::{Load, Turn, is_passing, number},
    people::People,
    row::{Better, Figures, Pair, Reach, Row},
    subject::Subject,
    world::LEADERSHIP,
};

/// Watches that are opened at once.
const ABREAST: usize = 16;
/// How long who was told to come again waits.
const PAUSE: Duration = Duration::from_millis(20);
/// Streams of a connection that the product takes, with room to spare.
const PER_LINE: usize = 64;

const ROW: Row = Row {
    key: "postgres-watchers",
    what: "PostgreSQL, 1,000 watchers at half load, slowest",
    reference: "one watcher at the same load",
    unit: "ms behind",
    better: Better::Less,
    reach: Reach::Figure(1000.0),
};
const DELIVERED: Row = Row {
    key: "postgres-watchers-delivered",
    what: "the same, events delivered, all of them",
    reference: "",
    unit: "events/s",
    better: Better::More,
    reach: Reach::Nothing,
};

pub(crate) async fn play(ground: &mut Ground, figures: &mut Figures) {
    let (subject, watchers) = (&ground.postgres, ground.watchers);
    let lines = subject.product.lines(watchers.div_ceil(PER_LINE));
    // Half of what the product does while it is watched.
    let probe = Load { time: ground.time / 2, ..ground.load(MANY) };
    let most = watched(subject, &lines, watchers, probe).await;
    let load = Load { pace: Some(most.turn.rate / 2.0), ..ground.load(MANY) };
    let one = watched(subject, &lines, 1, load).await;
    let many = watched(subject, &lines, watchers, load).await;
    figures.note(&ROW, Pair::of(many.behind, one.behind, many.turn.callers));
    figures.note(&DELIVERED, Pair { callers: many.turn.callers, ..Pair::alone(many.delivered) });
}

/// What a turn with watchers came to.
struct Watched {
    turn: Turn,
    /// The longest that any event took from when it happened until any watcher had it, in milliseconds.
    behind: f64,
    /// Events a second to all watchers.
    delivered: f64,
}

/// Changes cases under so many watchers, who all get everything.
async fn watched(subject: &Subject, lines: &Lines, count: usize, load: Load) -> Watched {
    let start = head(subject).await;
    let (tell_end, end) = watch::channel(None);
    let watchers = stream::iter(0..count).map(|number| {
        let mut watcher = Watcher::new(lines.of(number), subject.people.clone(), start);
        async move {
            let events = watcher.open().await;
            (watcher, events)
        }
    });
    let watchers: Vec<_> = watchers.buffer_unordered(ABREAST).collect().await;
    let watchers =
        watchers.into_iter().map(|(watcher, events)| tokio::spawn(watcher.follow(events, end.clone())));
    let (watchers, begun) = (watchers.collect::<Vec<_>>(), Instant::now());
    let turn = subject.transitions(load).await;
    let end = head(subject).await;
    tell_end.send_replace(Some(end));
    let mut behind = Duration::ZERO;
    for watcher in watchers {
        behind = behind.max(timeout(PATIENCE, watcher).await.expect("in time").expect("it watches"));
    }
    let events = f64::from(u32::try_from(end - start).expect("a turn's")) * number(count);
    Watched { turn, behind: behind.as_secs_f64() * 1000.0, delivered: events / begun.elapsed().as_secs_f64() }
}

/// One who watches.
struct Watcher {
    line: Line,
    people: People,
    /// Everything up to here has come.
    at: i64,
    /// How late the latest event was.
    behind: Duration,
}

impl Watcher {
    fn new(line: Line, people: People, at: i64) -> Self {
        Self { line, people, at, behind: Duration::ZERO }
    }

    /// Begins, or goes on, where everything before has come.
    async fn open(&mut self) -> Streaming<Bytes> {
        let watch = WatchEventsRequest {
            start: Some(Start::AfterRevision(self.at)),
            ..WatchEventsRequest::default()
        };
        let path = "/getmodern.intake.v1.IntakeService/WatchEvents";
        let ask = self.people.ask_at(LEADERSHIP, path, watch.encode_to_vec());
        loop {
            match self.line.watch(ask.clone()).await {
                Ok(events) => return events,
                Err(status) => assert!(is_passing(&status), "{status:?}"),
            }
            sleep(PAUSE).await;
        }
    }

    /// Reads everything up to the end, once it is known; how late the latest event was.
    async fn follow(
        mut self,
        mut events: Streaming<Bytes>,
        mut end: watch::Receiver<Option<i64>>,
    ) -> Duration {
        loop {
            if end.borrow_and_update().is_some_and(|end| self.at >= end) {
                return self.behind;
            }
            tokio::select! {
                message = events.message() => match message {
                    Ok(message) => self.take(message.expect("it goes on")),
                    // Who was too slow, or was told to come again, resumes.
                    Err(status) => {
                        assert!(is_passing(&status), "{status:?}");
                        events = self.open().await;
                    }
                },
                _ = end.changed() => {}
            }
        }
    }

    fn take(&mut self, message: Bytes) {
        for event in WatchEventsResponse::decode(message).expect("events").events {
            assert_eq!(event.revision, self.at + 1, "nothing is left out, doubled or out of order");
            self.at = event.revision;
            self.behind = self.behind.max(age(&event));
        }
    }
}

/// How long ago it happened, by the clock of this machine, which is the product's too.
#[expect(clippy::disallowed_methods, reason = "events tell the time of the day")]
fn age(event: &Event) -> Duration {
    let time = event.stamp.as_ref().and_then(|stamp| stamp.time).expect("a time");
    let since = Duration::new(
        u64::try_from(time.seconds).expect("after 1970"),
        u32::try_from(time.nanos).expect("a part"),
    );
    SystemTime::now().duration_since(UNIX_EPOCH + since).unwrap_or_default()
}

/// The newest revision of intake's journal.
async fn head(subject: &Subject) -> i64 {
    let list = ListEventsRequest { page_size: 1, ..ListEventsRequest::default() };
    let path = "/getmodern.intake.v1.IntakeService/ListEvents";
    let ask = subject.people.ask_at(LEADERSHIP, path, list.encode_to_vec());
    let answer = subject.product.lines.of(0).call(ask).await.expect("it is read");
    ListEventsResponse::decode(answer).expect("events").head_revision
}
