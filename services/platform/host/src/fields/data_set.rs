//! Reading the data set at the door: each item's value, its source, and when it was learnt (R-1, P-3).

use kernel::{DataSet, Item, Moment};
use proto::common::v1::{self as pb, data_item::Fact};

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

    fn item(&mut self, path: &str, item: &pb::DataItem, fact: &Fact) -> Item {
        let path_of_time = format!("{path}.learnt_time");
        let learnt = match (item.learnt_time, self.now) {
            (Some(time), _) => self.past_moment(&path_of_time, time),
            (None, Some(now)) => now.into(),
            (None, None) => self.or_fault(&path_of_time, None, "is required", Moment::EARLIEST),
        };
        Item {
            value: self.fact(&format!("{path}.{}", fact.key()), fact).value(),
            source: self.line(&format!("{path}.source"), &item.source, 1, 200),
            learnt,
        }
    }

    /// One item's value, in its one form.
    fn fact(&mut self, path: &str, fact: &Fact) -> Fact {
        let mut text = |text: &str| self.text(path, text, 1, 2000);
        match fact {
            Fact::WorkInFlight(work) => return Fact::WorkInFlight(text(work)),
            Fact::DeliveryPartner(partner) => {
                return Fact::DeliveryPartner(self.line(path, partner, 1, 2000));
            }
            Fact::Language(language) => return Fact::Language(self.language(path, language)),
            Fact::Tenant(tenant) => return Fact::Tenant(self.tenant(path, tenant)),
            Fact::DeploymentPlan(plan) => return Fact::DeploymentPlan(self.deployment_plan(path, plan)),
            Fact::SuccessOwner(owner) => return Fact::SuccessOwner(self.one_contact(path, owner)),
            Fact::AccountTeamContacts(team) => return Fact::AccountTeamContacts(self.team(path, team)),
            Fact::LicenceCount(count) | Fact::DeviceCount(count) => {
                self.count(path, *count);
            }
            Fact::Plan(plan) => self.named(path, pb::LicencePlan::try_from(*plan)),
            Fact::Windows10EnterpriseIntent(intent)
            | Fact::Office365ProplusIntent(intent)
            | Fact::IntuneIntent(intent) => self.named(path, pb::Intent::try_from(*intent)),
            Fact::SourceOsMix(mix) => self.source_os_mix(path, *mix),
            Fact::DeviceManagement(management) => self.device_management(path, *management),
        }
        fact.clone()
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
            self.count(&format!("{path}.{system}"), count.unwrap_or_default());
        }
    }

    fn device_management(&mut self, path: &str, management: pb::DeviceManagement) {
        self.named(&format!("{path}.tool"), pb::device_management::Tool::try_from(management.tool));
        self.count(&format!("{path}.branch_version"), management.branch_version.unwrap_or_default());
    }

    fn deployment_plan(&mut self, path: &str, plan: &pb::DeploymentOutlook) -> pb::DeploymentOutlook {
        if !plan.target_date.is_empty() {
            self.date(&format!("{path}.target_date"), &plan.target_date);
        }
        pb::DeploymentOutlook {
            plan: self.text(&format!("{path}.plan"), &plan.plan, 1, 2000),
            target_date: plan.target_date.clone(),
            business_reason: self.text(&format!("{path}.business_reason"), &plan.business_reason, 0, 2000),
        }
    }

    fn one_contact(&mut self, path: &str, contact: &pb::Contact) -> pb::Contact {
        crate::wire::contact(&self.contact(path, Some(contact)))
    }

    fn team(&mut self, path: &str, team: &pb::AccountTeamContacts) -> pb::AccountTeamContacts {
        let contacts = self.contacts(path, &team.contacts, 1);
        pb::AccountTeamContacts { contacts: crate::wire::contacts(&contacts) }
    }
}
