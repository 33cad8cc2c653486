//! Texts about people are erased with all that would tell them again, the journal says so, and nothing else can be changed that way.

use kernel::{ERASED, Erasure, Search, name};
use ledger::{
    Break, Commit, Ending, Erased, Failure, Flaw, JournalQuery, Ledger, Statement, Stop, entries, erasable,
    replies,
};

use crate::{
    acting::{act, current, id, open},
    changes::assert_folds,
    counter::{Counters, Wish, context, moment},
    house::{House, count, sql, write},
    sealing::{audited, is_whole, seal},
};

const PATH: &str = "/data/Opened/label";
const PLACE: &str = "$.\"Opened\".\"label\"";

fn counter(number: u128) -> String {
    name::of("counters", id(number))
}

/// Two counters with a sealed journal of five entries.
async fn counters(house: &House) -> Ledger {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "open 1").await;
    act(&ledger, id(1), &Wish::Add(vec![1, 2]), "add").await;
    act(&ledger, id(2), &open(2, "shelves/a"), "open 2").await;
    act(&ledger, id(2), &Wish::Close, "close").await;
    seal(&ledger).await;
    ledger
}

/// What erasing `text` comes to, of `resource` and of what belongs to it.
async fn found(ledger: &Ledger, resource: &str, text: &str) -> Vec<Erased> {
    let (all, _) = erasable(ledger, resource, 100).await.expect("readable").expect("few");
    let search = Search::new(&[text]);
    let without = |one: ledger::Erasable| one.without(&search, "a letter").expect("readable");
    all.into_iter().filter_map(without).collect()
}

/// Writes it, with the replies of now.
async fn erase(ledger: &Ledger, erased: &[Erased]) -> Result<(), Failure> {
    let mut commit = Commit::default();
    for one in erased {
        let kept = replies(ledger, &one.resource).await.expect("readable").len();
        one.write::<Counters>(&context(moment(9)), "erase", kept, &mut commit).expect("writable");
    }
    ledger.commit(commit).await
}

/// All that the database holds of texts, in one.
async fn everything(ledger: &Ledger) -> String {
    let mut all = String::new();
    for table in ["SELECT data FROM journal", "SELECT state FROM counters"] {
        let rows = ledger.read(Statement::new(table, vec![])).await.expect("readable");
        all.extend(rows.iter().map(|row| row.get::<serde_json::Value>(0).expect("a document").to_string()));
    }
    let labels = ledger.read(Statement::new("SELECT label FROM counters", vec![])).await.expect("readable");
    all.extend(labels.iter().map(|row| row.get::<String>(0).expect("a label")));
    all
}

pub(crate) async fn an_erased_text_is_nowhere_and_every_seal_fits(house: House) {
    let ledger = counters(&house).await;
    assert!(everything(&ledger).await.contains("label 1"));
    let erased = found(&ledger, "shelves/a", "LABEL 1").await;
    let [one] = erased.as_slice() else { panic!("{erased:?}") };
    assert_eq!((&one.resource, &one.texts), (&counter(1), &vec!["label 1".to_owned()]));
    erase(&ledger, &erased).await.expect("written");
    let all = everything(&ledger).await;
    assert!(!all.contains("label 1") && all.contains("label 2"), "{all}");
    assert_eq!(count(&ledger, "commitment WHERE salt IS NULL").await, 1);
    let row = current(&ledger, id(1)).await.expect("it is there");
    assert_eq!((row.version, &*row.state.label, row.state.total), (4, ERASED, 3));
    assert_eq!(count(&ledger, "duty").await, 1, "what waits goes on waiting");
    for number in [1, 2] {
        assert_folds(&ledger, number).await;
    }
    assert!(is_whole(&audited(&ledger).await.1, 1), "what says so is not sealed yet");
    seal(&ledger).await;
    let (seals, ending) = audited(&ledger).await;
    assert!(is_whole(&ending, 0) && seals.len() == 7, "{ending:?}");
    assert!(found(&ledger, "shelves/a", "label 1").await.is_empty(), "and there is nothing more to erase");
    // Work goes on.
    act(&ledger, id(1), &Wish::Add(vec![4]), "more").await;
    assert_folds(&ledger, 1).await;
    seal(&ledger).await;
    assert!(is_whole(&audited(&ledger).await.1, 0));
}

pub(crate) async fn the_entry_says_what_was_erased_and_its_reason_can_go_too(house: House) {
    let ledger = counters(&house).await;
    erase(&ledger, &found(&ledger, &counter(1), "label 1").await).await.expect("written");
    seal(&ledger).await;
    let of = JournalQuery {
        after: 5,
        resource: None,
        eyes: &ledger::Eyes::All,
        sieve: ledger::Sieve::ALL,
        limit: 9,
    };
    let [entry] = &entries(&ledger, of).await.expect("readable")[..] else { panic!("one entry") };
    assert_eq!((&*entry.kind, entry.version_before, entry.version_after), (Erasure::KIND, 3, 4));
    assert_eq!((&*entry.resource, entry.parent.as_deref()), (&*counter(1), Some("shelves/a")));
    assert_eq!(entry.stamp, context(moment(9)).stamp());
    let told = entry.erasure().expect("it reads").expect("it is one");
    assert_eq!(told.each().collect::<Vec<_>>(), [(1, PATH)]);
    erase(&ledger, &found(&ledger, &counter(1), "a letter").await).await.expect("written");
    seal(&ledger).await;
    assert_eq!(everything(&ledger).await.matches("a letter").count(), 1, "that of the later one is there");
    assert!(is_whole(&audited(&ledger).await.1, 0));
    assert_folds(&ledger, 1).await;
}

pub(crate) async fn nothing_is_erased_when_anything_was_written_meanwhile(house: House) {
    let ledger = counters(&house).await;
    let stale = found(&ledger, "shelves/a", "label").await;
    assert_eq!(stale.len(), 2);
    act(&ledger, id(1), &Wish::Add(vec![1]), "meanwhile").await;
    let before = everything(&ledger).await;
    let stopped = erase(&ledger, &stale).await;
    assert!(matches!(stopped, Err(Failure::Stopped(Stop::Demand("version")))), "{stopped:?}");
    assert_eq!(everything(&ledger).await, before);
    assert_eq!(
        (count(&ledger, "erasure").await, count(&ledger, "commitment WHERE salt IS NULL").await),
        (0, 0)
    );

    // A reply that is kept meanwhile shows the text, too, though nothing else has changed.
    seal(&ledger).await;
    let fresh = found(&ledger, &counter(1), "label 1").await;
    let kept = replies(&ledger, &counter(1)).await.expect("readable").len();
    act(&ledger, id(1), &Wish::Add(vec![]), "nothing happened").await;
    let mut commit = Commit::default();
    fresh[0].write::<Counters>(&context(moment(9)), "erase", kept, &mut commit).expect("writable");
    let stopped = ledger.commit(commit).await;
    assert!(matches!(stopped, Err(Failure::Stopped(Stop::Demand("version")))), "{stopped:?}");
    erase(&ledger, &fresh).await.expect("with the replies of now");
    let twice = erase(&ledger, &fresh).await;
    assert!(matches!(twice, Err(Failure::Stopped(_))), "{twice:?}");
    seal(&ledger).await;
    assert!(is_whole(&audited(&ledger).await.1, 0));
}

fn name_it() -> Statement {
    let values = vec![1.into(), PATH.into(), PLACE.into(), counter(1).into(), 4.into()];
    sql("INSERT INTO erasure (revision, path, place, resource, version) VALUES ($1, $2, $3, $4, $5)", values)
}

fn put(place: &str, text: &str, more: &str) -> Statement {
    let text =
        format!("UPDATE journal SET data = json_replace(data, '{place}', '{text}'){more} WHERE revision = 1");
    Statement::new(text, vec![])
}

pub(crate) async fn the_database_itself_lets_nothing_be_changed_but_what_is_erased(house: House) {
    let ledger = counters(&house).await;
    let refused = async |what: &str, statements: Vec<Statement>| {
        let outcome = write(&ledger, statements).await;
        assert!(matches!(outcome, Err(Failure::Trouble(_))), "{what}: {outcome:?}");
    };
    refused("it is named nowhere", vec![put(PLACE, ERASED, "")]).await;
    refused("nor here", vec![sql("UPDATE commitment SET salt = NULL WHERE revision = 1", vec![])]).await;
    refused("another text", vec![name_it(), put(PLACE, "another", "")]).await;
    refused("another place", vec![name_it(), put("$.\"Opened\".\"shelf\"", ERASED, "")]).await;
    let mut columns = 0;
    let texts = [
        "resource",
        "parent",
        "kind",
        "rule",
        "person",
        "role",
        "request_id",
        "trace_parent",
        "method",
        "peer",
    ];
    let numbers = ["version_before", "version_after", "viewed"];
    let others = texts.iter().map(|column| format!(", {column} = 'another'"));
    for more in others.chain(numbers.iter().map(|column| format!(", {column} = 77"))) {
        columns += 1;
        refused(&more, vec![name_it(), put(PLACE, ERASED, &more)]).await;
    }
    let later = if house.engine == "sqlite" { "time + 1" } else { "time + interval '1 microsecond'" };
    refused("time", vec![name_it(), put(PLACE, ERASED, &format!(", time = {later}"))]).await;
    // The revision, the data and, on PostgreSQL, the order of writing are the rest.
    let all = match house.engine {
        "sqlite" => "pragma_table_info('journal')",
        _ => "information_schema.columns WHERE table_name = 'journal' AND column_name <> 'entry'",
    };
    assert_eq!(count(&ledger, all).await, columns + 3);
    for attempt in [
        "UPDATE commitment SET salt = digest WHERE revision = 1",
        "UPDATE commitment SET salt = NULL, digest = salt WHERE revision = 1",
        "UPDATE erasure SET place = ''",
        "DELETE FROM erasure",
        "TRUNCATE erasure",
    ] {
        refused(attempt, vec![name_it(), sql(attempt, vec![])]).await;
    }
    assert!(is_whole(&audited(&ledger).await.1, 0) && count(&ledger, "erasure").await == 0);
    write(&ledger, [name_it(), put(PLACE, ERASED, "")]).await.expect("what is named may go");
}

/// What takes the guards away.
fn unguarded(house: &House) -> Vec<String> {
    let without = |table| match house.engine {
        "sqlite" => format!("DROP TRIGGER IF EXISTS {table}_is_append_only"),
        _ => format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
    };
    ["journal", "commitment"].map(without).into()
}

/// An erasure by hand, past all guards: the text, then its salt.
async fn by_hand(house: &House, ledger: &Ledger, text: &str, salt: bool) {
    let mut all = unguarded(house);
    all.push(format!("UPDATE journal SET data = json_replace(data, '{PLACE}', '{text}') WHERE revision = 1"));
    all.extend(salt.then(|| "UPDATE commitment SET salt = NULL WHERE revision = 1".to_owned()));
    if house.engine != "sqlite" {
        all.push("ALTER TABLE journal ENABLE TRIGGER USER".to_owned());
    }
    write(ledger, all.into_iter().map(|text| Statement::new(text, vec![]))).await.expect("written");
}

async fn broken(ledger: &Ledger) -> (i64, Flaw) {
    match audited(ledger).await.1 {
        Ending::Broken(Break { revision, flaw }) => (revision, flaw),
        whole @ Ending::Whole { .. } => panic!("not found: {whole:?}"),
    }
}

pub(crate) async fn an_erasure_that_no_entry_says_is_found(house: House) {
    let ledger = counters(&house).await;
    by_hand(&house, &ledger, ERASED, true).await;
    write(&ledger, [name_it()]).await.expect("written");
    assert_eq!(broken(&ledger).await, (1, Flaw::Erased(PATH.to_owned())));
    // Nor does one that speaks of another place.
    erase(&ledger, &found(&ledger, &counter(2), "label 2").await).await.expect("written");
    seal(&ledger).await;
    assert_eq!(broken(&ledger).await, (1, Flaw::Erased(PATH.to_owned())));
}

pub(crate) async fn an_erasure_that_only_an_entry_of_another_resource_says_is_found(house: House) {
    let ledger = counters(&house).await;
    erase(&ledger, &found(&ledger, &counter(1), "label 1").await).await.expect("written");
    let mut all = unguarded(&house);
    let other = counter(2);
    all.push(format!("UPDATE journal SET resource = '{other}' WHERE kind = 'PersonalDataErased'"));
    write(&ledger, all.into_iter().map(|text| Statement::new(text, vec![]))).await.expect("written");
    seal(&ledger).await;
    assert_eq!(broken(&ledger).await, (1, Flaw::Erased(PATH.to_owned())));
}

pub(crate) async fn an_erasure_of_the_text_alone_or_for_another_text_is_found(house: House) {
    let ledger = counters(&house).await;
    by_hand(&house, &ledger, ERASED, false).await;
    assert_eq!(broken(&ledger).await, (1, Flaw::Text(PATH.to_owned())));
}

pub(crate) async fn a_text_that_is_not_what_an_erasure_left_is_found(house: House) {
    let ledger = counters(&house).await;
    let salt = "CREATE TABLE kept AS SELECT salt FROM commitment WHERE revision = 1";
    write(&ledger, [sql(salt, vec![])]).await.expect("written");
    erase(&ledger, &found(&ledger, &counter(1), "label 1").await).await.expect("written");
    seal(&ledger).await;
    by_hand(&house, &ledger, "label 1", false).await;
    assert_eq!(broken(&ledger).await, (1, Flaw::Text(PATH.to_owned())), "the text alone");
    let back = "UPDATE commitment SET salt = (SELECT salt FROM kept) WHERE revision = 1";
    write(&ledger, [sql(back, vec![])]).await.expect("written");
    assert_eq!(broken(&ledger).await, (1, Flaw::Back(PATH.to_owned())), "as in an older copy");
}
