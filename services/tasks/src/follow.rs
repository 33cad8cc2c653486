//! What the tasks service does about the engagement service's events: files, playbook tasks, evidence, seats, the end.

use futures::future::BoxFuture;
use host::{Desk, Effect, Fail, Fields, Follow, Order, Reaction, wire};
use kernel::Id;
use ledger::{Commit, Failure, Filter, Statement, load, page};
use proto::{
    common::v1::Event,
    engagement::v1::{
        self as pb, DeputyAppointed, DeputyshipEnded, EngagementCancelled, EngagementClosed,
        EngagementTakenOver, EvidenceReady, PlaybookTask, SeatTaken, TasksDropped, TasksWanted,
        engagement_service_server::SERVICE_NAME,
    },
};
use tasks_domain::{Deputy, Six, Template, file, task};

use crate::{
    table::{Files, Tasks},
    wire::ENGAGEMENTS,
};

/// The engagement service's journal.
pub(crate) static ENGAGEMENT: Follow = Follow { source: "engagement", grpc_name: SERVICE_NAME, react };

/// The tasks of an engagement that are not closed.
const OPEN: &str = "engagement = ? AND status NOT IN ('COMPLETED', 'CANCELLED')";
/// All tasks of an engagement.
const ALL: &str = "engagement = ?";
/// Tasks that one commit changes with their engagement; more than anybody has seen.
const MOST: i64 = 10_000;

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
        if let Some(taken) = wire::from_any::<SeatTaken>(payload)? {
            return reseat(desk, event, &taken).await.map(Some);
        }
        if let Some(appointed) = wire::from_any::<DeputyAppointed>(payload)? {
            return deputise(desk, event, &appointed).await.map(Some);
        }
        if let Some(ended) = wire::from_any::<DeputyshipEnded>(payload)? {
            return end_deputy(desk, event, &ended).await.map(Some);
        }
        if let Some(taken) = wire::from_any::<EngagementTakenOver>(payload)? {
            return take_over(desk, event, &taken).await.map(Some);
        }
        if let Some(cancelled) = wire::from_any::<EngagementCancelled>(payload)? {
            let each = task::Command::CancelWithEngagement;
            return end(desk, event, &cancelled.engagement, &each).await.map(Some);
        }
        match wire::from_any::<EngagementClosed>(payload)? {
            Some(EngagementClosed { engagement, cause, .. }) => {
                end(desk, event, &engagement, &task::Command::Drop { cause }).await.map(Some)
            }
            None => Ok(None),
        }
    })
}

/// Opens the file and creates the playbook's tasks (E-3.3e, E-3.4a, E-5.4).
fn want(wanted: &TasksWanted) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &wanted.engagement);
    let six = fields.roster("roster", wanted.roster.as_ref());
    let deputies = fields.each("deputies", &wanted.deputies, 0..=usize::MAX, read_deputy);
    let roster = Six { roster: six, deputies };
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
    roster: &Six,
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

/// Gives the file's seat and every task of the engagement another holder (I-22); without a file the execution had not begun.
async fn reseat(desk: &Desk, event: &Event, taken: &SeatTaken) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &taken.engagement);
    let role = fields.role("role", taken.role);
    let person = fields.person("person", &taken.person);
    let successor = fields.person("successor", &taken.successor);
    fields.finish()?;
    let on_file = file::Command::Reseat { role, person: person.clone(), successor: successor.clone() };
    let tasks = with_file(desk, event, id, &taken.engagement, on_file, ALL).await?;
    let command = task::Command::Reseat { role, person, successor };
    shown_to(desk, id, of_all(&taken.engagement, tasks, &command)).await
}

/// Gives the rights of a seat to whoever acts for it from a day to a day (I-22).
async fn deputise(desk: &Desk, event: &Event, appointed: &DeputyAppointed) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &appointed.engagement);
    let given = appointed.deputy.clone().unwrap_or_default();
    let deputy = read_deputy(&mut fields, "deputy", &given);
    fields.finish()?;
    let on_file = file::Command::Deputise { deputy: deputy.clone() };
    let tasks = with_file(desk, event, id, &appointed.engagement, on_file, ALL).await?;
    shown_to(desk, id, of_all(&appointed.engagement, tasks, &task::Command::Deputise { deputy })).await
}

/// And takes them back (I-22).
async fn end_deputy(desk: &Desk, event: &Event, ended: &DeputyshipEnded) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &ended.engagement);
    let number = fields.count("number", ended.number);
    fields.finish()?;
    let on_file = file::Command::EndDeputy { number };
    let tasks = with_file(desk, event, id, &ended.engagement, on_file, ALL).await?;
    shown_to(desk, id, of_all(&ended.engagement, tasks, &task::Command::EndDeputy { number })).await
}

/// The people of an engagement see the notes of the one that it has taken over (E-3.5).
async fn take_over(desk: &Desk, event: &Event, taken: &EngagementTakenOver) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &taken.engagement);
    fields.finish()?;
    let on_file = file::Command::Follow { predecessor: taken.predecessor.clone() };
    with_file(desk, event, id, &taken.engagement, on_file, OPEN).await?;
    shown_to(desk, id, Reaction { subject: taken.engagement.clone(), effects: Vec::new() }).await
}

/// The same reaction, which also shows what this engagement has taken over to its people as they are now, and so on for what that
/// one has taken over. One that was cancelled before its execution has no notes.
async fn shown_to(desk: &Desk, id: Id, mut reaction: Reaction) -> Result<Reaction, Fail> {
    let Some(mut file) = load::<Files>(desk.ledger(), id).await? else { return Ok(reaction) };
    while let Some(predecessor) = file.state.follows() {
        let mut fields = Fields::of_service();
        let id = fields.name("predecessor", ENGAGEMENTS, predecessor);
        fields.finish()?;
        let Some(mut before) = load::<Files>(desk.ledger(), id).await? else { break };
        let readers = file.state.people();
        before.state = before.state.shown_to(readers.clone());
        let command = file::Command::Show { readers };
        reaction.effects.push(Box::new(Order::<Files> { id, command }));
        file = before;
    }
    Ok(reaction)
}

fn read_deputy(fields: &mut Fields, path: &str, deputy: &pb::Deputy) -> Deputy {
    Deputy {
        number: fields.count(&format!("{path}.number"), deputy.number),
        role: fields.role(&format!("{path}.role"), deputy.role),
        person: fields.person(&format!("{path}.person"), &deputy.person),
        first_day: fields.day(&format!("{path}.first_date"), &deputy.first_date),
        last_day: fields.day(&format!("{path}.last_date"), &deputy.last_date),
    }
}

/// Closes the file and cancels what is still open; without a file the execution had not begun, and nothing is.
async fn end(desk: &Desk, event: &Event, engagement: &str, each: &task::Command) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, engagement);
    fields.finish()?;
    let open = with_file(desk, event, id, engagement, file::Command::Cancel, OPEN).await?;
    Ok(of_all(engagement, open, each))
}

fn of_all(engagement: &str, tasks: Vec<Id>, command: &task::Command) -> Reaction {
    let order = |id| -> Box<dyn Effect> { Box::new(Order::<Tasks> { id, command: command.clone() }) };
    Reaction { subject: engagement.to_owned(), effects: tasks.into_iter().map(order).collect() }
}

/// Changes the file, and then lists the tasks that change with it; without a file there are none.
async fn with_file(
    desk: &Desk,
    event: &Event,
    id: Id,
    engagement: &str,
    command: file::Command,
    which: &'static str,
) -> Result<Vec<Id>, Fail> {
    if load::<Files>(desk.ledger(), id).await?.is_none() {
        return Ok(Vec::new());
    }
    change(desk, event, id, command).await?;
    let tasks = page::<Tasks>(desk.ledger(), vec![Filter::new(which, engagement)], None, MOST + 1).await?;
    if i64::try_from(tasks.len()).is_ok_and(|count| count > MOST) {
        // Rather than some of them stay as they were for ever.
        return Err(Fail::Fault(format!("{engagement} has over {MOST} tasks to change")));
    }
    Ok(tasks.into_iter().map(|task| task.id).collect())
}

/// Changes the file in a commit of its own, before its tasks are listed: from then on nobody adds one to it as it was. It may
/// come twice.
async fn change(desk: &Desk, event: &Event, id: Id, command: file::Command) -> Result<(), Fail> {
    let order = Order::<Files> { id, command };
    let mut commit = Commit::default();
    let happened = order.add(desk, &format!("{}/{}", ENGAGEMENT.source, event.revision), &mut commit).await?;
    commit.push(still_due(event));
    match desk.ledger().commit(commit).await {
        Ok(()) => desk.count(&happened),
        // Another replica was faster, and has changed it.
        Err(Failure::Stopped(_)) => {}
        Err(failure) => return Err(failure.into()),
    }
    Ok(())
}

/// Demands that the event is still to be taken over: once it is, what came after it may have changed the file again.
fn still_due(event: &Event) -> Statement {
    let due = "UPDATE cursor SET revision = revision WHERE source = $1 AND (revision < $2 \
               OR EXISTS (SELECT 1 FROM parked WHERE parked.source = $1 AND parked.revision = $2))";
    Statement::new(due, vec![ENGAGEMENT.source.into(), event.revision.into()]).demanding_one("due event")
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
