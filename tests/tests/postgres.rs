//! The black box on PostgreSQL: the program of `blackbox` once more, told so, because to compile it twice takes as long as to
//! run it.

use std::{env, os::unix::process::CommandExt, process::Command};

use tests::{Engine, test_program};

/// Tests at once: each has three databases of its own, whose server is what they wait for.
const AT_ONCE: &str = "4";

fn main() {
    let mut blackbox = Command::new(test_program("blackbox"));
    blackbox.args(env::args_os().skip(1)).env(Engine::VARIABLE, "postgres").env("RUST_TEST_THREADS", AT_ONCE);
    let error = blackbox.exec();
    panic!("the black box does not start: {error}");
}
