//! Who did what, and who was refused what: the same for every service, for those who audit (I-18).

use kernel::{Caller, Moment};
use ledger::{Outcome, TrailEntry, TrailEvent, TrailQuery, count_not_kept, trail};
use proto::common::v1::{AuditEntry, ListAuditEntriesRequest, ListAuditEntriesResponse, audit_entry};
use tonic::{Response, Status};

use crate::{Desk, Fail, Fields, clock, list::cut, token::PageRequest, wire};

impl Desk {
    /// Lists what was done and what was refused, the newest first.
    pub async fn list_audit_entries(
        &self,
        caller: &Caller,
        request: &ListAuditEntriesRequest,
    ) -> Result<Response<ListAuditEntriesResponse>, Status> {
        Ok(Response::new(self.audit_entries(caller, request).await?))
    }

    async fn audit_entries(
        &self,
        caller: &Caller,
        request: &ListAuditEntriesRequest,
    ) -> Result<ListAuditEntriesResponse, Fail> {
        let mut fields = Fields::new(clock::now());
        let query = query(request, &mut fields);
        self.inner.here.check_resource(&mut fields, query.resource.as_deref());
        self.inner.here.check_method(&mut fields, query.method.as_deref());
        let question = ListAuditEntriesRequest { page_size: 0, page_token: String::new(), ..request.clone() };
        let ring = self.ring(&request.page_token).await?;
        let ask = PageRequest::of(&ring, caller, &question, request.page_size, &request.page_token);
        let (limit, after) = (fields.noting(ask.limit(), 0), fields.noting(ask.after(), None));
        fields.finish()?;
        let query = TrailQuery { after, limit: limit + 1, ..query };
        let found = trail(self.ledger(), &query).await?;
        let mut entries: Vec<_> = found.iter().cloned().map(shown).collect();
        let next_page_token = cut(&found, &mut entries, limit, |last| ask.next(&last.key));
        let not_kept = count_not_kept(self.ledger()).await?;
        Ok(ListAuditEntriesResponse { entries, next_page_token, not_kept })
    }
}

/// What is asked for, of all pages.
pub(crate) fn query(request: &ListAuditEntriesRequest, fields: &mut Fields) -> TrailQuery {
    let (from, until) = ("from_time", "until_time");
    let (from, until) = fields.sought_span((from, request.from_time), (until, request.until_time));
    TrailQuery {
        person: fields.sought_person("person", &request.person),
        role: (request.role != 0).then(|| fields.role("role", request.role)),
        resource: fields.sought_resource("resource", &request.resource),
        method: fields.sought_method("method", &request.method),
        accepted: (request.outcome != 0)
            .then(|| fields.choice("outcome", request.outcome, is_accepted, false)),
        // No entry is of the last day of the year 9999.
        from: from.map(Moment::time),
        until: until.map(Moment::time),
        ..TrailQuery::default()
    }
}

fn is_accepted(number: i32) -> Option<bool> {
    match audit_entry::Outcome::try_from(number).ok()? {
        audit_entry::Outcome::Accepted => Some(true),
        audit_entry::Outcome::Refused => Some(false),
        audit_entry::Outcome::Unspecified => None,
    }
}

fn shown(entry: TrailEntry) -> AuditEntry {
    let common = AuditEntry {
        time: Some(proto::to_wire(entry.key.time())),
        person: entry.person.unwrap_or_default(),
        role: entry.role.and_then(|role| role.parse().ok()).map(wire::role_number).unwrap_or_default(),
        peer: entry.peer.unwrap_or_default(),
        method: entry.method.unwrap_or_default(),
        resource: entry.resource.unwrap_or_default(),
        ..AuditEntry::default()
    };
    match entry.outcome {
        Outcome::Accepted { request_id, events } => accepted(common, request_id, events),
        Outcome::Refused { code, reason, rules, times } => AuditEntry {
            rules: rules.split(',').filter(|rule| !rule.is_empty()).map(str::to_owned).collect(),
            outcome: audit_entry::Outcome::Refused.into(),
            code,
            reason,
            times,
            ..common
        },
    }
}

fn accepted(common: AuditEntry, request_id: String, events: Vec<TrailEvent>) -> AuditEntry {
    let mut rules: Vec<_> = events.iter().map(|event| event.rule.clone()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules.retain(|rule| !rule.is_empty());
    let event = |event: TrailEvent| audit_entry::Event { revision: event.revision, kind: event.kind };
    AuditEntry {
        events: events.into_iter().map(event).collect(),
        rules,
        outcome: audit_entry::Outcome::Accepted.into(),
        times: 1,
        request_id,
        ..common
    }
}
