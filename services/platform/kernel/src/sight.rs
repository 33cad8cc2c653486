//! Who sees what: the roles that see all of a kind, and the people that a resource names (I-18).

use std::collections::BTreeSet;

use crate::{Caller, Person, Role};

/// Who sees a resource, beside the roles that see all of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewers<'a> {
    /// Everybody: it is about no customer.
    Everybody,
    /// The people it names, whichever role they are named in.
    These(BTreeSet<&'a Person>),
}

impl<'a> Viewers<'a> {
    /// These people.
    pub fn these(people: impl IntoIterator<Item = &'a Person>) -> Self {
        Self::These(people.into_iter().collect())
    }

    /// Nobody but the roles that see all of its kind.
    #[must_use]
    pub fn nobody() -> Self {
        Self::These(BTreeSet::new())
    }

    /// Whether `caller` sees a resource of `collection` that these see.
    #[must_use]
    pub fn include(&self, caller: &Caller, collection: &str) -> bool {
        let sight = caller.role.sight();
        sight.spans(collection)
            || match self {
                Self::Everybody => true,
                Self::These(people) => sight.names() && people.contains(&caller.person),
            }
    }
}

/// What a role shows to whoever acts in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    All,
    /// All of these collections, and of others what names the person.
    Named(&'static [&'static str]),
    /// Only what everybody sees, even of what names the person.
    Public,
}

impl Sight {
    /// All of `collection` is seen, whomever it names.
    #[must_use]
    pub fn spans(self, collection: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(collections) => collections.contains(&collection),
            Self::Public => false,
        }
    }

    /// Whoever acts in the role sees what names them.
    #[must_use]
    pub fn names(self) -> bool {
        self != Self::Public
    }
}

impl Role {
    /// What the role shows to whoever acts in it.
    ///
    /// A person on a roster sees the customer in whichever role they act, and acts only in the role they are named for.
    #[must_use]
    pub fn sight(self) -> Sight {
        match self {
            // They answer for the whole: assign and cancel (P-1), read the insights (G-6), run the databases, follow.
            Self::ProgramTeam | Self::Leadership | Self::Operator | Self::Service => Sight::All,
            // The Gateway is a team, and any of it goes on with a case; after the handoff it leaves.
            Self::ReengagementManager => Sight::Named(&["cases"]),
            // Any engagement may need their decision (E-5.1).
            Self::GetModernSme => Sight::Named(&["engagements"]),
            Self::Gmfta | Self::Fm | Self::Fe | Self::Sme | Self::Fta | Self::Ats => Sight::Named(&[]),
            // They read who did what, not what was said to whom.
            Self::Auditor => Sight::Public,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(person: &str, role: Role) -> Caller {
        Caller { person: Person::parse(person).expect("a person"), role }
    }

    #[test]
    fn whoever_a_resource_names_sees_it_in_every_role_of_the_six_and_others_in_none() {
        let ada = Person::parse("people/ada").expect("a person");
        let viewers = Viewers::these([&ada]);
        for role in Role::SIX {
            assert!(viewers.include(&caller("people/ada", role), "cases"), "{role}");
            assert!(!viewers.include(&caller("people/grace", role), "cases"), "{role}");
            assert!(!Viewers::nobody().include(&caller("people/ada", role), "cases"), "{role}");
            assert!(Viewers::Everybody.include(&caller("people/grace", role), "policies"), "{role}");
        }
    }

    #[test]
    fn a_role_sees_all_of_what_it_answers_for_and_of_nothing_else() {
        let seen = |role: Role| {
            let of = |collection: &&str| Viewers::nobody().include(&caller("people/grace", role), collection);
            ["cases", "engagements", "tasks", "notes"].into_iter().filter(of).collect::<Vec<_>>()
        };
        for role in [Role::ProgramTeam, Role::Leadership, Role::Operator, Role::Service] {
            assert_eq!(seen(role), ["cases", "engagements", "tasks", "notes"], "{role}");
        }
        assert_eq!(seen(Role::ReengagementManager), ["cases"]);
        assert_eq!(seen(Role::GetModernSme), ["engagements"]);
        for role in Role::SIX.into_iter().chain([Role::Auditor]) {
            assert!(seen(role).is_empty(), "{role}");
        }
        let named = [Person::parse("people/grace").expect("a person")];
        assert!(!Viewers::these(&named).include(&caller("people/grace", Role::Auditor), "cases"));
    }
}
