//! The transition table of a resource, read off its own `decide`.

use std::fmt::Write;

use crate::{Context, Decider};

/// A text table of what each command does in each state: the kinds of the events with their rules, or the
/// reason of the refusal.
///
/// States come as their label and an example; commands as their label, an example, and who gives it when.
pub fn transitions<D: Decider>(
    states: &[(&str, Option<D::State>)],
    commands: &[(&str, D::Command, Context)],
) -> String {
    let mut table = String::new();
    for (label, state) in states {
        let _ = writeln!(table, "{label}");
        for (name, command, context) in commands {
            let outcome = outcome::<D>(state.as_ref(), command, context);
            let _ = writeln!(table, "    {name:<28} {outcome}");
        }
        table.push('\n');
    }
    table
}

fn outcome<D: Decider>(state: Option<&D::State>, command: &D::Command, context: &Context) -> String {
    match D::decide(state, command, context) {
        Ok(events) if events.is_empty() => "(nothing to do)".to_owned(),
        Ok(events) => {
            let happened: Vec<_> = events.iter().map(happened::<D>).collect();
            format!("-> {}", happened.join(", "))
        }
        Err(refusal) => {
            let reasons: Vec<_> = refusal.faults.iter().map(|fault| fault.reason).collect();
            format!("refused: {} [{}]", refusal.reason, reasons.join(", "))
        }
    }
}

/// An event's kind, with the rule it carries out.
fn happened<D: Decider>(event: &D::Event) -> String {
    match D::rule(event) {
        "" => kind(event),
        rule => format!("{} ({rule})", kind(event)),
    }
}

fn kind(event: &impl std::fmt::Debug) -> String {
    let text = format!("{event:?}");
    let end = text.find([' ', '(', '{']).unwrap_or(text.len());
    text[..end].to_owned()
}
