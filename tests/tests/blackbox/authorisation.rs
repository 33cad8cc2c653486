//! Who may call what, asked of the running product for every method: nobody unknown, nobody in a wrong role (I-18).

use std::fmt::Write;

use expect_test::expect_file;
use getmodern::client::Actor;
use host::{PERSON_HEADER, ROLE_HEADER};
use tests::Product;
use tonic::Code;

use crate::{
    catalogue::{METHODS, ROLES},
    systems::{SYSTEMS, grants},
    wire::{Wire, as_headers, refusal},
};

/// No message reads from this.
const MALFORMED: [u8; 2] = [0xff, 0xff];

#[tokio::test]
async fn nobody_gets_in_without_saying_who_they_are_in_known_words() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let strangers: [&[(&str, &str)]; 13] = [
        &[],
        &[(ROLE_HEADER, "GMFTA")],
        &[(PERSON_HEADER, "people/ada")],
        &[(PERSON_HEADER, ""), (ROLE_HEADER, "GMFTA")],
        &[(PERSON_HEADER, "ada"), (ROLE_HEADER, "GMFTA")],
        &[(PERSON_HEADER, "people/"), (ROLE_HEADER, "GMFTA")],
        &[(PERSON_HEADER, "people/ada/../bob"), (ROLE_HEADER, "GMFTA")],
        &[(PERSON_HEADER, "people/ada"), (ROLE_HEADER, "EMPEROR")],
        &[(PERSON_HEADER, "people/ada"), (ROLE_HEADER, "gmfta")],
        &[(PERSON_HEADER, "people/ada"), (ROLE_HEADER, "SERVICE")],
        &[(PERSON_HEADER, "services/crm"), (ROLE_HEADER, "GMFTA")],
        &[(PERSON_HEADER, "people/ada"), (PERSON_HEADER, "people/bob"), (ROLE_HEADER, "GMFTA")],
        &[(PERSON_HEADER, "people/ada"), (ROLE_HEADER, "GMFTA"), (ROLE_HEADER, "FM")],
    ];
    for method in METHODS.iter() {
        for headers in strangers {
            for body in [Vec::new(), MALFORMED.to_vec(), prost_bytes(method)] {
                let found = refusal(wire.send(&method.path(), headers, body).await);
                let expected = (Code::Unauthenticated, "IDENTITY_UNKNOWN".to_owned());
                assert_eq!(found, expected, "{} {headers:?}", method.path());
            }
        }
    }
    product.stop().await;
}

fn prost_bytes(method: &crate::catalogue::Method) -> Vec<u8> {
    prost::Message::encode_to_vec(&method.example("key"))
}

fn claiming(caller: &str) -> [(&str, &str); 2] {
    let is_system = SYSTEMS.contains(&caller);
    let (person, role) = if is_system { (caller, "SERVICE") } else { ("people/ada", caller) };
    [(PERSON_HEADER, person), (ROLE_HEADER, role)]
}

/// The snapshot is for people to read and agree to; run with `UPDATE_EXPECT=1` to renew it.
#[tokio::test]
async fn a_role_or_system_is_let_in_where_the_protos_or_a_grant_say_so_and_nowhere_else_and_before_the_message_is_read()
 {
    let product = Product::with(|settings| settings.grants = grants()).await;
    let wire = Wire::to(&product);
    let mut table = String::new();
    for method in METHODS.iter() {
        let mut admitted = Vec::new();
        for caller in ROLES.iter().map(String::as_str).chain(SYSTEMS) {
            let found = refusal(wire.send(&method.path(), &claiming(caller), MALFORMED.to_vec()).await);
            match (found.0, found.1.as_str()) {
                (Code::PermissionDenied, reason) if reason == method.refusal(caller) => {}
                (Code::InvalidArgument, "MESSAGE_MALFORMED") => admitted.push(caller),
                _ => panic!("{caller} calls {} and gets {found:?}", method.path()),
            }
            assert_eq!(admitted.contains(&caller), method.admits(caller), "{caller} calls {}", method.path());
        }
        let who = admitted.join(" ").replace(&ROLES.join(" "), "anyone");
        let service = method.service.rsplit('.').next().unwrap_or_default();
        let _ = writeln!(table, "{:<40} {who}", format!("{service}/{}", method.name));
    }
    expect_file!["authorisation.txt"].assert_eq(&table);
    product.stop().await;
}

#[tokio::test]
async fn no_other_spelling_of_a_path_gets_around_the_door() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    for method in METHODS.iter() {
        let path = method.path();
        let Some(outsider) = ROLES.iter().find(|role| !method.roles.contains(role)) else { continue };
        let headers = [(PERSON_HEADER, "people/ada"), (ROLE_HEADER, outsider.as_str())];
        let denied = wire.send(&format!("{path}?x=1"), &headers, prost_bytes(method)).await;
        assert_eq!(refusal(denied), (Code::PermissionDenied, "WRONG_ROLE".to_owned()), "{path}?x=1");
        let encoded = path.replacen("Service/", "Service%2F", 1);
        let opened = format!("/grpc.health.v1.Health/..{path}");
        let spellings = [
            format!("{path}/"),
            path.to_lowercase(),
            format!("/{path}"),
            encoded,
            opened,
            format!("{path}%20"),
        ];
        for spelling in spellings {
            let found = refusal(wire.send(&spelling, &headers, prost_bytes(method)).await);
            assert_eq!(found, (Code::Unimplemented, "METHOD_UNKNOWN".to_owned()), "{spelling}");
        }
    }
    product.stop().await;
}

#[tokio::test]
async fn a_query_behind_the_path_changes_nothing_for_those_who_may_call() {
    let product = Product::start().await;
    let anybody = Actor { person: "people/ada", role: "OPERATOR" };
    let path = "/getmodern.tasks.v1.TaskService/ListTasks?x=1";
    let answer = Wire::to(&product).send(path, &as_headers(anybody), Vec::new()).await;
    assert!(answer.is_ok(), "{answer:?}");
    product.stop().await;
}
