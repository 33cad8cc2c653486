//! Signing checkpoints while the process lives: what it once signed, the journal has to go on from.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ledger::{Ledger, seal_at, sealed};
use tokio::{sync::Mutex, task::spawn_blocking, time::sleep};

use super::{CheckpointSettings, checkpoint::Checkpoint, file, note::Signer};
use crate::{clock, files};

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

    /// Signs a checkpoint, if something has happened since the last. The file is opened each time: it may have been moved
    /// away, and then the checkpoints begin anew.
    pub(crate) async fn sign(&self) -> Result<(), String> {
        let _turn = self.turn.lock().await;
        let Some(checkpoint) = self.look().await? else { return Ok(()) };
        let (folder, service) = (self.folder.clone(), self.service);
        let (file, last) = blocking(move || open(&folder, service)).await?;
        if let Some(last) = &last {
            self.check(last, &checkpoint).await?;
        }
        let signed = last.map_or(0, |last| last.seal.revision);
        if checkpoint.seal.revision > signed { self.append(file, &checkpoint).await } else { Ok(()) }
    }

    /// How far the journal goes now.
    async fn look(&self) -> Result<Option<Checkpoint>, String> {
        let words = |trouble: ledger::Trouble| trouble.cause().to_owned();
        let Some(seal) = sealed(&self.ledger).await.map_err(words)? else { return Ok(None) };
        let identity =
            seal_at(&self.ledger, 0).await.map_err(words)?.ok_or("the journal's identity is missing")?;
        Ok(Some(Checkpoint { origin: Checkpoint::origin(self.service, &identity), seal, time: clock::now() }))
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

    async fn append(&self, mut file: File, checkpoint: &Checkpoint) -> Result<(), String> {
        let note = self.signer.sign(&checkpoint.to_string());
        let path = file::path(&self.folder, self.service);
        let append =
            move || file::append(&mut file, &note).map_err(|error| format!("{}: {error}", path.display()));
        blocking(append).await
    }
}

/// Has something done that may take a disk's time.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    spawn_blocking(work).await.map_err(|error| error.to_string())?
}

/// The file of a service's checkpoints, and the last in it.
fn open(folder: &Path, service: &str) -> Result<(File, Option<Checkpoint>), String> {
    let of = |cause: &dyn std::fmt::Display| format!("{}: {cause}", file::path(folder, service).display());
    let (file, last) = file::open(folder, service).map_err(|error| of(&error))?;
    let last = last.map(|note| read(&note).ok_or_else(|| of(&"its end is not a checkpoint")));
    Ok((file, last.transpose()?))
}

fn signer(key: &Path) -> Result<Signer, String> {
    let of = |cause: &str| format!("--audit-key {}: {cause}", key.display());
    let text = files::text(key).map_err(|error| format!("--audit-key {error}"))?;
    text.parse().map_err(of)
}

/// What a note of one's own says.
fn read(note: &str) -> Option<Checkpoint> {
    note.get(..note.rfind("\n\n")? + 1)?.parse().ok()
}
