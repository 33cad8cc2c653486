//! The events of an engagement that other services act on, as they are told them.

use engagement_domain::{Event, Stage, enters};
use host::wire;
use kernel::Stamp;
use prost_types::Any;
use proto::engagement::v1 as pb;

use crate::wire as shown;

/// An event of `engagement` as others are told it; most events are for nobody but the journal.
pub(crate) fn publish(engagement: String, event: &Event, stamp: &Stamp) -> Option<Any> {
    if let Some(told) = to_tasks(&engagement, event, stamp)
        .or_else(|| of_its_pauses(&engagement, event, stamp))
        .or_else(|| of_its_end(&engagement, event))
    {
        return Some(told);
    }
    match event {
        Event::CustomerRenamed { customer, cause } => Some(wire::any(&pb::CustomerRenamed {
            engagement,
            customer: customer.clone(),
            cause: cause.clone(),
        })),
        Event::EngagementMoved { tenant, cause, in_progress, .. } => Some(wire::any(&pb::EngagementMoved {
            engagement,
            tenant: tenant.clone(),
            cause: cause.clone(),
            in_progress: *in_progress,
        })),
        Event::CaseFoundBeside { case } => {
            Some(wire::any(&pb::CaseFoundBeside { engagement, case: case.clone() }))
        }
        Event::ReactiveEngagementBegun(start) => {
            Some(shown::begun(engagement, &start.tenant, Stage::Introduction))
        }
        Event::EngagementAssigned(new) => Some(shown::begun(engagement, &new.tenant, Stage::Assigned)),
        _ => enters(event).map(|stage| shown::entered(engagement, stage)),
    }
}

/// The events that the tasks service acts on: its tasks, their evidence, and the people of the engagement.
fn to_tasks(engagement: &str, event: &Event, stamp: &Stamp) -> Option<Any> {
    let engagement = engagement.to_owned();
    Some(match event {
        Event::TasksWanted { customer, roster, tasks, cycle, deputies, unacknowledged } => {
            wire::any(&pb::TasksWanted {
                engagement,
                customer: customer.clone(),
                roster: Some(wire::roster(roster)),
                tasks: tasks.iter().map(|task| shown::playbook_task(*task).into()).collect(),
                cycle: wire::number(*cycle),
                deputies: deputies.iter().filter(|one| one.end.is_none()).map(shown::deputy).collect(),
                unacknowledged: unacknowledged.iter().map(|role| wire::role_number(*role)).collect(),
            })
        }
        Event::TasksDropped { tasks, cycle, cause } => wire::any(&pb::TasksDropped {
            engagement,
            tasks: tasks.iter().map(|task| shown::playbook_task(*task).into()).collect(),
            cycle: wire::number(*cycle),
            cause: cause.clone(),
        }),
        Event::EvidenceReady { task, cycle, description } => wire::any(&pb::EvidenceReady {
            engagement,
            task: shown::playbook_task(*task).into(),
            cycle: wire::number(*cycle),
            description: description.clone(),
            time: Some(proto::to_wire(stamp.time)),
        }),
        Event::EngagementTakenOver(taken) => shown::taken_over(engagement, taken),
        _ => return of_people(engagement, event),
    })
}

/// The seats and deputies, whose rights the tasks service gives and takes (I-22).
fn of_people(engagement: String, event: &Event) -> Option<Any> {
    Some(match event {
        // Before the sync there is nothing for the tasks service to do.
        Event::SeatTaken { role, person, successor, acknowledged, roster: Some(_), .. } => {
            wire::any(&pb::SeatTaken {
                engagement,
                role: wire::role_number(*role),
                person: person.to_string(),
                successor: successor.to_string(),
                unacknowledged: !acknowledged,
            })
        }
        Event::SeatAcknowledged { role } => {
            wire::any(&pb::SeatAcknowledged { engagement, role: wire::role_number(*role) })
        }
        Event::DeputyAppointed { number, role, deputy, first_day, last_day, .. } => {
            wire::any(&pb::DeputyAppointed {
                engagement,
                deputy: Some(pb::Deputy {
                    number: wire::number(*number),
                    role: wire::role_number(*role),
                    person: deputy.to_string(),
                    first_date: first_day.to_string(),
                    last_date: last_day.to_string(),
                }),
            })
        }
        Event::DeputyshipEnded { number, .. } => {
            wire::any(&pb::DeputyshipEnded { engagement, number: wire::number(*number) })
        }
        _ => return None,
    })
}

/// The times at which an engagement, and its tasks with it, are on hold (I-24).
fn of_its_pauses(engagement: &str, event: &Event, stamp: &Stamp) -> Option<Any> {
    let (engagement, time) = (engagement.to_owned(), Some(proto::to_wire(stamp.time)));
    match event {
        Event::EngagementHeld { review_date, .. } => {
            Some(wire::any(&pb::EngagementHeld { engagement, review_date: review_date.to_string(), time }))
        }
        Event::EngagementResumed => Some(wire::any(&pb::EngagementResumed { engagement, time })),
        _ => None,
    }
}

/// The end of an engagement, which intake and tasks act on.
fn of_its_end(engagement: &str, event: &Event) -> Option<Any> {
    let engagement = engagement.to_owned();
    match event {
        Event::EngagementCancelled { cancellation, customer, tenant, gmfta, items, method } => {
            Some(wire::any(&pb::EngagementCancelled {
                engagement,
                disposition: shown::disposition(cancellation.disposition).into(),
                customer: customer.clone(),
                tenant: tenant.clone(),
                gmfta: gmfta.to_string(),
                items: wire::items(items),
                method: shown::method(*method).into(),
            }))
        }
        Event::EngagementClosed { closure, customer, tenant } => Some(wire::any(&pb::EngagementClosed {
            engagement,
            reason: shown::closure_reason(closure.reason).into(),
            cause: closure.cause.clone(),
            customer: customer.clone(),
            tenant: tenant.clone(),
        })),
        _ => None,
    }
}
