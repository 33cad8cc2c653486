//! Lists, events, watches, duties and insights show everybody what a get does, and no more.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use getmodern::client::Actor;
use prost::{Message, Name};
use proto::{
    common::v1::{
        Duty, Event, ListDutiesRequest, ListDutiesResponse, ListEventsRequest, ListEventsResponse, Roster,
        WatchEventsRequest, WatchEventsResponse,
    },
    engagement::v1::{
        AssignEngagementRequest, Engagement, GetEngagementRequest, GetInsightsRequest, Insights,
        ListEngagementsRequest, ListEngagementsResponse,
    },
    intake::v1::{
        AcknowledgeHandoffRequest, Case, ExitGatewayRequest, GetCaseRequest, GetPolicyRequest,
        ListCasesRequest, ListCasesResponse, ListPoliciesRequest, ListPoliciesResponse, OpenCaseRequest,
        StartHandoffRequest,
    },
    tasks::v1::{
        GetNoteRequest, GetTaskRequest, ListNotesRequest, ListNotesResponse, ListTasksRequest,
        ListTasksResponse, Note, Task, WriteNoteRequest, note,
    },
};
use tokio::time::timeout;
use tonic::Code;

use crate::{
    catalogue::ROLES,
    story::{about, play::play},
    wire::as_headers,
    world::{ENGAGEMENT, FM, GATEWAY, GMFTA, INTAKE, LEADERSHIP, PROGRAM, SIX, TASKS, World},
};

/// Others than those of the demo: of one customer they are the six, and one of them is of the other, too.
const OTHERS: [&str; 6] =
    ["people/edsger", "people/barbara", "people/tony", "people/leslie", "people/donald", "people/fm"];

fn roster() -> Roster {
    let [gmfta, fe, sme, fta, ats, fm] = OTHERS.map(str::to_owned);
    Roster { gmfta, fm, fe, sme, fta, ats }
}

/// A customer of theirs, past the Gateway, with a note; and one that the program team has just assigned.
async fn theirs(world: &mut World) -> String {
    let name = world.staffed_by("adatum", &roster()).await;
    let kind = note::Kind::EnterpriseNotes.into();
    let author = Actor { person: OTHERS[0], role: "GMFTA" };
    let wanted = ListTasksRequest { engagement: name.clone(), ..ListTasksRequest::default() };
    let _: ListTasksResponse =
        world.until("its tasks are there", wanted, |found: &ListTasksResponse| found.tasks.len() == 2).await;
    let write = WriteNoteRequest {
        engagement: name.clone(),
        kind,
        text: "seen".to_owned(),
        ..WriteNoteRequest::default()
    };
    let _: Note = world.act(author, write).await;
    let assign = AssignEngagementRequest {
        customer: "proseware".to_owned(),
        tenant: "proseware.onmicrosoft.com".to_owned(),
        aim: "off Windows 7".to_owned(),
        gmfta: OTHERS[1].to_owned(),
        ..AssignEngagementRequest::default()
    };
    let _: Engagement = world.act(PROGRAM, assign).await;
    name
}

impl World {
    /// The Gateway has left this customer to a roster of its own.
    pub(crate) async fn staffed_by(&mut self, customer: &str, roster: &Roster) -> String {
        let open = OpenCaseRequest {
            customer: customer.to_owned(),
            tenant: format!("{customer}.onmicrosoft.com"),
            gmfta: roster.gmfta.clone(),
            fm: roster.fm.clone(),
            ..OpenCaseRequest::default()
        };
        let case = self.qualified(open).await;
        let start = about!(StartHandoffRequest, case, roster: Some(roster.clone()));
        let _: Case = self.act(GATEWAY, start).await;
        let seats = [&roster.gmfta, &roster.fm, &roster.fe, &roster.sme, &roster.fta, &roster.ats];
        for (seat, person) in SIX.iter().zip(seats) {
            let person = OTHERS.into_iter().find(|other| other == person).expect("one of them");
            let who = Actor { person, role: seat.role };
            let _: Case = self.act(who, about!(AcknowledgeHandoffRequest, case)).await;
        }
        let _: Case = self.act(GATEWAY, about!(ExitGatewayRequest, case)).await;
        let get = GetEngagementRequest { name: case.replace("cases/", "engagements/") };
        let begun: Engagement = self.until("the engagement begins", get, |_| true).await;
        begun.name
    }
}

/// People of both customers in a role that is not theirs, and one of them and a stranger in every role.
fn everybody() -> Vec<Actor> {
    let people = [GMFTA.person, FM.person, OTHERS[0], OTHERS[1]];
    let named = people.into_iter().map(|person| Actor { person, role: "FE" });
    let roles = || ROLES.iter().filter(|role| *role != "SERVICE").map(String::as_str);
    let each = |person| roles().map(move |role| Actor { person, role });
    named.chain(each(OTHERS[0])).chain(each("people/stranger")).collect()
}

/// The names of all that there is, by service.
async fn all(world: &World) -> BTreeMap<&'static str, Vec<String>> {
    let (page_size, who) = (500, LEADERSHIP);
    let listed = Listed { world, who, page_size };
    let policies = listed.policies().await;
    let intake = [listed.cases().await, policies].concat();
    let tasks = [listed.tasks("").await, listed.notes("").await].concat();
    [(INTAKE, intake), (ENGAGEMENT, listed.engagements().await), (TASKS, tasks)].into()
}

/// Lists as somebody gets them, page by page.
struct Listed<'a> {
    world: &'a World,
    who: Actor,
    page_size: i32,
}

macro_rules! pages {
    ($self:ident, $request:ident { $($field:ident: $value:expr),* }, $response:ident.$items:ident) => {{
        let mut request = $request { page_size: $self.page_size, $($field: $value,)* ..$request::default() };
        let mut names = Vec::new();
        loop {
            let page: $response = $self.world.client.call($self.who, request.clone()).await.expect("a page");
            names.extend(page.$items.into_iter().map(|item| item.name));
            if page.next_page_token.is_empty() {
                break names;
            }
            request.page_token = page.next_page_token;
        }
    }};
}

impl Listed<'_> {
    async fn cases(&self) -> Vec<String> {
        pages!(self, ListCasesRequest {}, ListCasesResponse.cases)
    }

    async fn policies(&self) -> Vec<String> {
        pages!(self, ListPoliciesRequest {}, ListPoliciesResponse.policies)
    }

    async fn engagements(&self) -> Vec<String> {
        pages!(self, ListEngagementsRequest {}, ListEngagementsResponse.engagements)
    }

    async fn tasks(&self, engagement: &str) -> Vec<String> {
        pages!(self, ListTasksRequest { engagement: engagement.to_owned() }, ListTasksResponse.tasks)
    }

    async fn notes(&self, engagement: &str) -> Vec<String> {
        pages!(self, ListNotesRequest { engagement: engagement.to_owned() }, ListNotesResponse.notes)
    }
}

async fn gets<M, R>(world: &World, who: Actor, message: M) -> bool
where
    M: Message + Name + Clone + 'static,
    R: Message + Default + 'static,
{
    match world.client.call::<M, R>(who, message).await {
        Ok(_) => true,
        Err(status) => {
            assert_eq!(status.code(), Code::NotFound, "{who:?} {status:?}");
            false
        }
    }
}

/// Whether somebody is shown a resource by itself.
async fn is_shown(world: &World, who: Actor, name: &str) -> bool {
    let named = name.to_owned();
    match name.split('/').next().unwrap_or_default() {
        "cases" => gets::<_, Case>(world, who, GetCaseRequest { name: named }).await,
        "policies" => {
            gets::<_, proto::intake::v1::Policy>(world, who, GetPolicyRequest { name: named }).await
        }
        "engagements" => gets::<_, Engagement>(world, who, GetEngagementRequest { name: named }).await,
        "tasks" => gets::<_, Task>(world, who, GetTaskRequest { name: named }).await,
        "notes" => gets::<_, Note>(world, who, GetNoteRequest { name: named }).await,
        other => panic!("there is no getting {other}"),
    }
}

/// What somebody is shown by itself, of all there is.
async fn shown(world: &World, who: Actor, all: &BTreeMap<&str, Vec<String>>) -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    for name in all.values().flatten() {
        if is_shown(world, who, name).await {
            shown.insert(name.clone());
        }
    }
    shown
}

fn of(shown: &BTreeSet<String>, collection: &str) -> BTreeSet<String> {
    shown.iter().filter(|name| name.split('/').next() == Some(collection)).cloned().collect()
}

/// What somebody lists, by small pages: each once, and all of it.
async fn lists_agree(world: &World, who: Actor, shown: &BTreeSet<String>, engagements: &[String]) {
    let listed = Listed { world, who, page_size: 2 };
    let lists = [
        ("cases", listed.cases().await),
        ("policies", listed.policies().await),
        ("engagements", listed.engagements().await),
        ("tasks", listed.tasks("").await),
        ("notes", listed.notes("").await),
    ];
    for (collection, names) in lists {
        let once: BTreeSet<_> = names.iter().cloned().collect();
        assert_eq!((once.len(), once), (names.len(), of(shown, collection)), "{who:?}");
    }
    let mut filtered = Vec::new();
    for engagement in engagements {
        filtered.extend(listed.tasks(engagement).await);
        filtered.extend(listed.notes(engagement).await);
    }
    let expected: BTreeSet<_> = of(shown, "tasks").union(&of(shown, "notes")).cloned().collect();
    assert_eq!(filtered.into_iter().collect::<BTreeSet<_>>(), expected, "{who:?}");
}

/// An event without its token, which is its reader's own.
fn without_token(event: Event) -> Event {
    Event { resume_token: String::new(), ..event }
}

/// The events that somebody is shown; of one resource, or all.
async fn events(world: &World, who: Actor, service: &str, resource: &str) -> Vec<Event> {
    let path = format!("/{service}/ListEvents");
    let mut request =
        ListEventsRequest { resource: resource.to_owned(), page_size: 20, ..ListEventsRequest::default() };
    let mut events = Vec::new();
    loop {
        let page = world.client.call_at(who, &path, request.clone()).await;
        let page: ListEventsResponse = page.unwrap_or_else(|status| panic!("{who:?} {status:?}"));
        events.extend(page.events.into_iter().map(without_token));
        if page.next_page_token.is_empty() {
            return events;
        }
        request.page_token = page.next_page_token;
    }
}

/// The events of a journal that concern what somebody is shown. A file of an engagement's is nobody's to get; it goes with
/// the tasks there.
fn expected(whole: &[Event], shown: &BTreeSet<String>) -> Vec<Event> {
    let tasks: BTreeSet<_> =
        whole.iter().filter(|event| shown.contains(&event.resource)).map(|event| &event.parent).collect();
    let seen = |event: &&Event| {
        let file = event.resource.starts_with("files/");
        if file { tasks.contains(&event.parent) } else { shown.contains(&event.resource) }
    };
    whole.iter().filter(seen).cloned().collect()
}

/// What a watch gives from the beginning, until it has given as many events and for a moment no more.
async fn watched(world: &World, who: Actor, service: &str, count: usize) -> Vec<Event> {
    let mut client = tonic::client::Grpc::new(world.wire.channel());
    client.ready().await.expect("ready");
    let mut request = tonic::Request::new(WatchEventsRequest::default());
    for (name, value) in as_headers(who) {
        request.metadata_mut().insert(name, value.parse().expect("a header"));
    }
    let path = format!("/{service}/WatchEvents").parse().expect("a path");
    let codec = tonic_prost::ProstCodec::<WatchEventsRequest, WatchEventsResponse>::default();
    let mut stream = client.server_streaming(request, path, codec).await.expect("a watch").into_inner();
    let mut events = Vec::new();
    loop {
        let patience = if events.len() < count { tests::PATIENCE } else { Duration::from_millis(20) };
        let Ok(next) = timeout(patience, stream.message()).await else { break };
        let batch = next.expect("no end").expect("a batch").events;
        events.extend(batch.into_iter().map(without_token));
    }
    events
}

async fn duties(world: &World, who: Actor, service: &str) -> Vec<Duty> {
    let path = format!("/{service}/ListDuties");
    let mut request = ListDutiesRequest { page_size: 3, ..ListDutiesRequest::default() };
    let mut duties = Vec::new();
    loop {
        let page: ListDutiesResponse =
            world.client.call_at(who, &path, request.clone()).await.expect("duties");
        duties.extend(page.duties);
        if page.next_page_token.is_empty() {
            return duties;
        }
        request.page_token = page.next_page_token;
    }
}

/// The sums over the engagements that somebody is shown.
async fn insights_agree(world: &World, who: Actor, shown: &BTreeSet<String>, cases: &BTreeSet<String>) {
    let insights: Insights = world.client.call(who, GetInsightsRequest::default()).await.expect("insights");
    let engagements = of(shown, "engagements");
    let total: i64 = insights.engagements.iter().map(|count| count.count).sum();
    assert_eq!(usize::try_from(total).ok(), Some(engagements.len()), "{who:?} {insights:?}");
    let mut devices = 0;
    let mut visited = 0;
    for name in &engagements {
        let engagement: Engagement =
            world.client.call(who, GetEngagementRequest { name: name.clone() }).await.expect("it is shown");
        devices += engagement.analytics.map_or(0, |report| i64::from(report.enrolled_devices));
        visited += 1;
    }
    assert_eq!(insights.enrolled_devices, devices, "{who:?}");
    let open: i64 = insights.stage_times.iter().map(|stage| stage.open_visits).sum();
    assert_eq!(open, visited, "{who:?}");
    // A verdict is on a case, or on an engagement that was synced; a case has the id of the engagement it led to.
    let verdicts: i64 = insights.verdicts.iter().map(|verdict| verdict.count).sum();
    let led_to = |name: &&String| shown.contains(&name.replace("cases/", "engagements/"));
    let most = engagements.len() + cases.iter().filter(|name| shown.contains(*name) || led_to(name)).count();
    assert!(usize::try_from(verdicts).expect("few") <= most, "{who:?} {insights:?}");
    if engagements.is_empty() && of(shown, "cases").is_empty() {
        assert!(insights.verdicts.is_empty() && insights.criteria.is_empty(), "{who:?} {insights:?}");
        assert!(insights.stage_times.is_empty() && insights.open_blockers.is_empty(), "{who:?} {insights:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_shows_several_resources_shows_everybody_what_a_get_does() {
    let mut world = World::new().await;
    play(&mut world).await;
    let adatum = theirs(&mut world).await;
    let all = all(&world).await;
    let engagements = &all[ENGAGEMENT];
    let cases = all[INTAKE].iter().filter(|name| name.starts_with("cases/")).cloned().collect();
    let mut whole = BTreeMap::new();
    for service in [INTAKE, ENGAGEMENT, TASKS] {
        let waiting = duties(&world, LEADERSHIP, service).await;
        whole.insert(service, (events(&world, LEADERSHIP, service, "").await, waiting));
    }
    let mut sizes = BTreeSet::new();
    for who in everybody() {
        let shown = shown(&world, who, &all).await;
        sizes.insert(shown.len());
        lists_agree(&world, who, &shown, engagements).await;
        insights_agree(&world, who, &shown, &cases).await;
        for (service, (journal, waiting)) in &whole {
            let expected = expected(journal, &shown);
            assert_eq!(events(&world, who, service, "").await, expected, "{who:?} {service}");
            assert_eq!(watched(&world, who, service, expected.len()).await, expected, "{who:?} {service}");
            let due: Vec<_> = waiting.iter().filter(|duty| shown.contains(&duty.resource)).cloned().collect();
            assert_eq!(duties(&world, who, service).await, due, "{who:?} {service}");
            let own = |event: &&Event| event.resource == adatum || event.parent == adatum;
            let timeline: Vec<_> = expected.iter().filter(own).cloned().collect();
            // Intake keeps none of it, and says so.
            if *service != INTAKE {
                assert_eq!(events(&world, who, service, &adatum).await, timeline, "{who:?} {service}");
            }
        }
    }
    // Nobody's, some of each, one's own, everybody's: the people and roles do differ.
    assert!(sizes.len() >= 6, "{sizes:?}");
    world.end().await;
}
