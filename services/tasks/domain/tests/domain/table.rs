//! The transition tables of files, tasks and notes, as a text that a program manager can read.

use std::fmt::Debug;

use expect_test::expect_file;
use kernel::{Context, Decider, Role, transitions};
use serde::de::DeserializeOwned;
use tasks_domain::{
    File, Files, Note, Notes, Task, Tasks, Template, file,
    note::{self, NoteKind},
    task::{self, Command, Status},
};

use crate::cast::{
    Story, block, cancel, cancelled_file, complete, context, create, deputy, evidence, file, file_commands,
    from_template, gmfta, is_a_services, open_file, seated, service, task_commands, write,
};

const HEADER: &str = "\
What every command does in every state: the events that follow, or why it is refused.
Services give CreateFromTemplate, ProvideEvidence, CancelWithEngagement, Drop, Reseat, Deputise,
EndDeputy, Rename, Open and Cancel (of a file);
the GMFTA gives the rest, and the FM, whom no task here is assigned to, tries what \"by FM\" says.
Who is not on the roster is refused everything (I-18).
";

pub(crate) type States<D> = Vec<(&'static str, Option<<D as Decider>::State>)>;

pub(crate) fn file_states() -> States<Files> {
    vec![
        ("no file", None),
        ("file open", Some(file())),
        ("file open, a deputy", Some(deputised_file())),
        ("file CANCELLED", Some(cancelled_file())),
    ]
}

fn deputised_file() -> File {
    let story = Story::<Files>::new().then(service(), &open_file());
    story.then(service(), &file::Command::Deputise { deputy: deputy() }).state().clone()
}

pub(crate) fn task_states() -> States<Tasks> {
    let wanted = || Story::<Tasks>::new().then(service(), &from_template(Template::Summary));
    let ready = || wanted().then(service(), &evidence());
    let ad_hoc = || Story::<Tasks>::new().then(gmfta(), &create(None, Some(file())));
    let state = |story: Story<Tasks>| Some(story.state().clone());
    let dropped = |story: Story<Tasks>| state(story.then(service(), &Command::CancelWithEngagement));
    vec![
        ("no task", None),
        ("playbook task OPEN, its evidence missing", state(wanted())),
        ("playbook task OPEN, its evidence there", state(ready())),
        ("playbook task IN_PROGRESS, its evidence missing", state(wanted().then(gmfta(), &Command::Start))),
        ("playbook task IN_PROGRESS, its evidence there", state(ready().then(gmfta(), &Command::Start))),
        ("playbook task BLOCKED, its evidence missing", state(wanted().then(gmfta(), &block()))),
        ("playbook task BLOCKED, its evidence there", state(ready().then(gmfta(), &block()))),
        ("playbook task COMPLETED", state(ready().then(gmfta(), &complete()))),
        ("playbook task CANCELLED", dropped(wanted())),
        ("ad hoc task OPEN", state(ad_hoc())),
        (
            "ad hoc task OPEN, a deputy",
            state(ad_hoc().then(service(), &Command::Deputise { deputy: deputy() })),
        ),
        ("ad hoc task IN_PROGRESS", state(ad_hoc().then(gmfta(), &Command::Start))),
        ("ad hoc task BLOCKED", state(ad_hoc().then(gmfta(), &block()))),
        ("ad hoc task COMPLETED", state(ad_hoc().then(gmfta(), &complete()))),
        ("ad hoc task CANCELLED", state(ad_hoc().then(gmfta(), &cancel()))),
    ]
}

fn note_states() -> States<Notes> {
    let written = Story::<Notes>::new().then(gmfta(), &write(NoteKind::EnterpriseNotes, Some(file())));
    vec![("no note", None), ("note written", Some(written.state().clone()))]
}

fn name(command: &impl Debug) -> String {
    let text = format!("{command:?}");
    text.chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// Lays the commands out with their names, which the table borrows.
fn table<D: Decider>(states: &States<D>, commands: Vec<(String, D::Command, Context)>) -> String {
    let rows: Vec<_> = commands.iter().map(|(name, ..)| name.clone()).collect();
    let columns = commands.into_iter().zip(&rows);
    let columns: Vec<_> =
        columns.map(|((_, command, context), name)| (name.as_str(), command, context)).collect();
    transitions::<D>(states, &columns)
}

fn files() -> String {
    let row = |command: file::Command| (name(&command), command, context(service()));
    table::<Files>(&file_states(), file_commands().into_iter().map(row).collect())
}

fn tasks() -> String {
    let rightful = |command: Command| {
        let who = if is_a_services(&command) { service() } else { gmfta() };
        (name(&command), command, context(who))
    };
    let colleague = |command: Command| (name(&command) + " by FM", command, context(seated(Role::Fm)));
    let people = task_commands().into_iter().filter(|command| !is_a_services(command));
    let without = [("Create, no file", None), ("Create, file CANCELLED", Some(cancelled_file()))];
    let without = without.map(|(label, file)| (label.to_owned(), create(None, file), context(gmfta())));
    let commands = task_commands().into_iter().map(rightful).chain(people.map(colleague)).chain(without);
    table::<Tasks>(&task_states(), commands.collect())
}

fn notes() -> String {
    let row = |label: &str, command: note::Command| (label.to_owned(), command, context(gmfta()));
    let kind = NoteKind::EnterpriseNotes;
    let commands = vec![
        row("Write", write(kind, Some(file()))),
        row("Write, no file", write(kind, None)),
        row("Write, file CANCELLED", write(kind, Some(cancelled_file()))),
    ];
    table::<Notes>(&note_states(), commands)
}

fn whole() -> String {
    format!("{HEADER}\nFILES\n\n{}TASKS\n\n{}NOTES\n\n{}", files(), tasks(), notes())
}

#[test]
fn the_transition_table_is_the_one_on_file() {
    expect_file!["../../transitions.txt"].assert_eq(&whole());
}

/// The names of an enum's variants, as serde tells them when it meets a stranger.
fn variants<T: DeserializeOwned + Debug>() -> Vec<String> {
    let stranger = serde_json::from_str::<T>("\"?\"").expect_err("no such variant").to_string();
    let names: Vec<_> = stranger.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert!(!names.is_empty(), "{stranger}");
    names
}

#[test]
fn every_event_stands_in_the_transition_table() {
    let table = whole();
    let events = [variants::<file::Event>(), variants::<task::Event>(), variants::<note::Event>()];
    for event in events.concat() {
        let stands = |end: &str| table.contains(&format!("-> {event}{end}"));
        assert!(stands("\n") || stands(" ("), "{event} is not in the table");
    }
}

#[test]
fn every_status_stands_in_the_transition_table() {
    let states = task_states();
    for status in variants::<Status>() {
        let stands = |state: &Option<Task>| state.as_ref().is_some_and(|task| name(&task.status) == status);
        assert!(states.iter().any(|(_, state)| stands(state)), "{status} is not in the table");
    }
}

#[test]
fn a_row_is_read_back_as_it_was_written() {
    fn read<T: serde::Serialize + DeserializeOwned>(state: &T) -> T {
        serde_json::from_value(serde_json::to_value(state).expect("a row")).expect("the row")
    }
    for state in file_states().into_iter().filter_map(|(_, state)| state) {
        assert_eq!(read::<File>(&state), state);
    }
    for state in task_states().into_iter().filter_map(|(_, state)| state) {
        assert_eq!(read::<Task>(&state), state);
    }
    for state in note_states().into_iter().filter_map(|(_, state)| state) {
        assert_eq!(read::<Note>(&state), state);
    }
}
