//! The pilot (E-3.4). How many devices and that they are distinct is the domain's to judge (I-12).

use engagement_domain::{self as domain, Command, PilotOutcome};
use host::{Fields, acts, wire};
use proto::engagement::v1::{
    self as pb, PlanPilotRequest, RecordPilotResultRequest, StartPilotRequest, WithdrawPilotRequest,
    pilot::State,
};

use super::{
    LONG,
    shown::engagement,
    words::{pilot_outcome, read_pilot_outcome},
};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    PlanPilotRequest(request, fields) => Command::PlanPilot {
        devices: devices(fields, &request.devices),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
    WithdrawPilotRequest(request, fields) => Command::WithdrawPilot {
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
    StartPilotRequest(request, fields) => Command::StartPilot { devices: devices(fields, &request.devices) };
    RecordPilotResultRequest(request, fields) => Command::RecordPilotResult {
        device: device(fields, "device", &request.device),
        outcome: fields.choice("outcome", request.outcome, read_pilot_outcome, PilotOutcome::Failed),
        remarks: fields.text("remarks", &request.remarks, 0, LONG),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
});

fn devices(fields: &mut Fields, devices: &[String]) -> Vec<String> {
    fields.each("devices", devices, 0..=100, |fields, path, name| device(fields, path, name))
}

/// A device's name, without the blanks around it, which would make one device two (I-12).
fn device(fields: &mut Fields, path: &str, name: &str) -> String {
    fields.line(path, name, 1, 100).trim().to_owned()
}

/// The pilot as it is shown.
pub(crate) fn pilot(pilot: &domain::Pilot) -> pb::Pilot {
    pb::Pilot {
        state: state(pilot).into(),
        planned_devices: pilot.planned_devices.clone(),
        enrolled_devices: pilot.enrolled_devices.clone(),
        results: pilot.results.iter().map(result).collect(),
        planned: Some(wire::stamp(&pilot.planned)),
        started: pilot.started.as_ref().map(wire::stamp),
        executed_time: pilot.executed.map(proto::to_wire),
    }
}

fn state(pilot: &domain::Pilot) -> State {
    match (&pilot.started, &pilot.executed) {
        (_, Some(_)) => State::Executed,
        (Some(_), None) => State::Started,
        (None, None) => State::Planned,
    }
}

/// A result as it is shown.
pub(crate) fn result(result: &domain::PilotResult) -> pb::PilotResult {
    pb::PilotResult {
        device: result.device.clone(),
        outcome: pilot_outcome(result.outcome).into(),
        remarks: result.remarks.clone(),
        stamp: Some(wire::stamp(&result.stamp)),
    }
}
