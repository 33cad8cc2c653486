//! What a case waits for, on whom, and what that still lacks: read from the state with the guards' own functions.

use kernel::{Duty, Fault, Person, Role, Target, Time};

use crate::{Case, CaseState, Handoff, Inquiry, handoff, research, tenancy, validation};

/// How long the steps on others' desks may wait before they are flagged (reading 13).
pub const TARGETS: &[Target] = &[
    Target { action: "ANSWER_ARCHITECT", hours: 24 },
    Target { action: "FILL_ASSIGNMENT", hours: 72 },
    Target { action: "ACKNOWLEDGE_HANDOFF", hours: 48 },
];

/// Everything `case` waits for.
#[must_use]
pub fn duties(case: &Case) -> Vec<Duty> {
    let mut duties = match case.state {
        CaseState::Research => research(case),
        CaseState::Coordination | CaseState::CustomerValidation => {
            [validate(case, case.entered)].into_iter().chain(fill(case)).collect()
        }
        CaseState::Introduction => introduction(case),
        CaseState::Qualified => qualified(case),
        CaseState::NotQualified => not_qualified(case),
        CaseState::Handoff => case.handoff.iter().flat_map(|handoff| handing_off(case, handoff)).collect(),
        CaseState::Exited => held(case).into_iter().collect(),
        CaseState::Referred | CaseState::Disengaged => Vec::new(),
    };
    duties.extend(validate_again(case));
    duties.extend(answer(case));
    duties.extend(conflict(case));
    duties
}

fn validate(case: &Case, since: Time) -> Duty {
    gateway("VALIDATE_CUSTOMER", since, validation::validation_gaps(case))
}

/// A verdict that does not stand on the facts any more waits to be superseded (I-21); where none is definite, validation is due
/// anyway.
fn validate_again(case: &Case) -> Option<Duty> {
    let is_due = case.has_open_verdict() || case.state == CaseState::Introduction;
    let since = case.outdated.unwrap_or(case.entered);
    (is_due && !case.outdated_items().is_empty()).then(|| validate(case, since))
}

/// The GMFTA is introduced, too, and requested where there is none (R-2a, R-3).
fn introduction(case: &Case) -> Vec<Duty> {
    let introduce = gateway("INTRODUCE_BENEFIT", case.entered, validation::introduction_gaps(case));
    let lacking = handoff::requestable(case).contains(&Role::Gmfta);
    let request = lacking.then(|| gateway("REQUEST_ASSIGNMENTS", case.entered, Vec::new()));
    request.into_iter().chain(fill(case)).chain([introduce]).collect()
}

fn gateway(action: &'static str, since: Time, missing: Vec<Fault>) -> Duty {
    Duty { action, role: Role::ReengagementManager, person: None, since, missing }
}

/// The handoff starts again, or the case is disengaged; the program team has its own duty on the engagement that waits (I-25).
fn held(case: &Case) -> Option<Duty> {
    let since = case.led_to.as_ref().filter(|_| case.is_held())?.since;
    let way_on =
        "start the handoff again once it has ended, or disengage the case; the program team can cancel it";
    Some(gateway("START_HANDOFF", since, vec![tenancy::in_the_way(way_on)]))
}

/// Either the case ends or the engagement beside it, whoever sees to it first (I-25). Who does not qualify is referred, and the
/// case ends with that (I-4).
fn conflict(case: &Case) -> Vec<Duty> {
    let Some(beside) = case.conflict() else { return Vec::new() };
    let way_on = "the Gateway disengages this case, or the program team cancels the engagement";
    let missing = || vec![tenancy::in_the_way(way_on)];
    let ends = case.state != CaseState::NotQualified && case.ended_meanwhile().is_none();
    let gateway = ends.then(|| gateway("DISENGAGE_CASE", beside.since, missing()));
    let program = Duty {
        action: "CANCEL_ENGAGEMENT",
        role: Role::ProgramTeam,
        person: None,
        since: beside.since,
        missing: missing(),
    };
    gateway.into_iter().chain([program]).collect()
}

fn research(case: &Case) -> Vec<Duty> {
    let ask = case.inquiry.is_none().then(|| gateway("ASK_ARCHITECT", case.entered, Vec::new()));
    let contact = gateway("CONTACT_ACCOUNT_TEAM", case.entered, research::contact_gaps(case));
    ask.into_iter().chain([contact]).collect()
}

fn answer(case: &Case) -> Option<Duty> {
    let is_open = |inquiry: &&Inquiry| inquiry.architect.is_some() && inquiry.answer.is_none();
    let asked = case.inquiry.as_ref().filter(is_open)?;
    // The one who was asked may have been replaced: the designated of today can answer.
    let person = case.gmfta.clone()?;
    let is_awaited = case.state != CaseState::NotQualified && case.is_live();
    is_awaited.then(|| Duty {
        action: "ANSWER_ARCHITECT",
        role: Role::Gmfta,
        person: Some(person),
        since: asked.asked.time,
        missing: Vec::new(),
    })
}

fn qualified(case: &Case) -> Vec<Duty> {
    let since = case.entered;
    let channel = case.channel.is_none();
    let channel = channel.then(|| gateway("CHOOSE_CHANNEL", since, handoff::choice_gaps(case)));
    let lacking = !handoff::requestable(case).is_empty();
    let request = lacking.then(|| gateway("REQUEST_ASSIGNMENTS", since, Vec::new()));
    let start = gateway("START_HANDOFF", since, handoff::start_gaps(case));
    channel.into_iter().chain(request).chain(fill(case)).chain([start]).collect()
}

/// One duty for all open requests: an action is due at most once on a role.
fn fill(case: &Case) -> Option<Duty> {
    let open: Vec<_> = handoff::REQUESTED.into_iter().filter_map(|role| case.open_request(role)).collect();
    let since = open.iter().map(|request| request.requested.time).min()?;
    let missing = open.iter().map(|request| {
        let message = format!("name the {}", request.role);
        Fault::new("R-3", "PERSON_MISSING", request.role.as_str(), message)
    });
    let (role, missing) = (Role::ProgramTeam, missing.collect());
    Some(Duty { action: "FILL_ASSIGNMENT", role, person: None, since, missing })
}

fn not_qualified(case: &Case) -> Vec<Duty> {
    let refer = case.referral.is_none().then(|| gateway("REFER_TO_PARTNER", case.entered, Vec::new()));
    let share = case.guidance.is_none().then(|| gateway("SHARE_GUIDANCE", case.entered, Vec::new()));
    refer.into_iter().chain(share).collect()
}

fn handing_off(case: &Case, handoff: &Handoff) -> Vec<Duty> {
    let since = handoff.started.time;
    let acknowledge = |(role, person): (Role, &Person)| Duty {
        action: "ACKNOWLEDGE_HANDOFF",
        role,
        person: Some(person.clone()),
        since: case.seated_since(role, handoff),
        missing: Vec::new(),
    };
    // Whoever is not the assigned one any more is not waited for: an earlier release left them in their seat.
    let stands = |role: Role| case.assigned(role).is_none_or(|it| handoff.roster.holder(role) == Some(it));
    let silent = handoff.roster.people().filter(|(role, _)| !handoff.acknowledged(*role) && stands(*role));
    let differs = handoff::roster_faults(case, &handoff.roster).next().is_some();
    let next = if let Some(ended) = case.ended_meanwhile() {
        gateway("DISENGAGE_CASE", ended.since, Vec::new())
    } else if differs {
        gateway("START_HANDOFF", since, handoff::start_gaps(case))
    } else {
        gateway("EXIT_GATEWAY", since, handoff::exit_gaps(case, handoff))
    };
    silent.map(acknowledge).chain([next]).collect()
}
