//! Somebody is named in every text there is, and erased on request: gone from wherever the product keeps anything, while the seals
//! fit, what was written stays written (I-19), and the work goes on.

mod digests;
mod texts;

use std::{collections::BTreeSet, fs, time::Duration};

use getmodern::client::{Client, reasons};
use prost::Message;
use prost_reflect::{DynamicMessage, Value};
use proto::{
    common::v1::{ErasePersonalDataRequest, ErasePersonalDataResponse, Event, Intent, PersonalDataErased},
    engagement::v1::{
        CancelEngagementRequest, Engagement, GetEngagementRequest, RaiseBlockerRequest,
        SendIntroductionRequest, blocker, cancellation::Disposition,
    },
    intake::v1::{AcknowledgeHandoffRequest, Case, ExitGatewayRequest},
    tasks::v1::{GetNoteRequest, ListNotesRequest, ListNotesResponse, Note, note},
};
use tests::{Engine, Process, Product, State};
use tonic::Code;

use crate::{
    audit::{verify, whole},
    catalogue::dynamic,
    faults::{
        gateway::{OPERATOR, block, eventually, unblock},
        restored::operator,
        standing::hold,
    },
    migrations::migrated,
    personal::erasable_fields,
    processes::SERVICES,
    story::{about, contact, play},
    world::{Done, ENGAGEMENT, GATEWAY, GMFTA, INTAKE, PROGRAM, SIX, SME, TASKS, World},
};

/// Somebody whom nothing else in the product is called after.
const NAME: &str = "Augusta Byron-King";
const ERASED: &str = "[erased]";

/// The rows of every table of a service in which `text` stands, each with its table; also within bytes.
fn rows_with(state: &State, service: &str, text: &str) -> Vec<String> {
    let hex: String =
        text.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).map(char::from).collect();
    let (tables, row): (_, fn(&State, &str, &str) -> String) = match Engine::here() {
        Engine::Sqlite => (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
            |state, service, table| {
                let columns = format!("SELECT name FROM pragma_table_info('{table}')");
                let columns = state.ask(service, &columns).into_iter();
                let hex = columns.map(|column| format!("coalesce(hex(CAST(\"{column}\" AS BLOB)), '')"));
                format!("SELECT lower({}) FROM {table}", hex.collect::<Vec<_>>().join(" || '.' || "))
            },
        ),
        Engine::Postgres => (
            "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
            // Bytes are shown as hexadecimal digits, all else as it is.
            |_, _, table| {
                format!(
                    "SELECT all_of_it::text || encode(all_of_it::text::bytea, 'hex') FROM {table} AS all_of_it"
                )
            },
        ),
    };
    let mut found = Vec::new();
    for table in state.ask(service, tables) {
        let rows = state.ask(service, &row(state, service, &table));
        found.extend(rows.into_iter().filter(|row| row.contains(&hex)).map(|_| table.clone()));
    }
    found
}

/// The resources that a service has by itself, of which none belongs to another, and those that others belong to.
async fn resources(world: &World, service: &str) -> BTreeSet<String> {
    let events = world.events(service, "").await.into_iter();
    let whose = |event: Event| if event.parent.is_empty() { event.resource } else { event.parent };
    events.map(whose).collect()
}

/// Erases `NAME` from everything; what each service says, summed up.
async fn erase_everywhere(world: &mut World) -> [(i32, i32); 3] {
    let mut sums = [(0, 0); 3];
    for (sum, service) in sums.iter_mut().zip([INTAKE, ENGAGEMENT, TASKS]) {
        for resource in resources(world, service).await {
            let erased = world.erase(service, &resource, &NAME.to_uppercase()).await;
            *sum = (sum.0 + erased.erased_texts, sum.1 + erased.changed_replies);
        }
    }
    sums
}

/// Everybody's stories, with somebody named in all of them.
async fn told() -> World {
    let mut world = World::new().await;
    world.named = Some(NAME);
    play::undetermined(&mut world, "fabrikam").await;
    play::staffed(&mut world, "tailspin").await;
    play::execution(&mut world, "contoso").await;
    play::cancelled(&mut world, "northwind").await;
    let returned = world.assigned("wingtip").await.name;
    world.synced(&returned, Intent::Yes).await;
    let cancel = about!(CancelEngagementRequest, returned,
        disposition: Disposition::SentToIntake.into(), cause: "the Gateway knows them".to_owned());
    let _: Engagement = world.act(PROGRAM, cancel).await;
    eventually("its case is opened", async || {
        let cases = resources(&world, INTAKE).await;
        (cases.iter().filter(|case| case.starts_with("cases/")).count() == 4).then_some(())
    })
    .await;
    play::publish(&mut world).await;
    world
}

fn number(state: &State, service: &str, question: &str) -> i64 {
    let found = state.ask(service, &format!("SELECT coalesce(CAST(({question}) AS TEXT), '0')"));
    found.first().and_then(|number| number.parse().ok()).expect("a number")
}

/// Waits until all is sealed, stops, and has it verified.
async fn verified(world: World) -> State {
    for service in SERVICES {
        let state = world.product.state();
        let waiting = "SELECT max(revision) FROM journal) - (SELECT max(revision) FROM seal";
        eventually("it is sealed", async || (number(state, service, waiting) == 0).then_some(())).await;
    }
    let state = world.product.leave().await;
    let told = whole(&verify(&state, &[]).await);
    assert_eq!(told.matches("entries fit their seals").count(), SERVICES.len(), "{told}");
    state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_named_everywhere_and_erased_is_nowhere_and_all_seals_fit() {
    let mut world = told().await;
    for service in SERVICES {
        let tables: BTreeSet<_> = rows_with(world.product.state(), service, NAME).into_iter().collect();
        assert!(tables.contains("journal") && tables.contains("request"), "{service}: {tables:?}");
    }
    let before = world.done.clone();
    let named: BTreeSet<_> = before.iter().flat_map(fields_with_name).collect();
    assert_eq!(named, erasable_fields(), "somebody was named in each");
    let sums = erase_everywhere(&mut world).await;
    println!("texts and replies, by service: {sums:?}");
    assert!(sums.iter().all(|(texts, replies)| *texts > 5 && *replies > 5), "{sums:?}");
    for service in SERVICES {
        assert_eq!(rows_with(world.product.state(), service, NAME), [""; 0], "{service}");
        // Nothing can be guessed, either: of what is erased, the salts are gone.
        let left = "SELECT count(*) FROM commitment WHERE salt IS NULL";
        assert!(number(world.product.state(), service, left) > 5, "{service}");
    }
    for done in &before {
        let path = done.method.path();
        let again = world.wire.send_as(done.who, &path, done.request.clone()).await;
        let again = again.unwrap_or_else(|status| panic!("{path}: {status:?}"));
        let mut expected = dynamic(&done.reply, &done.method.output);
        mark(&mut expected);
        let again = dynamic(&again, &done.method.output);
        assert!(again == expected, "{path}: the original, but for what is erased\n{again}\n{expected}");
    }
    let again = erase_everywhere(&mut world).await;
    assert_eq!(again, [(0, 0); 3], "there is nothing more to erase, and that is said");
    let state = verified(world).await;
    nowhere_in_the_files(&state);
}

/// The fields of a request in which somebody was named.
fn fields_with_name(done: &Done) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    naming_fields(&dynamic(&done.request, &done.method.input), &mut found);
    found
}

fn naming_fields(message: &DynamicMessage, found: &mut BTreeSet<String>) {
    for (field, value) in message.fields() {
        let texts = match value {
            Value::List(values) => values.iter().collect(),
            value => vec![value],
        };
        for text in texts {
            match text {
                Value::String(text) if text.contains(NAME) => {
                    found.insert(field.name().to_owned());
                }
                Value::Message(inner) => naming_fields(inner, found),
                _ => {}
            }
        }
    }
}

/// Marks the texts of a message that name somebody.
fn mark(message: &mut DynamicMessage) {
    message.fields_mut().for_each(|(_, value)| mark_value(value));
}

fn mark_value(value: &mut Value) {
    match value {
        Value::String(text) if text.contains(NAME) => ERASED.clone_into(text),
        Value::Message(message) => mark(message),
        Value::List(values) => values.iter_mut().for_each(mark_value),
        Value::Map(values) => values.values_mut().for_each(mark_value),
        _ => {}
    }
}

/// No byte of SQLite's files tells, once it was written anew as the operators are told to do.
fn nowhere_in_the_files(state: &State) {
    if Engine::here() == Engine::Postgres {
        return;
    }
    for service in SERVICES {
        let path = state.folder().join(format!("{service}.db"));
        let count = |bytes: &[u8]| bytes.windows(NAME.len()).filter(|part| *part == NAME.as_bytes()).count();
        println!("{service}: {} times in free pages", count(&fs::read(&path).expect("the file")));
        state.execute(service, "VACUUM");
        assert_eq!(count(&fs::read(&path).expect("the file")), 0, "{service}");
        assert!(!path.with_extension("db-wal").exists(), "{service}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_stays_written_without_the_name_and_the_work_goes_on_i_19() {
    let mut world = World::new().await;
    world.named = Some(NAME);
    let name = world.reactive("contoso").await;
    world.workshopped(&name).await;
    world.recorded(&name).await;
    let list = ListNotesRequest { engagement: name.clone(), ..ListNotesRequest::default() };
    let notes: ListNotesResponse = world.ask(list).await;
    let [before] = notes.notes.as_slice() else { panic!("{notes:?}") };
    let done = world.task(&name, "customer-get-modern-summary", 0).await;
    assert!(before.text.contains(NAME), "{before:?}");
    for (service, resource) in
        [(INTAKE, name.replace("engagements/", "cases/")), (ENGAGEMENT, name.clone()), (TASKS, name.clone())]
    {
        assert!(world.erase(service, &resource, NAME).await.erased_texts > 0, "{service}");
    }
    let after: Note = world.ask(GetNoteRequest { name: before.name.clone() }).await;
    assert_eq!(after.text, ERASED);
    assert_eq!(Note { text: before.text.clone(), ..after }, *before, "who, when, what for");
    let task = world.task(&name, "customer-get-modern-summary", 0).await;
    assert_eq!((task.state(), &task.assignee), (done.state(), &done.assignee));
    assert_ne!(task.etag, done.etag, "whoever saw it before has not seen it so");
    world.named = None;
    let _: Engagement = world.act(GMFTA, crate::story::review(&name)).await;
    let raise = about!(RaiseBlockerRequest, name,
        kind: blocker::Kind::Application.into(), description: "the VPN".to_owned());
    let _: Engagement = world.act(SME, raise).await;
    world.note(&name, note::Kind::EnterpriseNotes).await;
    verified(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_says_where_something_was_erased_and_not_what() {
    let mut world = World::new().await;
    let name = world.reactive("contoso").await;
    let recipients = vec![contact(NAME)];
    let introduce = about!(SendIntroductionRequest, name, recipients: recipients, overview: "it".to_owned(),
        installation_instructions: "as attached".to_owned(), prep_meeting_arrangement: "Monday".to_owned());
    let _: Engagement = world.act(GMFTA, introduce).await;
    let told = world.events(ENGAGEMENT, &name).await;
    let sent = told.iter().find(|event| event.kind == "IntroductionSent").expect("it was sent").revision;
    let erased = world.erase(ENGAGEMENT, &name, NAME).await;
    assert_eq!((erased.erased_texts, erased.resources), (1, vec![name.clone()]));
    let events = world.events(ENGAGEMENT, &name).await;
    let last = events.last().expect("events");
    assert_eq!((last.kind.as_str(), last.version_after), ("PersonalDataErased", last.version_before + 1));
    let stamp = last.stamp.clone().expect("a stamp");
    assert_eq!(
        (stamp.person.as_str(), stamp.role),
        (OPERATOR_PERSON, proto::common::v1::Role::Operator.into())
    );
    let payload = last.payload.clone().expect("whoever has copies is told");
    let payload = PersonalDataErased::decode(payload.value.as_slice()).expect("it reads");
    assert_eq!(payload.revisions, [sent]);
    verified(world).await;
}

/// Who asks in [`World::erase`].
const OPERATOR_PERSON: &str = "people/ada";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_cannot_be_met_says_why_and_a_repeated_one_is_answered_alike() {
    let mut world = World::new().await;
    let case = world.opened("contoso").await.name;
    let path = format!("/{INTAKE}/ErasePersonalData");
    let erase = |request_id: &str, resource: &str, texts: &[&str], reason: &str| ErasePersonalDataRequest {
        request_id: request_id.to_owned(),
        resource: resource.to_owned(),
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        reason: reason.to_owned(),
        ..ErasePersonalDataRequest::default()
    };
    let ask = async |request: ErasePersonalDataRequest| {
        world.client.call_at::<_, ErasePersonalDataResponse>(OPERATOR, &path, request).await
    };
    let (long, many) = ("x".repeat(321), vec!["somebody"; 21]);
    for (request, field) in [
        (erase("a", "", &[NAME], "asked"), "resource"),
        (erase("a", "cases", &[NAME], "asked"), "resource"),
        (erase("a", &case, &[], "asked"), "texts"),
        (erase("a", &case, &many, "asked"), "texts"),
        (erase("a", &case, &["x"], "asked"), "texts[0]"),
        (erase("a", &case, &[NAME, &long], "asked"), "texts[1]"),
        (erase("a", &case, &[NAME], ""), "reason"),
        (erase("a", &case, &[NAME], &long.repeat(2)), "reason"),
        (erase("a", &case, &[NAME], &format!("asked by {NAME}")), "reason"),
    ] {
        let status = ask(request).await.expect_err(field);
        assert_eq!(status.code(), Code::InvalidArgument, "{field}");
        assert_eq!(crate::wire::bad_fields(&status), [field]);
        assert!(!format!("{status:?}").contains(NAME), "{status:?}");
    }
    let nowhere = "cases/0192f0c1-0000-7000-8000-00000000002a";
    let status = ask(erase("a", nowhere, &[NAME], "asked")).await.expect_err("it is not there");
    assert_eq!((status.code(), &*reasons(&status)[0]), (Code::NotFound, "NOT_FOUND"));
    let first = ask(erase("a", &case, &[NAME], "asked")).await.expect("nothing is found");
    let notice = format!("nothing was found in {case} or in what belongs to it: nothing was erased");
    assert_eq!(first, ErasePersonalDataResponse { not_found: vec![0], notice, ..Default::default() });
    let other = ask(erase("a", &case, &["somebody"], "asked")).await.expect_err("the key is used");
    assert_eq!(reasons(&other)[0], "REQUEST_ID_REUSED");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_erased_past_the_product_is_found() {
    let mut world = World::new().await;
    world.named = Some(NAME);
    let case = world.validated("contoso", Intent::Yes).await.name;
    world.erase(INTAKE, &case, "the account manager").await;
    let state = verified(world).await;
    // As whoever has the database would, who also writes what the guards ask for.
    let (replace, path) = (
        "json_replace(data, '$.\"ResearchRecorded\".\"items\".\"plan\".\"source\"', '[erased]')",
        "/data/ResearchRecorded/items/plan/source",
    );
    let of = format!("SELECT revision FROM commitment WHERE path = '{path}' AND salt IS NOT NULL");
    let say = format!(
        "INSERT INTO erasure (revision, path, place, resource, version)
             SELECT revision, path, '$.\"ResearchRecorded\".\"items\".\"plan\".\"source\"', '{case}', 99 FROM commitment
             WHERE path = '{path}';
         UPDATE journal SET data = {replace} WHERE revision IN ({of});
         UPDATE commitment SET salt = NULL WHERE path = '{path}'"
    );
    assert_eq!(number(&state, "intake", &format!("SELECT count(*) FROM ({of}) AS found")), 1);
    state.execute("intake", &say);
    let output = verify(&state, &[]).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains(&format!("the text at {path} was erased, and no entry says so")), "{told}");
}

/// A follower that was away when something was erased gets it erased, and goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_is_behind_takes_over_what_is_left() {
    let mut world = World::new().await;
    world.named = Some(NAME);
    let case = world.handed_off("contoso").await;
    hold(world.product.state(), true);
    exited(&mut world, &case).await;
    assert!(world.erase(INTAKE, &case, NAME).await.erased_texts > 5);
    let state = world.product.leave().await;
    hold(&state, false);
    let world = World::later(Product::on(state, getmodern::services()).await);
    let shown = format!("{:?}", begun(&world, &case).await);
    assert!(shown.contains(ERASED) && !shown.contains(NAME), "{shown}");
    for service in SERVICES {
        assert_eq!(rows_with(world.product.state(), service, NAME), [""; 0], "{service}");
    }
    verified(world).await;
}

/// All six acknowledge, and the Gateway leaves.
async fn exited(world: &mut World, case: &str) {
    for actor in SIX {
        let _: Case = world.act(actor, about!(AcknowledgeHandoffRequest, case)).await;
    }
    let _: Case = world.act(GATEWAY, about!(ExitGatewayRequest, case)).await;
}

async fn begun(world: &World, case: &str) -> Engagement {
    let get = GetEngagementRequest { name: case.replace("cases/", "engagements/") };
    world.until("the engagement begins", get, |_| true).await
}

/// The event by which the engagement of a case would begin, were it let; its revision.
async fn parked(world: &mut World) -> (String, i64) {
    let earlier = world.assigned("contoso").await.name;
    let cancel = about!(CancelEngagementRequest, earlier,
        disposition: Disposition::Closed.into(), cause: "not now".to_owned());
    let _: Engagement = world.act(PROGRAM, cancel).await;
    block(world.product.state());
    world.named = Some(NAME);
    let case = world.handed_off("contoso").await;
    exited(world, &case).await;
    let state = world.product.state();
    let place = "SELECT CAST(revision AS TEXT) FROM parked";
    let found = eventually("it is parked", async || state.ask("engagement", place).pop()).await;
    assert!(rows_with(state, "engagement", NAME).contains(&"parked".to_owned()), "{earlier}");
    (case, found.parse().expect("a revision"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_waits_is_applied_without_who_was_erased() {
    let mut world = World::new().await;
    let (case, _) = parked(&mut world).await;
    let name = case.replace("cases/", "engagements/");
    let erased = world.erase(ENGAGEMENT, &name, NAME).await;
    assert_eq!((erased.erased_texts, erased.changed_events), (0, 1), "{erased:?}");
    assert_eq!(rows_with(world.product.state(), "engagement", NAME), [""; 0]);
    let told = "SELECT person || ' ' || action || ' ' || reason FROM intervention";
    let erased = format!("{OPERATOR_PERSON} ERASED asked by letter");
    assert_eq!(world.product.state().ask("engagement", told), [erased]);
    unblock(world.product.state());
    let shown = format!("{:?}", begun(&world, &case).await);
    assert!(shown.contains(ERASED) && !shown.contains(NAME), "{shown}");
    verified(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_was_given_up_is_kept_without_who_was_erased() {
    let mut world = World::new().await;
    let (case, revision) = parked(&mut world).await;
    let discarded = host::Case::new("engagement", "intake", operator(), &format!("{NAME} is taken care of"));
    let storage = world.product.state().settings(&["engagement"]).storage;
    let discard = host::Verb::Discard { case: discarded, revision, storage };
    discard.run(&getmodern::services()).await.expect("it is given up");
    assert_eq!(rows_with(world.product.state(), "engagement", NAME), ["intervention"]);
    let erased = world.erase(ENGAGEMENT, &case.replace("cases/", "engagements/"), NAME).await;
    assert_eq!((erased.erased_texts, erased.changed_events), (0, 1), "{erased:?}");
    assert_eq!(rows_with(world.product.state(), "engagement", NAME), [""; 0]);
    unblock(world.product.state());
    verified(world).await;
}

/// Replies that an older product kept do not say what they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_release_kept_is_erased_too() {
    let state = State::released("0.1.0");
    migrated(&state).await;
    let mut world = World::later(Product::on(state, getmodern::services()).await);
    let (name, mut erased, mut replies) = ("account manager", 0, 0);
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        let waiting = world.product.state().ask(&short(service), "SELECT subject FROM parked");
        for resource in resources(&world, service).await.into_iter().chain(waiting) {
            let found = world.erase(service, &resource, name).await;
            (erased, replies) = (erased + found.erased_texts, replies + found.changed_replies);
        }
    }
    println!("{erased} texts, {replies} replies");
    assert!(erased > 5 && replies > 5, "{erased} {replies}");
    for service in SERVICES {
        assert_eq!(rows_with(world.product.state(), service, name), [""; 0], "{service}");
    }
    verified(world).await;
}

/// The short name of a service: its package is named after it.
fn short(service: &str) -> String {
    service.split('.').nth(1).unwrap_or_default().to_owned()
}

/// A copy of `state` as a process left it that was killed at a point, while it was asked to erase; `None` where it died before it
/// served, and so was never asked.
async fn killed(state: &State, point: &str, path: &str, request: &ErasePersonalDataRequest) -> Option<State> {
    let mut copy = state.copy("intake");
    for service in ["engagement", "tasks"] {
        copy.set_back(service, state);
    }
    let here = (std::net::Ipv4Addr::LOCALHOST, 0).into();
    let process = Process::start(&copy, here, &[("GETMODERN_KILL_AT", point)])?;
    let client = Client::at(process.address, Duration::ZERO).expect("an address");
    let answer = client.call_at::<_, ErasePersonalDataResponse>(OPERATOR, path, request.clone()).await;
    assert!(answer.is_err(), "it was killed at {point}: {answer:?}");
    drop(process);
    Some(copy)
}

/// Killed before its commit, an erasure has done nothing; killed after it, everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_an_erasure_is_done_or_not_at_all() {
    let mut world = World::new().await;
    world.named = Some(NAME);
    let case = world.validated("contoso", Intent::Yes).await.name;
    let state = verified(world).await;
    let rows = |state: &State| rows_with(state, "intake", NAME).len();
    let all = rows(&state);
    let request = ErasePersonalDataRequest {
        request_id: "killed".to_owned(),
        resource: case.clone(),
        texts: vec![NAME.to_owned()],
        reason: "asked".to_owned(),
        ..ErasePersonalDataRequest::default()
    };
    let path = format!("/{INTAKE}/ErasePersonalData");
    for (point, left) in [("1", all), ("2", 0)] {
        let mut tries = 0;
        let copy = loop {
            tries += 1;
            assert!(tries < 20, "never killed at {point} of the erasure");
            let Some(copy) = killed(&state, point, &path, &request).await else { continue };
            let found = rows(&copy);
            if found == left {
                break copy;
            }
            // A busy process may have committed something else first, and died of that.
            assert_eq!(found, all, "half done at {point}");
        };
        let product = Product::on(copy, getmodern::services()).await;
        let again = product.client().call_at(OPERATOR, &path, request.clone()).await;
        let again: ErasePersonalDataResponse = again.expect("asked again, it is done");
        assert!(again.erased_texts > 5, "{again:?}");
        assert_eq!(rows(product.state()), 0);
        let said = "SELECT CAST(count(*) AS TEXT) FROM journal WHERE kind = 'PersonalDataErased'";
        assert_eq!(product.state().ask("intake", said), ["1"], "and once");
        verified(World::later(product)).await;
    }
}
