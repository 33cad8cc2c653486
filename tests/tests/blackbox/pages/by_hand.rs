//! The databases of `deploy/systemd/README.md`, made as it says. Of PostgreSQL alone.

use std::process::{Command, Output};

use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};
use tests::{Engine, Logins, binary_of};

use super::page;
use crate::processes::SERVICES;

/// The page's statements.
fn statements() -> Vec<String> {
    let page = page("deploy/systemd/README.md");
    let (_, after) = page.split_once("```sql\n").expect("its statements");
    let (block, _) = after.split_once("```").expect("their end");
    block.split_inclusive(";\n").map(str::to_owned).collect()
}

/// The password that the page gives a login.
fn password(service: &str) -> String {
    let statements = statements().concat();
    let (_, after) = statements.split_once(&format!("ROLE {service} LOGIN PASSWORD '")).expect("its login");
    after.split('\'').next().unwrap_or_default().to_owned()
}

fn migrate(login: &str, database: &str, action: &str, logins: &Logins) -> Output {
    let url = logins.url_with(login, &password(login), database);
    let mut migrate = Command::new(binary_of(database));
    migrate.args(["migrate", action]).env("GETMODERN_DATABASE_URL", url).output().expect("it runs")
}

#[tokio::test]
async fn the_databases_that_the_page_makes_are_fit_and_open_to_their_own_login_alone() {
    if Engine::here() == Engine::Sqlite {
        return;
    }
    let logins = Logins::new(&[]);
    let mut superuser = PgConnection::connect(&logins.url("postgres", "postgres")).await.expect("a server");
    for statement in statements() {
        raw_sql(AssertSqlSafe(statement)).execute(&mut superuser).await.expect("it is carried out");
    }
    for service in SERVICES {
        for action in ["up", "check"] {
            let done = migrate(service, service, action, &logins);
            assert!(done.status.success(), "{service} {action}: {done:?}");
        }
        for other in SERVICES.into_iter().filter(|other| *other != service) {
            let told = migrate(service, other, "check", &logins);
            let told = String::from_utf8_lossy(&told.stderr);
            assert!(told.contains("permission denied for database"), "{service} at {other}: {told}");
        }
    }
}
