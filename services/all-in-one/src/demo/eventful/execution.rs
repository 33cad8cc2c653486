//! Meanwhile: the work is on hold over a summer, the workshop is held again, a result is corrected, a deputy reviews (I-23, I-24).

use std::time::Duration;

use proto::{
    common::v1::Role,
    engagement::v1::{
        AppointDeputyRequest, Attendee, EndDeputyRequest, Engagement, GetEngagementRequest, HandOverRequest,
        HoldEngagementRequest, HoldReviewRequest, HoldWorkshopRequest, PlanPilotRequest,
        RecordPilotResultRequest, ResumeEngagementRequest, StartPilotRequest, pilot_result::Outcome,
    },
    tasks::v1::note::Kind,
};

use super::about;
use crate::demo::{
    Stage, Surprise,
    cast::{FE, GMFTA, OTHER_FE, PROGRAM},
    data::contact,
    execution::{finish, introduce, note, prepare, summarise, task},
    workshop,
};

pub(super) async fn play(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    introduce(stage, engagement, "tailspin").await?;
    prepare(stage, engagement).await?;
    pause(stage, engagement).await?;
    another_workshop(stage, engagement).await?;
    summarise(stage, engagement).await?;
    pilot(stage, engagement).await?;
    review(stage, engagement).await
}

/// The day so many days from now, as the product sees it.
async fn day(stage: &mut Stage, engagement: &str, ahead: u64) -> Result<String, Surprise> {
    let get = GetEngagementRequest { name: engagement.to_owned() };
    let read: Engagement = stage.until(GMFTA, "the engagement is read", get, |_| true).await?;
    let now = read.update_time.and_then(proto::from_wire);
    let then = now.and_then(|now| now.checked_add(Duration::from_hours(24 * ahead)).ok());
    then.map(|then| then.strftime("%Y-%m-%d").to_string()).ok_or_else(|| Surprise("no time".to_owned()))
}

async fn pause(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let review_date = day(stage, engagement, 90).await?;
    let cause = "the customer is on holiday until autumn".to_owned();
    let hold = about!(stage, HoldEngagementRequest, engagement, cause: cause, review_date: review_date);
    let _: Engagement = stage.step(PROGRAM, "I-24", "puts the work on hold for three months", hold).await?;
    let early = again(stage, engagement);
    let what = "holds a workshop while it is on hold";
    stage.refused(GMFTA, "I-24", what, early, "ON_HOLD").await?;
    let resume = about!(stage, ResumeEngagementRequest, engagement);
    let _: Engagement = stage.step(GMFTA, "I-24", "goes on where it stood", resume).await?;
    Ok(())
}

fn again(stage: &mut Stage, engagement: &str) -> HoldWorkshopRequest {
    let cause = "the second site joins".to_owned();
    HoldWorkshopRequest { cause, ..workshop::complete(stage, engagement) }
}

async fn another_workshop(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let again = again(stage, engagement);
    let what = "holds a second workshop, and the first stays readable";
    let _: Engagement = stage.step(GMFTA, "I-23", what, again).await?;
    Ok(())
}

async fn pilot(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let devices: Vec<_> = (1..=5).map(|number| format!("tailspin-{number:02}")).collect();
    let plan = about!(stage, PlanPilotRequest, engagement, devices: devices.clone());
    let _: Engagement = stage.step(GMFTA, "E-3.4", "plans a pilot of 5 devices", plan).await?;
    let start = about!(stage, StartPilotRequest, engagement, devices: devices.clone());
    let _: Engagement = stage.step(GMFTA, "E-3.4", "starts it", start).await?;
    for device in &devices {
        let result = result(stage, engagement, device, (Outcome::Succeeded, ""));
        let _: Engagement = stage.step(FE, "E-3.4", &format!("{device} is upgraded"), result).await?;
    }
    let last = &devices[4];
    let silent = result(stage, engagement, last, (Outcome::Failed, ""));
    let what = "records another result without a cause";
    stage.refused(FE, "I-23", what, silent, "RESULT_ALREADY_RECORDED").await?;
    let right = result(stage, engagement, last, (Outcome::Failed, "it was mixed up with another"));
    let what = format!("{last} failed after all: corrects the result");
    let _: Engagement = stage.step(FE, "I-23", &what, right).await?;
    let task = task(stage, engagement, "get-modern-pilot", 0).await?;
    finish(stage, &task, "E-3.4a", "completes the task Get Modern Pilot").await?;
    let late = result(stage, engagement, last, (Outcome::Succeeded, "once more"));
    stage.refused(FE, "I-19", "corrects it once more after its task", late, "PILOT_TASK_COMPLETE").await
}

fn result(
    stage: &mut Stage,
    engagement: &str,
    device: &str,
    (outcome, cause): (Outcome, &str),
) -> RecordPilotResultRequest {
    about!(stage, RecordPilotResultRequest, engagement,
        device: device.to_owned(), outcome: outcome.into(), cause: cause.to_owned())
}

/// The FE is away: their deputy is at the review in their place (E-4, I-14).
async fn review(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    note(stage, engagement, Kind::EnterpriseNotes, "E-3.5").await?;
    let get = GetEngagementRequest { name: engagement.to_owned() };
    let told = |found: &Engagement| found.record.is_some_and(|record| record.enterprise_note_time.is_some());
    let _: Engagement = stage.until(GMFTA, "the engagement knows of the note", get, told).await?;
    let (first_date, last_date) = (day(stage, engagement, 0).await?, day(stage, engagement, 30).await?);
    let appoint = about!(stage, AppointDeputyRequest, engagement,
        role: Role::Fe.into(),
        deputy: OTHER_FE.person.to_owned(),
        first_date: first_date,
        last_date: last_date,
        cause: "on leave".to_owned(),
    );
    let _: Engagement = stage.step(FE, "I-22", "appoints a deputy for a month", appoint).await?;
    let deputy =
        Attendee { role: Role::Fe.into(), person: OTHER_FE.person.to_owned(), ..Attendee::default() };
    let hold = about!(stage, HoldReviewRequest, engagement,
        present: [Role::Fta, Role::Sme, Role::Fm].map(i32::from).to_vec(),
        attendees: vec![deputy],
        conclusions: "ready for remote execution".to_owned(),
    );
    let what = "holds the review, with the FE's deputy";
    let _: Engagement = stage.step(GMFTA, "E-4", what, hold).await?;
    let end = about!(stage, EndDeputyRequest, engagement, deputyship: 1, cause: "back already".to_owned());
    let _: Engagement = stage.step(FE, "I-22", "is back, and ends the deputyship", end).await?;
    let receiver_contact = Some(contact("the remote delivery lead"));
    let hand_over = about!(stage, HandOverRequest, engagement, receiver_contact: receiver_contact);
    let _: Engagement = stage.step(GMFTA, "E-5", "hands over, and goes to standby", hand_over).await?;
    Ok(())
}
