//! Reading the data set at the door: each item's value, its source, and when it was learnt (R-1, P-3).

use kernel::{DataSet, Item, Time, tenant_key};
use proto::common::v1 as pb;

use super::Fields;

impl Fields {
    /// Items of the data set, each at most once, at least `least`.
    pub fn items(&mut self, path: &str, items: &[pb::DataItem], least: usize) -> DataSet {
        let mut set = DataSet::new();
        self.each(path, items, least..=50, |fields, path, item| {
            let Some(fact) = &item.fact else {
                return fields.fault(path, "FIELD_REQUIRED", "must have a value");
            };
            if set.insert(fact.key().to_owned(), fields.item(path, item, fact)).is_some() {
                fields.fault(path, "ITEM_TWICE", format!("gives {} a second time", fact.key()));
            }
        });
        set
    }

    fn item(&mut self, path: &str, item: &pb::DataItem, fact: &pb::data_item::Fact) -> Item {
        self.fact(&format!("{path}.{}", fact.key()), fact);
        let value = match fact {
            pb::data_item::Fact::Tenant(tenant) => tenant_key(tenant).into(),
            fact => fact.value(),
        };
        let learnt = item.learnt_time.map_or(self.now, proto::from_wire);
        let path_of_time = format!("{path}.learnt_time");
        Item {
            value,
            source: self.text(&format!("{path}.source"), &item.source, 1, 200),
            learnt: self.or_fault(
                &path_of_time,
                learnt,
                "must be a time of the years 1 to 9999",
                Time::UNIX_EPOCH,
            ),
        }
    }

    /// The form of one item's value.
    fn fact(&mut self, path: &str, fact: &pb::data_item::Fact) {
        use pb::data_item::Fact;
        match fact {
            Fact::Tenant(text)
            | Fact::WorkInFlight(text)
            | Fact::DeliveryPartner(text)
            | Fact::Language(text) => {
                self.text(path, text, 1, 2000);
            }
            Fact::LicenceCount(count) | Fact::DeviceCount(count) => {
                self.count(path, *count);
            }
            Fact::Plan(plan) => self.named(path, pb::LicencePlan::try_from(*plan)),
            Fact::Windows10EnterpriseIntent(intent)
            | Fact::Office365ProplusIntent(intent)
            | Fact::IntuneIntent(intent) => self.named(path, pb::Intent::try_from(*intent)),
            Fact::SourceOsMix(mix) => self.source_os_mix(path, *mix),
            Fact::DeviceManagement(management) => self.device_management(path, *management),
            Fact::DeploymentPlan(plan) => self.deployment_plan(path, plan),
            Fact::SuccessOwner(owner) => {
                self.contact(path, Some(owner));
            }
            Fact::AccountTeamContacts(team) => {
                self.contacts(path, &team.contacts, 1);
            }
        }
    }

    /// A value of an enumeration that is known and is not its zero, which means that none was given.
    fn named<E: Default + PartialEq, X>(&mut self, path: &str, value: Result<E, X>) {
        let given = value.ok().filter(|value| *value != E::default());
        self.or_fault(path, given.map(|_| ()), "must be one of its named values", ());
    }

    fn source_os_mix(&mut self, path: &str, mix: pb::SourceOsMix) {
        let counts = [
            ("windows_7", mix.windows_7),
            ("windows_8_1", mix.windows_8_1),
            ("windows_10", mix.windows_10),
            ("other", mix.other),
        ];
        for (system, count) in counts {
            self.count(&format!("{path}.{system}"), count);
        }
    }

    fn device_management(&mut self, path: &str, management: pb::DeviceManagement) {
        self.named(&format!("{path}.tool"), pb::device_management::Tool::try_from(management.tool));
        self.count(&format!("{path}.branch_version"), management.branch_version.unwrap_or_default());
    }

    fn deployment_plan(&mut self, path: &str, plan: &pb::DeploymentOutlook) {
        self.text(&format!("{path}.plan"), &plan.plan, 1, 2000);
        self.text(&format!("{path}.business_reason"), &plan.business_reason, 0, 2000);
        if !plan.target_date.is_empty() {
            self.date(&format!("{path}.target_date"), &plan.target_date);
        }
    }
}
