//! The whole product in one process: three services on one address, and a guided demo of the playbook.

pub mod client;
pub mod demo;

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};
use host::{Service, Settings, StartError};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Runs Microsoft's FastTrack "Get Modern" playbook: intake, engagement and tasks as gRPC services.
#[derive(Debug, Parser)]
#[command(name = "getmodern", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays the playbook against a fresh copy of the product, and shows every step.
    Demo,
}

/// The three services.
#[must_use]
pub fn services() -> Vec<Service> {
    vec![intake::service(), engagement::service(), tasks::service()]
}

/// What the binary does.
pub async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let outcome = match arguments.command {
        None => serve(&arguments.settings).await,
        Some(Command::Demo) => demo::run().await,
    };
    outcome.map_or_else(
        |error| {
            eprintln!("getmodern: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

async fn serve(settings: &Settings) -> Result<(), StartError> {
    let running = host::start(services(), settings).await?;
    say(&format!(
        "getmodern serves intake, engagement and tasks on {address}\n\
         {}\n\
         identity is what the caller says, for this machine only; try\n\
         \n    grpcurl -plaintext {address} list\n    \
         grpcurl -plaintext -H 'x-getmodern-person: people/ada' -H 'x-getmodern-role: GMFTA' {address} \
         getmodern.tasks.v1.TaskService/ListTemplates\n",
        settings.kept(),
        address = running.address,
    ));
    wait_for_a_signal().await?;
    say("calls under way may finish; no new ones are taken");
    running.stop().await;
    Ok(())
}

/// Prints a line; nobody has to be listening.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

async fn wait_for_a_signal() -> Result<(), StartError> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        _ = terminate.recv() => Ok(()),
    }
}
