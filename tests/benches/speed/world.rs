//! Somebody who tells a customer's story, step by step, and spends little on it.

use std::{
    collections::HashMap,
    fmt::Debug,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use getmodern::client::Actor;
pub(crate) use getmodern::demo::cast::{
    ATS, FE, FM, FTA, GATEWAY, GET_MODERN_SME, GMFTA, LEADERSHIP, PROGRAM, SIX, SME,
};
use prost::{Message, Name, encoding};
use prost_reflect::DescriptorPool;
use proto::engagement::v1::{Engagement, GetEngagementRequest};
use tests::PATIENCE;
use tokio::time::sleep;
use tonic::{Code, Status};

use crate::{
    lines::{Ask, Line},
    load::is_passing,
    people::{People, key},
};

/// How long they wait before they look again.
const PAUSE: Duration = Duration::from_millis(2);

/// Somebody who tells a customer's story.
pub(crate) struct World {
    line: Line,
    people: People,
    /// Mutations that were carried out.
    pub(crate) done: Arc<AtomicUsize>,
}

impl World {
    pub(crate) fn new(line: Line, people: People) -> Self {
        Self { line, people, done: Arc::default() }
    }

    /// The same, who counts together with others.
    pub(crate) fn counting(self, done: &Arc<AtomicUsize>) -> Self {
        Self { done: Arc::clone(done), ..self }
    }

    /// Carries out a mutation that has to succeed, with a key of its own.
    pub(crate) async fn act<M, R>(&mut self, who: Actor, message: M) -> R
    where
        M: Message + Name + Default,
        R: Message + Default,
    {
        let mut body = message.encode_to_vec();
        // A field that is appended is the last of its kind, which counts.
        encoding::string::encode(place_of_key::<M>(), &key(), &mut body);
        let ask = Ask { body: body.into(), ..self.people.ask(who, &M::default()) };
        let begun = Instant::now();
        loop {
            match self.line.call(ask.clone()).await {
                Ok(reply) => {
                    self.done.fetch_add(1, Relaxed);
                    return R::decode(reply).expect("a reply");
                }
                Err(status) if is_passing(&status) && begun.elapsed() < PATIENCE => sleep(PAUSE).await,
                Err(status) => panic!("{}: {status:?}", M::NAME),
            }
        }
    }

    pub(crate) async fn read<M, R>(&self, who: Actor, message: &M) -> Result<R, Status>
    where
        M: Message + Name,
        R: Message + Default,
    {
        let answer = self.line.call(self.people.ask(who, message)).await?;
        Ok(R::decode(answer).expect("an answer"))
    }

    /// Reads something until it is as it has to become.
    pub(crate) async fn until<M, R>(&self, what: &str, message: M, good: impl Fn(&R) -> bool) -> R
    where
        M: Message + Name,
        R: Message + Default + Debug,
    {
        let begun = Instant::now();
        loop {
            match self.read::<M, R>(LEADERSHIP, &message).await {
                Ok(found) if good(&found) => return found,
                Err(status) if !is_passing(&status) && status.code() != Code::NotFound => {
                    panic!("{what}: {status:?}")
                }
                answer => assert!(begun.elapsed() < PATIENCE, "{what}: {answer:?}"),
            }
            sleep(PAUSE).await;
        }
    }

    pub(crate) async fn engagement(&self, name: &str) -> Engagement {
        let get = GetEngagementRequest { name: name.to_owned() };
        self.read(LEADERSHIP, &get).await.expect("it is read")
    }
}

/// The number of a request's field for its key.
fn place_of_key<M: Name>() -> u32 {
    static KNOWN: LazyLock<Mutex<HashMap<&'static str, u32>>> = LazyLock::new(Mutex::default);
    static POOL: LazyLock<DescriptorPool> =
        LazyLock::new(|| DescriptorPool::decode(proto::DESCRIPTORS).expect("our own descriptors read"));
    let look_up = || {
        let message = POOL.get_message_by_name(&M::full_name()).expect("one of ours");
        message.get_field_by_name("request_id").expect("a mutation has a key").number()
    };
    // Names of methods are all different.
    *KNOWN.lock().expect("unharmed").entry(M::NAME).or_insert_with(look_up)
}
