//! U+0000 in any text there is: refused at the door, because PostgreSQL cannot keep it and SQLite would.

use getmodern::client::Actor;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};
use tests::Product;
use tonic::Code;

use crate::{catalogue::METHODS, hostile::OPERATOR, wire::Wire};

const NUL: &str = "people/a\0b";

/// The ways from a request to each of its texts.
pub(crate) fn texts(message: &MessageDescriptor) -> Vec<Vec<FieldDescriptor>> {
    let mut ways = Vec::new();
    for field in message.fields() {
        match field.kind() {
            Kind::String => ways.push(vec![field]),
            Kind::Message(inner) => {
                let further = texts(&inner).into_iter();
                ways.extend(further.map(|way| [vec![field.clone()], way].concat()));
            }
            _ => {}
        }
    }
    ways
}

/// Puts the text where `way` leads.
pub(crate) fn put(message: &mut DynamicMessage, way: &[FieldDescriptor], text: &str) {
    let [field, rest @ ..] = way else { return };
    let value = match (field.kind(), message.get_field(field).into_owned()) {
        (Kind::String, _) => Value::String(text.to_owned()),
        (_, Value::Message(mut inner)) => {
            put(&mut inner, rest, text);
            Value::Message(inner)
        }
        (Kind::Message(kind), Value::List(list)) => {
            let first = list.into_iter().next();
            let mut inner = first.unwrap_or_else(|| Value::Message(DynamicMessage::new(kind)));
            put(inner.as_message_mut().expect("a message on the way"), rest, text);
            inner
        }
        (_, Value::Map(_)) => {
            Value::Map([(MapKey::String(text.to_owned()), Value::String(text.to_owned()))].into())
        }
        (kind, value) => panic!("{kind:?} {value:?}"),
    };
    message.set_field(field, if field.is_list() { Value::List(vec![value]) } else { value });
}

#[tokio::test]
async fn a_nul_in_any_text_is_an_invalid_argument() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let (mut tried, mut taken) = (0, Vec::new());
    for method in METHODS.iter() {
        let who = Actor { role: method.roles[0].clone().leak(), ..OPERATOR };
        for way in texts(&method.input) {
            let mut request = method.example("nul");
            put(&mut request, &way, NUL);
            let names: Vec<_> = way.iter().map(FieldDescriptor::name).collect();
            let answer = wire.send_as(who, &method.path(), request.encode_to_vec()).await;
            let code = answer.err().map(|status| status.code());
            if code != Some(Code::InvalidArgument) {
                taken.push((method.path(), names.join("."), code));
            }
            tried += 1;
        }
    }
    assert!(taken.is_empty(), "{taken:#?} of {tried}");
    assert!(tried > 150, "{tried} texts");
    product.stop().await;
}
