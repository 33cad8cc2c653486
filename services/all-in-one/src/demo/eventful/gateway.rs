//! The licences are corrected and the FM's seat changes hands before the exit (I-21, I-22).

use proto::{
    common::v1::{DeliveryChannel, Intent, Role, data_item::Fact, delivery_channel::Kind},
    engagement::v1::{Engagement, GetEngagementRequest},
    intake::v1::{
        AcknowledgeHandoffRequest, AskArchitectRequest, Case, ChangeSeatRequest, ChooseChannelRequest,
        ContactAccountTeamRequest, ExitGatewayRequest, OpenCaseRequest, RecordResearchRequest,
        StartHandoffRequest, ValidateCustomerRequest, ValidateCustomerResponse, ValidationLevel,
    },
};

use super::about;
use crate::demo::{
    Stage, Surprise,
    cast::{FM, GATEWAY, GMFTA, OTHER_FM, SIX, roster},
    data::{contact, item, research},
};

/// The engagement's name.
pub(super) async fn play(stage: &mut Stage) -> Result<String, Surprise> {
    let case = qualified(stage).await?;
    corrected(stage, &case).await?;
    handed_over(stage, &case).await
}

async fn qualified(stage: &mut Stage) -> Result<String, Surprise> {
    let open = OpenCaseRequest {
        request_id: stage.key(),
        customer: "Tailspin".to_owned(),
        tenant: "tailspin.onmicrosoft.com".to_owned(),
        gmfta: GMFTA.person.to_owned(),
        fm: FM.person.to_owned(),
        ..OpenCaseRequest::default()
    };
    let Case { name, .. } = stage.step(GATEWAY, "R-1", "opens a case for tailspin", open).await?;
    let ask = about!(stage, AskArchitectRequest, name);
    let _: Case = stage.step(GATEWAY, "R-1", "asks the designated GMFTA", ask).await?;
    let items = research(1200, Intent::Yes, 1902);
    let record = about!(stage, RecordResearchRequest, name, items: items);
    let _: Case = stage.step(GATEWAY, "R-2", "records what research found: 1,200 licences", record).await?;
    let contacts = vec![contact("the account manager")];
    let ask = about!(stage, ContactAccountTeamRequest, name, contacts: contacts);
    let _: Case = stage.step(GATEWAY, "R-2", "contacts the account team", ask).await?;
    validate(stage, &name, "validates tailspin with the account team", "").await?;
    Ok(name)
}

async fn validate(stage: &mut Stage, case: &str, what: &str, why: &str) -> Result<(), Surprise> {
    let level = ValidationLevel::AccountTeam.into();
    let check = about!(stage, ValidateCustomerRequest, case, level: level, cause: why.to_owned());
    let found: ValidateCustomerResponse = stage.step(GATEWAY, "R-2", what, check).await?;
    let verdict = found.assessment.unwrap_or_default().verdict();
    stage.say(format_args!("{:>52} the verdict is {}", "…", verdict.as_str_name()));
    Ok(())
}

async fn corrected(stage: &mut Stage, case: &str) -> Result<(), Surprise> {
    let channel = || Some(DeliveryChannel { kind: Kind::Css.into(), partner: String::new() });
    let items = vec![item(Fact::LicenceCount(150))];
    let correct =
        about!(stage, RecordResearchRequest, case, items: items, cause: "1,200 were a guess".to_owned());
    let _: Case =
        stage.step(GATEWAY, "I-23", "corrects the licences to 150; what stood is kept", correct).await?;
    let early = about!(stage, ChooseChannelRequest, case, channel: channel());
    let what = "chooses a channel on the verdict of before";
    stage.refused(GATEWAY, "I-21", what, early, "VERDICT_OUTDATED").await?;
    validate(stage, case, "validates again, on the facts of today", "the licences were corrected").await?;
    let choose = about!(stage, ChooseChannelRequest, case, channel: channel());
    let _: Case = stage.step(GATEWAY, "R-2b", "chooses CSS for remote delivery", choose).await?;
    Ok(())
}

async fn handed_over(stage: &mut Stage, case: &str) -> Result<String, Surprise> {
    let start = about!(stage, StartHandoffRequest, case, roster: Some(roster()));
    let _: Case = stage.step(GATEWAY, "R-4", "starts the warm handoff by naming the six", start).await?;
    let acknowledge = |stage: &mut Stage| about!(stage, AcknowledgeHandoffRequest, case);
    for actor in SIX {
        let theirs = acknowledge(stage);
        let _: Case = stage.step(actor, "R-4", "acknowledges", theirs).await?;
    }
    let change = about!(stage, ChangeSeatRequest, case,
        role: Role::Fm.into(),
        successor: OTHER_FM.person.to_owned(),
        cause: "left the company".to_owned(),
    );
    let what = "the FM has left: gives the seat to another";
    let _: Case = stage.step(GATEWAY, "I-22", what, change).await?;
    let early = about!(stage, ExitGatewayRequest, case);
    let what = "leaves before the successor has acknowledged";
    stage.refused(GATEWAY, "I-1", what, early, "ACKNOWLEDGEMENT_MISSING").await?;
    let theirs = acknowledge(stage);
    let _: Case = stage.step(OTHER_FM, "R-4", "acknowledges in their place", theirs).await?;
    let exit = about!(stage, ExitGatewayRequest, case);
    let _: Case = stage.step(GATEWAY, "R-4", "the Gateway leaves", exit).await?;
    let get = GetEngagementRequest { name: case.replace("cases/", "engagements/") };
    let engagement: Engagement = stage.until(GMFTA, "the engagement has begun", get, |_| true).await?;
    Ok(engagement.name)
}
