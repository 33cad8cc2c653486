//! The proactive way in: assignment, internal sync, account team, channel (P-1 to P-4), with what intake knows.

use engagement_domain::{self as domain, Command, NewAssignment, Stamped, SyncMeeting};
use host::{Desk, Fail, Fields, InTenant, Peer, Traced, acts, wire};
use kernel::{Assessment, Caller, DataSet, Verdict, newest};
use proto::{
    engagement::v1::{
        self as pb, AlignAccountTeamRequest, AssignEngagementRequest, ChooseChannelRequest,
        HoldInternalSyncRequest,
    },
    intake::v1::{EvaluatePolicyRequest, intake_service_client::IntakeServiceClient},
};
use tonic::Status;

use super::{LONG, occasion::read_occasion, shown::engagement, tenancy::ask_intake};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    new AssignEngagementRequest(request, fields) => Command::AssignEngagement {
        assignment: NewAssignment {
            customer: fields.line("customer", &request.customer, 1, 200),
            tenant: fields.tenant("tenant", &request.tenant),
            aim: fields.text("aim", &request.aim, 1, 2000),
            gmfta: fields.person("gmfta", &request.gmfta),
            items: DataSet::new(),
        },
        case: None,
    }, informed by prefill;
    HoldInternalSyncRequest(request, fields) => Command::HoldInternalSync(SyncMeeting {
        roster: fields.roster("roster", request.roster.as_ref()),
        in_flight: fields.text("in_flight", &request.in_flight, 0, LONG),
        aim: fields.text("aim", &request.aim, 0, LONG),
        confirmed: read_confirmed(fields, &request.confirmed),
        corrections: fields.items("corrections", &request.corrections, 0),
        required: Vec::new(),
        assessment: unassessed(),
        occasion: read_occasion(fields, request.held_time, &request.attended),
    }), informed by evaluate;
    AlignAccountTeamRequest(request, fields) => Command::AlignAccountTeam {
        alignment: domain::Alignment {
            contacts: fields.contacts("contacts", &request.contacts, 0),
            targeted_motion: fields.text("targeted_motion", &request.targeted_motion, 0, 2000),
        },
        channel: fields.maybe_channel("channel", request.channel.as_ref()),
    };
    ChooseChannelRequest(request, fields) => Command::ChooseChannel {
        channel: fields.channel("channel", request.channel.as_ref()),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
});

fn read_confirmed(fields: &mut Fields, confirmed: &[String]) -> Vec<String> {
    fields.each("confirmed", confirmed, 0..=50, |fields, path, key| fields.line(path, key, 1, 100))
}

/// What stands in the command until intake has evaluated the data set; it lets nobody pass (I-2).
fn unassessed() -> Assessment {
    Assessment {
        verdict: Verdict::Undetermined,
        policy: String::new(),
        policy_version: 0,
        results: Vec::new(),
    }
}

/// Asks intake for an open case of the tenant (I-25), and prefills the data set with the newest facts that either service has (P-3).
async fn prefill(
    request: &AssignEngagementRequest,
    mut command: Command,
    _: Option<&domain::Engagement>,
    desk: &Desk,
    caller: &Caller,
) -> Result<Command, Fail> {
    if let Command::AssignEngagement { assignment, case } = &mut command {
        let known = ask_intake(desk, InTenant::question(&request.tenant, caller)).await?;
        let own = desk.newest_of_tenant::<Engagements>(&assignment.tenant).await?;
        let own = own.map(|engagement| engagement.state.items);
        assignment.items = newest([known.items].into_iter().chain(own));
        // Intake may have yet to hear of what waits here.
        let held = desk.held_back::<Engagements>(caller, &assignment.tenant).await?;
        *case = held.or(known.in_progress);
    }
    Ok(command)
}

/// Asks intake what must be validated, and what the data set that the sync leaves comes to (P-3, I-6).
async fn evaluate(
    _: &HoldInternalSyncRequest,
    mut command: Command,
    state: Option<&domain::Engagement>,
    desk: &Desk,
    _: &Caller,
) -> Result<Command, Fail> {
    if let (Command::HoldInternalSync(meeting), Some(engagement)) = (&mut command, state) {
        let items = engagement.data_after(&meeting.confirmed, &meeting.corrections);
        let question = EvaluatePolicyRequest { policy: String::new(), items: wire::items(&items) };
        let intake = desk.peer("intake")?;
        let question = intake.request(question).map_err(unavailable)?;
        let answer = client(intake).evaluate_policy(question).await.map_err(unavailable)?;
        let answer = answer.into_inner();
        let assessment = answer.assessment.as_ref().and_then(wire::read_assessment);
        meeting.assessment =
            assessment.ok_or_else(|| Fail::Fault("intake evaluated without a verdict".to_owned()))?;
        meeting.required = answer.required_items;
    }
    Ok(command)
}

fn client(intake: &Peer) -> IntakeServiceClient<Traced> {
    IntakeServiceClient::new(intake.channel())
}

fn unavailable(status: Status) -> Fail {
    Fail::Peer("intake", status)
}

/// The assignment as it is shown (P-1).
pub(crate) fn assignment(assignment: &Stamped<domain::Assignment>) -> pb::Assignment {
    pb::Assignment { aim: assignment.what.aim.clone(), stamp: Some(wire::stamp(&assignment.stamp)) }
}

/// The sync as it is shown (P-2, P-3).
pub(crate) fn sync(sync: &Stamped<domain::InternalSync>) -> pb::InternalSync {
    pb::InternalSync {
        in_flight: sync.what.in_flight.clone(),
        aim: sync.what.aim.clone(),
        assessment: Some(wire::assessment(&sync.what.assessment)),
        stamp: Some(wire::stamp(&sync.stamp)),
        held_time: sync.what.occasion.held.map(proto::to_wire),
        attended: wire::contacts(&sync.what.occasion.attended),
    }
}

/// The coordination with the account team as it is shown (P-4).
pub(crate) fn alignment(alignment: &Stamped<domain::Alignment>) -> pb::Alignment {
    pb::Alignment {
        contacts: wire::contacts(&alignment.what.contacts),
        targeted_motion: alignment.what.targeted_motion.clone(),
        stamp: Some(wire::stamp(&alignment.stamp)),
    }
}
