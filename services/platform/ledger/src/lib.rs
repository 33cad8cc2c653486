//! State, journal and request key in one commit: the only code that speaks SQL engines.
//!
//! An engine has two functions, [`Ledger::read`] and [`Ledger::commit`]. A commit is a value: a list of statements,
//! each of which may demand that exactly one row was touched. Query text is the same for every engine.

#[cfg(test)]
extern crate self as ledger;

mod audit;
mod change;
mod connections;
mod cursor;
mod document;
mod duty;
mod engine;
mod erase;
mod finish;
mod folded;
mod head;
mod intervention;
mod joined;
mod journal;
mod kill;
mod lease;
mod migrate;
mod moment;
mod origin;
mod overdue;
mod page;
mod parked;
mod place;
#[cfg(test)]
mod plans;
mod pool;
mod position;
mod postgres;
mod queue;
mod record;
mod refusal;
mod request;
mod row;
mod salt;
mod schema;
mod script;
mod seal;
mod side;
mod sqlite;
mod statement;
mod stock;
mod table;
mod tally;
mod tenant;
mod token_key;
mod trace;
mod trail;
mod trouble;
mod value;
mod viewer;

pub use audit::{Audit, Break, Ending, Flaw, Stretch, erasures};
pub use change::{Change, Left};
pub use cursor::{Cursor, cursor, move_cursor, taken_since_resumed};
pub use document::Document;
pub use duty::{
    DutyCount, DutyQuery, DutyRow, PARKED, Waiting, count_duties, duties, open_duty, replace_duties,
};
pub use engine::Ledger;
pub use erase::{Erasable, Erased, erasable};
pub use folded::{Stray, begun, leftover, leftover_beside, rows, stray};
pub use intervention::{
    Intervention, Resumption, Salt, Word, discard, erase_event, interventions, released, resume, set_aside,
    unaccounted,
};
pub use journal::{
    Entry, JournalQuery, Reading, Sieve, entries, entries_after, head, position, read_after, read_narrowed,
};
pub use lease::{Lease, drop_lease, lease, take_lease};
pub use migrate::{Migration, Migrations};
pub use origin::Origin;
pub use overdue::{Span, became_overdue};
pub use page::{Filter, Key, page, page_statement};
pub use parked::{
    Parked, all_parked, blame, close_parked_duty, close_reset_duty, close_standing_duty, count_parked,
    has_reset_duty, has_standing_duty, open_parked_duty, open_reset_duty, open_standing_duty, park, parked,
    parked_at, release, replace_parked,
};
pub use place::Place;
pub use pool::Pool;
pub use position::Position;
pub use record::{
    Found, Record, hidden_statement, load, load_to_change, look, look_statement, look_to_change,
};
pub use refusal::{
    Refused, Surplus, count_not_kept, count_refusals, forget_refusal, forget_refusals, keep_refusal,
    oldest_refusals, surplus_refusals,
};
pub use request::{Kept, Remembered, Reply, RequestKey, remember, remembered, replies, unknown_replies};
pub use row::{Column, Row};
pub use schema::{Schema, Standing, Step};
pub use seal::{Chance, Digest, Pass, Seal, Sealer, seal_at, sealed};
pub use side::{Beside, Holds, Side};
pub use statement::{Commit, Demand, Failure, Statement, Stop};
pub use table::{Command, Event, State, Table};
pub use tally::{of_each, tally};
pub use tenant::{alone, depart, join_tenants, live, settle};
pub use token_key::{TokenKey, make_token_key, rotate_token_key, token_keys};
pub use trail::{Outcome, TrailEntry, TrailEvent, TrailKey, TrailQuery, trail};
pub use trouble::Trouble;
pub use value::Value;
pub use viewer::{Eyes, Unviewed, VIEWERS, unviewed, view_again};
