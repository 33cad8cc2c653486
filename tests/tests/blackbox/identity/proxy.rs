//! An issuer behind a proxy, as companies have them: the variables that name it are read as curl reads them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use tests::{Process, State};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tonic::{Code, transport::Endpoint};

use super::{
    issuer::Issuer,
    signer::{AUDIENCE, Signer},
    tokens::ADA,
};
use crate::{faults::gateway::eventually, hostile::LIST, wire::Wire};

/// A proxy that lets those through who show its login, to this machine whatever name they ask for; what it is called, and how
/// many it let through.
async fn proxy(login: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let place = format!("http://{login}@{}", listener.local_addr().expect("an address"));
    let through = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&through);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(tunnel(stream, login, Arc::clone(&counted)));
        }
    });
    (place, through)
}

async fn tunnel(stream: TcpStream, login: &str, through: Arc<AtomicUsize>) {
    let mut stream = BufReader::new(stream);
    let mut asked = String::new();
    while !asked.ends_with("\r\n\r\n") {
        stream.read_line(&mut asked).await.expect("a header");
    }
    let wanted = format!("proxy-authorization: basic {}", BASE64_STANDARD.encode(login)).to_lowercase();
    assert!(asked.to_lowercase().contains(&wanted), "{asked}");
    let port = asked.strip_prefix("CONNECT login.contoso.example:").and_then(|rest| rest.split(' ').next());
    let port = port.and_then(|port| port.parse().ok()).expect("a port");
    let mut other = TcpStream::connect(("127.0.0.1", port)).await.expect("the issuer");
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("sent");
    through.fetch_add(1, SeqCst);
    let _ = copy_bidirectional(&mut stream, &mut other).await;
}

/// Starts a process that trusts `issuer`, with these variables, and sees that it lets somebody in.
async fn lets_in(issuer: &Issuer, signer: &Signer, variables: &[(&str, &str)]) {
    let (state, setting) = (State::new(), issuer.setting());
    let authority = setting.issuer_ca.expect("a file").display().to_string();
    let own = [
        ("GETMODERN_ISSUER", issuer.name.as_str()),
        ("GETMODERN_AUDIENCE", AUDIENCE),
        ("GETMODERN_ISSUER_CA", &authority),
    ];
    let process = Process::start(&state, ([127, 0, 0, 1], 0).into(), &[&own[..], variables].concat());
    let process = process.expect("it serves");
    let endpoint = Endpoint::from_shared(format!("http://{}", process.address)).expect("an address");
    let wire = Wire::on(endpoint.connect_lazy());
    let bearer = format!("Bearer {}", signer.token(&issuer.claims(ADA, 600)));
    let asked = async || wire.send(LIST, &[("authorization", &bearer)], Vec::new()).await;
    eventually("the keys are there", async || {
        let answer = asked().await;
        assert!(answer.as_ref().err().is_none_or(|status| status.code() == Code::Unavailable), "{answer:?}");
        answer.ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_is_reached_through_the_proxy_that_the_environment_names() {
    let signer = Signer::curve("first");
    let issuer = Issuer::called("login.contoso.example", &signer).await;
    let (place, through) = proxy("ada:secret").await;
    lets_in(&issuer, &signer, &[("HTTPS_PROXY", &place), ("NO_PROXY", "fabrikam.example")]).await;
    let first = through.load(SeqCst);
    assert!(first > 0, "it went through the proxy");
    let here = Issuer::with(&signer).await;
    lets_in(&here, &signer, &[("ALL_PROXY", &place), ("NO_PROXY", "fabrikam.example")]).await;
    assert_eq!(through.load(SeqCst), first, "it went straight");
}
