//! How an event's payload names its type: with a host, as protobuf has it, and without one to the product's own services.
//!
//! Replicas of releases up to 0.1.0 pass over a payload whose type URL has a host, as if it meant nothing to them: the
//! customer's handoff would be lost while a fleet is upgraded. What a follower parks is kept as it came, so they read that too.

use std::{collections::HashSet, sync::LazyLock};

use kernel::{Caller, Person};
use proto::common::v1::Event;

use crate::Policy;

static OWN: LazyLock<HashSet<Person>> = LazyLock::new(|| Policy::from_descriptors().own().cloned().collect());

/// How the type of a payload is named to one reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `type.googleapis.com/getmodern.intake.v1.GatewayExited`.
    Standard,
    /// `/getmodern.intake.v1.GatewayExited`.
    Hostless,
}

impl Form {
    pub(crate) fn of(reader: &Caller) -> Self {
        if OWN.contains(&reader.person) { Self::Hostless } else { Self::Standard }
    }

    pub(crate) fn of_event(self, mut event: Event) -> Event {
        if let (Self::Hostless, Some(payload)) = (self, &mut event.payload) {
            let host = payload.type_url.rfind('/').unwrap_or_default();
            payload.type_url.drain(..host);
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use kernel::Role;
    use proto::tasks::v1::NoteWritten;

    use super::*;
    use crate::wire;

    #[test]
    fn own_services_are_told_types_as_older_replicas_read_them_and_everybody_else_as_the_standard_has_them() {
        let event = Event { payload: Some(wire::any(&NoteWritten::default())), ..Event::default() };
        let told = |reader: &Caller| Form::of(reader).of_event(event.clone()).payload.expect("one").type_url;
        let person = Caller { person: Person::parse("people/ada").expect("a person"), role: Role::Gmfta };
        for own in ["intake", "engagement", "tasks"] {
            assert_eq!(told(&Caller::service(own)), "/getmodern.tasks.v1.NoteWritten", "{own}");
        }
        for other in [Caller::service("crm"), person] {
            assert_eq!(told(&other), "type.googleapis.com/getmodern.tasks.v1.NoteWritten", "{other:?}");
        }
        assert_eq!(Form::Hostless.of_event(Event::default()), Event::default());
    }
}
