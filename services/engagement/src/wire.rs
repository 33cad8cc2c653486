//! Requests as commands, and the engagement as a message: a file for each part of the playbook, both ways in it.

mod blockers;
mod cancellation;
mod introduction;
mod pilot;
mod preparation;
mod proactive;
mod reengagement;
mod review;
mod shown;
mod summary;
mod tenancy;
mod words;
mod workshop;

use host::{Fields, by_person, chosen, lists, of_tenant};
use ledger::Filter;
use proto::engagement::v1::{ListEngagementsRequest, ListEngagementsResponse};

use crate::table::Engagements;
use words::{channel_column, method_column, stage_column};

pub(crate) use shown::engagement;
pub(crate) use tenancy::{begun, entered};
pub(crate) use words::{blocker_kind, disposition, method, playbook_task};

fn person(fields: &mut Fields, person: &str) -> Option<Filter> {
    let named = "id IN (SELECT engagement_id FROM engagement_person WHERE person = ?)";
    let of_each = "(SELECT count(*) FROM engagement_person AS p \
                   WHERE p.person = ? AND p.engagement_id = engagements.id) > 0";
    by_person(fields, "person", named, person).map(|filter| filter.of_each(of_each))
}

/// The most characters of a text whose comment names no bound.
const LONG: usize = 4000;

lists!(Engagements: ListEngagementsRequest(request, fields) => [
    of_tenant(fields, "tenant", "tenant = ?", &request.tenant),
    chosen(fields, "stage", "stage = ?", request.stage, stage_column),
    chosen(fields, "method", "method = ?", request.method, method_column),
    person(fields, &request.person),
    chosen(fields, "channel", "channel = ?", request.channel, channel_column),
] -> ListEngagementsResponse { engagements });
