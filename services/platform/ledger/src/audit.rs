//! The journal read again and compared with its seals, a stretch at a time, to the first that does not fit.

mod erasures;

use std::{collections::HashMap, fmt};

use kernel::{ERASED, Time};

use crate::{
    Digest, Ledger, Row, Seal, Statement, Trouble,
    seal::{Commitment, Document, entries_statement, next, text_at},
};

use erasures::Erasures;
pub use erasures::erasures;
#[cfg(test)]
pub(crate) use erasures::statement as erasures_statement;

/// Entries that are compared at a time.
const STRETCH: usize = 200;
/// How often a stretch is read in all when something does not fit: texts may be erased while it is read.
const LOOKS: usize = 3;

/// The first place where the journal and its seals do not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The entry's revision.
    pub revision: i64,
    /// What is wrong there.
    pub flaw: Flaw,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It is not there, and later ones are.
    Missing,
    /// It is not there, and none is after it, but it was sealed.
    Cut,
    /// It stands before the first.
    Early,
    /// It does not read; why.
    Unreadable(String),
    /// It says something else than what was sealed.
    Changed,
    /// The text at this path is not the one that was sealed.
    Text(String),
    /// The text at this path was erased, and nothing says so.
    Erased(String),
    /// An entry says that the text at this path was erased, and it is there.
    Back(String),
    /// A row names the text at this path as erased, in other words than an entry, or no entry does.
    Unsaid(String),
    /// So many rows that name what entries say was erased are not there.
    Unnamed(usize),
    /// Its seal is not there, and later ones are.
    Unsealed,
    /// Its seal is not the one that was made.
    Resealed,
    /// The journal has no identity.
    Nameless,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the entry is missing"),
            Self::Cut => f.write_str("the journal ends before it, and it was sealed: entries were cut off"),
            Self::Early => f.write_str("an entry stands before the first"),
            Self::Unreadable(cause) => write!(f, "it does not read: {cause}"),
            Self::Changed => f.write_str("the entry is not the one that was sealed"),
            Self::Text(path) => write!(f, "the text at {path} is not the one that was sealed"),
            Self::Erased(path) => write!(f, "the text at {path} was erased, and no entry says so"),
            Self::Back(path) => {
                write!(f, "an entry says that the text at {path} was erased, and it is there")
            }
            Self::Unsaid(path) => {
                write!(
                    f,
                    "the table `erasure` names the text at {path}, and no entry says so, or says it otherwise"
                )
            }
            Self::Unnamed(count) => {
                write!(f, "{count} texts were erased, as entries say, that the table `erasure` does not name")
            }
            Self::Unsealed => f.write_str("its seal is missing"),
            Self::Resealed => f.write_str("its seal is not the one that was made"),
            Self::Nameless => f.write_str("the journal's identity is missing"),
        }
    }
}

/// How a journal ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everything fits; entries that are not sealed yet, and the time of the first of them.
    Whole {
        /// How many.
        unsealed: i64,
        /// Since when.
        since: Option<Time>,
    },
    /// Not everything fits.
    Broken(Break),
}

/// What was compared at a time.
#[derive(Debug)]
pub struct Stretch {
    /// The seals that fit.
    pub seals: Vec<Seal>,
    /// Set with the last.
    pub ending: Option<Ending>,
}

/// A journal being compared with its seals.
#[derive(Debug)]
pub struct Audit<'a> {
    ledger: &'a Ledger,
    /// The last seal that fits; none before the first stretch.
    fits: Option<Seal>,
    erasures: Erasures,
}

impl<'a> Audit<'a> {
    /// From the beginning.
    #[must_use]
    pub fn new(ledger: &'a Ledger) -> Self {
        Self { ledger, fits: None, erasures: Erasures::default() }
    }

    /// Compares the next stretch.
    pub async fn next(&mut self) -> Result<Stretch, Trouble> {
        let mut stretch = self.look().await?;
        for _ in 1..LOOKS {
            if !matches!(stretch.ending, Some(Ending::Broken(_))) {
                break;
            }
            stretch = self.look().await?;
        }
        self.fits = stretch.seals.last().copied().or(self.fits);
        if let Some(Ending::Whole { .. }) = stretch.ending
            && let Some(found) = self.unsaid().await?
        {
            stretch.ending = Some(Ending::Broken(found));
        }
        self.complete(stretch).await
    }

    async fn look(&mut self) -> Result<Stretch, Trouble> {
        let after = self.fits.map_or(i64::MIN, |seal| seal.revision);
        // The seals first: whatever is sealed by now is in the journal by then.
        let seals = self.ledger.read(seals_statement(after)).await?;
        let seals = seals.iter().map(Seal::read).collect::<Result<Vec<_>, _>>()?;
        let entries = self.ledger.read(entries_statement(after, limit())).await?;
        let entries: Vec<_> = entries.iter().map(read).collect();
        let commitments = self.commitments(after, &seals).await?;
        // The erasures last: whatever is erased by now says so by then.
        self.erasures.read(self.ledger).await?;
        let (fits, erasures) = (self.fits, &self.erasures);
        Ok(Comparison { seals: &seals, entries: &entries, commitments, fits, erasures }.compare())
    }

    /// What is erased is named, and what is named is erased.
    async fn unsaid(&mut self) -> Result<Option<Break>, Trouble> {
        let mut found = self.erasures.compare(self.ledger).await?;
        for _ in 1..LOOKS {
            if found.is_some() {
                found = self.erasures.compare(self.ledger).await?;
            }
        }
        Ok(found)
    }

    async fn commitments(&self, after: i64, seals: &[Seal]) -> Result<Commitments, Trouble> {
        let last = seals.last().map_or(0, |seal| seal.revision);
        let mut all = Commitments::new();
        for row in self.ledger.read(commitments_statement(after, last)).await? {
            let commitment =
                Commitment { path: row.get(1)?, salt: row.get(2)?, digest: Digest::read(&row, 3)? };
            all.entry(row.get(0)?).or_default().push(commitment);
        }
        Ok(all)
    }

    /// Tells what is not sealed yet once everything that is sealed fits.
    async fn complete(&self, stretch: Stretch) -> Result<Stretch, Trouble> {
        let Some(Ending::Whole { .. }) = stretch.ending else { return Ok(stretch) };
        let after = self.fits.map_or(0, |seal| seal.revision);
        let rows = self.ledger.read(unsealed_statement(after)).await?;
        let row = rows.first().ok_or_else(|| Trouble::new("a count answered no row"))?;
        let ending = Ending::Whole { unsealed: row.get(0)?, since: row.get(1)? };
        Ok(Stretch { ending: Some(ending), ..stretch })
    }
}

type Commitments = HashMap<i64, Vec<Commitment>>;

/// An entry, or the revision of one that does not read, and why.
type Entry = Result<Document, (i64, Trouble)>;

fn read(row: &Row) -> Entry {
    Document::read(row).map_err(|trouble| (row.get(0).unwrap_or_default(), trouble))
}

fn revision(entry: &Entry) -> i64 {
    entry.as_ref().map_or_else(|(revision, _)| *revision, |document| document.revision)
}

/// One more than a stretch: what comes after the last tells whether it or its seal was changed.
fn limit() -> i64 {
    i64::try_from(STRETCH + 1).unwrap_or(i64::MAX)
}

pub(crate) fn seals_statement(after: i64) -> Statement {
    let sql = "SELECT revision, hash FROM seal WHERE revision > $1 ORDER BY revision LIMIT $2";
    Statement::new(sql, vec![after.into(), limit().into()])
}

pub(crate) fn commitments_statement(after: i64, last: i64) -> Statement {
    let sql = "SELECT revision, path, salt, digest FROM commitment WHERE revision > $1 AND revision <= $2";
    Statement::new(sql, vec![after.into(), last.into()])
}

pub(crate) fn unsealed_statement(after: i64) -> Statement {
    Statement::new("SELECT count(*), min(time) FROM journal WHERE revision > $1", vec![after.into()])
}

/// One stretch of journal and seals side by side.
struct Comparison<'a> {
    seals: &'a [Seal],
    entries: &'a [Entry],
    commitments: Commitments,
    fits: Option<Seal>,
    erasures: &'a Erasures,
}

impl Comparison<'_> {
    fn compare(mut self) -> Stretch {
        let mut fitting = Vec::new();
        let ending = self.run(&mut fitting).err();
        Stretch { seals: fitting, ending }
    }

    /// Adds the seals that fit; the ending, where there is one.
    fn run(&mut self, fitting: &mut Vec<Seal>) -> Result<(), Ending> {
        if self.fits.is_none() {
            fitting.extend(self.identity()?);
        }
        for _ in 0..STRETCH {
            let Some(before) = fitting.last().copied().or(self.fits) else { return Err(whole()) };
            let broken = |flaw| Ending::Broken(Break { revision: before.revision + 1, flaw });
            let seal = self.fit(before).map_err(broken)?;
            fitting.push(seal.ok_or_else(whole)?);
        }
        Ok(())
    }

    /// The seal of revision 0, which is before all entries.
    fn identity(&mut self) -> Result<Option<Seal>, Ending> {
        let broken = |revision, flaw| Ending::Broken(Break { revision, flaw });
        if let Some(early) = self.entries.first().map(revision).filter(|revision| *revision < 1) {
            return Err(broken(early, Flaw::Early));
        }
        let Some((first, rest)) = self.seals.split_first() else { return Ok(None) };
        if first.revision != 0 {
            return Err(broken(0, Flaw::Nameless));
        }
        self.seals = rest;
        Ok(Some(*first))
    }

    /// The seal after `before`, if there is one and it fits.
    fn fit(&mut self, before: Seal) -> Result<Option<Seal>, Flaw> {
        let expected = before.revision + 1;
        let Some((seal, seals)) = self.seals.split_first() else { return Ok(None) };
        let Some((entry, entries)) = self.entries.split_first() else { return Err(Flaw::Cut) };
        if revision(entry) != expected {
            return Err(Flaw::Missing);
        }
        if seal.revision != expected {
            return Err(Flaw::Unsealed);
        }
        (self.seals, self.entries) = (seals, entries);
        let document = entry.as_ref().map_err(|(_, cause)| Flaw::Unreadable(cause.cause().to_owned()))?;
        let hash = self.hash(before.hash, document)?;
        if hash == seal.hash { Ok(Some(*seal)) } else { Err(self.blame(*seal, hash)) }
    }

    fn hash(&self, before: Digest, document: &Document) -> Result<Digest, Flaw> {
        let commitments = self.commitments.get(&document.revision).map(Vec::as_slice).unwrap_or_default();
        for commitment in commitments {
            self.check(document, commitment)?;
        }
        Ok(next(&before, document, commitments))
    }

    /// Whether an entry or its seal was changed: what follows fits one of the two.
    fn blame(&self, seal: Seal, hash: Digest) -> Flaw {
        let (Some(next), Some(Ok(document))) = (self.seals.first(), self.entries.first()) else {
            return Flaw::Changed;
        };
        let follows = |hash| self.hash(hash, document).is_ok_and(|hash| hash == next.hash);
        if !follows(seal.hash) && follows(hash) { Flaw::Resealed } else { Flaw::Changed }
    }

    /// The text that is committed to is there, and is the one; or it is erased, and an entry says so.
    fn check(&self, document: &Document, commitment: &Commitment) -> Result<(), Flaw> {
        let path = &commitment.path;
        let Some(text) = text_at(&document.json, path) else { return Err(Flaw::Text(path.clone())) };
        let resource = document.json["resource"].as_str().unwrap_or_default();
        let told = self.erasures.tell(document.revision, resource, path);
        match &commitment.salt {
            Some(_) if told => Err(Flaw::Back(path.clone())),
            Some(salt) if Commitment::digest(salt, path, text) == commitment.digest => Ok(()),
            None if !told => Err(Flaw::Erased(path.clone())),
            None if text == ERASED => Ok(()),
            _ => Err(Flaw::Text(path.clone())),
        }
    }
}

fn whole() -> Ending {
    Ending::Whole { unsealed: 0, since: None }
}
