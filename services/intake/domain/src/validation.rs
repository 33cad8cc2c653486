//! R-2a: the customer is validated, at account-team level and, once introduced, with the customer itself.

use kernel::{Contact, Fault, Item, Kind, Person, REQUIRED_ITEMS, Refusal, Role, Verdict};
use serde_json::json;

use crate::{
    Case, CaseEvent, CaseState, Level, Policy,
    assess::{assess, reads},
    cases::well_formed,
    delivery,
    handoff::unassigned_fault,
    superseded::{replacing, stands},
};

type Decision = Result<Vec<CaseEvent>, Refusal>;

/// runs the policy over what is known. An undetermined verdict may be tried again; a definite one stands until another
/// supersedes it with a cause (reading 16).
pub(crate) fn validate(case: &Case, level: Level, name: &str, policy: &Policy, why: &str) -> Decision {
    let definite =
        || stands("I-2", "VERDICT_STANDS", "verdict", "the customer already has a definite verdict");
    let why = replacing(case.has_open_verdict(), why, definite)?;
    level_open(case, level)?;
    same_policy(case, name)?;
    let assessment = assess(name, policy, &case.items);
    let kept = (assessment.verdict == Verdict::Qualified).then(|| delivery::kept(case)).flatten();
    let validated = CaseEvent::CustomerValidated { level, assessment, reads: reads(policy), cause: why };
    Ok([validated].into_iter().chain(kept).collect())
}

/// The account-team level until the introduction, the customer level only after it (R-2a, I-2).
fn level_open(case: &Case, level: Level) -> Result<(), Refusal> {
    use CaseState as S;
    match (case.state, level, case.introduction.is_some()) {
        (S::Research | S::Exited | S::Referred | S::Disengaged, _, _) => {
            Err(Refusal::wrong_state("R-2", case.state, "ValidateCustomer"))
        }
        (_, Level::AccountTeam, false) | (_, Level::Customer, true) => Ok(()),
        (_, Level::Customer, false) => {
            let message = "introduce the benefit to the customer before validating with them";
            Err(Refusal::new(Kind::NotReady, "R-2a", "NOT_INTRODUCED", "introduction", message))
        }
        (_, Level::AccountTeam, true) => {
            let message = "the benefit was introduced to the customer: validate with them";
            Err(Refusal::new(Kind::NotReady, "R-2a", "ALREADY_INTRODUCED", "level", message))
        }
    }
}

/// A case keeps the policy it was first assessed with (reading 1).
fn same_policy(case: &Case, name: &str) -> Result<(), Refusal> {
    match case.policy() {
        Some(kept) if kept != name => {
            let message = format!("the case was assessed with {kept} and keeps it");
            Err(Refusal::new(Kind::Aborted, "R-2a", "POLICY_DIFFERS", "policy", message))
        }
        _ => Ok(()),
    }
}

/// R-2a: the benefit and the FastTrack team, the GMFTA included, are introduced to the customer itself; and again with a cause, to
/// further or right addresses (reading 17).
pub(crate) fn introduce(case: &Case, contacts: &[Contact], team: &[Person], why: &str) -> Decision {
    let (of_customer, of_team) = ("name at least one of the customer's people", "name the FastTrack team");
    let faults = [
        Fault::unless(!contacts.is_empty(), "R-2a", "CONTACT_MISSING", "customer_contacts", of_customer),
        Fault::unless(!team.is_empty(), "R-2a", "TEAM_MISSING", "team", of_team),
    ];
    well_formed(faults.into_iter().flatten(), "the introduction is incomplete")?;
    let is_introduced = case.introduction.is_some();
    let states = if is_introduced { CaseState::OPEN_TO_FACTS } else { &[CaseState::Introduction] };
    case.within(states, "R-2a", "IntroduceBenefit")?;
    let introduced =
        || stands("R-2a", "ALREADY_INTRODUCED", "introduction", "the benefit was introduced to the customer");
    let why = replacing(is_introduced, why, introduced)?;
    let message = "the GMFTA is introduced, too, and none is designated";
    Refusal::if_any(introduction_gaps(case), Kind::NotReady, "INTRODUCTION_NOT_READY", message)?;
    if let Some(gmfta) = case.gmfta.as_ref().filter(|gmfta| !team.contains(gmfta)) {
        let message = format!("the team includes the designated GMFTA, {gmfta}");
        return Err(Refusal::new(Kind::NotReady, "R-2a", "ARCHITECT_NOT_INTRODUCED", "team", message));
    }
    let (customer_contacts, team) = (contacts.to_vec(), team.to_vec());
    Ok(vec![CaseEvent::BenefitIntroduced { customer_contacts, team, cause: why }])
}

/// The faults of an introduction without the GMFTA, who is one of the team (R-2a, reading 22).
pub(crate) fn introduction_gaps(case: &Case) -> Vec<Fault> {
    case.gmfta.is_none().then(|| unassigned_fault(case, Role::Gmfta, "R-2a")).into_iter().collect()
}

/// What a validation would still not know: required items not recorded, and intents nobody could tell.
pub(crate) fn validation_gaps(case: &Case) -> Vec<Fault> {
    let gap = |key: &&str| {
        let subject = format!("items.{key}");
        match case.items.get(*key) {
            None => Some(Fault::new("R-2", "ITEM_MISSING", subject, format!("{key} is not recorded"))),
            Some(Item { value, .. }) if *value == json!("UNKNOWN") => {
                Some(Fault::new("R-2a", "INTENT_UNKNOWN", subject, format!("nobody could tell {key} yet")))
            }
            Some(_) => None,
        }
    };
    REQUIRED_ITEMS.iter().filter_map(gap).collect()
}
