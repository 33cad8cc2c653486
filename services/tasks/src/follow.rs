//! What the tasks service does about the engagement service's events: files, playbook tasks, evidence, cancellation.

use futures::future::BoxFuture;
use host::{Desk, Effect, Fail, Fields, Follow, Order, Reaction, wire};
use kernel::{Id, Roster};
use ledger::{Commit, Failure, Filter, load, page};
use proto::{
    common::v1::Event,
    engagement::v1::{
        EngagementCancelled, EvidenceReady, PlaybookTask, TasksDropped, TasksWanted,
        engagement_service_server::SERVICE_NAME,
    },
};
use tasks_domain::{Template, file, task};

use crate::{
    table::{Files, Tasks},
    wire::ENGAGEMENTS,
};

/// The engagement service's journal.
pub(crate) static ENGAGEMENT: Follow = Follow { source: "engagement", grpc_name: SERVICE_NAME, react };

/// The tasks of an engagement that are not closed.
const OPEN: &str = "engagement = ? AND status NOT IN ('COMPLETED', 'CANCELLED')";
/// Tasks that are cancelled with their engagement in one commit; more than anybody has seen.
const MOST_OPEN: i64 = 10_000;

fn react<'a>(desk: &'a Desk, event: &'a Event) -> BoxFuture<'a, Result<Option<Reaction>, Fail>> {
    Box::pin(async move {
        let Some(payload) = &event.payload else { return Ok(None) };
        if let Some(wanted) = wire::from_any::<TasksWanted>(payload)? {
            return want(&wanted).map(Some);
        }
        if let Some(ready) = wire::from_any::<EvidenceReady>(payload)? {
            return provide(&ready).map(Some);
        }
        if let Some(dropped) = wire::from_any::<TasksDropped>(payload)? {
            return drop_tasks(&dropped).map(Some);
        }
        match wire::from_any::<EngagementCancelled>(payload)? {
            Some(cancelled) => cancel(desk, event, &cancelled).await.map(Some),
            None => Ok(None),
        }
    })
}

/// Opens the file and creates the playbook's tasks (E-3.3e, E-3.4a, E-5.4).
fn want(wanted: &TasksWanted) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &wanted.engagement);
    let roster = fields.roster("roster", wanted.roster.as_ref());
    let cycle = fields.count("cycle", wanted.cycle);
    fields.finish()?;
    let open = file::Command::Open {
        engagement: wanted.engagement.clone(),
        customer: wanted.customer.clone(),
        roster: roster.clone(),
    };
    let mut effects: Vec<Box<dyn Effect>> = vec![Box::new(Order::<Files> { id, command: open })];
    for task in &wanted.tasks {
        // One that this version does not know is a fault, not nothing.
        let template = template(PlaybookTask::try_from(*task).unwrap_or_default())?;
        effects.push(Box::new(create(id, template, cycle, wanted, &roster)));
    }
    Ok(Reaction { subject: wanted.engagement.clone(), effects })
}

fn create(
    engagement: Id,
    template: Template,
    cycle: u32,
    wanted: &TasksWanted,
    roster: &Roster,
) -> Order<Tasks> {
    let command = task::Command::CreateFromTemplate {
        template,
        cycle,
        engagement: wanted.engagement.clone(),
        customer: wanted.customer.clone(),
        roster: roster.clone(),
    };
    Order { id: task_id(engagement, template, cycle), command }
}

/// Lets a task be completed (I-11).
fn provide(ready: &EvidenceReady) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &ready.engagement);
    let cycle = fields.count("cycle", ready.cycle);
    let time = ready.time.and_then(proto::from_wire);
    let time = time.ok_or_else(|| Fail::Fault("the evidence's time does not read".to_owned()))?;
    fields.finish()?;
    let command = task::Command::ProvideEvidence { description: ready.description.clone(), time };
    let order = Order::<Tasks> { id: task_id(id, template(ready.task())?, cycle), command };
    Ok(Reaction { subject: ready.engagement.clone(), effects: vec![Box::new(order)] })
}

/// Cancels the tasks that are wanted no more (E-5.2).
fn drop_tasks(dropped: &TasksDropped) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &dropped.engagement);
    let cycle = fields.count("cycle", dropped.cycle);
    fields.finish()?;
    let mut effects: Vec<Box<dyn Effect>> = Vec::new();
    for task in &dropped.tasks {
        let template = template(PlaybookTask::try_from(*task).unwrap_or_default())?;
        let command = task::Command::Drop { cause: dropped.cause.clone() };
        effects.push(Box::new(Order::<Tasks> { id: task_id(id, template, cycle), command }));
    }
    Ok(Reaction { subject: dropped.engagement.clone(), effects })
}

/// Closes the file and cancels what is still open; without a file the execution had not begun, and nothing is.
async fn cancel(desk: &Desk, event: &Event, cancelled: &EngagementCancelled) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &cancelled.engagement);
    fields.finish()?;
    let mut effects: Vec<Box<dyn Effect>> = Vec::new();
    if load::<Files>(desk.ledger(), id).await?.is_some() {
        close(desk, event, id).await?;
        let open = Filter::new(OPEN, cancelled.engagement.as_str());
        let open = page::<Tasks>(desk.ledger(), vec![open], None, MOST_OPEN + 1).await?;
        if i64::try_from(open.len()).is_ok_and(|count| count > MOST_OPEN) {
            // Rather than some of them stay open for ever.
            return Err(Fail::Fault(format!("{} has over {MOST_OPEN} open tasks", cancelled.engagement)));
        }
        for task in &open {
            effects
                .push(Box::new(Order::<Tasks> { id: task.id, command: task::Command::CancelWithEngagement }));
        }
    }
    Ok(Reaction { subject: cancelled.engagement.clone(), effects })
}

/// Closes the file in a commit of its own, before its tasks are listed: from then on nobody adds one. It may come twice.
async fn close(desk: &Desk, event: &Event, id: Id) -> Result<(), Fail> {
    let order = Order::<Files> { id, command: file::Command::Cancel };
    let mut commit = Commit::default();
    order.add(desk, &format!("{}/{}", ENGAGEMENT.source, event.revision), &mut commit).await?;
    match desk.ledger().commit(commit).await {
        // Stopped: another replica was faster, and has closed it.
        Ok(()) | Err(Failure::Stopped(_)) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}

/// The identity of a playbook task follows from what it is for, so that it is never created twice (I-20).
fn task_id(engagement: Id, template: Template, cycle: u32) -> Id {
    Id::new_v5(&engagement, name_of(template, cycle).as_bytes())
}

fn name_of(template: Template, cycle: u32) -> String {
    format!("{}/{cycle}", template.id())
}

fn template(task: PlaybookTask) -> Result<Template, Fail> {
    match task {
        PlaybookTask::Unspecified => Err(Fail::Fault("there is no template for this task".to_owned())),
        PlaybookTask::CustomerGetModernSummary => Ok(Template::Summary),
        PlaybookTask::GetModernPilot => Ok(Template::Pilot),
        PlaybookTask::GetModernArchitectReengagement => Ok(Template::Reengagement),
    }
}
