//! Blockers: raised and resolved by the six, numbered, and counted for leadership (G-5, G-6, O-4).

use proto::engagement::v1::{RaiseBlockerRequest, ResolveBlockerRequest, blocker::Kind};
use tonic::Code;

use super::{INVALID, NOT_READY, WRONG_STATE};
use crate::cast::{ATS, ENGAGEMENTS, FE, FM, GMFTA, OTHER_FE, OTHER_GMFTA, PROGRAM, Play, SIX, actions, ask};

fn raise(name: &str, kind: Kind) -> RaiseBlockerRequest {
    ask!(RaiseBlockerRequest { name: name, kind: kind, description: "it fails" })
}

fn resolve(name: &str, blocker: i32) -> ResolveBlockerRequest {
    ask!(ResolveBlockerRequest { name: name, blocker: blocker, resolution: "a newer version" })
}

/// How many blockers are open, by kind.
async fn open(play: &Play) -> Vec<(Kind, i64)> {
    let ages = play.insights().await.open_blockers;
    assert!(ages.iter().all(|age| age.under_30_days + age.over_30_days == 0), "{ages:?}");
    ages.iter().map(|age| (age.kind(), age.under_7_days)).collect()
}

#[tokio::test]
async fn each_of_the_six_raises_blockers_with_numbers_of_their_own() {
    let play = Play::start().await;
    let name = play.preparing("contoso").await;
    let kinds =
        [Kind::Application, Kind::Hardware, Kind::Licensing, Kind::Licensing, Kind::Security, Kind::Other];
    for (index, (who, kind)) in SIX.into_iter().zip(kinds).enumerate() {
        let raised = play.step(who, raise(&name, kind)).await.blockers;
        let last = raised.last().expect("the blocker");
        assert_eq!(usize::try_from(last.number).ok(), Some(index + 1));
        assert_eq!(
            (last.kind(), last.description.as_str(), last.resolved.as_ref()),
            (kind, "it fails", None)
        );
        assert_eq!(last.raised.as_ref().map(|stamp| stamp.person.as_str()), Some(who.person));
    }
    assert_eq!(
        open(&play).await,
        [
            (Kind::Application, 1),
            (Kind::Hardware, 1),
            (Kind::Licensing, 2),
            (Kind::Security, 1),
            (Kind::Other, 1)
        ]
    );
    let duties = play.duties(ENGAGEMENTS, GMFTA.person, &name).await;
    let due = duties.iter().find(|duty| duty.action == "RESOLVE_BLOCKER").expect("it waits");
    assert_eq!(due.missing.len(), 6);

    // Another engagement counts from 1 again, also before its execution, when there is the GMFTA alone.
    let other = play.assigned("northwind").await;
    play.refused(FE, raise(&other, Kind::Other), Code::NotFound, &["NOT_FOUND"]).await;
    assert_eq!(play.step(GMFTA, raise(&other, Kind::Other)).await.blockers[0].number, 1);
    play.stop().await;
}

#[tokio::test]
async fn a_blocker_is_resolved_once_and_leaves_the_insights() {
    let play = Play::start().await;
    let name = play.preparing("contoso").await;
    play.step(FE, raise(&name, Kind::Application)).await;
    play.step(FE, raise(&name, Kind::Application)).await;
    let resolved = play.step(ATS, resolve(&name, 1)).await.blockers;
    assert_eq!((resolved[0].resolution.as_str(), resolved[1].resolved.as_ref()), ("a newer version", None));
    assert_eq!(resolved[0].resolved.as_ref().map(|stamp| stamp.person.as_str()), Some(ATS.person));
    assert_eq!(open(&play).await, [(Kind::Application, 1)]);
    play.refused(FM, resolve(&name, 1), NOT_READY, &["BLOCKER_ALREADY_RESOLVED"]).await;
    for unknown in [0, 3] {
        play.refused(FM, resolve(&name, unknown), Code::NotFound, &["BLOCKER_UNKNOWN"]).await;
    }
    play.step(FM, resolve(&name, 2)).await;
    assert_eq!(open(&play).await, []);
    assert!(!actions(&play.duties(ENGAGEMENTS, "", &name).await).contains(&"RESOLVE_BLOCKER"));
    assert_eq!(play.step(FE, raise(&name, Kind::Other)).await.blockers[2].number, 3);
    play.stop().await;
}

#[tokio::test]
async fn a_blocker_says_what_it_is_and_strangers_raise_none() {
    let play = Play::start().await;
    let name = play.preparing("contoso").await;
    let empty = ask!(RaiseBlockerRequest { name: name.clone() });
    play.refused(FE, empty, INVALID, &["INVALID_REQUEST", "FIELD_MALFORMED", "FIELD_REQUIRED"]).await;
    play.step(FE, raise(&name, Kind::Other)).await;
    let silent = ask!(ResolveBlockerRequest { name: name.clone(), blocker: 1 });
    play.refused(FE, silent, INVALID, &["INVALID_REQUEST", "FIELD_REQUIRED"]).await;
    for stranger in [OTHER_FE, OTHER_GMFTA] {
        play.refused(stranger, raise(&name, Kind::Other), Code::NotFound, &["NOT_FOUND"]).await;
        play.refused(stranger, resolve(&name, 1), Code::NotFound, &["NOT_FOUND"]).await;
    }
    play.step(PROGRAM, super::cancellations::close(&name)).await;
    play.refused(FE, raise(&name, Kind::Other), NOT_READY, WRONG_STATE).await;
    play.refused(FE, resolve(&name, 1), NOT_READY, WRONG_STATE).await;
    // Nobody can resolve it any more, and it blocks nothing.
    assert_eq!(open(&play).await, []);
    play.stop().await;
}
