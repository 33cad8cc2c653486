//! `audit verify`, by the binary: whatever was done to a journal past the product shows, and where it begins is named.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
    time::{Duration, Instant, SystemTime},
};

use getmodern::client::Client;
use host::{Audit, CheckpointSettings, Settings, start};
use proto::intake::v1::{AskArchitectRequest, Case, OpenCaseRequest};
use tempfile::TempDir;
use tests::{Engine, Product, State, binary, command};
use tokio::task::spawn_blocking;

use crate::faults::gateway::{GATEWAY, done, eventually};

/// Keys, and the folder of the checkpoints: out of reach of who has the databases.
struct Safe {
    folder: TempDir,
}

impl Safe {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let safe = Self { folder };
        let made = std::process::Command::new(binary()).args(["audit", "key"]).arg(safe.key()).output();
        let made = made.expect("the binary runs");
        assert!(made.status.success(), "{made:?}");
        assert_eq!(fs::read(safe.public_key()).expect("it is there"), made.stdout);
        safe
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("audit.key")
    }

    fn public_key(&self) -> PathBuf {
        self.folder.path().join("audit.key.pub")
    }

    fn checkpoints(&self) -> PathBuf {
        self.folder.path().join("checkpoints")
    }

    fn file(&self) -> PathBuf {
        self.checkpoints().join("intake.checkpoints")
    }

    fn settings(&self) -> CheckpointSettings {
        CheckpointSettings {
            checkpoints: Some(self.checkpoints()),
            audit_key: Some(self.key()),
            checkpoint_every: Duration::from_millis(20),
        }
    }

    /// How many checkpoints of intake there are.
    fn count(&self) -> usize {
        fs::read_to_string(self.file())
            .map_or(0, |text| text.lines().filter(|line| line.starts_with('—')).count())
    }

    /// Serves on `state`, signs what is done, and stops.
    async fn served(&self, state: State, work: impl AsyncFnOnce(&Client)) -> State {
        let product = Product::on_with(state, |settings| settings.audit = self.settings()).await;
        work(&product.client()).await;
        sealed(&product).await;
        product.leave().await
    }

    /// Waits for the checkpoint of a revision of intake.
    async fn signed(&self, revision: i64) {
        let line = format!("\n{revision}\n");
        let there = || fs::read_to_string(self.file()).is_ok_and(|text| text.contains(&line));
        eventually("a checkpoint", async || there().then_some(())).await;
    }

    /// What `audit verify` says with the checkpoints at hand.
    async fn verify(&self, state: &State) -> Output {
        verify(state, &[("--checkpoints", &self.checkpoints()), ("--public-key", &self.public_key())]).await
    }

    /// The break of intake's journal.
    async fn found(&self, state: &State) -> String {
        broken(&self.verify(state).await)
    }
}

pub(crate) async fn verify(state: &State, options: &[(&str, &Path)]) -> Output {
    let mut command = command(state, &["audit", "verify"]);
    for (option, path) in options {
        command.arg(option).arg(path);
    }
    spawn_blocking(move || command.output()).await.expect("it ran").expect("the binary runs")
}

pub(crate) fn whole(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn broken(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.starts_with("getmodern: intake: revision "), "{told}");
    // Another service may have a break of its own.
    told.lines().next().unwrap_or_default().to_owned()
}

/// Waits until everything that intake's journal has is sealed.
async fn sealed(product: &Product) {
    let head = |table: &str| {
        product
            .state()
            .ask("intake", &format!("SELECT CAST(coalesce(max(revision), -1) AS TEXT) FROM {table}"))
    };
    eventually("it is sealed", async || (head("journal") == head("seal")).then_some(())).await;
}

async fn open(client: &Client, number: u32) {
    let tenant = format!("contoso-{number}.example");
    let (request_id, customer) = (tenant.clone(), "Contoso".to_owned());
    let open = OpenCaseRequest { request_id, customer, tenant, ..OpenCaseRequest::default() };
    let _: Case = done(client, GATEWAY, open).await;
}

/// A journal of some cases, with a checkpoint after the first of them, another at its end.
async fn journal(safe: &Safe) -> State {
    let state = safe
        .served(State::new(), async |client| {
            open(client, 1).await;
            eventually("a checkpoint", async || (safe.count() > 0).then_some(())).await;
            for number in 2..=5 {
                open(client, number).await;
            }
            safe.signed(6).await;
        })
        .await;
    let told = whole(&safe.verify(&state).await);
    let [intake, ..] = told.lines().collect::<Vec<_>>()[..] else { panic!("{told}") };
    // The policy that is there from the beginning, and five cases.
    assert!(
        intake.starts_with("intake: 6 entries fit their seals, and 6 rows are what they add up to; "),
        "{told}"
    );
    assert!(
        intake.ends_with("checkpoints agree, the last of them at revision 6, with 0 erasures by then"),
        "{told}"
    );
    state
}

/// What states and identities are kept as.
fn types() -> (&'static str, &'static str) {
    match Engine::here() {
        Engine::Sqlite => ("text", "text"),
        Engine::Postgres => ("jsonb", "uuid"),
    }
}

/// A later time than a column has.
fn later(column: &str) -> String {
    match Engine::here() {
        Engine::Sqlite => format!("{column} + 1"),
        Engine::Postgres => format!("{column} + interval '1 microsecond'"),
    }
}

/// Carries out `statements` with the guards of the tables off.
fn past_the_guards(state: &State, statements: &str) {
    unguarded(state, "intake", statements).expect("it is carried out");
}

/// Carries out `statements` in what a service keeps, with the guards of all tables off meanwhile: whoever may write there puts
/// them back.
pub(crate) fn unguarded(state: &State, service: &str, statements: &str) -> Result<(), String> {
    let (off, on) = match Engine::here() {
        Engine::Sqlite => {
            let of = |column| {
                state.ask(
                    service,
                    &format!("SELECT {column} FROM sqlite_master WHERE type = 'trigger' ORDER BY name"),
                )
            };
            let off: Vec<_> = of("name").iter().map(|name| format!("DROP TRIGGER {name};")).collect();
            (off.concat(), of("sql").join(";\n"))
        }
        Engine::Postgres => {
            let tables = state.ask(service, "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace");
            let set = |how| {
                let each = tables.iter().map(|table| format!("ALTER TABLE {table} {how} TRIGGER USER;"));
                each.collect::<Vec<_>>().concat()
            };
            (set("DISABLE"), set("ENABLE"))
        }
    };
    state.attempt(service, &format!("{off} {statements}; {on}"))
}

/// The break of intake's journal once `statements` were carried out on a copy.
async fn changed(safe: &Safe, state: &State, statements: &str) -> String {
    let mut copy = state.copy("intake");
    copy.set_back("engagement", state);
    copy.set_back("tasks", state);
    past_the_guards(&copy, statements);
    safe.found(&copy).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_touched_fits_and_what_was_changed_is_named() {
    let safe = Safe::new();
    let state = journal(&safe).await;
    let told = whole(&verify(&state, &[]).await);
    assert!(told.contains("nothing outside the databases was compared"), "{told}");
    for (statement, found) in [
        (
            "UPDATE journal SET person = 'people/eve' WHERE revision = 3",
            "revision 3: the entry is not the one",
        ),
        (
            "UPDATE journal SET revision = 900 WHERE revision = 3;
             UPDATE journal SET revision = 3 WHERE revision = 5;
             UPDATE journal SET revision = 5 WHERE revision = 900",
            "revision 3: the entry is not the one",
        ),
        (
            "INSERT INTO journal (revision, resource, kind, rule, data, person, role, time, request_id, version_before,
                 version_after)
             SELECT 7, resource, kind, rule, data, person, role, time, request_id, version_before, version_after
             FROM journal WHERE revision = 3;
             INSERT INTO seal (revision, hash) SELECT 7, hash FROM seal WHERE revision = 3",
            "revision 7: the entry is not the one",
        ),
        ("DELETE FROM journal WHERE revision = 3", "revision 3: the entry is missing"),
        ("DELETE FROM journal WHERE revision > 4", "revision 5: the journal ends before it"),
        ("DELETE FROM seal WHERE revision = 3", "revision 3: its seal is missing"),
        ("DELETE FROM seal WHERE revision > 3", "has no seal: the journal was cut off, or set back"),
        ("DELETE FROM seal", "has no seal: the journal was cut off, or set back"),
    ] {
        let told = changed(&safe, &state, statement).await;
        assert!(told.contains(found), "{statement}: {told}");
    }
}

/// Whoever rewrites everything in the database leaves nothing there that does not fit: only the checkpoints tell.
/// A row that is as it once was, though its journal goes on, is named.
async fn set_back(safe: &Safe, state: State, json: &str, one: &str) {
    let before = state.ask("intake", &format!("SELECT CAST(state AS text) FROM cases {one}")).remove(0);
    let id = state.ask("intake", &format!("SELECT CAST(id AS text) FROM cases {one}")).remove(0);
    let ask = AskArchitectRequest {
        name: format!("cases/{id}"),
        request_id: "ask".to_owned(),
        question: "Where does it stand?".to_owned(),
        ..AskArchitectRequest::default()
    };
    let state = safe
        .served(state, async |client| {
            let _: Case = done(client, GATEWAY, ask).await;
        })
        .await;
    state.execute(
        "intake",
        &format!("UPDATE cases SET version = 1, state = CAST('{before}' AS {json}) {one}"),
    );
    let told = broken(&verify(&state, &[]).await);
    assert!(told.contains("revision 7: cases/") && told.contains("its row has an earlier version"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_not_what_its_journal_adds_up_to_is_named() {
    let safe = Safe::new();
    let state = journal(&safe).await;
    let (json, id) = types();
    let one = "WHERE tenant = 'contoso-2.example'";
    for (statement, found) in [
        (
            format!(
                "UPDATE cases SET state = CAST(replace(CAST(state AS text), 'Contoso', 'Fabrikam') AS {json}) {one}"
            ),
            "its row says something else",
        ),
        (format!("UPDATE cases SET version = version + 1 {one}"), "its row has a later version"),
        (format!("UPDATE cases SET live_tenant = NULL {one}"), "it is listed as something else"),
        (
            format!(
                "INSERT INTO viewer (person, collection, id, resource)
                 SELECT 'people/mallory', 'cases', id, 'cases/' || CAST(id AS text) FROM cases {one}"
            ),
            "others see it than may",
        ),
        (format!("DELETE FROM cases {one}"), "it has no row"),
        (
            format!("UPDATE cases SET update_time = {} {one}", later("update_time")),
            "its row has other times than its entries",
        ),
        (
            format!("INSERT INTO case_person (case_id, person) SELECT id, 'people/mallory' FROM cases {one}"),
            "the rows beside its own say something else",
        ),
    ] {
        let told = changed(&safe, &state, &statement).await;
        assert!(told.starts_with("getmodern: intake: revision 3: cases/"), "{statement}: {told}");
        assert!(told.contains(found), "{statement}: {told}");
    }
    set_back(&safe, state.copy("intake"), json, one).await;
    let more = format!(
        "INSERT INTO cases (id, version, state, create_time, update_time, tenant, stage)
         SELECT CAST('0192f0c1-0000-7000-8000-00000000002a' AS {id}), version, state, create_time, update_time, tenant, stage
         FROM cases {one}"
    );
    let told = changed(&safe, &state, &more).await;
    assert!(told.contains("revision 6: 1 of cases have a row and no entry that says so"), "{told}");
    // Lists ask by the identity, and verification by the name.
    for (statement, found) in [
        (
            format!(
                "INSERT INTO viewer (person, collection, id, resource) SELECT 'people/mallory', 'cases', id, 'cases/x' FROM cases {one}"
            ),
            "somebody sees cases/x, which is not there",
        ),
        (
            format!(
                "INSERT INTO case_person (case_id, person) VALUES (CAST('0192f0c1-0000-7000-8000-00000000002a' AS {id}), 'people/eve')"
            ),
            "a row of case_person is about 0192f0c1-0000-7000-8000-00000000002a, which is not there",
        ),
    ] {
        let told = changed(&safe, &state, &statement).await;
        assert!(told.contains(found), "{statement}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_was_rewritten_or_cut_with_its_seals_does_not_fit_the_checkpoints() {
    let safe = Safe::new();
    let state = journal(&safe).await;
    let backup = state.copy("intake");
    let mut state = state;
    let (json, _) = types();
    let of = "SELECT id FROM cases WHERE tenant";
    let named = "SELECT 'cases/' || CAST(id AS text) FROM cases WHERE tenant";
    let eve =
        |column| format!("CAST(replace(CAST({column} AS text), 'people/gateway', 'people/eve') AS {json})");
    for (statements, found) in [
        (
            format!(
                "UPDATE journal SET person = 'people/eve', data = {} WHERE revision = 3;
                 UPDATE cases SET state = {} WHERE tenant = 'contoso-2.example';
                 UPDATE case_person SET person = 'people/eve' WHERE person = 'people/gateway' AND case_id IN ({of} = 'contoso-2.example');
                 DELETE FROM seal WHERE revision > 0; DELETE FROM commitment",
                eve("data"),
                eve("state")
            ),
            "the journal up to there, or its seals, were rewritten",
        ),
        ("DELETE FROM seal; DELETE FROM commitment".to_owned(), "is of another journal"),
        (
            format!("DELETE FROM seal WHERE revision > 5; DELETE FROM commitment WHERE revision > 5;
             DELETE FROM journal WHERE revision > 5; DELETE FROM duty WHERE resource IN ({named} = 'contoso-5.example');
             DELETE FROM case_person WHERE case_id IN ({of} = 'contoso-5.example');
             DELETE FROM viewer WHERE resource IN ({named} = 'contoso-5.example');
             DELETE FROM cases WHERE tenant = 'contoso-5.example'"),
            "revision 6: the checkpoint of ",
        ),
    ] {
        past_the_guards(&state, &statements);
        // Whoever serves from it seals it anew.
        let product = Product::on(state, getmodern::services()).await;
        sealed(&product).await;
        state = product.leave().await;
        whole(&verify(&state, &[]).await);
        let told = safe.found(&state).await;
        assert!(told.contains(found), "{statements}: {told}");
        state.set_back("intake", &backup);
    }
    whole(&safe.verify(&state).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_that_was_put_back_shows_and_is_not_signed_on() {
    let safe = Safe::new();
    let mut state = journal(&safe).await;
    let backup = state.copy("intake");
    let more = async |client: &Client| {
        open(client, 6).await;
        safe.signed(7).await;
    };
    state = safe.served(state, more).await;
    whole(&safe.verify(&state).await);
    state.set_back("intake", &backup);
    let told = safe.found(&state).await;
    assert!(
        told.contains("revision 7: the checkpoint of") && told.contains("set back to an older copy"),
        "{told}"
    );
    // Once it has grown as long again, with other entries, its hashes still tell.
    let before = safe.count();
    state = safe
        .served(state, async |client| {
            open(client, 7).await;
            open(client, 8).await;
        })
        .await;
    assert_eq!(safe.count(), before, "nothing is signed that does not go on from what was");
    let told = safe.found(&state).await;
    assert!(told.contains("revision 7: the checkpoint of") && told.contains("were rewritten"), "{told}");
    // An operator who knows puts the checkpoints away while it serves; from there it goes on.
    state = safe
        .served(state, async |client| {
            open(client, 9).await;
            fs::rename(safe.file(), safe.folder.path().join("until the restore")).expect("moved");
            safe.signed(9).await;
        })
        .await;
    let told = whole(&safe.verify(&state).await);
    assert!(
        told.contains("intake: 9 entries fit their seals, and 9 rows are what they add up to; "),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_that_nobody_signed_is_found() {
    let (safe, other) = (Safe::new(), Safe::new());
    let state = journal(&safe).await;
    let options = [("--checkpoints", &*safe.checkpoints()), ("--public-key", &*other.public_key())];
    let told = broken(&verify(&state, &options).await);
    assert!(told.contains("is not signed by any of the keys"), "{told}");
    let text = fs::read_to_string(safe.file()).expect("it is there");
    fs::write(safe.file(), text.replacen("\n6\n", "\n5\n", 1)).expect("written");
    let told = safe.found(&state).await;
    assert!(told.contains("is not signed by any of the keys"), "{told}");
    // One that a process could not finish says nothing.
    fs::write(safe.file(), format!("{text}getmodern/intake")).expect("written");
    whole(&safe.verify(&state).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_that_are_missing_empty_or_old_are_told() {
    let safe = Safe::new();
    let state = journal(&safe).await;
    let text = fs::read_to_string(safe.file()).expect("it is there");
    for take in [|file: &Path| fs::write(file, ""), |file: &Path| fs::remove_file(file)] {
        take(&safe.file()).expect("taken away");
        let told = safe.found(&state).await;
        assert!(told.contains("revision 0: it has no checkpoint"), "{told}");
    }
    fs::write(safe.file(), text).expect("written");
    let verify = async |options: &[(&str, &str)]| {
        let (folder, key) = (safe.checkpoints(), safe.public_key());
        let own = [("--checkpoints", &*folder), ("--public-key", &*key)];
        let more = options.iter().map(|(option, value)| (*option, Path::new(*value)));
        verify(&state, &own.into_iter().chain(more).collect::<Vec<_>>()).await
    };
    let old = String::from_utf8_lossy(&verify(&[("--newest-within", "1ms")]).await.stderr).into_owned();
    assert!(
        old.contains("intake: revision 6: its newest checkpoint is of ") && old.contains("--as-of"),
        "{old}"
    );
    whole(&verify(&[]).await);
    // When it was signed, which is just now.
    let now = fs::metadata(safe.file()).and_then(|file| file.modified()).expect("a time");
    let hour = Duration::from_hours(1);
    let moment = |time: SystemTime| kernel::Time::try_from(time).expect("a time").to_string();
    whole(&verify(&[("--as-of", &moment(now + hour))]).await);
    let before = verify(&[("--as-of", &moment(now - hour))]).await;
    assert!(String::from_utf8_lossy(&before.stderr).contains("it has no checkpoint"), "{before:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_in_the_place_of_checkpoints_is_not_followed_and_a_foreign_file_stays_as_it_is() {
    for is_link in [true, false] {
        let safe = Safe::new();
        fs::create_dir(safe.checkpoints()).expect("made");
        let letter = safe.folder.path().join("letter");
        let file = if is_link { &letter } else { &safe.file() };
        fs::write(file, "a letter").expect("written");
        if is_link {
            std::os::unix::fs::symlink(&letter, safe.file()).expect("linked");
        }
        let state = State::in_files();
        let settings = Settings { audit: safe.settings(), ..Settings::local(state.folder()) };
        let refused = start(getmodern::services(), &settings).await;
        let told = if is_link { "it is a link" } else { "left as it is" };
        assert!(refused.is_err_and(|error| error.to_string().contains(told)), "{told}");
        assert_eq!(fs::read_to_string(file).expect("it is there"), "a letter");
    }
}

/// A busy machine may keep single ones waiting; what is due in a second is not late most times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_are_sealed_within_a_second() {
    let product = Product::start().await;
    let mut waited = Vec::new();
    for number in 1..=9 {
        open(&product.client(), number).await;
        let done = Instant::now();
        sealed(&product).await;
        waited.push(done.elapsed());
    }
    waited.sort_unstable();
    assert!(waited[4] < Duration::from_secs(1), "{waited:?}");
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_entries_without_a_seal_are_told() {
    let product = Product::start().await;
    open(&product.client(), 1).await;
    sealed(&product).await;
    let state = product.leave().await;
    let age = match Engine::here() {
        Engine::Sqlite => "time - 120000000",
        Engine::Postgres => "time - interval '120 seconds'",
    };
    past_the_guards(
        &state,
        &format!(
            "UPDATE journal SET time = {age} WHERE revision = 2; DELETE FROM seal WHERE revision = 2;
                  DELETE FROM commitment WHERE revision = 2"
        ),
    );
    let told = broken(&verify(&state, &[]).await);
    assert!(told.contains("revision 2: the entry is of ") && told.contains("has no seal"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_none_keeps_a_process_from_starting_and_one_that_is_there_stays() {
    let safe = Safe::new();
    let again = Audit::Key { file: safe.key(), name: "contoso".parse().expect("a name") };
    assert!(
        host::Verb::Audit(again).run(&[]).await.is_err_and(|error| error.to_string().contains("audit.key"))
    );
    let audit = CheckpointSettings { audit_key: Some(safe.public_key()), ..safe.settings() };
    let state = State::in_files();
    let settings = Settings { audit, ..Settings::local(state.folder()) };
    let refused = start(getmodern::services(), &settings).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("is not a key")), "it starts");
}
