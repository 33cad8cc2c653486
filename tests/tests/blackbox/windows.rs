//! Files as Windows writes them: behind a byte order mark, in UTF-16, with carriage returns.

use std::{fs, path::Path, process::Command, process::Stdio};

use tests::{Process, State, binary, command};
use tonic::Code;

use crate::{
    hostile::LIST,
    identity::trial::Trial,
    tls::{authority::Authority, way::Way},
    wire::{Wire, refusal},
};

/// A way of writing a text, and its name.
type Writing = (&'static str, fn(&str) -> Vec<u8>);

const WRITINGS: [Writing; 3] = [
    ("UTF-8 with a mark", |text| [b"\xef\xbb\xbf", text.as_bytes()].concat()),
    ("UTF-16, little end first", |text| {
        [vec![0xff, 0xfe], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat()
    }),
    ("UTF-16, big end first", |text| {
        [vec![0xfe, 0xff], text.encode_utf16().flat_map(u16::to_be_bytes).collect()].concat()
    }),
];

/// Writes a file anew.
fn rewrite(file: &Path, write: fn(&str) -> Vec<u8>) {
    let text = fs::read_to_string(file).expect("text").replace('\n', "\r\n");
    fs::write(file, write(&text)).expect("written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_reads_its_files_as_windows_writes_them() {
    for (name, write) in WRITINGS {
        let (state, trial, authority) = (State::new(), Trial::new(), Authority::new("contoso"));
        let (server, way) = (authority.vouch("server", &["localhost"]), Way::new(&authority.ca(), None));
        let audit = state.folder().join("audit.key");
        let made = Command::new(binary()).args(["audit", "key"]).arg(&audit).output().expect("it runs");
        assert!(made.status.success(), "{made:?}");
        let (jwks, key) = (trial.file("trial.jwks"), trial.file("trial.pem"));
        let own =
            [Path::new(&jwks), Path::new(&key), &server.certificate, &server.key, &authority.ca(), &audit];
        for file in own {
            rewrite(file, write);
        }
        let mut serve = command(&state, &["--listen", "127.0.0.1:0"]);
        serve.args(trial.trust()).arg("--tls-certificate").arg(&server.certificate);
        serve.arg("--tls-key").arg(&server.key).arg("--client-ca").arg(authority.ca());
        serve.arg("--trust-domain=contoso.example");
        serve.arg("--audit-key").arg(&audit).arg("--checkpoints").arg(state.folder().join("checkpoints"));
        if let Some((_, urls)) =
            state.variables().into_iter().find(|(name, _)| *name == "GETMODERN_DATABASE_URL")
        {
            serve.env("GETMODERN_DATABASE_URL", in_files(&state, &urls, write));
        }
        serve.stderr(Stdio::null());
        let product = Process::run(serve).expect(name);
        let wire = Wire::on(way.channel(product.address));
        let bearer = format!("Bearer {}", trial.token(&["--person", "ada", "--role", "GMFTA"]));
        let answer = refusal(wire.send(LIST, &[("authorization", &bearer)], Vec::new()).await);
        assert_eq!(answer, (Code::Ok, String::new()), "{name}");
        let mut health = Command::new(binary());
        health.args(["health", "--listen", &product.address.to_string(), "--tls-certificate"]);
        health.arg(&server.certificate).arg("--tls-key").arg(&server.key);
        assert!(health.status().expect("it runs").success(), "{name}");
    }
}

/// The same addresses, each in a file.
fn in_files(state: &State, urls: &str, write: fn(&str) -> Vec<u8>) -> String {
    let one = |url: &str| {
        let (service, url) = url.split_once('=').expect("SERVICE=URL");
        let file = state.folder().join(format!("{service}.url"));
        fs::write(&file, write(&format!("{url}\r\n"))).expect("written");
        format!("{service}=@{}", file.display())
    };
    urls.split(',').map(one).collect::<Vec<_>>().join(",")
}

#[test]
fn a_file_that_is_no_text_is_refused_with_its_name_and_what_to_do() {
    let state = State::new();
    let file = state.folder().join("keys.jwks");
    for bad in [&b"{\0\"\0k\0e\0y\0s\0"[..], b"\xff\xfe{\0\"", b"\xff\xfe\0\0{\0\0\0"] {
        fs::write(&file, bad).expect("written");
        let mut serve = command(&state, &["--listen", "127.0.0.1:0", "--issuer", "urn:a", "--audience", "b"]);
        let told = serve.arg(format!("--jwks=@{}", file.display())).output().expect("it runs");
        let words = String::from_utf8_lossy(&told.stderr).into_owned();
        assert_eq!(told.status.code(), Some(1), "{words}");
        assert!(words.contains("keys.jwks: ") && words.contains("save it as UTF-8"), "{words}");
    }
}
