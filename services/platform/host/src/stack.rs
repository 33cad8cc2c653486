//! The layers that a call passes on its way to its method, put together once and shared by all calls.
//!
//! tower's own layers clone everything below them for each call. These borrow it, and a call is one future in one box.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};
use tonic::body::Body;

/// A call as it comes in.
pub(crate) type Request = http::Request<Body>;
/// The answer to it.
pub(crate) type Response = http::Response<Body>;

/// Answers calls: a method, or a layer with all below it.
pub(crate) trait Handle: Send + Sync + 'static {
    /// Answers one.
    fn handle(&self, request: Request) -> impl Future<Output = Response> + Send;

    /// The same behind a layer.
    fn behind<L: Layer>(self, layer: L) -> impl Handle
    where
        Self: Sized,
    {
        Behind { layer, next: self }
    }
}

/// Sees each call before what is below, and the answer after it.
pub(crate) trait Layer: Send + Sync + 'static {
    /// Answers a call, by what is below or instead of it.
    fn pass(&self, request: Request, next: &impl Handle) -> impl Future<Output = Response> + Send;
}

struct Behind<L, H> {
    layer: L,
    next: H,
}

impl<L: Layer, H: Handle> Handle for Behind<L, H> {
    fn handle(&self, request: Request) -> impl Future<Output = Response> + Send {
        self.layer.pass(request, &self.next)
    }
}

/// All layers with the methods below them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Stack(Arc<dyn Answer>);

impl Stack {
    pub(crate) fn new(handle: impl Handle) -> Self {
        Self(Arc::new(handle))
    }

    /// Answers a call.
    pub(crate) fn answer(&self, request: Request) -> BoxFuture<'static, Response> {
        Arc::clone(&self.0).answer(request)
    }
}

/// A handle whose type is nobody's concern.
trait Answer: Send + Sync {
    fn answer(self: Arc<Self>, request: Request) -> BoxFuture<'static, Response>;
}

impl<H: Handle> Answer for H {
    fn answer(self: Arc<Self>, request: Request) -> BoxFuture<'static, Response> {
        async move { self.handle(request).await }.boxed()
    }
}
