//! The two append-only fields of FTOP: who writes into them, and that what is written stays (E-3.5, E-5.5, I-19).

use proto::tasks::v1::{GetNoteRequest, Note, WriteNoteRequest, note::Kind};
use tests::actor;
use tonic::Code;

use crate::cast::{FM, GMFTA, OTHER_FE, OTHER_GMFTA, Play, SIX, TASKS, ask};

#[tokio::test]
async fn each_of_the_six_writes_into_either_field_and_what_is_written_stays() {
    let play = Play::start().await;
    let engagement = play.aligned("contoso").await;
    play.playbook_task(&engagement, crate::prefix::PILOT, 0).await;
    let mut written = Vec::new();
    for (author, kind) in SIX
        .into_iter()
        .flat_map(|seat| [Kind::EnterpriseNotes, Kind::EnterpriseStatusNotes].map(|kind| (seat, kind)))
    {
        let text = format!("{} 写道\n\tline two", author.role);
        let write = ask!(WriteNoteRequest { engagement: engagement.clone(), kind: kind, text: text.clone() });
        let note: Note = play.ok(author, write).await;
        let stamp = note.written.clone().expect("who wrote it");
        assert_eq!(
            (stamp.person.as_str(), stamp.role().as_str_name()),
            (author.person, format!("ROLE_{}", author.role).as_str())
        );
        assert_eq!((&note.engagement, note.kind(), &note.text), (&engagement, kind, &text));
        assert_eq!(note.create_time, stamp.time);
        written.push(note);
    }
    for note in &written {
        let read: Note = play.ok(FM, GetNoteRequest { name: note.name.clone() }).await;
        assert_eq!(&read, note);
    }
    let events = play.events(TASKS, &engagement).await;
    let notes = events.iter().filter(|event| event.kind == "NoteWritten");
    let versions: Vec<_> = notes.map(|event| (event.version_before, event.version_after)).collect();
    assert_eq!(versions, vec![(0, 1); written.len()], "written once, and never again");
    play.stop().await;
}

#[tokio::test]
async fn a_note_needs_a_field_a_text_and_one_of_the_six() {
    let play = Play::start().await;
    let engagement = play.aligned("contoso").await;
    play.playbook_task(&engagement, crate::prefix::PILOT, 0).await;
    let empty = ask!(WriteNoteRequest { engagement: engagement.clone() });
    let faults = ["INVALID_REQUEST", "FIELD_MALFORMED", "FIELD_REQUIRED"];
    play.refused(GMFTA, empty, Code::InvalidArgument, &faults).await;
    let note = |text: String| {
        ask!(WriteNoteRequest { engagement: engagement.clone(), kind: Kind::EnterpriseNotes, text: text })
    };
    let long = note("笔".repeat(20_001));
    play.refused(GMFTA, long, Code::InvalidArgument, &["INVALID_REQUEST", "FIELD_TOO_LONG"]).await;
    let _: Note = play.ok(GMFTA, note("笔".repeat(20_000))).await;
    for stranger in [OTHER_FE, OTHER_GMFTA] {
        let why = ["EXECUTION_NOT_BEGUN"];
        play.refused(stranger, note("x".to_owned()), Code::FailedPrecondition, &why).await;
    }
    let unseated = actor(GMFTA.person, "FE");
    play.refused(unseated, note("x".to_owned()), Code::PermissionDenied, &["NOT_ROSTERED"]).await;
    play.stop().await;
}
