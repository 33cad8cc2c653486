//! A service's login opens its own database and no other, and its password is told to nobody. Of PostgreSQL alone.

use std::{
    fs::{self, File},
    process::{Command, Output, Stdio},
    time::Duration,
};

use getmodern::client::Client;
use proto::intake::v1::{ListCasesRequest, ListCasesResponse};
use tests::{Engine, Logins, binary_of, free_address};
use tonic::Code;

use crate::{faults::gateway::eventually, processes::SERVICES, world::LEADERSHIP};

/// `migrate check` of a service on the database at `url`.
fn check(service: &str, url: &str) -> Output {
    let mut check = Command::new(binary_of(service));
    check.args(["migrate", "check"]).env("GETMODERN_DATABASE_URL", url);
    check.output().expect("it runs")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_login_of_a_service_opens_no_database_but_its_own() {
    if Engine::here() == Engine::Sqlite {
        return;
    }
    let logins = Logins::new(&SERVICES);
    for login in SERVICES {
        for database in SERVICES {
            let told = errors(&check(database, &logins.url_with(login, &Logins::password(login), database)));
            let refused = told.contains("permission denied for database");
            assert_eq!(refused, login != database, "{login} at {database}: {told}");
            assert_eq!(told.contains("migrate up"), login == database, "{login} at {database}: {told}");
        }
    }
    let told = errors(&check("intake", &logins.url("intake", "intake")));
    assert!(told.contains("password"), "none was given: {told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_keeps_the_service_waiting_and_is_told_to_nobody() {
    if Engine::here() == Engine::Sqlite {
        return;
    }
    let (logins, address) = (Logins::new(&["intake"]), free_address());
    let wrong = "nobody-may-read-this";
    let file = logins.file("intake.url", &logins.url_with("intake", wrong, "intake"));
    let log = logins.file("log", "");
    let mut serve = Command::new(binary_of("intake"));
    serve.args(["--listen", &address.to_string(), "--peer=engagement=http://127.0.0.1:9"]);
    serve.arg(format!("--database-url=@{}", file.display())).env("RUST_LOG", "trace");
    let output = File::create(&log).expect("a log");
    serve.stdout(output.try_clone().expect("both into one")).stderr(output);
    let mut serve = serve.spawn().expect("it runs");
    let read = || fs::read_to_string(&log).expect("its log");
    eventually("it says that it is not ready", async || read().contains("is not ready").then_some(())).await;
    assert!(read().contains("password authentication failed"), "{}", read());

    let client = Client::at(address, Duration::ZERO).expect("an address");
    let refused = client.call::<_, ListCasesResponse>(LEADERSHIP, ListCasesRequest::default()).await;
    let refused = refused.expect_err("not ready");
    assert_eq!(refused.code(), Code::Unavailable);
    let mut health = Command::new(binary_of("intake"));
    health.args(["health", "--listen", &address.to_string()]).env("GETMODERN_DATABASE_URL", "x");
    let health = health.output().expect("it runs");
    assert!(!health.status.success(), "{health:?}");
    let mut help = Command::new(binary_of("intake"));
    let url = logins.url_with("intake", wrong, "intake");
    let help = help.arg("--help").env("GETMODERN_DATABASE_URL", url).stderr(Stdio::piped());
    let help = help.output().expect("it runs");
    assert!(help.status.success() && !help.stdout.is_empty());
    for said in [read(), format!("{refused:?}"), format!("{health:?}"), format!("{help:?}")] {
        assert!(!said.contains(wrong), "{said}");
    }
    serve.kill().expect("killed");
    serve.wait().expect("gone");
}
