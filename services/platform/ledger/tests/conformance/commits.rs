//! A commit is written as a whole or not at all.

use ledger::{Failure, Stop};
use tokio::task::JoinSet;

use crate::{
    acting::id,
    counter::moment,
    house::{House, mark, marks, sql, write},
};

const STOP: &str = "UPDATE mark SET number = -1 WHERE number = -1";

pub(crate) async fn a_commit_writes_all_or_nothing(house: House) {
    let ledger = house.open().await;
    write(&ledger, [mark(1), mark(2)]).await.expect("written");
    let outcome = write(&ledger, [mark(3), mark(4), sql(STOP, vec![]).demanding_one("word")]).await;
    assert!(matches!(outcome, Err(Failure::Stopped(Stop::Demand("word")))), "{outcome:?}");
    assert_eq!(marks(&ledger).await, [1, 2]);
}

pub(crate) async fn a_stopped_commit_leaves_the_others_of_its_group_alone(house: House) {
    let ledger = house.open().await;
    let mut commits = JoinSet::new();
    for number in 0..300 {
        let ledger = ledger.clone();
        commits.spawn(async move {
            let last =
                if number % 3 == 0 { sql(STOP, vec![]).demanding_one("word") } else { mark(-2 - number) };
            (number, write(&ledger, [mark(number), last]).await.is_ok())
        });
    }
    for (number, written) in commits.join_all().await {
        assert_eq!(written, number % 3 != 0, "{number}");
    }
    let kept: Vec<_> = (0..300).filter(|number| number % 3 != 0).collect();
    let seen: Vec<_> = marks(&ledger).await.into_iter().filter(|number| *number >= 0).collect();
    assert_eq!(seen, kept);
    assert_eq!(marks(&ledger).await.len(), 400);
}

pub(crate) async fn exactly_one_row_can_be_demanded(house: House) {
    let ledger = house.open().await;
    write(&ledger, (1..=3).map(mark)).await.expect("written");
    for (above, one) in [(0, false), (1, false), (2, true), (3, false)] {
        let delete = sql("DELETE FROM mark WHERE number > $1", vec![above.into()]).demanding_one("word");
        assert_eq!(write(&ledger, [delete]).await.is_ok(), one, "above {above}");
    }
    assert_eq!(marks(&ledger).await, [1, 2]);
}

pub(crate) async fn a_violated_constraint_is_named_by_its_columns(house: House) {
    let ledger = house.open().await;
    write(&ledger, [mark(1)]).await.expect("written");
    stopped_by("mark.number", write(&ledger, [mark(2), mark(1)]).await);

    let keep = "INSERT INTO request (person, key, fingerprint, reply, time) VALUES ('p', 'k', $1, $1, $2)";
    let keep = |reply: u8| sql(keep, vec![vec![reply].into(), moment(0).into()]);
    write(&ledger, [keep(1)]).await.expect("written");
    let again = write(&ledger, [mark(2), keep(2)]).await;
    stopped_by(ledger::RequestKey::CONSTRAINT, again);
    assert_eq!(marks(&ledger).await, [1]);
}

pub(crate) async fn an_error_of_the_database_undoes_its_own_commit_alone(house: House) {
    let ledger = house.open().await;
    let bad = sql("INSERT INTO nowhere (nothing) VALUES (1)", vec![]);
    let values = [id(1).into(), None::<i64>.into()];
    let null = sql("INSERT INTO addition (counter, amount) VALUES ($1, $2)", values);
    let (before, missing, absent, after) = tokio::join!(
        write(&ledger, [mark(1)]),
        write(&ledger, [mark(2), bad]),
        write(&ledger, [mark(3), null]),
        write(&ledger, [mark(4)]),
    );
    assert!(before.is_ok() && after.is_ok());
    assert!(matches!(missing, Err(Failure::Trouble(_))), "{missing:?}");
    assert!(matches!(absent, Err(Failure::Trouble(_))), "{absent:?}");
    assert_eq!(marks(&ledger).await, [1, 4]);
}

fn stopped_by(constraint: &str, outcome: Result<(), Failure>) {
    match outcome {
        Err(Failure::Stopped(Stop::Unique(columns))) => assert_eq!(columns, constraint),
        other => panic!("{other:?}"),
    }
}
