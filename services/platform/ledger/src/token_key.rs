//! The keys that the tokens of this database are authenticated with. They stand in the database, so all its replicas have them, and
//! no other database has.

use kernel::Time;

use crate::{Commit, Failure, Ledger, Row, Statement, Trouble};

/// A key of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// Its number, which the tokens name: later keys have higher ones.
    pub id: i64,
    /// The key itself.
    pub key: Vec<u8>,
    /// Until when tokens of it are good; none of the newest.
    pub until: Option<Time>,
}

/// The keys there are, the newest first.
pub async fn token_keys(ledger: &Ledger) -> Result<Vec<TokenKey>, Trouble> {
    ledger.read(keys_statement()).await?.iter().map(read).collect()
}

pub(crate) fn keys_statement() -> Statement {
    Statement::new("SELECT id, key, until FROM token_key ORDER BY id DESC", vec![])
}

/// Makes the first key out of `key`, unless there is one: of several who try at once, one does.
pub async fn make_token_key(ledger: &Ledger, key: &[u8], now: Time) -> Result<(), Failure> {
    let first = Statement::new(
        "INSERT INTO token_key (id, key, since) SELECT 1, $1, $2 \
         WHERE NOT EXISTS (SELECT 1 FROM token_key) ON CONFLICT DO NOTHING",
        vec![key.to_vec().into(), now.into()],
    );
    ledger.commit(Commit { statements: vec![first] }).await
}

/// Has tokens made with another key from now on, on somebody's word; those of the keys before are good until `until`. Stopped
/// when another did so at the same time.
pub async fn rotate_token_key(
    ledger: &Ledger,
    key: &[u8],
    person: &str,
    now: Time,
    until: Time,
) -> Result<(), Failure> {
    let statements = vec![newest(key, person, now), bound(until), forget(now)];
    ledger.commit(Commit { statements }).await?;
    Ok(ledger.scrub().await?)
}

pub(crate) fn newest(key: &[u8], person: &str, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO token_key (id, key, since, person) \
         SELECT coalesce(max(id), 0) + 1, $1, $2, $3 FROM token_key",
        vec![key.to_vec().into(), now.into(), person.into()],
    )
}

/// Ends all keys but the newest by then; one that ends sooner is left to.
pub(crate) fn bound(until: Time) -> Statement {
    Statement::new(
        "UPDATE token_key SET until = $1 \
         WHERE id < (SELECT max(id) FROM token_key) AND (until IS NULL OR until > $1)",
        vec![until.into()],
    )
}

/// Forgets the keys whose tokens are good no more.
pub(crate) fn forget(now: Time) -> Statement {
    Statement::new("DELETE FROM token_key WHERE until <= $1", vec![now.into()])
}

fn read(row: &Row) -> Result<TokenKey, Trouble> {
    Ok(TokenKey { id: row.get(0)?, key: row.get(1)?, until: row.get(2)? })
}
