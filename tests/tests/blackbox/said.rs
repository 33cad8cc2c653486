//! What a refusal says of what is missing, and of what is in the way: each once, and by its name.

use proto::{
    common::v1::DeliveryChannel,
    engagement::v1::{Engagement, HoldInternalSyncRequest},
    intake::v1::{
        Case, ChooseChannelRequest, ContactAccountTeamRequest, OpenCaseRequest, StartHandoffRequest,
    },
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    cast::{GATEWAY, GMFTA, PROGRAM, Play, ask},
    catalogue::NOWHERE,
    prefix::assignment,
};

const INVALID: Code = Code::InvalidArgument;
const REQUIRED: [&str; 2] = ["INVALID_REQUEST", "FIELD_REQUIRED"];

/// The fields that are named, and what is said beside them.
fn beside(status: &Status) -> Vec<(String, String)> {
    let details = status.get_error_details();
    let fields = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    fields.into_iter().map(|field| (field.field, field.description)).collect()
}

fn only(field: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), "FIELD_REQUIRED".to_owned())]
}

#[tokio::test]
async fn what_is_missing_as_a_whole_is_one_fault_and_said_once() {
    let play = Play::start().await;
    let (case, engagement) = (format!("cases/{NOWHERE}"), format!("engagements/{NOWHERE}"));
    let handoff =
        play.refused(GATEWAY, ask!(StartHandoffRequest { name: case.clone() }), INVALID, &REQUIRED).await;
    assert_eq!(handoff.message(), "the request has faults: roster is required");
    assert_eq!(beside(&handoff), only("roster"));
    let sync = ask!(HoldInternalSyncRequest { name: engagement });
    assert_eq!(beside(&play.refused(GMFTA, sync, INVALID, &REQUIRED).await), only("roster"));
    let channel = ask!(ChooseChannelRequest { name: case.clone() });
    assert_eq!(beside(&play.refused(GATEWAY, channel, INVALID, &REQUIRED).await), only("channel"));
    let partner = ask!(ChooseChannelRequest { name: case.clone(), channel: DeliveryChannel::default() });
    assert_eq!(beside(&play.refused(GATEWAY, partner, INVALID, &REQUIRED).await), only("channel.kind"));
    let contacts = ask!(ContactAccountTeamRequest { name: case });
    assert_eq!(beside(&play.refused(GATEWAY, contacts, INVALID, &REQUIRED).await), only("contacts"));
    play.stop().await;
}

#[tokio::test]
async fn the_resource_in_the_way_is_named_to_who_sees_it() {
    let play = Play::start().await;
    let open = || ask!(OpenCaseRequest { customer: "Contoso", tenant: "contoso.example" });
    let case: Case = play.ok(GATEWAY, open()).await;
    let again = play.refused(GATEWAY, open(), Code::AlreadyExists, &["CASE_ALREADY_OPEN"]).await;
    assert!(again.message().contains(&case.name), "{}", again.message());
    let engagement: Engagement = play.ok(PROGRAM, assignment("fabrikam")).await;
    let taken = assignment("fabrikam");
    let taken = play.refused(PROGRAM, taken, Code::AlreadyExists, &["ENGAGEMENT_IN_PROGRESS"]).await;
    assert!(taken.message().contains(&engagement.name), "{}", taken.message());
    play.stop().await;
}
