//! What the demo's summaries say (E-3.3a to E-3.3d).

use proto::engagement::v1::{
    BusinessUnitPlan, Gap, Needs, RemoteSupport, SummaryContent, gap::Source, remote_support::Kind,
};

use super::data::contact;

/// A summary with its four sections, and this sponsor for its second business unit.
pub(crate) fn content(sponsor: &str) -> SummaryContent {
    SummaryContent {
        needs: Some(Needs {
            windows_10: "off Windows 7 before its support ends".to_owned(),
            office_365_proplus: "one version everywhere".to_owned(),
            modern_management: "co-management with Intune".to_owned(),
            security: "BitLocker and Defender ATP".to_owned(),
        }),
        upgrade_plan: vec![unit("headquarters", "the chief financial officer"), unit("branches", sponsor)],
        remote_support: vec![
            support(Kind::DesktopAppAssure, "a request for the VPN client"),
            support(Kind::FasttrackRemoteSupport, "weekly calls with the FE"),
        ],
        gaps: vec![Gap {
            source: Source::DaAnalysis.into(),
            description: "180 devices need a driver update".to_owned(),
            remediation: "with the next maintenance window".to_owned(),
        }],
        no_gaps_found: false,
    }
}

fn unit(business_unit: &str, lt_sponsor: &str) -> BusinessUnitPlan {
    BusinessUnitPlan {
        business_unit: business_unit.to_owned(),
        windows_10_timing: "first quarter".to_owned(),
        office_365_proplus_timing: "second quarter".to_owned(),
        contacts: vec![contact("its IT lead")],
        lt_sponsor: lt_sponsor.to_owned(),
    }
}

fn support(kind: Kind, how: &str) -> RemoteSupport {
    RemoteSupport { kind: kind.into(), how: how.to_owned() }
}
