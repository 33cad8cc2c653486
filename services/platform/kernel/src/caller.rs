//! Who acts, and as what (I-18).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A person, `people/ada`, or one of the systems, `services/engagement`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Person(String);

/// What may be the id of a person or a system, in words for whoever has given another.
pub const ID_FORM: &str = "an id is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, without capitals";

impl Person {
    /// Reads `people/{id}` or `services/{id}`; an id is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (collection, id) = text.split_once('/')?;
        let known = matches!(collection, "people" | "services");
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"._-".contains(&c);
        let well_formed = (1..=64).contains(&id.len()) && id.bytes().all(plain);
        (known && well_formed).then(|| Self(text.to_owned()))
    }

    /// One of our own services, acting for itself.
    #[must_use]
    pub fn service(name: &str) -> Self {
        Self(format!("services/{name}"))
    }

    /// A system, not a human being.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.0.starts_with("services/")
    }

    /// The resource name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal,)*) => {
        /// What a person acts as; exactly one per call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Role {
            $($(#[$doc])* #[serde(rename = $name)] $role,)*
        }

        impl Role {
            /// Every role.
            pub const ALL: &[Self] = &[$(Self::$role,)*];

            /// Its name on the wire, without the prefix.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$role => $name,)*
                }
            }
        }
    };
}

roles! {
    /// The Gateway's Re-engagement Manager.
    ReengagementManager = "REENGAGEMENT_MANAGER",
    /// The Get Modern program team.
    ProgramTeam = "PROGRAM_TEAM",
    /// The Get Modern FastTrack Architect.
    Gmfta = "GMFTA",
    /// FastTrack Manager.
    Fm = "FM",
    /// FastTrack Engineer.
    Fe = "FE",
    /// FastTrack subject-matter expert.
    Sme = "SME",
    /// FastTrack Architect.
    Fta = "FTA",
    /// Account Technology Strategist.
    Ats = "ATS",
    /// The Get Modern SME, who approves re-engagement (E-5.1).
    GetModernSme = "GET_MODERN_SME",
    /// Leadership and engineering teams (G-6).
    Leadership = "LEADERSHIP",
    /// Whoever runs the services.
    Operator = "OPERATOR",
    /// Another internal system.
    Service = "SERVICE",
    /// Whoever examines what was done and refused.
    Auditor = "AUDITOR",
}

impl Role {
    /// The six of an engagement's roster.
    pub const SIX: [Self; 6] = [Self::Gmfta, Self::Fm, Self::Fe, Self::Sme, Self::Fta, Self::Ats];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let named = |role: &&Self| role.as_str() == text;
        Self::ALL.iter().find(named).copied().ok_or(())
    }
}

/// An authenticated person in the role they act in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    /// Who.
    pub person: Person,
    /// As what.
    pub role: Role,
}

impl Caller {
    /// A service acting for itself: a follower, or a call to a peer.
    #[must_use]
    pub fn service(name: &str) -> Self {
        Self { person: Person::service(name), role: Role::Service }
    }

    /// Acts as `role` and is the person named for it.
    #[must_use]
    pub fn is(&self, role: Role, person: Option<&Person>) -> bool {
        self.role == role && person == Some(&self.person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_a_collection_and_a_plain_id() {
        for good in ["people/ada", "people/ada.l-2_x", "services/tasks"] {
            assert_eq!(Person::parse(good).expect(good).as_str(), good);
        }
        let long = format!("people/{}", "a".repeat(65));
        for bad in ["", "ada", "people/", "people/Ada", "people/a b", "cases/ada", "people/a/b", &long] {
            assert_eq!(Person::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_role_reads_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(*role));
        }
        assert_eq!("RM".parse::<Role>(), Err(()));
    }
}
