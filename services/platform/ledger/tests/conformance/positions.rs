//! A place in a journal is known again, and told apart from the same number in another course of events.

use ledger::{Entry, Ledger, Position, entries_after, head, position};

use crate::{
    acting::{act, id, open},
    counter::Wish,
    house::House,
    oracle::journal,
};

/// The same three events, and a fourth that differs in nothing but its request.
async fn course(ledger: &Ledger, request: &str) -> Vec<Entry> {
    act(ledger, id(1), &open(1, "shelves/a"), "first").await;
    act(ledger, id(1), &Wish::Add(vec![1, 2]), "second").await;
    act(ledger, id(1), &Wish::Add(vec![3]), request).await;
    journal(ledger).await
}

async fn after(ledger: &Ledger, place: &Position, resource: Option<&str>) -> Option<Vec<i64>> {
    let found = entries_after(ledger, place, resource, &ledger::Eyes::All, 2).await.expect("readable");
    found.map(|found| found.iter().map(|entry| entry.revision).collect())
}

pub(crate) async fn a_place_is_alike_on_every_engine_and_unlike_in_another_course_of_events(house: House) {
    let elsewhere = House::sqlite();
    let (ledger, other) = (house.open().await, elsewhere.open().await);
    let (here, there) = (course(&ledger, "third").await, course(&other, "another").await);
    let places = |entries: &[Entry]| entries.iter().map(Entry::position).collect::<Vec<_>>();
    assert_eq!(places(&here[..3]), places(&there[..3]));
    assert_eq!(here[3].revision, there[3].revision);
    assert_ne!(here[3].position(), there[3].position());
    assert_eq!(after(&ledger, &there[2].position(), None).await, Some(vec![4]));
    assert_eq!(after(&ledger, &there[3].position(), None).await, None);
    assert_eq!(after(&other, &here[3].position(), None).await, None);

    act(&other, id(1), &Wish::Close, "fourth").await;
    let longer = journal(&other).await;
    assert_eq!(after(&ledger, &longer[4].position(), None).await, None, "after the end");
    assert_eq!(after(&ledger, &Position::default(), None).await, Some(vec![1, 2]));
}

pub(crate) async fn a_place_is_found_by_its_revision_and_known_by_its_token(house: House) {
    let ledger = house.open().await;
    assert_eq!(head(&ledger).await.expect("readable"), Position::default());
    let entries = course(&ledger, "third").await;
    for entry in &entries {
        let found = position(&ledger, entry.revision).await.expect("readable");
        assert_eq!(found, Some(entry.position()));
        assert_eq!(entry.position().to_string().parse(), Ok(entry.position()));
    }
    assert_eq!(head(&ledger).await.expect("readable"), entries[3].position());
    assert_eq!(position(&ledger, 0).await.expect("readable"), Some(Position::default()));
    assert_eq!(position(&ledger, 5).await.expect("readable"), None);
    assert_eq!(position(&ledger, -1).await.expect("readable"), None);
}

pub(crate) async fn a_timeline_is_read_on_from_any_place(house: House) {
    let ledger = house.open().await;
    for number in 1..=3 {
        act(&ledger, id(number), &open(number, &format!("shelves/{number}")), &format!("{number}")).await;
    }
    let two = kernel::name::of("counters", id(2));
    act(&ledger, id(2), &Wish::Add(vec![1, 1, 1]), "more").await;
    let entries = journal(&ledger).await;
    let read = async |at: usize, resource| after(&ledger, &entries[at].position(), resource).await;
    assert_eq!(read(0, Some(two.as_str())).await, Some(vec![2, 4]));
    assert_eq!(read(2, Some("shelves/2")).await, Some(vec![4, 5]));
    assert_eq!(read(4, Some("shelves/2")).await, Some(vec![6]));
    assert_eq!(read(5, Some("shelves/2")).await, Some(vec![]));
    assert_eq!(read(1, Some("shelves/3")).await, Some(vec![3]));
    assert_eq!(read(1, None).await, Some(vec![3, 4]));
}
