//! What a process is told: blanks say nothing, and what it cannot read it does not repeat.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    net::SocketAddr,
    os::unix::ffi::OsStrExt,
    process::{Command, Output, Stdio},
};

use tests::{Process, State, binary, command};

/// What the binary answers to a question that changes nothing.
fn asked(variable: &str, value: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).env(variable, value).stdin(Stdio::null());
    command.output().expect("the binary runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

#[test]
fn a_variable_that_is_empty_says_nothing_and_neither_does_an_item() {
    let state = State::new();
    let mut serve = command(&state, &["--listen", "127.0.0.1:0"]);
    let usual = ["DATA", "LISTEN", "PEERS", "TARGETS", "MORE", "TRUST_IDENTITY_HEADERS", "LOG_FORMAT"];
    let identity = ["ISSUER", "AUDIENCE", "JWKS", "ISSUER_CA", "PERSON_CLAIM", "ROLES_CLAIM"];
    let named = ["ROLE_NAMES", "SERVICE_SUBJECTS", "TOKEN_FILE", "GRANTS"];
    let limits = ["CONNECTIONS", "CONNECTIONS_PER_PEER", "CALLS", "RATE_PER_PERSON", "LONGEST_CALL"];
    for name in [&usual[..], &identity, &named, &limits].concat() {
        serve.env(format!("GETMODERN_{name}"), "");
    }
    let databases = state.variables().into_iter().find(|(name, _)| *name == "GETMODERN_DATABASE_URL");
    let listed = databases.map_or_else(String::new, |(_, urls)| format!(" {urls}, "));
    serve.env("GETMODERN_DATABASE_URL", listed).env("GETMODERN_TARGETS", " ,").stderr(Stdio::null());
    assert!(Process::run(serve).is_some());
    let answer = text(&asked("GETMODERN_LISTEN", "", &["health"]));
    assert!(!answer.contains("invalid"), "{answer}");
}

#[test]
fn whether_to_trust_is_said_in_any_usual_word() {
    let open: SocketAddr = ([0, 0, 0, 0], 0).into();
    for word in ["0", "no", "FALSE"] {
        let refused = asked(
            "GETMODERN_TRUST_IDENTITY_HEADERS",
            word,
            &["--listen", &open.to_string(), "--data", "/dev/null/x"],
        );
        assert!(text(&refused).contains("believed on their word"), "{word} {refused:?}");
    }
    for word in ["1", "yes", "TRUE"] {
        let believed = asked(
            "GETMODERN_TRUST_IDENTITY_HEADERS",
            word,
            &["--listen", &open.to_string(), "--data", "/dev/null/x"],
        );
        assert!(text(&believed).contains("/dev/null/x"), "{word} {believed:?}");
    }
}

#[test]
fn what_may_be_a_password_is_not_repeated() {
    for url in [
        "intake=posgres://ada:HUNTER2@db/x",
        "Intake=postgres://ada:HUNTER2@db/x",
        "intake=postgres://ada:HUN,HUNTER2@db/x",
        "intake=postgres://127.0.0.1:9/x?sslpassword=HUNTER2",
        "intake=postgres://127.0.0.1:9/x?sslmode=HUNTER2",
    ] {
        let refused = asked("GETMODERN_DATABASE_URL", url, &["migrate", "check"]);
        assert!(!refused.status.success() && !text(&refused).contains("HUNTER2"), "{url} {refused:?}");
    }
    let peer = "intake=http://ada:HUNTER2@127.0.0.1:9";
    for arguments in [&["--data", "/dev/null/x"][..], &["--help"][..]] {
        let answer = asked("GETMODERN_PEERS", peer, arguments);
        assert!(!text(&answer).contains("HUNTER2"), "{answer:?}");
    }
}

#[test]
fn an_argument_that_is_no_text_is_refused_like_any_other() {
    let refused = Command::new(binary()).arg(OsStr::from_bytes(b"--\xff")).output().expect("the binary runs");
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
}

#[test]
fn whoever_hangs_up_on_a_process_does_not_end_it() {
    let state = State::new();
    let mut serve = command(&state, &["--listen", "localhost:0", "--log-format", "json"]);
    serve.env("RUST_LOG", "host=info").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = serve.spawn().expect("it runs");
    let lines = BufReader::new(child.stdout.take().expect("its log")).lines();
    let mut lines = lines.map_while(Result::ok);
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    };
    assert!(lines.any(|line| line.contains("getmodern serves")), "it serves");
    signal("-HUP");
    assert!(lines.any(|line| line.contains("hung up on")), "it goes on");
    signal("-TERM");
    assert!(child.wait().expect("it ends").success());
}
