//! What a refusal weighs on its way: however much is missing, every proxy and every client takes the whole of it.

use getmodern::client::{Actor, reasons};
use prost::{Message, Name};
use proto::{
    engagement::v1::{BusinessUnitPlan, FinalizeSummaryRequest, Gap, SaveSummaryRequest, SummaryContent},
    intake::v1::{Criterion, PublishPolicyRequest},
};
use tests::{
    PATIENCE,
    attacks::ELSEWHERE,
    raw::{CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, Raw, call, frame, message},
};
use tonic::Status;
use tonic_types::StatusExt;

use crate::{
    cast::{ENGAGEMENTS, GMFTA, PROGRAM, Play, ask},
    deployed::front::Front,
    prefix::content,
    wire::{TAKEN, Wire, as_headers, assert_light},
};

const FINALIZE: &str = "/getmodern.engagement.v1.EngagementService/FinalizeSummary";

/// A call that is refused for so much that no header could hold it.
struct Refused {
    who: Actor,
    path: String,
    body: Vec<u8>,
}

fn refused<M: Message + Name>(who: Actor, service: &str, message: &M) -> Refused {
    let method = M::NAME.trim_end_matches("Request");
    Refused { who, path: format!("/{}.{service}/{method}", M::PACKAGE), body: message.encode_to_vec() }
}

/// Chinese texts as long as they may be; a character is nine bytes in a message.
fn long() -> String {
    "无".repeat(200)
}

/// A summary of as many business units as may be, with nothing but a name, and as many gaps with nothing at all.
fn bare() -> SummaryContent {
    let unit = |at| BusinessUnitPlan { business_unit: format!("无{at}"), ..BusinessUnitPlan::default() };
    let (upgrade_plan, gaps) = ((0..100).map(unit).collect(), vec![Gap::default(); 500]);
    SummaryContent { upgrade_plan, gaps, needs: None, ..content() }
}

/// A summary in which every business unit has the same long name.
fn repeated() -> SummaryContent {
    let unit = BusinessUnitPlan { business_unit: long(), ..content().upgrade_plan.remove(0) };
    SummaryContent { upgrade_plan: vec![unit; 100], ..content() }
}

/// A policy each of whose criteria does not read.
fn unreadable() -> PublishPolicyRequest {
    let criterion = |at| Criterion {
        id: format!("c{at}"),
        title: long(),
        title_zh: long(),
        expression: format!("{} + ", long()),
        required: true,
    };
    let criteria = (0..50).map(criterion).collect::<Vec<_>>();
    ask!(PublishPolicyRequest { criteria: criteria, description: "stricter" })
}

/// The drafts are there, and nothing but their number keeps what is wrong with them from being told.
async fn prepared(play: &Play) -> Vec<Refused> {
    let mut calls = vec![refused(PROGRAM, "IntakeService", &unreadable())];
    for (tenant, content) in [("contoso", bare()), ("northwind", repeated())] {
        let name = play.delivering(tenant).await;
        play.step(GMFTA, ask!(SaveSummaryRequest { name: name.clone(), content: content })).await;
        calls.push(refused(GMFTA, "EngagementService", &ask!(FinalizeSummaryRequest { name: name.clone() })));
        let units =
            vec![BusinessUnitPlan { lt_sponsor: long().repeat(5), ..BusinessUnitPlan::default() }; 500];
        let content = SummaryContent { upgrade_plan: units, ..SummaryContent::default() };
        calls.push(refused(
            GMFTA,
            "EngagementService",
            &ask!(SaveSummaryRequest { name: name, content: content }),
        ));
    }
    calls
}

/// The bytes of headers that come back, as they are compressed; the request has to fit into one frame.
async fn compressed(play: &Play, refused: &Refused) -> usize {
    let mut raw = Raw::from(ELSEWHERE, play.address()).await.expect("let in");
    raw.greet(&[]).await.expect("greeted");
    let asks = frame(HEADERS, END_HEADERS, 1, &call(&refused.path, &as_headers(refused.who)));
    raw.send(&[asks, frame(DATA, END_STREAM, 1, &message(&refused.body))].concat()).await.expect("sent");
    let mut bytes = 0;
    loop {
        let is_header = |kind| [HEADERS, CONTINUATION].contains(&kind);
        let found = raw.find(PATIENCE, |frame| frame.stream == 1 && is_header(frame.kind)).await;
        let found = found.expect("an answer");
        bytes += found.payload.len();
        if found.flags & END_HEADERS != 0 {
            return bytes;
        }
    }
}

async fn answer(wire: &Wire, refused: &Refused) -> Status {
    let answer = wire.send_as(refused.who, &refused.path, refused.body.clone()).await;
    answer.expect_err("it is refused")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_much_is_missing_a_refusal_is_one_that_every_client_and_every_proxy_takes() {
    let play = Play::start().await;
    let wire = Wire::to(play.product());
    for refused in prepared(&play).await {
        let status = answer(&wire, &refused).await;
        assert_light(&status);
        if refused.path == FINALIZE {
            let bytes = compressed(&play, &refused).await;
            assert!((1000..TAKEN).contains(&bytes), "{bytes} bytes");
        }
        let reasons = reasons(&status);
        assert!(reasons.len() > 3, "{reasons:?}");
        assert!(status.message().contains(" more: call again with the header "), "{}", status.message());
    }
    play.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_the_front_of_compose_the_same_is_refused_for_the_same() {
    let play = Play::start().await;
    let Some(front) = Front::plain(play.address()) else { return play.stop().await };
    let (wire, behind) = (Wire::to(play.product()), Wire::at(front.address));
    for refused in prepared(&play).await {
        let (here, there) = (answer(&wire, &refused).await, answer(&behind, &refused).await);
        let told = |status: &Status| (status.code(), status.message().to_owned(), reasons(status));
        assert_eq!(told(&there), told(&here));
    }
    play.stop().await;
}

/// What the details name, without what they only count.
fn subjects(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let unmet = details.precondition_failure().map(|failure| failure.violations.clone()).unwrap_or_default();
    unmet.into_iter().map(|unmet| unmet.subject).filter(|subject| !subject.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_for_the_rest_of_what_is_missing_is_told_all_of_it() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    play.step(GMFTA, ask!(SaveSummaryRequest { name: name.clone(), content: bare() })).await;
    let duties = play.duties(ENGAGEMENTS, "", &name).await;
    let duty = duties.iter().find(|duty| duty.action == "FINALIZE_SUMMARY").expect("it waits");
    let all: Vec<_> = duty.missing.iter().map(|missing| missing.subject.clone()).collect();
    assert!(all.len() > 1000, "{}", all.len());

    let (wire, body) =
        (Wire::to(play.product()), ask!(FinalizeSummaryRequest { name: name }).encode_to_vec());
    let mut told = Vec::new();
    while told.len() < all.len() {
        let after = told.len().to_string();
        let headers = [&as_headers(GMFTA)[..], &[("x-getmodern-faults-after", after.as_str())]].concat();
        let status = wire.send(FINALIZE, &headers, body.clone()).await.expect_err("it is refused");
        let next = subjects(&status);
        assert!(!next.is_empty(), "it goes on after {after}");
        told.extend(next);
    }
    assert_eq!(told, all);
    play.stop().await;
}
