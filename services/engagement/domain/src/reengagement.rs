//! Back from standby: requested, approved and briefed, re-joined, completed (E-5, I-16, I-17).

use kernel::{Context, Fault, Kind, Person, Refusal, Role, Stamp};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, PlaybookTask, Stage,
    gate::{faults, pass, said},
    retraction::{Retraction, nothing_waiting},
    standing,
};

/// Where a request for re-engagement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReengagementState {
    /// Waits for the Get Modern SME.
    Requested,
    /// Approved and briefed; the GMFTA is to re-join at once.
    Approved,
    /// The GMFTA is back.
    Rejoined,
    /// Complete; back to standby.
    Completed,
    /// Rejected; standby was never left.
    Rejected,
    /// Withdrawn by who requested it; standby was never left.
    Withdrawn,
    /// Approved, and revoked before the GMFTA re-joined.
    Revoked,
    /// Ended with the engagement, which was closed.
    Closed,
}

/// The SME's brief (E-5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// The nature of the escalation.
    pub nature: String,
    /// The specific request.
    pub specific_request: String,
}

impl Brief {
    /// What it lacks (E-5.2).
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let (nature, request) = (said(&self.nature), said(&self.specific_request));
        let (which, what) = ("say of what nature the escalation is", "say what is requested");
        faults([
            Fault::unless(nature, "E-5.2", "NATURE_MISSING", "nature", which),
            Fault::unless(request, "E-5.2", "SPECIFIC_REQUEST_MISSING", "specific_request", what),
        ])
    }
}

/// One request to call the GMFTA back, and what came of it (E-5.1 to E-5.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reengagement {
    /// Its number within the engagement, counted from 1: the cycle its task belongs to.
    pub cycle: u32,
    /// Where it stands.
    pub state: ReengagementState,
    /// The escalation as the requester described it.
    pub escalation: String,
    /// Who requested it and when.
    pub requested: Stamp,
    /// When the requester said anew what happened; the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amended: Option<Stamp>,
    /// The SME's brief, once approved (E-5.2).
    pub brief: Option<Brief>,
    /// Who approved or rejected it and when.
    pub decided: Option<Stamp>,
    /// Why it was rejected.
    pub rejection_cause: Option<String>,
    /// Why it was withdrawn or revoked, by whom and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retraction: Option<Retraction>,
    /// Who re-joined and when (E-5.3).
    pub rejoined: Option<Stamp>,
    /// Who completed its task and when (E-5.4).
    pub task_completed: Option<Stamp>,
    /// Who wrote the first Enterprise Status Note since re-joining, and when (E-5.5).
    pub status_note: Option<Stamp>,
    /// Who completed it and when.
    pub completed: Option<Stamp>,
}

impl Reengagement {
    pub(crate) fn new(cycle: u32, escalation: &str, requested: &Stamp) -> Self {
        Self {
            cycle,
            state: ReengagementState::Requested,
            escalation: escalation.to_owned(),
            requested: requested.clone(),
            amended: None,
            brief: None,
            decided: None,
            rejection_cause: None,
            retraction: None,
            rejoined: None,
            task_completed: None,
            status_note: None,
            completed: None,
        }
    }

    /// It waits for a decision, for the GMFTA, or for their work to be complete.
    #[must_use]
    pub fn is_open(&self) -> bool {
        use ReengagementState::{Approved, Rejoined, Requested};
        matches!(self.state, Requested | Approved | Rejoined)
    }

    pub(crate) fn retract(&mut self, state: ReengagementState, cause: &str, stamp: &Stamp) {
        self.state = state;
        self.retraction = Some(Retraction { cause: cause.to_owned(), stamp: stamp.clone() });
    }

    pub(crate) fn is_rejoined(&self) -> bool {
        self.state == ReengagementState::Rejoined
    }
}

impl Engagement {
    /// The request that is open; there is at most one.
    #[must_use]
    pub fn open_reengagement(&self) -> Option<&Reengagement> {
        self.reengagements.last().filter(|last| last.is_open())
    }
}

pub(crate) const REQUESTERS: [Role; 5] = [Role::Fm, Role::Fe, Role::Sme, Role::Fta, Role::Ats];

/// A rostered FM, FE, SME, FTA or ATS asks; one open request at a time (E-5.1).
pub(crate) fn request(e: &Engagement, escalation: &str, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::rostered(e, &context.caller, &REQUESTERS)?;
    e.expect(&[Stage::Standby], "E-5", "RequestReengagement")?;
    let unworded =
        Fault::unless(said(escalation), "E-5.1", "ESCALATION_MISSING", "escalation", "say what happened");
    let free = e.open_reengagement().is_none();
    let message = "another request is open";
    let taken = Fault::unless(free, "E-5.1", "REENGAGEMENT_ALREADY_OPEN", "reengagements", message);
    pass(faults([unworded]), faults([taken]), "REENGAGEMENT_NOT_REQUESTABLE", "the request cannot be made")?;
    Ok(vec![Event::ReengagementRequested { cycle: next_cycle(e), escalation: escalation.to_owned() }])
}

fn next_cycle(e: &Engagement) -> u32 {
    e.reengagements.last().map_or(1, |last| last.cycle + 1)
}

/// A Get Modern SME approves, with both parts of the brief: neither the requester nor the GMFTA, who is briefed by it (E-5.1,
/// E-5.2, I-16).
pub(crate) fn approve(e: &Engagement, brief: &Brief, context: &Context) -> Result<Vec<Event>, Refusal> {
    let cycle = decidable(e, "ApproveReengagement", context)?;
    standing::not_the_briefed(e, &context.caller)?;
    pass(brief.faults(), Vec::new(), "BRIEF_INCOMPLETE", "an approval carries the brief")?;
    let approved = Event::ReengagementApproved { cycle, brief: brief.clone() };
    let wanted = e.roster.iter().map(|roster| Event::TasksWanted {
        customer: e.customer.clone(),
        roster: roster.clone(),
        tasks: vec![PlaybookTask::GetModernArchitectReengagement],
        cycle,
        deputies: e.deputies.clone(),
        unacknowledged: e.unacknowledged(),
    });
    Ok([approved].into_iter().chain(wanted).collect())
}

/// A Get Modern SME other than the requester rejects; standby is untouched (E-5.1, I-16).
pub(crate) fn reject(e: &Engagement, cause: &str, context: &Context) -> Result<Vec<Event>, Refusal> {
    let cycle = decidable(e, "RejectReengagement", context)?;
    pass(uncaused(cause), Vec::new(), "REJECTION_INCOMPLETE", "a rejection says why")?;
    Ok(vec![Event::ReengagementRejected { cycle, cause: cause.to_owned() }])
}

/// The faults of a rejection, a withdrawal or a revocation for this cause (E-5.1).
#[must_use]
pub fn uncaused(cause: &str) -> Vec<Fault> {
    faults([Fault::unless(said(cause), "E-5.1", "CAUSE_MISSING", "cause", "say why")])
}

/// Whose request it is: who made it, who said it anew, and who holds the seat it was made for by now (I-16).
fn asked_for_by<'a>(e: &'a Engagement, open: &'a Reengagement) -> impl Iterator<Item = &'a Person> {
    let amended = open.amended.iter().map(|amended| &amended.person);
    [&open.requested.person].into_iter().chain(amended).chain(e.holder(open.requested.role))
}

/// The cycle that waits for a decision, when this caller may decide it (I-16).
fn decidable(e: &Engagement, command: &str, context: &Context) -> Result<u32, Refusal> {
    standing::acts_as(&context.caller, &[Role::GetModernSme])?;
    let waits = |open: &&Reengagement| open.state == ReengagementState::Requested;
    let waiting = e.open_reengagement().filter(waits);
    if let Some(open) = waiting {
        asked_for_by(e, open).try_for_each(|asker| standing::not_the_requester(asker, &context.caller))?;
    }
    e.expect(&[Stage::Standby], "E-5", command)?;
    waiting.map(|open| open.cycle).ok_or_else(nothing_waiting)
}

/// The GMFTA re-joins an approved and briefed request (E-5.3, I-16); this unlocks its task (I-11).
pub(crate) fn rejoin(e: &Engagement, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Standby], "E-5.3", "RejoinEngagement")?;
    let approved = e.open_reengagement().filter(|open| open.state == ReengagementState::Approved);
    let Some(Reengagement { cycle, .. }) = approved else {
        let message = "no request was approved";
        return Err(Refusal::new(Kind::NotReady, "I-16", "NOT_APPROVED", "reengagements", message));
    };
    let evidence = Event::EvidenceReady {
        task: PlaybookTask::GetModernArchitectReengagement,
        cycle: *cycle,
        description: format!("the GMFTA re-joined in cycle {cycle}"),
    };
    Ok(vec![Event::Rejoined { cycle: *cycle }, evidence])
}

/// The GMFTA goes back to standby after this cycle's task and a status note (E-5.4, E-5.5, I-17).
pub(crate) fn complete(e: &Engagement, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Reengaged], "E-5", "CompleteReengagement")?;
    let message = "the re-engagement is not complete";
    Refusal::if_any(completion_gate(e), Kind::NotReady, "REENGAGEMENT_INCOMPLETE", message)?;
    let open = e.open_reengagement().into_iter();
    Ok(open.map(|open| Event::ReengagementCompleted { cycle: open.cycle }).collect())
}

/// Everything that stands between this re-engagement and standby (I-17).
pub(crate) fn completion_gate(e: &Engagement) -> Vec<Fault> {
    let open = e.open_reengagement();
    let task = open.is_some_and(|open| open.task_completed.is_some());
    let note = open.is_some_and(|open| open.status_note.is_some());
    let undone = "the Get Modern Architect Re-engagement task of this cycle is open";
    let unwritten = "the GMFTA wrote no Enterprise Status Note since re-joining";
    faults([
        Fault::unless(task, "I-17", "REENGAGEMENT_TASK_OPEN", "reengagement.task_completed", undone),
        Fault::unless(note, "I-17", "STATUS_NOTE_MISSING", "reengagement.status_note", unwritten),
    ])
}
