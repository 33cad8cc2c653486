//! northwind, the proactive way: assigned, synced over the same data the Gateway collects, aligned (P-1 to P-4).

use proto::{
    common::v1::{DeliveryChannel, Intent, delivery_channel::Kind},
    engagement::v1::{
        AlignAccountTeamRequest, AssignEngagementRequest, ChooseChannelRequest, Engagement,
        HoldInternalSyncRequest,
    },
};

use super::{
    Stage, Surprise,
    cast::{GMFTA, PROGRAM, roster},
    data::{contact, item, research},
};
use proto::common::v1::data_item::Fact;

/// The engagement's name.
pub(crate) async fn play(stage: &mut Stage) -> Result<String, Surprise> {
    let assign = AssignEngagementRequest {
        request_id: stage.key(),
        customer: "Northwind".to_owned(),
        tenant: "northwind.onmicrosoft.com".to_owned(),
        aim: "off Windows 7 before its support ends".to_owned(),
        gmfta: GMFTA.person.to_owned(),
        ..AssignEngagementRequest::default()
    };
    let assigned: Engagement = stage.step(PROGRAM, "P-1", "assigns northwind to the GMFTA", assign).await?;
    let name = assigned.name;
    let early = align(stage, &name);
    stage.refused(GMFTA, "I-6", "contacts the account team before the sync", early, "WRONG_STATE").await?;
    let mut partial = sync(stage, &name);
    partial.corrections.pop();
    stage
        .refused(GMFTA, "P-3", "holds the sync with one item unvalidated", partial, "ITEM_NOT_VALIDATED")
        .await?;
    let whole = sync(stage, &name);
    let _: Engagement = stage.step(GMFTA, "P-2,3", "holds the internal sync over every item", whole).await?;
    let align = align(stage, &name);
    let _: Engagement =
        stage.step(GMFTA, "P-4", "coordinates the motion with the account team", align).await?;
    let choose = ChooseChannelRequest {
        name: name.clone(),
        request_id: stage.key(),
        etag: String::new(),
        channel: Some(DeliveryChannel { kind: Kind::Frp.into(), partner: "Fabrikam Consulting".to_owned() }),
        ..ChooseChannelRequest::default()
    };
    let _: Engagement =
        stage.step(PROGRAM, "R-2b", "names a Ready Partner for remote delivery", choose).await?;
    Ok(name)
}

fn align(stage: &mut Stage, engagement: &str) -> AlignAccountTeamRequest {
    AlignAccountTeamRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        contacts: vec![contact("the account manager")],
        targeted_motion: "headquarters in January, branches in spring".to_owned(),
        channel: None,
        ..AlignAccountTeamRequest::default()
    }
}

fn sync(stage: &mut Stage, engagement: &str) -> HoldInternalSyncRequest {
    let mut items = vec![item(Fact::Tenant("northwind.onmicrosoft.com".to_owned()))];
    items.extend(research(700, Intent::Yes, 1910));
    HoldInternalSyncRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        roster: Some(roster()),
        in_flight: "nothing in flight".to_owned(),
        aim: "off Windows 7 before its support ends".to_owned(),
        confirmed: Vec::new(),
        corrections: items,
        ..HoldInternalSyncRequest::default()
    }
}
