//! What an operator may do to a followed journal, and what remains to be seen of it.

use kernel::Role;
use ledger::{
    Cursor, DutyQuery, Failure, Intervention, Ledger, PARKED, Parked, Resumption, Stop, Word,
    close_reset_duty, close_standing_duty, cursor, discard, duties, erase_event, has_reset_duty,
    has_standing_duty, interventions, move_cursor, open_parked_duty, open_reset_duty, open_standing_duty,
    park, parked, resume, unaccounted,
};
use serde_json::json;

use crate::{
    counter::moment,
    house::{House, sql, write},
};

fn at(revision: i64) -> Cursor {
    Cursor { revision, token: format!("token {revision}"), time: Some(moment(revision)) }
}

fn word(reason: &str, number: i64) -> Word<'_> {
    Word { person: "people/ada", reason, time: moment(number), salt: [7; 16] }
}

/// The rows that interventions left: action, revision, where the cursor stood, who and why.
async fn traces(ledger: &Ledger) -> Vec<(String, i64, Option<i64>, String)> {
    let text = "SELECT action, revision, before, person || ': ' || reason FROM intervention ORDER BY time";
    let rows = sql(text, vec![]);
    let rows = ledger.read(rows).await.expect("readable");
    let read = |row: &ledger::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    rows.iter().map(read).collect::<Result<_, ledger::Trouble>>().expect("readable")
}

async fn operators_duties(ledger: &Ledger) -> Vec<String> {
    let query = DutyQuery { role: Some(Role::Operator), limit: 10, ..DutyQuery::default() };
    let found = duties(ledger, query).await.expect("readable");
    found.into_iter().map(|duty| format!("{} {}", duty.resource, duty.action)).collect()
}

pub(crate) async fn a_cursor_is_put_where_an_operator_says(house: House) {
    let ledger = house.open().await;
    write(&ledger, [move_cursor("upstream", 0, &at(7), "moved")]).await.expect("written");
    let open = open_reset_duty("upstream", "it was set back", moment(1));
    let opened = open.into_iter().chain(open_reset_duty("elsewhere", "so was this", moment(2)));
    write(&ledger, opened).await.expect("written");
    assert!(has_reset_duty(&ledger, "upstream").await.expect("readable"));

    let mut from = at(7);
    for (number, to) in (0..).zip([at(4), at(9), Cursor { revision: 3, ..Cursor::default() }]) {
        let plain = resumption(&from, &to);
        resume(&ledger, plain.clone(), word("compared", number)).await.expect("resumed");
        assert_eq!(cursor(&ledger, "upstream").await.expect("readable"), to);
        let late = resume(&ledger, plain, word("compared", number + 10)).await;
        assert!(matches!(late, Err(Failure::Stopped(Stop::Demand(_)))), "it stands elsewhere: {late:?}");
        from = to;
    }
    let why = || "people/ada: compared".to_owned();
    let resumed = |to, from| ("RESUMED".to_owned(), to, Some(from), why());
    assert_eq!(traces(&ledger).await, [resumed(4, 7), resumed(9, 4), resumed(3, 9)]);
    assert!(!has_reset_duty(&ledger, "upstream").await.expect("readable"));
    assert_eq!(operators_duties(&ledger).await, ["journals/elsewhere RESUME_FOLLOWING"]);
    write(&ledger, [close_reset_duty("elsewhere")]).await.expect("written");
    assert_eq!(operators_duties(&ledger).await, [""; 0]);
    let lost = write(&ledger, [move_cursor("upstream", 9, &at(10), "moved")]).await;
    assert!(lost.is_err(), "whoever followed meanwhile finds it moved");
}

/// Nothing is parked, skipped or lost.
fn resumption<'a>(from: &'a Cursor, to: &'a Cursor) -> Resumption<'a> {
    Resumption { source: "upstream", from, to, lost: &[], again: &[], counts: json!({}) }
}

fn event(revision: i64, subject: &str) -> Parked {
    Parked {
        source: "upstream".to_owned(),
        revision,
        subject: subject.to_owned(),
        event: vec![1, 2, u8::try_from(revision).expect("small")],
        cause: format!("{revision} does not fit"),
        time: moment(revision),
    }
}

pub(crate) async fn a_resumption_sets_aside_what_was_lost_and_lets_go_what_comes_again(house: House) {
    let ledger = house.open().await;
    let [one, two, three] = ["counters/1", "counters/2", "counters/3"];
    let all = [event(2, one), event(3, one), event(4, two), event(6, three), event(7, two)];
    let parking = all.iter().map(park).chain([0, 2, 3].map(|first| open_parked_duty(&all[first])));
    write(&ledger, parking.collect::<Vec<_>>()).await.expect("written");
    write(&ledger, [move_cursor("upstream", 0, &at(9), "moved")]).await.expect("written");
    let settled = [all[0].clone(), all[2].clone(), all[4].clone()];
    let (from, to, lost, again) = (at(9), at(5), &settled, &all[3..4]);
    let counts = json!({ "lost": { "Opened": 3 } });
    let whole = Resumption { lost, again, counts, ..resumption(&from, &to) };
    resume(&ledger, whole, word("restored", 1)).await.expect("resumed");

    assert_eq!(parked(&ledger, "upstream", None).await.expect("readable"), all[1..2]);
    let query = DutyQuery { role: Some(Role::Operator), limit: 10, ..DutyQuery::default() };
    let left = duties(&ledger, query).await.expect("readable");
    let told: Vec<_> =
        left.iter().map(|duty| (&*duty.resource, duty.missing[0]["message"].as_str())).collect();
    assert_eq!(told, [(one, Some("3 does not fit"))], "the one that waited behind it is the first now");
    let why = || "people/ada: restored".to_owned();
    let set_aside = |revision| ("LOST".to_owned(), revision, None, why());
    let resumed = ("RESUMED".to_owned(), 5, Some(9), why());
    assert_eq!(traces(&ledger).await, [set_aside(2), set_aside(4), set_aside(7), resumed]);
    let kept = sql("SELECT event FROM intervention WHERE action = 'LOST' ORDER BY revision", vec![]);
    let kept = ledger.read(kept).await.expect("readable");
    let kept: Vec<Vec<u8>> = kept.iter().map(|row| row.get(0).expect("bytes")).collect();
    assert_eq!(kept, settled.map(|event| event.event), "as evidence");
    let counted = sql("SELECT counts FROM intervention WHERE action = 'RESUMED'", vec![]);
    let counted: serde_json::Value = ledger.read(counted).await.expect("readable")[0].get(0).expect("counts");
    assert_eq!(counted, json!({ "lost": { "Opened": 3 } }));
}

pub(crate) async fn a_resumption_is_stopped_by_whoever_is_faster(house: House) {
    let ledger = house.open().await;
    let (gone, from, to) = ([event(2, "counters/1")], Cursor::default(), at(5));
    let late = Resumption { lost: &gone, ..resumption(&from, &to) };
    let late = resume(&ledger, late, word("restored", 1)).await;
    assert!(matches!(late, Err(Failure::Stopped(Stop::Demand(_)))), "{late:?}");
    assert_eq!(traces(&ledger).await, []);
    assert_eq!(cursor(&ledger, "upstream").await.expect("readable"), Cursor::default());
}

pub(crate) async fn a_journal_has_one_duty_by_which_it_is_told_that_it_stands(house: House) {
    let ledger = house.open().await;
    let open = open_standing_duty("upstream", "upstream/3", "the storage failed", moment(1));
    write(&ledger, [open]).await.expect("written");
    assert_eq!(operators_duties(&ledger).await, ["journals/upstream UNBLOCK_FOLLOWING"]);
    assert!(!has_reset_duty(&ledger, "upstream").await.expect("readable"));
    assert!(has_standing_duty(&ledger, "upstream").await.expect("readable"));
    write(&ledger, open_reset_duty("upstream", "it was set back", moment(2))).await.expect("written");
    assert_eq!(operators_duties(&ledger).await, ["journals/upstream RESUME_FOLLOWING"], "instead");
    write(&ledger, [close_standing_duty("upstream")]).await.expect("written");
    assert!(has_reset_duty(&ledger, "upstream").await.expect("readable"), "it closes no other");
}

pub(crate) async fn a_discarded_event_is_not_parked_any_more_and_leaves_a_trace(house: House) {
    let ledger = house.open().await;
    let (first, second) = (event(3, "counters/1"), event(5, "counters/1"));
    let parking = [park(&first), open_parked_duty(&first), park(&second)];
    write(&ledger, parking).await.expect("written");
    let drop_it = async |revision| discard(&ledger, "upstream", revision, word("never fits", revision)).await;

    assert_eq!(drop_it(4).await.expect("nothing"), None);
    assert_eq!(drop_it(3).await.expect("discarded"), Some(first));
    assert_eq!(
        parked(&ledger, "upstream", None).await.expect("readable").as_slice(),
        std::slice::from_ref(&second)
    );
    assert_eq!(operators_duties(&ledger).await, [format!("counters/1 {PARKED}")], "one waits still");
    assert_eq!(drop_it(3).await.expect("nothing"), None);
    assert_eq!(drop_it(5).await.expect("discarded"), Some(second));
    assert_eq!(operators_duties(&ledger).await, [""; 0]);

    let discarded = |revision| ("DISCARDED".to_owned(), revision, None, "people/ada: never fits".to_owned());
    assert_eq!(traces(&ledger).await, [discarded(3), discarded(5)]);
    let kept = ledger.read(sql("SELECT event FROM intervention WHERE revision = 5", vec![])).await;
    assert_eq!(kept.expect("readable")[0].get::<Vec<u8>>(0).expect("bytes"), [1, 2, 5]);
}

pub(crate) async fn what_was_done_is_in_the_journal_and_a_row_that_says_something_else_is_found(
    house: House,
) {
    let ledger = house.open().await;
    write(&ledger, [park(&event(3, "a")), open_parked_duty(&event(3, "a"))]).await.expect("written");
    discard(&ledger, "upstream", 3, word("for grace", 1)).await.expect("written");
    let found = async || unaccounted(&ledger, &["upstream"]).await.expect("readable").map(|(_, words)| words);
    assert_eq!(found().await, None);
    let one = interventions(&ledger).await.expect("readable").remove(0);
    let left = Intervention { reason: "[erased]".to_owned(), ..one };
    let word = Word { salt: [9; 16], ..word("a letter", 2) };
    let erase = erase_event("upstream", 3, Some(&left), word);
    write(&ledger, [left.replace(word.salt, "moved")].into_iter().chain(erase)).await.expect("written");
    assert_eq!(found().await, None, "what is left is told");
    let update = |column: &str, to: &str| {
        ledger::Statement::new(
            format!("UPDATE intervention SET {column} = {to} WHERE action = 'DISCARDED'"),
            vec![],
        )
    };
    for (column, to, back) in [
        ("person", "'people/eve'", "'people/ada'"),
        ("reason", "'for grace'", "'[erased]'"),
        ("revision", "4", "3"),
        ("before", "1", "NULL"),
    ] {
        write(&ledger, [update(column, to)]).await.expect("written");
        let words = found().await.expect("it is found");
        assert!(words.ends_with("has a row that says something else"), "{column}: {words}");
        write(&ledger, [update(column, back)]).await.expect("written");
        assert_eq!(found().await, None, "{column}");
    }
    write(&ledger, [sql("DELETE FROM intervention WHERE action = 'DISCARDED'", vec![])])
        .await
        .expect("written");
    assert!(found().await.is_some_and(|words| words.ends_with("has no row in `intervention`")));
}
