//! The Customer Get Modern Summary: four sections, final once complete (E-3.3, I-10, I-11).

use std::collections::BTreeSet;

use kernel::{Contact, Context, Fault, Kind, Looks, Refusal, Stamp};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, PlaybookTask, Stage,
    gate::{faults, said},
    standing, takeover,
};

/// One version of the summary; a final one is immutable (E-3.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The version, counted from 1.
    pub version: u32,
    /// What it says.
    pub content: SummaryContent,
    /// Who saved it last and when.
    pub saved: Stamp,
    /// Who made it final and when; none while it is a draft.
    pub finalized: Option<Stamp>,
    /// The cancelled engagement, `engagements/{engagement}`, whose summary this draft still is; none once the GMFTA has saved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

impl Summary {
    /// It is final.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.finalized.is_some()
    }
}

/// The four sections; a draft may leave anything open, a final one may not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryContent {
    /// The needs, all four answered (E-3.3a).
    pub needs: Needs,
    /// The upgrade plan, one row per business unit (E-3.3b).
    pub upgrade_plan: Vec<BusinessUnitPlan>,
    /// The remote support the customer gets (E-3.3c).
    pub remote_support: Vec<RemoteSupport>,
    /// Known gaps and remediation items (E-3.3d).
    pub gaps: Vec<Gap>,
    /// No gap was found (E-3.3d).
    pub no_gaps_found: bool,
}

/// What the customer needs (E-3.3a).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// Windows 10.
    pub windows_10: String,
    /// Office 365 ProPlus.
    pub office_365_proplus: String,
    /// Modern management.
    pub modern_management: String,
    /// Security.
    pub security: String,
}

/// One business unit's way to Windows 10 and Office 365 ProPlus (E-3.3b).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessUnitPlan {
    /// The business unit; distinct within the summary.
    pub business_unit: String,
    /// When it goes to Windows 10.
    pub windows_10_timing: String,
    /// When it goes to Office 365 ProPlus.
    pub office_365_proplus_timing: String,
    /// At least one contact.
    pub contacts: Vec<Contact>,
    /// The sponsor from the customer's leadership team.
    pub lt_sponsor: String,
}

/// Remote support the customer gets, and how (E-3.3c).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteSupport {
    /// The kind; none while a draft leaves it open.
    pub kind: Option<SupportKind>,
    /// How the customer gets it.
    pub how: String,
}

/// The kinds of remote support (E-3.3c).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SupportKind {
    /// Desktop App Assure.
    DesktopAppAssure,
    /// FastTrack remote support.
    FasttrackRemoteSupport,
    /// Partner benefits.
    PartnerBenefits,
}

/// A known gap or remediation item (E-3.3d).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Where it was found; none while a draft leaves it open.
    pub source: Option<GapSource>,
    /// What it is.
    pub description: String,
    /// How it will be remedied; may be empty.
    pub remediation: String,
}

/// Where a gap was found (E-3.3d).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GapSource {
    /// In the analysis with Desktop Analytics.
    DaAnalysis,
    /// In discussion with the customer.
    CustomerDiscussion,
}

/// An escalation may change the plan too: a later change is a new version (E-3.3).
const WRITTEN_IN: [Stage; 4] = [Stage::Preparation, Stage::Delivery, Stage::Handover, Stage::Reengaged];

/// The GMFTA saves the draft; after a final version it begins the next (E-3.3).
pub(crate) fn save(e: &Engagement, text: &SummaryContent, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&WRITTEN_IN, "E-3.3", "SaveSummary")?;
    let version = match &e.summary {
        Some(summary) => summary.version + u32::from(summary.is_final()),
        None => 1,
    };
    Ok(vec![Event::SummarySaved { version, content: text.clone() }])
}

/// The GMFTA makes the draft final; the first final version unlocks the task (E-3.3e, I-10, I-11).
pub(crate) fn finalize(e: &Engagement, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&WRITTEN_IN, "E-3.3", "FinalizeSummary")?;
    Refusal::if_any(
        finalization_gate(e),
        Kind::NotReady,
        "SUMMARY_INCOMPLETE",
        "the summary is not complete",
    )?;
    let version = e.summary.as_ref().map_or(1, |summary| summary.version);
    let evidence = Event::EvidenceReady {
        task: PlaybookTask::CustomerGetModernSummary,
        cycle: 0,
        description: format!("version {version} of the Customer Get Modern Summary is final"),
    };
    let first = version == 1;
    Ok([Event::SummaryFinalized { version }].into_iter().chain(first.then_some(evidence)).collect())
}

/// Everything that stands between this engagement and a final summary (E-3.3, I-10).
pub(crate) fn finalization_gate(e: &Engagement) -> Vec<Fault> {
    let held = e.workshop.is_some();
    let before = "the workshop comes first";
    let mut gate = faults([Fault::unless(held, "I-10", "WORKSHOP_NOT_HELD", "workshop", before)]);
    match &e.summary {
        None => gate.push(Fault::new("E-3.3", "DRAFT_MISSING", "summary", "no draft was saved")),
        Some(summary) if summary.is_final() => {
            gate.push(Fault::new("E-3.3", "ALREADY_FINAL", "summary", "this version is final already"));
        }
        Some(summary) => {
            gate.extend(takeover::untouched(summary).into_iter().chain(lacking(&summary.content)));
        }
    }
    gate
}

fn lacking(content: &SummaryContent) -> Vec<Fault> {
    let mut all = unanswered_needs(&content.needs);
    all.extend(unplanned_units(&content.upgrade_plan));
    all.extend(unclear_support(&content.remote_support));
    all.extend(unclear_gaps(content));
    all
}

fn unanswered_needs(needs: &Needs) -> Vec<Fault> {
    if *needs == Needs::default() {
        let message =
            "say what the customer needs for Windows 10, Office 365 ProPlus, modern management and security";
        return vec![Fault::new("E-3.3a", "NEED_UNANSWERED", "summary.needs", message)];
    }
    let need = |text: &str, field: &str, name: &str| {
        let message = format!("say what the customer needs for {name}");
        Fault::unless(said(text), "E-3.3a", "NEED_UNANSWERED", format!("summary.needs.{field}"), message)
    };
    faults([
        need(&needs.windows_10, "windows_10", "Windows 10"),
        need(&needs.office_365_proplus, "office_365_proplus", "Office 365 ProPlus"),
        need(&needs.modern_management, "modern_management", "modern management"),
        need(&needs.security, "security", "security"),
    ])
}

fn unplanned_units(plan: &[BusinessUnitPlan]) -> Vec<Fault> {
    let subject = "summary.upgrade_plan";
    if plan.is_empty() {
        return vec![Fault::new(
            "E-3.3b",
            "BUSINESS_UNIT_MISSING",
            subject,
            "plan at least one business unit",
        )];
    }
    let mut seen = Looks::default();
    let mut all = Vec::new();
    for (index, row) in plan.iter().enumerate() {
        let row_subject = format!("{subject}[{index}]");
        all.extend(unplanned_unit(row, &row_subject));
        let distinct = seen.add(&row.business_unit);
        let message = "the business unit is planned before";
        all.extend(Fault::unless(distinct, "E-3.3b", "BUSINESS_UNIT_REPEATED", row_subject, message));
    }
    all
}

fn unplanned_unit(row: &BusinessUnitPlan, subject: &str) -> Vec<Fault> {
    let part = |held, reason, field: &str, message: &str| {
        Fault::unless(held, "E-3.3b", reason, format!("{subject}.{field}"), message)
    };
    let (windows, office) = (said(&row.windows_10_timing), said(&row.office_365_proplus_timing));
    faults([
        part(said(&row.business_unit), "BUSINESS_UNIT_UNNAMED", "business_unit", "name the business unit"),
        part(windows, "WINDOWS_TIMING_MISSING", "windows_10_timing", "say when it goes to Windows 10"),
        part(office, "PROPLUS_TIMING_MISSING", "office_365_proplus_timing", "say when it goes to ProPlus"),
        part(!row.contacts.is_empty(), "CONTACT_MISSING", "contacts", "name at least one contact"),
        part(said(&row.lt_sponsor), "SPONSOR_MISSING", "lt_sponsor", "name the LT sponsor"),
    ])
}

fn unclear_support(support: &[RemoteSupport]) -> Vec<Fault> {
    let subject = "summary.remote_support";
    if support.is_empty() {
        return vec![Fault::new("E-3.3c", "SUPPORT_MISSING", subject, "name at least one kind of support")];
    }
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (index, row) in support.iter().enumerate() {
        let part = |held, reason, field: &str, message: &str| {
            Fault::unless(held, "E-3.3c", reason, format!("{subject}[{index}].{field}"), message)
        };
        let distinct = row.kind.is_none_or(|kind| seen.insert(kind));
        all.extend(faults([
            part(row.kind.is_some(), "SUPPORT_KIND_MISSING", "kind", "say which kind it is"),
            part(distinct, "SUPPORT_KIND_REPEATED", "kind", "name each kind once"),
            part(said(&row.how), "SUPPORT_HOW_MISSING", "how", "say how the customer gets it"),
        ]));
    }
    all
}

fn unclear_gaps(content: &SummaryContent) -> Vec<Fault> {
    let subject = "summary.gaps";
    let fault = |reason, message: &str| Fault::new("E-3.3d", reason, subject, message);
    let mut all = match (content.gaps.is_empty(), content.no_gaps_found) {
        (true, false) => vec![fault("GAPS_UNANSWERED", "list the gaps, or say that none was found")],
        (false, true) => vec![fault("GAPS_CONTRADICTED", "gaps are listed and said to be none")],
        _ => Vec::new(),
    };
    for (index, gap) in content.gaps.iter().enumerate() {
        let part = |held, reason, field: &str, message: &str| {
            Fault::unless(held, "E-3.3d", reason, format!("{subject}[{index}].{field}"), message)
        };
        all.extend(faults([
            part(gap.source.is_some(), "GAP_SOURCE_MISSING", "source", "say where it was found"),
            part(said(&gap.description), "GAP_DESCRIPTION_MISSING", "description", "say what it is"),
        ]));
    }
    all
}
