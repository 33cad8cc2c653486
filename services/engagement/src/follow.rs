//! What the engagement service does about the events of intake (the Gateway left, a verdict) and of tasks.

use engagement_domain::{Command, NoteKind, PlaybookTask};
use futures::future::BoxFuture;
use host::{Desk, Effect, Fail, Fields, Follow, Order, Projection, Reaction, wire};
use kernel::Stamp;
use proto::{
    common::v1::Event,
    intake::v1::{
        CaseDisengaged, CaseMoved, CaseOpened, CaseReferred, CaseReopened, CaseTookOver, CustomerAssessed,
        GatewayExited, intake_service_server::SERVICE_NAME as INTAKE_SERVICE,
    },
    tasks::v1::{NoteWritten, TaskCompleted, note::Kind, task_service_server::SERVICE_NAME as TASK_SERVICE},
};

use crate::{rows, table::Engagements, tenancy};

/// Intake's journal.
pub(crate) static INTAKE: Follow = Follow {
    source: "intake",
    grpc_name: INTAKE_SERVICE,
    react: |desk, event| Box::pin(intake(desk, event)),
};
/// The tasks service's journal.
pub(crate) static TASKS: Follow =
    Follow { source: "tasks", grpc_name: TASK_SERVICE, react: |_, event| ready(tasks(event)) };

fn ready<'a>(outcome: Result<Option<Reaction>, Fail>) -> BoxFuture<'a, Result<Option<Reaction>, Fail>> {
    Box::pin(std::future::ready(outcome))
}

async fn intake(desk: &Desk, event: &Event) -> Result<Option<Reaction>, Fail> {
    let Some(payload) = &event.payload else { return Ok(None) };
    if let Some(exited) = wire::from_any::<GatewayExited>(payload)? {
        return tenancy::begin(desk, event, exited).await.map(Some);
    }
    if let Some(opened) = wire::from_any::<CaseOpened>(payload)? {
        return tenancy::find(desk, &opened.case, &opened.tenant).await.map(Some);
    }
    if let Some(reopened) = wire::from_any::<CaseReopened>(payload)? {
        return tenancy::find(desk, &reopened.case, &reopened.tenant).await.map(Some);
    }
    if let Some(moved) = wire::from_any::<CaseMoved>(payload)? {
        return tenancy::go_along(desk, &moved).await.map(Some);
    }
    if let Some(disengaged) = wire::from_any::<CaseDisengaged>(payload)? {
        return tenancy::release(desk, &disengaged.case).await;
    }
    if let Some(referred) = wire::from_any::<CaseReferred>(payload)? {
        return tenancy::release(desk, &referred.case).await;
    }
    if let Some(took) = wire::from_any::<CaseTookOver>(payload)? {
        return tenancy::arrive(desk, took).await;
    }
    wire::from_any::<CustomerAssessed>(payload)?.map(|assessed| count(&assessed)).transpose()
}

/// A verdict counts in the insights (G-6).
fn count(assessed: &CustomerAssessed) -> Result<Reaction, Fail> {
    let assessment = assessed.assessment.as_ref().and_then(wire::read_assessment);
    let assessment = assessment.ok_or_else(|| Fail::Fault("the assessment does not read".to_owned()))?;
    let projection = Projection(rows::verdict(&assessed.case, &assessment));
    Ok(reaction(assessed.case.clone(), projection))
}

fn tasks(event: &Event) -> Result<Option<Reaction>, Fail> {
    let Some(payload) = &event.payload else { return Ok(None) };
    if let Some(completed) = wire::from_any::<TaskCompleted>(payload)? {
        return complete(&completed, wire::read_stamp(event.stamp.as_ref())?);
    }
    match wire::from_any::<NoteWritten>(payload)? {
        Some(written) => write(&written, wire::read_stamp(event.stamp.as_ref())?),
        None => Ok(None),
    }
}

/// A playbook task is complete (E-3.3e, E-3.4a, E-5.4); any other is nobody's business here.
fn complete(completed: &TaskCompleted, stamp: Stamp) -> Result<Option<Reaction>, Fail> {
    let Some(task) = playbook_task(&completed.template)? else { return Ok(None) };
    let mut fields = Fields::of_service();
    let cycle = fields.count("cycle", completed.cycle);
    fields.finish()?;
    give(&completed.engagement, Command::RecordTaskCompletion { task, cycle, completed: stamp })
}

/// A note was written (E-3.5, E-5.5).
fn write(written: &NoteWritten, stamp: Stamp) -> Result<Option<Reaction>, Fail> {
    let kind = match written.kind() {
        Kind::Unspecified => return Err(Fail::Fault("the note's kind does not read".to_owned())),
        Kind::EnterpriseNotes => NoteKind::EnterpriseNotes,
        Kind::EnterpriseStatusNotes => NoteKind::EnterpriseStatusNotes,
    };
    give(&written.engagement, Command::RecordNote { kind, written: stamp })
}

fn give(engagement: &str, command: Command) -> Result<Option<Reaction>, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", "engagements", engagement);
    fields.finish()?;
    Ok(Some(reaction(engagement.to_owned(), Order::<Engagements> { id, command })))
}

pub(crate) fn reaction(subject: String, effect: impl Effect + 'static) -> Reaction {
    Reaction { subject, effects: vec![Box::new(effect)] }
}

/// The playbook's task behind a template's id; none behind an ad hoc task, which has no template.
fn playbook_task(template: &str) -> Result<Option<PlaybookTask>, Fail> {
    match template {
        "" => Ok(None),
        "customer-get-modern-summary" => Ok(Some(PlaybookTask::CustomerGetModernSummary)),
        "get-modern-pilot" => Ok(Some(PlaybookTask::GetModernPilot)),
        "get-modern-architect-reengagement" => Ok(Some(PlaybookTask::GetModernArchitectReengagement)),
        // One that this version does not know is a fault, not nothing: the engagement may wait for it.
        other => Err(Fail::Fault(format!("there is no playbook task of the template {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_playbook_task_is_known_an_ad_hoc_one_is_nobodys_business_and_an_unknown_one_is_a_fault() {
        let known = ["customer-get-modern-summary", "get-modern-pilot", "get-modern-architect-reengagement"];
        let found: Vec<_> =
            known.iter().filter_map(|template| playbook_task(template).ok().flatten()).collect();
        let all = [
            PlaybookTask::CustomerGetModernSummary,
            PlaybookTask::GetModernPilot,
            PlaybookTask::GetModernArchitectReengagement,
        ];
        assert_eq!(found, all);
        assert!(matches!(playbook_task(""), Ok(None)));
        assert!(matches!(playbook_task("get-modern-sequel"), Err(Fail::Fault(_))));
    }
}
