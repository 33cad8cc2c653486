//! What is to be done about a followed event, decided on what is there now and committed with the cursor.

use futures::future::BoxFuture;
use kernel::{Caller, Context, Id};
use ledger::{Change, Command, Commit, Statement, Stop, Table, load_to_change};

use crate::{Desk, Fail, clock, desk::lost, telemetry::Happened};

/// Something to be done to one resource.
pub trait Effect: Send + Sync {
    /// Decides it on what is there now and adds it to `commit`; what happens once that stands.
    fn add<'a>(
        &'a self,
        desk: &'a Desk,
        request_id: &'a str,
        commit: &'a mut Commit,
    ) -> BoxFuture<'a, Result<Happened, Fail>>;

    /// The refusal that a stopped commit means; none when it is a race.
    fn lost(&self, stop: &Stop) -> Result<(), Fail>;
}

/// A command for one resource, given by the service itself.
pub struct Order<T: Table> {
    /// Which.
    pub id: Id,
    /// What.
    pub command: Command<T>,
}

impl<T: Table> Effect for Order<T> {
    fn add<'a>(
        &'a self,
        desk: &'a Desk,
        request_id: &'a str,
        commit: &'a mut Commit,
    ) -> BoxFuture<'a, Result<Happened, Fail>> {
        Box::pin(async move {
            let (before, waiting) = load_to_change::<T>(desk.ledger(), self.id).await?;
            let now = clock::not_before(before.as_ref().map(|record| record.update_time));
            let context = Context { caller: Caller::service(desk.inner.service), now };
            let change = Change::<T>::decide(self.id, before, &self.command, &context)?.over(waiting);
            Ok(Happened::write(&change, request_id, commit)?)
        })
    }

    fn lost(&self, stop: &Stop) -> Result<(), Fail> {
        lost::<T>(stop)
    }
}

/// Rows that no decision stands behind: what insights and lists are read from.
pub struct Projection(pub Vec<Statement>);

impl Effect for Projection {
    fn add<'a>(
        &'a self,
        _desk: &'a Desk,
        _request_id: &'a str,
        commit: &'a mut Commit,
    ) -> BoxFuture<'a, Result<Happened, Fail>> {
        commit.extend(self.0.iter().cloned());
        Box::pin(std::future::ready(Ok(Happened::default())))
    }

    fn lost(&self, _stop: &Stop) -> Result<(), Fail> {
        Ok(())
    }
}
