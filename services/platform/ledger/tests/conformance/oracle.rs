//! What is wrong with a journal; and proof that the question can be answered with more than "nothing".

use std::collections::HashMap;

use ledger::{Entry, JournalQuery, Ledger, entries};

/// The whole journal, once all of it has its place.
pub(crate) async fn journal(ledger: &Ledger) -> Vec<Entry> {
    let all = JournalQuery {
        after: 0,
        resource: None,
        eyes: &ledger::Eyes::All,
        sieve: ledger::Sieve::ALL,
        limit: i64::MAX,
    };
    entries(ledger, all).await.expect("readable")
}

/// Everything wrong: revisions not dense from 1, or a resource whose versions do not follow on each other.
pub(crate) fn faults(journal: &[Entry]) -> Vec<String> {
    let mut versions = HashMap::new();
    let mut faults = Vec::new();
    for (expected, entry) in (1..).zip(journal) {
        if entry.revision != expected {
            faults.push(format!("revision {} at place {expected}", entry.revision));
        }
        let version = versions.insert(&entry.resource, entry.version_after).unwrap_or(0);
        if (entry.version_before, entry.version_after) != (version, version + 1) {
            faults.push(format!("{} goes from {version} to {}", entry.resource, entry.version_after));
        }
    }
    faults
}

fn sound() -> Vec<Entry> {
    let stamp = crate::counter::context(crate::counter::moment(0)).stamp();
    let entry = |revision: i64| Entry {
        revision,
        resource: format!("counters/{}", revision % 2),
        parent: None,
        kind: "Added".to_owned(),
        rule: "C-2".to_owned(),
        data: 1.into(),
        stamp: stamp.clone(),
        request_id: String::new(),
        version_before: (revision - 1) / 2,
        version_after: (revision + 1) / 2,
        trace_parent: None,
    };
    (1..=6).map(entry).collect()
}

#[test]
fn a_sound_journal_has_no_faults() {
    assert_eq!(faults(&sound()), Vec::<String>::new());
}

#[test]
fn a_gap_a_repetition_and_a_swap_are_found() {
    for doctor in [
        |journal: &mut Vec<Entry>| drop(journal.remove(2)),
        |journal: &mut Vec<Entry>| journal.insert(2, journal[2].clone()),
        |journal: &mut Vec<Entry>| journal.swap(1, 2),
        |journal: &mut Vec<Entry>| journal[5].version_after += 1,
        |journal: &mut Vec<Entry>| (journal[3].version_before, journal[3].version_after) = (0, 1),
    ] {
        let mut journal = sound();
        doctor(&mut journal);
        assert!(!faults(&journal).is_empty(), "{journal:?}");
    }
}
