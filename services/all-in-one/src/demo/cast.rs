//! Who plays: one person per role, named after it.

use proto::common::v1::Roster;

use crate::client::Actor;

const fn actor(person: &'static str, role: &'static str) -> Actor {
    Actor { person, role }
}

pub(crate) const GATEWAY: Actor = actor("people/gateway", "REENGAGEMENT_MANAGER");
pub(crate) const PROGRAM: Actor = actor("people/program", "PROGRAM_TEAM");
pub(crate) const GMFTA: Actor = actor("people/gmfta", "GMFTA");
pub(crate) const FM: Actor = actor("people/fm", "FM");
pub(crate) const FE: Actor = actor("people/fe", "FE");
pub(crate) const SME: Actor = actor("people/sme", "SME");
pub(crate) const FTA: Actor = actor("people/fta", "FTA");
pub(crate) const ATS: Actor = actor("people/ats", "ATS");
pub(crate) const GET_MODERN_SME: Actor = actor("people/get-modern-sme", "GET_MODERN_SME");
pub(crate) const LEADERSHIP: Actor = actor("people/lead", "LEADERSHIP");

/// The rostered SME, who happens to be a Get Modern SME as well.
pub(crate) const SME_AS_APPROVER: Actor = actor("people/sme", "GET_MODERN_SME");
/// An architect who is on nobody's roster.
pub(crate) const OTHER_ARCHITECT: Actor = actor("people/other-architect", "GMFTA");

/// The six of every engagement here.
pub(crate) const SIX: [Actor; 6] = [GMFTA, FM, FE, SME, FTA, ATS];

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
