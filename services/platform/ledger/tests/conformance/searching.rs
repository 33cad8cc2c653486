//! How PostgreSQL finds what those who audit ask for, by an index and never by looking at a whole table, and what it reads for those
//! who ask for what they do not see: as much as for what does not exist.

use kernel::{Caller, Person, Role, name};
use ledger::{
    DutyQuery, Eyes, Filter, JournalQuery, Ledger, RequestKey, Statement, TrailQuery, look_statement,
    page_statement, trail,
};
use sqlx::{Connection, PgConnection};

use crate::{
    acting::{act, id, open},
    counter::{Counters, Shelved, Wish, moment, person},
    house::House,
};

async fn plan(ledger: &Ledger, statement: Statement) -> String {
    let explain = Statement::new(format!("EXPLAIN {}", statement.sql), statement.values);
    let rows = ledger.read(explain).await.expect("a plan");
    rows.iter().map(|row| row.get::<String>(0).expect("a step") + "\n").collect()
}

/// On a large journal whose statistics are known, no question looks at all of it.
pub(crate) async fn a_trail_is_found_by_an_index(house: House) {
    const FILL: &str = "INSERT INTO journal (resource, parent, kind, rule, data, person, role, time, request_id, \
         version_before, version_after, method) SELECT 'counters/' || n / 10, 'shelves/' || n / 20, 'Added', 'C-2', '{}', \
         'people/p' || n % 500, 'FM', timestamptz '2023-01-01' + n * interval '1 second', 'r' || n, n % 10, n % 10 + 1, \
         'a.B/C' || n % 7 FROM generate_series(1, 20000) AS n";
    const FILL_REFUSALS: &str = "INSERT INTO refusal (id, time, person, role, peer, method, resource, code, reason, rules, times) \
         SELECT gen_random_uuid(), timestamptz '2023-01-01' + n * interval '1 second', 'people/p' || n % 500, 'FM', 'x', \
         'a.B/C' || n % 7, 'counters/' || n / 10, 'PERMISSION_DENIED', 'WRONG_ROLE', '', 1 FROM generate_series(1, 100000) AS n";
    let ledger = house.open().await;
    let mut own = PgConnection::connect(house.address()).await.expect("connected");
    sqlx::query(FILL).execute(&mut own).await.expect("filled");
    sqlx::query(FILL_REFUSALS).execute(&mut own).await.expect("filled");
    sqlx::raw_sql("ANALYZE journal; ANALYZE refusal").execute(&mut own).await.expect("analysed");
    let text = |text: &str| Some(text.to_owned());
    let questions = [
        TrailQuery { limit: 50, ..TrailQuery::default() },
        TrailQuery { person: text("people/p7"), limit: 50, ..TrailQuery::default() },
        TrailQuery { resource: text("counters/7"), limit: 50, ..TrailQuery::default() },
        TrailQuery { resource: text("shelves/7"), limit: 50, ..TrailQuery::default() },
        TrailQuery { method: text("a.B/C3"), until: Some(moment(0)), limit: 50, ..TrailQuery::default() },
    ];
    for query in questions {
        for statement in [query.accepted_statement(), query.refused_statement()] {
            let plan = plan(&ledger, statement).await;
            assert!(!plan.contains("Seq Scan") && plan.contains("Index"), "{query:?}\n{plan}");
        }
        assert!(!trail(&ledger, &query).await.expect("readable").is_empty(), "{query:?}");
    }
}

/// Each step of a statement, with how many rows it read and how many times it was carried out; `names` are made alike.
async fn steps(ledger: &Ledger, statement: Statement, names: &[&str]) -> String {
    let explain = format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {}", statement.sql);
    let rows = ledger.read(Statement::new(explain, statement.values)).await.expect("a plan");
    let steps = rows.iter().map(|row| row.get::<String>(0).expect("a step") + "\n").collect::<String>();
    names.iter().fold(steps, |steps, name| steps.replace(name, "NAME"))
}

/// All that somebody may ask about the counter with this number.
fn questions(number: u128, who: &Caller) -> Vec<Statement> {
    let (one, shelf, eyes) = (id(number), format!("shelves/{number}"), Eyes::of(who));
    let named = name::of("counters", one);
    let (key, id) = ("key".to_owned(), "id".to_owned());
    let request = RequestKey { person: who.person.clone(), key, id, fingerprint: vec![] };
    let timeline = |resource| {
        JournalQuery { after: 0, resource: Some(resource), eyes: &eyes, sieve: ledger::Sieve::ALL, limit: 9 }
            .statement()
    };
    let seen = || eyes.filter::<Counters>().into_iter();
    let of_each = "(SELECT count(*) FROM counters AS c WHERE c.id = counters.id AND c.shelf = ?) > 0";
    let by_shelf = || Filter::new("shelf = ?", shelf.as_str());
    let duty = || DutyQuery { eyes: eyes.clone(), limit: 9, ..DutyQuery::default() };
    vec![
        look_statement::<Counters>(one, who, None),
        look_statement::<Counters>(one, who, Some(&request)),
        look_statement::<Shelved>(one, who, None),
        timeline(&named),
        timeline(&shelf),
        page_statement::<Counters>(seen().chain([by_shelf()]).collect(), None, 9),
        page_statement::<Counters>(seen().chain([by_shelf().of_each(of_each)]).collect(), None, 9),
        DutyQuery { resource: Some(named.clone()), ..duty() }.statement(),
        DutyQuery { resource: Some(named), role: Some(Role::Fm), ..duty() }.statement(),
    ]
}

pub(crate) async fn of_what_is_not_seen_as_much_is_read_as_of_what_does_not_exist(house: House) {
    let ledger = house.open().await;
    for number in 0..300 {
        act(&ledger, id(number), &open(number, &format!("shelves/{number}")), &format!("open {number}"))
            .await;
    }
    for number in [7, 8] {
        act(&ledger, id(number), &Wish::Add(vec![1, 2, 3]), &format!("add {number}")).await;
    }
    act(&ledger, id(8), &Wish::Hand(vec![person("ada")]), "hand").await;
    let mut own = PgConnection::connect(house.address()).await.expect("connected");
    // So many others that it does not pay to look at all of them.
    let others = "INSERT INTO counters (id, version, state, create_time, update_time, label, shelf) \
                  SELECT gen_random_uuid(), 1, state, create_time, update_time, label || ' ' || n, 'shelves/other' \
                  FROM counters, generate_series(1, 20) AS n";
    sqlx::query(others).execute(&mut own).await.expect("filled");
    sqlx::raw_sql("ANALYZE").execute(&mut own).await.expect("analysed");
    let of = |name: &str, role| Caller { person: Person::parse(name).expect("a person"), role };
    for who in [of("people/ada", Role::Fe), of("people/grace", Role::Fm), of("people/ada", Role::Auditor)] {
        let hidden = [id(7).to_string(), "shelves/7".to_owned()];
        let absent = [id(999).to_string(), "shelves/999".to_owned()];
        let mut told = 0;
        for (one, other) in questions(7, &who).into_iter().zip(questions(999, &who)) {
            let sql = one.sql.clone();
            let one = steps(&ledger, one, &hidden.each_ref().map(|name| &**name)).await;
            let other = steps(&ledger, other, &absent.each_ref().map(|name| &**name)).await;
            assert_eq!(one, other, "{who:?}\n{sql}");
        }
        for statement in questions(8, &who) {
            told += ledger.read(statement).await.expect("readable").len();
        }
        assert_eq!(told > 15, who.role == Role::Fe, "{who:?} {told}");
    }
}
