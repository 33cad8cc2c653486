//! The proactive way in: assigned, synced over the Gateway's own data set, aligned (P-1 to P-4, R-2b, I-3, I-6).

use proto::{
    common::v1::{DataItem, DeliveryChannel, Intent, Role, Verdict, data_item::Fact},
    engagement::v1::{
        AlignAccountTeamRequest, AssignEngagementRequest, ChooseChannelRequest, HoldInternalSyncRequest,
        Stage,
    },
    intake::v1::{Case, DisengageCaseRequest, OpenCaseRequest, RecordResearchRequest},
};

use tonic::Code;

use super::{DENIED, INVALID, NOT_READY, WRONG_STATE, subjects};
use crate::{
    cast::{
        ENGAGEMENTS, FM, GATEWAY, GMFTA, OTHER_GMFTA, PROGRAM, Play, actions, ask, contact, css, data, frp,
        item, roster,
    },
    prefix::{alignment, assignment, sync},
};

#[tokio::test]
async fn an_assignment_names_customer_tenant_aim_and_architect() {
    let play = Play::start().await;
    let empty = ask!(AssignEngagementRequest {});
    let faults = ["INVALID_REQUEST", "FIELD_REQUIRED", "FIELD_MALFORMED"];
    let told = play.refused(PROGRAM, empty, INVALID, &faults).await;
    assert_eq!(subjects(&told), ["customer", "tenant", "aim", "gmfta"]);
    play.refused(GMFTA, assignment("contoso"), DENIED, &["WRONG_ROLE"]).await;
    let assigned = play.step(PROGRAM, assignment("contoso")).await;
    assert_eq!((assigned.stage(), assigned.items.len()), (Stage::Assigned, 0));
    let duties = play.duties(ENGAGEMENTS, GMFTA.person, &assigned.name).await;
    assert_eq!((actions(&duties), duties[0].missing.len()), (vec!["HOLD_INTERNAL_SYNC"], 14));
    play.stop().await;
}

/// P-3: what intake knows is prefilled, and each item is confirmed or corrected before it counts.
#[tokio::test]
async fn what_intake_knows_is_prefilled_and_then_confirmed_or_corrected() {
    let play = Play::start().await;
    let mut known = data("contoso", 140, Intent::Yes);
    known.retain(|item| !matches!(item.fact, Some(Fact::Tenant(_) | Fact::Language(_))));
    let open = ask!(OpenCaseRequest { customer: "Contoso", tenant: "contoso" });
    let case: Case = play.ok(GATEWAY, open).await;
    let record = ask!(RecordResearchRequest { name: case.name, items: known });
    let case: Case = play.ok(GATEWAY, record).await;
    let end = ask!(DisengageCaseRequest { name: case.name.clone(), cause: "the program team has them" });
    let case: Case = play.ok(GATEWAY, end).await;
    let assigned = play.step(PROGRAM, assignment("contoso")).await;
    assert_eq!((&assigned.items, assigned.items.len()), (&case.items, 13));

    let keys = |items: &[DataItem]| -> Vec<String> {
        items.iter().filter_map(|item| Some(item.fact.as_ref()?.key().to_owned())).collect()
    };
    let mut confirmed = keys(&assigned.items);
    confirmed.retain(|key| key != "licence_count");
    let request = |confirmed: &[String], corrections: Vec<DataItem>| {
        ask!(HoldInternalSyncRequest {
            name: assigned.name.clone(),
            roster: roster(),
            in_flight: "nothing",
            aim: "off Windows 7",
            confirmed: confirmed,
            corrections: corrections,
        })
    };
    let corrections = vec![item(Fact::LicenceCount(700))];
    // Known is not validated: the device count is there, but nobody confirmed it.
    let unconfirmed: Vec<_> = confirmed.iter().filter(|key| *key != "device_count").cloned().collect();
    let partial = request(&unconfirmed, corrections.clone());
    let told = play.refused(GMFTA, partial, NOT_READY, &["SYNC_INCOMPLETE", "ITEM_NOT_VALIDATED"]).await;
    assert_eq!(subjects(&told), ["items.device_count", "items.language"]);
    let unknown = [confirmed.clone(), vec!["language".to_owned()]].concat();
    let faults = ["SYNC_INCOMPLETE", "CONFIRMED_ITEM_ABSENT", "ITEM_NOT_VALIDATED"];
    play.refused(GMFTA, request(&unknown, corrections.clone()), NOT_READY, &faults).await;

    let corrections = [corrections, vec![item(Fact::Language("en".to_owned()))]].concat();
    let synced = play.step(GMFTA, request(&confirmed, corrections)).await;
    assert_eq!((synced.stage(), synced.items.len()), (Stage::Alignment, 14));
    assert!(synced.items.iter().any(|item| item.fact == Some(Fact::LicenceCount(700))));
    let kept = assigned.items.iter().filter(|item| !matches!(item.fact, Some(Fact::LicenceCount(_))));
    assert!(kept.into_iter().all(|item| synced.items.contains(item)), "{:?}", synced.items);
    play.stop().await;
}

#[tokio::test]
async fn a_sync_that_lacks_everything_is_told_so_at_once() {
    let play = Play::start().await;
    let name = play.assigned("contoso").await;
    let mut other = roster();
    other.gmfta = OTHER_GMFTA.person.to_owned();
    let empty = ask!(HoldInternalSyncRequest { name: name, roster: other });
    let faults = [
        "SYNC_INCOMPLETE",
        "IN_FLIGHT_MISSING",
        "AIM_MISSING",
        "GMFTA_NOT_AS_ASSIGNED",
        "ITEM_NOT_VALIDATED",
        "MORE_FAULTS",
    ];
    let status = play.refused(GMFTA, empty.clone(), INVALID, &faults).await;
    let message = status.message();
    let told: usize =
        message.rsplit(' ').next().and_then(|told| told.parse().ok()).expect("how many were told");
    assert!(message.contains(&format!("and {} more", 3 + 14 - told)), "{message}");
    play.refused(OTHER_GMFTA, empty, Code::NotFound, &["NOT_FOUND"]).await;
    play.stop().await;
}

/// P-3, I-2: anything but QUALIFIED goes back to the program team, and there is no second sync.
#[tokio::test]
async fn a_sync_that_does_not_qualify_returns_the_assignment_for_good() {
    let play = Play::start().await;
    let verdicts = [(149, Intent::Yes, Verdict::NotQualified), (150, Intent::Unknown, Verdict::Undetermined)];
    for (round, (licences, windows, verdict)) in verdicts.into_iter().enumerate() {
        let tenant = format!("tenant-{round}");
        let name = play.assigned(&tenant).await;
        let returned = play.step(GMFTA, sync(&name, &tenant, licences, windows)).await;
        assert_eq!(returned.stage(), Stage::Returned);
        let held = returned.sync.expect("the sync");
        assert_eq!(held.assessment.map(|it| (it.verdict(), it.policy_version)), Some((verdict, 1)));
        play.refused(GMFTA, sync(&name, &tenant, 700, Intent::Yes), NOT_READY, WRONG_STATE).await;
        play.refused(GMFTA, alignment(&name), NOT_READY, WRONG_STATE).await;
        let choose = ask!(ChooseChannelRequest { name: name.clone(), channel: css() });
        play.refused(PROGRAM, choose, NOT_READY, WRONG_STATE).await;
        let duties = play.duties(ENGAGEMENTS, "", &name).await;
        assert_eq!((actions(&duties), duties[0].role()), (vec!["CANCEL_ENGAGEMENT"], Role::ProgramTeam));
        let count = play.insights().await.verdicts.into_iter().find(|count| count.verdict() == verdict);
        assert_eq!(count.map(|count| count.count), Some(1), "{verdict:?}");
    }
    let criteria = play.insights().await.criteria;
    assert_eq!(criteria.iter().map(|count| count.count).sum::<i64>(), 2, "{criteria:?}");
    play.stop().await;
}

/// P-4, I-6: no account team before the sync, and none without somebody met and something agreed.
#[tokio::test]
async fn the_account_team_is_aligned_after_the_sync_by_the_designated_architect() {
    let play = Play::start().await;
    let name = play.assigned("contoso").await;
    play.refused(GMFTA, alignment(&name), NOT_READY, WRONG_STATE).await;
    play.step(GMFTA, sync(&name, "contoso", 150, Intent::Yes)).await;
    let empty = ask!(AlignAccountTeamRequest { name: name.clone() });
    let faults = ["ALIGNMENT_INCOMPLETE", "CONTACT_MISSING", "MOTION_MISSING"];
    play.refused(GMFTA, empty, INVALID, &faults).await;
    play.refused(OTHER_GMFTA, alignment(&name), Code::NotFound, &["NOT_FOUND"]).await;
    let aligned = play.step(GMFTA, alignment(&name)).await;
    assert_eq!((aligned.stage(), aligned.channel.clone()), (Stage::Introduction, Some(frp())));
    assert_eq!(aligned.alignment.map(|it| it.contacts), Some(vec![contact("the account manager")]));
    play.refused(GMFTA, alignment(&name), NOT_READY, WRONG_STATE).await;
    play.stop().await;
}

/// R-2b, I-3: exactly one channel, named by the program team or the architect, whichever way it was named.
#[tokio::test]
async fn a_channel_is_named_once() {
    let play = Play::start().await;
    let choose =
        |name: &str, channel: DeliveryChannel| ask!(ChooseChannelRequest { name: name, channel: channel });
    let taken = &["CHANNEL_ALREADY_CHOSEN"][..];
    let early = play.assigned("northwind").await;
    play.refused(PROGRAM, choose(&early, css()), NOT_READY, WRONG_STATE).await;

    let aligned = play.aligned("contoso").await;
    for (who, channel) in [(PROGRAM, frp()), (GMFTA, css())] {
        play.refused(who, choose(&aligned, channel), NOT_READY, taken).await;
    }
    let synced = play.synced("fabrikam").await;
    assert!(actions(&play.duties(ENGAGEMENTS, "", &synced).await).contains(&"CHOOSE_CHANNEL"));
    play.refused(FM, choose(&synced, css()), DENIED, &["WRONG_ROLE"]).await;
    play.refused(OTHER_GMFTA, choose(&synced, css()), Code::NotFound, &["NOT_FOUND"]).await;
    let mut nameless = frp();
    nameless.partner.clear();
    let required = &["INVALID_REQUEST", "FIELD_REQUIRED"];
    play.refused(GMFTA, choose(&synced, nameless), INVALID, required).await;
    let chosen = play.step(GMFTA, choose(&synced, css())).await;
    assert_eq!((chosen.stage(), chosen.channel), (Stage::Alignment, Some(css())));
    assert!(!actions(&play.duties(ENGAGEMENTS, "", &synced).await).contains(&"CHOOSE_CHANNEL"));
    let again = ["ALIGNMENT_INCOMPLETE", "CHANNEL_ALREADY_CHOSEN"];
    play.refused(GMFTA, alignment(&synced), NOT_READY, &again).await;
    let mut without = alignment(&synced);
    without.channel = None;
    assert_eq!(play.step(GMFTA, without).await.channel, Some(css()));

    let reactive = play.handed_off("tailspin").await;
    play.refused(PROGRAM, choose(&reactive, frp()), NOT_READY, taken).await;
    play.stop().await;
}
