//! Following the journal as it grows: ordered, unique, complete, resumable.

use std::time::Duration;

use kernel::Caller;
use ledger::{Entry, Eyes, Position, head};
use prost::Message;
use proto::common::v1::{Event, WatchEventsRequest, WatchEventsResponse, watch_events_request::Start};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until, timeout_at},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status};

use crate::{
    Desk, Fail, Fields, clock,
    deadline::{Deadline, exceeded},
    desk::caller,
    fail::{plain, retriable},
    identity::{Refused, Until},
    payload::Form,
    telemetry::Watching,
    token::{Place, Tokens},
};

/// What a watcher receives.
pub type EventStream = ReceiverStream<Result<WatchEventsResponse, Status>>;

/// Room kept for how the watch ended: a reader that is too slow has filled all the rest.
type LastWord = mpsc::OwnedPermit<Result<WatchEventsResponse, Status>>;

/// Events of one message.
pub const BATCH: i64 = 200;
/// Bytes after which a batch is closed: far below what clients take at once.
pub const BATCH_BYTES: usize = 1024 * 1024;
/// Batches a reader may be behind in receiving before the stream waits for it.
const AHEAD: usize = 4;
/// How long a reader may leave the stream waiting before it is ended.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// A sign of life when nothing happens; also how often the journal is looked at without a hint.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(5);

impl Desk {
    /// Starts a watch. It ends with `OUT_OF_RANGE` when the journal does not have what it would start after, and with
    /// `RESOURCE_EXHAUSTED` when its reader is too slow; either way the reader knows where to resume.
    pub async fn watch_events(
        &self,
        request: Request<WatchEventsRequest>,
    ) -> Result<Response<EventStream>, Status> {
        let deadline = request.extensions().get::<Deadline>().copied();
        let until = request.extensions().get::<Until>().copied();
        let caller = caller(&request)?;
        let eyes = self.eyes(&caller);
        let request = request.into_inner();
        let mut fields = Fields::new(clock::now());
        let resource = fields.sought_resource("resource", &request.resource);
        self.inner.here.check_resource(&mut fields, resource.as_deref());
        let resumed = self.resumed(&caller, request.start.as_ref(), &mut fields).await?;
        fields.finish().map_err(Fail::from)?;
        let newest = head(self.ledger()).await.map_err(Fail::from)?;
        let after = match &request.start {
            Some(Start::Latest(true)) => newest.clone().into(),
            Some(Start::AfterRevision(revision)) => self.place(*revision, &newest).await?.into(),
            Some(Start::ResumeToken(_) | Start::Latest(false)) | None => resumed,
        };
        let (after, _) = self.read_on(&after, None, &eyes, 0, &newest).await?;
        let (sender, receiver) = mpsc::channel(AHEAD + 1);
        let last_word = sender.clone().try_reserve_owned().map_err(|_| Fail::Fault("no room".to_owned()))?;
        let revisions = self.ledger().revisions();
        let (desk, sent) = (self.clone(), Instant::now());
        let watching = Watching::begin(self.inner.service);
        let watcher = Watcher { watching, desk, caller, resource, eyes, after, sender, revisions, sent };
        tokio::spawn(watcher.run(deadline, until, last_word));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    /// The place of a resume token; the beginning where there is none. Faults of a start's form are noted.
    async fn resumed(
        &self,
        caller: &Caller,
        start: Option<&Start>,
        fields: &mut Fields,
    ) -> Result<Place, Fail> {
        let beginning = Position::default().into();
        match start {
            Some(Start::ResumeToken(token)) => {
                let tokens = Tokens { ring: self.ring(token).await?, reader: caller };
                return Ok(fields.noting(tokens.read(token), beginning));
            }
            Some(Start::AfterRevision(revision)) => fields.after_revision(*revision),
            Some(Start::Latest(_)) | None => {}
        }
        Ok(beginning)
    }
}

struct Watcher {
    #[expect(dead_code, reason = "it counts for as long as it is there")]
    watching: Watching,
    desk: Desk,
    caller: Caller,
    resource: Option<String>,
    /// Asked of each batch anew: whoever leaves a roster sees nothing from then on.
    eyes: Eyes,
    after: Position,
    sender: mpsc::Sender<Result<WatchEventsResponse, Status>>,
    revisions: watch::Receiver<i64>,
    /// When something was sent last.
    sent: Instant,
}

impl Watcher {
    async fn run(mut self, deadline: Option<Deadline>, until: Option<Until>, last_word: LastWord) {
        let sender = self.sender.clone();
        let end = reached(deadline.and_then(|deadline| deadline.end));
        let expired = reached(until.map(|Until(at)| at));
        let mut stop = self.desk.inner.stop.clone();
        let stopped = async {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let ended = tokio::select! {
            ended = self.follow() => ended.err(),
            () = end => Some(exceeded()),
            () = expired => Some(Refused::Expired.into()),
            () = stopped => Some(stopping()),
            () = sender.closed() => None,
        };
        if let Some(status) = ended {
            last_word.send(Err(status));
        }
    }

    /// Sends what happens, and a sign of life whenever nothing was sent for a while, until something ends it.
    async fn follow(&mut self) -> Result<(), Status> {
        self.send(Vec::new(), self.after.clone()).await?;
        loop {
            self.revisions.borrow_and_update();
            while self.send_batch().await? {}
            match timeout_at(self.sent + HEARTBEAT, self.revisions.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(stopping()),
                Err(_) => self.send(Vec::new(), self.after.clone()).await?,
            }
        }
    }

    /// Sends the next batch; false when there is nothing more for now.
    async fn send_batch(&mut self) -> Result<bool, Status> {
        let resource = self.resource.as_deref();
        // Read before the batch: everything up to here is either in the batch or of no interest.
        let newest = head(self.desk.ledger()).await.map_err(Fail::from)?;
        let after = Place::from(self.after.clone());
        let (_, found) = self.desk.read_on(&after, resource, &self.eyes, BATCH, &newest).await?;
        if found.is_empty() {
            if newest.revision > self.after.revision {
                self.after = newest.shown_to(&self.eyes);
            }
            return Ok(false);
        }
        let mut room = BATCH_BYTES;
        let (form, tokens) = (Form::of(&self.caller), self.tokens().await?);
        let events = found.iter().map(|entry| self.desk.publish(entry, form, &tokens));
        let fitting = events.take_while(|event| event.as_ref().map_or(true, |event| fits(event, &mut room)));
        let batch: Vec<Event> = fitting.collect::<Result<_, _>>()?;
        let last = found[..batch.len()].last().map_or_else(|| self.after.clone(), Entry::position);
        self.send(batch, last).await?;
        Ok(true)
    }

    /// What its reader is given tokens with, as it is now.
    async fn tokens(&self) -> Result<Tokens<'_>, Status> {
        Ok(Tokens { ring: self.desk.ring("").await?, reader: &self.caller })
    }

    /// Sends what leads up to a place; the watch can be resumed there only once it is sent.
    async fn send(&mut self, events: Vec<Event>, place: Position) -> Result<(), Status> {
        let (revision, resume_token) = (place.revision, self.tokens().await?.of(&place));
        let response = WatchEventsResponse { events, revision, resume_token };
        let until = Instant::now() + PATIENCE;
        if timeout_at(until, self.sender.send(Ok(response))).await.is_ok() {
            (self.after, self.sent) = (place, Instant::now());
            return Ok(());
        }
        let text = format!("the reader is too slow; resume after revision {}", self.after.revision);
        Err(plain(Code::ResourceExhausted, "WATCHER_TOO_SLOW", text))
    }
}

/// Whether there is still room for `event`; the first always fits.
fn fits(event: &Event, room: &mut usize) -> bool {
    let fits = *room > 0;
    *room = room.saturating_sub(event.encoded_len());
    fits
}

/// Waits for a moment, if there is one.
async fn reached(moment: Option<Instant>) {
    match moment {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn stopping() -> Status {
    retriable(Code::Unavailable, "SHUTTING_DOWN", "the service is stopping; resume elsewhere")
}
