//! The whole engagement as it is shown.

use engagement_domain as domain;
use host::wire;
use kernel::name;
use ledger::Record;
use proto::{common::v1::Roster, engagement::v1 as pb};

use super::{
    blockers::blocker,
    cancellation::cancellation,
    closure::closure,
    hold::pause,
    introduction::introduction,
    pilot::pilot,
    preparation::{analytics, prep_meeting},
    proactive::{alignment, assignment, sync},
    reengagement::reengagement,
    review::{handover, record, review},
    seats::{deputyship, seat_change},
    summary::summary,
    superseded::superseded,
    takeover::taken_over,
    words::{method, stage},
    workshop::workshop,
};

/// An engagement as it is shown.
pub(crate) fn engagement(kept: &Record<domain::Engagement>) -> pb::Engagement {
    let e = &kept.state;
    pb::Engagement {
        name: name::of("engagements", kept.id),
        etag: wire::etag(kept.version),
        create_time: Some(proto::to_wire(kept.create_time)),
        update_time: Some(proto::to_wire(kept.update_time)),
        method: method(e.method).into(),
        stage: stage(e.stage).into(),
        customer: e.customer.clone(),
        tenant: e.tenant.clone(),
        case: e.case.clone().unwrap_or_default(),
        roster: Some(roster(e)),
        channel: e.channel.as_ref().map(wire::channel),
        items: wire::items(&e.items),
        assignment: e.assignment.as_ref().map(assignment),
        sync: e.sync.as_ref().map(sync),
        alignment: e.alignment.as_ref().map(alignment),
        introduction: e.introduction.as_ref().map(introduction),
        prep_meetings: e.prep_meetings.iter().map(prep_meeting).collect(),
        analytics: e.analytics.as_ref().map(analytics),
        workshop: e.workshop.as_ref().map(workshop),
        summary: e.summary.as_ref().map(summary),
        earlier_summaries: e.earlier_summaries.iter().map(summary).collect(),
        pilot: e.pilot.as_ref().map(pilot),
        record: Some(record(e.record)),
        review: e.review.as_ref().map(review),
        handover: e.handover.as_ref().map(handover),
        reengagements: e.reengagements.iter().map(reengagement).collect(),
        blockers: e.blockers.iter().map(blocker).collect(),
        cancellation: e.cancellation.as_ref().map(cancellation),
        superseded: e.superseded.iter().map(superseded).collect(),
        pauses: e.pauses.iter().map(pause).collect(),
        closure: e.closure.as_ref().map(closure),
        seat_changes: e.seat_changes.iter().map(seat_change).collect(),
        deputies: e.deputies.iter().map(deputyship).collect(),
        sent_to: e.sent_to.clone().unwrap_or_default(),
        taken_over: e.taken_over.as_ref().map(taken_over),
    }
}

/// The six; before the sync names them, the GMFTA alone.
fn roster(e: &domain::Engagement) -> Roster {
    let alone = || Roster { gmfta: e.gmfta.to_string(), ..Roster::default() };
    e.roster.as_ref().map_or_else(alone, wire::roster)
}
