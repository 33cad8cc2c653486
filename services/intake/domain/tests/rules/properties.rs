//! Any people doing anything in any order: what part 4 of the playbook says must never break, checked on the history
//! alone.

use std::collections::{BTreeMap, BTreeSet};

use intake_domain::{Case, CaseCommand as C, CaseEvent as E, CaseState, Cases, Delivery, Level, Was, duties};
use kernel::{
    Caller, Channel, Context, DataSet, Decider, Duty, InProgress, Person, Role, Roster, Stamp, Verdict, fold,
};
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

fn deliveries() -> impl Strategy<Value = Option<Delivery>> {
    prop_oneof![Just(None), Just(Some(delivery(Channel::Css))), Just(Some(delivery(fabrikam())))]
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
        prop_oneof![Just(contact_team()), Just(again(contact_team()))],
        deliveries().prop_map(delivers),
        deliveries().prop_map(|delivery| again(delivers(delivery))),
        prop_oneof![Just(answer()), Just(again(answer())), Just(again(ask_else()))],
        level().prop_map(validate),
        level().prop_map(|level| again(validate(level))),
        prop_oneof![Just(introduce(&["gmfta"])), Just(again(introduce(&["gmfta"])))],
        Just(introduce(&["fm"])),
        Just(choose()),
        prop_oneof![Just(partner()), Just(again(partner())), Just(again(choose()))],
        roles.prop_map(|roles| request(&roles)),
        Just(fill(Role::Fm, "fm")),
        Just(fill(Role::Fm, "fe")),
        Just(refill(Role::Fm, "fe")),
        Just(reseat(Role::Fm, "fm")),
        Just(reseat(Role::Fe, "fm")),
        Just(reseat(Role::Gmfta, "gmfta")),
        Just(fill(Role::Gmfta, "gmfta")),
        (six, beside()).prop_map(|(roster, engagement)| C::StartHandoff {
            roster,
            cause: String::new(),
            engagement
        }),
        Just(C::AcknowledgeHandoff),
        beside().prop_map(|engagement| C::ExitGateway { engagement }),
        prop::sample::select(vec!["WAITING", "INTRODUCTION", "CANCELLED"]).prop_map(follow),
        prop::sample::select(vec!["Contoso", "Fabrikam"]).prop_map(rename),
        prop::sample::select(vec!["contoso.example", "fabrikam.example"]).prop_map(relocate),
        Just(correct()),
        Just(take_over(qualifying())),
        Just(find()),
        Just(settle()),
        Just(refer()),
        Just(share()),
        prop_oneof![Just(disengage()), Just(mistaken())],
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
        | C::FollowCustomer { .. }
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
    let goes_on = |case: &Case| case.is_live() || case.is_held();
    let is_followed = |event: &E| {
        matches!(
            event,
            E::EngagementFollowed { .. }
                | E::ConflictSettled { .. }
                | E::CaseFollowed { .. }
                | E::CustomerRenamed { .. }
        )
    };
    let is_over = before.is_some_and(|case| !goes_on(case));
    assert!(!is_over || events.iter().all(is_followed), "nothing is done with a case that has ended");
    for (at, event) in events.iter().enumerate() {
        let past: Vec<_> = journal.iter().map(|(event, _)| event).chain(&events[..at]).collect();
        let happened = |wanted: fn(&E) -> bool| past.iter().any(|event| wanted(event));
        let verdict = last_verdict(past.iter().copied());
        match event {
            E::AccountTeamContacted { .. } => {
                assert!(happened(|e| matches!(e, E::ArchitectAsked { .. })), "R-1 before R-2");
            }
            E::ArchitectAnswered { .. } => {
                let designated = before.and_then(|case| case.gmfta.as_ref());
                assert!(caller.is(Role::Gmfta, designated), "I-18");
            }
            E::CustomerValidated { level, cause, .. } => {
                let is_introduced = happened(|e| matches!(e, E::BenefitIntroduced { .. }));
                assert_eq!(*level == Level::Customer, is_introduced, "I-2");
                let is_definite = matches!(verdict, Some(Verdict::Qualified | Verdict::NotQualified));
                assert_eq!(
                    cause.is_some(),
                    is_definite,
                    "reading 16: superseded with a cause, or not at all"
                );
            }
            E::BenefitIntroduced { cause, .. } => {
                let is_introduced = happened(|e| matches!(e, E::BenefitIntroduced { .. }));
                assert_eq!(cause.is_some(), is_introduced, "I-23");
                assert!(is_introduced || verdict == Some(Verdict::Undetermined), "R-2a");
                assert!(before.is_some_and(|case| case.gmfta.is_some()), "R-2a, reading 22");
            }
            E::ChannelChosen { cause, .. } => {
                assert_eq!(verdict, Some(Verdict::Qualified), "I-3");
                assert_eq!(cause.is_some(), before.is_some_and(|case| case.channel.is_some()), "I-3, I-23");
                assert_eq!(unseen(&past), BTreeSet::new(), "I-21");
            }
            E::AssignmentRequested { .. } => {
                assert!(happened(|e| matches!(e, E::AccountTeamContacted { .. })), "R-3");
                assert_ne!(verdict, Some(Verdict::NotQualified), "R-3");
            }
            E::HandoffStarted { roster, .. } => {
                assert_eq!(verdict, Some(Verdict::Qualified), "R-4");
                assert_eq!(unseen(&past), BTreeSet::new(), "I-21");
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
                assert_eq!(verdict, Some(Verdict::Qualified), "I-2");
                assert_eq!(unseen(&past), BTreeSet::new(), "I-21");
                assert_eq!(Some(&roster.fm), after.fm.as_ref(), "R-4");
                assert_eq!(Some(&roster.gmfta), after.gmfta.as_ref(), "R-4");
            }
            E::PartnerReferred { .. } | E::GuidanceShared { .. } => {
                assert_eq!(verdict, Some(Verdict::NotQualified), "R-2c");
            }
            E::CaseDisengaged { opened_by_mistake, .. } => {
                assert!(*opened_by_mistake || verdict != Some(Verdict::NotQualified), "I-4");
            }
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
            E::HandoffStarted { roster, .. } => {
                given.retain(|role, person| roster.holder(*role) == Some(person));
            }
            E::HandoffAcknowledged { role } => drop(given.insert(*role, stamp.person.clone())),
            E::CustomerValidated { assessment, .. } if assessment.verdict != Verdict::Qualified => {
                given.clear();
            }
            _ => {}
        }
    }
    given
}

/// The items that the default policy looks at and that are not as they were at the last validation.
fn unseen(past: &[&E]) -> BTreeSet<&'static str> {
    let (mut now, mut seen, mut moved) = (DataSet::new(), DataSet::new(), false);
    for event in past {
        match event {
            E::CaseMoved { .. } => moved = true,
            E::CaseOpened { items, .. } | E::ResearchRecorded { items, .. } => now.extend(items.clone()),
            E::CustomerValidated { .. } => {
                seen.clone_from(&now);
                moved = false;
            }
            _ => {}
        }
    }
    let value = |of: &DataSet, item: &str| of.get(item).map(|item| item.value.clone());
    let looked_at = ["licence_count", "windows_10_enterprise_intent", "device_management"];
    let tenant = moved.then_some("tenant");
    looked_at.into_iter().filter(|item| value(&now, item) != value(&seen, item)).chain(tenant).collect()
}

/// How often something was replaced: whatever a cause was told for, and what went with a verdict (I-23).
fn replaced(events: &[&E]) -> usize {
    let causes = events.iter().filter(|event| match event {
        E::ArchitectAsked { cause, .. }
        | E::ArchitectAnswered { cause, .. }
        | E::ResearchRecorded { cause, .. }
        | E::DeliveryRecorded { cause, .. }
        | E::AccountTeamContacted { cause, .. }
        | E::CustomerValidated { cause, .. }
        | E::BenefitIntroduced { cause, .. }
        | E::ChannelChosen { cause, .. }
        | E::HandoffStarted { cause, .. } => cause.as_ref().is_some_and(|cause| !cause.is_empty()),
        _ => false,
    });
    causes.count()
}

/// The command that carries out a duty which lacks nothing that would keep it from being carried out.
fn carrying_out(duty: &Duty, case: &Case) -> Option<C> {
    let level = if case.introduction.is_some() { Level::Customer } else { Level::AccountTeam };
    let (gmfta, fm) = (case.gmfta.clone(), case.fm.clone());
    let role = [Role::Fm, Role::Gmfta]
        .into_iter()
        .find(|role| case.assignment_requests.iter().any(|made| made.role == *role && made.filled.is_none()));
    let lacks = !duty.missing.is_empty();
    Some(match duty.action {
        "VALIDATE_CUSTOMER" => again(validate(level)),
        "FILL_ASSIGNMENT" => fill(role?, "somebody"),
        _ if lacks => return None,
        "ASK_ARCHITECT" => ask(None),
        "ANSWER_ARCHITECT" => answer(),
        "CONTACT_ACCOUNT_TEAM" => contact_team(),
        "INTRODUCE_BENEFIT" => {
            let team = gmfta.into_iter().collect();
            C::IntroduceBenefit {
                customer_contacts: vec![contact("Customer lead")],
                team,
                cause: String::new(),
            }
        }
        "CHOOSE_CHANNEL" => choose(),
        "REQUEST_ASSIGNMENTS" => request(&[]),
        "START_HANDOFF" => hand_off(Roster { gmfta: gmfta?, fm: fm?, ..roster() }),
        "ACKNOWLEDGE_HANDOFF" => C::AcknowledgeHandoff,
        "EXIT_GATEWAY" => exit(),
        "DISENGAGE_CASE" => disengage(),
        "REFER_TO_PARTNER" => refer(),
        "SHARE_GUIDANCE" => share(),
        other => panic!("no command carries out {other}"),
    })
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
    assert!(case.handoff.is_none() || verdict == Some(Verdict::Qualified), "I-3");
    let moves = all().filter(|e| matches!(e, E::CaseMoved { .. } | E::CaseFollowed { .. })).count();
    let is_tenant = |was: &Was| matches!(was, Was::Items { items } if items.contains_key("tenant"));
    let went = |was: &Was| {
        matches!(was, Was::Handoff(_) | Was::Referral(_) | Was::Guidance(_) | Was::Seat(_))
            || matches!(was, Was::Customer { .. } | Was::Tenant { .. })
            || is_tenant(was)
    };
    let tenants = case.superseded.iter().filter(|gone| matches!(gone.was, Was::Tenant { .. })).count();
    assert_eq!(tenants, moves, "I-23");
    let handoffs = case.superseded.iter().filter(|gone| matches!(gone.was, Was::Handoff(_))).count();
    let seats = case.superseded.iter().filter(|gone| matches!(gone.was, Was::Seat(_))).count();
    assert_eq!(seats, all().filter(|e| matches!(e, E::SeatChanged { .. })).count(), "I-23");
    let kept = case.superseded.iter().filter(|gone| !went(&gone.was)).count();
    let channels = case.superseded.iter().filter(|gone| matches!(gone.was, Was::Channel(_))).count();
    let every: Vec<_> = all().collect();
    let chosen = every.iter().filter(|e| matches!(e, E::ChannelChosen { cause: Some(_), .. })).count();
    let named_anew = every.iter().filter(|e| matches!(e, E::HandoffStarted { cause: Some(_), .. })).count();
    assert!(handoffs >= named_anew, "I-23");
    assert_eq!(kept + chosen + named_anew - channels, replaced(&every), "I-23");
    assert!(case.superseded.iter().all(|gone| !gone.cause.is_empty()), "I-23: with a cause");
    if case.state == CaseState::Referred {
        assert!(all().any(|e| matches!(e, E::PartnerReferred { .. })), "I-4");
        assert!(all().any(|e| matches!(e, E::GuidanceShared { .. })), "I-4");
    }
    for role in [Role::Fm, Role::Gmfta] {
        let open = case.assignment_requests.iter().filter(|r| r.role == role && r.filled.is_none());
        assert!(open.count() <= 1, "I-5");
    }
    for duty in duties(case) {
        let person = duty.person.clone().unwrap_or_else(|| person("anybody"));
        let context = Context { caller: Caller { person, role: duty.role }, now: minute(0) };
        let Some(command) = carrying_out(&duty, case) else { continue };
        let done = attempt(Some(case), &command, &context);
        assert!(done.is_ok(), "I-22: what is due and lacks nothing can be done: {duty:?} {done:?}");
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
