//! Two PostgreSQL servers that Patroni runs, etcd that tells them who leads, and a proxy that leads clients there.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::Child,
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection};

use crate::{
    installed::installed,
    server::{SERVICES, programs},
    site::{Site, signal},
};

/// How long anything may take that has to happen.
const LIVENESS: Duration = tests::PATIENCE;

/// Two servers, one of which leads.
pub(crate) struct Patroni {
    pub(crate) site: Site,
    programs: [PathBuf; 4],
    etcd: u16,
    front: u16,
    nodes: [Node; 2],
    /// What tells who leads, and what leads clients there.
    others: Vec<Child>,
    settings: &'static str,
}

struct Node {
    postgres: u16,
    rest: u16,
    patroni: Option<Child>,
}

/// A commit waits until both servers have it.
pub(crate) const SYNCHRONOUS: &str = "synchronous_mode: true";
/// It does not, and a server that is far behind may lead all the same.
pub(crate) const ASYNCHRONOUS: &str = "synchronous_mode: false";

impl Patroni {
    /// Starts all of it and creates the services' databases; `None`, said aloud, where it cannot be had.
    pub(crate) async fn start(settings: &'static str) -> Option<Self> {
        let programs = [
            programs()?,
            has("patroni", "patroni")?,
            has("etcd", "etcd-server")?,
            has("haproxy", "haproxy")?,
        ];
        let port = || tests::free_address().port();
        let node = || Node { postgres: port(), rest: port(), patroni: None };
        let (etcd, front, nodes) = (port(), port(), [node(), node()]);
        let mut this = Self { site: Site::new(), programs, etcd, front, nodes, others: Vec::new(), settings };
        this.others = vec![this.start_etcd(), this.start_front()];
        this.begin(0);
        eventually("a server leads", async || this.leads(0).await).await;
        this.begin(1);
        this.whole().await;
        for service in SERVICES {
            let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {service}"));
            let mut own = PgConnection::connect(&this.url("postgres")).await.expect("connected");
            sqlx::raw_sql(create).execute(&mut own).await.expect("created");
        }
        Some(this)
    }

    /// The database by way of whoever leads.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.front)
    }

    pub(crate) fn urls(&self) -> [String; 3] {
        SERVICES.map(|service| self.url(service))
    }

    /// Starts the Patroni of a node, again if need be.
    pub(crate) fn begin(&mut self, node: usize) {
        let file = self.site.write(&format!("patroni-{node}.yml"), &self.configuration(node));
        let mut command = self.site.command(&self.programs[1]);
        let started = self.site.start(&format!("patroni-{node}"), command.arg(file));
        self.nodes[node].patroni = Some(started);
    }

    /// `kill -9` of a node: its Patroni and its PostgreSQL.
    pub(crate) fn kill(&mut self, node: usize) {
        let mut patroni = self.nodes[node].patroni.take().expect("it runs");
        let _ = patroni.kill();
        let _ = patroni.wait();
        let file = fs::read_to_string(self.data(node).join("postmaster.pid")).expect("it runs");
        signal("-KILL", &[file.lines().next().and_then(|pid| pid.parse().ok()).expect("a process")]);
    }

    /// The node that leads.
    pub(crate) async fn leader(&self) -> usize {
        usize::from(!self.leads(0).await)
    }

    pub(crate) async fn leads(&self, node: usize) -> bool {
        self.ask::<bool>(node, "SELECT NOT pg_is_in_recovery()").await.unwrap_or_default()
    }

    /// Waits until clients are led to whoever leads.
    pub(crate) async fn reachable(&self) {
        eventually("clients are led", async || PgConnection::connect(&self.url("postgres")).await.is_ok())
            .await;
    }

    /// Waits until the node that does not lead follows as commits need it to, and is told that it may take over.
    pub(crate) async fn whole(&self) {
        eventually("the other node follows", async || {
            let follower = 1 - self.leader().await;
            self.standbys().await == [self.wanted()]
                && (self.settings != SYNCHRONOUS || self.may_lead(follower))
        })
        .await;
    }

    /// Whether Patroni counts a node as the one that has every commit; no other is promoted.
    fn may_lead(&self, node: usize) -> bool {
        let mut answer = String::new();
        let asked = TcpStream::connect(("127.0.0.1", self.nodes[node].rest)).and_then(|mut rest| {
            rest.write_all(b"GET /sync HTTP/1.0\r\n\r\n")?;
            rest.read_to_string(&mut answer)
        });
        asked.is_ok() && answer.lines().next().is_some_and(|line| line.contains(" 200 "))
    }

    /// The planned way to another leader.
    pub(crate) fn switch(&self, to: usize) {
        let mut command = self.site.command(self.programs[1].with_file_name("patronictl"));
        command.arg("-c").arg(self.site.folder.join("patroni-0.yml"));
        command.args(["switchover", "getmodern", "--candidate", &format!("node{to}"), "--force"]);
        self.site.carry_out(&mut command);
    }

    /// Lets a node that follows receive nothing any more.
    pub(crate) async fn hold_back(&self, node: usize) {
        for word in ["ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'", "SELECT pg_reload_conf()"]
        {
            let mut own = PgConnection::connect(&self.own_url(node)).await.expect("connected");
            sqlx::raw_sql(word).execute(&mut own).await.expect("carried out");
        }
        eventually("it receives nothing", async || self.standbys().await.is_empty()).await;
    }

    /// How those who follow do so.
    async fn standbys(&self) -> Vec<String> {
        let leader = self.leader().await;
        // A base backup under way streams as well.
        let states = "SELECT coalesce(string_agg(sync_state, ','), '') FROM pg_stat_replication \
                      WHERE state = 'streaming' AND application_name LIKE 'node%'";
        let states: String = self.ask(leader, states).await.unwrap_or_default();
        states.split(',').filter(|state| !state.is_empty()).map(str::to_owned).collect()
    }

    fn wanted(&self) -> &'static str {
        if self.settings == SYNCHRONOUS { "sync" } else { "async" }
    }

    async fn ask<T>(&self, node: usize, question: &'static str) -> Option<T>
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let mut own = PgConnection::connect(&self.own_url(node)).await.ok()?;
        sqlx::query_scalar(question).fetch_one(&mut own).await.ok()
    }

    fn own_url(&self, node: usize) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.nodes[node].postgres)
    }

    fn data(&self, node: usize) -> PathBuf {
        self.site.folder.join(format!("node{node}"))
    }

    fn start_etcd(&self) -> Child {
        let (clients, peers) =
            (format!("http://127.0.0.1:{}", self.etcd), format!("http://{}", tests::free_address()));
        let mut command = self.site.command(&self.programs[2]);
        command.args(["--name", "one", "--data-dir"]).arg(self.site.folder.join("etcd"));
        command.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
        command.args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers]);
        command.args(["--initial-cluster", &format!("one={peers}")]);
        self.site.start("etcd", &mut command)
    }

    fn start_front(&self) -> Child {
        let server = |(number, node): (usize, &Node)| {
            format!("  server node{number} 127.0.0.1:{} check port {}\n", node.postgres, node.rest)
        };
        let servers: String = self.nodes.iter().enumerate().map(server).collect();
        let file = self.site.write(
            "haproxy.cfg",
            &FRONT.replace("PORT", &self.front.to_string()).replace("SERVERS", &servers),
        );
        let mut command = self.site.command(&self.programs[3]);
        self.site.start("haproxy", command.arg("-db").arg("-f").arg(file))
    }

    fn configuration(&self, node: usize) -> String {
        let Node { postgres, rest, .. } = self.nodes[node];
        let places = [
            ("NODE", node.to_string()),
            ("REST", rest.to_string()),
            ("ETCD", self.etcd.to_string()),
            ("PORT", postgres.to_string()),
            ("DATA", self.data(node).display().to_string()),
            ("FOLDER", self.site.folder.display().to_string()),
            ("BINARIES", self.programs[0].display().to_string()),
            ("SETTINGS", self.settings.to_owned()),
        ];
        places
            .into_iter()
            .fold(NODE.to_owned(), |text, (place, value)| text.replace(&format!("<{place}>"), &value))
    }
}

const FRONT: &str = "
defaults
  mode tcp
  timeout connect 1s
  timeout client 30m
  timeout server 30m
  timeout check 1s
listen leader
  bind 127.0.0.1:PORT
  option httpchk GET /primary
  http-check expect status 200
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
SERVERS";

const NODE: &str = "
scope: getmodern
name: node<NODE>
restapi:
  listen: 127.0.0.1:<REST>
  connect_address: 127.0.0.1:<REST>
etcd3:
  host: 127.0.0.1:<ETCD>
bootstrap:
  dcs:
    ttl: 10
    loop_wait: 1
    retry_timeout: 4
    maximum_lag_on_failover: 1073741824
    <SETTINGS>
    postgresql:
      use_pg_rewind: true
      parameters:
        max_connections: 200
  initdb:
  - encoding: UTF8
  - data-checksums
postgresql:
  listen: 127.0.0.1:<PORT>
  connect_address: 127.0.0.1:<PORT>
  data_dir: <DATA>
  bin_dir: <BINARIES>
  pgpass: <FOLDER>/pgpass<NODE>
  authentication:
    superuser:
      username: postgres
    replication:
      username: postgres
  parameters:
    unix_socket_directories: <FOLDER>
  pg_hba:
  - local all all trust
  - host all all 127.0.0.1/32 trust
  - host replication all 127.0.0.1/32 trust
";

/// A program on the path or where Debian puts those of the system.
fn has(name: &str, package: &str) -> Option<PathBuf> {
    installed(&name.to_uppercase(), package, || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).chain(["/usr/bin".into(), "/usr/sbin".into()]);
        folders.map(|folder| folder.join(name)).find(|program| program.is_file())
    })
}

pub(crate) async fn eventually(what: &str, ask: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !ask().await {
        assert!(begun.elapsed() < LIVENESS, "it does not happen: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
