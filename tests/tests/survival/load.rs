//! Many storytellers at once, each of whom tells one customer's story after the other until it is enough.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use tokio::task::JoinSet;

use crate::{
    caller::Caller,
    story::play::{cancelled, execution, staffed, undetermined},
    world::{Done, World},
};

/// Many storytellers at once.
pub(crate) struct Load {
    enough: Arc<AtomicBool>,
    tellers: JoinSet<Vec<Done>>,
}

impl Load {
    /// Starts `count` of them, each with a caller that `caller` gives it.
    pub(crate) fn start(count: usize, name: &str, caller: impl Fn(usize) -> Caller) -> Self {
        let enough = Arc::<AtomicBool>::default();
        let mut tellers = JoinSet::new();
        for number in 0..count {
            let world = World::new(caller(number), format!("{name}-{number}"));
            tellers.spawn(tell(world, number, Arc::clone(&enough)));
        }
        Self { enough, tellers }
    }

    /// Lets everybody come to the end of their story; what they were told was done.
    pub(crate) async fn stop(self) -> Vec<Done> {
        self.enough.store(true, SeqCst);
        self.tellers.join_all().await.concat()
    }
}

async fn tell(mut world: World, number: usize, enough: Arc<AtomicBool>) -> Vec<Done> {
    for round in 0.. {
        let customer = format!("{}-{round}", world.name);
        match (number + round) % 5 {
            0 => undetermined(&mut world, &customer).await,
            1 => drop(execution(&mut world, &customer).await),
            2 => staffed(&mut world, &customer).await,
            3 => drop(cancelled(&mut world, &customer).await),
            _ => assign_many(&mut world, &customer).await,
        }
        if enough.load(SeqCst) {
            break;
        }
    }
    world.done
}

/// Customers who are assigned and left at that: intake is asked about every one of them (I-20).
async fn assign_many(world: &mut World, customer: &str) {
    for number in 0..10 {
        world.assigned(&format!("{customer}-{number}")).await;
    }
}
