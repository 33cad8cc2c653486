//! No test: how long the tests of this run took. Cargo runs the programs of tests in the order of their names, and this one last.

fn main() {
    // Who lists tests is told that there is none.
    if !std::env::args().any(|argument| argument == "--list") {
        print!("{}", tests::times_of_this_run());
    }
}
