//! What somebody is told who gives a wrong file, key, address or header: which it is, what is wrong with it, and what to do.

use std::{
    fmt::Write,
    fs,
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use expect_test::expect_file;
use getmodern::client::Actor;
use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384};
use tests::{PATIENCE, Process, Product, actor, binary, free_address};

use crate::{
    hostile::LIST,
    identity::trial::Trial,
    tls::authority::{Authority, Vouched},
    wire::{Wire, as_headers, reason},
};

const ADA: Actor = actor("people/ada", "GMFTA");

/// Files that are wrong in their ways, beside good ones.
struct Desk {
    folder: tempfile::TempDir,
    good: Vouched,
    _authority: Authority,
    /// Somebody else listens there.
    taken: TcpListener,
    /// Nobody does.
    nobody: SocketAddr,
}

impl Desk {
    fn new() -> Self {
        let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::new("contoso"));
        let (good, other) =
            (authority.vouch("server", &["localhost"]), authority.vouch("other", &["localhost"]));
        let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key").serialize_pem();
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGj\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let broken = "-----BEGIN CERTIFICATE-----\nMIGj\n-----END CERTIFICATE-----\n";
        for (name, text) in [
            ("empty", ""),
            ("words.txt", "these are words\n"),
            ("encrypted.key", encrypted),
            ("broken.pem", broken),
            ("p384.key", &p384),
            ("keys.json", r#"{ "keys": [] }"#),
            ("address", "mysql://db/intake\n"),
        ] {
            fs::write(folder.path().join(name), text).expect("written");
        }
        for (from, name) in [
            (&good.certificate, "server.pem"),
            (&good.key, "server.key"),
            (&other.key, "other.key"),
            (&other.certificate, "other.pem"),
        ] {
            fs::copy(from, folder.path().join(name)).expect("copied");
        }
        let taken = TcpListener::bind("127.0.0.1:0").expect("bound");
        Self { folder, good, _authority: authority, taken, nobody: free_address() }
    }

    /// The arguments, with what stands for a place in them.
    fn arguments(&self, line: &str) -> Vec<String> {
        let places = [
            ("TAKEN", self.taken.local_addr().expect("an address").to_string()),
            ("NOBODY", self.nobody.to_string()),
        ];
        let put = |text: String, (name, place): &(&str, String)| text.replace(name, place);
        line.split(' ').map(|word| places.iter().fold(word.to_owned(), put)).collect()
    }

    /// What is said without places of this run.
    fn shown(&self, text: &str) -> String {
        let text = text.replace(&self.taken.local_addr().expect("an address").to_string(), "TAKEN");
        text.replace(&self.nobody.to_string(), "NOBODY")
    }

    /// How the product refuses these arguments, in its folder.
    fn refused(&self, line: &str) -> String {
        let mut command = Command::new(binary());
        command.args(self.arguments(line)).current_dir(self.folder.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GETMODERN_") {
                command.env_remove(name);
            }
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let answer = ended(command.spawn().expect("it runs"), line);
        assert!(!answer.status.success(), "{line}: {answer:?}");
        let told = String::from_utf8_lossy(&answer.stderr).into_owned();
        // A process that ends over one thing may be about to begin another, and say so.
        let is_about_it =
            |line: &&str| ![" WARN ", " host::ready: "].iter().any(|other| line.contains(other));
        let is_said = |line: &&str| is_about_it(line) && !line.is_empty();
        // The command line's own words end with how it is used.
        let lines = told.lines().filter(is_said).take_while(|line| !line.starts_with("Usage:"));
        self.shown(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// What a process says until it ends; one that serves instead is killed.
fn ended(mut process: Child, line: &str) -> Output {
    let begun = Instant::now();
    while process.try_wait().expect("it is ours").is_none() {
        if begun.elapsed() > PATIENCE {
            process.kill().expect("it ends");
            panic!("{line} is served");
        }
        thread::sleep(Duration::from_millis(10));
    }
    process.wait_with_output().expect("it has ended")
}

/// Wrong arguments, a line each.
const ARGUMENTS: &str = include_str!("wrong/arguments.txt");

fn told(page: &mut String, what: &str, answer: &str) {
    let answer = answer.replace('\n', "\n    ");
    let _ = writeln!(page, "{what}\n    {answer}");
}

/// A process that speaks TLS, and what `health` and `resume` say who are told so wrongly.
fn asked_over_tls(desk: &Desk, page: &mut String) {
    let data = desk.folder.path().join("over-tls");
    let mut serve = Command::new(binary());
    serve.args(["--listen", "127.0.0.1:0", "--data"]).arg(&data).env_remove("GETMODERN_DATABASE_URL");
    serve.arg("--tls-certificate").arg(&desk.good.certificate).arg("--tls-key").arg(&desk.good.key);
    serve.stderr(Stdio::null());
    let process = Process::run(serve).expect("it serves");
    let at = process.address.to_string();
    for line in [
        "health --listen TLS",
        "health --listen TLS --tls-certificate other.pem --tls-key other.key",
        "resume --service engagement --source intake --after head --person ada --reason trial --listen TLS --data over-tls",
    ] {
        let answer = desk.refused(&line.replace("TLS", &at)).replace(&at, "TLS");
        told(page, line, &broken_off(&answer));
    }
}

/// An answer without how a connection in the clear was broken off: sometimes while it was written to, sometimes while it was
/// read from, and sometimes each question in its own way.
fn broken_off(answer: &str) -> String {
    match (answer.split_once("(in the clear): transport error: "), answer.split_once("; --listen")) {
        (Some((before, _)), Some((_, after))) => {
            let after = after.lines().next().unwrap_or_default();
            format!("{before}(in the clear): transport error: …; --listen{after}")
        }
        _ => answer.to_owned(),
    }
}

#[test]
fn a_wrong_file_key_or_address_is_named_with_what_is_wrong_and_what_to_do() {
    let desk = Desk::new();
    let mut page = String::new();
    for line in ARGUMENTS.lines().filter(|line| !line.is_empty()) {
        told(&mut page, line, &desk.refused(line));
    }
    asked_over_tls(&desk, &mut page);
    expect_file!["wrong/files.txt"].assert_eq(&page);
}

#[tokio::test]
async fn a_wrong_header_is_named_with_what_is_wrong_and_what_to_do() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let [person, role] = as_headers(ADA);
    let mut page = String::new();
    for headers in [
        &[][..],
        &[person],
        &[person, ("x-getmodern-role", "ROLE_GMFTA")],
        &[person, ("x-getmodern-role", "gmfta")],
        &[("x-getmodern-person", "people/GW"), role],
        &[("x-getmodern-person", "ada"), role],
        &[("x-getmodern-person", "ada@contoso.example"), role],
        &[person, person, role],
        &[person, ("x-getmodern-role", "SERVICE")],
        &[person, role, ("grpc-timeout", "soon")],
        &[person, role, ("grpc-encoding", "br")],
        &[person, role, ("x-getmodern-faults-after", "many")],
    ] {
        let status = wire.send(LIST, headers, vec![]).await.expect_err("it is refused");
        let shown: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        told(&mut page, &shown.join(", "), &format!("{}: {}", reason(&status), status.message()));
    }
    expect_file!["wrong/headers.txt"].assert_eq(&page);
    product.stop().await;
}

#[tokio::test]
async fn a_wrong_token_is_refused_with_what_is_wrong_and_what_to_do() {
    let (trial, folder) = (Trial::new(), tempfile::tempdir().expect("a folder"));
    let mut serve = Command::new(binary());
    serve.args(["--listen", "127.0.0.1:0", "--data"]).arg(folder.path()).args(trial.trust());
    serve.env_remove("GETMODERN_DATABASE_URL").stderr(Stdio::null());
    let process = Process::run(serve).expect("it serves");
    let wire = Wire::at(process.address);
    let of = |trial: &Trial, order: &[&str]| {
        trial.token(&[&["--person", "ada", "--role", "GMFTA,SME"], order].concat())
    };
    let good = format!("Bearer {}", of(&trial, &[]));
    let tokens = [
        ("none", None),
        ("a password", Some("Basic YWRhOmFkYQ==".to_owned())),
        ("no token", Some("Bearer secret".to_owned())),
        ("somebody else's", Some(format!("Bearer {}", of(&Trial::new(), &[])))),
        ("of another issuer", Some(format!("Bearer {}", of(&trial, &["--issuer", "urn:fabrikam"])))),
        ("for another audience", Some(format!("Bearer {}", of(&trial, &["--audience", "crm"])))),
        ("in a role that is not its bearer's", Some(good.clone())),
    ];
    let mut page = String::new();
    for (what, token) in tokens {
        let role = ("x-getmodern-role", "LEADERSHIP");
        let headers: Vec<_> =
            token.iter().map(|token| ("authorization", token.as_str())).chain([role]).collect();
        let status = wire.send(LIST, &headers, vec![]).await.expect_err("it is refused");
        told(&mut page, what, &format!("{}: {}", reason(&status), status.message()));
    }
    let status = wire.send(LIST, &[("authorization", &good)], vec![]).await.expect_err("it is refused");
    told(&mut page, "in none of several roles", &format!("{}: {}", reason(&status), status.message()));
    expect_file!["wrong/tokens.txt"].assert_eq(&page);
}
