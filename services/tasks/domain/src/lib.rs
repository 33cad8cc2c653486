//! Tasks and notes, decided: FTOP's part in the playbook (E-3.3e, E-3.4a, E-3.5, E-5.4, E-5.5).
//!
//! A *file* is what this service knows of an engagement, a *task* is something to do for it, and a *note* is a line in
//! one of its two append-only logs.

pub mod file;
mod guard;
pub mod note;
mod pause;
pub mod personal;
mod seats;
mod six;
pub mod task;
mod template;

pub use file::{File, Files};
pub use note::{Note, Notes};
pub use pause::{Pause, Pauses};
pub use seats::Unacknowledged;
pub use six::{Deputy, Six};
pub use task::{Task, Tasks};
pub use template::Template;
