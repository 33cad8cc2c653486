//! No secret, and no text about people, shows in what the product says of itself: each is marked, and every outlet searched.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use aho_corasick::AhoCorasick;
use getmodern::client::{Actor, Client};
use prost::Message;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, ReflectMessage, Value};
use tests::{Process, Product, State, actor, command, free_address};
use tokio::task::spawn_blocking;

use crate::{
    catalogue::{METHODS, ROLES},
    faults::gateway::eventually,
    identity::trial::Trial,
    personal::FORMED,
    story::play::play,
    telemetry::{admin::get, collector::Collector},
    tls::{
        authority::{Authority, Vouched},
        way::Way,
    },
    wire::{Bearers, Wire},
    world::World,
};

/// What every mark has in it.
pub(crate) const MARK: &str = "C4NARY";
/// Headers with a text of anybody's.
const BESIDE: [(&str, &str); 4] = [
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("tracestate", "contoso=C4NARY-tracestate"),
    ("baggage", "name=C4NARY-baggage"),
    ("x-contoso-note", "C4NARY-header"),
];
/// How long a process may take for an answer that writes all it does into its log.
const PATIENCE: Duration = tests::PATIENCE;

/// The fields whose texts are about people, as the domains declare them.
static NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let domains = [
        intake_domain::personal::PERSONAL,
        engagement_domain::personal::PERSONAL,
        tasks_domain::personal::PERSONAL,
    ];
    let field = |way: &&'static str| way.trim_end_matches(".value").rsplit('.').next().expect("a name");
    domains.concat().iter().map(field).filter(|name| !FORMED.contains(name)).collect()
});

/// Marks each text about people in `message`, and tells of which fields it did.
pub(crate) fn mark(message: &mut DynamicMessage, marked: &mut BTreeSet<String>) {
    for field in message.descriptor().fields() {
        let is_left_out = field.containing_oneof().is_some() && !message.has_field(&field);
        let is_personal = field.kind() == Kind::String && NAMES.contains(field.name());
        // A channel without a partner may have none.
        let is_no_partner = field.name() == "partner" && !message.has_field(&field);
        if is_left_out || is_no_partner || !is_personal && !message.has_field(&field) {
            continue;
        }
        let mut value = message.get_field(&field).into_owned();
        each(&mut value, &mut |one| match one {
            Value::Message(inner) => mark(inner, marked),
            Value::String(text) if is_personal => {
                // A device is called alike wherever it is named.
                *text = format!("{text} {MARK}-{}", field.name().trim_end_matches('s'));
                marked.insert(field.name().to_owned());
            }
            _ => {}
        });
        message.set_field(&field, value);
    }
}

/// What stands alone, or each of a list.
fn each(value: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    match value {
        Value::List(items) => items.iter_mut().for_each(visit),
        one => visit(one),
    }
}

/// The fields of requests that hold texts about people.
fn personal_fields() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for method in METHODS.iter().filter(|method| !method.reads()) {
        within(&method.input, &mut found);
    }
    found
}

fn within(message: &MessageDescriptor, found: &mut BTreeSet<String>) {
    for field in message.fields() {
        match field.kind() {
            Kind::String if NAMES.contains(field.name()) => {
                found.insert(field.name().to_owned());
            }
            Kind::Message(inner) if inner.full_name().starts_with("getmodern.") => within(&inner, found),
            _ => {}
        }
    }
}

/// Somebody of each role.
fn everybody() -> Vec<Actor> {
    ROLES.iter().map(|role| actor("people/other", role)).collect()
}

/// A process with a secret wherever it may have one, and what it says.
struct Speaker {
    process: Process,
    state: State,
    bearers: Arc<Bearers>,
    collector: Collector,
    admin: std::net::SocketAddr,
    secrets: BTreeMap<String, String>,
    settings: Vec<String>,
    variables: Vec<(&'static str, String)>,
    authority: Authority,
}

impl Speaker {
    async fn start() -> Self {
        let (trial, state, authority) = (Trial::new(), State::new(), Authority::new("contoso"));
        let (collector, outlet) = Collector::over_http().await;
        let (server, admin) = (authority.vouch("server", &["localhost"]), free_address());
        let audit = trial.file("audit.key");
        let made = Command::new(tests::binary()).args(["audit", "key", &audit]).output().expect("it runs");
        assert!(made.status.success(), "{made:?}");
        let settings = settings(&trial, &server, &admin.to_string(), &audit);
        let variables = variables(&state, &outlet);
        let mut serve = command(&state, &["--listen", "127.0.0.1:0"]);
        serve.args(&settings).envs(variables.iter().cloned()).stdin(Stdio::null());
        serve.stderr(File::create(trial.file("log")).expect("a log"));
        let process = spawn_blocking(|| Process::run(serve)).await.expect("it ran").expect("it serves");
        let files =
            [("TLS", server.key.display().to_string()), ("audit", audit), ("token", trial.file("trial.pem"))];
        let secrets = files.iter().flat_map(|(name, file)| lines(name, Path::new(file))).collect();
        let bearers =
            Arc::new(Bearers { trial, tokens: Mutex::default(), told: Mutex::default(), beside: &BESIDE });
        Self { process, state, bearers, collector, admin, secrets, settings, variables, authority }
    }

    /// All tokens that were shown are secrets from now on.
    fn learn(&mut self) {
        for ((person, role), token) in &*self.bearers.tokens.lock().expect("unharmed") {
            for (number, part) in token.split('.').enumerate() {
                self.secrets
                    .insert(part.to_owned(), format!("part {number} of the token of {person} as {role}"));
            }
        }
    }

    /// What `config print` says.
    async fn settings(&self) -> String {
        let mut print = command(&self.state, &["config", "print"]);
        print.args(&self.settings).envs(self.variables.iter().cloned()).env("RUST_LOG", "trace");
        let output = spawn_blocking(move || print.output()).await.expect("it ran").expect("it runs");
        assert!(output.status.success(), "{output:?}");
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text")).concat()
    }

    /// Refuses a text that has a mark or a secret in it.
    fn search(&self, outlet: &str, text: &str) {
        let around = |at: usize| {
            let from = text[..at].char_indices().rev().nth(200).map_or(0, |(from, _)| from);
            text[from..].chars().take(400).collect::<String>()
        };
        if let Some(at) = text.find(MARK) {
            panic!("{outlet} has a mark in it: {}", around(at));
        }
        // A log of everything is long, and the secrets are many: it is read once for all of them.
        let secrets = AhoCorasick::new(self.secrets.keys()).expect("not too many");
        if let Some(found) = secrets.find(text) {
            panic!("{outlet} has {} in it", self.secrets[&text[found.range()]]);
        }
    }
}

fn settings(trial: &Trial, server: &Vouched, admin: &str, audit: &str) -> Vec<String> {
    let more = [
        format!("--tls-certificate={}", server.certificate.display()),
        format!("--tls-key={}", server.key.display()),
        format!("--admin={admin}"),
        format!("--audit-key={audit}"),
        format!("--checkpoints={}", trial.file("checkpoints")),
        "--checkpoint-every=100ms".to_owned(),
    ];
    trial.trust().into_iter().chain(more).collect()
}

fn variables(state: &State, outlet: &str) -> Vec<(&'static str, String)> {
    let told = [
        ("RUST_LOG", "trace".to_owned()),
        ("PGPASSWORD", format!("{MARK}-variable")),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", outlet.to_owned()),
        ("OTEL_EXPORTER_OTLP_HEADERS", format!("authorization=Bearer%20{MARK}-header")),
        ("OTEL_BSP_SCHEDULE_DELAY", "50".to_owned()),
        ("OTEL_BLRP_SCHEDULE_DELAY", "50".to_owned()),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500".to_owned()),
    ];
    let with_password = |(name, urls): (&'static str, String)| {
        let login = |url: &str| url.replacen('@', &format!(":{MARK}-password@"), 1);
        (name, urls.split(',').map(login).collect::<Vec<_>>().join(","))
    };
    state.variables().into_iter().map(with_password).chain(told).collect()
}

/// What is secret in a key's file, each line of it.
fn lines(name: &str, file: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(file).expect("a key");
    let secret = text.lines().filter(|line| !line.starts_with("-----"));
    secret.map(|line| (line.to_owned(), format!("the {name} key"))).collect()
}

/// Asks for everything with marks in every text, and with texts that are too long.
async fn complain(wire: &Wire) {
    for method in METHODS.iter() {
        let who = everybody().into_iter().find(|who| method.roles.iter().any(|role| role == who.role));
        let Some(who) = who else { continue };
        for times in [1, 3000] {
            let mut request = method.example(&format!("complaint-{times}"));
            for _ in 0..times.min(2) {
                mark(&mut request, &mut BTreeSet::new());
            }
            if times > 1 {
                lengthen(&mut request, times);
            }
            let _ = wire.send_as(who, &method.path(), request.encode_to_vec()).await;
        }
    }
}

fn lengthen(message: &mut DynamicMessage, times: usize) {
    for field in message.descriptor().fields().filter(|field| message.has_field(field)).collect::<Vec<_>>() {
        let mut value = message.get_field(&field).into_owned();
        each(&mut value, &mut |one| match one {
            Value::Message(inner) => lengthen(inner, times),
            Value::String(text) if text.contains(MARK) => *text = text.repeat(times),
            _ => {}
        });
        message.set_field(&field, value);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_said_repeats_a_secret_or_a_text_about_people() {
    let mut speaker = Speaker::start().await;
    let bearers = Arc::clone(&speaker.bearers);
    let way = Way::new(&speaker.authority.ca(), None);
    let channel = || way.channel(speaker.process.address);
    let tokens = Arc::clone(&bearers);
    let client =
        Client::over([channel(), channel(), channel()], PATIENCE).bearing(move |who| tokens.token(who));
    let mut world = World::on(Product::start().await);
    (world.wire, world.client) = (Wire::on(channel()).bearing(Arc::clone(&bearers)), client);
    (world.strangers, world.marked) = (Some(Vec::new()), Some(BTreeSet::new()));
    play(&mut world).await;
    complain(&world.wire).await;
    assert_eq!(world.marked.take().expect("they were marked"), personal_fields());
    let kept = speaker
        .state
        .ask("engagement", &format!("SELECT kind FROM journal WHERE CAST(data AS text) LIKE '%{MARK}%'"));
    assert!(kept.len() > 20, "what was marked was taken: {kept:?}");

    speaker.learn();
    let numbers = get(speaker.admin, "/metrics").await;
    assert!(numbers.contains("getmodern_transitions_total"), "{numbers}");
    speaker.search("/metrics", &numbers);
    eventually("it is sent", async || {
        let got = &speaker.collector;
        (!got.spans().is_empty() && !got.metrics().is_empty() && !got.logs().is_empty()).then_some(())
    })
    .await;
    speaker.search("the collector", &speaker.collector.text());
    let told = bearers.told.lock().expect("unharmed").join("\n");
    for reason in ["NOT_FOUND", "INVALID_REQUEST", "FIELD_TOO_LONG"] {
        assert!(told.contains(reason), "{reason} was told");
    }
    speaker.search("a refusal", &told);
    let printed = speaker.settings().await;
    assert!(printed.contains("\nPGPASSWORD") && printed.contains("\ntls-key "), "{printed}");
    speaker.search("config print", &printed);
    world.end().await;
    assert!(speaker.process.stop(PATIENCE), "it stops");
    let log = fs::read_to_string(speaker.bearers.trial.file("log")).expect("its log");
    for part in ["h2::", "sqlx::query"] {
        assert!(log.contains(part), "{part} says all it can, in {} bytes", log.len());
    }
    speaker.search("the log", &log);
}
