//! Whom a token's claims name, and as what: a person in one of the roles that it grants, or a system.

use std::collections::HashMap;

use kernel::{Person, Role};
use serde_json::Value;

use super::{Refused, claims::Claims};

/// How claims are read.
pub(super) struct Bearers {
    /// The claim that names the person.
    pub(super) person: String,
    /// The claim that lists the roles.
    pub(super) roles: String,
    /// The issuer's names for roles; ours count where it is empty.
    pub(super) names: HashMap<String, Role>,
    /// The systems, by what that claim says of each; nobody else is one.
    pub(super) services: HashMap<String, Person>,
}

impl Bearers {
    /// Who bears the token.
    pub(super) fn person(&self, claims: &Claims) -> Result<Person, Refused> {
        let subject = claims.text(&self.person).ok_or(Refused::Person)?;
        let service = self.services.get(subject).cloned();
        // Microsoft Entra ID says of an application's own token that it is one: nobody else than a system bears it.
        let person = || Person::of_subject(subject).filter(|_| claims.text("idtyp") != Some("app"));
        service.or_else(person).ok_or(Refused::Person)
    }

    /// As what they act; `chosen` is the role that a person wants to act in.
    pub(super) fn role(
        &self,
        person: &Person,
        claims: &Claims,
        chosen: Option<&str>,
    ) -> Result<Role, Refused> {
        if person.is_service() {
            return choose(&[Role::Service], chosen);
        }
        choose(&self.granted(claims)?, chosen)
    }

    /// The roles that a person has; what is no role here is one elsewhere. A person is never a system.
    fn granted(&self, claims: &Claims) -> Result<Vec<Role>, Refused> {
        let listed = match claims.at(&self.roles) {
            None => &[],
            Some(Value::Array(roles)) => roles.as_slice(),
            Some(role) => std::slice::from_ref(role),
        };
        let mut granted = Vec::new();
        for value in listed {
            let name = value.as_str().ok_or(Refused::Malformed)?;
            granted.extend(self.named(name).filter(|role| *role != Role::Service));
        }
        Ok(granted)
    }

    fn named(&self, name: &str) -> Option<Role> {
        if self.names.is_empty() { name.parse().ok() } else { self.names.get(name).copied() }
    }
}

/// The role to act in: the chosen one if it is granted, or the only one.
pub(super) fn choose(granted: &[Role], chosen: Option<&str>) -> Result<Role, Refused> {
    match (chosen, granted) {
        (Some(name), _) => {
            let role = granted.iter().find(|role| role.as_str() == name);
            role.copied().ok_or(Refused::RoleNotGranted)
        }
        (None, []) => Err(Refused::RoleNotGranted),
        (None, [first, rest @ ..]) if rest.iter().all(|role| role == first) => Ok(*first),
        (None, _) => Err(Refused::RoleNotChosen),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;

    fn bearers() -> Bearers {
        let service = ("system:serviceaccount:getmodern:crm".to_owned(), Person::service("crm"));
        Bearers {
            person: "sub".to_owned(),
            roles: "roles".to_owned(),
            names: HashMap::new(),
            services: HashMap::from([service]),
        }
    }

    fn asked(bearers: &Bearers, claims: &Value, chosen: Option<&str>) -> Result<String, Refused> {
        let claims = Claims::read(&BASE64_URL_SAFE_NO_PAD.encode(claims.to_string())).expect("claims");
        let person = bearers.person(&claims)?;
        Ok(format!("{person} {}", bearers.role(&person, &claims, chosen)?))
    }

    #[test]
    fn a_person_acts_in_a_role_of_theirs_and_in_no_other() {
        let ask = |roles: Value, chosen| asked(&bearers(), &json!({ "sub": "ada", "roles": roles }), chosen);
        let ada = |role: &str| Ok(format!("people/ada {role}"));
        assert_eq!(ask(json!(["GMFTA"]), None), ada("GMFTA"));
        assert_eq!(ask(json!("GMFTA"), None), ada("GMFTA"));
        assert_eq!(ask(json!(["GMFTA", "GMFTA", "EMPEROR"]), None), ada("GMFTA"));
        assert_eq!(ask(json!(["GMFTA", "SME"]), Some("SME")), ada("SME"));
        assert_eq!(ask(json!(["GMFTA", "SME"]), None), Err(Refused::RoleNotChosen));
        assert_eq!(ask(json!(["GMFTA"]), Some("SME")), Err(Refused::RoleNotGranted));
        assert_eq!(ask(json!(["GMFTA"]), Some("")), Err(Refused::RoleNotGranted));
        for nothing in [json!([]), json!(null), json!(["EMPEROR"]), json!("gmfta")] {
            let refused = ask(nothing.clone(), None);
            assert!(matches!(refused, Err(Refused::RoleNotGranted | Refused::Malformed)), "{nothing}");
        }
        assert_eq!(ask(json!([{ "name": "GMFTA" }]), None), Err(Refused::Malformed));
    }

    #[test]
    fn a_person_is_never_a_system_nor_a_system_a_person() {
        let ask = |claims: Value, chosen| asked(&bearers(), &claims, chosen);
        let system = "system:serviceaccount:getmodern:crm";
        assert_eq!(ask(json!({ "sub": "ada", "roles": ["SERVICE"] }), None), Err(Refused::RoleNotGranted));
        assert_eq!(
            ask(json!({ "sub": "ada", "roles": ["SERVICE"] }), Some("SERVICE")),
            Err(Refused::RoleNotGranted)
        );
        let posing = json!({ "sub": "services/crm", "roles": ["FM"] });
        assert_eq!(ask(posing, None), Ok("people/services%2fcrm FM".to_owned()));
        assert_eq!(ask(json!({ "sub": system }), None), Ok("services/crm SERVICE".to_owned()));
        assert_eq!(
            ask(json!({ "sub": system, "idtyp": "app" }), None),
            Ok("services/crm SERVICE".to_owned())
        );
        let posing = json!({ "sub": system, "roles": ["OPERATOR"] });
        assert_eq!(ask(posing.clone(), None), Ok("services/crm SERVICE".to_owned()));
        assert_eq!(ask(posing, Some("OPERATOR")), Err(Refused::RoleNotGranted));
        for nobody in [
            json!({}),
            json!({ "sub": 7 }),
            json!({ "sub": "" }),
            json!({ "sub": ["ada"] }),
            json!({ "sub": "a".repeat(256) }),
            json!({ "sub": "ada", "idtyp": "app" }),
        ] {
            assert_eq!(ask(nobody, Some("FM")), Err(Refused::Person));
        }
    }

    #[test]
    fn where_an_issuer_has_names_of_its_own_only_these_count() {
        let names = HashMap::from([("Gm.Architect".to_owned(), Role::Gmfta)]);
        let bearers = Bearers { names, person: "oid".to_owned(), roles: "app.roles".to_owned(), ..bearers() };
        let ask = |role: &str| asked(&bearers, &json!({ "oid": "ada", "app": { "roles": [role] } }), None);
        assert_eq!(ask("Gm.Architect"), Ok("people/ada GMFTA".to_owned()));
        assert_eq!(ask("GMFTA"), Err(Refused::RoleNotGranted));
    }
}
