//! The dashboards and alerts, asked of a real Prometheus that asks the product: no panel is empty, no alert is mistaken.

mod asked;
mod dashboards;

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    process::{Command, Stdio},
};

use serde_json::Value;
use tests::{Process, Prometheus, State, binary, free_address, promtool};

use asked::{asked_since, eventually, now, shows, within_patience};
use dashboards::{Question, dashboards, deploy, list, panels, questions, read, stems, variables};

/// Prometheus as it is deployed, but that it asks the product at `admin`, and does so every second.
fn prometheus(admin: SocketAddr) -> Option<Prometheus> {
    let deployed = read("prometheus/prometheus.yaml");
    let (ours, _) =
        deployed.split_once("  - job_name: collector").expect("the job of the collector is the last");
    let (head, found) = ours.split_once("dns_sd_configs:").expect("where the services are found");
    let found = found.split_once('\n').expect("a line").1;
    let config =
        format!("{head}static_configs: [{{ targets: [\"{admin}\"] }}]\n{found}").replace("15s", "1s");
    Prometheus::start(&[("prometheus.yaml", &config), ("alerts.yaml", &read("prometheus/alerts.yaml"))])
}

#[test]
fn every_panel_shows_something_of_the_demo_and_every_alert_can_be_evaluated() {
    let (kept, admin) = (State::new(), free_address());
    let variables = [("GETMODERN_ADMIN", &*admin.to_string())];
    let product = Process::start(&kept, "127.0.0.1:0".parse().expect("an address"), &variables);
    let product = product.expect("it serves");
    let Some(prometheus) = prometheus(admin) else { return };
    let begun = now(&prometheus);
    asked_since(&prometheus, begun);
    // Once to begin every series with, once more to have them grow.
    for _ in 0..2 {
        play(product.address);
        asked_since(&prometheus, now(&prometheus));
    }
    every_panel_shows_something(&prometheus, begun);
    every_variable_has_a_value(&prometheus);
    every_alert_is_evaluated(&prometheus);
    let (spoilt, told): (Vec<_>, Vec<_>) = questions("5m").into_iter().map(spoilt).partition(is_noticed);
    assert!(told.len() < spoilt.len(), "most panels depend on what is counted");
    let (all, unanswered) = (spoilt.len(), self::empty(&prometheus, spoilt, begun).len());
    assert_eq!(unanswered, all, "what nobody counts is noticed");
}

/// Plays the demo on a product, as a user does.
fn play(address: SocketAddr) {
    let mut demo = Command::new(binary());
    let played = demo.args(["demo", "--at", &address.to_string()]).stdout(Stdio::null()).status();
    assert!(played.is_ok_and(|status| status.success()), "the playbook is played");
}

/// At once, but for a moment at which the product was not asked in time.
fn every_panel_shows_something(prometheus: &Prometheus, begun: f64) {
    let mut left = Vec::new();
    let found = within_patience(|| {
        left = empty(prometheus, questions("5m"), begun);
        left.is_empty().then_some(())
    });
    assert!(found.is_some(), "panels that show nothing:\n{}", left.join("\n"));
}

/// The questions that stay without an answer.
fn empty(prometheus: &Prometheus, questions: Vec<Question>, begun: f64) -> Vec<String> {
    let unanswered = questions.into_iter().filter(|question| !shows(prometheus, question, begun));
    unanswered.map(|question| format!("{}: {}", question.panel, question.expression)).collect()
}

/// The same question of what nobody counts.
fn spoilt(mut question: Question) -> Question {
    question.expression = question
        .expression
        .replace("getmodern_", "getmodem_")
        .replace("_client_", "_cilent_")
        .replace("rpc_", "rcp_");
    question
}

/// Whether a panel shows nothing where nothing is counted; some show zero, because only trouble makes them count.
fn is_noticed(question: &Question) -> bool {
    !question.expression.contains("or vector(0)") && !question.expression.contains("up{")
}

fn every_variable_has_a_value(prometheus: &Prometheus) {
    let variables = variables();
    assert!(!variables.is_empty(), "there are some");
    for (series, label) in variables {
        let values = prometheus.ask(&format!("/api/v1/label/{label}/values"), &[("match[]", &series)]);
        assert!(values.as_array().is_some_and(|values| !values.is_empty()), "{label} of {series}");
    }
}

fn every_alert_is_evaluated(prometheus: &Prometheus) {
    let rules = eventually("every rule is evaluated", || {
        let answer = prometheus.ask("/api/v1/rules", &[]);
        let rules = list(&answer["groups"][0], "rules").to_vec();
        (!rules.is_empty() && rules.iter().all(|rule| rule["health"] != "unknown")).then_some(rules)
    });
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
}

#[test]
fn each_alert_fires_when_it_should_and_is_silent_when_it_should_be() {
    let folder = deploy("prometheus");
    for words in [
        ["check", "config", "prometheus.yaml"],
        ["check", "rules", "alerts.yaml"],
        ["test", "rules", "alerts.test.yaml"],
    ] {
        let Some(said) = promtool(&folder, &words) else { return };
        assert!(said.status.success(), "{words:?}: {said:?}");
    }
    let tested = read("prometheus/alerts.test.yaml");
    for alert in values("alert") {
        assert!(tested.contains(&format!("alertname: {alert}\n")), "{alert} is not tested");
    }
}

/// What the lines of the alerts say of something.
fn values(name: &str) -> Vec<String> {
    let (text, name) = (read("prometheus/alerts.yaml"), format!("{name}: "));
    text.lines().filter_map(|line| Some(line.split_once(&*name)?.1.to_owned())).collect()
}

#[test]
fn every_alert_has_a_page_that_says_what_to_do_and_every_page_an_alert() {
    let pages = |name: String| format!("deploy/runbooks/{name}.md");
    let named: BTreeSet<_> = values("runbook").into_iter().collect();
    assert_eq!(named, stems("runbooks").into_iter().map(pages).collect());
    assert_eq!(values("runbook").len(), values("alert").len(), "each names one");
}

#[test]
fn every_number_and_label_that_is_asked_for_is_in_the_contract() {
    let contract = read("otel/TELEMETRY.md").replace('.', "_");
    let known: BTreeSet<_> = contract.split(['`', ' ']).collect();
    let mut asked: Vec<_> = questions("5m").into_iter().map(|question| question.expression).collect();
    asked.push(read("prometheus/alerts.yaml"));
    let asked = asked.join(" ");
    let words = asked.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let ours = words.filter(|word| ["getmodern_", "rpc_", "db_"].iter().any(|start| word.starts_with(start)));
    let unknown: BTreeSet<_> =
        ours.filter(|word| !known.contains(word) && !known.contains(whole(word))).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// The histogram that a series is of.
fn whole(series: &str) -> &str {
    ["_bucket", "_count"].iter().find_map(|part| series.strip_suffix(part)).unwrap_or(series)
}

#[test]
fn every_panel_has_a_place_of_its_own_and_says_what_it_shows() {
    let provisioned = read("grafana/provisioning/datasources/sources.yaml");
    for dashboard in dashboards() {
        let mut taken = BTreeSet::new();
        for panel in panels(&dashboard) {
            let source = panel["datasource"]["uid"].as_str().expect("a source");
            assert!(provisioned.contains(&format!("uid: {source}\n")), "nobody provides {source}");
            assert!(panel["description"].as_str().is_some_and(|text| text.len() > 10), "{}", panel["title"]);
            assert!(cells(panel).all(|cell| cell.0 < 24 && taken.insert(cell)), "{}", panel["title"]);
        }
        assert!(!taken.is_empty(), "{}", dashboard["title"]);
    }
}

/// The places of a dashboard's grid that a panel takes.
fn cells(panel: &Value) -> impl Iterator<Item = (u64, u64)> {
    let side = |name| panel["gridPos"][name].as_u64().expect("a place");
    let (x, y, w, h) = (side("x"), side("y"), side("w"), side("h"));
    (x..x + w).flat_map(move |column| (y..y + h).map(move |row| (column, row)))
}
