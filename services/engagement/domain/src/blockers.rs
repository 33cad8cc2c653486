//! Blockers and escalations, raised and resolved by the people of the roster (G-5, O-4).

use kernel::{Context, Fault, Kind, Refusal, Role, Stamp};
use serde::{Deserialize, Serialize};

use crate::{Engagement, Event, standing};

/// What blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BlockerKind {
    /// An application that does not work.
    Application,
    /// A device or a driver.
    Hardware,
    /// Network, identity or management infrastructure.
    Infrastructure,
    /// Licences or contracts.
    Licensing,
    /// People, priorities or approvals at the customer.
    Organisation,
    /// A security requirement.
    Security,
    /// Anything else.
    Other,
}

/// Something that blocks the motion (G-5, O-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// Its number within the engagement, counted from 1.
    pub number: u32,
    /// What it is.
    pub kind: BlockerKind,
    /// The same in a sentence.
    pub description: String,
    /// Who raised it and when.
    pub raised: Stamp,
    /// How it was resolved; none while open.
    pub resolution: Option<String>,
    /// Who resolved it and when; none while open.
    pub resolved: Option<Stamp>,
}

/// Any rostered person raises a blocker while the engagement lives (G-5, O-4).
pub(crate) fn raise(
    e: &Engagement,
    kind: BlockerKind,
    description: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::rostered(e, &context.caller, &Role::SIX)?;
    alive(e, "RaiseBlocker")?;
    let number = e.blockers.last().map_or(1, |last| last.number + 1);
    Ok(vec![Event::BlockerRaised { number, kind, description: description.to_owned() }])
}

/// Any rostered person resolves an open blocker while the engagement lives (G-5, O-4).
pub(crate) fn resolve(
    e: &Engagement,
    number: u32,
    resolution: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::rostered(e, &context.caller, &Role::SIX)?;
    alive(e, "ResolveBlocker")?;
    let fault = |kind, reason, message| Err(Refusal::new(kind, "G-5", reason, "blocker", message));
    match e.blockers.iter().find(|blocker| blocker.number == number) {
        None => fault(Kind::NotFound, "BLOCKER_UNKNOWN", format!("there is no blocker {number}")),
        Some(known) if known.resolved.is_some() => {
            fault(Kind::NotReady, "BLOCKER_ALREADY_RESOLVED", format!("blocker {number} is resolved already"))
        }
        Some(_) => Ok(vec![Event::BlockerResolved { number, resolution: resolution.to_owned() }]),
    }
}

fn alive(e: &Engagement, command: &str) -> Result<(), Refusal> {
    if e.is_live() {
        return Ok(());
    }
    Err(Refusal::wrong_state("G-5", e.stage, command))
}

/// Every open blocker, as what the motion waits for (G-5).
pub(crate) fn unresolved(e: &Engagement) -> Vec<Fault> {
    let fault = |blocker: &Blocker| {
        let subject = format!("blockers[{}]", blocker.number);
        Fault::new("G-5", "BLOCKER_OPEN", subject, blocker.description.clone())
    };
    e.open_blockers().map(fault).collect()
}
