//! A password shows in nothing that is logged or told.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use ledger::Ledger;
use tokio::time::sleep;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    counter::MIGRATIONS,
    encryption::{PASSWORD, Secured},
    house::{mark, place, sql, write},
};

const REFUSED: &str = "password authentication failed";

/// Everything logged so far.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("unharmed").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// On one thread, so that whatever is logged on the way is seen.
#[tokio::test(flavor = "current_thread")]
async fn a_password_shows_in_nothing_that_is_logged_or_told() {
    let Some(secured) = Secured::start().await else { return };
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_writer(log.clone()).with_max_level(tracing::Level::TRACE).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let trusted = secured.trusting(&secured.authority);
    let place = place(&secured.address("localhost", PASSWORD, "verify-full", &trusted));
    place.migrate(&MIGRATIONS).await.expect("migrated");
    let ledger = Ledger::open(&place, &MIGRATIONS).await.expect("open");
    ledger.begin().await.expect("begun");
    secured.tell("ALTER ROLE keeper PASSWORD 'another'").await;
    secured.tell("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'keeper'").await;

    // The task that follows the journal asks again within a second, and says in the log that it cannot.
    let logged = || String::from_utf8(log.0.lock().expect("unharmed").clone()).expect("text");
    for _ in 0..100 {
        if logged().contains(REFUSED) {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    let read = ledger.read(sql("SELECT 1", vec![])).await.expect_err("refused");
    let written = write(&ledger, [mark(1)]).await.expect_err("refused");
    let migrated = place.migrate(&MIGRATIONS).await.expect_err("refused");
    let told = format!("{place:?} {ledger:?} {read:?} {written:?} {migrated:?}");
    ledger.close().await;
    assert!(logged().contains(REFUSED) && told.contains(REFUSED), "{told}\n{}", logged());
    assert!(!told.contains(PASSWORD) && !logged().contains(PASSWORD), "{told}\n{}", logged());
}
