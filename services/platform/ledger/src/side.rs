//! Rows beside a resource's own that follow from its events: people by whom it is found, visits to stages and the like.

use kernel::{Id, name};

use crate::{Row, Statement, Table, Trouble, Value, statement::places};

/// A table whose rows follow from the events of the resources of another.
#[derive(Debug)]
pub struct Side {
    /// Its name.
    pub table: &'static str,
    /// The column that tells of which resource a row is.
    pub key: &'static str,
    /// That column has the resource's name, and others may have rows there; otherwise its identity.
    pub is_named: bool,
    /// The other columns.
    pub columns: &'static [(&'static str, Holds)],
}

/// The value of a column, if there is one.
#[derive(Debug, Clone, Copy)]
pub enum Holds {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A moment.
    Time,
}

/// The columns of one row beside a resource's own, without its key.
pub type Beside = Vec<Value>;

impl Side {
    /// The key of a resource of `T` here.
    pub(crate) fn key_of<T: Table>(&self, id: Id) -> Value {
        if self.is_named { name::of(T::COLLECTION, id).into() } else { id.into() }
    }

    /// Finds the rows of some resources of `T`, as [`Side::read`] reads them.
    pub(crate) fn statement<T: Table>(&self, ids: &[Id]) -> Statement {
        let columns: Vec<_> = self.columns.iter().map(|(column, _)| format!(", {column}")).collect();
        let keys: Vec<_> = ids.iter().map(|id| self.key_of::<T>(*id)).collect();
        let (columns, table, key, places) = (columns.concat(), self.table, self.key, places(keys.len()));
        Statement::new(format!("SELECT {key}{columns} FROM {table} WHERE {key} IN ({places})"), keys)
    }

    /// Of which resource of `T` a row is, if of any, and its columns.
    pub(crate) fn read<T: Table>(&self, row: &Row) -> Result<(Option<Id>, Beside), Trouble> {
        let id = if self.is_named {
            name::parse(T::COLLECTION, &row.get::<String>(0)?)
        } else {
            Some(row.get(0)?)
        };
        let columns = self.columns.iter().zip(1..).map(|((_, kind), index)| kind.read(row, index));
        Ok((id, columns.collect::<Result<_, _>>()?))
    }
}

impl Holds {
    fn read(self, row: &Row, index: usize) -> Result<Value, Trouble> {
        Ok(match self {
            Self::Text => Value::Text(row.get(index)?),
            Self::Int => Value::Int(row.get(index)?),
            Self::Time => Value::Time(row.get(index)?),
        })
    }
}
