//! The way from callers to who writes: commits that come while others are being written are written together.
//!
//! A caller alone waits for nobody: where a writer is free, it takes what there is. Commits handed over are written whatever becomes
//! of their callers.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, mpsc, oneshot, watch};

use crate::{Commit, Failure, Trouble};

/// Commits that may wait. More are refused at once, so that nobody waits for long and nothing grows.
const MOST: usize = 1024;
/// Commits that are written together at most.
const GROUP: usize = 64;

/// What became of one commit.
pub(crate) type Outcome = Result<(), Failure>;

/// A commit, and who waits for what becomes of it.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(crate) commit: Commit,
    answer: oneshot::Sender<Outcome>,
}

impl Handed {
    /// Tells its caller, unless they have gone away.
    pub(crate) fn answer(self, outcome: Outcome) {
        let _ = self.answer.send(outcome);
    }
}

/// Writes commits that came together, each of which fails alone, and answers them.
pub(crate) trait Write: Send + 'static {
    /// Writes them.
    fn write(&mut self, group: Vec<Handed>) -> impl Future<Output = ()> + Send;

    /// Nothing more comes.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Commits on their way to some writers. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    /// None once it is closed.
    sender: Arc<RwLock<Option<mpsc::Sender<Handed>>>>,
    /// It ends with the last of the writers.
    writers: watch::Receiver<()>,
}

impl Queue {
    /// Each of the writers takes what there is whenever it is free.
    pub(crate) fn new(writers: impl IntoIterator<Item = impl Write>) -> Self {
        let (sender, queue) = mpsc::channel(MOST);
        let (working, ended) = watch::channel(());
        let queue = Arc::new(Mutex::new(queue));
        for writer in writers {
            tokio::spawn(run(writer, Arc::clone(&queue), working.clone()));
        }
        Self { sender: Arc::new(RwLock::new(Some(sender))), writers: ended }
    }

    /// Hands a commit over and waits for what becomes of it.
    pub(crate) async fn commit(&self, commit: Commit) -> Outcome {
        let (answer, outcome) = oneshot::channel();
        let sender = self.sender.read().unwrap_or_else(PoisonError::into_inner).clone();
        let sender = sender.ok_or_else(|| Trouble::new("the writer has stopped"))?;
        sender.try_send(Handed { commit, answer }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Failure::Full,
            mpsc::error::TrySendError::Closed(_) => Trouble::new("the writer has stopped").into(),
        })?;
        drop(sender);
        outcome.await.unwrap_or_else(|_| Err(Trouble::new("the writer stopped during the commit").into()))
    }

    /// Takes nothing more, and waits until what was handed over is written and the writers are closed.
    pub(crate) async fn close(&self) {
        drop(self.sender.write().unwrap_or_else(PoisonError::into_inner).take());
        let mut writers = self.writers.clone();
        while writers.changed().await.is_ok() {}
    }
}

async fn run(mut writer: impl Write, queue: Arc<Mutex<mpsc::Receiver<Handed>>>, working: watch::Sender<()>) {
    loop {
        let mut group = Vec::new();
        if queue.lock().await.recv_many(&mut group, GROUP).await == 0 {
            break;
        }
        writer.write(group).await;
    }
    writer.close().await;
    drop(working);
}

#[cfg(test)]
mod tests {
    use tokio::sync::{Semaphore, mpsc::UnboundedSender};

    use super::*;
    use crate::{Statement, Stop};

    /// Tells how many commits it writes together, once it may; those with a statement of their own are stopped.
    struct Slow {
        may: Arc<Semaphore>,
        told: UnboundedSender<usize>,
    }

    impl Write for Slow {
        async fn write(&mut self, group: Vec<Handed>) {
            self.may.acquire().await.expect("open").forget();
            self.told.send(group.len()).expect("somebody listens");
            for handed in group {
                let is_good = handed.commit.statements.is_empty();
                handed.answer(if is_good { Ok(()) } else { Err(Failure::Stopped(Stop::Demand("word"))) });
            }
        }

        async fn close(self) {
            self.told.send(0).expect("somebody listens");
        }
    }

    fn slow(writers: usize) -> (Queue, Arc<Semaphore>, mpsc::UnboundedReceiver<usize>) {
        let (may, (told, heard)) = (Arc::new(Semaphore::new(0)), mpsc::unbounded_channel());
        let all = (0..writers).map(|_| Slow { may: Arc::clone(&may), told: told.clone() });
        (Queue::new(all.collect::<Vec<_>>()), may, heard)
    }

    fn bad() -> Commit {
        Commit { statements: vec![Statement::new("bad", vec![])] }
    }

    /// Hands over as many, and returns once all of them wait.
    async fn hand_over(queue: &Queue, commits: Vec<Commit>) -> Vec<tokio::task::JoinHandle<Outcome>> {
        let hand = |commit| {
            let queue = queue.clone();
            tokio::spawn(async move { queue.commit(commit).await })
        };
        let all = commits.into_iter().map(hand).collect();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        all
    }

    #[tokio::test]
    async fn what_comes_while_others_are_written_is_written_together_and_each_fails_alone() {
        let (queue, may, mut heard) = slow(1);
        let first = hand_over(&queue, vec![Commit::default()]).await;
        let others = hand_over(&queue, vec![Commit::default(), bad(), Commit::default()]).await;
        may.add_permits(2);
        assert_eq!(
            (heard.recv().await, heard.recv().await),
            (Some(1), Some(3)),
            "the first waits for nobody"
        );
        for (caller, good) in first.into_iter().chain(others).zip([true, true, false, true]) {
            assert_eq!(caller.await.expect("no panic").is_ok(), good);
        }
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_does_not_grow() {
        let (queue, may, _heard) = slow(1);
        let mut all = hand_over(&queue, vec![Commit::default()]).await;
        all.extend(hand_over(&queue, vec![Commit::default(); MOST]).await);
        assert!(matches!(queue.commit(Commit::default()).await, Err(Failure::Full)));
        may.add_permits(MOST);
        for caller in all {
            caller.await.expect("no panic").expect("those who wait are served");
        }
        queue.commit(Commit::default()).await.expect("and there is room again");
    }

    #[tokio::test]
    async fn what_was_handed_over_before_the_end_is_written_and_nothing_after() {
        let (queue, may, mut heard) = slow(2);
        let all = hand_over(&queue, vec![Commit::default(); 5]).await;
        let close = tokio::spawn({
            let queue = queue.clone();
            async move { queue.close().await }
        });
        tokio::task::yield_now().await;
        assert!(matches!(queue.commit(Commit::default()).await, Err(Failure::Trouble(_))));
        may.add_permits(5);
        close.await.expect("it ends");
        for caller in all {
            caller.await.expect("no panic").expect("written");
        }
        let mut told = Vec::new();
        while let Ok(number) = heard.try_recv() {
            told.push(number);
        }
        assert_eq!((told.iter().sum::<usize>(), told.iter().filter(|one| **one == 0).count()), (5, 2));
    }
}
