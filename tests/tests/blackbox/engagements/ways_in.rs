//! Both ways lead through the same execution (A-3, A-4, I-7).

use proto::{
    common::v1::Event,
    engagement::v1::{Engagement, Method},
};
use tonic::Code;

use super::visits;
use crate::{
    cast::{ENGAGEMENTS, GMFTA, PROGRAM, Play, TASKS},
    prefix::{assignment, introduction},
};

/// From the introduction to standby, by the same calls; every answer on the way.
async fn execute(play: &Play, name: &str) -> Vec<Engagement> {
    let mut seen = vec![play.engagement(name).await, play.step(GMFTA, introduction(name)).await];
    seen.extend(play.prepare(name).await);
    seen.extend(play.deliver(name).await);
    seen
}

/// What happened from the introduction on, and by which rule.
fn story(events: Vec<Event>) -> Vec<(String, String)> {
    let execution = events.into_iter().skip_while(|event| event.kind != "IntroductionSent");
    execution.map(|event| (event.kind, event.rule)).collect()
}

/// I-7: the same steps in the same order, whichever way a customer came in.
#[tokio::test]
async fn both_ways_visit_the_same_stages_by_the_same_calls() {
    let play = Play::start().await;
    let (reactive, proactive) = (play.handed_off("contoso").await, play.aligned("northwind").await);
    let first = Box::pin(execute(&play, &reactive)).await;
    let second = Box::pin(execute(&play, &proactive)).await;
    assert_eq!((first[0].method(), second[0].method()), (Method::Reactive, Method::Proactive));
    let stages =
        ["STAGE_INTRODUCTION", "STAGE_PREPARATION", "STAGE_DELIVERY", "STAGE_HANDOVER", "STAGE_STANDBY"];
    assert_eq!(visits(&first), stages);
    assert_eq!(visits(&second), stages);
    let of_reactive = story(play.events(ENGAGEMENTS, &reactive).await);
    assert!(of_reactive.len() > 15, "{of_reactive:?}");
    assert_eq!(of_reactive, story(play.events(ENGAGEMENTS, &proactive).await));
    // The same two tasks, and the same things done to them; evidence comes when it comes.
    let tasks = |events: Vec<Event>| {
        let mut done: Vec<_> = events.into_iter().map(|event| (event.kind, event.rule)).collect();
        done.sort();
        done
    };
    let of_reactive = tasks(play.events(TASKS, &reactive).await);
    assert_eq!(of_reactive, tasks(play.events(TASKS, &proactive).await));
    let visited = play.insights().await.stage_times;
    for time in visited.iter().filter(|time| stages[..4].contains(&time.stage().as_str_name())) {
        assert_eq!((time.completed_visits, time.open_visits), (2, 0), "{time:?}");
    }
    assert_eq!(visited.iter().filter(|time| stages.contains(&time.stage().as_str_name())).count(), 5);
    play.stop().await;
}

#[tokio::test]
async fn a_tenant_has_one_engagement_in_progress_and_may_have_another_after_it() {
    let play = Play::start().await;
    let first = play.delivering("contoso").await;
    let (code, why) = (Code::AlreadyExists, &["ENGAGEMENT_IN_PROGRESS"][..]);
    play.refused(PROGRAM, assignment("contoso"), code, why).await;
    play.deliver(&first).await;
    let second = play.assigned("contoso").await;
    assert_ne!(second, first);
    play.stop().await;
}
