//! What an operator may do to a followed journal, and what remains to be seen of it.

use kernel::Role;
use ledger::{
    Cursor, DutyQuery, Ledger, PARKED, Parked, close_reset_duty, cursor, discard, duties, has_reset_duty,
    move_cursor, open_parked_duty, open_reset_duty, park, parked, resume,
};

use crate::{
    counter::moment,
    house::{House, sql, write},
};

fn at(revision: i64) -> Cursor {
    Cursor { revision, token: format!("token {revision}"), time: Some(moment(revision)) }
}

/// The rows that interventions left: action, revision, where the cursor stood, why.
async fn traces(ledger: &Ledger) -> Vec<(String, i64, Option<i64>, String)> {
    let rows = sql("SELECT action, revision, before, reason FROM intervention ORDER BY time", vec![]);
    let rows = ledger.read(rows).await.expect("readable");
    let read = |row: &ledger::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    rows.iter().map(read).collect::<Result<_, ledger::Trouble>>().expect("readable")
}

async fn operators_duties(ledger: &Ledger) -> Vec<String> {
    let query = DutyQuery { role: Some(Role::Operator), limit: 10, ..DutyQuery::default() };
    let found = duties(ledger, query).await.expect("readable");
    found.into_iter().map(|duty| format!("{} {}", duty.resource, duty.action)).collect()
}

pub(crate) async fn a_cursor_is_put_where_an_operator_says(house: House) {
    let ledger = house.open().await;
    write(&ledger, [move_cursor("upstream", 0, &at(7), "moved")]).await.expect("written");
    let open = open_reset_duty("upstream", "it was set back", moment(1));
    write(&ledger, [open, open_reset_duty("elsewhere", "so was this", moment(2))]).await.expect("written");
    assert!(has_reset_duty(&ledger, "upstream").await.expect("readable"));

    for (number, to) in (0..).zip([at(4), at(9), Cursor { revision: 3, ..Cursor::default() }]) {
        resume(&ledger, "upstream", &to, "compared", moment(number)).await.expect("resumed");
        assert_eq!(cursor(&ledger, "upstream").await.expect("readable"), to);
    }
    let why = || "compared".to_owned();
    let resumed = |to, from| ("RESUMED".to_owned(), to, Some(from), why());
    assert_eq!(traces(&ledger).await, [resumed(4, 7), resumed(9, 4), resumed(3, 9)]);
    assert!(!has_reset_duty(&ledger, "upstream").await.expect("readable"));
    assert_eq!(operators_duties(&ledger).await, ["journals/elsewhere RESUME_FOLLOWING"]);
    write(&ledger, [close_reset_duty("elsewhere")]).await.expect("written");
    assert_eq!(operators_duties(&ledger).await, [""; 0]);
    let lost = write(&ledger, [move_cursor("upstream", 9, &at(10), "moved")]).await;
    assert!(lost.is_err(), "whoever followed meanwhile finds it moved");
}

pub(crate) async fn a_discarded_event_is_not_parked_any_more_and_leaves_a_trace(house: House) {
    let ledger = house.open().await;
    let event = |revision: i64| Parked {
        source: "upstream".to_owned(),
        revision,
        subject: "counters/1".to_owned(),
        event: vec![1, 2, u8::try_from(revision).expect("small")],
        cause: "it does not fit".to_owned(),
        time: moment(revision),
    };
    let (first, second) = (event(3), event(5));
    let parking = [park(&first), open_parked_duty(&first), park(&second)];
    write(&ledger, parking).await.expect("written");
    let drop_it =
        async |revision| discard(&ledger, "upstream", revision, "never fits", moment(revision)).await;

    assert_eq!(drop_it(4).await.expect("nothing"), None);
    assert_eq!(drop_it(3).await.expect("discarded"), Some(first));
    assert_eq!(
        parked(&ledger, "upstream", None).await.expect("readable").as_slice(),
        std::slice::from_ref(&second)
    );
    assert_eq!(operators_duties(&ledger).await, [format!("counters/1 {PARKED}")], "one waits still");
    assert_eq!(drop_it(3).await.expect("nothing"), None);
    assert_eq!(drop_it(5).await.expect("discarded"), Some(second));
    assert_eq!(operators_duties(&ledger).await, [""; 0]);

    let discarded = |revision| ("DISCARDED".to_owned(), revision, None, "never fits".to_owned());
    assert_eq!(traces(&ledger).await, [discarded(3), discarded(5)]);
    let kept = ledger.read(sql("SELECT event FROM intervention WHERE revision = 5", vec![])).await;
    assert_eq!(kept.expect("readable")[0].get::<Vec<u8>>(0).expect("bytes"), [1, 2, 5]);
}
