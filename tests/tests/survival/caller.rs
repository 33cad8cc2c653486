//! A caller who has several replicas of each service to ask, one after the other, until one has the answer.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use getmodern::client::Actor;
use host::{PERSON_HEADER, ROLE_HEADER};
use prost::{Message, Name};
use tokio::time::{sleep, timeout};
use tonic::{Request, Status, client::Grpc, metadata::AsciiMetadataValue, transport::Channel};
use tonic_prost::ProstCodec;

use crate::{
    catalogue::taking,
    line::Line,
    policy::Policy,
    tally::{Fate, Tally},
};

/// An attempt that takes longer hangs.
const HANGS: Duration = Duration::from_mins(2);
/// A call that does not succeed for so long never will.
const PATIENCE: Duration = tests::PATIENCE;
const PAUSE: Duration = Duration::from_millis(50);

/// A caller who has several replicas of each service to ask. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    lines: Arc<[(&'static str, Vec<Line>)]>,
    turn: Arc<AtomicUsize>,
    deadline: Option<Duration>,
    policy: Option<Policy>,
    pub(crate) tally: Arc<Tally>,
}

impl Caller {
    /// Asks the replicas at these addresses, given by the packages of their services, each in its turn.
    pub(crate) fn new(addresses: Vec<(&'static str, Vec<SocketAddr>)>) -> Self {
        Self::along(addresses, Line::always, None)
    }

    /// Asks only those that say they serve, and repeats its calls as the policy allows.
    pub(crate) fn following(policy: Policy, addresses: Vec<(&'static str, Vec<SocketAddr>)>) -> Self {
        Self::along(addresses, Line::watched, Some(policy))
    }

    fn along(
        addresses: Vec<(&'static str, Vec<SocketAddr>)>,
        line: fn(SocketAddr) -> Line,
        policy: Option<Policy>,
    ) -> Self {
        let lines =
            addresses.into_iter().map(|(package, all)| (package, all.into_iter().map(line).collect()));
        let (turn, tally) = (Arc::default(), Arc::new(Tally::new()));
        Self { lines: lines.collect(), turn, deadline: None, policy, tally }
    }

    /// The same, giving each attempt so much time.
    pub(crate) fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Calls the method that the request is named after, again and again until there is an answer.
    pub(crate) async fn call<M, R>(&self, who: Actor, message: M) -> Result<R, Status>
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        let begun = Instant::now();
        loop {
            let answer = timeout(HANGS, self.attempts(who, &message)).await;
            let answer = answer.unwrap_or_else(|_| panic!("{} hangs", M::NAME));
            let fate = self.tally.note(M::PACKAGE, &answer);
            if !fate.passes() {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{}: {:?}", M::NAME, answer.err());
            sleep(PAUSE).await;
        }
    }

    /// One call, in as many attempts as the policy allows.
    async fn attempts<M, R>(&self, who: Actor, message: &M) -> Result<R, Status>
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        let Some(policy) = &self.policy else { return self.once(who, message.clone()).await };
        let attempts = async {
            for attempt in 1.. {
                let answer = self.once(who, message.clone()).await;
                // A broken connection is UNAVAILABLE to the clients that the policy is written for.
                let again = matches!(Fate::of(&answer), Fate::Away | Fate::Broken);
                if !again || attempt == policy.attempts {
                    return answer;
                }
                sleep(policy.backoff(attempt, fastrand::f64())).await;
            }
            unreachable!("the last attempt has been made")
        };
        let late = Status::deadline_exceeded("the whole call took too long");
        timeout(policy.timeout, attempts).await.unwrap_or(Err(late))
    }

    /// Calls it once, at the replica whose turn it is.
    pub(crate) async fn once<M, R>(&self, who: Actor, message: M) -> Result<R, Status>
    where
        M: Message + Name + 'static,
        R: Message + Default + 'static,
    {
        let path = taking(&M::full_name()).path().parse().expect("a path");
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert(PERSON_HEADER, AsciiMetadataValue::from_static(who.person));
        metadata.insert(ROLE_HEADER, AsciiMetadataValue::from_static(who.role));
        if let Some(deadline) = self.deadline {
            request.set_timeout(deadline);
        }
        let mut grpc = Grpc::new(self.channel(M::PACKAGE).await);
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        Ok(grpc.unary(request, path, ProstCodec::<M, R>::default()).await?.into_inner())
    }

    /// The next replica that serves, as soon as there is one.
    async fn channel(&self, package: &str) -> Channel {
        let (_, lines) = self.lines.iter().find(|(its, _)| *its == package).expect("a service");
        loop {
            let turn = self.turn.fetch_add(1, Relaxed);
            let mut rotated = (0..lines.len()).map(|step| &lines[(turn + step) % lines.len()]);
            if let Some(line) = rotated.find(|line| line.serves()) {
                return line.channel.clone();
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}
