//! The stage of the methods' tests: a running product, the people who call it, and requests that say only what matters.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::{Duration, Instant},
};

use getmodern::client::{Actor, Client, reasons};
pub(crate) use getmodern::demo::cast::{
    ATS, FE, FM, FTA, GATEWAY, GET_MODERN_SME, GMFTA, LEADERSHIP, PROGRAM, SIX, SME,
};
use prost::{Message, Name};
use proto::{
    common::v1::{
        AccountTeamContacts, Contact, DataItem, DeliveryChannel, DeploymentOutlook, DeviceManagement, Duty,
        Event, Intent, LicencePlan, ListDutiesRequest, ListDutiesResponse, ListEventsRequest,
        ListEventsResponse, Roster, SourceOsMix, data_item::Fact, delivery_channel::Kind,
        device_management::Tool,
    },
    engagement::v1::{Engagement, GetEngagementRequest, GetInsightsRequest, Insights},
    tasks::v1::{ListTasksRequest, ListTasksResponse, Task},
};
use tests::{Product, State, actor};
use tonic::{Code, Status};

use crate::wire::assert_light;

/// An engineer and an architect who are on nobody's roster.
pub(crate) const OTHER_FE: Actor = actor("people/other-fe", "FE");
pub(crate) const OTHER_GMFTA: Actor = actor("people/other-gmfta", "GMFTA");

/// The services whose methods are tested here.
pub(crate) const TASKS: &str = "getmodern.tasks.v1.TaskService";
pub(crate) const ENGAGEMENTS: &str = "getmodern.engagement.v1.EngagementService";

const PATIENCE: Duration = tests::PATIENCE;
const PAUSE: Duration = Duration::from_millis(20);

/// A request with a key of its own; what is not named is left out.
macro_rules! ask {
    ($request:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        #[allow(clippy::needless_update, reason = "some requests have no other fields")]
        let request = $request {
            request_id: $crate::cast::key(),
            $($field: $value.into(),)*
            ..$request::default()
        };
        request
    }};
}
pub(crate) use ask;

/// A key for a request, used once.
pub(crate) fn key() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("method-{}", NEXT.fetch_add(1, Relaxed))
}

/// The whole product, played on.
pub(crate) struct Play {
    /// Where it is the test's own.
    product: Option<Product>,
    pub(crate) client: Client,
}

impl Play {
    pub(crate) async fn start() -> Self {
        let product = Product::start().await;
        Self { client: product.client(), product: Some(product) }
    }

    /// On a product that somebody else started.
    pub(crate) fn on(product: Product) -> Self {
        Self { client: product.client(), product: Some(product) }
    }

    /// Stops its own product, and leaves what that kept.
    pub(crate) async fn leave(self) -> State {
        self.product.expect("a product of its own").leave().await
    }

    /// A product in a process of its own.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { client: Client::at(address, Duration::ZERO).expect("an address"), product: None }
    }

    /// Its own product.
    pub(crate) fn product(&self) -> &Product {
        self.product.as_ref().expect("a product of its own")
    }

    /// Where that listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.product().address()
    }

    /// What its own product keeps.
    pub(crate) fn state(&self) -> &State {
        self.product().state()
    }

    pub(crate) async fn stop(self) {
        if let Some(product) = self.product {
            product.stop().await;
        }
    }

    /// A call that has to succeed.
    pub(crate) async fn ok<M, R>(&self, who: Actor, message: M) -> R
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        let answer = self.client.call(who, message).await;
        answer.unwrap_or_else(|status| panic!("{}: {} {:?}", M::NAME, status.message(), reasons(&status)))
    }

    /// A call on an engagement that has to succeed.
    pub(crate) async fn step<M>(&self, who: Actor, message: M) -> Engagement
    where
        M: Message + Name + Clone + 'static,
    {
        self.ok(who, message).await
    }

    /// A call on a task that has to succeed.
    pub(crate) async fn work<M>(&self, who: Actor, message: M) -> Task
    where
        M: Message + Name + Clone + 'static,
    {
        self.ok(who, message).await
    }

    /// A call that has to be refused like this, for exactly these reasons: that of the whole, then those of its faults.
    pub(crate) async fn refused<M>(&self, who: Actor, message: M, code: Code, why: &[&str]) -> Status
    where
        M: Message + Name + Clone + 'static,
    {
        let answer = self.client.call::<M, ()>(who, message).await;
        let Err(status) = answer else { panic!("{} by {who:?} was not refused", M::NAME) };
        assert_light(&status);
        let mut given = reasons(&status);
        given.dedup();
        assert_eq!((status.code(), given), (code, owned(why)), "{}: {}", M::NAME, status.message());
        status
    }

    /// Asks again and again until the answer is as it should become.
    pub(crate) async fn until<M, R>(&self, what: &str, message: M, good: impl Fn(&R) -> bool) -> R
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        let begun = Instant::now();
        loop {
            match self.client.call::<M, R>(LEADERSHIP, message.clone()).await {
                Ok(answer) if good(&answer) => return answer,
                Err(status) if !is_to_come(&status) => panic!("{what}: {status:?}"),
                _ => assert!(begun.elapsed() < PATIENCE, "it did not happen: {what}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A call of the method at `path`, for messages that are not named after theirs.
    pub(crate) async fn ask_at<M, R>(&self, who: Actor, path: &str, message: M) -> R
    where
        M: Message + Clone + 'static,
        R: Message + Default + 'static,
    {
        let answer = self.client.call_at(who, path, message).await;
        answer.unwrap_or_else(|status| panic!("{path}: {} {:?}", status.message(), reasons(&status)))
    }

    /// The engagement as it stands.
    pub(crate) async fn engagement(&self, name: &str) -> Engagement {
        self.ok(LEADERSHIP, GetEngagementRequest { name: name.to_owned() }).await
    }

    pub(crate) async fn insights(&self) -> Insights {
        self.ok(LEADERSHIP, GetInsightsRequest::default()).await
    }

    /// The playbook's task of this template and cycle, once it is there.
    pub(crate) async fn playbook_task(&self, engagement: &str, template: &str, cycle: i32) -> Task {
        let list = ListTasksRequest { engagement: engagement.to_owned(), ..ListTasksRequest::default() };
        let wanted = |task: &Task| task.template == template && task.cycle == cycle;
        let there = |list: &ListTasksResponse| list.tasks.iter().any(wanted);
        let found: ListTasksResponse = self.until(template, list, there).await;
        found.tasks.into_iter().find(wanted).expect("it is there")
    }

    /// What a service says that `who` is to do about `resource`; anybody about anything when they are empty.
    pub(crate) async fn duties(&self, service: &str, person: &str, resource: &str) -> Vec<Duty> {
        let (person, resource) = (person.to_owned(), resource.to_owned());
        let request = ListDutiesRequest { person, resource, ..ListDutiesRequest::default() };
        let path = format!("/{service}/ListDuties");
        self.ask_at::<_, ListDutiesResponse>(LEADERSHIP, &path, request).await.duties
    }

    /// What happened to `resource` and what belongs to it, by a service's journal.
    pub(crate) async fn events(&self, service: &str, resource: &str) -> Vec<Event> {
        let (resource, page_size) = (resource.to_owned(), 500);
        let request = ListEventsRequest { resource, page_size, ..ListEventsRequest::default() };
        let path = format!("/{service}/ListEvents");
        self.ask_at::<_, ListEventsResponse>(LEADERSHIP, &path, request).await.events
    }
}

/// It is on its way, or not even that.
fn is_to_come(status: &Status) -> bool {
    status.code() == Code::NotFound || reasons(status) == ["NOT_CAUGHT_UP"]
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The names of the actions that wait.
pub(crate) fn actions(duties: &[Duty]) -> Vec<&str> {
    duties.iter().map(|duty| duty.action.as_str()).collect()
}

pub(crate) fn contact(full_name: &str) -> Contact {
    Contact { full_name: full_name.to_owned(), email: "it@example.com".to_owned() }
}

pub(crate) fn css() -> DeliveryChannel {
    DeliveryChannel { kind: Kind::Css.into(), partner: String::new() }
}

pub(crate) fn frp() -> DeliveryChannel {
    DeliveryChannel { kind: Kind::Frp.into(), partner: "Fabrikam Consulting".to_owned() }
}

pub(crate) fn roster() -> Roster {
    let [gmfta, fm, fe, sme, fta, ats] = SIX.map(|seat| seat.person.to_owned());
    Roster { gmfta, fm, fe, sme, fta, ats }
}

pub(crate) fn item(fact: Fact) -> DataItem {
    DataItem { fact: Some(fact), source: "account team".to_owned(), learnt_time: None }
}

/// The whole data set of a tenant with so many licences.
pub(crate) fn data(tenant: &str, licences: i32, windows: Intent) -> Vec<DataItem> {
    let management =
        DeviceManagement { tool: Tool::Intune.into(), branch_version: None, ready_to_upgrade: Some(false) };
    let facts = [
        Fact::Tenant(tenant.to_owned()),
        Fact::Plan(LicencePlan::Windows10E5.into()),
        Fact::LicenceCount(licences),
        Fact::Windows10EnterpriseIntent(windows.into()),
        Fact::Office365ProplusIntent(Intent::Yes.into()),
        Fact::IntuneIntent(Intent::No.into()),
        Fact::DeviceCount(900),
        Fact::SourceOsMix(SourceOsMix {
            windows_7: Some(700),
            windows_8_1: Some(50),
            windows_10: Some(100),
            other: Some(50),
        }),
        Fact::DeviceManagement(management),
        Fact::WorkInFlight("none".to_owned()),
        Fact::DeploymentPlan(DeploymentOutlook {
            plan: "headquarters first".to_owned(),
            target_date: "2020-01-14".to_owned(),
            business_reason: "Windows 7 support ends".to_owned(),
        }),
        Fact::SuccessOwner(contact("the success owner")),
        Fact::AccountTeamContacts(AccountTeamContacts { contacts: vec![contact("the account manager")] }),
        Fact::Language("zh-CN".to_owned()),
    ];
    facts.map(item).into()
}
