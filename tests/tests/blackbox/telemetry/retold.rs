//! `trace`: the same story once more, and as a chart.

use std::process::Output;

use getmodern::demo::{self, Stage};
use tests::{State, command, free_address};
use tokio::task::spawn_blocking;

use super::{
    collector::Collector,
    stages::{contoso_is_told, teller, variables},
    told::kept,
};

/// `trace` of this resource, told to this collector.
async fn retell(state: &State, name: &str, collector: &str) -> Output {
    let mut command = command(state, &["trace", name]);
    command.envs(variables(collector));
    spawn_blocking(move || command.output()).await.expect("it ran").expect("the binary runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_story_told_again_is_the_same_to_the_last_byte_and_is_drawn() {
    let (first, address) = Collector::over_grpc();
    let disk = State::new();
    let mut product = teller(&disk, &address);
    let mut stage = Stage::at(product.address, false).expect("an address");
    let engagement = demo::contoso(&mut stage).await.expect("the playbook");
    contoso_is_told(&first).await;
    product.kill();
    let (second, address) = Collector::over_grpc();
    let told = retell(&disk, &engagement, &address).await;
    let case = engagement.replace("engagements/", "cases/");
    assert!(told.status.success() && retell(&disk, &case, &address).await.status.success(), "{told:?}");
    assert_eq!(kept(&first), kept(&second));
    let chart = String::from_utf8(told.stdout).expect("text");
    for word in ["trace ", &*case, "INTRODUCTION", "STANDBY", "taken up again, cycle 1", "COMPLETED"] {
        assert!(chart.contains(word), "{word}\n{chart}");
    }
    assert!(chart.lines().all(|line| line.chars().count() <= 100) && !chart.contains('\x1b'), "{chart}");
    println!("{chart}");
    let away = retell(&disk, &engagement, &format!("http://{}", free_address())).await;
    assert!(!away.status.success(), "{away:?}");
    assert_eq!(String::from_utf8(away.stdout).expect("text"), chart, "it is drawn all the same");
    let nowhere = retell(&disk, &format!("engagements/{}", crate::catalogue::NOWHERE), &address).await;
    assert!(nowhere.status.code() == Some(1) && nowhere.stdout.is_empty(), "{nowhere:?}");
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("there is no engagements/"), "{nowhere:?}");
}
