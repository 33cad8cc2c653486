//! `getmodern token`: a key and tokens of one's own, as `deploy/IDENTITY.md` shows them.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;
use tests::{Process, State, binary, command};

use crate::{hostile::LIST, walkthrough::has_grpcurl};

/// A key of one's own.
#[derive(Debug)]
pub(crate) struct Trial {
    folder: TempDir,
}

impl Trial {
    pub(crate) fn new() -> Self {
        let trial = Self { folder: tempfile::tempdir().expect("a folder") };
        let made = token(&["key", &trial.file("trial.pem")]);
        assert!(made.status.success(), "{made:?}");
        trial
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// What a process is told to trust in it.
    pub(crate) fn trust(&self) -> [String; 3] {
        let jwks = format!("--jwks=@{}", self.file("trial.jwks"));
        ["--issuer=urn:getmodern:trial".to_owned(), "--audience=getmodern".to_owned(), jwks]
    }

    /// A token with what `order` says.
    pub(crate) fn token(&self, order: &[&str]) -> String {
        let made = token(&[&["--key", &self.file("trial.pem")], order].concat());
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout).expect("text").trim().to_owned()
    }
}

/// What `getmodern token` answers.
fn token(arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.arg("token").args(arguments).stdin(Stdio::null());
    command.output().expect("it runs")
}

fn mode(file: &str) -> u32 {
    fs::metadata(Path::new(file)).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn a_key_is_its_owners_alone_and_is_never_written_over() {
    let trial = Trial::new();
    let (key, jwks) = (trial.file("trial.pem"), trial.file("trial.jwks"));
    assert_eq!((mode(&key), mode(&jwks) & 0o444), (0o600, 0o444));
    let kept = fs::read_to_string(&key).expect("text");
    let published = fs::read_to_string(&jwks).expect("text");
    assert!(
        kept.starts_with("-----BEGIN PRIVATE KEY-----\n") && published.contains("\"kid\""),
        "{published}"
    );
    assert!(!published.contains("\"d\""), "{published}");
    assert!(!token(&["key", &key]).status.success());
    assert_eq!(fs::read_to_string(&key).expect("text"), kept);
    for refused in [
        &["--key", key.as_str()][..],
        &["--key", &jwks, "--person", "ada"],
        &["--key", &key, "--person", "people/Ada"],
        &["--key", &key, "--person", ""],
        &["--key", &key, "--person", "ada", "--role", "EMPEROR"],
        &["--key", &key, "--person", "ada", "--role", "SERVICE"],
        &["--key", &key, "--person", "ada", "--service", "crm"],
        &["--key", &key, "--service", "crm", "--role", "GMFTA"],
        &["--person", "ada"],
    ] {
        let answer = token(refused);
        assert!(!answer.status.success() && answer.stdout.is_empty(), "{refused:?} {answer:?}");
    }
}

#[test]
fn grpcurl_is_let_in_with_a_token_of_the_key_and_not_without() {
    if !has_grpcurl() {
        return;
    }
    let (trial, state) = (Trial::new(), State::new());
    let mut serve = command(&state, &["--listen", "127.0.0.1:0"]);
    serve.args(trial.trust()).stderr(Stdio::null());
    let process = Process::run(serve).expect("it serves");
    let ask = |headers: &[String]| {
        let mut grpcurl = Command::new("grpcurl");
        grpcurl.arg("-plaintext").args(headers).arg(process.address.to_string()).arg(&LIST[1..]);
        let answer = grpcurl.output().expect("it runs");
        (answer.status.success(), String::from_utf8_lossy(&answer.stderr).into_owned())
    };
    let header = |token: &str| ["-H".to_owned(), format!("authorization: Bearer {token}")];
    let ada = trial.token(&["--person", "ada", "--role", "GMFTA,SME"]);
    let ada = [&header(&ada)[..], &["-H".to_owned(), "x-getmodern-role: SME".to_owned()]].concat();
    assert!(ask(&ada).0, "{:?}", ask(&ada));
    for (headers, reason) in [
        (&[][..], "TOKEN_MISSING"),
        (&ada[..2], "ROLE_NOT_CHOSEN"),
        (
            &header(&trial.token(&["--person", "ada", "--role", "GMFTA", "--audience", "crm"]))[..],
            "TOKEN_AUDIENCE",
        ),
        (
            &header(&trial.token(&["--person", "ada", "--role", "GMFTA", "--issuer", "urn:crm"]))[..],
            "TOKEN_ISSUER",
        ),
        (&header(&Trial::new().token(&["--person", "ada", "--role", "GMFTA"]))[..], "TOKEN_KEY_UNKNOWN"),
        (&header(&trial.token(&["--service", "crm"]))[..], "ROLE_NOT_GRANTED"),
    ] {
        let (is_in, told) = ask(headers);
        assert!(!is_in && told.contains(reason), "{reason} in {told}");
    }
    let mut health = Command::new(binary());
    health.args(["health", "--listen", &process.address.to_string()]);
    assert!(health.status().expect("it runs").success());
}
