//! A lease is held by one process at a time, and by another once it has run out.

use kernel::{Duty, Role};
use ledger::{Lease, Span, became_overdue, drop_lease, lease, replace_duties, take_lease};

use crate::{
    counter::moment,
    house::{House, write},
};

fn of(holder: &str, until: i64) -> Lease {
    Lease { holder: holder.to_owned(), expires: moment(until) }
}

pub(crate) async fn a_lease_is_renewed_by_its_holder_and_taken_by_others_when_it_has_run_out(house: House) {
    let ledger = house.open().await;
    let take = async |holder, now, until| {
        take_lease(&ledger, "one", &of(holder, until), moment(now)).await.expect("it is asked")
    };
    assert!(take("ada", 0, 10).await && take("ada", 5, 15).await);
    assert!(!take("ben", 14, 24).await, "it is ada's");
    assert_eq!(lease(&ledger, "one").await.expect("readable"), Some(of("ada", 15)));
    assert!(take("ben", 15, 25).await && !take("ada", 16, 26).await);
    write(&ledger, [drop_lease("one", "ada")]).await.expect("written");
    assert_eq!(lease(&ledger, "one").await.expect("readable"), Some(of("ben", 25)), "not ada's to drop");
    write(&ledger, [drop_lease("one", "ben")]).await.expect("written");
    assert!(take("ada", 16, 26).await);
    assert!(take("ada", 20, 500).await && take("ben", 21, 31).await, "ada's clock was wrong");
    assert!(!take("ada", 22, 32).await, "ben's is right");
    assert_eq!(lease(&ledger, "another").await.expect("readable"), None);
}

pub(crate) async fn what_became_overdue_is_found_once_between_one_look_and_the_next(house: House) {
    let ledger = house.open().await;
    let wait =
        |action, since| Duty { action, role: Role::Fm, person: None, since: moment(since), missing: vec![] };
    write(&ledger, replace_duties("counters/a", &[wait("ADD", 1), wait("CLOSE", 1)])).await.expect("written");
    write(&ledger, replace_duties("counters/b", &[wait("ADD", 3)])).await.expect("written");
    write(&ledger, replace_duties("counters/c", &[wait("ADD", 5)])).await.expect("written");
    let look = async |add: (i64, i64), close: (i64, i64), after| {
        let span = |action: &str, (from, to)| Span {
            action: action.to_owned(),
            after: moment(from),
            until: moment(to),
        };
        let spans = [span("ADD", add), span("CLOSE", close)];
        became_overdue(&ledger, &spans, after, 2).await.expect("readable")
    };
    assert_eq!(look((0, 3), (0, 3), "").await, ["counters/a", "counters/b"], "each once");
    assert_eq!(look((3, 9), (9, 9), "").await, ["counters/c"]);
    assert_eq!(look((0, 9), (0, 9), "").await, ["counters/a", "counters/b"], "a page");
    assert_eq!(look((0, 9), (0, 9), "counters/b").await, ["counters/c"]);
    assert!(look((5, 9), (1, 9), "").await.is_empty());
}
