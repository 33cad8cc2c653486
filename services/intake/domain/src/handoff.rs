//! R-2b, R-3 and R-4: a qualified customer gets a channel, an FM and a GMFTA, and is handed to the six.

use kernel::{Channel, Context, Fault, InProgress, Kind, Person, Refusal, Role, Roster};

use crate::{
    Case, CaseEvent, CaseState, Handoff,
    cases::well_formed,
    outdated::{outdated_faults, refuse, up_to_date},
    seats,
    superseded::{replacing, stands},
    tenancy,
};

type Decision = Result<Vec<CaseEvent>, Refusal>;

/// The two roles the Gateway requests when they are missing.
pub(crate) const REQUESTED: [Role; 2] = [Role::Fm, Role::Gmfta];

/// R-2b: exactly one channel, on a qualified case only (I-3); another in its place with a cause (reading 17).
pub(crate) fn choose_channel(case: &Case, channel: &Channel, why: &str) -> Decision {
    let named = !matches!(channel, Channel::Frp(partner) if kernel::is_blank(partner));
    let message = "an FRP channel names its partner";
    well_formed(
        Fault::unless(named, "R-2b", "PARTNER_MISSING", "channel.partner", message),
        "the channel is incomplete",
    )?;
    case.within(CaseState::OPEN_TO_CORRECTION, "I-3", "ChooseChannel")?;
    up_to_date(case)?;
    let chosen = || {
        stands("I-3", "CHANNEL_ALREADY_CHOSEN", "channel", "the channel is chosen, and there is exactly one")
    };
    if case.channel.as_ref() == Some(channel) {
        return Err(chosen());
    }
    let why = replacing(case.channel.is_some(), why, chosen)?;
    Ok(vec![CaseEvent::ChannelChosen { channel: channel.clone(), cause: why }])
}

/// The faults of choosing a channel: no verdict on the facts of today (I-21).
pub(crate) fn choice_gaps(case: &Case) -> Vec<Fault> {
    outdated_faults(case).collect()
}

/// requests what is missing, at most one open request per role (I-5), from the contact with the account team on: the
/// introduction needs the GMFTA (reading 22).
pub(crate) fn request(case: &Case, roles: &[Role]) -> Decision {
    well_formed(role_faults(roles), "only a missing FM or GMFTA is requested")?;
    case.within(CaseState::OPEN_TO_REQUESTS, "R-3", "RequestAssignments")?;
    let requestable = requestable(case);
    let wanted = if roles.is_empty() { requestable } else { roles.to_vec() };
    let faults = wanted.iter().filter_map(|role| request_fault(case, *role)).collect();
    Refusal::if_any(faults, Kind::NotReady, "ASSIGNMENT_NOT_REQUESTABLE", "not every role can be requested")?;
    if wanted.is_empty() {
        let message = "nothing is missing that is not requested already";
        return Err(Refusal::new(Kind::NotReady, "R-3", "NOTHING_TO_REQUEST", "roles", message));
    }
    Ok(wanted.into_iter().map(|role| CaseEvent::AssignmentRequested { role }).collect())
}

/// The roles that are missing and not yet requested.
pub(crate) fn requestable(case: &Case) -> Vec<Role> {
    REQUESTED.into_iter().filter(|role| request_fault(case, *role).is_none()).collect()
}

fn role_faults(roles: &[Role]) -> Vec<Fault> {
    let fault = |(at, role): (usize, &Role)| {
        let subject = format!("roles[{at}]");
        if !REQUESTED.contains(role) {
            let message = format!("{role} is named with the six, not requested");
            return Some(Fault::new("R-3", "ROLE_NOT_REQUESTABLE", subject, message));
        }
        let repeated = roles[..at].contains(role);
        repeated.then(|| Fault::new("R-3", "ROLE_REPEATED", subject, format!("{role} is named twice")))
    };
    roles.iter().enumerate().filter_map(fault).collect()
}

fn request_fault(case: &Case, role: Role) -> Option<Fault> {
    if let Some(person) = case.assigned(role) {
        let message = format!("{role} is assigned: {person}");
        return Some(Fault::new("R-3", "ALREADY_ASSIGNED", role.as_str(), message));
    }
    let message = format!("a request for {role} is open");
    case.open_request(role).map(|_| Fault::new("I-5", "ALREADY_REQUESTED", role.as_str(), message))
}

/// names the person for an open request, or another in place of the one named before, with a cause; in the handoff that
/// gives them the seat, too, which they acknowledge.
pub(crate) fn fill(case: &Case, role: Role, person: &Person, why: &str) -> Decision {
    well_formed(role_faults(&[role]), "only a requested FM or GMFTA is filled")?;
    case.within(CaseState::OPEN_TO_ASSIGNMENTS, "R-3", "FillAssignment")?;
    if case.latest_request(role).is_none() {
        let message = format!("{role} was not requested");
        return Err(Refusal::new(Kind::NotReady, "R-3", "NO_OPEN_REQUEST", role.as_str(), message));
    }
    if case.assigned(role) == Some(person) {
        let message = format!("{role} is assigned: {person}");
        return Err(Refusal::new(Kind::NotReady, "R-3", "ALREADY_ASSIGNED", role.as_str(), message));
    }
    let filled = CaseEvent::AssignmentFilled { role, person: person.clone() };
    let Some(before) = case.assigned(role) else { return Ok(vec![filled]) };
    let message = format!("{role} is assigned: {before}; to replace them, say why");
    well_formed(
        Fault::unless(!kernel::is_blank(why), "I-23", "CAUSE_MISSING", "cause", message),
        "a person is replaced with a cause",
    )?;
    let changed = seats::changed(role, case.holder(role).unwrap_or(before), person, why);
    Ok(vec![changed, filled])
}

/// The way on of a case beside an engagement in progress.
const WAY_ON: &str =
    "go on once it is on standby or has ended; the program team can cancel it, or disengage this case";

/// names the six, once the channel, the FM and the GMFTA are there (I-5), and again to correct them. A case whose engagement
/// waits for another one is live again with it (I-25).
pub(crate) fn start(case: &Case, roster: &Roster, why: &str, engagement: Option<&InProgress>) -> Decision {
    if !case.is_held() {
        case.within(CaseState::OPEN_TO_CORRECTION, "R-4", "StartHandoff")?;
    }
    let mut faults = start_gaps(case);
    faults.extend(roster_faults(case, roster));
    refuse(faults, "HANDOFF_NOT_READY", "the handoff cannot start yet")?;
    tenancy::alone(engagement, Kind::NotReady, WAY_ON)?;
    let reopened = case.is_held().then(|| CaseEvent::CaseReopened { tenant: case.tenant.clone() });
    let started = CaseEvent::HandoffStarted { roster: roster.clone(), cause: why_named_anew(case, why) };
    Ok(reopened.into_iter().chain([started]).collect())
}

/// Why the six are named anew: as it is said, or that they are. No cause is kept where nobody was named before (I-23).
fn why_named_anew(case: &Case, why: &str) -> Option<String> {
    let unsaid = || "the six were named anew".to_owned();
    case.handoff.as_ref().map(|_| if kernel::is_blank(why) { unsaid() } else { why.to_owned() })
}

/// What the handoff still lacks before it can start (R-2b, R-3, I-5, I-21).
pub(crate) fn start_gaps(case: &Case) -> Vec<Fault> {
    let channel = Fault::unless(
        case.channel.is_some(),
        "R-2b",
        "CHANNEL_MISSING",
        "channel",
        "choose CSS or FRP for the remote delivery",
    );
    let unassigned = REQUESTED.into_iter().filter(|role| case.assigned(*role).is_none());
    let unassigned = unassigned.map(|role| unassigned_fault(case, role, "I-5"));
    channel.into_iter().chain(unassigned).chain(outdated_faults(case)).collect()
}

/// Nobody is assigned as `role`, whom `rule` asks for: requested, or not even that.
pub(crate) fn unassigned_fault(case: &Case, of: Role, rule: &'static str) -> Fault {
    if case.open_request(of).is_some() {
        let message = format!("the request for {of} is open");
        return Fault::new(rule, "ASSIGNMENT_OPEN", of.as_str(), message);
    }
    Fault::new(rule, "ASSIGNMENT_MISSING", of.as_str(), format!("{of} is missing and not requested"))
}

/// The seats whose person is not the assigned one.
pub(crate) fn roster_faults(case: &Case, roster: &Roster) -> impl Iterator<Item = Fault> {
    REQUESTED.into_iter().filter_map(move |role| roster_fault(case, roster, role))
}

fn roster_fault(case: &Case, roster: &Roster, role: Role) -> Option<Fault> {
    let assigned = case.assigned(role)?;
    let subject = format!("roster.{}", role.as_str().to_lowercase());
    let message = format!("{role} is assigned: {assigned}");
    Fault::unless(roster.holder(role) == Some(assigned), "R-4", "ROSTER_DIFFERS", subject, message)
}

/// each of the six acknowledges in person and in their seat, once (I-18).
pub(crate) fn acknowledge(case: &Case, context: &Context) -> Decision {
    let caller = &context.caller;
    let Some(handoff) = &case.handoff else {
        return Err(Refusal::wrong_state("R-4", case.state, "AcknowledgeHandoff"));
    };
    if !handoff.roster.seats(caller) {
        let message = format!("{} is not named as {} in the handoff", caller.person, caller.role);
        return Err(Refusal::new(Kind::Forbidden, "I-18", "NOT_ROSTERED", "caller.person", message));
    }
    case.within(&[CaseState::Handoff], "R-4", "AcknowledgeHandoff")?;
    if handoff.acknowledged(caller.role) {
        let message = format!("{} has acknowledged already", caller.role);
        let reason = "ALREADY_ACKNOWLEDGED";
        return Err(Refusal::new(Kind::NotReady, "R-4", reason, caller.role.as_str(), message));
    }
    Ok(vec![CaseEvent::HandoffAcknowledged { role: caller.role }])
}

/// the Gateway leaves only after all six, the assigned FM and GMFTA among them, have acknowledged (I-1), and not beside an
/// engagement in progress (I-25).
pub(crate) fn exit(case: &Case, engagement: Option<&InProgress>) -> Decision {
    let (CaseState::Handoff, Some(handoff), Some(channel)) = (case.state, &case.handoff, &case.channel)
    else {
        return Err(Refusal::wrong_state("R-4", case.state, "ExitGateway"));
    };
    let message = "not all six have acknowledged";
    refuse(exit_gaps(case, handoff), "HANDOFF_NOT_ACKNOWLEDGED", message)?;
    unended(case)?;
    tenancy::alone(engagement, Kind::NotReady, WAY_ON)?;
    Ok(vec![CaseEvent::GatewayExited {
        customer: case.customer.clone(),
        tenant: case.tenant.clone(),
        roster: handoff.roster.clone(),
        channel: channel.clone(),
        items: case.items.clone(),
    }])
}

/// The engagement that waited for the handoff was not cancelled meanwhile (I-25).
fn unended(case: &Case) -> Result<(), Refusal> {
    let Some(ended) = case.ended_meanwhile() else { return Ok(()) };
    let message =
        format!("{} of this case was cancelled: disengage the case, and open another", ended.engagement);
    Err(Refusal::new(Kind::NotReady, "I-25", "ENGAGEMENT_ENDED", "led_to", message))
}

/// Who of the six has yet to acknowledge, who is no longer the assigned one, and what the verdict did not see (R-4, I-1, I-21).
pub(crate) fn exit_gaps(case: &Case, handoff: &Handoff) -> Vec<Fault> {
    let silent = handoff.roster.people().filter(|(role, _)| !handoff.acknowledged(*role));
    let fault = |(role, person): (Role, &Person)| {
        let message = format!("{person} has not acknowledged as {role}");
        Fault::new("R-4", "ACKNOWLEDGEMENT_MISSING", role.as_str(), message)
    };
    silent.map(fault).chain(roster_faults(case, &handoff.roster)).chain(outdated_faults(case)).collect()
}
