//! How far the journal reaches on PostgreSQL: what commits of this replica tell, what other replicas tell, and what is found by
//! looking now and then.
//!
//! Others are told beside the commits and not in them: whoever notifies within a transaction waits for all others who do, in any
//! database of the server, until theirs is on the disk.

use std::{sync::Arc, time::Duration};

use sqlx::{Error, Row, postgres::PgListener, raw_sql};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::connections::{Connections, in_time};

/// How often to look, and how long to wait after a connection was lost.
const PAUSE: Duration = Duration::from_secs(1);
/// After how much silence the server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(5);

/// The newest revision as far as this replica knows. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    teller: Teller,
    newest: watch::Receiver<i64>,
}

/// Who raises it.
#[derive(Debug, Clone)]
pub(crate) struct Teller {
    newest: Arc<watch::Sender<i64>>,
    /// How far it reached with the newest commit of this replica.
    own: Arc<watch::Sender<i64>>,
}

impl Head {
    pub(crate) fn new() -> Self {
        let (teller, newest) = watch::channel(0);
        Self { teller: Teller { newest: Arc::new(teller), own: Arc::default() }, newest }
    }

    pub(crate) fn teller(&self) -> Teller {
        self.teller.clone()
    }

    pub(crate) fn revisions(&self) -> watch::Receiver<i64> {
        self.newest.clone()
    }

    /// Looks once, and goes on looking and listening until the connections are closed or nobody is interested any more.
    pub(crate) async fn follow(&self, connections: Connections) -> Result<(), Error> {
        let teller = self.teller();
        teller.look(&connections).await?;
        tokio::spawn(async move {
            tokio::select! {
                () = connections.stock.closed() => {}
                () = teller.newest.closed() => {}
                () = teller.keep_looking(&connections) => {}
                () = teller.listen(&connections) => {}
                () = teller.tell_others(&connections) => {}
            }
        });
        Ok(())
    }
}

impl Teller {
    /// A commit of this replica left the journal as long as this.
    pub(crate) fn wrote(&self, newest: i64) {
        self.reaches(newest);
        raise(&self.own, newest);
    }

    fn reaches(&self, newest: i64) {
        raise(&self.newest, newest);
    }

    async fn look(&self, connections: &Connections) -> Result<(), Error> {
        let newest = connections.ask(sqlx::query("SELECT coalesce(max(revision), 0) FROM journal")).await?;
        let newest = newest.first().ok_or(Error::RowNotFound)?.try_get(0)?;
        // What is there counts: a journal that was restored may be shorter.
        self.newest.send_if_modified(|seen| std::mem::replace(seen, newest) != newest);
        Ok(())
    }

    async fn keep_looking(&self, connections: &Connections) {
        let mut troubled = false;
        loop {
            sleep(PAUSE).await;
            let looked = self.look(connections).await;
            if let Err(error) = &looked
                && !troubled
            {
                tracing::warn!(%error, "how far the journal reaches is not known until this is over");
            }
            troubled = looked.is_err();
        }
    }

    /// Tells other replicas of commits, of many at once where they come fast. Whoever misses it finds it at the next look.
    async fn tell_others(&self, connections: &Connections) {
        let mut own = self.own.subscribe();
        while own.changed().await.is_ok() {
            let newest = own.borrow_and_update().to_string();
            let tell = sqlx::query("SELECT pg_notify('ledger', $1)").bind(newest);
            if let Err(error) = connections.ask(tell).await {
                tracing::debug!(%error, "other replicas are not told of a commit");
            }
        }
    }

    /// Passes on what other replicas tell. What is lost on the way, the next look finds.
    async fn listen(&self, connections: &Connections) {
        // Who is lent a connection for a transaction hears nothing on it.
        if connections.lent {
            return std::future::pending().await;
        }
        loop {
            if let Err(error) = Box::pin(self.hear(connections)).await {
                tracing::info!(%error, "other replicas are not heard for a moment");
            }
            sleep(PAUSE).await;
        }
    }

    async fn hear(&self, connections: &Connections) -> Result<(), Error> {
        let mut listener = PgListener::connect_with(&connections.apart()).await?;
        Box::pin(in_time(listener.listen("ledger"))).await?;
        loop {
            match timeout(SILENCE, listener.try_recv()).await {
                Ok(told) => match told? {
                    Some(told) => self.reaches(told.payload().parse().unwrap_or_default()),
                    None => return Ok(()),
                },
                // A server that is gone without a word is as silent as one that has nothing to tell.
                Err(_) => in_time(raw_sql("SELECT 1").execute(&mut listener)).await.map(drop)?,
            }
        }
    }
}

fn raise(head: &watch::Sender<i64>, newest: i64) {
    head.send_if_modified(|seen| {
        let is_newer = newest > *seen;
        *seen = newest.max(*seen);
        is_newer
    });
}
