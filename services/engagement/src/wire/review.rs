//! The internal customer review and the handover, with the tasks and the note they wait for (E-3.5, E-4).

use engagement_domain::{self as domain, Attendee, Command, ReviewMeeting, Stamped};
use host::{Fields, acts, wire};
use kernel::{Contact, Role};
use proto::{
    common::v1 as common,
    engagement::v1::{self as pb, ChangeReceiverRequest, HandOverRequest, HoldReviewRequest},
};

use super::{LONG, occasion::read_occasion, shown::engagement};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    HoldReviewRequest(request, fields) => Command::HoldReview(ReviewMeeting {
        present: read_present(fields, &request.present),
        attendees: read_attendees(fields, &request.attendees),
        conclusions: fields.text("conclusions", &request.conclusions, 0, LONG),
        occasion: read_occasion(fields, request.held_time, &request.attended),
    });
    HandOverRequest(request, fields) => Command::HandOver {
        receiver_contact: read_receiver(fields, request.receiver_contact.as_ref()),
    };
    ChangeReceiverRequest(request, fields) => Command::ChangeReceiver {
        receiver: fields.maybe_channel("receiver", request.receiver.as_ref()),
        receiver_contact: request.receiver_contact.as_ref().map(|it| read_receiver(fields, Some(it))),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
});

fn read_present(fields: &mut Fields, present: &[i32]) -> Vec<Role> {
    fields.each("present", present, 0..=20, |fields, path, role| fields.role(path, *role))
}

fn read_attendees(fields: &mut Fields, attendees: &[pb::Attendee]) -> Vec<Attendee> {
    fields.each("attendees", attendees, 0..=20, |fields, path, attendee| Attendee {
        role: fields.role(&format!("{path}.role"), attendee.role),
        person: fields.person(&format!("{path}.person"), &attendee.person),
    })
}

fn attendee(attendance: &domain::Attendance) -> pb::Attendee {
    pb::Attendee {
        role: wire::role_number(attendance.role),
        person: attendance.person.to_string(),
        as_deputy: attendance.as_deputy,
    }
}

/// Whom to ask for at the receiver; that there is nobody is the domain's to say (E-4).
fn read_receiver(fields: &mut Fields, contact: Option<&common::Contact>) -> Contact {
    let contact = contact.cloned().unwrap_or_default();
    Contact {
        full_name: fields.line("receiver_contact.full_name", &contact.full_name, 0, 200),
        email: fields.line("receiver_contact.email", &contact.email, 0, 320),
    }
}

/// The completed tasks and the note as they are shown.
pub(crate) fn record(record: domain::Record) -> pb::Record {
    pb::Record {
        summary_task_time: record.summary_task.map(proto::to_wire),
        pilot_task_time: record.pilot_task.map(proto::to_wire),
        enterprise_note_time: record.enterprise_note.map(proto::to_wire),
    }
}

/// The review as it is shown.
pub(crate) fn review(review: &Stamped<domain::Review>) -> pb::Review {
    pb::Review {
        present: review.what.present.iter().copied().map(wire::role_number).collect(),
        conclusions: review.what.conclusions.clone(),
        attendees: review.what.attendances.iter().map(attendee).collect(),
        stamp: Some(wire::stamp(&review.stamp)),
        held_time: review.what.occasion.held.map(proto::to_wire),
        attended: wire::contacts(&review.what.occasion.attended),
    }
}

/// The handover as it is shown.
pub(crate) fn handover(handover: &Stamped<domain::Handover>) -> pb::Handover {
    pb::Handover {
        receiver: Some(wire::channel(&handover.what.receiver)),
        receiver_contact: Some(wire::contact(&handover.what.receiver_contact)),
        stamp: Some(wire::stamp(&handover.stamp)),
    }
}
