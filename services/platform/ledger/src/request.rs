//! Request keys: a repeated call gets the original reply (I-20).

use kernel::{Person, Time};

use crate::{Ledger, Row, Statement, Trouble, Value};

/// A caller's key for one mutation, with the fingerprint of what it asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// Whose key it is.
    pub person: Person,
    /// The digest of the caller's `request_id`: [`Ledger::digest`].
    pub key: String,
    /// The `request_id` itself, by which releases up to 0.1.0 kept their replies. It is looked for and never written.
    pub id: String,
    /// Tells the method and the whole request apart from any other.
    pub fingerprint: Vec<u8>,
}

/// What is kept of a mutation that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// What it asked.
    pub fingerprint: Vec<u8>,
    /// The reply it got, encoded.
    pub reply: Vec<u8>,
    /// The resource that is about; none in those of older products.
    pub resource: Option<String>,
}

impl Remembered {
    pub(crate) fn read(row: &Row, first: usize) -> Result<Option<Self>, Trouble> {
        let fingerprint: Option<Vec<u8>> = row.get(first)?;
        let reply: Option<Vec<u8>> = row.get(first + 1)?;
        let resource = row.get(first + 2)?;
        Ok(fingerprint.zip(reply).map(|(fingerprint, reply)| Self { fingerprint, reply, resource }))
    }
}

impl RequestKey {
    /// The constraint that stops a second use of the same key.
    pub const CONSTRAINT: &'static str = "request.person, request.key";

    /// Of the request that `person` calls `id`.
    pub async fn of(
        ledger: &Ledger,
        person: &Person,
        id: &str,
        fingerprint: Vec<u8>,
    ) -> Result<Self, Trouble> {
        let key = ledger.digest(person, id).await?;
        Ok(Self { person: person.clone(), key, id: id.to_owned(), fingerprint })
    }

    /// The key as it is kept. No `request_id` has a space in it, so none is taken for a digest.
    pub(crate) fn kept(&self) -> String {
        by_digest(&self.key)
    }
}

/// Before what stands for a request id. No `request_id` has a blank in it.
const DIGEST: &str = "by digest ";

fn by_digest(digest: &str) -> String {
    format!("{DIGEST}{digest}")
}

/// The answer to a mutation, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The resource it is about.
    pub resource: String,
    /// The message it is, by its full name.
    pub message: String,
    /// The message, encoded.
    pub bytes: Vec<u8>,
}

/// Keeps a reply; PostgreSQL has it in `ledger_commits`, too.
pub(crate) const INSERT: &str = "INSERT INTO request (person, key, fingerprint, reply, time, resource, message) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Keeps `reply` as the answer to `request`.
#[must_use]
pub fn remember(request: &RequestKey, reply: Reply, now: Time) -> Statement {
    Statement::new(
        INSERT,
        vec![
            request.person.as_str().into(),
            request.kept().into(),
            request.fingerprint.clone().into(),
            reply.bytes.into(),
            now.into(),
            reply.resource.into(),
            reply.message.into(),
        ],
    )
}

/// A reply that is kept, and whose key it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The caller.
    pub person: String,
    /// The caller's key, as it is kept.
    pub key: String,
    /// The message it is, by its full name; none in those of older products.
    pub message: Option<String>,
    /// The reply, encoded.
    pub bytes: Vec<u8>,
}

impl Kept {
    fn read(row: &Row) -> Result<Self, Trouble> {
        Ok(Self { person: row.get(0)?, key: row.get(1)?, message: row.get(2)?, bytes: row.get(3)? })
    }

    /// Has it say something else from now on; `word` when it is gone.
    #[must_use]
    pub fn replace(&self, bytes: Vec<u8>, word: &'static str) -> Statement {
        let values: Vec<Value> = vec![self.person.as_str().into(), self.key.as_str().into(), bytes.into()];
        Statement::new("UPDATE request SET reply = $3 WHERE person = $1 AND key = $2", values)
            .demanding_one(word)
    }

    /// It is kept by the `request_id` itself, as older products did.
    #[must_use]
    pub fn is_kept_by_id(&self) -> bool {
        !self.key.starts_with(DIGEST)
    }

    /// Has it kept by this digest alone, and no more by the `request_id`, as older products did.
    #[must_use]
    pub fn hide_key(&self, digest: &str) -> [Statement; 2] {
        let values: Vec<Value> =
            vec![self.person.as_str().into(), self.key.as_str().into(), by_digest(digest).into()];
        // Beside replicas of this release it is kept by both.
        let both = "DELETE FROM request WHERE person = $1 AND key = $2 \
                    AND EXISTS (SELECT 1 FROM request WHERE person = $1 AND key = $3)";
        let one = "UPDATE request SET key = $3 WHERE person = $1 AND key = $2";
        [Statement::new(both, values.clone()), Statement::new(one, values)]
    }
}

/// What is kept of a mutation, if it was carried out.
pub async fn remembered(ledger: &Ledger, request: &RequestKey) -> Result<Option<Remembered>, Trouble> {
    let rows = ledger.read(remembered_statement(request)).await?;
    rows.first().map_or(Ok(None), |row| Remembered::read(row, 0))
}

pub(crate) fn remembered_statement(request: &RequestKey) -> Statement {
    let values: Vec<Value> =
        vec![request.person.as_str().into(), request.kept().into(), request.id.as_str().into()];
    let sql = "SELECT fingerprint, reply, resource FROM request WHERE person = $1 AND key IN ($2, $3)";
    Statement::new(sql, values)
}

/// The replies that are about `resource`.
pub async fn replies(ledger: &Ledger, resource: &str) -> Result<Vec<Kept>, Trouble> {
    ledger.read(replies_statement(resource)).await?.iter().map(Kept::read).collect()
}

pub(crate) fn replies_statement(resource: &str) -> Statement {
    let sql = "SELECT person, key, message, reply FROM request WHERE resource = $1";
    Statement::new(sql, vec![resource.into()])
}

/// The replies of which an older product did not say what they are about, in order, after those of a caller and key, `limit` at
/// most.
pub async fn unknown_replies(ledger: &Ledger, after: (&str, &str), limit: i64) -> Result<Vec<Kept>, Trouble> {
    ledger.read(unknown_statement(after, limit)).await?.iter().map(Kept::read).collect()
}

pub(crate) fn unknown_statement((person, key): (&str, &str), limit: i64) -> Statement {
    let sql = "SELECT person, key, message, reply FROM request \
               WHERE resource IS NULL AND (person, key) > ($1, $2) ORDER BY person, key LIMIT $3";
    Statement::new(sql, vec![person.into(), key.into(), limit.into()])
}
