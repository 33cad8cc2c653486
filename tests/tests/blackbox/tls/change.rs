//! Certificates, keys and authorities change while calls go on.

use std::{fs, time::Duration};

use host::{PERSON_HEADER, ROLE_HEADER, TlsSetting};
use proto::common::v1::{WatchEventsRequest, WatchEventsResponse};
use tests::Product;
use tokio::time::{sleep, timeout};
use tonic::{Code, Request, Streaming, client::Grpc, transport::Channel};
use tonic_prost::ProstCodec;

use super::{
    authority::{Authority, domain, replace},
    way::Way,
};
use crate::{
    faults::gateway::eventually,
    hostile::{LIST, OPERATOR},
    wire::refusal,
};

/// How long a machine may take for what is due at once.
const PATIENCE: Duration = tests::PATIENCE;

async fn watch(channel: Channel) -> Streaming<WatchEventsResponse> {
    let mut request = Request::new(WatchEventsRequest::default());
    request.metadata_mut().insert(PERSON_HEADER, OPERATOR.person.parse().expect("ASCII"));
    request.metadata_mut().insert(ROLE_HEADER, OPERATOR.role.parse().expect("ASCII"));
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.expect("a connection");
    let path = "/getmodern.tasks.v1.TaskService/WatchEvents".parse().expect("a path");
    let codec = ProstCodec::<WatchEventsRequest, WatchEventsResponse>::default();
    grpc.server_streaming(request, path, codec).await.expect("it begins").into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_certificate_is_shown_to_those_who_come_and_those_who_are_there_go_on() {
    let authority = Authority::new("contoso");
    let product = Product::with(|settings| settings.tls = authority.server()).await;
    let (address, way) = (product.address(), Way::new(&authority.ca(), None));
    let old = way.shown(address).await.expect("a certificate");
    let mut watching = watch(way.channel(address)).await;
    let renewed = authority.vouch("server", &["localhost"]);
    eventually("the new one is shown", async || way.shown(address).await.filter(|new| *new != old)).await;
    let new = way.shown(address).await;
    for _ in 0..2 {
        let alive = timeout(PATIENCE, watching.message()).await.expect("a sign of life");
        assert!(matches!(alive, Ok(Some(_))), "{alive:?}");
    }
    for half in ["", "-----BEGIN CERTIFICATE-----\nMIIB"] {
        replace(&renewed.certificate, half);
        // Longer than it takes to look at the files.
        sleep(Duration::from_millis(2500)).await;
        assert_eq!(way.shown(address).await, new, "the last one stays");
    }
    authority.vouch("server", &["localhost"]);
    eventually("the third is shown", async || {
        way.shown(address).await.filter(|third| Some(third) != new.as_ref())
    })
    .await;
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_is_no_longer_trusted_vouches_for_nobody_who_comes() {
    let (servers, old, new) = (Authority::new("servers"), Authority::new("old"), Authority::new("new"));
    let folder = tempfile::tempdir().expect("a folder");
    let trusted = folder.path().join("clients.pem");
    fs::copy(old.ca(), &trusted).expect("copied");
    let tls =
        TlsSetting { client_ca: Some(trusted.clone()), trust_domain: Some(domain()), ..servers.server() };
    let grants = vec!["crm=READ".parse().expect("an item")];
    let product = Product::with(|settings| (settings.tls, settings.grants) = (tls, grants)).await;
    let comes = async |authority: &Authority| {
        let way = Way::new(&servers.ca(), Some(&authority.system("crm")));
        way.wire(product.address()).send(LIST, &[], Vec::new()).await
    };
    assert_eq!(refusal(comes(&old).await).0, Code::Ok);
    assert!(comes(&new).await.is_err());
    replace(&trusted, &fs::read_to_string(new.ca()).expect("text"));
    eventually("the new one vouches", async || comes(&new).await.ok()).await;
    assert!(comes(&old).await.is_err());
    product.stop().await;
}
