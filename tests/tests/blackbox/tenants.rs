//! One tenant, one engagement in progress (I-25): both ways in are told before they commit themselves, what slips through has a way
//! out, and the Gateway learns what became of its case.

pub(crate) mod arrives;
mod caught_up;
mod held;
pub(crate) mod told;

use proto::{
    common::v1::{Duty, ListDutiesRequest, ListDutiesResponse},
    intake::v1::{Case, GetCaseRequest, OpenCaseRequest},
};
use tests::{Engine, State};

use crate::cast::{GATEWAY, Play, ask};

const INTAKE: &str = "getmodern.intake.v1.IntakeService";

/// A case is to be opened.
fn opening(tenant: &str) -> OpenCaseRequest {
    ask!(OpenCaseRequest { customer: "Contoso", tenant: tenant })
}

/// The case as the Gateway sees it.
async fn case(play: &Play, name: &str) -> Case {
    play.ok(GATEWAY, GetCaseRequest { name: name.to_owned() }).await
}

/// The duties of a case as the Gateway sees them: each step with its role.
async fn due(play: &Play, case: &str) -> Vec<(String, String)> {
    let list = ListDutiesRequest { resource: case.to_owned(), ..ListDutiesRequest::default() };
    let path = format!("/{INTAKE}/ListDuties");
    let found: ListDutiesResponse = play.ask_at(GATEWAY, &path, list).await;
    let named = |duty: Duty| (duty.action.clone(), duty.role().as_str_name().to_owned());
    found.duties.into_iter().map(named).collect()
}

/// Lets a table of a service take no row of this kind, or lets it again; what follows a journal waits meanwhile.
fn hold(kept: &State, service: &str, (event, table, kind): (&str, &str, &str), hold: bool) {
    let when = if kind.is_empty() { String::new() } else { format!("WHEN ({kind})") };
    let statement = match (Engine::here(), hold) {
        (Engine::Sqlite, true) => format!(
            "CREATE TRIGGER held_{table} BEFORE {event} ON {table} {when} BEGIN SELECT raise(ABORT, 'held up'); END"
        ),
        (Engine::Postgres, true) => format!(
            "CREATE TRIGGER held_{table} BEFORE {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION refuse('held up')"
        ),
        (Engine::Sqlite, false) => format!("DROP TRIGGER held_{table}"),
        (Engine::Postgres, false) => format!("DROP TRIGGER held_{table} ON {table}"),
    };
    kept.execute(service, &statement);
}
