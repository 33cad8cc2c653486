//! The methods of a process, by the service that they belong to.

use std::{collections::HashMap, convert::Infallible};

use tonic::{Status, codegen::BoxFuture, server::NamedService};
use tower::Service;

use crate::stack::{Handle, Request, Response};

type Answer = BoxFuture<Response, Infallible>;

/// The methods that a process answers.
#[derive(Default)]
pub struct Methods(HashMap<&'static str, Box<dyn Serve>>);

impl Methods {
    /// Adds those of a service.
    pub fn add_service<S: Serve + NamedService>(&mut self, service: S) -> &mut Self {
        self.0.insert(S::NAME, Box::new(service));
        self
    }
}

impl Handle for Methods {
    async fn handle(&self, request: Request) -> Response {
        let service = request.uri().path().split('/').nth(1);
        match service.and_then(|service| self.0.get(service)) {
            Some(service) => service.serve(request).await.unwrap_or_else(|never| match never {}),
            None => Status::unimplemented("").into_http(),
        }
    }
}

/// Serves calls that it only sees, as a service from the protos does once it is cloned.
pub trait Serve: Send + Sync + 'static {
    /// Answers one.
    fn serve(&self, request: Request) -> Answer;
}

impl<S> Serve for S
where
    S: Service<Request, Response = Response, Error = Infallible, Future = Answer>,
    S: Clone + Send + Sync + 'static,
{
    fn serve(&self, request: Request) -> Answer {
        // It holds no more than a pointer to the methods.
        self.clone().call(request)
    }
}
