//! How the engine finds the rows of every statement: by an index, never by looking at a whole table.

use kernel::{Id, Person, Role};
use tempfile::TempDir;

use crate::{
    Change, Commit, Cursor, DutyQuery, Eyes, Filter, JournalQuery, Key, Lease, Ledger, PARKED, Parked, Place,
    Refused, Reply, RequestKey, Span, Statement, TrailQuery, audit, close_parked_duty, close_reset_duty,
    close_standing_duty, cursor, drop_lease, erase, folded, forget_refusal, forget_refusals, journal,
    keep_refusal, lease, move_cursor, overdue, page, park, record, refusal, release, remember, request, seal,
    viewer,
};

#[path = "../tests/conformance/counter.rs"]
mod counter;

use counter::{Counters, MIGRATIONS, Shelved, Wish, context, moment};

#[tokio::test]
async fn no_statement_looks_at_a_whole_table() {
    let (_directory, ledger) = opened().await;
    let lists = lists().into_iter().chain(duty_lists()).chain(trails());
    for statement in single_rows().into_iter().chain(writes()).chain(lists) {
        let plan = plan(&ledger, &statement).await;
        assert!(!scans(&plan), "{}\n{plan:#?}", statement.sql);
    }
}

#[tokio::test]
async fn a_list_of_everything_walks_along_an_index() {
    let (_directory, ledger) = opened().await;
    let duties = DutyQuery { limit: 5, ..DutyQuery::default() }.statement();
    for (statement, index) in
        [(page::page_statement::<Counters>(vec![], None, 5), "counters_create_time"), (duties, "duty_since")]
    {
        let plan = plan(&ledger, &statement).await;
        assert!(plan.len() == 1 && plan[0].ends_with(&format!(" INDEX {index}")), "{plan:#?}");
    }
}

#[tokio::test]
async fn a_timeline_is_found_by_its_resource() {
    let (_directory, ledger) = opened().await;
    let query = JournalQuery {
        after: 3,
        resource: Some("counters/a"),
        eyes: &Eyes::All,
        sieve: crate::Sieve::ALL,
        limit: 5,
    };
    let plan = plan(&ledger, &query.statement()).await.concat();
    assert!(plan.contains("journal_resource (resource=? AND revision>?)"), "{plan}");
    assert!(plan.contains("journal_parent (parent=? AND revision>?)"), "{plan}");
}

#[tokio::test]
async fn a_trail_is_found_by_whose_it_is_and_what_it_is_about_and_walked_along_its_times_else() {
    let (_directory, ledger) = opened().await;
    let [all, person, resource] = [trail_queries(0), trail_queries(1), trail_queries(2)];
    for (statement, index) in [
        (all.accepted_statement(), "SEARCH j USING INDEX journal_time (time"),
        (all.refused_statement(), "refusal_time ((time,id)<(?,?))"),
        (person.accepted_statement(), "SEARCH j USING INDEX journal_person (person=? AND time"),
        (person.refused_statement(), "refusal_person (person=? AND (time,id)<(?,?))"),
        (resource.accepted_statement(), "journal_resource (resource=?"),
        (resource.accepted_statement(), "journal_parent (parent=?"),
        (resource.refused_statement(), "refusal_resource (resource=? AND (time,id)<(?,?))"),
    ] {
        let plan = plan(&ledger, &statement).await;
        assert!(plan.iter().any(|step| step.contains(index)), "{index}: {}\n{plan:#?}", statement.sql);
    }
}

#[tokio::test]
async fn a_look_at_a_whole_table_is_found() {
    let (_directory, ledger) = opened().await;
    for sql in [
        "SELECT * FROM counters",
        "SELECT * FROM counters WHERE update_time > 5 ORDER BY create_time DESC, id DESC LIMIT 5",
        "SELECT * FROM counters WHERE id = 'a' OR update_time > 5",
        "SELECT * FROM journal WHERE kind = 'Opened' ORDER BY revision LIMIT 5",
        "DELETE FROM duty WHERE action <> 'ADD'",
    ] {
        assert!(scans(&plan(&ledger, &Statement::new(sql, vec![])).await), "{sql}");
    }
}

fn single_rows() -> Vec<Statement> {
    vec![
        cursor::cursor_statement("upstream"),
        cursor::taken_statement("upstream", "services/downstream"),
        crate::parked::parked_at_statement("upstream", 5),
        record::statement::<Counters>(Id::nil(), &Eyes::All),
        record::statement::<Counters>(Id::nil(), &ada()),
        record::statement::<Shelved>(Id::nil(), &ada()),
        record::statement_to_change::<Counters>(Id::nil(), None, &Eyes::All),
        record::statement_to_change::<Counters>(Id::nil(), Some(&request()), &Eyes::All),
        record::statement_to_change::<Counters>(Id::nil(), Some(&request()), &ada()),
        record::statement_to_change::<Shelved>(Id::nil(), Some(&request()), &ada()),
        record::hidden_statement::<Counters>(Id::nil(), &context(moment(0)).caller).expect("it is asked"),
        journal::head_statement(),
        journal::position_statement(5),
        lease::lease_statement("lease"),
        seal::newest_statement(),
        seal::seal_statement(5),
        audit::unsealed_statement(5),
        viewer::unviewed_statement(3, 5),
    ]
}

fn lists() -> Vec<Statement> {
    let after = Some(Key { create_time: moment(0), id: Id::nil() });
    let filters = vec![Filter::new("shelf = ?", "shelves/a")];
    vec![
        page::page_statement::<Counters>(vec![], after, 5),
        page::page_statement::<Counters>(filters.clone(), None, 5),
        page::page_statement::<Counters>(filters.clone(), after, 5),
        page::page_statement::<Counters>(ada().filter::<Counters>().into_iter().collect(), after, 5),
        JournalQuery { after: 3, resource: None, eyes: &ada(), sieve: crate::Sieve::ALL, limit: 5 }
            .statement(),
        JournalQuery { after: 3, resource: None, eyes: &ada(), sieve: crate::Sieve::ALL, limit: 5 }
            .statement_from(),
        JournalQuery {
            after: 3,
            resource: Some("counters/a"),
            eyes: &ada(),
            sieve: crate::Sieve::ALL,
            limit: 5,
        }
        .statement_from(),
        JournalQuery { after: 3, resource: None, eyes: &Eyes::All, sieve: crate::Sieve::ALL, limit: 5 }
            .statement(),
        JournalQuery { after: 3, resource: None, eyes: &Eyes::All, sieve: crate::Sieve::ALL, limit: 5 }
            .statement_from(),
        JournalQuery {
            after: 3,
            resource: Some("counters/a"),
            eyes: &Eyes::All,
            sieve: crate::Sieve::ALL,
            limit: 5,
        }
        .statement_from(),
        page::page_statement::<Counters>(
            ada().filter::<Counters>().into_iter().chain(filters).collect(),
            after,
            5,
        ),
        seal::entries_statement(3, 5),
        folded::begun_statement(3, 5),
        journal::of_statement(&["counters/a", "counters/b"].map(str::to_owned)),
        audit::seals_statement(3),
        audit::commitments_statement(3, 5),
        audit::erasures_statement(3),
        erase::paths_statement("counters/a"),
        request::remembered_statement(&request()),
        request::replies_statement("counters/a"),
        request::unknown_statement(("people/ada", "key"), 5),
        crate::parked::parked_statement("upstream", None),
        crate::parked::parked_statement("upstream", Some("counters/a")),
    ]
}

/// The eyes of somebody who sees what names her.
fn ada() -> Eyes {
    Eyes::of(&context(moment(0)).caller)
}

fn duty_lists() -> Vec<Statement> {
    let all = || DutyQuery { limit: 5, ..DutyQuery::default() };
    let overdue = || Some(vec![("ADD".to_owned(), moment(1)), ("CLOSE".to_owned(), moment(2))]);
    let each = [
        DutyQuery { person: Some("people/ada".to_owned()), ..all() },
        DutyQuery { role: Some(Role::Fm), ..all() },
        DutyQuery { eyes: ada(), ..all() },
        DutyQuery { eyes: ada(), role: Some(Role::Fm), ..all() },
        DutyQuery { eyes: ada(), resource: Some("counters/a".to_owned()), ..all() },
        DutyQuery { eyes: ada(), person: Some("people/grace".to_owned()), ..all() },
        DutyQuery { resource: Some("counters/a".to_owned()), ..all() },
        DutyQuery { overdue: overdue(), ..all() },
        DutyQuery { overdue: overdue(), role: Some(Role::Fm), ..all() },
    ];
    let next = each.clone().map(|query| DutyQuery { after: Some((moment(0), "key".to_owned())), ..query });
    let span = |action: &str| Span { action: action.to_owned(), after: moment(0), until: moment(1) };
    let became = overdue::statement(&[span("ADD"), span("CLOSE")], "counters/a", 5);
    each.into_iter().chain(next).map(DutyQuery::statement).chain([became]).collect()
}

/// Everything, that of a person, and that about a resource.
fn trail_queries(which: usize) -> TrailQuery {
    let only = |one: usize, text: &str| (one == which).then(|| text.to_owned());
    let (person, resource) = (only(1, "people/ada"), only(2, "counters/a"));
    TrailQuery { person, resource, limit: 5, ..TrailQuery::default() }
}

fn trails() -> Vec<Statement> {
    let narrowed = |which: usize| TrailQuery {
        role: Some(Role::Fm),
        method: Some("a.B/C".to_owned()),
        from: Some(moment(0)),
        until: Some(moment(1)),
        ..trail_queries(which)
    };
    let queries = (0..3).flat_map(|which| [trail_queries(which), narrowed(which)]);
    queries.flat_map(|query| [query.accepted_statement(), query.refused_statement()]).collect()
}

fn writes() -> Vec<Statement> {
    let mut commit = Commit::default();
    let mut before = None;
    let open = Wish::Open { label: "label".to_owned(), shelf: "shelves/a".to_owned() };
    let hand = |people: &[Person]| Wish::Hand(people.to_vec());
    let ada = context(moment(0)).caller.person;
    for wish in [open, Wish::Add(vec![1]), hand(&[ada]), hand(&[]), Wish::Close] {
        let change: Change<Counters> =
            Change::decide(Id::nil(), before, &wish, &context(moment(0))).expect("it fits");
        change.write("request", &mut commit).expect("writable");
        before = change.after;
    }
    let [source, subject, cause] = ["upstream", "counters/a", PARKED].map(str::to_owned);
    let parked = Parked { source, revision: 1, subject, event: vec![], cause, time: moment(0) };
    commit.extend([
        remember(&request(), reply(), moment(0)),
        move_cursor("upstream", 1, &Cursor { revision: 2, ..Cursor::default() }, "word"),
        park(&parked),
        keep_refusal(Id::nil(), moment(0), refused(), 1),
        forget_refusals(moment(0)),
        forget_refusal(Id::nil(), "gone"),
        Statement::new(refusal::NOT_KEPT, vec![]),
        release("upstream", 1, "word"),
        close_parked_duty("upstream", "counters/a"),
        close_reset_duty("upstream"),
        close_standing_duty("upstream"),
        lease::take("lease", &Lease { holder: "one".to_owned(), expires: moment(1) }, moment(0)),
        drop_lease("lease", "one"),
        viewer::clear::<Counters>(Id::nil()),
    ]);
    commit.statements
}

fn refused() -> Refused {
    let [method, reason, rules] = [(); 3].map(|()| String::new());
    Refused { person: None, role: None, peer: None, method, resource: None, code: "", reason, rules }
}

fn reply() -> Reply {
    Reply { resource: "counters/a".to_owned(), message: "Counter".to_owned(), bytes: vec![] }
}

fn request() -> RequestKey {
    RequestKey {
        person: context(moment(0)).caller.person,
        key: "key".to_owned(),
        id: "key".to_owned(),
        fingerprint: vec![],
    }
}

async fn opened() -> (TempDir, Ledger) {
    let directory = TempDir::new().expect("a temporary directory");
    let ledger = Ledger::open(&Place::File(directory.path().join("ledger.sqlite")), &MIGRATIONS).await;
    (directory, ledger.expect("the database opens"))
}

/// The steps by which the engine would carry out `statement`.
async fn plan(ledger: &Ledger, statement: &Statement) -> Vec<String> {
    let explain = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let rows = ledger.read(Statement::new(explain, statement.values.clone())).await.expect("a plan");
    rows.iter().map(|row| row.get(3).expect("a step")).collect()
}

/// A step looks at a whole table; the one made-up row of a load is none, nor is what another step has found.
fn scans(plan: &[String]) -> bool {
    let made_up = ["SCAN CONSTANT ROW", "SCAN base", "SCAN more", "SCAN command"];
    // An index of nothing but erasures, of which there are few.
    let few = ["SCAN journal USING INDEX journal_erasure"];
    let harmless = |step: &str| made_up.contains(&step) || few.contains(&step);
    let looks = |step: &String| step.starts_with("SCAN ") && !harmless(step);
    plan.iter().any(looks)
}
