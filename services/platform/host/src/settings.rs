//! What a process is told when it starts.

use std::{
    fmt::Display,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use clap::{Args, builder::BoolishValueParser};
use http::Uri;
use jiff::SignedDuration;

use crate::{
    AdminSetting, CheckpointSettings, Grant, HttpSetting, IdentitySetting, Item, LimitSettings, MoreSetting,
    Service, Storage, TlsSetting, identity::Credential,
};

/// What a process is told when it starts.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Where to listen: an address, or a port on the loopback address.
    #[arg(
        long, env = "GETMODERN_LISTEN", default_value = "127.0.0.1:50051", value_name = "[ADDRESS:]PORT",
        value_parser = listen_address
    )]
    pub listen: SocketAddr,

    /// Where JSON is answered.
    #[command(flatten)]
    pub http: HttpSetting,

    /// Where the state is kept.
    #[command(flatten)]
    pub storage: Storage,

    /// Whom to believe about who calls.
    #[command(flatten)]
    pub identity: IdentitySetting,

    /// What a system may call that is none of the product's own: `crm=READ` for all that everybody may read here, or
    /// `crm=getmodern.tasks.v1.TaskService/ListTasks` for one such method; may be repeated. Otherwise nothing.
    #[arg(
        long = "grant",
        env = "GETMODERN_GRANTS",
        value_delimiter = ',',
        value_name = "SYSTEM=READ|METHOD"
    )]
    pub grants: Vec<Item<Grant>>,

    /// How to keep what is said from others.
    #[command(flatten)]
    pub tls: TlsSetting,

    /// Where another service is that this process does not run: `intake=https://intake:50051`; may be repeated.
    #[arg(
        long = "peer",
        env = "GETMODERN_PEERS",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "SERVICE=URL"
    )]
    pub peers: Vec<PeerSetting>,

    /// Where operators find `/livez`, `/readyz` and `/metrics`: an address, or a port on the loopback address; nowhere
    /// unless it is said.
    #[arg(long, env = "GETMODERN_ADMIN", value_name = "[ADDRESS:]PORT")]
    pub admin: Option<AdminSetting>,

    /// How long a duty may wait before it is flagged overdue, such as `ANSWER_ARCHITECT=8h`, or what is known of Desktop Analytics
    /// counts, `DATA_FLOWS=28d`; may be repeated.
    #[arg(long = "target", env = "GETMODERN_TARGETS", value_delimiter = ',', value_name = "ACTION=TIME")]
    pub targets: Vec<TargetSetting>,

    /// A value that a field takes beside those that it knows, such as `target_os_version=25H2`; may be repeated.
    #[arg(long = "more", env = "GETMODERN_MORE", value_delimiter = ',', value_name = "FIELD=VALUE")]
    pub more: Vec<MoreSetting>,

    /// What the process takes on at once, and from whom.
    #[command(flatten)]
    pub limits: LimitSettings,

    /// Where checkpoints of the journals go.
    #[command(flatten)]
    pub audit: CheckpointSettings,

    /// Believe callers on their word on other than loopback addresses too: for a network that only those can reach
    /// who may act as anybody.
    #[arg(long, env = "GETMODERN_TRUST_IDENTITY_HEADERS", value_parser = BoolishValueParser::new())]
    pub trust_identity_headers: bool,
}

/// An address of this machine: `127.0.0.1:50051`, `[::1]:50051`, `localhost:50051`, or the port alone for the loopback address.
pub fn listen_address(text: &str) -> Result<SocketAddr, &'static str> {
    let port = text.strip_prefix("localhost:").unwrap_or(text);
    if let Ok(port) = port.parse() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    // Some take it for all addresses, others for the loopback one.
    if text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()) {
        return Err(
            "must say where: 0.0.0.0:PORT for every address of this machine, PORT for the loopback one",
        );
    }
    text.parse().map_err(|_| "must be PORT or ADDRESS:PORT")
}

/// Where another service is, or nothing.
pub type PeerSetting = Item<PeerAddress>;

/// Where another service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerAddress {
    service: String,
    address: Uri,
}

impl FromStr for PeerAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "must be SERVICE=https://HOST:PORT, or http://";
        let (service, address) = text.split_once('=').ok_or(SHAPE)?;
        let address: Uri = address.parse().map_err(|_| SHAPE)?;
        let has_user = address.authority().is_some_and(|authority| authority.as_str().contains('@'));
        let is_plain = matches!(address.scheme_str(), Some("http" | "https"))
            && address.path() == "/"
            && address.query().is_none()
            && !has_user;
        let setting = Self { service: service.to_owned(), address };
        is_plain.then_some(setting).ok_or(SHAPE)
    }
}

/// A time target for one action, or nothing.
pub type TargetSetting = Item<TargetTime>;

/// A time target for one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetTime {
    action: String,
    time: SignedDuration,
}

impl FromStr for TargetTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (action, time) =
            text.split_once('=').ok_or("must be ACTION=TIME, such as ANSWER_ARCHITECT=8h")?;
        let wrong = |error: &dyn Display| {
            format!("{text}: must be ACTION=TIME, such as ANSWER_ARCHITECT=8h: {error}")
        };
        let time = humantime::parse_duration(time).map_err(|error| wrong(&error))?;
        let time = SignedDuration::try_from(time).map_err(|error| wrong(&error))?;
        Ok(Self { action: action.to_owned(), time })
    }
}

impl Settings {
    /// Settings for a folder and a port of the system's choice.
    #[must_use]
    pub fn local(data: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            http: HttpSetting::default(),
            storage: Storage::in_folder(data.into()),
            identity: IdentitySetting::default(),
            grants: Vec::new(),
            tls: TlsSetting::default(),
            peers: Vec::new(),
            admin: None,
            targets: Vec::new(),
            more: Vec::new(),
            limits: LimitSettings::default(),
            audit: CheckpointSettings::none(),
            trust_identity_headers: false,
        }
    }

    /// The time targets that were set, by action.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (String, SignedDuration)> + '_ {
        Item::read(&self.targets).map(|target| (target.action.clone(), target.time))
    }

    /// How `service` shows those at `address` who it is.
    pub(crate) fn elsewhere(&self, service: &'static str, address: &Uri) -> Credential {
        let has_certificate = address.scheme_str() == Some("https") && self.tls.peer_certificate.is_some();
        self.identity.elsewhere(service, has_certificate)
    }

    /// Where a service is that this process does not run.
    pub(crate) fn peer(&self, service: &str) -> Option<&Uri> {
        Item::read(&self.peers).find(|peer| peer.service == service).map(|peer| &peer.address)
    }

    /// Refuses what cannot work, and what would let anybody on the network act as anybody.
    pub(crate) fn check(&self, services: &[Service]) -> Result<(), String> {
        let names: Vec<_> = services.iter().map(|service| service.name).collect();
        self.open().try_for_each(|at| self.check_listen(at))?;
        self.storage.check(&names)?;
        self.check_peers(services)?;
        self.check_targets(services)?;
        self.check_more(services)
    }

    /// Where others than this machine reach the process.
    pub(crate) fn open(&self) -> impl Iterator<Item = SocketAddr> {
        [Some(self.listen), self.http.http].into_iter().flatten().filter(|at| !at.ip().is_loopback())
    }

    fn check_listen(&self, at: SocketAddr) -> Result<(), String> {
        if self.identity.is_proven() && !self.tls.is_on() && !self.tls.plaintext {
            return Err(format!(
                "whoever is on the way to {at} could read the tokens: say --tls-certificate and --tls-key, or --plaintext \
                 where something else encrypts"
            ));
        }
        if self.identity.is_proven() || self.trust_identity_headers {
            return Ok(());
        }
        Err(format!(
            "callers are believed on their word, so {at} will not do: say whose tokens to trust with --issuer, listen on \
             a loopback address, or say --trust-identity-headers where only those can reach it who may act as anybody"
        ))
    }

    /// Every service that is followed or asked is in this process, or somewhere else.
    pub(crate) fn check_peers(&self, services: &[Service]) -> Result<(), String> {
        Item::check(&self.peers, "--peer")?;
        let peers = || Item::read(&self.peers);
        let runs = |name: &str| services.iter().any(|service| service.name == name);
        if let Some(peer) = peers().find(|peer| runs(&peer.service)) {
            return Err(format!("--peer: {} runs in this process, and has no other address", peer.service));
        }
        let needed = || services.iter().flat_map(Service::needs);
        if let Some(peer) = peers().find(|peer| !needed().any(|needed| needed == peer.service)) {
            return Err(format!("--peer: nothing here asks a service called {}", peer.service));
        }
        let twice = |name: &str| peers().filter(|peer| peer.service == name).count() > 1;
        if let Some(name) = needed().find(|name| twice(name)) {
            return Err(format!("--peer: {name} has one address, not several"));
        }
        if let Some(missing) = needed().find(|needed| !runs(needed) && self.peer(needed).is_none()) {
            return Err(format!("say where {missing} is: --peer {missing}=http://HOST:PORT"));
        }
        peers().try_for_each(|peer| self.check_way(peer))
    }

    /// A peer is shown who asks, and nobody on the way is.
    fn check_way(&self, peer: &PeerAddress) -> Result<(), String> {
        let name = &peer.service;
        let has_tls = peer.address.scheme_str() == Some("https");
        let has_certificate = has_tls && self.tls.peer_certificate.is_some();
        if !self.identity.is_proven() {
            return Ok(());
        }
        if !has_certificate && self.identity.token_file.is_none() {
            return Err(format!(
                "say how to show {name} who asks: --token-file, or --peer-certificate over https"
            ));
        }
        if !has_tls && !self.tls.plaintext && !is_loopback(&peer.address) {
            return Err(format!(
                "whoever is on the way to {name} could read the token: say https://, or --plaintext where something \
                 else encrypts"
            ));
        }
        Ok(())
    }

    fn check_targets(&self, services: &[Service]) -> Result<(), String> {
        Item::check(&self.targets, "--target")?;
        let known: Vec<_> =
            services.iter().flat_map(|service| &service.targets).map(|target| target.action).collect();
        let unknown = Item::read(&self.targets).find(|target| !known.contains(&target.action.as_str()));
        unknown.map_or(Ok(()), |target| {
            Err(format!(
                "--target: there is none for {}; the actions are {}",
                target.action,
                known.join(", ")
            ))
        })
    }
}

/// Whether it is on this machine, beyond doubt.
fn is_loopback(address: &Uri) -> bool {
    let host = address.host().unwrap_or_default().trim_matches(['[', ']']);
    host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use ledger::Migrations;

    use super::*;
    use crate::{Follow, React};

    /// Follows what is called `needed`, if anything.
    fn service(name: &'static str, needed: Option<&'static str>) -> Service {
        let react: React = |_, _| Box::pin(std::future::ready(Ok(None)));
        let service = Service::new(name, name, Migrations(&[]), |_, _| {});
        match needed {
            Some(source) => service.follows(Follow { source, grpc_name: source, react }),
            None => service,
        }
    }

    fn with_peers(peers: &[&str]) -> Settings {
        let peers = peers.iter().map(|peer| peer.parse().expect("a peer")).collect();
        Settings { peers, ..Settings::local("nowhere") }
    }

    #[test]
    fn every_service_that_is_needed_is_somewhere_and_in_one_place() {
        let both = [service("tasks", Some("intake")), service("intake", None)];
        let alone = [service("tasks", Some("intake"))];
        let address = "intake=http://intake:50051";
        assert_eq!(with_peers(&[]).check(&both), Ok(()));
        assert_eq!(with_peers(&[address]).check(&alone), Ok(()));
        assert_eq!(with_peers(&[" intake=http://intake:50051 ", ""]).check(&alone), Ok(()));
        let secret = with_peers(&["intake=http://ada:HUNTER2@intake:1"]).check(&alone);
        assert!(secret.is_err_and(|error| !error.contains("HUNTER2")));
        for (peers, services) in [
            (&[][..], &alone[..]),
            (&[address][..], &both[..]),
            (&[address, address][..], &alone[..]),
            (&[address, "sales=http://sales:1"][..], &alone[..]),
        ] {
            assert!(with_peers(peers).check(services).is_err(), "{peers:?}");
        }
    }

    #[test]
    fn an_address_is_told_as_people_tell_it() {
        let at = |text: &str| listen_address(text).map(|address| address.to_string());
        for (text, address) in [
            ("50051", "127.0.0.1:50051"),
            ("localhost:50051", "127.0.0.1:50051"),
            ("0.0.0.0:1", "0.0.0.0:1"),
            ("[::]:1", "[::]:1"),
        ] {
            assert_eq!(at(text).as_deref(), Ok(address));
        }
        assert!(at(":50051").is_err_and(|error| error.contains("0.0.0.0:PORT")));
        for bad in ["", "localhost", "localhost:", "nowhere:1", "127.0.0.1", ":", "65536"] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_peer_is_a_service_and_a_plain_address() {
        for peer in [
            "intake",
            "intake=",
            "intake=host:1",
            "intake=http://host:1/path",
            "intake=http://ada:secret@host:1",
        ] {
            assert!(peer.parse::<PeerAddress>().is_err(), "{peer}");
        }
    }

    #[test]
    fn nobody_else_is_let_in_without_saying_so() {
        let listen = |text: &str, trust_identity_headers| {
            let listen = text.parse().expect("an address");
            Settings { listen, trust_identity_headers, ..Settings::local("nowhere") }.check(&[])
        };
        assert_eq!(listen("127.0.0.1:1", false), Ok(()));
        assert_eq!(listen("[::1]:1", false), Ok(()));
        assert!(listen("0.0.0.0:1", false).is_err() && listen("[::]:1", false).is_err());
        assert_eq!(listen("0.0.0.0:1", true), Ok(()));
        let over_http = |http: &str, trust_identity_headers| {
            let http = HttpSetting { http: http.parse().ok(), http_origins: Vec::new() };
            Settings { http, trust_identity_headers, ..Settings::local("nowhere") }.check(&[])
        };
        assert_eq!(over_http("127.0.0.1:1", false), Ok(()));
        assert!(over_http("0.0.0.0:1", false).is_err_and(|error| error.contains("0.0.0.0:1")));
        assert_eq!(over_http("0.0.0.0:1", true), Ok(()));
    }

    #[test]
    fn a_token_goes_over_tls_or_stays_on_the_machine_or_somebody_has_said_so() {
        let identity = |token_file: Option<&str>| IdentitySetting {
            issuer: Some("urn:contoso".to_owned()),
            audience: Some("getmodern".to_owned()),
            token_file: token_file.map(PathBuf::from),
            ..IdentitySetting::default()
        };
        let (clear, plaintext) =
            (TlsSetting::default(), TlsSetting { plaintext: true, ..TlsSetting::default() });
        let tls = TlsSetting {
            tls_certificate: Some("a".into()),
            tls_key: Some("b".into()),
            peer_certificate: Some("a".into()),
            peer_key: Some("b".into()),
            ..TlsSetting::default()
        };
        let listen = |listen: &str, tls: &TlsSetting| {
            let (listen, tls) = (listen.parse().expect("an address"), tls.clone());
            Settings { listen, tls, identity: identity(None), ..Settings::local("nowhere") }.check(&[])
        };
        assert!(listen("127.0.0.1:1", &clear).is_ok() && listen("0.0.0.0:1", &clear).is_err());
        assert!(listen("0.0.0.0:1", &plaintext).is_ok() && listen("0.0.0.0:1", &tls).is_ok());
        let peer = |peer: &str, token: Option<&str>, tls: &TlsSetting| {
            let (identity, tls) = (identity(token), tls.clone());
            Settings { identity, tls, ..with_peers(&[peer]) }
                .check(&[service("tasks", Some("intake"))])
                .is_ok()
        };
        let (open, local, safe) =
            ("intake=http://intake:1", "intake=http://127.0.0.1:1", "intake=https://intake:1");
        assert!(!peer(open, Some("a"), &clear) && peer(open, Some("a"), &plaintext));
        assert!(peer(local, Some("a"), &clear) && peer(safe, Some("a"), &clear));
        assert!(!peer(local, None, &tls) && !peer(safe, None, &clear) && peer(safe, None, &tls));
    }
}
