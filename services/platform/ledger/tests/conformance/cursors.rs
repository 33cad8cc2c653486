//! A followed journal is taken over exactly once, whoever follows it.

use ledger::{Cursor, Failure, Parked, Stop, cursor, move_cursor, park, parked, release};
use tokio::task::JoinSet;

use crate::{
    counter::moment,
    house::{House, mark, marks, write},
};

const LOST: &str = "cursor";

fn at(revision: i64) -> Cursor {
    Cursor { revision, token: format!("token {revision}"), time: Some(moment(revision)) }
}

pub(crate) async fn of_many_followers_racing_one_moves_the_cursor(house: House) {
    let ledger = house.open().await;
    for from in 0..40 {
        let mut followers = JoinSet::new();
        for follower in 0..4 {
            let ledger = ledger.clone();
            followers.spawn(async move {
                let effect = mark(from * 4 + follower);
                write(&ledger, [effect, move_cursor("upstream", from, &at(from + 1), LOST)]).await
            });
        }
        let outcomes = followers.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 3), "from {from}: {lost:?}");
        assert!(lost.iter().all(|outcome| matches!(outcome, Err(Failure::Stopped(Stop::Demand(LOST))))));
        assert_eq!(cursor(&ledger, "upstream").await.expect("readable"), at(from + 1));
    }
    let effects: Vec<_> = marks(&ledger).await.iter().map(|mark| mark / 4).collect();
    assert_eq!(effects, (0..40).collect::<Vec<_>>());
}

pub(crate) async fn a_cursor_moves_only_from_where_it_stands(house: House) {
    let ledger = house.open().await;
    let step = async |from, to| write(&ledger, [move_cursor("upstream", from, &at(to), LOST)]).await.is_ok();
    assert!(!step(5, 6).await, "it stands at 0");
    assert!(step(0, 5).await);
    assert!(!step(0, 5).await);
    assert!(!step(4, 6).await);
    assert!(step(5, 6).await);
    assert_eq!(cursor(&ledger, "upstream").await.expect("readable"), at(6));
    assert_eq!(cursor(&ledger, "another").await.expect("readable"), Cursor::default());
}

pub(crate) async fn an_event_is_parked_once_and_released_once(house: House) {
    let ledger = house.open().await;
    let event = |revision, subject: &str| Parked {
        source: "upstream".to_owned(),
        revision,
        subject: subject.to_owned(),
        event: vec![1, 2, 3],
        cause: "it does not fit".to_owned(),
        time: moment(revision),
    };
    let [first, second, other] = [event(3, "counters/1"), event(9, "counters/1"), event(5, "counters/2")];
    write(&ledger, [park(&second), park(&other), park(&first)]).await.expect("written");
    let repeated = write(&ledger, [park(&first)]).await;
    assert!(matches!(repeated, Err(Failure::Stopped(Stop::Unique(_)))), "{repeated:?}");

    let of = async |subject| parked(&ledger, "upstream", subject).await.expect("readable");
    assert_eq!(of(None).await, [first.clone(), other.clone(), second.clone()]);
    assert_eq!(of(Some("counters/1")).await, [first, second.clone()]);
    assert_eq!(parked(&ledger, "another", None).await.expect("readable"), []);

    write(&ledger, [release("upstream", 3, "gone")]).await.expect("written");
    let again = write(&ledger, [release("upstream", 3, "gone")]).await;
    assert!(matches!(again, Err(Failure::Stopped(Stop::Demand("gone")))), "{again:?}");
    assert_eq!(of(None).await, [other, second]);
}
