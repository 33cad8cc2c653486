//! Reading a request at the door: every fault of its form is noted, not only the first.
//!
//! A reader always gives a value, so that reading goes on; [`Fields::finish`] refuses if any of them stood in for a
//! fault.

mod data_set;
mod formats;
mod past;
mod sought;

use std::ops::RangeInclusive;

use jiff::civil::Date;
use kernel::{
    Channel, Contact, Fault, Id, Kind, Moment, PERSON_FORM, Person, Refusal, Role, Roster, Time, is_blank,
    name, readable, tenant, tenant_key,
};
use proto::common::v1 as pb;

use crate::wire;

/// Faults that are noted of one request; nobody reads more.
pub const MOST_FAULTS: usize = 200;
/// Characters of a text to look for.
pub const SOUGHT: usize = 300;
/// Characters of a tenant: as many as a domain name may have.
const TENANT: usize = 253;

/// Reasons that callers act by: a refusal for nothing else has them itself.
const ACTED_BY: [&str; 2] = ["PAGE_TOKEN_INVALID", "RESUME_TOKEN_INVALID"];

/// Stands in for a person who was not given.
fn nobody() -> Person {
    Person::service("nobody")
}

/// The faults of one request, as its fields are read.
#[derive(Debug)]
pub struct Fields {
    /// Stands in for times that are left out, where they may be.
    now: Option<Time>,
    /// What is read was taken before, perhaps by an earlier release that took more; it cannot be refused any more.
    is_kept: bool,
    faults: Vec<Fault>,
}

impl Fields {
    /// Nothing read yet; `now` stands in for times that may be left out.
    #[must_use]
    pub fn new(now: Time) -> Self {
        Self { now: Some(now), is_kept: false, faults: Vec::new() }
    }

    /// Nothing read yet of what another service says, which leaves no time out, and has taken every text before.
    #[must_use]
    pub fn of_service() -> Self {
        Self { now: None, is_kept: true, faults: Vec::new() }
    }

    /// Notes a fault of the field at `path`.
    pub fn fault(&mut self, path: impl Into<String>, reason: &'static str, message: impl Into<String>) {
        let path = path.into();
        let message = format!("{path} {}", message.into());
        self.add(Fault::new("", reason, path, message));
    }

    /// Notes a fault that a decision would find later.
    pub fn add(&mut self, fault: Fault) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }

    /// The value that was read, or the one instead where it was refused: its faults are then among those of the request.
    pub fn noting<T>(&mut self, found: Result<T, Refusal>, instead: T) -> T {
        found.unwrap_or_else(|refusal| {
            refusal.faults.into_iter().for_each(|fault| self.add(fault));
            instead
        })
    }

    /// There was no fault so far.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// Refuses when there was any fault, with all of them.
    pub fn finish(self) -> Result<(), Refusal> {
        if let [Fault { rule, reason, subject, message }] = self.faults.as_slice()
            && ACTED_BY.contains(reason)
        {
            return Err(Refusal::new(Kind::Invalid, rule, reason, subject.as_str(), message.as_str()));
        }
        Refusal::if_any(self.faults, Kind::Invalid, "INVALID_REQUEST", "the request has faults")
    }

    /// The value, or the fault and what stands in for it.
    fn or_fault<T>(&mut self, path: &str, value: Option<T>, message: &str, instead: T) -> T {
        value.unwrap_or_else(|| {
            self.fault(path, "FIELD_MALFORMED", message);
            instead
        })
    }

    /// Text of one line, such as a name: the same as [`Fields::text`], without line breaks and tabs.
    pub fn line(&mut self, path: &str, text: &str, least: usize, most: usize) -> String {
        let beyond = readable::beyond_one_line(text).filter(|_| !self.is_kept);
        if let Some(beyond) = beyond {
            self.fault(path, "FIELD_UNREADABLE", format!("is one line and may not have {beyond}"));
        }
        self.text(path, text, least, most)
    }

    /// Text of `least` to `most` characters, in its one form (NFC), of characters that somebody can read, on any number of lines.
    pub fn text(&mut self, path: &str, text: &str, least: usize, most: usize) -> String {
        let text = self.readable(path, text);
        let length = text.trim().chars().count();
        if is_blank(&text) && least > 0 {
            self.fault(path, "FIELD_REQUIRED", "is required");
        } else if length < least {
            self.fault(path, "FIELD_TOO_SHORT", format!("must have {least} characters at least"));
        } else if text.chars().count() > most {
            self.fault(path, "FIELD_TOO_LONG", format!("may have {most} characters at most"));
        }
        text
    }

    /// The text without what only copying leaves behind. What hides something, or moves what others see, is a fault.
    pub fn readable(&mut self, path: &str, text: &str) -> String {
        let read = if self.is_kept { Ok(readable::cleaned(text)) } else { readable::read(text) };
        read.unwrap_or_else(|unreadable| {
            self.fault(path, "FIELD_UNREADABLE", format!("may not have {unreadable}"));
            readable::cleaned(text)
        })
    }

    /// Text to look for; none when it is left out.
    pub fn sought(&mut self, path: &str, text: &str) -> Option<String> {
        let text = self.line(path, text, 0, SOUGHT);
        (!text.is_empty()).then_some(text)
    }

    /// A caller's key: 1 to 128 printable ASCII characters.
    pub fn request_id(&mut self, text: &str) -> String {
        if text.is_empty() {
            self.fault(
                "request_id",
                "FIELD_REQUIRED",
                "is required, so that the call is safe to repeat (I-20)",
            );
        } else if text.len() > 128 || !text.bytes().all(|c| c.is_ascii_graphic()) {
            self.fault(
                "request_id",
                "FIELD_MALFORMED",
                "must be 1 to 128 printable ASCII characters without blanks",
            );
        }
        text.to_owned()
    }

    /// The version that whoever decides has read: a decision is on that, and on nothing that came after it.
    pub fn read(&mut self, etag: &str) {
        if etag.is_empty() {
            self.fault("etag", "FIELD_REQUIRED", "is required: one decides on what one has read");
        }
    }

    /// The identity in a resource name of `collection`.
    pub fn name(&mut self, path: &str, collection: &str, text: &str) -> Id {
        self.or_fault(
            path,
            name::parse(collection, text),
            &format!("must be `{collection}/{{id}}`"),
            Id::nil(),
        )
    }

    /// A person.
    pub fn person(&mut self, path: &str, text: &str) -> Person {
        let person = Person::parse(text).filter(|person| !person.is_service());
        let form = format!("must be `people/{{id}}`; {PERSON_FORM}");
        self.or_fault(path, person, &form, nobody())
    }

    /// A person who may be left out.
    pub fn maybe_person(&mut self, path: &str, text: &str) -> Option<Person> {
        (!text.is_empty()).then(|| self.person(path, text))
    }

    /// The customer's tenant, in the one form that tells it apart from others.
    pub fn tenant(&mut self, path: &str, text: &str) -> String {
        let text = self.line(path, text, 1, TENANT);
        let form = tenant(&text);
        // A text that is missing has been told already.
        if form.is_none() && !is_blank(&text) && !self.is_kept {
            self.fault(
                path,
                "FIELD_MALFORMED",
                "must be a domain name, such as contoso.onmicrosoft.com, or a GUID",
            );
        }
        form.unwrap_or_else(|| tenant_key(&text))
    }

    /// A role.
    pub fn role(&mut self, path: &str, number: i32) -> Role {
        self.or_fault(path, wire::role(number), "must be a role", Role::Service)
    }

    /// A choice among the values that `read` knows.
    pub fn choice<T>(
        &mut self,
        path: &str,
        number: i32,
        read: impl FnOnce(i32) -> Option<T>,
        instead: T,
    ) -> T {
        self.or_fault(path, read(number), "must be one of its named values", instead)
    }

    /// A number of things, 0 or more.
    pub fn count(&mut self, path: &str, number: i32) -> u32 {
        self.or_fault(path, number.try_into().ok(), "may not be negative", 0)
    }

    /// The revision of a journal to begin after.
    pub fn after_revision(&mut self, revision: i64) {
        self.or_fault("after_revision", (revision >= 0).then_some(()), "may not be negative", ());
    }

    /// A day of the years 1 to 9999, `YYYY-MM-DD`.
    pub fn date(&mut self, path: &str, text: &str) -> String {
        let day = text.parse::<Date>().ok();
        let day = day.filter(|day| day.year() >= 1 && day.to_string() == text);
        self.or_fault(path, day.map(|_| ()), "must be a day of the years 1 to 9999, `YYYY-MM-DD`", ());
        text.to_owned()
    }

    /// The same as a day; any day where it is none.
    pub fn day(&mut self, path: &str, text: &str) -> Date {
        self.date(path, text).parse().unwrap_or_default()
    }

    /// The same where it may be left out.
    pub fn maybe_day(&mut self, path: &str, text: &str) -> Option<Date> {
        (!text.is_empty()).then(|| self.day(path, text))
    }

    /// A moment.
    pub fn moment(&mut self, path: &str, time: prost_types::Timestamp) -> Moment {
        let moment = Moment::new(time.seconds, time.nanos);
        self.or_fault(path, moment, "must be a time of the years 1 to 9999", Moment::EARLIEST)
    }

    /// The six.
    pub fn roster(&mut self, path: &str, roster: Option<&pb::Roster>) -> Roster {
        let (given, roster) = match self.whole(path, roster) {
            Some(roster) => (true, roster.clone()),
            None => (false, pb::Roster::default()),
        };
        let mut seat = |role: &str, person: &str| {
            if given { self.person(&format!("{path}.{role}"), person) } else { nobody() }
        };
        Roster {
            gmfta: seat("gmfta", &roster.gmfta),
            fm: seat("fm", &roster.fm),
            fe: seat("fe", &roster.fe),
            sme: seat("sme", &roster.sme),
            fta: seat("fta", &roster.fta),
            ats: seat("ats", &roster.ats),
        }
    }

    /// A message that may not be left out. Where it is, that is the fault, and its parts have none.
    fn whole<'a, W>(&mut self, path: &str, message: Option<&'a W>) -> Option<&'a W> {
        if message.is_none() {
            self.fault(path, "FIELD_REQUIRED", "is required");
        }
        message
    }

    /// A delivery channel.
    pub fn channel(&mut self, path: &str, channel: Option<&pb::DeliveryChannel>) -> Channel {
        let Some(channel) = self.whole(path, channel) else { return Channel::Css };
        match channel.kind() {
            pb::delivery_channel::Kind::Css if channel.partner.is_empty() => Channel::Css,
            pb::delivery_channel::Kind::Frp => {
                Channel::Frp(self.line(&format!("{path}.partner"), &channel.partner, 1, 200))
            }
            pb::delivery_channel::Kind::Css => {
                self.fault(format!("{path}.partner"), "FIELD_MALFORMED", "must be empty for CSS");
                Channel::Css
            }
            pb::delivery_channel::Kind::Unspecified => {
                self.fault(format!("{path}.kind"), "FIELD_REQUIRED", "must be CSS or FRP");
                Channel::Css
            }
        }
    }

    /// A delivery channel that may be left out.
    pub fn maybe_channel(&mut self, path: &str, channel: Option<&pb::DeliveryChannel>) -> Option<Channel> {
        channel.map(|channel| self.channel(path, Some(channel)))
    }

    /// A contact.
    pub fn contact(&mut self, path: &str, contact: Option<&pb::Contact>) -> Contact {
        let Some(contact) = self.whole(path, contact) else {
            return Contact { full_name: String::new(), email: String::new() };
        };
        Contact {
            full_name: self.line(&format!("{path}.full_name"), &contact.full_name, 1, 200),
            email: self.line(&format!("{path}.email"), &contact.email, 0, 320),
        }
    }

    /// Contacts, at least `least` and at most 50.
    pub fn contacts(&mut self, path: &str, contacts: &[pb::Contact], least: usize) -> Vec<Contact> {
        self.each(path, contacts, least..=50, |fields, path, contact| fields.contact(path, Some(contact)))
    }

    /// Reads each of a collection by its path. Too few is a fault, and so is too many: the rest is not read then.
    pub fn each<W, H>(
        &mut self,
        path: &str,
        items: &[W],
        bounds: RangeInclusive<usize>,
        mut read: impl FnMut(&mut Self, &str, &W) -> H,
    ) -> Vec<H> {
        let (least, most) = bounds.into_inner();
        if items.len() < least {
            self.fault(path, "FIELD_REQUIRED", format!("must have at least {least}"));
        } else if items.len() > most {
            self.fault(path, "FIELD_TOO_LONG", format!("may have {most} at most"));
        }
        let read = |(index, item)| read(self, &format!("{path}[{index}]"), item);
        items.iter().take(most).enumerate().map(read).collect()
    }
}
