//! The journal as other services and people read it: the same for every service.

use kernel::{Caller, Erasure, Kind, Refusal};
use ledger::{Entry, Eyes, Position, entries_after, head, position};
use proto::common::v1::{Event, ListEventsRequest, ListEventsResponse, PersonalDataErased};
use tonic::{Response, Status};

use crate::{Desk, Fail, Fields, clock, list::cut, payload::Form, token::PageRequest, wire};

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
        let ask = PageRequest::of(caller, &question, request.page_size, &request.page_token);
        let mut fields = Fields::new(clock::now());
        let resource = fields.sought_resource("resource", &request.resource);
        self.inner.here.check_resource(&mut fields, resource.as_deref());
        fields.after_revision(request.after_revision);
        let (limit, token) = (fields.noting(ask.limit(), 0), fields.noting(ask.after::<String>(), None));
        let token = token.map(|token| fields.noting(place_of(&token, "page_token"), Position::default()));
        fields.finish()?;
        let resource = resource.as_deref();
        // Whoever wrote and then reads here finds it.
        self.ledger().settle().await?;
        let head = head(self.ledger()).await?;
        let after = match token {
            Some(place) => place,
            None => self.place(request.after_revision, &head).await?,
        };
        let eyes = Eyes::of(caller);
        let found = self.read_on(&after, resource, &eyes, limit + 1, &head).await?;
        let published = found.iter().map(|entry| self.publish(entry, Form::of(caller)));
        let mut events: Vec<_> = published.collect::<Result<_, _>>()?;
        let next_page_token = cut(&found, &mut events, limit, |last| ask.next(&last.position().to_string()));
        let (head_revision, resume_token) = (head.revision, head.shown_to(&eyes).to_string());
        Ok(ListEventsResponse { events, next_page_token, head_revision, resume_token })
    }

    /// The place after this revision, for a reader who knows no more than the number.
    pub(crate) async fn place(&self, revision: i64, head: &Position) -> Result<Position, Fail> {
        let found = position(self.ledger(), revision).await?;
        found.ok_or(Fail::LogReset { after: revision, head: head.revision })
    }

    /// What comes after a place, if the journal still has it: else it was set back, and its readers have to know.
    pub(crate) async fn read_on(
        &self,
        after: &Position,
        resource: Option<&str>,
        eyes: &Eyes,
        limit: i64,
        head: &Position,
    ) -> Result<Vec<Entry>, Fail> {
        let found = entries_after(self.ledger(), after, resource, eyes, limit).await?;
        found.ok_or(Fail::LogReset { after: after.revision, head: head.revision })
    }

    /// A journal entry as others see it.
    pub(crate) fn publish(&self, entry: &Entry, form: Form) -> Result<Event, Fail> {
        let publisher = entry.resource().and_then(|(collection, _)| self.inner.publishers.get(collection));
        let payload = match entry.erasure()? {
            Some(erasure) => Some(wire::any(&erased(&erasure))),
            None => publisher.map_or(Ok(None), |publish| publish(entry))?,
        };
        Ok(form.of_event(Event {
            payload,
            resume_token: entry.position().to_string(),
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

/// What was erased, for those who have copies: where to look again.
fn erased(erasure: &Erasure) -> PersonalDataErased {
    PersonalDataErased { revisions: erasure.places().iter().map(|place| place.revision).collect() }
}

/// The place that a token of ours stands for.
pub(crate) fn place_of(token: &str, field: &str) -> Result<Position, Refusal> {
    let text = "it is none of the tokens that this service gives";
    token.parse().map_err(|()| Refusal::new(Kind::Invalid, "", "FIELD_MALFORMED", field, text))
}
