//! Every text that a caller can write, and what becomes of it once somebody who is named in it is erased: read from the
//! descriptors, so that none is left out.

use std::{collections::BTreeSet, fmt::Write};

use expect_test::expect_file;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use crate::{catalogue::METHODS, personal::is_erasable};

/// Fields that no domain declares, each with what it may hold instead of anybody's words.
const FORMS: [(&str, &str); 22] = [
    ("architect", "an account, `people/{person}`: it stays"),
    ("assignee", "an account, `people/{person}`: it stays"),
    ("ats", "an account, `people/{person}`: it stays"),
    ("engagement", "a resource's name: it stays"),
    ("completion_date", "a date"),
    ("confirmed", "names of the data set's items"),
    ("team", "accounts, `people/{person}`: they stay"),
    ("expression", "what decides about customers, as it decided: it stays"),
    ("id", "1 to 64 of `a-z`, `0-9` and `_` that tell a criterion apart: it stays"),
    ("first_date", "a date"),
    ("last_date", "a date"),
    ("language", "a language with its script and region"),
    ("name", "a resource's name: it stays"),
    ("predecessor", "a resource's name: it stays"),
    ("delivering_since_date", "a date"),
    ("required_items", "names of the data set's items"),
    ("review_date", "a date"),
    ("since_date", "a date"),
    ("target_date", "a date"),
    ("target_os_version", "a version of Windows 10 that is known"),
    ("template", "one of the templates' names"),
    ("tenant", "a domain name or a GUID, by which customers are told apart: it stays"),
];

/// Others that are accounts.
const ACCOUNTS: [&str; 10] =
    ["deputy", "successor", "fe", "fm", "fta", "gmfta", "invited_architect", "opener", "person", "sme"];

/// The texts that are in no message.
const BESIDE: &str = "
What is in no message:

the path of a method that there is not: kept as `{service}/*`, told as `_OTHER`
authorization, x-getmodern-person: who calls; kept as their account, and never as it was sent
x-getmodern-role: a role of ours, or the call is refused
traceparent: kept with the journal's entries: two numbers and a flag
tracestate, baggage, user-agent, any other header: not read, not kept, not told
the address it comes from: kept; of who did not show who they are the network of 64 bits where it is IPv6
names in certificates and tokens: kept as their account
settings, and the names of files in them: an operator's, told in the log and by `config print`
--reason of `discard` and `resume`: kept in `intervention`, erased
";

/// The fate of a text in `field` of a request.
fn fate(field: &FieldDescriptor, is_asked: bool) -> String {
    let name = field.name();
    let form = FORMS.iter().find(|(form, _)| *form == name).map(|(_, fate)| *fate);
    let fate = match name {
        "request_id" => "kept and told by its digest alone",
        "etag" | "page_token" | "resume_token" => "compared, and not kept",
        _ if ACCOUNTS.contains(&name) => "an account, `people/{person}`: it stays",
        _ if is_asked => "asked for, and not kept",
        "texts" => "looked for, and not kept",
        "resource" => "a resource's name: it stays",
        "reason" => "kept in the journal, erased",
        _ if is_erasable(field) => "kept, erased",
        _ => form.unwrap_or("NOBODY HAS SAID"),
    };
    fate.to_owned()
}

fn within(
    message: &MessageDescriptor,
    way: &str,
    is_asked: bool,
    lines: &mut BTreeSet<String>,
    depth: usize,
) {
    for field in message.fields().filter(|_| depth < 6) {
        let path = format!("{way}.{}", field.name());
        match field.kind() {
            Kind::String => {
                lines.insert(format!("{path}: {}", fate(&field, is_asked)));
            }
            Kind::Bytes => panic!("{path} may hold anything"),
            Kind::Message(inner) => within(&inner, &path, is_asked, lines, depth + 1),
            _ => {}
        }
    }
}

#[test]
fn what_becomes_of_every_text_that_a_caller_can_write_is_on_a_page() {
    let mut lines = BTreeSet::new();
    for method in METHODS.iter() {
        within(&method.input, method.input.full_name(), method.reads(), &mut lines, 0);
    }
    let mut page = String::new();
    for line in &lines {
        let _ = writeln!(page, "{}", line.trim_start_matches("getmodern."));
    }
    page += BESIDE;
    expect_file!["texts.txt"].assert_eq(&page);
    assert!(!page.contains("NOBODY HAS SAID"), "a text without a fate");
}
