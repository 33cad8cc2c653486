//! A decision is written with all that follows from it.

use kernel::{Caller, Stamp, fold};
use ledger::{
    Change, Commit, DutyQuery, Failure, Found, JournalQuery, Ledger, Reply, RequestKey, Statement, Stop,
    duties, entries, look_to_change, remember, remembered, unknown_replies,
};

use crate::{
    acting::{act, commit, current, decide, id, key, open, try_act},
    counter::{Counters, Happened, Rules, Wish, context, moment},
    dice::Dice,
    house::{House, count},
    oracle,
};

/// The first counter with what is remembered of a request, as a service finds both.
async fn found(ledger: &Ledger, request: &RequestKey) -> Found<Counters> {
    look_to_change(ledger, id(1), &Caller::service("ledger"), request).await.expect("readable")
}

pub(crate) async fn a_change_writes_row_journal_duties_reply_and_side_rows_together(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    let kept = act(&ledger, id(1), &Wish::Add(vec![2, 3]), "second").await;

    let found = found(&ledger, &key("second")).await;
    let (row, reply) = (found.record, found.remembered);
    assert_eq!(row, Some(kept));
    assert_eq!(row.map(|row| (row.version, row.state.total)), Some((3, 5)));
    assert_eq!(
        reply.map(|reply| (reply.fingerprint, reply.reply)),
        Some((vec![7], 3_i64.to_be_bytes().into()))
    );
    let journal = oracle::journal(&ledger).await;
    let told: Vec<_> = journal
        .iter()
        .map(|entry| (&*entry.kind, &*entry.rule, &*entry.request_id, entry.parent.as_deref()))
        .collect();
    let shelf = Some("shelves/a");
    let added = ("Added", "C-2", "second", shelf);
    assert_eq!(told, [("Opened", "C-1", "first", shelf), added, added]);
    assert_eq!(journal[2].resource(), Some(("counters", id(1))));
    assert_eq!(journal[2].stamp, context(moment(0)).stamp());
    assert_eq!(counts(&ledger).await, [1, 3, 2, 2, 1]);
}

pub(crate) async fn a_stopped_change_writes_none_of_them(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    act(&ledger, id(1), &Wish::Add(vec![1]), "second").await;
    let before = (current(&ledger, id(1)).await, counts(&ledger).await);

    let repeated = try_act(&ledger, id(1), &Wish::Add(vec![1]), "second").await;
    assert!(matches!(repeated, Err(Failure::Stopped(Stop::Unique(_)))), "{repeated:?}");
    let taken = try_act(&ledger, id(2), &open(1, "shelves/b"), "third").await;
    let Err(Failure::Stopped(stop)) = taken else { panic!("{taken:?}") };
    assert_eq!(Change::<Counters>::refusal(&stop).map(|refusal| refusal.reason), Some("LABEL_TAKEN"));
    assert_eq!((current(&ledger, id(1)).await, counts(&ledger).await), before);
    assert_eq!(current(&ledger, id(2)).await, None);
}

pub(crate) async fn nothing_is_written_when_nothing_happened(house: House) {
    let ledger = house.open().await;
    let kept = act(&ledger, id(1), &open(1, "shelves/a"), "first").await;
    let change = decide(id(1), Some(kept.clone()), &Wish::Add(vec![0]), moment(9));
    assert!(change.is_empty());
    ledger.commit(commit(&change, &key("second"))).await.expect("written");
    assert_eq!(current(&ledger, id(1)).await, Some(kept));
    assert_eq!(counts(&ledger).await, [1, 1, 0, 2, 2]);
}

pub(crate) async fn the_slower_of_two_changes_is_stopped_by_the_version(house: House) {
    let ledger = house.open().await;
    let before = Some(act(&ledger, id(1), &open(1, "shelves/a"), "first").await);
    let fast = decide(id(1), before.clone(), &Wish::Add(vec![1]), moment(1));
    let slow = decide(id(1), before, &Wish::Close, moment(2));
    ledger.commit(commit(&fast, &key("fast"))).await.expect("written");
    let Err(Failure::Stopped(stop)) = ledger.commit(commit(&slow, &key("slow"))).await else {
        panic!("written over another change")
    };
    assert_eq!(stop, Stop::Demand("version"));
    assert_eq!(Change::<Counters>::refusal(&stop), None);
    assert_eq!(current(&ledger, id(1)).await, fast.after);

    let twice = decide(id(1), None, &open(2, "shelves/a"), moment(3));
    let Err(Failure::Stopped(stop)) = ledger.commit(commit(&twice, &key("twice"))).await else {
        panic!("created twice")
    };
    assert_eq!(stop, Stop::Unique("counters.id".to_owned()));
    assert_eq!(Change::<Counters>::refusal(&stop), None);
}

pub(crate) async fn state_and_remembered_reply_are_loaded_from_one_moment(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "1").await;
    let writer = tokio::spawn({
        let ledger = ledger.clone();
        async move {
            for version in 2..=300 {
                act(&ledger, id(1), &Wish::Add(vec![1]), &version.to_string()).await;
            }
        }
    });
    let (mut next, mut early) = (2, 0);
    while next <= 300 {
        let request = key(&next.to_string());
        let found = found(&ledger, &request).await;
        let version = found.record.expect("it exists").version;
        assert_eq!(found.remembered.is_some(), version >= next, "version {version}, reply {next}");
        early += i64::from(found.remembered.is_none());
        next = version.max(next) + 1;
    }
    writer.await.expect("finished");
    assert!(early > 0, "the reader never overtook the writer");
}

pub(crate) async fn folding_the_journal_gives_the_row(house: House) {
    let ledger = house.open().await;
    let mut dice = Dice::new();
    let mut time = 0;
    for step in 0..600 {
        let number = dice.below(6);
        let id = id(number.into());
        let amounts = (0..dice.below(4)).map(|_| i64::try_from(dice.below(9)).expect("small") - 4).collect();
        let wishes = [open(number.into(), "shelves/a"), Wish::Add(amounts), Wish::Close];
        let wish = &wishes[[0, 1, 1, 1, 1, 1, 1, 1, 1, 2][usize::try_from(dice.below(10)).expect("small")]];
        time += i64::try_from(dice.below(3)).expect("small");
        let before = current(&ledger, id).await;
        if let Ok(change) = Change::<Counters>::decide(id, before, wish, &context(moment(time))) {
            ledger.commit(commit(&change, &key(&step.to_string()))).await.expect("written");
        }
    }
    for number in 0..6 {
        assert_folds(&ledger, number).await;
    }
    assert_eq!(oracle::faults(&oracle::journal(&ledger).await), Vec::<String>::new());
}

/// The journal of that counter tells exactly what its row says.
pub(crate) async fn assert_folds(ledger: &Ledger, number: u128) {
    let resource = kernel::name::of("counters", id(number));
    let of = JournalQuery {
        after: 0,
        resource: Some(&resource),
        eyes: &ledger::Eyes::All,
        sieve: ledger::Sieve::ALL,
        limit: i64::MAX,
    };
    let mut entries_told = 0;
    let told: Vec<(Happened, Stamp)> = entries(ledger, of)
        .await
        .expect("readable")
        .into_iter()
        .inspect(|_| entries_told += 1)
        .filter_map(|entry| Some((entry.event::<Rules>().expect("an event")?, entry.stamp)))
        .collect();
    let row = current(ledger, id(number)).await;
    assert_eq!(entries_told, row.as_ref().map_or(0, |row| row.version));
    let folded = fold::<Rules>(None, told.iter().map(|(event, stamp)| (event, stamp)));
    assert_eq!(folded, row.map(|row| row.state), "{resource}");
}

/// How many rows, journal entries, side rows, replies and duties there are.
async fn counts(ledger: &Ledger) -> [i64; 5] {
    let waiting = duties(ledger, DutyQuery { limit: 100, ..DutyQuery::default() }).await.expect("readable");
    [
        count(ledger, "counters").await,
        count(ledger, "journal").await,
        count(ledger, "addition").await,
        count(ledger, "request").await,
        i64::try_from(waiting.len()).expect("few"),
    ]
}

/// As a release up to 0.1.0 does, which keeps a reply by the request id itself.
pub(crate) async fn keep_by_id(ledger: &Ledger, request_id: &str) -> Result<(), Failure> {
    let sql = "INSERT INTO request (person, key, fingerprint, reply, time) VALUES ($1, $2, $3, $4, $5)";
    let values = vec![
        context(moment(0)).caller.person.as_str().into(),
        request_id.into(),
        vec![7].into(),
        vec![1].into(),
        moment(0).into(),
    ];
    ledger.commit(Commit { statements: vec![Statement::new(sql, values)] }).await
}

pub(crate) async fn key_of(ledger: &Ledger, request_id: &str) -> RequestKey {
    let person = context(moment(0)).caller.person;
    RequestKey::of(ledger, &person, request_id, vec![7]).await.expect("readable")
}

pub(crate) async fn a_request_is_found_by_its_digest_and_by_its_id_where_an_older_release_kept_it(
    house: House,
) {
    let (ledger, replica) = (house.open().await, house.open().await);
    keep_by_id(&ledger, "older").await.expect("kept");
    let newer = key_of(&ledger, "newer").await;
    let reply = Reply { resource: "counters/1".to_owned(), message: "Version".to_owned(), bytes: vec![2] };
    let kept = Commit { statements: vec![remember(&newer, reply, moment(0))] };
    ledger.commit(kept).await.expect("kept");
    for (request_id, reply) in [("older", Some(1)), ("newer", Some(2)), ("other", None), (&*newer.key, None)]
    {
        let key = key_of(&replica, request_id).await;
        assert_eq!(found(&replica, &key).await.remembered.map(|kept| kept.reply[0]), reply, "{request_id}");
        let alone = remembered(&replica, &key).await.expect("readable");
        assert_eq!(alone.map(|kept| kept.reply[0]), reply, "{request_id}");
    }
    let older = keys(&ledger, "NOT LIKE 'by digest %'").await;
    assert_eq!(older, ["older"]);
    assert!(keys(&ledger, "LIKE 'by digest %'").await.contains(&format!("by digest {}", newer.key)));
    hide(&ledger, "older").await;
    assert_eq!(keys(&ledger, "NOT LIKE 'by digest %'").await, [""; 0]);
    let key = key_of(&replica, "older").await;
    assert_eq!(
        found(&replica, &key).await.remembered.map(|kept| kept.reply[0]),
        Some(1),
        "it is found still"
    );
    assert!(
        ledger.commit(Commit { statements: vec![Statement::new("DELETE FROM salt", vec![])] }).await.is_err()
    );
}

/// The keys that replies are kept by, of those that are so.
async fn keys(ledger: &Ledger, are: &str) -> Vec<String> {
    let sql = format!("SELECT key FROM request WHERE key {are} ORDER BY key");
    let rows = ledger.read(Statement::new(sql, vec![])).await.expect("readable");
    rows.iter().map(|row| row.get(0).expect("a key")).collect()
}

/// As an erasure does.
async fn hide(ledger: &Ledger, request_id: &str) {
    let key = key_of(ledger, request_id).await;
    let unknown = unknown_replies(ledger, ("", ""), 100).await.expect("readable");
    let kept = unknown.iter().find(|kept| kept.key == request_id).expect("it is kept");
    assert!(kept.is_kept_by_id());
    ledger.commit(Commit { statements: kept.hide_key(&key.key).into() }).await.expect("written");
}
