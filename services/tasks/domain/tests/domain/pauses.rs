//! Tasks stand still while their engagement is on hold, and their clocks with them (I-24).

use kernel::{Kind, Role};
use tasks_domain::{
    File, Files, Notes, Tasks, Template,
    note::NoteKind,
    task::{Command, duties},
};

use crate::cast::{
    Story, block, caller, cancel, complete, create, evidence, file_held, file_resumed, from_template, gmfta,
    held, hour, open_file, reasons, reassign, resumed, seated, service, write,
};

fn ready() -> Story<Tasks> {
    Story::new().then(service(), &from_template(Template::Summary)).then(service(), &evidence())
}

fn file(then: &[tasks_domain::file::Command]) -> File {
    let opened = Story::<Files>::new().then(service(), &open_file());
    then.iter().fold(opened, |file, command| file.then(service(), command)).state().clone()
}

/// The steps that are steps of the execution.
fn steps() -> [Command; 4] {
    [Command::Start, block(), Command::Unblock, complete()]
}

/// I-24
#[test]
fn on_hold_no_step_is_taken_on_a_task_and_the_refusal_says_since_when_and_who_goes_on() {
    let mut story = ready().then(service(), &held(3));
    for step in steps() {
        let refusal = story.tell(gmfta(), &step).expect_err("I-24");
        assert_eq!((refusal.kind, refusal.reason), (Kind::NotReady, "ON_HOLD"), "{step:?}");
        for word in [hour(3).to_string().as_str(), "2020-06-30", "people/ada", "ResumeEngagement"] {
            assert!(refusal.message.contains(word), "{word}: {}", refusal.message);
        }
        // Those who may not take the step are told that first.
        assert_eq!(reasons(story.tell(caller("zoe", Role::Gmfta), &step)), ["NOT_ROSTERED"]);
    }
    assert_eq!(duties(story.state()), []);
    let story = story.then(service(), &resumed(90));
    story.then(gmfta(), &complete());
}

/// I-24: seats and cancellation go on, and so do notes and what one of the six sets.
#[test]
fn on_hold_tasks_are_set_given_to_another_and_dropped_and_notes_are_written() {
    let on_hold = file(&[file_held(3)]);
    Story::<Notes>::new().then(gmfta(), &write(NoteKind::EnterpriseNotes, Some(on_hold.clone())));
    let story = Story::<Tasks>::new().then(seated(Role::Fm), &create(None, Some(on_hold)));
    let mut story = story.then(gmfta(), &reassign("eve"));
    assert_eq!(reasons(story.tell(seated(Role::Fe), &Command::Start)), ["ON_HOLD"], "it stands still, too");
    story.then(seated(Role::Fm), &cancel());
    ready().then(service(), &held(3)).then(service(), &Command::CancelWithEngagement);
}

/// I-24: three months over a summer.
#[test]
fn the_time_on_hold_counts_for_no_clock_of_a_task() {
    let story = ready().then(gmfta(), &block());
    let before = duties(story.state());
    let story = story.then(service(), &held(10)).then(service(), &resumed(10 + 92 * 24));
    let pause = jiff::SignedDuration::from_hours(92 * 24);
    let shifted: Vec<_> = before.into_iter().map(|duty| (duty.action, duty.since + pause)).collect();
    let after: Vec<_> = duties(story.state()).into_iter().map(|duty| (duty.action, duty.since)).collect();
    assert_eq!(after, shifted);
    let mut set = Story::<Tasks>::new();
    set.hour = 20;
    let set = set.then(gmfta(), &create(None, Some(file(&[file_held(10)])))).then(service(), &resumed(50));
    assert_eq!(duties(set.state())[0].since, hour(50), "set on hold, it waits since the work went on");
}

/// I-24: on hold anew, with another day.
#[test]
fn a_hold_that_is_prolonged_goes_on_until_it_is_resumed() {
    let story = ready().then(service(), &held(10)).then(service(), &held(20));
    assert_eq!(duties(story.state()), []);
    let story = story.then(service(), &resumed(30));
    let since = duties(story.state())[0].since;
    assert_eq!(since, duties(ready().state())[0].since + jiff::SignedDuration::from_hours(20));
}

/// I-18, I-19, I-20
#[test]
fn the_services_alone_tell_of_a_hold_and_may_say_so_twice() {
    let mut story = ready();
    for command in [held(3), resumed(4)] {
        assert_eq!(reasons(story.tell(gmfta(), &command)), ["SERVICE_ONLY"]);
    }
    assert_eq!(story.tell(service(), &resumed(4)), Ok(vec![]), "it was not on hold");
    let mut story = story.then(service(), &held(3));
    assert_eq!(story.tell(service(), &held(3)), Ok(vec![]));
    assert_eq!(story.tell(service(), &resumed(2)), Ok(vec![]), "an old word changes nothing");
    let mut story = story.then(service(), &resumed(4));
    assert_eq!(story.tell(service(), &held(3)), Ok(vec![]), "an old word changes nothing");
    let mut closed = ready().then(gmfta(), &complete());
    assert_eq!(closed.tell(service(), &held(3)), Ok(vec![]), "I-19");
    let known = file(&[file_held(3), file_resumed(4), file_held(5)]);
    assert_eq!(known.seats_taken, 3, "what was decided on the file before is decided anew");
    assert!(known.pauses.hold().is_some());
}
