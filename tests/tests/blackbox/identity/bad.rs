//! Bad tokens and calls: tokens by the thousand, tokens for other uses, and calls that are none.

use std::time::Instant;

use bytes::Bytes;
use futures::future::join_all;
use host::{ROLE_HEADER, bounds};
use http::Method;
use serde_json::json;
use tests::Product;
use tonic::Code;

use super::{
    signer::Signer,
    tokens::{ADA, Trusting},
};
use crate::{
    faults::gateway::eventually,
    hostile::{LIST, serves},
    plain::{Plain, framed},
    wire::{Wire, refusal},
};

/// Connections of somebody who shows bad tokens, and how many of them they show at once on each.
const CONNECTIONS: usize = 8;
const AT_ONCE: usize = 20;
/// So many of them all in all.
const BAD: usize = 1000;

async fn shown(wire: &Wire, token: &str) -> (Code, String) {
    refusal(wire.send(LIST, &[("authorization", &format!("Bearer {token}"))], Vec::new()).await)
}

/// Shows bad tokens, each another one; how many of them were looked at, and how many were not.
async fn fool(wire: Wire, stranger: &Signer, trusting: &Trusting, first: usize) -> (usize, usize) {
    let (mut looked_at, mut passed_over) = (0, 0);
    for round in 0..BAD / CONNECTIONS / AT_ONCE {
        let tokens = (0..AT_ONCE).map(|number| {
            let mut claims = trusting.issuer.claims(ADA, 600);
            claims["jti"] = json!(format!("{first}-{round}-{number}"));
            stranger.token(&claims)
        });
        let tokens: Vec<_> = tokens.collect();
        for (code, reason) in join_all(tokens.iter().map(|token| shown(&wire, token))).await {
            match (code, reason.as_str()) {
                (Code::Unauthenticated, "TOKEN_SIGNATURE") => looked_at += 1,
                (Code::ResourceExhausted, "IDENTITY_TOO_FAST") => passed_over += 1,
                told => panic!("{told:?}"),
            }
        }
    }
    (looked_at, passed_over)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_tokens_of_one_address_are_looked_at_so_often_and_friends_from_there_are_answered() {
    let trusting = Trusting::start(Signer::curve("first")).await;
    let (stranger, remembered) = (Signer::curve("first"), trusting.good());
    let friend = Wire::to(&trusting.product);
    let begun = Instant::now();
    let fools =
        (0..CONNECTIONS).map(|number| fool(Wire::to(&trusting.product), &stranger, &trusting, number));
    let friends = async {
        for number in 0..50 {
            let mut claims = trusting.issuer.claims(ADA, 600);
            claims["jti"] = json!(number);
            let (new, known) = (trusting.signer.token(&claims), remembered.as_str());
            assert_eq!(
                shown(&friend, &new).await,
                (Code::Ok, String::new()),
                "{number}: one nobody has seen"
            );
            assert_eq!(shown(&friend, known).await, (Code::Ok, String::new()), "{number}: one that is known");
        }
    };
    let (fooled, ()) = tokio::join!(join_all(fools), friends);
    let seconds = usize::try_from(begun.elapsed().as_secs()).expect("few") + 1;
    let looked_at: usize = fooled.iter().map(|(looked_at, _)| looked_at).sum();
    let passed_over: usize = fooled.iter().map(|(_, passed_over)| passed_over).sum();
    println!("{looked_at} were looked at and {passed_over} were not, in {seconds} seconds");
    let (rate, burst) = bounds::BAD_TOKENS;
    // On each connection those that are under way at once when one is no good.
    let most = burst as usize + seconds * (rate as usize + CONNECTIONS * 4);
    assert!(looked_at >= burst as usize && looked_at <= most, "{looked_at}, and {most} at most");
    assert!(passed_over > 0, "all were looked at");
    trusting.product.stop().await;
}

#[tokio::test]
async fn a_token_for_another_use_or_for_ever_is_refused_with_its_reason() {
    let trusting = Trusting::start(Signer::curve("first")).await;
    let told = |more: &[(&str, serde_json::Value)], kind: &str| {
        let mut claims = trusting.issuer.claims(ADA, 600);
        for (name, value) in more {
            claims[*name] = value.clone();
        }
        let mut header = trusting.signer.header();
        header["typ"] = json!(kind);
        trusting.signer.token_with(&header, &claims)
    };
    let refused = |reason: &str| (Code::Unauthenticated, reason.to_owned());
    for (claim, value) in [("nonce", "n"), ("at_hash", "h"), ("token_use", "id"), ("typ", "ID")] {
        let found = trusting.answer(&told(&[(claim, json!(value))], "JWT")).await;
        assert_eq!(found, refused("TOKEN_KIND"), "{claim}");
    }
    for (claim, value, kind) in
        [("nonce", "n", "at+jwt"), ("typ", "Bearer", "JWT"), ("token_use", "access", "JWT")]
    {
        assert!(trusting.lets_in(&told(&[(claim, json!(value))], kind)).await, "{claim} {kind}");
    }
    let until = |seconds: i64| json!(super::signer::now() - 1 + seconds);
    assert!(trusting.lets_in(&told(&[("exp", until(24 * 3600 - 2))], "JWT")).await, "a day");
    let long = told(&[("exp", until(24 * 3600 + 60))], "JWT");
    assert_eq!(trusting.answer(&long).await, refused("TOKEN_LIFE_TOO_LONG"));
    trusting.product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_keys_that_an_issuer_calls_the_same_both_let_in() {
    let trusting = Trusting::start(Signer::curve("same")).await;
    let (other, stranger) = (Signer::curve("same"), Signer::curve("same"));
    trusting.issuer.publish(&[&other, &trusting.signer]);
    let of = |signer: &Signer| signer.token(&trusting.issuer.claims(ADA, 600));
    // Another key makes the product look at once, and once in a while.
    eventually("they are seen", async || {
        let unknown = Signer::curve("unknown").token(&trusting.issuer.claims(ADA, 600));
        trusting.answer(&unknown).await;
        trusting.lets_in(&of(&other)).await.then_some(())
    })
    .await;
    assert!(trusting.lets_in(&of(&trusting.signer)).await);
    let refused = (Code::Unauthenticated, "TOKEN_SIGNATURE".to_owned());
    assert_eq!(trusting.answer(&of(&stranger)).await, refused);
    trusting.product.stop().await;
}

#[tokio::test]
async fn what_is_no_call_is_not_carried_out() {
    let product = Product::start().await;
    let mut plain = Plain::to(product.address()).await;
    let who = [("x-getmodern-person", "people/ada"), (ROLE_HEADER, "OPERATOR")];
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS, Method::PATCH] {
        for path in [LIST, "/grpc.health.v1.Health/Check"] {
            let body = if method == Method::HEAD { Bytes::new() } else { framed(0, &[]) };
            let answer = plain.try_call_as(method.clone(), path, &who, body).await.expect("an answer");
            assert_eq!(answer.http, 405, "{method} {path}");
        }
    }
    let names: Vec<_> = (0..200).map(|number| format!("x-{number}")).collect();
    for (count, http) in [(90, 200), (101, 431)] {
        let more: Vec<_> = names[..count].iter().map(|name| (name.as_str(), "h")).chain(who).collect();
        assert_eq!(plain.call(LIST, &more, framed(0, &[])).await.http, http, "{count} headers");
    }
    serves(&product).await;
    product.stop().await;
}
