//! contoso through the Gateway: researched, qualified at the account team's level, handed over warm.

use proto::{
    common::v1::{DeliveryChannel, Intent, Role, delivery_channel::Kind},
    engagement::v1::{Engagement, GetEngagementRequest},
    intake::v1::{
        AcknowledgeHandoffRequest, AskArchitectRequest, Case, ChooseChannelRequest,
        ContactAccountTeamRequest, ExitGatewayRequest, FillAssignmentRequest, OpenCaseRequest,
        RecordResearchRequest, RequestAssignmentsRequest, StartHandoffRequest, ValidateCustomerRequest,
        ValidateCustomerResponse, ValidationLevel,
    },
};

use super::{
    Stage, Surprise,
    cast::{FM, GATEWAY, GMFTA, PROGRAM, SIX, roster},
    data::{contact, research},
};

/// The engagement's name.
pub(crate) async fn play(stage: &mut Stage) -> Result<String, Surprise> {
    let case = qualify(stage).await?;
    staff(stage, &case).await?;
    hand_over(stage, &case).await
}

async fn qualify(stage: &mut Stage) -> Result<String, Surprise> {
    let open = OpenCaseRequest {
        request_id: stage.key(),
        customer: "Contoso".to_owned(),
        tenant: "contoso.onmicrosoft.com".to_owned(),
        ..OpenCaseRequest::default()
    };
    let case: Case = stage.step(GATEWAY, "R-1", "opens a case for contoso", open.clone()).await?;
    let again: Case =
        stage.step(GATEWAY, "I-20", "repeats the same call and gets the same case", open).await?;
    if again.name != case.name {
        return Err(Surprise("a repeated OpenCase opened a second case".to_owned()));
    }
    let name = case.name;
    let ask =
        AskArchitectRequest { name: name.clone(), request_id: stage.key(), ..AskArchitectRequest::default() };
    let _: Case = stage.step(GATEWAY, "R-1", "finds no designated GMFTA, and goes on", ask).await?;
    let record = RecordResearchRequest {
        name: name.clone(),
        request_id: stage.key(),
        items: research(1200, Intent::Yes, 1902),
        ..RecordResearchRequest::default()
    };
    let _: Case = stage.step(GATEWAY, "R-2", "records what research found", record).await?;
    let early = validate(stage, &name, ValidationLevel::AccountTeam);
    stage
        .refused(GATEWAY, "R-2", "validates before the account team was asked", early, "WRONG_STATE")
        .await?;
    let ask = ContactAccountTeamRequest {
        name: name.clone(),
        request_id: stage.key(),
        contacts: vec![contact("the account manager")],
        outcome: "the benefit fits the account plan".to_owned(),
        ..ContactAccountTeamRequest::default()
    };
    let _: Case = stage.step(GATEWAY, "R-2", "contacts the account team about the benefit", ask).await?;
    let check = validate(stage, &name, ValidationLevel::AccountTeam);
    let found: ValidateCustomerResponse =
        stage.step(GATEWAY, "R-2b", "validates contoso with the account team", check).await?;
    let verdict = found.assessment.unwrap_or_default().verdict();
    stage.say(format_args!("{:>52} the verdict is {}", "…", verdict.as_str_name()));
    Ok(name)
}

pub(crate) fn validate(stage: &mut Stage, name: &str, level: ValidationLevel) -> ValidateCustomerRequest {
    ValidateCustomerRequest {
        name: name.to_owned(),
        request_id: stage.key(),
        level: level.into(),
        ..ValidateCustomerRequest::default()
    }
}

async fn staff(stage: &mut Stage, case: &str) -> Result<(), Surprise> {
    let choose = |stage: &mut Stage, kind: Kind, partner: &str| ChooseChannelRequest {
        name: case.to_owned(),
        request_id: stage.key(),
        channel: Some(DeliveryChannel { kind: kind.into(), partner: partner.to_owned() }),
        ..ChooseChannelRequest::default()
    };
    let css = choose(stage, Kind::Css, "");
    let _: Case = stage.step(GATEWAY, "R-2b", "chooses CSS for remote delivery", css).await?;
    let frp = choose(stage, Kind::Frp, "Fabrikam Consulting");
    stage.refused(GATEWAY, "I-3", "chooses a second channel", frp, "CHANNEL_ALREADY_CHOSEN").await?;
    let early = start(stage, case);
    stage
        .refused(GATEWAY, "I-5", "starts the handoff without FM and GMFTA", early, "ASSIGNMENT_MISSING")
        .await?;
    let request = |stage: &mut Stage| RequestAssignmentsRequest {
        name: case.to_owned(),
        request_id: stage.key(),
        ..RequestAssignmentsRequest::default()
    };
    let both = request(stage);
    let _: Case = stage.step(GATEWAY, "R-3", "requests the missing FM and GMFTA", both).await?;
    let twice = RequestAssignmentsRequest { roles: vec![Role::Fm.into()], ..request(stage) };
    stage.refused(GATEWAY, "I-5", "requests the FM a second time", twice, "ALREADY_REQUESTED").await?;
    for (role, actor) in [(Role::Fm, FM), (Role::Gmfta, GMFTA)] {
        let fill = FillAssignmentRequest {
            name: case.to_owned(),
            request_id: stage.key(),
            etag: String::new(),
            role: role.into(),
            person: actor.person.to_owned(),
            cause: String::new(),
            ..FillAssignmentRequest::default()
        };
        let _: Case = stage.step(PROGRAM, "R-3", &format!("assigns the {}", actor.role), fill).await?;
    }
    Ok(())
}

fn start(stage: &mut Stage, case: &str) -> StartHandoffRequest {
    StartHandoffRequest {
        name: case.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        roster: Some(roster()),
        cause: String::new(),
        ..StartHandoffRequest::default()
    }
}

async fn hand_over(stage: &mut Stage, case: &str) -> Result<String, Surprise> {
    let start = start(stage, case);
    let _: Case = stage.step(GATEWAY, "R-4", "starts the warm handoff by naming the six", start).await?;
    let exit = |stage: &mut Stage| ExitGatewayRequest {
        name: case.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        ..ExitGatewayRequest::default()
    };
    for (index, actor) in SIX.into_iter().enumerate() {
        if index == 5 {
            let early = exit(stage);
            let what = "leaves with five of six acknowledged";
            stage.refused(GATEWAY, "I-1", what, early, "ACKNOWLEDGEMENT_MISSING").await?;
        }
        let acknowledge = AcknowledgeHandoffRequest {
            name: case.to_owned(),
            request_id: stage.key(),
            etag: String::new(),
            ..AcknowledgeHandoffRequest::default()
        };
        let _: Case = stage.step(actor, "R-4", "acknowledges", acknowledge).await?;
    }
    let exit = exit(stage);
    let _: Case = stage.step(GATEWAY, "R-4", "the Gateway leaves", exit).await?;
    let name = case.replace("cases/", "engagements/");
    let get = GetEngagementRequest { name };
    let engagement: Engagement = stage.until(GMFTA, "the engagement has begun", get, |_| true).await?;
    Ok(engagement.name)
}
