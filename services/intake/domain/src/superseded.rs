//! The records of a case that others replaced: one list of all kinds, with who, when and why (I-23).

use kernel::{Channel, DataSet, Kind, Refusal, Stamp, Superseded, Verdict, is_blank};
use serde::{Deserialize, Serialize};

use crate::{
    AccountTeamContact, Case, CaseState, DeliveryRecord, Guidance, Handoff, Inquiry, Introduction, Referral,
    SeatHeld,
};

/// A record that stood before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Was {
    /// A question to the GMFTA, with its answer where there was one.
    Inquiry(Inquiry),
    /// Values of the data set.
    Items {
        /// The items as they were.
        items: DataSet,
    },
    /// A definite verdict; its assessment stands among the validations.
    Verdict {
        /// Which validation it was, counted from 1.
        validation: u32,
        /// What it was.
        verdict: Verdict,
    },
    /// A contact with the account team.
    AccountTeamContact(AccountTeamContact),
    /// An introduction of the benefit (R-2a).
    Introduction(Introduction),
    /// A delivery channel (R-2b).
    Channel(Channel),
    /// A handoff, with whoever had acknowledged it.
    Handoff(Handoff),
    /// A referral (R-2c).
    Referral(Referral),
    /// Guidance given (R-2c).
    Guidance(Guidance),
    /// What was recorded of a delivery in progress.
    Delivery(DeliveryRecord),
    /// Who held a seat, before it was another's (R-4, I-22).
    Seat(SeatHeld),
    /// The customer's name.
    Customer {
        /// The name as it was.
        customer: String,
    },
    /// The tenant that the case was for (I-25).
    Tenant {
        /// The tenant.
        tenant: String,
        /// How many validations were made for it, and any before it.
        validations: usize,
    },
}

impl Case {
    /// Keeps what no longer stands, if anything did.
    pub(crate) fn supersede(&mut self, was: Option<Was>, cause: &str, stamp: &Stamp) {
        self.superseded.extend(was.map(|was| Superseded::new(was, cause, stamp)));
    }

    /// Takes in a new verdict in place of a definite one: what stood on that alone does not stand any more (I-3).
    pub(crate) fn supersede_verdict(&mut self, new: Verdict, cause: &str, stamp: &Stamp) {
        let validation = u32::try_from(self.validations.len()).unwrap_or(u32::MAX);
        let verdict = self.verdict().map(|verdict| Was::Verdict { validation, verdict });
        let mut gone = vec![verdict];
        if new != Verdict::Qualified {
            gone.push(self.channel.take().map(Was::Channel));
            gone.push(self.handoff.take().map(Was::Handoff));
        }
        if new != Verdict::NotQualified {
            gone.push(self.referral.take().map(Was::Referral));
            gone.push(self.guidance.take().map(Was::Guidance));
        }
        for was in gone {
            self.supersede(was, cause, stamp);
        }
    }

    /// It has a definite verdict, and neither has the Gateway left nor is the case closed.
    pub(crate) fn has_open_verdict(&self) -> bool {
        self.state.is_qualified() || self.state == CaseState::NotQualified
    }
}

/// What stands is replaced with a cause only; `refusal` says what stands. Nothing is replaced where nothing stands, and no cause
/// is kept then.
pub(crate) fn replacing(
    stands: bool,
    cause: &str,
    refusal: impl FnOnce() -> Refusal,
) -> Result<Option<String>, Refusal> {
    match (stands, is_blank(cause)) {
        (false, _) => Ok(None),
        (true, false) => Ok(Some(cause.to_owned())),
        (true, true) => {
            let mut refusal = refusal();
            refusal.tell("; to replace it, call again with a cause");
            Err(refusal)
        }
    }
}

/// Something of that kind stands already.
pub(crate) fn stands(
    rule: &'static str,
    reason: &'static str,
    subject: &'static str,
    message: impl Into<String>,
) -> Refusal {
    Refusal::new(Kind::NotReady, rule, reason, subject, message)
}
