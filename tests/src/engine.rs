//! What keeps the state of the products under test. The same tests are two programs: their name says on what they run.

use std::{env, path::Path};

/// What keeps the state of the products under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file for each service.
    Sqlite,
    /// A database for each service.
    Postgres,
}

impl Engine {
    /// That of this test program.
    ///
    /// # Panics
    /// When the program does not know its own path.
    #[must_use]
    pub fn here() -> Self {
        Self::of(&env::current_exe().expect("the program's own path"))
    }

    fn of(program: &Path) -> Self {
        let name = program.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("postgres-") { Self::Postgres } else { Self::Sqlite }
    }
}

#[test]
fn a_test_program_runs_on_what_it_is_named_after() {
    assert_eq!(Engine::of(Path::new("/target/debug/deps/postgres-0a1b")), Engine::Postgres);
    assert_eq!(Engine::of(Path::new("/target/debug/deps/blackbox-0a1b")), Engine::Sqlite);
}
