//! What is in the databases, read past the services: whether everything acknowledged is there, once, and in order.

mod book;
mod doctors;

use std::{collections::HashMap, time::Duration};

pub(crate) use book::Book;

use crate::{fleet::NAMES, world::Done};

/// What is in the databases of all services.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) books: Vec<Book>,
}

impl Evidence {
    /// Reads everything once nothing changes any more.
    pub(crate) async fn gather(urls: &[String; 3]) -> Self {
        let mut before = Self::read(urls).await;
        for _ in 0..60 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = Self::read(urls).await;
            let same = now.books.iter().zip(&before.books).all(|(now, before)| now.entries == before.entries);
            if same && now.books.iter().all(Book::is_placed) {
                return now;
            }
            before = now;
        }
        panic!("the journals do not settle");
    }

    async fn read(urls: &[String; 3]) -> Self {
        let mut books = Vec::new();
        for (url, (package, _)) in urls.iter().zip(NAMES) {
            books.push(Book::read(url, package).await);
        }
        Self { books }
    }

    /// Everything wrong with it; `done` was acknowledged.
    pub(crate) fn faults(&self, done: &[Done]) -> Vec<String> {
        let mut faults: Vec<_> = self.books.iter().flat_map(Book::faults).collect();
        faults.extend(self.lost(done));
        faults.extend(self.unmatched());
        faults
    }

    /// What was acknowledged and is not there as it was told.
    pub(crate) fn lost(&self, done: &[Done]) -> Vec<String> {
        let keys: HashMap<_, _> = self.books.iter().map(|book| (book.package, book.keys())).collect();
        let lost = done.iter().filter(|done| {
            let book = self.books.iter().find(|book| book.package == done.package).expect("a service");
            let digest = book.digest(done.person, &done.key);
            let key = (done.person.to_owned(), format!("by digest {digest}"));
            !keys[done.package].contains(&(done.person, digest.as_str()))
                || book.replies.get(&key) != Some(&done.reply)
        });
        lost.map(|done| format!("{} of {} was acknowledged and is not there", done.key, done.person))
            .collect()
    }

    /// What one service did that another did not follow exactly once.
    fn unmatched(&self) -> Vec<String> {
        let [intake, engagement, tasks] = &self.books[..] else {
            return vec!["a service is missing".to_owned()];
        };
        let mut faults = Vec::new();
        let mut pair = |what: &str, mut sent: Vec<String>, mut got: Vec<String>| {
            sent.sort_unstable();
            got.sort_unstable();
            if sent != got {
                faults.push(format!("{what}: {} sent, {} followed", sent.len(), got.len()));
            }
        };
        let id = |name: &str| name.split('/').nth(1).unwrap_or_default().to_owned();
        let began = engagement.of("ReactiveEngagementBegun").map(|entry| id(&entry.resource)).collect();
        pair("engagements", intake.of("GatewayExited").map(|entry| id(&entry.resource)).collect(), began);
        let open = tasks.of("FileOpened").map(|entry| id(&entry.resource)).collect();
        let mut wanted: Vec<_> = engagement.of("TasksWanted").map(|entry| id(&entry.resource)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        pair("files", wanted, open);
        faults
    }
}
