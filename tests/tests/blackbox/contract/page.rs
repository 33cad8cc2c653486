//! The page about telemetry, as the registry gives it.

use std::fmt::Write;

use expect_test::expect_file;

use super::{
    families::called,
    registry::{Attribute, Registry, Signal, Sort, Use},
    written::{Level, Type},
};

const HEAD: &str = "# What the services tell

Names, types and units are a contract: `stable` ones change only with notice, and a test fails when the wire differs from
`registry/`, of which this page is made (`UPDATE_EXPECT=1 cargo test -p tests --test blackbox contract::page`). The instrumentation
scope is `getmodern`. Attributes in braces stand for what they are in each case; an attribute marked * is always there.
`registry/` is in OpenTelemetry's own format, and refers to what is OpenTelemetry's; `standard/` repeats so much of that as is used.
";

const SIGNALS: [(Sort, &str, &str); 5] = [
    (Sort::Resource, "Resource", "What every span, metric and log record says of the process that tells it."),
    (
        Sort::Span,
        "Spans",
        "Ask a trace store for those with such attributes; this is how Jaeger's search has them as tags.",
    ),
    (Sort::Event, "Events", "What spans carry. Ask for the spans as above."),
    (Sort::Metric, "Metrics", "Over OTLP by their names, at `/metrics` by Prometheus's. Ask in PromQL."),
    (
        Sort::Log,
        "Logs",
        "What is logged, as records. Ask a log store; this is how Loki has them, as structured metadata.",
    ),
];

fn page(registry: &Registry) -> String {
    let mut page = HEAD.to_owned();
    for (sort, title, text) in SIGNALS {
        let signals: Vec<_> = registry.signals.iter().filter(|signal| signal.sort == sort).collect();
        if !signals.is_empty() {
            let _ = write!(page, "\n## {title}\n\n{text}\n\n{}", table(sort, &signals));
        }
    }
    page + &attributes(registry)
}

fn table(sort: Sort, signals: &[&Signal]) -> String {
    let head: &[&str] = match sort {
        Sort::Metric => &[
            "Metric",
            "In Prometheus",
            "Instrument",
            "Unit",
            "Attributes",
            "Stability",
            "What it tells",
            "Ask",
        ],
        Sort::Span => &["Span", "Kind", "Attributes", "Stability", "What it tells", "Ask"],
        Sort::Resource => &["Attributes"],
        _ => &["Event", "Attributes", "Stability", "What it tells", "Ask"],
    };
    let rows = signals.iter().map(|signal| row(&cells(sort, signal)));
    row(&head.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
        + &row(&vec!["---".to_owned(); head.len()])
        + &rows.collect::<String>()
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn cells(sort: Sort, signal: &Signal) -> Vec<String> {
    let (name, uses) = (code(&signal.name), uses(&signal.uses));
    let told = [signal.stability.clone(), sentence(signal), code(&signal.annotations.getmodern.asks)];
    let first = match sort {
        Sort::Metric => vec![name, code(&called(signal)), signal.form.clone(), code(&signal.unit), uses],
        Sort::Span => vec![name, signal.form.clone(), uses],
        Sort::Resource => return vec![uses],
        _ => vec![name, uses],
    };
    first.into_iter().chain(told).collect()
}

fn sentence(signal: &Signal) -> String {
    let unseen = &signal.annotations.getmodern.unseen;
    if unseen.is_empty() { signal.brief.clone() } else { format!("{} Not told {unseen}.", signal.brief) }
}

fn uses(uses: &[Use]) -> String {
    let one = |usage: &Use| match &usage.level {
        Level::Plain(level) if level == "required" => format!("{}*", code(&usage.name)),
        Level::Plain(_) => code(&usage.name),
        Level::If { conditionally_required } => {
            format!("{} ({})", code(&usage.name), conditionally_required.trim_end_matches('.'))
        }
    };
    uses.iter().map(one).collect::<Vec<_>>().join("<br>")
}

/// As code in a table's cell, where a bar has to be escaped.
fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", text.replace('|', "\\|")) }
}

fn attributes(registry: &Registry) -> String {
    let head = ["Attribute", "Type", "Values or examples", "Stability", "What it tells"].map(str::to_owned);
    let rows = registry.attributes.iter().map(|(name, attribute)| row(&about(name, attribute)));
    let rows = rows.collect::<String>();
    format!("\n## Attributes\n\n{}{}{rows}", row(&head), row(&["---"; 5].map(str::to_owned)))
}

fn about(name: &str, attribute: &Attribute) -> [String; 5] {
    let entry = &attribute.entry;
    let (kind, values) = match &attribute.kind {
        Type::Simple(kind) => {
            let examples = entry.examples.iter().map(|value| code(value.to_string().trim_matches('"')));
            (kind.clone(), examples.collect::<Vec<_>>().join(", "))
        }
        Type::Members { members } => {
            let members = members.iter().map(|member| format!("{} {}", code(&member.value), member.brief));
            ("one of".to_owned(), members.collect::<Vec<_>>().join("<br>"))
        }
    };
    [code(name), kind, values, entry.stability.clone(), entry.brief.clone()]
}

#[test]
fn the_page_says_what_the_registry_says() {
    expect_file!["../../../../deploy/otel/TELEMETRY.md"].assert_eq(&page(&Registry::read()));
}

#[test]
fn the_page_shows_every_name_of_the_registry() {
    let mut registry = Registry::read();
    let before = page(&registry);
    registry.signals[0].brief += " More.";
    assert_ne!(page(&registry), before);
    let names = registry.signals.iter().map(|signal| &signal.name).filter(|name| *name != "resource");
    for name in names.chain(registry.attributes.keys()) {
        assert!(before.contains(&code(name)), "{name}");
    }
}
