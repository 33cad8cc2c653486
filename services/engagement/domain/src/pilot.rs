//! The pilot of 5 to 10 distinct devices; a device that fails stays counted (E-3.4, I-10, I-12).

use kernel::{Context, Fault, Kind, Looks, Refusal, Role, Stamp, Time, are_alike};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, PlaybookTask, Stage,
    gate::{because, faults, pass, said},
    standing,
};

/// The pilot (E-3.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pilot {
    /// The devices planned: 5 to 10, distinct.
    pub planned_devices: Vec<String>,
    /// Who planned it and when.
    pub planned: Stamp,
    /// The devices enrolled at the start: 5 to 10, distinct; none before.
    pub enrolled_devices: Vec<String>,
    /// Who started it and when.
    pub started: Option<Stamp>,
    /// One result per device, in the order they came in.
    pub results: Vec<PilotResult>,
    /// When the last result came in.
    pub executed: Option<Time>,
}

/// How one device came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PilotResult {
    /// An enrolled device.
    pub device: String,
    /// How it came out.
    pub outcome: PilotOutcome,
    /// What happened; may be empty.
    pub remarks: String,
    /// Who recorded it and when.
    pub stamp: Stamp,
}

/// Upgraded or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PilotOutcome {
    /// The device was upgraded.
    Succeeded,
    /// The device failed; it stays counted.
    Failed,
}

/// A result of a device, as somebody reports it.
pub(crate) struct PilotReport<'a> {
    pub(crate) device: &'a str,
    pub(crate) outcome: PilotOutcome,
    pub(crate) remarks: &'a str,
    /// Why the result before was wrong.
    pub(crate) cause: &'a str,
}

/// The GMFTA plans the pilot, and may plan it anew until it starts; after one that was executed another, with a cause (E-3.4,
/// I-12).
pub(crate) fn plan(
    e: &Engagement,
    devices: &[String],
    cause: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Preparation, Stage::Delivery], "E-3.4", "PlanPilot")?;
    let message = "a pilot needs 5 to 10 distinct devices, and is planned before it starts";
    let is_over = e.pilot.as_ref().is_some_and(|pilot| pilot.executed.is_some());
    let started = if is_over { uncaused(cause) } else { already_started(e) };
    pass(unfit(devices), faults([started]), "PILOT_PLAN_REFUSED", message)?;
    let devices = devices.to_vec();
    if is_over {
        return Ok(vec![Event::PilotRepeated { devices, cause: cause.to_owned() }]);
    }
    if e.pilot.is_some() {
        let cause = because(cause, "planned anew before it started");
        return Ok(vec![Event::PilotReplanned { devices, cause }]);
    }
    Ok(vec![Event::PilotPlanned { devices }])
}

fn uncaused(cause: &str) -> Option<Fault> {
    let message = "the pilot was executed; say why there is another";
    Fault::unless(said(cause), "E-3.4", "PILOT_ALREADY_EXECUTED", "cause", message)
}

/// The GMFTA starts the planned pilot, after the workshop (E-3.4, I-10, I-12).
pub(crate) fn start(e: &Engagement, devices: &[String], context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Preparation, Stage::Delivery], "I-10", "StartPilot")?;
    pass(unfit(devices), start_gate(e), "PILOT_NOT_READY", "the pilot cannot start yet")?;
    Ok(vec![Event::PilotStarted { devices: devices.to_vec() }])
}

/// The GMFTA or the FE records how a device came out; with the last one the pilot is executed (E-3.4a, I-11). Until its task is
/// complete a result is corrected with a cause (I-19, I-23).
pub(crate) fn record_result(
    e: &Engagement,
    report: &PilotReport<'_>,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::rostered(e, &context.caller, &[Role::Gmfta, Role::Fe])?;
    let device = as_enrolled(e, report.device);
    if let Some(known) = result_of(e, device).filter(|_| said(report.cause)) {
        return correct(e, known, report);
    }
    e.expect(&[Stage::Delivery], "E-3.4", "RecordPilotResult")?;
    pass(Vec::new(), not_awaited(e, device), "RESULT_REFUSED", "no result is awaited for this device")?;
    let (device, outcome, remarks) = (device.to_owned(), report.outcome, report.remarks.to_owned());
    // Devices whose names were erased are told apart by nobody: one result is that of all of them.
    let is_last = awaited(e).iter().all(|left| **left == device);
    let executed = if is_last { executed(e) } else { Vec::new() };
    Ok([Event::PilotResultRecorded { device, outcome, remarks }].into_iter().chain(executed).collect())
}

fn correct(e: &Engagement, known: &PilotResult, report: &PilotReport<'_>) -> Result<Vec<Event>, Refusal> {
    if is_settled(e) {
        let message = "the Get Modern Pilot task is complete, and what it rests on stays: say what changed in a note, by \
                       WriteNote";
        return Err(Refusal::new(
            Kind::NotReady,
            "I-19",
            "PILOT_TASK_COMPLETE",
            "record.pilot_task",
            message,
        ));
    }
    e.expect(&[Stage::Delivery], "E-3.4", "RecordPilotResult")?;
    if known.outcome == report.outcome && known.remarks == report.remarks {
        return Ok(Vec::new());
    }
    Ok(vec![Event::PilotResultCorrected {
        device: known.device.clone(),
        was: known.outcome,
        outcome: report.outcome,
        remarks: report.remarks.to_owned(),
        cause: report.cause.to_owned(),
    }])
}

fn result_of<'a>(e: &'a Engagement, device: &str) -> Option<&'a PilotResult> {
    e.pilot.as_ref()?.results.iter().find(|known| known.device == device)
}

/// The task was completed on this pilot, and not on one before it.
fn is_settled(e: &Engagement) -> bool {
    let executed = e.pilot.as_ref().and_then(|pilot| pilot.executed);
    e.record.pilot_task.zip(executed).is_some_and(|(completed, executed)| executed <= completed)
}

/// The device as it was enrolled, whatever way it is written now; as it is written, if it was not.
fn as_enrolled<'a>(e: &'a Engagement, device: &'a str) -> &'a str {
    let enrolled = e.pilot.as_ref().map_or(&[][..], |pilot| &pilot.enrolled_devices);
    // Earlier releases enrolled devices that only a computer tells apart.
    let exactly = enrolled.iter().find(|known| *known == device);
    let alike = || enrolled.iter().find(|known| are_alike(known, device));
    exactly.or_else(alike).map_or(device, String::as_str)
}

fn executed(e: &Engagement) -> Vec<Event> {
    // The task has its evidence from the pilot before.
    if e.had_a_pilot() {
        return vec![Event::PilotExecuted];
    }
    let count = e.pilot.as_ref().map_or(0, |pilot| pilot.enrolled_devices.len());
    let evidence = Event::EvidenceReady {
        task: PlaybookTask::GetModernPilot,
        cycle: 0,
        description: format!("the pilot of {count} devices is executed"),
    };
    vec![Event::PilotExecuted, evidence]
}

/// 5 to 10 devices, each once; what nobody can tell apart by looking is one device (I-12).
fn unfit(devices: &[String]) -> Vec<Fault> {
    let message = format!("a pilot has 5 to 10 devices, not {}", devices.len());
    let fits = (5..=10).contains(&devices.len());
    let mut all = faults([Fault::unless(fits, "I-12", "DEVICE_COUNT", "devices", message)]);
    let mut seen = Looks::default();
    // A device may be called after somebody: a refusal does not repeat it.
    let repeated = devices.iter().enumerate().filter(|(_, device)| !seen.add(device));
    all.extend(repeated.map(|(at, _)| {
        Fault::new("I-12", "DEVICE_REPEATED", "devices", format!("devices[{at}] is named before"))
    }));
    all
}

/// Everything that stands between this engagement and the start of its pilot (E-3.4, I-10).
pub(crate) fn start_gate(e: &Engagement) -> Vec<Fault> {
    let (held, planned) = (e.workshop.is_some(), e.pilot.is_some());
    faults([
        Fault::unless(held, "I-10", "WORKSHOP_NOT_HELD", "workshop", "the workshop comes first"),
        Fault::unless(planned, "E-3.4", "PILOT_NOT_PLANNED", "pilot", "plan the pilot first"),
        already_started(e),
    ])
}

fn already_started(e: &Engagement) -> Option<Fault> {
    let started = e.pilot.as_ref().is_some_and(|pilot| pilot.started.is_some());
    Fault::unless(!started, "E-3.4", "PILOT_ALREADY_STARTED", "pilot", "the pilot has started already")
}

/// Another pilot that was planned is executed before the review: the gates look at what stands (E-3.4).
pub(crate) fn unexecuted(e: &Engagement) -> Option<Fault> {
    let executed = e.pilot.as_ref().is_none_or(|pilot| pilot.executed.is_some());
    let message = "the pilot that was planned last is not executed";
    Fault::unless(executed || !e.had_a_pilot(), "E-3.4", "PILOT_NOT_EXECUTED", "pilot", message)
}

/// The enrolled devices that have no result yet.
pub(crate) fn awaited(e: &Engagement) -> Vec<&str> {
    let Some(pilot) = &e.pilot else { return Vec::new() };
    let lacks = |device: &&String| !pilot.results.iter().any(|result| &result.device == *device);
    pilot.enrolled_devices.iter().filter(lacks).map(String::as_str).collect()
}

fn not_awaited(e: &Engagement, device: &str) -> Vec<Fault> {
    let pilot = e.pilot.as_ref();
    let started = pilot.is_some_and(|pilot| pilot.started.is_some());
    let enrolled = pilot.is_some_and(|pilot| pilot.enrolled_devices.iter().any(|known| known == device));
    let fresh = !enrolled || awaited(e).contains(&device);
    let (stranger, twice) =
        ("the device is not enrolled", "the device has its result already; give a cause to correct it");
    faults([
        Fault::unless(started, "E-3.4", "PILOT_NOT_STARTED", "pilot", "the pilot has not started"),
        Fault::unless(enrolled, "E-3.4", "DEVICE_NOT_ENROLLED", "device", stranger),
        Fault::unless(fresh, "E-3.4", "RESULT_ALREADY_RECORDED", "device", twice),
    ])
}
