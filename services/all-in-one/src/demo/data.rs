//! What is known of the demo's customers.

use proto::common::v1::{
    AccountTeamContacts, Contact, DataItem, DeploymentOutlook, DeviceManagement, Intent, LicencePlan,
    SourceOsMix, data_item::Fact, device_management::Tool,
};

/// A contact, by name.
pub(crate) fn contact(full_name: &str) -> Contact {
    Contact { full_name: full_name.to_owned(), email: String::new() }
}

/// An item of the data set, learnt now.
pub(crate) fn item(fact: Fact) -> DataItem {
    DataItem { fact: Some(fact), source: "account team".to_owned(), learnt_time: None }
}

/// The whole data set but the tenant, which the case has already.
pub(crate) fn research(licences: i32, windows: Intent, branch: i32) -> Vec<DataItem> {
    [
        Fact::Plan(LicencePlan::Windows10E3.into()),
        Fact::LicenceCount(licences),
        Fact::Windows10EnterpriseIntent(windows.into()),
        Fact::Office365ProplusIntent(Intent::Yes.into()),
        Fact::IntuneIntent(Intent::Unknown.into()),
        Fact::DeviceCount(900),
        Fact::SourceOsMix(SourceOsMix {
            windows_7: Some(700),
            windows_8_1: Some(50),
            windows_10: Some(150),
            other: Some(0),
        }),
        Fact::DeviceManagement(DeviceManagement {
            tool: Tool::ConfigurationManager.into(),
            branch_version: Some(branch),
            ready_to_upgrade: Some(false),
        }),
        Fact::WorkInFlight("none".to_owned()),
        Fact::DeploymentPlan(DeploymentOutlook {
            plan: "all of headquarters first".to_owned(),
            target_date: "2020-01-14".to_owned(),
            business_reason: "Windows 7 support ends".to_owned(),
        }),
        Fact::SuccessOwner(contact("the customer's success owner")),
        Fact::AccountTeamContacts(AccountTeamContacts { contacts: vec![contact("the account manager")] }),
        Fact::Language("en".to_owned()),
    ]
    .into_iter()
    .map(item)
    .collect()
}
