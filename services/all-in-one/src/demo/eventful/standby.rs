//! A call-back is amended and withdrawn, and the engagement is closed on standby (E-5, I-22).

use proto::engagement::v1::{
    AmendReengagementRequest, CloseEngagementRequest, Engagement, RequestReengagementRequest,
    WithdrawReengagementRequest, closure::Reason,
};

use super::about;
use crate::demo::{
    Stage, Surprise,
    cast::{FTA, PROGRAM, SME},
};

pub(super) async fn play(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let escalation = "deployment has stopped in one branch".to_owned();
    let request = about!(stage, RequestReengagementRequest, engagement, escalation: escalation);
    let _: Engagement = stage.step(SME, "E-5.1", "requests the GMFTA's re-engagement", request).await?;
    let amend = |stage: &mut Stage| {
        let escalation = "deployment has stopped in two branches".to_owned();
        about!(stage, AmendReengagementRequest, engagement, escalation: escalation)
    };
    let foreign = amend(stage);
    let what = "amends the request of another";
    stage.refused(FTA, "E-5.1", what, foreign, "NOT_THE_REQUESTER").await?;
    let own = amend(stage);
    let _: Engagement = stage.step(SME, "E-5.1", "amends it before anybody decides", own).await?;
    let cause = "a new client moves both".to_owned();
    let withdraw = about!(stage, WithdrawReengagementRequest, engagement, cause: cause);
    let _: Engagement = stage.step(SME, "E-5.1", "withdraws it: nobody is waited for", withdraw).await?;
    let cause = "bought by Contoso".to_owned();
    let close = about!(stage, CloseEngagementRequest, engagement, reason: Reason::CustomerMerged.into(), cause: cause);
    let _: Engagement = stage.step(PROGRAM, "E-5", "closes the engagement on standby", close).await?;
    Ok(())
}
