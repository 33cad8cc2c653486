//! The dashboards as they stand in the repository, and what they ask once Grafana has filled in their variables.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// A file or folder of `deploy`.
pub(super) fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(path)
}

/// The text of a file of `deploy`.
pub(super) fn read(path: &str) -> String {
    fs::read_to_string(deploy(path)).unwrap_or_else(|error| panic!("deploy/{path}: {error}"))
}

/// Files of a folder of `deploy`, by their names without the end.
pub(super) fn stems(folder: &str) -> Vec<String> {
    let entries =
        fs::read_dir(deploy(folder)).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut stems: Vec<_> = entries.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    stems.sort();
    stems
}

/// Every dashboard.
pub(super) fn dashboards() -> Vec<Value> {
    let names = stems("grafana/dashboards");
    let text = |name: &String| read(&format!("grafana/dashboards/{name}.json"));
    names.iter().map(|name| serde_json::from_str(&text(name)).expect("a dashboard")).collect()
}

/// What stands in a list of a dashboard or a panel.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// The panels of a dashboard that show something.
pub(super) fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    list(dashboard, "panels").iter().filter(|panel| panel["type"] != "row")
}

/// What a panel asks Prometheus.
pub(super) struct Question {
    /// Which panel asks it, for people.
    pub(super) panel: String,
    /// What it asks.
    pub(super) expression: String,
    /// Whether it is asked of one moment, and not of the whole time shown.
    pub(super) instant: bool,
}

/// What all panels of all dashboards ask Prometheus, with everything chosen and `range` shown.
pub(super) fn questions(range: &str) -> Vec<Question> {
    let mut questions = Vec::new();
    for dashboard in &dashboards() {
        for panel in panels(dashboard).filter(|panel| panel["datasource"]["uid"] == "prometheus") {
            for target in list(panel, "targets") {
                questions.push(Question {
                    panel: format!("{}: {} {}", dashboard["title"], panel["title"], target["refId"]),
                    expression: filled(target["expr"].as_str().expect("an expression"), dashboard, range),
                    instant: target["instant"] == true,
                });
            }
        }
    }
    questions
}

/// An expression as Grafana sends it: each variable stands for all of its values.
pub(super) fn filled(expression: &str, dashboard: &Value, range: &str) -> String {
    let mut filled = expression.replace("$__rate_interval", "1m").replace("$__range", range);
    for variable in list(&dashboard["templating"], "list") {
        let (name, all) = (variable["name"].as_str().expect("a name"), variable["allValue"].as_str());
        filled = filled.replace(&format!("${name}"), all.unwrap_or_default());
    }
    assert!(!filled.contains('$'), "a variable that nobody fills: {filled}");
    filled
}

/// What variables of all dashboards may be: the series and the label whose values they are.
pub(super) fn variables() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for dashboard in &dashboards() {
        for variable in list(&dashboard["templating"], "list").iter().filter(|one| one["type"] == "query") {
            let query = variable["query"]["query"].as_str().expect("a query");
            let inside = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
            let (series, label) = inside.expect(query).rsplit_once(',').expect(query);
            found.push((filled(series, dashboard, "1m"), label.trim().to_owned()));
        }
    }
    found
}
