//! What was done and what was refused is one trail: a command is one entry, and no page loses or doubles any.

use kernel::{Caller, Context, Person, Role};
use ledger::{
    Change, Failure, Ledger, Origin, Outcome, Refused, Surplus, TrailEntry, TrailQuery, count_not_kept,
    count_refusals, forget_refusal, keep_refusal, oldest_refusals, surplus_refusals, trail,
};
use opentelemetry::trace::FutureExt;

use crate::{
    acting::{commit, current, id, key, open},
    counter::{Counters, Wish, moment},
    dice::Dice,
    house::{House, write},
};

const ADA: (&str, Role) = ("people/ada", Role::Gmfta);
const BOB: (&str, Role) = ("people/bob", Role::Fm);
const METHODS: [&str; 2] = ["counters.v1.Counters/Add", "counters.v1.Counters/Close"];
const SHELVES: [&str; 2] = ["shelves/a", "shelves/b"];

fn name(number: u128) -> String {
    format!("counters/{}", id(number))
}

/// Somebody carries out a wish by a method, at a moment.
async fn done(ledger: &Ledger, number: u128, wish: &Wish, who: (&str, Role), method: &str, at: i64) {
    let person = Person::parse(who.0).expect("a person");
    let context = Context { caller: Caller { person, role: who.1 }, now: moment(at) };
    let before = current(ledger, id(number)).await;
    let origin = Origin { method: method.into(), peer: Some("192.0.2.7".into()) };
    let work = async {
        // The same person may wish for something of the same counter twice in a moment.
        let request =
            format!("{number} {at} {} {}", before.as_ref().map_or(0, |before| before.version), who.0);
        let change = Change::<Counters>::decide(id(number), before, wish, &context).expect("it fits");
        ledger.commit(commit(&change, &key(&request))).await.expect("written");
    };
    work.with_context(opentelemetry::Context::new().with_value(origin)).await;
}

/// Somebody was refused, so many times up to a moment.
async fn refused(ledger: &Ledger, about: Option<&str>, who: (&str, Role), method: &str, at: i64, nth: u128) {
    let refused = Refused {
        person: Some(who.0.to_owned()),
        role: Some(who.1.as_str()),
        peer: Some("192.0.2.7".to_owned()),
        method: method.to_owned(),
        resource: about.map(str::to_owned),
        code: "PERMISSION_DENIED",
        reason: "WRONG_ROLE".to_owned(),
        rules: "I-18".to_owned(),
    };
    write(ledger, [keep_refusal(id(nth), moment(at), refused, 3)]).await.expect("written");
}

fn all() -> TrailQuery {
    TrailQuery { limit: 1000, ..TrailQuery::default() }
}

async fn found(ledger: &Ledger, query: TrailQuery) -> Vec<TrailEntry> {
    trail(ledger, &query).await.expect("readable")
}

/// The kinds and rules of what was done, the reason and count of what was refused.
fn told(entry: &TrailEntry) -> String {
    match &entry.outcome {
        Outcome::Accepted { request_id, events } => {
            let each = events.iter().map(|event| format!("{} {} {}", event.revision, event.kind, event.rule));
            format!("{request_id}: {}", each.collect::<Vec<_>>().join(", "))
        }
        Outcome::Refused { code, reason, rules, times } => format!("{code} {reason} {rules} {times}"),
    }
}

pub(crate) async fn a_command_is_one_entry_with_all_that_it_wrote(house: House) {
    let ledger = house.open().await;
    done(&ledger, 1, &open(1, SHELVES[0]), ADA, METHODS[0], 1).await;
    done(&ledger, 1, &Wish::Add(vec![1, 2, 3]), ADA, METHODS[0], 2).await;
    refused(&ledger, Some(&name(1)), BOB, METHODS[1], 2, 1).await;
    // At the same moment, by another: they are two commands.
    done(&ledger, 1, &Wish::Add(vec![4, 5]), BOB, METHODS[0], 2).await;
    let entries = found(&ledger, all()).await;
    let lines: Vec<_> = entries.iter().map(told).collect();
    assert_eq!(
        lines,
        [
            "1 2 4 people/bob: 5 Added C-2, 6 Added C-2",
            "1 2 1 people/ada: 2 Added C-2, 3 Added C-2, 4 Added C-2",
            "PERMISSION_DENIED WRONG_ROLE I-18 3",
            "1 1 0 people/ada: 1 Opened C-1",
        ]
    );
    let first = &entries[0];
    assert_eq!(first.key.time(), moment(2));
    assert_eq!((first.person.as_deref(), first.role.as_deref()), (Some(BOB.0), Some("FM")));
    assert_eq!((first.peer.as_deref(), first.method.as_deref()), (Some("192.0.2.7"), Some(METHODS[0])));
    assert_eq!(first.resource.as_deref(), Some(&*name(1)));
}

/// Commands and refusals of two people on eight counters, many of them at the same moment; how many there are of each.
async fn furnished(ledger: &Ledger, dice: &mut Dice) -> (usize, usize) {
    for number in 0..8 {
        let shelf = SHELVES[usize::try_from(number % 2).expect("small")];
        done(ledger, number, &open(number, shelf), ADA, METHODS[0], 0).await;
    }
    let (mut acts, mut refusals) = (8, 0);
    for nth in 0..120 {
        let pick = |one: u64| usize::try_from(one).expect("small");
        let who = [ADA, BOB][pick(dice.below(2))];
        let (method, at) = (METHODS[pick(dice.below(2))], i64::try_from(dice.below(20)).expect("small"));
        let number = u128::from(dice.below(8));
        let about = [None, Some(name(number)), Some(SHELVES[0].to_owned())][pick(dice.below(3))].clone();
        if dice.below(2) == 0 {
            // A key is used once: a moment of its own for each of somebody's commands on a counter.
            let amounts = vec![1; 1 + pick(dice.below(3))];
            done(
                ledger,
                number,
                &Wish::Add(amounts),
                who,
                method,
                at + 20 * i64::try_from(nth).expect("small"),
            )
            .await;
            acts += 1;
        } else {
            refused(
                ledger,
                about.as_deref(),
                who,
                method,
                at + 20 * i64::try_from(nth / 8).expect("small"),
                nth,
            )
            .await;
            refusals += 1;
        }
    }
    (acts, refusals)
}

/// What has to hold of what is found.
type Holds<'a> = &'a dyn Fn(&TrailEntry) -> bool;

/// Everything that `query` asks for, in pages of `size`.
async fn paged(ledger: &Ledger, query: &TrailQuery, size: i64) -> Vec<TrailEntry> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = found(ledger, TrailQuery { after, limit: size, ..query.clone() }).await;
        let Some(last) = page.last() else { return all };
        after = Some(last.key);
        all.extend(page);
    }
}

pub(crate) async fn pages_of_a_trail_are_what_was_asked_for_and_all_of_it(house: House) {
    let ledger = house.open().await;
    let (acts, refusals) = furnished(&ledger, &mut Dice::new()).await;
    let whole = found(&ledger, all()).await;
    let is_done = |entry: &&TrailEntry| matches!(entry.outcome, Outcome::Accepted { .. });
    assert_eq!((whole.iter().filter(is_done).count(), whole.len()), (acts, acts + refusals));
    assert!(whole.is_sorted_by(|one, next| one.key > next.key), "{whole:#?}");
    let on_shelf = |entry: &TrailEntry| {
        let even = (0..8).step_by(2).map(name).any(|name| entry.resource.as_deref() == Some(&*name));
        even || entry.resource.as_deref() == Some(SHELVES[0])
    };
    let (middle, text) = (moment(300), |text: &str| Some(text.to_owned()));
    let questions: [(TrailQuery, Holds); 9] = [
        (all(), &|_| true),
        (TrailQuery { person: text(ADA.0), ..all() }, &|it| it.person.as_deref() == Some(ADA.0)),
        (TrailQuery { role: Some(BOB.1), ..all() }, &|it| it.role.as_deref() == Some("FM")),
        (TrailQuery { method: text(METHODS[1]), ..all() }, &|it| it.method.as_deref() == Some(METHODS[1])),
        (TrailQuery { resource: text(SHELVES[0]), ..all() }, &on_shelf),
        (TrailQuery { accepted: Some(true), ..all() }, &|it| is_done(&it)),
        (TrailQuery { accepted: Some(false), ..all() }, &|it| !is_done(&it)),
        (TrailQuery { from: Some(middle), ..all() }, &|it| it.key.time() >= middle),
        (TrailQuery { until: Some(middle), ..all() }, &|it| it.key.time() < middle),
    ];
    for (query, holds) in questions {
        let expected: Vec<_> = whole.iter().filter(|entry| holds(entry)).cloned().collect();
        assert!(!expected.is_empty(), "{query:?}");
        for size in [1, 7, 1000] {
            assert_eq!(paged(&ledger, &query, size).await, expected, "{query:?} by {size}");
        }
    }
}

/// Whichever engine, and however many replicas.
pub(crate) async fn refusals_of_an_hour_add_up_and_whoever_has_the_most_loses_the_oldest(house: House) {
    let (ledger, other) = (house.open().await, house.open().await);
    let refused = |person: Option<&str>| Refused::not_kept(person.map(str::to_owned));
    for (ledger, at) in [(&ledger, 5), (&other, 9), (&ledger, 7)] {
        let row = keep_refusal(refused(None).id(1), moment(at), refused(None), 2);
        write(ledger, [row]).await.expect("written");
    }
    for at in 1..=4 {
        let row = keep_refusal(refused(Some(BOB.0)).id(at), moment(at), refused(Some(BOB.0)), at);
        write(&ledger, [row]).await.expect("written");
    }
    assert_eq!(count_refusals(&ledger).await.expect("readable"), 5);
    assert_eq!(count_not_kept(&ledger).await.expect("readable"), 16);
    let surplus = surplus_refusals(&ledger, 4).await.expect("readable");
    let bobs = [1, 2, 3].map(|at| Surplus { id: refused(Some(BOB.0)).id(at), times: at, counted: 0 });
    assert_eq!(surplus[..3], bobs, "until he has no more than the others");
    assert_eq!(oldest_refusals(&ledger, 2).await.expect("readable"), bobs[..2]);
    write(&ledger, [forget_refusal(bobs[0].id, "gone")]).await.expect("written");
    let again = write(&other, [forget_refusal(bobs[0].id, "gone")]).await;
    assert!(matches!(again, Err(Failure::Stopped(_))), "{again:?}");
    let query = TrailQuery { accepted: Some(false), ..all() };
    let found = found(&ledger, query).await;
    let [strangers, ..] = &*found else { panic!("{found:?}") };
    assert_eq!((strangers.key.time(), told(strangers)), (moment(9), " NOT_KEPT  6".to_owned()));
}
