//! The Customer Get Modern Summary (E-3.3). A draft may leave anything open, so its texts may be empty here.

use engagement_domain::{self as domain, Command};
use host::{Fields, acts, wire};
use proto::engagement::v1::{self as pb, FinalizeSummaryRequest, SaveSummaryRequest, summary::State};

use super::{
    LONG,
    shown::engagement,
    words::{gap_source, read_gap_source, read_support_kind, support_kind},
};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    SaveSummaryRequest(request, fields) => Command::SaveSummary {
        content: read_content(fields, request.content.as_ref()),
    };
    FinalizeSummaryRequest(_request, _fields) => Command::FinalizeSummary;
});

fn read_content(fields: &mut Fields, content: Option<&pb::SummaryContent>) -> domain::SummaryContent {
    // Left out altogether, it would empty the draft.
    let Some(content) = content else {
        fields.fault("content", "FIELD_REQUIRED", "is required");
        return domain::SummaryContent::default();
    };
    domain::SummaryContent {
        needs: content.needs.as_ref().map(|needs| read_needs(fields, needs)).unwrap_or_default(),
        upgrade_plan: fields.each("content.upgrade_plan", &content.upgrade_plan, 0..=100, read_unit),
        remote_support: fields.each("content.remote_support", &content.remote_support, 0..=10, read_support),
        gaps: fields.each("content.gaps", &content.gaps, 0..=500, read_gap),
        no_gaps_found: content.no_gaps_found,
    }
}

fn read_needs(fields: &mut Fields, needs: &pb::Needs) -> domain::Needs {
    let mut need = |name: &str, text: &str| fields.text(&format!("content.needs.{name}"), text, 0, LONG);
    domain::Needs {
        windows_10: need("windows_10", &needs.windows_10),
        office_365_proplus: need("office_365_proplus", &needs.office_365_proplus),
        modern_management: need("modern_management", &needs.modern_management),
        security: need("security", &needs.security),
    }
}

fn read_unit(fields: &mut Fields, path: &str, row: &pb::BusinessUnitPlan) -> domain::BusinessUnitPlan {
    /// Characters of a name, or of when something is to be.
    const SHORT: usize = 200;
    let at = |name: &str| format!("{path}.{name}");
    domain::BusinessUnitPlan {
        business_unit: fields.line(&at("business_unit"), &row.business_unit, 0, SHORT),
        windows_10_timing: fields.text(&at("windows_10_timing"), &row.windows_10_timing, 0, SHORT),
        office_365_proplus_timing: fields.text(
            &at("office_365_proplus_timing"),
            &row.office_365_proplus_timing,
            0,
            SHORT,
        ),
        lt_sponsor: fields.line(&at("lt_sponsor"), &row.lt_sponsor, 0, SHORT),
        contacts: fields.contacts(&format!("{path}.contacts"), &row.contacts, 0),
    }
}

fn read_support(fields: &mut Fields, path: &str, row: &pb::RemoteSupport) -> domain::RemoteSupport {
    domain::RemoteSupport {
        kind: open(fields, &format!("{path}.kind"), row.kind, read_support_kind),
        how: fields.text(&format!("{path}.how"), &row.how, 0, LONG),
    }
}

fn read_gap(fields: &mut Fields, path: &str, row: &pb::Gap) -> domain::Gap {
    domain::Gap {
        source: open(fields, &format!("{path}.source"), row.source, read_gap_source),
        description: fields.text(&format!("{path}.description"), &row.description, 0, LONG),
        remediation: fields.text(&format!("{path}.remediation"), &row.remediation, 0, LONG),
    }
}

/// A choice that a draft may leave open.
fn open<T>(fields: &mut Fields, path: &str, number: i32, read: fn(i32) -> Option<T>) -> Option<T> {
    if number == 0 {
        return None;
    }
    fields.choice(path, number, |number| read(number).map(Some), None)
}

/// A version of the summary as it is shown.
pub(crate) fn summary(summary: &domain::Summary) -> pb::Summary {
    let state = if summary.is_final() { State::Final } else { State::Draft };
    pb::Summary {
        version: wire::number(summary.version),
        state: state.into(),
        content: Some(content(&summary.content)),
        saved: Some(wire::stamp(&summary.saved)),
        finalized: summary.finalized.as_ref().map(wire::stamp),
        taken_from: summary.from.clone().unwrap_or_default(),
    }
}

fn content(content: &domain::SummaryContent) -> pb::SummaryContent {
    pb::SummaryContent {
        needs: Some(needs(&content.needs)),
        upgrade_plan: content.upgrade_plan.iter().map(unit).collect(),
        remote_support: content.remote_support.iter().map(support).collect(),
        gaps: content.gaps.iter().map(gap).collect(),
        no_gaps_found: content.no_gaps_found,
    }
}

fn needs(needs: &domain::Needs) -> pb::Needs {
    pb::Needs {
        windows_10: needs.windows_10.clone(),
        office_365_proplus: needs.office_365_proplus.clone(),
        modern_management: needs.modern_management.clone(),
        security: needs.security.clone(),
    }
}

fn unit(row: &domain::BusinessUnitPlan) -> pb::BusinessUnitPlan {
    pb::BusinessUnitPlan {
        business_unit: row.business_unit.clone(),
        windows_10_timing: row.windows_10_timing.clone(),
        office_365_proplus_timing: row.office_365_proplus_timing.clone(),
        contacts: wire::contacts(&row.contacts),
        lt_sponsor: row.lt_sponsor.clone(),
    }
}

fn support(row: &domain::RemoteSupport) -> pb::RemoteSupport {
    let kind = row.kind.map(support_kind).unwrap_or_default();
    pb::RemoteSupport { kind: kind.into(), how: row.how.clone() }
}

fn gap(row: &domain::Gap) -> pb::Gap {
    pb::Gap {
        source: row.source.map(gap_source).unwrap_or_default().into(),
        description: row.description.clone(),
        remediation: row.remediation.clone(),
    }
}
