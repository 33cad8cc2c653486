//! Data items as a key and a JSON value: how the services keep them and the policy reads them.
//!
//! The key is the field's name in the proto, and enumerations are their names without the prefix, so that a
//! criterion reads `windows_10_enterprise_intent == "YES"`. A number that is left out has no key; a text that is left out is
//! empty, as every release has kept it, and the policy takes an empty text for none.

use prost_types::Timestamp;
use serde_json::{Map, Value, json};

use crate::common::v1::{
    AccountTeamContacts, Contact, DataItem, DeploymentOutlook, DeviceManagement, Intent, LicencePlan,
    SourceOsMix, data_item::Fact, device_management::Tool,
};

/// Stands in numbers of devices of which a 0 was told. Without it a 0 may be what an earlier release kept for one left out.
pub const TOLD: &str = "told";

/// A stored item that no longer reads as the wire's; its key.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl Fact {
    /// The item's key: the name of its field.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "tenant",
            Self::Plan(_) => "plan",
            Self::LicenceCount(_) => "licence_count",
            Self::Windows10EnterpriseIntent(_) => "windows_10_enterprise_intent",
            Self::Office365ProplusIntent(_) => "office_365_proplus_intent",
            Self::IntuneIntent(_) => "intune_intent",
            Self::DeviceCount(_) => "device_count",
            Self::SourceOsMix(_) => "source_os_mix",
            Self::DeviceManagement(_) => "device_management",
            Self::WorkInFlight(_) => "work_in_flight",
            Self::DeploymentPlan(_) => "deployment_plan",
            Self::SuccessOwner(_) => "success_owner",
            Self::AccountTeamContacts(_) => "account_team_contacts",
            Self::DeliveryPartner(_) => "delivery_partner",
            Self::Language(_) => "language",
        }
    }

    /// The item's value.
    #[must_use]
    pub fn value(&self) -> Value {
        match self {
            Self::Tenant(text)
            | Self::WorkInFlight(text)
            | Self::DeliveryPartner(text)
            | Self::Language(text) => json!(text),
            Self::Plan(plan) => name(LicencePlan::try_from(*plan).map(|p| p.as_str_name()), "LICENCE_PLAN_"),
            Self::Windows10EnterpriseIntent(intent)
            | Self::Office365ProplusIntent(intent)
            | Self::IntuneIntent(intent) => {
                name(Intent::try_from(*intent).map(|i| i.as_str_name()), "INTENT_")
            }
            Self::LicenceCount(count) | Self::DeviceCount(count) => json!(count),
            Self::SourceOsMix(mix) => source_os_mix(*mix),
            Self::DeviceManagement(management) => device_management(management),
            Self::DeploymentPlan(plan) => json!({
                "plan": plan.plan, "target_date": plan.target_date, "business_reason": plan.business_reason,
            }),
            Self::SuccessOwner(owner) => contact(owner),
            Self::AccountTeamContacts(team) => team.contacts.iter().map(contact).collect(),
        }
    }

    /// The item kept under `key` as `value`.
    pub fn read(key: &str, value: &Value) -> Result<Self, Unreadable> {
        read(key, value).ok_or_else(|| Unreadable(key.to_owned()))
    }
}

impl DataItem {
    /// An item of the data set from its parts.
    pub fn read(key: &str, value: &Value, source: &str, learnt: Timestamp) -> Result<Self, Unreadable> {
        Ok(Self { fact: Some(Fact::read(key, value)?), source: source.to_owned(), learnt_time: Some(learnt) })
    }
}

fn name<E>(name: Result<&'static str, E>, prefix: &str) -> Value {
    json!(name.unwrap_or_default().trim_start_matches(prefix))
}

fn contact(contact: &Contact) -> Value {
    json!({ "full_name": contact.full_name, "email": contact.email })
}

fn source_os_mix(mix: SourceOsMix) -> Value {
    let counts = [
        ("windows_7", mix.windows_7),
        ("windows_8_1", mix.windows_8_1),
        ("windows_10", mix.windows_10),
        ("other", mix.other),
    ];
    let known = |(system, count): (&str, Option<i32>)| Some((system.to_owned(), json!(count?)));
    let mut value: Value = counts.into_iter().filter_map(known).collect::<Map<_, _>>().into();
    value[TOLD] = json!(true);
    value
}

fn read_source_os_mix(value: &Value) -> SourceOsMix {
    let is_told = value[TOLD] == json!(true);
    let known = |system: &str| count(&value[system]).filter(|count| is_told || *count != 0);
    SourceOsMix {
        windows_7: known("windows_7"),
        windows_8_1: known("windows_8_1"),
        windows_10: known("windows_10"),
        other: known("other"),
    }
}

fn device_management(management: &DeviceManagement) -> Value {
    let mut value = json!({
        "tool": name(Tool::try_from(management.tool).map(|t| t.as_str_name()), "TOOL_"),
    });
    if let Some(ready) = management.ready_to_upgrade {
        value["ready_to_upgrade"] = json!(ready);
    }
    if let Some(branch) = management.branch_version {
        value["branch_version"] = json!(branch);
    }
    value
}

fn read(key: &str, value: &Value) -> Option<Fact> {
    Some(match key {
        "tenant" => Fact::Tenant(text(value)?),
        "plan" => Fact::Plan(LicencePlan::from_str_name(&prefixed("LICENCE_PLAN_", value)?)?.into()),
        "licence_count" => Fact::LicenceCount(count(value)?),
        "windows_10_enterprise_intent" => Fact::Windows10EnterpriseIntent(intent(value)?),
        "office_365_proplus_intent" => Fact::Office365ProplusIntent(intent(value)?),
        "intune_intent" => Fact::IntuneIntent(intent(value)?),
        "device_count" => Fact::DeviceCount(count(value)?),
        "source_os_mix" => Fact::SourceOsMix(read_source_os_mix(value)),
        "device_management" => Fact::DeviceManagement(DeviceManagement {
            tool: Tool::from_str_name(&prefixed("TOOL_", &value["tool"])?)?.into(),
            branch_version: count(&value["branch_version"]),
            ready_to_upgrade: value["ready_to_upgrade"].as_bool(),
        }),
        "work_in_flight" => Fact::WorkInFlight(text(value)?),
        "deployment_plan" => Fact::DeploymentPlan(DeploymentOutlook {
            plan: text(&value["plan"])?,
            target_date: text(&value["target_date"])?,
            business_reason: text(&value["business_reason"])?,
        }),
        "success_owner" => Fact::SuccessOwner(read_contact(value)?),
        "account_team_contacts" => Fact::AccountTeamContacts(AccountTeamContacts {
            contacts: value.as_array()?.iter().map(read_contact).collect::<Option<_>>()?,
        }),
        "delivery_partner" => Fact::DeliveryPartner(text(value)?),
        "language" => Fact::Language(text(value)?),
        _ => return None,
    })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn count(value: &Value) -> Option<i32> {
    value.as_i64().and_then(|count| count.try_into().ok())
}

fn prefixed(prefix: &str, value: &Value) -> Option<String> {
    value.as_str().map(|name| format!("{prefix}{name}"))
}

fn intent(value: &Value) -> Option<i32> {
    Intent::from_str_name(&prefixed("INTENT_", value)?).map(Into::into)
}

fn read_contact(value: &Value) -> Option<Contact> {
    Some(Contact { full_name: text(&value["full_name"])?, email: text(&value["email"])? })
}
