//! The delivery channel: exactly one, and another with a cause until the handover (R-2b, I-3, I-23).

use kernel::{Channel, Context, Fault, Kind, Refusal, Role};

use crate::{Engagement, Event, Stage, gate::said, standing};

/// Until the handover, where the channel becomes the receiver (E-4).
const OPEN: [Stage; 5] =
    [Stage::Alignment, Stage::Introduction, Stage::Preparation, Stage::Delivery, Stage::Handover];

/// The GMFTA or the program team names the channel of a qualified customer, or another with a cause (R-2b, I-3).
pub(crate) fn choose(
    e: &Engagement,
    channel: &Channel,
    cause: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    if context.caller.role != Role::ProgramTeam {
        standing::architect(e, &context.caller)?;
    }
    e.expect(&OPEN, "I-3", "ChooseChannel").map_err(|refusal| led_on(e, refusal))?;
    match &e.channel {
        None => Ok(vec![Event::ChannelChosen { channel: channel.clone() }]),
        Some(_) if !said(cause) => Err(Refusal {
            kind: Kind::NotReady,
            reason: "CHANNEL_ALREADY_CHOSEN",
            message: "the channel is named already".to_owned(),
            faults: taken(e),
            due: Vec::new(),
        }),
        Some(named) if named == channel => Ok(Vec::new()),
        Some(_) => Ok(vec![Event::ChannelChanged { channel: channel.clone(), cause: cause.to_owned() }]),
    }
}

fn led_on(e: &Engagement, mut refusal: Refusal) -> Refusal {
    if matches!(e.stage, Stage::Standby | Stage::Reengaged) {
        refusal.tell(": after the handover the program team names another receiver with ChangeReceiver");
    }
    refusal
}

/// There is exactly one (I-3).
pub(crate) fn taken(e: &Engagement) -> Vec<Fault> {
    let message =
        "the channel is named already, and there is exactly one: ChooseChannel names another with a cause";
    let taken = Fault::unless(e.channel.is_none(), "I-3", "CHANNEL_ALREADY_CHOSEN", "channel", message);
    taken.into_iter().collect()
}
