//! What does not start: nobody is served by a process that others reach and that believes whoever calls, or whom everybody on
//! the way can read.

use std::process::{Command, Stdio};

use tests::{State, binary, binary_of};

use crate::identity::trial::Trial;

/// What the process of `service`, or of all, says instead of serving; it must end by itself, with 1.
fn refusal(service: Option<&str>, arguments: &[&str]) -> String {
    let state = State::in_files();
    let program = service.map_or_else(|| binary().to_owned(), binary_of);
    let mut process = Command::new(program);
    process.arg("--data").arg(state.folder()).args(arguments).stdin(Stdio::null());
    let ended = process.output().expect("it runs");
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.stdout.is_empty(), "{ended:?}");
    String::from_utf8_lossy(&ended.stderr).into_owned()
}

#[test]
fn nobody_serves_others_without_knowing_who_calls_or_in_the_clear() {
    let trial = Trial::new();
    let trust = trial.trust();
    let [issuer, audience, jwks] = trust.each_ref().map(String::as_str);
    let open = ["--listen", "0.0.0.0:0"];
    let proven = [&open[..], &[issuer, audience, jwks]].concat();
    let tasks = |peer: &str| {
        let own = ["--listen", "127.0.0.1:0", issuer, audience, jwks, "--peer-certificate=a", "--peer-key=b"];
        refusal(Some("tasks"), &[&own[..], &[&format!("--peer=engagement={peer}")]].concat())
    };
    for (told, why) in [
        (refusal(None, &open), "callers are believed on their word, so 0.0.0.0:0 will not do"),
        (refusal(None, &["--listen", "[::]:0"]), "say whose tokens to trust with --issuer"),
        (refusal(None, &proven), "whoever is on the way to 0.0.0.0:0 could read the tokens"),
        (tasks("http://engagement:50051"), "say how to show engagement who asks"),
        (
            refusal(None, &["--listen", "127.0.0.1:0", "--grant=crm=WRITE"]),
            r#"--grant "crm=WRITE" must be SYSTEM=READ"#,
        ),
        (refusal(None, &["--listen", "127.0.0.1:0", "--grant=intake=READ"]), "what services/intake may call"),
    ] {
        assert!(told.contains(why), "{why} in {told}");
    }
}
