//! How PostgreSQL finds what those who audit ask for: by an index, never by looking at a whole table.

use ledger::{Ledger, Statement, TrailQuery, trail};
use sqlx::{Connection, PgConnection};

use crate::{counter::moment, house::House};

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
    ledger.settle().await.expect("settled");
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
