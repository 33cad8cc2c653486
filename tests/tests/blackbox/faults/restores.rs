//! Each service restored from a backup, with events of what is lost applied, parked and waiting elsewhere: people do it again, an
//! operator follows the page, and everybody goes on.

use std::collections::BTreeSet;

use getmodern::client::Client;
use prost::Message;
use proto::{
    common::v1::{Duty, Event, ListDutiesRequest, ListDutiesResponse, Role},
    engagement::v1::{
        Engagement, GetEngagementRequest, ListEngagementsRequest, ListEngagementsResponse, Stage,
        cancellation::Disposition,
    },
    intake::v1::{Case, GetCaseRequest, ListCasesRequest, ListCasesResponse},
    tasks::v1::{Note, WriteNoteRequest, note::Kind},
};
use tests::{Engine, Product, State};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus::{NotServing, Serving};

use super::{
    backup::{back_up, restore},
    gateway::{
        self, GATEWAY, GMFTA, OPERATOR, PROGRAM, assign, begun, done, eventually, exit, prepare, tasks,
    },
    journal,
    parking::health,
    restored::{ENGAGEMENTS, INTAKE, hand_over},
    runbook,
    sent::cancel,
};

const TASKS: &str = "getmodern.tasks.v1.TaskService";
const FOLLOWERS: [(&str, &str); 4] =
    [(ENGAGEMENTS, "intake"), (ENGAGEMENTS, "tasks"), (INTAKE, "engagement"), (TASKS, "engagement")];
const BEGUN: &str = "the engagement has begun already";

/// The product with `service` as it was when `file` was written.
async fn put_back(product: Product, service: &str, file: &std::path::Path) -> Product {
    let state = product.leave().await;
    restore(&state, service, file);
    Product::on(state, getmodern::services()).await
}

/// The actions that a service asks the operator for.
async fn operators(client: &Client, service: &str) -> Vec<Duty> {
    let list = ListDutiesRequest { role: Role::Operator.into(), ..ListDutiesRequest::default() };
    let found = client.call_at(OPERATOR, &format!("/{service}/ListDuties"), list).await;
    let found: ListDutiesResponse = found.expect("duties");
    found.duties
}

async fn all_engagements(client: &Client) -> Vec<Engagement> {
    let list = ListEngagementsRequest { page_size: 100, ..ListEngagementsRequest::default() };
    let found: ListEngagementsResponse = done(client, PROGRAM, list).await;
    found.engagements
}

async fn is_gone(client: &Client, case: &str) -> bool {
    let found = client.call::<_, Case>(GATEWAY, GetCaseRequest { name: case.to_owned() }).await;
    found.is_err_and(|status| status.code() == Code::NotFound)
}

/// Those who follow the restored service say that they stand still, in health and by a duty.
async fn all_stand(client: &Client, restored: &str) {
    for (service, source) in FOLLOWERS.into_iter().filter(|(_, source)| *source == restored) {
        eventually("it stands still", async || {
            let duties = operators(client, service).await;
            let told = |duty: &Duty| {
                duty.action == "RESUME_FOLLOWING" && duty.resource == format!("journals/{source}")
            };
            let bad = health(client, &format!("{service}/{source}")).await == NotServing;
            (bad && duties.iter().any(told)).then_some(())
        })
        .await;
    }
}

/// Compares, as the page says: an engagement whose case is not there any more is cancelled.
async fn cancel_those_of_lost_cases(client: &Client) -> usize {
    let mut cancelled = 0;
    for engagement in all_engagements(client).await {
        if engagement.stage() != Stage::Cancelled && is_gone(client, &engagement.case).await {
            close(client, &engagement.name).await;
            cancelled += 1;
        }
    }
    cancelled
}

async fn close(client: &Client, engagement: &str) {
    let _: Engagement = done(client, PROGRAM, cancel(engagement, Disposition::Closed)).await;
}

/// Everything arrived, nothing is there twice, nobody is asked for anything, and no engagement is of a case that is not there.
async fn is_well(client: &Client) {
    for (service, source) in FOLLOWERS {
        let name = format!("{service}/{source}");
        eventually(&format!("{name} is well"), async || {
            (health(client, &name).await == Serving).then_some(())
        })
        .await;
    }
    for service in [INTAKE, ENGAGEMENTS, TASKS] {
        let nobody = async || operators(client, service).await.is_empty().then_some(());
        eventually(&format!("nobody is asked for anything in {service}"), nobody).await;
    }
    let mut live = BTreeSet::new();
    for engagement in all_engagements(client).await.iter().filter(|one| one.stage() != Stage::Cancelled) {
        assert!(live.insert(engagement.tenant.clone()), "{} twice", engagement.tenant);
        if !engagement.case.is_empty() {
            assert!(!is_gone(client, &engagement.case).await, "{engagement:?}");
            tasks(client, &engagement.name, 2).await;
        }
    }
    let all = journal::read_all(client).await;
    journal::check(&all);
    let begun = all[ENGAGEMENTS].iter().filter(|event| event.kind == "ReactiveEngagementBegun");
    let (count, begun) = (begun.clone().count(), begun.map(|event| &event.resource).collect::<BTreeSet<_>>());
    assert_eq!(count, begun.len(), "each began once");
}

/// Parks an event by hand, as a follower does.
fn park(state: &State, service: &str, source: &str, event: &Event, subject: &str) {
    let hex = event.encode_to_vec().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let (bytes, time) = match Engine::here() {
        Engine::Sqlite => (format!("X'{hex}'"), "1577836800000000"),
        Engine::Postgres => (format!("decode('{hex}', 'hex')"), "'2020-01-01T00:00:00Z'"),
    };
    state.execute(
        service,
        &format!(
            "INSERT INTO parked (source, revision, subject, event, cause, time) \
             VALUES ('{source}', {}, '{subject}', {bytes}, 'it did not fit', {time})",
            event.revision
        ),
    );
}

fn count(state: &State, service: &str, what: &str) -> usize {
    let [count] =
        state.ask(service, &format!("SELECT CAST(count(*) AS TEXT) FROM {what}")).try_into().expect("one");
    count.parse().expect("a number")
}

/// The exits of cases in intake's journal, by their revision.
async fn exits(client: &Client, case: &str) -> Vec<i64> {
    let all = journal::read(client, INTAKE).await;
    let exits = all.iter().filter(|event| event.kind == "GatewayExited" && event.resource == case);
    exits.map(|event| event.revision).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn intake_is_restored_and_everybody_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("intake.backup");
    let product = Product::start().await;
    let client = product.client();
    hand_over(&client, "contoso.example").await;
    let applied = prepare(&client, "fabrikam.example").await;
    let blocked = gateway::blocked(&client, product.state(), "northwind.example").await;
    back_up(product.state(), "intake", &backup).await;

    // First, so that it has the same place when it is done again: intake writes down what becomes of the other.
    let wanted = exit(&client, &blocked).await;
    let running = exit(&client, &applied).await;
    tasks(&client, &running, 2).await;
    // A case that nobody opens again.
    let never = gateway::blocked(&client, product.state(), "wingtip.example").await;
    let never = exit(&client, &never).await;
    hand_over(&client, "tailspin.example").await;
    eventually("two are parked", async || {
        (count(product.state(), "engagement", "parked") == 2).then_some(())
    })
    .await;
    let lost = exits(&client, &blocked).await;

    let product = put_back(product, "intake", &backup).await;
    let client = product.client();
    all_stand(&client, "intake").await;
    exit(&client, &blocked).await;
    exit(&client, &applied).await;
    let again = exits(&client, &blocked).await;
    assert_eq!((again.len(), lost.len()), (1, 1), "it is done again");
    assert_eq!(cancel_those_of_lost_cases(&client).await, 1);
    runbook::follow(&product, "intake");
    assert_eq!(count(product.state(), "engagement", "intervention WHERE action = 'LOST'"), 2, "as evidence");
    let who = "SELECT DISTINCT person FROM intervention";
    assert_eq!(product.state().ask("engagement", who), ["people/ada"]);

    // The one that had begun is there already, the other waits until there is room.
    let duty = eventually("what has begun is parked", async || {
        let duties = operators(&client, ENGAGEMENTS).await;
        duties.into_iter().find(|duty| duty.missing[0].description.contains(BEGUN))
    })
    .await;
    assert_eq!(duty.resource, running);
    runbook::give_up(&product, &duty.missing[0].subject);
    eventually("the other waits", async || {
        let duties = operators(&client, ENGAGEMENTS).await;
        let only = <[Duty; 1]>::try_from(duties).ok()?;
        (only[0].resource == wanted && only[0].missing[0].subject == format!("intake/{}", again[0]))
            .then_some(())
    })
    .await;
    // Room for what was lost, too, and must not begin.
    gateway::unblock(product.state());
    begun(&client, &wanted).await;
    for tenant in ["tailspin.example", "adatum.example"] {
        hand_over(&client, tenant).await;
    }
    is_well(&client).await;
    let get = GetEngagementRequest { name: never };
    let never = client.call::<_, Engagement>(GMFTA, get).await;
    assert_eq!(never.expect_err("its case is not there").code(), Code::NotFound);
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engagement_is_restored_and_everybody_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("engagement.backup");
    let product = Product::start().await;
    let client = product.client();
    hand_over(&client, "contoso.example").await;
    let applied = prepare(&client, "fabrikam.example").await;
    back_up(product.state(), "engagement", &backup).await;
    let kept = journal::read(&client, ENGAGEMENTS).await.len();

    let running = exit(&client, &applied).await;
    tasks(&client, &running, 2).await;
    let sent = assign(&client, "tailspin.example").await.name;
    let _: Engagement = done(&client, PROGRAM, cancel(&sent, Disposition::SentToIntake)).await;
    let at_intake = async || {
        let list = ListCasesRequest { tenant: "tailspin.example".to_owned(), ..ListCasesRequest::default() };
        done::<_, ListCasesResponse>(&client, GATEWAY, list).await.cases.len()
    };
    eventually("it is at intake", async || (at_intake().await == 1).then_some(())).await;
    let lost = journal::read(&client, ENGAGEMENTS).await.split_off(kept);
    let state = product.leave().await;
    for event in lost.iter().filter(|event| event.resource == running).take(2) {
        park(&state, "tasks", "engagement", event, &running);
    }
    park(&state, "intake", "engagement", lost.last().expect("an event"), &sent);
    assert_eq!((count(&state, "tasks", "parked"), count(&state, "intake", "parked")), (2, 1));
    restore(&state, "engagement", &backup);

    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    all_stand(&client, "engagement").await;
    // It takes over by itself what intake has, from where it stood.
    begun(&client, &running).await;
    let again = assign(&client, "adatum.example").await;
    runbook::follow(&product, "engagement");
    for (service, set_aside) in [("tasks", 2), ("intake", 1)] {
        assert_eq!(count(product.state(), service, "intervention WHERE action = 'LOST'"), set_aside);
        assert_eq!(count(product.state(), service, "parked"), 0, "{service}");
    }
    hand_over(&client, "northwind.example").await;
    let _: Engagement = done(&client, PROGRAM, cancel(&again.name, Disposition::SentToIntake)).await;
    eventually("it reaches intake", async || {
        let there = ListCasesRequest { tenant: "adatum.example".to_owned(), ..ListCasesRequest::default() };
        (done::<_, ListCasesResponse>(&client, GATEWAY, there).await.cases.len() == 1).then_some(())
    })
    .await;
    is_well(&client).await;
    product.stop().await;
}

async fn write(client: &Client, engagement: &str, key: &str) -> String {
    let write = WriteNoteRequest {
        request_id: format!("{key}/{engagement}"),
        engagement: engagement.to_owned(),
        kind: Kind::EnterpriseNotes.into(),
        text: "as agreed".to_owned(),
        ..WriteNoteRequest::default()
    };
    done::<_, Note>(client, GMFTA, write).await.name
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_is_restored_and_everybody_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("tasks.backup");
    let product = Product::start().await;
    let client = product.client();
    let early = exit(&client, &prepare(&client, "contoso.example").await).await;
    tasks(&client, &early, 2).await;
    write(&client, &early, "first").await;
    back_up(product.state(), "tasks", &backup).await;
    let kept = journal::read(&client, TASKS).await.len();

    write(&client, &early, "second").await;
    let late = exit(&client, &prepare(&client, "fabrikam.example").await).await;
    tasks(&client, &late, 2).await;
    write(&client, &late, "third").await;
    let lost = journal::read(&client, TASKS).await.split_off(kept);
    let until = lost.last().expect("an event").revision;
    eventually("all is taken over", async || {
        let place = "SELECT CAST(revision AS TEXT) FROM cursor WHERE source = 'tasks'";
        (product.state().ask("engagement", place) == [until.to_string()]).then_some(())
    })
    .await;
    let state = product.leave().await;
    for event in lost.iter().filter(|event| event.kind == "NoteWritten") {
        park(&state, "engagement", "tasks", event, &early);
    }
    assert_eq!(count(&state, "engagement", "parked"), 2);
    restore(&state, "tasks", &backup);

    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    all_stand(&client, "tasks").await;
    // Its tasks and notes are people's to do again, once it has taken over again what they belong to.
    tasks(&client, &late, 2).await;
    for (engagement, key) in [(&early, "second"), (&late, "third"), (&early, "fourth"), (&early, "fifth")] {
        write(&client, engagement, key).await;
    }
    let now = journal::read(&client, TASKS).await;
    assert!(now.len() >= kept + lost.len(), "it has outgrown what was lost");
    runbook::follow(&product, "tasks");
    assert_eq!(count(product.state(), "engagement", "parked"), 0);
    assert_eq!(count(product.state(), "engagement", "intervention WHERE action = 'LOST'"), 2);
    let head = now.last().expect("an event").revision;
    hand_over(&client, "northwind.example").await;
    eventually("what came since the backup is taken over", async || {
        let place = "SELECT CAST(revision AS TEXT) FROM cursor WHERE source = 'tasks'";
        let place: i64 = product.state().ask("engagement", place).pop()?.parse().ok()?;
        (place >= head).then_some(())
    })
    .await;
    is_well(&client).await;
    product.stop().await;
}
