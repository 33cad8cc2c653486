//! Columns coming out of a row, alike for every engine.

use kernel::{Id, Time};
use serde_json::Value as Json;
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

use crate::{Trouble, moment::Moment};

/// One row of an answer.
#[derive(Debug)]
pub struct Row(pub(crate) Of);

/// The engine that answered.
#[derive(Debug)]
pub(crate) enum Of {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The column at `index`, counted from 0.
    pub fn get<C: Column>(&self, index: usize) -> Result<C, Trouble> {
        C::read(self, index)
    }
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads it.
    fn read(row: &Row, index: usize) -> Result<Self, Trouble>;
}

/// A type that each engine keeps in its own way.
pub trait Cell: Sized {
    /// What `row` holds at `index`.
    fn read(row: &Row, index: usize) -> Result<Option<Self>, Trouble>;
}

impl<C: Cell> Column for Option<C> {
    fn read(row: &Row, index: usize) -> Result<Self, Trouble> {
        <C as Cell>::read(row, index)
    }
}

impl<C: Cell> Column for C {
    fn read(row: &Row, index: usize) -> Result<Self, Trouble> {
        <C as Cell>::read(row, index)?.ok_or_else(|| Trouble::unreadable(format_args!("no column {index}")))
    }
}

macro_rules! cells {
    ($($type:ty: $sqlite:ident($from_sqlite:expr), $postgres:ident($from_postgres:expr);)*) => {$(
        impl Cell for $type {
            fn read(row: &Row, index: usize) -> Result<Option<Self>, Trouble> {
                match &row.0 {
                    Of::Sqlite(row) => {
                        row.try_get::<Option<$sqlite>, _>(index)?.map($from_sqlite).transpose()
                    }
                    Of::Postgres(row) => {
                        row.try_get::<Option<$postgres>, _>(index)?.map($from_postgres).transpose()
                    }
                }
            }
        }
    )*};
}

type Bytes = Vec<u8>;

cells! {
    i64: i64(Ok), i64(Ok);
    String: String(Ok), String(Ok);
    Bytes: Bytes(Ok), Bytes(Ok);
    Id: String(|text| text.parse().map_err(Trouble::unreadable)), Id(Ok);
    Time: i64(|micros| Time::from_microsecond(micros).map_err(Trouble::unreadable)), Moment(|at| Ok(at.0));
    Json: String(|text| serde_json::from_str(&text).map_err(Trouble::unreadable)), Json(Ok);
}
