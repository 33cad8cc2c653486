//! Rows beside an engagement's own: who belongs to it, its stage visits, its blockers, its pauses, its verdict.

use engagement_domain::{Event, enters};
use host::wire;
use kernel::{Assessment, CriterionResult, Id, Outcome, Person, Roster, Stamp, name};
use ledger::{Statement, Value};

use crate::pauses;

/// The rows that follow from an event.
pub(crate) fn of(id: Id, event: &Event, stamp: &Stamp) -> Vec<Statement> {
    let mut rows = Vec::new();
    if let Some(stage) = enters(event) {
        rows.extend(visit(id, stage.as_str(), stamp));
    }
    match event {
        Event::ReactiveEngagementBegun(start) | Event::ReactiveEngagementHeld(start) => {
            rows.extend(people(id, &start.roster));
        }
        Event::EngagementAssigned(assignment) => rows.push(person(id, &assignment.gmfta)),
        Event::SyncHeld { roster, sync, .. } | Event::AssignmentReturned { roster, sync, .. } => {
            rows.extend(people(id, roster));
            rows.extend(verdict(&name::of("engagements", id), &sync.assessment));
        }
        Event::SyncVoided { .. } => rows.extend(no_verdict(&name::of("engagements", id))),
        Event::DeputyAppointed { people, .. }
        | Event::DeputyshipEnded { people, .. }
        | Event::SeatGiven { people, .. }
        | Event::SeatTaken { people, .. }
        | Event::SeatKept { people, .. } => {
            rows.extend(only(id, people));
        }
        Event::BlockerRaised { number, kind, .. } => {
            rows.push(raised(id, *number, crate::wire::blocker_kind(*kind).as_str_name(), stamp));
        }
        Event::BlockerResolved { number, .. } => rows.push(resolved(id, *number, stamp)),
        _ => {}
    }
    rows.extend(pauses::of(id, event, stamp));
    rows
}

/// The latest verdict on `subject`, with the criteria that did not pass.
pub(crate) fn verdict(subject: &str, assessment: &Assessment) -> Vec<Statement> {
    let criterion = |criterion: &str, outcome: Outcome| {
        Statement::new(
            "INSERT INTO criterion (subject, criterion, outcome) VALUES ($1, $2, $3)",
            vec![subject.into(), criterion.into(), wire::outcome(outcome).as_str_name().into()],
        )
    };
    let mut rows = vec![
        Statement::new(
            "INSERT INTO verdict (subject, verdict) VALUES ($1, $2) ON CONFLICT (subject) DO UPDATE SET verdict = $2",
            vec![subject.into(), wire::verdict(assessment.verdict).as_str_name().into()],
        ),
        Statement::new("DELETE FROM criterion WHERE subject = $1", vec![subject.into()]),
    ];
    rows.extend(open(assessment).map(|result| criterion(&result.criterion, result.outcome)));
    rows
}

/// No verdict on `subject` any more: it was about another tenant (I-21).
fn no_verdict(subject: &str) -> [Statement; 2] {
    ["DELETE FROM verdict WHERE subject = $1", "DELETE FROM criterion WHERE subject = $1"]
        .map(|sql| Statement::new(sql, vec![subject.into()]))
}

/// The criteria that did not pass.
pub(crate) fn open(assessment: &Assessment) -> impl Iterator<Item = &CriterionResult> {
    assessment.results.iter().filter(|result| result.outcome != Outcome::Pass)
}

fn visit(id: Id, stage: &str, stamp: &Stamp) -> [Statement; 2] {
    let values: Vec<Value> = vec![id.into(), stamp.time.into()];
    [
        Statement::new(
            "UPDATE stage_visit SET left_time = $2 WHERE engagement_id = $1 AND left_time IS NULL",
            values,
        ),
        Statement::new(
            "INSERT INTO stage_visit (engagement_id, entered_time, stage) VALUES ($1, $2, $3)",
            vec![id.into(), stamp.time.into(), stage.into()],
        ),
    ]
}

fn people(id: Id, roster: &Roster) -> impl Iterator<Item = Statement> {
    roster.people().map(move |(_, seated)| person(id, seated))
}

/// These people, and nobody who was there before.
fn only(id: Id, people: &[Person]) -> impl Iterator<Item = Statement> {
    let nobody = Statement::new("DELETE FROM engagement_person WHERE engagement_id = $1", vec![id.into()]);
    [nobody].into_iter().chain(people.iter().map(move |one| person(id, one)))
}

fn person(id: Id, person: &Person) -> Statement {
    Statement::new(
        "INSERT INTO engagement_person (person, engagement_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        vec![person.as_str().into(), id.into()],
    )
}

fn raised(id: Id, number: u32, kind: &str, stamp: &Stamp) -> Statement {
    Statement::new(
        "INSERT INTO blocker (engagement_id, number, kind, raised_time) VALUES ($1, $2, $3, $4)",
        vec![id.into(), i64::from(number).into(), kind.into(), stamp.time.into()],
    )
}

fn resolved(id: Id, number: u32, stamp: &Stamp) -> Statement {
    Statement::new(
        "UPDATE blocker SET resolved_time = $3 WHERE engagement_id = $1 AND number = $2",
        vec![id.into(), i64::from(number).into(), stamp.time.into()],
    )
}
