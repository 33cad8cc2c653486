//! State in which every table of every service has rows.

use host::{Case, Verb};
use kernel::Person;
use proto::{
    common::v1::Intent,
    engagement::v1::{
        Engagement, GetEngagementRequest, HoldEngagementRequest, RaiseBlockerRequest,
        ResumeEngagementRequest, blocker,
    },
};
use tests::{Engine, State};

use crate::{
    faults::{
        gateway::{blocked, eventually, exit, unblock},
        parking::parked,
    },
    processes::SERVICES,
    story::about,
    world::{ENGAGEMENT, GMFTA, INTAKE, SME, TASKS, World},
};

const NAME: &str = "Augusta Byron-King";

/// The state that customers left who went through, were erased, wait, and were given up.
pub(super) async fn played() -> State {
    let mut world = World::new().await;
    world.named = Some(NAME);
    let name = world.reactive("contoso").await;
    world.workshopped(&name).await;
    world.recorded(&name).await;
    let raise = about!(RaiseBlockerRequest, name,
        kind: blocker::Kind::Application.into(), description: "the VPN".to_owned());
    let _: Engagement = world.act(SME, raise).await;
    let (why, day) = ("the customer is on holiday".to_owned(), world.today(30).await);
    let hold = about!(HoldEngagementRequest, name, cause: why, review_date: day);
    let _: Engagement = world.act(GMFTA, hold).await;
    let _: Engagement = world.act(GMFTA, about!(ResumeEngagementRequest, name)).await;
    let proactive = world.assigned("wingtip").await.name;
    world.synced(&proactive, Intent::Unknown).await;
    for (service, resource) in
        [(INTAKE, name.replace("engagements/", "cases/")), (ENGAGEMENT, name.clone()), (TASKS, name.clone())]
    {
        assert!(world.erase(service, &resource, NAME).await.erased_texts > 0, "{service}");
    }
    world.named = None;
    let given_up = waits(&world, "northwind.example").await;
    discard(&world, given_up).await;
    waits(&world, "fabrikam.example").await;
    let stranger = GetEngagementRequest { name };
    let refused = world.client.call::<_, Engagement>(tests::actor("people/eve", "AUDITOR"), stranger).await;
    assert!(refused.is_err(), "an auditor sees no customer");
    for service in SERVICES {
        let heads =
            "SELECT CAST((SELECT max(revision) FROM journal) - (SELECT max(revision) FROM seal) AS text)";
        let is_sealed = || world.product.state().ask(service, heads) == ["0"];
        eventually("it is sealed", async || is_sealed().then_some(())).await;
    }
    let state = world.product.leave().await;
    unblock(&state);
    let now = match Engine::here() {
        Engine::Sqlite => "0",
        Engine::Postgres => "now()",
    };
    // A holder gives its lease back when it stops.
    state.execute(
        "engagement",
        &format!("INSERT INTO lease (name, holder, expires) VALUES ('work', 'somebody', {now})"),
    );
    state
}

/// A handover that cannot begin; its place in intake's journal.
async fn waits(world: &World, tenant: &str) -> i64 {
    let case = blocked(&world.client, world.product.state(), tenant).await;
    let engagement = exit(&world.client, &case).await;
    let duties = eventually("it waits", async || {
        Some(parked(&world.client, &engagement).await).filter(|duties| !duties.is_empty())
    });
    let place = duties.await[0].missing[0].subject.clone();
    place.trim_start_matches("intake/").parse().expect("a revision")
}

async fn discard(world: &World, revision: i64) {
    let operator = Person::parse("people/operator").expect("a name");
    let case = Case::new("engagement", "intake", operator, "the customer is taken care of");
    let storage = world.product.state().settings(&["engagement"]).storage;
    Verb::Discard { case, revision, storage }.run(&getmodern::services()).await.expect("it is given up");
}
