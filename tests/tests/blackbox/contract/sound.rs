//! The registry is sound in itself, and says of OpenTelemetry's own what OpenTelemetry says.

use std::{collections::BTreeSet, fs};

use cargo_metadata::MetadataCommand;

use super::written::{Entry, File, Group, Type, read};

const LEVELS: [&str; 3] = ["development", "release_candidate", "stable"];

/// What a file of the registry says that it should not; nothing when it is sound.
fn faults(files: &[File]) -> Vec<String> {
    let groups: Vec<_> = files.iter().flat_map(|file| &file.groups).collect();
    let defined: Vec<_> =
        groups.iter().flat_map(|group| &group.attributes).filter_map(|it| it.id.as_ref()).collect();
    let referred: BTreeSet<_> =
        groups.iter().flat_map(|group| &group.attributes).filter_map(|entry| entry.r#ref.as_ref()).collect();
    let mut faults: Vec<_> = groups.iter().flat_map(|group| group_faults(group)).collect();
    let twice = |all: &[&String]| all.len() != all.iter().collect::<BTreeSet<_>>().len();
    let ids: Vec<_> = groups.iter().map(|group| &group.id).collect();
    faults.extend((twice(&defined) || twice(&ids)).then(|| "something is defined twice".to_owned()));
    let dangling = referred.iter().filter(|name| !defined.contains(name));
    faults.extend(dangling.map(|name| format!("{name} is not defined")));
    let idle = defined.iter().filter(|name| !referred.contains(*name));
    faults.extend(idle.map(|name| format!("nothing has {name}")));
    faults
}

fn group_faults(group: &Group) -> Vec<String> {
    let (kind, own) = (group.kind.as_str(), &group.annotations.getmodern);
    let begins = if kind == "attribute_group" { "registry." } else { &format!("{kind}.") };
    let is_signal = kind != "attribute_group";
    let rules = [
        ("its id does not begin with its type", group.id.starts_with(begins)),
        ("its stability is missing", !is_signal || LEVELS.contains(&&*group.stability)),
        ("its brief is no sentence", group.brief.ends_with('.')),
        (
            "it is not said what a dashboard asks",
            matches!(kind, "attribute_group" | "entity") || !own.asks.is_empty(),
        ),
        ("its kind is missing", kind != "span" || !(group.span_kind.is_empty() || own.span_name.is_empty())),
        ("its id is not its name", kind != "metric" || group.id == format!("metric.{}", group.metric_name)),
        ("its unit is missing", kind != "metric" || !(group.unit.is_empty() || group.instrument.is_empty())),
        ("its name is missing", !matches!(kind, "event" | "entity") || !group.name.is_empty()),
    ];
    let broken =
        rules.into_iter().filter(|(_, holds)| !holds).map(|(what, _)| format!("{}: {what}", group.id));
    broken.chain(group.attributes.iter().flat_map(attribute_faults)).collect()
}

fn attribute_faults(entry: &Entry) -> Vec<String> {
    let Some(name) = &entry.id else { return Vec::new() };
    let members = match &entry.kind {
        Some(Type::Members { members }) => members.as_slice(),
        _ => &[],
    };
    let is_told = |member: &super::written::Member| {
        LEVELS.contains(&&*member.stability) && member.brief.ends_with('.') && !member.id.is_empty()
    };
    let rules = [
        ("it has a type", entry.kind.is_some()),
        ("its stability is told", LEVELS.contains(&&*entry.stability)),
        ("its brief is a sentence", entry.brief.ends_with('.')),
        ("it has an example", !members.is_empty() || !entry.examples.is_empty()),
        ("its members are told", members.iter().all(is_told)),
    ];
    rules.into_iter().filter(|(_, holds)| !holds).map(|(what, _)| format!("{name}: not so: {what}")).collect()
}

fn all() -> Vec<File> {
    read("registry").into_iter().chain(read("standard")).collect()
}

#[test]
fn the_registry_is_sound() {
    assert_eq!(faults(&all()), Vec::<String>::new());
}

#[test]
fn what_is_not_sound_in_a_registry_is_found() {
    let spoil = |spoil: &dyn Fn(&mut Group)| {
        let mut files = all();
        let groups = files.iter_mut().flat_map(|file| &mut file.groups);
        groups
            .filter(|group| group.id == "metric.getmodern.sheds" || group.id == "registry.getmodern")
            .for_each(spoil);
        faults(&files)
    };
    let ways: [&dyn Fn(&mut Group); 8] = [
        &|group| group.id.clear(),
        &|group| group.brief.clear(),
        &|group| group.unit.clear(),
        &|group| group.annotations.getmodern.asks.clear(),
        &|group| group.stability.clear(),
        &|group| group.metric_name += "x",
        &|group| group.attributes.clear(),
        &|group| group.attributes.iter_mut().for_each(|entry| entry.stability.clear()),
    ];
    for (which, way) in ways.iter().enumerate() {
        assert!(!spoil(way).is_empty(), "{which}");
    }
}

/// The source of OpenTelemetry's own constants.
fn constants(file: &str) -> String {
    let metadata = MetadataCommand::new().exec().expect("metadata");
    let mut packages = metadata.packages.iter();
    let package = packages.find(|package| *package.name == "opentelemetry-semantic-conventions");
    let folder = package.expect("a dependency").manifest_path.parent().expect("a folder").join("src");
    fs::read_to_string(folder.join(file)).expect("a file")
}

/// What OpenTelemetry says of a metric: the text above its constant.
fn described<'a>(metrics: &'a str, name: &str) -> &'a str {
    let end = metrics.find(&format!(": &str = \"{name}\";")).unwrap_or_default();
    let begin = metrics[..end].rfind("## Description").unwrap_or_default();
    &metrics[begin..end]
}

#[test]
fn what_is_taken_from_opentelemetry_is_named_and_measured_as_there() {
    let (attributes, metrics) = (constants("attribute.rs"), constants("metric.rs"));
    for group in read("standard").iter().flat_map(|file| &file.groups) {
        for name in group.attributes.iter().filter_map(|entry| entry.id.as_ref()) {
            assert!(attributes.contains(&format!(": &str = \"{name}\";")), "{name}");
        }
        if group.kind == "metric" {
            let text = described(&metrics, &group.metric_name);
            for (what, value) in [("Instrument", &group.instrument), ("Unit", &group.unit)] {
                assert!(text.contains(&format!("| {what}: | `{value}` |")), "{} {what}: {text}", group.id);
            }
        }
    }
}
