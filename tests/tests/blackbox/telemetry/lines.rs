//! The log of a process that serves, for programs.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

use serde_json::Value;
use tests::{State, command};

#[test]
fn all_that_a_process_writes_while_it_serves_is_an_object_a_line() {
    let kept = State::new();
    let mut serve = command(&kept, &["--listen", "127.0.0.1:0", "--log-format", "json"]);
    serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = serve.env("RUST_LOG", "host=error").spawn().expect("it runs");
    let mut output = BufReader::new(child.stdout.take().expect("its output is ours"));
    let mut text = String::new();
    while !text.contains("getmodern serves ") {
        assert!(output.read_line(&mut text).expect("text") > 0, "it ended: {text}");
    }
    let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(asked.expect("it is asked").success());
    output.read_to_string(&mut text).expect("text");
    let ended = child.wait_with_output().expect("it ends");
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let said = lines.filter(|line| line["target"] == "host::said").map(|line| line["message"].to_string());
    let said: Vec<_> = said.collect();
    assert!(said.len() == 3 && said[1].contains("grpcurl") && said[2].contains("no new ones"), "{said:?}");
}
