//! What a checkpoint says: how far a journal went at a time, and the hash of everything up to there.
//!
//! The text is that of [C2SP's checkpoints](https://c2sp.org/tlog-checkpoint), with the seal's hash where those have the root
//! of a tree: whose journal it is, the revision, the hash, and two extra lines, with the time and with how many erasures there were.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use kernel::Time;
use ledger::{Digest, Seal};

/// How far a journal went at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// Whose journal: the service, and the hash that tells this journal from any other.
    pub(crate) origin: String,
    pub(crate) seal: Seal,
    pub(crate) time: Time,
    /// How many erasures the journal had by then; none where an older release signed.
    pub(crate) erasures: Option<i64>,
}

impl Checkpoint {
    /// What the journal of `service` is called that begins with `identity`.
    pub(crate) fn origin(service: &str, identity: &Seal) -> String {
        format!("getmodern/{service}/{}", identity.hash)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = BASE64.encode(self.seal.hash.bytes());
        write!(f, "{}\n{}\n{hash}\ntime {}\n", self.origin, self.seal.revision, self.time)?;
        self.erasures.map_or(Ok(()), |erasures| writeln!(f, "erasures {erasures}"))
    }
}

impl FromStr for Checkpoint {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut lines = text.lines();
        let mut line = || lines.next().ok_or(());
        let (origin, revision, hash) = (line()?.to_owned(), line()?.parse().map_err(drop)?, line()?);
        let hash = Digest::try_from(BASE64.decode(hash).map_err(drop)?.as_slice())?;
        let time = line()?.strip_prefix("time ").ok_or(())?.parse().map_err(drop)?;
        let erasures =
            lines.next().map(|line| line.strip_prefix("erasures ").ok_or(())?.parse().map_err(drop));
        Ok(Self { origin, seal: Seal { revision, hash }, time, erasures: erasures.transpose()? })
    }
}

#[test]
fn a_checkpoint_is_read_as_it_is_written() {
    let time = "2019-10-01T08:00:00.5Z".parse().expect("a time");
    let identity = Seal { revision: 0, hash: Digest::from([1; 32]) };
    let seal = Seal { revision: 7, hash: Digest::from([255; 32]) };
    let origin = Checkpoint::origin("intake", &identity);
    let checkpoint = |erasures| Checkpoint { origin: origin.clone(), seal, time, erasures };
    let ones = "01".repeat(32);
    let text = format!("getmodern/intake/{ones}\n7\n{}8=\ntime 2019-10-01T08:00:00.5Z\n", "/".repeat(42));
    for (checkpoint, text) in
        [(checkpoint(None), text.clone()), (checkpoint(Some(3)), format!("{text}erasures 3\n"))]
    {
        assert_eq!(checkpoint.to_string(), text);
        assert_eq!(text.parse(), Ok(checkpoint));
    }
    for bad in [
        "",
        "a\nb\n",
        "a\n7\nAA==\ntime 2019-10-01T08:00:00Z\n",
        &text.replace("time", "date"),
        &format!("{text}x 3\n"),
    ] {
        assert_eq!(bad.parse::<Checkpoint>(), Err(()), "{bad}");
    }
}
