//! `resume` past what was not taken over: it is counted, and asked for again.

use tests::{Engine, Product};

use super::{
    gateway::{begun, exit, prepare, tasks},
    restored::hand_over,
    runbook,
};

/// Lets engagement begin none, so that its follower stands before the first.
fn hold(product: &Product, hold: bool) {
    let refuse = match (Engine::here(), hold) {
        (Engine::Sqlite, true) => {
            "CREATE TRIGGER held BEFORE INSERT ON engagements BEGIN SELECT raise(ABORT, 'held up'); END"
        }
        (Engine::Postgres, true) => {
            "CREATE TRIGGER held BEFORE INSERT ON engagements FOR EACH ROW EXECUTE FUNCTION refuse('held up')"
        }
        (Engine::Sqlite, false) => "DROP TRIGGER held",
        (Engine::Postgres, false) => "DROP TRIGGER held ON engagements",
    };
    product.state().execute("engagement", refuse);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_taken_over_is_skipped_only_by_who_has_seen_how_much_it_is() {
    let product = Product::start().await;
    let client = product.client();
    hand_over(&client, "contoso.example").await;
    let case = prepare(&client, "fabrikam.example").await;
    hold(&product, true);
    let engagement = exit(&client, &case).await;
    let resume = |more: &str| {
        let command =
            "docker compose exec engagement getmodern-engagement resume --source intake --person ada";
        runbook::run(&product, &format!("{command} --reason 'not needed' {more}"))
    };
    let nameless =
        "docker compose exec engagement getmodern-engagement resume --source intake --after 1 --reason x";
    assert!(!runbook::run(&product, nameless).status.success(), "somebody decides it");

    let refused = resume("--after head");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success(), "{refused:?}");
    assert!(said.contains("GatewayExited 1") && said.contains("--yes"), "{said}");
    assert_eq!(product.state().ask("engagement", "SELECT action FROM intervention"), [""; 0]);
    let kept = resume("--after kept");
    assert!(kept.status.success(), "nothing is skipped by going on where it stands: {kept:?}");

    hold(&product, false);
    begun(&client, &engagement).await;
    tasks(&client, &engagement, 2).await;
    hold(&product, true);
    let skipped = exit(&client, &prepare(&client, "northwind.example").await).await;
    let done = resume("--after head --yes");
    assert!(
        done.status.success() && String::from_utf8_lossy(&done.stdout).contains("GatewayExited 1"),
        "{done:?}"
    );
    let told = "SELECT person || ' ' || action || ' ' || reason FROM intervention ORDER BY time";
    assert_eq!(product.state().ask("engagement", told), ["people/ada RESUMED not needed"; 2]);
    let counts =
        product.state().ask("engagement", "SELECT CAST(counts AS TEXT) FROM intervention ORDER BY time");
    let counts: serde_json::Value = serde_json::from_str(&counts[1]).expect("an object");
    assert_eq!(counts["skipped"]["GatewayExited"], 1, "{counts}");
    hold(&product, false);
    hand_over(&client, "tailspin.example").await;
    let get = proto::engagement::v1::GetEngagementRequest { name: skipped };
    let never = client.call::<_, proto::engagement::v1::Engagement>(super::gateway::GMFTA, get).await;
    assert_eq!(never.expect_err("it was skipped").code(), tonic::Code::NotFound);
    product.stop().await;
}
