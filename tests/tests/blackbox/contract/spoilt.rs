//! The judge is not blind: whatever is altered in what was rightly told, or in what should be, is complained of.

use serde_json::{Value, json};

use super::{
    judge::{complaints, entry, essence},
    registry::{Registry, Signal, Sort},
    seen::Seen,
    written::{Level, Member, Type},
};

/// Alters one thing at a time.
pub(super) fn is_noticed(registry: &Registry, told: &[Seen]) {
    let case = Case { registry, told: essence(registry, told) };
    assert!(complaints(registry, &case.told).is_empty(), "as it is");
    for signal in &registry.signals {
        case.alters("its name", signal, |seen| seen.name += "x");
        case.alters("its form", signal, |seen| seen.form += "x");
        case.alters("an attribute more", signal, |seen| drop(seen.values.insert("more".into(), json!(1))));
        if signal.sort == Sort::Metric {
            case.alters("its unit", signal, |seen| seen.unit += "x");
            case.alters("its numbers", signal, |seen| seen.number += "x");
        }
        for usage in &signal.uses {
            case.alters_attribute(signal, &usage.name);
        }
        case.forgets(signal);
    }
    case.registers_more();
}

struct Case<'a> {
    registry: &'a Registry,
    told: Vec<Seen>,
}

impl Case<'_> {
    fn is(&self, seen: &Seen, signal: &Signal) -> bool {
        entry(self.registry, seen).is_some_and(|entry| entry.id == signal.id)
    }

    /// Changes the first of its kind; what never came cannot be changed.
    fn alters(&self, what: &str, signal: &Signal, change: impl Fn(&mut Seen)) {
        self.alters_one(what, signal, |_| true, change);
    }

    fn alters_one(
        &self,
        what: &str,
        signal: &Signal,
        which: impl Fn(&Seen) -> bool,
        change: impl Fn(&mut Seen),
    ) {
        let mut told = self.told.clone();
        let one = told.iter_mut().find(|seen| self.is(seen, signal) && which(seen));
        if let Some(one) = one {
            change(one);
            assert!(!complaints(self.registry, &told).is_empty(), "{}: {what}", signal.id);
        }
    }

    fn alters_attribute(&self, signal: &Signal, name: &str) {
        let told = |seen: &Seen| self.told_as(name, seen);
        let has = |seen: &Seen| told(seen).is_some();
        let becomes = |value: Value| {
            move |seen: &mut Seen| drop(seen.values.insert(told(seen).unwrap_or_default(), value.clone()))
        };
        self.alters_one("another type", signal, has, becomes(json!([1])));
        if matches!(self.registry.attributes[name].kind, Type::Members { .. }) {
            self.alters_one("another value", signal, has, becomes(json!("nonsense")));
        }
        self.alters_one("another name", signal, has, |seen| {
            let told = told(seen).unwrap_or_default();
            let value = seen.values.remove(&told).unwrap_or_default();
            seen.values.insert(told.replacen(name, &format!("{name}x"), 1), value);
        });
    }

    /// What the attribute of this name is called in what was told, if it is there.
    fn told_as(&self, name: &str, seen: &Seen) -> Option<String> {
        let attribute = &self.registry.attributes[name];
        seen.values.keys().find(|told| attribute.is(name, told)).cloned()
    }

    /// As if it had never come, or an attribute of it never had.
    fn forgets(&self, signal: &Signal) {
        if !signal.annotations.getmodern.unseen.is_empty() {
            return;
        }
        let others = self.told.iter().filter(|seen| !self.is(seen, signal)).cloned();
        assert!(!complaints(self.registry, &others.collect::<Vec<_>>()).is_empty(), "{} is gone", signal.id);
        for usage in signal.uses.iter().filter(|usage| usage.unseen.is_empty()) {
            let mut told = self.told.clone();
            for seen in told.iter_mut().filter(|seen| self.is(seen, signal)) {
                seen.values.retain(|told, _| !self.registry.attributes[&usage.name].is(&usage.name, told));
            }
            assert!(!complaints(self.registry, &told).is_empty(), "{}: {} is gone", signal.id, usage.name);
        }
    }

    /// Registers a signal, an attribute and a value that nobody tells.
    fn registers_more(&self) {
        let first = &self.registry.signals[0];
        let mut signal = self.registry.clone();
        signal.signals.push(Signal { id: "more".to_owned(), name: "more".to_owned(), ..first.clone() });
        let mut attribute = self.registry.clone();
        let mut usage = first.uses[0].clone();
        (usage.name, usage.level) = ("more".to_owned(), Level::Plain("recommended".to_owned()));
        attribute.attributes.insert("more".to_owned(), self.registry.attributes[&first.uses[0].name].clone());
        attribute.signals[0].uses.push(usage);
        let mut value = self.registry.clone();
        let more = Member { value: "more".to_owned(), ..Member::default() };
        let kinds = value.attributes.values_mut().map(|attribute| &mut attribute.kind);
        let members = kinds.filter_map(|kind| match kind {
            Type::Members { members } => Some(members),
            Type::Simple(_) => None,
        });
        members.for_each(|members| members.push(more.clone()));
        for (what, registry) in [("signal", signal), ("attribute", attribute), ("value", value)] {
            let told = complaints(&registry, &self.told);
            assert!(told.iter().all(|one| one.contains("more")) && !told.is_empty(), "{what}: {told:?}");
        }
    }
}
