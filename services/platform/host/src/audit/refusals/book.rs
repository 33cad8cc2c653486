//! The refusals of one service: noted in memory, and written once a second to a table that has so many rows and no more.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::SignedDuration;
use kernel::{Id, Time};
use ledger::{
    Commit, Failure, Ledger, Refused, Statement, Surplus, count_refusals, forget_refusal, forget_refusals,
    keep_refusal, oldest_refusals, surplus_refusals,
};
use tokio::{
    select,
    time::{Instant, MissedTickBehavior, interval, interval_at},
};

use super::{Unseen, noted::Noted};
use crate::{clock, telemetry};

/// How often what was refused is written.
const PERIOD: Duration = Duration::from_secs(1);
/// How many hours a refusal is kept: a quarter of a year.
const HOURS: i64 = 92 * 24;
/// How often those that are older are forgotten where no other comes.
const FORGET_EVERY: Duration = Duration::from_hours(1);
/// Makes room for one in so many at a time, as it takes a look at all of them.
const PART: i64 = 100;
/// Makes room for so many at a time at most, which is more than come: a process that kept more, as an older release did, or under
/// another setting, is through with them after a while.
const AT_ONCE: i64 = 5000;
/// Times that room is made again because another replica was faster.
const ATTEMPTS: usize = 4;
/// Stops a commit when somebody else forgot one of the same.
const GONE: &str = "gone";

/// The refusals of one service, and how many rows of them are kept. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Book {
    service: &'static str,
    ledger: Ledger,
    most: i64,
    noted: Arc<Mutex<Noted>>,
    /// The turn to write.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Book {
    /// One of `most` rows.
    pub(crate) fn new(service: &'static str, ledger: &Ledger, most: u32) -> Self {
        Self {
            service,
            ledger: ledger.clone(),
            most: most.into(),
            noted: Arc::default(),
            turn: Arc::default(),
        }
    }

    pub(super) fn note(&self, refused: Refused, unseen: Option<Unseen>) {
        let mut noted = self.noted();
        match unseen {
            Some(unseen) => noted.add_unseen(refused, unseen),
            None => noted.add(refused, 1),
        }
    }

    /// Of what nobody saw, those that are there are refusals.
    async fn look_into(&self) {
        let unseen = self.noted().take_unseen();
        for ((refused, _), (query, times)) in unseen {
            match self.ledger.read(query).await {
                Ok(found) if found.is_empty() => {}
                Ok(_) => self.noted().add(refused, times),
                Err(trouble) => {
                    tracing::warn!(cause = trouble.cause(), "whether something was hidden could not be seen");
                }
            }
        }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was refused, and forgets what is long ago, for as long as it is not dropped.
    pub(crate) async fn keep(&self) {
        let begun = Instant::now();
        let (mut write, mut forget) = (interval(PERIOD), interval_at(begun + FORGET_EVERY, FORGET_EVERY));
        write.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            select! {
                _ = write.tick() => self.write().await,
                _ = forget.tick() => self.write_rows(&[], clock::now()).await,
            }
        }
    }

    /// Writes what was refused. Once begun it is done to its end, whoever stops waiting for it: what is taken to be written is
    /// noted nowhere else.
    pub(crate) async fn write(&self) {
        let book = self.clone();
        let work = async move {
            let _turn = book.turn.lock().await;
            book.write_at(clock::now()).await;
        };
        if let Err(failure) = tokio::spawn(work).await {
            tracing::error!(%failure, "refusals were not kept");
        }
    }

    /// The same as of `now`; what cannot be written is told in the log, and only counted from then on.
    async fn write_at(&self, now: Time) {
        self.look_into().await;
        let rows = self.noted().take(hour(now));
        if !rows.is_empty() {
            self.write_rows(&rows, now).await;
        }
    }

    /// Writes these, makes room, and forgets what is long ago.
    async fn write_rows(&self, rows: &[(Refused, i64)], now: Time) {
        match self.commit(rows, now).await {
            Ok(counted) => telemetry::not_kept(self.service, only_counted(rows) + counted),
            Err(failure) => {
                tracing::warn!(?failure, count = rows.len(), "refusals could not be kept");
                self.noted().add_more(None, rows.iter().map(|(_, times)| times).sum());
            }
        }
    }

    /// How many refusals are only counted now, as they went to make room for these.
    async fn commit(&self, rows: &[(Refused, i64)], now: Time) -> Result<i64, Failure> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            // One more may say what went.
            let new = i64::try_from(rows.len() + 1).unwrap_or(i64::MAX);
            let surplus = self.surplus(new).await?;
            let counted = surplus.iter().map(|gone| gone.counted).sum();
            match self.ledger.commit(Commit { statements: statements(&surplus, rows, now) }).await {
                Err(Failure::Stopped(_)) if attempt < ATTEMPTS => {}
                done => return done.map(|()| counted),
            }
        }
    }

    /// Those that have to go so that there is room for `new` more.
    async fn surplus(&self, new: i64) -> Result<Vec<Surplus>, Failure> {
        let over = count_refusals(&self.ledger).await? + new - self.most;
        Ok(match over {
            ..=0 => Vec::new(),
            AT_ONCE.. => oldest_refusals(&self.ledger, AT_ONCE).await?,
            over => surplus_refusals(&self.ledger, (over + self.most / PART).min(AT_ONCE)).await?,
        })
    }
}

/// The statements that make room and keep those of this hour, in the order of their ids: replicas that write the same rows do
/// not wait for each other in turn.
fn statements(surplus: &[Surplus], rows: &[(Refused, i64)], now: Time) -> Vec<Statement> {
    let dropped = surplus.iter().map(|gone| gone.times).sum();
    let mut times: BTreeMap<Id, (Refused, i64)> = BTreeMap::new();
    let told = (Refused::not_kept(None), dropped);
    for (refused, more) in rows.iter().chain((dropped > 0).then_some(&told)) {
        let id = refused.id(hour(now));
        times.entry(id).or_insert_with(|| (refused.clone(), 0)).1 += more;
    }
    let gone = surplus.iter().map(|gone| (gone.id, forget_refusal(gone.id, GONE)));
    let kept = times.into_iter().map(|(id, (refused, times))| (id, keep_refusal(id, now, refused, times)));
    let mut all: Vec<_> = gone.chain(kept).collect();
    all.sort_by_key(|(id, _)| *id);
    all.into_iter().map(|(_, statement)| statement).chain(oldest(now).map(forget_refusals)).collect()
}

fn only_counted(rows: &[(Refused, i64)]) -> i64 {
    let counted = rows.iter().filter(|(refused, _)| refused.reason == Refused::NOT_KEPT);
    counted.map(|(_, times)| times).sum()
}

/// The hours since 1970.
fn hour(now: Time) -> i64 {
    now.as_second().div_euclid(60 * 60)
}

/// The time of the oldest that are kept.
fn oldest(now: Time) -> Option<Time> {
    now.checked_sub(SignedDuration::from_hours(HOURS)).ok()
}

#[cfg(test)]
mod tests {
    use ledger::{Migrations, Place, count_not_kept};
    use tempfile::TempDir;

    use super::*;

    /// Far fewer than anybody may say: the sooner there is no more room.
    const MOST: u32 = 1000;

    async fn book() -> (TempDir, Book) {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::File(folder.path().join("book.db"));
        place.migrate(&Migrations(&[])).await.expect("a schema");
        let ledger = Ledger::open(&place, &Migrations(&[])).await.expect("a file");
        (folder, Book::new("quiet", &ledger, MOST))
    }

    async fn number(book: &Book, sql: &'static str) -> i64 {
        let rows = book.ledger.read(Statement::new(sql, vec![])).await.expect("readable");
        rows[0].get(0).expect("a number")
    }

    fn refused(person: Option<&str>, peer: String, reason: &str) -> Refused {
        let reason = reason.to_owned();
        Refused { peer: Some(peer), reason, ..Refused::not_kept(person.map(str::to_owned)) }
    }

    /// Strangers from ever new networks, and one who has a token and varies what they ask for, as often as they like, from 1970
    /// on.
    #[tokio::test]
    async fn a_quarter_of_a_year_of_hostile_refusals_takes_so_many_rows_and_hides_nobody_else() {
        let (_folder, book) = book().await;
        let at = |hour: i64| Time::UNIX_EPOCH + SignedDuration::from_hours(hour);
        book.note(refused(Some("people/ada"), "192.0.2.1".to_owned(), "NOT_ROSTERED"), None);
        let mut all = 1;
        for hour in 0..HOURS {
            // Most hours are like any other, and in some they come in masses.
            for nth in 0..if hour % 200 == 0 { 400 } else { 12 } {
                book.note(refused(None, format!("2001:db8:{hour:x}:{nth:x}::/64"), "TOKEN_MISSING"), None);
                book.note(
                    refused(Some("people/eve"), "192.0.2.2".to_owned(), &format!("{hour} {nth}")),
                    None,
                );
                all += 2;
            }
            book.write_at(at(hour)).await;
            if hour % 20 == 0 {
                let rows = number(&book, "SELECT count(*) FROM refusal").await;
                assert!(rows <= MOST.into(), "{rows} rows after {hour} hours");
            }
        }
        let told = number(&book, "SELECT CAST(sum(times) AS bigint) FROM refusal").await;
        assert_eq!(told, all, "each is told, be it as a number");
        assert!(count_not_kept(&book.ledger).await.expect("readable") > all / 2);
        let ada = "SELECT count(*) FROM refusal WHERE person = 'people/ada'";
        assert_eq!(number(&book, ada).await, 1, "of the first hour");
        for most in ["person IS NULL", "person = 'people/eve'"] {
            let sql = format!("SELECT count(*) FROM refusal WHERE {most} AND reason <> 'NOT_KEPT'");
            let rows = number(&book, sql.leak()).await;
            assert!(rows > i64::from(MOST) / 3, "{most}: {rows}");
        }
        book.ledger.close().await;
    }

    #[tokio::test]
    async fn what_was_refused_is_forgotten_after_a_quarter_of_a_year_whether_or_not_more_comes() {
        let (_folder, book) = book().await;
        let ago = |hours| clock::now() - SignedDuration::from_hours(hours);
        let keep = |hours| keep_refusal(clock::new_id(), ago(hours), Refused::not_kept(None), hours);
        let statements = [HOURS + 1, HOURS - 1].map(keep).into();
        book.ledger.commit(Commit { statements }).await.expect("written");
        book.write_rows(&[], clock::now()).await;
        assert_eq!(number(&book, "SELECT count(*) FROM refusal").await, 1);
        assert_eq!(number(&book, "SELECT times FROM refusal").await, HOURS - 1);
        book.ledger.close().await;
    }

    /// As a release before kept them, a second at a time.
    #[tokio::test]
    async fn what_is_too_much_from_before_goes_part_by_part_and_none_of_it_without_a_word() {
        let (_folder, book) = book().await;
        let all = 2 * AT_ONCE + i64::from(MOST);
        let many = "INSERT INTO refusal (id, time, method, code, reason, rules, times) \
                    WITH RECURSIVE one (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < $1) \
                    SELECT printf('%08x-0000-7000-8000-000000000000', n), $2 + n, '', '', 'TOKEN_MISSING', '', 1 FROM one";
        let now = clock::now();
        let many = Statement::new(many, vec![all.into(), now.into()]);
        book.ledger.commit(Commit { statements: vec![many] }).await.expect("written");
        for _ in 0..3 {
            book.write_rows(&[], now).await;
        }
        assert!(number(&book, "SELECT count(*) FROM refusal").await <= MOST.into());
        assert_eq!(number(&book, "SELECT CAST(sum(times) AS bigint) FROM refusal").await, all);
        book.ledger.close().await;
    }

    #[tokio::test]
    async fn equal_ones_of_an_hour_are_one_row_whichever_replica_keeps_them() {
        let (_folder, one) = book().await;
        let other = Book::new("quiet", &one.ledger, MOST);
        let at = |minutes: i64| Time::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        for (book, minutes) in [(&one, 5), (&other, 50), (&one, 40), (&one, 65)] {
            book.note(refused(None, "192.0.2.1".to_owned(), "TOKEN_MISSING"), None);
            book.write_at(at(minutes)).await;
        }
        assert_eq!(number(&one, "SELECT count(*) FROM refusal").await, 2);
        let first = "SELECT times FROM refusal ORDER BY time LIMIT 1";
        assert_eq!(number(&one, first).await, 3);
        let last = "SELECT time FROM refusal ORDER BY time LIMIT 1";
        assert_eq!(number(&one, last).await, at(50).as_microsecond(), "the last of them");
        one.ledger.close().await;
    }
}
