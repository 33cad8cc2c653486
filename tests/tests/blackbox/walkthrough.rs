//! The commands that the pages print for newcomers, executed as they stand with the real grpcurl: the walk-through, tokens and certificates, and
//! README's own call.

use std::{env, ffi::OsStr, io::Write, process::Command};

use getmodern::demo;
use serde_json::Value;
use tests::{Product, binary, free_address};

use crate::pages::{commands, page};

/// Whether grpcurl is there; where everything is checked it has to be.
pub(crate) fn has_grpcurl() -> bool {
    has("grpcurl")
}

fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    assert!(found || env::var_os("CI").is_none(), "{program} is not on the path");
    if !found {
        // Past the tests' capture, which hides what passing tests say.
        let _ = writeln!(
            std::io::stderr(),
            "\nNOT RUN: {program} is not on the path, nor are the pages' commands executed\n"
        );
    }
    found
}

/// Follows the walk-through with these variables.
pub(crate) fn follow(variables: &[(&str, &OsStr)]) {
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", &commands("proto/WALKTHROUGH.md", "# Walk-through", "\n# ")])
        .envs(variables.iter().copied());
    let output = bash.output().expect("bash runs");
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{errors}");
    assert!(told.contains("VERDICT_QUALIFIED") && told.contains("STAGE_STANDBY"), "{told}");
    for refusal in ["ASSIGNMENT_MISSING", "ACKNOWLEDGEMENT_MISSING", "OWN_REQUEST"] {
        assert!(errors.contains(refusal), "{refusal} in {errors}");
    }
}

/// Where others have been before, and oneself.
#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_follows_the_walk_through_from_first_case_to_standby_after_the_demo_and_again() {
    if !has_grpcurl() {
        return;
    }
    let product = Product::start().await;
    let address = product.address();
    demo::visit(address, None, None).await.expect("the demo is played");
    for _ in 0..2 {
        let address = address.to_string();
        let walk = move || follow(&[("ADDRESS", address.as_ref())]);
        tokio::task::spawn_blocking(walk).await.expect("all goes as the page says");
    }
    product.stop().await;
}

/// What `cargo run` is to the shell: the binary that is built; one that serves does so in the background, until the next.
const CARGO: &str = r#"
trap 'kill ${server-} 2>/dev/null || true' EXIT
cargo() {
  while [ "$1" != -- ]; do shift; done; shift
  case $1 in --*) ;; *) "$GETMODERN" "$@"; return ;; esac
  if [ -n "${server-}" ]; then kill "$server"; wait "$server" || true; fi
  "$GETMODERN" "$@" --data data >served 2>&1 & server=$!
  until grep -q 'getmodern serves' served; do kill -0 "$server" || { cat served; return 1; }; sleep 0.1; done
}
"#;

#[test]
fn a_newcomer_shows_tokens_and_certificates_as_the_page_prints_them() {
    if !has_grpcurl() {
        return;
    }
    let (folder, address) = (tempfile::tempdir().expect("a folder"), free_address());
    let printed = commands("deploy/IDENTITY.md", "\n## Tokens", "\n### What systems may call");
    let printed = printed.replace(":50051", &format!(":{}", address.port()));
    let mut bash = Command::new("bash");
    bash.args(["-euxo", "pipefail", "-c", &format!("{CARGO}{printed}")]).current_dir(folder.path());
    bash.env("GETMODERN", binary()).env("GETMODERN_LISTEN", address.to_string());
    let output = bash.output().expect("bash runs");
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{errors}");
    assert_eq!(told.matches("{}").count(), 3, "three are answered: {told}\n{errors}");
}

/// An answer without what is of its own each time: identities, times and etags.
fn same_each_time(answer: &str) -> Value {
    fn mask(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let is_own = name == "etag" || name == "name" || name.to_lowercase().ends_with("time");
                    if is_own { *value = Value::Null } else { mask(value) }
                }
            }
            Value::Array(all) => all.iter_mut().for_each(mask),
            _ => {}
        }
    }
    let mut value = serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
    mask(&mut value);
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_of_the_readme_with_curl_is_answered_with_the_case_that_grpcurl_has_opened() {
    if !has_grpcurl() || !has("curl") {
        return;
    }
    let product = Product::with(|settings| settings.http.http = Some(([127, 0, 0, 1], 0).into())).await;
    let calls = [("open a case for a customer:", "```json"), ("with the same case:", "cargo run -- demo")];
    let answers = calls.map(|(title, next)| {
        let call =
            commands("README.md", title, next).replace("127.0.0.1:50051", &product.address().to_string());
        let call =
            call.replace("127.0.0.1:8080", &product.http().to_string()).replace("curl -H", "curl -sSf -H");
        let mut bash = Command::new("bash");
        let told = tokio::task::block_in_place(|| bash.args(["-euo", "pipefail", "-c", &call]).output());
        let told = told.expect("bash runs");
        assert!(told.status.success(), "{told:?}");
        serde_json::from_slice::<Value>(&told.stdout).expect("JSON")
    });
    let [grpcurl, curl] = answers;
    assert_eq!(grpcurl, curl);
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_call_of_the_readme_is_answered_as_it_says_and_again_when_it_is_repeated() {
    if !has_grpcurl() {
        return;
    }
    let readme = page("README.md");
    let (_, after) = readme.split_once("```json\n").expect("the answer");
    let printed = after.split("```").next().unwrap_or_default();
    let call = commands("README.md", "open a case for a customer:", "```json");
    let product = Product::start().await;
    let call = call.replace("127.0.0.1:50051", &product.address().to_string());
    let answer = || {
        let mut bash = Command::new("bash");
        let told = bash.args(["-euo", "pipefail", "-c", &call]).output().expect("bash runs");
        assert!(told.status.success(), "{told:?}");
        String::from_utf8(told.stdout).expect("a text")
    };
    let [first, again] = tokio::task::block_in_place(|| [answer(), answer()]);
    assert_eq!(first, again);
    assert_eq!(same_each_time(&first), same_each_time(printed), "{first}");
    product.stop().await;
}
