//! The pilot of 5 to 10 distinct devices: planned, started, and one result per device (E-3.4, I-10, I-11, I-12).

use proto::engagement::v1::{PlanPilotRequest, StartPilotRequest, pilot::State, pilot_result::Outcome};

use tonic::Code;

use super::{DENIED, INVALID, NOT_READY};
use crate::{
    cast::{ENGAGEMENTS, FE, GMFTA, OTHER_FE, OTHER_GMFTA, Play, SME, ask},
    prefix::{PILOT, devices, result},
};

fn plan(name: &str, devices: Vec<String>) -> PlanPilotRequest {
    ask!(PlanPilotRequest { name: name, devices: devices })
}

fn start(name: &str, devices: Vec<String>) -> StartPilotRequest {
    ask!(StartPilotRequest { name: name, devices: devices })
}

/// 4, 11, none, and one device twice among enough or too few or too many (I-12).
fn unfit() -> [(Vec<String>, &'static [&'static str]); 6] {
    let doubled = |count: usize| [devices(count - 1), devices(1)].concat();
    [
        (devices(4), &["DEVICE_COUNT"]),
        (devices(11), &["DEVICE_COUNT"]),
        (Vec::new(), &["DEVICE_COUNT"]),
        (doubled(10), &["DEVICE_REPEATED"]),
        (doubled(4), &["DEVICE_COUNT", "DEVICE_REPEATED"]),
        (doubled(11), &["DEVICE_COUNT", "DEVICE_REPEATED"]),
    ]
}

/// I-12: the bound holds for the planned set and again for the enrolled one.
#[tokio::test]
async fn a_pilot_is_of_5_to_10_distinct_devices_planned_and_enrolled() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    for (devices, why) in unfit() {
        play.refused(GMFTA, plan(&name, devices), INVALID, &[&["PILOT_PLAN_REFUSED"], why].concat()).await;
    }
    play.refused(OTHER_GMFTA, plan(&name, devices(5)), Code::NotFound, &["NOT_FOUND"]).await;
    play.step(GMFTA, plan(&name, devices(5))).await;
    for (devices, why) in unfit() {
        play.refused(GMFTA, start(&name, devices), INVALID, &[&["PILOT_NOT_READY"], why].concat()).await;
    }
    play.refused(OTHER_GMFTA, start(&name, devices(5)), Code::NotFound, &["NOT_FOUND"]).await;
    let started = play.step(GMFTA, start(&name, devices(10))).await.pilot.expect("the pilot");
    assert_eq!((started.planned_devices, started.enrolled_devices), (devices(5), devices(10)));
    play.stop().await;
}

#[tokio::test]
async fn a_plan_is_replaced_until_the_pilot_starts() {
    let play = Play::start().await;
    let name = play.preparing("contoso").await;
    let both = ["PILOT_NOT_READY", "WORKSHOP_NOT_HELD", "PILOT_NOT_PLANNED"];
    play.refused(GMFTA, start(&name, devices(5)), NOT_READY, &both).await;
    for count in [5, 10, 6] {
        let planned = play.step(GMFTA, plan(&name, devices(count))).await.pilot.expect("the plan");
        assert_eq!((planned.state(), planned.planned_devices), (State::Planned, devices(count)));
    }
    play.refused(GMFTA, start(&name, devices(5)), NOT_READY, &both[..2]).await;
    play.prepare(&name).await;
    let untimely = ["RESULT_REFUSED", "PILOT_NOT_STARTED", "DEVICE_NOT_ENROLLED"];
    let early = result(&name, "device-01", Outcome::Succeeded);
    play.refused(GMFTA, early, NOT_READY, &untimely).await;
    let started = play.step(GMFTA, start(&name, devices(6))).await.pilot.expect("the pilot");
    assert_eq!((started.state(), started.results.len()), (State::Started, 0));
    let late = plan(&name, devices(7));
    play.refused(GMFTA, late, NOT_READY, &["PILOT_PLAN_REFUSED", "PILOT_ALREADY_STARTED"]).await;
    let twice = start(&name, devices(6));
    play.refused(GMFTA, twice, NOT_READY, &["PILOT_NOT_READY", "PILOT_ALREADY_STARTED"]).await;
    assert_eq!(play.engagement(&name).await.pilot, Some(started));
    play.stop().await;
}

/// E-3.4a, I-11: with the last device's result the pilot is executed, and not before; a failed device counts.
#[tokio::test]
async fn every_device_has_one_result_and_the_last_one_ends_the_pilot() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.step(GMFTA, plan(&name, devices(10))).await;
    play.step(GMFTA, start(&name, devices(10))).await;
    let stranger = result(&name, "device-11", Outcome::Failed);
    play.refused(FE, stranger, NOT_READY, &["RESULT_REFUSED", "DEVICE_NOT_ENROLLED"]).await;
    let mut silent = result(&name, "device-01", Outcome::Failed);
    silent.outcome = 0;
    play.refused(FE, silent, INVALID, &["INVALID_REQUEST", "FIELD_MALFORMED"]).await;
    play.refused(SME, result(&name, "device-01", Outcome::Failed), DENIED, &["WRONG_ROLE"]).await;
    for stranger in [OTHER_FE, OTHER_GMFTA] {
        let result = result(&name, "device-01", Outcome::Failed);
        play.refused(stranger, result, Code::NotFound, &["NOT_FOUND"]).await;
    }
    for (index, device) in devices(10).into_iter().enumerate() {
        let (who, outcome) = if index % 2 == 0 { (FE, Outcome::Failed) } else { (GMFTA, Outcome::Succeeded) };
        let duties = play.duties(ENGAGEMENTS, GMFTA.person, &name).await;
        let due = duties.iter().find(|duty| duty.action == "RECORD_PILOT_RESULT").expect("it waits");
        assert_eq!(due.missing.len(), 10 - index);
        let pilot = play.step(who, result(&name, &device, outcome)).await.pilot.expect("the pilot");
        let last = index == 9;
        let state = if last { State::Executed } else { State::Started };
        assert_eq!(
            (pilot.state(), pilot.results.len(), pilot.executed_time.is_some()),
            (state, index + 1, last)
        );
        let shown = pilot.results.last().expect("the result");
        assert_eq!((shown.device.as_str(), shown.outcome()), (device.as_str(), outcome));
        let twice = result(&name, &device, Outcome::Succeeded);
        play.refused(who, twice, NOT_READY, &["RESULT_REFUSED", "RESULT_ALREADY_RECORDED"]).await;
    }
    let evidence = play.finish(&name, PILOT, 0).await.evidence.expect("what it rests on");
    assert!(evidence.description.contains("10 devices"), "{}", evidence.description);
    play.stop().await;
}
