//! What shows later that nobody changed the journals: signed checkpoints outside the databases, and `audit verify`.

mod checkpoint;
mod file;
mod followed;
pub(crate) mod fuzz;
mod note;
pub(crate) mod refusals;
pub(crate) mod rows;
mod verify;
mod witness;

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf, time::Duration};

use clap::{Args, Subcommand};

use crate::{Service, StartError, say};

pub use verify::Verification;
pub(crate) use witness::Witness;

/// Where checkpoints of the journals go, which a cut or rewritten journal does not fit.
#[derive(Debug, Clone, Args)]
pub struct CheckpointSettings {
    /// A folder that those do not reach who reach the databases: signed checkpoints of the journals are appended to a file
    /// for each service there. Every process has a folder of its own.
    #[arg(long, env = "GETMODERN_CHECKPOINTS", value_name = "FOLDER", requires = "audit_key")]
    pub checkpoints: Option<PathBuf>,

    /// The key that signs them, made by `audit key`.
    #[arg(long, env = "GETMODERN_AUDIT_KEY", value_name = "FILE", requires = "checkpoints")]
    pub audit_key: Option<PathBuf>,

    /// How often there is a checkpoint, if something has happened.
    #[arg(long, env = "GETMODERN_CHECKPOINT_EVERY", value_name = "TIME", default_value = "1m", value_parser = humantime::parse_duration)]
    pub checkpoint_every: Duration,
}

impl CheckpointSettings {
    /// None.
    pub(crate) fn none() -> Self {
        Self { checkpoints: None, audit_key: None, checkpoint_every: Duration::from_mins(1) }
    }
}

/// What can be done about the audit of the journals.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Reads each journal again and compares it with its seals and checkpoints: ends with 1, and names the first break, when
    /// something was changed, cut off, put in or set back.
    Verify(Verification),
    /// Makes a key that signs checkpoints, and beside it, in FILE.pub, the public key that shows who did.
    Key {
        /// Where the key goes; nothing may be there.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The name of who signs.
        #[arg(long, default_value = "getmodern", value_name = "NAME")]
        name: note::SignerName,
    },
}

impl Audit {
    /// Does it for `services`.
    pub(crate) async fn run(self, services: &[Service]) -> Result<(), StartError> {
        match self {
            Self::Verify(verification) => verification.run(services).await,
            Self::Key { file, name } => make_key(file, &name),
        }
    }
}

fn make_key(file: PathBuf, name: &note::SignerName) -> Result<(), StartError> {
    let (private, public) = note::keys(name)?;
    write(&file, 0o600, &private)?;
    let mut beside = file.into_os_string();
    beside.push(".pub");
    write(&beside.into(), 0o644, &public)?;
    say(&public);
    Ok(())
}

fn write(file: &PathBuf, mode: u32, line: &str) -> Result<(), String> {
    let open = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(file);
    let written = open.and_then(|mut open| {
        writeln!(open, "{line}")?;
        open.sync_all()
    });
    written.map_err(|error| format!("{}: {error}", file.display()))
}
