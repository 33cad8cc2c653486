//! The proactive way in: assignment, internal sync, account team (P-1 to P-4).

use kernel::{
    Assessment, Channel, Contact, Context, DataSet, Fault, InProgress, Kind, Person, Refusal, Role, Roster,
    Verdict, tenant_key,
};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, Occasion, Stage, channel,
    gate::{faults, pass, said},
    reactive, standing,
};

/// A new engagement as the program team assigns it (P-1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewAssignment {
    /// The customer's name.
    pub customer: String,
    /// The customer's tenant.
    pub tenant: String,
    /// What the engagement is for.
    pub aim: String,
    /// The GMFTA it is assigned to.
    pub gmfta: Person,
    /// What intake knows of the customer already; may be empty (P-3).
    pub items: DataSet,
}

/// The program team's assignment (P-1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// What the engagement is for.
    pub aim: String,
}

/// What the GMFTA brings back from the internal sync, with the two facts intake adds (P-2, P-3).
#[derive(Debug, Clone, PartialEq)]
pub struct SyncMeeting {
    /// The six; the GMFTA as assigned.
    pub roster: Roster,
    /// The state of anything in flight (P-2a).
    pub in_flight: String,
    /// The aim as it was explained (P-2b).
    pub aim: String,
    /// Keys of the items confirmed as they stand.
    pub confirmed: Vec<String>,
    /// Items corrected or added.
    pub corrections: DataSet,
    /// Keys of the items that must be validated, as intake says.
    pub required: Vec<String>,
    /// What the policy says of [`Engagement::data_after`], as intake evaluated it.
    pub assessment: Assessment,
    /// When it was held, and who attended.
    pub occasion: Occasion,
}

/// The internal sync (P-2, P-3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InternalSync {
    /// The state of anything in flight (P-2a).
    pub in_flight: String,
    /// The aim as it was explained (P-2b).
    pub aim: String,
    /// What the qualification policy said of the validated data set.
    pub assessment: Assessment,
    /// When it was held, and who attended.
    #[serde(default, skip_serializing_if = "Occasion::is_unsaid")]
    pub occasion: Occasion,
}

/// The coordination with the account team (P-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alignment {
    /// The account team's people, Microsoft's own; at least one.
    pub contacts: Vec<Contact>,
    /// The motion agreed.
    pub targeted_motion: String,
}

impl Engagement {
    /// The data set a sync leaves: what was confirmed or corrected; what nobody validated is left out (P-3).
    #[must_use]
    pub fn data_after(&self, confirmed: &[String], corrections: &DataSet) -> DataSet {
        let kept = self.items.iter().filter(|(key, _)| confirmed.contains(key));
        kept.chain(corrections).map(|(key, item)| (key.clone(), item.clone())).collect()
    }
}

/// The program team assigns (P-1), but not beside an open case of the tenant (I-4, I-25).
pub(crate) fn assign(
    assignment: &NewAssignment,
    case: Option<&InProgress>,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::acts_as(&context.caller, &[Role::ProgramTeam])?;
    match case {
        Some(case) => Err(case_open(case)),
        None => Ok(vec![Event::EngagementAssigned(assignment.clone())]),
    }
}

/// A customer that does not qualify never gets an engagement (I-4); any other comes through the Gateway, or its case ends first.
pub(crate) fn case_open(case: &InProgress) -> Refusal {
    if case.is_held {
        return held_back(case);
    }
    let (rule, way_on) = if case.is_in("NOT_QUALIFIED") {
        ("I-4", "the customer does not qualify; the Gateway refers it to a partner and shares the guidance")
    } else {
        ("I-25", "let the Gateway go on with the case, or disengage it first")
    };
    let message = format!("a case of this tenant is open{case}; {way_on}");
    Refusal::new(Kind::AlreadyExists, rule, "CASE_OPEN", "tenant", message)
}

/// The Gateway has left that case, and its engagement waits: it comes first, or ends (I-25).
fn held_back(held: &InProgress) -> Refusal {
    let message = format!(
        "a case of this tenant is held back with its engagement, which waits{held}; let the Gateway start its handoff again or \
         disengage it, or cancel the engagement"
    );
    Refusal::new(Kind::AlreadyExists, "I-25", "CASE_HELD", "tenant", message)
}

/// The sync counts once every item is validated; only a qualified customer goes on (P-2, P-3, I-6).
pub(crate) fn sync(e: &Engagement, meeting: &SyncMeeting, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Assigned], "P-2", "HoldInternalSync")?;
    let items = e.data_after(&meeting.confirmed, &meeting.corrections);
    let mut unready = same_architect(e, &meeting.roster.gmfta);
    unready.extend(unknown_confirmations(&e.items, &meeting.confirmed));
    unready.extend(other_tenant(&e.tenant, &items));
    unready.extend(unvalidated(&items, &meeting.required));
    unready.extend(meeting.occasion.faults("P-2", e, context.now));
    pass(unspoken(meeting), unready, "SYNC_INCOMPLETE", "the sync has not validated every item")?;
    Ok(vec![concluded(meeting, items)])
}

// Undetermined is never taken for qualified: it goes back to the program team too (I-2).
fn concluded(meeting: &SyncMeeting, items: DataSet) -> Event {
    let SyncMeeting { roster, in_flight, aim, assessment, occasion, .. } = meeting.clone();
    let cause = Some("the internal sync validated every item".to_owned());
    let qualified = assessment.verdict == Verdict::Qualified;
    let sync = InternalSync { in_flight, aim, assessment, occasion };
    if qualified {
        return Event::SyncHeld { roster, items, sync, cause };
    }
    Event::AssignmentReturned { roster, items, sync, cause }
}

fn same_architect(e: &Engagement, gmfta: &Person) -> Vec<Fault> {
    let message = format!("the engagement is assigned to {}", e.gmfta);
    faults([Fault::unless(gmfta == &e.gmfta, "P-1", "GMFTA_NOT_AS_ASSIGNED", "roster.gmfta", message)])
}

fn unspoken(meeting: &SyncMeeting) -> Vec<Fault> {
    let SyncMeeting { in_flight, aim, .. } = meeting;
    faults([
        Fault::unless(said(in_flight), "P-2a", "IN_FLIGHT_MISSING", "in_flight", "say what is in flight"),
        Fault::unless(said(aim), "P-2b", "AIM_MISSING", "aim", "say how the aim was explained"),
    ])
}

fn unknown_confirmations(items: &DataSet, confirmed: &[String]) -> Vec<Fault> {
    let absent = confirmed.iter().filter(|key| !items.contains_key(*key));
    let fault = |key: &String| {
        let message = format!("{key} is not known, so it cannot be confirmed");
        Fault::new("P-3", "CONFIRMED_ITEM_ABSENT", format!("items.{key}"), message)
    };
    absent.map(fault).collect()
}

fn other_tenant(tenant: &str, items: &DataSet) -> Option<Fault> {
    let is_same = |given: &str| tenant_key(given) == tenant_key(tenant);
    let same = items.get("tenant").is_none_or(|item| item.value.as_str().is_some_and(is_same));
    let message = format!("the engagement is with the tenant {tenant}");
    Fault::unless(same, "P-3", "TENANT_DIFFERS", "items.tenant", message)
}

/// Every required item that `validated` lacks (P-3, I-6).
pub(crate) fn unvalidated<K: AsRef<str>>(validated: &DataSet, required: &[K]) -> Vec<Fault> {
    let lacking = required.iter().map(AsRef::as_ref).filter(|key| !validated.contains_key(*key));
    let fault = |key: &str| {
        let message = format!("{key} must be confirmed or corrected");
        Fault::new("P-3", "ITEM_NOT_VALIDATED", format!("items.{key}"), message)
    };
    lacking.map(fault).collect()
}

/// No account-team contact before the sync qualified the customer (P-4, I-6).
pub(crate) fn align(
    e: &Engagement,
    alignment: &Alignment,
    channel: Option<&Channel>,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Alignment], "I-6", "AlignAccountTeam")?;
    let taken = if channel.is_some() { channel::taken(e) } else { Vec::new() };
    pass(uncoordinated(alignment), taken, "ALIGNMENT_INCOMPLETE", "the motion is not coordinated yet")?;
    let Some(roster) = &e.roster else {
        return Err(Refusal::wrong_state("P-2", e.stage, "AlignAccountTeam"));
    };
    let chosen = channel.map(|channel| Event::ChannelChosen { channel: channel.clone() });
    let aligned = [
        Event::AccountTeamAligned(alignment.clone()),
        reactive::execution_tasks(&e.customer, roster, &e.deputies),
    ];
    Ok(chosen.into_iter().chain(aligned).collect())
}

fn uncoordinated(alignment: &Alignment) -> Vec<Fault> {
    let met = !alignment.contacts.is_empty();
    let agreed = said(&alignment.targeted_motion);
    faults([
        Fault::unless(met, "P-4", "CONTACT_MISSING", "contacts", "name someone of the account team"),
        Fault::unless(agreed, "P-4", "MOTION_MISSING", "targeted_motion", "say which motion was agreed"),
    ])
}
