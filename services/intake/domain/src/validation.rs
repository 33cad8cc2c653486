//! R-2a: the customer is validated, at account-team level and, once introduced, with the customer itself.

use kernel::{Contact, Fault, Item, Kind, Person, REQUIRED_ITEMS, Refusal};
use serde_json::json;

use crate::{Case, CaseEvent, CaseState, Level, Policy, assess, cases::well_formed};

type Decision = Result<Vec<CaseEvent>, Refusal>;

/// runs the policy over what is known. A definite verdict stands; an undetermined one may be tried again.
pub(crate) fn validate(case: &Case, level: Level, name: &str, policy: &Policy) -> Decision {
    level_open(case, level)?;
    same_policy(case, name)?;
    let assessment = assess(name, policy, &case.items);
    Ok(vec![CaseEvent::CustomerValidated { level, assessment }])
}

/// The account-team level until the introduction, the customer level only after it (R-2a, I-2).
fn level_open(case: &Case, level: Level) -> Result<(), Refusal> {
    use CaseState as S;
    match (case.state, level) {
        (S::Coordination | S::Introduction, Level::AccountTeam)
        | (S::CustomerValidation, Level::Customer) => Ok(()),
        (S::Coordination | S::Introduction, Level::Customer) => {
            let message = "introduce the benefit to the customer before validating with them";
            Err(Refusal::new(Kind::NotReady, "R-2a", "NOT_INTRODUCED", "introduction", message))
        }
        (S::Qualified | S::NotQualified, _) => {
            let message = "the customer already has a definite verdict";
            Err(Refusal::new(Kind::NotReady, "I-2", "VERDICT_STANDS", "verdict", message))
        }
        (state, _) => Err(Refusal::wrong_state("R-2", state, "ValidateCustomer")),
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

/// R-2a: the benefit and the FastTrack team, the GMFTA included, are introduced to the customer itself.
pub(crate) fn introduce(case: &Case, contacts: &[Contact], team: &[Person]) -> Decision {
    let (of_customer, of_team) = ("name at least one of the customer's people", "name the FastTrack team");
    let faults = [
        Fault::unless(!contacts.is_empty(), "R-2a", "CONTACT_MISSING", "customer_contacts", of_customer),
        Fault::unless(!team.is_empty(), "R-2a", "TEAM_MISSING", "team", of_team),
    ];
    well_formed(faults.into_iter().flatten(), "the introduction is incomplete")?;
    case.within(&[CaseState::Introduction], "R-2a", "IntroduceBenefit")?;
    if let Some(gmfta) = case.gmfta.as_ref().filter(|gmfta| !team.contains(gmfta)) {
        let message = format!("the team includes the designated GMFTA, {gmfta}");
        return Err(Refusal::new(Kind::NotReady, "R-2a", "ARCHITECT_NOT_INTRODUCED", "team", message));
    }
    let (customer_contacts, team) = (contacts.to_vec(), team.to_vec());
    Ok(vec![CaseEvent::BenefitIntroduced { customer_contacts, team }])
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
