//! What earlier campaigns kept is read again, by the same targets, without a panic and within bounds.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fuzz::{EACH, ROOM, TARGETS, Target, methods};

/// The memory that is measured is the whole process's: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn what_was_kept_and_every_example_is_read_without_a_panic_and_in_little_memory() {
    let _alone = alone();
    for target in TARGETS {
        let (kept, examples) = (target.inputs().len(), (target.examples)().len());
        println!("{}: {kept} inputs, {examples} of them examples", target.name);
        assert!(examples > 2 && kept > examples, "{}: {kept} inputs", target.name);
        for input in target.inputs() {
            target.run(&input);
        }
    }
}

#[test]
fn every_method_has_a_reader_and_a_number_of_its_own() {
    let _alone = alone();
    let methods = methods();
    assert!(methods.len() > 60, "{}", methods.len());
    for (at, method) in methods.iter().enumerate() {
        assert!(method.reader.is_some(), "nothing reads the request of {}", method.path);
        let next = methods.get(at + 1).map(fuzz::Method::number);
        assert!(next.is_none_or(|next| method.number() < next), "{} shares its number", method.path);
    }
}

#[test]
#[should_panic = "bytes of memory for 3 bytes of input"]
fn what_takes_more_memory_than_it_may_is_found() {
    // Threads of the harness that end meanwhile give a little back.
    const MORE: usize = 64 * 1024;
    fn read(input: &[u8]) {
        drop(vec![0_u8; ROOM + EACH * input.len() + MORE]);
    }
    let _alone = alone();
    Target { name: "greedy", read, examples: Vec::new }.run(b"abc");
}
