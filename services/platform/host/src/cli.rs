//! The command line that every binary of the product has.

use std::{
    env,
    error::Error,
    io::{IsTerminal, Write},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use clap::{
    Arg, Command, CommandFactory, Parser, Subcommand, ValueEnum, builder::Resettable, error::ErrorKind,
};
use tokio::{
    join,
    signal::unix::{Signal, SignalKind, signal},
};

use crate::{
    After, Audit, Case, Config, Log, Mint, Service, Settings, StartError, Storage, TlsSetting, TokenVerb,
    migrate,
    prepared::Prepared,
    probe,
    run::{begin, reachable},
    settings::listen_address,
    storage::check_arguments,
    story::{Tellers, retell},
    telemetry::{Admin, Export, Metrics},
};

/// A service in a process of its own: it serves, unless it is told to do something else.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    log: Log,
}

/// What a binary does other than serving.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Brings the schema of each database up to date, or tells how it stands.
    Migrate {
        /// What to do.
        action: Action,
        /// Where the state is kept.
        #[command(flatten)]
        storage: Storage,
    },
    /// Follows a journal that was set back on from a place that an operator names, once both sides were compared.
    Resume {
        /// Which journal, on whose word, and why.
        #[command(flatten)]
        case: Case,
        /// After which revision: everything up to there counts as taken over. `kept` is the last one that was there before the
        /// journal was set back, so that nothing is skipped; `head` is the newest.
        #[arg(long, value_name = "kept|REVISION|head")]
        after: After,
        /// Skips what lies up to there and was not taken over. Without this, such events are counted by kind, and nothing is done.
        #[arg(long)]
        yes: bool,
        /// Where the state is kept, and where the source is.
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Gives up on a parked event, so that those behind it go on.
    Discard {
        /// Which journal, on whose word, and why.
        #[command(flatten)]
        case: Case,
        /// The event's revision there, as its duty `RELEASE_PARKED_EVENT` tells.
        #[arg(long)]
        revision: i64,
        /// Where the state is kept.
        #[command(flatten)]
        storage: Storage,
    },
    /// Tells the story of a case, an engagement or a task once more, from its journal: to the collector, if one is named,
    /// and as a chart.
    Trace {
        /// The resource, such as `engagements/0192f0c1-0000-7000-8000-00000000002a`.
        name: String,
        /// Where the state is kept, and how long what may wait.
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Makes a token for trials and tests, or the key that signs them.
    Token(Mint),
    /// Replaces the keys that page and resume tokens are authenticated with.
    #[command(subcommand)]
    Tokens(TokenVerb),
    /// Shows whether somebody changed the journals.
    #[command(subcommand)]
    Audit(Audit),
    /// Shows what a process is told when it starts.
    #[command(subcommand)]
    Config(Box<Config>),
    /// Asks a process on this machine how it is: 0 when all that this binary runs is serving there, else 1.
    Health {
        /// Where it listens.
        #[arg(
            long, env = "GETMODERN_LISTEN", default_value = "127.0.0.1:50051", value_name = "[ADDRESS:]PORT",
            value_parser = listen_address
        )]
        listen: SocketAddr,
        /// What it is told about TLS; of that, the certificate that it shows.
        #[command(flatten)]
        tls: Box<TlsSetting>,
    },
}

/// What to do about the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// Applies what is missing; of several who try at once, one does.
    Up,
    /// Tells how each migration stands.
    Status,
    /// Ends with 1, and says why, when the schema is not one to serve from.
    Check,
}

impl Verb {
    /// Does it for `services`.
    pub async fn run(self, services: &[Service]) -> Result<(), StartError> {
        match self {
            Self::Migrate { action, storage } => migrate::run(action, &storage, services).await,
            Self::Resume { case, after, yes, settings } => case.resume(after, yes, &settings, services).await,
            Self::Discard { case, revision, storage } => case.discard(revision, &storage, services).await,
            Self::Trace { name, settings } => retell(&name, &settings, services).await,
            Self::Token(mint) => mint.run(),
            Self::Tokens(verb) => verb.run(services).await,
            Self::Audit(audit) => audit.run(services).await,
            Self::Config(config) => config.run(services).await,
            Self::Health { listen, tls } => probe::ask(listen, &tls, services).await,
        }
    }
}

/// The whole of a binary called `name` that runs `services`.
pub async fn main(name: &'static str, about: &'static str, services: Vec<Service>) -> ExitCode {
    let command = Arguments::command().name(name).about(about);
    let arguments: Arguments = arguments(command);
    run(name, arguments.log, arguments.verb.is_none(), async {
        match arguments.verb {
            None => Box::pin(serve(services, &arguments.settings, arguments.log)).await,
            Some(verb) => Box::pin(verb.run(&services)).await,
        }
    })
    .await
}

/// What `command` was told, which is not read before it is known to hold no password: what does not read is repeated.
#[must_use]
pub fn arguments<T: Parser>(mut command: Command) -> T {
    if let Err(refused) = check_arguments(env::args_os()) {
        command.error(ErrorKind::ValueValidation, refused).exit();
    }
    T::from_arg_matches(&without_blanks(command).get_matches()).unwrap_or_else(|error| error.exit())
}

/// A variable that is there and empty says nothing: so compose passes on what is not set.
fn without_blanks(command: Command) -> Command {
    let is_blank = |arg: &Arg| arg.get_env().and_then(env::var_os).is_some_and(|value| value.is_empty());
    let without = |arg: Arg| if is_blank(&arg) { arg.env(Resettable::Reset) } else { arg };
    command.mut_args(without).mut_subcommands(without_blanks)
}

/// Carries out `work`, which may be serving, for the binary called `name`, with its log.
pub async fn run(
    name: &str,
    log: Log,
    serves: bool,
    work: impl Future<Output = Result<(), StartError>>,
) -> ExitCode {
    log.begin(serves);
    work.await.map_or_else(|error| failed(name, &*error), |()| ExitCode::SUCCESS)
}

fn failed(name: &str, error: &(dyn Error + Send + Sync)) -> ExitCode {
    eprintln!("{name}: {error}");
    ExitCode::FAILURE
}

/// Serves until the process is told to stop.
pub async fn serve(services: Vec<Service>, settings: &Settings, log: Log) -> Result<(), StartError> {
    let names: Vec<_> = services.iter().map(|service| service.name).collect();
    let example = services.last().map_or("", |service| service.grpc_name);
    let mut told = Told::new()?;
    let prepared = Prepared::of(&services, settings).await?;
    let mut export = Export::begin(&binary(&names))?;
    let metrics = Metrics::begin(settings.admin.is_some(), &export)?;
    export.open()?;
    let mut running = begin(services, settings, prepared).await?;
    export.count(running.residents());
    let _admin = match settings.admin {
        Some(setting) => {
            let (services, timeouts) = (running.residents().to_vec(), settings.limits.timeouts);
            Some(Admin::begin(setting, metrics, services, timeouts).await?)
        }
        None => None,
    };
    let tellers = Tellers::begin(&running, &binary(&names))?;
    let address = running.address;
    if !settings.identity.is_proven() {
        for open in settings.open() {
            tracing::warn!("callers are believed on their word: who reaches {open} may act as anybody");
        }
    }
    let http = running.http.map(|at| format!("getmodern answers JSON over HTTP at {at}"));
    let ready = running.ready();
    let ready = async {
        ready.await?;
        log.say(&format!("getmodern serves {} on {address}", list(&names)));
        if let Some(http) = http {
            log.say(&http);
        }
        let identity = settings.identity.is_proven();
        let way = if settings.tls.is_on() { "-cacert CA.pem" } else { "-plaintext" };
        let kept = settings.storage.words(&names);
        log.say(&greeting(&kept, identity, way, reachable(address), example));
        std::future::pending::<Result<(), StartError>>().await
    };
    let outcome = tokio::select! {
        error = running.broken() => Err(error),
        failed = ready => failed,
        () = told.stop() => Ok(()),
    };
    running.leave().await;
    log.say("calls under way may finish; no new ones are taken");
    let end = async {
        join!(tellers.end(), running.finish());
        running.close().await;
        export.end().await;
    };
    tokio::select! {
        () = end => outcome,
        () = told.stop() => Err("told twice to stop: calls under way were broken off".into()),
    }
}

/// The ways in which a process is told to stop.
struct Told {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Told {
    fn new() -> std::io::Result<Self> {
        let [terminate, interrupt, hangup] =
            [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
        Ok(Self { terminate: terminate?, interrupt: interrupt?, hangup: hangup? })
    }

    async fn stop(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => {
                    // Whose terminal is gone is gone too; to others it means to read their files anew.
                    if std::io::stdout().is_terminal() {
                        return;
                    }
                    tracing::info!("hung up on: certificates and keys are read anew all the time, settings at the start");
                }
            }
        }
    }
}

/// What this process was started as.
pub(crate) fn program() -> String {
    let path = env::args_os().next().map(PathBuf::from);
    let name = path.as_ref().and_then(|path| path.file_name());
    name.map_or_else(|| "getmodern".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The name of the binary that runs these services.
pub(crate) fn binary(names: &[&str]) -> String {
    match names {
        [name] => format!("getmodern-{name}"),
        _ => "getmodern".to_owned(),
    }
}

fn greeting(kept: &str, is_proven: bool, way: &str, address: SocketAddr, example: &str) -> String {
    let (identity, headers) = if is_proven {
        ("callers show a token", "-H \"authorization: Bearer $TOKEN\"")
    } else {
        (
            "identity is what the caller says",
            "-H 'x-getmodern-person: people/ada' -H 'x-getmodern-role: GMFTA'",
        )
    };
    format!(
        "{kept}\n{identity}; try\n\n    grpcurl {way} {address} list\n    \
         grpcurl {way} {headers} {address} {example}/ListDuties\n"
    )
}

/// `a, b and c`.
fn list(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        names => names.join(""),
    }
}

/// Prints a line; nobody has to be listening.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
