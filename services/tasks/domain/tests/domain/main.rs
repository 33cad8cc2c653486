//! The rules of tasks and notes: told as sentences, laid out as a table, and tried at random.

mod cast;
mod files;
mod notes;
mod overwritten;
mod properties;
mod seats;
mod table;
mod tasks;
