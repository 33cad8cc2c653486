//! The register of reasons as the protos have it, and whether a refusal agrees with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use prost_reflect::{DescriptorPool, DynamicMessage, EnumValueDescriptor, Value};
use tonic::Status;
use tonic_types::ErrorInfo;

use crate::catalogue::{POOL, commented};

/// One reason as `reason.proto` describes it.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub(crate) comment: String,
    pub(crate) codes: BTreeSet<String>,
    /// Without its prefix.
    pub(crate) remedy: String,
    pub(crate) whom: String,
    pub(crate) rules: BTreeSet<String>,
    pub(crate) any_rule: bool,
    pub(crate) metadata: BTreeSet<String>,
}

/// Every reason by the text that `ErrorInfo` has.
pub(crate) static REGISTER: LazyLock<BTreeMap<String, Meaning>> =
    LazyLock::new(|| values(&POOL).iter().map(|value| (reason(value), Meaning::of(value))).collect());

/// Every value but the first, in the order of the proto; none where the protos have no reasons.
pub(crate) fn values(pool: &DescriptorPool) -> Vec<EnumValueDescriptor> {
    let reasons = pool.get_enum_by_name("getmodern.common.v1.Reason");
    let values = reasons.iter().flat_map(|reasons| reasons.values().collect::<Vec<_>>());
    values.filter(|value| value.number() != 0).collect()
}

/// The value as it is on the wire.
pub(crate) fn reason(value: &EnumValueDescriptor) -> String {
    value.name().trim_start_matches("REASON_").to_owned()
}

impl Meaning {
    fn of(value: &EnumValueDescriptor) -> Self {
        let meaning = POOL.get_extension_by_name("getmodern.common.v1.meaning").expect("the option");
        let options = value.options();
        let meaning = options.get_extension(&meaning).as_message().expect("a message").clone();
        let file = value.parent_enum().parent_file();
        Self {
            comment: commented(file.file_descriptor_proto(), value.path()),
            codes: texts(&meaning, "codes"),
            remedy: remedy(&meaning),
            whom: texts(&meaning, "whom").into_iter().collect(),
            rules: texts(&meaning, "rules"),
            any_rule: field(&meaning, "any_rule").as_bool().unwrap_or_default(),
            metadata: texts(&meaning, "metadata"),
        }
    }
}

fn field(meaning: &DynamicMessage, name: &str) -> Value {
    meaning.get_field_by_name(name).expect("a field of the option").into_owned()
}

fn texts(meaning: &DynamicMessage, name: &str) -> BTreeSet<String> {
    let value = field(meaning, name);
    let values = value.as_list().unwrap_or(std::slice::from_ref(&value));
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn remedy(meaning: &DynamicMessage) -> String {
    let number = field(meaning, "remedy").as_enum_number().expect("a choice");
    let remedies = POOL.get_enum_by_name("getmodern.common.v1.Remedy").expect("the remedies");
    let remedy = remedies.get_value(number).expect("a known one");
    remedy.name().trim_start_matches("REMEDY_").to_owned()
}

/// Checks that the register has the reason of a refusal, with its code, the keys of its metadata and its rules.
pub(crate) fn agree(status: &Status, info: &ErrorInfo) {
    let meaning = REGISTER.get(&info.reason);
    let meaning = meaning.unwrap_or_else(|| panic!("reason.proto has its reason: {status:?} {info:?}"));
    let code = in_capitals(&format!("{:?}", status.code()));
    assert!(meaning.codes.contains(&code), "reason.proto has its code: {status:?} {info:?}");
    let rules = info.metadata.get("rules").map(|rules| rules.split(',')).into_iter().flatten();
    for rule in rules.filter(|_| !meaning.any_rule) {
        assert!(meaning.rules.contains(rule), "reason.proto has its rule {rule}: {status:?} {info:?}");
    }
    for key in info.metadata.keys() {
        assert!(meaning.metadata.contains(key), "reason.proto has its key {key}: {status:?} {info:?}");
    }
}

/// `FailedPrecondition` as the protocol writes it: `FAILED_PRECONDITION`.
fn in_capitals(name: &str) -> String {
    let with_bars = name.chars().enumerate().flat_map(|(at, letter)| {
        let bar = (at > 0 && letter.is_ascii_uppercase()).then_some('_');
        bar.into_iter().chain([letter.to_ascii_uppercase()])
    });
    with_bars.collect()
}
