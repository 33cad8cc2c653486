//! What `docker-compose.yml` deploys, without its containers: three processes that are told what stands there, with the
//! secrets that its script makes, behind the front as its configuration has it.

mod compose;
pub(crate) mod front;
mod refused;

use std::{
    net::SocketAddr,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use tests::{Engine, Logins, Process, State, binary, binary_of, free_address};
use tokio::task::spawn_blocking;

use crate::{
    processes::SERVICES,
    walkthrough::{follow, has_grpcurl},
};
use compose::Compose;
use front::Front;

/// How long what is due at once may take on a busy machine.
const PATIENCE: Duration = tests::PATIENCE;

/// What is deployed; it goes with this.
struct Deployed {
    front: Front,
    compose: Compose,
    _processes: Vec<Process>,
    _states: Vec<State>,
    _logins: Option<Logins>,
}

impl Deployed {
    /// `None`, said aloud, where there is no front to be had.
    fn start() -> Option<Self> {
        let (compose, addresses) = (Compose::new(), SERVICES.map(|_| free_address()));
        let front = Front::start(&compose, addresses)?;
        let logins = (Engine::here() == Engine::Postgres).then(|| Logins::new(&SERVICES));
        let (mut processes, mut states) = (Vec::new(), Vec::new());
        for (service, address) in SERVICES.into_iter().zip(addresses) {
            let state = State::in_files();
            if let Some(logins) = &logins {
                compose.write(service, &logins.url_with(service, &Logins::password(service), service));
            }
            let told = || {
                let mut command = Command::new(binary_of(service));
                command
                    .envs(compose.environment(service, addresses))
                    .stdin(Stdio::null())
                    .stderr(Stdio::null());
                if logins.is_none() {
                    command.env_remove("GETMODERN_DATABASE_URL").env("GETMODERN_DATA", state.folder());
                }
                command
            };
            let migrated = told().args(["migrate", "up"]).stdout(Stdio::null()).status();
            assert!(migrated.expect("it runs").success(), "{service}");
            processes.push(Process::run(told()).expect("it serves"));
            let health = told().arg("health").stdout(Stdio::null()).status();
            assert!(health.expect("it runs").success(), "{service} at {address}");
            states.push(state);
        }
        Some(Self { front, compose, _processes: processes, _states: states, _logins: logins })
    }

    /// What grpcurl is told by whom it asks through the front, with these besides.
    fn ask(&self, arguments: &[&str]) -> Output {
        let mut grpcurl = Command::new("grpcurl");
        grpcurl.args(arguments).args([
            "-connect-timeout",
            "5",
            "-max-time",
            "10",
            &self.front.address.to_string(),
        ]);
        grpcurl.arg("getmodern.tasks.v1.TaskService/ListTasks").output().expect("it runs")
    }

    /// A header with a token of the trial key.
    fn bearer(&self, order: &[&str]) -> String {
        let key = self.compose.secret("trial.pem");
        let mut mint = Command::new(binary());
        let made = mint.args(["token", "--key"]).arg(key).args(order).output().expect("it runs");
        assert!(made.status.success(), "{made:?}");
        format!("authorization: Bearer {}", String::from_utf8_lossy(&made.stdout).trim())
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

/// Nobody gets in by their word, nor in the clear, nor on behalf of the front.
fn only_tokens_get_in(deployed: &Deployed) {
    let ca = format!("-cacert={}", deployed.compose.secret("ca.pem").display());
    let ada = deployed.bearer(&["--person", "ada", "--role", "GMFTA"]);
    assert!(deployed.ask(&[&ca, "-H", &ada]).status.success(), "{}", told(&deployed.ask(&[&ca, "-H", &ada])));
    let word = ["-H", "x-getmodern-person: people/ada", "-H", "x-getmodern-role: GMFTA"];
    let crm = deployed.bearer(&["--service", "crm"]);
    for (arguments, reason) in [
        (vec![ca.as_str()], "TOKEN_MISSING"),
        ([&[ca.as_str()], &word[..]].concat(), "TOKEN_MISSING"),
        (vec![&ca, "-H", &crm], "ROLE_NOT_GRANTED"),
        ([&["-plaintext"], &word[..]].concat(), "Failed to dial"),
        (vec!["-H", &ada], "certificate"),
    ] {
        let answer = deployed.ask(&arguments);
        assert!(
            !answer.status.success() && told(&answer).contains(reason),
            "{arguments:?} {}",
            told(&answer)
        );
    }
}

/// As `deploy/grafana/README.md` has it.
fn the_demo_is_played(deployed: &Deployed) {
    let mut demo = Command::new(binary());
    demo.arg("demo").args(["--at", &deployed.front.address.to_string()]);
    demo.arg("--ca")
        .arg(deployed.compose.secret("ca.pem"))
        .arg("--key")
        .arg(deployed.compose.secret("trial.pem"));
    let played = demo.output().expect("it runs");
    assert!(played.status.success(), "{}", told(&played));
}

/// Waits until something is so; `None` when it took too long.
fn within(patience: Duration, is_so: impl Fn() -> bool) -> Option<()> {
    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > patience {
            return None;
        }
        thread::sleep(Duration::from_millis(100));
    }
    Some(())
}

/// The steps of `deploy/README.md`: nobody who calls notices, and the authority before is believed no more.
fn certificates_are_renewed(deployed: &Deployed) {
    let (ca, old) = (deployed.compose.secret("ca.pem"), deployed.compose.secret("old.pem"));
    std::fs::copy(&ca, &old).expect("copied");
    let ada = deployed.bearer(&["--person", "ada", "--role", "GMFTA"]);
    let knows = |ca: &std::path::Path| {
        deployed.ask(&[&format!("-cacert={}", ca.display()), "-H", &ada]).status.success()
    };
    for step in [&["authority"][..], &[], &["forget"]] {
        deployed.compose.certificates(step);
        // They look every second, and each renewal needs all of them to have seen the one before.
        thread::sleep(Duration::from_secs(3));
        deployed.front.reload();
        within(PATIENCE, || knows(&ca)).unwrap_or_else(|| panic!("{step:?}: nobody is answered"));
    }
    within(PATIENCE, || !knows(&old)).expect("the authority before is forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_follows_the_walk_through_on_what_compose_deploys_with_tokens_and_tls_everywhere() {
    if !has_grpcurl() {
        return;
    }
    let Some(deployed) = spawn_blocking(Deployed::start).await.expect("it starts") else { return };
    spawn_blocking(move || {
        let (address, compose) = (deployed.front.address, &deployed.compose);
        only_tokens_get_in(&deployed);
        let walk = |address: SocketAddr| {
            follow(&[
                ("ADDRESS", address.to_string().as_ref()),
                ("CA", compose.secret("ca.pem").as_os_str()),
                ("KEY", compose.secret("trial.pem").as_os_str()),
                ("GETMODERN", binary().as_os_str()),
            ]);
        };
        walk(address);
        the_demo_is_played(&deployed);
        certificates_are_renewed(&deployed);
    })
    .await
    .expect("all goes as the page says");
}
