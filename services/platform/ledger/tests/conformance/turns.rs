//! How often a state transition waits for the server, counted on the way between.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use ledger::Ledger;

use crate::{
    acting::{act, id, open},
    counter::{MIGRATIONS, Wish},
    distance::relay,
    house::{House, place},
};

const TRANSITIONS: usize = 30;

/// What clients said, connection by connection, in the order they said it: each time they then wait for an answer.
type Said = Arc<Mutex<Vec<(usize, Vec<u8>)>>>;

/// The statements of a number of transitions, one for each time the client waited.
async fn overheard(house: &House) -> Vec<String> {
    let said = Said::default();
    let heard = said.clone();
    let note =
        move |connection, bytes: &[u8]| heard.lock().expect("unharmed").push((connection, bytes.to_vec()));
    let (address, _way) = relay(house.address(), note);
    house.open().await.close().await;
    let ledger = Ledger::open(&place(&address), &MIGRATIONS).await.expect("the database opens");
    ledger.begin().await.expect("it begins");
    act(&ledger, id(1), &open(1, "shelves/a"), "open").await;
    for turn in 0..TRANSITIONS {
        act(&ledger, id(1), &Wish::Add(vec![1]), &turn.to_string()).await;
    }
    ledger.close().await;
    let said = said.lock().expect("unharmed").clone();
    let mut names = HashMap::new();
    let all = said
        .iter()
        .filter_map(|(connection, bytes)| Some((*connection, statement(&mut names, *connection, bytes)?)));
    let all: Vec<_> = all.collect();
    // The connection that hears of other replicas is asked whether it is well, at times, when it is given back.
    let listens = |(connection, text): &(usize, String)| text.contains("LISTEN").then_some(*connection);
    let ears: HashSet<_> = all.iter().filter_map(listens).collect();
    all.into_iter().filter(|(connection, _)| !ears.contains(connection)).map(|(_, text)| text).collect()
}

/// The kind of a message and the text it stands for: `P` asks for a statement's meaning, `B` carries it out, `Q` is text, and `S`
/// alone asks for nothing but an answer.
fn statement(
    names: &mut HashMap<(usize, String), String>,
    connection: usize,
    bytes: &[u8],
) -> Option<String> {
    let mut words =
        bytes.get(5..)?.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    let first = words.next()?;
    match bytes[0] {
        b'P' => {
            let text = words.next()?;
            names.insert((connection, first), text.clone());
            Some(format!("P {text}"))
        }
        b'B' => Some(format!("B {}", names.get(&(connection, words.next()?))?)),
        b'Q' => Some(format!("Q {first}")),
        b'S' => Some("S".to_owned()),
        _ => None,
    }
}

/// How many of them begin and go on like this.
fn count(said: &[String], kind: &str, text: &str) -> usize {
    said.iter().filter(|one| one.starts_with(kind) && one.contains(text)).count()
}

pub(crate) async fn a_transition_is_a_load_and_a_commit(house: House) {
    let said = overheard(&house).await;
    let all = TRANSITIONS + 1;
    assert_eq!((count(&said, "B", "LEFT JOIN request"), count(&said, "B", "ledger_commit")), (all, all));
    // Once on each connection that the pool may have, and on the one that tells and looks how far the journal reaches.
    let asked = count(&said, "P", "");
    assert!(asked < TRANSITIONS, "statements are prepared again and again: {asked} times");
    let aside = ["coalesce(max(revision), 0) FROM journal", "pg_notify"];
    let own = |one: &&String| aside.iter().all(|aside| !one.contains(aside));
    let turns = said.iter().filter(own).filter(|one| one.starts_with(['B', 'Q', 'S'])).count();
    assert_eq!(turns, 2 * all, "{said:#?}");
}

pub(crate) async fn a_lent_connection_takes_four_turns_a_statement(house: House) {
    let said = overheard(&house).await;
    for ours in ["LEFT JOIN request", "ledger_commit"] {
        assert_eq!((count(&said, "P", ours), count(&said, "B", ours)), (TRANSITIONS + 1, TRANSITIONS + 1));
    }
    let statements = count(&said, "B", "");
    // The last look may have been interrupted.
    let (begun, ended) = (count(&said, "Q", "BEGIN ISOLATION"), count(&said, "Q COMMIT", ""));
    assert!(
        begun.abs_diff(statements) <= 1 && ended.abs_diff(statements) <= 1,
        "{begun} {statements} {ended}"
    );
    assert_eq!((count(&said, "Q", ""), count(&said, "S", "")), (begun + ended, 0), "{said:#?}");
}
