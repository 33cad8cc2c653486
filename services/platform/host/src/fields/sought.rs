//! Reading what a list or a watch is to be narrowed to: names of their kind, each left out when it is empty.
//!
//! A name that nothing could have is refused. An empty answer to it would read as if somebody had done nothing.

use kernel::{Id, Moment, PERSON_FORM, Person, SYSTEM_FORM, is_blank, name};

use super::Fields;

impl Fields {
    /// A person, or a system that acts for itself.
    pub fn sought_person(&mut self, path: &str, text: &str) -> Option<String> {
        let is_name = Person::parse(text).is_some();
        let form = format!("must be `people/{{id}}` or `services/{{id}}`; {PERSON_FORM}; {SYSTEM_FORM}");
        self.sought_name(path, text, is_name, &form)
    }

    /// A person, where a system cannot be.
    pub fn sought_human(&mut self, path: &str, text: &str) -> Option<String> {
        let is_name = Person::parse(text).is_some_and(|person| !person.is_service());
        self.sought_name(path, text, is_name, &format!("must be `people/{{id}}`; {PERSON_FORM}"))
    }

    /// A resource of any collection, or a followed journal.
    pub fn sought_resource(&mut self, path: &str, text: &str) -> Option<String> {
        let is_name = text.split_once('/').is_some_and(|(collection, id)| {
            let is_journal = collection == "journals" && Person::parse(&format!("services/{id}")).is_some();
            is_journal || (name::is_collection(collection) && name::parse(collection, text).is_some())
        });
        self.sought_name(path, text, is_name, "must be `{collection}/{id}`, such as `cases/{case}`")
    }

    /// A resource of one collection.
    pub fn sought_of(&mut self, path: &str, collection: &str, text: &str) -> Option<Id> {
        (!text.is_empty()).then(|| self.name(path, collection, text))
    }

    /// A method as the audit names it.
    pub fn sought_method(&mut self, path: &str, text: &str) -> Option<String> {
        // A service has a package, or at least a capital: so that a person or a resource is no method.
        let is_service =
            |service: &str| service.contains('.') || service.starts_with(|c: char| c.is_ascii_uppercase());
        let is_name =
            !text.starts_with('/') && text.split_once('/').is_some_and(|(service, _)| is_service(service));
        let is_plain = text.bytes().all(|c| c.is_ascii_graphic());
        self.sought_name(path, text, is_name && is_plain, "must be `{package}.{Service}/{Method}`")
    }

    /// A kind of event, such as `WorkshopHeld`.
    pub fn sought_kind(&mut self, path: &str, text: &str) -> String {
        let is_kind = text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.len() <= 100
            && text.bytes().all(|c| c.is_ascii_alphanumeric());
        if !is_kind {
            self.fault(path, "FIELD_MALFORMED", "must be a kind of event, such as `WorkshopHeld`");
        }
        text.to_owned()
    }

    /// A tenant, in the one form that tells it apart from others.
    pub fn sought_tenant(&mut self, path: &str, text: &str) -> Option<String> {
        if !text.is_empty() && is_blank(text) {
            self.fault(path, "FIELD_MALFORMED", "must be a tenant, or left out");
            return None;
        }
        (!text.is_empty()).then(|| self.tenant(path, text))
    }

    /// Moments between which something is; the first before the second.
    pub fn sought_span(
        &mut self,
        (from, from_time): (&str, Option<prost_types::Timestamp>),
        (until, until_time): (&str, Option<prost_types::Timestamp>),
    ) -> (Option<Moment>, Option<Moment>) {
        let from_time = from_time.map(|time| self.moment(from, time));
        let until_time = until_time.map(|time| self.moment(until, time));
        if self.is_clean() && from_time.zip(until_time).is_some_and(|(from, until)| from >= until) {
            self.fault(until, "FIELD_MALFORMED", format!("must be after {from}"));
        }
        (from_time, until_time)
    }

    fn sought_name(&mut self, path: &str, text: &str, is_name: bool, message: &str) -> Option<String> {
        let text = self.sought(path, text)?;
        if !is_name {
            self.fault(path, "FIELD_MALFORMED", message);
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use kernel::Time;

    use super::*;

    type Sought = fn(&mut Fields, &str) -> bool;

    #[test]
    fn a_name_is_of_its_kind_or_left_out() {
        let id = "0192f0c1-0000-7000-8000-00000000002a";
        let (case, engagement) = (format!("cases/{id}"), format!("engagements/{id}"));
        let kinds: [(Sought, &[&str], &[&str]); 4] = [
            (
                |fields, text| fields.sought_person("f", text).is_some(),
                &["people/gw", "services/intake"],
                &["gw", "people/", "people/GW", "cases/x", " people/gw"],
            ),
            (
                |fields, text| fields.sought_resource("f", text).is_some(),
                &[&case, &engagement, "journals/intake"],
                &["cases", "cases/", "cases/1", &format!("case/{id}"), id, "journals/", "people/gw"],
            ),
            (
                |fields, text| fields.sought_method("f", text).is_some(),
                &["getmodern.intake.v1.IntakeService/OpenCase", "made.Up/Thing"],
                &[
                    "OpenCase",
                    "people/gw",
                    "/x.Y/Z",
                    "/getmodern.intake.v1.IntakeService/OpenCase",
                    "a.B.C",
                    "a.B/C D",
                ],
            ),
            (
                |fields, text| fields.sought_tenant("f", text).is_some(),
                &["contoso.onmicrosoft.com.", "72F988BF-86F1-41AF-91AB-2D7CD011DB47"],
                &["the tenant", "https://contoso.com", " ", "con\u{202e}toso.com"],
            ),
        ];
        for (read, good, bad) in kinds {
            let mut fields = Fields::new(Time::UNIX_EPOCH);
            assert!(!read(&mut fields, ""));
            assert!(good.iter().all(|text| read(&mut fields, text)) && fields.is_clean(), "{good:?}");
            for text in bad {
                let mut fields = Fields::new(Time::UNIX_EPOCH);
                read(&mut fields, text);
                assert!(!fields.is_clean(), "{text}");
            }
        }
    }
}
