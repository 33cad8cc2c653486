//! No method of the tasks and the engagement service without a test of what it does: the methods are the descriptors'.

use std::{fs, path::Path};

use prost_reflect::DescriptorPool;

use crate::cast::{ENGAGEMENTS, TASKS};

/// The tests that say what the methods do.
fn tests() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blackbox");
    let files = ["cast.rs", "prefix.rs", "filters.rs", "erasure.rs", "trail.rs"].map(|file| root.join(file));
    let folders =
        ["tasks", "engagements", "tenants"].map(|folder| fs::read_dir(root.join(folder)).expect("a folder"));
    let inside = folders.into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let read = |path| fs::read_to_string(path).expect("a file");
    files.into_iter().chain(inside).map(read).collect()
}

/// The text has the word by itself, not as a part of a longer one.
fn names(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let alone =
        |at: usize| !part(text[..at].chars().next_back()) && !part(text[at + word.len()..].chars().next());
    text.match_indices(word).any(|(at, _)| alone(at))
}

#[test]
fn every_method_of_tasks_and_engagements_is_called_by_a_test() {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).expect("our own descriptors read");
    let text = tests();
    let mut methods = 0;
    for service in [TASKS, ENGAGEMENTS] {
        let service = pool.get_service_by_name(service).expect("the service");
        // What streams is tested where the journal is.
        for method in service.methods().filter(|method| !method.is_server_streaming()) {
            methods += 1;
            assert!(names(&text, method.input().name()), "no test calls {}", method.full_name());
        }
    }
    assert!(methods > 40, "{methods}");
}
