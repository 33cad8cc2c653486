//! The keys of tokens: replaced on order, gone with a restore, and unknown to who upgrades. Who holds a token is told how to go on,
//! and the product's own followers go on by themselves, unless their journal was set back.

use std::path::PathBuf;

use getmodern::client::{Client, reasons};
use host::{Rotation, Service, Storage, TokenVerb, Verb};
use prost::Message;
use proto::common::v1::{Event, WatchEventsRequest, WatchEventsResponse, watch_events_request::Start};
use tests::{Product, State};
use tonic::{Code, Status};
use tonic_health::pb::health_check_response::ServingStatus::Serving;

use super::{
    gateway::{OPERATOR, eventually},
    journal,
    parking::health,
    restored::{ENGAGEMENTS, INTAKE, all_followed, duties, hand_over, operator, stands_still},
};
use crate::{sight::guesses::old_place, wire::Wire};

const FOLLOWERS: [&str; 4] = [
    "getmodern.engagement.v1.EngagementService/intake",
    "getmodern.engagement.v1.EngagementService/tasks",
    "getmodern.intake.v1.IntakeService/engagement",
    "getmodern.tasks.v1.TaskService/engagement",
];
/// What each service follows.
const CURSORS: [(&str, &str, &str); 4] = [
    ("engagement", "intake", INTAKE),
    ("engagement", "tasks", "getmodern.tasks.v1.TaskService"),
    ("intake", "engagement", ENGAGEMENTS),
    ("tasks", "engagement", ENGAGEMENTS),
];

async fn are_well(client: &Client) {
    for follower in FOLLOWERS {
        eventually(follower, async || (health(client, follower).await == Serving).then_some(())).await;
    }
    assert_eq!(duties(client).await, []);
}

async fn resume(wire: &Wire, token: &str) -> Result<WatchEventsResponse, Status> {
    let start = Some(Start::ResumeToken(token.to_owned()));
    let request = WatchEventsRequest { start, ..WatchEventsRequest::default() }.encode_to_vec();
    let first = wire.send_as(OPERATOR, &format!("/{INTAKE}/WatchEvents"), request).await?;
    Ok(WatchEventsResponse::decode(first.as_slice()).expect("it reads"))
}

/// Has the keys of every service replaced, as an operator does while they serve.
async fn rotate(state: &State, at_once: bool) {
    let services = getmodern::services();
    let names: Vec<_> = services.iter().map(Service::name).collect();
    let rotation = Rotation::new(operator(), at_once, state.settings(&names).storage);
    Verb::Tokens(TokenVerb::Rotate(rotation)).run(&services).await.expect("replaced");
}

/// The newest key of intake, whose it is and how many there are.
fn keys(state: &State) -> Vec<String> {
    state.ask("intake", "SELECT id || ' ' || coalesce(person, '') FROM token_key ORDER BY id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_good_while_its_key_is_and_tells_then_how_to_go_on() {
    let product = Product::start().await;
    let (client, wire) = (product.client(), Wire::to(&product));
    hand_over(&client, "contoso.example").await;
    let event = all_followed(&client).await.pop().expect("an event");
    assert_eq!(keys(product.state()), ["1 "]);
    rotate(product.state(), false).await;
    assert_eq!(keys(product.state()), ["1 ", "2 people/operator"]);
    let renewed = eventually("tokens are made with the new key", async || {
        let now = journal::read(&client, INTAKE).await;
        now.last().map(|event| event.resume_token.clone()).filter(|token| *token != event.resume_token)
    });
    let renewed = renewed.await;
    for token in [&event.resume_token, &renewed] {
        let first = resume(&wire, token).await.expect("its key is good");
        assert_eq!((first.revision, &first.resume_token), (event.revision, &renewed));
    }
    rotate(product.state(), true).await;
    assert_eq!(keys(product.state()), ["3 people/operator"]);
    for token in [&event.resume_token, &renewed] {
        let refused = eventually("its key is gone", async || resume(&wire, token).await.err()).await;
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(reasons(&refused).contains(&"RESUME_TOKEN_INVALID".to_owned()), "{refused:?}");
        assert!(refused.message().contains("after_revision"), "{refused:?}");
    }
    hand_over(&client, "fabrikam.example").await;
    are_well(&client).await;
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_told_which_it_does_not_run() {
    let storage =
        Storage { data: PathBuf::from("nowhere"), database_urls: Vec::new(), database_connections: 1 };
    let rotation = Rotation::new(operator(), false, storage).of("nobody");
    let refused = Verb::Tokens(TokenVerb::Rotate(rotation)).run(&getmodern::services()).await;
    let refused = refused.expect_err("refused").to_string();
    assert!(
        refused.contains("--service nobody") && refused.contains("intake, engagement, tasks"),
        "{refused}"
    );
}

/// Notes at every follower's place, in the place of its token, what `token` makes of the event that it stands at.
fn note(state: &State, events: &[(&str, Vec<Event>)], token: impl Fn(&Event) -> String) {
    for (service, source, journal) in CURSORS {
        let question = format!("SELECT revision || '' FROM cursor WHERE source = '{source}'");
        let Some(revision) = state.ask(service, &question).first().cloned() else { continue };
        let (_, events) = events.iter().find(|(of, _)| *of == journal).expect("a journal");
        let at = |event: &&Event| event.revision.to_string() == revision;
        let token = token(events.iter().find(at).expect("the event"));
        state.execute(service, &format!("UPDATE cursor SET token = '{token}' WHERE source = '{source}'"));
    }
}

async fn journals(client: &Client) -> Vec<(&'static str, Vec<Event>)> {
    let mut journals = Vec::new();
    for journal in [INTAKE, ENGAGEMENTS, "getmodern.tasks.v1.TaskService"] {
        journals.push((journal, journal::read(client, journal).await));
    }
    journals
}

fn tokens(state: &State) -> Vec<String> {
    let all = CURSORS.iter().map(|(service, source, _)| {
        state.ask(service, &format!("SELECT token FROM cursor WHERE source = '{source}'"))
    });
    all.flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_go_on_without_a_loss_from_places_whose_tokens_are_good_no_more() {
    let mut state = State::new();
    for (word, token) in [("older", old_place as fn(&Event) -> String), ("unknown", |_| "gone".to_owned())] {
        let product = Product::on(state, getmodern::services()).await;
        let client = product.client();
        hand_over(&client, &format!("{word}-before.example")).await;
        are_well(&client).await;
        let events = journals(&client).await;
        state = product.leave().await;
        note(&state, &events, token);
        let noted = tokens(&state);
        assert!(noted.len() >= 2, "{noted:?}");
        let product = Product::on(state, getmodern::services()).await;
        let client = product.client();
        are_well(&client).await;
        hand_over(&client, &format!("{word}-after.example")).await;
        are_well(&client).await;
        state = product.leave().await;
        let now = tokens(&state);
        assert!(now.iter().zip(&noted).all(|(now, noted)| now != noted), "{now:?} {noted:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_whose_tokens_are_good_no_more_notice_that_another_event_is_where_they_stand() {
    for (name, old) in [("another mark", true), ("another moment", false)] {
        let product = Product::start().await;
        let client = product.client();
        hand_over(&client, "contoso.example").await;
        are_well(&client).await;
        let events = journals(&client).await;
        let state = product.leave().await;
        let other = |event: &Event| Event { resource: "cases/another".to_owned(), ..event.clone() };
        note(&state, &events, |event| if old { old_place(&other(event)) } else { "gone".to_owned() });
        if !old {
            state.execute("engagement", "UPDATE cursor SET time = NULL WHERE source = 'intake'");
        }
        let product = Product::on(state, getmodern::services()).await;
        eprintln!("{name}");
        stands_still_at(&product.client()).await;
        product.stop().await;
    }
}

/// The follower of intake says so.
async fn stands_still_at(client: &Client) {
    eventually("a duty of the follower of intake", async || {
        let duties = duties(client).await;
        let of_intake = |duty: &&proto::common::v1::Duty| duty.resource == "journals/intake";
        duties.iter().find(of_intake).filter(|duty| duty.missing[0].reason == "LOG_RESET").map(|_| ())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_was_restored_to_before_its_keys_were_replaced_is_noticed() {
    let product = Product::start().await;
    let client = product.client();
    hand_over(&client, "contoso.example").await;
    let state = product.leave().await;
    let backup = state.copy("intake");
    let product = Product::on(state, getmodern::services()).await;
    rotate(product.state(), true).await;
    let client = product.client();
    hand_over(&client, "fabrikam.example").await;
    are_well(&client).await;
    let mut state = product.leave().await;
    state.set_back("intake", &backup);
    let product = Product::on(state, getmodern::services()).await;
    stands_still(&product.client()).await;
    product.stop().await;
}
