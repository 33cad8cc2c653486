//! What is known of an engagement: everything the playbook asks about later, with who did it and when.

use std::collections::BTreeSet;

use kernel::{Channel, DataSet, Person, Refusal, Role, Roster, Stamp, Superseded, Time};
use serde::{Deserialize, Serialize};

use crate::{
    Alignment, AnalyticsReport, Assignment, Blocker, Cancellation, Closure, Deputyship, Handover,
    InternalSync, Introduction, Pause, Pilot, PrepMeeting, Record, Reengagement, Review, SeatChange, Stage,
    Summary, TakenOver, Was, Workshop,
};

/// Which way in an engagement came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Method {
    /// Through the Gateway.
    Reactive,
    /// Assigned by the program team.
    Proactive,
}

impl Method {
    /// Its name on the wire, without the prefix.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reactive => "REACTIVE",
            Self::Proactive => "PROACTIVE",
        }
    }
}

/// Something done, with who did it and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped<T> {
    /// What was done.
    pub what: T,
    /// Who did it and when.
    pub stamp: Stamp,
}

impl<T> Stamped<T> {
    /// `what`, done as `stamp` says.
    pub(crate) fn new(what: &T, stamp: &Stamp) -> Self
    where
        T: Clone,
    {
        Self { what: what.clone(), stamp: stamp.clone() }
    }
}

/// Work with one customer, led by the GMFTA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Engagement {
    /// Which way in it came.
    pub method: Method,
    /// Where it stands.
    pub stage: Stage,
    /// When it entered that stage.
    pub stage_since: Time,
    /// The customer's name.
    pub customer: String,
    /// The customer's tenant.
    pub tenant: String,
    /// The intake case it came from, `cases/{case}`; none when proactive.
    pub case: Option<String>,
    /// The GMFTA it is designated to.
    pub gmfta: Person,
    /// The six; a proactive one has them after the sync (R-4, P-2).
    pub roster: Option<Roster>,
    /// The delivery channel, once named (R-2b, I-3).
    pub channel: Option<Channel>,
    /// The data set, from the Gateway or as validated in the sync (P-3).
    pub items: DataSet,
    /// The program team's assignment (P-1).
    pub assignment: Option<Stamped<Assignment>>,
    /// The internal sync (P-2, P-3).
    pub sync: Option<Stamped<InternalSync>>,
    /// The coordination with the account team (P-4).
    pub alignment: Option<Stamped<Alignment>>,
    /// The introduction email (E-1).
    pub introduction: Option<Stamped<Introduction>>,
    /// The prep meetings, in order (E-2).
    pub prep_meetings: Vec<Stamped<PrepMeeting>>,
    /// The last report on Desktop Analytics (E-2d, E-2e).
    pub analytics: Option<Stamped<AnalyticsReport>>,
    /// The workshop (E-3).
    pub workshop: Option<Stamped<Workshop>>,
    /// The summary being written or last written (E-3.3).
    pub summary: Option<Summary>,
    /// Earlier final versions of the summary, oldest first.
    pub earlier_summaries: Vec<Summary>,
    /// The pilot (E-3.4).
    pub pilot: Option<Pilot>,
    /// The completed tasks and the note, as far as the review asks (E-3.3e, E-3.4a, E-3.5).
    pub record: Record,
    /// The internal customer review (E-4).
    pub review: Option<Stamped<Review>>,
    /// The handover to remote execution (E-4).
    pub handover: Option<Stamped<Handover>>,
    /// Every request for re-engagement, in order (E-5).
    pub reengagements: Vec<Reengagement>,
    /// Blockers and escalations, in order (G-5, O-4).
    pub blockers: Vec<Blocker>,
    /// Why and how it was cancelled.
    pub cancellation: Option<Stamped<Cancellation>>,
    /// The records that others replaced, in the order they were replaced (I-23).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<Superseded<Was>>,
    /// When it was on hold, in order; the last is open while it is (I-24).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// Why it was closed after the handover (E-5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closure: Option<Stamped<Closure>>,
    /// When the Gateway had left; none when proactive, or begun by an earlier release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Time>,
    /// Seats that were given to somebody who has yet to acknowledge, at most one change of each (R-4, I-22).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seat_changes: Vec<SeatChange>,
    /// Who was appointed to act for a seat, in order (I-22).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deputies: Vec<Deputyship>,
    /// The case, `cases/{case}`, that has taken over what was validated, of a customer that was sent to intake (P-3).
    #[serde(default)]
    pub sent_to: Option<String>,
    /// What it has taken over from a cancelled engagement with the same tenant (E-3.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_over: Option<Stamped<TakenOver>>,
}

impl Engagement {
    pub(crate) fn begin(
        method: Method,
        stage: Stage,
        customer: &str,
        tenant: &str,
        gmfta: &Person,
        at: Time,
    ) -> Self {
        Self {
            method,
            stage,
            stage_since: at,
            customer: customer.to_owned(),
            tenant: tenant.to_owned(),
            case: None,
            gmfta: gmfta.clone(),
            roster: None,
            channel: None,
            items: DataSet::new(),
            assignment: None,
            sync: None,
            alignment: None,
            introduction: None,
            prep_meetings: Vec::new(),
            analytics: None,
            workshop: None,
            summary: None,
            earlier_summaries: Vec::new(),
            pilot: None,
            record: Record::default(),
            review: None,
            handover: None,
            reengagements: Vec::new(),
            blockers: Vec::new(),
            cancellation: None,
            superseded: Vec::new(),
            pauses: Vec::new(),
            closure: None,
            begun: None,
            seat_changes: Vec::new(),
            deputies: Vec::new(),
            sent_to: None,
            taken_over: None,
        }
    }

    /// It was neither cancelled nor closed; standby is not an end.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self.stage, Stage::Cancelled | Stage::Closed)
    }

    /// Everyone who belongs to it: the six, or the GMFTA alone before the sync, and who is to take a seat or acts for one.
    #[must_use]
    pub fn people(&self) -> BTreeSet<&Person> {
        let six = self.roster.iter().flat_map(Roster::people).map(|(_, person)| person);
        let successors = self.seat_changes.iter().map(|given| &given.successor);
        six.chain([&self.gmfta]).chain(successors).chain(self.open_deputies()).collect()
    }

    /// Who holds `role` here.
    #[must_use]
    pub fn holder(&self, role: Role) -> Option<&Person> {
        match &self.roster {
            Some(roster) => roster.holder(role),
            None => (role == Role::Gmfta).then_some(&self.gmfta),
        }
    }

    /// The blockers nobody has resolved yet, in the order they were raised.
    pub fn open_blockers(&self) -> impl Iterator<Item = &Blocker> {
        self.blockers.iter().filter(|blocker| blocker.resolved.is_none())
    }

    pub(crate) fn enter(&mut self, stage: Stage, at: Time) {
        self.stage = stage;
        self.stage_since = at;
    }

    /// The step fits the stage, and the engagement is not on hold.
    pub(crate) fn expect(&self, stages: &[Stage], rule: &'static str, command: &str) -> Result<(), Refusal> {
        self.not_on_hold()?;
        if stages.contains(&self.stage) {
            return Ok(());
        }
        Err(Refusal::wrong_state(rule, self.stage, command))
    }
}
