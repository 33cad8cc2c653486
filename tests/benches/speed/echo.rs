//! The reference for reads: a bare tonic server, in a process of its own, that gives back the message it was sent.

use std::{
    convert::Infallible,
    env,
    future::{Ready, ready},
    io::Write,
    net::SocketAddr,
    process::Command,
    task::{Context, Poll},
};

use futures::future::BoxFuture;
use http::{Request as HttpRequest, Response as HttpResponse};
use proto::intake::v1::Case;
use tests::Process;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    body::Body,
    server::{Grpc, NamedService, UnaryService},
    transport::{Server, server::TcpIncoming},
};
use tonic_prost::ProstCodec;
use tower::Service;

use crate::lines::Lines;

/// Its address.
pub(crate) const PATH: &str = "/echo.Echo/GetCase";

/// One that runs.
pub(crate) struct Echo {
    pub(crate) lines: Lines,
    _process: Process,
}

impl Echo {
    pub(crate) fn start(lines: usize) -> Self {
        let mut command = Command::new(env::current_exe().expect("a path"));
        command.arg("--serve-echo");
        let process = Process::run(command).expect("it serves");
        Self { lines: Lines::to(process.address, lines), _process: process }
    }
}

/// Serves until it is killed, and says where first.
pub(crate) async fn serve() {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
    println!("it serves at {}", listener.local_addr().expect("an address"));
    std::io::stdout().flush().expect("said");
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder().add_service(Mirror).serve_with_incoming(incoming).await.expect("it serves");
}

/// The one method there is.
#[derive(Debug, Clone, Copy)]
struct Mirror;

impl NamedService for Mirror {
    const NAME: &'static str = "echo.Echo";
}

impl Service<HttpRequest<Body>> for Mirror {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        let codec = ProstCodec::<Case, Case>::default();
        Box::pin(async move { Ok(Grpc::new(codec).unary(Same, request).await) })
    }
}

/// Reads the message, and writes it again.
struct Same;

impl UnaryService<Case> for Same {
    type Response = Case;
    type Future = Ready<Result<Response<Case>, Status>>;

    fn call(&mut self, request: Request<Case>) -> Self::Future {
        ready(Ok(Response::new(request.into_inner())))
    }
}
