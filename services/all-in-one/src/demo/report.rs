//! What leadership and colleagues see afterwards: timelines, what waits on whom, and the insights (G-6).

use proto::{
    common::v1::{
        Duty, Event, ListDutiesRequest, ListDutiesResponse, ListEventsRequest, ListEventsResponse, Role,
        delivery_channel::Kind,
    },
    engagement::v1::{GetInsightsRequest, Insights},
};

use super::{Stage, Surprise, cast::LEADERSHIP};

const SERVICES: [&str; 3] = [
    "getmodern.intake.v1.IntakeService",
    "getmodern.engagement.v1.EngagementService",
    "getmodern.tasks.v1.TaskService",
];

/// Prints a timeline for each customer, by the name of its case or engagement, then duties and insights.
pub(crate) async fn show(stage: &mut Stage, customers: &[(&str, &str)]) -> Result<(), Surprise> {
    for (customer, resource) in customers {
        stage.scene(&format!("timeline of {customer}"));
        timeline(stage, resource).await?;
    }
    stage.scene("what is waiting on whom");
    for service in SERVICES {
        let request = ListDutiesRequest::default();
        let duties: ListDutiesResponse = ask(stage, service, "ListDuties", request).await?;
        for duty in duties.duties {
            stage.say(waiting(&duty));
        }
    }
    stage.scene("insights");
    insights(stage).await
}

async fn ask<M, R>(stage: &Stage, service: &str, method: &str, message: M) -> Result<R, Surprise>
where
    M: prost::Message + Clone + 'static,
    R: prost::Message + Default + 'static,
{
    let path = format!("/{service}/{method}");
    let reply = stage.client.call_at(LEADERSHIP, &path, message).await;
    reply.map_err(|status| Surprise(format!("{method}: {}", status.message())))
}

/// What happened in all three services, by time: a reactive engagement has the identity of its case.
async fn timeline(stage: &Stage, resource: &str) -> Result<(), Surprise> {
    let id = resource.rsplit('/').next().unwrap_or_default();
    let mut events = Vec::new();
    for (service, collection) in SERVICES.iter().zip(["cases", "engagements", "engagements"]) {
        let request = ListEventsRequest {
            resource: format!("{collection}/{id}"),
            page_size: 500,
            ..ListEventsRequest::default()
        };
        let page: ListEventsResponse = ask(stage, service, "ListEvents", request).await?;
        events.extend(page.events);
    }
    events
        .sort_by_key(|event| event.stamp.as_ref().and_then(|stamp| stamp.time).map(|t| (t.seconds, t.nanos)));
    for event in &events {
        stage.say(happened(event));
    }
    Ok(())
}

fn happened(event: &Event) -> String {
    let stamp = event.stamp.clone().unwrap_or_default();
    let time = stamp.time.and_then(proto::from_wire).map(|time| format!("{time:.3}")).unwrap_or_default();
    let role = word(stamp.role().as_str_name());
    format!("{time:<25} {:<7} {:<26} {role:<21} {}", event.rule, event.kind, stamp.person)
}

fn waiting(duty: &Duty) -> String {
    let role = Role::try_from(duty.role).unwrap_or_default();
    let missing: Vec<_> = duty.missing.iter().map(|missing| missing.description.as_str()).collect();
    format!(
        "{:<24} {:<21} {:<50} {}",
        duty.action,
        word(role.as_str_name()),
        duty.resource,
        if missing.is_empty() { String::new() } else { format!("missing: {}", missing.join("; ")) }
    )
}

async fn insights(stage: &Stage) -> Result<(), Surprise> {
    let insights: Insights = ask(stage, SERVICES[1], "GetInsights", GetInsightsRequest::default()).await?;
    for count in &insights.engagements {
        let channel = Kind::try_from(count.channel).unwrap_or_default();
        stage.say(format_args!(
            "{:<4} {:<22} {:<18} {}",
            count.count,
            word(count.stage().as_str_name()),
            word(count.method().as_str_name()),
            word(channel.as_str_name())
        ));
    }
    for time in &insights.stage_times {
        stage.say(format_args!(
            "{:<22} {} visits ended, {} going on",
            word(time.stage().as_str_name()),
            time.completed_visits,
            time.open_visits
        ));
    }
    for blocker in &insights.open_blockers {
        let open = blocker.under_7_days + blocker.under_30_days + blocker.over_30_days;
        stage.say(format_args!("{open:<4} open blocker: {}", word(blocker.kind().as_str_name())));
    }
    for verdict in &insights.verdicts {
        stage.say(format_args!("{:<4} {}", verdict.count, word(verdict.verdict().as_str_name())));
    }
    for criterion in &insights.criteria {
        let outcome = word(criterion.outcome().as_str_name());
        stage.say(format_args!("{:<4} {outcome} {}", criterion.count, criterion.criterion));
    }
    life(stage, &insights);
    let readiness = insights.readiness.unwrap_or_default();
    stage.say(format_args!(
        "{} devices enrolled: {} ready, {} with remediation, {} blocked, {} not reviewed",
        insights.enrolled_devices,
        readiness.ready,
        readiness.ready_with_remediation,
        readiness.blocked,
        readiness.not_reviewed
    ));
    Ok(())
}

/// What was found, what paused and what ended.
fn life(stage: &Stage, insights: &Insights) {
    for found in insights.findings.iter().flat_map(|totals| &totals.findings) {
        stage.say(format_args!(
            "{:<4} found in workshops: {}",
            found.count,
            word(found.kind().as_str_name())
        ));
    }
    for gap in insights.summaries.iter().flat_map(|totals| &totals.gaps) {
        stage.say(format_args!("{:<4} gaps in summaries: {}", gap.count, word(gap.source().as_str_name())));
    }
    if let Some(pauses) = &insights.pauses {
        stage.say(format_args!("{:<4} pauses, {} going on", pauses.pauses, pauses.open));
    }
    for ended in &insights.ending_counts {
        let (stood, reason) = (word(ended.stage().as_str_name()), word(ended.reason().as_str_name()));
        stage.say(format_args!("{:<4} {stood} {reason}", ended.count));
    }
}

/// An enumeration's value without the enumeration's name.
fn word(name: &'static str) -> &'static str {
    const PREFIXES: [&str; 8] =
        ["STAGE_", "METHOD_", "KIND_", "VERDICT_", "CRITERION_OUTCOME_", "ROLE_", "SOURCE_", "REASON_"];
    PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}
