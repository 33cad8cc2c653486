//! Sealing the journal while the process lives, so that `audit verify` finds what is changed later.

use std::time::Duration;

use ledger::{Failure, Pass, Sealer};
use tokio::{
    join,
    time::{sleep, timeout},
};

use crate::{
    Desk,
    audit::{Witness, refusals::Book},
};

/// How long entries are gathered that are sealed together.
const LULL: Duration = Duration::from_millis(200);
/// How long to wait after a pass that failed, or that another was faster with.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the last pass may take.
const CLOSING: Duration = Duration::from_secs(3);

/// Seals a service's journal, signs checkpoints of it where that is wanted, and keeps its refusals. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Keeper {
    pub(crate) sealer: Sealer,
    pub(crate) witness: Option<Witness>,
    pub(crate) refusals: Book,
}

/// Seals what is written for as long as it is not dropped.
pub(crate) async fn keep(desk: &Desk, Keeper { sealer, witness, refusals }: &Keeper) {
    let sign = async {
        if let Some(witness) = witness {
            witness.keep().await;
        }
    };
    join!(sign, seal(desk, sealer), refusals.keep());
}

async fn seal(desk: &Desk, sealer: &Sealer) {
    let service = desk.inner.service;
    let mut revisions = desk.ledger().revisions();
    let mut troubled = false;
    loop {
        revisions.mark_unchanged();
        let pass = sealer.pass().await;
        tell(service, &pass, &mut troubled);
        match pass {
            Ok(Pass::More) => {}
            Ok(Pass::Done) => {
                if revisions.changed().await.is_err() {
                    return;
                }
                sleep(LULL).await;
            }
            Ok(Pass::Lost) | Err(_) => sleep(PAUSE).await,
        }
    }
}

fn tell(service: &str, pass: &Result<Pass, Failure>, troubled: &mut bool) {
    match pass {
        Err(failure) if !*troubled => {
            tracing::warn!(?failure, "the journal of {service} is not being sealed until this is over");
        }
        Ok(_) if *troubled => tracing::warn!("the journal of {service} is being sealed again"),
        _ => {}
    }
    *troubled = pass.is_err();
}

/// Seals what is left, if it can be done soon: a process that is stopped leaves nothing unsealed.
pub(crate) async fn finish(Keeper { sealer, witness, refusals }: &Keeper) {
    let work = async {
        refusals.write().await;
        // One that was broken off may still get on, and be faster than this.
        while sealer.pass().await? != Pass::Done {}
        if let Some(Err(cause)) =
            futures::future::OptionFuture::from(witness.as_ref().map(Witness::sign)).await
        {
            tracing::error!("the last checkpoint is not signed: {cause}");
        }
        Ok::<_, Failure>(())
    };
    if !matches!(timeout(CLOSING, work).await, Ok(Ok(()))) {
        tracing::info!("what was written last is sealed by the next process");
    }
}
