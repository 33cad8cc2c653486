//! The request of every method, from its bytes to a command or a query.
//!
//! An input is two bytes that choose the method, one that chooses the caller's role, and the message.

use std::sync::LazyLock;

use host::fuzz::{Reader, SHARED};
use kernel::{Caller, Person, Role};
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value};
use proto::{
    engagement::v1::engagement_service_server::SERVICE_NAME as ENGAGEMENT,
    intake::v1::intake_service_server::SERVICE_NAME as INTAKE,
    tasks::v1::task_service_server::SERVICE_NAME as TASKS,
};

use crate::catalogue::{self, METHODS};

/// A method, and how its request is read.
pub struct Method {
    /// Its path.
    pub path: String,
    /// How its request is read, if anything does.
    pub reader: Option<&'static Reader>,
    known: &'static catalogue::Method,
}

impl Method {
    fn new(method: &'static catalogue::Method) -> Self {
        let request = method.input.full_name();
        let mut readers = own(&method.service).iter().chain(SHARED);
        let reader = readers.find(|reader| (reader.request)() == request);
        Self { path: method.path(), reader, known: method }
    }

    /// A request of it, in which every field has the form that it must have.
    #[must_use]
    pub fn example(&self) -> DynamicMessage {
        self.known.example("key")
    }

    /// What chooses it: a number that follows from its path, so that a new method leaves the others theirs.
    #[must_use]
    pub fn number(&self) -> u16 {
        let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        let hash = self.path.bytes().fold(0x811c_9dc5, fold);
        let [a, b, c, d] = hash.to_be_bytes();
        u16::from_be_bytes([a ^ c, b ^ d])
    }
}

/// The readers of a service's methods.
fn own(service: &str) -> &'static [Reader] {
    match service {
        INTAKE => intake::READERS,
        ENGAGEMENT => engagement::READERS,
        TASKS => tasks::READERS,
        _ => &[],
    }
}

/// Every method of every service, by its number.
#[must_use]
pub fn methods() -> &'static [Method] {
    static SORTED: LazyLock<Vec<Method>> = LazyLock::new(|| {
        let mut methods: Vec<_> = METHODS.iter().map(Method::new).collect();
        methods.sort_by_key(Method::number);
        methods
    });
    &SORTED
}

pub(crate) fn read(input: &[u8]) {
    let [high, low, role, message @ ..] = input else { return };
    let method = chosen([*high, *low]);
    let role = Role::ALL[usize::from(*role) % Role::ALL.len()];
    let person = if role == Role::Service { Person::service("crm") } else { ada() };
    if let Some(reader) = method.reader {
        (reader.read)(message, &Caller { person, role });
    }
}

/// The method that two bytes choose.
pub(crate) fn chosen(bytes: [u8; 2]) -> &'static Method {
    let number = u16::from_be_bytes(bytes);
    let after = methods().partition_point(|method| method.number() < number);
    &methods()[after % methods().len()]
}

fn ada() -> Person {
    Person::parse("people/ada").expect("a person")
}

/// A request of each method, and one for each other choice that it gives, in a role that may call it.
pub(crate) fn examples() -> Vec<Vec<u8>> {
    let of = |method: &Method| {
        let role = Role::ALL.iter().position(|role| method.known.roles[0] == role.as_str());
        let role = u8::try_from(role.expect("a role")).expect("a few");
        let [high, low] = method.number().to_be_bytes();
        let example = method.example();
        let messages = std::iter::once(example.clone()).chain(others(&example));
        let input = |message: DynamicMessage| [&[high, low, role], &message.encode_to_vec()[..]].concat();
        messages.map(input).collect::<Vec<_>>()
    };
    methods().iter().flat_map(of).collect()
}

/// The same message with each other choice of a `oneof`, one at a time, however deep.
pub(crate) fn others(message: &DynamicMessage) -> Vec<DynamicMessage> {
    let with = |field: &FieldDescriptor, value: Value| {
        let mut other = message.clone();
        other.set_field(field, value);
        other
    };
    let of = |field: FieldDescriptor| -> Vec<DynamicMessage> {
        if field.containing_oneof().is_some() && !message.has_field(&field) {
            return vec![with(&field, catalogue::one(&field, 0))];
        }
        match message.get_field(&field).as_ref() {
            Value::Message(inner)
                if matches!(field.kind(), Kind::Message(_)) && message.has_field(&field) =>
            {
                others(inner).into_iter().map(|other| with(&field, Value::Message(other))).collect()
            }
            Value::List(list) => {
                let inner = list.first().and_then(Value::as_message).map(others).unwrap_or_default();
                let one = |other| with(&field, Value::List(vec![Value::Message(other)]));
                inner.into_iter().map(one).collect()
            }
            _ => Vec::new(),
        }
    };
    message.descriptor().fields().flat_map(of).collect()
}
