//! One service's database.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_lc_rs::digest::{SHA256, digest};
use engagement_domain::Engagements;
use intake_domain::{Cases, Policies};
use kernel::{Decider, Person, Stamp, Time, fold};
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgRow};
use tasks_domain::{Files, Notes, Tasks};

const JOURNAL: &str = "SELECT revision, resource, kind, data, person, role, \
                       (extract(epoch FROM time) * 1000000)::bigint, request_id, version_before, version_after \
                       FROM journal ORDER BY revision";

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) revision: Option<i64>,
    pub(crate) resource: String,
    pub(crate) kind: String,
    data: Json,
    person: String,
    role: String,
    /// Microseconds since 1970.
    pub(crate) time: i64,
    request_id: String,
    pub(crate) version_before: i64,
    pub(crate) version_after: i64,
}

/// One service's database.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) package: &'static str,
    pub(crate) entries: Vec<Entry>,
    /// The version and the state of each resource, by its name.
    pub(crate) rows: BTreeMap<String, (i64, Json)>,
    /// The replies that are kept, by person and key.
    pub(crate) replies: HashMap<(String, String), Vec<u8>>,
    /// The salt of request ids here.
    salt: Vec<u8>,
    pub(crate) parked: i64,
}

impl Book {
    pub(crate) async fn read(url: &str, package: &'static str) -> Self {
        let mut own = PgConnection::connect(url).await.expect("connected");
        let journal = sqlx::query(JOURNAL).fetch_all(&mut own).await.expect("readable");
        let mut rows = BTreeMap::new();
        for collection in collections(package) {
            let sql =
                AssertSqlSafe(format!("SELECT '{collection}/' || id, version, state FROM {collection}"));
            for row in sqlx::query(sql).fetch_all(&mut own).await.expect("readable") {
                rows.insert(row.get(0), (row.get(1), row.get(2)));
            }
        }
        let replies = sqlx::query("SELECT person, key, reply FROM request");
        let replies = replies.fetch_all(&mut own).await.expect("readable");
        let parked = sqlx::query_scalar("SELECT count(*) FROM parked").fetch_one(&mut own).await;
        let salt = sqlx::query_scalar("SELECT bytes FROM salt").fetch_one(&mut own).await;
        Self {
            package,
            entries: journal.iter().map(Entry::read).collect(),
            rows,
            replies: replies.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect(),
            parked: parked.expect("readable"),
            salt: salt.expect("readable"),
        }
    }

    /// Whether every entry has its place.
    pub(crate) fn is_placed(&self) -> bool {
        self.entries.iter().all(|entry| entry.revision.is_some())
    }

    /// The journal as watchers see it: each revision with its resource and what happened to it.
    pub(crate) fn told(&self) -> Vec<(i64, String, String)> {
        let told =
            |entry: &Entry| (entry.revision.unwrap_or_default(), entry.resource.clone(), entry.kind.clone());
        self.entries.iter().map(told).collect()
    }

    /// The entries of this kind.
    pub(crate) fn of(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }

    /// The digest of a person's request id here.
    pub(crate) fn digest(&self, person: &str, request_id: &str) -> String {
        let whole = [&self.salt, person.as_bytes(), b" ", request_id.as_bytes()].concat();
        let digest = digest(&SHA256, &whole);
        let number =
            digest.as_ref()[..16].iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        format!("{number:032x}")
    }

    /// The person and the digest of the request id of each entry.
    pub(crate) fn keys(&self) -> HashSet<(&str, &str)> {
        self.entries.iter().map(|entry| (entry.person.as_str(), entry.request_id.as_str())).collect()
    }

    /// Everything wrong with it by itself.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = self.disorder();
        faults.extend(self.repetitions());
        faults.extend(self.unlike());
        if self.parked > 0 {
            faults.push(format!("{} events are parked", self.parked));
        }
        faults.into_iter().map(|fault| format!("{}: {fault}", self.package)).collect()
    }

    /// Revisions that are not dense from 1, and versions that do not follow on each other.
    fn disorder(&self) -> Vec<String> {
        let (mut versions, mut faults) = (HashMap::new(), Vec::new());
        for (entry, place) in self.entries.iter().zip(1..) {
            if entry.revision != Some(place) {
                faults.push(format!("revision {:?} at place {place}", entry.revision));
            }
            let version = versions.insert(&entry.resource, entry.version_after).unwrap_or(0);
            if (entry.version_before, entry.version_after) != (version, version + 1) {
                faults.push(format!("{} goes from {version} to {}", entry.resource, entry.version_after));
            }
        }
        faults
    }

    /// Keys that stand for more than one commit: on one resource at two moments, or a person's on two resources.
    fn repetitions(&self) -> Vec<String> {
        let (mut moments, mut resources, mut faults) = (HashMap::new(), HashMap::new(), Vec::new());
        for entry in &self.entries {
            let key = (entry.person.as_str(), entry.request_id.as_str());
            if *moments.entry((key, &entry.resource)).or_insert(entry.time) != entry.time {
                faults.push(format!("{key:?} happened twice to {}", entry.resource));
            }
            let first = *resources.entry(key).or_insert(&entry.resource);
            if entry.person.starts_with("people/") && first != &entry.resource {
                faults.push(format!("{key:?} happened to {first} and to {}", entry.resource));
            }
        }
        faults
    }

    /// Rows that are not what the journal tells.
    fn unlike(&self) -> Vec<String> {
        let mut told: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.entries {
            told.entry(&entry.resource).or_default().push(entry);
        }
        let names: HashSet<&str> = told.keys().copied().chain(self.rows.keys().map(String::as_str)).collect();
        let like = |name: &str| {
            let entries = told.get(name).map(Vec::as_slice).unwrap_or_default();
            self.rows.get(name).is_some_and(|row| is_told(name, row, entries))
        };
        names.into_iter().filter(|name| !like(name)).map(|name| format!("{name} is not as told")).collect()
    }
}

impl Entry {
    fn read(row: &PgRow) -> Self {
        Self {
            revision: row.get(0),
            resource: row.get(1),
            kind: row.get(2),
            data: row.get(3),
            person: row.get(4),
            role: row.get(5),
            time: row.get(6),
            request_id: row.get(7),
            version_before: row.get(8),
            version_after: row.get(9),
        }
    }

    fn stamp(&self) -> Stamp {
        Stamp {
            person: Person::parse(&self.person).expect("a person"),
            role: self.role.parse().expect("a role"),
            time: Time::from_microsecond(self.time).expect("a time"),
        }
    }
}

fn collections(package: &str) -> &'static [&'static str] {
    match package {
        "getmodern.intake.v1" => &["cases", "policies"],
        "getmodern.engagement.v1" => &["engagements"],
        _ => &["files", "tasks", "notes"],
    }
}

/// The row says what its entries tell, folded.
fn is_told(name: &str, row: &(i64, Json), entries: &[&Entry]) -> bool {
    let folds = match name.split('/').next() {
        Some("cases") => folds::<Cases>,
        Some("policies") => folds::<Policies>,
        Some("engagements") => folds::<Engagements>,
        Some("files") => folds::<Files>,
        Some("tasks") => folds::<Tasks>,
        _ => folds::<Notes>,
    };
    i64::try_from(entries.len()) == Ok(row.0) && folds(&row.1, entries)
}

fn folds<D: Decider>(state: &Json, entries: &[&Entry]) -> bool {
    let state: D::State = serde_json::from_value(state.clone()).expect("a state");
    let event =
        |entry: &&Entry| (serde_json::from_value(entry.data.clone()).expect("an event"), entry.stamp());
    let told: Vec<(D::Event, Stamp)> = entries.iter().map(event).collect();
    fold::<D>(None, told.iter().map(|(event, stamp)| (event, stamp))) == Some(state)
}
