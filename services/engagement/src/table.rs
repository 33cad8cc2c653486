//! How engagements are kept, and what of them other services act on.

use engagement_domain::{AnalyticsReport, Event, Stage, duties, enters};
use host::{Awaited, OfTenant, Resource, Told};
use kernel::{Channel, DataSet, Duty, Id, Kind, Refusal, Stamp, Time, Viewers, name, tenant_key};
use ledger::{Beside, Record, Side, State, Statement, Table, Value, alone, depart, live, settle};
use prost_types::Any;
use proto::engagement::v1 as pb;

use crate::{follow, publish, rows, sides, wire as shown};

/// The engagements.
pub(crate) enum Engagements {}

impl Table for Engagements {
    type Domain = engagement_domain::Engagements;
    const COLLECTION: &'static str = "engagements";
    const COLUMNS: &'static [&'static str] = &[
        "tenant",
        "live_tenant",
        "stage",
        "method",
        "channel",
        "enrolled_devices",
        "ready",
        "ready_with_remediation",
        "blocked",
        "not_reviewed",
        "deputy_until",
    ];

    fn columns(engagement: &State<Self>) -> Vec<Value> {
        let in_progress = engagement.stage.is_in_progress();
        let count = |read: fn(&AnalyticsReport) -> u32| {
            Value::from(engagement.analytics.as_ref().map(|report| i64::from(read(&report.what))))
        };
        vec![
            tenant_key(&engagement.tenant).into(),
            // As the engagement says itself: an earlier release may have begun two for one tenant.
            in_progress.then_some(engagement.tenant.as_str()).into(),
            engagement.stage.as_str().into(),
            engagement.method.as_str().into(),
            engagement.channel.as_ref().map(channel).into(),
            count(|report| report.enrolled_devices),
            count(|report| report.readiness.ready),
            count(|report| report.readiness.ready_with_remediation),
            count(|report| report.readiness.blocked),
            count(|report| report.readiness.not_reviewed),
            engagement.next_deputy_over().into(),
        ]
    }

    fn stage(engagement: &State<Self>) -> Option<&'static str> {
        Some(engagement.stage.as_str())
    }

    fn stage_since(engagement: &State<Self>) -> Option<Time> {
        Some(engagement.stage_since)
    }

    fn duties(engagement: &State<Self>) -> Vec<Duty> {
        duties(engagement)
    }

    fn viewers(engagement: &State<Self>) -> Viewers<'_> {
        Viewers::these(engagement.people())
    }

    fn rows(id: Id, event: &Event, stamp: &Stamp) -> Vec<Statement> {
        let all = rows::of(id, event, stamp).into_iter().chain(in_progress(id, event));
        all.chain(departed(id, event)).collect()
    }

    const SIDES: &'static [Side] = sides::SIDES;

    fn beside(_id: Id, events: &[(Event, &Stamp)]) -> Vec<Vec<Beside>> {
        sides::of(events)
    }

    fn conflict(constraint: &str) -> Option<Refusal> {
        (constraint == LIVE).then(|| {
            let message = "an engagement with this tenant is in progress already";
            Refusal::new(Kind::AlreadyExists, "A-4", "ENGAGEMENT_IN_PROGRESS", "tenant", message)
        })
    }

    fn rival(constraint: &str, engagement: &State<Self>) -> Option<Statement> {
        (constraint == LIVE).then(|| live::<Self>(&engagement.tenant))
    }
}

/// What says that a tenant has one engagement in progress.
const LIVE: &str = "engagements.live_tenant";

/// That it is the only one, of one that begins; that a tenant has not two any more, of one that ends.
fn in_progress(id: Id, event: &Event) -> Option<Statement> {
    match event {
        Event::ReactiveEngagementBegun(start) => Some(alone::<Engagements>(id, &start.tenant, LIVE)),
        Event::EngagementAssigned(assignment) => Some(alone::<Engagements>(id, &assignment.tenant, LIVE)),
        Event::EngagementMoved { tenant, .. } => Some(alone::<Engagements>(id, tenant, LIVE)),
        _ => matches!(enters(event)?, Stage::Standby | Stage::Cancelled).then(|| settle::<Engagements>(id)),
    }
}

/// The tenant that it has left has not two any more, nor has the one that it has come to.
fn departed(id: Id, event: &Event) -> Option<Statement> {
    let Event::EngagementMoved { from, .. } = event else { return None };
    Some(depart::<Engagements>(id, from))
}

fn channel(channel: &Channel) -> &'static str {
    match channel {
        Channel::Css => "CSS",
        Channel::Frp(_) => "FRP",
    }
}

impl Resource for Engagements {
    type Message = pb::Engagement;
    const AWAITED: &'static [Awaited] = &[
        Awaited { from: &follow::INTAKE, reasons: &["NOT_FOUND"] },
        Awaited {
            from: &follow::TASKS,
            reasons: &[
                "SUMMARY_TASK_OPEN",
                "PILOT_TASK_OPEN",
                "ENTERPRISE_NOTE_MISSING",
                "REENGAGEMENT_TASK_OPEN",
                "STATUS_NOTE_MISSING",
            ],
        },
    ];

    fn message(record: &Record<State<Self>>) -> pb::Engagement {
        shown::engagement(record)
    }

    fn publish(id: Id, event: &Event, stamp: &Stamp) -> Option<Any> {
        publish::publish(name::of(Self::COLLECTION, id), event, stamp)
    }
}

impl OfTenant for Engagements {
    const HELD_WHERE: &'static str = "tenant = ? AND stage = 'WAITING'";

    fn is_held(engagement: &State<Self>) -> bool {
        engagement.stage == Stage::Waiting
    }

    fn items(engagement: &State<Self>) -> &DataSet {
        &engagement.items
    }
}

impl Told for Engagements {
    const KIND: &'static str = "engagement";

    fn rests(engagement: &State<Self>) -> bool {
        matches!(engagement.stage, Stage::Standby | Stage::Cancelled | Stage::Closed)
    }

    fn origin(engagement: &State<Self>) -> Option<String> {
        engagement.case.clone()
    }
}
