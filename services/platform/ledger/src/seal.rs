//! The journal's seals: a chain of hashes in which every entry stands, made soon after the commits and never in one.
//!
//! The seal of revision 0 is random and tells this journal from any other. The seal of an entry is
//! `SHA-256("getmodern seal 1", the seal before, SHA-256("getmodern entry 1", the entry as in `document`))`, where what is
//! hashed together goes in as `digest` tells. Texts about people go in as `SHA-256("getmodern text 1", salt, path, text)`
//! and not as themselves: they can be erased with their salt, and every seal still fits (see `erase`).

mod digest;
mod document;

use std::collections::{BTreeMap, HashMap};

use kernel::Erasure;
use serde_json::{Value as Json, json};

use crate::{Commit, Failure, Ledger, Row, Statement, Stop, Trouble};

pub use digest::Digest;
pub(crate) use digest::hex;
pub(crate) use document::Document;

/// Entries that are sealed in one commit at most.
const BATCH: i64 = 100;

/// Fills what it is given with random bytes.
pub type Chance = fn(&mut [u8]);

/// A place in the journal with the hash of everything up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// How far it reaches.
    pub revision: i64,
    /// What it says of the journal up to there.
    pub hash: Digest,
}

impl Seal {
    pub(crate) fn read(row: &Row) -> Result<Self, Trouble> {
        Ok(Self { revision: row.get(0)?, hash: Digest::read(row, 1)? })
    }
}

/// Adds seals, from a list of them; PostgreSQL has it in `ledger_commits`, too.
pub(crate) const INSERT: &str = "INSERT INTO seal (revision, hash) \
     SELECT value ->> 0, unhex(value ->> 1) FROM json_each($1)";
/// The same for what they hold of texts about people.
pub(crate) const COMMIT: &str = "INSERT INTO commitment (revision, path, salt, digest) \
     SELECT value ->> 0, value ->> 1, unhex(value ->> 2), unhex(value ->> 3) FROM json_each($1)";

fn insert(seals: &[Seal]) -> Statement {
    let rows: Json = seals.iter().map(|seal| json!([seal.revision, seal.hash.to_string()])).collect();
    Statement::new(INSERT, vec![rows.into()])
}

/// The newest seal there is.
pub async fn sealed(ledger: &Ledger) -> Result<Option<Seal>, Trouble> {
    ledger.read(newest_statement()).await?.first().map(Seal::read).transpose()
}

/// The seal of a revision.
pub async fn seal_at(ledger: &Ledger, revision: i64) -> Result<Option<Seal>, Trouble> {
    ledger.read(seal_statement(revision)).await?.first().map(Seal::read).transpose()
}

pub(crate) fn newest_statement() -> Statement {
    Statement::new(
        "SELECT revision, hash FROM seal WHERE revision = (SELECT max(revision) FROM seal)",
        vec![],
    )
}

pub(crate) fn seal_statement(revision: i64) -> Statement {
    Statement::new("SELECT revision, hash FROM seal WHERE revision = $1", vec![revision.into()])
}

/// What a seal holds of one text about people.
#[derive(Debug, Clone)]
pub(crate) struct Commitment {
    pub(crate) path: String,
    /// None once it is erased.
    pub(crate) salt: Option<Vec<u8>>,
    pub(crate) digest: Digest,
}

impl Commitment {
    fn new(path: String, text: &str, chance: Chance) -> Self {
        let mut salt = vec![0; 16];
        chance(&mut salt);
        let digest = Self::digest(&salt, &path, text);
        Self { path, salt: Some(salt), digest }
    }

    pub(crate) fn digest(salt: &[u8], path: &str, text: &str) -> Digest {
        Digest::of(&[b"getmodern text 1", salt, path.as_bytes(), text.as_bytes()])
    }

    /// Its row, as [`COMMIT`] takes it.
    fn row(&self, revision: i64) -> Json {
        let salt = self.salt.as_deref().unwrap_or_default();
        json!([revision, self.path, hex(salt), self.digest.to_string()])
    }
}

/// The hash of everything up to an entry, from that up to the one before.
pub(crate) fn next(before: &Digest, document: &Document, commitments: &[Commitment]) -> Digest {
    let held: BTreeMap<_, _> = commitments.iter().map(|one| (one.path.as_str(), one.digest)).collect();
    let leaf = Digest::of(&[b"getmodern entry 1", &document.encoded(&held)]);
    Digest::of(&[b"getmodern seal 1", before.bytes(), leaf.bytes()])
}

/// What a pass of a sealer came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Everything there was is sealed.
    Done,
    /// There may be more.
    More,
    /// Another sealed meanwhile.
    Lost,
}

/// Seals a journal. Of several, one at a time gets on; the others lose nothing but the pass.
#[derive(Debug, Clone)]
pub struct Sealer {
    /// Whose journal.
    pub ledger: Ledger,
    /// Where texts about people stand, by collection: the names of members that lead to them, as [`kernel::Decider::PERSONAL`].
    pub personal: HashMap<&'static str, &'static [&'static str]>,
    /// Where salts come from.
    pub chance: Chance,
}

impl Sealer {
    /// Seals the oldest entries that are not sealed yet.
    pub async fn pass(&self) -> Result<Pass, Failure> {
        let Some(newest) = sealed(&self.ledger).await? else {
            let mut identity = [0; 32];
            (self.chance)(&mut identity);
            return self
                .write(vec![insert(&[Seal { revision: 0, hash: identity.into() }])], Pass::More)
                .await;
        };
        let rows = self.ledger.read(entries_statement(newest.revision, BATCH)).await?;
        let documents = rows.iter().map(Document::read).collect::<Result<Vec<_>, _>>()?;
        let statements = self.seals(newest, &documents)?;
        let full = i64::try_from(documents.len()).is_ok_and(|count| count == BATCH);
        self.write(statements, if full { Pass::More } else { Pass::Done }).await
    }

    async fn write(&self, statements: Vec<Statement>, pass: Pass) -> Result<Pass, Failure> {
        if statements.is_empty() {
            return Ok(pass);
        }
        match self.ledger.commit(Commit { statements }).await {
            Ok(()) => Ok(pass),
            Err(Failure::Stopped(Stop::Unique(_))) => Ok(Pass::Lost),
            Err(failure) => Err(failure),
        }
    }

    fn seals(&self, mut before: Seal, documents: &[Document]) -> Result<Vec<Statement>, Trouble> {
        let (mut seals, mut held) = (Vec::new(), Vec::new());
        for document in documents {
            if document.revision != before.revision + 1 {
                let text = format!("revision {} of the journal is missing", before.revision + 1);
                return Err(Trouble::new(text));
            }
            let commitments = self.commitments(document);
            let hash = next(&before.hash, document, &commitments);
            before = Seal { revision: document.revision, hash };
            held.extend(commitments.iter().map(|one| one.row(document.revision)));
            seals.push(before);
        }
        if seals.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Statement::new(COMMIT, vec![Json::from(held).into()]), insert(&seals)])
    }

    fn commitments(&self, document: &Document) -> Vec<Commitment> {
        let personal = document.collection().and_then(|collection| self.personal.get(collection));
        // Where nobody has said, any text may be about people.
        let own = personal.copied().unwrap_or(&["*"]);
        let texts = document.texts(if document.is_erasure() { Erasure::PERSONAL } else { own });
        texts.into_iter().map(|(path, text)| Commitment::new(path, text, self.chance)).collect()
    }
}

/// Journal entries after a revision, as [`Document::read`] reads them.
pub(crate) fn entries_statement(after: i64, limit: i64) -> Statement {
    let sql =
        format!("SELECT {} FROM journal WHERE revision > $1 ORDER BY revision LIMIT $2", Document::COLUMNS);
    Statement::new(sql, vec![after.into(), limit.into()])
}

/// The text that `path` leads to.
pub(crate) fn text_at<'a>(document: &'a Json, path: &str) -> Option<&'a str> {
    document.pointer(path)?.as_str()
}
