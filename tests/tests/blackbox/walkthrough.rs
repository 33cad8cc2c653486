//! The README's walk-through, executed as it stands with the real grpcurl.

use std::{env, ffi::OsStr, fs, io::Write, process::Command};

use getmodern::demo;
use tests::Product;

/// The shell commands of the README's walk-through.
fn commands() -> String {
    let readme =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).expect("the README");
    let (_, after) = readme.split_once("## Walk-through").expect("the walk-through");
    let (walk, _) = after.split_once("\n## ").expect("what follows it");
    let blocks = walk.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap_or_default());
    blocks.collect()
}

/// Whether grpcurl is there; where everything is checked it has to be.
pub(crate) fn has_grpcurl() -> bool {
    let found = Command::new("grpcurl").arg("-version").output().is_ok();
    assert!(found || env::var_os("CI").is_none(), "grpcurl is not on the path");
    if !found {
        // Past the tests' capture, which hides what passing tests say.
        let _ = writeln!(
            std::io::stderr(),
            "\nNOT RUN: grpcurl is not on the path, nor is the walk-through executed\n"
        );
    }
    found
}

/// Follows the walk-through with these variables.
pub(crate) fn follow(variables: &[(&str, &OsStr)]) {
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", &commands()]).envs(variables.iter().copied());
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
async fn a_newcomer_follows_the_readme_from_first_case_to_standby_after_the_demo_and_again() {
    if !has_grpcurl() {
        return;
    }
    let product = Product::start().await;
    let address = product.address();
    demo::visit(address, None, None).await.expect("the demo is played");
    for _ in 0..2 {
        let address = address.to_string();
        let walk = move || follow(&[("ADDRESS", address.as_ref())]);
        tokio::task::spawn_blocking(walk).await.expect("all goes as the README says");
    }
    product.stop().await;
}
