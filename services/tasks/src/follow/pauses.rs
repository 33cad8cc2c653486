//! The open tasks of an engagement stand still while it is on hold (I-24).

use host::{Desk, Fail, Fields, Reaction};
use proto::{
    common::v1::Event,
    engagement::v1::{EngagementHeld, EngagementResumed},
};
use tasks_domain::{file, task};

use super::{OPEN, of_all, time, with_file};
use crate::wire::ENGAGEMENTS;

/// Lets the open tasks stand still with their engagement (I-24).
pub(super) async fn hold(desk: &Desk, event: &Event, told: &EngagementHeld) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &told.engagement);
    let review_date = fields.day("review_date", &told.review_date);
    fields.finish()?;
    let held = time(told.time)?;
    let on_file = file::Command::Hold { held, review_date };
    let tasks = with_file(desk, event, id, &told.engagement, on_file, OPEN).await?;
    Ok(of_all(&told.engagement, tasks, &task::Command::Hold { held, review_date }))
}

/// Lets them go on (I-24).
pub(super) async fn resume(desk: &Desk, event: &Event, told: &EngagementResumed) -> Result<Reaction, Fail> {
    let mut fields = Fields::of_service();
    let id = fields.name("engagement", ENGAGEMENTS, &told.engagement);
    fields.finish()?;
    let at = time(told.time)?;
    let tasks = with_file(desk, event, id, &told.engagement, file::Command::Resume { at }, OPEN).await?;
    Ok(of_all(&told.engagement, tasks, &task::Command::Resume { at }))
}
