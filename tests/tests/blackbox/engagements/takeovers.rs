//! An engagement that follows a cancelled one loses nothing that this has left: its summary, and the sight of its notes; the gates
//! stay (E-3.3, E-3.5, A-4, I-18).

use getmodern::client::Actor;
use proto::{
    common::v1::Role,
    engagement::v1::{
        AcknowledgeSeatRequest, Engagement, FinalizeSummaryRequest, HoldInternalSyncRequest,
        SaveSummaryRequest, TakeOverEngagementRequest,
    },
    tasks::v1::{GetNoteRequest, ListNotesRequest, ListNotesResponse, Note, note},
};
use tests::actor;
use tonic::Code;

use super::{DENIED, NOT_READY, cancellations::close, seats::hand, subjects};
use crate::{
    cast::{ENGAGEMENTS, FE, FM, GMFTA, OTHER_FE, OTHER_GMFTA, PROGRAM, Play, SME, ask, roster},
    faults::gateway::eventually,
    prefix::{alignment, content, get, introduction, sync, workshop},
    world::STRANGER,
};

/// The GMFTA and the SME of the engagement that follows.
const NEXT: Actor = actor("people/next-gmfta", "GMFTA");
const NEXT_SME: Actor = actor("people/next-sme", "SME");

pub(super) fn take_over(name: &str, predecessor: &str) -> TakeOverEngagementRequest {
    ask!(TakeOverEngagementRequest { name: name, predecessor: predecessor })
}

/// An engagement that was cancelled in delivery, with a summary being written and a note.
async fn cancelled(play: &Play, tenant: &str) -> String {
    let name = play.delivering(tenant).await;
    play.step(GMFTA, ask!(SaveSummaryRequest { name: name.clone(), content: content() })).await;
    play.write(&name, note::Kind::EnterpriseNotes).await;
    play.step(PROGRAM, close(&name)).await;
    name
}

/// The engagement with the same tenant that follows it, introduced, with another GMFTA and SME.
async fn following(play: &Play, tenant: &str) -> String {
    let assign = proto::engagement::v1::AssignEngagementRequest {
        gmfta: NEXT.person.to_owned(),
        ..crate::prefix::assignment(tenant)
    };
    let name = play.step(PROGRAM, assign).await.name;
    let mut six = roster();
    (six.gmfta, six.sme) = (NEXT.person.to_owned(), NEXT_SME.person.to_owned());
    let held = sync(&name, tenant, 700, proto::common::v1::Intent::Yes);
    play.step(NEXT, HoldInternalSyncRequest { roster: Some(six), ..held }).await;
    play.step(NEXT, alignment(&name)).await;
    play.step(NEXT, introduction(&name)).await.name
}

/// How many notes of the cancelled one somebody sees, by its name and in all; each is read as well. Nothing while it changes.
async fn notes(play: &Play, who: Actor, cancelled: &str) -> Option<usize> {
    let all: ListNotesResponse = play.ok(who, ListNotesRequest::default()).await;
    for note in &all.notes {
        let _: Note = play.ok(who, GetNoteRequest { name: note.name.clone() }).await;
    }
    let of = ListNotesRequest { engagement: cancelled.to_owned(), ..ListNotesRequest::default() };
    let of = match play.client.call::<_, ListNotesResponse>(who, of).await {
        Ok(found) => found.notes,
        Err(status) if status.code() == Code::NotFound => Vec::new(),
        Err(status) => panic!("{who:?} {status:?}"),
    };
    (of == all.notes).then_some(of.len())
}

async fn sees(play: &Play, who: Actor, cancelled: &str, count: usize) {
    eventually("so many notes are seen", async || {
        (notes(play, who, cancelled).await == Some(count)).then_some(())
    })
    .await;
}

/// E-3.3, E-3.5
#[tokio::test]
async fn summary_and_notes_of_a_cancelled_engagement_go_on_in_the_one_that_follows_it() {
    let play = Play::start().await;
    let before = cancelled(&play, "contoso").await;
    let left = play.engagement(&before).await.summary.expect("written");
    let name = following(&play, "contoso").await;
    for who in [NEXT, NEXT_SME] {
        play.refused(who, get(&before), Code::NotFound, &["NOT_FOUND"]).await;
        assert_eq!(notes(&play, who, &before).await, Some(0));
    }
    for who in [FM, FE] {
        play.refused(who, take_over(&name, &before), DENIED, &["WRONG_ROLE"]).await;
    }
    play.refused(GMFTA, take_over(&name, &before), Code::NotFound, &["NOT_FOUND"]).await;

    let taken = play.step(NEXT, take_over(&name, &before)).await;
    let draft = taken.summary.clone().expect("a draft");
    assert_eq!(
        (&draft.content, &draft.saved, draft.taken_from),
        (&left.content, &left.saved, before.clone())
    );
    let source = taken.taken_over.clone().expect("its source");
    assert_eq!((source.engagement.as_str(), source.summary.as_ref()), (before.as_str(), Some(&left)));
    assert!(source.cancel_time.is_some() && source.stamp.is_some_and(|stamp| stamp.person == NEXT.person));
    for who in [NEXT, NEXT_SME, FM, FE] {
        sees(&play, who, &before, 1).await;
        assert_eq!(play.ok::<_, Engagement>(who, get(&name)).await, taken, "{who:?}");
    }
    play.refused(NEXT, get(&before), Code::NotFound, &["NOT_FOUND"]).await;
    for who in [OTHER_FE, OTHER_GMFTA, actor(STRANGER, "SME")] {
        assert_eq!(notes(&play, who, &before).await, Some(0), "{who:?}");
    }
    play.refused(NEXT, take_over(&name, &before), NOT_READY, &["ALREADY_TAKEN_OVER"]).await;
    goes_on(&play, &name).await;
    leaves(&play, &name, &before).await;
    play.stop().await;
}

/// The gates stay: the workshop of this engagement, and the draft gone through with the customer (A-4, I-10).
async fn goes_on(play: &Play, name: &str) {
    let finalize = || ask!(FinalizeSummaryRequest { name: name });
    let lacking = ["SUMMARY_INCOMPLETE", "WORKSHOP_NOT_HELD", "SUMMARY_TAKEN_OVER"];
    play.refused(NEXT, finalize(), NOT_READY, &lacking).await;
    let unprepared = play.client.call::<_, Engagement>(NEXT, workshop(name)).await.expect_err("not prepared");
    assert!(!subjects(&unprepared).is_empty(), "{unprepared:?}");
    let saved = play.step(NEXT, ask!(SaveSummaryRequest { name: name, content: content() })).await;
    assert_eq!(saved.summary.expect("saved").taken_from, "");
    play.refused(NEXT, finalize(), NOT_READY, &["SUMMARY_INCOMPLETE", "WORKSHOP_NOT_HELD"]).await;
}

/// I-18, I-22: who leaves the engagement sees the notes no more, and who comes does.
async fn leaves(play: &Play, name: &str, before: &str) {
    play.step(PROGRAM, hand(name, Role::Sme, actor("people/third-sme", "SME"))).await;
    let third = actor("people/third-sme", "SME");
    play.step(third, ask!(AcknowledgeSeatRequest { name: name })).await;
    sees(play, third, before, 1).await;
    sees(play, NEXT_SME, before, 0).await;
    sees(play, SME, before, 1).await;
    assert!(play.events(ENGAGEMENTS, name).await.iter().any(|event| event.kind == "EngagementTakenOver"));
}

/// I-18: nobody learns by the answer whether what they named is there.
#[tokio::test]
async fn what_is_no_cancelled_engagement_of_the_tenant_is_refused_alike() {
    let play = Play::start().await;
    let other = cancelled(&play, "fabrikam").await;
    let running = play.delivering("northwind").await;
    let name = play.preparing("contoso").await;
    let nowhere = format!("engagements/{}", crate::catalogue::NOWHERE);
    let mut told = Vec::new();
    for predecessor in [&other, &running, &nowhere, &name] {
        let why = ["NOTHING_TO_TAKE_OVER"];
        let refused = play.refused(GMFTA, take_over(&name, predecessor), NOT_READY, &why).await;
        told.push(refused.message().to_owned());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    play.stop().await;
}
