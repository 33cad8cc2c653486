//! The storage engine of the products under test. One program runs the same tests on either engine, as it is told.

use std::env;

/// The storage engine of the products under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file for each service.
    Sqlite,
    /// A database for each service.
    Postgres,
}

impl Engine {
    /// The variable that names an engine: `postgres`, or `sqlite`, which is also the default.
    pub const VARIABLE: &str = "TEST_ENGINE";

    /// That of this run of the test program.
    ///
    /// # Panics
    /// When the variable names no engine.
    #[must_use]
    pub fn here() -> Self {
        Self::named(env::var(Self::VARIABLE).as_deref().unwrap_or("sqlite"))
    }

    fn named(name: &str) -> Self {
        match name {
            "sqlite" => Self::Sqlite,
            "postgres" => Self::Postgres,
            other => panic!("{}={other} is neither sqlite nor postgres", Self::VARIABLE),
        }
    }
}

#[test]
fn an_engine_has_a_name_and_a_typing_error_is_no_engine() {
    assert_eq!(Engine::named("postgres"), Engine::Postgres);
    assert_eq!(Engine::named("sqlite"), Engine::Sqlite);
    assert!(std::panic::catch_unwind(|| Engine::named("postgresql")).is_err());
}
