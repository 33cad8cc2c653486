//! the architect is asked, facts are recorded, the account team is contacted.

use std::collections::BTreeSet;

use kernel::{Contact, Context, DataSet, Fault, Item, Kind, Person, Refusal, Role, is_blank, tenant_key};
use serde_json::json;

use crate::{
    Case, CaseEvent, CaseState, Inquiry,
    cases::well_formed,
    items,
    outdated::outdating,
    seats,
    superseded::{replacing, stands},
};

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

/// asks the designated GMFTA, or records that there is none; one known only later is asked then (R-2a). Whoever is designated
/// may be asked something else until the Gateway leaves (reading 17).
pub(crate) fn ask(case: &Case, architect: Option<&Person>, question: &str, why: &str) -> Decision {
    let architect = architect.or(case.gmfta.as_ref());
    let is_designated = architect.is_some() && architect == case.gmfta.as_ref();
    let states = if is_designated { CaseState::OPEN_TO_FACTS } else { CaseState::UNDECIDED };
    case.within(states, "R-1", "AskArchitect")?;
    let again = match &case.inquiry {
        Some(inquiry) => Some(why_asked_again(inquiry, architect, question, why)?),
        None => None,
    };
    let seat = replaced_gmfta(case, architect, why);
    let (architect, question) = (architect.cloned(), question.to_owned());
    Ok(seat.into_iter().chain([CaseEvent::ArchitectAsked { architect, question, cause: again }]).collect())
}

/// The one who was designated before another is asked has the seat no more, asked or not (I-23).
fn replaced_gmfta(case: &Case, architect: Option<&Person>, why: &str) -> Option<CaseEvent> {
    let (before, architect) = (case.gmfta.as_ref()?, architect?);
    (before != architect).then(|| seats::changed(Role::Gmfta, before, architect, &another(why)))
}

/// Why another architect is asked: as it is said, or that another is designated.
fn another(why: &str) -> String {
    if is_blank(why) { "another architect is designated".to_owned() } else { why.to_owned() }
}

/// Another architect is cause enough; the same one is asked something else, with a cause.
fn why_asked_again(
    inquiry: &Inquiry,
    architect: Option<&Person>,
    question: &str,
    why: &str,
) -> Result<String, Refusal> {
    if inquiry.architect.as_ref() != architect {
        return Ok(another(why));
    }
    let asked = || {
        let message = "the same architect was asked already, or the lack of one recorded";
        stands("R-1", "ALREADY_ASKED", "inquiry.architect", message)
    };
    if architect.is_none() || inquiry.question == question {
        return Err(asked());
    }
    Ok(replacing(true, why, asked)?.unwrap_or_default())
}

/// R-1a: only the architect who was asked answers, and again with a cause (reading 17).
pub(crate) fn answer(case: &Case, journey: &str, plans: &str, why: &str, context: &Context) -> Decision {
    if !context.caller.is(Role::Gmfta, case.gmfta.as_ref()) {
        let message = "only the designated GMFTA answers";
        let reason = "NOT_THE_DESIGNATED_ARCHITECT";
        return Err(Refusal::new(Kind::Forbidden, "I-18", reason, "caller.person", message));
    }
    case.within(CaseState::OPEN_TO_FACTS, "R-1a", "AnswerArchitect")?;
    let asked = case.inquiry.as_ref().filter(|inquiry| inquiry.architect.is_some());
    let Some(asked) = asked else {
        let faults = vec![Fault::new("R-1", "NOT_ASKED", "inquiry", "nobody was asked yet")];
        let message = "there is no question to answer";
        return Refusal::if_any(faults, Kind::NotReady, "NO_OPEN_QUESTION", message).map(|()| Vec::new());
    };
    let given = || stands("R-1a", "ALREADY_ANSWERED", "inquiry.answer", "the answer is given");
    let why = replacing(asked.answer.is_some(), why, given)?;
    let (journey_status, deployment_plans) = (journey.to_owned(), plans.to_owned());
    Ok(vec![CaseEvent::ArchitectAnswered { journey_status, deployment_plans, cause: why }])
}

/// facts are recorded until the Gateway leaves, and after a verdict, too, which is outdated then where it rests on them
/// (reading 16, I-21).
pub(crate) fn record(case: &Case, items: &DataSet, why: &str) -> Decision {
    let nothing =
        items.is_empty().then(|| Fault::new("R-2", "ITEM_MISSING", "items", "name at least one item"));
    let faults = nothing.into_iter().chain(item_faults(&case.tenant, items));
    well_formed(faults, "the items cannot be recorded")?;
    case.within(CaseState::OPEN_TO_FACTS, "R-2", "RecordResearch")?;
    Ok(recorded(case, items, why))
}

/// The events of recorded facts, and of the verdict that they outdate (I-21).
pub(crate) fn recorded(case: &Case, items: &DataSet, why: &str) -> Vec<CaseEvent> {
    let why = why_replaced(&replaced(&case.items, items), items, why);
    let recorded = CaseEvent::ResearchRecorded { items: items.clone(), cause: why };
    [recorded].into_iter().chain(outdating(case, items)).collect()
}

/// The items of `known` that `learnt` gives another value.
pub(crate) fn replaced(known: &DataSet, learnt: &DataSet) -> DataSet {
    let differs =
        |(key, item): &(&String, &Item)| learnt.get(*key).is_some_and(|new| new.value != item.value);
    known.iter().filter(differs).map(|(key, item)| (key.clone(), item.clone())).collect()
}

/// The cause of replaced values: as it is said, or the sources of the new ones.
fn why_replaced(replaced: &DataSet, learnt: &DataSet, why: &str) -> Option<String> {
    if replaced.is_empty() || !is_blank(why) {
        return (!replaced.is_empty()).then(|| why.to_owned());
    }
    let sources = replaced.keys().filter_map(|key| learnt.get(key)).map(|item| item.source.as_str());
    let sources: Vec<_> = sources.collect::<BTreeSet<_>>().into_iter().collect();
    Some(format!("learnt from {}", sources.join(", ")))
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

/// the account team is contacted, and the GMFTA invited in; and again with a cause (reading 17).
pub(crate) fn contact(case: &Case, contacts: &[Contact], outcome: &str, why: &str) -> Decision {
    let message = "name at least one of the account team";
    well_formed(
        Fault::unless(!contacts.is_empty(), "R-2", "CONTACT_MISSING", "contacts", message),
        "the contact with the account team is incomplete",
    )?;
    case.within(CaseState::OPEN_TO_FACTS, "R-2", "ContactAccountTeam")?;
    let message = "the account team cannot be contacted yet";
    Refusal::if_any(contact_gaps(case), Kind::NotReady, "RESEARCH_INCOMPLETE", message)?;
    let contacted =
        || stands("R-2", "ALREADY_CONTACTED", "account_team_contact", "the account team was contacted");
    let why = replacing(case.account_team_contact.is_some(), why, contacted)?;
    Ok(vec![CaseEvent::AccountTeamContacted {
        contacts: contacts.to_vec(),
        outcome: outcome.to_owned(),
        invited_architect: case.gmfta.clone(),
        cause: why,
    }])
}

/// What the contact with the account team still lacks: the question to the architect, never the answer.
pub(crate) fn contact_gaps(case: &Case) -> Vec<Fault> {
    let message = "ask the designated GMFTA, or record that there is none";
    let asked = case.inquiry.is_some();
    Fault::unless(asked, "R-1", "ARCHITECT_NOT_ASKED", "inquiry", message).into_iter().collect()
}
