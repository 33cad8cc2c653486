//! A-3, reading 23: reactive means during delivery. Who delivers to a customer already goes on, unless another is chosen with a
//! cause.

use kernel::{Channel, Refusal, Stamp};
use serde::{Deserialize, Serialize};

use crate::{
    Case, CaseEvent, CaseState,
    outdated::outdated_faults,
    superseded::{replacing, stands},
};

/// A delivery in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Who delivers.
    pub channel: Channel,
    /// The day since when, `YYYY-MM-DD`.
    pub since: String,
}

/// What was recorded of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRecord {
    /// The delivery; `None` records that nobody delivers yet.
    pub delivery: Option<Delivery>,
    /// Who recorded it and when.
    pub stamp: Stamp,
}

/// Records a delivery, and again with a cause. The channel that was kept for the one before follows.
pub(crate) fn record(case: &Case, delivery: Option<&Delivery>, why: &str) -> Result<Vec<CaseEvent>, Refusal> {
    case.within(CaseState::OPEN_TO_FACTS, "A-3", "RecordDelivery")?;
    let recorded = || stands("A-3", "DELIVERY_ALREADY_RECORDED", "delivery", "the delivery is recorded");
    if case.delivery.as_ref().is_some_and(|known| known.delivery.as_ref() == delivery) {
        return Err(recorded());
    }
    let why = replacing(case.delivery.is_some(), why, recorded)?;
    let follows =
        case.state.is_qualified() && outdated_faults(case).next().is_none() && case.keeps_its_channel();
    let kept = delivery.filter(|_| follows).and_then(|delivery| keep(case, delivery, why.as_deref()));
    let event = CaseEvent::DeliveryRecorded { delivery: delivery.cloned(), cause: why };
    Ok([event].into_iter().chain(kept).collect())
}

/// The channel of whoever delivers already, on a case that qualifies and has none.
pub(crate) fn kept(case: &Case) -> Option<CaseEvent> {
    keep(case, case.delivering().filter(|_| case.channel.is_none())?, None)
}

fn keep(case: &Case, delivery: &Delivery, why: Option<&str>) -> Option<CaseEvent> {
    let replaced = case.channel.as_ref();
    let why = replaced.map(|_| why.unwrap_or("the delivery in progress is kept").to_owned());
    (replaced != Some(&delivery.channel))
        .then(|| CaseEvent::ChannelChosen { channel: delivery.channel.clone(), cause: why })
}

impl Case {
    /// Who delivers already, as far as it is recorded.
    fn delivering(&self) -> Option<&Delivery> {
        self.delivery.as_ref().and_then(|known| known.delivery.as_ref())
    }

    /// Nobody has chosen a channel, or none but that of the delivery in progress.
    fn keeps_its_channel(&self) -> bool {
        self.channel.is_none() || self.channel.as_ref() == self.delivering().map(|known| &known.channel)
    }
}
