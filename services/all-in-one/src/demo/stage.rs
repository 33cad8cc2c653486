//! The stage: calls by their request's type, a line per step, and every answer checked.

use std::{
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

use host::{PERSON_HEADER, ROLE_HEADER};
use prost::{Message, Name};
use tonic::{
    Code, Request, Status,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    metadata::AsciiMetadataValue,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt;

use super::cast::Actor;

/// How long something that follows may take, a restart of the product included.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// Something did not go as the playbook says.
#[derive(Debug)]
pub struct Surprise(pub String);

impl fmt::Display for Surprise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Surprise {}

/// Where the playbook is played: a running product, called over gRPC.
#[derive(Debug)]
pub struct Stage {
    channel: Channel,
    aloud: bool,
    keys: u32,
}

impl Stage {
    /// The product at `address`; `aloud` prints every step.
    pub fn at(address: SocketAddr, aloud: bool) -> Result<Self, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
        Ok(Self { channel: endpoint.connect_lazy(), aloud, keys: 0 })
    }

    /// A new key for a request.
    pub(crate) fn key(&mut self) -> String {
        self.keys += 1;
        format!("demo-{}", self.keys)
    }

    /// Announces what comes.
    pub(crate) fn scene(&self, title: &str) {
        self.say(format_args!("\n== {title}\n"));
    }

    pub(crate) fn say(&self, text: impl fmt::Display) {
        if self.aloud {
            println!("{text}");
        }
    }

    /// A step that has to succeed.
    pub(crate) async fn step<M, R>(
        &mut self,
        who: Actor,
        rule: &str,
        what: &str,
        message: M,
    ) -> Result<R, Surprise>
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        let reply = self.call(who, message).await;
        let reply = reply.map_err(|status| Surprise(format!("{rule}: {what}: {}", status.message())))?;
        self.line(who, rule, what, "done");
        Ok(reply)
    }

    /// A step that has to be refused for this reason, given for the whole or for one of its faults.
    pub(crate) async fn refused<M>(
        &mut self,
        who: Actor,
        rule: &str,
        what: &str,
        message: M,
        reason: &str,
    ) -> Result<(), Surprise>
    where
        M: Message + Name + Clone + 'static,
    {
        match self.call::<M, ()>(who, message).await {
            Ok(()) => Err(Surprise(format!("{rule}: {what}: was not refused"))),
            Err(status) if reasons(&status).iter().any(|given| given == reason) => {
                self.line(who, rule, what, &format!("refused: {}", status.message()));
                Ok(())
            }
            Err(status) => Err(Surprise(format!(
                "{rule}: {what}: refused for {:?} instead of {reason}: {}",
                reasons(&status),
                status.message()
            ))),
        }
    }

    /// Asks again and again until the answer is as it should become.
    pub(crate) async fn until<M, R>(
        &mut self,
        who: Actor,
        what: &str,
        message: M,
        good: impl Fn(&R) -> bool,
    ) -> Result<R, Surprise>
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        let begun = Instant::now();
        loop {
            match self.call::<M, R>(who, message.clone()).await {
                Ok(reply) if good(&reply) => {
                    self.say(format_args!("{:>52} {what} ({} ms)", "…", begun.elapsed().as_millis()));
                    return Ok(reply);
                }
                Ok(_) => {}
                Err(status) if status.code() == Code::NotFound => {}
                Err(status) => return Err(Surprise(format!("{what}: {}", status.message()))),
            }
            if begun.elapsed() > PATIENCE {
                return Err(Surprise(format!("{what}: it did not happen within {PATIENCE:?}")));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Calls the method that the request is named after, again while the product is not available.
    pub(crate) async fn call<M, R>(&self, who: Actor, message: M) -> Result<R, Status>
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        self.call_at(who, &path::<M>(), message).await
    }

    /// Calls the method at `path`.
    pub(crate) async fn call_at<M, R>(&self, who: Actor, path: &str, message: M) -> Result<R, Status>
    where
        M: Message + Clone + 'static,
        R: Message + Default + 'static,
    {
        let begun = Instant::now();
        loop {
            match self.once(who, path, message.clone()).await {
                Err(status) if is_passing(&status) && begun.elapsed() < PATIENCE => {
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
        let path: PathAndQuery = path.parse().map_err(|_| Status::internal("path"))?;
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert(PERSON_HEADER, AsciiMetadataValue::from_static(who.person));
        metadata.insert(ROLE_HEADER, AsciiMetadataValue::from_static(who.role));
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let reply = grpc.unary(request, path, ProstCodec::<M, R>::default()).await?;
        Ok(reply.into_inner())
    }

    fn line(&self, who: Actor, rule: &str, what: &str, result: &str) {
        let who = who.role;
        self.say(format_args!("{who:<21} {rule:<7} {what:<60} {result}"));
    }
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

/// The reason of a refusal and those of its faults.
fn reasons(status: &Status) -> Vec<String> {
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
