//! The registry's files as they are written: OpenTelemetry's semantic-convention YAML, in which nothing else may stand.

use std::{fs, path::PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// A file of groups.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) groups: Vec<Group>,
    pub(super) imports: Imports,
}

/// What is taken over from OpenTelemetry as it stands: names, or their beginnings followed by `*`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Imports {
    pub(super) metrics: Vec<String>,
    pub(super) entities: Vec<String>,
}

/// A signal, or a group of attributes.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Group {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) brief: String,
    pub(super) note: String,
    pub(super) display_name: String,
    pub(super) stability: String,
    pub(super) attributes: Vec<Entry>,
    pub(super) annotations: Annotations,
    /// Of an event or an entity.
    pub(super) name: String,
    /// Of a span.
    pub(super) span_kind: String,
    pub(super) events: Vec<String>,
    /// Of a metric.
    pub(super) metric_name: String,
    pub(super) instrument: String,
    pub(super) unit: String,
}

/// The definition of an attribute, or a reference to one.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Entry {
    pub(super) id: Option<String>,
    pub(super) r#ref: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<Type>,
    pub(super) brief: String,
    pub(super) note: String,
    pub(super) stability: String,
    pub(super) examples: Vec<Value>,
    pub(super) requirement_level: Option<Level>,
    pub(super) role: String,
    pub(super) annotations: Annotations,
}

/// What values an attribute has.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Type {
    Simple(String),
    Members { members: Vec<Member> },
}

/// One of the values of an enumeration.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) value: String,
    pub(super) brief: String,
    pub(super) stability: String,
    pub(super) annotations: Annotations,
}

/// When a signal has an attribute.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Level {
    Plain(String),
    If { conditionally_required: String },
}

/// What OpenTelemetry's format leaves to others to say.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Annotations {
    pub(super) code_generation: CodeGeneration,
    pub(super) getmodern: Own,
}

/// As OpenTelemetry's own registry has it.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CodeGeneration {
    /// `int` or `double`.
    pub(super) metric_value_type: String,
}

/// What this product adds.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Own {
    /// What a dashboard asks with it.
    pub(super) asks: String,
    /// Where, or why, it does not appear when the playbook is played; it may be missing then.
    pub(super) unseen: String,
    /// Of an event: a log record, not what a span carries.
    pub(super) record: bool,
    /// A span's name, with attributes in braces.
    pub(super) span_name: String,
}

/// The files of `deploy/otel/{folder}` but for its manifest, by name.
pub(super) fn read(folder: &str) -> Vec<File> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../deploy/otel").join(folder);
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = entries.filter(|path| !path.ends_with("manifest.yaml")).collect();
    paths.sort();
    let file = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("text");
        yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().map(file).collect()
}
