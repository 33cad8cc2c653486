//! Work that is carried on when nobody waits for it any more.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tokio::runtime::Handle;

/// Does `work` within the task that asks for it, and from where that stops asking in one of its own.
///
/// A task of its own from the beginning would do as well, and cost everybody two switches between tasks.
pub(crate) fn finish<T>(work: impl Future<Output = T> + Send + 'static) -> Finish<T> {
    Finish { work: Some(Box::pin(work)), is_begun: false }
}

pub(crate) struct Finish<T: 'static> {
    /// None once it is done.
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    is_begun: bool,
}

impl<T> Future for Finish<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // Work that panics is gone, and not asked again.
        let Some(mut work) = self.work.take() else { return Poll::Pending };
        self.is_begun = true;
        let outcome = work.as_mut().poll(context);
        if outcome.is_pending() {
            self.work = Some(work);
        }
        outcome
    }
}

impl<T: 'static> Drop for Finish<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take().filter(|_| self.is_begun)
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move { drop(work.await) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering::SeqCst},
        time::Duration,
    };

    use tokio::{sync::oneshot, task::yield_now, time::timeout};

    use super::*;

    #[tokio::test]
    async fn what_was_begun_is_carried_on_when_nobody_waits_any_more() {
        let ((go, gone), (done, over)) = (oneshot::channel::<()>(), oneshot::channel());
        let work = finish(async move {
            gone.await.expect("it goes on");
            done.send(()).expect("somebody looks");
        });
        assert!(timeout(Duration::from_millis(20), work).await.is_err(), "it waits");
        go.send(()).expect("it is still there");
        over.await.expect("it was carried on");
    }

    #[tokio::test]
    async fn what_was_never_begun_is_left_alone() {
        static BEGUN: AtomicBool = AtomicBool::new(false);
        drop(finish(async { BEGUN.store(true, SeqCst) }));
        for _ in 0..10 {
            yield_now().await;
        }
        assert!(!BEGUN.load(SeqCst));
        assert_eq!(finish(async { 7 }).await, 7);
    }
}
