//! The request of every method as JSON, up to its bytes as protobuf.
//!
//! An input is two bytes that choose the method, and the text.

use host::bounds::VALUES;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage};

use crate::requests::{chosen, methods, others};

pub(crate) fn read(input: &[u8]) {
    let [high, low, text @ ..] = input else { return };
    host::fuzz::json(&chosen([*high, *low]).path, text);
}

/// A request of each method, one for each other choice that it gives, and some that do not read.
pub(crate) fn examples() -> Vec<Vec<u8>> {
    let of = |method: &crate::Method| {
        let number = method.number().to_be_bytes();
        let input = |text: Vec<u8>| [&number[..], &text].concat();
        let example = method.example();
        let messages = others(&example).into_iter().chain([example]);
        messages
            .map(|message: DynamicMessage| input(serde_json::to_vec(&message).expect("JSON")))
            .collect::<Vec<_>>()
    };
    let first = methods()[0].number().to_be_bytes();
    let unread = [
        r#"{"pageSize": 1, "page_size": 1}"#,
        r#"{"x": {"y": [[[[{}]]]]}}"#,
        r#"{"requestId": "\u0000\ud800"}"#,
        r#"{"pageSize": 1e9, "readTime": "2026-12-01T00:00:00.1Z"}"#,
    ];
    let unread = unread.map(|text| [&first[..], text.as_bytes()].concat());
    methods().iter().flat_map(of).chain(unread).collect()
}

/// For each list of messages in a request, as many of them as may be, with one field each.
#[must_use]
pub fn costly() -> Vec<Vec<u8>> {
    let of = |method: &crate::Method| {
        let number = method.number().to_be_bytes();
        let lists =
            method.example().descriptor().fields().filter(FieldDescriptor::is_list).collect::<Vec<_>>();
        let input = |list: FieldDescriptor| {
            let Kind::Message(kind) = list.kind() else { return None };
            let text = kind.fields().find(|field| field.kind() == Kind::String && !field.is_list())?;
            let each = format!(r#"{{"{}":""}}"#, text.json_name());
            let json = format!(r#"{{"{}":[{}]}}"#, list.json_name(), vec![each; VALUES / 2 - 5].join(","));
            Some([&number[..], json.as_bytes()].concat())
        };
        lists.into_iter().filter_map(input).collect::<Vec<_>>()
    };
    methods().iter().flat_map(of).collect()
}
