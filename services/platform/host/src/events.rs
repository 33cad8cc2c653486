//! The journal as other services and people read it: the same for every service.

use std::sync::Arc;

use kernel::{Caller, Erasure, Moment};
use ledger::{Entry, Eyes, JournalQuery, Position, Sieve, head, position, read_narrowed};
use proto::common::v1::{Event, ListEventsRequest, ListEventsResponse, PersonalDataErased};
use tonic::{Response, Status};

use crate::{
    Desk, Fail, Fields, clock,
    list::cut,
    payload::Form,
    token::{PageRequest, Place, Tokens},
    wire,
};

impl Desk {
    /// Reads a part of what the caller sees of the journal, oldest first.
    pub async fn list_events(
        &self,
        caller: &Caller,
        request: &ListEventsRequest,
    ) -> Result<Response<ListEventsResponse>, Status> {
        Ok(Response::new(self.events(caller, request).await?))
    }

    async fn events(&self, caller: &Caller, request: &ListEventsRequest) -> Result<ListEventsResponse, Fail> {
        let question = ListEventsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
        let ring = self.ring(&request.page_token).await?;
        let tokens = Tokens { ring: Arc::clone(&ring), reader: caller };
        let ask = PageRequest::of(&ring, caller, &question, request.page_size, &request.page_token);
        let mut fields = Fields::new(clock::now());
        let resource = fields.sought_resource("resource", &request.resource);
        let sieve = sieve(request, &mut fields);
        self.inner.here.check_resource(&mut fields, resource.as_deref());
        fields.after_revision(request.after_revision);
        let (limit, after) = (fields.noting(ask.limit(), 0), fields.noting(ask.after_place(), None));
        fields.finish()?;
        let resource = resource.as_deref();
        let head = head(self.ledger()).await?;
        let after = match after {
            Some(place) => place,
            None => self.place(request.after_revision, &head).await?.into(),
        };
        let eyes = self.eyes(caller);
        let query =
            JournalQuery { after: after.revision, resource, eyes: &eyes, sieve: &sieve, limit: limit + 1 };
        let (_, found) = self.read_narrowed(&after, query, &head).await?;
        let published = found.iter().map(|entry| self.publish(entry, Form::of(caller), &tokens));
        let mut events: Vec<_> = published.collect::<Result<_, _>>()?;
        let next_page_token = cut(&found, &mut events, limit, |last| ask.next_place(&last.position()));
        let (head_revision, resume_token) = (head.revision, tokens.of(&head.shown_to(&eyes)));
        Ok(ListEventsResponse { events, next_page_token, head_revision, resume_token })
    }

    /// The place after this revision, for a reader who knows no more than the number.
    pub(crate) async fn place(&self, revision: i64, head: &Position) -> Result<Position, Fail> {
        let found = position(self.ledger(), revision).await?;
        found.ok_or(Fail::LogReset { after: revision, head: head.revision })
    }

    /// A place as these eyes see it, and what comes after it, if the journal still has it: else it was set back, and its readers
    /// have to know.
    pub(crate) async fn read_on(
        &self,
        after: &Place,
        resource: Option<&str>,
        eyes: &Eyes,
        limit: i64,
        head: &Position,
    ) -> Result<(Position, Vec<Entry>), Fail> {
        let query = JournalQuery { after: after.revision, resource, eyes, sieve: Sieve::ALL, limit };
        self.read_narrowed(after, query, head).await
    }

    async fn read_narrowed(
        &self,
        after: &Place,
        query: JournalQuery<'_>,
        head: &Position,
    ) -> Result<(Position, Vec<Entry>), Fail> {
        let found = read_narrowed(self.ledger(), query).await?;
        let found = found.filter(|found| after.fits(found.there.as_ref()));
        let found = found.ok_or(Fail::LogReset { after: after.revision, head: head.revision })?;
        Ok((found.there.unwrap_or(Position::numbered(after.revision)), found.entries))
    }

    /// A journal entry as others see it.
    pub(crate) fn publish(&self, entry: &Entry, form: Form, tokens: &Tokens<'_>) -> Result<Event, Fail> {
        let publisher = entry.resource().and_then(|(collection, _)| self.inner.publishers.get(collection));
        let payload = match entry.erasure()? {
            Some(erasure) => Some(wire::any(&erased(&erasure))),
            None => publisher.map_or(Ok(None), |publish| publish(entry))?,
        };
        Ok(form.of_event(Event {
            payload,
            resume_token: tokens.of(&entry.position()),
            revision: entry.revision,
            resource: entry.resource.clone(),
            parent: entry.parent.clone().unwrap_or_default(),
            kind: entry.kind.clone(),
            rule: entry.rule.clone(),
            stamp: Some(wire::stamp(&entry.stamp)),
            request_id: entry.request_id.clone(),
            version_before: entry.version_before,
            version_after: entry.version_after,
            trace_parent: entry.trace_parent.clone().unwrap_or_default(),
        }))
    }
}

/// What the events are narrowed to.
fn sieve(request: &ListEventsRequest, fields: &mut Fields) -> Sieve {
    let (from, until) = ("from_time", "until_time");
    let (from, until) = fields.sought_span((from, request.from_time), (until, request.until_time));
    let kinds =
        fields.each("kinds", &request.kinds, 0..=50, |fields, path, kind| fields.sought_kind(path, kind));
    // No event is of the last day of the year 9999.
    Sieve { kinds, from: from.map(Moment::time), until: until.map(Moment::time) }
}

/// What was erased, for those who have copies: where to look again.
fn erased(erasure: &Erasure) -> PersonalDataErased {
    PersonalDataErased { revisions: erasure.places().iter().map(|place| place.revision).collect() }
}
