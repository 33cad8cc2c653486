//! Callers who go away at any moment, far from the database: what others are told was done stays done, and no
//! transaction is left open.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::future::join_all;
use getmodern::client::Actor;
use prost::{Message, Name};
use sqlx::{Connection, PgConnection};
use tokio::time::{sleep, timeout};

use crate::{
    caller::Caller,
    campaign,
    catalogue::{METHODS, Method, taking},
    evidence::Evidence,
    fleet::Fleet,
    load::Load,
    server::Server,
    story::play::{cancelled, closed, execution, publish, renamed, staffed, taken_over, undetermined},
    tally::Fate,
    turn,
    way::{Targets, Way},
    world::World,
};

/// How long each way to the database takes.
pub(crate) const WAY: Duration = Duration::from_millis(3);
const PATIENCE: Duration = tests::PATIENCE;

/// Goes away from calls before making them for good.
#[derive(Debug, Clone, Default)]
pub(crate) struct Haste {
    /// By path: from how many calls of it somebody went away.
    left: Arc<Mutex<BTreeMap<String, usize>>>,
    /// Calls that were answered before.
    answered: Arc<AtomicUsize>,
}

impl Haste {
    /// Makes the call `times` times and goes away each time: by a reset, or by a deadline that passes.
    pub(crate) async fn leave<M, R>(&self, caller: &Caller, who: Actor, message: &M, times: usize)
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        for turn in 0..times {
            let moment = moment();
            let expired = caller.clone().with_deadline(moment);
            let caller = if turn % 2 == 0 { caller } else { &expired };
            // The server may be told of the deadline, but not of the reset.
            let limit = moment + Duration::from_secs(60 * u64::from(turn % 2 == 1));
            let answer = timeout(limit, caller.once::<M, R>(who, message.clone())).await;
            if matches!(answer.as_ref().map(Fate::of), Err(_) | Ok(Fate::Late)) {
                let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
                *left.entry(taking(&M::full_name()).path()).or_default() += 1;
            } else {
                self.answered.fetch_add(1, Relaxed);
            }
        }
    }

    fn left(&self) -> BTreeMap<String, usize> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Between 0.1 and 30 ms, the shorter ones more often.
pub(crate) fn moment() -> Duration {
    Duration::from_micros(100).mul_f64(300_f64.powf(fastrand::f64()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_who_go_away_from_any_mutation_lose_nothing_of_others_and_leave_nothing_open() {
    let _turn = turn().await;
    let Some(server) = Server::start().await else { return };
    let way = Way::to(Targets::Listening(vec![([127, 0, 0, 1], server.port()).into()]), WAY).await;
    let far =
        server.urls().map(|url| url.replace(&server.port().to_string(), &way.address.port().to_string()));
    let mut fleet = Fleet::start(far, 1).await;
    let (caller, haste) = (Caller::new(fleet.all()), Haste::default());
    let load = Load::start(8, "steady", |_| caller.clone());
    caller.tally.flow(5, PATIENCE).await;
    let (tellers, enough) = if campaign() { (16, 10_000) } else { (4, 300) };
    let worlds = join_all((0..tellers).map(|number| tell(&caller, &haste, number, tellers, enough))).await;
    caller.tally.flow(5, PATIENCE).await;
    let mut done = load.stop().await;
    // Another policy would give the others' stories another end.
    let mut last = World::hasty(caller.clone(), "last".to_owned(), haste.clone());
    publish(&mut last).await;
    let steady = done.len();
    done.extend(worlds.into_iter().chain([last]).flat_map(|world| world.done));
    let left = haste.left();
    println!(
        "{} went away from {} methods, {} were answered before; {} acknowledged to them, {steady} to others; {}",
        left.values().sum::<usize>(),
        left.len(),
        haste.answered.load(Relaxed),
        done.len() - steady,
        caller.tally.line()
    );
    // A request that all services take does not say which of them to ask; an erasure is killed half-way in the black box.
    let own = |method: &&Method| method.input.package_name() != "getmodern.common.v1";
    let all: BTreeSet<_> =
        METHODS.iter().filter(own).filter(|method| !method.reads()).map(Method::path).collect();
    assert_eq!(left.into_keys().collect::<BTreeSet<_>>(), all, "somebody went away from every mutation");
    caller.tally.assert_only(&[Fate::Contended]);
    fleet.assert_running();
    Evidence::gather(&server.urls()).await.assert_sound(&done);
    assert_eq!(left_open(&server.url("postgres")).await, 0, "transactions left open");
}

/// Tells stories until enough calls were gone away from.
async fn tell(caller: &Caller, haste: &Haste, number: usize, tellers: usize, enough: usize) -> World {
    let mut world = World::hasty(caller.clone(), format!("hasty-{number}"), haste.clone());
    for round in 0.. {
        let customer = format!("hasty-{number}-{round}");
        match (number + round) % 4 {
            0 => undetermined(&mut world, &customer).await,
            1 => {
                let engagement = execution(&mut world, &customer).await;
                closed(&mut world, &engagement).await;
            }
            2 => {
                staffed(&mut world, &customer).await;
                renamed(&mut world, &format!("{customer}-again")).await;
            }
            _ => {
                let before = cancelled(&mut world, &customer).await;
                taken_over(&mut world, &customer, &before).await;
            }
        }
        if tellers * round >= 4 - 4 / tellers.min(4) && haste.left().values().sum::<usize>() >= enough {
            break;
        }
    }
    world
}

/// How many sessions are in a transaction and do nothing, once those that are at work have come to their end.
pub(crate) async fn left_open(url: &str) -> i64 {
    sleep(Duration::from_millis(200)).await;
    let mut own = PgConnection::connect(url).await.expect("connected");
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";
    sqlx::query_scalar(open).fetch_one(&mut own).await.expect("told")
}
