//! fabrikam: undetermined with the account team, introduced, validated again, not qualified, referred (R-2a, R-2c).

use proto::{
    common::v1::{Intent, Verdict, data_item::Fact},
    intake::v1::{
        AnswerArchitectRequest, AskArchitectRequest, Case, ContactAccountTeamRequest, DisengageCaseRequest,
        IntroduceBenefitRequest, OpenCaseRequest, RecordResearchRequest, ReferToPartnerRequest,
        ShareGuidanceRequest, ValidateCustomerResponse, ValidationLevel,
    },
};

use super::{
    Stage, Surprise,
    cast::{FTA, GATEWAY, GMFTA, OTHER_ARCHITECT},
    data::{contact, item, research},
    gateway::validate,
};

/// The case's name.
pub(crate) async fn play(stage: &mut Stage) -> Result<String, Surprise> {
    stage.scene("fabrikam: the account team cannot say (R-2a), and then it does not qualify (R-2c)");
    let case = inquire(stage).await?;
    introduce(stage, &case).await?;
    refer(stage, &case).await?;
    Ok(case)
}

async fn inquire(stage: &mut Stage) -> Result<String, Surprise> {
    let open = OpenCaseRequest {
        request_id: stage.key(),
        customer: "Fabrikam".to_owned(),
        tenant: "fabrikam.onmicrosoft.com".to_owned(),
        gmfta: GMFTA.person.to_owned(),
        fm: String::new(),
        ..OpenCaseRequest::default()
    };
    let case: Case = stage.step(GATEWAY, "R-1", "opens a case for fabrikam", open).await?;
    let name = case.name;
    let ask = AskArchitectRequest {
        name: name.clone(),
        request_id: stage.key(),
        question: "Where does fabrikam stand?".to_owned(),
        ..AskArchitectRequest::default()
    };
    let _: Case = stage.step(GATEWAY, "R-1", "asks the designated GMFTA", ask).await?;
    let answer = |stage: &mut Stage| AnswerArchitectRequest {
        name: name.clone(),
        request_id: stage.key(),
        journey_status: "just begun".to_owned(),
        deployment_plans: "none yet".to_owned(),
        ..AnswerArchitectRequest::default()
    };
    let impostor = answer(stage);
    stage.refused(OTHER_ARCHITECT, "I-18", "answers in their place", impostor, "NOT_FOUND").await?;
    let answered = answer(stage);
    let _: Case = stage.step(GMFTA, "R-1a", "answers", answered).await?;
    let record = RecordResearchRequest {
        name: name.clone(),
        request_id: stage.key(),
        items: research(400, Intent::Unknown, 1902),
        ..RecordResearchRequest::default()
    };
    let _: Case = stage.step(GATEWAY, "R-2", "records research: the intent is unknown", record).await?;
    let contact_team = ContactAccountTeamRequest {
        name: name.clone(),
        request_id: stage.key(),
        contacts: vec![contact("the account manager")],
        outcome: String::new(),
        ..ContactAccountTeamRequest::default()
    };
    let _: Case = stage.step(GATEWAY, "R-2", "contacts the account team", contact_team).await?;
    Ok(name)
}

async fn verdict(
    stage: &mut Stage,
    case: &str,
    level: ValidationLevel,
    rule: &str,
    expected: Verdict,
) -> Result<(), Surprise> {
    let check = validate(stage, case, level);
    let what = format!("validates fabrikam: {}", level.as_str_name());
    let found: ValidateCustomerResponse = stage.step(GATEWAY, rule, &what, check).await?;
    let verdict = found.assessment.unwrap_or_default().verdict();
    stage.say(format_args!("{:>52} the verdict is {}", "…", verdict.as_str_name()));
    (verdict == expected).then_some(()).ok_or_else(|| Surprise(format!("the verdict was {verdict:?}")))
}

async fn introduce(stage: &mut Stage, case: &str) -> Result<(), Surprise> {
    verdict(stage, case, ValidationLevel::AccountTeam, "R-2a", Verdict::Undetermined).await?;
    let early = validate(stage, case, ValidationLevel::Customer);
    let what = "asks the customer before the introduction";
    stage.refused(GATEWAY, "I-2", what, early, "NOT_INTRODUCED").await?;
    let introduce = IntroduceBenefitRequest {
        name: case.to_owned(),
        request_id: stage.key(),
        customer_contacts: vec![contact("fabrikam's head of IT")],
        team: [GMFTA, FTA].map(|actor| actor.person.to_owned()).to_vec(),
        ..IntroduceBenefitRequest::default()
    };
    let _: Case =
        stage.step(GATEWAY, "R-2a", "introduces the benefit and the team, GMFTA included", introduce).await?;
    let record = RecordResearchRequest {
        name: case.to_owned(),
        request_id: stage.key(),
        items: vec![item(Fact::Windows10EnterpriseIntent(Intent::No.into()))],
        ..RecordResearchRequest::default()
    };
    let _: Case = stage.step(GATEWAY, "R-2", "records the customer's own answer", record).await?;
    verdict(stage, case, ValidationLevel::Customer, "R-2c", Verdict::NotQualified).await
}

async fn refer(stage: &mut Stage, case: &str) -> Result<(), Surprise> {
    let disengage = DisengageCaseRequest {
        name: case.to_owned(),
        request_id: stage.key(),
        cause: "not qualified".to_owned(),
        ..DisengageCaseRequest::default()
    };
    let what = "closes the case without referral and guidance";
    stage.refused(GATEWAY, "I-4", what, disengage, "REFERRAL_AND_GUIDANCE_NEEDED").await?;
    let refer = ReferToPartnerRequest {
        name: case.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        partner: "Fabrikam Consulting".to_owned(),
        ..ReferToPartnerRequest::default()
    };
    let _: Case = stage.step(GATEWAY, "R-2c", "refers fabrikam to a partner", refer).await?;
    let guide = ShareGuidanceRequest {
        name: case.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        guidance: "Windows 10 and Office 365 ProPlus deployment guidance".to_owned(),
        ..ShareGuidanceRequest::default()
    };
    let _: Case =
        stage.step(GATEWAY, "R-2c", "gives the deployment guidance; the case closes", guide).await?;
    Ok(())
}
