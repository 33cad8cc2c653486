//! The status of a refusal: it tells as many faults as everybody on its way takes, counts the rest, and says how to ask
//! for them.
//!
//! A sentence stands once. The first ones are the message, for readers that see no details; what the message has no room
//! for is in the details, which are lighter. Whatever is told has its reason and its subject there.

use std::collections::HashMap;

use kernel::{Due, Fault, Kind, Person, Refusal};
use tonic::{Code, Status};
use tonic_types::ErrorDetails;

use super::{
    DOMAIN,
    block::{self, ROOM, part},
    rest::{AFTER_HEADER, after},
};

/// Faults of which all may fit: each takes 8 bytes at least.
const MOST: usize = ROOM / 8;
/// Bytes of a person's name that are told of whom a step waits on.
const MOST_NAME: usize = 80;

/// The status of a refusal, from the fault on that the caller asks for.
pub(super) fn refused(refusal: &Refusal) -> Status {
    // Whoever has been told all is told the last once more: a refusal is never without a cause.
    told_after(refusal, after().min(refusal.faults.len().saturating_sub(1)))
}

fn told_after(refusal: &Refusal, after: usize) -> Status {
    let count = refusal.faults.len() - after;
    let status = |told, in_text| {
        let text = message(refusal, after, in_text);
        block::status(code(refusal.kind), &text, details(refusal, after, told, in_text))
    };
    // Whatever the message tells has its place in the details too.
    let has_room = |told| block::is_text(&message(refusal, after, told)) && block::fits(&status(told, told));
    let in_text = most(count, has_room);
    status(most(count, |told| block::fits(&status(told, in_text))), in_text)
}

/// The most of `count` that fit; fewer fit where more do. All of them may where one less does not, which says that there are more.
/// Few of many fit, so they are sought from below: what has to be made to see that too many do not fit grows with them.
fn most(count: usize, fit: impl Fn(usize) -> bool) -> usize {
    if count <= MOST && fit(count) {
        return count;
    }
    let (mut fitting, mut too_many) = (0, 1);
    while too_many < count && fit(too_many) {
        (fitting, too_many) = (too_many, (too_many * 2).min(count));
    }
    while too_many - fitting > 1 {
        let middle = fitting.midpoint(too_many);
        if fit(middle) { fitting = middle } else { too_many = middle }
    }
    fitting
}

/// What is refused and why, with the sentences of `count` faults.
fn message(refusal: &Refusal, after: usize, count: usize) -> String {
    if let [only] = refusal.faults.as_slice()
        && only.message == refusal.message
    {
        return sentence(only);
    }
    let told = after + count;
    let sentences = refusal.faults[after..told].iter().map(sentence);
    let all: Vec<_> = sentences.chain(more(refusal, told)).collect();
    let from = if after > 0 { format!(" (after {after} faults)") } else { String::new() };
    format!("{}{from}: {}", refusal.message, all.join("; "))
}

/// The reasons of `count` faults and what they are about; and the sentences of those whose are not in the message.
fn details(refusal: &Refusal, after: usize, count: usize, in_text: usize) -> ErrorDetails {
    let mut details = ErrorDetails::new();
    details.set_error_info(refusal.reason, DOMAIN, metadata(refusal));
    let told = after + count;
    for (at, fault) in refusal.faults[after..told].iter().enumerate() {
        let sentence = if at < in_text { String::new() } else { sentence(fault) };
        violation(&mut details, refusal.kind, fault.reason, &part(&fault.subject), &sentence);
    }
    if let Some(more) = more(refusal, told) {
        violation(&mut details, refusal.kind, "MORE_FAULTS", "", &more);
    }
    details
}

fn violation(details: &mut ErrorDetails, kind: Kind, reason: &str, subject: &str, sentence: &str) {
    if kind == Kind::Invalid {
        let colon = if sentence.is_empty() { "" } else { ": " };
        details.add_bad_request_violation(subject, format!("{reason}{colon}{sentence}"));
    } else {
        details.add_precondition_failure_violation(reason, subject, sentence);
    }
}

/// How many faults there are after those that are told, and how to be told them.
fn more(refusal: &Refusal, told: usize) -> Option<String> {
    let more = refusal.faults.len() - told;
    (more > 0).then(|| format!("and {more} more: call again with the header {AFTER_HEADER}: {told}"))
}

fn sentence(fault: &Fault) -> String {
    let message = part(&fault.message);
    if fault.rule.is_empty() { message.into_owned() } else { format!("{message} ({})", fault.rule) }
}

/// The rules that ask for it; and what is due instead, with the role and the person that each waits on, in the same order.
fn metadata(refusal: &Refusal) -> HashMap<String, String> {
    let due: Vec<_> = refusal.due.iter().map(|due| due.action.to_owned()).collect();
    let waits_on: Vec<_> = refusal.due.iter().map(waits_on).collect();
    let all = [("rules", rules(refusal)), ("due", due.join(",")), ("waits_on", waits_on.join(","))];
    let told = all.into_iter().filter(|(_, told)| !told.is_empty());
    told.map(|(key, told)| (key.to_owned(), told)).collect()
}

/// A name may be long, and a refusal has to get through; the duties name whoever is not told here.
fn waits_on(due: &Due) -> String {
    let person = due.person.as_ref().map(Person::as_str).filter(|person| person.len() <= MOST_NAME);
    person.map_or_else(|| due.role.to_string(), |person| format!("{} {person}", due.role))
}

fn rules(refusal: &Refusal) -> String {
    let mut rules: Vec<_> =
        refusal.faults.iter().map(|fault| fault.rule).filter(|rule| !rule.is_empty()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules.join(",")
}

fn code(kind: Kind) -> Code {
    match kind {
        Kind::Invalid => Code::InvalidArgument,
        Kind::NotFound => Code::NotFound,
        Kind::AlreadyExists => Code::AlreadyExists,
        Kind::NotReady => Code::FailedPrecondition,
        Kind::Forbidden => Code::PermissionDenied,
        Kind::Aborted => Code::Aborted,
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;

    /// What the headers of a status may have in all, without those that every answer has.
    const HEADERS: usize = 3_400;

    /// A refusal for so many faults, each of whose texts is `text`.
    fn refusal(kind: Kind, count: usize, text: &str) -> Refusal {
        let fault = |at| Fault::new("E-3.3b", "SPONSOR_MISSING", format!("units[{at}].{text}"), text);
        let (message, faults) = ("the summary is not complete".to_owned(), (0..count).map(fault).collect());
        Refusal { kind, reason: "SUMMARY_INCOMPLETE", message, faults, due: Vec::new() }
    }

    /// The subjects, and the sentences beside them.
    fn told(status: &Status) -> Vec<(String, String)> {
        let details = status.get_error_details();
        let fields = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
        let unmet = details.precondition_failure().map(|failure| failure.violations.clone());
        let fields = fields.into_iter().map(|field| (field.field, field.description));
        let unmet = unmet.unwrap_or_default().into_iter().map(|unmet| (unmet.subject, unmet.description));
        fields.chain(unmet).collect()
    }

    fn weight(status: &Status) -> usize {
        let response = status.clone().into_http::<()>();
        response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum()
    }

    #[test]
    fn whatever_is_refused_the_headers_are_taken_by_everybody_with_the_reason_and_what_is_missing() {
        let texts = [String::new(), "nobody sponsors it".into(), "无".repeat(4000), "\\".repeat(4000)];
        for kind in [Kind::Invalid, Kind::NotReady] {
            for (text, count) in
                texts.iter().flat_map(|text| [1, 2, 7, 30, 200, 2500].map(|count| (text, count)))
            {
                let status = refused(&refusal(kind, count, text));
                assert!(weight(&status) < HEADERS, "{count} × {:.9}: {}", text, weight(&status));
                assert_eq!(status.code(), code(kind));
                let details = status.get_error_details();
                let info = details.error_info().expect("a reason");
                assert_eq!(
                    (info.reason.as_str(), info.metadata["rules"].as_str()),
                    ("SUMMARY_INCOMPLETE", "E-3.3b")
                );
                assert!(
                    !told(&status).is_empty()
                        && status.message().starts_with("the summary is not complete: ")
                );
            }
        }
    }

    #[test]
    fn a_sentence_stands_once_and_what_is_not_told_is_counted() {
        for (kind, prefix) in [(Kind::Invalid, "SPONSOR_MISSING: "), (Kind::NotReady, "")] {
            let status = refused(&refusal(kind, 60, "nobody sponsors it"));
            let in_text = status.message().matches("nobody sponsors it").count();
            let mut told = told(&status);
            let (_, more) = told.pop().expect("the rest");
            let more = more.trim_start_matches("MORE_FAULTS: ").to_owned();
            let beside =
                told.iter().filter(|(_, sentence)| !["", "SPONSOR_MISSING"].contains(&sentence.as_str()));
            let beside: Vec<_> = beside.map(|(_, sentence)| sentence.as_str()).collect();
            assert!((5..=told.len()).contains(&in_text), "{in_text} of {}", told.len());
            assert_eq!(beside, vec![format!("{prefix}nobody sponsors it (E-3.3b)"); told.len() - in_text]);
            let rest = |told: usize| {
                format!("and {} more: call again with the header {AFTER_HEADER}: {told}", 60 - told)
            };
            assert_eq!(more, rest(told.len()));
            assert!(status.message().ends_with(&rest(in_text)), "{}", status.message());
        }
    }

    #[test]
    fn whoever_goes_on_after_what_was_told_is_told_all_of_it_once() {
        let refusal = refusal(Kind::NotReady, 500, "无人");
        let mut subjects = Vec::new();
        while subjects.len() < 500 {
            let told = told(&told_after(&refusal, subjects.len()));
            let before = subjects.len();
            subjects
                .extend(told.into_iter().map(|(subject, _)| subject).filter(|subject| !subject.is_empty()));
            assert!(subjects.len() > before + 5, "{} after {before}", subjects.len());
        }
        assert_eq!(subjects, (0..500).map(|at| format!("units[{at}].无人")).collect::<Vec<_>>());
    }

    #[test]
    fn whatever_is_due_is_told_and_the_headers_are_taken_by_everybody_all_the_same() {
        let since = kernel::Time::UNIX_EPOCH;
        for (letters, named) in [(9, true), (255, false)] {
            let person = Person::parse(&format!("people/{}", "a".repeat(letters)));
            assert!(person.is_some());
            let (role, missing) = (kernel::Role::ReengagementManager, Vec::new());
            let duty = kernel::Duty { action: "ACKNOWLEDGE_HANDOFF", role, person, since, missing };
            let mut refusal = Refusal::wrong_state("R-4", "CUSTOMER_VALIDATION", "AcknowledgeHandoff");
            refusal.lead_on(&vec![duty; 6]);
            let status = refused(&refusal);
            assert!(weight(&status) < HEADERS, "{}", weight(&status));
            let told = status.get_error_details().error_info().expect("a reason").metadata.clone();
            assert_eq!(told["due"].split(',').count(), 3);
            let of_role = told["waits_on"].split(',').all(|on| on.starts_with("REENGAGEMENT_MANAGER"));
            assert_eq!((of_role, told["waits_on"].contains("people/")), (true, named));
        }
    }

    #[test]
    fn a_cause_alone_is_the_message_and_is_not_repeated() {
        let status = refused(&Refusal::new(Kind::NotReady, "I-15", "WRONG_STATE", "state", "it is over"));
        assert_eq!(status.message(), "it is over (I-15)");
        assert_eq!(told(&status), [("state".to_owned(), String::new())]);
    }
}
