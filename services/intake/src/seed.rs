//! What is done before the service is ready: tenants get their one form, and the first policy is published.

use host::{Desk, Fail};
use proto::intake::v1::PublishPolicyRequest;

use crate::{
    table::{Cases, Policies},
    wire::policy,
};

/// Processes that start at the same time on one database publish it under the same key, so once (I-20).
const REQUEST_ID: &str = "default-policy";

/// Does both.
pub(crate) async fn begin(desk: Desk) -> Result<(), Fail> {
    desk.join_tenants::<Cases>().await?;
    default_policy(desk).await
}

/// Publishes the default policy where there is none yet; later versions are the program team's.
async fn default_policy(desk: Desk) -> Result<(), Fail> {
    if policy::newest(&desk).await?.is_some() {
        return Ok(());
    }
    let request = PublishPolicyRequest {
        request_id: REQUEST_ID.to_owned(),
        criteria: intake_domain::default_policy().iter().map(policy::criterion).collect(),
        description: "The default qualification policy".to_owned(),
        ..PublishPolicyRequest::default()
    };
    desk.act_as_service::<Policies, _>(&request).await?;
    Ok(())
}
