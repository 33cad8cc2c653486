//! Who is let in with which token, and what each of the others is told.

use getmodern::client::Actor;
use host::ROLE_HEADER;
use serde_json::{Value, json};
use tests::{Product, actor};
use tonic::Code;

use super::{
    issuer::Issuer,
    signer::{Signer, now, signed, text, with_secret},
};
use crate::{
    faults::gateway::eventually,
    hostile::LIST,
    wire::{Wire, refusal},
};

pub(super) const ADA: Actor = actor("people/ada", "GMFTA");
/// For a Get Modern SME alone.
const APPROVE: &str = "/getmodern.engagement.v1.EngagementService/ApproveReengagement";

/// A product that trusts an issuer of ours, who has this key.
pub(super) struct Trusting {
    pub(super) product: Product,
    pub(super) issuer: Issuer,
    pub(super) signer: Signer,
    /// One connection for all: who comes anew for every call is not let in so often.
    wire: Wire,
}

impl Trusting {
    pub(super) async fn start(signer: Signer) -> Self {
        let issuer = Issuer::with(&signer).await;
        let product = Product::with(|settings| settings.identity = issuer.setting()).await;
        let wire = Wire::to(&product);
        let trusting = Self { product, issuer, signer, wire };
        eventually("the keys are there", async || trusting.lets_in(&trusting.good()).await.then_some(()))
            .await;
        trusting
    }

    /// A token that lets ada in.
    pub(super) fn good(&self) -> String {
        self.signer.token(&self.issuer.claims(ADA, 600))
    }

    pub(super) async fn lets_in(&self, token: &str) -> bool {
        self.answer(token).await == (Code::Ok, String::new())
    }

    /// What a bearer of `token` is told.
    pub(super) async fn answer(&self, token: &str) -> (Code, String) {
        self.told(&[("authorization", &format!("Bearer {token}"))]).await
    }

    async fn told(&self, headers: &[(&str, &str)]) -> (Code, String) {
        refusal(self.wire.send(LIST, headers, Vec::new()).await)
    }

    /// Claims that let ada in but for one.
    fn claims_but(&self, name: &str, value: Value) -> Value {
        let mut claims = self.issuer.claims(ADA, 600);
        claims[name] = value;
        claims
    }
}

fn unauthenticated(reason: &str) -> (Code, String) {
    (Code::Unauthenticated, reason.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_that_its_issuer_publishes_signs_in_its_own_ways() {
    for signer in [Signer::rsa("rsa"), Signer::curve("curve"), Signer::edwards("edwards")] {
        let trusting = Trusting::start(signer).await;
        let (signer, claims) = (&trusting.signer, trusting.issuer.claims(ADA, 600));
        let header = |name: &str, value: Value| {
            let mut header = signer.header();
            header[name] = value;
            header
        };
        let mut lacking = signer.header();
        lacking.as_object_mut().expect("an object").retain(|name, _| name == "alg");
        assert!(trusting.lets_in(&signer.token_with(&lacking, &claims)).await, "one key needs no name");
        for kind in ["JWT", "at+jwt", "application/at+JWT"] {
            assert!(
                trusting.lets_in(&signer.token_with(&header("typ", json!(kind)), &claims)).await,
                "{kind}"
            );
        }
        let pss = trusting.answer(&signer.token_with(&header("alg", json!("PS384")), &claims)).await;
        let expected =
            if signer.id == "rsa" { (Code::Ok, String::new()) } else { unauthenticated("TOKEN_ALGORITHM") };
        assert_eq!(pss, expected, "{}", signer.id);
        for secret in [signer.known(), trusting.signer.public().to_string().into_bytes(), Vec::new()] {
            let confused = with_secret(&secret, &header("alg", json!("HS256")), &claims);
            assert_eq!(trusting.answer(&confused).await, unauthenticated("TOKEN_ALGORITHM"), "{}", signer.id);
        }
        trusting.product.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_not_as_it_has_to_be_is_refused_with_its_own_reason() {
    let trusting = Trusting::start(Signer::rsa("first")).await;
    let (signer, claims) = (&trusting.signer, trusting.issuer.claims(ADA, 600));
    let with = |name: &str, value: Value| signer.token(&trusting.claims_but(name, value));
    let headed = |name: &str, value: Value| {
        let mut header = signer.header();
        header[name] = value;
        signer.token_with(&header, &claims)
    };
    let good = trusting.good();
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let (mut changed, other) = (trusting.issuer.claims(ADA, 600), Signer::rsa("first"));
    changed["roles"] = json!(["OPERATOR"]);
    let changed = format!("{}.{signature}", signed(&signer.header(), &changed));
    let unsigned = |alg: &str| format!("{}.", signed(&json!({ "typ": "JWT", "alg": alg }), &claims));
    for (what, token, reason) in [
        ("over", with("exp", json!(now() - 61)), "TOKEN_EXPIRED"),
        ("not begun", with("nbf", json!(now() + 120)), "TOKEN_NOT_YET_VALID"),
        ("of tomorrow", with("iat", json!(now() + 120)), "TOKEN_NOT_YET_VALID"),
        ("endless", with("exp", Value::Null), "TOKEN_TIMES"),
        ("a time in words", with("nbf", json!("yesterday")), "TOKEN_TIMES"),
        ("of no time", with("iat", json!(true)), "TOKEN_TIMES"),
        ("from nothing", with("nbf", Value::Null), "TOKEN_TIMES"),
        ("another issuer's", with("iss", json!("https://fabrikam.example")), "TOKEN_ISSUER"),
        ("nobody's", with("iss", Value::Null), "TOKEN_ISSUER"),
        ("for somebody else", with("aud", json!("crm")), "TOKEN_AUDIENCE"),
        ("for nobody", with("aud", json!([])), "TOKEN_AUDIENCE"),
        ("unsigned", unsigned("none"), "TOKEN_ALGORITHM"),
        ("unsigned, in capitals", unsigned("NONE"), "TOKEN_ALGORITHM"),
        ("unsigned after all", unsigned("RS256"), "TOKEN_SIGNATURE"),
        ("of another hash", headed("alg", json!("RS512")), "TOKEN_SIGNATURE"),
        ("of another kind of key", headed("alg", json!("ES256")), "TOKEN_ALGORITHM"),
        ("of another key", other.token(&claims), "TOKEN_SIGNATURE"),
        ("of an unknown key", Signer::rsa("second").token(&claims), "TOKEN_KEY_UNKNOWN"),
        ("changed", changed, "TOKEN_SIGNATURE"),
        ("cut", message.to_owned(), "TOKEN_MALFORMED"),
        ("without a signature", format!("{message}."), "TOKEN_SIGNATURE"),
        ("in four parts", format!("{good}.{signature}"), "TOKEN_MALFORMED"),
        ("with what must be understood", headed("crit", json!(["exp"])), "TOKEN_MALFORMED"),
        ("for another use", headed("typ", json!("logout+jwt")), "TOKEN_MALFORMED"),
        ("no token", "canary".to_owned(), "TOKEN_MALFORMED"),
        ("nothing", String::new(), "TOKEN_MALFORMED"),
        ("no JSON", format!("{}.{}.{signature}", text(b"{"), text(b"{}")), "TOKEN_MALFORMED"),
        (
            "deep",
            format!("{}.{}.{signature}", text(b"{\"alg\":\"RS256\"}"), text(&b"[".repeat(5000))),
            "TOKEN_MALFORMED",
        ),
        ("long", with("padding", json!("x".repeat(8 * 1024))), "TOKEN_TOO_LARGE"),
        ("without a person", with("sub", Value::Null), "TOKEN_PERSON"),
        (
            "of a person with a longer name than a provider may give",
            with("sub", json!("a".repeat(256))),
            "TOKEN_PERSON",
        ),
        ("without roles", with("roles", json!([])), "ROLE_NOT_GRANTED"),
        ("of a system by its role", with("roles", json!(["SERVICE"])), "ROLE_NOT_GRANTED"),
        ("of several roles", with("roles", json!(["GMFTA", "SME"])), "ROLE_NOT_CHOSEN"),
    ] {
        assert_eq!(trusting.answer(&token).await, unauthenticated(reason), "a token {what}");
        assert!(trusting.lets_in(&good).await, "after a token {what}");
    }
    trusting.product.stop().await;
}

#[tokio::test]
async fn a_call_carries_one_header_with_one_token() {
    let trusting = Trusting::start(Signer::curve("first")).await;
    let good = format!("Bearer {}", trusting.good());
    let bearer = |value: &str| value.replacen("Bearer", "bearer", 1);
    assert_eq!(trusting.told(&[("authorization", &bearer(&good))]).await.0, Code::Ok);
    for (headers, reason) in [
        (&[][..], "TOKEN_MISSING"),
        (&[("x-getmodern-person", "people/ada"), (ROLE_HEADER, "GMFTA")][..], "TOKEN_MISSING"),
        (&[("authorization", good.as_str()), ("authorization", good.as_str())][..], "TOKEN_MALFORMED"),
        (&[("authorization", "Basic YWRhOmFkYQ==")][..], "TOKEN_MALFORMED"),
        (&[("authorization", "Bearer")][..], "TOKEN_MALFORMED"),
        (&[("authorization", &good[7..])][..], "TOKEN_MALFORMED"),
    ] {
        assert_eq!(trusting.told(headers).await, unauthenticated(reason), "{headers:?}");
    }
    let refused = trusting.wire.send(LIST, &[], Vec::new()).await.expect_err("refused");
    let hint = refused.metadata().get("www-authenticate").and_then(|hint| hint.to_str().ok());
    assert_eq!(hint, Some("Bearer realm=\"getmodern\""));
    trusting.product.stop().await;
}

#[tokio::test]
async fn the_role_to_act_in_is_chosen_among_those_that_the_token_grants() {
    let trusting = Trusting::start(Signer::curve("first")).await;
    let roles = json!(["GMFTA", "GET_MODERN_SME"]);
    let both = format!("Bearer {}", trusting.signer.token(&trusting.claims_but("roles", roles)));
    let acting = async |roles: &[&str]| {
        let mut headers = vec![("authorization", both.as_str())];
        headers.extend(roles.iter().map(|role| (ROLE_HEADER, *role)));
        refusal(trusting.wire.send(APPROVE, &headers, Vec::new()).await)
    };
    let (invalid, forbidden) = (Code::InvalidArgument, Code::PermissionDenied);
    assert_eq!(acting(&["GET_MODERN_SME"]).await, (invalid, "INVALID_REQUEST".to_owned()));
    assert_eq!(acting(&["GMFTA"]).await, (forbidden, "WRONG_ROLE".to_owned()));
    assert_eq!(acting(&[]).await, unauthenticated("ROLE_NOT_CHOSEN"));
    for lacking in [&["SME"][..], &["get_modern_sme"], &[""], &["SERVICE"], &["GMFTA", "GET_MODERN_SME"]] {
        assert_eq!(acting(lacking).await, unauthenticated("ROLE_NOT_GRANTED"), "{lacking:?}");
    }
    let state = trusting.product.leave().await;
    let kept =
        "SELECT DISTINCT person || ' ' || coalesce(role, '-') FROM refusal WHERE reason LIKE 'ROLE_NOT_%'";
    assert_eq!(state.ask("engagement", kept), ["people/ada -"], "who it was is known all the same");
}
