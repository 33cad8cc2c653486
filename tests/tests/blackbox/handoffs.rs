//! Seats before the exit: whoever was named or requested is replaced, and the exit waits for all six as before (R-3, R-4, I-22).

use getmodern::client::Actor;
use proto::{
    common::v1::Role,
    engagement::v1::{Engagement, GetEngagementRequest},
    intake::v1::{
        AcknowledgeHandoffRequest, Case, ChangeSeatRequest, ExitGatewayRequest, FillAssignmentRequest,
        GetCaseRequest, OpenCaseRequest, case::State, superseded::Was,
    },
};
use tests::actor;
use tonic::Code;

use crate::cast::{FE, FM, GATEWAY, GMFTA, LEADERSHIP, OTHER_FE, PROGRAM, Play, actions, ask};

const OTHER_FM: Actor = actor("people/other-fm", "FM");
const INTAKE: &str = "getmodern.intake.v1.IntakeService";
const DENIED: Code = Code::PermissionDenied;
const NOT_READY: Code = Code::FailedPrecondition;
const GONE: Code = Code::NotFound;

fn give(name: &str, role: Role, who: Actor) -> ChangeSeatRequest {
    ask!(ChangeSeatRequest { name: name, role: role, successor: who.person, cause: "left the company" })
}

fn get(name: &str) -> GetCaseRequest {
    GetCaseRequest { name: name.to_owned() }
}

fn acknowledge(name: &str) -> AcknowledgeHandoffRequest {
    ask!(AcknowledgeHandoffRequest { name: name })
}

fn exit(name: &str) -> ExitGatewayRequest {
    ask!(ExitGatewayRequest { name: name })
}

/// R-4, I-1, I-22: the FM leaves before the exit, named and never requested.
#[tokio::test]
async fn the_fm_leaves_before_the_exit_and_the_successor_acknowledges_in_their_place() {
    let play = Play::start().await;
    let name = play.handing_off("contoso").await;
    let _: Case = play.ok(FM, get(&name)).await;
    play.refused(OTHER_FM, get(&name), GONE, &["NOT_FOUND"]).await;
    play.refused(PROGRAM, give(&name, Role::Fe, OTHER_FE), DENIED, &["SEAT_OF_GATEWAY"]).await;
    play.refused(FM, give(&name, Role::Fm, OTHER_FM), DENIED, &["WRONG_ROLE"]).await;

    let changed: Case = play.ok(GATEWAY, give(&name, Role::Fm, OTHER_FM)).await;
    let handoff = changed.handoff.expect("it goes on");
    assert_eq!(
        (changed.fm.as_str(), handoff.roster.expect("six").fm.as_str()),
        (OTHER_FM.person, OTHER_FM.person)
    );
    assert_eq!(handoff.acknowledgements.len(), 5);
    let kept = &changed.superseded[0];
    let Some(Was::Seat(held)) = &kept.was else { panic!("a seat: {kept:?}") };
    assert_eq!((held.person.as_str(), kept.cause.as_str()), (FM.person, "left the company"));
    play.refused(FM, get(&name), GONE, &["NOT_FOUND"]).await;
    play.refused(FM, acknowledge(&name), GONE, &["NOT_FOUND"]).await;
    let _: Case = play.ok(OTHER_FM, get(&name)).await;
    let due = play.duties(INTAKE, OTHER_FM.person, &name).await;
    assert_eq!(actions(&due), ["ACKNOWLEDGE_HANDOFF"]);
    let missing = ["HANDOFF_NOT_ACKNOWLEDGED", "ACKNOWLEDGEMENT_MISSING"];
    play.refused(GATEWAY, exit(&name), NOT_READY, &missing).await;

    let _: Case = play.ok(OTHER_FM, acknowledge(&name)).await;
    let left: Case = play.ok(GATEWAY, exit(&name)).await;
    assert_eq!(left.state(), State::Exited);
    let engagement = GetEngagementRequest { name: name.replace("cases/", "engagements/") };
    let begun: Engagement = play.until("the execution begins", engagement.clone(), |_| true).await;
    assert_eq!(begun.roster.expect("six").fm, OTHER_FM.person);
    play.refused(FM, engagement.clone(), GONE, &["NOT_FOUND"]).await;
    let _: Engagement = play.ok(OTHER_FM, engagement).await;
    play.refused(GATEWAY, give(&name, Role::Fm, FM), NOT_READY, &["WRONG_STATE"]).await;
    play.stop().await;
}

/// a request that is filled again gives the seat, too; who was named before has neither.
#[tokio::test]
async fn each_seat_changes_in_the_handoff_and_none_before_it_is_held() {
    let play = Play::start().await;
    let open = ask!(OpenCaseRequest { customer: "Northwind", tenant: "northwind", gmfta: GMFTA.person });
    let Case { name: early, .. } = play.ok(GATEWAY, open).await;
    play.refused(GATEWAY, give(&early, Role::Fe, OTHER_FE), NOT_READY, &["SEAT_NOT_FILLED"]).await;
    let changed: Case = play.ok(GATEWAY, give(&early, Role::Gmfta, OTHER_FM)).await;
    assert_eq!(changed.gmfta, OTHER_FM.person, "named at the opening");
    let name = play.handing_off("contoso").await;
    let unrequested =
        ask!(FillAssignmentRequest { name: name.clone(), role: Role::Fm, person: OTHER_FM.person });
    play.refused(PROGRAM, unrequested, NOT_READY, &["NO_OPEN_REQUEST"]).await;
    let _: Case = play.ok(PROGRAM, give(&name, Role::Fm, OTHER_FM)).await;
    let _: Case = play.ok(GATEWAY, give(&name, Role::Fe, OTHER_FE)).await;
    play.refused(GATEWAY, give(&name, Role::Fe, OTHER_FE), NOT_READY, &["ALREADY_SEATED"]).await;
    play.refused(FE, get(&name), GONE, &["NOT_FOUND"]).await;
    for who in [OTHER_FM, OTHER_FE] {
        let _: Case = play.ok(who, acknowledge(&name)).await;
    }
    let shown: Case = play.ok(LEADERSHIP, get(&name)).await;
    assert_eq!((shown.superseded.len(), shown.handoff.expect("it goes on").acknowledgements.len()), (2, 6));
    let _: Case = play.ok(GATEWAY, exit(&name)).await;
    play.stop().await;
}
