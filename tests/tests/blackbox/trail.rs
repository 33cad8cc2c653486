//! An auditor asks each service who did what and who was refused what, and changes nothing.

use getmodern::client::Actor;
use host::{PERSON_HEADER, ROLE_HEADER};
use prost_types::Timestamp;
use proto::{
    common::v1::{
        AuditEntry, ListAuditEntriesRequest, ListAuditEntriesResponse, Role,
        audit_entry::{Event, Outcome},
    },
    engagement::v1::{
        ApproveReengagementRequest, Engagement, RejoinEngagementRequest, RequestReengagementRequest,
    },
};
use tests::actor;
use tonic::Code;

use crate::{
    catalogue::METHODS,
    faults::gateway::eventually,
    story::about,
    wire::{bad_fields, refusal},
    world::{AUDITOR, ENGAGEMENT, GMFTA, INTAKE, LEADERSHIP, SME, STRANGER, TASKS, World},
};

const DENIED: &str = "PERMISSION_DENIED";

fn list(service: &str) -> String {
    format!("/{service}/ListAuditEntries")
}

fn about(resource: &str) -> ListAuditEntriesRequest {
    let resource = resource.to_owned();
    ListAuditEntriesRequest { resource, page_size: 500, ..ListAuditEntriesRequest::default() }
}

/// What the auditor is told of it.
async fn told(world: &World, service: &str, question: ListAuditEntriesRequest) -> Vec<AuditEntry> {
    let answer = world.client.call_at(AUDITOR, &list(service), question).await;
    let answer: ListAuditEntriesResponse = answer.expect("an auditor is told");
    answer.entries
}

/// All of it, in pages of so many.
async fn walked(world: &World, question: &ListAuditEntriesRequest, page_size: i32) -> Vec<AuditEntry> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let question = ListAuditEntriesRequest { page_size, page_token, ..question.clone() };
        let answer = world.client.call_at(AUDITOR, &list(ENGAGEMENT), question).await;
        let answer: ListAuditEntriesResponse = answer.expect("an auditor is told");
        all.extend(answer.entries);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// Waits until so many refusals about `resource` are told, or all there are.
async fn refusals(world: &World, service: &str, resource: &str, count: usize) -> Vec<AuditEntry> {
    let question = ListAuditEntriesRequest { outcome: Outcome::Refused.into(), ..about(resource) };
    eventually("they are told", async || {
        let found = told(world, service, question.clone()).await;
        (found.len() >= count).then_some(found)
    })
    .await
}

/// Who, as what, from where, what, and what came of it.
fn line(entry: &AuditEntry) -> String {
    let AuditEntry { person, peer, method, resource, code, reason, rules, times, .. } = entry;
    let method = method.rsplit('/').next().unwrap_or_default();
    let (role, outcome, rules) = (entry.role().as_str_name(), entry.outcome().as_str_name(), rules.join(","));
    let kinds: Vec<_> = entry.events.iter().map(|event| event.kind.as_str()).collect();
    let kinds = kinds.join(",");
    let words = [person, role, peer, method, resource, outcome, code, reason, &rules, &kinds];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    format!("{} {times}", words.join(" "))
}

/// What is asked for by one who asked for the re-engagement.
async fn own_request(world: &mut World, engagement: &str) {
    let escalation = "deployment has stopped".to_owned();
    let request = about!(RequestReengagementRequest, engagement, escalation: escalation);
    let Engagement { etag, .. } = world.act(SME, request).await;
    let approve = about!(ApproveReengagementRequest, engagement,
        etag: etag,
        nature: "an application".to_owned(),
        specific_request: "find a way around".to_owned(),
    );
    let own = Actor { role: "GET_MODERN_SME", ..SME };
    let status = world.refused(own, approve).await;
    assert_eq!(crate::wire::reason(&status), "OWN_REQUEST");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_is_told_who_did_what_and_who_was_refused_what() {
    let mut world = World::new().await;
    let engagement = world.reactive("contoso").await;
    world.standing_by(&engagement).await;
    own_request(&mut world, &engagement).await;
    world.refused(actor(STRANGER, "GMFTA"), about!(RejoinEngagementRequest, engagement)).await;
    let refused = refusals(&world, ENGAGEMENT, &engagement, 2).await;
    let lines: Vec<_> = refused.iter().map(line).collect();
    let own = format!(
        "people/sme ROLE_GET_MODERN_SME 127.0.0.1 ApproveReengagement {engagement} OUTCOME_REFUSED {DENIED} OWN_REQUEST I-16 1"
    );
    assert!(lines.contains(&own), "{lines:#?}");
    let stranger = format!("{STRANGER} ROLE_GMFTA 127.0.0.1 RejoinEngagement {engagement} OUTCOME_REFUSED ");
    assert!(lines.iter().any(|line| line.starts_with(&stranger)), "{lines:#?}");
    let done = told(&world, ENGAGEMENT, about(&engagement)).await;
    let asked = done.iter().find(|entry| entry.method.ends_with("/RequestReengagement")).expect("it is told");
    let asked_line = format!(
        "people/sme ROLE_SME 127.0.0.1 RequestReengagement {engagement} OUTCOME_ACCEPTED E-5.1 ReengagementRequested 1"
    );
    assert_eq!(line(asked), asked_line);
    assert!(asked.time.is_some(), "{asked:?}");
    let events = world.events(ENGAGEMENT, &engagement).await;
    let event = events.iter().find(|event| event.kind == "ReengagementRequested").expect("it is told");
    assert_eq!(
        (asked.request_id.len(), &asked.request_id),
        (32, &event.request_id),
        "one word for one request"
    );
    let written: Vec<_> = done.iter().rev().flat_map(|entry| entry.events.clone()).collect();
    let journal = events.into_iter().map(|event| Event { revision: event.revision, kind: event.kind });
    assert!(written.into_iter().eq(journal), "each event is told of once, in order");
    assert!(done.is_sorted_by_key(|entry| std::cmp::Reverse(moment(entry))), "the newest first");
    world.end().await;
}

fn moment(entry: &AuditEntry) -> (i64, i32) {
    entry.time.map(|time| (time.seconds, time.nanos)).expect("a time")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_stopped_at_the_door_is_told_of_too_and_who_wanted_to_see_the_audit() {
    let world = World::new().await;
    let path = |method: &str| format!("/{INTAKE}/{method}");
    for _ in 0..2 {
        let answer = world.wire.send_as(GMFTA, &path("OpenCase"), vec![]).await;
        assert_eq!(refusal(answer), (Code::PermissionDenied, "WRONG_ROLE".to_owned()));
    }
    let emperor = [(PERSON_HEADER, "people/eve"), (ROLE_HEADER, "EMPEROR")];
    let unknown = refusal(world.wire.send(&path("OpenCase"), &emperor, vec![]).await);
    assert_eq!(unknown.0, Code::Unauthenticated);
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        let answer = world.wire.send_as(LEADERSHIP, &list(service), vec![]).await;
        assert_eq!(refusal(answer), (Code::PermissionDenied, "WRONG_ROLE".to_owned()));
        let seen = "people/lead ROLE_LEADERSHIP 127.0.0.1 ListAuditEntries OUTCOME_REFUSED PERMISSION_DENIED WRONG_ROLE I-18 1";
        eventually("it is told", async || {
            let found = refusals(&world, service, "", 1).await;
            found.iter().any(|entry| line(entry) == seen).then_some(())
        })
        .await;
    }
    let found = refusals(&world, INTAKE, "", 3).await;
    let of = |method: &'static str| found.iter().filter(move |entry| entry.method.ends_with(method));
    let (known, unknown): (Vec<_>, Vec<_>) = of("/OpenCase").partition(|entry| !entry.person.is_empty());
    // Those that fall into two hours are two entries.
    assert_eq!(known.iter().map(|entry| entry.times).sum::<i64>(), 2, "{known:#?}");
    assert_eq!(unknown.len(), 1);
    let stranger = "ROLE_UNSPECIFIED 127.0.0.1 OpenCase OUTCOME_REFUSED UNAUTHENTICATED IDENTITY_UNKNOWN 1";
    assert_eq!(line(unknown[0]), stranger);
    world.end().await;
}

/// Made-up methods are one, whatever strangers call them, and all that strangers are refused in an hour is a row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_methods_are_one_in_the_log_whatever_strangers_call_them() {
    let world = World::new().await;
    for number in 0..60 {
        let made_up = refusal(world.wire.send(&format!("/{INTAKE}/MadeUp{number}"), &[], vec![]).await);
        assert_eq!(made_up.0, Code::Unauthenticated);
    }
    let found = eventually("all are told", async || {
        let found = refusals(&world, INTAKE, "", 1).await;
        (found.iter().map(|entry| entry.times).sum::<i64>() == 60).then_some(found)
    })
    .await;
    // An hour may begin meanwhile.
    assert!(found.len() <= 2, "{found:#?}");
    assert!(found.iter().all(|entry| entry.method == format!("{INTAKE}/*")), "{found:#?}");
    let question = ListAuditEntriesRequest { method: format!("{INTAKE}/*"), ..about("") };
    assert_eq!(told(&world, INTAKE, question).await, found, "and is found by that");
    world.end().await;
}

#[test]
fn an_auditor_changes_nothing_and_nobody_else_audits() {
    let may = |method: &&crate::catalogue::Method| method.roles.contains(&AUDITOR.role.to_owned());
    let changes: Vec<_> = METHODS.iter().filter(may).filter(|method| !method.reads()).collect();
    assert!(changes.is_empty(), "{changes:#?}");
    let audits = METHODS.iter().filter(|method| method.name == "ListAuditEntries");
    let roles: Vec<_> = audits.map(|method| method.roles.clone()).collect();
    assert_eq!(roles, [[AUDITOR.role]; 3]);
}

type Holds<'a> = Box<dyn Fn(&AuditEntry) -> bool + 'a>;

/// Each filter with what has to hold of what it finds.
fn questions<'a>(engagement: &'a str, middle: &'a AuditEntry) -> Vec<(ListAuditEntriesRequest, Holds<'a>)> {
    let all = || about("");
    let method = format!("{ENGAGEMENT}/HoldWorkshop");
    let wanted = method.clone();
    vec![
        (all(), Box::new(|_| true)),
        (about(engagement), Box::new(move |it| it.resource == engagement)),
        (
            ListAuditEntriesRequest { person: GMFTA.person.to_owned(), ..all() },
            Box::new(|it| it.person == GMFTA.person),
        ),
        (
            ListAuditEntriesRequest { role: Role::Gmfta.into(), ..all() },
            Box::new(|it| it.role() == Role::Gmfta),
        ),
        (ListAuditEntriesRequest { method, ..all() }, Box::new(move |it| it.method == wanted)),
        (
            ListAuditEntriesRequest { outcome: Outcome::Accepted.into(), ..all() },
            Box::new(|it| it.outcome() == Outcome::Accepted),
        ),
        (
            ListAuditEntriesRequest { outcome: Outcome::Refused.into(), ..all() },
            Box::new(|it| it.outcome() == Outcome::Refused),
        ),
        (
            ListAuditEntriesRequest { from_time: middle.time, ..all() },
            Box::new(|it| moment(it) >= moment(middle)),
        ),
        (
            ListAuditEntriesRequest { until_time: middle.time, ..all() },
            Box::new(|it| moment(it) < moment(middle)),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_filter_gives_what_it_says_page_by_page() {
    let mut world = World::new().await;
    let engagement = world.reactive("contoso").await;
    world.reactive("northwind").await;
    world.workshopped(&engagement).await;
    for name in ["a", "b", "c"] {
        world
            .refused(
                actor(STRANGER, "GMFTA"),
                about!(RejoinEngagementRequest, engagement, request_id: name.to_owned()),
            )
            .await;
    }
    // Those that fall into two hours are two entries.
    eventually("all are told", async || {
        let found = refusals(&world, ENGAGEMENT, "", 1).await;
        (found.iter().map(|entry| entry.times).sum::<i64>() == 3).then_some(())
    })
    .await;
    let whole = walked(&world, &about(""), 500).await;
    let middle = whole[whole.len() / 2].clone();
    for (question, holds) in questions(&engagement, &middle) {
        let expected: Vec<_> = whole.iter().filter(|entry| holds(entry)).cloned().collect();
        assert!(!expected.is_empty(), "{question:?}");
        for size in [1, 3, 500] {
            assert_eq!(walked(&world, &question, size).await, expected, "{question:?} by {size}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn what_is_asked_for_in_no_form_is_refused_with_all_that_is_wrong() {
    let world = World::new().await;
    let never = Some(Timestamp { seconds: i64::MAX, nanos: -1 });
    let question = ListAuditEntriesRequest {
        role: 99,
        outcome: 99,
        person: "people/\0".to_owned(),
        from_time: never,
        until_time: never,
        ..about("")
    };
    let answer = world.client.call_at::<_, ListAuditEntriesResponse>(AUDITOR, &list(INTAKE), question).await;
    let status = answer.expect_err("it is refused");
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(bad_fields(&status), ["from_time", "until_time", "person", "person", "role", "outcome"]);
    world.end().await;
}
