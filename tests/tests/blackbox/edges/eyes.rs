//! A table of everything that each role sees, and of the duties of each.

use std::{
    env,
    fmt::Write as _,
    time::{Duration, Instant},
};

use expect_test::Expect;
use getmodern::client::{Actor, Client};
use prost::{Message, Name};
use proto::{
    common::v1::{Duty, ListDutiesRequest, ListDutiesResponse, ListEventsRequest, ListEventsResponse},
    engagement::v1::{
        Engagement, GetEngagementRequest, GetInsightsRequest, Insights, ListEngagementsRequest,
        ListEngagementsResponse,
    },
    intake::v1::{Case, GetCaseRequest, ListCasesRequest, ListCasesResponse},
    tasks::v1::{ListNotesRequest, ListNotesResponse, ListTasksRequest, ListTasksResponse},
};
use tests::actor;
use tonic::Code;

use super::INTAKE;
use crate::cast::{ENGAGEMENTS, GATEWAY, GET_MODERN_SME, LEADERSHIP, PROGRAM, SIX, TASKS};

pub(super) const AUDITOR: Actor = actor("people/auditor", "AUDITOR");
const OPERATOR: Actor = actor("people/operator", "OPERATOR");
const STRANGER: Actor = actor("people/stranger", "FE");
/// The onlookers beside the six; each sees all of something, what names them, or nothing.
const OTHERS: [Actor; 7] = [GATEWAY, PROGRAM, LEADERSHIP, OPERATOR, GET_MODERN_SME, AUDITOR, STRANGER];

/// Everybody, these others included, sees what is `expected` once everything on its way has arrived.
pub(super) async fn seen(client: &Client, others: &[Actor], expected: &Expect) {
    let patience =
        if env::var_os("UPDATE_EXPECT").is_some() { Duration::from_secs(3) } else { tests::PATIENCE };
    let begun = Instant::now();
    loop {
        let table = table(client, others).await;
        if lines(&table).eq(lines(expected.data())) || begun.elapsed() > patience {
            return expected.assert_eq(&table);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn lines(table: &str) -> impl Iterator<Item = &str> {
    table.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// A line for each thing that is seen, or waits, with the people whom it is shown to, or waits on.
async fn table(client: &Client, others: &[Actor]) -> String {
    let mut sights = Rows::default();
    let mut waits = Rows::default();
    let all = Seen::by(client, LEADERSHIP).await;
    for duty in &all.duties {
        waits.row(&step(duty));
    }
    for who in OTHERS.into_iter().chain(SIX).chain(others.iter().copied()) {
        let seen = Seen::by(client, who).await;
        sights.add(&seen.told(&all, client, who).await, who);
        let own = seen.duties.iter().filter(|duty| is_on(duty, who));
        own.for_each(|duty| waits.add(&step(duty), who));
    }
    waits.0.sort();
    sights.lines("sees") + &waits.lines("waits")
}

/// The action of a duty, and the reasons for which it cannot be done yet.
fn step(duty: &Duty) -> String {
    let mut lacks: Vec<_> = duty.missing.iter().map(|missing| missing.reason.as_str()).collect();
    lacks.dedup();
    let lacks = if lacks.is_empty() { String::new() } else { format!(" (lacks {})", lacks.join(" ")) };
    format!("{}{lacks}", duty.action)
}

fn is_on(duty: &Duty, who: Actor) -> bool {
    let theirs = duty.person.is_empty() || duty.person == who.person;
    theirs && duty.role().as_str_name().strip_prefix("ROLE_") == Some(who.role)
}

/// Rows in the order they were first named.
#[derive(Default)]
struct Rows(Vec<(String, Vec<&'static str>)>);

impl Rows {
    fn row(&mut self, what: &str) -> &mut Vec<&'static str> {
        let known = self.0.iter().position(|(row, _)| row == what);
        let index = known.unwrap_or_else(|| {
            self.0.push((what.to_owned(), Vec::new()));
            self.0.len() - 1
        });
        &mut self.0[index].1
    }

    fn add(&mut self, what: &str, who: Actor) {
        let name = who.person.trim_start_matches("people/");
        let row = self.row(what);
        if row.last() != Some(&name) {
            row.push(name);
        }
    }

    fn lines(&self, verb: &str) -> String {
        let who = |who: &[&str]| if who.is_empty() { "nobody here".to_owned() } else { who.join(" ") };
        let mut lines = String::new();
        for (what, people) in &self.0 {
            let _ = writeln!(lines, "{verb} {what}: {}", who(people));
        }
        lines
    }
}

/// The contents of the three services' lists, as somebody is shown them.
struct Seen {
    cases: Vec<Case>,
    engagements: Vec<Engagement>,
    tasks: usize,
    notes: usize,
    duties: Vec<Duty>,
}

impl Seen {
    async fn by(client: &Client, who: Actor) -> Self {
        let page_size = 500;
        let cases = ListCasesRequest { page_size, ..ListCasesRequest::default() };
        let cases: ListCasesResponse = client.call(who, cases).await.expect("cases");
        let engagements = ListEngagementsRequest { page_size, ..ListEngagementsRequest::default() };
        let engagements: ListEngagementsResponse = client.call(who, engagements).await.expect("engagements");
        let tasks = ListTasksRequest { page_size, ..ListTasksRequest::default() };
        let tasks: ListTasksResponse = client.call(who, tasks).await.expect("tasks");
        let notes = ListNotesRequest { page_size, ..ListNotesRequest::default() };
        let notes: ListNotesResponse = client.call(who, notes).await.expect("notes");
        let (tasks, notes) = (tasks.tasks.len(), notes.notes.len());
        let duties = duties(client, who).await;
        Self { cases: cases.cases, engagements: engagements.engagements, tasks, notes, duties }
    }

    /// The same in a line; that it is torn where a get, the events or the insights show something else than the lists do.
    async fn told(&self, all: &Self, client: &Client, who: Actor) -> String {
        let agree = agree(
            client,
            who,
            (&self.cases, &all.cases),
            |case| case.name.clone(),
            |name| GetCaseRequest { name },
        )
        .await
            && agree(
                client,
                who,
                (&self.engagements, &all.engagements),
                |one| one.name.clone(),
                |name| GetEngagementRequest { name },
            )
            .await
            && self.events_and_insights_agree(client, who).await;
        let cases = self.cases.iter().map(|case| state("case", case.state().as_str_name()));
        let engagements = self.engagements.iter().map(|one| state("engagement", one.stage().as_str_name()));
        let counts = [(self.tasks, "tasks"), (self.notes, "notes")].into_iter();
        let counts = counts.filter(|(count, _)| *count > 0).map(|(count, what)| format!("{what} {count}"));
        let parts: Vec<_> = cases.chain(engagements).chain(counts).collect();
        let told = if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
        if agree { told } else { format!("{told}, and torn") }
    }

    async fn events_and_insights_agree(&self, client: &Client, who: Actor) -> bool {
        let cases = self.cases.iter().map(|case| case.name.as_str()).collect();
        let engagements = self.engagements.iter().map(|one| one.name.as_str()).collect();
        let insights: Insights = client.call(who, GetInsightsRequest::default()).await.expect("insights");
        let counted: i64 = insights.engagements.iter().map(|count| count.count).sum();
        agree_events(client, who, (INTAKE, "cases/"), cases).await
            && agree_events(client, who, (ENGAGEMENTS, "engagements/"), engagements).await
            && usize::try_from(counted) == Ok(self.engagements.len())
    }
}

fn state(what: &str, state: &str) -> String {
    let state = state.trim_start_matches("STATE_").trim_start_matches("STAGE_");
    format!("{what} {state}")
}

/// A get shows each of the listed as everybody is shown it, and none of the others.
async fn agree<T, G>(
    client: &Client,
    who: Actor,
    (listed, all): (&[T], &[T]),
    name: impl Fn(&T) -> String,
    get: impl Fn(String) -> G,
) -> bool
where
    T: Message + Default + PartialEq + 'static,
    G: Message + Name + Clone + 'static,
{
    for one in all {
        let is_listed = listed.iter().any(|listed| name(listed) == name(one));
        let as_got = match client.call::<G, T>(who, get(name(one))).await {
            Ok(shown) => is_listed && shown == *one,
            Err(status) => !is_listed && status.code() == Code::NotFound,
        };
        if !as_got {
            return false;
        }
    }
    true
}

/// The journal of a service tells of each of the listed, and of no other.
async fn agree_events(
    client: &Client,
    who: Actor,
    (service, collection): (&str, &str),
    mut listed: Vec<&str>,
) -> bool {
    let ask = ListEventsRequest { page_size: 500, ..ListEventsRequest::default() };
    let path = format!("/{service}/ListEvents");
    let found: ListEventsResponse = client.call_at(who, &path, ask).await.expect("events");
    let resources = found.events.iter().map(|event| event.resource.as_str());
    let mut told: Vec<_> = resources.filter(|resource| resource.starts_with(collection)).collect();
    told.sort_unstable();
    told.dedup();
    listed.sort_unstable();
    told == listed
}

async fn duties(client: &Client, who: Actor) -> Vec<Duty> {
    let mut duties = Vec::new();
    for service in [INTAKE, ENGAGEMENTS, TASKS] {
        let ask = ListDutiesRequest { page_size: 500, ..ListDutiesRequest::default() };
        let path = format!("/{service}/ListDuties");
        let found: ListDutiesResponse = client.call_at(who, &path, ask).await.expect("duties");
        duties.extend(found.duties);
    }
    duties
}
