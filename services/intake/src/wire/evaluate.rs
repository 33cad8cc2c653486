//! What-if: what any data set would come to under any version of the policy, without changing anything.

use host::{Desk, Fail, Fields, wire};
use intake_domain::{Policy, assess};
use kernel::{Assessment, Caller, DataSet, Id, REQUIRED_ITEMS, Refusal, Role, name};
use ledger::{Record, Table};
use proto::intake::v1::{EvaluatePolicyRequest, EvaluatePolicyResponse};

use super::policy::current;
use crate::table::Policies;

/// Answers the question.
pub(crate) async fn evaluate(
    request: &EvaluatePolicyRequest,
    desk: &Desk,
    caller: &Caller,
) -> Result<EvaluatePolicyResponse, Fail> {
    // A service asks about what it has taken already.
    let is_service = caller.role == Role::Service;
    let mut fields = if is_service { Fields::of_service() } else { Fields::new(desk.now()) };
    let (asked, items) = read(request, &mut fields);
    fields.finish()?;
    let policy = match asked {
        None => current(desk).await?,
        Some(id) => {
            let policy = desk.look::<Policies>(caller, id, &request.policy).await?;
            policy.ok_or_else(|| Refusal::not_found(&request.policy))?
        }
    };
    let assessment = apart(policy, items).await?;
    Ok(EvaluatePolicyResponse {
        assessment: Some(wire::assessment(&assessment)),
        required_items: REQUIRED_ITEMS.iter().map(|&item| item.to_owned()).collect(),
    })
}

/// Which version is asked, unless it is the current one, and about what.
pub(crate) fn read(request: &EvaluatePolicyRequest, fields: &mut Fields) -> (Option<Id>, DataSet) {
    let named = |policy: &str| fields.name("policy", Policies::COLLECTION, policy);
    let asked = Some(request.policy.as_str()).filter(|policy| !policy.is_empty()).map(named);
    (asked, fields.items("items", &request.items, 0))
}

/// Anybody may ask with fifty criteria at a time, which is work for a thread of its own.
async fn apart(policy: Record<Policy>, items: DataSet) -> Result<Assessment, Fail> {
    let work = move || assess(&name::of(Policies::COLLECTION, policy.id), &policy.state, &items);
    tokio::task::spawn_blocking(work).await.map_err(|error| Fail::Fault(error.to_string()))
}
