//! The customer validation: the policy comes to the case, and the assessment is shown with it.

use host::{Desk, Fail, acts, wire};
use intake_domain::{Case, CaseCommand, Level, Policy};
use kernel::{Caller, Person, Role, Stamp, Time, name};
use ledger::{Record, Table};
use proto::intake::v1::{ValidateCustomerRequest, ValidateCustomerResponse};

use super::{case::case, policy::current, words};
use crate::table::{Cases, Policies};

acts!(Cases => ValidateCustomerResponse = validated {
    ValidateCustomerRequest(request, fields) => CaseCommand::ValidateCustomer {
        level: fields.choice("level", request.level, words::read_level, Level::AccountTeam),
        policy_name: String::new(),
        policy: no_policy(),
        cause: words::cause(fields, &request.cause),
    }, informed by under_policy;
});

/// What stands where the policy goes until the case is loaded and tells which one it is.
fn no_policy() -> Policy {
    let nobody = Stamp { person: Person::service("intake"), role: Role::Service, time: Time::UNIX_EPOCH };
    Policy { version: 0, criteria: Vec::new(), description: String::new(), published: nobody }
}

/// A case keeps the policy it was first assessed with; a new one takes the current.
async fn under_policy(
    _: &ValidateCustomerRequest,
    mut command: CaseCommand,
    case: Option<&Case>,
    desk: &Desk,
    caller: &Caller,
) -> Result<CaseCommand, Fail> {
    let kept = case.and_then(Case::policy);
    let record = match kept {
        Some(kept) => desk.find::<Policies>(caller, kept).await?,
        None => current(desk).await?,
    };
    if let CaseCommand::ValidateCustomer { policy_name, policy, .. } = &mut command {
        *policy_name = name::of(Policies::COLLECTION, record.id);
        *policy = record.state;
    }
    Ok(command)
}

fn validated(record: &Record<Case>) -> ValidateCustomerResponse {
    let last = record.state.validations.last();
    ValidateCustomerResponse {
        assessment: last.map(|validation| wire::assessment(&validation.assessment)),
        case: Some(case(record)),
    }
}
