//! `config print` and the start read settings alike: what one refuses the other does, in the same words.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::json;
use tempfile::TempDir;
use tests::{State, binary};

use crate::{identity::signer::Signer, tls::authority::Authority};

/// An address that is no machine's.
const NOWHERE: &str = "203.0.113.7:50051";
const ISSUER: [(&str, &str); 2] = [("ISSUER", "https://contoso.example"), ("AUDIENCE", "getmodern")];

/// Files that settings name, good ones and others.
struct Files {
    folder: TempDir,
    authority: Authority,
}

impl Files {
    fn new() -> Self {
        let files =
            Self { folder: tempfile::tempdir().expect("a folder"), authority: Authority::new("contoso") };
        let keys = json!({ "keys": [Signer::curve("first").public()] }).to_string();
        let secret = json!({ "keys": [{ "kty": "oct", "k": "AAAA", "kid": "first" }] }).to_string();
        for (name, text) in [
            ("good.jwks", &*keys),
            ("no.jwks", &secret),
            ("text", "nothing of the kind"),
            ("no.url", "mysql://db"),
        ] {
            fs::write(files.path(name), text).expect("written");
        }
        let made = Command::new(binary()).args(["audit", "key"]).arg(files.path("audit.key")).output();
        assert!(made.expect("it runs").status.success());
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}

/// Settings that a process cannot start with.
type Wrong = Vec<(&'static str, String)>;

fn wrong(files: &Files) -> Vec<Wrong> {
    let one = |name: &'static str, value: &str| vec![(name, value.to_owned())];
    let with = |base: &[(&'static str, &str)], more: &[(&'static str, &str)]| -> Wrong {
        base.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    let issued = |more: &[(&'static str, &str)]| with(&ISSUER, more);
    let (server, other) =
        (files.authority.vouch("server", &["localhost"]), files.authority.vouch("other", &["b"]));
    let shown = |path: &Path| path.display().to_string();
    let (certificate, key, foreign) = (shown(&server.certificate), shown(&server.key), shown(&other.key));
    let tls = [("TLS_CERTIFICATE", &*certificate), ("TLS_KEY", &*key)];
    let (text, gone) = (files.text("text"), files.text("gone"));
    let (audit_key, folder) = (files.text("audit.key"), files.text("checkpoints"));
    let at = |file: &str| format!("@{}", files.text(file));
    let collector = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    vec![
        one("LISTEN", "0.0.0.0:0"),
        one("LISTEN", "nowhere"),
        with(&[("LISTEN", NOWHERE)], &[("TRUST_IDENTITY_HEADERS", "true")]),
        one("TRUST_IDENTITY_HEADERS", "perhaps"),
        one("DATA", "/dev/null/x"),
        one("DATABASE_URL", "postgres://db/intake"),
        one("DATABASE_URL", "sales=postgres://db/sales"),
        one("DATABASE_URL", "intake=postgres://a/b,intake=postgres://c/d"),
        one("DATABASE_URL", "intake=postgres://db/x?sslmode=maybe"),
        one("DATABASE_URL", "intake=mysql://db/x"),
        one("DATABASE_URL", &format!("intake={}", at("gone"))),
        one("DATABASE_URL", &format!("intake={}", at("no.url"))),
        one("PEERS", "intake"),
        one("PEERS", "intake=http://intake:50051"),
        one("PEERS", "sales=http://sales:50051"),
        one("TARGETS", "NOTHING=8h"),
        one("TARGETS", "ANSWER_ARCHITECT=soon"),
        one("GRANTS", "CRM=READ"),
        one("GRANTS", "engagement=READ"),
        one("GRANTS", "crm=getmodern.tasks.v1.TaskService/Nothing"),
        one("GRANTS", "crm=getmodern.tasks.v1.TaskService/CompleteTask"),
        one("ISSUER", "https://contoso.example"),
        with(&[("ISSUER", "urn:contoso")], &[("AUDIENCE", "getmodern")]),
        issued(&[("JWKS", "http://contoso.example/keys")]),
        issued(&[("JWKS", &at("gone"))]),
        issued(&[("JWKS", &at("text"))]),
        issued(&[("JWKS", &at("no.jwks"))]),
        issued(&[("ISSUER_CA", &gone)]),
        issued(&[("ISSUER_CA", &text)]),
        issued(&[("JWKS", &at("good.jwks")), ("ROLE_NAMES", "Architect=EMPEROR")]),
        issued(&[("JWKS", &at("good.jwks")), ("SERVICE_SUBJECTS", "crm=Crm")]),
        one("TLS_CERTIFICATE", &certificate),
        with(&[("TLS_CERTIFICATE", &gone)], &tls[1..]),
        with(&[("TLS_CERTIFICATE", &text)], &tls[1..]),
        with(&tls[..1], &[("TLS_KEY", &foreign)]),
        with(&tls, &[("CLIENT_CA", &gone)]),
        with(&tls, &[("CLIENT_CA", &text)]),
        with(&tls, &[("CLIENT_CA", &certificate)]),
        with(&tls, &[("CLIENT_CA", &certificate), ("TRUST_DOMAIN", "*")]),
        with(&tls, &[("CLIENT_CA", &certificate), ("TRUST_DOMAIN", "Contoso.example")]),
        with(&tls, &[("CLIENT_CA", &certificate), ("TRUST_DOMAIN", "")]),
        with(&tls, &[("CLIENT_SERVICES", "crm")]),
        one("CHECKPOINTS", &folder),
        with(&[("CHECKPOINTS", &folder)], &[("AUDIT_KEY", &gone)]),
        with(&[("CHECKPOINTS", &folder)], &[("AUDIT_KEY", &text)]),
        with(&[("CHECKPOINTS", "/dev/null/x")], &[("AUDIT_KEY", &audit_key)]),
        one("ADMIN", "nowhere"),
        one("ADMIN", NOWHERE),
        one("CONNECTIONS", "0"),
        one("LONGEST_CALL", "forever"),
        one("LONGEST_CALL", "0s"),
        one("LOG_FORMAT", "xml"),
        with(&[collector], &[("OTEL_EXPORTER_OTLP_PROTOCOL", "pigeon")]),
        with(&[collector], &[("OTEL_EXPORTER_OTLP_CERTIFICATE", &gone)]),
        with(&[collector], &[("OTEL_EXPORTER_OTLP_CERTIFICATE", &text)]),
    ]
}

/// The output of a process with these settings, which has to end soon.
fn told(state: &State, arguments: &[&str], settings: &Wrong) -> Output {
    let mut command = Command::new("timeout");
    command.arg("60").arg(binary()).args(arguments).stdin(Stdio::null());
    command.env("GETMODERN_DATA", state.folder()).env("GETMODERN_LISTEN", "127.0.0.1:0");
    for (name, value) in settings {
        let ours = format!("GETMODERN_{name}");
        command.env(if name.starts_with("OTEL_") { name } else { &*ours }, value);
    }
    command.output().expect("it runs")
}

/// The complaint about the settings: the lines up to the usage of either command.
fn words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.split("\n\nUsage:").next().unwrap_or_default().trim().to_owned()
}

#[test]
fn what_the_start_refuses_the_check_does_in_the_same_words_and_with_the_same_code() {
    let (state, files) = (State::new(), Files::new());
    let all = wrong(&files);
    assert!(all.len() > 40);
    for settings in all {
        let (start, check) = (told(&state, &[], &settings), told(&state, &["config", "print"], &settings));
        assert!([Some(1), Some(2)].contains(&start.status.code()), "{settings:?} {start:?}");
        assert_eq!(check.status.code(), start.status.code(), "{settings:?} {check:?} {start:?}");
        assert_eq!(words(&check), words(&start), "{settings:?}");
        assert!(!words(&start).is_empty(), "{settings:?}");
    }
}

#[test]
fn what_a_process_serves_with_is_found_fit_while_it_serves() {
    let (state, files) = (State::new(), Files::new());
    let server = files.authority.server();
    let shown = |path: Option<PathBuf>| path.expect("a file").display().to_string();
    let good: Wrong = vec![
        ("ISSUER", "urn:contoso".to_owned()),
        ("AUDIENCE", "getmodern".to_owned()),
        ("JWKS", format!("@{}", files.text("good.jwks"))),
        ("TLS_CERTIFICATE", shown(server.tls_certificate)),
        ("TLS_KEY", shown(server.tls_key)),
        ("CHECKPOINTS", files.text("checkpoints")),
        ("AUDIT_KEY", files.text("audit.key")),
        ("GRANTS", "crm=READ".to_owned()),
    ];
    let mut serve = tests::command(&state, &["--listen", "127.0.0.1:0"]);
    serve.envs(good.iter().map(|(name, value)| (format!("GETMODERN_{name}"), value))).stderr(Stdio::null());
    let product = tests::Process::run(serve).expect("it serves");
    let mut settings = good;
    settings.push(("LISTEN", product.address.to_string()));
    let check = told(&state, &["config", "print"], &settings);
    assert!(check.status.success(), "{check:?}");
}
