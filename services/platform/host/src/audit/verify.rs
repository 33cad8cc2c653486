//! `audit verify`: each journal is read again and compared with its seals, and its seals with the checkpoints.

use std::path::PathBuf;

use clap::Args;
use kernel::Time;
use ledger::{Break, Ending, Ledger, Seal, sealed};

use super::{checkpoint::Checkpoint, file::Notes, note::Verifier, rows};
use crate::{Service, StartError, Storage, address, clock, files, intervene, say};

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
    /// Where the state is kept.
    #[command(flatten)]
    storage: Storage,
}

impl Verification {
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
        let chain = match compare_seals(service.name, ledger).await? {
            Ok(words) => with_rows(service, ledger, words).await?,
            broken => broken,
        };
        let mut notes = Compared { service: service.name, ledger, keys, first: None, agree: None, count: 0 };
        for folder in &self.checkpoints {
            notes.folder(folder).await?;
        }
        // Of several, the first in the journal; where both speak of it, what is known of the entry itself.
        Ok(match (chain, notes.first) {
            (Err(of_seals), Some(of_notes)) if of_notes.0 < of_seals.0 => Err(of_notes),
            (Ok(_), Some(of_notes)) => Err(of_notes),
            (Err(of_seals), _) => Err(of_seals),
            (Ok(words), None) if self.checkpoints.is_empty() => Ok(words),
            (Ok(words), None) => Ok(format!("{words}; {}", agreed(notes.count, notes.agree))),
        })
    }
}

/// The revision of a break, and what is wrong there.
pub(super) type Found = (i64, String);

fn agreed(count: u64, last: Option<i64>) -> String {
    match last {
        Some(last) => format!("{count} checkpoints agree, the last of them at revision {last}"),
        None => "there is no checkpoint yet".to_owned(),
    }
}

/// What fits, with the rows that the journal adds up to; or the first that is something else.
async fn with_rows(
    service: &Service,
    ledger: &Ledger,
    words: String,
) -> Result<Result<String, Found>, String> {
    let compared = rows::compare(service, ledger).await.map_err(|trouble| trouble.cause().to_owned())?;
    Ok(compared.map(|rows| format!("{words}, and {rows} rows are what they add up to")))
}

async fn compare_seals(service: &str, ledger: &Ledger) -> Result<Result<String, Found>, String> {
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
            Some(Ending::Whole { unsealed, since }) => return Ok(whole(last, unsealed, since)),
        }
    }
}

/// What is not sealed within a minute, no server seals, or its seal was cut off.
fn whole(last: i64, unsealed: i64, since: Option<Time>) -> Result<String, Found> {
    let waits = |since: Time| clock::now().as_second() - since.as_second() > PATIENCE;
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
    /// The first that does not fit.
    first: Option<Found>,
    /// The last that does.
    agree: Option<i64>,
    count: u64,
}

impl Compared<'_> {
    async fn folder(&mut self, folder: &std::path::Path) -> Result<(), String> {
        let path = super::file::path(folder, self.service);
        let of = |error: std::io::Error| format!("{}: {error}", path.display());
        let identity = self.seal(0).await?;
        let origin = identity.map(|identity| Checkpoint::origin(self.service, &identity));
        for (number, note) in Notes::open(folder, self.service).map_err(of)?.enumerate() {
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
            self.compare(&checkpoint, origin.as_deref()).await?;
        }
        Ok(())
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
            (self.count, self.agree) = (self.count + 1, self.agree.max(Some(revision)));
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
