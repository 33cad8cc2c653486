//! The registry as it is meant: every signal with the attributes it has, OpenTelemetry's own among them.

use std::collections::BTreeMap;

use super::written::{Annotations, Entry, File, Group, Level, Type, read};

/// All that may be told, and has to be.
#[derive(Debug, Clone)]
pub(super) struct Registry {
    pub(super) signals: Vec<Signal>,
    /// By name; those that no signal has are left out.
    pub(super) attributes: BTreeMap<String, Attribute>,
}

/// What kind of thing is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Resource,
    #[default]
    Span,
    Event,
    Log,
    Metric,
    /// A metric in Prometheus's words.
    Family,
}

/// A span, a metric, an event or a resource.
#[derive(Debug, Clone)]
pub(super) struct Signal {
    pub(super) id: String,
    pub(super) sort: Sort,
    /// With attributes in braces, where it depends on them.
    pub(super) name: String,
    /// A span's kind, a metric's instrument.
    pub(super) form: String,
    pub(super) unit: String,
    /// `int` or `double`, of a metric.
    pub(super) number: String,
    pub(super) brief: String,
    pub(super) stability: String,
    pub(super) annotations: Annotations,
    /// The ids of the events that a span may have.
    pub(super) events: Vec<String>,
    pub(super) uses: Vec<Use>,
}

/// An attribute as a signal has it.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) name: String,
    pub(super) level: Level,
    pub(super) unseen: String,
}

impl Use {
    pub(super) fn is_required(&self) -> bool {
        matches!(&self.level, Level::Plain(level) if level == "required")
    }
}

/// An attribute as it is defined.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) kind: Type,
    pub(super) entry: Entry,
}

impl Attribute {
    /// Its name, however it is spelt where it is used.
    pub(super) fn id(&self) -> &str {
        self.entry.id.as_deref().unwrap_or_default()
    }

    /// Whether what is called `name` where this is used is it: itself, or one of those that its template stands for.
    pub(super) fn is(&self, used: &str, name: &str) -> bool {
        let is_template = matches!(&self.kind, Type::Simple(kind) if kind.starts_with("template["));
        let rest = name.strip_prefix(used);
        if is_template { rest.is_some_and(|rest| rest.starts_with('.')) } else { rest == Some("") }
    }
}

impl Registry {
    /// Our own, and what it takes from OpenTelemetry's.
    pub(super) fn read() -> Self {
        let (own, standard) = (read("registry"), read("standard"));
        let groups = || own.iter().flat_map(|file| &file.groups);
        let imported = standard.iter().flat_map(|file| &file.groups).filter(|group| imports(&own, group));
        let signals = merged(groups().chain(imported).filter_map(signal).collect());
        let used = |name: &String| signals.iter().any(|signal| signal.uses.iter().any(|it| it.name == *name));
        let defined = own.iter().chain(&standard).flat_map(|file| &file.groups).flat_map(definitions);
        let attributes = defined.filter(|(name, _)| used(name)).collect();
        Self { signals, attributes }
    }

    /// The attribute that a signal tells under this name, and what it is used as.
    pub(super) fn used<'a>(&'a self, signal: &'a Signal, name: &str) -> Option<(&'a str, &'a Attribute)> {
        let found = signal.uses.iter().find(|usage| self.attributes[&usage.name].is(&usage.name, name));
        found.map(|usage| (&*usage.name, &self.attributes[&usage.name]))
    }

    /// What it says and what another says.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.signals.extend(other.signals);
        self.attributes.extend(other.attributes);
        self
    }
}

/// The same with one resource: entities are not told apart on the wire.
fn merged(signals: Vec<Signal>) -> Vec<Signal> {
    let is_resource = |signal: &Signal| signal.sort == Sort::Resource;
    let (mut resources, mut others): (Vec<_>, Vec<_>) = signals.into_iter().partition(is_resource);
    let uses = resources.iter().flat_map(|resource| resource.uses.clone()).collect();
    if let Some(resource) = resources.pop() {
        let (id, name) = ("resource".to_owned(), "resource".to_owned());
        others.push(Signal { id, name, uses, ..resource });
    }
    others
}

/// Whether one of our files takes over a group of OpenTelemetry's.
fn imports(own: &[File], group: &Group) -> bool {
    let named = |pattern: &String, name: &str| {
        pattern.strip_suffix('*').map_or(pattern == name, |beginning| name.starts_with(beginning))
    };
    own.iter().any(|file| match group.kind.as_str() {
        "metric" => file.imports.metrics.iter().any(|pattern| named(pattern, &group.metric_name)),
        "entity" => file.imports.entities.iter().any(|pattern| named(pattern, &group.name)),
        _ => false,
    })
}

fn signal(group: &Group) -> Option<Signal> {
    let own = &group.annotations.getmodern;
    let (sort, name, form) = match group.kind.as_str() {
        "span" => (Sort::Span, &own.span_name, &group.span_kind),
        "metric" => (Sort::Metric, &group.metric_name, &group.instrument),
        "event" if own.record => (Sort::Log, &group.name, &group.span_kind),
        "event" => (Sort::Event, &group.name, &group.span_kind),
        "entity" => (Sort::Resource, &group.name, &group.span_kind),
        _ => return None,
    };
    Some(Signal {
        id: group.id.clone(),
        sort,
        name: name.clone(),
        form: form.clone(),
        unit: group.unit.clone(),
        number: group.annotations.code_generation.metric_value_type.clone(),
        brief: group.brief.clone(),
        stability: group.stability.clone(),
        annotations: group.annotations.clone(),
        events: group.events.clone(),
        uses: group.attributes.iter().filter_map(usage).collect(),
    })
}

fn usage(entry: &Entry) -> Option<Use> {
    let recommended = || Level::Plain("recommended".to_owned());
    Some(Use {
        name: entry.r#ref.clone()?,
        level: entry.requirement_level.clone().unwrap_or_else(recommended),
        unseen: entry.annotations.getmodern.unseen.clone(),
    })
}

fn definitions(group: &Group) -> impl Iterator<Item = (String, Attribute)> {
    group.attributes.iter().filter_map(|entry| {
        let attribute = Attribute { kind: entry.kind.clone()?, entry: entry.clone() };
        Some((entry.id.clone()?, attribute))
    })
}
