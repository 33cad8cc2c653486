//! A target: what reads, what it is given, and what it may take.

use crate::{corpus, measure};

/// Something that reads what strangers send.
#[derive(Debug)]
pub struct Target {
    /// Its name, and its corpus's.
    pub name: &'static str,
    /// Reads any bytes; panics only when the product has a fault.
    pub read: fn(&[u8]),
    /// Inputs as a friend would send them.
    pub examples: fn() -> Vec<Vec<u8>>,
}

impl Target {
    /// Reads `input`.
    ///
    /// # Panics
    /// When the product does, or takes more memory for it than it may.
    pub fn run(&self, input: &[u8]) {
        measure::within_bounds(self.name, input, self.read);
    }

    /// The inputs that were kept, and the examples.
    ///
    /// # Panics
    /// When the corpus does not read.
    #[must_use]
    pub fn inputs(&self) -> Vec<Vec<u8>> {
        let mut inputs = corpus::kept(self.name);
        inputs.extend((self.examples)());
        inputs
    }
}
