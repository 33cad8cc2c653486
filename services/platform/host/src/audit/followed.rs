//! The cursors and parked events of a service, compared with its own entries about them.

use kernel::name;
use ledger::{Ledger, Parked, Trouble, all_parked, cursor, taken_since_resumed, unaccounted};
use prost::Message;
use proto::common::v1::Event;

use super::verify::Found;
use crate::Service;

/// The first that does not fit: of interventions, cursors and parked events.
pub(super) async fn compare(service: &Service, ledger: &Ledger) -> Result<Option<Found>, Trouble> {
    let sources: Vec<_> = service.needs().collect();
    if let Some(found) = unaccounted(ledger, &sources).await? {
        return Ok(Some(found));
    }
    let person = format!("services/{}", service.name);
    for source in &sources {
        // Before the cursor, which only goes on.
        let taken = taken_since_resumed(ledger, source, &person).await?;
        let stands = cursor(ledger, source).await?.revision;
        if stands < taken {
            let words =
                format!("the cursor of {source} stands at {stands}, and {source}/{taken} was taken over");
            return Ok(Some((0, words)));
        }
    }
    for parked in all_parked(ledger).await? {
        let stands = cursor(ledger, &parked.source).await?.revision;
        if !sources.contains(&&*parked.source) || parked.revision > stands || !is_what_it_is_about(&parked) {
            let words = format!("{}/{} is parked and is no event of that", parked.source, parked.revision);
            return Ok(Some((0, words)));
        }
    }
    Ok(None)
}

/// The event is of that place, and about what it is parked for: another service's resource may have the same identity.
fn is_what_it_is_about(parked: &Parked) -> bool {
    let Ok(event) = Event::decode(parked.event.as_slice()) else { return false };
    let id = |resource: &str| {
        let (collection, _) = resource.split_once('/')?;
        name::parse(collection, resource)
    };
    let about = id(&parked.subject);
    let is_it = about.is_some() && [&*event.resource, &*event.parent].map(id).contains(&about);
    is_it && event.revision == parked.revision
}
