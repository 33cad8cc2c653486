//! No test: how long the tests of this run took. Cargo runs the programs of tests in the order of their names, and this one last.

fn main() {
    // A listing of tests gets none from here.
    if !std::env::args().any(|argument| argument == "--list") {
        print!("{}", tests::times_of_this_run());
    }
}
