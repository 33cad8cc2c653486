//! What the product survives on PostgreSQL: replicas that come and go, a database that is restarted, killed or promoted,
//! callers that go away. Real servers and the real binaries; each fault is shown to have struck under traffic.

mod absence;
mod at_once;
mod caller;
#[allow(dead_code, reason = "another test program asks more of it")]
#[path = "../blackbox/catalogue.rs"]
mod catalogue;
mod evidence;
mod exhausted;
mod fleet;
// One place finds or installs what tests need.
#[path = "../../../services/platform/ledger/tests/conformance/installed.rs"]
mod installed;
mod leaving;
mod line;
mod load;
mod naive;
mod patroni;
mod policy;
mod promotion;
mod replicas;
mod restarts;
mod rolling;
mod server;
mod site;
#[allow(dead_code, reason = "another test program asks more of it")]
#[path = "../blackbox/story.rs"]
mod story;
mod tally;
mod watcher;
mod way;
mod world;

use tokio::sync::{Semaphore, SemaphorePermit};

/// How many of these tests run at once: each is many processes, and waits for them as much as it keeps them busy.
const AT_ONCE: usize = 3;

/// Waits until few enough others run.
async fn turn() -> SemaphorePermit<'static> {
    static MACHINE: Semaphore = Semaphore::const_new(AT_ONCE);
    let turn = MACHINE.acquire().await.expect("never closed");
    tests::time_this_test();
    turn
}

/// Whether the long form was asked for.
fn campaign() -> bool {
    std::env::var_os("GETMODERN_CAMPAIGN").is_some()
}
