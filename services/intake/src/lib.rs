//! The intake service: the Gateway's part, from research to the handoff or to a partner, and the qualification policy.

mod api;
mod census;
mod follow;
#[doc(hidden)]
pub mod fuzz;
mod seed;
mod table;
mod wire;

pub use api::READERS;
use host::Service;
use ledger::{Migration, Migrations};
use proto::intake::v1::intake_service_server::{IntakeServiceServer, SERVICE_NAME};

const MIGRATIONS: Migrations = Migrations(&[
    Migration {
        version: 100,
        description: "intake",
        sqlite: include_str!("../migrations/sqlite/0100_intake.sql"),
        postgres: include_str!("../migrations/postgres/0100_intake.sql"),
    },
    Migration {
        version: 101,
        description: "expand: the people of a case",
        sqlite: include_str!("../migrations/sqlite/0101_people.sql"),
        postgres: include_str!("../migrations/postgres/0101_people.sql"),
    },
    Migration {
        version: 102,
        description: "expand: erased texts of published policies",
        sqlite: include_str!("../migrations/sqlite/0102_erasure.sql"),
        postgres: include_str!("../migrations/postgres/0102_erasure.sql"),
    },
    Migration {
        version: 105,
        description: "expand: engagements in progress beside a case",
        sqlite: include_str!("../migrations/sqlite/0105_beside.sql"),
        postgres: include_str!("../migrations/postgres/0105_beside.sql"),
    },
    Migration {
        version: 106,
        description: "expand: engagements that cases led to",
        sqlite: include_str!("../migrations/sqlite/0106_led_to.sql"),
        postgres: include_str!("../migrations/postgres/0106_led_to.sql"),
    },
    Migration {
        version: 107,
        description: "expand: what updates a row keeps its plan",
        sqlite: include_str!("../migrations/sqlite/0107_writers.sql"),
        postgres: include_str!("../migrations/postgres/0107_writers.sql"),
    },
]);

/// The service, for any process to run.
#[must_use]
pub fn service() -> Service {
    Service::new("intake", SERVICE_NAME, MIGRATIONS, |desk, routes| {
        routes.add_service(IntakeServiceServer::new(api::Api(desk)));
    })
    .targets(intake_domain::TARGETS)
    .publishes::<table::Cases>()
    .publishes::<table::Policies>()
    .tells::<table::Cases>()
    .follows(follow::ENGAGEMENT)
    .counted_by(|desk| Box::pin(census::take(desk)))
    .seeded_by(|desk| Box::pin(seed::begin(desk)))
}
