//! What waits on whom is kept exactly as the state has it.

use kernel::{Duty, Fault, Person, REVIEW_HOLD, Role, Time};
use ledger::{
    Commit, DutyQuery, DutyRow, Ledger, PARKED, Parked, close_parked_duty, count_duties, duties,
    load_to_change, open_parked_duty, replace_duties,
};
use serde_json::json;

use crate::{
    acting::{act, decide, id, open},
    counter::{Counters, Wish, moment},
    house::{House, sql, write},
};

const A: &str = "counters/a";
const B: &str = "counters/b";

pub(crate) async fn duties_are_replaced_exactly(house: House) {
    let ledger = house.open().await;
    write(&ledger, replace_duties(A, &[duty("ADD", 1), duty("CLOSE", 2)])).await.expect("written");
    write(&ledger, replace_duties(B, &[duty("ADD", 3)])).await.expect("written");
    write(&ledger, replace_duties(A, &[duty("CLOSE", 4), duty("RENAME", 5)])).await.expect("written");
    assert_eq!(shown(&ledger, all()).await, ["counters/b ADD", "counters/a CLOSE", "counters/a RENAME"]);
    write(&ledger, replace_duties(A, &[])).await.expect("written");
    assert_eq!(shown(&ledger, all()).await, ["counters/b ADD"]);
}

pub(crate) async fn the_duty_of_a_parked_event_survives_until_it_is_closed(house: House) {
    let ledger = house.open().await;
    let parked = |source: &str, cause: &str| Parked {
        source: source.to_owned(),
        revision: 1,
        subject: A.to_owned(),
        event: vec![],
        cause: cause.to_owned(),
        time: moment(1),
    };
    write(&ledger, [open_parked_duty(&parked("upstream", "one cause"))]).await.expect("written");
    write(&ledger, [open_parked_duty(&parked("upstream", "another"))]).await.expect("told anew");
    write(&ledger, [open_parked_duty(&parked("elsewhere", "its own"))]).await.expect("written");
    write(&ledger, replace_duties(A, &[duty("ADD", 3)])).await.expect("written");
    write(&ledger, replace_duties(A, &[])).await.expect("written");
    assert_eq!(shown(&ledger, all()).await, [format!("{A} {PARKED}"), format!("{A} {PARKED}")]);
    write(&ledger, [close_parked_duty("elsewhere", A)]).await.expect("written");
    let left = found(&ledger, all()).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].missing[0]["message"], "another");
    write(&ledger, [close_parked_duty("upstream", A)]).await.expect("written");
    assert_eq!(found(&ledger, all()).await, []);
}

/// What was due and still is stays untouched, what is due no more goes, and what is new comes: nothing else is written.
pub(crate) async fn a_change_writes_only_the_duties_that_differ(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "open").await;
    for (wish, written) in [(Wish::Add(vec![0, 1]), 1), (Wish::Add(vec![1]), 0), (Wish::Close, 1)] {
        let (before, waiting) = load_to_change::<Counters>(&ledger, id(1)).await.expect("readable");
        let change = decide(id(1), before, &wish, moment(0)).over(waiting);
        let mut commit = Commit::default();
        change.write("request", &mut commit).expect("writable");
        let about = commit.statements.iter().filter(|statement| statement.sql.contains(" duty ")).count();
        assert_eq!(about, written, "{:#?}", commit.statements);
        ledger.commit(commit).await.expect("written");
    }
    assert_eq!(found(&ledger, all()).await, []);
}

/// A release that derives duties otherwise leaves rows behind that no state of ours has: the next change puts them right, whether
/// the resource's duties change by it or not.
pub(crate) async fn duties_of_another_release_are_put_right_by_the_next_change(house: House) {
    let ledger = house.open().await;
    for (turn, other) in [
        "DELETE FROM duty WHERE action = 'CLOSE'",
        "UPDATE duty SET missing = '[{\"rule\":\"C-9\"}]' WHERE action = 'CLOSE'",
        "UPDATE duty SET action = 'RENAME', key = resource || '/RENAME' WHERE action = 'CLOSE'",
        "UPDATE duty SET since = (SELECT max(time) FROM parked) WHERE action = 'CLOSE'",
    ]
    .into_iter()
    .enumerate()
    {
        let number = 2 + turn as u128;
        act(&ledger, id(number), &open(number, "shelves/a"), &format!("open {turn}")).await;
        act(&ledger, id(number), &Wish::Add(vec![1]), &format!("add {turn}")).await;
        let meant = found(&ledger, all()).await;
        let park = Parked {
            source: turn.to_string(),
            revision: 1,
            subject: "counters/x".to_owned(),
            event: vec![],
            cause: String::new(),
            time: moment(9),
        };
        write(&ledger, [ledger::park(&park), sql(other, vec![])]).await.expect("written");
        assert_ne!(found(&ledger, all()).await, meant, "{other}");
        for number in 2..=number {
            act(&ledger, id(number), &Wish::Add(vec![1]), &format!("heal {turn} {number}")).await;
        }
        assert_eq!(found(&ledger, all()).await, meant, "{other}");
    }
}

/// What waits for a day is told from that day on, and counted from then; whatever else waits is told at once.
pub(crate) async fn what_waits_for_a_day_is_told_on_it(house: House) {
    let ledger = house.open().await;
    write(&ledger, replace_duties(A, &[duty(REVIEW_HOLD, 100), duty("ADD", 100)])).await.expect("written");
    let told = async |by: i64| shown(&ledger, DutyQuery { by: Some(moment(by)), ..all() }).await;
    let (other, both) = (["counters/a ADD"], ["counters/a ADD", "counters/a REVIEW_HOLD"]);
    assert_eq!(told(99).await, other, "only what waits for a day is kept back");
    assert_eq!(told(100).await, both);
    let counted =
        async |now: i64| count_duties(&ledger, vec![], moment(now)).await.expect("readable")[0].open;
    assert_eq!((counted(99).await, counted(100).await), (1, 2));
}

/// A target of many thousand years makes nothing overdue, and a place may be told that no duty has: no engine fails on them.
pub(crate) async fn the_earliest_and_the_latest_times_are_compared_with(house: House) {
    let ledger = house.open().await;
    write(&ledger, replace_duties(A, &[duty("ADD", 1)])).await.expect("written");
    let count = async |since: Time| {
        let overdue = Some(vec![("ADD".to_owned(), since)]);
        found(&ledger, DutyQuery { overdue, ..all() }).await.len()
    };
    assert_eq!((count(Time::MIN).await, count(Time::MAX).await), (0, 1));
    let after = async |since: Time| {
        let after = Some((since, String::new()));
        found(&ledger, DutyQuery { after, ..all() }).await.len()
    };
    assert_eq!((after(Time::MIN).await, after(Time::MAX).await), (1, 0));
}

pub(crate) async fn duties_are_found_by_person_role_and_resource(house: House) {
    let ledger = house.open().await;
    let missing = vec![Fault::new("C-1", "LABEL_MISSING", "label", "give it one")];
    let ada = Duty { person: Person::parse("people/ada"), missing, ..duty("ADD", 1) };
    let bob = Duty { person: Person::parse("people/bob"), role: Role::Sme, ..duty("ADD", 2) };
    write(&ledger, replace_duties(A, &[ada, bob])).await.expect("written");
    write(&ledger, replace_duties(B, &[duty("CLOSE", 3)])).await.expect("written");

    let of_ada = found(&ledger, DutyQuery { person: Some("people/ada".to_owned()), ..all() }).await;
    assert_eq!(of_ada.len(), 1);
    assert_eq!((of_ada[0].role, of_ada[0].since), (Role::Fe, moment(1)));
    let told = json!([{
        "rule": "C-1", "reason": "LABEL_MISSING", "subject": "label", "message": "give it one",
    }]);
    assert_eq!(of_ada[0].missing, told);
    let of_role = |role| DutyQuery { role: Some(role), ..all() };
    assert_eq!(shown(&ledger, of_role(Role::Sme)).await, ["counters/a ADD"]);
    assert_eq!(shown(&ledger, of_role(Role::Fe)).await, ["counters/a ADD", "counters/b CLOSE"]);
    let of_b = DutyQuery { resource: Some(B.to_owned()), ..of_role(Role::Fe) };
    assert_eq!(shown(&ledger, of_b).await, ["counters/b CLOSE"]);
}

pub(crate) async fn overdue_is_what_waits_since_before_its_own_moment(house: House) {
    let ledger = house.open().await;
    write(&ledger, replace_duties(A, &[duty("ADD", 10), duty("CLOSE", 10)])).await.expect("written");
    write(&ledger, replace_duties(B, &[duty("ADD", 20), duty("CLOSE", 20)])).await.expect("written");
    let overdue = |add: i64, close: i64| DutyQuery {
        overdue: Some(vec![("ADD".to_owned(), moment(add)), ("CLOSE".to_owned(), moment(close))]),
        ..all()
    };
    assert_eq!(found(&ledger, overdue(10, 10)).await, []);
    assert_eq!(shown(&ledger, overdue(11, 10)).await, ["counters/a ADD"]);
    assert_eq!(
        shown(&ledger, overdue(11, 21)).await,
        ["counters/a ADD", "counters/a CLOSE", "counters/b CLOSE"]
    );
    let of_b = DutyQuery { resource: Some(B.to_owned()), ..overdue(11, 21) };
    assert_eq!(shown(&ledger, of_b).await, ["counters/b CLOSE"]);
    assert_eq!(found(&ledger, DutyQuery { overdue: Some(vec![]), ..all() }).await, []);
}

pub(crate) async fn duties_come_in_pages_the_longest_waiting_first(house: House) {
    let ledger = house.open().await;
    for number in 0..10 {
        // Pairs wait equally long.
        let resource = format!("counters/{number}");
        write(&ledger, replace_duties(&resource, &[duty("ADD", number / 2)])).await.expect("written");
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = found(&ledger, DutyQuery { after: after.clone(), limit: 3, ..all() }).await;
        let Some(last) = page.last() else { break };
        after = Some((last.since, last.key.clone()));
        seen.extend(page.into_iter().map(|row| row.resource));
    }
    assert_eq!(seen, (0..10).map(|number| format!("counters/{number}")).collect::<Vec<_>>());
}

fn duty(action: &'static str, since: i64) -> Duty {
    Duty { action, role: Role::Fe, person: None, since: moment(since), missing: vec![] }
}

fn all() -> DutyQuery {
    DutyQuery { limit: 100, ..DutyQuery::default() }
}

async fn found(ledger: &Ledger, query: DutyQuery) -> Vec<DutyRow> {
    duties(ledger, query).await.expect("readable")
}

async fn shown(ledger: &Ledger, query: DutyQuery) -> Vec<String> {
    found(ledger, query).await.iter().map(|row| format!("{} {}", row.resource, row.action)).collect()
}
