//! Whether what was told is what the registry says: no more, no less, and nothing otherwise.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    registry::{Registry, Signal, Sort},
    seen::Seen,
    written::Type,
};

/// What is wrong, a sentence each; nothing when all is right.
pub(super) fn complaints(registry: &Registry, all: &[Seen]) -> BTreeSet<String> {
    let mut judge = Judge { registry, met: BTreeSet::new(), complaints: BTreeSet::new() };
    for seen in all {
        judge.meet(seen);
    }
    judge.miss();
    judge.complaints
}

/// So much of `all` as nothing is missing without the rest.
pub(super) fn essence(registry: &Registry, all: &[Seen]) -> Vec<Seen> {
    let mut judge = Judge { registry, met: BTreeSet::new(), complaints: BTreeSet::new() };
    let mut tells = |seen: &&Seen| {
        let before = judge.met.len();
        judge.meet(seen);
        judge.met.len() > before
    };
    all.iter().filter(|seen| tells(seen)).cloned().collect()
}

/// The entry of what was seen.
pub(super) fn entry<'a>(registry: &'a Registry, seen: &Seen) -> Option<&'a Signal> {
    called(registry, seen).find(|signal| signal.form == seen.form)
}

/// The entries under its name.
fn called<'a>(registry: &'a Registry, seen: &Seen) -> impl Iterator<Item = &'a Signal> {
    registry.signals.iter().filter(|signal| signal.sort == seen.sort && name(signal, seen) == seen.name)
}

struct Judge<'a> {
    registry: &'a Registry,
    /// Signals by their ids, their attributes as `id attribute`, values as `attribute=value`, whoever had them.
    met: BTreeSet<String>,
    complaints: BTreeSet<String>,
}

impl<'a> Judge<'a> {
    fn complain(&mut self, about: &str, what: impl AsRef<str>) {
        self.complaints.insert(format!("{about}: {}", what.as_ref()));
    }

    /// Holds one thing against its entry.
    fn meet(&mut self, seen: &Seen) {
        let Some(signal) = self.signal(seen) else { return };
        self.met.insert(signal.id.clone());
        for (what, told, written) in
            [("unit", &seen.unit, &signal.unit), ("number", &seen.number, &signal.number)]
        {
            if seen.sort == Sort::Metric && told != written {
                self.complain(&signal.id, format!("its {what} is `{told}`, not `{written}`"));
            }
        }
        for (name, value) in &seen.values {
            self.meet_value(signal, name, value);
        }
        let missing = |name: &String| !seen.values.contains_key(name);
        for usage in signal.uses.iter().filter(|usage| usage.is_required() && missing(&usage.name)) {
            self.complain(&signal.id, format!("`{}` is missing", usage.name));
        }
        self.meet_events(signal, seen);
    }

    /// The entry of what was seen.
    fn signal(&mut self, seen: &Seen) -> Option<&'a Signal> {
        let found = entry(self.registry, seen);
        if found.is_none() {
            let forms: Vec<_> = called(self.registry, seen).map(|signal| &*signal.form).collect();
            let what = format!("not registered as `{}`, but as {forms:?}", seen.form);
            let about = format!("{:?} `{}`", seen.sort, seen.name);
            self.complain(&about, if forms.is_empty() { "not registered" } else { &what });
        }
        found
    }

    fn meet_value(&mut self, signal: &Signal, name: &str, value: &Value) {
        let Some((used, attribute)) = self.registry.used(signal, name) else {
            return self.complain(&signal.id, format!("attribute `{name}` is not registered"));
        };
        self.met.insert(format!("{} {used}", signal.id));
        match &attribute.kind {
            Type::Simple(kind) if fits(kind, value) => {}
            Type::Simple(kind) => self.complain(&signal.id, format!("`{name}` is {value}, not a {kind}")),
            Type::Members { members } => match members.iter().find(|member| value == &*member.value) {
                Some(_) => drop(self.met.insert(format!("{}={value}", attribute.id()))),
                None => self.complain(&signal.id, format!("`{name}` is {value}, which is not registered")),
            },
        }
    }

    fn meet_events(&mut self, signal: &Signal, seen: &Seen) {
        let ids = |name: &str| {
            let events = self.registry.signals.iter().filter(|event| event.sort == Sort::Event);
            events.filter(|event| event.name == name).map(|event| event.id.clone()).collect::<Vec<_>>()
        };
        let strange = |name: &&String| !ids(name).iter().any(|id| signal.events.contains(id));
        let strange: Vec<_> = seen.events.iter().filter(strange).cloned().collect();
        for event in strange {
            self.complain(&signal.id, format!("event `{event}` is not registered"));
        }
    }

    /// Complains of what never came.
    fn miss(&mut self) {
        let registry = self.registry;
        for signal in registry.signals.iter().filter(|signal| signal.annotations.getmodern.unseen.is_empty())
        {
            if !self.met.contains(&signal.id) {
                self.complain(&signal.id, "it never appears");
                continue;
            }
            for usage in signal.uses.iter().filter(|usage| usage.unseen.is_empty()) {
                if !self.met.contains(&format!("{} {}", signal.id, usage.name)) {
                    self.complain(&signal.id, format!("`{}` never appears", usage.name));
                }
            }
        }
        self.miss_members();
    }

    fn miss_members(&mut self) {
        let registry = self.registry;
        for attribute in registry.attributes.values() {
            let Type::Members { members } = &attribute.kind else { continue };
            for member in members.iter().filter(|member| member.annotations.getmodern.unseen.is_empty()) {
                if !self.met.contains(&format!("{}={:?}", attribute.id(), member.value)) {
                    self.complain(attribute.id(), format!("`{}` never appears", member.value));
                }
            }
        }
    }
}

/// A signal's name, with what its attributes are in this case.
fn name(signal: &Signal, seen: &Seen) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut name = signal.name.clone();
    for (attribute, value) in &seen.values {
        name = name.replace(&format!("{{{attribute}}}"), &text(value));
    }
    name
}

fn fits(kind: &str, value: &Value) -> bool {
    let is = type_of(value);
    kind == is || kind == "template[any]" && is != "any"
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() => "int",
        Value::Number(_) => "double",
        _ => "any",
    }
}
