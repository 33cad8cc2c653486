//! I-20: the follower may tell the same thing twice; a file is opened once and closed once.

use kernel::{Kind, Role};
use tasks_domain::{Files, Tasks, Template, file::Command, task};

use crate::cast::{
    Story, caller, complete, evidence, file_commands, from_template, gmfta, open_file, person, reasons,
    roster, service,
};

#[test]
fn a_file_told_of_twice_is_opened_once_and_cancelled_once() {
    let mut story = Story::<Files>::new();
    for command in [open_file(), open_file(), Command::Cancel, Command::Cancel, open_file()] {
        story.tell(service(), &command).expect("harmless");
    }
    assert_eq!(story.journal.len(), 2, "I-20");
    assert!(story.state().cancelled.is_some(), "a cancelled engagement does not come back");
}

#[test]
fn an_engagement_cancelled_before_its_execution_leaves_no_file() {
    let mut story = Story::<Files>::new();
    assert_eq!(story.tell(service(), &Command::Cancel), Ok(vec![]));
    assert_eq!(story.state, None);
}

#[test]
fn a_file_with_another_roster_is_a_mistake_that_shows() {
    let mut story = Story::<Files>::new().then(service(), &open_file());
    let Command::Open { engagement, customer, .. } = open_file() else { unreachable!() };
    let roster = kernel::Roster { fm: person("zoe"), ..roster() }.into();
    let refusal = story.tell(service(), &Command::Open { engagement, customer, roster }).expect_err("R-4");
    assert_eq!((refusal.kind, refusal.reason), (Kind::AlreadyExists, "FILE_DIFFERS"));
}

/// I-19, I-20, I-23: a task that is done was done for the customer by that name.
#[test]
fn a_renamed_customer_has_the_new_name_on_file_and_on_open_tasks_and_the_old_on_completed_ones() {
    let name = "contoso electronics";
    let rename = Command::Rename { customer: name.into() };
    let mut file = Story::<Files>::new().then(service(), &open_file()).then(service(), &rename);
    assert_eq!((file.state().customer.as_str(), file.state().seats_taken), (name, 1));
    assert_eq!(file.tell(service(), &rename), Ok(vec![]), "told twice");
    let rename = task::Command::Rename { customer: name.into() };
    let wanted = Story::<Tasks>::new().then(service(), &from_template(Template::Summary));
    let mut open = wanted.then(service(), &rename);
    assert_eq!(open.state().customer, name);
    assert_eq!(open.tell(service(), &rename), Ok(vec![]), "told twice");
    let mut done = Story::<Tasks>::new()
        .then(service(), &from_template(Template::Summary))
        .then(service(), &evidence())
        .then(gmfta(), &complete());
    let before = done.state().clone();
    assert_eq!((done.tell(service(), &rename), done.state()), (Ok(vec![]), &before));
}

/// I-18: files are the services' own.
#[test]
fn no_person_opens_or_cancels_a_file() {
    for command in file_commands() {
        for who in [gmfta(), caller("otto", Role::Operator)] {
            let mut story = Story::<Files>::new().then(service(), &open_file());
            assert_eq!(reasons(story.tell(who, &command)), ["SERVICE_ONLY"]);
        }
    }
}
