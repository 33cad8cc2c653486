//! A request that is wrong in a million places: refused, with no more of them noted than anybody reads.

use std::{fs, net::SocketAddr, path::Path};

use getmodern::client::{Actor, Client, reasons};
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use proto::engagement::v1::{Engagement, HoldReviewRequest};
use tests::{Process, Product, State};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    catalogue::{METHODS, NOWHERE},
    hostile::OPERATOR,
    story::about,
    wire::Wire,
    world::GMFTA,
};

/// Faults that may be noted of one request: two hundred, and that there were too many.
const MOST: usize = 201;
/// Elements sent where at most five hundred are taken.
const FAR_TOO_MANY: usize = 20_000;

/// The ways from a request to each of its repeated fields.
pub(crate) fn repeated(message: &MessageDescriptor) -> Vec<Vec<FieldDescriptor>> {
    let mut ways = Vec::new();
    for field in message.fields() {
        if field.is_list() {
            ways.push(vec![field.clone()]);
        }
        if let Kind::Message(inner) = field.kind() {
            let further = repeated(&inner).into_iter();
            ways.extend(further.map(|way| [vec![field.clone()], way].concat()));
        }
    }
    ways
}

/// Puts so many empty elements where `way` leads.
pub(crate) fn fill(message: &mut DynamicMessage, way: &[FieldDescriptor], count: usize) {
    let [field, rest @ ..] = way else { return };
    let empty = match field.kind() {
        Kind::Message(kind) => Value::Message(DynamicMessage::new(kind)),
        kind => Value::default_value(&kind),
    };
    if rest.is_empty() {
        return message.set_field(field, Value::List(vec![empty; count]));
    }
    let mut inner = match message.get_field(field).into_owned() {
        Value::List(list) => list.into_iter().next().unwrap_or(empty),
        value => value,
    };
    fill(inner.as_message_mut().expect("a message on the way"), rest, count);
    message.set_field(field, if field.is_list() { Value::List(vec![inner]) } else { inner });
}

/// The faults that were noted: those told, and those counted.
fn noted(status: &Status) -> usize {
    let details = status.get_error_details();
    let told = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    let more = told.last().and_then(|last| last.description.strip_prefix("MORE_FAULTS: and "));
    let more = more.and_then(|more| more.split(' ').next());
    let more = more.map(|more| more.parse::<usize>().expect("a number"));
    more.map_or(told.len(), |more| told.len() - 1 + more)
}

#[tokio::test]
async fn far_too_many_of_anything_are_refused_with_as_many_faults_as_anybody_reads() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let mut tried = 0;
    for method in METHODS.iter() {
        let who = Actor { role: method.roles[0].clone().leak(), ..OPERATOR };
        for way in repeated(&method.input) {
            let mut request = method.example("too-many");
            fill(&mut request, &way, FAR_TOO_MANY);
            let names: Vec<_> = way.iter().map(FieldDescriptor::name).collect();
            let answer = wire.send_as(who, &method.path(), request.encode_to_vec()).await;
            let status = answer.expect_err("it is refused");
            assert_eq!(status.code(), Code::InvalidArgument, "{} {names:?}: {status:?}", method.path());
            let noted = noted(&status);
            assert!((1..=MOST).contains(&noted), "{} {names:?}: {noted}", method.path());
            tried += 1;
        }
    }
    assert!(tried > 15, "{tried} repeated fields");
    product.stop().await;
}

/// The most memory that the process serving `data` has had so far, in KiB; `None` where the system does not say.
pub(crate) fn peak(data: &Path) -> Option<usize> {
    let data = data.to_str().expect("a path of text");
    let serves = |process: &Path| {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument == data.as_bytes())
    };
    let mut processes = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
    let status = fs::read_to_string(processes.find(|process| serves(process))?.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

async fn review(client: &Client, present: Vec<i32>) -> Status {
    let name = format!("engagements/{NOWHERE}");
    let review = about!(HoldReviewRequest, name, request_id: "review".to_owned(), present: present);
    client.call::<_, Engagement>(GMFTA, review).await.expect_err("nobody is there")
}

#[tokio::test]
async fn a_million_wrong_roles_cost_no_more_than_the_message_that_names_them() {
    let state = State::new();
    let process = Process::start(&state, SocketAddr::from(([127, 0, 0, 1], 0)), &[]).expect("it serves");
    let client = Client::at(process.address, tests::PATIENCE).expect("an address");
    assert_eq!(review(&client, vec![1]).await.code(), Code::NotFound);
    let before = peak(state.folder());
    assert_eq!(before.is_some(), cfg!(target_os = "linux"), "its memory is known");

    let status = review(&client, vec![0; 1_000_000]).await;
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert!(reasons(&status).contains(&"FIELD_TOO_LONG".to_owned()), "{status:?}");
    if let (Some(before), Some(after)) = (before, peak(state.folder())) {
        println!("at most {before} KiB before, {after} KiB after");
        assert!(after - before < 100 * 1024, "it grew from {before} KiB to {after} KiB");
    }
    let noted = noted(&status);
    assert!((1..=MOST).contains(&noted), "{noted} faults");
    assert_eq!(review(&client, vec![1]).await.code(), Code::NotFound, "it serves on");
}
