//! Which texts are about people: every text that a domain keeps is declared to be, or not to be, and nothing else is.
//! Somebody can be named in all of them at once, to see what becomes of it.

use std::{collections::BTreeSet, fs, path::Path};

use kernel::leads;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};
use syn::{Fields, File, Item, ItemEnum, ItemStruct};

use crate::catalogue::{METHODS, POOL};

/// What a domain declares.
struct Domain {
    folders: Vec<&'static str>,
    personal: &'static [&'static str],
    plain: &'static [&'static str],
    /// Whether it keeps the customer's data set, and what the kernel has beside it.
    has_items: bool,
}

const KERNEL: &str = "services/platform/kernel/src";

/// The request, with `name` in each of its texts that are about people or may name some.
pub(crate) fn naming(name: &str, mut request: DynamicMessage) -> DynamicMessage {
    let fields = named();
    name_in(name, &fields, &mut request);
    request
}

/// Fields that are called otherwise where they are kept, or hold lists.
const CALLED: [&str; 6] =
    ["work_in_flight", "question", "delivery_partner", "partner", "devices", "device_groups"];
/// Fields whose form holds nobody's name any more; what an earlier release took is erased all the same.
pub(crate) const FORMED: [&str; 2] = ["language", "target_os_version"];

/// The names of fields whose texts a domain erases.
fn named() -> BTreeSet<&'static str> {
    let last = |names: &&&'static str| {
        let names = names.trim_end_matches(".value");
        names.rsplit('.').next().unwrap_or_default()
    };
    let all: Vec<_> = domains().iter().flat_map(|domain| domain.personal).collect();
    all.iter().map(last).chain(CALLED).filter(|name| !FORMED.contains(name)).collect()
}

/// Whether a text in this field of a request is erased from what is kept of it.
pub(crate) fn is_erasable(field: &FieldDescriptor) -> bool {
    named().contains(field.name())
}

/// The fields of requests that change something whose texts are.
pub(crate) fn erasable_fields() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for method in METHODS.iter().filter(|method| !method.reads()) {
        erasable(&method.input, &mut found);
    }
    found
}

fn erasable(message: &MessageDescriptor, found: &mut BTreeSet<String>) {
    for field in message.fields() {
        match field.kind() {
            Kind::String if is_erasable(&field) => {
                found.insert(field.name().to_owned());
            }
            Kind::Message(inner) if inner.full_name().starts_with("getmodern.") => erasable(&inner, found),
            _ => {}
        }
    }
}

fn name_in(name: &str, fields: &BTreeSet<&str>, message: &mut DynamicMessage) {
    for field in message.descriptor().fields() {
        let is_given = message.has_field(&field);
        let is_text = field.kind() == Kind::String && fields.contains(field.name());
        if is_text && field.is_list() {
            if let Value::List(texts) = message.get_field_mut(&field) {
                for text in texts {
                    *text = Value::String(format!("{} {name}", text.as_str().unwrap_or_default()));
                }
            }
        // A channel without a partner may have none.
        } else if is_text && (is_given || field.containing_oneof().is_none() && field.name() != "partner") {
            let text = message.get_field(&field).as_str().unwrap_or_default().to_owned();
            message.set_field(&field, Value::String(format!("{text} {name}").trim().to_owned()));
        } else if is_given {
            match message.get_field_mut(&field) {
                Value::Message(inner) => name_in(name, fields, inner),
                Value::List(items) => items.iter_mut().for_each(|item| {
                    if let Value::Message(inner) = item {
                        name_in(name, fields, inner);
                    }
                }),
                _ => {}
            }
        }
    }
}

fn domains() -> [Domain; 3] {
    [
        Domain {
            folders: vec![KERNEL, "services/intake/domain/src"],
            personal: intake_domain::personal::PERSONAL,
            plain: intake_domain::personal::PLAIN,
            has_items: true,
        },
        Domain {
            folders: vec![KERNEL, "services/engagement/domain/src"],
            personal: engagement_domain::personal::PERSONAL,
            plain: engagement_domain::personal::PLAIN,
            has_items: true,
        },
        Domain {
            folders: vec!["services/tasks/domain/src"],
            personal: tasks_domain::personal::PERSONAL,
            plain: tasks_domain::personal::PLAIN,
            has_items: false,
        },
    ]
}

/// A text that is kept: its type and field, and the members that lead to it, as far as is known.
type Text = (String, Vec<String>);

fn files(folder: &Path) -> Vec<File> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let nested = |path: std::path::PathBuf| {
        if path.is_dir() {
            return files(&path);
        }
        let text = fs::read_to_string(&path).expect("a source");
        vec![syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))]
    };
    entries.flat_map(nested).collect()
}

/// The texts of the types in `file` that are kept.
fn texts(file: &File) -> Vec<Text> {
    let kept = |attributes: &[syn::Attribute]| {
        let derives = attributes.iter().filter(|one| one.path().is_ident("derive"));
        derives.into_iter().any(|one| {
            one.meta.require_list().is_ok_and(|list| list.tokens.to_string().contains("Serialize"))
        })
    };
    let mut found = Vec::new();
    for item in &file.items {
        match item {
            Item::Struct(ItemStruct { attrs, ident, fields, .. }) if kept(attrs) => {
                found.extend(of_fields(&ident.to_string(), "", fields));
            }
            Item::Enum(ItemEnum { attrs, ident, variants, .. }) if kept(attrs) => {
                let of =
                    |one: &syn::Variant| of_fields(&ident.to_string(), &one.ident.to_string(), &one.fields);
                found.extend(variants.iter().flat_map(of));
            }
            _ => {}
        }
    }
    found
}

fn of_fields(owner: &str, variant: &str, fields: &Fields) -> Vec<Text> {
    let is_text = |field: &&syn::Field| is_text(&field.ty);
    let text = |field: &syn::Field| {
        let name = field.ident.as_ref().map_or_else(|| variant.to_owned(), ToString::to_string);
        let way = [variant.to_owned(), name.clone()].into_iter().filter(|name| !name.is_empty());
        (format!("{owner}.{name}"), way.collect())
    };
    fields.iter().filter(is_text).map(text).collect()
}

/// The type is a text, or holds texts: in a list, or where there may be none.
fn is_text(kind: &syn::Type) -> bool {
    let syn::Type::Path(path) = kind else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let inner = |argument: &syn::GenericArgument| matches!(argument, syn::GenericArgument::Type(inner) if is_text(inner));
    match &last.arguments {
        syn::PathArguments::AngleBracketed(of) if last.ident != "BTreeMap" => of.args.iter().any(inner),
        _ => last.ident == "String",
    }
}

/// The texts of the data set, as they are kept and as a policy reads them.
fn items() -> Vec<Text> {
    let item = POOL.get_message_by_name("getmodern.common.v1.DataItem").expect("it is there");
    let name = |message: &MessageDescriptor, field: &str| format!("{}.{field}", message.name());
    let mut found = Vec::new();
    for field in item.fields() {
        match field.kind() {
            Kind::String if field.containing_oneof().is_none() => {
                found.push((name(&item, field.name()), way(&["items", "any", field.name()])));
            }
            Kind::String => {
                found.push((name(&item, field.name()), way(&["items", field.name(), "value"])));
                found.push((name(&item, field.name()), way(&["inputs", field.name()])));
            }
            Kind::Message(message) if field.containing_oneof().is_some() => {
                for (owner, inner) in within(&message) {
                    let (kept, read) =
                        (["items", field.name(), "value", &inner], ["inputs", field.name(), &inner]);
                    found.extend([
                        (format!("{owner}.{inner}"), way(&kept)),
                        (format!("{owner}.{inner}"), way(&read)),
                    ]);
                }
            }
            _ => {}
        }
    }
    found
}

fn way(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The texts within a message, each with its own message's name.
fn within(message: &MessageDescriptor) -> Vec<(String, String)> {
    let of = |field: prost_reflect::FieldDescriptor| match field.kind() {
        Kind::String => vec![(message.name().to_owned(), field.name().to_owned())],
        Kind::Message(inner) => within(&inner),
        _ => vec![],
    };
    message.fields().flat_map(of).collect()
}

impl Domain {
    fn texts(&self) -> Vec<Text> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let files = self.folders.iter().flat_map(|folder| files(&root.join(folder)));
        let own: Vec<_> = files.flat_map(|file| texts(&file)).collect();
        own.into_iter()
            // A person's account, and what says that something was erased, which no domain has a part in.
            .filter(|(name, _)| !["Person.", "Erasure.reason", "Place.paths"].contains(&name.as_str()))
            .chain(self.has_items.then(items).into_iter().flatten())
            .collect()
    }

    /// What leads to a text whose whole way is not known leads to it by its last member.
    fn is_personal(&self, (_, way): &Text) -> bool {
        let way: Vec<_> = way.iter().map(String::as_str).collect();
        let last = &way[way.len() - 1..];
        let known = way.len() > 2;
        self.personal.iter().any(|names| {
            leads(names, &way) || !known && leads(names.rsplit('.').next().unwrap_or_default(), last)
        })
    }

    fn undeclared(&self, texts: &[Text]) -> BTreeSet<String> {
        let declared = |text: &&Text| self.is_personal(text) || self.plain.contains(&text.0.as_str());
        texts.iter().filter(|text| !declared(text)).map(|(name, way)| format!("{name} {way:?}")).collect()
    }

    /// What is declared and is not there.
    fn idle(&self, texts: &[Text]) -> Vec<&'static str> {
        let last = |names: &str| names.rsplit('.').next().map(str::to_owned);
        let leads = |names: &&&str| !texts.iter().any(|(_, way)| way.last().cloned() == last(names));
        let plain = |name: &&&str| !texts.iter().any(|(text, _)| text == *name);
        let idle = self.personal.iter().filter(leads);
        idle.chain(self.plain.iter().filter(plain)).copied().collect()
    }
}

#[test]
fn every_text_that_is_kept_is_declared_to_be_about_people_or_not() {
    for domain in domains() {
        let texts = domain.texts();
        assert!(texts.len() > 10, "{texts:?}");
        assert_eq!(domain.undeclared(&texts), BTreeSet::new(), "{:?}", domain.folders);
        assert_eq!(domain.idle(&texts), [""; 0], "{:?}", domain.folders);
    }
}

#[test]
fn a_text_that_nobody_declared_is_found() {
    let source =
        "#[derive(Debug, Serialize)] pub struct Met { pub nickname: Option<Vec<String>>, count: u32 }
                  #[derive(Serialize)] enum Said { Nothing, Alias(String), Named { label: String } }
                  struct Passing { text: String }";
    let found = texts(&syn::parse_file(source).expect("a source"));
    for domain in domains() {
        let undeclared: Vec<_> = domain.undeclared(&found).into_iter().collect();
        let names = ["Met.nickname", "Said.Alias", "Said.label"];
        assert!(undeclared.iter().zip(names).all(|(text, name)| text.starts_with(name)), "{undeclared:?}");
        assert_eq!(undeclared.len(), names.len(), "{undeclared:?}");
    }
}
