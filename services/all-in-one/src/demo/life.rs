//! Life goes on: an engineer moves on and a partner gives up, and neither stops the work (I-22, I-23).

use proto::{
    common::v1::{DeliveryChannel, Role, delivery_channel::Kind},
    engagement::v1::{
        AcknowledgeSeatRequest, ChangeReceiverRequest, ChangeSeatRequest, Engagement, ResolveBlockerRequest,
    },
};

use super::{
    Stage, Surprise,
    cast::{FE, GMFTA, OTHER_FE, PROGRAM},
    data::contact,
};

pub(crate) async fn play(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    another_engineer(stage, engagement).await?;
    another_partner(stage, engagement).await
}

async fn another_engineer(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let change = ChangeSeatRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        role: Role::Fe.into(),
        successor: OTHER_FE.person.to_owned(),
        cause: "moves to another region".to_owned(),
        has_left: false,
        ..ChangeSeatRequest::default()
    };
    let _: Engagement = stage.step(PROGRAM, "I-22", "gives the seat of the FE to another", change).await?;
    let early = resolve(stage, engagement);
    let what = "acts before acknowledging the seat";
    stage.refused(OTHER_FE, "I-18", what, early, "NOT_ROSTERED").await?;
    let acknowledge = AcknowledgeSeatRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        ..AcknowledgeSeatRequest::default()
    };
    let what = "acknowledges, and has the seat from now on";
    let _: Engagement = stage.step(OTHER_FE, "R-4", what, acknowledge).await?;
    let late = resolve(stage, engagement);
    stage.refused(FE, "I-18", "the one before sees it no more", late, "NOT_FOUND").await
}

fn resolve(stage: &mut Stage, engagement: &str) -> ResolveBlockerRequest {
    ResolveBlockerRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        blocker: 1,
        resolution: "the vendor's new client works".to_owned(),
        ..ResolveBlockerRequest::default()
    }
}

async fn another_partner(stage: &mut Stage, engagement: &str) -> Result<(), Surprise> {
    let change = |stage: &mut Stage| ChangeReceiverRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        receiver: Some(DeliveryChannel { kind: Kind::Frp.into(), partner: "Tailspin Delivery".to_owned() }),
        receiver_contact: Some(contact("tailspin's delivery lead")),
        cause: "the partner before gave up".to_owned(),
        ..ChangeReceiverRequest::default()
    };
    let own = change(stage);
    let what = "names another receiver after the handover";
    stage.refused(GMFTA, "E-4", what, own, "RECEIVER_IS_THE_PROGRAM_TEAMS").await?;
    let whole = change(stage);
    let _: Engagement = stage.step(PROGRAM, "I-23", "names it, and what stood is kept", whole).await?;
    Ok(())
}
