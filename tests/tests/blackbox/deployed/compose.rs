//! `docker-compose.yml` as its services read it, and the secrets that its script makes.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::processes::SERVICES;

const SCRIPTS: [&str; 2] = ["secrets.sh", "certificates.sh"];

/// The file, and the secrets in a folder of the test's own.
pub(super) struct Compose {
    file: Value,
    folder: TempDir,
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Compose {
    /// Makes the secrets as its reader is told to.
    pub(super) fn new() -> Self {
        let text = fs::read_to_string(root().join("docker-compose.yml")).expect("the file");
        let mut file: yaml_serde::Value = yaml_serde::from_str(&text).expect("YAML");
        file.apply_merge().expect("what is merged is there");
        let file = serde_json::to_value(file).expect("plain values");
        let compose = Self { file, folder: tempfile::tempdir().expect("a folder") };
        let scripts = compose.folder.path().join("deploy/compose");
        fs::create_dir_all(&scripts).expect("a folder");
        for script in SCRIPTS {
            fs::copy(root().join("deploy/compose").join(script), scripts.join(script)).expect("copied");
        }
        compose.run("secrets.sh", &[]);
        compose
    }

    fn run(&self, script: &str, arguments: &[&str]) {
        let script = self.folder.path().join("deploy/compose").join(script);
        let ran = Command::new(script).args(arguments).output().expect("it runs");
        assert!(ran.status.success(), "{ran:?}");
    }

    /// Renews certificates.
    pub(super) fn certificates(&self, arguments: &[&str]) {
        self.run("certificates.sh", arguments);
    }

    /// Where a secret is.
    pub(super) fn secret(&self, name: &str) -> PathBuf {
        self.folder.path().join("deploy/compose/secrets").join(name)
    }

    /// Puts another text into a secret.
    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.secret(name), text).expect("written");
    }

    /// What a container finds below `/run/secrets`, and where it is here.
    pub(super) fn mounted(&self, service: &str) -> HashMap<String, PathBuf> {
        let listed = self.file["services"][service]["secrets"].as_array().expect("secrets");
        let name = |secret: &Value, what: &str| {
            secret[what].as_str().or(secret.as_str()).expect("a name").to_owned()
        };
        let place = |secret: &Value| {
            let file = self.file["secrets"][&name(secret, "source")]["file"].as_str().expect("a file");
            let (_, file) = file.rsplit_once('/').expect("a folder");
            self.secret(file)
        };
        listed
            .iter()
            .map(|secret| (format!("/run/secrets/{}", name(secret, "target")), place(secret)))
            .collect()
    }

    /// What the process of `service` is told, which finds the others at these addresses.
    pub(super) fn environment(&self, service: &str, addresses: [SocketAddr; 3]) -> BTreeMap<String, String> {
        let told = self.file["services"][service]["environment"].as_object().expect("variables");
        let mounted = self.mounted(service);
        let mut told: BTreeMap<_, _> = told
            .iter()
            .map(|(name, value)| {
                let value = given(value.as_str().expect("text"));
                let (at, path) = value.strip_prefix('@').map_or(("", value), |path| ("@", path));
                let here = mounted.get(path).map(|here| format!("{at}{}", here.display()));
                assert!(here.is_some() || !path.starts_with("/run/secrets/"), "{service} has no {path}");
                (name.clone(), here.unwrap_or_else(|| value.to_owned()))
            })
            .collect();
        let place = |name: &str| addresses[SERVICES.iter().position(|one| *one == name).expect("a service")];
        let peers = told["GETMODERN_PEERS"].split(',').map(|peer| {
            let (name, address) = peer.split_once('=').expect("a peer");
            assert_eq!(address, format!("https://{name}:50051"));
            format!("{name}=https://localhost:{}", place(name).port())
        });
        let peers = peers.collect::<Vec<_>>().join(",");
        told.insert("GETMODERN_PEERS".to_owned(), peers);
        told.insert("GETMODERN_LISTEN".to_owned(), place(service).to_string());
        told.insert("GETMODERN_ADMIN".to_owned(), String::new());
        told
    }
}

/// A value where nobody has set a variable: `${NAME:-value}` is `value`.
fn given(value: &str) -> &str {
    let Some(variable) = value.strip_prefix("${").and_then(|value| value.strip_suffix('}')) else {
        return value;
    };
    variable.split_once('-').expect("a value of its own").1
}
