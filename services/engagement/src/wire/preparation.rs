//! Prep meetings and Desktop Analytics (E-2).

use engagement_domain::{self as domain, Command, Stamped};
use host::{Desk, Fail, Fields, acts, wire};
use kernel::Caller;
use proto::engagement::v1::{self as pb, HoldPrepMeetingRequest, ReportAnalyticsRequest};

use super::{LONG, occasion::read_occasion, shown::engagement};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    HoldPrepMeetingRequest(request, fields) => Command::HoldPrepMeeting(domain::PrepMeeting {
        logistics: fields.text("logistics", &request.logistics, 0, LONG),
        objectives: fields.text("objectives", &request.objectives, 0, LONG),
        agenda: fields.text("agenda", &request.agenda, 0, LONG),
        installation_follow_up: fields.text(
            "installation_follow_up",
            &request.installation_follow_up,
            0,
            LONG,
        ),
        occasion: read_occasion(fields, request.held_time, &request.attended),
    });
    ReportAnalyticsRequest(request, fields) => Command::ReportAnalytics {
        report: domain::AnalyticsReport {
            installed: request.installed,
            data_flowing: request.data_flowing,
            enrolled_devices: fields.count("enrolled_devices", request.enrolled_devices),
            readiness: read_readiness(fields, &request.readiness.unwrap_or_default()),
            counts_until: None,
        },
        counts: None,
        cause: fields.text("cause", &request.cause, 0, 2000),
    }, informed by how_long;
});

/// A setting says for how long it counts (E-2e).
async fn how_long(
    _: &ReportAnalyticsRequest,
    mut command: Command,
    _: Option<&domain::Engagement>,
    desk: &Desk,
    _: &Caller,
) -> Result<Command, Fail> {
    if let Command::ReportAnalytics { counts, .. } = &mut command {
        *counts = desk.target(domain::DATA_FLOWS);
    }
    Ok(command)
}

fn read_readiness(fields: &mut Fields, readiness: &pb::Readiness) -> domain::Readiness {
    domain::Readiness {
        ready: fields.count("readiness.ready", readiness.ready),
        ready_with_remediation: fields
            .count("readiness.ready_with_remediation", readiness.ready_with_remediation),
        blocked: fields.count("readiness.blocked", readiness.blocked),
        not_reviewed: fields.count("readiness.not_reviewed", readiness.not_reviewed),
    }
}

/// A prep meeting as it is shown.
pub(crate) fn prep_meeting(meeting: &Stamped<domain::PrepMeeting>) -> pb::PrepMeeting {
    pb::PrepMeeting {
        logistics: meeting.what.logistics.clone(),
        objectives: meeting.what.objectives.clone(),
        agenda: meeting.what.agenda.clone(),
        installation_follow_up: meeting.what.installation_follow_up.clone(),
        stamp: Some(wire::stamp(&meeting.stamp)),
        held_time: meeting.what.occasion.held.map(proto::to_wire),
        attended: wire::contacts(&meeting.what.occasion.attended),
    }
}

/// A report on Desktop Analytics as it is shown.
pub(crate) fn analytics(report: &Stamped<domain::AnalyticsReport>) -> pb::AnalyticsReport {
    pb::AnalyticsReport {
        installed: report.what.installed,
        data_flowing: report.what.data_flowing,
        enrolled_devices: wire::number(report.what.enrolled_devices),
        readiness: Some(readiness(report.what.readiness)),
        stamp: Some(wire::stamp(&report.stamp)),
        counts_until_time: report.what.counts_until.map(proto::to_wire),
    }
}

fn readiness(readiness: domain::Readiness) -> pb::Readiness {
    pb::Readiness {
        ready: wire::number(readiness.ready),
        ready_with_remediation: wire::number(readiness.ready_with_remediation),
        blocked: wire::number(readiness.blocked),
        not_reviewed: wire::number(readiness.not_reviewed),
    }
}
