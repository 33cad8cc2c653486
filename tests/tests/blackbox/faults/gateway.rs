//! The short way to an engagement: a case that is handed over, and what is asked about it afterwards.

use std::time::{Duration, Instant};

use getmodern::client::{Actor, Client};
use prost::{Message, Name};
use proto::{
    common::v1::{
        Contact, DataItem, DeliveryChannel, DeviceManagement, Intent, Roster, data_item::Fact,
        delivery_channel::Kind, device_management::Tool,
    },
    engagement::v1::{
        AssignEngagementRequest, CancelEngagementRequest, Engagement, GetEngagementRequest,
        cancellation::Disposition,
    },
    intake::v1::{
        AcknowledgeHandoffRequest, AskArchitectRequest, Case, ChooseChannelRequest,
        ContactAccountTeamRequest, ExitGatewayRequest, OpenCaseRequest, RecordResearchRequest,
        StartHandoffRequest, ValidateCustomerRequest, ValidateCustomerResponse, ValidationLevel,
    },
    tasks::v1::{ListTasksRequest, ListTasksResponse, Task},
};
use tests::{State, actor};
use tonic::Status;

pub(crate) const GATEWAY: Actor = actor("people/gateway", "REENGAGEMENT_MANAGER");
pub(crate) const PROGRAM: Actor = actor("people/program", "PROGRAM_TEAM");
pub(crate) const GMFTA: Actor = actor("people/gmfta", "GMFTA");
pub(crate) const OPERATOR: Actor = actor("people/operator", "OPERATOR");
const SIX: [Actor; 6] = [
    GMFTA,
    actor("people/fm", "FM"),
    actor("people/fe", "FE"),
    actor("people/sme", "SME"),
    actor("people/fta", "FTA"),
    actor("people/ats", "ATS"),
];

/// How long something may take that has to happen; far more than it takes.
pub(crate) const LIVENESS: Duration = tests::PATIENCE;

/// A call that has to succeed.
pub(crate) async fn done<M, R>(client: &Client, who: Actor, message: M) -> R
where
    M: Message + Name + Clone + 'static,
    R: Message + Default + 'static,
{
    client.call(who, message).await.unwrap_or_else(|status: Status| panic!("{}: {status:?}", M::NAME))
}

/// Asks `ask` again and again until there is an answer.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < LIVENESS, "it did not happen: {what}");
        // Seldom enough that who comes anew for every question, or asks as one person, is let in all the time.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Brings a case of `tenant` up to where only the Gateway's exit is left; its name.
pub(crate) async fn prepare(client: &Client, tenant: &str) -> String {
    let key = |step: &str| format!("{tenant}/{step}");
    let open = OpenCaseRequest {
        request_id: key("open"),
        customer: tenant.to_owned(),
        tenant: tenant.to_owned(),
        gmfta: SIX[0].person.to_owned(),
        fm: SIX[1].person.to_owned(),
        ..OpenCaseRequest::default()
    };
    let case: Case = done(client, GATEWAY, open).await;
    let name = case.name;
    let ask = AskArchitectRequest {
        name: name.clone(),
        request_id: key("ask"),
        question: "Where does it stand?".to_owned(),
        ..AskArchitectRequest::default()
    };
    let _: Case = done(client, GATEWAY, ask).await;
    let record = RecordResearchRequest {
        name: name.clone(),
        request_id: key("record"),
        items: qualifying(),
        ..RecordResearchRequest::default()
    };
    let _: Case = done(client, GATEWAY, record).await;
    let contact = ContactAccountTeamRequest {
        name: name.clone(),
        request_id: key("contact"),
        contacts: vec![Contact { full_name: "the account manager".to_owned(), email: String::new() }],
        ..ContactAccountTeamRequest::default()
    };
    let _: Case = done(client, GATEWAY, contact).await;
    let validate = ValidateCustomerRequest {
        name: name.clone(),
        request_id: key("validate"),
        level: ValidationLevel::AccountTeam.into(),
        ..ValidateCustomerRequest::default()
    };
    let _: ValidateCustomerResponse = done(client, GATEWAY, validate).await;
    hand_over(client, &name, tenant).await;
    name
}

async fn hand_over(client: &Client, name: &str, tenant: &str) {
    let key = |step: &str| format!("{tenant}/{step}");
    let choose = ChooseChannelRequest {
        name: name.to_owned(),
        request_id: key("choose"),
        channel: Some(DeliveryChannel { kind: Kind::Css.into(), partner: String::new() }),
        ..ChooseChannelRequest::default()
    };
    let _: Case = done(client, GATEWAY, choose).await;
    let start = StartHandoffRequest {
        name: name.to_owned(),
        request_id: key("start"),
        roster: Some(roster()),
        ..StartHandoffRequest::default()
    };
    let _: Case = done(client, GATEWAY, start).await;
    for who in SIX {
        let acknowledge = AcknowledgeHandoffRequest {
            name: name.to_owned(),
            request_id: key("acknowledge"),
            ..AcknowledgeHandoffRequest::default()
        };
        let _: Case = done(client, who, acknowledge).await;
    }
}

/// The Gateway leaves; the name of the engagement that begins.
pub(crate) async fn exit(client: &Client, case: &str) -> String {
    let exit = ExitGatewayRequest {
        name: case.to_owned(),
        request_id: format!("{case}/exit"),
        ..ExitGatewayRequest::default()
    };
    let _: Case = done(client, GATEWAY, exit).await;
    case.replace("cases/", "engagements/")
}

/// Assigns `tenant` to the GMFTA, the proactive way (P-1).
pub(crate) async fn assign(client: &Client, tenant: &str) -> Engagement {
    let assign = AssignEngagementRequest {
        request_id: format!("{}/assign", tenant.trim()),
        customer: tenant.to_owned(),
        tenant: tenant.to_owned(),
        aim: "off Windows 7".to_owned(),
        gmfta: GMFTA.person.to_owned(),
        ..AssignEngagementRequest::default()
    };
    done(client, PROGRAM, assign).await
}

/// A case up to the exit, of a tenant whose last engagement was cancelled, where no engagement can begin until [`unblock`]: that
/// of this case is parked once the Gateway leaves.
pub(crate) async fn blocked(client: &Client, state: &State, tenant: &str) -> String {
    let earlier = assign(client, tenant).await;
    let cancel = CancelEngagementRequest {
        name: earlier.name,
        request_id: format!("{tenant}/cancel"),
        disposition: Disposition::Closed.into(),
        cause: "not now".to_owned(),
        ..CancelEngagementRequest::default()
    };
    let _: Engagement = done(client, PROGRAM, cancel).await;
    let case = prepare(client, tenant).await;
    block(state);
    case
}

/// Lets no tenant have an engagement who has had one, past the product.
pub(crate) fn block(state: &State) {
    state.execute("engagement", "CREATE UNIQUE INDEX IF NOT EXISTS one_for_ever ON engagements (tenant)");
}

/// Lets them again.
pub(crate) fn unblock(state: &State) {
    state.execute("engagement", "DROP INDEX one_for_ever");
}

/// The engagement, once it is there.
pub(crate) async fn begun(client: &Client, name: &str) -> Engagement {
    eventually(&format!("{name} begins"), async || {
        client.call(GMFTA, GetEngagementRequest { name: name.to_owned() }).await.ok()
    })
    .await
}

/// The tasks of an engagement, once there are `count` of them.
pub(crate) async fn tasks(client: &Client, engagement: &str, count: usize) -> Vec<Task> {
    eventually(&format!("{engagement} has {count} tasks"), async || {
        let list = ListTasksRequest { engagement: engagement.to_owned(), ..ListTasksRequest::default() };
        let found: ListTasksResponse = done(client, GMFTA, list).await;
        assert!(found.tasks.len() <= count, "{count} tasks at most: {:?}", found.tasks);
        (found.tasks.len() == count).then_some(found.tasks)
    })
    .await
}

pub(crate) fn roster() -> Roster {
    let [gmfta, fm, fe, sme, fta, ats] = SIX.map(|actor| actor.person.to_owned());
    Roster { gmfta, fm, fe, sme, fta, ats }
}

/// The facts that the default policy asks for, all of them good.
fn qualifying() -> Vec<DataItem> {
    let management = DeviceManagement { tool: Tool::Intune.into(), ..DeviceManagement::default() };
    let facts = [
        Fact::LicenceCount(1200),
        Fact::Windows10EnterpriseIntent(Intent::Yes.into()),
        Fact::DeviceManagement(management),
    ];
    let item = |fact| DataItem { fact: Some(fact), source: "account team".to_owned(), learnt_time: None };
    facts.into_iter().map(item).collect()
}
