//! One tenant, one engagement in progress (I-25): what other services are told of it, and what intake is asked.

use std::result::Result;

use engagement_domain::Stage;
use host::{Desk, Fail, InTenant, wire};
use prost_types::Any;
use proto::{
    common::v1::GetTenantRequest, engagement::v1 as pb,
    intake::v1::intake_service_client::IntakeServiceClient,
};
use tonic::Status;

use super::words::stage;

/// Asks intake for its case in progress with a tenant, as far as the caller sees it, and its facts about the customer.
pub(crate) async fn ask_intake(desk: &Desk, question: GetTenantRequest) -> Result<InTenant, Fail> {
    let intake = desk.peer("intake")?;
    let away = |status: Status| Fail::Peer("intake", status);
    let question = intake.request(question).map_err(away)?;
    let answer = IntakeServiceClient::new(intake.channel()).get_tenant(question).await.map_err(away)?;
    InTenant::read("intake", answer.into_inner())
}

/// The message that an engagement is in progress from now on.
pub(crate) fn begun(engagement: String, tenant: &str, entered: Stage) -> Any {
    let (tenant, stage) = (tenant.to_owned(), stage(entered).into());
    wire::any(&pb::EngagementBegun { engagement, tenant, stage })
}

/// The message that an engagement has entered a stage.
pub(crate) fn entered(engagement: String, entered: Stage) -> Any {
    wire::any(&pb::StageEntered {
        engagement,
        stage: stage(entered).into(),
        in_progress: entered.is_in_progress(),
        ended: entered.is_end(),
    })
}
