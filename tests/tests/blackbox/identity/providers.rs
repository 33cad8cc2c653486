//! Tokens as the usual providers give them: whom the product takes their bearers for, and as what.
//!
//! `providers/*.json` has of each what it says in a token, with times in seconds from now, what the product is told besides the
//! issuer and its keys, and who comes of it. The keys are the test's own.

use std::{collections::BTreeMap, fs, process::Stdio};

use prost::Message;
use proto::{
    common::v1::{ListEventsRequest, ListEventsResponse},
    intake::v1::{Case, ListPoliciesRequest, OpenCaseRequest},
};
use serde_json::{Value, json};
use tests::{Process, State, command};
use tonic::{Status, transport::Endpoint};

use super::signer::{Signer, now};
use crate::{
    pages::page,
    wire::{Wire, reason},
    world::INTAKE,
};

/// The seconds of a token.
const TIMES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];

/// A provider, and the product that trusts it.
struct Provider {
    told: Value,
    wire: Wire,
    signer: Signer,
    state: State,
    _product: Process,
}

impl Provider {
    fn trusted(told: Value) -> Self {
        let (state, signer) = (State::new(), Signer::rsa("first"));
        let keys = state.folder().join("keys.jwks");
        fs::write(&keys, json!({ "keys": [signer.public()] }).to_string()).expect("written");
        let mut serve = command(&state, &["--listen", "127.0.0.1:0"]);
        serve.arg("--issuer").arg(told["claims"]["iss"].as_str().expect("an issuer"));
        serve.arg(format!("--jwks=@{}", keys.display())).args(texts(&told["arguments"]));
        serve.stderr(Stdio::null());
        let product = Process::run(serve).expect("it serves");
        let endpoint = Endpoint::from_shared(format!("http://{}", product.address)).expect("an address");
        Self { told, wire: Wire::on(endpoint.connect_lazy()), signer, state, _product: product }
    }

    async fn send<M: Message>(&self, method: &str, message: &M) -> Result<Vec<u8>, Status> {
        let path = format!("/{INTAKE}/{method}");
        let bearer = format!("Bearer {}", token(&self.signer, &self.told));
        self.wire.send(&path, &[("authorization", &bearer)], message.encode_to_vec()).await
    }

    fn person(&self) -> &str {
        self.told["person"].as_str().expect("a person")
    }

    /// The person in whose name a case of `tenant` was opened, or refused.
    async fn acted(&self, tenant: &str) -> String {
        if let Some(expected) = self.told["refused"].as_str() {
            let refused = self.send("OpenCase", &OpenCaseRequest::default()).await.expect_err("refused");
            assert_eq!(reason(&refused), expected);
            return kept(&self.state);
        }
        let open = OpenCaseRequest {
            request_id: format!("open-{tenant}"),
            customer: "Contoso".to_owned(),
            tenant: tenant.to_owned(),
            ..OpenCaseRequest::default()
        };
        let case = self.send("OpenCase", &open).await.unwrap_or_else(|status| panic!("{status:?}"));
        let resource = Case::decode(case.as_slice()).expect("a case").name;
        let list = ListEventsRequest { resource, ..ListEventsRequest::default() };
        let events = self.send("ListEvents", &list).await.expect("events");
        let events = ListEventsResponse::decode(events.as_slice()).expect("events").events;
        events[0].stamp.as_ref().expect("who").person.clone()
    }
}

/// The person who was refused, as soon as the refusal is kept.
fn kept(state: &State) -> String {
    let begun = std::time::Instant::now();
    loop {
        if let [person] = state.ask("intake", "SELECT DISTINCT person FROM refusal").as_slice() {
            return person.clone();
        }
        assert!(begun.elapsed() < tests::PATIENCE, "a refusal is kept");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// A token as the provider makes it, for now.
fn token(signer: &Signer, told: &Value) -> String {
    let (mut header, mut claims) = (told["header"].clone(), told["claims"].clone());
    for name in TIMES {
        if let Some(seconds) = claims[name].as_i64() {
            claims[name] = json!(now() + seconds);
        } else if claims[name].is_null() {
            claims.as_object_mut().expect("an object").remove(name);
        }
    }
    header["alg"] = json!("RS256");
    header["kid"] = json!("first");
    signer.token_with(&header, &claims)
}

fn providers() -> BTreeMap<String, Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/blackbox/identity/providers");
    let files = fs::read_dir(folder).expect("the providers").map(|file| file.expect("a file").path());
    let read =
        |file: &std::path::Path| serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON");
    files
        .map(|file| (file.file_stem().expect("a name").to_string_lossy().into_owned(), read(&file)))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_each_usual_provider_makes_the_person_whom_the_page_names() {
    let page = page("deploy/IDENTITY.md");
    for (name, told) in providers() {
        let provider = Provider::trusted(told);
        if provider.person().starts_with("services/") {
            let asked = provider.send("ListPolicies", &ListPoliciesRequest::default()).await;
            asked.unwrap_or_else(|status| panic!("{name}: {status:?}"));
        } else {
            assert_eq!(provider.acted("contoso.example").await, provider.person(), "{name}");
        }
        assert!(page.contains(&format!("`{}`", provider.person())), "{name} is on the page");
    }
}

/// OpenID Connect Core 2: a subject is 255 characters at most, whatever they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_provider_calls_somebody_is_a_person_and_the_same_one_each_time() {
    let longest: String = (0..255_u8).map(|number| char::from(32 + number % 95)).collect();
    let claims = json!({ "iss": "urn:contoso", "aud": "getmodern", "roles": ["REENGAGEMENT_MANAGER"], "iat": 0, "exp": 600 });
    let told = json!({ "arguments": ["--audience=getmodern"], "header": {}, "claims": claims });
    let mut provider = Provider::trusted(told);
    let subjects = ["ada", "Ada", "ada lovelace", "a/b", "services/crm", "%41da", "100%", "é", &longest];
    for (number, subject) in subjects.into_iter().enumerate() {
        provider.told["claims"]["sub"] = json!(subject);
        for again in ["a", "b"] {
            let person = provider.acted(&format!("{again}{number}.example")).await;
            let person = kernel::Person::parse(&person).expect("a person");
            assert_eq!(person.subject().as_deref(), Some(subject));
            assert!(!person.is_service(), "{subject}");
        }
    }
}
