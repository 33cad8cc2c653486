//! Becoming ready: a service answers once its schema is fit and its database and its issuer's keys were there once, and says
//! meanwhile what to do.

use std::{collections::HashMap, sync::Arc, time::Duration};

use ledger::{Migrations, Place, Schema, Standing};
use tokio::{join, sync::watch, time::sleep};
use tonic::Code;

use crate::{
    Census, Desk, Follow, address,
    cli::program,
    fail::retriable,
    follow::follow_all,
    health::Health,
    identity::Identity,
    seal::{self, Keeper},
    service::{Care, Seed},
    sight,
    stack::{Handle, Layer, Request, Response},
};

/// How often a service that is not ready tries again.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a service does what is due because time has passed.
const TURN: Duration = Duration::from_mins(1);

/// Which services are ready, by their names on the wire.
pub(crate) type Gate = HashMap<&'static str, watch::Receiver<bool>>;

/// Lets a call pass once its service is ready.
impl Layer for Gate {
    async fn pass(&self, request: Request, next: &impl Handle) -> Response {
        let service = request.uri().path().split('/').nth(1).and_then(|service| self.get(service));
        if service.is_none_or(|ready| *ready.borrow()) {
            return next.handle(request).await;
        }
        retriable(Code::Unavailable, "STARTING", "the service is not ready yet").into_http()
    }
}

/// A service on its way to serving.
pub(crate) struct Start {
    pub(crate) desk: Desk,
    pub(crate) place: Place,
    pub(crate) migrations: Migrations,
    pub(crate) identity: Arc<Identity>,
    pub(crate) seed: Option<Seed>,
    pub(crate) census: Option<Census>,
    pub(crate) care: Option<Care>,
    pub(crate) follows: Vec<Follow>,
    pub(crate) keeper: Keeper,
    pub(crate) health: Health,
    pub(crate) ready: watch::Sender<bool>,
}

impl Start {
    /// Serves, follows and seals as soon as nothing stands in the way any more.
    pub(crate) async fn run(self) {
        let mut told = String::new();
        while let Err(obstacle) = self.prepare().await {
            if obstacle != told {
                tracing::error!("{} is not ready: {obstacle}", self.desk.inner.service);
                told = obstacle;
            }
            sleep(PAUSE).await;
        }
        if !told.is_empty() {
            tracing::warn!("{} is ready now", self.desk.inner.service);
        }
        self.health.set(true);
        let _ = self.ready.send(true);
        let compare = tell_differences(self.desk.inner.service, &self.place, &self.migrations);
        let follow = follow_all(&self.desk, self.follows, &self.health);
        let care = keep_caring(&self.desk, self.care);
        join!(compare, follow, care, seal::keep(&self.desk, &self.keeper), sight::keep(&self.desk));
    }

    async fn prepare(&self) -> Result<(), String> {
        self.check_schema().await?;
        self.desk.ledger().begin().await.map_err(|trouble| trouble.cause().to_owned())?;
        self.desk.ring("").await.map_err(|fail| fail.to_string())?;
        sight::catch_up(&self.desk).await.map_err(|fail| fail.to_string())?;
        if let Some(seed) = self.seed {
            seed(self.desk.clone()).await.map_err(|fail| fail.to_string())?;
        }
        // Last: whoever waits for an issuer alone is told so.
        self.identity.ready().await
    }

    async fn check_schema(&self) -> Result<(), String> {
        let schema = self.place.schema(&self.migrations).await;
        let of = address::words(self.desk.inner.service, &self.place);
        let schema = schema.map_err(|trouble| format!("{of}: {}; trying again", trouble.cause()))?;
        advice(&schema).map_or(Ok(()), Err)
    }
}

/// Does what is due because time has passed, turn by turn; what fails is tried again in the next.
async fn keep_caring(desk: &Desk, care: Option<Care>) {
    let Some(care) = care else { return };
    loop {
        if let Err(fail) = care(desk).await {
            tracing::warn!(service = desk.inner.service, "what is due was not done: {fail}");
        }
        sleep(TURN).await;
    }
}

/// What stands in the way of serving from `schema`, and what to do about it; none when nothing does.
pub(crate) fn advice(schema: &Schema) -> Option<String> {
    let obstacles = schema.obstacles();
    let first = obstacles.first()?;
    if schema.can_migrate() {
        let (lacking, program) = (migrations(obstacles.len()), program());
        return Some(format!(
            "the schema lacks {lacking}: run `{program} migrate up` with the same settings"
        ));
    }
    let blocking = obstacles.iter().find(|step| step.standing != Standing::Missing).unwrap_or(first);
    let (version, description, standing) = (blocking.version, &blocking.description, blocking.standing);
    let remedy = match standing {
        Standing::Removed => "run that product, or restore a backup",
        Standing::Unfinished => "undo what is there of it and remove its row from _sqlx_migrations",
        _ => "this is the database of another product, or was changed by hand",
    };
    Some(format!("migration {version}, {description:?}, was {standing}: {remedy}"))
}

/// Tells what of the schema was changed past its migrations. It serves all the same: who may change a schema may change it back
/// and forth while it serves, and what that was for is for people to find out.
async fn tell_differences(service: &str, place: &Place, migrations: &Migrations) {
    match place.differences(migrations).await {
        Ok(None) => {}
        Ok(Some(differences)) => tracing::error!(service, "{}", changed(&differences)),
        Err(trouble) => {
            let cause = trouble.cause();
            tracing::warn!(service, cause, "whether the schema is what its migrations make is not known");
        }
    }
}

/// A sentence about the objects that are not as migrations make them.
pub(crate) fn changed(differences: &str) -> String {
    format!("the schema is not what its migrations make: {differences}")
}

/// So many migrations, in words.
pub(crate) fn migrations(count: usize) -> String {
    if count == 1 { "1 migration".to_owned() } else { format!("{count} migrations") }
}
