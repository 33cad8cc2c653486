//! I-20: the follower may tell the same thing twice; a file is opened once and closed once.

use kernel::{Kind, Role};
use tasks_domain::{Files, file::Command};

use crate::cast::{
    CONTOSO, FABRIKAM, Story, caller, file_commands, gmfta, open_file, person, reasons, roster, service,
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

/// E-3.5: the people of the engagement that has taken over a cancelled one see its notes, and whoever leaves it does no more.
#[test]
fn a_file_is_shown_to_the_people_of_the_engagement_that_has_taken_it_over() {
    let mut story = Story::<Files>::new().then(service(), &open_file()).then(service(), &Command::Cancel);
    let own = story.state().people();
    let show = |readers: &[&str]| Command::Show { readers: readers.iter().map(|who| person(who)).collect() };
    story.tell(service(), &show(&["zara", "zoe"])).expect("shown");
    assert!(story.state().people().contains(&person("zoe")));
    assert_eq!(story.tell(service(), &show(&["zara", "zoe"])), Ok(vec![]), "I-20");
    story.tell(service(), &show(&["zara"])).expect("shown");
    assert_eq!(story.state().people().len(), own.len() + 1);
    assert!(!story.state().people().contains(&person("zoe")));
}

/// E-3.5: it says which one it follows, once.
#[test]
fn a_file_follows_one_engagement_and_no_other() {
    let mut story = Story::<Files>::new().then(service(), &open_file());
    for predecessor in [FABRIKAM, CONTOSO] {
        let follow = Command::Follow { predecessor: predecessor.into() };
        story.tell(service(), &follow).expect("harmless");
    }
    assert_eq!(story.state().follows().map(String::as_str), Some(FABRIKAM));
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
