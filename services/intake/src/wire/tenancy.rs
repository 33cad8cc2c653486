//! What the engagement service is asked of a tenant (I-25), and what is shown of the engagement that a case led to.

use std::time::Duration;

use host::{Desk, Fail, InTenant};
use intake_domain::{Case, CaseCommand, LedTo};
use kernel::{Caller, newest};
use proto::{
    common::v1::GetTenantRequest,
    engagement::v1::{Stage, engagement_service_client::EngagementServiceClient},
    intake::v1 as pb,
};
use tokio::time::timeout;
use tonic::Status;

use crate::table::Cases;

/// How long the opening of a case and the start of a handoff wait for the answer; without it they go on.
const ADVICE: Duration = Duration::from_secs(1);

/// The question about a case, whose own engagement does not count: intake may have been set back since that one began.
fn beside(name: &str, case: &Case, caller: &Caller) -> GetTenantRequest {
    let apart_from = name.replacen("cases/", "engagements/", 1);
    GetTenantRequest { apart_from, ..InTenant::question(&case.tenant, caller) }
}

/// What the engagement service has in progress, as far as the caller sees it, and what it knows of the customer.
async fn ask(desk: &Desk, question: GetTenantRequest) -> Result<InTenant, Fail> {
    let engagement = desk.peer("engagement")?;
    let away = |status: Status| Fail::Peer("engagement", status);
    let question = engagement.request(question).map_err(away)?;
    let mut client = EngagementServiceClient::new(engagement.channel());
    InTenant::read("engagement", client.get_tenant(question).await.map_err(away)?.into_inner())
}

/// The same, as far as there is an answer in time.
async fn advice(desk: &Desk, question: GetTenantRequest) -> InTenant {
    match timeout(ADVICE, ask(desk, question)).await {
        Ok(Ok(known)) => known,
        Ok(Err(fail)) => {
            tracing::warn!(%fail, "a case goes on without the word of the engagement service");
            InTenant::default()
        }
        Err(_) => {
            tracing::warn!("a case goes on without the word of the engagement service, which is late");
            InTenant::default()
        }
    }
}

/// A case opens while nothing of the tenant is in progress, as far as is known in time, and begins with the newest facts that either
/// service has of it, each with its source and age.
pub(crate) async fn before_opening(
    _: &pb::OpenCaseRequest,
    mut command: CaseCommand,
    _: Option<&Case>,
    desk: &Desk,
    caller: &Caller,
) -> Result<CaseCommand, Fail> {
    if let CaseCommand::OpenCase { tenant, engagement, items, .. } = &mut command {
        let known = advice(desk, InTenant::question(tenant, caller)).await;
        let own = desk.newest_of_tenant::<Cases>(tenant).await?;
        *items = newest(own.map(|case| case.state.items).into_iter().chain([known.items]));
        // The tenant is what this request says it is.
        items.remove("tenant");
        // What is held back here is known also where there was no answer.
        let held = desk.held_back::<Cases>(caller, tenant).await?;
        *engagement = held.or(known.in_progress);
    }
    Ok(command)
}

/// So does a handoff start; nobody is asked about one that cannot.
pub(crate) async fn before_handoff(
    request: &pb::StartHandoffRequest,
    mut command: CaseCommand,
    case: Option<&Case>,
    desk: &Desk,
    caller: &Caller,
) -> Result<CaseCommand, Fail> {
    if let (CaseCommand::StartHandoff { engagement, .. }, Some(case)) = (&mut command, case)
        && case.may_start_handoff()
    {
        *engagement = advice(desk, beside(&request.name, case, caller)).await.in_progress;
    }
    Ok(command)
}

/// The Gateway leaves once the engagement service has said that nothing of the tenant is in progress; nobody is asked about a case
/// that it cannot leave.
pub(crate) async fn before_exit(
    request: &pb::ExitGatewayRequest,
    mut command: CaseCommand,
    case: Option<&Case>,
    desk: &Desk,
    caller: &Caller,
) -> Result<CaseCommand, Fail> {
    if let (CaseCommand::ExitGateway { engagement }, Some(case)) = (&mut command, case)
        && case.may_exit()
    {
        *engagement = ask(desk, beside(&request.name, case, caller)).await?.in_progress;
    }
    Ok(command)
}

/// A case moves once both services have said that nothing of the right tenant is in progress or held back; nobody is asked about a
/// case that cannot move.
pub(crate) async fn before_moving(
    request: &pb::MoveCaseRequest,
    mut command: CaseCommand,
    case: Option<&Case>,
    desk: &Desk,
    caller: &Caller,
) -> Result<CaseCommand, Fail> {
    if let (CaseCommand::MoveCase { tenant, engagement, .. }, Some(case)) = (&mut command, case)
        && case.may_move(tenant)
    {
        let question = GetTenantRequest { tenant: tenant.clone(), ..beside(&request.name, case, caller) };
        let held = desk.held_back::<Cases>(caller, tenant).await?;
        *engagement = held.or(ask(desk, question).await?.in_progress);
    }
    Ok(command)
}

/// The engagement that a case led to, as it is shown.
pub(crate) fn led_to(led_to: &LedTo) -> pb::LedTo {
    pb::LedTo {
        engagement: led_to.engagement.clone(),
        stage: Stage::from_str_name(&format!("STAGE_{}", led_to.stage)).unwrap_or_default().into(),
        stage_time: Some(proto::to_wire(led_to.since)),
        end_time: led_to.ended.map(proto::to_wire),
    }
}
