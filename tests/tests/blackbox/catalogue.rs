//! What there is to call, read from the descriptors: a method added tomorrow is in every test that asks here.

use std::sync::LazyLock;

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    MethodDescriptor, ReflectMessage, Value,
};

/// The whole API.
pub(crate) static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(proto::DESCRIPTORS).expect("our own descriptors read"));

/// Every method, in the order of the protos.
pub(crate) static METHODS: LazyLock<Vec<Method>> = LazyLock::new(|| {
    let services: Vec<_> = POOL.services().collect();
    services
        .iter()
        .flat_map(|service| service.methods().map(|method| Method::new(&method)).collect::<Vec<_>>())
        .collect()
});

/// Every role of people, as the header says it.
pub(crate) static ROLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let role: EnumDescriptor = POOL.get_enum_by_name("getmodern.common.v1.Role").expect("the roles");
    let given = role.values().filter(|value| value.number() != 0);
    let names = given.map(|value| value.name().trim_start_matches("ROLE_").to_owned());
    names.filter(|name| name != "SERVICE").collect()
});

/// A resource that is not there.
pub(crate) const NOWHERE: &str = "0192f0c1-0000-7000-8000-00000000002a";

/// A method and who may call it.
#[derive(Debug, Clone)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) service: String,
    pub(crate) input: MessageDescriptor,
    pub(crate) output: MessageDescriptor,
    /// The roles in which people may call it.
    pub(crate) roles: Vec<String>,
    /// The services of the product that may, as callers.
    pub(crate) services: Vec<String>,
}

impl Method {
    fn new(method: &MethodDescriptor) -> Self {
        Self {
            name: method.name().to_owned(),
            service: method.parent_service().full_name().to_owned(),
            input: method.input(),
            output: method.output(),
            roles: roles(method),
            services: services(method),
        }
    }

    pub(crate) fn path(&self) -> String {
        format!("/{}/{}", self.service, self.name)
    }

    /// It changes nothing, as its name says.
    pub(crate) fn reads(&self) -> bool {
        ["Get", "List", "Watch", "Evaluate"].iter().any(|verb| self.name.starts_with(verb))
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.input.get_field_by_name(field).is_some()
    }

    /// The collection of the resource it is about, as the comment of its `name` tells.
    pub(crate) fn collection(&self) -> Option<String> {
        let comment = comment(&self.input.get_field_by_name("name")?);
        let pattern = comment.split('`').nth(1).expect("the comment shows the name's form");
        Some(pattern.split_once("/{").expect("a collection and an identity").0.to_owned())
    }

    /// A request whose every field has the form it must have; its resource is nowhere.
    pub(crate) fn example(&self, key: &str) -> DynamicMessage {
        let mut request = example(&self.input);
        if self.has("request_id") {
            request.set_field_by_name("request_id", Value::String(key.to_owned()));
        }
        if let Some(collection) = self.collection() {
            request.set_field_by_name("name", Value::String(format!("{collection}/{NOWHERE}")));
        }
        request
    }
}

/// The method whose request is of this type; the four that all services share have to be named by path.
pub(crate) fn taking(full_name: &str) -> &'static Method {
    METHODS.iter().find(|method| method.input.full_name() == full_name).expect("a method takes it")
}

/// What the protos say of a field.
pub(crate) fn comment(field: &FieldDescriptor) -> String {
    let file = field.parent_message().parent_file();
    commented(file.file_descriptor_proto(), field.path())
}

/// The leading or trailing comment of what is at `path` in `file`.
pub(crate) fn commented(file: &prost_types::FileDescriptorProto, path: &[i32]) -> String {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let location = locations.into_iter().find(|location| location.path == path);
    location
        .map(|found| [found.leading_comments(), found.trailing_comments()].concat().trim().to_owned())
        .unwrap_or_default()
}

fn access(method: &MethodDescriptor) -> DynamicMessage {
    let extension = POOL.get_extension_by_name("getmodern.common.v1.access").expect("the option");
    let options = method.options();
    options.get_extension(&extension).as_message().expect("a message").clone()
}

fn services(method: &MethodDescriptor) -> Vec<String> {
    let access = access(method);
    let listed = access.get_field_by_name("services").expect("services").into_owned();
    let names = listed.as_list().unwrap_or_default().iter().filter_map(Value::as_str);
    names.map(|name| format!("services/{name}")).collect()
}

fn roles(method: &MethodDescriptor) -> Vec<String> {
    let access = access(method);
    if access.get_field_by_name("anyone").and_then(|anyone| anyone.as_bool()) == Some(true) {
        return ROLES.clone();
    }
    let role: EnumDescriptor = POOL.get_enum_by_name("getmodern.common.v1.Role").expect("the roles");
    let listed = access.get_field_by_name("roles").expect("roles").into_owned();
    let numbers = listed.as_list().unwrap_or_default().iter().filter_map(Value::as_enum_number);
    let names = numbers.map(|number| role.get_value(number).expect("a role").name().to_owned());
    names.map(|name| name.trim_start_matches("ROLE_").to_owned()).collect()
}

pub(crate) fn example(message: &MessageDescriptor) -> DynamicMessage {
    let mut example = DynamicMessage::new(message.clone());
    for field in message.fields() {
        let first = field.containing_oneof().is_none_or(|one| one.fields().next().as_ref() == Some(&field));
        let left_out = ["etag", "page_token", "page_size", "corrections", "kinds"].contains(&field.name())
            || (message.name() == "ListEventsRequest" && field.name().ends_with("_time"));
        if first && (!left_out || comment(&field).starts_with("Required")) {
            let value = if field.is_list() { many(&field) } else { one(&field, 0) };
            example.set_field(&field, value);
        }
    }
    example
}

/// As many as a pilot needs; of messages and choices one is enough.
fn many(field: &FieldDescriptor) -> Value {
    let count = if field.name() == "devices" { 5 } else { 1 };
    Value::List((0..count).map(|number| one(field, number)).collect())
}

/// A value of a field's kind, and in its form.
pub(crate) fn one(field: &FieldDescriptor, number: usize) -> Value {
    match field.kind() {
        Kind::Message(message) if message.full_name() == "google.protobuf.Timestamp" => {
            let mut time = DynamicMessage::new(message);
            // What is asked for ends after it begins.
            time.set_field_by_name("seconds", Value::I64(i64::from(field.name() == "until_time")));
            Value::Message(time)
        }
        Kind::Message(message) => Value::Message(example(&message)),
        // FM, of which every request that names a role may speak.
        Kind::Enum(kind) if kind.name() == "Role" => Value::EnumNumber(4),
        Kind::Enum(_) => Value::EnumNumber(1),
        Kind::String => Value::String(text(field, number)),
        Kind::Bool => Value::Bool(field.name() == "required"),
        Kind::Int64 => Value::I64(0),
        _ => Value::I32(1),
    }
}

fn text(field: &FieldDescriptor, number: usize) -> String {
    let comment = comment(field);
    match field.name() {
        name if name.ends_with("_date") => "2020-01-14".to_owned(),
        "expression" => "licence_count >= 150".to_owned(),
        "language" => "en".to_owned(),
        "confirmed" => "licence_count".to_owned(),
        "partner" if field.parent_message().name() == "DeliveryChannel" => String::new(),
        "template" | "resource" | "method" => String::new(),
        "engagement" => format!("engagements/{NOWHERE}"),
        _ if collection(&comment).is_some() => {
            format!("{}/{NOWHERE}", collection(&comment).unwrap_or_default())
        }
        _ if comment.contains("`people/{person}`")
            || comment.contains("rostered person")
            || field.parent_message().name() == "Roster" =>
        {
            format!("people/somebody{number}")
        }
        _ => format!("x{number}"),
    }
}

/// The collection of the resource that a field names, as its comment tells; people are none.
pub(crate) fn collection(comment: &str) -> Option<&str> {
    let pattern = comment.split('`').skip(1).step_by(2).find_map(|code| code.split_once("/{"));
    pattern.map(|(collection, _)| collection).filter(|collection| *collection != "people")
}

/// A typed request as one whose fields can be named.
pub(crate) fn dynamic(bytes: &[u8], kind: &MessageDescriptor) -> DynamicMessage {
    DynamicMessage::decode(kind.clone(), bytes).expect("it reads as its type")
}

/// The text of a field.
pub(crate) fn field(message: &DynamicMessage, name: &str) -> String {
    let descriptor = message.descriptor();
    assert!(descriptor.get_field_by_name(name).is_some(), "{} has {name}", descriptor.full_name());
    let value = message.get_field_by_name(name).expect("it has the field");
    value.as_str().expect("it is text").to_owned()
}
