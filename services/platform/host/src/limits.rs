//! What the process takes on at once, and from whom: each bound with its setting.

use std::time::Duration;

use crate::listen::plain::OPERATORS;
use clap::{Args, builder::RangedU64ValueParser, value_parser};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are left to everything but the connections of callers and operators: databases, peers, the collector.
const OTHERS: u64 = 256;

/// What the process takes on at once, and from whom.
#[derive(Debug, Clone, Args)]
pub struct LimitSettings {
    /// Connections at once; past that, one with nothing under way makes room for the next. Together with 288 more they have to
    /// fit into the descriptors that the process may have.
    #[arg(long, env = "GETMODERN_CONNECTIONS", default_value_t = 512, value_name = "COUNT", value_parser = some())]
    pub connections: usize,

    /// Connections at once from one address, or from one network of 64 bits in IPv6; 0 where addresses do not tell callers
    /// apart, as behind a proxy.
    #[arg(long, env = "GETMODERN_CONNECTIONS_PER_PEER", default_value_t = 128, value_name = "COUNT")]
    pub connections_per_peer: usize,

    /// Calls under way at once, beside watches; health is always answered.
    #[arg(long, env = "GETMODERN_CALLS", default_value_t = 1024, value_name = "COUNT", value_parser = some())]
    pub calls: usize,

    /// Watches that are open at once.
    #[arg(long, env = "GETMODERN_WATCHES", default_value_t = 1024, value_name = "COUNT", value_parser = some())]
    pub watches: usize,

    /// Calls of one person under way at once.
    #[arg(long, env = "GETMODERN_CALLS_PER_PERSON", default_value_t = 200, value_name = "COUNT", value_parser = some())]
    pub calls_per_person: usize,

    /// Watches of one person that are open at once.
    #[arg(long, env = "GETMODERN_WATCHES_PER_PERSON", default_value_t = 32, value_name = "COUNT", value_parser = some())]
    pub watches_per_person: usize,

    /// Calls of one person a second; after a pause twice as many.
    #[arg(
        long, env = "GETMODERN_RATE_PER_PERSON", default_value_t = 500, value_name = "COUNT",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    pub rate_per_person: u32,

    /// Calls of one system under way at once, be it another service or one that shows a certificate.
    #[arg(long, env = "GETMODERN_CALLS_PER_SYSTEM", default_value_t = 512, value_name = "COUNT", value_parser = some())]
    pub calls_per_system: usize,

    /// Watches of one system that are open at once.
    #[arg(long, env = "GETMODERN_WATCHES_PER_SYSTEM", default_value_t = 256, value_name = "COUNT", value_parser = some())]
    pub watches_per_system: usize,

    /// Calls of one system a second; after a pause twice as many.
    #[arg(
        long, env = "GETMODERN_RATE_PER_SYSTEM", default_value_t = 5000, value_name = "COUNT",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    pub rate_per_system: u32,

    /// How long a call may take, whatever its caller says; of a watch, until it begins.
    #[arg(
        long, env = "GETMODERN_LONGEST_CALL", default_value = "60s", value_name = "TIME",
        value_parser = some_time
    )]
    pub longest_call: Duration,

    /// Rows of refusals that each service keeps for its auditors, for a quarter of a year. Where there would be more, the oldest of
    /// whoever has the most go, and are only counted; a row takes half a kilobyte.
    #[arg(
        long, env = "GETMODERN_REFUSALS", default_value_t = 100_000, value_name = "COUNT",
        value_parser = value_parser!(u32).range(10_000..=1_000_000)
    )]
    pub refusals: u32,

    /// How long a peer may keep the process waiting.
    #[arg(skip)]
    pub timeouts: Timeouts,
}

/// How long a peer may keep the process waiting; only tests have less of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until it has greeted: the handshake of TLS and how every HTTP/2 connection begins.
    pub preface: Duration,
    /// For the rest of what it has begun to say: a frame, or headers of several.
    pub headers: Duration,
    /// Until it takes what it is sent: of an answer, or of anything at all.
    pub write: Duration,
    /// Silence after which it is asked whether it is still there, and the time it has to say so.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            preface: Duration::from_secs(5),
            headers: Duration::from_secs(20),
            write: Duration::from_mins(1),
            idle: Duration::from_secs(30),
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            connections: 512,
            connections_per_peer: 128,
            calls: 1024,
            watches: 1024,
            calls_per_person: 200,
            watches_per_person: 32,
            rate_per_person: 500,
            calls_per_system: 512,
            watches_per_system: 256,
            rate_per_system: 5000,
            longest_call: Duration::from_mins(1),
            refusals: 100_000,
            timeouts: Timeouts::default(),
        }
    }
}

/// More than no time: nothing would be answered.
pub(crate) fn some_time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time.is_zero() { Err("must be more than nothing".to_owned()) } else { Ok(time) }
}

/// One at least.
fn some() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=1_000_000)
}

impl LimitSettings {
    /// Sees to it that there are descriptors for all the connections, or says what to do.
    pub(crate) fn make_room(&self) -> Result<(), String> {
        let operators = u64::try_from(OPERATORS).unwrap_or(u64::MAX);
        let needed = OTHERS + operators + u64::try_from(self.connections).unwrap_or(u64::MAX);
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        // None is no limit.
        let Some(most) = current.filter(|current| *current < needed) else { return Ok(()) };
        let raised = Rlimit { current: Some(needed), maximum };
        let can = maximum.is_none_or(|maximum| maximum >= needed);
        if can && setrlimit(Resource::Nofile, raised).is_ok() {
            return Ok(());
        }
        Err(format!(
            "{} connections and what else there is need {needed} descriptors, and the process may have {most}: say \
             --connections with less, or raise its limit (ulimit -n, LimitNOFILE)",
            self.connections
        ))
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, FromArgMatches};

    use super::*;

    fn told(arguments: &[&str]) -> Result<LimitSettings, clap::Error> {
        let command = LimitSettings::augment_args(Command::new("getmodern"));
        let matches = command.try_get_matches_from([&["getmodern"], arguments].concat())?;
        LimitSettings::from_arg_matches(&matches)
    }

    #[test]
    fn what_is_not_said_is_as_it_is_in_code() {
        let (said, code) = (told(&[]).expect("nothing is said"), LimitSettings::default());
        assert_eq!(format!("{said:?}"), format!("{code:?}"));
    }

    #[test]
    fn nothing_at_all_is_no_limit() {
        for flag in
            ["connections", "calls", "watches", "calls-per-person", "rate-per-person", "rate-per-system"]
        {
            assert!(told(&[&format!("--{flag}=0")]).is_err(), "{flag}");
            assert!(told(&[&format!("--{flag}=1")]).is_ok(), "{flag}");
        }
        assert!(told(&["--longest-call=0s"]).is_err() && told(&["--longest-call=1ms"]).is_ok());
        assert_eq!(told(&["--connections-per-peer=0"]).map(|told| told.connections_per_peer).ok(), Some(0));
    }

    #[test]
    fn more_connections_than_descriptors_are_refused_with_what_to_do() {
        assert_eq!(LimitSettings::default().make_room(), Ok(()));
        let Rlimit { current, .. } = getrlimit(Resource::Nofile);
        assert!(current.is_none_or(|current| current >= 512 + 32 + OTHERS), "{current:?}");
        let many = LimitSettings { connections: 1_000_000_000, ..LimitSettings::default() };
        if getrlimit(Resource::Nofile).maximum.is_some() {
            let refused = many.make_room().expect_err("so many there are nowhere");
            assert!(refused.contains("--connections") && refused.contains("ulimit -n"), "{refused}");
        }
    }
}
