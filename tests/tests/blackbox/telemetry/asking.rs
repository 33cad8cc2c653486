//! A question that nobody answers is told as what it came to.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
};

use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use proto::engagement::v1::Engagement;
use tests::{Process, State, binary_of, free_address};
use tokio::net::TcpListener;

use super::collector::{Collector, attribute};
use crate::{
    cast::{PROGRAM, Play},
    prefix::assignment,
    processes::peers,
};

/// Engagement alone, which asks all others at `peer` and tells `collector`.
fn alone(state: &State, peer: SocketAddr, collector: &str) -> Process {
    let mut serve = Command::new(binary_of("engagement"));
    serve.arg("--data").arg(state.folder()).args(["--listen", "127.0.0.1:0"]);
    serve.args(peers([peer; 3], "engagement")).stdin(Stdio::null()).stderr(Stdio::null());
    serve.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector).env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    serve.env("OTEL_BSP_SCHEDULE_DELAY", "50");
    Process::run(serve).expect("it serves")
}

/// How the span of a question to `peer` ends.
async fn asked(peer: SocketAddr) -> Span {
    let ((collector, address), kept) = (Collector::over_grpc(), State::in_files());
    let product = alone(&kept, peer, &address);
    let play = Play::at(product.address);
    // It asks intake for what is known of the customer.
    play.client.call::<_, Engagement>(PROGRAM, assignment("lamna")).await.expect_err("nobody answers");
    let question = |span: &Span| {
        span.kind() == SpanKind::Client && attribute(span, "rpc.method").ends_with("/GetTenant")
    };
    collector.find("the question", question).await
}

fn ended(span: &Span, code: &str) {
    let told = ["rpc.response.status_code", "error.type"].map(|name| attribute(span, name));
    assert_eq!(told, [code, code], "{span:?}");
    assert_eq!(span.status.clone().unwrap_or_default().code(), StatusCode::Error, "{span:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_to_where_nobody_listens_is_told_as_unavailable() {
    ended(&asked(free_address()).await, "UNAVAILABLE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_to_who_is_silent_is_told_as_late() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let silent = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    ended(&asked(silent).await, "DEADLINE_EXCEEDED");
}
