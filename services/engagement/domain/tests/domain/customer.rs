//! The customer corrected by the program team: another name, the right tenant (I-21, I-23, I-25).

use engagement_domain::*;
use kernel::{DataSet, InProgress, Kind, Role, Verdict};
use serde_json::json;

use crate::support::*;

const RIGHT: &str = "northwind.example";

fn in_progress() -> Vec<Play> {
    vec![
        assigned(),
        returned(),
        alignment(),
        reactive(),
        preparation(),
        delivery(),
        handover(),
        standby(),
        approved(),
        reengaged(),
        delivery().with(&[(gmfta(), hold())]),
    ]
}

/// I-23
#[test]
fn a_customer_is_renamed_at_every_stage_until_the_end_and_the_old_name_stays_readable() {
    for mut play in in_progress() {
        let (before, stage) = (play.e().customer.clone(), play.stage());
        play.must(&program(), &rename("Contoso Electronics"));
        assert_eq!((play.e().customer.as_str(), play.stage()), ("Contoso Electronics", stage));
        let kept = play.e().superseded.last().expect("kept");
        assert_eq!(kept.was, Was::Customer { customer: before });
        assert_eq!((kept.cause.as_str(), &kept.stamp.person), ("they were bought", &program().person));
        assert_eq!(
            play.refused(&program(), &rename("Contoso Electronics")).faults[0].reason,
            "CUSTOMER_UNCHANGED"
        );
    }
}

/// I-23, I-25
#[test]
fn an_engagement_with_the_wrong_tenant_is_moved_at_every_stage_until_the_end() {
    for mut play in in_progress() {
        let (from, item) = (play.e().tenant.clone(), play.e().items.get("tenant").cloned());
        play.must(&program(), &relocate(RIGHT));
        assert_eq!(play.e().tenant, RIGHT);
        assert_eq!(play.e().items["tenant"].value, json!(RIGHT), "the fact is the tenant");
        let was: Vec<_> = play.e().superseded.iter().map(|kept| &kept.was).collect();
        assert!(was.contains(&&Was::Tenant { tenant: from }), "{was:?}");
        let stood = item.is_none_or(|item| {
            was.iter().any(|was| matches!(was, Was::Items { items } if items.get("tenant") == Some(&item)))
        });
        assert!(stood, "{was:?}");
        assert_eq!(
            play.refused(&program(), &relocate("Northwind.Example.")).faults[0].reason,
            "TENANT_UNCHANGED"
        );
    }
}

/// I-18, I-23, I-25
#[test]
fn the_program_team_alone_corrects_the_customer_with_a_cause_until_the_end() {
    for command in [rename("Fabrikam"), relocate(RIGHT)] {
        for who in [gmfta(), fm(), approver(), service()] {
            assert_eq!(
                reasons(&delivery().refused(&who, &command)),
                (Kind::Forbidden, vec!["ROLE_NOT_ALLOWED"])
            );
        }
        let cancelled = delivery().with(&[(program(), cancel(Disposition::Closed))]);
        for play in [cancelled, standby().with(&[(program(), close())])] {
            assert_eq!(reasons(&play.refused(&program(), &command)), (Kind::NotReady, vec!["WRONG_STATE"]));
        }
        let refused = waiting().refused(&program(), &command);
        assert!(refused.message.contains("the Gateway corrects its case"), "{refused}");
    }
    let silent = Command::RenameCustomer { customer: "Fabrikam".into(), cause: " ".into() };
    assert_eq!(reasons(&delivery().refused(&program(), &silent)), (Kind::Invalid, vec!["CAUSE_MISSING"]));
}

/// I-25
#[test]
fn an_engagement_moves_to_no_tenant_with_a_case_that_is_open_or_held_back() {
    for (is_held, reason) in [(false, "CASE_OPEN"), (true, "CASE_HELD")] {
        let Command::MoveEngagement(to) = relocate(RIGHT) else { unreachable!() };
        let beside = Some(InProgress { is_held, ..InProgress::default() });
        let command = Command::MoveEngagement(Move { beside, ..to });
        assert_eq!(reasons(&delivery().refused(&program(), &command)), (Kind::AlreadyExists, vec![reason]));
    }
}

/// I-21: no execution begins on a verdict that saw the facts of another tenant.
#[test]
fn before_the_execution_the_data_begins_anew_and_the_sync_is_held_again() {
    let known = DataSet::from([("licence_count".to_owned(), kernel::Item { value: json!(900), ..item("") })]);
    for play in [returned(), alignment().with(&[(program(), choose(frp()))])] {
        let (mut play, sync, channel) = (play.clone(), play.e().sync.clone(), play.e().channel.clone());
        let Command::MoveEngagement(to) = relocate(RIGHT) else { unreachable!() };
        play.must(&program(), &Command::MoveEngagement(Move { known: known.clone(), ..to }));
        assert_eq!((play.stage(), &play.e().sync, &play.e().channel), (Stage::Assigned, &None, &None));
        let keys: Vec<_> = play.e().items.keys().map(String::as_str).collect();
        assert_eq!(keys, ["licence_count", "tenant"], "what is known of the right one");
        let was: Vec<_> = play.e().superseded.iter().map(|kept| &kept.was).collect();
        assert!(
            was.iter().any(|was| matches!(was, Was::Sync(held) if Some(&**held) == sync.as_ref())),
            "{was:?}"
        );
        assert_eq!(was.iter().any(|was| matches!(was, Was::Channel(_))), channel.is_some());
        assert_eq!(duties(play.e())[0].action, "HOLD_INTERNAL_SYNC");
        let refused = play.refused(&gmfta(), &align(None));
        assert_eq!(refused.reason, "WRONG_STATE", "not on the facts of another");
        let Command::HoldInternalSync(meeting) = sync_of(RIGHT) else { unreachable!() };
        play.must(&gmfta(), &Command::HoldInternalSync(meeting));
        assert_eq!(play.stage(), Stage::Alignment);
    }
}

/// The sync about a tenant, with every item corrected.
fn sync_of(tenant: &str) -> Command {
    let mut meeting = sync_meeting(Verdict::Qualified);
    let all = alignment().e().items.clone();
    meeting.confirmed.clear();
    meeting.corrections = all;
    meeting.corrections.insert("tenant".to_owned(), kernel::Item { value: json!(tenant), ..item("") });
    Command::HoldInternalSync(meeting)
}

/// A-4, I-7: the work that was done is the customer's still.
#[test]
fn once_the_execution_has_begun_the_work_goes_on_where_it_stood() {
    for mut play in [reactive(), delivery(), standby(), reengaged()] {
        let before = play.e().clone();
        play.must(&program(), &relocate(RIGHT));
        let after = play.e();
        assert_eq!((after.stage, &after.case, &after.channel), (before.stage, &before.case, &before.channel));
        let facts = |of: &Engagement| {
            let mut items = of.items.clone();
            items.remove("tenant");
            items
        };
        assert_eq!(facts(after), facts(&before));
    }
}

/// I-25: what waits goes where its case goes, and no other does.
#[test]
fn an_engagement_that_waits_follows_its_case_to_another_tenant() {
    let follow = Command::FollowCase { tenant: RIGHT.into() };
    let mut play = waiting();
    play.must(&service(), &follow);
    assert_eq!((play.e().tenant.as_str(), play.stage()), (RIGHT, Stage::Waiting));
    assert_eq!(play.must(&service(), &follow), [], "told twice");
    assert_eq!(delivery().must(&service(), &follow), []);
    assert_eq!(reasons(&play.refused(&program(), &follow)), (Kind::Forbidden, vec!["ROLE_NOT_ALLOWED"]));
    assert!(play.e().superseded.iter().all(|kept| kept.stamp.role == Role::Service));
}
