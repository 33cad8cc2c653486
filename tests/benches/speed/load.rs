//! Callers of whom each calls again when it was answered, and what they come to in a turn.

use std::time::{Duration, Instant};

use tests::worked;
use tokio::time::{sleep, sleep_until};
use tonic::{Code, Status};

use crate::lines::{Ask, Line, Lines};

/// How long a caller waits who was told to come again.
const PAUSE: Duration = Duration::from_millis(1);

/// How much is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) callers: usize,
    pub(crate) time: Duration,
    /// Calls a second of all callers together; as many as there is time for when there is none.
    pub(crate) pace: Option<f64>,
}

/// What was done in a turn.
#[derive(Debug)]
pub(crate) struct Turn {
    /// Calls that were carried out, a second.
    pub(crate) rate: f64,
    /// How long each took, sorted.
    times: Vec<Duration>,
    /// Callers who were never answered.
    pub(crate) starved: usize,
    /// The callers' own time on processors, of that of all.
    pub(crate) callers: f64,
}

impl Turn {
    /// So many in a thousand took no longer, in milliseconds.
    pub(crate) fn permille(&self, permille: usize) -> f64 {
        self.times[(self.times.len() - 1) * permille / 1000].as_secs_f64() * 1000.0
    }
}

/// Has them call for as long as the turn is; `ask` gives each caller, by their number, the next call.
pub(crate) async fn turn<F>(lines: &Lines, load: Load, ask: F) -> Turn
where
    F: Fn(usize) -> Ask + Clone + Send + 'static,
{
    let (begun, busy) = (Instant::now(), worked("self"));
    let callers = (0..load.callers).map(|number| {
        let (line, ask) = (lines.of(number), ask.clone());
        tokio::spawn(caller(line, load, number, begun, move || ask(number)))
    });
    let callers: Vec<_> = callers.collect();
    let (mut times, mut starved) = (Vec::new(), 0);
    for caller in callers {
        let its = caller.await.expect("it calls");
        starved += usize::from(its.is_empty());
        times.extend(its);
    }
    let took = begun.elapsed().as_secs_f64();
    times.sort_unstable();
    assert!(!times.is_empty(), "nobody was answered");
    let callers = (worked("self") - busy) / took / processors();
    Turn { rate: number(times.len()) / took, times, starved, callers }
}

/// The number of the machine's processors.
fn processors() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |count| number(count.get()))
}

/// How long each of one caller's calls took.
async fn caller(line: Line, load: Load, own: usize, begun: Instant, ask: impl Fn() -> Ask) -> Vec<Duration> {
    let every = load.pace.map(|pace| Duration::from_secs_f64(number(load.callers) / pace));
    // Callers who keep a pace do not all begin at once.
    let mut next = begun + every.unwrap_or_default().mul_f64(number(own) / number(load.callers));
    let mut times = Vec::new();
    while begun.elapsed() < load.time {
        if let Some(every) = every {
            sleep_until(next.into()).await;
            next += every;
        }
        let asked = Instant::now();
        match line.call(ask()).await {
            Ok(_) => times.push(asked.elapsed()),
            Err(status) if is_passing(&status) => sleep(PAUSE).await,
            Err(status) => panic!("{status:?}"),
        }
    }
    times
}

/// It says to come again.
pub(crate) fn is_passing(status: &Status) -> bool {
    matches!(status.code(), Code::Aborted | Code::Unavailable | Code::ResourceExhausted)
}

/// A count as a figure.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("fewer than four thousand million"))
}
