//! Every method, asked by everybody: each way of not showing who one is, and each role. The outcome is in one file for
//! people to review; a method added tomorrow has no row in it, and fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use expect_test::expect_file;
use prost::Message;
use proto::common::v1::{Event, ListEventsRequest, ListEventsResponse, Role};
use serde_json::{Value, json};
use tests::{Product, actor};
use tonic::Code;

use super::{
    issuer::Issuer,
    signer::{Signer, now, signed, with_secret},
    tokens::ADA,
};
use crate::{
    catalogue::{METHODS, Method, ROLES},
    faults::gateway::eventually,
    hostile::LIST,
    processes::SERVICES as OWN,
    story::play::{OTHER_FTA, play},
    systems::{SYSTEMS, grants},
    wire::{Wire, refusal},
    world::{ENGAGEMENT, INTAKE, ROSTER, SIX, STRANGER, TASKS, World},
};

/// A product, and what everybody shows it.
struct Gallery {
    wire: Wire,
    issuer: Issuer,
    signer: Signer,
}

impl Gallery {
    async fn start() -> (Product, Self) {
        let signer = Signer::curve("first");
        let issuer = Issuer::with(&signer).await;
        let mut setting = issuer.setting();
        let subject = |system: &str| format!("{system}={}", system.trim_start_matches("services/"));
        setting.service_subjects = SYSTEMS.map(|system| subject(system).parse().expect("an item")).into();
        let product =
            Product::with(|settings| (settings.identity, settings.grants) = (setting, grants())).await;
        let gallery = Self { wire: Wire::to(&product), issuer, signer };
        let good = [gallery.as_one("LEADERSHIP")];
        let known = async || (gallery.ask(LIST, &good, Vec::new()).await.0 == Code::Ok).then_some(());
        eventually("the keys are there", known).await;
        (product, gallery)
    }

    async fn ask(&self, path: &str, tokens: &[String], body: Vec<u8>) -> (Code, String) {
        let bearers: Vec<_> = tokens.iter().map(|token| format!("Bearer {token}")).collect();
        let headers: Vec<_> = bearers.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        refusal(self.wire.send(path, &headers, body).await)
    }

    /// The token of somebody who has this role alone, or of a system.
    fn as_one(&self, caller: &'static str) -> String {
        let mut claims = self.issuer.claims(actor("people/ada", caller), 600);
        if SYSTEMS.contains(&caller) {
            claims["sub"] = json!(caller);
        }
        self.signer.token(&claims)
    }

    /// Every way of not showing who one is: what is shown instead, and what comes of it.
    fn strangers(&self) -> Vec<(&'static str, Vec<String>, &'static str)> {
        let (signer, claims) = (&self.signer, self.issuer.claims(ADA, 600));
        let but = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            vec![signer.token(&claims)]
        };
        let headed = |algorithm: &str| {
            let mut header = signer.header();
            header["alg"] = json!(algorithm);
            header
        };
        let good = signer.token(&claims);
        vec![
            ("nothing", vec![], "TOKEN_MISSING"),
            ("expired", but("exp", json!(now() - 61)), "TOKEN_EXPIRED"),
            ("not yet valid", but("nbf", json!(now() + 600)), "TOKEN_NOT_YET_VALID"),
            ("wrong issuer", but("iss", json!("https://fabrikam.example")), "TOKEN_ISSUER"),
            ("wrong audience", but("aud", json!("crm")), "TOKEN_AUDIENCE"),
            ("unsigned", vec![format!("{}.", signed(&headed("none"), &claims))], "TOKEN_ALGORITHM"),
            (
                "key as secret",
                vec![with_secret(&signer.known(), &headed("HS256"), &claims)],
                "TOKEN_ALGORITHM",
            ),
            ("unknown key", vec![Signer::curve("second").token(&claims)], "TOKEN_KEY_UNKNOWN"),
            ("oversized", but("padding", json!("x".repeat(8 * 1024))), "TOKEN_TOO_LARGE"),
            ("two tokens", vec![good.clone(), good], "TOKEN_MALFORMED"),
        ]
    }

    /// How much the three journals hold that somebody has done who is asked for here; services go on by themselves.
    async fn acts(&self) -> usize {
        let bearer = format!("Bearer {}", self.as_one("LEADERSHIP"));
        let mut acts = 0;
        for service in [INTAKE, ENGAGEMENT, TASKS] {
            let body = ListEventsRequest { page_size: 500, ..ListEventsRequest::default() }.encode_to_vec();
            let path = format!("/{service}/ListEvents");
            let answer =
                self.wire.send(&path, &[("authorization", &bearer)], body).await.expect("it is read");
            let events = ListEventsResponse::decode(answer.as_slice()).expect("it reads").events;
            assert!(events.len() < 500, "all of them");
            let ours = |event: &&Event| {
                let own = |person: &str| OWN.iter().any(|own| person == format!("services/{own}"));
                event.stamp.as_ref().is_some_and(|stamp| !own(&stamp.person))
            };
            acts += events.iter().filter(ours).count();
        }
        acts
    }

    /// What each role and system is told by a method, with a request of the right form about what is not there.
    async fn callers(&self, method: &Method) -> BTreeMap<String, Vec<&'static str>> {
        let mut told: BTreeMap<String, Vec<_>> = BTreeMap::new();
        let callers = ROLES.iter().map(String::as_str).chain(SYSTEMS);
        let (insiders, outsiders): (Vec<_>, Vec<_>) = callers.partition(|caller| method.admits(caller));
        let before = self.acts().await;
        for (caller, is_insider) in marked(&outsiders, false).chain(marked(&insiders, true)) {
            let key = format!("{}-{}", method.name, caller.replace('/', "-"));
            let body = method.example(&key).encode_to_vec();
            let (code, reason) = self.ask(&method.path(), &[self.as_one(caller)], body).await;
            told.entry(format!("{code:?} {reason}").trim().to_owned()).or_default().push(caller);
            assert!(is_insider || reason == method.refusal(caller), "{caller} calls {}", method.path());
            if Some(&caller) == outsiders.last() {
                assert_eq!(self.acts().await, before, "outsiders call {}", method.path());
            }
        }
        told
    }
}

fn marked<'a>(callers: &'a [&'static str], is: bool) -> impl Iterator<Item = (&'static str, bool)> + 'a {
    callers.iter().map(move |caller| (*caller, is))
}

/// The snapshot is for people to read and agree to; run with `UPDATE_EXPECT=1` to renew it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_refuses_every_stranger_and_lets_in_the_roles_and_systems_that_may_call() {
    let (product, gallery) = Gallery::start().await;
    let strangers = gallery.strangers();
    let mut matrix = String::from("Strangers, whom every method refuses as Unauthenticated\n");
    for (name, _, reason) in &strangers {
        let _ = writeln!(matrix, "  {reason:<40} {name}");
    }
    for method in METHODS.iter() {
        let service = method.service.rsplit('.').next().unwrap_or_default();
        let _ = writeln!(matrix, "\n{service}/{}", method.name);
        let before = gallery.acts().await;
        for (name, tokens, reason) in &strangers {
            let body = method.example("matrix").encode_to_vec();
            let found = gallery.ask(&method.path(), tokens, body).await;
            assert_eq!(
                found,
                (Code::Unauthenticated, (*reason).to_owned()),
                "{name} calls {}",
                method.path()
            );
        }
        assert_eq!(gallery.acts().await, before, "{}", method.path());
        for (outcome, callers) in gallery.callers(method).await {
            let _ = writeln!(matrix, "  {outcome:<40} {}", callers.join(" "));
        }
    }
    expect_file!["matrix.txt"].assert_eq(&matrix);
    assert!(gallery.acts().await > 0, "what is done does show");
    product.stop().await;
}

/// Whoever has the right role and no part in the customer tries everything that somebody on the roster then does, and
/// somebody of the roster in a seat that is not theirs. The first finds nothing there; the second is told why not. The
/// snapshot is for people to read and agree to; run with `UPDATE_EXPECT=1` to renew it.
#[tokio::test]
async fn the_right_role_is_not_enough_where_a_roster_names_people() {
    let mut world = World::new().await;
    world.strangers = Some(Vec::new());
    play(&mut world).await;
    let told = world.strangers.take().expect("they tried");
    let tried: BTreeSet<_> = told.iter().map(|(method, _)| method.as_str()).collect();
    let on_roster =
        |method: &&Method| !method.reads() && method.roles.iter().any(|role| ROSTER.contains(&&**role));
    for method in METHODS.iter().filter(on_roster) {
        assert!(tried.contains(&*method.path()), "a stranger tries {}", method.path());
    }
    let lines: BTreeSet<_> = told.iter().map(|(method, answer)| format!("{method:<68} {answer}\n")).collect();
    expect_file!["roster.txt"].assert_eq(&lines.into_iter().collect::<String>());
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        let events = world.events(service, "").await;
        let by = |event: &Event| {
            let stamp = event.stamp.as_ref().expect("who did it");
            let seat = ROSTER.contains(
                &Role::try_from(stamp.role).expect("a role").as_str_name().trim_start_matches("ROLE_"),
            );
            let theirs = SIX.iter().chain([&OTHER_FTA]).any(|seated| {
                seated.person == stamp.person
                    && format!("ROLE_{}", seated.role)
                        == Role::try_from(stamp.role).expect("a role").as_str_name()
            });
            stamp.person == STRANGER || seat && !theirs
        };
        assert!(!events.is_empty() && !events.iter().any(by), "{service}");
    }
    world.end().await;
}
