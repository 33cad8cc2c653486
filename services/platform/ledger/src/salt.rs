//! Request ids are kept by a digest, since an id may be anything, somebody's name too, and is never erased.
//!
//! It is of the caller and the id, with a salt of the database's own: the same request has the same digest wherever it is kept or
//! told, and nobody tells by it what the id was who does not have the database, however well they guess.

use kernel::Person;
use sha2::{Digest, Sha256};

use crate::{Ledger, Statement, Trouble};

/// Bytes of a digest: far more than anybody could meet by chance.
const BYTES: usize = 16;

impl Ledger {
    /// The digest of a request id of `person`, which stands for it in everything that is kept or told: 32 digits of `0-9` and
    /// `a-f`.
    pub async fn digest(&self, person: &Person, request_id: &str) -> Result<String, Trouble> {
        let salt = self.salt.get_or_try_init(|| read(self)).await?;
        Ok(digest(salt, person, request_id))
    }
}

/// The migrations make it.
async fn read(ledger: &Ledger) -> Result<Vec<u8>, Trouble> {
    let rows = ledger.read(Statement::new("SELECT bytes FROM salt", vec![])).await?;
    rows.first().ok_or_else(|| Trouble::unreadable("the salt of request ids"))?.get(0)
}

/// As `keep_by_digest` in the schema of PostgreSQL has it.
fn digest(salt: &[u8], person: &Person, request_id: &str) -> String {
    let mut hash = Sha256::new();
    for part in [salt, person.as_str().as_bytes(), b" ", request_id.as_bytes()] {
        hash.update(part);
    }
    let number =
        hash.finalize()[..BYTES].iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    format!("{number:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_of_one_salt_one_caller_and_one_id() {
        let [ada, grace] = ["people/ada", "people/grace"].map(|name| Person::parse(name).expect("a person"));
        let all = [
            digest(b"salt", &ada, "key"),
            digest(b"salt", &ada, "key2"),
            digest(b"salt", &grace, "key"),
            digest(b"other", &ada, "key"),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(one.len() == 2 * BYTES && !all[..at].contains(one), "{all:?}");
        }
        assert_eq!(all[0], digest(b"salt", &ada, "key"));
    }
}
