//! What no friend would send: each gets a proper status or a closed door, and the process serves on.

use std::hash::{BuildHasher, Hasher, RandomState};

use getmodern::client::Actor;
use prost::Message;
use tests::Product;
use tonic::{Code, Status};

use crate::{
    catalogue::METHODS,
    plain::{Plain, framed},
    wire::{Wire, reason, refusal},
};

pub(crate) const OPERATOR: Actor = Actor { person: "people/ada", role: "OPERATOR" };
pub(crate) const LIST: &str = "/getmodern.tasks.v1.TaskService/ListTasks";
pub(crate) const EVALUATE: &str = "/getmodern.intake.v1.IntakeService/EvaluatePolicy";

/// The product still answers somebody new.
pub(crate) async fn serves(product: &Product) {
    let answer = Wire::to(product).send_as(OPERATOR, LIST, Vec::new()).await;
    assert!(answer.is_ok(), "a friend's call: {answer:?}");
}

/// A status that tells the caller what was wrong with the call, and blames neither the service nor nobody.
pub(crate) fn proper(status: &Status) -> bool {
    let blames = [Code::Cancelled, Code::Unknown, Code::Internal, Code::DataLoss, Code::Unavailable];
    reason(status);
    !blames.contains(&status.code())
}

#[tokio::test]
async fn over_four_mebibytes_are_refused_and_just_below_are_read() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let limit = 4 * 1024 * 1024;
    for method in METHODS.iter() {
        let role = method.roles[0].clone().leak();
        let who = Actor { role, ..OPERATOR };
        let found = refusal(wire.send_as(who, &method.path(), vec![0xff; limit + 1]).await);
        assert_eq!(found, (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned()), "{}", method.path());
    }
    // A field of text that fills a message to its last byte: read, and then found too long.
    let path = "/getmodern.intake.v1.IntakeService/OpenCase";
    let mut open = proto::intake::v1::OpenCaseRequest { request_id: "k".to_owned(), ..Default::default() };
    open.customer = "c".repeat(limit - open.encoded_len() - 5);
    assert_eq!(open.encoded_len(), limit);
    let who = Actor { role: "REENGAGEMENT_MANAGER", ..OPERATOR };
    let found = refusal(wire.send_as(who, path, open.encode_to_vec()).await);
    assert_eq!(found, (Code::InvalidArgument, "INVALID_REQUEST".to_owned()));
    serves(&product).await;
    product.stop().await;
}

#[tokio::test]
async fn malformed_deep_and_foreign_messages_are_invalid_arguments() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    // Field 900 as a group in a group, ten thousand deep: unknown, so it has to be skipped.
    let deep = [0xa3, 0x38].repeat(10_000);
    // Field 1, which is text everywhere or not at all there, that is not UTF-8.
    let foreign = vec![0x0a, 0x02, 0xc3, 0x28];
    let truncated = vec![0x0a, 0x7f, 0x61];
    let endless = vec![0x80; 100];
    for method in METHODS.iter() {
        let role = method.roles[0].clone().leak();
        let who = Actor { role, ..OPERATOR };
        for (what, body) in [("deep", &deep), ("truncated", &truncated), ("endless", &endless)] {
            let found = refusal(wire.send_as(who, &method.path(), body.clone()).await);
            assert_eq!(
                found,
                (Code::InvalidArgument, "MESSAGE_MALFORMED".to_owned()),
                "{what} {}",
                method.path()
            );
        }
        let first = method.input.get_field(1).map(|field| field.kind());
        if matches!(first, Some(prost_reflect::Kind::String)) {
            let found = refusal(wire.send_as(who, &method.path(), foreign.clone()).await);
            assert_eq!(found, (Code::InvalidArgument, "MESSAGE_MALFORMED".to_owned()), "{}", method.path());
        }
    }
    serves(&product).await;
    product.stop().await;
}

/// A small generator whose whole state is its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.roll(256)).expect("a byte")
    }
}

/// `GETMODERN_SEED` plays a failure again.
fn seed() -> u64 {
    let given = std::env::var("GETMODERN_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| RandomState::new().build_hasher().finish())
}

#[tokio::test]
async fn random_bytes_and_damaged_requests_get_a_proper_status_and_change_nothing_else() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let seed = seed();
    println!("GETMODERN_SEED={seed}");
    let mut dice = Dice(seed);
    let (mut sent, mut refused) = (0, 0);
    for round in 0..12 {
        for method in METHODS.iter() {
            let role = method.roles[dice.roll(method.roles.len())].clone().leak();
            let who = Actor { role, ..OPERATOR };
            let mut body = method.example(&format!("key-{round}")).encode_to_vec();
            if round % 2 == 0 {
                let length = dice.roll(200);
                body = (0..length).map(|_| dice.byte()).collect();
            } else if !body.is_empty() {
                for _ in 0..=dice.roll(4) {
                    let at = dice.roll(body.len());
                    body[at] = dice.byte();
                }
                body.truncate(1 + dice.roll(body.len() * 2));
            }
            sent += 1;
            if let Err(status) = wire.send_as(who, &method.path(), body.clone()).await {
                refused += 1;
                assert!(proper(&status), "seed {seed}: {} {body:02x?}: {status:?}", method.path());
            }
        }
    }
    assert!(sent >= 500 && refused > sent / 2, "{sent} sent, {refused} refused");
    serves(&product).await;
    product.stop().await;
}

#[tokio::test]
async fn an_expired_deadline_is_told_as_such_and_a_malformed_one_is_an_invalid_argument() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    for method in METHODS.iter() {
        let role = method.roles[0].as_str();
        let body = method.example("late").encode_to_vec();
        let mut plain = Plain::to(product.address()).await;
        for (timeout, code, why) in [
            ("0n", Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
            ("1n", Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
            ("soon", Code::InvalidArgument, "DEADLINE_MALFORMED"),
            ("-1S", Code::InvalidArgument, "DEADLINE_MALFORMED"),
            ("123456789S", Code::InvalidArgument, "DEADLINE_MALFORMED"),
            ("1", Code::InvalidArgument, "DEADLINE_MALFORMED"),
        ] {
            let path = method.path();
            let headers =
                [("grpc-timeout", timeout), ("x-getmodern-person", "people/ada"), ("x-getmodern-role", role)];
            let answer = plain.call(&path, &headers, framed(0, &body)).await;
            let status = answer.status();
            assert_eq!((status.code(), reason(&status).as_str()), (code, why), "{path} {timeout}");
        }
    }
    let answer = wire.send_as(OPERATOR, LIST, Vec::new()).await;
    assert!(answer.is_ok());
    product.stop().await;
}
