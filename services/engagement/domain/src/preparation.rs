//! Prep meetings and Desktop Analytics: what must be settled before the workshop (E-2, I-9, G-2, G-3).

use jiff::SignedDuration;
use kernel::{Context, Fault, Refusal, Role, Time};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, Occasion, Stage, Stamped,
    gate::{because, faults, pass, said},
    standing,
};

/// One onsite prep meeting; a part is empty when this meeting did not settle it (E-2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrepMeeting {
    /// The logistics (E-2a).
    pub logistics: String,
    /// The objectives (E-2b).
    pub objectives: String,
    /// The agenda (E-2c).
    pub agenda: String,
    /// What came of following up the Desktop Analytics installation (E-2d).
    pub installation_follow_up: String,
    /// When it was held, and who attended.
    #[serde(default, skip_serializing_if = "Occasion::is_unsaid")]
    pub occasion: Occasion,
}

/// How many devices stand where, as Desktop Analytics counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Ready.
    pub ready: u32,
    /// Ready with remediation.
    pub ready_with_remediation: u32,
    /// Blocked.
    pub blocked: u32,
    /// Not reviewed.
    pub not_reviewed: u32,
}

impl Readiness {
    /// How many devices that is: each stands in one place.
    fn devices(&self) -> u64 {
        let counts = [self.ready, self.ready_with_remediation, self.blocked, self.not_reviewed];
        counts.into_iter().map(u64::from).sum()
    }
}

/// What Desktop Analytics shows (E-2d, E-2e).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalyticsReport {
    /// It is installed.
    pub installed: bool,
    /// Its data is flowing.
    pub data_flowing: bool,
    /// Devices with full inventory and diagnostic data in the past 28 days.
    pub enrolled_devices: u32,
    /// Readiness of the devices.
    pub readiness: Readiness,
    /// Until when it counts at the gate; earlier releases did not keep it (E-2e).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts_until: Option<Time>,
}

/// Hours for which a report counts at the gate, unless the settings say otherwise: a device is properly enrolled when its data
/// arrived in the past 28 days (E-2e).
pub(crate) const COUNTS: u32 = 28 * 24;

/// Until when a report of this time counts.
fn counts_until(reported: Time, counts: Option<SignedDuration>) -> Time {
    let counts = counts.unwrap_or(SignedDuration::from_hours(COUNTS.into()));
    reported.checked_add(counts).unwrap_or(Time::MAX)
}

impl Stamped<AnalyticsReport> {
    /// Until when it counts at the gate (E-2e).
    #[must_use]
    pub fn counts_until(&self) -> Time {
        self.what.counts_until.unwrap_or(counts_until(self.stamp.time, None))
    }
}

/// The GMFTA holds a prep meeting; there may be several, also while the work is in delivery (E-2).
pub(crate) fn meet(e: &Engagement, meeting: &PrepMeeting, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Preparation, Stage::Delivery], "E-2", "HoldPrepMeeting")?;
    let parts = [&meeting.logistics, &meeting.objectives, &meeting.agenda, &meeting.installation_follow_up];
    let settled = parts.into_iter().any(|part| said(part));
    let nothing = Fault::unless(settled, "E-2", "NOTHING_SETTLED", "meeting", "say what the meeting settled");
    let misplaced = meeting.occasion.faults("E-2", e, context.now);
    pass(
        faults([nothing]),
        misplaced,
        "PREP_MEETING_EMPTY",
        "the meeting settled nothing, or at no time it could",
    )?;
    Ok(vec![Event::PrepMeetingHeld(meeting.clone())])
}

/// The GMFTA, the FE or the SME reports what Desktop Analytics shows, until the handover (E-2d, E-2e).
pub(crate) fn report(
    e: &Engagement,
    report: &AnalyticsReport,
    counts: Option<SignedDuration>,
    cause: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::rostered(e, &context.caller, &[Role::Gmfta, Role::Fe, Role::Sme])?;
    let onsite = [Stage::Preparation, Stage::Delivery, Stage::Handover, Stage::Reengaged];
    e.expect(&onsite, "E-2e", "ReportAnalytics")?;
    let (counted, enrolled) = (report.readiness.devices(), report.enrolled_devices);
    let message = format!("readiness counts {counted} devices, and {enrolled} are enrolled");
    let enough = counted <= u64::from(enrolled);
    let more = Fault::unless(enough, "E-2e", "READINESS_OF_MORE_DEVICES", "readiness", message);
    pass(faults([more]), Vec::new(), "ANALYTICS_INCONSISTENT", "the report does not add up")?;
    let counts_until = Some(counts_until(context.now, counts));
    let report = AnalyticsReport { counts_until, ..*report };
    if e.analytics.is_none() {
        return Ok(vec![Event::AnalyticsReported(report)]);
    }
    let cause = because(cause, "reported anew");
    Ok(vec![Event::AnalyticsRenewed { report, cause }])
}

/// Everything that stands between this engagement and its workshop, but how old the report is (E-2, I-9).
pub(crate) fn workshop_gate(e: &Engagement) -> Vec<Fault> {
    let mut gate = unsettled(e);
    gate.extend(silent(e));
    gate
}

/// The data flowed once, and whether it still does nobody has said for too long (E-2e).
pub(crate) fn stale(e: &Engagement, now: Time) -> Option<Fault> {
    let report = e.analytics.as_ref().filter(|report| report.what.data_flowing)?;
    let (counts, until) = (now <= report.counts_until(), report.counts_until());
    let message = format!(
        "the last report counted until {until}; report anew what Desktop Analytics shows, by ReportAnalytics"
    );
    Fault::unless(counts, "E-2e", "DATA_STALE", "analytics", message)
}

/// What no prep meeting has settled yet (E-2a to E-2d).
pub(crate) fn unsettled(e: &Engagement) -> Vec<Fault> {
    let part = |rule, reason, subject: &str, of: fn(&PrepMeeting) -> &String| {
        let settled = e.prep_meetings.iter().any(|meeting| said(of(&meeting.what)));
        let message = format!("no prep meeting has settled the {}", subject.replace('_', " "));
        Fault::unless(settled, rule, reason, format!("prep_meetings.{subject}"), message)
    };
    faults([
        part("E-2a", "LOGISTICS_NOT_SETTLED", "logistics", |meeting| &meeting.logistics),
        part("E-2b", "OBJECTIVES_NOT_SETTLED", "objectives", |meeting| &meeting.objectives),
        part("E-2c", "AGENDA_NOT_SETTLED", "agenda", |meeting| &meeting.agenda),
        part("E-2d", "INSTALLATION_NOT_FOLLOWED_UP", "installation_follow_up", |meeting| {
            &meeting.installation_follow_up
        }),
    ])
}

/// What Desktop Analytics does not show yet: installed, and its data flowing (E-2d, E-2e).
pub(crate) fn silent(e: &Engagement) -> Vec<Fault> {
    let report = e.analytics.as_ref().map(|report| report.what).unwrap_or_default();
    let installed = "Desktop Analytics is not installed";
    let flowing = "Desktop Analytics data is not flowing";
    faults([
        Fault::unless(report.installed, "E-2d", "ANALYTICS_NOT_INSTALLED", "analytics.installed", installed),
        Fault::unless(report.data_flowing, "E-2e", "DATA_NOT_FLOWING", "analytics.data_flowing", flowing),
    ])
}
