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
mod words;
mod workshop;

use host::{chosen, given, lists};
use proto::engagement::v1::{ListEngagementsRequest, ListEngagementsResponse};

use crate::table::Engagements;
use words::{channel_column, method_column, stage_column};

pub(crate) use shown::engagement;
pub(crate) use words::{blocker_kind, disposition, method, playbook_task};

/// The most characters of a text whose comment names no bound.
const LONG: usize = 4000;

lists!(Engagements: ListEngagementsRequest(request, fields) => [
    given("tenant = ?", &kernel::tenant_key(&request.tenant)),
    chosen(fields, "stage", "stage = ?", request.stage, stage_column),
    chosen(fields, "method", "method = ?", request.method, method_column),
    given("id IN (SELECT engagement_id FROM engagement_person WHERE person = ?)", &request.person),
    chosen(fields, "channel", "channel = ?", request.channel, channel_column),
] -> ListEngagementsResponse { engagements });
