//! An issuer's keys change, and the issuer is away now and then.

use std::{fs, path::Path};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use futures::future::join_all;
use serde_json::json;
use tests::Product;
use tonic::Code;

use super::{
    issuer::Issuer,
    signer::Signer,
    tokens::{ADA, Trusting},
};
use crate::{
    faults::gateway::eventually,
    hostile::LIST,
    wire::{Wire, refusal},
};

async fn answer(wire: &Wire, token: &str) -> (Code, String) {
    let bearer = format!("Bearer {token}");
    refusal(wire.send(LIST, &[("authorization", &bearer)], Vec::new()).await)
}

fn keys_away() -> (Code, String) {
    (Code::Unavailable, "TOKEN_KEYS_UNAVAILABLE".to_owned())
}

fn unknown() -> (Code, String) {
    (Code::Unauthenticated, "TOKEN_KEY_UNKNOWN".to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_is_asked_for_once_by_all_who_meet_it() {
    let trusting = Trusting::start(Signer::curve("first")).await;
    let (second, third) = (Signer::curve("second"), Signer::curve("third"));
    trusting.issuer.publish(&[&trusting.signer, &second]);
    let before = trusting.issuer.asked_for_keys();
    let new = second.token(&trusting.issuer.claims(ADA, 600));
    let all = join_all((0..20).map(|_| trusting.answer(&new))).await;
    assert!(all.iter().all(|(code, _)| *code == Code::Ok), "{all:?}");
    assert_eq!(trusting.issuer.asked_for_keys(), before + 1);
    let foreign = third.token(&trusting.issuer.claims(ADA, 600));
    let all = join_all((0..20).map(|_| trusting.answer(&foreign))).await;
    assert!(all.iter().all(|answer| *answer == unknown()), "{all:?}");
    // A slow machine may have left time for another question, but not for one each.
    assert!(trusting.issuer.asked_for_keys() <= before + 3, "{}", trusting.issuer.asked_for_keys());
    trusting.product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_at_hand_stay_good_while_their_issuer_is_away() {
    let trusting = Trusting::start(Signer::curve("first")).await;
    trusting.issuer.be_away(true);
    let stranger = Signer::curve("second");
    let foreign = stranger.token(&trusting.issuer.claims(ADA, 600));
    assert_eq!(trusting.answer(&foreign).await, unknown());
    assert!(trusting.lets_in(&trusting.good()).await);
    trusting.issuer.publish(&[&trusting.signer, &stranger]);
    trusting.issuer.be_away(false);
    eventually("the new key is good", async || trusting.lets_in(&foreign).await.then_some(())).await;
    trusting.product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_who_says_nothing_holds_up_those_with_unknown_keys_and_nobody_else() {
    let signer = Signer::curve("first");
    let issuer = Issuer::with(&signer).await;
    let product = Product::with(|settings| {
        settings.identity = issuer.setting();
        settings.limits.calls = 200;
    })
    .await;
    let good = signer.token(&issuer.claims(ADA, 600));
    let wires: Vec<_> = (0..3).map(|_| Wire::to(&product)).collect();
    let lets_in = async || answer(&wires[0], &good).await.0 == Code::Ok;
    eventually("the keys are there", async || lets_in().await.then_some(())).await;
    issuer.be_silent(true);
    let foreign = Signer::curve("second").token(&issuer.claims(ADA, 600));
    let before = issuer.approaches();
    // More than may wait, and fewer than the process takes on.
    let asked = join_all((0..160).map(|number| answer(&wires[1 + number % 2], &foreign)));
    let meanwhile = async {
        eventually("it is asked", async || (issuer.approaches() > before).then_some(())).await;
        for _ in 0..20 {
            assert!(lets_in().await, "who was let in is let in");
        }
    };
    let (told, ()) = futures::future::join(asked, meanwhile).await;
    assert!(told.iter().all(|answer| [unknown(), keys_away()].contains(answer)), "{told:?}");
    assert!(told.contains(&keys_away()), "not all of them waited");
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_that_never_saw_its_issuer_says_so_and_lets_in_once_it_did() {
    let signer = Signer::curve("first");
    let issuer = Issuer::with(&signer).await;
    issuer.be_away(true);
    let product = Product::unready(|settings| settings.identity = issuer.setting()).await;
    let wire = Wire::to(&product);
    let good = signer.token(&issuer.claims(ADA, 600));
    eventually("it asks", async || (issuer.approaches() > 1).then_some(())).await;
    assert_eq!(answer(&wire, &good).await, keys_away());
    issuer.be_away(false);
    eventually("it lets in", async || (answer(&wire, &good).await.0 == Code::Ok).then_some(())).await;
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_who_speaks_for_another_or_cannot_show_a_certificate_is_not_believed() {
    let signer = Signer::curve("first");
    let (posing, unproven) = (Issuer::with(&signer).await, Issuer::with(&signer).await);
    posing.speak_for("https://fabrikam.example");
    let other = Issuer::with(&signer).await;
    let unvouched = host::IdentitySetting { issuer_ca: other.setting().issuer_ca, ..unproven.setting() };
    for (issuer, setting) in [(&posing, posing.setting()), (&unproven, unvouched)] {
        let product = Product::unready(|settings| settings.identity = setting).await;
        let wire = Wire::to(&product);
        let good = signer.token(&issuer.claims(ADA, 600));
        eventually("it asks again", async || (issuer.approaches() > 2).then_some(())).await;
        assert_eq!(answer(&wire, &good).await, keys_away());
        assert_eq!(issuer.asked_for_keys(), 0);
        product.stop().await;
    }
}

/// A product that believes the keys in `file`.
async fn trusting(file: &Path) -> Product {
    let setting = host::IdentitySetting {
        issuer: Some("urn:contoso".to_owned()),
        audience: Some("getmodern".to_owned()),
        jwks: Some(format!("@{}", file.display())),
        ..host::IdentitySetting::default()
    };
    Product::with(|settings| settings.identity = setting).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_in_a_file_are_read_again_when_it_changes() {
    let (first, second) = (Signer::curve("first"), Signer::edwards("second"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keys.json");
    let publish = |signer: &Signer| {
        let new = folder.path().join("new");
        fs::write(&new, json!({ "keys": [{ "kty": "new" }, signer.public()] }).to_string()).expect("written");
        fs::rename(new, &file).expect("in place");
    };
    publish(&first);
    let product = trusting(&file).await;
    let wire = Wire::to(&product);
    let claims = super::signer::claims("urn:contoso", ADA, 600);
    let (old, new) = (first.token(&claims), second.token(&claims));
    assert_eq!(answer(&wire, &old).await.0, Code::Ok);
    publish(&second);
    eventually("the new key is good", async || (answer(&wire, &new).await.0 == Code::Ok).then_some(())).await;
    assert_eq!(answer(&wire, &old).await, unknown());
    fs::write(&file, "half a").expect("written");
    assert_eq!(answer(&wire, &old).await, unknown());
    assert_eq!(answer(&wire, &new).await.0, Code::Ok);
    product.stop().await;
}

/// RFC 7518, 6.3.1.1 forbids them, and some issuers write them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_modulus_with_zeros_before_it_is_the_same_number() {
    let (signer, folder) = (Signer::rsa("first"), tempfile::tempdir().expect("a folder"));
    let (mut key, file) = (signer.public(), folder.path().join("keys.json"));
    let modulus = BASE64_URL_SAFE_NO_PAD.decode(key["n"].as_str().expect("a number")).expect("a number");
    key["n"] = json!(BASE64_URL_SAFE_NO_PAD.encode([&[0, 0], &modulus[..]].concat()));
    fs::write(&file, json!({ "keys": [key] }).to_string()).expect("written");
    let product = trusting(&file).await;
    let good = signer.token(&super::signer::claims("urn:contoso", ADA, 600));
    assert_eq!(answer(&Wire::to(&product), &good).await.0, Code::Ok);
    product.stop().await;
}
