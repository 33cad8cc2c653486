//! How far a followed journal has been taken over.

use crate::{Ledger, Statement, Trouble};

/// The last revision of `source` that was taken over; 0 when none was.
pub async fn cursor(ledger: &Ledger, source: &str) -> Result<i64, Trouble> {
    ledger.read(cursor_statement(source)).await?.first().map_or(Ok(0), |row| row.get(0))
}

pub(crate) fn cursor_statement(source: &str) -> Statement {
    Statement::new("SELECT revision FROM cursor WHERE source = $1", vec![source.into()])
}

/// Moves the cursor of `source` from one revision to a later one; `word` when somebody else moved it.
#[must_use]
pub fn move_cursor(source: &str, from: i64, to: i64, word: &'static str) -> Statement {
    Statement::new(
        "INSERT INTO cursor (source, revision) \
         SELECT $1, $2 WHERE $3 = 0 OR EXISTS (SELECT 1 FROM cursor WHERE source = $1) \
         ON CONFLICT (source) DO UPDATE SET revision = $2 WHERE cursor.revision = $3",
        vec![source.into(), to.into(), from.into()],
    )
    .demanding_one(word)
}
