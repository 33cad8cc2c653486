//! The records of an engagement that others replaced: one list of all kinds (I-23, I-19).

use kernel::{Channel, DataSet, Stamp, Superseded};
use serde::{Deserialize, Serialize};

use crate::{
    AnalyticsReport, Engagement, Event, Handover, InternalSync, Introduction, Pilot, PilotOutcome,
    PilotResult, SeatChange, SeatHeld, Stamped, Workshop, apply::planned,
};

/// A record that stood before; the engagement's own fields keep those that stand now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Was {
    /// An introduction email, before another went out (E-1).
    Introduction(Stamped<Introduction>),
    /// A workshop, before another was held (E-3).
    Workshop(Stamped<Workshop>),
    /// How a device came out, before it was corrected (E-3.4).
    PilotResult(PilotResult),
    /// An executed pilot, before another was planned (E-3.4).
    Pilot(Pilot),
    /// The delivery channel, before another was named (R-2b).
    Channel(Channel),
    /// The receiver and whom to ask for there, before either changed (E-4).
    Handover(Stamped<Handover>),
    /// Who held a seat, before it was another's (R-4, I-22).
    Seat(SeatHeld),
    /// A change of a seat, before it was taken back or another successor was named (I-22).
    SeatChange(SeatChange),
    /// What was said of an escalation, before the request was amended (E-5.1).
    Escalation(Escalation),
    /// A report on Desktop Analytics, before a later one (E-2e).
    Analytics(Stamped<AnalyticsReport>),
    /// Facts about the customer, before the sync corrected them or left them out (P-3).
    Items {
        /// The items as they were.
        items: DataSet,
    },
    /// The customer's name, before they had another (I-23).
    Customer {
        /// The name as it was.
        customer: String,
    },
    /// The tenant, before the engagement was moved (I-25).
    Tenant {
        /// The tenant.
        tenant: String,
    },
    /// The internal sync about another tenant, before the engagement was moved (P-3, I-21).
    Sync(Box<Stamped<InternalSync>>),
}

/// What was said of an escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The cycle of its request.
    pub cycle: u32,
    /// The escalation as it was described.
    pub escalation: String,
    /// Who described it so and when.
    pub said: Stamp,
}

impl Engagement {
    /// Takes what stands from now on, and keeps what stood until now.
    pub(crate) fn supersede(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::ChannelChanged { channel, cause } => {
                let was = self.channel.replace(channel.clone());
                self.keep(was.map(Was::Channel), cause, stamp);
            }
            Event::IntroductionRepeated { email, cause } => {
                let was = self.introduction.replace(Stamped::new(email, stamp));
                self.keep(was.map(Was::Introduction), cause, stamp);
            }
            Event::WorkshopRepeated { workshop, cause } => {
                let was = self.workshop.replace(Stamped::new(workshop, stamp));
                self.keep(was.map(Was::Workshop), cause, stamp);
            }
            Event::AnalyticsRenewed { report, cause } => {
                let was = self.analytics.replace(Stamped::new(report, stamp));
                self.keep(was.map(Was::Analytics), cause, stamp);
            }
            Event::PilotReplanned { devices, cause } | Event::PilotRepeated { devices, cause } => {
                let was = self.pilot.replace(planned(devices, stamp));
                self.keep(was.map(Was::Pilot), cause, stamp);
            }
            Event::PilotResultCorrected { device, outcome, remarks, cause, .. } => {
                let was = self.correct(device, *outcome, remarks, stamp);
                self.keep(was.map(Was::PilotResult), cause, stamp);
            }
            Event::ReceiverChanged { handover, cause } => {
                self.channel = Some(handover.receiver.clone());
                let was = self.handover.replace(Stamped::new(handover, stamp));
                self.keep(was.map(Was::Handover), cause, stamp);
            }
            _ => {}
        }
    }

    /// The result as it was before.
    fn correct(
        &mut self,
        device: &str,
        outcome: PilotOutcome,
        remarks: &str,
        stamp: &Stamp,
    ) -> Option<PilotResult> {
        let results = self.pilot.iter_mut().flat_map(|pilot| &mut pilot.results);
        let known = results.into_iter().find(|known| known.device == device)?;
        let result = PilotResult {
            device: device.to_owned(),
            outcome,
            remarks: remarks.to_owned(),
            stamp: stamp.clone(),
        };
        Some(std::mem::replace(known, result))
    }

    /// Keeps what stood until now, if anything did.
    pub(crate) fn keep(&mut self, was: Option<Was>, cause: &str, stamp: &Stamp) {
        self.superseded.extend(was.map(|was| Superseded::new(was, cause, stamp)));
    }

    /// Takes in what the requester says anew; an earlier release told no cause, and kept nothing.
    pub(crate) fn amended(&mut self, escalation: &str, cause: Option<&str>, stamp: &Stamp) {
        let Some(open) = self.reengagements.last_mut() else { return };
        let said = open.amended.replace(stamp.clone()).unwrap_or_else(|| open.requested.clone());
        let before = std::mem::replace(&mut open.escalation, escalation.to_owned());
        let was = Escalation { cycle: open.cycle, escalation: before, said };
        if let Some(cause) = cause {
            self.keep(Some(Was::Escalation(was)), cause, stamp);
        }
    }

    /// Keeps the facts that `validated` corrects or leaves out; an earlier release told no cause, and kept nothing.
    pub(crate) fn keep_items(&mut self, validated: &DataSet, cause: Option<&str>, stamp: &Stamp) {
        let stands = |key: &String, value| validated.get(key).is_some_and(|item| item == value);
        let gone = self.items.iter().filter(|(key, item)| !stands(key, *item));
        let items: DataSet = gone.map(|(key, item)| (key.clone(), item.clone())).collect();
        if let Some(cause) = cause.filter(|_| !items.is_empty()) {
            self.keep(Some(Was::Items { items }), cause, stamp);
        }
    }

    /// A pilot was executed, and another was planned after it (E-3.4).
    pub(crate) fn had_a_pilot(&self) -> bool {
        let is_executed = |was: &Was| matches!(was, Was::Pilot(pilot) if pilot.executed.is_some());
        self.superseded.iter().any(|kept| is_executed(&kept.was))
    }
}
