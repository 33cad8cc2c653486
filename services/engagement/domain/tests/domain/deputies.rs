//! Deputies: E-4, E-5.2, R-4, I-22.

use engagement_domain::*;
use kernel::{Caller, Kind, Role};

use crate::{
    support::*,
    transitions::{commands, milestones},
};

fn dora() -> Caller {
    caller("dora", Role::Gmfta)
}

fn deputised(play: Play) -> Play {
    play.with(&[(program(), deputise(Role::Gmfta, "dora", 0, 200))])
}

/// I-22
#[test]
fn a_deputy_may_do_everything_that_the_seat_may() {
    for (label, play) in milestones() {
        let Some(e) = &play.state else { continue };
        for role in Role::SIX {
            let Some(holder) = e.holder(role).cloned() else { continue };
            if !e.is_live() || e.stage == Stage::Waiting || e.people().contains(&person("dora")) {
                continue;
            }
            let play = play.clone().with(&[(program(), deputise(role, "dora", 0, 500))]);
            let (owner, deputy) = (Caller { person: holder, role }, caller("dora", role));
            for (_, command) in commands() {
                // Who takes a seat does so in person; a deputy may always stop, and never prolong.
                let themselves =
                    matches!(&command, Command::AppointDeputy(new) if new.deputy == person("dora"));
                if matches!(command, Command::AcknowledgeSeat | Command::EndDeputy { .. }) || themselves {
                    continue;
                }
                let (one, other) =
                    (play.clone().give(&owner, &command), play.clone().give(&deputy, &command));
                assert_eq!(other, one, "{label} {role} {command:?}");
            }
        }
    }
}

/// I-22: what a deputy does bears their own name, and the list says for whom it was.
#[test]
fn what_a_deputy_does_is_told_of_both() {
    let mut play = deputised(preparation());
    play.must(&dora(), &Command::HoldPrepMeeting(meeting()));
    let met = &play.e().prep_meetings[0].stamp;
    assert_eq!((&met.person, met.role), (&person("dora"), Role::Gmfta));
    let [deputyship] = play.e().deputies.as_slice() else { panic!("one: {:?}", play.e().deputies) };
    assert_eq!((&deputyship.deputy, &deputyship.holder), (&person("dora"), &person("ada")));
    assert_eq!((&deputyship.appointed.person, deputyship.cause.as_str()), (&program().person, "on leave"));
}

/// I-18
#[test]
fn a_deputy_acts_from_the_first_day_to_the_last_and_in_no_other_role() {
    let mut play = preparation();
    play.must(&gmfta(), &deputise(Role::Gmfta, "dora", 48, 96));
    let met = Command::HoldPrepMeeting(meeting());
    for (at, may) in [(20, false), (50, true), (98, true), (200, false)] {
        let mut then = play.clone();
        then.hour = at;
        let outcome = then.give(&dora(), &met);
        assert_eq!(outcome.is_ok(), may, "at {at}: {outcome:?}");
    }
    play.hour = 60;
    assert_eq!(play.refused(&caller("dora", Role::Fe), &report(true, true)).reason, "NOT_ROSTERED");
    assert!(play.clone().give(&gmfta(), &met).is_ok(), "the seat is its holder's all the same");
}

/// E-5.2
#[test]
fn a_deputy_does_not_approve_their_own_call_back() {
    let play = requested().with(&[(program(), deputise(Role::Gmfta, "gus", 0, 500))]);
    assert_eq!(reasons(&play.refused(&approver(), &approve())), (Kind::Forbidden, vec!["OWN_BRIEF"]));
    let ended = play.with(&[(program(), end_deputy(1))]);
    ended.clone().must(&approver(), &approve());
    let late = approved().refused(&program(), &deputise(Role::Gmfta, "gus", 0, 500));
    assert_eq!(reasons(&late), (Kind::NotReady, vec!["OWN_BRIEF"]));
}

/// I-18
#[test]
fn the_holder_and_whoever_gives_the_seat_appoint_a_deputy_and_they_and_the_deputy_end_it() {
    let deputy = |role| deputise(role, "dora", 0, 500);
    for role in Role::SIX {
        let holder = Caller { person: roster().holder(role).expect("one of six").clone(), role };
        let of_fm = [Role::Fe, Role::Sme, Role::Fta, Role::Fm].contains(&role);
        let mut play = delivery();
        assert!(play.clone().give(&program(), &deputy(role)).is_ok(), "{role}");
        assert_eq!(play.clone().give(&fm(), &deputy(role)).is_ok(), of_fm, "{role}");
        for who in [caller("zoe", role), approver(), service()] {
            assert_eq!(play.refused(&who, &deputy(role)).kind, Kind::Forbidden, "{who:?}");
        }
        play.must(&holder, &deputy(role));
        for who in [holder, program(), caller("dora", role)] {
            play.clone().must(&who, &end_deputy(1));
        }
        assert_eq!(play.refused(&caller("zoe", role), &end_deputy(1)).kind, Kind::Forbidden);
    }
}

/// I-22
#[test]
fn a_deputyship_ends_once_and_with_it_what_the_deputy_may_and_sees() {
    let mut play = deputised(preparation());
    assert!(play.e().people().contains(&person("dora")));
    let silent = Command::EndDeputy { number: 1, cause: " ".into() };
    assert_eq!(reasons(&play.refused(&gmfta(), &silent)), (Kind::Invalid, vec!["CAUSE_MISSING"]));
    assert_eq!(play.refused(&gmfta(), &end_deputy(2)).kind, Kind::NotFound);
    play.must(&gmfta(), &end_deputy(1));
    assert!(!play.e().people().contains(&person("dora")));
    let met = Command::HoldPrepMeeting(meeting());
    assert_eq!(play.refused(&dora(), &met).reason, "NOT_THE_DESIGNATED_ARCHITECT");
    assert_eq!(reasons(&play.refused(&gmfta(), &end_deputy(1))).1, ["DEPUTYSHIP_ENDED"]);
    let end = play.e().deputies[0].end.clone().expect("why");
    assert_eq!((end.cause.as_str(), &end.stamp.person), ("back already", &gmfta().person));
}

/// I-22: the service ends what is over, and nothing before.
#[test]
fn a_deputyship_whose_last_day_is_over_is_ended_by_the_service() {
    let mut play = preparation().with(&[(gmfta(), deputise(Role::Gmfta, "dora", 0, 48))]);
    let over = Command::EndDeputy { number: 1, cause: String::new() };
    assert!(play.must(&service(), &over).is_empty(), "it is not over");
    let until = play.e().next_deputy_over().expect("a time");
    assert_eq!(until.to_zoned(jiff::tz::TimeZone::UTC).date(), day(48).tomorrow().expect("a day"));
    play.hour = 100;
    assert_eq!(play.e().deputies_over(play.now()).count(), 1);
    assert!(!play.must(&service(), &over).is_empty());
    assert!(!play.e().people().contains(&person("dora")));
    assert_eq!((play.e().next_deputy_over(), play.e().deputies_over(play.now()).count()), (None, 0));
    assert!(play.must(&service(), &over).is_empty(), "once");
}

#[test]
fn a_deputy_is_for_a_seat_of_the_six_on_days_to_come_and_one_at_a_time() {
    let mut play = preparation();
    play.hour = 240;
    let invalid = |command: &Command| reasons(&play.refused(&program(), command));
    assert_eq!(
        invalid(&deputise(Role::Leadership, "dora", 240, 500)),
        (Kind::Invalid, vec!["ROLE_NOT_ROSTERED"])
    );
    assert_eq!(invalid(&deputise(Role::Fe, "dora", 500, 300)), (Kind::Invalid, vec!["DAYS_REVERSED"]));
    assert_eq!(invalid(&deputise(Role::Fe, "dora", 0, 100)), (Kind::Invalid, vec!["DAYS_OVER"]));
    assert_eq!(invalid(&deputise(Role::Fe, "eva", 240, 500)), (Kind::NotReady, vec!["ALREADY_SEATED"]));
    let play = play.with(&[(fe(), deputise(Role::Fe, "dora", 240, 300))]);
    let again = play.refused(&fe(), &deputise(Role::Fe, "dirk", 290, 400));
    assert_eq!(reasons(&again), (Kind::NotReady, vec!["DEPUTY_ALREADY_APPOINTED"]));
    play.clone().must(&fe(), &deputise(Role::Fe, "dirk", 400, 500));
    assert_eq!(
        reasons(&assigned().refused(&program(), &deputise(Role::Fe, "dora", 0, 500))).1,
        ["SEAT_NOT_FILLED"]
    );
}

fn attendee(role: Role, name: &str) -> Attendee {
    Attendee { role, person: person(name) }
}

fn review_with(present: &[Role], attendees: Vec<Attendee>) -> Command {
    let (present, occasion) = (present.to_vec(), Occasion::default());
    Command::HoldReview(ReviewMeeting { present, attendees, conclusions: "go".into(), occasion })
}

/// E-4, I-14
#[test]
fn the_review_counts_people_themselves_or_by_deputy_of_the_day() {
    let three = [Role::Fta, Role::Sme, Role::Fm];
    let with_dora = review_with(&three, vec![attendee(Role::Fe, "dora")]);
    let stranger = recorded().refused(&gmfta(), &with_dora);
    assert_eq!(reasons(&stranger), (Kind::Invalid, vec!["NOT_OF_THE_SEAT"]));
    let mut play = recorded().with(&[(fe(), deputise(Role::Fe, "dora", 0, 500))]);
    assert_eq!(reasons(&play.refused(&gmfta(), &review_with(&three, Vec::new()))).1, ["ROLE_ABSENT"]);
    let of_another = review_with(&three, vec![attendee(Role::Fta, "dora")]);
    assert_eq!(reasons(&play.refused(&gmfta(), &of_another)).1, ["ROLE_ABSENT", "NOT_OF_THE_SEAT"]);
    play.must(&gmfta(), &with_dora);
    let review = &play.e().review.as_ref().expect("held").what;
    let came: Vec<_> =
        review.attendances.iter().map(|one| (one.role, one.person.as_str(), one.as_deputy)).collect();
    let expected = [
        (Role::Fta, "people/tess", false),
        (Role::Sme, "people/sol", false),
        (Role::Fm, "people/finn", false),
        (Role::Fe, "people/dora", true),
    ];
    assert_eq!((came, review.present.len()), (expected.to_vec(), 4));
}

/// I-18
#[test]
fn a_deputy_does_not_appoint_themselves_for_another_span_nor_for_another_seat() {
    let later = deputise(Role::Gmfta, "dora", 300, 400);
    let play = deputised(preparation());
    assert_eq!(reasons(&play.refused(&dora(), &later)), (Kind::Forbidden, vec!["OWN_DEPUTYSHIP"]));
    let told = play.refused(&dora(), &later).message;
    assert!(told.contains("people/ada") && told.contains("the program team"), "{told}");
    for who in [gmfta(), program()] {
        play.clone().must(&who, &later);
    }
    play.clone().must(&dora(), &deputise(Role::Gmfta, "dirk", 300, 400));
    let of_fm = preparation().with(&[(fm(), deputise(Role::Fm, "dora", 0, 200))]);
    let as_fm = caller("dora", Role::Fm);
    for role in [Role::Fm, Role::Fe] {
        let refusal = of_fm.refused(&as_fm, &deputise(role, "dora", 300, 400));
        assert_eq!(refusal.reason, "OWN_DEPUTYSHIP", "{role}");
    }
    preparation().must(&fm(), &deputise(Role::Fe, "finn", 0, 200));
}

fn held_review(present: &[Role], attendees: Vec<Attendee>, held: i64) -> Command {
    let occasion = Occasion { held: Some(hour(held)), attended: Vec::new() };
    let present = present.to_vec();
    Command::HoldReview(ReviewMeeting { present, attendees, conclusions: "go".into(), occasion })
}

/// E-4: the meeting happened on a day, and who sat in which seat then counts.
#[test]
fn the_review_counts_who_acted_for_a_seat_when_it_was_held_and_not_when_it_is_recorded() {
    let three = [Role::Fta, Role::Sme, Role::Fm];
    let mut play = recorded();
    let met = play.hour + 1;
    play.must(&fe(), &deputise(Role::Fe, "dora", met, met + 24));
    play.hour = met + 200;
    play.must(&service(), &Command::EndDeputy { number: 1, cause: String::new() });
    let with_dora = |held| held_review(&three, vec![attendee(Role::Fe, "dora")], held);
    assert_eq!(reasons(&play.refused(&gmfta(), &with_dora(met + 199))).1, ["NOT_OF_THE_SEAT"]);
    let today = review_with(&three, vec![attendee(Role::Fe, "dora")]);
    assert_eq!(reasons(&play.refused(&gmfta(), &today)).1, ["NOT_OF_THE_SEAT"]);
    let now = play.hour;
    let late = play.clone().with(&[(fe(), deputise(Role::Fe, "dirk", now, now + 24))]);
    let with_dirk = held_review(&three, vec![attendee(Role::Fe, "dirk")], met + 2);
    assert_eq!(reasons(&late.refused(&gmfta(), &with_dirk)).1, ["NOT_OF_THE_SEAT"], "not a deputy then");
    play.must(&gmfta(), &with_dora(met + 2));
    let attendances = &play.e().review.as_ref().expect("held").what.attendances;
    assert!(attendances.iter().any(|one| one.person == person("dora") && one.as_deputy));
}

/// E-4, R-4: who held the seat when the review was held had acknowledged it, whoever holds it now.
#[test]
fn the_review_counts_who_held_a_seat_when_it_was_held() {
    let mut play = recorded();
    let met = play.hour;
    play.hour += 48;
    play.must(&program(), &hand(Role::Fe, "zed"));
    assert_eq!(reasons(&play.refused(&gmfta(), &review(&FOUR))).1, ["SEAT_NOT_ACKNOWLEDGED"]);
    let zed = held_review(&FOUR[..3], vec![attendee(Role::Fe, "zed")], met);
    assert_eq!(reasons(&play.refused(&gmfta(), &zed)).1, ["NOT_OF_THE_SEAT"]);
    play.must(&gmfta(), &held_review(&FOUR, Vec::new(), met));
    let attendances = &play.e().review.as_ref().expect("held").what.attendances;
    let fe: Vec<_> = attendances.iter().filter(|one| one.role == Role::Fe).map(|one| &one.person).collect();
    assert_eq!(fe, [&person("eva")]);
}

/// E-4, R-4
#[test]
fn a_review_does_not_count_who_has_yet_to_acknowledge_their_seat() {
    let play = recorded().with(&[(program(), hand(Role::Fe, "zed"))]);
    assert_eq!(reasons(&play.refused(&gmfta(), &review(&FOUR))).1, ["SEAT_NOT_ACKNOWLEDGED"]);
    let gone = review_with(&FOUR, vec![attendee(Role::Fe, "eva")]);
    assert!(reasons(&play.refused(&gmfta(), &gone)).1.contains(&"NOT_OF_THE_SEAT"));
    let mut play = play.with(&[(caller("zed", Role::Fe), Command::AcknowledgeSeat)]);
    play.must(&gmfta(), &review(&FOUR));
}

/// E-4: a deputy holds it, too.
#[test]
fn the_deputy_of_the_gmfta_holds_the_review_and_hands_over() {
    let mut play = deputised(recorded());
    play.must(&dora(), &review(&FOUR));
    play.must(&dora(), &hand_over());
    assert_eq!(play.e().handover.as_ref().map(|done| &done.stamp.person), Some(&person("dora")));
}

/// E-3.5
#[test]
fn the_note_of_a_deputy_of_the_gmfta_counts_while_they_are_deputy() {
    let play = executed();
    let now = play.now();
    let tasks = [PlaybookTask::CustomerGetModernSummary, PlaybookTask::GetModernPilot];
    let play = tasks.into_iter().fold(play, |play, task| play.with(&[(service(), task_done(task, 0, now))]));
    let note = |at| Command::RecordNote { kind: NoteKind::EnterpriseNotes, written: stamp(&dora(), at) };
    assert!(play.clone().must(&service(), &note(now)).is_empty());
    let play = play.with(&[(gmfta(), deputise(Role::Gmfta, "dora", 0, 100))]);
    assert!(!play.clone().must(&service(), &note(now)).is_empty());
    assert!(play.clone().must(&service(), &note(hour(400))).is_empty());
}
