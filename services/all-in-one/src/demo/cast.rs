//! Who plays: one person per role, named after it.

use proto::common::v1::Roster;

use crate::client::Actor;

const fn actor(person: &'static str, role: &'static str) -> Actor {
    Actor { person, role }
}

/// The Re-engagement Manager.
pub const GATEWAY: Actor = actor("people/gateway", "REENGAGEMENT_MANAGER");
/// The program team.
pub const PROGRAM: Actor = actor("people/program", "PROGRAM_TEAM");
/// The Get Modern FastTrack Architect.
pub const GMFTA: Actor = actor("people/gmfta", "GMFTA");
/// The FastTrack Manager.
pub const FM: Actor = actor("people/fm", "FM");
/// The FastTrack Engineer.
pub const FE: Actor = actor("people/fe", "FE");
/// The subject-matter expert on the roster.
pub const SME: Actor = actor("people/sme", "SME");
/// The FastTrack Architect.
pub const FTA: Actor = actor("people/fta", "FTA");
/// The Account Technology Strategist.
pub const ATS: Actor = actor("people/ats", "ATS");
/// A Get Modern SME, who approves.
pub const GET_MODERN_SME: Actor = actor("people/get-modern-sme", "GET_MODERN_SME");
/// Somebody who follows along.
pub const LEADERSHIP: Actor = actor("people/lead", "LEADERSHIP");

/// The rostered SME, who happens to be a Get Modern SME as well.
pub(crate) const SME_AS_APPROVER: Actor = actor("people/sme", "GET_MODERN_SME");
/// The engineer who takes the seat of the FE over.
pub(crate) const OTHER_FE: Actor = actor("people/other-fe", "FE");
/// The manager who takes the seat of the FM over.
pub(crate) const OTHER_FM: Actor = actor("people/other-fm", "FM");
/// An architect who is on nobody's roster.
pub(crate) const OTHER_ARCHITECT: Actor = actor("people/other-architect", "GMFTA");

/// The six of every engagement here.
pub const SIX: [Actor; 6] = [GMFTA, FM, FE, SME, FTA, ATS];

pub(crate) fn roster() -> Roster {
    Roster {
        gmfta: GMFTA.person.to_owned(),
        fm: FM.person.to_owned(),
        fe: FE.person.to_owned(),
        sme: SME.person.to_owned(),
        fta: FTA.person.to_owned(),
        ats: ATS.person.to_owned(),
    }
}
