//! A command through the ledger, as a service would give it: load, decide, write, and again when it lost a race.

use kernel::{Caller, Id, Time};
use ledger::{
    Change, Commit, Failure, Ledger, Record, Reply, RequestKey, Stop, load, look_to_change, remember,
};

use crate::counter::{Counter, Counters, Wish, context, moment};

/// A counter as it is kept.
pub(crate) type Kept = Record<Counter>;

/// The counter's identity.
pub(crate) fn id(number: u128) -> Id {
    Id::from_u128(number)
}

/// Opens a counter of that number on a shelf.
pub(crate) fn open(number: u128, shelf: &str) -> Wish {
    Wish::Open { label: format!("label {number}"), shelf: shelf.to_owned() }
}

/// Ada's key for one mutation.
pub(crate) fn key(key: &str) -> RequestKey {
    let person = context(moment(0)).caller.person;
    RequestKey { person, key: key.to_owned(), id: key.to_owned(), fingerprint: vec![7] }
}

/// The counter as it is now.
pub(crate) async fn current(ledger: &Ledger, id: Id) -> Option<Kept> {
    load::<Counters>(ledger, id).await.expect("readable")
}

/// What `wish` means for `before`.
pub(crate) fn decide(id: Id, before: Option<Kept>, wish: &Wish, now: Time) -> Change<Counters> {
    Change::decide(id, before, wish, &context(now)).expect("a wish that fits")
}

/// What has to be written for `change`; its key remembers the version as the reply.
pub(crate) fn commit(change: &Change<Counters>, request: &RequestKey) -> Commit {
    let mut commit = Commit::default();
    change.write(&request.key, &mut commit).expect("writable");
    let version = change.after.as_ref().map_or(0, |after| after.version);
    let resource = kernel::name::of("counters", change.after.as_ref().map_or(Id::nil(), |after| after.id));
    let reply = Reply { resource, message: "Version".to_owned(), bytes: version.to_be_bytes().to_vec() };
    commit.push(remember(request, reply, moment(0)));
    commit
}

/// Carries out `wish`, once.
pub(crate) async fn try_act(
    ledger: &Ledger,
    id: Id,
    wish: &Wish,
    request: &str,
) -> Result<Option<Kept>, Failure> {
    let key = key(request);
    let found = look_to_change::<Counters>(ledger, id, &Caller::service("ledger"), &key).await?;
    let change = decide(id, found.record, wish, moment(0)).over(found.waiting);
    ledger.commit(commit(&change, &key)).await?;
    Ok(change.after)
}

/// Carries out `wish`, as often as it loses a race.
pub(crate) async fn act(ledger: &Ledger, id: Id, wish: &Wish, request: &str) -> Kept {
    loop {
        match try_act(ledger, id, wish, request).await {
            Err(Failure::Stopped(Stop::Demand("version"))) => {}
            outcome => return outcome.expect("written").expect("it exists"),
        }
    }
}
