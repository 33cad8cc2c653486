//! A certificate makes a system, of the name that is in it; it never makes a person.

use getmodern::client::Actor;
use host::{IdentitySetting, PERSON_HEADER, ROLE_HEADER, TlsSetting};
use tests::{Product, actor};
use tonic::{Code, Status};

use super::{
    authority::{Authority, Vouched, domain},
    way::Way,
};
use crate::{
    hostile::LIST,
    identity::{
        signer::{Signer, claims},
        trial::Trial,
    },
    wire::{Wire, reason, refusal},
};

const GATEWAY: Actor = actor("people/gateway", "REENGAGEMENT_MANAGER");
const OPEN: &str = "/getmodern.intake.v1.IntakeService/OpenCase";
const ISSUER: &str = "urn:contoso";

/// A product that knows systems by their certificates, and people by their tokens.
struct Known {
    product: Product,
    servers: Authority,
    systems: Authority,
    signer: Signer,
    _keys: tempfile::TempDir,
}

impl Known {
    async fn start(names: &[&str]) -> Self {
        let (servers, systems) = (Authority::new("servers"), Authority::new("systems"));
        let (signer, keys) = (Signer::curve("first"), tempfile::tempdir().expect("a folder"));
        let file = keys.path().join("keys.json");
        std::fs::write(&file, serde_json::json!({ "keys": [signer.public()] }).to_string()).expect("written");
        let names = names.iter().map(|name| name.parse().expect("an item")).collect();
        let tls = TlsSetting {
            client_ca: Some(systems.ca()),
            client_services: names,
            trust_domain: Some(domain()),
            ..servers.server()
        };
        let identity = IdentitySetting {
            issuer: Some(ISSUER.to_owned()),
            audience: Some("getmodern".to_owned()),
            jwks: Some(format!("@{}", file.display())),
            ..IdentitySetting::default()
        };
        let grants = ["crm", "sync"].map(|system| format!("{system}=READ").parse().expect("an item"));
        let product = Product::with(|settings| {
            (settings.tls, settings.identity, settings.grants) = (tls, identity, grants.into());
        })
        .await;
        Self { product, servers, systems, signer, _keys: keys }
    }

    fn wire(&self, own: Option<&Vouched>) -> Wire {
        Way::new(&self.servers.ca(), own).wire(self.product.address())
    }

    async fn asks(&self, own: &Vouched, path: &str, headers: &[(&str, &str)]) -> Result<Vec<u8>, Status> {
        self.wire(Some(own)).send(path, headers, Vec::new()).await
    }
}

fn unauthenticated(reason: &str) -> (Code, String) {
    (Code::Unauthenticated, reason.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_is_known_by_its_certificate_and_acts_as_nothing_else() {
    let known = Known::start(&[]).await;
    let crm = known.systems.system("crm");
    let (service, gmfta) = ((ROLE_HEADER, "SERVICE"), (ROLE_HEADER, "GMFTA"));
    assert_eq!(refusal(known.asks(&crm, LIST, &[]).await).0, Code::Ok);
    assert_eq!(refusal(known.asks(&crm, LIST, &[service]).await).0, Code::Ok);
    let wrong = (Code::PermissionDenied, "WRONG_ROLE".to_owned());
    assert_eq!(refusal(known.asks(&crm, OPEN, &[]).await), wrong);
    assert_eq!(refusal(known.asks(&crm, LIST, &[gmfta]).await), unauthenticated("ROLE_NOT_GRANTED"));
    let posing = [(PERSON_HEADER, "people/ada"), gmfta];
    assert_eq!(refusal(known.asks(&crm, LIST, &posing).await), unauthenticated("TOKEN_MISSING"));
    // Who passes on what others say, such as a gateway, says it in their name alone.
    let bearer = format!("Bearer {}", known.signer.token(&claims(ISSUER, GATEWAY, 600)));
    let invalid = (Code::InvalidArgument, "INVALID_REQUEST".to_owned());
    assert_eq!(refusal(known.asks(&crm, OPEN, &[("authorization", &bearer)]).await), invalid);
    let bad = [("authorization", "Bearer canary")];
    assert_eq!(refusal(known.asks(&crm, LIST, &bad).await), unauthenticated("TOKEN_MALFORMED"));
    known.product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_nobody_known_is_nobodys_and_a_bad_one_closes_the_door() {
    let known = Known::start(&[]).await;
    let uri = |path: &str| format!("spiffe://contoso.example/{path}");
    let (crm, erp, ada) = (uri("services/crm"), uri("services/erp"), uri("people/ada"));
    let missing = unauthenticated("TOKEN_MISSING");
    let foreign = |domain: &str| format!("spiffe://{domain}/services/engagement");
    let [theirs, wild, empty, port] = ["attacker.example", "*", "", "contoso.example:443"].map(foreign);
    for names in [
        &[ada.as_str()][..],
        &[&crm, &erp],
        &["crm.contoso.example"],
        &[],
        &[&theirs],
        &[&wild],
        &[&empty],
        &[&port],
    ] {
        let own = known.systems.vouch("some", names);
        assert_eq!(refusal(known.asks(&own, LIST, &[]).await), missing, "{names:?}");
    }
    assert_eq!(refusal(known.wire(None).send(LIST, &[], Vec::new()).await), missing);
    let over = known.systems.vouch_until("over", &[&crm], 2020);
    let others = Authority::new("systems");
    let foreign = others.vouch("some", &[&crm]);
    let own = known.servers.vouch("some", &[&crm]);
    for bad in [over, foreign, own] {
        let refused = known.asks(&bad, LIST, &[]).await.expect_err("no connection");
        assert!(
            std::error::Error::source(&refused).is_some() || refused.code() == Code::Unavailable,
            "{refused:?}"
        );
    }
    known.product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_names_are_given_only_these_are_systems() {
    let known = Known::start(&["crm.contoso.example=crm", "spiffe://contoso.example/ns/sync=sync"]).await;
    for name in ["crm.contoso.example", "spiffe://contoso.example/ns/sync"] {
        let own = known.systems.vouch("some", &[name]);
        assert_eq!(refusal(known.asks(&own, LIST, &[]).await).0, Code::Ok, "{name}");
    }
    for name in ["erp.contoso.example", "spiffe://contoso.example/services/crm"] {
        let own = known.systems.vouch("some", &[name]);
        let refused = known.asks(&own, LIST, &[]).await.expect_err("nobody");
        assert_eq!(reason(&refused), "TOKEN_MISSING", "{name}");
    }
    known.product.stop().await;
}

#[test]
fn a_trial_key_is_no_certificate() {
    let trial = Trial::new();
    let refused = tests::command(&tests::State::in_files(), &["--listen", "127.0.0.1:0"])
        .arg(format!("--tls-certificate={}", trial.file("trial.pem")))
        .arg(format!("--tls-key={}", trial.file("trial.pem")))
        .output()
        .expect("it runs");
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && told.contains("there is no certificate in it"), "{told}");
}
