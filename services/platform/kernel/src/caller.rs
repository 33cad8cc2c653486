//! Who acts, and as what (I-18).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A person, `people/ada`, or one of the systems, `services/engagement`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Person(String);

/// Bytes of what an OpenID provider may call somebody.
const LONGEST: usize = 255;
/// The form of a person's id, in words for whoever has given another.
pub const PERSON_FORM: &str = "the id of a person is a subject of 1 to 255 bytes; in it, every byte but `a-z`, `0-9`, `.`, `_` and \
    `-` is `%` with two digits of `0-9` and `a-f`";
/// The form of a system's id, in words for whoever has given another.
pub const SYSTEM_FORM: &str = "the id of a system is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`";

impl Person {
    /// Reads `people/{id}` or `services/{id}`. A system's id is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`; a person's is what
    /// [`Person::of_subject`] makes, and nothing else that would read the same.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (collection, id) = text.split_once('/')?;
        match collection {
            "people" => decoded(id).and_then(|subject| Self::of_subject(&subject)).filter(|it| it.0 == text),
            "services" if (1..=64).contains(&id.len()) && id.bytes().all(is_plain) => {
                Some(Self(text.to_owned()))
            }
            _ => None,
        }
    }

    /// The person whom a provider calls `subject`, which has 1 to 255 bytes: each of `a-z`, `0-9`, `.`, `_` and `-` stands for
    /// itself, and every other byte is `%` with two digits of `0-9` and `a-f`. So `ada` is `people/ada`, and `auth0|5f7c` is
    /// `people/auth0%7c5f7c`: no two subjects make one person, and any percent-decoder has the subject back.
    #[must_use]
    pub fn of_subject(subject: &str) -> Option<Self> {
        (1..=LONGEST).contains(&subject.len()).then(|| Self(format!("people/{}", encoded(subject))))
    }

    /// The person whom an operator names: by `people/{id}`, or by the provider's subject.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        if text.starts_with("people/") { Self::parse(text) } else { Self::of_subject(text) }
    }

    /// The provider's subject of this person; none of a system.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        decoded(self.0.strip_prefix("people/")?)
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

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
}

fn encoded(subject: &str) -> String {
    let byte = |byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") };
    subject.bytes().map(byte).collect()
}

/// The other way round; of several ids that read the same it takes any.
fn decoded(id: &str) -> Option<String> {
    let mut parts = id.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).ok()
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
    fn a_person_is_a_collection_and_an_id() {
        let (long, longest) =
            (format!("people/{}", "a".repeat(255)), format!("people/{}", "%41".repeat(255)));
        for good in ["people/ada", "people/ada.l-2_x", "people/%41da", "services/tasks", &long, &longest] {
            assert_eq!(Person::parse(good).expect(good).as_str(), good);
        }
        let [long, longest] = [long + "a", longest + "a"];
        for bad in
            ["", "ada", "people/", "people/Ada", "people/a b", "cases/ada", "people/a/b", &long, &longest]
        {
            assert_eq!(Person::parse(bad), None, "{bad}");
        }
        let system = format!("services/{}", "a".repeat(65));
        for bad in ["services/", "services/%41", "services/Crm", &system] {
            assert_eq!(Person::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_id_is_written_in_one_way_only() {
        for bad in ["%61da", "%4A", "%4", "%", "%+1", "%zz", "%ff", "a%2", "%e9", "%é"] {
            assert_eq!(Person::parse(&format!("people/{bad}")), None, "{bad}");
        }
        assert_eq!(Person::of_subject(""), None);
        assert_eq!(Person::of_subject(&"é".repeat(128)), None);
    }

    #[test]
    fn whoever_had_a_name_has_it_still_and_others_have_one_that_says_whom_the_provider_means() {
        for (subject, id) in [
            ("ada", "ada"),
            ("7b1c5a8e-0000-4000-8000-0123456789ab", "7b1c5a8e-0000-4000-8000-0123456789ab"),
            ("auth0|5f7c", "auth0%7c5f7c"),
            ("ada@contoso.example", "ada%40contoso.example"),
            ("CONTOSO\\ada", "%43%4f%4e%54%4f%53%4f%5cada"),
            ("100%", "100%25"),
            ("services/crm", "services%2fcrm"),
            ("é", "%c3%a9"),
        ] {
            let person = Person::of_subject(subject).expect(subject);
            assert_eq!(person.as_str(), format!("people/{id}"));
            assert_eq!(person.subject().as_deref(), Some(subject));
            assert!(!person.is_service());
        }
        assert_eq!(Person::service("crm").subject(), None);
    }

    #[test]
    fn no_two_subjects_make_one_person() {
        let letters: Vec<_> = (0..128).map(|letter| char::from(letter).to_string()).collect();
        let pairs = letters.iter().flat_map(|one| letters.iter().map(move |other| format!("{one}{other}")));
        let subjects: Vec<_> = letters.iter().cloned().chain(pairs).collect();
        let people = subjects.iter().map(|subject| Person::of_subject(subject).expect("a person"));
        let people: std::collections::BTreeSet<_> = people.collect();
        assert_eq!(people.len(), subjects.len());
        assert!(people.iter().all(|person| Person::parse(person.as_str()).as_ref() == Some(person)));
    }

    #[test]
    fn every_role_reads_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(*role));
        }
        assert_eq!("RM".parse::<Role>(), Err(()));
    }
}
