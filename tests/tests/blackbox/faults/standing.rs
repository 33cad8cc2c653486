//! A follower that does not get on says so within seconds, to everybody whom it concerns, waits meanwhile, and takes it back.

use std::{fs, time::Duration};

use getmodern::client::Client;
use proto::common::v1::{Duty, ListDutiesRequest, ListDutiesResponse, Role};
use tests::{Engine, Process, State, free_address};
use tokio::time::{Instant, sleep};
use tonic_health::pb::health_check_response::ServingStatus::{NotServing, Serving};

use super::{
    gateway::{OPERATOR, begun, eventually, exit, prepare, tasks},
    journal,
    parking::health,
    restored::{ENGAGEMENTS, INTAKE},
};
use crate::telemetry::admin::{get, number};

const FOLLOWER: &str = "getmodern.engagement.v1.EngagementService/intake";

/// Lets engagement neither begin nor park anything, or lets it again.
pub(crate) fn hold(kept: &State, hold: bool) {
    for table in ["engagements", "parked"] {
        let refuse = match (Engine::here(), hold) {
            (Engine::Sqlite, true) => {
                format!(
                    "CREATE TRIGGER held_{table} BEFORE INSERT ON {table} BEGIN SELECT raise(ABORT, 'held up'); END"
                )
            }
            (Engine::Postgres, true) => format!(
                "CREATE TRIGGER held_{table} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse('held up')"
            ),
            (Engine::Sqlite, false) => format!("DROP TRIGGER held_{table}"),
            (Engine::Postgres, false) => format!("DROP TRIGGER held_{table} ON {table}"),
        };
        kept.execute("engagement", &refuse);
    }
}

async fn duties(client: &Client) -> Vec<Duty> {
    let list = ListDutiesRequest { role: Role::Operator.into(), ..ListDutiesRequest::default() };
    let found = client.call_at(OPERATOR, &format!("/{ENGAGEMENTS}/ListDuties"), list).await;
    let found: ListDutiesResponse = found.expect("duties");
    found.duties
}

/// The processor time that a process has used.
fn used(process: &Process) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.id())).expect("it runs");
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let ticks =
        fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number"));
    // Linux counts hundredths of a second here, whatever the machine.
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_does_not_get_on_is_told_everywhere_and_takes_it_back() {
    let (kept, admin) = (State::new(), free_address());
    let variables = [("GETMODERN_ADMIN", &*admin.to_string())];
    let product =
        Process::start(&kept, "127.0.0.1:0".parse().expect("an address"), &variables).expect("it serves");
    let client = Client::at(product.address, Duration::ZERO).expect("an address");
    let stands = async || {
        let labels = ["source=\"intake\"", "service=\"engagement\""];
        number(&get(admin, "/metrics").await, "getmodern_follower_standing", &labels)
    };
    eventually("all is well", async || (health(&client, FOLLOWER).await == Serving).then_some(())).await;
    eventually("the number says so", async || (stands().await == Some(0.0)).then_some(())).await;
    let case = prepare(&client, "contoso.example").await;
    hold(&kept, true);
    let engagement = exit(&client, &case).await;
    let place = journal::read(&client, INTAKE).await;
    let place = place.iter().find(|event| event.kind == "GatewayExited").expect("it left").revision;

    let duty = eventually("a duty", async || duties(&client).await.pop()).await;
    assert_eq!((&*duty.action, &*duty.resource), ("UNBLOCK_FOLLOWING", "journals/intake"));
    assert_eq!(
        (&*duty.missing[0].reason, &*duty.missing[0].subject),
        ("FOLLOWER_STANDS", &*format!("intake/{place}"))
    );
    assert!(
        !duty.missing[0].description.contains("held up"),
        "what the database said is for the log: {duty:?}"
    );
    assert_eq!(health(&client, FOLLOWER).await, NotServing);
    eventually("the number says so", async || (stands().await == Some(1.0)).then_some(())).await;
    assert_eq!(health(&client, ENGAGEMENTS).await, Serving, "the service itself serves");

    let (before, begun_at) = (used(&product), Instant::now());
    for _ in 0..8 {
        sleep(Duration::from_millis(500)).await;
        assert_eq!(stands().await, Some(1.0), "it goes on saying so");
        assert_eq!(health(&client, FOLLOWER).await, NotServing, "it goes on saying so");
    }
    let (took, during) = (used(&product).saturating_sub(before), begun_at.elapsed());
    println!("{took:?} of the processor in {during:?}");
    assert!(took < during / 2, "it waits, but for being asked: {took:?} in {during:?}");
    assert_eq!(duties(&client).await.len(), 1);

    hold(&kept, false);
    begun(&client, &engagement).await;
    tasks(&client, &engagement, 2).await;
    eventually("all is well", async || (health(&client, FOLLOWER).await == Serving).then_some(())).await;
    eventually("the number says so", async || (stands().await == Some(0.0)).then_some(())).await;
    eventually("nobody is asked", async || duties(&client).await.is_empty().then_some(())).await;
}
