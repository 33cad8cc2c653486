//! `config print`: every setting in force, where it comes from, and no secret of it.

use std::{env, fmt, io::Write};

use clap::{
    Arg, ArgMatches, Args, Command, FromArgMatches, Subcommand, error::Error as Misread, parser::ValueSource,
};

use crate::{Log, PeerAddress, Service, Settings, StartError, address, prepared::Prepared, service::targets};

/// What stands for what nobody is shown.
const SECRET: &str = "…";
/// Variables that others than the command line read: OpenTelemetry's, PostgreSQL's, and what the log holds.
const ELSEWHERE: [&str; 3] = ["OTEL_", "PG", "RUST_LOG"];

/// What can be done about settings.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Prints every setting in force and where it comes from, without secrets; ends with 1, and says why, when a process would
    /// not start with them. The files that they name are read, and nobody is asked over the network.
    Print(InForce),
}

impl Config {
    /// Does it for `services`.
    pub(crate) async fn run(self, services: &[Service]) -> Result<(), StartError> {
        let Self::Print(in_force) = self;
        in_force.print(services)?;
        Prepared::of(services, &in_force.settings).await.map(drop)
    }
}

/// The settings of a process that is started with the same arguments and variables.
#[derive(Debug)]
pub struct InForce {
    settings: Settings,
    lines: Vec<Line>,
}

/// One of them.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    name: String,
    value: Option<String>,
    source: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{:<32} {value}  ({})", self.name, self.source),
            None => write!(f, "{:<32} not set", self.name),
        }
    }
}

impl Args for InForce {
    fn augment_args(command: Command) -> Command {
        Settings::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Settings::augment_args_for_update(command)
    }
}

impl FromArgMatches for InForce {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Misread> {
        let all = Log::augment_args(Settings::augment_args(Command::new("settings")));
        // Targets are told one by one, those included that nobody has set.
        let told = all.get_arguments().filter(|arg| arg.get_id() != "targets");
        let lines = told.map(|arg| line(arg, matches)).collect();
        Ok(Self { settings: Settings::from_arg_matches(matches)?, lines })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Misread> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl InForce {
    fn print(&self, services: &[Service]) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let (targets, elsewhere) = (self.targets(services), elsewhere());
        self.lines.iter().chain(&targets).chain(&elsewhere).try_for_each(|line| writeln!(out, "{line}"))
    }

    /// How long each duty may wait.
    fn targets(&self, services: &[Service]) -> Vec<Line> {
        let set: Vec<_> = self.settings.targets().map(|(action, _)| action).collect();
        let all = services.iter().flat_map(|service| targets(&service.targets, &self.settings));
        let mut lines: Vec<_> = all
            .map(|(action, time)| Line {
                source: if set.contains(&action) { "set" } else { "default" }.to_owned(),
                name: format!("target {action}"),
                value: Some(humantime::format_duration(time.unsigned_abs()).to_string()),
            })
            .collect();
        lines.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        lines
    }
}

fn line(arg: &Arg, matches: &ArgMatches) -> Line {
    let id = arg.get_id().as_str();
    let raw = matches.try_get_raw(id).ok().flatten();
    let values: Vec<_> =
        raw.into_iter().flatten().map(|value| shown(arg, &value.to_string_lossy())).collect();
    let source = match matches.try_contains_id(id).ok().and_then(|_| matches.value_source(id)) {
        Some(ValueSource::CommandLine) => "command line".to_owned(),
        Some(ValueSource::EnvVariable) => arg.get_env().unwrap_or_default().to_string_lossy().into_owned(),
        _ => "default".to_owned(),
    };
    Line {
        name: arg.get_long().unwrap_or(id).to_owned(),
        value: (!values.is_empty()).then(|| values.join(",")),
        source,
    }
}

/// What is shown of a setting: of one that may hold a secret only what is known to be none.
fn shown(arg: &Arg, value: &str) -> String {
    let known = match arg.get_id().as_str() {
        "database_urls" => address::without_secrets(value.trim()),
        "peers" => value.trim().parse::<PeerAddress>().ok().map(|_| value.trim().to_owned()),
        _ if arg.is_hide_env_values_set() => None,
        _ => Some(open(value)),
    };
    known.unwrap_or_else(|| SECRET.to_owned())
}

/// A setting that holds no secret, unless it is an address with a user or a query in it.
fn open(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    if place.contains('@') || place.len() < rest.len() {
        return format!("{scheme}://{SECRET}");
    }
    value.to_owned()
}

/// What is read past the command line, of what is set.
fn elsewhere() -> Vec<Line> {
    let known = |name: &str| ELSEWHERE.iter().any(|start| name.starts_with(start));
    let line = |(name, value): (String, String)| {
        let has_secret = ["HEADERS", "PASSWORD", "OPTIONS"].iter().any(|word| name.ends_with(word));
        let value = if has_secret { SECRET.to_owned() } else { open(&value) };
        Line { source: "environment".to_owned(), name, value: Some(value) }
    };
    let all = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
    let mut lines: Vec<_> = all.filter(|(name, _)| known(name)).map(line).collect();
    lines.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(arguments: &[&str]) -> Vec<String> {
        let command = Log::augment_args(InForce::augment_args(Command::new("print")));
        let matches = command.try_get_matches_from([&["print"], arguments].concat()).expect("they read");
        let in_force = InForce::from_arg_matches(&matches).expect("they read");
        in_force.lines.iter().map(ToString::to_string).collect()
    }

    fn told(arguments: &[&str], name: &str) -> String {
        let lines = lines(arguments);
        let line = lines.iter().find(|line| line.split_whitespace().next() == Some(name));
        line.unwrap_or_else(|| panic!("{name} in {lines:#?}")).clone()
    }

    #[test]
    fn a_setting_is_told_with_where_it_comes_from() {
        assert!(told(&[], "listen").ends_with(" 127.0.0.1:50051  (default)"));
        assert!(told(&["--listen", "[::1]:9"], "listen").ends_with(" [::1]:9  (command line)"));
        assert!(told(&[], "jwks").ends_with(" not set"));
        assert!(told(&[], "log-format").ends_with(" text  (default)"));
        assert!(told(&["--plaintext"], "plaintext").ends_with(" true  (command line)"));
    }

    #[test]
    fn no_setting_tells_a_secret() {
        for (option, value, shown) in [
            (
                "--database-url",
                "intake=postgres://ada:HUNTER2@db/x?password=HUNTER2",
                "intake=postgres://ada@db/x?password=…",
            ),
            ("--database-url", "posgres://ada:HUNTER2@db", SECRET),
            ("--peer", "intake=http://ada:HUNTER2@db", SECRET),
            ("--peer", "intake=https://intake:50051", "intake=https://intake:50051"),
            ("--jwks", "https://ada:HUNTER2@issuer/keys", "https://…"),
            ("--jwks", "https://issuer/keys?token=HUNTER2", "https://…"),
            ("--jwks", "@trial.jwks", "@trial.jwks"),
        ] {
            let rest = ["--issuer", "urn:a", "--audience", "b", option, value];
            let line = told(&rest, option.trim_start_matches('-'));
            assert!(line.ends_with(&format!(" {shown}  (command line)")), "{line}");
            assert!(!lines(&rest).concat().contains("HUNTER2"));
        }
    }
}
