//! Who sees what is kept exactly as the states have it, and every list is read with somebody's eyes.

use std::{collections::BTreeSet, sync::Arc};

use kernel::{Caller, Person, Role};
use ledger::{
    DutyQuery, Eyes, Filter, JournalQuery, Ledger, Position, Statement, duties, entries, entries_after,
    hidden_statement, look, page, read_after, unviewed, view_again,
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    acting::{act, current, id, open},
    counter::{Counters, PUBLIC, Shelved, Wish, person},
    dice::Dice,
    house::{House, sql, write},
};

const PEOPLE: [&str; 4] = ["ada", "grace", "edsger", "barbara"];

fn hand(people: &[&str]) -> Wish {
    Wish::Hand(people.iter().map(|name| person(name)).collect())
}

fn caller(name: &str, role: Role) -> Caller {
    Caller { person: person(name), role }
}

fn eyes(name: &str) -> Eyes {
    Eyes::of(&caller(name, Role::Fm))
}

/// Who is kept as seeing that counter.
async fn kept(ledger: &Ledger, number: u128) -> BTreeSet<String> {
    let resource = kernel::name::of("counters", id(number));
    let rows = ledger
        .read(Statement::new("SELECT person FROM viewer WHERE resource = $1", vec![resource.into()]))
        .await
        .expect("readable");
    rows.iter().map(|row| row.get(0).expect("a person")).collect()
}

/// Who is to be, as its state has it.
async fn meant(ledger: &Ledger, number: u128) -> BTreeSet<String> {
    let keepers = current(ledger, id(number)).await.map(|counter| counter.state.keepers).unwrap_or_default();
    keepers.iter().map(Person::to_string).collect()
}

async fn numbers(ledger: &Ledger, eyes: &Eyes) -> Vec<u128> {
    let filters = eyes.filter::<Counters>().into_iter().collect();
    let found = page::<Counters>(ledger, filters, None, 100).await.expect("readable");
    let mut numbers: Vec<_> = found.iter().map(|counter| counter.id.as_u128()).collect();
    numbers.sort_unstable();
    numbers
}

pub(crate) async fn whoever_sees_a_resource_is_kept_as_its_state_has_it(house: House) {
    let ledger = house.open().await;
    let mut dice = Dice::new();
    for number in 0..3 {
        act(&ledger, id(number), &open(number, "shelves/a"), &format!("open {number}")).await;
    }
    let mut removed = 0;
    for turn in 0..150 {
        let number = u128::from(dice.below(3));
        let people: Vec<_> = PEOPLE.into_iter().filter(|_| dice.below(2) == 0).collect();
        let before = kept(&ledger, number).await;
        act(&ledger, id(number), &hand(&people), &format!("turn {turn}")).await;
        let after = kept(&ledger, number).await;
        assert_eq!(after, meant(&ledger, number).await);
        removed += before.difference(&after).count();
    }
    assert!(removed > 20, "somebody leaves");
}

pub(crate) async fn lists_show_what_somebody_sees_and_no_more(house: House) {
    let ledger = house.open().await;
    for number in 0..6 {
        let shelf = if number == 5 { PUBLIC } else { "shelves/a" };
        act(&ledger, id(number), &open(number, shelf), &format!("open {number}")).await;
    }
    for (number, people) in [(0, &["ada"][..]), (1, &["ada", "grace"]), (2, &["grace"]), (5, &["ada"])] {
        act(&ledger, id(number), &hand(people), &format!("hand {number}")).await;
    }
    let all = Eyes::All;
    let auditor = Eyes::Of { person: "*".to_owned(), across: &[] };
    let whole = Eyes::Of { person: "people/edsger".to_owned(), across: &["counters"] };
    let expected: [(&Eyes, &[u128]); 6] = [
        (&eyes("ada"), &[0, 1, 5]),
        (&eyes("grace"), &[1, 2, 5]),
        (&eyes("edsger"), &[5]),
        (&auditor, &[5]),
        (&all, &[0, 1, 2, 3, 4, 5]),
        (&whole, &[0, 1, 2, 3, 4, 5]),
    ];
    for (eyes, seen) in expected {
        assert_eq!(numbers(&ledger, eyes).await, seen, "{eyes:?}");
        let names: BTreeSet<_> =
            seen.iter().map(|number| kernel::name::of("counters", id(*number))).collect();
        let query = JournalQuery { after: 0, resource: None, eyes, sieve: ledger::Sieve::ALL, limit: 100 };
        let told = entries(&ledger, query).await.expect("readable");
        assert!(told.is_sorted_by_key(|entry| entry.revision));
        let of: BTreeSet<_> = told.iter().map(|entry| entry.resource.clone()).collect();
        assert_eq!(of, names, "{eyes:?}");
        let query = DutyQuery { eyes: eyes.clone(), limit: 100, ..DutyQuery::default() };
        let due = duties(&ledger, query).await.expect("readable");
        let of: BTreeSet<_> = due.iter().map(|duty| duty.resource.clone()).collect();
        assert_eq!(of, names, "{eyes:?}");
        for number in 0..6 {
            let name = kernel::name::of("counters", id(number));
            let query =
                JournalQuery { after: 0, resource: Some(&name), eyes, sieve: ledger::Sieve::ALL, limit: 100 };
            let told = entries(&ledger, query).await.expect("readable");
            assert_eq!(told.is_empty(), !seen.contains(&number), "{eyes:?} {name}");
        }
    }
}

pub(crate) async fn a_timeline_goes_on_page_by_page_where_others_are_between(house: House) {
    let ledger = house.open().await;
    for number in 0..4 {
        act(&ledger, id(number), &open(number, "shelves/a"), &format!("open {number}")).await;
        act(
            &ledger,
            id(number),
            &hand(&[PEOPLE[usize::try_from(number % 2).expect("small")]]),
            &format!("hand {number}"),
        )
        .await;
    }
    for turn in 0..20 {
        act(&ledger, id(turn % 4), &Wish::Add(vec![1]), &format!("add {turn}")).await;
    }
    let (mut place, mut seen) = (Position::default(), Vec::new());
    loop {
        let found = entries_after(&ledger, &place, None, &eyes("ada"), 3).await.expect("readable");
        let found = found.expect("nothing was set back");
        let Some(last) = found.last() else { break };
        assert!(found.len() <= 3);
        place = last.position();
        seen.extend(found.iter().map(|entry| (entry.resource.clone(), entry.version_after)));
    }
    let once: BTreeSet<_> = seen.iter().cloned().collect();
    assert_eq!(
        (once.len(), seen.len()),
        (14, 14),
        "two counters, with an opening, a handing over and five additions each"
    );
}

/// Belonging to a resource that is seen is enough: a shelf here, an engagement elsewhere.
pub(crate) async fn what_belongs_to_something_that_is_seen_is_seen_in_the_journal(house: House) {
    let ledger = house.open().await;
    for (number, shelf) in [(0, "shelves/a"), (1, "shelves/b")] {
        act(&ledger, id(number), &open(number, shelf), &format!("open {number}")).await;
    }
    let own = "INSERT INTO viewer (person, collection, id, resource) VALUES ($1, 'shelves', $2, 'shelves/a')";
    write(&ledger, [sql(own, vec!["people/ada".into(), id(9).into()])]).await.expect("written");
    let query =
        JournalQuery { after: 0, resource: None, eyes: &eyes("ada"), sieve: ledger::Sieve::ALL, limit: 100 };
    let told = entries(&ledger, query).await.expect("readable");
    let of: Vec<_> = told.iter().map(|entry| entry.resource.clone()).collect();
    assert_eq!(of, [kernel::name::of("counters", id(0))]);
    assert!(numbers(&ledger, &eyes("ada")).await.is_empty());
    for (number, name, role, shown) in [
        (0, "ada", Role::Fe, true),
        (1, "ada", Role::Fe, false),
        (0, "grace", Role::Fe, false),
        (1, "grace", Role::Leadership, true),
        (0, "ada", Role::Auditor, false),
        (2, "ada", Role::Fe, false),
    ] {
        let found = look::<Shelved>(&ledger, id(number), &caller(name, role)).await.expect("readable");
        assert_eq!(found.is_some(), shown, "{number} {name} {role}");
    }
}

pub(crate) async fn what_is_not_seen_is_looked_for_as_what_does_not_exist(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "open").await;
    act(&ledger, id(1), &hand(&["ada"]), "hand").await;
    act(&ledger, id(3), &open(3, PUBLIC), "public").await;
    for (number, name, role, shown) in [
        (1, "ada", Role::Fe, true),
        (1, "grace", Role::Fe, false),
        (1, "grace", Role::Leadership, true),
        (1, "ada", Role::Auditor, false),
        (2, "ada", Role::Fe, false),
        (2, "grace", Role::Leadership, false),
        (3, "grace", Role::Fe, true),
        (3, "ada", Role::Auditor, true),
    ] {
        let found = look::<Counters>(&ledger, id(number), &caller(name, role)).await.expect("readable");
        assert_eq!(found.is_some(), shown, "{number} {name} {role}");
    }
    for (number, name, role, hidden) in [
        (1, "ada", Role::Fe, Some(false)),
        (1, "grace", Role::Fe, Some(true)),
        (1, "grace", Role::Leadership, None),
        (2, "grace", Role::Fe, Some(false)),
        (3, "grace", Role::Fe, Some(false)),
        (1, "ada", Role::Auditor, Some(true)),
    ] {
        let Some(query) = hidden_statement::<Counters>(id(number), &caller(name, role)) else {
            assert_eq!(hidden, None, "{number} {name} {role}");
            continue;
        };
        let found = ledger.read(query).await.expect("readable");
        assert_eq!(Some(!found.is_empty()), hidden, "{number} {name} {role}");
    }
}

/// A state that nobody can read troubles only those who would be shown it.
pub(crate) async fn what_is_not_seen_is_not_read(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "open").await;
    act(&ledger, id(1), &hand(&["ada"]), "hand").await;
    let spoil = sql("UPDATE counters SET state = '{}' WHERE id = $1", vec![id(1).into()]);
    write(&ledger, [spoil]).await.expect("written");
    let looked = async |name| look::<Counters>(&ledger, id(1), &caller(name, Role::Fe)).await;
    assert!(looked("ada").await.is_err());
    assert!(looked("grace").await.is_ok_and(|found| found.is_none()));
}

/// What a row of `viewer` alone would show is shown only if the state names them too.
pub(crate) async fn a_row_that_says_who_sees_a_resource_shows_nothing_that_its_state_does_not(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "open").await;
    let name = kernel::name::of("counters", id(1));
    let forged =
        "INSERT INTO viewer (person, collection, id, resource) VALUES ('people/grace', 'counters', $1, $2)";
    write(&ledger, [sql(forged, vec![id(1).into(), name.into()])]).await.expect("written");
    let found = look::<Counters>(&ledger, id(1), &caller("grace", Role::Fe)).await.expect("readable");
    assert!(found.is_none());
}

pub(crate) async fn what_is_asked_for_is_found_among_what_is_seen_alone(house: House) {
    let ledger = house.open().await;
    for number in 0..4 {
        act(&ledger, id(number), &open(number, &format!("shelves/{number}")), &format!("open {number}"))
            .await;
    }
    act(&ledger, id(0), &hand(&["ada"]), "hand").await;
    act(&ledger, id(1), &Wish::Add(vec![1]), "add").await;
    for (number, shown) in [(0, 1), (1, 0), (9, 0)] {
        let shelf = format!("shelves/{number}");
        let mut filters: Vec<_> = eyes("ada").filter::<Counters>().into_iter().collect();
        let of_each = "(SELECT count(*) FROM counters AS c WHERE c.id = counters.id AND c.shelf = ?) > 0";
        filters.push(Filter::new("shelf = ?", shelf.as_str()));
        filters.push(Filter::new("shelf = ?", shelf.as_str()).of_each(of_each));
        let found = page::<Counters>(&ledger, filters, None, 10).await.expect("readable");
        assert_eq!(found.len(), shown, "{shelf}");
        let name = kernel::name::of("counters", id(number));
        for resource in [&shelf, &name] {
            let query = JournalQuery {
                after: 0,
                resource: Some(resource),
                eyes: &eyes("ada"),
                sieve: ledger::Sieve::ALL,
                limit: 9,
            };
            assert_eq!(entries(&ledger, query).await.expect("readable").len(), 2 * shown, "{resource}");
        }
        for (role, there) in [(None, 2 * shown), (Some(Role::Fm), shown)] {
            let resource = Some(name.clone());
            let query = DutyQuery { eyes: eyes("ada"), resource, role, limit: 9, ..DutyQuery::default() };
            assert_eq!(duties(&ledger, query).await.expect("readable").len(), there, "{name}");
        }
    }
}

pub(crate) async fn a_place_is_shown_only_to_who_sees_what_is_there(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "open").await;
    act(&ledger, id(1), &hand(&["ada"]), "hand").await;
    act(&ledger, id(2), &open(2, "shelves/b"), "other").await;
    let there = async |after, eyes: &Eyes| {
        let found = read_after(&ledger, after, None, eyes, 9).await.expect("readable");
        found.map(|found| (found.there.is_some(), found.entries.len()))
    };
    assert_eq!(there(2, &Eyes::All).await, Some((true, 1)));
    assert_eq!(there(2, &eyes("ada")).await, Some((true, 0)));
    assert_eq!(there(2, &eyes("grace")).await, Some((false, 0)));
    assert_eq!(there(3, &eyes("ada")).await, Some((false, 0)));
    assert_eq!(there(0, &eyes("ada")).await, Some((false, 2)));
    for eyes in [&Eyes::All, &eyes("ada"), &eyes("grace")] {
        assert_eq!(there(4, eyes).await, None, "the journal does not reach as far");
    }
    let elsewhere: Position = "2.another".parse().expect("a place");
    let place = async |eyes: &Eyes| {
        entries_after(&ledger, &elsewhere, None, eyes, 9).await.expect("readable").map(|found| found.len())
    };
    assert_eq!(place(&Eyes::All).await, None);
    assert_eq!(place(&eyes("ada")).await, None);
    assert_eq!(place(&eyes("grace")).await, Some(0), "what is not seen is compared with nothing");
}

/// As a replica of a release would that does not know who sees what.
async fn hand_over_as_before(ledger: &Ledger, number: u128, people: &[&str]) {
    let before = current(ledger, id(number)).await.expect("it is there");
    let mut state = before.state.clone();
    state.keepers = people.iter().map(|name| person(name)).collect();
    let row = sql(
        "UPDATE counters SET version = version + 1, state = $2 WHERE id = $1",
        vec![id(number).into(), serde_json::to_value(&state).expect("JSON").into()],
    );
    let entry = sql(
        "INSERT INTO journal (resource, kind, rule, data, person, role, time, request_id, version_before, version_after) \
         VALUES ($1, 'Handed', '', $2, 'people/ada', 'GMFTA', $3, 'old', $4, $5)",
        vec![
            kernel::name::of("counters", id(number)).into(),
            serde_json::json!({ "Handed": state.keepers }).into(),
            before.update_time.into(),
            before.version.into(),
            (before.version + 1).into(),
        ],
    );
    write(ledger, [row, entry]).await.expect("written");
}

pub(crate) async fn what_older_releases_write_is_found_and_made_up_for(house: House) {
    let ledger = house.open().await;
    for number in 0..3 {
        act(&ledger, id(number), &open(number, "shelves/a"), &format!("open {number}")).await;
        act(&ledger, id(number), &hand(&["ada"]), &format!("hand {number}")).await;
    }
    assert_eq!(unviewed(&ledger, 0, 10).await.expect("readable"), []);
    hand_over_as_before(&ledger, 1, &["grace"]).await;
    hand_over_as_before(&ledger, 2, &["grace", "edsger"]).await;
    let found = unviewed(&ledger, 0, 10).await.expect("readable");
    let names = [1, 2].map(|number| kernel::name::of("counters", id(number)));
    assert_eq!(found.iter().map(|entry| entry.resource.clone()).collect::<Vec<_>>(), names);
    assert_eq!(unviewed(&ledger, found[0].revision, 10).await.expect("readable"), found[1..]);
    // What one resource shows of itself does not wait for it.
    for (name, shown) in [("ada", false), ("grace", true)] {
        let found = look::<Counters>(&ledger, id(1), &caller(name, Role::Fe)).await.expect("readable");
        assert_eq!(found.is_some(), shown, "{name}");
    }
    for _ in 0..2 {
        for number in 1..3 {
            view_again::<Counters>(&ledger, id(number)).await.expect("written");
            assert_eq!(kept(&ledger, number).await, meant(&ledger, number).await);
        }
    }
    assert_eq!(numbers(&ledger, &eyes("ada")).await, [0]);
    assert_eq!(numbers(&ledger, &eyes("grace")).await, [1, 2]);
    view_again::<Counters>(&ledger, id(7)).await.expect("nothing to do");
}

/// Whatever is made up for, and whatever others change meanwhile: in the end it is as the state has it.
pub(crate) async fn making_up_for_it_and_changes_at_the_same_time_leave_what_the_state_has(house: House) {
    let ledger = house.open().await;
    act(&ledger, id(1), &open(1, "shelves/a"), "open").await;
    for round in 0..60 {
        let start = Arc::new(Barrier::new(3));
        let mut work = JoinSet::new();
        for repeat in 0..2 {
            let (ledger, start) = (ledger.clone(), Arc::clone(&start));
            work.spawn(async move {
                start.wait().await;
                for _ in 0..=repeat {
                    view_again::<Counters>(&ledger, id(1)).await.expect("written");
                }
            });
        }
        start.wait().await;
        for turn in 0..3 {
            let people = &PEOPLE[(round + turn) % 3..][..2];
            act(&ledger, id(1), &hand(people), &format!("round {round} {turn}")).await;
        }
        work.join_all().await;
        assert_eq!(kept(&ledger, 1).await, meant(&ledger, 1).await, "round {round}");
    }
}
