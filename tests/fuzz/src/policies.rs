//! The policy's expressions: checked as for publishing, and asked about data sets.
//!
//! An input is an expression, and after a zero byte the request with the items it is asked about.

use intake_domain::default_policy;
use prost::Message;
use proto::intake::v1::EvaluatePolicyRequest;

use crate::{catalogue, requests::others, text};

pub(crate) fn read(input: &[u8]) {
    let mut parts = input.splitn(2, |byte| *byte == 0);
    let (expression, request) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let request = EvaluatePolicyRequest::decode(request).unwrap_or_default();
    text::read(expression, |expression| {
        let _ = intake::fuzz::policy(expression, &request);
    });
}

/// Each expression with items that answer it, as far as they can.
pub(crate) fn examples() -> Vec<Vec<u8>> {
    let items = items();
    let expressions = default_policy().into_iter().map(|criterion| criterion.expression);
    let with = |expression: String| [expression.as_bytes(), &[0], &items[..]].concat();
    expressions.chain(OTHERS.map(str::to_owned)).map(with).collect()
}

/// All of the language, and what it leaves out.
const OTHERS: [&str; 14] = [
    "device_count > 100 ? intune_intent != \"NO\" : plan in [\"WINDOWS_10_E3\", \"WINDOWS_10_E5\"]",
    "language.startsWith(\"en\") || !language.contains(\"x\") && size(language) == 2",
    "-licence_count + 2 * (device_count - 1) / 3 % 7 <= 0",
    "source_os_mix.windows_7 + source_os_mix.windows_8_1 == 9223372036854775807",
    "size(account_team_contacts) >= 1 && success_owner.email.endsWith(\".example\")",
    "deployment_plan.target_date < '2020-01-14'",
    "has(device_management.tool)",
    "[1, 2].exists(n, n == licence_count)",
    "{'a': licence_count}['a'] == 1",
    "licence_count / 0 == 1 || true",
    "\"\\u4f60\" + r'\\d' == b\"x\"",
    "((((((licence_count))))) >= 1)",
    "matches(language, '(a+)+$')",
    "licence_count >= 1.5e3 // more",
];

fn items() -> Vec<u8> {
    let example = catalogue::taking("getmodern.intake.v1.EvaluatePolicyRequest").example("key");
    let all = std::iter::once(example.clone()).chain(others(&example));
    let each = all.map(|request| EvaluatePolicyRequest::decode(&*request.encode_to_vec()).expect("its own"));
    let items = each.flat_map(|request| request.items).collect();
    EvaluatePolicyRequest { items, ..EvaluatePolicyRequest::default() }.encode_to_vec()
}
