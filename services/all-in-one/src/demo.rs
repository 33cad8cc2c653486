//! The guided demo: four customers go through the playbook, refusals included, against a fresh copy of the product.

pub mod cast;
mod data;
mod eventful;
mod execution;
mod gateway;
mod life;
mod present;
mod proactive;
mod report;
mod stage;
mod standby;
mod summary;
mod undetermined;
mod workshop;

use std::{net::SocketAddr, path::PathBuf};

use host::{Settings, StartError};

pub use stage::{Stage, Surprise};

/// Starts the product on an empty folder, plays all four customers, and reports.
pub async fn run() -> Result<(), StartError> {
    let folder = tempfile::tempdir()?;
    let running = host::start(crate::services(), &Settings::local(folder.path())).await?;
    running.ready().await?;
    let mut stage = Stage::at(running.address, true)?;
    let outcome = play(&mut stage).await;
    running.stop().await;
    Ok(outcome?)
}

/// Plays all four customers on a product that runs already, as often as one likes, and reports. Where not all three services
/// answer it changes nothing.
/// It speaks TLS where `ca` vouches for it, and is shown tokens where there is a `key` to sign them.
pub async fn visit(address: SocketAddr, ca: Option<PathBuf>, key: Option<PathBuf>) -> Result<(), StartError> {
    let how = match &ca {
        Some(ca) => format!("over TLS, vouched for by {}", ca.display()),
        None => "in the clear; --ca says who vouches for TLS".to_owned(),
    };
    let mut stage = Stage::over(host::way(address, ca)?, key)?;
    present::check(&stage.client).await.map_err(|missing| format!("{address}: {missing}"))?;
    stage.begin_anew();
    Ok(play(&mut stage).await.map_err(|surprise| format!("{address} ({how}): {surprise}"))?)
}

/// Plays all four customers and reports on them.
pub async fn play(stage: &mut Stage) -> Result<(), Surprise> {
    let contoso = contoso(stage).await?;
    let fabrikam = undetermined::play(stage).await?;
    let northwind = northwind(stage).await?;
    let tailspin = eventful::play(stage).await?;
    let customers =
        [("contoso", &contoso), ("fabrikam", &fabrikam), ("northwind", &northwind), ("tailspin", &tailspin)];
    report::show(stage, &customers.map(|(customer, resource)| (customer, resource.as_str()))).await
}

/// The reactive way, to standby, back, and to standby again; the engagement's name.
pub async fn contoso(stage: &mut Stage) -> Result<String, Surprise> {
    stage.scene("contoso comes in through the Gateway (R-1 to R-4)");
    let engagement = gateway::play(stage).await?;
    stage.scene("contoso: execution (E-1 to E-4)");
    execution::play(stage, &engagement, "contoso").await?;
    stage.scene("contoso: an escalation (E-5)");
    standby::play(stage, &engagement).await?;
    Ok(engagement)
}

/// The proactive way, to standby; the engagement's name.
pub async fn northwind(stage: &mut Stage) -> Result<String, Surprise> {
    stage.scene("northwind is assigned by the program team (P-1 to P-4)");
    let engagement = proactive::play(stage).await?;
    stage.scene("northwind: the same execution (A-4)");
    execution::play(stage, &engagement, "northwind").await?;
    stage.scene("northwind: an escalation begins");
    standby::escalate(stage, &engagement).await?;
    stage.scene("northwind: people and partners change (I-22, I-23)");
    life::play(stage, &engagement).await?;
    Ok(engagement)
}
