//! Requests as commands, and the engagement as a message: a file for each part of the playbook, both ways in it.

mod blockers;
mod cancellation;
mod closure;
mod customer;
mod hold;
mod introduction;
mod occasion;
mod pilot;
mod preparation;
mod proactive;
mod reengagement;
mod review;
mod seats;
mod shown;
mod summary;
mod superseded;
mod takeover;
mod tenancy;
mod words;
mod workshop;

use host::{Fields, by_person, chosen, lists, of_tenant};
use ledger::Filter;
use proto::engagement::v1::{ListEngagementsRequest, ListEngagementsResponse};

use crate::table::Engagements;
use words::{channel_column, method_column, stage_column};

pub(crate) use seats::deputy;
pub(crate) use shown::engagement;
pub(crate) use takeover::told as taken_over;
pub(crate) use tenancy::{begun, entered};
pub(crate) use words::{blocker_kind, closure_reason, disposition, method, playbook_task};
pub(crate) use workshop::TARGET_OS_VERSION;

fn person(fields: &mut Fields, person: &str) -> Option<Filter> {
    let named = "id IN (SELECT engagement_id FROM engagement_person WHERE person = ?)";
    let of_each = "(SELECT count(*) FROM engagement_person AS p \
                   WHERE p.person = ? AND p.engagement_id = engagements.id) > 0";
    by_person(fields, "person", named, person).map(|filter| filter.of_each(of_each))
}

/// An engagement that the Gateway handed over has the identity of its case.
fn of_case(fields: &mut Fields, case: &str) -> Option<Filter> {
    fields.sought_of("case", "cases", case).map(|id| Filter::new("id = ?", id))
}

/// On hold: in a pause that has no end.
fn on_hold() -> Filter {
    let named = "id IN (SELECT engagement_id FROM pause WHERE is_open = ?)";
    let of_each =
        "(SELECT count(*) FROM pause AS p WHERE p.is_open = ? AND p.engagement_id = engagements.id) > 0";
    Filter::new(named, 1_i64).of_each(of_each)
}

/// The most characters of a text whose comment names no bound.
const LONG: usize = 4000;

lists!(Engagements: ListEngagementsRequest(request, fields) => [
    of_tenant(fields, "tenant", "tenant = ?", &request.tenant),
    chosen(fields, "stage", "stage = ?", request.stage, stage_column),
    chosen(fields, "method", "method = ?", request.method, method_column),
    person(fields, &request.person),
    chosen(fields, "channel", "channel = ?", request.channel, channel_column),
    request.on_hold.then(on_hold),
    of_case(fields, &request.case),
] -> ListEngagementsResponse { engagements });
