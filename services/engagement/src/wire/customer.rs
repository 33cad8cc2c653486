//! The customer corrected: another name, or the tenant that the engagement is about (I-23, I-25).

use engagement_domain::{Command, Engagement, Move};
use host::{Desk, Fail, InTenant, acts};
use kernel::{Caller, DataSet, newest};
use proto::{
    common::v1::GetTenantRequest,
    engagement::v1::{self as pb, MoveEngagementRequest, RenameCustomerRequest},
};

use super::{shown::engagement, tenancy::ask_intake};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    RenameCustomerRequest(request, fields) => Command::RenameCustomer {
        customer: fields.line("customer", &request.customer, 1, 200),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
    MoveEngagementRequest(request, fields) => Command::MoveEngagement(Move {
        tenant: fields.tenant("tenant", &request.tenant),
        cause: fields.text("cause", &request.cause, 0, 2000),
        beside: None,
        known: DataSet::new(),
    }), informed by before_moving;
});

/// An engagement moves once both services have said that nothing of the right tenant is in progress or held back, and begins there
/// with the newest facts that either has of it; nobody is asked about one that cannot move.
async fn before_moving(
    request: &MoveEngagementRequest,
    mut command: Command,
    state: Option<&Engagement>,
    desk: &Desk,
    caller: &Caller,
) -> Result<Command, Fail> {
    if let (Command::MoveEngagement(to), Some(engagement)) = (&mut command, state)
        && engagement.may_move(&to.tenant)
    {
        // The case that led to it is no case in its way.
        let apart_from = request.name.replacen("engagements/", "cases/", 1);
        let question = GetTenantRequest { apart_from, ..InTenant::question(&to.tenant, caller) };
        let known = ask_intake(desk, question).await?;
        let own = desk.newest_of_tenant::<Engagements>(&to.tenant).await?;
        to.known = newest([known.items].into_iter().chain(own.map(|own| own.state.items)));
        let held = desk.held_back::<Engagements>(caller, &to.tenant).await?;
        to.beside = held.or(known.in_progress);
    }
    Ok(command)
}
