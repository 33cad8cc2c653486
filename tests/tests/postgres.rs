//! The black box on PostgreSQL: the program of `blackbox` once more, told so, because to compile it twice takes as long as to
//! run it.

use std::{env, os::unix::process::CommandExt, process::Command};

use tests::{Engine, test_program};

fn main() {
    let mut blackbox = Command::new(test_program("blackbox"));
    let error = blackbox.args(env::args_os().skip(1)).env(Engine::VARIABLE, "postgres").exec();
    panic!("the black box does not start: {error}");
}
