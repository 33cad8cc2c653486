//! Requests that are longer than most: how many bytes of them there may be at once, of one caller and of all together. They count
//! from when they come until what they began is done, and they are read one after the other, once they are whole: a message may
//! be many times as large as its bytes.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use http_body::{Frame, SizeHint};
use kernel::Person;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Code, Status, body::Body};

use super::{Turn, too_large};
use crate::{Fail, fail::plain};

/// Bytes of a request that count for nothing: most have fewer.
pub const USUAL_BYTES: usize = 16 * 1024;
/// Bytes beyond these of one caller.
pub const LARGE_OF_ONE: usize = 8 * 1024 * 1024;
/// The same of all callers together.
pub const LARGE_OF_ALL: usize = 32 * 1024 * 1024;

/// Bytes of a message's head in gRPC's frame: whether it is compressed, and how long it is.
const HEAD: usize = 5;

/// Bytes of long requests that there are, and whose turn it is to be read.
#[derive(Debug)]
pub(super) struct Large {
    held: Mutex<Held>,
    turn: Arc<Semaphore>,
}

impl Default for Large {
    fn default() -> Self {
        Self { held: Mutex::default(), turn: Arc::new(Semaphore::new(1)) }
    }
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    of: HashMap<Person, usize>,
}

impl Large {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, person: &Person, bytes: usize) -> Result<(), Status> {
        let mut held = self.held();
        let own = held.of.get(person).copied().unwrap_or_default() + bytes;
        if own > LARGE_OF_ONE {
            return Err(too_large());
        }
        if held.all + bytes > LARGE_OF_ALL {
            return Err(Fail::Busy.into());
        }
        held.all += bytes;
        held.of.insert(person.clone(), own);
        Ok(())
    }

    fn give(&self, person: &Person, bytes: usize) {
        let mut held = self.held();
        held.all = held.all.saturating_sub(bytes);
        let Some(own) = held.of.get_mut(person) else { return };
        *own = own.saturating_sub(bytes);
        if *own == 0 {
            held.of.remove(person);
        }
    }
}

/// One call's share of them, for as long as it is not dropped.
#[derive(Debug)]
pub(super) struct Share {
    large: Arc<Large>,
    person: Person,
    bytes: AtomicUsize,
    reads: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Share {
    pub(super) fn new(large: &Arc<Large>, person: &Person) -> Self {
        Self {
            large: Arc::clone(large),
            person: person.clone(),
            bytes: AtomicUsize::default(),
            reads: Mutex::default(),
        }
    }

    /// It was read, and answered: the next one may be.
    pub(super) fn was_read(&self) {
        *self.reads.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn reads(&self, permit: Option<OwnedSemaphorePermit>) {
        *self.reads.lock().unwrap_or_else(PoisonError::into_inner) = permit;
    }

    fn take(&self, bytes: usize) -> Result<(), Status> {
        self.large.take(&self.person, bytes)?;
        self.bytes.fetch_add(bytes, Relaxed);
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let bytes = *self.bytes.get_mut();
        if bytes > 0 {
            self.large.give(&self.person, bytes);
        }
    }
}

/// A request that is counted as it comes, and whose end is given once it is its turn to be read, if it is long.
pub(super) struct Counted {
    body: Body,
    turn: Arc<Turn>,
    came: usize,
    /// Its first bytes, which say how many there are.
    head: Vec<u8>,
    /// The last part of a long one.
    last: Option<Bytes>,
    waits: Option<BoxFuture<'static, Option<OwnedSemaphorePermit>>>,
}

impl Counted {
    pub(super) fn of(body: Body, turn: Arc<Turn>) -> Body {
        Body::new(Self { body, turn, came: 0, head: Vec::new(), last: None, waits: None })
    }

    /// Takes what came, and gives what is to be looked at already: of a long one nothing that makes it whole.
    fn take(&mut self, data: Bytes) -> Result<Option<Bytes>, Status> {
        let before = self.came.max(USUAL_BYTES);
        self.came += data.len();
        self.head.extend(data.iter().take(HEAD - self.head.len()));
        let Some(more) = self.came.checked_sub(before).filter(|more| *more > 0) else {
            return Ok(Some(data));
        };
        self.turn.share.take(more)?;
        if self.came > self.whole() {
            return Err(plain(Code::InvalidArgument, "MESSAGE_MALFORMED", "a call carries one message"));
        }
        Ok(self.last.replace(data))
    }

    /// Bytes of the message and of its head.
    fn whole(&self) -> usize {
        let length = self.head.get(1..).and_then(|length| length.try_into().ok()).map(u32::from_be_bytes);
        length.map_or(usize::MAX, |length| HEAD.saturating_add(length.try_into().unwrap_or(usize::MAX)))
    }

    /// Waits until the end of a long one may be read.
    fn poll_turn(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let semaphore = &self.turn.share.large.turn;
        let waits =
            self.waits.get_or_insert_with(|| Arc::clone(semaphore).acquire_owned().map(Result::ok).boxed());
        let permit = ready!(waits.as_mut().poll(task));
        self.turn.share.reads(permit);
        Poll::Ready(())
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        loop {
            if self.last.is_some() && self.body.is_end_stream() {
                ready!(self.poll_turn(task));
                return Poll::Ready(self.last.take().map(|last| Ok(Frame::data(last))));
            }
            let frame =
                match ready!(Pin::new(&mut self.body).poll_frame(task)).transpose()?.map(Frame::into_data) {
                    Some(Ok(data)) => self.take(data)?,
                    // Nobody here reads trailers.
                    Some(Err(_)) if self.last.is_some() => None,
                    Some(Err(trailers)) => return Poll::Ready(Some(Ok(trailers))),
                    None if self.last.is_some() => {
                        self.body = Body::empty();
                        None
                    }
                    None => return Poll::Ready(None),
                };
            if let Some(data) = frame {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.last.is_none() { self.body.size_hint() } else { SizeHint::default() }
    }
}

#[cfg(test)]
mod tests {
    use futures::{
        StreamExt,
        stream::{iter, pending},
    };
    use http_body_util::{BodyExt, StreamBody};
    use kernel::{Caller, Role};

    use super::*;
    use crate::{LimitSettings, callers::Callers};

    /// A request of somebody's, whose parts are these, and which then ends or goes on for ever.
    fn counted(callers: &Arc<Callers>, parts: Vec<Vec<u8>>, ends: bool) -> (Arc<Turn>, Body) {
        let person = Person::parse("people/ada").expect("a person");
        let caller = Caller { person, role: Role::Gmfta };
        let turn = Arc::new(callers.admit(&caller, false).expect("room"));
        let parts = iter(parts.into_iter().map(|part| Ok::<_, Status>(Frame::data(Bytes::from(part)))));
        let parts = if ends { parts.boxed() } else { parts.chain(pending()).boxed() };
        let body = Body::new(StreamBody::new(parts));
        (Arc::clone(&turn), Counted::of(body, turn))
    }

    /// A long message in two parts.
    fn long() -> Vec<Vec<u8>> {
        let length = u32::try_from(4 * USUAL_BYTES).expect("short").to_be_bytes();
        vec![[&[0], &length[..], &vec![7; 3 * USUAL_BYTES]].concat(), vec![7; USUAL_BYTES]]
    }

    /// Bytes that are given without waiting.
    fn given(body: &mut Body) -> usize {
        let mut bytes = 0;
        while let Some(Some(Ok(frame))) = body.frame().now_or_never() {
            bytes += frame.data_ref().map_or(0, Bytes::len);
        }
        bytes
    }

    #[tokio::test]
    async fn a_long_request_is_read_when_it_is_whole_and_no_other_is() {
        let callers = Arc::new(Callers::new(&LimitSettings::default()));
        let whole = long().concat().len();
        let (_, mut halts) = counted(&callers, long(), false);
        assert_eq!(given(&mut halts), whole - USUAL_BYTES, "its end has not come");
        let (first, mut body) = counted(&callers, long(), true);
        assert_eq!(given(&mut body), whole, "it is its turn");
        let (_second, mut next) = counted(&callers, long(), true);
        assert_eq!(given(&mut next), whole - USUAL_BYTES, "it is not");
        first.was_read();
        assert_eq!(given(&mut next), USUAL_BYTES);
        let (_, mut short) = counted(&callers, vec![vec![0, 0, 0, 0, 1], vec![7]], false);
        assert_eq!(given(&mut short), 6, "a short one waits for nothing");
    }

    #[tokio::test]
    async fn a_call_carries_one_long_message() {
        let callers = Arc::new(Callers::new(&LimitSettings::default()));
        let (_, two) = counted(&callers, [long(), vec![vec![0]]].concat(), true);
        assert!(two.collect().await.is_err());
    }

    #[test]
    fn long_requests_are_bounded_for_each_and_for_all_and_count_until_they_are_done() {
        let large = Arc::<Large>::default();
        let share = |name: &str| Share::new(&large, &Person::parse(name).expect("a person"));
        let code = |taken: Result<(), Status>| taken.err().map(|status| status.code());
        let [ada, again] = [share("people/ada"), share("people/ada")];
        assert_eq!(code(ada.take(LARGE_OF_ONE)), None);
        assert_eq!(code(again.take(1)), Some(Code::ResourceExhausted), "it is theirs, in whichever call");
        let others: Vec<_> = ["a", "b", "c"].map(|name| share(&format!("people/{name}"))).into();
        assert!(others.iter().all(|other| code(other.take(LARGE_OF_ONE)).is_none()));
        assert_eq!(code(share("people/d").take(1)), Some(Code::Unavailable), "all together");
        drop((ada, others));
        assert_eq!(code(again.take(LARGE_OF_ONE)), None);
        drop(again);
        let held = large.held();
        assert_eq!((held.all, held.of.len()), (0, 0));
    }
}
