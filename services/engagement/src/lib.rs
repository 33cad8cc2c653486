//! The engagement service: the orchestration, from both ways in to standby and approved re-engagement.

mod api;
mod care;
mod census;
mod follow;
mod insights;
mod pauses;
mod publish;
mod rows;
mod sides;
mod table;
mod tenancy;
mod wire;

pub use api::READERS;
use host::Service;
use ledger::{Migration, Migrations};
use proto::engagement::v1::engagement_service_server::{EngagementServiceServer, SERVICE_NAME};

const MIGRATIONS: Migrations = Migrations(&[
    Migration {
        version: 100,
        description: "engagement",
        sqlite: include_str!("../migrations/sqlite/0100_engagement.sql"),
        postgres: include_str!("../migrations/postgres/0100_engagement.sql"),
    },
    Migration {
        version: 101,
        description: "expand: nobody decides on their own request",
        sqlite: include_str!("../migrations/sqlite/0101_own_request.sql"),
        postgres: include_str!("../migrations/postgres/0101_own_request.sql"),
    },
    Migration {
        version: 102,
        description: "expand: the people of an engagement",
        sqlite: include_str!("../migrations/sqlite/0102_people.sql"),
        postgres: include_str!("../migrations/postgres/0102_people.sql"),
    },
    Migration {
        version: 103,
        description: "expand: when an engagement was on hold",
        sqlite: include_str!("../migrations/sqlite/0103_life.sql"),
        postgres: include_str!("../migrations/postgres/0103_life.sql"),
    },
    Migration {
        version: 104,
        description: "expand: deputies",
        sqlite: include_str!("../migrations/sqlite/0104_deputies.sql"),
        postgres: include_str!("../migrations/postgres/0104_deputies.sql"),
    },
    Migration {
        version: 107,
        description: "expand: what workshops found and summaries say",
        sqlite: include_str!("../migrations/sqlite/0107_learnt.sql"),
        postgres: include_str!("../migrations/postgres/0107_learnt.sql"),
    },
    Migration {
        version: 108,
        description: "expand: what updates a row keeps its plan",
        sqlite: include_str!("../migrations/sqlite/0108_writers.sql"),
        postgres: include_str!("../migrations/postgres/0108_writers.sql"),
    },
]);

/// The service, for any process to run.
#[must_use]
pub fn service() -> Service {
    Service::new("engagement", SERVICE_NAME, MIGRATIONS, |desk, routes| {
        routes.add_service(EngagementServiceServer::new(api::Api(desk)));
    })
    .targets(engagement_domain::TARGETS)
    .takes_more(&[wire::TARGET_OS_VERSION])
    .publishes::<table::Engagements>()
    .seeded_by(|desk| Box::pin(async move { desk.join_tenants::<table::Engagements>().await }))
    .tells::<table::Engagements>()
    .cared_for_by(|desk| Box::pin(care::end_deputies(desk)))
    .follows(follow::INTAKE)
    .follows(follow::TASKS)
    .counted_by(|desk| Box::pin(census::take(desk)))
}
