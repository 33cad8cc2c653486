//! How far a followed journal has been taken over.

use kernel::Time;

use crate::{Ledger, Row, Statement, Trouble};

/// How far a followed journal has been taken over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The last revision that was taken over; 0 when none was.
    pub revision: i64,
    /// The journal's own word for that place, or for one before it; empty when it has given none.
    pub token: String,
    /// When the event there happened; not known of a place that an older release noted.
    pub time: Option<Time>,
}

/// How far `source` has been taken over.
pub async fn cursor(ledger: &Ledger, source: &str) -> Result<Cursor, Trouble> {
    let rows = ledger.read(cursor_statement(source)).await?;
    rows.first().map_or(Ok(Cursor::default()), read)
}

fn read(row: &Row) -> Result<Cursor, Trouble> {
    Ok(Cursor { revision: row.get(0)?, token: row.get(1)?, time: row.get(2)? })
}

pub(crate) fn cursor_statement(source: &str) -> Statement {
    Statement::new("SELECT revision, token, time FROM cursor WHERE source = $1", vec![source.into()])
}

/// The last revision of `source` that `person`, the service itself, has done something about since an operator last put its cursor
/// elsewhere; 0 when there is none.
pub async fn taken_since_resumed(ledger: &Ledger, source: &str, person: &str) -> Result<i64, Trouble> {
    let rows = ledger.read(taken_statement(source, person)).await?;
    rows.first().map_or(Ok(0), |row| row.get(0))
}

pub(crate) fn taken_statement(source: &str, person: &str) -> Statement {
    let start = source.len() + 2;
    let sql = format!(
        "SELECT coalesce(max(CAST(substr(request_id, {start}) AS bigint)), 0) FROM journal \
         WHERE person = $2 AND substr(request_id, 1, {}) = $1 || '/' AND kind <> 'Intervened' \
         AND NOT EXISTS (SELECT 1 FROM intervention AS i WHERE i.source = $1 AND i.action = 'RESUMED' AND i.time >= journal.time)",
        start - 1
    );
    Statement::new(sql, vec![source.into(), person.into()])
}

/// Moves the cursor of `source` from where it stands to another place; `word` when somebody else moved it.
#[must_use]
pub fn move_cursor(source: &str, from: i64, to: &Cursor, word: &'static str) -> Statement {
    Statement::new(
        "INSERT INTO cursor (source, revision, token, time) \
         SELECT $1, $2, $4, $5 WHERE $3 = 0 OR EXISTS (SELECT 1 FROM cursor WHERE source = $1) \
         ON CONFLICT (source) DO UPDATE SET revision = $2, token = $4, time = $5 WHERE cursor.revision = $3",
        vec![source.into(), to.revision.into(), from.into(), to.token.as_str().into(), to.time.into()],
    )
    .demanding_one(word)
}
