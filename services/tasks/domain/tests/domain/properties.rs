//! Any sequence of commands, by anybody, keeps the invariants; they are read off the journal, not off the guards.

use kernel::{Caller, Context, Decider, Role, Roster, Stamp, Time, fold};
use proptest::{prelude::*, sample::select, strategy::ValueTree};
use tasks_domain::{
    File, Files, Notes, Task, Tasks, Template, Unacknowledged, file,
    note::{self, NoteKind},
    task::{Command, Event, duties},
};

use crate::cast::{
    CONTOSO, FABRIKAM, caller, cancelled_file, complete, create, file, file_commands, held, hour, person,
    resumed, roster, seated, service, task_commands, write,
};

/// The six and the follower most of the time; strangers and wrong roles too.
fn anybody() -> impl Strategy<Value = Caller> {
    let six = Role::SIX.into_iter().map(seated);
    let strangers =
        [caller("zoe", Role::Gmfta), caller("eve", Role::Gmfta), caller("ada", Role::GetModernSme)];
    let zara = || caller("zara", Role::Gmfta);
    let likely = [seated(Role::Gmfta), seated(Role::Gmfta), zara(), zara(), service(), service(), service()];
    select(six.chain(likely).chain(strangers).collect::<Vec<_>>())
}

fn anytime() -> impl Strategy<Value = Time> {
    (0..1_000_i64).prop_map(hour)
}

fn anyone() -> impl Strategy<Value = &'static str> {
    select(vec!["ada", "finn", "eve", "sam", "tara", "amos", "zoe"])
}

fn any_file() -> impl Strategy<Value = Option<File>> {
    let elsewhere = File { engagement: FABRIKAM.into(), ..file() };
    select(vec![None, Some(file()), Some(file()), Some(cancelled_file()), Some(elsewhere)])
}

fn wanted() -> impl Strategy<Value = Command> {
    (select(Template::ALL.to_vec()), 0..3_u32).prop_map(|(template, cycle)| Command::CreateFromTemplate {
        template,
        cycle,
        engagement: CONTOSO.into(),
        customer: "contoso".into(),
        roster: roster().into(),
        unacknowledged: Unacknowledged::default(),
    })
}

fn any_task_command() -> impl Strategy<Value = Command> {
    let provided =
        anytime().prop_map(|time| Command::ProvideEvidence { description: "It happened.".into(), time });
    let created = (proptest::option::of(anyone()), any_file()).prop_map(|(who, file)| create(who, file));
    let reassigned = anyone().prop_map(|who| Command::Reassign { assignee: person(who) });
    prop_oneof![
        6 => select(task_commands()),
        3 => wanted(),
        2 => provided,
        1 => Just(complete()),
        1 => created,
        1 => reassigned,
        1 => (0..1_000_i64).prop_map(held),
        1 => (0..1_000_i64).prop_map(resumed),
    ]
}

/// What stands between two steps, and what the steps between left.
struct Play<D: Decider> {
    state: Option<D::State>,
    journal: Vec<(D::Event, Stamp)>,
}

/// Plays the steps, and checks on the way that rows and events survive storage and that the journal folds to the row.
fn play<D: Decider>(steps: Vec<(Caller, Time, D::Command)>) -> Play<D> {
    let mut play = Play::<D> { state: None, journal: vec![] };
    for (caller, now, command) in steps {
        let context = Context { caller, now };
        let events = D::decide(play.state.as_ref(), &command, &context).unwrap_or_default();
        for event in events {
            play.state = D::apply(play.state.take(), &event, &context.stamp());
            play.journal.push((stored(&event), context.stamp()));
        }
        play.state = play.state.as_ref().map(stored);
    }
    let folded = fold::<D>(None, play.journal.iter().map(|(event, stamp)| (event, stamp)));
    assert_eq!(folded, play.state, "the journal folds to the row");
    play
}

fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).expect("it is written")).expect("it is read")
}

fn is_seated(roster: &Roster, stamp: &Stamp) -> bool {
    roster.people().any(|seat| seat == (stamp.role, &stamp.person))
}

/// The six as they were before an event.
fn six(before: &[(Event, Stamp)]) -> Roster {
    let mut six = roster();
    for (event, _) in before {
        if let Event::TaskReseated { role, successor, .. } = event {
            six.give(*role, successor);
        }
    }
    six
}

/// I-18: people act in their own seat; the services do what is theirs, and nothing else.
fn acted_by_right(six: &Roster, task: &Task, event: &Event, stamp: &Stamp) -> bool {
    let by_service = stamp.role == Role::Service;
    let by_gmfta = stamp.role == Role::Gmfta;
    match event {
        Event::TaskCancelled { .. } if task.template.is_some() => by_service,
        Event::TaskCreated { template: Some(_), .. }
        | Event::EvidenceProvided { .. }
        | Event::TaskReseated { .. }
        | Event::TaskSeatAcknowledged { .. }
        | Event::TaskHeld { .. }
        | Event::TaskResumed { .. }
        | Event::TaskDeputised { .. }
        | Event::TaskDeputyEnded { .. }
        | Event::TaskRenamed { .. } => by_service,
        Event::TaskCancelled { .. } => by_service || is_seated(six, stamp),
        Event::TaskCompleted { template: Some(_), .. } => by_gmfta && stamp.person == six.gmfta,
        _ => is_seated(six, stamp),
    }
}

/// I-18: work on a task is its assignee's of that moment, or the GMFTA's.
fn worked_by_right(six: &Roster, before: &[(Event, Stamp)], event: &Event, stamp: &Stamp) -> bool {
    let given = |(event, _): &(Event, Stamp)| match event {
        Event::TaskCreated { assignee, .. }
        | Event::TaskReassigned { assignee }
        | Event::TaskReseated { assignee, .. } => Some(assignee.clone()),
        _ => None,
    };
    let works = matches!(
        event,
        Event::TaskStarted | Event::TaskBlocked { .. } | Event::TaskUnblocked | Event::TaskCompleted { .. }
    );
    let assignee = before.iter().rev().find_map(given);
    !works || stamp.role == Role::Gmfta || (assignee.as_ref() == Some(&stamp.person) && is_seated(six, stamp))
}

/// I-11, I-19 and the block, read off the order of what happened.
fn in_order(before: &[(Event, Stamp)], event: &Event) -> bool {
    let closed = |(event, _): &(Event, Stamp)| {
        matches!(event, Event::TaskCompleted { .. } | Event::TaskCancelled { .. })
    };
    let provided = before.iter().any(|(event, _)| matches!(event, Event::EvidenceProvided { .. }));
    let turn =
        |(event, _): &&(Event, Stamp)| matches!(event, Event::TaskBlocked { .. } | Event::TaskUnblocked);
    let blocked =
        before.iter().rev().find(turn).is_some_and(|(event, _)| matches!(event, Event::TaskBlocked { .. }));
    let fits = match event {
        // Who sees a closed task goes on with the seats; nothing else of it does.
        Event::TaskReseated { .. } | Event::TaskDeputised { .. } | Event::TaskDeputyEnded { .. } => {
            return true;
        }
        Event::TaskCreated { .. } => before.is_empty(),
        Event::EvidenceProvided { .. } => !provided,
        Event::TaskCompleted { template, .. } => !blocked && (template.is_none() || provided),
        Event::TaskStarted | Event::TaskBlocked { .. } => !blocked,
        Event::TaskUnblocked => blocked,
        Event::TaskSeatAcknowledged { .. }
        | Event::TaskHeld { .. }
        | Event::TaskResumed { .. }
        | Event::TaskReassigned { .. }
        | Event::TaskRenamed { .. }
        | Event::TaskCancelled { .. } => true,
    };
    fits && !before.iter().any(closed)
}

/// no step of a seat before its holder has acknowledged it. I-24: no work while the engagement is on hold.
fn waited(before: &[(Event, Stamp)], event: &Event, stamp: &Stamp) -> bool {
    let (mut waits, mut held) = (false, false);
    for (event, _) in before {
        match event {
            Event::TaskReseated { role, unacknowledged, .. } if *role == stamp.role => {
                waits = *unacknowledged;
            }
            Event::TaskSeatAcknowledged { role } if *role == stamp.role => waits = false,
            Event::TaskHeld { .. } => held = true,
            Event::TaskResumed { .. } => held = false,
            _ => {}
        }
    }
    let works = matches!(
        event,
        Event::TaskStarted | Event::TaskBlocked { .. } | Event::TaskUnblocked | Event::TaskCompleted { .. }
    );
    !(waits || held && works)
}

fn check(task: &Task, journal: &[(Event, Stamp)]) {
    for (index, (event, stamp)) in journal.iter().enumerate() {
        let six = six(&journal[..index]);
        assert!(acted_by_right(&six, task, event, stamp), "I-18: {event:?} by {stamp:?}");
        assert!(worked_by_right(&six, &journal[..index], event, stamp), "I-18: {event:?} by {stamp:?}");
        assert!(waited(&journal[..index], event, stamp), "R-4, I-24: {event:?} by {stamp:?}");
        assert!(in_order(&journal[..index], event), "I-11, I-19: {event:?} after {:?}", &journal[..index]);
    }
    let is_of_the_six = task.status.is_closed() || task.roster.includes(&task.assignee);
    assert!(is_of_the_six, "I-18: the assignee is one of the six");
    assert_eq!(task.engagement, CONTOSO);
    let (reengagement, in_cycle) = (task.template == Some(Template::Reengagement), task.cycle > 0);
    assert_eq!(reengagement, in_cycle, "E-5.4: a cycle is the re-engagement task's alone");
}

/// A duty without anything missing is one that its person can do at once, and the other way round.
fn duties_tell_the_truth(task: &Task) {
    for duty in duties(task).into_iter().filter(|duty| duty.action == "COMPLETE_TASK") {
        let caller = Caller { person: duty.person.expect("named"), role: duty.role };
        let command = Command::Complete { outcome: String::new() };
        let told = Tasks::decide(Some(task), &command, &Context { caller, now: hour(0) });
        let faults = told.err().map_or(vec![], |refusal| refusal.faults);
        // Who has yet to acknowledge is told nothing else.
        let first = duty.missing.iter().filter(|fault| fault.reason == "SEAT_NOT_ACKNOWLEDGED");
        let first: Vec<_> = first.cloned().collect();
        assert_eq!(faults, if first.is_empty() { duty.missing } else { first });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_commands_keep_the_invariants_of_a_task(
        steps in proptest::collection::vec((anybody(), anytime(), any_task_command()), 0..40)
    ) {
        let play = play::<Tasks>(steps);
        if let Some(task) = &play.state {
            check(task, &play.journal);
            duties_tell_the_truth(task);
        }
    }

    /// I-20: whatever the service was told once, it may be told again.
    #[test]
    fn any_command_of_the_follower_may_come_twice(
        steps in proptest::collection::vec((anybody(), anytime(), any_task_command()), 0..20),
        now in anytime(),
    ) {
        let state = play::<Tasks>(steps).state;
        let context = Context { caller: service(), now };
        for command in task_commands() {
            let Ok(events) = Tasks::decide(state.as_ref(), &command, &context) else { continue };
            let stamp = context.stamp();
            let after = fold::<Tasks>(state.clone(), events.iter().map(|event| (event, &stamp)));
            prop_assert_eq!(Tasks::decide(after.as_ref(), &command, &context), Ok(vec![]));
        }
    }

    /// I-20: a file is opened once and cancelled once, by the services alone.
    #[test]
    fn any_commands_keep_a_file_to_one_opening_and_one_cancellation(
        steps in proptest::collection::vec((anybody(), anytime(), select(file_commands())), 0..20)
    ) {
        let play = play::<Files>(steps);
        let kinds: Vec<_> = play.journal.iter().map(|(event, _)| event).collect();
        let opened = matches!(kinds.first(), None | Some(file::Event::FileOpened { .. }));
        let often = |kind: fn(&file::Event) -> bool| kinds.iter().filter(|event| kind(event)).count();
        let cancelled = often(|event| matches!(event, file::Event::FileCancelled));
        let openings = often(|event| matches!(event, file::Event::FileOpened { .. }));
        let once = cancelled <= 1 && openings <= 1;
        prop_assert!(opened && once, "{:?}", kinds);
        prop_assert!(play.journal.iter().all(|(_, stamp)| stamp.role == Role::Service));
    }

    /// I-19: a note is written once, by one of the six, and says what it said then.
    #[test]
    fn any_commands_leave_a_note_as_it_was_written(
        steps in proptest::collection::vec((anybody(), anytime(), any_file(), select(NoteKind::ALL.to_vec())), 0..20)
    ) {
        let steps = steps.into_iter().map(|(who, now, file, kind)| (who, now, write(kind, file))).collect();
        let play = play::<Notes>(steps);
        prop_assert!(play.journal.len() <= 1);
        for (note::Event::NoteWritten { engagement, .. }, stamp) in &play.journal {
            prop_assert!(is_seated(&roster(), stamp), "I-18");
            prop_assert_eq!(engagement.as_str(), CONTOSO);
        }
    }
}

/// The properties above are worth their name only if random play gets far.
#[test]
fn random_play_reaches_every_status() {
    let strategy = proptest::collection::vec((anybody(), anytime(), any_task_command()), 0..40);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..12_000 {
        let steps = strategy.new_tree(&mut runner).expect("steps").current();
        let Some(task) = play::<Tasks>(steps).state else { continue };
        let template = task.template.map_or("", Template::id);
        reached.insert((template, task.status.as_str()));
    }
    let statuses = ["OPEN", "IN_PROGRESS", "BLOCKED", "COMPLETED", "CANCELLED"];
    for template in Template::ALL.map(Template::id).into_iter().chain([""]) {
        for status in statuses {
            assert!(reached.contains(&(template, status)), "{template} {status}");
        }
    }
}
