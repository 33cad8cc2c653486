//! `token`: tokens for trials and tests, signed with a key on this machine. Whoever has the key is whoever they like.

use std::{
    fmt::Display,
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use clap::{Args, Subcommand};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use kernel::{PERSON_FORM, Person, Role, SYSTEM_FORM};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};

use crate::{StartError, clock, files, say};

const ALGORITHM: Algorithm = Algorithm::ES256;
/// What a file is told that holds no such key.
const NO_KEY: &str = "there is no key in it that signs tokens, one of P-256 as unencrypted PKCS #8: `token key FILE` makes one";
/// Who issues tokens for a trial, to whom.
const ISSUER: &str = "urn:getmodern:trial";
const AUDIENCE: &str = "getmodern";

/// What `token` is told.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Mint {
    #[command(subcommand)]
    make: Option<Make>,
    #[command(flatten)]
    order: Option<Order>,
}

#[derive(Debug, Subcommand)]
enum Make {
    /// Makes a signing key, which nobody else may read, and beside it the `.jwks` file for `--jwks @FILE`.
    Key {
        /// The key's file, such as `trial.pem`; it must not be there yet.
        file: PathBuf,
    },
}

/// Which token to make.
#[derive(Debug, Args)]
struct Order {
    /// The key's file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The person who will bear it, as the token's subject says, such as `ada`; or `people/{id}`.
    #[arg(long, value_name = "NAME", required_unless_present = "service")]
    person: Option<String>,
    /// The person's roles: `GMFTA,SME`.
    #[arg(long = "role", value_delimiter = ',', value_name = "ROLE", conflicts_with = "service", value_parser = role)]
    roles: Vec<Role>,
    /// The system that will bear it, instead of a person: `crm`. Its subject is `services/crm`.
    #[arg(long, value_name = "NAME", conflicts_with = "person")]
    service: Option<String>,
    /// How long it is good.
    #[arg(long = "for", default_value = "1h", value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Duration,
    /// Whom it says to be issued by.
    #[arg(long, env = "GETMODERN_ISSUER", default_value = ISSUER, value_name = "URL")]
    issuer: String,
    /// Whom it is meant for.
    #[arg(long, env = "GETMODERN_AUDIENCE", default_value = AUDIENCE, value_name = "NAME")]
    audience: String,
}

fn role(text: &str) -> Result<Role, String> {
    let role = text.parse().ok().filter(|role| *role != Role::Service);
    let names = || Role::ALL.iter().filter(|role| **role != Role::Service).map(|role| role.as_str());
    role.ok_or_else(|| format!("is one of {}", names().collect::<Vec<_>>().join(", ")))
}

/// A token of the key in this file for a person, as `people/ada`, in a role, good for an hour, by the trial's issuer.
pub fn trial_token(key: &Path, person: &str, role_name: &str) -> Result<String, StartError> {
    let order = Order {
        key: key.to_owned(),
        person: Some(person.to_owned()),
        roles: vec![role(role_name)?],
        service: None,
        time: Duration::from_hours(1),
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
    };
    order.token()
}

impl Mint {
    /// Makes it, and says it on the standard output.
    pub(crate) fn run(self) -> Result<(), StartError> {
        let said = match (self.make, self.order) {
            (Some(Make::Key { file }), _) => make(&file)?,
            (None, Some(order)) => order.token()?,
            (None, None) => return Err("say which --key signs the token".into()),
        };
        say(&said);
        Ok(())
    }
}

/// Makes a key and its public half; what was done, in words.
fn make(file: &Path) -> Result<String, StartError> {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .map_err(|_| "there is no randomness to be had")?;
    let public = JwkSet { keys: vec![public(&EncodingKey::from_ec_der(key.as_ref()))?] };
    let jwks = file.with_extension("jwks");
    write(file, 0o600, &pem(key.as_ref()))?;
    write(&jwks, 0o644, &format!("{}\n", serde_json::to_string_pretty(&public)?))?;
    Ok(format!("{} signs, and --jwks @{} lets in whom it signs for", file.display(), jwks.display()))
}

/// Writes a file that is not there yet.
fn write(file: &Path, mode: u32, text: &str) -> Result<(), String> {
    let told = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("{} is there already, and is not written over", file.display())
        }
        _ => format!("{}: {error}", file.display()),
    };
    let mut opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(file).map_err(told)?;
    opened.write_all(text.as_bytes()).map_err(told)
}

fn pem(key: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(key);
    let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned());
    let lines = lines.collect::<Vec<_>>().join("\n");
    format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n")
}

/// What is published of a key; it is named after itself.
fn public(key: &EncodingKey) -> jsonwebtoken::errors::Result<Jwk> {
    let mut jwk = Jwk::from_encoding_key(key, ALGORITHM)?;
    jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256)?);
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok(jwk)
}

impl Order {
    fn token(&self) -> Result<String, StartError> {
        let of = |error: &dyn Display| format!("--key {}: {error}", self.key.display());
        let text = files::bytes(&self.key).map_err(|error| format!("--key {error}"))?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(&text).map_err(|_| of(&NO_KEY))?;
        let key = EncodingKey::from_ec_der(key.secret_pkcs8_der());
        let public = public(&key).map_err(|_| of(&NO_KEY))?;
        let header = Header { kid: public.common.key_id, ..Header::new(ALGORITHM) };
        Ok(encode(&header, &self.claims()?, &key).map_err(|_| of(&NO_KEY))?)
    }

    fn claims(&self) -> Result<Value, String> {
        let now = clock::now().as_second();
        let until = i64::try_from(self.time.as_secs()).ok().and_then(|time| now.checked_add(time));
        let roles: Vec<_> = self.roles.iter().map(|role| role.as_str()).collect();
        Ok(json!({
            "iss": self.issuer, "aud": self.audience, "sub": self.subject()?, "roles": roles,
            "iat": now, "nbf": now, "exp": until.ok_or("that is too long")?,
        }))
    }

    fn subject(&self) -> Result<String, String> {
        match (&self.person, &self.service) {
            (Some(person), _) => Person::named(person)
                .and_then(|person| person.subject())
                .ok_or_else(|| format!("{person:?} names no person: {PERSON_FORM}")),
            (None, Some(service)) => {
                let service_name = Person::parse(&format!("services/{service}"));
                let named = service_name.map(|service| service.to_string());
                named.ok_or_else(|| format!("{service:?} is no id of a system: {SYSTEM_FORM}"))
            }
            (None, None) => Err("say who will bear it: --person or --service".to_owned()),
        }
    }
}
