//! Why some changes are found by nobody.

use std::fmt::Write;

/// Of which table what is changed, and why that is not found.
const REASONS: [(&str, &[&str], &str); 9] = [
    (
        "request",
        &["person", "key", "fingerprint", "reply", "time", "resource", "message", "a row less", "a row more"],
        "the kept reply to a call is shown to who repeats that call; without it the call is decided anew",
    ),
    (
        "duty",
        &["key", "action", "role", "person", "since", "missing", "a row less", "a row more"],
        "another release may derive other duties of the same state; nothing is decided by them, and they are derived anew with \
         every change of what they are about",
    ),
    (
        "cursor",
        &["revision", "token", "time", "a row more"],
        "how far a journal goes that is another service's is for that one to say; one that was put back behind what was taken over \
         is found",
    ),
    (
        "parked",
        &["cause", "time"],
        "they are shown to operators; what is carried out is what the other journal has",
    ),
    (
        "verdict, criterion of a case",
        &["subject", "verdict", "criterion", "outcome", "a row less", "a row more"],
        "they count in insights, and follow from intake's journal, which is not read for it",
    ),
    (
        "refusal",
        &[
            "id",
            "time",
            "person",
            "role",
            "peer",
            "method",
            "resource",
            "code",
            "reason",
            "rules",
            "times",
            "a row less",
            "a row more",
        ],
        "what a flood leaves out, and what is forgotten after its time, would break a chain",
    ),
    (
        "token_key",
        &["id", "key", "since", "until", "person", "a row less", "a row more"],
        "whoever writes there reads it, too; a token is no right: it lists nothing that its bearer does not see",
    ),
    (
        "salt",
        &["bytes", "a row less"],
        "request ids are kept by a digest with it: with another one a repeated call is decided anew, and with none no change is \
         carried out",
    ),
    (
        "lease",
        &["name", "holder", "expires", "a row less", "a row more"],
        "it spares replicas the same work, and nothing depends on it",
    ),
];

/// Why a change to this is not found; none where it should be.
pub(super) fn of(what: &str) -> Option<&'static str> {
    let (table, what) = what.split_once(['.', ',']).expect("a table, and what of it");
    let (what, of) = what.trim().split_once(" of ").unwrap_or((what.trim(), ""));
    let is_it = |(tables, whats, _): &&(&str, &[&str], &str)| {
        let (tables, row) = tables.split_once(" of ").unwrap_or((tables, ""));
        tables.split(", ").any(|one| one == table) && row == of && whats.contains(&what)
    };
    REASONS.iter().find(is_it).map(|(.., reason)| *reason)
}

/// The same as the security page has it.
pub(super) fn table() -> String {
    let mut table = "| In table | what is changed | is not found, because |\n|---|---|---|\n".to_owned();
    for (tables, whats, reason) in REASONS {
        let _ = writeln!(table, "| {tables} | {} | {reason} |", whats.join(", "));
    }
    table
}
