//! The log: text for people, on the standard error, or a JSON object a line for programs, which is all that a process writes
//! on the standard output while it serves.

use std::{
    env, fmt,
    io::{IsTerminal, stderr, stdout},
};

use clap::{Args, ValueEnum};
use opentelemetry::{Context, trace::TraceContextExt};
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use super::{RequestId, sent::Sent};
use crate::{clock, say};

/// What is said, rather than logged: the log always holds it.
const SAID: &str = "host::said";

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Log {
    /// How the log is written: for people, on the standard error, or for programs, on the standard output while it serves;
    /// what it holds is `RUST_LOG`'s to say.
    #[arg(long, global = true, env = "GETMODERN_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    pub log_format: LogFormat,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: a JSON object a line.
    Json,
}

impl Log {
    /// Begins the log of a process, which may be one that serves.
    pub(crate) fn begin(self, serves: bool) {
        let filter = filter(env::var("RUST_LOG").ok().as_deref());
        let log = tracing_subscriber::registry().with(filter).with(Sent);
        let text = tracing_subscriber::fmt::layer().with_writer(stderr);
        match self.log_format {
            LogFormat::Text => log.with(text.with_ansi(stderr().is_terminal())).init(),
            LogFormat::Json if serves => log.with(text.with_writer(stdout).event_format(Lines)).init(),
            LogFormat::Json => log.with(text.event_format(Lines)).init(),
        }
    }

    /// Says what a process that serves has to say: a line of its own to people, one of the log to programs.
    pub(crate) fn say(self, text: &str) {
        match self.log_format {
            LogFormat::Text => say(text),
            LogFormat::Json => tracing::info!(target: SAID, "{text}"),
        }
    }
}

/// Nothing that the SDK says but that a collector took something only in part: no other of its lines has this field.
const SDK: &str = "opentelemetry=off,opentelemetry-otlp[{error_message}]=warn,";

/// What the log holds: what `RUST_LOG` tells, or warnings; in any case what is said, and why a service does not serve unless
/// the host is named there; never what the driver has to say of an address, because it repeats it, and what the SDK says of
/// sending only where it is named: the outlets say it in fewer words, but for what a collector took only in part.
fn filter(told: Option<&str>) -> EnvFilter {
    let is_good = |told: &&str| !told.is_empty() && EnvFilter::try_new(told).is_ok();
    let told = told.filter(is_good).unwrap_or("warn");
    let own = if told.contains("host") { "" } else { "host::ready=warn,host::cli=warn," };
    let sdk = if told.contains("opentelemetry") { "" } else { SDK };
    EnvFilter::new(format!(
        "{told},{own}{sdk}{SAID}=info,sqlx_postgres::options=off,sqlx_postgres::options::parse=off,sqlx_postgres::options::pgpass=off"
    ))
}

/// What a line holds; the ids only where there are some.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    level: &'a str,
    target: &'a str,
    message: Option<Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    fields: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl<'a> Line<'a> {
    fn of(event: &Event<'a>) -> Self {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.remove("message");
        let context = Context::current();
        let span = context.span().span_context().clone();
        Self {
            time: clock::now().to_string(),
            level: event.metadata().level().as_str(),
            target: event.metadata().target(),
            message,
            fields: fields.0,
            trace_id: span.is_valid().then(|| span.trace_id().to_string()),
            span_id: span.is_valid().then(|| span.span_id().to_string()),
            request_id: context.get::<RequestId>().map(|id| id.0.clone()),
        }
    }
}

/// Writes a JSON object a line.
struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let line = serde_json::to_string(&Line::of(event)).map_err(|_| fmt::Error)?;
        writeln!(writer, "{line}")
    }
}

/// An event's fields, each as what it is where JSON knows it.
#[derive(Default)]
pub(super) struct Fields(pub(super) Map<String, Value>);

impl Fields {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("unharmed").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(log: impl FnOnce()) -> Vec<Value> {
        let paper = Paper::default();
        let made = paper.clone();
        let subscriber =
            tracing_subscriber::fmt().event_format(Lines).with_writer(move || made.clone()).finish();
        tracing::subscriber::with_default(subscriber, log);
        let text = String::from_utf8(paper.0.lock().expect("unharmed").clone()).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    #[test]
    fn the_reason_for_waiting_is_always_logged_and_the_secrets_of_an_address_never() {
        for told in
            [None, Some(""), Some("sqlx=info"), Some("trace"), Some("sqlx_postgres=debug"), Some("=,=")]
        {
            let subscriber = tracing_subscriber::fmt().with_env_filter(filter(told)).finish();
            tracing::subscriber::with_default(subscriber, || {
                assert!(tracing::enabled!(target: "host::ready", tracing::Level::ERROR), "{told:?}");
                assert!(tracing::enabled!(target: SAID, tracing::Level::INFO), "{told:?}");
                let parse = tracing::enabled!(target: "sqlx_postgres::options::parse", tracing::Level::WARN);
                let passwords =
                    tracing::enabled!(target: "sqlx_postgres::options::pgpass", tracing::Level::WARN);
                assert!(!parse && !passwords, "{told:?}");
                let partly = tracing::event_enabled!(target: "opentelemetry-otlp", tracing::Level::WARN, error_message);
                let failed =
                    tracing::event_enabled!(target: "opentelemetry-otlp", tracing::Level::WARN, retries);
                assert!(partly && !failed, "{told:?}");
            });
        }
    }

    #[test]
    fn a_line_is_an_object_with_its_fields_as_what_they_are() {
        let lines = written(|| {
            tracing::warn!(revision = 7, settled = true, source = "intake", "two\nlines");
            tracing::error!(cause = ?Some(1), "another");
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
        let line = &lines[0];
        assert!(line["time"].as_str().is_some_and(|time| time.parse::<kernel::Time>().is_ok()), "{line}");
        assert_eq!((&line["level"], &line["message"]), (&"WARN".into(), &"two\nlines".into()));
        assert_eq!(line["fields"], serde_json::json!({ "revision": 7, "settled": true, "source": "intake" }));
        assert!(line["target"].as_str().is_some_and(|target| target.starts_with("host::telemetry")));
        assert!(line.get("trace_id").is_none() && line.get("request_id").is_none(), "{line}");
        assert_eq!(lines[1]["fields"], serde_json::json!({ "cause": "Some(1)" }));
    }

    #[test]
    fn a_line_tells_the_trace_and_the_request_it_belongs_to() {
        let span = SpanContext::new(
            TraceId::from(0xa1),
            SpanId::from(0xb2),
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        );
        let context =
            Context::new().with_remote_span_context(span).with_value(RequestId("walk-1".to_owned()));
        let lines = written(|| {
            let _here = context.attach();
            tracing::error!("here");
        });
        let line = &lines[0];
        assert_eq!(line["trace_id"], "000000000000000000000000000000a1");
        assert_eq!((&line["span_id"], &line["request_id"]), (&"00000000000000b2".into(), &"walk-1".into()));
    }
}
