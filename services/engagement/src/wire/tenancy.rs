//! One tenant, one engagement in progress (I-25): what other services are told of it, and what intake is asked.

use std::result::Result;

use engagement_domain::Stage;
use host::{Desk, Fail, InTenant, wire};
use kernel::Caller;
use prost_types::Any;
use proto::{engagement::v1 as pb, intake::v1::intake_service_client::IntakeServiceClient};
use tonic::Status;

use super::words::stage;

/// What intake has in progress for `tenant`, as far as `caller` sees it, and what it knows of the customer.
pub(crate) async fn ask_intake(desk: &Desk, tenant: &str, caller: &Caller) -> Result<InTenant, Fail> {
    let intake = desk.peer("intake")?;
    let away = |status: Status| Fail::Peer("intake", status);
    let question = intake.request(InTenant::question(tenant, caller)).map_err(away)?;
    let answer = IntakeServiceClient::new(intake.channel()).get_tenant(question).await.map_err(away)?;
    InTenant::read("intake", answer.into_inner())
}

/// That an engagement is in progress from now on.
pub(crate) fn begun(engagement: String, tenant: &str, entered: Stage) -> Any {
    let (tenant, stage) = (tenant.to_owned(), stage(entered).into());
    wire::any(&pb::EngagementBegun { engagement, tenant, stage })
}

/// That an engagement has entered a stage.
pub(crate) fn entered(engagement: String, entered: Stage) -> Any {
    wire::any(&pb::StageEntered {
        engagement,
        stage: stage(entered).into(),
        in_progress: entered.is_in_progress(),
        ended: entered.is_end(),
    })
}
