//! the architect is asked, facts are recorded, the account team is contacted.

use kernel::{Contact, Context, DataSet, Fault, Item, Kind, Person, Refusal, Role, tenant_key};
use serde_json::json;

use crate::{Case, CaseEvent, CaseState, cases::well_formed, items};

type Decision = Result<Vec<CaseEvent>, Refusal>;

/// The data set a case opens with: the tenant, and what is already known.
pub(crate) fn opening_items(tenant: &str, known: &DataSet, context: &Context) -> Result<DataSet, Refusal> {
    well_formed(item_faults(tenant, known), "the case cannot open with these items")?;
    let opener = context.caller.person.to_string();
    let learnt = Item { value: json!(tenant), source: opener, learnt: context.now.into() };
    let mut items = known.clone();
    items.entry("tenant".to_owned()).or_insert(learnt);
    Ok(items)
}

/// asks the designated GMFTA, or records that there is none; one known only later is asked then (R-2a).
pub(crate) fn ask(case: &Case, architect: Option<&Person>, question: &str) -> Decision {
    case.within(CaseState::UNDECIDED, "R-1", "AskArchitect")?;
    let architect = architect.or(case.gmfta.as_ref()).cloned();
    let repeated = case.inquiry.as_ref().is_some_and(|inquiry| inquiry.architect == architect);
    if repeated {
        let message = "the same architect was asked already, or the lack of one recorded";
        return Err(Refusal::new(Kind::NotReady, "R-1", "ALREADY_ASKED", "inquiry.architect", message));
    }
    Ok(vec![CaseEvent::ArchitectAsked { architect, question: question.to_owned() }])
}

/// R-1a: only the architect who was asked answers, once.
pub(crate) fn answer(case: &Case, journey: &str, plans: &str, context: &Context) -> Decision {
    if !context.caller.is(Role::Gmfta, case.gmfta.as_ref()) {
        let message = "only the designated GMFTA answers";
        let reason = "NOT_THE_DESIGNATED_ARCHITECT";
        return Err(Refusal::new(Kind::Forbidden, "I-18", reason, "caller.person", message));
    }
    case.within(CaseState::OPEN_TO_FACTS, "R-1a", "AnswerArchitect")?;
    let faults = unanswered_question(case).err().into_iter().collect();
    Refusal::if_any(faults, Kind::NotReady, "NO_OPEN_QUESTION", "there is no question to answer")?;
    let (journey_status, deployment_plans) = (journey.to_owned(), plans.to_owned());
    Ok(vec![CaseEvent::ArchitectAnswered { journey_status, deployment_plans }])
}

/// A question was put to an architect and has no answer yet (R-1a).
fn unanswered_question(case: &Case) -> Result<(), Fault> {
    let asked = case.inquiry.as_ref().filter(|inquiry| inquiry.architect.is_some());
    match asked.map(|inquiry| inquiry.answer.is_some()) {
        None => Err(Fault::new("R-1", "NOT_ASKED", "inquiry", "nobody was asked yet")),
        Some(true) => Err(Fault::new("R-1a", "ALREADY_ANSWERED", "inquiry.answer", "the answer is given")),
        Some(false) => Ok(()),
    }
}

/// facts are recorded until the Gateway leaves; a definite verdict stands whatever is learnt after it.
pub(crate) fn record(case: &Case, items: &DataSet) -> Decision {
    let nothing =
        items.is_empty().then(|| Fault::new("R-2", "ITEM_MISSING", "items", "name at least one item"));
    let faults = nothing.into_iter().chain(item_faults(&case.tenant, items));
    well_formed(faults, "the items cannot be recorded")?;
    case.within(CaseState::OPEN_TO_FACTS, "R-2", "RecordResearch")?;
    Ok(vec![CaseEvent::ResearchRecorded { items: items.clone() }])
}

/// Items that are not of the data set, and a tenant that is not the case's.
fn item_faults(tenant: &str, given: &DataSet) -> Vec<Fault> {
    let fault = |(key, item): (&String, &Item)| {
        let subject = format!("items.{key}");
        if items::lookup(key).is_none() {
            return Some(Fault::new("P-3", "ITEM_UNKNOWN", subject, format!("{key} is not in the data set")));
        }
        let is_same = |given: &str| tenant_key(given) == tenant_key(tenant);
        let foreign = key == "tenant" && !item.value.as_str().is_some_and(is_same);
        let message = format!("the case is for the tenant {tenant}");
        foreign.then(|| Fault::new("R-2", "TENANT_DIFFERS", subject, message))
    };
    given.iter().filter_map(fault).collect()
}

/// the account team is contacted, and the GMFTA invited in.
pub(crate) fn contact(case: &Case, contacts: &[Contact], outcome: &str) -> Decision {
    let message = "name at least one of the account team";
    well_formed(
        Fault::unless(!contacts.is_empty(), "R-2", "CONTACT_MISSING", "contacts", message),
        "the contact with the account team is incomplete",
    )?;
    case.within(&[CaseState::Research], "R-2", "ContactAccountTeam")?;
    let message = "the account team cannot be contacted yet";
    Refusal::if_any(contact_gaps(case), Kind::NotReady, "RESEARCH_INCOMPLETE", message)?;
    Ok(vec![CaseEvent::AccountTeamContacted {
        contacts: contacts.to_vec(),
        outcome: outcome.to_owned(),
        invited_architect: case.gmfta.clone(),
    }])
}

/// What the contact with the account team still lacks: the question to the architect, never the answer.
pub(crate) fn contact_gaps(case: &Case) -> Vec<Fault> {
    let message = "ask the designated GMFTA, or record that there is none";
    let asked = case.inquiry.is_some();
    Fault::unless(asked, "R-1", "ARCHITECT_NOT_ASKED", "inquiry", message).into_iter().collect()
}
