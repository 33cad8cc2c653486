//! E-3.5, E-5.5, I-19: notes are appended to one of two fields and never altered.

use kernel::{Caller, Decider, Kind, Role};
use tasks_domain::{Notes, note::Command, note::NoteKind};

use crate::cast::{
    FABRIKAM, Story, caller, cancelled_file, context, file, gmfta, reasons, roster, seated, write,
};

#[test]
fn each_of_the_six_writes_in_either_field_and_the_rule_is_the_fields() {
    for (kind, rule) in [(NoteKind::EnterpriseNotes, "E-3.5"), (NoteKind::EnterpriseStatusNotes, "E-5.5")] {
        for role in Role::SIX {
            let story = Story::<Notes>::new().then(seated(role), &write(kind, Some(file())));
            let (event, stamp) = &story.journal[0];
            assert_eq!(Notes::rule(event), rule);
            assert_eq!((story.state().kind, &story.state().written), (kind, stamp));
        }
    }
}

/// I-19
#[test]
fn a_written_note_is_never_altered() {
    for kind in NoteKind::ALL {
        let command = write(kind, Some(file()));
        let mut story = Story::<Notes>::new().then(gmfta(), &command);
        let before = story.state().clone();
        let refusal = story.tell(gmfta(), &command).expect_err("I-19");
        assert_eq!((refusal.kind, refusal.faults[0].rule), (Kind::AlreadyExists, "I-19"));

        let event = story.journal[0].0.clone();
        let later = context(seated(Role::Fm)).stamp();
        assert_eq!(
            Notes::apply(Some(before.clone()), &event, &later),
            Some(before),
            "not even by its own event"
        );
    }
}

/// I-18
#[test]
fn nobody_outside_the_roster_writes_a_note() {
    let strangers = [caller("zoe", Role::Gmfta), caller("eve", Role::Fm), caller("ada", Role::GetModernSme)];
    let service = Caller { person: roster().gmfta, role: Role::Service };
    for stranger in strangers.into_iter().chain([service]) {
        for file in [file(), cancelled_file()] {
            let command = write(NoteKind::EnterpriseNotes, Some(file));
            let refusal = Story::<Notes>::new().tell(stranger.clone(), &command).expect_err("I-18");
            assert_eq!((refusal.kind, refusal.reason), (Kind::Forbidden, "NOT_ROSTERED"));
        }
    }
}

#[test]
fn no_note_before_execution_has_begun_or_after_the_engagement_was_cancelled() {
    let told = |command: &Command| reasons(Story::<Notes>::new().tell(gmfta(), command));
    let kind = NoteKind::EnterpriseStatusNotes;
    assert_eq!(told(&write(kind, None)), ["EXECUTION_NOT_BEGUN"]);
    assert_eq!(told(&write(kind, Some(cancelled_file()))), ["ENGAGEMENT_CANCELLED"]);

    let Command::Write { text, file, .. } = write(kind, Some(file()));
    let astray = Command::Write { engagement: FABRIKAM.into(), kind, text, file };
    assert_eq!(told(&astray), ["EXECUTION_NOT_BEGUN"], "another engagement's file does not count");
}
