//! Signing checkpoints while the process lives: what it once signed, the journal has to go on from.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use kernel::Time;
use ledger::{Ledger, erasures, seal_at, sealed};
use tokio::{sync::Mutex, task::spawn_blocking, time::sleep};

use super::{
    CheckpointSettings,
    checkpoint::Checkpoint,
    file::{self, Book},
    note::Signer,
};
use crate::{clock, files};

/// How old the last checkpoint may get where nothing happens: one that is older tells of checkpoints that are missing.
pub(super) const QUIET: Duration = Duration::from_hours(1);

/// Signs checkpoints of one service's journal. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Witness {
    service: &'static str,
    ledger: Ledger,
    signer: Arc<Signer>,
    every: Duration,
    folder: PathBuf,
    /// One at a time signs.
    turn: Arc<Mutex<()>>,
}

impl Witness {
    /// One where the settings ask for it.
    pub(crate) fn new(
        service: &'static str,
        ledger: &Ledger,
        settings: &CheckpointSettings,
    ) -> Result<Option<Self>, String> {
        let (Some(folder), Some(key)) = (&settings.checkpoints, &settings.audit_key) else { return Ok(None) };
        let signer = Arc::new(signer(key)?);
        open(folder, service)?;
        let (ledger, folder, turn) = (ledger.clone(), folder.clone(), Arc::default());
        Ok(Some(Self { service, ledger, signer, every: settings.checkpoint_every, folder, turn }))
    }

    /// Refuses a key that does not read and a folder that cannot be, where the settings ask for checkpoints.
    pub(crate) fn check_settings(settings: &CheckpointSettings) -> Result<(), String> {
        let (Some(folder), Some(key)) = (&settings.checkpoints, &settings.audit_key) else { return Ok(()) };
        signer(key)?;
        files::check_folder(folder).map_err(|error| format!("--checkpoints {}: {error}", folder.display()))
    }

    /// Signs what there is, as often as it was told to, for as long as it is not dropped.
    pub(crate) async fn keep(&self) {
        let mut told = String::new();
        loop {
            match self.sign().await {
                Err(cause) if cause != told => {
                    tracing::error!("no checkpoints of {} are signed: {cause}", self.service);
                    told = cause;
                }
                Ok(()) if !told.is_empty() => {
                    tracing::warn!("checkpoints of {} are signed again", self.service);
                    told.clear();
                }
                _ => {}
            }
            sleep(self.every).await;
        }
    }

    /// Signs a checkpoint, if something has happened since the last, or that is old. The file is opened each time: it may have been moved
    /// away, and then the checkpoints begin anew.
    pub(crate) async fn sign(&self) -> Result<(), String> {
        let _turn = self.turn.lock().await;
        let Some(checkpoint) = self.look().await? else { return Ok(()) };
        let (folder, service) = (self.folder.clone(), self.service);
        let book = blocking(move || open(&folder, service)).await?;
        if let Some(last) = &book.last {
            self.check(last, &checkpoint).await?;
        }
        if is_due(book.last.as_ref(), &checkpoint) { self.append(book, &checkpoint).await } else { Ok(()) }
    }

    /// How far the journal goes now.
    async fn look(&self) -> Result<Option<Checkpoint>, String> {
        let words = |trouble: ledger::Trouble| trouble.cause().to_owned();
        let Some(seal) = sealed(&self.ledger).await.map_err(words)? else { return Ok(None) };
        let identity =
            seal_at(&self.ledger, 0).await.map_err(words)?.ok_or("the journal's identity is missing")?;
        let erasures = Some(erasures(&self.ledger, seal.revision).await.map_err(words)?);
        let origin = Checkpoint::origin(self.service, &identity);
        Ok(Some(Checkpoint { origin, seal, time: clock::now(), erasures }))
    }

    /// The journal still has what was signed last.
    async fn check(&self, last: &Checkpoint, now: &Checkpoint) -> Result<(), String> {
        let there = seal_at(&self.ledger, last.seal.revision).await;
        let there = there.map_err(|trouble| trouble.cause().to_owned())?;
        if last.origin == now.origin && there == Some(last.seal) {
            return Ok(());
        }
        Err(format!(
            "the journal is not the one that the checkpoint of {} was signed for, at revision {}: it was set back or rewritten. \
             `audit verify` tells more; where that is as it has to be, move {} away",
            last.time,
            last.seal.revision,
            file::path(&self.folder, self.service).display()
        ))
    }

    async fn append(&self, mut book: Book, checkpoint: &Checkpoint) -> Result<(), String> {
        let note = self.signer.sign(&checkpoint.to_string());
        let path = file::path(&self.folder, self.service);
        let append = move || book.append(&note).map_err(|error| format!("{}: {error}", path.display()));
        blocking(append).await
    }
}

fn is_due(last: Option<&Checkpoint>, now: &Checkpoint) -> bool {
    let is_old = |last: &Checkpoint| age(last.time, now.time) >= QUIET;
    last.is_none_or(|last| now.seal.revision > last.seal.revision || is_old(last))
}

/// How long after one moment another is; nothing where it is before.
pub(super) fn age(of: Time, at: Time) -> Duration {
    at.duration_since(of).try_into().unwrap_or_default()
}

/// Has something done that may take a disk's time.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    spawn_blocking(work).await.map_err(|error| error.to_string())?
}

/// The file of a service's checkpoints.
fn open(folder: &Path, service: &str) -> Result<Book, String> {
    let of = |error| format!("{}: {error}", file::path(folder, service).display());
    Book::open(folder, service).map_err(of)
}

fn signer(key: &Path) -> Result<Signer, String> {
    let of = |cause: &str| format!("--audit-key {}: {cause}", key.display());
    let text = files::text(key).map_err(|error| format!("--audit-key {error}"))?;
    text.parse().map_err(of)
}

#[cfg(test)]
mod tests {
    use ledger::{Digest, Seal};

    use super::*;

    fn checkpoint(revision: i64, minute: i64) -> Checkpoint {
        let seal = Seal { revision, hash: Digest::from([0; 32]) };
        let time = Time::from_second(minute * 60).expect("a time");
        Checkpoint { origin: "getmodern/intake/00".to_owned(), seal, time, erasures: None }
    }

    #[test]
    fn a_checkpoint_is_due_when_something_happened_and_once_an_hour_in_any_case() {
        let last = checkpoint(7, 100);
        assert!(is_due(None, &last));
        assert!(is_due(Some(&last), &checkpoint(8, 100)));
        assert!(!is_due(Some(&last), &checkpoint(7, 159)));
        assert!(is_due(Some(&last), &checkpoint(7, 160)));
        assert!(!is_due(Some(&last), &checkpoint(7, 10)), "a clock was set back");
    }
}
