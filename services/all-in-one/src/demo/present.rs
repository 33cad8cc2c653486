//! Whether there is a whole product to play on: the playbook leads through all three services.

use futures::future::join_all;
use proto::common::v1::{ListDutiesRequest, ListDutiesResponse};
use tonic::{Code, Status};

use super::cast::LEADERSHIP;
use crate::client::Client;

const SERVICES: [(&str, &str); 3] = [
    ("intake", "getmodern.intake.v1.IntakeService"),
    ("engagement", "getmodern.engagement.v1.EngagementService"),
    ("tasks", "getmodern.tasks.v1.TaskService"),
];

/// Reads from each service; says which of them do not answer, and that nothing was changed.
pub(super) async fn check(client: &Client) -> Result<(), String> {
    let asked = SERVICES.map(async |(name, grpc_name)| {
        let path = format!("/{grpc_name}/ListDuties");
        let question = ListDutiesRequest { page_size: 1, ..ListDutiesRequest::default() };
        let answer: Result<ListDutiesResponse, _> = client.call_at(LEADERSHIP, &path, question).await;
        answer.err().map(|status| missing(name, &status))
    });
    let missing: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("the demo plays on all three services, and nothing was changed: {}", missing.join("; ")))
}

fn missing(name: &str, status: &Status) -> String {
    match status.code() {
        Code::Unimplemented => format!("{name} does not run there"),
        _ => format!("{name} does not answer: {}", status.message()),
    }
}
