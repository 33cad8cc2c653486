//! The journal: one dense order of everything that happened, which nobody can change.

use std::time::Duration;

use ledger::{Entry, Failure, JournalQuery, Ledger, Sieve, entries, head, read_narrowed};
use opentelemetry::{
    Context,
    trace::{FutureExt, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceState},
};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    acting::{act, id, open, try_act},
    counter::Wish,
    house::{House, sql, write},
    oracle::{faults, journal},
};

pub(crate) async fn revisions_are_dense_and_causal_under_sixteen_writers(house: House) {
    let ledger = house.open().await;
    for number in 0..8 {
        act(&ledger, id(number), &open(number, "shelves/a"), &format!("open {number}")).await;
    }
    let mut writers = JoinSet::new();
    for writer in 0..16_u128 {
        let ledger = ledger.clone();
        writers.spawn(async move {
            for turn in 0..50_u128 {
                let wish = Wish::Add(vec![1; 1 + usize::try_from(turn % 2).expect("small")]);
                act(&ledger, id((writer + turn) % 8), &wish, &format!("{writer} {turn}")).await;
            }
        });
    }
    writers.join_all().await;
    let journal = journal(&ledger).await;
    assert_eq!(faults(&journal), Vec::<String>::new());
    assert_eq!(journal.len(), 8 + 16 * 25 + 16 * 25 * 2);
    assert_eq!(head(&ledger).await.expect("readable"), journal[journal.len() - 1].position());
    for number in 0..8 {
        crate::changes::assert_folds(&ledger, number).await;
    }
}

pub(crate) async fn stopped_commits_leave_no_gap(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "0").await;
    let mut stopped = 0;
    for turn in 0..60 {
        // Every third key is one that was used before: the last statement of its commit stops it.
        let request = if turn % 3 == 0 { 0 } else { turn };
        let outcome = try_act(&ledger, id(1), &Wish::Add(vec![1, 1]), &request.to_string()).await;
        stopped += usize::from(outcome.is_err());
    }
    assert_eq!(stopped, 20);
    let journal = journal(&ledger).await;
    assert_eq!(faults(&journal), Vec::<String>::new());
    assert_eq!(journal.len(), 1 + 40 * 2);
}

pub(crate) async fn the_database_itself_refuses_to_change_the_journal(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    act(&ledger, id(1), &Wish::Add(vec![1]), "second").await;
    let before = journal(&ledger).await;
    for attempt in [
        "UPDATE journal SET person = 'people/eve' WHERE revision = 1",
        "UPDATE journal SET revision = 9 WHERE revision = 1",
        "DELETE FROM journal WHERE revision = 2",
        "DELETE FROM journal",
        "TRUNCATE journal",
        "INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE revision = 1",
    ] {
        let outcome = write(&ledger, [sql(attempt, vec![])]).await;
        assert!(matches!(outcome, Err(Failure::Trouble(_))), "{attempt}: {outcome:?}");
    }
    assert_eq!(journal(&ledger).await, before);
}

pub(crate) async fn an_entry_keeps_the_trace_it_was_written_in(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    for (number, flags) in [(0xa1, TraceFlags::SAMPLED), (0xb2, TraceFlags::default())] {
        let span = SpanContext::new(number.into(), SpanId::from(7), flags, true, TraceState::default());
        let context = Context::new().with_remote_span_context(span);
        let wish = Wish::Add(vec![1]);
        act(&ledger, id(1), &wish, &format!("{number}")).with_context(context).await;
    }
    let traces: Vec<_> = journal(&ledger).await.into_iter().map(|entry| entry.trace_parent).collect();
    let [first, second] = [
        "00-000000000000000000000000000000a1-0000000000000007-01",
        "00-000000000000000000000000000000b2-0000000000000007-00",
    ];
    assert_eq!(traces, [None, Some(first.to_owned()), Some(second.to_owned())]);
}

pub(crate) async fn entries_are_those_of_a_resource_and_of_what_belongs_to_it(house: House) {
    let ledger = house.open().await;
    for number in 1..=4 {
        let shelf = if number % 2 == 0 { "shelves/even" } else { "shelves/odd" };
        act(&ledger, id(number), &open(number, shelf), &format!("open {number}")).await;
        act(&ledger, id(number), &Wish::Add(vec![1]), &format!("add {number}")).await;
    }
    let two = kernel::name::of("counters", id(2));
    assert_eq!(revisions(&ledger, 0, None, 100).await, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(revisions(&ledger, 2, None, 3).await, [3, 4, 5]);
    assert_eq!(revisions(&ledger, 0, Some("shelves/even"), 100).await, [3, 4, 7, 8]);
    assert_eq!(revisions(&ledger, 3, Some("shelves/even"), 2).await, [4, 7]);
    assert_eq!(revisions(&ledger, 0, Some(&two), 100).await, [3, 4]);
    assert_eq!(revisions(&ledger, 8, None, 100).await, [0_i64; 0]);
    assert_eq!(revisions(&ledger, 0, Some("shelves/none"), 100).await, [0_i64; 0]);
}

/// By kind and by time, and both together; from every side that reads.
pub(crate) async fn entries_are_narrowed_by_kind_and_time(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    act(&ledger, id(1), &Wish::Add(vec![1, 1]), "second").await;
    let all = journal(&ledger).await;
    let found = async |sieve: &Sieve, after: i64, resource: Option<&str>| {
        let query = JournalQuery { after, resource, eyes: &ledger::Eyes::All, sieve, limit: 100 };
        let found = read_narrowed(&ledger, query).await.expect("readable").expect("there");
        found.entries.iter().map(|entry| entry.revision).collect::<Vec<_>>()
    };
    let (first, last) = (&all[0], &all[2]);
    let of = |kind: &str| Sieve { kinds: vec![kind.to_owned()], ..Sieve::default() };
    for (after, resource) in [(0, None), (0, Some(first.resource.as_str()))] {
        assert_eq!(found(Sieve::ALL, after, resource).await, [1, 2, 3]);
        assert_eq!(found(&of(&first.kind), after, resource).await, [1]);
        assert_eq!(found(&of(&last.kind), after, resource).await, [2, 3]);
        assert_eq!(found(&of("Nothing"), after, resource).await, [0_i64; 0]);
        let until = Sieve { until: Some(first.stamp.time), ..Sieve::default() };
        assert_eq!(found(&until, after, resource).await, [0_i64; 0]);
        let from = Sieve { from: Some(first.stamp.time), ..of(&last.kind) };
        assert_eq!(found(&from, after, resource).await, [2, 3]);
    }
    assert_eq!(found(&of(&last.kind), 2, None).await, [3]);
}

pub(crate) async fn followers_are_woken_within_a_second(house: House) {
    let ledger = house.open().await;
    let mut revisions = ledger.revisions();
    assert_eq!(*revisions.borrow_and_update(), 0);
    for turn in 1..=20 {
        let wish = if turn == 1 { open(1, "shelves/a") } else { Wish::Add(vec![1]) };
        let request = turn.to_string();
        let (woken, _) = tokio::join!(
            timeout(Duration::from_secs(1), revisions.changed()),
            act(&ledger, id(1), &wish, &request)
        );
        assert!(woken.is_ok(), "not woken by revision {turn}");
        assert_eq!(*revisions.borrow_and_update(), turn);
    }
}

async fn revisions(ledger: &Ledger, after: i64, resource: Option<&str>, limit: i64) -> Vec<i64> {
    let found = entries(
        ledger,
        JournalQuery { after, resource, eyes: &ledger::Eyes::All, sieve: ledger::Sieve::ALL, limit },
    )
    .await
    .expect("readable");
    found.iter().map(|entry: &Entry| entry.revision).collect()
}
