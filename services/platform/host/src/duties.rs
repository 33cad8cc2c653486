//! What is waiting on whom, for how long: the same for every service.

use jiff::SignedDuration;
use kernel::{Caller, Role, Time};
use ledger::{DutyQuery, DutyRow, duties};
use proto::common::v1::{Duty, ListDutiesRequest, ListDutiesResponse, Missing};
use tonic::{Response, Status};

use crate::{Desk, Fail, Fields, clock, list::cut, token::PageRequest, wire};

impl Desk {
    /// Lists the duties of what the caller sees, the longest waiting first.
    pub async fn list_duties(
        &self,
        caller: &Caller,
        request: &ListDutiesRequest,
    ) -> Result<Response<ListDutiesResponse>, Status> {
        Ok(Response::new(self.duties(caller, request).await?))
    }

    async fn duties(&self, caller: &Caller, request: &ListDutiesRequest) -> Result<ListDutiesResponse, Fail> {
        let now = clock::now();
        let mut fields = Fields::new(now);
        let role = (request.role != 0).then(|| fields.role("role", request.role));
        if role == Some(Role::Service) {
            fields.fault("role", "FIELD_MALFORMED", "must be a role of people: nothing waits for a system");
        }
        let person = fields.sought_person("person", &request.person);
        let resource = fields.sought_resource("resource", &request.resource);
        self.inner.here.check_resource(&mut fields, resource.as_deref());
        let question = ListDutiesRequest { page_size: 0, page_token: String::new(), ..request.clone() };
        let ring = self.ring(&request.page_token).await?;
        let ask = PageRequest::of(&ring, caller, &question, request.page_size, &request.page_token);
        let (limit, after) = (fields.noting(ask.limit(), 0), fields.noting(ask.after(), None));
        fields.finish()?;
        let query = DutyQuery {
            person,
            role,
            resource,
            eyes: self.eyes(caller),
            by: Some(now),
            overdue: request.overdue_only.then(|| self.due_before(now)),
            after,
            limit: limit + 1,
        };
        let rows = duties(self.ledger(), query).await?;
        let mut duties: Vec<_> = rows.iter().map(|row| self.show(row.clone(), now)).collect();
        let next_page_token = cut(&rows, &mut duties, limit, |last| ask.next(&(last.since, &last.key)));
        Ok(ListDutiesResponse { duties, next_page_token })
    }

    /// Each action with a target, and since when it must have waited to be overdue now.
    pub(crate) fn due_before(&self, now: Time) -> Vec<(String, Time)> {
        let before = |target: SignedDuration| now.checked_sub(target).unwrap_or(Time::MIN);
        self.inner.targets.iter().map(|(action, target)| (action.clone(), before(*target))).collect()
    }

    /// How long the settings let this wait, or count; none where the service names no time for it.
    #[must_use]
    pub fn target(&self, action: &str) -> Option<SignedDuration> {
        self.inner.targets.get(action).copied()
    }

    fn show(&self, row: DutyRow, now: Time) -> Duty {
        let target = self.inner.targets.get(&row.action);
        let due = target.and_then(|target| row.since.checked_add(*target).ok());
        Duty {
            resource: row.resource,
            action: row.action,
            role: wire::role_number(row.role),
            person: row.person.unwrap_or_default(),
            since_time: Some(proto::to_wire(row.since)),
            due_time: due.map(proto::to_wire),
            overdue: due.is_some_and(|due| due < now),
            missing: row.missing.as_array().into_iter().flatten().map(missing).collect(),
        }
    }
}

fn missing(fault: &serde_json::Value) -> Missing {
    let text = |key: &str| fault[key].as_str().unwrap_or_default().to_owned();
    Missing {
        rule: text("rule"),
        reason: text("reason"),
        subject: text("subject"),
        description: text("message"),
    }
}
