//! The page of reasons, made of the register.

use std::collections::BTreeSet;

use expect_test::expect_file;

use super::register::{Meaning, REGISTER, reason, values};
use crate::catalogue::POOL;

const HEAD: &str = "# Reasons

Every reason that `ErrorInfo.reason` may have in the domain `getmodern`. The enum `getmodern.common.v1.Reason` has the same
list, with all that stands here in its option `(getmodern.common.v1.meaning)`. The page is made of it (`UPDATE_EXPECT=1 cargo
test -p tests --test blackbox reasons::page`). Tests hold it against what the code gives, both ways, and against each refusal
that they meet.

| What to do | What it means |
|---|---|
| mend | do first what the refusal names, or mend the request; then call again |
| read again | read the resource or the list again, and decide again |
| repeat | repeat the same call with the same request id: after the time in `RetryInfo`, then ever less often |
| ask | somebody else may do it, or has to do something first |
| give up | no later call will be carried out |

Reasons are stable. New ones may come within v1: act on an unknown reason by its code.

";

fn row(reason: &str, meaning: &Meaning) -> String {
    let code =
        |all: &BTreeSet<String>| all.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
    let rules = if meaning.any_rule { "of what it names".to_owned() } else { rules(&meaning.rules) };
    let remedy = meaning.remedy.to_lowercase().replace('_', " ");
    let remedy = if meaning.whom.is_empty() { remedy } else { format!("{remedy} {}", meaning.whom) };
    let comment = meaning.comment.split_whitespace().collect::<Vec<_>>().join(" ");
    let (codes, keys) = (code(&meaning.codes), code(&meaning.metadata));
    format!("| `{reason}` | {codes} | {rules} | {keys} | {remedy} | {comment} |\n")
}

/// Each with where it stands on the playbook's page.
fn rules(rules: &BTreeSet<String>) -> String {
    let link = |rule: &String| format!("[{rule}](PLAYBOOK.md#{})", rule.to_lowercase());
    rules.iter().map(link).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_page_says_what_the_register_says() {
    let mut page = format!(
        "{HEAD}| Reason | Code | Rules | Metadata | What to do | When |\n|---|---|---|---|---|---|\n"
    );
    for value in values(&POOL) {
        let reason = reason(&value);
        page += &row(&reason, &REGISTER[&reason]);
    }
    expect_file!["../../../../proto/REASONS.md"].assert_eq(&page);
}
