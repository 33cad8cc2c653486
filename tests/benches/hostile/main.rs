//! What attacks do to others: friends' calls to one process, in peace and under each attack, in one run; and what the process holds
//! meanwhile, which `deploy/LIMITS.md` bounds. Callers' listeners are attacked in the clear and over TLS, for JSON too, and operators'.
//!
//! `cargo bench --package tests --bench hostile [ROUNDS] [ATTACK…]`. In each round every attack has its turn, and a turn in peace
//! before it; a ratio is the median over the rounds of a friend's time under an attack divided by that just before it, so what
//! disturbs the machine for longer than two turns disturbs both alike. Attackers share the machine with the process, which none in
//! the field does: they run where nobody else wants to, so that what they do themselves takes nothing from friends, and what they
//! make the process do counts in full.

mod figures;
mod friends;
mod ground;

use std::{env, process::Command, time::Duration};

use figures::{Figures, Pair};
use ground::Ground;
use rustix::thread::gettid;
use tests::attacks::Attack;
use tokio::{runtime, time::Instant};

/// Rounds unless it is said how many.
const ROUNDS: usize = 5;
/// How long a turn is.
const TURN: Duration = Duration::from_secs(4);

fn main() {
    let rounds = env::args().find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
    let chosen = chosen(env::args().skip(1));
    let is_chosen = |attack: &&Attack| chosen.is_empty() || chosen.contains(&format!("{attack:?}"));
    // Friends are not to wait for attackers where they do not wait for the process.
    let [theirs, ours] = [idle as fn(), || {}].map(|begin| {
        let mut builder = runtime::Builder::new_multi_thread();
        builder.on_thread_start(begin).worker_threads(1).enable_all().build().expect("a runtime")
    });
    let mut figures = Figures::default();
    let grounds =
        [Ground::plain(&ours), Ground::tls(&ours, &theirs), Ground::http(&ours), Ground::operators(&ours)];
    for ground in grounds {
        ours.block_on(ground.friends.call(TURN));
        for _ in 0..rounds {
            for &attack in ground.attacks.iter().filter(is_chosen) {
                let peace = ours.block_on(ground.friends.call(TURN));
                let attacker = theirs.spawn(attack.run(ground.target, Instant::now() + TURN));
                let (most, war) = ground.most(|| ours.block_on(ground.friends.call(TURN)));
                let struck = ours.block_on(attacker).expect("it is over");
                assert!(struck.times > 50, "{attack:?} did not strike: {struck:?}");
                figures.note(Pair { ground: ground.name, attack, peace, war, struck, most });
            }
        }
    }
    figures.print(rounds);
}

/// The attacks that are named; every one when none is.
fn chosen(words: impl Iterator<Item = String>) -> Vec<String> {
    words.filter(|word| word.starts_with(char::is_uppercase)).collect()
}

/// Lets this thread run only where no other wants to. Niceness would not do: who wakes up waits for a nice thread's turn to end.
fn idle() {
    let thread = gettid().as_raw_nonzero().to_string();
    let done = Command::new("chrt").args(["--idle", "--pid", "0", &thread]).status();
    assert!(done.is_ok_and(|status| status.success()), "chrt is there, of util-linux");
}
