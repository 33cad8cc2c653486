//! `migrate`: the schema of each service brought up to date, or told.

use ledger::{Place, Schema};

use crate::{
    Service, StartError, Storage, address,
    cli::Action,
    cli::say,
    ready::{advice, changed, migrations},
    run::make,
};

/// Does `action` to the database of each of `services`.
pub(crate) async fn run(action: Action, storage: &Storage, services: &[Service]) -> Result<(), StartError> {
    let names: Vec<_> = services.iter().map(|service| service.name).collect();
    storage.check(&names)?;
    let mut obstacles = Vec::new();
    for service in services {
        let place = storage.place(service.name)?;
        match one(action, &place, service).await {
            Ok(obstacle) => obstacles.extend(obstacle),
            Err(cause) => obstacles.push(format!("{}: {cause}", address::words(service.name, &place))),
        }
    }
    if obstacles.is_empty() { Ok(()) } else { Err(obstacles.join("\n").into()) }
}

/// What stands in the way of serving afterwards, if that was asked.
async fn one(action: Action, place: &Place, service: &Service) -> Result<Option<String>, String> {
    match action {
        Action::Up => up(place, service).await?,
        Action::Status => say(&table(service.name, &schema(place, service).await?)),
        Action::Check => {
            let mut found = advice(&schema(place, service).await?);
            if found.is_none() {
                found = differences(place, service).await?;
            }
            return Ok(found.map(|found| format!("{}: {found}", service.name)));
        }
    }
    Ok(None)
}

async fn up(place: &Place, service: &Service) -> Result<(), String> {
    if let Some(folder) = place.folder() {
        make(folder)?;
    }
    let missing = place.migrate(&service.migrations).await.map_err(|trouble| trouble.cause().to_owned())?;
    let done = match missing {
        0 => "is up to date".to_owned(),
        missing => format!("is up to date; it lacked {}", migrations(missing)),
    };
    say(&format!("{} {done}", service.name));
    Ok(())
}

async fn schema(place: &Place, service: &Service) -> Result<Schema, String> {
    place.schema(&service.migrations).await.map_err(|trouble| trouble.cause().to_owned())
}

/// The objects of the schema that were changed past the migrations.
pub(crate) async fn differences(place: &Place, service: &Service) -> Result<Option<String>, String> {
    let found = place.differences(&service.migrations).await;
    let found = found.map_err(|trouble| format!("its schema cannot be compared: {}", trouble.cause()))?;
    Ok(found.map(|differences| changed(&differences)))
}

fn table(service: &str, schema: &Schema) -> String {
    let line =
        |step: &ledger::Step| format!("\n{:>6}  {:<32}  {}", step.version, step.description, step.standing);
    service.to_owned() + &schema.0.iter().map(line).collect::<String>()
}
