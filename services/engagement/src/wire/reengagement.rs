//! Back from standby (E-5). A request or a brief without its words is the domain's to refuse, naming the rule.

use engagement_domain::{self as domain, Brief, Command};
use host::{Fields, acts, wire};
use kernel::Fault;
use proto::engagement::v1::{
    self as pb, AmendReengagementRequest, ApproveReengagementRequest, CompleteReengagementRequest,
    RejectReengagementRequest, RejoinEngagementRequest, RequestReengagementRequest,
    RevokeReengagementRequest, WithdrawReengagementRequest,
};

use super::{LONG, shown::engagement, words::reengagement_state};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    RequestReengagementRequest(request, fields) => Command::RequestReengagement {
        escalation: fields.text("escalation", &request.escalation, 0, 2000),
    };
    ApproveReengagementRequest(request, fields) => Command::ApproveReengagement(brief(request, fields));
    RejectReengagementRequest(request, fields) => Command::RejectReengagement {
        cause: cause(&request.cause, &request.etag, fields),
    };
    AmendReengagementRequest(request, fields) => Command::AmendReengagement {
        escalation: fields.text("escalation", &request.escalation, 0, 2000),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
    WithdrawReengagementRequest(request, fields) => Command::WithdrawReengagement {
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
    RevokeReengagementRequest(request, fields) => Command::RevokeReengagement {
        cause: cause(&request.cause, &request.etag, fields),
    };
    RejoinEngagementRequest(_request, _fields) => Command::RejoinEngagement;
    CompleteReengagementRequest(_request, _fields) => Command::CompleteReengagement;
});

fn brief(request: &ApproveReengagementRequest, fields: &mut Fields) -> Brief {
    let brief = Brief {
        nature: fields.text("nature", &request.nature, 0, LONG),
        specific_request: fields.text("specific_request", &request.specific_request, 0, LONG),
    };
    decides_on(&request.etag, fields, || brief.faults());
    brief
}

fn cause(cause: &str, etag: &str, fields: &mut Fields) -> String {
    let cause = fields.text("cause", cause, 0, 2000);
    decides_on(etag, fields, || domain::uncaused(&cause));
    cause
}

/// A decision is on what was read (I-16). One refused for its form is told at once what the domain would find.
fn decides_on(etag: &str, fields: &mut Fields, faults: impl FnOnce() -> Vec<Fault>) {
    fields.read(etag);
    if fields.is_clean() {
        return;
    }
    for fault in faults() {
        fields.add(fault);
    }
}

/// A request for re-engagement, and what came of it, as it is shown.
pub(crate) fn reengagement(cycle: &domain::Reengagement) -> pb::Reengagement {
    let (brief, retraction) = (cycle.brief.as_ref(), cycle.retraction.as_ref());
    pb::Reengagement {
        cycle: wire::number(cycle.cycle),
        state: reengagement_state(cycle.state).into(),
        escalation: cycle.escalation.clone(),
        requested: Some(wire::stamp(&cycle.requested)),
        nature: brief.map(|brief| brief.nature.clone()).unwrap_or_default(),
        specific_request: brief.map(|brief| brief.specific_request.clone()).unwrap_or_default(),
        decided: cycle.decided.as_ref().map(wire::stamp),
        rejection_cause: cycle.rejection_cause.clone().unwrap_or_default(),
        rejoined: cycle.rejoined.as_ref().map(wire::stamp),
        task_completed: cycle.task_completed.as_ref().map(wire::stamp),
        status_note: cycle.status_note.as_ref().map(wire::stamp),
        completed: cycle.completed.as_ref().map(wire::stamp),
        amended: cycle.amended.as_ref().map(wire::stamp),
        retracted: retraction.map(|retraction| wire::stamp(&retraction.stamp)),
        retraction_cause: retraction.map(|retraction| retraction.cause.clone()).unwrap_or_default(),
    }
}
