//! The tasks service: FTOP's part, with tasks from templates and the two append-only notes fields.

mod api;
mod census;
mod follow;
mod table;
mod wire;

pub use api::READERS;
use host::Service;
use ledger::{Migration, Migrations};
use proto::tasks::v1::task_service_server::{SERVICE_NAME, TaskServiceServer};

const MIGRATIONS: Migrations = Migrations(&[
    Migration {
        version: 100,
        description: "tasks",
        sqlite: include_str!("../migrations/sqlite/0100_tasks.sql"),
        postgres: include_str!("../migrations/postgres/0100_tasks.sql"),
    },
    Migration {
        version: 101,
        description: "expand: erased texts of completed tasks and written notes",
        sqlite: include_str!("../migrations/sqlite/0101_erasure.sql"),
        postgres: include_str!("../migrations/postgres/0101_erasure.sql"),
    },
    Migration {
        version: 102,
        description: "expand: seats of an engagement that change hands",
        sqlite: include_str!("../migrations/sqlite/0102_seats.sql"),
        postgres: include_str!("../migrations/postgres/0102_seats.sql"),
    },
    Migration {
        version: 103,
        description: "expand: what updates a row keeps its plan",
        sqlite: include_str!("../migrations/sqlite/0103_writers.sql"),
        postgres: include_str!("../migrations/postgres/0103_writers.sql"),
    },
]);

/// The service, for any process to run.
#[must_use]
pub fn service() -> Service {
    Service::new("tasks", SERVICE_NAME, MIGRATIONS, |desk, routes| {
        routes.add_service(TaskServiceServer::new(api::Api(desk)));
    })
    .targets(tasks_domain::task::TARGETS)
    .publishes::<table::Tasks>()
    .publishes::<table::Notes>()
    .tells::<table::Tasks>()
    .keeps::<table::Files>()
    .follows(follow::ENGAGEMENT)
    .counted_by(|desk| Box::pin(census::take(desk)))
}
