//! A target under libFuzzer, which looks for inputs that take new ways. `FUZZ_TARGET` says which, and `FUZZ_START` where to put
//! what it begins with; see `run`.

#![no_main]

use std::{env, fs, path::Path, sync::LazyLock};

use fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    TARGETS.iter().find(|target| target.name == name).expect("FUZZ_TARGET is a target")
});

/// Puts what was kept, and the examples, where libFuzzer begins.
fn begin() {
    let Some(folder) = env::var_os("FUZZ_START") else { return };
    for (number, input) in TARGET.inputs().iter().enumerate() {
        fs::write(Path::new(&folder).join(number.to_string()), input).expect("written");
    }
}

fuzz_target!(init: begin(), |input: &[u8]| TARGET.run(input));
