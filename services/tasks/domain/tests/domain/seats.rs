//! Seats of an engagement that change hands: open tasks go with them, closed ones and notes stay (I-19, I-20, I-22).

use kernel::{Kind, Role};
use tasks_domain::{
    File, Files, Notes, Tasks, Template,
    note::NoteKind,
    task::{Command, Event, Status, duties},
};

use crate::cast::{
    Story, block, caller, cancel, complete, create, deputy, evidence, file, file_handed, file_reseated,
    from_template, gmfta, gmftas, handed, open_file, open_file_of, person, reasons, reassign, reseated,
    seated, service, unacknowledged, write,
};

fn wanted() -> Story<Tasks> {
    Story::new().then(service(), &from_template(Template::Summary)).then(service(), &evidence())
}

#[test]
fn an_open_task_of_the_playbook_goes_with_the_seat_of_the_gmfta() {
    let mut story = wanted().then(service(), &reseated(Role::Gmfta, "ada", "zara"));
    let zara = caller("zara", Role::Gmfta);
    assert_eq!((&story.state().assignee, &story.state().roster.gmfta), (&zara.person, &zara.person));
    assert_eq!(duties(story.state())[0].person.as_ref(), Some(&zara.person));
    assert_eq!(reasons(story.tell(gmfta(), &complete())), ["NOT_ROSTERED"]);
    assert_eq!(story.then(zara, &complete()).state().status.as_str(), "COMPLETED");
}

#[test]
fn a_task_in_the_hands_of_a_colleague_stays_with_them_until_their_own_seat_is_anothers() {
    let story = wanted().then(gmfta(), &reassign("eve")).then(seated(Role::Fe), &block());
    let story = story.then(service(), &reseated(Role::Gmfta, "ada", "zara"));
    assert_eq!((&story.state().assignee, story.state().status.as_str()), (&person("eve"), "BLOCKED"));
    let assigned = story.state().assigned.clone();
    let story = story.then(service(), &reseated(Role::Sme, "sam", "sid"));
    assert_eq!((&story.state().assignee, &story.state().assigned), (&person("eve"), &assigned));
    let story = story.then(service(), &reseated(Role::Fe, "eve", "erin"));
    assert_eq!((&story.state().assignee, story.state().status.as_str()), (&person("erin"), "BLOCKED"));
    assert_eq!(duties(story.state())[0].person.as_ref(), Some(&person("erin")), "what blocks it is theirs");
}

#[test]
fn a_task_stays_with_whoever_has_another_seat_of_the_engagement() {
    let story = Story::<Tasks>::new().then(gmfta(), &create(Some("eve"), Some(file())));
    let story = story.then(service(), &reseated(Role::Ats, "amos", "eve"));
    let story = story.then(service(), &reseated(Role::Fe, "eve", "erin"));
    assert_eq!(story.state().assignee, person("eve"));
}

/// I-19
#[test]
fn a_closed_task_keeps_whose_it_was_and_is_seen_by_who_has_the_seat_now() {
    for story in
        [wanted().then(gmfta(), &complete()), wanted().then(service(), &Command::CancelWithEngagement)]
    {
        let before = story.state().clone();
        let story = story.then(service(), &reseated(Role::Gmfta, "ada", "zara"));
        let after = story.state();
        assert_eq!(after.roster.gmfta, person("zara"));
        assert_eq!(tasks_domain::Task { roster: before.roster.clone(), ..after.clone() }, before);
        if let Status::Completed { stamp, .. } = &after.status {
            assert_eq!(stamp.person, person("ada"), "what the one before did stays theirs");
        }
    }
}

/// I-18, I-20
#[test]
fn the_services_alone_change_a_seat_and_may_say_so_twice() {
    let mut story = wanted();
    let command = reseated(Role::Gmfta, "ada", "zara");
    assert_eq!(reasons(story.tell(gmfta(), &command)), ["SERVICE_ONLY"]);
    let mut story = story.then(service(), &command);
    assert_eq!(story.tell(service(), &command), Ok(vec![]));
    let mut file = Story::<Files>::new();
    let command = file_reseated(Role::Gmfta, "ada", "zara");
    assert_eq!(file.tell(service(), &command), Ok(vec![]), "there is none before the execution");
    let mut file = file.then(service(), &open_file()).then(service(), &command);
    assert_eq!(file.tell(service(), &command), Ok(vec![]));
    let file = file.then(service(), &file_reseated(Role::Gmfta, "zara", "yan"));
    let mut late = file;
    assert_eq!(late.tell(service(), &command), Ok(vec![]), "an old word changes nothing");
    assert_eq!((&late.state().roster.gmfta, late.state().seats_taken), (&person("yan"), 2));
}

/// I-18, I-22
#[test]
fn a_deputy_works_on_tasks_and_writes_notes_from_the_first_day_to_the_last() {
    let dora = caller("dora", Role::Gmfta);
    let mut story = wanted();
    assert_eq!(reasons(story.tell(dora.clone(), &complete())), ["NOT_ROSTERED"]);
    let mut story = story.then(service(), &Command::Deputise { deputy: deputy() });
    assert_eq!(reasons(story.tell(caller("dora", Role::Fm), &complete())), ["NOT_ROSTERED"]);
    story.hour = -10;
    assert_eq!(reasons(story.tell(dora.clone(), &complete())), ["NOT_ROSTERED"], "the first day is to come");
    story.hour = 40 * 24;
    assert_eq!(reasons(story.tell(dora.clone(), &complete())), ["NOT_ROSTERED"], "the last day is over");
    story.hour = 10;
    assert_eq!(story.state().assignee, person("ada"), "the task stays the holder's");
    let mut story = story.then(dora.clone(), &complete());
    let Status::Completed { stamp, .. } = &story.state().status else { panic!("{:?}", story.state()) };
    assert_eq!(stamp.person, person("dora"));
    assert!(story.state().roster.everybody().any(|one| *one == person("dora")));
    story.tell(service(), &Command::EndDeputy { number: 1 }).expect("it ends");
    assert!(!story.state().roster.everybody().any(|one| *one == person("dora")), "and with it what they see");

    let mut file = Story::<Files>::new().then(service(), &open_file());
    file.tell(service(), &tasks_domain::file::Command::Deputise { deputy: deputy() }).expect("it begins");
    let (kind, on_file) = (NoteKind::EnterpriseNotes, file.state().clone());
    Story::<Notes>::new().then(dora.clone(), &write(kind, Some(on_file.clone())));
    Story::<Tasks>::new().then(dora.clone(), &create(None, Some(on_file)));
    file.tell(service(), &tasks_domain::file::Command::EndDeputy { number: 1 }).expect("it ends");
    let refused = Story::<Notes>::new().tell(dora, &write(kind, Some(file.state().clone())));
    assert_eq!(reasons(refused), ["NOT_ROSTERED"]);
}

/// I-18
#[test]
fn whoever_has_the_seat_writes_notes_and_sets_tasks_and_who_had_it_does_not() {
    let mut file = Story::<Files>::new().then(service(), &open_file());
    file.tell(service(), &file_reseated(Role::Gmfta, "ada", "zara")).expect("it changes hands");
    let file = file.state().clone();
    let kind = NoteKind::EnterpriseNotes;
    let refusal = Story::<Notes>::new().tell(gmfta(), &write(kind, Some(file.clone()))).expect_err("gone");
    assert_eq!((refusal.kind, refusal.reason), (Kind::Forbidden, "NOT_ROSTERED"));
    let zara = caller("zara", Role::Gmfta);
    Story::<Notes>::new().then(zara.clone(), &write(kind, Some(file.clone())));
    let story = Story::<Tasks>::new().then(zara, &create(None, Some(file)));
    assert_eq!(story.state().assignee, person("zara"));
}

const NOT_YET: &str = "SEAT_NOT_ACKNOWLEDGED";

/// Every step that a person takes on a task.
fn steps() -> Vec<Command> {
    vec![Command::Start, block(), Command::Unblock, reassign("eve"), complete(), cancel()]
}

/// R-4, I-22: the seat is theirs, and takes no step until they acknowledge; who has left takes none any more.
#[test]
fn a_successor_takes_no_step_before_they_acknowledge_and_who_has_left_takes_none() {
    let zara = caller("zara", Role::Gmfta);
    let mut story = wanted().then(service(), &handed(Role::Gmfta, "ada", "zara"));
    for step in steps() {
        let early = story.tell(zara.clone(), &step).expect_err("R-4");
        assert_eq!((early.kind, early.reason), (Kind::NotReady, NOT_YET), "{step:?}");
        assert!(early.to_string().contains("AcknowledgeSeat"), "{early}");
        assert_eq!(reasons(story.tell(gmfta(), &step)), ["NOT_ROSTERED"], "{step:?}");
    }
    let waiting = duties(story.state());
    assert_eq!(waiting[0].person.as_ref(), Some(&zara.person));
    assert_eq!(waiting[0].missing.iter().map(|fault| fault.reason).collect::<Vec<_>>(), [NOT_YET]);
    let story = story.then(service(), &Command::AcknowledgeSeat { role: Role::Gmfta });
    assert_eq!(duties(story.state())[0].missing, []);
    assert_eq!(story.then(zara, &complete()).state().status.as_str(), "COMPLETED");
}

/// another's seat does not wait with it, nor does the colleague whom the task was given to.
#[test]
fn the_others_work_on_while_a_successor_has_yet_to_acknowledge() {
    let story = wanted().then(gmfta(), &reassign("eve")).then(service(), &handed(Role::Gmfta, "ada", "zara"));
    let mut story = story.then(seated(Role::Fe), &Command::Start);
    assert_eq!(reasons(story.tell(seated(Role::Fe), &complete())), ["NOT_THE_DESIGNATED_ARCHITECT"]);
    let story = story.then(service(), &reseated(Role::Gmfta, "zara", "yan"));
    assert!(story.state().unacknowledged.is_empty(), "who never acknowledged was replaced by one who has");
}

/// whoever acts for a seat does no more than its holder may.
#[test]
fn a_deputy_takes_no_step_for_a_seat_that_is_not_acknowledged() {
    let deputised = Command::Deputise { deputy: deputy() };
    let mut story = wanted().then(service(), &deputised).then(service(), &handed(Role::Gmfta, "ada", "zara"));
    assert_eq!(reasons(story.tell(caller("dora", Role::Gmfta), &complete())), [NOT_YET]);
}

fn handed_file() -> File {
    let story = Story::<Files>::new().then(service(), &open_file());
    story.then(service(), &file_handed(Role::Gmfta, "ada", "zara")).state().clone()
}

/// notes and new tasks are steps of the seat, too.
#[test]
fn a_successor_writes_no_note_and_sets_no_task_before_they_acknowledge() {
    let (zara, kind) = (caller("zara", Role::Gmfta), NoteKind::EnterpriseNotes);
    let note = Story::<Notes>::new().tell(zara.clone(), &write(kind, Some(handed_file())));
    assert_eq!(reasons(note), [NOT_YET]);
    let task = Story::<Tasks>::new().tell(zara.clone(), &create(None, Some(handed_file())));
    assert_eq!(reasons(task), [NOT_YET]);
    let story = Story::<Tasks>::new().then(seated(Role::Fe), &create(None, Some(handed_file())));
    assert_eq!(duties(story.state())[0].missing[0].reason, NOT_YET, "it was set for the GMFTA");
    let mut file = Story::<Files>::new();
    file.state = Some(handed_file());
    let acknowledged = tasks_domain::file::Command::AcknowledgeSeat { role: Role::Gmfta };
    let mut file = file.then(service(), &acknowledged);
    assert_eq!(file.tell(service(), &acknowledged), Ok(vec![]), "I-20");
    assert_eq!(file.state().seats_taken, 2, "what was decided on the file before is decided anew");
    Story::<Notes>::new().then(zara, &write(kind, Some(file.state().clone())));
}

/// the execution may begin, and a call-back be approved, while a seat waits.
#[test]
fn what_is_wanted_while_a_seat_waits_waits_for_its_holder() {
    let mut story = Story::<Tasks>::new().then(service(), &unacknowledged(Template::Pilot));
    assert_eq!(reasons(story.tell(gmfta(), &Command::Start)), [NOT_YET]);
    let mut file = Story::<Files>::new().then(service(), &open_file_of(gmftas()));
    let note = write(NoteKind::EnterpriseNotes, Some(file.state().clone()));
    assert_eq!(reasons(Story::<Notes>::new().tell(gmfta(), &note)), [NOT_YET]);
    assert_eq!(file.tell(service(), &open_file()), Ok(vec![]), "the six are the same");
}

/// I-19: a closed task says nothing any more of who has yet to acknowledge.
#[test]
fn a_closed_task_waits_for_no_acknowledgement() {
    let mut story = wanted().then(gmfta(), &complete()).then(service(), &handed(Role::Gmfta, "ada", "zara"));
    assert!(story.state().unacknowledged.is_empty());
    assert_eq!(story.tell(service(), &Command::AcknowledgeSeat { role: Role::Gmfta }), Ok(vec![]));
}

/// What was written down before anybody said whether a successor had acknowledged reads as if they had.
#[test]
fn a_seat_taken_in_an_old_journal_reads_as_acknowledged() {
    let told = serde_json::json!({ "TaskReseated": {
        "role": "GMFTA", "successor": "people/zara", "assignee": "people/zara" } });
    let event: Event = serde_json::from_value(told).expect("an event of before");
    let Event::TaskReseated { unacknowledged, .. } = event else { panic!("{event:?}") };
    assert!(!unacknowledged);
    let row = serde_json::to_string(wanted().state()).expect("a row");
    assert!(!row.contains("unacknowledged") && !row.contains("pauses"), "it reads the same: {row}");
}
