//! The whole product in one process: three services on one address, and a guided demo of the playbook.

pub mod client;
pub mod demo;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};
use host::{Log, Service, Settings, Verb};

/// Runs Microsoft's FastTrack "Get Modern" playbook: intake, engagement and tasks as gRPC services.
#[derive(Debug, Parser)]
#[command(name = "getmodern", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    log: Log,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays the playbook against a fresh copy of the product, and shows every step.
    Demo {
        /// Against the product that runs here instead, which keeps what was played.
        #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = host::listen_address)]
        at: Option<SocketAddr>,
        /// Who vouches for it, as PEM, where it speaks TLS.
        #[arg(long, value_name = "FILE", requires = "at")]
        ca: Option<PathBuf>,
        /// The trial key that signs everybody's tokens, where it asks for them.
        #[arg(long, value_name = "FILE", requires = "at")]
        key: Option<PathBuf>,
    },
    #[command(flatten)]
    Verb(Verb),
}

/// The three services.
#[must_use]
pub fn services() -> Vec<Service> {
    vec![intake::service(), engagement::service(), tasks::service()]
}

/// What the binary does.
pub async fn main() -> ExitCode {
    let arguments: Arguments = host::arguments(Arguments::command());
    host::run("getmodern", arguments.log, arguments.command.is_none(), async {
        match arguments.command {
            None => Box::pin(host::serve(services(), &arguments.settings, arguments.log)).await,
            Some(Command::Demo { at: None, .. }) => Box::pin(demo::run()).await,
            Some(Command::Demo { at: Some(address), ca, key }) => {
                Box::pin(demo::visit(address, ca, key)).await
            }
            Some(Command::Verb(verb)) => Box::pin(verb.run(&services())).await,
        }
    })
    .await
}
