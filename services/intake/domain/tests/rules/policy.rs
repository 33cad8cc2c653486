//! R-2a: what a policy may ask, and how a data set comes out under it.

use intake_domain::{Criterion, Policies, PolicyCommand, assess, default_policy};
use kernel::{Assessment, DataSet, Decider, Kind, Outcome, Role, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::*;

fn criterion(id: &str, expression: &str) -> Criterion {
    Criterion {
        id: id.to_owned(),
        title: id.to_owned(),
        title_zh: "条件".to_owned(),
        required: true,
        expression: expression.to_owned(),
    }
}

fn under_default(items: &DataSet) -> Assessment {
    assess("policies/first", &standard(), items)
}

fn outcome_of(expression: &str, items: &DataSet) -> Outcome {
    let policy = policy_of(1, vec![criterion("one", expression)]).expect(expression);
    assess("policies/one", &policy, items).results[0].outcome
}

fn reason(expression: &str) -> Option<&'static str> {
    policy_of(1, vec![criterion("one", expression)]).err().map(|refusal| {
        assert_eq!((refusal.kind, refusal.faults.len()), (Kind::Invalid, 1), "{expression}");
        assert_eq!(refusal.faults[0].subject, "criteria[0].expression");
        refusal.faults[0].reason
    })
}

fn with(key: &str, value: Value) -> DataSet {
    let mut items = qualifying();
    items.insert(key.to_owned(), item(value));
    items
}

/// I-2: that nobody asked is no denial.
#[test]
fn readiness_to_upgrade_that_is_not_known_is_neither_verdict() {
    let unasked = json!({"tool": "CONFIGURATION_MANAGER", "branch_version": 1810});
    assert_eq!(under_default(&with("device_management", unasked)).verdict, Verdict::Undetermined);
}

#[test]
fn licences_count_from_150() {
    assert_eq!(under_default(&with("licence_count", json!(149))).verdict, Verdict::NotQualified);
    assert_eq!(under_default(&with("licence_count", json!(150))).verdict, Verdict::Qualified);
}

#[test]
fn configuration_manager_needs_1902_or_to_be_ready_for_it() {
    let managed = |branch: Value, ready: bool| {
        let mut value = json!({"tool": "CONFIGURATION_MANAGER", "ready_to_upgrade": ready});
        if !branch.is_null() {
            value["branch_version"] = branch;
        }
        under_default(&with("device_management", value)).verdict
    };
    assert_eq!(managed(json!(1810), false), Verdict::NotQualified);
    assert_eq!(managed(json!(1810), true), Verdict::Qualified);
    assert_eq!(managed(json!(1902), false), Verdict::Qualified);
    assert_eq!(managed(json!(0), false), Verdict::NotQualified);
    assert_eq!(managed(Value::Null, false), Verdict::Undetermined);
    assert_eq!(managed(Value::Null, true), Verdict::Qualified);
}

#[test]
fn without_configuration_manager_no_branch_is_asked_for() {
    for tool in ["INTUNE", "OTHER", "NONE"] {
        let value = json!({"tool": tool, "ready_to_upgrade": false});
        assert_eq!(under_default(&with("device_management", value)).verdict, Verdict::Qualified, "{tool}");
    }
}

/// I-2
#[test]
fn an_unknown_intent_is_neither_yes_nor_no() {
    let intent = |value| under_default(&with("windows_10_enterprise_intent", json!(value))).verdict;
    assert_eq!(intent("UNKNOWN"), Verdict::Undetermined);
    assert_eq!(intent("NO"), Verdict::NotQualified);
    assert_eq!(under_default(&data(&[])).verdict, Verdict::Undetermined);
}

/// I-2
#[test]
fn one_failure_decides_whatever_else_is_unknown() {
    assert_eq!(under_default(&data(&[("licence_count", json!(1))])).verdict, Verdict::NotQualified);
}

#[test]
fn a_criterion_that_is_not_required_is_told_and_never_decides() {
    let told = Criterion { required: false, ..criterion("told", "device_count > 1000") };
    let policy = policy_of(7, vec![criterion("licences", "licence_count >= 150"), told]).expect("valid");
    for count in [json!(1), json!(5000)] {
        assert_eq!(assess("policies/x", &policy, &with("device_count", count)).verdict, Verdict::Qualified);
    }
    assert_eq!(assess("policies/x", &policy, &qualifying()).verdict, Verdict::Qualified);
}

#[test]
fn an_assessment_names_its_policy_and_the_inputs_each_criterion_read() {
    let assessment = under_default(&undecided());
    assert_eq!((assessment.policy.as_str(), assessment.policy_version), ("policies/first", 1));
    let read: Vec<_> = assessment.results.iter().map(|result| json!(result.inputs)).collect();
    assert_eq!(read[0], json!({"licence_count": 150}));
    assert_eq!(read[1], json!({"windows_10_enterprise_intent": "UNKNOWN"}));
    assert_eq!(read[2]["device_management"]["tool"], "INTUNE");
    assert_eq!(json!(under_default(&data(&[])).results[0].inputs), json!({}));
}

#[test]
fn a_known_side_can_be_enough_and_an_unknown_one_is_never_guessed() {
    let none = data(&[]);
    assert_eq!(outcome_of("true || licence_count > 1", &none), Outcome::Pass);
    assert_eq!(outcome_of("licence_count > 1 || true", &none), Outcome::Pass);
    assert_eq!(outcome_of("licence_count > 1 && false", &none), Outcome::Fail);
    assert_eq!(outcome_of("licence_count > 1 || false", &none), Outcome::Unknown);
    assert_eq!(outcome_of("!(licence_count > 1)", &none), Outcome::Unknown);
    assert_eq!(outcome_of("licence_count != 1", &none), Outcome::Unknown);
}

#[test]
fn an_error_while_running_is_no_answer() {
    let items = with("device_count", json!(0));
    assert_eq!(outcome_of("licence_count / device_count > 1", &items), Outcome::Unknown);
    let most = with("licence_count", json!(i64::MAX));
    assert_eq!(outcome_of("licence_count + 1 > 1", &most), Outcome::Unknown);
    let odd = with("licence_count", json!("many"));
    assert_eq!(outcome_of("licence_count > 1", &odd), Outcome::Unknown);
}

#[test]
fn criteria_may_ask_about_every_kind_of_item() {
    let items = data(&[
        ("plan", json!("WINDOWS_10_E3")),
        ("source_os_mix", json!({"windows_7": 3, "windows_8_1": 4, "windows_10": 5, "other": 0})),
        ("account_team_contacts", json!([{"full_name": "Account lead", "email": ""}])),
        ("language", json!("zh-CN")),
    ]);
    for expression in [
        r#"plan in ["WINDOWS_10_E3", "WINDOWS_10_E5"]"#,
        "source_os_mix.windows_7 + source_os_mix.windows_8_1 * 2 - 1 == 10",
        "size(account_team_contacts) >= 1 && account_team_contacts.size() == 1",
        r#"language.startsWith("zh") && language.endsWith("CN") && language.contains("-")"#,
        r#"(language == "zh-CN" ? source_os_mix.windows_10 : 0) % 2 == 1"#,
        r#"language < "zz" && -source_os_mix.windows_7 < 0"#,
    ] {
        assert_eq!(outcome_of(expression, &items), Outcome::Pass, "{expression}");
    }
}

#[test]
fn a_malformed_expression_is_refused() {
    for expression in ["", "licence_count >=", "(((", "\"open", "1 2", "a b c", "\u{0}", "`x`"] {
        assert_eq!(reason(expression), Some("EXPRESSION_MALFORMED"), "{expression}");
    }
}

#[test]
fn an_ill_typed_expression_is_refused() {
    for expression in [
        "licence_count",
        "licence_count + 1",
        r#""a" + 1"#,
        r#""a" + "b" == "ab""#,
        r#"licence_count == "150""#,
        "licence_count >= 150.5",
        "licence_count && true",
        "!licence_count",
        r#"windows_10_enterprise_intent == "UNKNOWN""#,
        r#"plan in ["WINDOWS_11"]"#,
        r#"plan < "Z""#,
        "plan in []",
        "device_management == device_management",
        "true ? 1 : 2",
        "licence_count.size() == 1",
        "[true][0]",
        "{1: true}[1]",
        "null == null",
    ] {
        let found = reason(expression);
        assert!(
            matches!(found, Some("EXPRESSION_ILL_TYPED" | "EXPRESSION_UNKNOWN_NAME")),
            "{expression}: {found:?}"
        );
    }
}

#[test]
fn an_unknown_item_field_or_function_is_refused() {
    for expression in [
        "licences >= 150",
        "device_management.branch >= 1902",
        "int == int",
        r#"tenant.matches(".*")"#,
        "timestamp(tenant) == timestamp(tenant)",
        "size() == 1",
        "has(device_management.branch_version)",
        "dyn(true)",
    ] {
        assert_eq!(reason(expression), Some("EXPRESSION_UNKNOWN_NAME"), "{expression}");
    }
}

#[test]
fn a_costly_expression_is_refused() {
    let nested = "account_team_contacts.all(a, account_team_contacts.exists(b, a == b))";
    let huge = vec!["licence_count >= 150"; 100].join(" && ");
    let long = format!("tenant == \"{}\"", "a".repeat(2_000));
    for expression in [nested, &huge, &long, "[1, 2].map(x, x).exists(x, x == 1)"] {
        assert_eq!(reason(expression), Some("EXPRESSION_TOO_COSTLY"), "{expression}");
    }
}

#[test]
fn an_expression_with_a_part_that_has_no_value_is_refused() {
    for expression in [
        "1 / 0 == 1",
        "licence_count / 0 > 1",
        "licence_count % (2 - 2) == 0",
        "licence_count > 9223372036854775807 + 1",
        "licence_count in [150, 300 / 0]",
        "licence_count >= 150 && !(1 / 0 == 1)",
    ] {
        assert_eq!(reason(expression), Some("EXPRESSION_SENSELESS"), "{expression}");
    }
    for expression in
        ["licence_count / 2 > 1", "1 / 2 == 0 || licence_count > 1", "100 / licence_count > 1", "true"]
    {
        assert_eq!(reason(expression), None, "{expression}");
    }
}

#[test]
fn an_expression_is_bounded_in_every_direction_to_the_one() {
    // Each grows by one with its number: characters, words and signs, brackets, levels of the tree.
    type Shape = fn(usize) -> String;
    let shapes: [(usize, Shape); 4] = [
        (1_000, |n| format!("tenant == \"{}\"", "a".repeat(n - 12))),
        (149, |n| format!("licence_count in [{}1]", "1, ".repeat((n - 5) / 2))),
        (6, |n| format!("{}true{}", "(".repeat(n), ")".repeat(n))),
        (20, |n| format!("0 == 0{}", " + 1".repeat(n - 2))),
    ];
    for (most, shape) in shapes {
        assert_eq!(reason(&shape(most)), None, "{most}: {}", shape(most));
        // An element of a list is two.
        let over = if most == 149 { most + 2 } else { most + 1 };
        assert_eq!(reason(&shape(over)), Some("EXPRESSION_TOO_COSTLY"), "{over}: {}", shape(over));
    }
}

#[test]
fn nesting_is_bounded_and_neither_reading_nor_running_it_overflows() {
    let shapes: [fn(usize) -> String; 9] = [
        |n| format!("{}true{}", r#"(")" == ")" && "#.repeat(n), ")".repeat(n)),
        |n| format!("{}true{}", "[".repeat(n), "]".repeat(n)),
        |n| format!("{}true{}", "(".repeat(n), ")".repeat(n)),
        |n| format!("{}true", "!".repeat(n)),
        |n| format!("{}licence_count == 1", "-".repeat(n)),
        |n| format!("1 == 1{}", " + 1".repeat(n)),
        |n| format!("{}true", "true ? false : ".repeat(n)),
        |n| format!("tenant{}", ".tenant".repeat(n)),
        |n| format!("licence_count > 1{}", " || licence_count > 1".repeat(n)),
    ];
    for shape in shapes {
        for depth in [1, 5, 6, 7, 8, 10, 15, 20, 36, 70, 140, 5_000] {
            if let Ok(policy) = policy_of(1, vec![criterion("deep", &shape(depth))]) {
                let results = assess("policies/deep", &policy, &qualifying()).results;
                assert_eq!(results.len(), 1);
            }
        }
    }
    assert_eq!(reason(&"(".repeat(5_000)), Some("EXPRESSION_TOO_COSTLY"));
}

#[test]
fn a_refused_policy_names_every_faulty_criterion_at_once() {
    let criteria =
        vec![criterion("a", "licence_count >="), criterion("a", "licence_count"), criterion("b", "true")];
    let criteria = criteria.into_iter().map(|c| Criterion { required: false, ..c }).collect();
    let refused = policy_of(1, criteria).expect_err("three faults");
    let named: Vec<_> = refused.faults.iter().map(|f| (f.reason, f.subject.as_str())).collect();
    assert_eq!(
        named,
        [
            ("NONE_REQUIRED", "criteria"),
            ("EXPRESSION_MALFORMED", "criteria[0].expression"),
            ("CRITERION_REPEATED", "criteria[1].id"),
            ("EXPRESSION_ILL_TYPED", "criteria[1].expression"),
        ]
    );
}

#[test]
fn a_policy_has_1_to_50_criteria() {
    let of = |count| policy_of(1, (0..count).map(|n| criterion(&format!("c{n}"), "true")).collect());
    for count in [0, 51] {
        assert_eq!(of(count).expect_err("out of bounds").faults[0].reason, "CRITERIA_COUNT");
    }
    for count in [1, 50] {
        assert_eq!(of(count).expect("in bounds").criteria.len(), count);
    }
}

/// I-18
#[test]
fn only_the_program_team_publishes_and_a_version_never_changes() {
    let command =
        PolicyCommand::Publish { version: 1, criteria: default_policy(), description: String::new() };
    let refused = Policies::decide(None, &command, &manager()).expect_err("not theirs");
    assert_eq!((refused.kind, refused.reason), (Kind::Forbidden, "ROLE_NOT_ALLOWED"));
    let again = Policies::decide(Some(&standard()), &command, &program()).expect_err("published");
    assert_eq!(again.kind, Kind::AlreadyExists);
    let other = by(Role::ProgramTeam, "other").stamp();
    let event = intake_domain::PolicyEvent::PolicyPublished {
        version: 9,
        criteria: vec![],
        description: String::new(),
    };
    assert_eq!(Policies::apply(Some(standard()), &event, &other), Some(standard()));
}

fn fact() -> impl Strategy<Value = (String, Value)> {
    let value = prop_oneof![
        any::<i32>().prop_map(|n| json!(n)),
        (148..152).prop_map(|n| json!(n)),
        prop::sample::select(vec!["YES", "NO", "UNKNOWN", "OTHER", ""]).prop_map(|s| json!(s)),
        (any::<bool>(), 1900..1904, any::<bool>()).prop_map(|(cm, branch, ready)| {
            let tool = if cm { "CONFIGURATION_MANAGER" } else { "INTUNE" };
            json!({"tool": tool, "branch_version": branch, "ready_to_upgrade": ready})
        }),
        any::<bool>().prop_map(|ready| json!({"tool": "CONFIGURATION_MANAGER", "ready_to_upgrade": ready})),
        Just(json!(null)),
        Just(json!([[], {"full_name": 1}])),
    ];
    let keys = kernel::REQUIRED_ITEMS.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    (prop::sample::select(keys), value)
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "licence_count >= 150",
        r#"windows_10_enterprise_intent == "YES""#,
        r#"device_management.tool != "CONFIGURATION_MANAGER""#,
        "device_management.branch_version >= 1902",
        "device_management.ready_to_upgrade",
        "licence_count / device_count > 1",
        "size(account_team_contacts) > 0",
        r#"intune_intent in ["NO"]"#,
        "licence_count * device_count - 1 != device_count % licence_count",
        "true",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// I-2: to learn more can answer an open question, and never turns one answer into the other.
    #[test]
    fn knowledge_only_turns_unknown_into_an_answer(
        source in expression(),
        facts in prop::collection::vec(fact(), 0..8),
        kept in 0_usize..8,
    ) {
        let Ok(policy) = policy_of(1, vec![criterion("one", &source)]) else {
            let known = [Some("EXPRESSION_TOO_COSTLY"), Some("EXPRESSION_SENSELESS")].contains(&reason(&source));
            prop_assert!(known || source.matches('(').count() > 8);
            return Ok(());
        };
        let all: std::collections::BTreeMap<_, _> = facts.into_iter().collect();
        let items = |count| all.iter().take(count).map(|(k, v)| (k.clone(), item(v.clone()))).collect();
        let outcome = |items: &DataSet| assess("policies/one", &policy, items).results[0].outcome;
        let (less, more) = (outcome(&items(kept)), outcome(&items(usize::MAX)));
        prop_assert!(less == Outcome::Unknown || less == more, "{source}: {less:?} then {more:?}");
    }

    #[test]
    fn no_text_at_all_can_make_publishing_panic(source in "[ -~\u{4e00}]{0,60}|[\\[({!?:.+=&|a-c0-9\"']{0,80}") {
        if let Ok(policy) = policy_of(1, vec![criterion("any", &source)]) {
            prop_assert_eq!(assess("policies/any", &policy, &qualifying()).results.len(), 1);
        }
    }
}
