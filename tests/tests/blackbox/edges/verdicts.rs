//! Facts are corrected, and verdicts follow (reading 16; I-3, I-4, I-21).

use expect_test::expect;
use proto::{
    common::v1::{Intent, Verdict, data_item::Fact},
    intake::v1::{
        AcknowledgeHandoffRequest, Case, ChooseChannelRequest, ExitGatewayRequest, RecordResearchRequest,
        StartHandoffRequest, ValidateCustomerRequest, ValidateCustomerResponse, ValidationLevel, case::State,
    },
};

use super::eyes::seen;
use crate::{
    story::{about, channel, item, roster},
    wire::reason,
    world::{GATEWAY, SIX, World},
};

async fn correct(world: &mut World, case: &str, fact: Fact) -> Case {
    world.act(GATEWAY, about!(RecordResearchRequest, case, items: vec![item(fact)])).await
}

async fn validate(world: &mut World, case: &str, why: &str) -> Case {
    let level = ValidationLevel::AccountTeam.into();
    let again = about!(ValidateCustomerRequest, case, level: level, cause: why.to_owned());
    let found: ValidateCustomerResponse = world.act(GATEWAY, again).await;
    found.case.expect("the case")
}

/// 1,200 licences corrected to 15 after `QUALIFIED`, before the handoff.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn licences_of_1200_are_15_before_the_handoff() {
    let mut world = World::new().await;
    let case = world.validated("contoso", Intent::Yes).await.name;
    correct(&mut world, &case, Fact::LicenceCount(1_200)).await;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case QUALIFIED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits ANSWER_ARCHITECT: gmfta
        waits CHOOSE_CHANNEL (lacks VERDICT_OUTDATED): gateway
        waits START_HANDOFF (lacks CHANNEL_MISSING VERDICT_OUTDATED): gateway
        waits VALIDATE_CUSTOMER (lacks INTENT_UNKNOWN): gateway
    "#]],
    )
    .await;
    validate(&mut world, &case, "counted").await;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case QUALIFIED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits ANSWER_ARCHITECT: gmfta
        waits CHOOSE_CHANNEL: gateway
        waits START_HANDOFF (lacks CHANNEL_MISSING): gateway
    "#]],
    )
    .await;
    correct(&mut world, &case, Fact::LicenceCount(15)).await;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case QUALIFIED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits ANSWER_ARCHITECT: gmfta
        waits CHOOSE_CHANNEL (lacks VERDICT_OUTDATED): gateway
        waits START_HANDOFF (lacks CHANNEL_MISSING VERDICT_OUTDATED): gateway
        waits VALIDATE_CUSTOMER (lacks INTENT_UNKNOWN): gateway
    "#]],
    )
    .await;
    let choose = about!(ChooseChannelRequest, case, channel: Some(channel()));
    assert_eq!(reason(&world.refused(GATEWAY, choose).await), "VERDICT_OUTDATED");
    validate(&mut world, &case, "15, as the agreement says").await;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case NOT_QUALIFIED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits REFER_TO_PARTNER: gateway
        waits SHARE_GUIDANCE: gateway
    "#]],
    )
    .await;
    world.end().await;
}

/// The same while all six wait for the exit; those whom the handoff named see nothing of a customer that does not qualify.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn licences_of_1200_are_15_during_the_handoff() {
    let mut world = World::new().await;
    let case = world.handed_off("contoso").await;
    for actor in SIX {
        let _: Case = world.act(actor, about!(AcknowledgeHandoffRequest, case)).await;
    }
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case HANDOFF: gateway program lead operator gmfta fm fe sme fta ats
        sees nothing: get-modern-sme auditor stranger
        waits ANSWER_ARCHITECT: gmfta
        waits EXIT_GATEWAY: gateway
    "#]],
    )
    .await;
    correct(&mut world, &case, Fact::LicenceCount(15)).await;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case HANDOFF: gateway program lead operator gmfta fm fe sme fta ats
        sees nothing: get-modern-sme auditor stranger
        waits ANSWER_ARCHITECT: gmfta
        waits EXIT_GATEWAY (lacks VERDICT_OUTDATED): gateway
        waits VALIDATE_CUSTOMER (lacks INTENT_UNKNOWN): gateway
    "#]],
    )
    .await;
    let exit = world.refused(GATEWAY, about!(ExitGatewayRequest, case)).await;
    assert_eq!(reason(&exit), "VERDICT_OUTDATED");
    let failed = validate(&mut world, &case, "15, as the agreement says").await;
    assert_eq!((failed.verdict(), failed.channel), (Verdict::NotQualified, None));
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case NOT_QUALIFIED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits REFER_TO_PARTNER: gateway
        waits SHARE_GUIDANCE: gateway
    "#]],
    )
    .await;
    world.end().await;
}

/// `INTENT_NO` mended after `NOT_QUALIFIED`, without a referral.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_intent_no_is_mended_after_not_qualified() {
    let mut world = World::new().await;
    let case = world.validated("contoso", Intent::No).await.name;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case NOT_QUALIFIED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits REFER_TO_PARTNER: gateway
        waits SHARE_GUIDANCE: gateway
    "#]],
    )
    .await;
    correct(&mut world, &case, Fact::Windows10EnterpriseIntent(Intent::Yes.into())).await;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case NOT_QUALIFIED: gateway program lead operator gmfta fm
        sees nothing: get-modern-sme auditor stranger fe sme fta ats
        waits REFER_TO_PARTNER: gateway
        waits SHARE_GUIDANCE: gateway
        waits VALIDATE_CUSTOMER (lacks INTENT_UNKNOWN): gateway
    "#]],
    )
    .await;
    assert_eq!(validate(&mut world, &case, "mistyped").await.state(), State::Qualified);
    let _: Case = world.act(GATEWAY, about!(ChooseChannelRequest, case, channel: Some(channel()))).await;
    let _: Case = world.act(GATEWAY, about!(StartHandoffRequest, case, roster: Some(roster()))).await;
    seen(
        &world.client,
        &[],
        &expect![[r#"
        sees case HANDOFF: gateway program lead operator gmfta fm fe sme fta ats
        sees nothing: get-modern-sme auditor stranger
        waits ACKNOWLEDGE_HANDOFF: gmfta fm fe sme fta ats
        waits ANSWER_ARCHITECT: gmfta
        waits EXIT_GATEWAY (lacks ACKNOWLEDGEMENT_MISSING): gateway
    "#]],
    )
    .await;
    world.end().await;
}
