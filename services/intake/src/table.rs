//! How cases and policies are kept, and what of them other services act on.

use std::collections::BTreeSet;

use host::{OfTenant, Resource, Told, wire};
use intake_domain::CaseEvent;
use kernel::{DataSet, Duty, Id, Kind, Person, Refusal, Stamp, Time, Viewers, name, tenant_key};
use ledger::{
    Beside, Event, Holds, Record, Side, State, Statement, Table, Value, alone, depart, live, settle,
};
use prost_types::Any;
use proto::intake::v1 as pb;

use crate::wire::{case, policy, words};

/// The cases.
pub(crate) enum Cases {}

impl Table for Cases {
    type Domain = intake_domain::Cases;
    const COLLECTION: &'static str = "cases";
    const COLUMNS: &'static [&'static str] =
        &["tenant", "live_tenant", "stage", "verdict", "beside", "led_to"];

    fn columns(case: &State<Self>) -> Vec<Value> {
        let tenant = tenant_key(&case.tenant);
        // As the case says itself: an earlier release may have opened two for one tenant.
        let live = case.is_live().then(|| case.tenant.clone());
        let verdict = case.verdict().map(|verdict| wire::verdict(verdict).as_str_name());
        let beside = case.conflict().map(|beside| beside.engagement.as_str());
        let led_to = case.led_to.as_ref().map(|led_to| led_to.engagement.as_str());
        let stage = case.state.as_str();
        vec![tenant.into(), live.into(), stage.into(), verdict.into(), beside.into(), led_to.into()]
    }

    fn stage(case: &State<Self>) -> Option<&'static str> {
        Some(case.state.as_str())
    }

    fn stage_since(case: &State<Self>) -> Option<Time> {
        Some(case.entered)
    }

    fn duties(case: &State<Self>) -> Vec<Duty> {
        intake_domain::duties(case)
    }

    fn viewers(case: &State<Self>) -> Viewers<'_> {
        Viewers::these(case.involved())
    }

    fn rows(id: Id, event: &Event<Self>, stamp: &Stamp) -> Vec<Statement> {
        let mut rows: Vec<_> = people(event, stamp).into_iter().map(|person| found_by(id, person)).collect();
        match event {
            CaseEvent::CaseOpened { tenant, .. } | CaseEvent::CaseReopened { tenant } => {
                rows.push(alone::<Self>(id, tenant, LIVE));
            }
            CaseEvent::CaseMoved { from, tenant, .. } => {
                rows.push(alone::<Self>(id, tenant, LIVE));
                rows.push(depart::<Self>(id, from));
            }
            CaseEvent::GatewayExited { .. }
            | CaseEvent::CaseReferred { .. }
            | CaseEvent::CaseDisengaged { .. } => {
                rows.push(settle::<Self>(id));
            }
            _ => {}
        }
        rows
    }

    const SIDES: &'static [Side] = &[Side {
        table: "case_person",
        key: "case_id",
        is_named: false,
        columns: &[("person", Holds::Text)],
    }];

    fn beside(_id: Id, events: &[(Event<Self>, &Stamp)]) -> Vec<Vec<Beside>> {
        let all: BTreeSet<_> = events.iter().flat_map(|(event, stamp)| people(event, stamp)).collect();
        vec![all.into_iter().map(|person| vec![person.as_str().into()]).collect()]
    }

    fn conflict(constraint: &str) -> Option<Refusal> {
        let message = "the tenant has a live case already; there is one at most";
        let refusal = Refusal::new(Kind::AlreadyExists, "I-20", "CASE_ALREADY_OPEN", "tenant", message);
        (constraint == LIVE).then_some(refusal)
    }

    fn rival(constraint: &str, case: &State<Self>) -> Option<Statement> {
        (constraint == LIVE).then(|| live::<Self>(&case.tenant))
    }
}

/// What says that a tenant has one live case.
const LIVE: &str = "cases.live_tenant";

/// The people `event` brings to a case.
fn people<'a>(event: &'a CaseEvent, stamp: &'a Stamp) -> Vec<&'a Person> {
    match event {
        CaseEvent::CaseOpened { gmfta, fm, .. } => {
            [&stamp.person].into_iter().chain(gmfta).chain(fm).collect()
        }
        CaseEvent::ArchitectAsked { architect, .. } => architect.iter().collect(),
        CaseEvent::AssignmentFilled { person, .. } | CaseEvent::SeatChanged { successor: person, .. } => {
            vec![person]
        }
        CaseEvent::HandoffStarted { roster, .. } => roster.people().map(|(_, person)| person).collect(),
        _ => Vec::new(),
    }
}

fn found_by(id: Id, person: &Person) -> Statement {
    let sql = "INSERT INTO case_person (case_id, person) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    Statement::new(sql, vec![id.into(), person.as_str().into()])
}

impl Resource for Cases {
    type Message = pb::Case;

    fn message(record: &Record<State<Self>>) -> pb::Case {
        case::case(record)
    }

    fn publish(id: Id, event: &Event<Self>, _: &Stamp) -> Option<Any> {
        let case = name::of(Self::COLLECTION, id);
        match event {
            CaseEvent::CustomerValidated { level, assessment, .. } => {
                Some(wire::any(&pb::CustomerAssessed {
                    case,
                    level: words::level(*level).into(),
                    assessment: Some(wire::outcomes(assessment)),
                }))
            }
            CaseEvent::GatewayExited { customer, tenant, roster, channel, items } => {
                Some(wire::any(&pb::GatewayExited {
                    case,
                    customer: customer.clone(),
                    tenant: tenant.clone(),
                    roster: Some(wire::roster(roster)),
                    channel: Some(wire::channel(channel)),
                    items: wire::items(items),
                }))
            }
            CaseEvent::CaseOpened { tenant, .. } => {
                Some(wire::any(&pb::CaseOpened { case, tenant: tenant.clone() }))
            }
            CaseEvent::CaseReopened { tenant } => {
                Some(wire::any(&pb::CaseReopened { case, tenant: tenant.clone() }))
            }
            // What a case follows was told by the engagement service.
            CaseEvent::CaseMoved { tenant, .. } => {
                Some(wire::any(&pb::CaseMoved { case, tenant: tenant.clone() }))
            }
            CaseEvent::AssignmentTakenOver { engagement } => {
                Some(wire::any(&pb::CaseTookOver { case, engagement: engagement.clone() }))
            }
            CaseEvent::CaseDisengaged { .. } => Some(wire::any(&pb::CaseDisengaged { case })),
            CaseEvent::CaseReferred { .. } => Some(wire::any(&pb::CaseReferred { case })),
            _ => None,
        }
    }
}

impl OfTenant for Cases {
    const HELD_WHERE: &'static str = "tenant = ? AND stage = 'EXITED'";

    fn is_held(case: &State<Self>) -> bool {
        case.is_held()
    }

    fn items(case: &State<Self>) -> &DataSet {
        &case.items
    }
}

impl Told for Cases {
    const KIND: &'static str = "case";

    fn rests(case: &State<Self>) -> bool {
        !case.is_live()
    }
}

/// The versions of the policy.
pub(crate) enum Policies {}

impl Table for Policies {
    type Domain = intake_domain::Policies;
    const COLLECTION: &'static str = "policies";
    const COLUMNS: &'static [&'static str] = &["version_number"];

    fn columns(policy: &State<Self>) -> Vec<Value> {
        vec![i64::from(policy.version).into()]
    }

    fn viewers(_: &State<Self>) -> Viewers<'_> {
        Viewers::Everybody
    }
}

impl Resource for Policies {
    type Message = pb::Policy;

    fn message(record: &Record<State<Self>>) -> pb::Policy {
        policy::policy(record)
    }
}
