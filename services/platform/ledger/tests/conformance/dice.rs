//! Random choices that a printed seed replays: `LEDGER_SEED=… cargo test -p ledger`.

use std::hash::{BuildHasher, RandomState};

/// A stream of random numbers (`SplitMix64`).
pub(crate) struct Dice(u64);

impl Dice {
    /// A new stream; its seed goes to the output of the test.
    pub(crate) fn new() -> Self {
        let given = std::env::var("LEDGER_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one("seed"));
        println!("LEDGER_SEED={seed}");
        Self(seed)
    }

    /// A stream of its own for one of several tasks.
    pub(crate) fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// A number from 0 up to, not including, `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
