//! Any journal at all makes a story without gaps, and the same story every time.

use std::collections::HashSet;

use expect_test::expect;
use jiff::SignedDuration;
use kernel::{Role, Time};
use proptest::prelude::*;

use super::{
    chapter::{Cause, chapters},
    gantt,
    tale::{Tale, Targets, Turn, Waiting},
};

const STAGES: [&str; 4] = ["ASSIGNED", "DELIVERY", "STANDBY", "REENGAGED"];

fn moment(seconds: i64) -> Time {
    Time::from_second(1_572_595_200 + seconds).expect("a moment")
}

fn turn(revision: i64, seconds: i64, stage: usize, since: Option<i64>) -> Turn {
    let wait = |since| Waiting { action: "HOLD_WORKSHOP", role: Role::Gmfta, since: moment(since) };
    Turn {
        revision,
        time: moment(seconds),
        kind: "Happened".to_owned(),
        rule: "E-3".to_owned(),
        role: Role::Gmfta,
        request_id: format!("key-{revision}"),
        trace_parent: None,
        stage: STAGES[stage],
        rests: STAGES[stage] == "STANDBY",
        waiting: since.map(wait).into_iter().collect(),
    }
}

fn tale(turns: Vec<Turn>) -> Tale {
    let name = "engagements/0192f0c1-0000-7000-8000-00000000002a".to_owned();
    let origin = Some("cases/0192f0c1-0000-7000-8000-00000000002a".to_owned());
    Tale { name, kind: "engagement", parent: None, origin, turns }
}

fn targets(hours: i64) -> Targets {
    Targets::from([("HOLD_WORKSHOP".to_owned(), SignedDuration::from_hours(hours))])
}

/// Entries, some at the same moment, in stages as they come; some leave something waiting, since then or before.
fn tales() -> impl Strategy<Value = Tale> {
    let step =
        (0..3_i64, prop_oneof![Just(0), 0..90_000_i64], 0..STAGES.len(), prop::option::of(0..90_000_i64));
    prop::collection::vec(step, 1..40).prop_map(|steps| {
        let (mut revision, mut seconds) = (0, 0);
        let turns = steps.into_iter().map(|(skipped, pause, stage, ago)| {
            revision += 1 + skipped;
            seconds += pause;
            turn(revision, seconds, stage, ago.map(|ago| seconds - ago))
        });
        tale(turns.collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stays_follow_each_other_from_the_first_entry_to_the_last_transition(tale in tales()) {
        let visits = tale.visits();
        let mut at = tale.created().time;
        for (visit, next) in visits.iter().zip(visits.iter().skip(1)) {
            prop_assert_eq!(visit.turns[0].time, at);
            at = visit.left.expect("another follows").time;
            prop_assert_eq!(next.turns[0].time, at);
            prop_assert_ne!(visit.stage, next.stage);
        }
        prop_assert!(visits.last().is_some_and(|last| last.left.is_none()));
        let within: Vec<_> = visits.iter().flat_map(|visit| visit.turns).cloned().collect();
        prop_assert_eq!(within, tale.turns);
    }

    #[test]
    fn every_span_has_an_identity_of_its_own_and_the_root_is_above(tale in tales()) {
        let all = chapters(&tale, &targets(1), moment(10_000_000));
        let identities: HashSet<_> = all.iter().map(|chapter| chapter.span.span_context.span_id()).collect();
        prop_assert_eq!(identities.len(), all.len());
        let root = all[0].span.span_context.clone();
        for chapter in &all[1..] {
            prop_assert_eq!(chapter.span.span_context.trace_id(), root.trace_id());
            prop_assert_eq!(chapter.span.parent_span_id, root.span_id());
        }
    }

    #[test]
    fn what_was_told_once_is_told_the_same_however_much_has_happened_since(tale in tales(), cut in any::<prop::sample::Index>()) {
        let (targets, now) = (targets(1), moment(10_000_000));
        let first = cut.index(tale.turns.len()) + 1;
        let before = Tale { turns: tale.turns[..first].to_vec(), ..tale.clone() };
        let seen = |cause: Cause| matches!(cause, Cause::Entry(revision) if revision <= before.turns[first - 1].revision);
        let told = |tale: &Tale| {
            let told = chapters(tale, &targets, now).into_iter().filter(|chapter| seen(chapter.cause));
            let mut told: Vec<_> = told.map(|chapter| chapter.span).collect();
            told.sort_by_key(|span| span.span_context.span_id().to_bytes());
            told
        };
        prop_assert_eq!(told(&before), told(&tale));
    }

    #[test]
    fn something_is_late_once_and_not_before_its_target(tale in tales()) {
        let targets = targets(1);
        let late = tale.overdue(&targets, moment(10_000_000));
        for one in &late {
            prop_assert!(one.turn.waiting.contains(&one.what));
            prop_assert!(one.time >= one.turn.time);
            prop_assert!(one.time.duration_since(one.what.since) >= SignedDuration::from_hours(1));
        }
        let last = tale.turns.last().expect("an entry");
        let waits = last.waiting.iter().all(|what| late.iter().any(|one| one.what == *what));
        prop_assert!(waits, "what waits in the end is late in the end");
    }
}

const DAY: i64 = 86_400;

/// A month's work, with something late, and a day's more.
fn month() -> Tale {
    tale(vec![
        turn(1, 0, 0, None),
        turn(4, 3 * DAY + 7_200, 1, Some(3 * DAY + 7_200)),
        turn(9, 12 * DAY, 1, None),
        turn(15, 24 * DAY, 2, None),
        turn(20, 30 * DAY, 3, Some(30 * DAY)),
    ])
}

#[test]
fn a_month_is_drawn_at_its_real_length() {
    let drawn = gantt::draw(&[(month(), targets(48))], moment(33 * DAY), false);
    expect![[r"
        engagements/0192f0c1-0000-7000-8000-00000000002a
          trace f22d3f4abd0d4427ec659adca0045b67
          from cases/0192f0c1-0000-7000-8000-00000000002a, trace b157d3994409fce3a3aac4fa6afaefb9
          ASSIGNED               2019-11-01 08:00:00   3d 2h ████
          DELIVERY               2019-11-04 10:00:00 20d 22h     █████████████████████████████
            ! HOLD_WORKSHOP      2019-11-06 10:00:00 overdue        ! GMFTA
          STANDBY                2019-11-25 08:00:00   6d 0h                                  ████████
          taken up again, cycle 1
          REENGAGED              2019-12-01 08:00:00    open                                          ░░░░░
            ! HOLD_WORKSHOP      2019-12-03 08:00:00 overdue                                       GMFTA !
    "]]
    .assert_eq(&drawn);
    assert!(drawn.lines().all(|line| line.chars().count() <= 100), "{drawn}");
    let coloured = gantt::draw(&[(month(), targets(48))], moment(33 * DAY), true);
    assert!(coloured.contains("\x1b[31m") && !drawn.contains('\x1b'));
}

#[test]
fn work_is_told_as_a_whole_each_time_it_comes_to_rest() {
    let mut tale = month();
    tale.turns.push(turn(22, 31 * DAY, 2, None));
    let cycles = tale.cycles();
    let told: Vec<_> =
        cycles.iter().map(|cycle| (cycle.number, cycle.begun.revision, cycle.rested.revision)).collect();
    assert_eq!(told, [(0, 1, 15), (1, 20, 22)]);
}
