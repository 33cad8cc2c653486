//! The forms filled in: what a story's requests hold when nothing is missing.

use proto::{
    common::v1::{
        AccountTeamContacts, Contact, DataItem, DeliveryChannel, DeploymentOutlook, DeviceManagement, Intent,
        LicencePlan, Role, Roster, SourceOsMix, data_item::Fact, delivery_channel, device_management::Tool,
    },
    engagement::v1::{
        BusinessUnitPlan, DeploymentPlan, Finding, Gap, HoldReviewRequest, HoldWorkshopRequest, Needs,
        RemoteSupport, SummaryContent, finding, gap::Source, remote_support,
    },
};

use super::about;
use crate::world::{ATS, FE, FM, FTA, GMFTA, SME};

pub(crate) fn contact(full_name: &str) -> Contact {
    Contact { full_name: full_name.to_owned(), email: String::new() }
}

pub(crate) fn item(fact: Fact) -> DataItem {
    DataItem { fact: Some(fact), source: "account team".to_owned(), learnt_time: None }
}

pub(crate) fn channel() -> DeliveryChannel {
    DeliveryChannel { kind: delivery_channel::Kind::Css.into(), partner: String::new() }
}

pub(crate) fn roster() -> Roster {
    Roster {
        gmfta: GMFTA.person.to_owned(),
        fm: FM.person.to_owned(),
        fe: FE.person.to_owned(),
        sme: SME.person.to_owned(),
        fta: FTA.person.to_owned(),
        ats: ATS.person.to_owned(),
    }
}

/// The whole data set but the tenant.
pub(crate) fn research(windows: Intent) -> Vec<DataItem> {
    let management = DeviceManagement {
        tool: Tool::ConfigurationManager.into(),
        branch_version: Some(1902),
        ready_to_upgrade: Some(false),
    };
    let outlook = DeploymentOutlook {
        plan: "headquarters first".to_owned(),
        target_date: "2020-01-14".to_owned(),
        business_reason: "Windows 7 support ends".to_owned(),
    };
    let facts = [
        Fact::Plan(LicencePlan::Windows10E3.into()),
        Fact::LicenceCount(150),
        Fact::Windows10EnterpriseIntent(windows.into()),
        Fact::Office365ProplusIntent(Intent::Yes.into()),
        Fact::IntuneIntent(Intent::Unknown.into()),
        Fact::DeviceCount(900),
        Fact::SourceOsMix(SourceOsMix { windows_7: Some(900), ..SourceOsMix::default() }),
        Fact::DeviceManagement(management),
        Fact::WorkInFlight("none".to_owned()),
        Fact::DeploymentPlan(outlook),
        Fact::SuccessOwner(contact("the success owner")),
        Fact::AccountTeamContacts(AccountTeamContacts { contacts: vec![contact("the account manager")] }),
        Fact::Language("en".to_owned()),
        Fact::DeliveryPartner("Fabrikam".to_owned()),
    ];
    facts.into_iter().map(item).collect()
}

/// A workshop with everything a workshop has.
pub(crate) fn workshop(name: &str) -> HoldWorkshopRequest {
    let plan = DeploymentPlan {
        target_os_version: "1909".to_owned(),
        device_groups: vec!["all".to_owned()],
        completion_date: "2999-01-14".to_owned(),
        ..DeploymentPlan::default()
    };
    let blocker = Finding { kind: finding::Kind::Blocker.into(), description: "the VPN".to_owned() };
    about!(HoldWorkshopRequest, name,
        readiness_analysis: "mostly ready".to_owned(),
        deployment_plan: Some(plan),
        findings: vec![blocker],
        none_found: vec![finding::Kind::Challenge.into(), finding::Kind::Concern.into()],
        environment_details: "one forest".to_owned(),
    )
}

/// The review with the four.
pub(crate) fn review(name: &str) -> HoldReviewRequest {
    let present = [Role::Fta, Role::Sme, Role::Fm, Role::Fe].map(Into::into).to_vec();
    about!(HoldReviewRequest, name, present: present)
}

/// A summary with its four sections.
pub(crate) fn content() -> SummaryContent {
    let unit = BusinessUnitPlan {
        business_unit: "headquarters".to_owned(),
        windows_10_timing: "first quarter".to_owned(),
        office_365_proplus_timing: "second quarter".to_owned(),
        contacts: vec![contact("its IT lead")],
        lt_sponsor: "the chief operating officer".to_owned(),
    };
    SummaryContent {
        needs: Some(Needs {
            windows_10: "off Windows 7".to_owned(),
            office_365_proplus: "one version".to_owned(),
            modern_management: "co-management".to_owned(),
            security: "BitLocker".to_owned(),
        }),
        upgrade_plan: vec![unit],
        remote_support: vec![RemoteSupport {
            kind: remote_support::Kind::DesktopAppAssure.into(),
            how: "a request".to_owned(),
        }],
        gaps: vec![Gap {
            source: Source::DaAnalysis.into(),
            description: "a driver".to_owned(),
            remediation: "update it".to_owned(),
        }],
        no_gaps_found: false,
    }
}
