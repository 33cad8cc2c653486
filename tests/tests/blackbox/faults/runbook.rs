//! The commands of `deploy/README.md` for after a restore, executed as they stand there.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

use tests::{Product, binary_of};

use super::backup::database;

/// Lets `docker compose exec SERVICE` carry out the rest where the test runs, with what that container would know.
const DOCKER: &str = r#"#!/bin/sh
test "$1 $2" = 'compose exec' || exit 99
service=$3
shift 3
eval "export GETMODERN_PEERS=\$PEERS_$service GETMODERN_DATABASE_URL=\$DATABASE_$service"
exec "$@"
"#;

/// The commands of the page's section about the time after a restore, with an empty line behind each block.
fn commands() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/README.md");
    let page = fs::read_to_string(page).expect("the page");
    let (_, section) = page.split_once("### After a restore").expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    let lines = blocks.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    lines.lines().map(|line| line.trim().to_owned()).collect()
}

/// The commands that the page has below `# SERVICE was restored`.
fn after(service: &str) -> Vec<String> {
    let title = format!("# {service} was restored");
    let commands = commands();
    let below = commands.iter().skip_while(|line| **line != title).skip(1);
    let found: Vec<_> =
        below.take_while(|line| !line.starts_with('#') && !line.is_empty()).cloned().collect();
    assert!(!found.is_empty(), "the page says nothing of {service}: {commands:?}");
    found
}

/// Does what the page says to do after a service was restored.
pub(super) fn follow(product: &Product, service: &str) {
    for command in after(service) {
        let done = run(product, &command);
        assert!(done.status.success(), "{command}: {done:?}");
        println!("{command}\n{}", String::from_utf8_lossy(&done.stdout));
    }
}

/// Gives up on an event that had its effect before, as the page says, with the place that the duty tells.
pub(super) fn give_up(product: &Product, place: &str) {
    let (_, revision) = place.split_once('/').expect("a place");
    let commands = commands();
    let command = commands.iter().find(|line| line.contains("discard")).expect("the page says how");
    assert!(command.contains("--revision 1234"), "{command}");
    let done = run(product, &command.replace("--revision 1234", &format!("--revision {revision}")));
    assert!(done.status.success(), "{done:?}");
}

/// Carries out a command of the page against `product`.
pub(super) fn run(product: &Product, command: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let docker = folder.path().join("docker");
    fs::write(&docker, DOCKER).expect("written");
    fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).expect("it is a program");
    let binaries = binary_of("engagement");
    let path = [folder.path(), binaries.parent().expect("a folder")].map(Path::to_owned);
    let before = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(path.into_iter().chain(env::split_paths(&before))).expect("a path");
    let mut shell = Command::new("sh");
    shell.args(["-euc", command]).env("PATH", path).env("GETMODERN_DATA", product.state().folder());
    for (service, followed) in
        [("intake", &["engagement"][..]), ("engagement", &["intake", "tasks"]), ("tasks", &["engagement"])]
    {
        let peers = followed.iter().map(|peer| format!("{peer}=http://{}", product.address()));
        shell.env(format!("PEERS_{service}"), peers.collect::<Vec<_>>().join(","));
        shell.env(format!("DATABASE_{service}"), database(product.state(), service).unwrap_or_default());
    }
    shell.output().expect("a shell")
}
