//! The playbook's shared words on the wire and in the house.

use kernel::{
    Assessment, Channel, Contact, CriterionResult, DataSet, Moment, Outcome, Person, Role, Roster, Stamp,
    Verdict,
};
use prost::{Message, Name};
use prost_types::{Any, Struct, Timestamp, Value as WireValue, value::Kind};
use proto::common::v1 as pb;
use serde_json::Value as Json;

use crate::Fail;

/// The version of a resource as an etag.
#[must_use]
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// A role from its number; `None` for one that is not given or not known.
#[must_use]
pub fn role(number: i32) -> Option<Role> {
    let name = pb::Role::try_from(number).ok()?.as_str_name();
    name.strip_prefix("ROLE_")?.parse().ok()
}

/// A role's number.
#[must_use]
pub fn role_number(role: Role) -> i32 {
    pb::Role::from_str_name(&format!("ROLE_{role}")).unwrap_or_default().into()
}

/// A moment that somebody told.
#[must_use]
pub fn moment(moment: Moment) -> Timestamp {
    let (seconds, nanos) = moment.parts();
    Timestamp { seconds, nanos }
}

/// A stamp.
#[must_use]
pub fn stamp(stamp: &Stamp) -> pb::Stamp {
    pb::Stamp {
        person: stamp.person.to_string(),
        role: role_number(stamp.role),
        time: Some(proto::to_wire(stamp.time)),
    }
}

/// A stamp of another service's; a fault when it does not read.
pub fn read_stamp(stamp: Option<&pb::Stamp>) -> Result<Stamp, Fail> {
    let read = |stamp: &pb::Stamp| {
        Some(Stamp {
            person: Person::parse(&stamp.person)?,
            role: role(stamp.role)?,
            time: proto::from_wire(stamp.time?)?,
        })
    };
    stamp.and_then(read).ok_or_else(|| Fail::Fault("the stamp does not read".to_owned()))
}

/// A number of things, as the wire counts them.
#[must_use]
pub fn number(count: u32) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

/// A person who may be missing.
#[must_use]
pub fn person(person: Option<&Person>) -> String {
    person.map(Person::to_string).unwrap_or_default()
}

/// The six.
#[must_use]
pub fn roster(roster: &Roster) -> pb::Roster {
    pb::Roster {
        gmfta: roster.gmfta.to_string(),
        fm: roster.fm.to_string(),
        fe: roster.fe.to_string(),
        sme: roster.sme.to_string(),
        fta: roster.fta.to_string(),
        ats: roster.ats.to_string(),
    }
}

/// A delivery channel.
#[must_use]
pub fn channel(channel: &Channel) -> pb::DeliveryChannel {
    match channel {
        Channel::Css => {
            pb::DeliveryChannel { kind: pb::delivery_channel::Kind::Css.into(), partner: String::new() }
        }
        Channel::Frp(partner) => {
            pb::DeliveryChannel { kind: pb::delivery_channel::Kind::Frp.into(), partner: partner.clone() }
        }
    }
}

/// A contact.
#[must_use]
pub fn contact(contact: &Contact) -> pb::Contact {
    pb::Contact { full_name: contact.full_name.clone(), email: contact.email.clone() }
}

/// Contacts.
#[must_use]
pub fn contacts(contacts: &[Contact]) -> Vec<pb::Contact> {
    contacts.iter().map(contact).collect()
}

/// The data set. An item that no longer reads is left out and logged.
#[must_use]
pub fn items(items: &DataSet) -> Vec<pb::DataItem> {
    let read = items
        .iter()
        .map(|(key, item)| pb::DataItem::read(key, &item.value, &item.source, moment(item.learnt)));
    read.filter_map(|item| {
        item.inspect_err(|error| tracing::error!(?error, "a data item does not read")).ok()
    })
    .collect()
}

/// A verdict.
#[must_use]
pub fn verdict(verdict: Verdict) -> pb::Verdict {
    match verdict {
        Verdict::Qualified => pb::Verdict::Qualified,
        Verdict::NotQualified => pb::Verdict::NotQualified,
        Verdict::Undetermined => pb::Verdict::Undetermined,
    }
}

/// A verdict that was given.
#[must_use]
pub fn read_verdict(verdict: pb::Verdict) -> Option<Verdict> {
    match verdict {
        pb::Verdict::Unspecified => None,
        pb::Verdict::Qualified => Some(Verdict::Qualified),
        pb::Verdict::NotQualified => Some(Verdict::NotQualified),
        pb::Verdict::Undetermined => Some(Verdict::Undetermined),
    }
}

/// An assessment.
#[must_use]
pub fn assessment(assessment: &Assessment) -> pb::Assessment {
    pb::Assessment {
        verdict: verdict(assessment.verdict).into(),
        policy: assessment.policy.clone(),
        policy_version: number(assessment.policy_version),
        results: assessment.results.iter().map(result).collect(),
    }
}

/// An assessment without the inputs it saw: how each criterion came out.
#[must_use]
pub fn outcomes(assessed: &Assessment) -> pb::Assessment {
    let mut shown = assessment(assessed);
    for result in &mut shown.results {
        result.inputs = None;
    }
    shown
}

/// An assessment that another service made; `None` when it has no verdict.
#[must_use]
pub fn read_assessment(assessment: &pb::Assessment) -> Option<Assessment> {
    Some(Assessment {
        verdict: read_verdict(assessment.verdict())?,
        policy: assessment.policy.clone(),
        policy_version: assessment.policy_version.try_into().ok()?,
        results: assessment.results.iter().map(read_result).collect::<Option<_>>()?,
    })
}

/// How a criterion came out.
#[must_use]
pub fn outcome(outcome: Outcome) -> pb::CriterionOutcome {
    match outcome {
        Outcome::Pass => pb::CriterionOutcome::Pass,
        Outcome::Fail => pb::CriterionOutcome::Fail,
        Outcome::Unknown => pb::CriterionOutcome::Unknown,
    }
}

fn result(result: &CriterionResult) -> pb::CriterionResult {
    let inputs = result.inputs.iter().map(|(key, value)| (key.clone(), to_value(value)));
    pb::CriterionResult {
        criterion: result.criterion.clone(),
        title: result.title.clone(),
        title_zh: result.title_zh.clone(),
        required: result.required,
        outcome: outcome(result.outcome).into(),
        inputs: Some(Struct { fields: inputs.collect() }),
    }
}

fn read_result(result: &pb::CriterionResult) -> Option<CriterionResult> {
    let outcome = match result.outcome() {
        pb::CriterionOutcome::Unspecified => return None,
        pb::CriterionOutcome::Pass => Outcome::Pass,
        pb::CriterionOutcome::Fail => Outcome::Fail,
        pb::CriterionOutcome::Unknown => Outcome::Unknown,
    };
    let fields = result.inputs.iter().flat_map(|inputs| &inputs.fields);
    Some(CriterionResult {
        criterion: result.criterion.clone(),
        title: result.title.clone(),
        title_zh: result.title_zh.clone(),
        required: result.required,
        outcome,
        inputs: fields.map(|(key, value)| (key.clone(), from_value(value))).collect(),
    })
}

fn to_value(json: &Json) -> WireValue {
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(bool) => Kind::BoolValue(*bool),
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Json::String(text) => Kind::StringValue(text.clone()),
        Json::Array(list) => {
            Kind::ListValue(prost_types::ListValue { values: list.iter().map(to_value).collect() })
        }
        Json::Object(fields) => Kind::StructValue(Struct {
            fields: fields.iter().map(|(key, value)| (key.clone(), to_value(value))).collect(),
        }),
    };
    WireValue { kind: Some(kind) }
}

fn from_value(value: &WireValue) -> Json {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(bool)) => Json::Bool(*bool),
        Some(Kind::NumberValue(number)) => number_from(*number),
        Some(Kind::StringValue(text)) => Json::String(text.clone()),
        Some(Kind::ListValue(list)) => list.values.iter().map(from_value).collect(),
        Some(Kind::StructValue(fields)) => {
            fields.fields.iter().map(|(key, value)| (key.clone(), from_value(value))).collect()
        }
    }
}

/// A whole number stays one: the wire knows only floating point.
#[allow(clippy::cast_possible_truncation, reason = "the guard keeps it exact")]
fn number_from(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() < 9e15 { Json::from(number as i64) } else { Json::from(number) }
}

/// A message inside `Any`.
#[must_use]
pub fn any<M: Message + Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}

/// The message of type `M` inside `any`, whatever host its type URL names; `None` when it holds another type, and a fault when
/// it does not read.
pub fn from_any<M: Message + Name + Default>(any: &Any) -> Result<Option<M>, Fail> {
    // As protobuf unpacks: the name is what follows the last slash. Releases up to 0.1.0 write no host.
    if any.type_url.rsplit('/').next() != Some(&M::full_name()) {
        return Ok(None);
    }
    let unreadable = |error| Fail::Fault(format!("{} does not read: {error}", any.type_url));
    M::decode(any.value.as_slice()).map(Some).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use proto::tasks::v1::{NoteWritten, TaskCompleted};

    use super::*;

    #[test]
    fn a_payload_names_its_type_as_every_language_reads_it_and_is_read_with_and_without_a_host() {
        let completed = TaskCompleted { cycle: 7, ..TaskCompleted::default() };
        let sent = any(&completed);
        assert_eq!(sent.type_url, "type.googleapis.com/getmodern.tasks.v1.TaskCompleted");
        for host in ["type.googleapis.com", "", "contoso.example/types"] {
            let held = Any { type_url: format!("{host}/{}", TaskCompleted::full_name()), ..sent.clone() };
            assert_eq!(from_any(&held).ok().flatten().as_ref(), Some(&completed), "{host}");
            assert!(matches!(from_any::<NoteWritten>(&held), Ok(None)), "{host}");
        }
        let broken = Any { value: vec![0x0a, 0x7f], ..sent };
        assert!(from_any::<TaskCompleted>(&broken).is_err());
    }
}
