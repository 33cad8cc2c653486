//! Any people doing anything in any order: what part 4 of the playbook says must never break, checked on the history
//! alone.

use std::collections::{BTreeMap, BTreeSet};

use intake_domain::{Case, CaseCommand as C, CaseEvent as E, CaseState, Cases, Level, duties};
use kernel::{Caller, Channel, Context, Decider, InProgress, Person, Role, Roster, Stamp, Verdict, fold};
use proptest::prelude::*;

use crate::support::*;

type Journal = Vec<(E, Stamp)>;

const IDS: [&str; 7] = ["gmfta", "fm", "fe", "sme", "fta", "ats", "gateway"];

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::AccountTeam), Just(Level::Customer)]
}

fn named() -> impl Strategy<Value = Option<&'static str>> {
    prop::option::of(prop::sample::select(vec!["gmfta", "fm"]))
}

/// Mostly nothing of the tenant is in progress.
fn beside() -> impl Strategy<Value = Option<InProgress>> {
    prop_oneof![4 => Just(None), 1 => Just(Some(InProgress::default()))]
}

fn command() -> impl Strategy<Value = C> {
    let items = || prop_oneof![Just(qualifying()), Just(failing()), Just(undecided())];
    let roles = prop::collection::vec(prop::sample::select(vec![Role::Fm, Role::Gmfta, Role::Fe]), 0..3);
    let six = prop_oneof![
        4 => Just(roster()),
        1 => Just(Roster { fm: person("fe"), ..roster() }),
        1 => Just(Roster { sme: person("fe"), ..roster() }),
    ];
    prop_oneof![
        (named(), named()).prop_map(|(gmfta, fm)| open(gmfta, fm, data(&[]))),
        named().prop_map(ask),
        Just(answer()),
        items().prop_map(record),
        Just(contact_team()),
        level().prop_map(validate),
        Just(introduce(&["gmfta"])),
        Just(introduce(&["fm"])),
        Just(choose()),
        Just(C::ChooseChannel { channel: Channel::Frp("Fabrikam".to_owned()) }),
        roles.prop_map(|roles| request(&roles)),
        Just(fill(Role::Fm, "fm")),
        Just(fill(Role::Fm, "fe")),
        Just(fill(Role::Gmfta, "gmfta")),
        (six, beside()).prop_map(|(roster, engagement)| C::StartHandoff { roster, engagement }),
        Just(C::AcknowledgeHandoff),
        beside().prop_map(|engagement| C::ExitGateway { engagement }),
        prop::sample::select(vec!["WAITING", "INTRODUCTION", "CANCELLED"]).prop_map(follow),
        Just(take_over(qualifying())),
        Just(find()),
        Just(settle()),
        Just(refer()),
        Just(share()),
        Just(disengage()),
    ]
}

/// Who gives a command.
#[derive(Debug, Clone)]
enum By {
    /// The person whose step it is.
    Usual,
    /// Somebody else in the same role.
    Impostor(&'static str),
    /// Anybody in any role.
    Anybody(&'static str, Role),
}

/// Mostly the person whose step it is, so that runs get far.
fn step() -> impl Strategy<Value = (C, By, usize)> {
    let id = || prop::sample::select(IDS.to_vec());
    let by = prop_oneof![
        6 => Just(By::Usual),
        1 => id().prop_map(By::Impostor),
        1 => (id(), prop::sample::select(Role::ALL.to_vec())).prop_map(|(id, role)| By::Anybody(id, role)),
    ];
    (command(), by, 0_usize..6)
}

fn caller(command: &C, by: &By, seat: usize) -> Caller {
    let usual = usual(command, seat);
    match by {
        By::Usual => usual,
        By::Impostor(id) => Caller { person: person(id), ..usual },
        By::Anybody(id, role) => Caller { person: person(id), role: *role },
    }
}

fn usual(command: &C, seat: usize) -> Caller {
    match command {
        C::AnswerArchitect { .. } => by(Role::Gmfta, "gmfta").caller,
        C::AcknowledgeHandoff => by(Role::SIX[seat], IDS[seat]).caller,
        C::FillAssignment { .. } => program().caller,
        C::TakeOver { .. }
        | C::FollowEngagement { .. }
        | C::FindConflict { .. }
        | C::SettleConflict { .. } => follower().caller,
        _ => manager().caller,
    }
}

/// A case in one of several states, with its history, so that late rules are met as often as early ones.
fn prelude() -> impl Strategy<Value = Vec<(C, Context)>> {
    let assigned =
        prop_oneof![Just((Some("gmfta"), Some("fm"))), Just((None, Some("fm"))), Just((None, None))];
    let items = prop_oneof![Just(qualifying()), Just(failing()), Just(undecided())];
    (assigned, items, 0_usize..16).prop_map(|((gmfta, fm), items, length)| {
        let way = [
            open(gmfta, fm, items),
            ask(None),
            contact_team(),
            validate(Level::AccountTeam),
            choose(),
            request(&[]),
            fill(Role::Fm, "fm"),
            fill(Role::Gmfta, "gmfta"),
            start(),
            C::AcknowledgeHandoff,
            C::AcknowledgeHandoff,
            C::AcknowledgeHandoff,
            C::AcknowledgeHandoff,
            C::AcknowledgeHandoff,
            C::AcknowledgeHandoff,
        ];
        let seats = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5];
        let step = |(command, seat): (C, usize)| {
            let caller = usual(&command, seat);
            (command, Context { caller, now: minute(0) })
        };
        way.into_iter().zip(seats).map(step).take(length).collect()
    })
}

fn play(steps: &[(C, Context)]) -> (Option<Case>, Journal) {
    let (mut case, mut journal): (Option<Case>, Journal) = (None, Vec::new());
    for (command, context) in steps {
        let before = case.clone();
        match attempt(case.as_ref(), command, context) {
            Err(refusal) => assert!(!refusal.faults.is_empty(), "{refusal}"),
            Ok((after, events)) => {
                let is_followed = context.caller.role == Role::Service;
                assert!(!events.is_empty() || is_followed, "what people do is never nothing");
                goes_on_alone(command);
                judge(before.as_ref(), &after, &events, &journal, &context.caller);
                journal.extend(events.into_iter().map(|event| (event, context.stamp())));
                case = Some(after);
            }
        }
    }
    (case, journal)
}

/// I-25: neither the handoff nor the exit is beside an engagement in progress.
fn goes_on_alone(command: &C) {
    if let C::StartHandoff { engagement, .. } | C::ExitGateway { engagement } = command {
        assert_eq!(engagement, &None, "I-25");
    }
}

fn last_verdict<'a>(events: impl IntoIterator<Item = &'a E>) -> Option<Verdict> {
    let verdict = |event: &E| match event {
        E::CustomerValidated { assessment, .. } => Some(assessment.verdict),
        _ => None,
    };
    events.into_iter().filter_map(verdict).last()
}

/// Each event against the history before it, with nothing of the guards.
fn judge(before: Option<&Case>, after: &Case, events: &[E], journal: &Journal, caller: &Caller) {
    let past: Vec<_> = journal.iter().map(|(event, _)| event).collect();
    let happened = |wanted: fn(&E) -> bool| past.iter().any(|event| wanted(event));
    let verdict = last_verdict(past.iter().copied());
    let goes_on = |case: &Case| case.is_live() || case.is_held();
    let is_followed = |event: &E| matches!(event, E::EngagementFollowed { .. } | E::ConflictSettled { .. });
    let is_over = before.is_some_and(|case| !goes_on(case));
    assert!(!is_over || events.iter().all(is_followed), "nothing is done with a case that has ended");
    for event in events {
        match event {
            E::AccountTeamContacted { .. } => {
                assert!(happened(|e| matches!(e, E::ArchitectAsked { .. })), "R-1 before R-2");
            }
            E::ArchitectAnswered { .. } => {
                let designated = before.and_then(|case| case.gmfta.as_ref());
                assert!(caller.is(Role::Gmfta, designated), "I-18");
            }
            E::CustomerValidated { level: Level::Customer, .. } => {
                assert!(happened(|e| matches!(e, E::BenefitIntroduced { .. })), "I-2");
                assert_eq!(verdict, Some(Verdict::Undetermined), "I-2");
            }
            E::CustomerValidated { level: Level::AccountTeam, .. } => {
                assert!(matches!(verdict, None | Some(Verdict::Undetermined)), "I-2: a verdict stands");
            }
            E::BenefitIntroduced { .. } => assert_eq!(verdict, Some(Verdict::Undetermined), "R-2a"),
            E::ChannelChosen { .. } => {
                assert_eq!(verdict, Some(Verdict::Qualified), "I-3");
                assert!(!happened(|e| matches!(e, E::ChannelChosen { .. })), "I-3: exactly one");
            }
            E::AssignmentRequested { .. } => assert_eq!(verdict, Some(Verdict::Qualified), "R-3"),
            E::HandoffStarted { roster } => {
                assert_eq!(verdict, Some(Verdict::Qualified), "R-4");
                assert_eq!(Some(&roster.fm), after.fm.as_ref(), "I-5");
                assert_eq!(Some(&roster.gmfta), after.gmfta.as_ref(), "I-5");
                assert!(after.channel.is_some(), "R-2b");
            }
            E::HandoffAcknowledged { role } => {
                let seated = after.handoff.as_ref().and_then(|handoff| handoff.roster.holder(*role));
                assert_eq!((caller.role, Some(&caller.person)), (*role, seated), "I-18");
            }
            E::GatewayExited { roster, .. } => {
                let six = roster.people().map(|(role, person)| (role, person.clone())).collect();
                assert_eq!(acknowledged(journal), six, "I-1");
                assert_eq!(Some(&roster.fm), after.fm.as_ref(), "R-4");
                assert_eq!(Some(&roster.gmfta), after.gmfta.as_ref(), "R-4");
            }
            E::PartnerReferred { .. } | E::GuidanceShared { .. } => {
                assert_eq!(verdict, Some(Verdict::NotQualified), "R-2c");
            }
            E::CaseDisengaged { .. } => assert_ne!(verdict, Some(Verdict::NotQualified), "I-4"),
            _ => {}
        }
    }
    whole(after, journal, events);
}

/// Who has acknowledged and has held the seat ever since.
fn acknowledged(journal: &Journal) -> BTreeMap<Role, Person> {
    let mut given = BTreeMap::new();
    for (event, stamp) in journal {
        match event {
            E::HandoffStarted { roster } => given.retain(|role, person| roster.holder(*role) == Some(person)),
            E::HandoffAcknowledged { role } => drop(given.insert(*role, stamp.person.clone())),
            _ => {}
        }
    }
    given
}

/// What holds of the case as it stands.
fn whole(case: &Case, journal: &Journal, events: &[E]) {
    let all = || journal.iter().map(|(event, _)| event).chain(events);
    let verdict = last_verdict(all());
    match case.state {
        CaseState::Qualified | CaseState::Handoff | CaseState::Exited => {
            assert_eq!(verdict, Some(Verdict::Qualified), "I-2");
        }
        CaseState::NotQualified | CaseState::Referred => {
            assert_eq!(verdict, Some(Verdict::NotQualified), "I-2");
        }
        CaseState::Introduction | CaseState::CustomerValidation => {
            assert_eq!(verdict, Some(Verdict::Undetermined), "I-2");
        }
        CaseState::Research | CaseState::Coordination => assert_eq!(verdict, None),
        CaseState::Disengaged => {}
    }
    assert!(case.channel.is_none() || verdict == Some(Verdict::Qualified), "I-3");
    if case.state == CaseState::Referred {
        assert!(all().any(|e| matches!(e, E::PartnerReferred { .. })), "I-4");
        assert!(all().any(|e| matches!(e, E::GuidanceShared { .. })), "I-4");
    }
    for role in [Role::Fm, Role::Gmfta] {
        let open = case.assignment_requests.iter().filter(|r| r.role == role && r.filled.is_none());
        assert!(open.count() <= 1, "I-5");
    }
    for duty in duties(case).into_iter().filter(|duty| duty.action == "ANSWER_ARCHITECT") {
        let caller = Caller { person: duty.person.expect("by name"), role: duty.role };
        let answered = attempt(Some(case), &answer(), &Context { caller, now: minute(0) });
        assert!(answered.is_ok(), "R-1a: what is due can be done");
    }
    let due: Vec<_> = duties(case).into_iter().map(|duty| (duty.action, duty.role, duty.person)).collect();
    assert_eq!(due.len(), due.iter().cloned().collect::<BTreeSet<_>>().len(), "a duty is due once");
    assert!(case.is_live() || case.is_held() || due.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// I-1, I-2, I-3, I-4, I-5, I-18, and the journal folds to the row.
    #[test]
    fn no_sequence_of_commands_breaks_an_invariant(
        before in prelude(),
        after in prop::collection::vec(step(), 0..40),
    ) {
        let random = after.into_iter().zip(1..).map(|((command, by, seat), time)| {
            let caller = caller(&command, &by, seat);
            (command, Context { caller, now: minute(time) })
        });
        let steps: Vec<_> = before.into_iter().chain(random).collect();
        let (case, journal) = play(&steps);
        let told = serde_json::to_string(&journal).expect("writes");
        let journal: Journal = serde_json::from_str(&told).expect("reads back");
        let folded = fold::<Cases>(None, journal.iter().map(|(event, stamp)| (event, stamp)));
        prop_assert_eq!(&folded, &case);
        let row = serde_json::to_string(&case).expect("writes");
        prop_assert_eq!(serde_json::from_str::<Option<Case>>(&row).expect("reads back"), case);
    }
}

/// The property above would be empty if runs never got anywhere.
#[test]
fn a_run_can_reach_the_exit() {
    let six = (0..6).map(|seat| (C::AcknowledgeHandoff, usual(&C::AcknowledgeHandoff, seat)));
    let way = [open(Some("gmfta"), Some("fm"), qualifying()), ask(None), contact_team()]
        .into_iter()
        .chain([validate(Level::AccountTeam), choose(), start()])
        .map(|command| (command, manager().caller));
    let steps: Vec<_> = way
        .chain(six)
        .chain([(exit(), manager().caller)])
        .map(|(command, caller)| (command, Context { caller, now: minute(0) }))
        .collect();
    let (case, journal) = play(&steps);
    assert_eq!(case.expect("open").state, CaseState::Exited);
    let rules: Vec<_> = journal.iter().map(|(event, _)| Cases::rule(event)).collect();
    assert_eq!(rules[..6], ["", "R-1", "R-2", "R-2a", "R-2b", "R-4"]);
}
