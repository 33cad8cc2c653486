//! The journal as other services and people read it: the same for every service.

use kernel::{Kind, Refusal};
use ledger::{Entry, JournalQuery, entries, head};
use proto::common::v1::{Event, ListEventsRequest, ListEventsResponse};
use tonic::{Response, Status};

use crate::{Desk, Fail, list::cut, token::PageRequest, wire};

impl Desk {
    /// Reads a part of the journal, oldest first.
    pub async fn list_events(
        &self,
        request: &ListEventsRequest,
    ) -> Result<Response<ListEventsResponse>, Status> {
        Ok(Response::new(self.events(request).await?))
    }

    async fn events(&self, request: &ListEventsRequest) -> Result<ListEventsResponse, Fail> {
        let question = format!("events{:?}", (request.after_revision, &request.resource));
        let ask = PageRequest { question: &question, size: request.page_size, token: &request.page_token };
        let limit = ask.limit()?;
        let after = ask.after::<i64>()?.unwrap_or(request.after_revision);
        let resource = Some(request.resource.as_str()).filter(|resource| !resource.is_empty());
        // Whoever wrote and then reads here finds it.
        self.ledger().settle().await?;
        let head_revision = head(self.ledger()).await?;
        check_start(request.after_revision, head_revision)?;
        let query = JournalQuery { after, resource, limit: limit + 1 };
        let found = entries(self.ledger(), query).await?;
        let mut events: Vec<_> =
            found.iter().map(|entry| self.publish(entry.clone())).collect::<Result<_, _>>()?;
        let next_page_token = cut(&found, &mut events, limit, |last| ask.next(&last.revision));
        Ok(ListEventsResponse { events, next_page_token, head_revision })
    }

    /// A journal entry as others see it.
    pub(crate) fn publish(&self, entry: Entry) -> Result<Event, Fail> {
        let publisher = entry.resource().and_then(|(collection, _)| self.inner.publishers.get(collection));
        let payload = publisher.map_or(Ok(None), |publish| publish(&entry))?;
        Ok(Event {
            payload,
            revision: entry.revision,
            resource: entry.resource,
            parent: entry.parent.unwrap_or_default(),
            kind: entry.kind,
            rule: entry.rule,
            stamp: Some(wire::stamp(&entry.stamp)),
            request_id: entry.request_id,
            version_before: entry.version_before,
            version_after: entry.version_after,
        })
    }
}

/// Refuses to begin after what has happened: the journal was set back, and its readers have to know.
pub(crate) fn check_start(after: i64, head: i64) -> Result<(), Fail> {
    if after < 0 {
        let text = "after_revision may not be negative";
        return Err(Refusal::new(Kind::Invalid, "", "FIELD_MALFORMED", "after_revision", text).into());
    }
    if after > head {
        return Err(Fail::LogReset { after, head });
    }
    Ok(())
}
