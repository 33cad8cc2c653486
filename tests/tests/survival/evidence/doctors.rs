//! Proof that the evidence can say more than "nothing wrong": each way to be wrong is tried on what was just found sound.

use super::Evidence;
use crate::world::Done;

/// Makes it wrong in one way.
type Doctor = fn(&mut Evidence);

/// What an outage or a careless hand could leave behind, by name.
const DOCTORS: [(&str, Doctor); 9] = [
    ("an acknowledged reply is lost", |it| it.books[0].replies.clear()),
    ("an acknowledged effect is lost", |it| drop(it.books[2].entries.pop())),
    ("a reply is another one", |it| it.books[1].replies.values_mut().for_each(|reply| reply.push(0))),
    ("an effect is doubled", |it| {
        let entries = &mut it.books[2].entries;
        let mut again = entries.last().expect("an entry").clone();
        (again.version_before, again.version_after) = (again.version_after, again.version_after + 1);
        (again.revision, again.time) = (again.revision.map(|last| last + 1), again.time + 1);
        entries.push(again);
    }),
    ("two revisions are swapped", |it| it.books[1].entries.swap(3, 4)),
    ("an entry has no place", |it| it.books[1].entries[2].revision = None),
    ("a row is behind its journal", |it| it.books[0].rows.values_mut().for_each(|row| row.0 -= 1)),
    ("a row was never told", |it| it.books[2].entries.truncate(1)),
    ("an engagement did not begin", |it| {
        it.books[1].entries.retain(|entry| entry.kind != "ReactiveEngagementBegun");
    }),
];

impl Evidence {
    /// That nothing is wrong, and that each doctor's work would be noticed.
    pub(crate) fn assert_sound(&self, done: &[Done]) {
        let faults = self.faults(done);
        assert!(faults.is_empty(), "{} faults: {:#?}", faults.len(), &faults[..faults.len().min(20)]);
        for (wrong, doctor) in DOCTORS {
            let mut doctored = self.clone();
            doctor(&mut doctored);
            assert!(!doctored.faults(done).is_empty(), "it goes unnoticed that {wrong}");
        }
    }
}
