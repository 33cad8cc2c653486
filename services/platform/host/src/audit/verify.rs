//! `audit verify`: each journal is read again and compared with its seals, and its seals with the checkpoints.

use std::{io::ErrorKind, path::PathBuf, time::Duration};

use clap::Args;
use kernel::Time;
use ledger::{Break, Ending, Ledger, Seal, sealed};

use super::{checkpoint::Checkpoint, file::Notes, note::Verifier, rows, witness::age};
use crate::{Service, StartError, Storage, address, clock, files, intervene, migrate, say};

/// Entries after which it is told how far it is.
const STRIDE: i64 = 10_000;
/// For how many seconds an entry may go without its seal; it is one of its time's clock.
const PATIENCE: i64 = 60;

/// What is compared with what.
#[derive(Debug, Clone, Args)]
pub struct Verification {
    /// A folder of checkpoints that a server signed; may be repeated.
    #[arg(long, value_name = "FOLDER", requires = "public_keys")]
    checkpoints: Vec<PathBuf>,
    /// The public key, or a file that holds it, of who may have signed; may be repeated.
    #[arg(long = "public-key", value_name = "KEY|FILE", requires = "checkpoints")]
    public_keys: Vec<String>,
    /// How old the newest checkpoint of each service may be: a server signs one an hour at least.
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = humantime::parse_duration, requires = "checkpoints")]
    newest_within: Duration,
    /// When the copy was made that is compared, where it is an older one, such as `2026-11-30T06:00:00Z`: later checkpoints do
    /// not count, and ages are those of then.
    #[arg(long, value_name = "MOMENT")]
    as_of: Option<Time>,
    /// Where the state is kept.
    #[command(flatten)]
    storage: Storage,
}

impl Verification {
    /// One without checkpoints.
    #[must_use]
    pub fn of(storage: Storage) -> Self {
        let newest_within = Duration::from_hours(2);
        Self { checkpoints: Vec::new(), public_keys: Vec::new(), newest_within, as_of: None, storage }
    }

    pub(crate) async fn run(&self, services: &[Service]) -> Result<(), StartError> {
        let names: Vec<_> = services.iter().map(Service::name).collect();
        self.storage.check(&names)?;
        let keys = self.public_keys.iter().map(|key| verifier(key)).collect::<Result<Vec<_>, _>>()?;
        let mut broken = Vec::new();
        for service in services {
            match self.verify(service, &keys).await? {
                Ok(words) => say(&format!("{}: {words}", service.name)),
                Err(found) => broken.push(format!("{}: revision {}: {}", service.name, found.0, found.1)),
            }
            let place = self.storage.place(service.name)?;
            let changed = migrate::differences(&place, service).await;
            let changed = changed.map_err(|cause| format!("{}: {cause}", service.name))?;
            broken.extend(changed.map(|changed| format!("{}: {changed}", service.name)));
        }
        if self.checkpoints.is_empty() {
            say(
                "nothing outside the databases was compared: what was cut off or rewritten whole is not found",
            );
        }
        if broken.is_empty() { Ok(()) } else { Err(broken.join("\n").into()) }
    }

    /// What fits, or the first break.
    async fn verify(
        &self,
        service: &Service,
        keys: &[Verifier],
    ) -> Result<Result<String, Found>, StartError> {
        let ledger = intervene::open(service, &self.storage).await?;
        let outcome = self.compare(service, &ledger, keys).await;
        ledger.close().await;
        let place = self.storage.place(service.name)?;
        Ok(outcome.map_err(|cause| format!("{}: {cause}", address::words(service.name, &place)))?)
    }

    async fn compare(
        &self,
        service: &Service,
        ledger: &Ledger,
        keys: &[Verifier],
    ) -> Result<Result<String, Found>, String> {
        let now = self.as_of.unwrap_or_else(clock::now);
        let chain = match compare_seals(service.name, ledger, now).await? {
            Ok(words) => with_rows(service, ledger, words).await?,
            broken => broken,
        };
        let mut notes = Compared::new(service.name, ledger, keys, self.as_of);
        for folder in &self.checkpoints {
            notes.folder(folder).await?;
        }
        if !self.checkpoints.is_empty() && notes.first.is_none() {
            notes.first = notes.lacking(now, self.newest_within).await?;
        }
        // Of several, the first in the journal; where both speak of it, what is known of the entry itself.
        let agreed = notes.agreed();
        Ok(match (chain, notes.first) {
            (Err(of_seals), Some(of_notes)) if of_notes.0 < of_seals.0 => Err(of_notes),
            (Ok(_), Some(of_notes)) => Err(of_notes),
            (Err(of_seals), _) => Err(of_seals),
            (Ok(words), None) if self.checkpoints.is_empty() => Ok(words),
            (Ok(words), None) => Ok(format!("{words}; {agreed}")),
        })
    }
}

/// The revision of a break, and what is wrong there.
pub(super) type Found = (i64, String);

/// What fits, with the rows that the journal adds up to; or the first that is something else.
async fn with_rows(
    service: &Service,
    ledger: &Ledger,
    words: String,
) -> Result<Result<String, Found>, String> {
    let compared = rows::compare(service, ledger).await.map_err(|trouble| trouble.cause().to_owned())?;
    Ok(compared.map(|rows| format!("{words}, and {rows} rows are what they add up to")))
}

async fn compare_seals(service: &str, ledger: &Ledger, now: Time) -> Result<Result<String, Found>, String> {
    let words = |trouble: ledger::Trouble| trouble.cause().to_owned();
    let head = sealed(ledger).await.map_err(words)?.map_or(0, |seal| seal.revision);
    let (mut audit, mut last) = (ledger::Audit::new(ledger), 0);
    loop {
        let stretch = audit.next().await.map_err(words)?;
        let before = last;
        last = stretch.seals.last().map_or(last, |seal| seal.revision);
        if before / STRIDE != last / STRIDE {
            eprintln!("{service}: {last} of {head} entries are read");
        }
        match stretch.ending {
            None => {}
            Some(Ending::Broken(Break { revision, flaw })) => return Ok(Err((revision, flaw.to_string()))),
            Some(Ending::Whole { unsealed, since }) => return Ok(whole(last, unsealed, since, now)),
        }
    }
}

/// What is not sealed within a minute, no server seals, or its seal was cut off.
fn whole(last: i64, unsealed: i64, since: Option<Time>, now: Time) -> Result<String, Found> {
    let waits = |since: Time| now.as_second() - since.as_second() > PATIENCE;
    match since {
        Some(since) if waits(since) => Err((
            last + 1,
            format!(
                "the entry is of {since} and has no seal: start the service, which seals within a second what it finds, or seals \
                 were cut off"
            ),
        )),
        _ if unsealed > 0 => Ok(format!("{last} entries fit their seals, {unsealed} are not sealed yet")),
        _ => Ok(format!("{last} entries fit their seals")),
    }
}

/// The checkpoints of one service beside its seals, in whatever order they come.
struct Compared<'a> {
    service: &'a str,
    ledger: &'a Ledger,
    keys: &'a [Verifier],
    /// Later ones do not count.
    until: Option<Time>,
    /// The first that does not fit.
    first: Option<Found>,
    /// The newest that does.
    agree: Option<Checkpoint>,
    count: u64,
}

impl<'a> Compared<'a> {
    fn new(service: &'a str, ledger: &'a Ledger, keys: &'a [Verifier], until: Option<Time>) -> Self {
        Self { service, ledger, keys, until, first: None, agree: None, count: 0 }
    }
}

impl Compared<'_> {
    async fn folder(&mut self, folder: &std::path::Path) -> Result<(), String> {
        let path = super::file::path(folder, self.service);
        let of = |error: std::io::Error| format!("{}: {error}", path.display());
        let identity = self.seal(0).await?;
        let origin = identity.map(|identity| Checkpoint::origin(self.service, &identity));
        let notes = match Notes::open(folder, self.service) {
            // Of several folders each may have those of other services.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            notes => notes.map_err(of)?,
        };
        for (number, note) in notes.enumerate() {
            let note = note.map_err(of)?;
            let Some(checkpoint) = self.read(&note) else {
                let revision = note.lines().nth(1).and_then(|line| line.parse().ok());
                let told = format!(
                    "checkpoint {} of {} is not signed by any of the keys",
                    number + 1,
                    path.display()
                );
                self.found(revision.unwrap_or(0), told);
                continue;
            };
            if self.until.is_none_or(|until| checkpoint.time <= until) {
                self.compare(&checkpoint, origin.as_deref()).await?;
            }
        }
        Ok(())
    }

    /// The checkpoints that are missing, if those that there are fit.
    async fn lacking(&self, now: Time, limit: Duration) -> Result<Option<Found>, String> {
        let Some(newest) = &self.agree else {
            return Ok(Some((
                0,
                "it has no checkpoint: none was signed, or they were taken away".to_owned(),
            )));
        };
        let (revision, time) = (newest.seal.revision, newest.time);
        if age(time, now) > limit {
            let text = format!(
                "its newest checkpoint is of {time}, and a server signs one an hour at least: it does not run, or they were taken \
                 away; an older copy is compared with --as-of"
            );
            return Ok(Some((revision, text)));
        }
        let words = |trouble: ledger::Trouble| trouble.cause().to_owned();
        let there = ledger::erasures(self.ledger, revision).await.map_err(words)?;
        let is_other = newest.erasures.filter(|told| *told != there);
        let text =
            |told| format!("the checkpoint of {time} tells of {told} erasures, the journal of {there}");
        Ok(is_other.map(|told| (revision, text(told))))
    }

    fn agreed(&self) -> String {
        let last = self.agree.as_ref();
        let told =
            last.and_then(|last| last.erasures).map(|erasures| format!(", with {erasures} erasures by then"));
        let revision = last.map_or(0, |last| last.seal.revision);
        let count = self.count;
        format!(
            "{count} checkpoints agree, the last of them at revision {revision}{}",
            told.unwrap_or_default()
        )
    }

    fn read(&self, note: &str) -> Option<Checkpoint> {
        self.keys.iter().find_map(|key| key.text(note))?.parse().ok()
    }

    async fn compare(&mut self, checkpoint: &Checkpoint, origin: Option<&str>) -> Result<(), String> {
        let (revision, time) = (checkpoint.seal.revision, checkpoint.time);
        let there = self.seal(revision).await?;
        if origin.is_some_and(|origin| origin != checkpoint.origin) {
            self.found(
                revision,
                format!("the checkpoint of {time} is of another journal, {}", checkpoint.origin),
            );
        } else if there == Some(checkpoint.seal) {
            self.count += 1;
            let place = |one: &Checkpoint| (one.seal.revision, one.time);
            if self.agree.as_ref().is_none_or(|agree| place(agree) < place(checkpoint)) {
                self.agree = Some(checkpoint.clone());
            }
        } else if there.is_some() {
            let text = format!(
                "the checkpoint of {time} has another hash: the journal up to there, or its seals, were rewritten"
            );
            self.found(revision, text);
        } else {
            let text = format!(
                "the checkpoint of {time} knows it, and it has no seal: the journal was cut off, or set back to an older copy"
            );
            self.found(revision, text);
        }
        Ok(())
    }

    fn found(&mut self, revision: i64, text: String) {
        if self.first.as_ref().is_none_or(|(first, _)| revision < *first) {
            self.first = Some((revision, text));
        }
    }

    async fn seal(&self, revision: i64) -> Result<Option<Seal>, String> {
        ledger::seal_at(self.ledger, revision).await.map_err(|trouble| trouble.cause().to_owned())
    }
}

/// A key, or the one that a file holds.
fn verifier(key: &str) -> Result<Verifier, String> {
    if let Ok(verifier) = key.parse() {
        return Ok(verifier);
    }
    let text = files::text(key.as_ref())
        .map_err(|error| format!("--public-key is no key, and as a file: {error}"))?;
    text.parse().map_err(|cause: &str| format!("--public-key {key}: {cause}"))
}
