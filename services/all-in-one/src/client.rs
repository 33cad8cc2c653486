//! A client for any of the three services: the method follows from the request, and a call that cannot get through is
//! repeated, which is safe because every mutation carries its request id (I-20).

use std::{
    fmt,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use host::{PERSON_HEADER, ROLE_HEADER, causes};
use prost::{Message, Name};
use tonic::{
    Code, Request, Status,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    metadata::{AsciiMetadataValue, MetadataMap},
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt;

const PAUSE: Duration = Duration::from_millis(10);

/// A person in a role.
#[derive(Debug, Clone, Copy)]
pub struct Actor {
    /// `people/{person}`.
    pub person: &'static str,
    /// The role's name, such as `GMFTA`.
    pub role: &'static str,
}

/// A running product, as a caller sees it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    /// To intake, engagement and tasks.
    channels: [Channel; 3],
    patience: Duration,
    tokens: Option<Tokens>,
}

/// Gives everybody a token that grants them their role.
#[derive(Clone)]
struct Tokens(Arc<dyn Fn(Actor) -> String + Send + Sync>);

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

impl Client {
    /// The same, with another patience.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The product at `address`; a call is repeated for as long as `patience` while the product is not available.
    pub fn at(address: SocketAddr, patience: Duration) -> Result<Self, tonic::transport::Error> {
        let channel = Endpoint::from_shared(format!("http://{address}"))?.connect_lazy();
        Ok(Self { channels: [channel.clone(), channel.clone(), channel], patience, tokens: None })
    }

    /// Intake, engagement and tasks, each at an address of its own.
    pub fn among(addresses: [SocketAddr; 3], patience: Duration) -> Result<Self, tonic::transport::Error> {
        let [intake, engagement, tasks] =
            addresses.map(|address| Endpoint::from_shared(format!("http://{address}")));
        let endpoints = [intake?, engagement?, tasks?];
        Ok(Self { channels: endpoints.map(|endpoint| endpoint.connect_lazy()), patience, tokens: None })
    }

    /// Intake, engagement and tasks, each on a way of its own.
    #[must_use]
    pub fn over(channels: [Channel; 3], patience: Duration) -> Self {
        Self { channels, patience, tokens: None }
    }

    /// The same, for callers who show the token that `give` has for them instead of saying who they are.
    #[must_use]
    pub fn bearing(self, give: impl Fn(Actor) -> String + Send + Sync + 'static) -> Self {
        Self { tokens: Some(Tokens(Arc::new(give))), ..self }
    }

    /// The way to the service that has the method at `path`; to intake for what every process has.
    fn channel(&self, path: &str) -> Channel {
        let [intake, engagement, tasks] = &self.channels;
        let of = |package: &str| path.starts_with(package);
        let channel = if of("/getmodern.engagement.") {
            engagement
        } else if of("/getmodern.tasks.") {
            tasks
        } else {
            intake
        };
        channel.clone()
    }

    /// Calls the method that the request is named after, again while the product is not available.
    pub async fn call<M, R>(&self, who: Actor, message: M) -> Result<R, Status>
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        self.call_at(who, &path::<M>(), message).await
    }

    /// Calls the method at `path`.
    pub async fn call_at<M, R>(&self, who: Actor, path: &str, message: M) -> Result<R, Status>
    where
        M: Message + Clone + 'static,
        R: Message + Default + 'static,
    {
        let begun = Instant::now();
        loop {
            match self.once(who, path, message.clone()).await {
                Err(status) if is_passing(&status) && begun.elapsed() < self.patience => {
                    tokio::time::sleep(PAUSE).await;
                }
                answer => return answer,
            }
        }
    }

    async fn once<M, R>(&self, who: Actor, path: &str, message: M) -> Result<R, Status>
    where
        M: Message + 'static,
        R: Message + Default + 'static,
    {
        let mut grpc = Grpc::new(self.channel(path));
        let path: PathAndQuery = path.parse().map_err(|_| Status::internal("path"))?;
        let mut request = Request::new(message);
        self.identify(who, request.metadata_mut())?;
        grpc.ready().await.map_err(|error| Status::unavailable(causes(&error)))?;
        let reply = grpc.unary(request, path, ProstCodec::<M, R>::default()).await;
        Ok(reply.map_err(worded)?.into_inner())
    }

    /// Shows, or says, who calls.
    fn identify(&self, who: Actor, metadata: &mut MetadataMap) -> Result<(), Status> {
        if let Some(Tokens(give)) = &self.tokens {
            let bearer = format!("Bearer {}", give(who)).parse();
            metadata.insert("authorization", bearer.map_err(|_| Status::internal("token"))?);
            return Ok(());
        }
        metadata.insert(PERSON_HEADER, AsciiMetadataValue::from_static(who.person));
        metadata.insert(ROLE_HEADER, AsciiMetadataValue::from_static(who.role));
        Ok(())
    }
}

/// The same status; one that is no answer says what broke.
fn worded(status: Status) -> Status {
    let Some(cause) = std::error::Error::source(&status).map(causes) else { return status };
    if status.message().contains(&cause) {
        return status;
    }
    let words =
        if cause.contains(status.message()) { cause } else { format!("{}: {cause}", status.message()) };
    let mut worded = Status::new(status.code(), words);
    worded.set_source(Arc::new(status));
    worded
}

/// The product is away for a moment: the call is safe to repeat (I-20).
fn is_passing(status: &Status) -> bool {
    // A connection that breaks during a call shows as UNKNOWN or CANCELLED, with an error behind it.
    let broken = std::error::Error::source(status).is_some();
    status.code() == Code::Unavailable || broken
}

/// `/{package}.{Service}/{Method}` from a request's name: requests are named after their methods.
fn path<M: Name>() -> String {
    let service = match M::PACKAGE {
        "getmodern.intake.v1" => "IntakeService",
        "getmodern.engagement.v1" => "EngagementService",
        _ => "TaskService",
    };
    format!("/{}.{service}/{}", M::PACKAGE, M::NAME.trim_end_matches("Request"))
}

/// The stable reason of a refusal, and those of its faults.
#[must_use]
pub fn reasons(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let whole = details.error_info().map(|info| info.reason.clone());
    let faults = details.precondition_failure().into_iter().flat_map(|failure| &failure.violations);
    let fields = details.bad_request().into_iter().flat_map(|request| &request.field_violations);
    let field_reason = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    whole
        .into_iter()
        .chain(faults.map(|fault| fault.r#type.clone()))
        .chain(fields.map(|field| field_reason(&field.description)))
        .collect()
}
