//! What earlier campaigns kept is read again, by the same targets, without a panic and within bounds.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fuzz::{EACH, ROOM, TARGETS, Target, costly, methods, taken};

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

/// As `deploy/LIMITS.md` has it.
const TRANSLATED: usize = 128 * 1024 * 1024;

#[test]
fn json_that_is_read_takes_no_more_memory_than_the_page_says() {
    let _alone = alone();
    let json = TARGETS.iter().find(|target| target.name == "json").expect("a target");
    let costly = costly();
    assert!(costly.len() > 2, "{}", costly.len());
    for input in costly.into_iter().take(3) {
        let took = taken(&input, json.read);
        println!("{} KiB for {} KiB", took / 1024, input.len() / 1024);
        assert!(
            took > 1024 * 1024 && took < TRANSLATED,
            "{took} bytes of memory for {} bytes of JSON",
            input.len()
        );
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
