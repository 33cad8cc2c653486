//! The transition table a program manager can read: every state against every command.

use expect_test::expect_file;
use intake_domain::{
    Case, CaseCommand as C, CaseState, Cases, Level, Policies, Policy, PolicyCommand, default_policy,
};
use kernel::{Context, InProgress, Role, Roster, transitions};

use crate::support::*;

const HEADER: &str = "\
The Gateway, state by state: what each command does there, or why it is refused.

The customer is contoso with FM and GMFTA assigned unless the state says otherwise. Commands are given by the
person whose step it is. `->` names what happens; a refusal gives its reason and, in brackets, everything that
stands in the way. The rules are those of the playbook: R-1 (research), R-2 (account team, validation, referral),
R-3 (assignments), R-4 (handoff).

";

/// A case in each state, with the label it has in the table.
pub(crate) fn states() -> Vec<(&'static str, Option<Case>)> {
    let qualified = || validated(Some("gmfta"), Some("fm"), qualifying());
    let unassigned = || validated(None, None, qualifying());
    let failed = || validated(Some("gmfta"), Some("fm"), failing());
    let opened = opened(Some("gmfta"), Some("fm"), qualifying());
    let asked = then(&opened, &ask(None), &manager());
    let reassigned = then(&handed_off_from(&filled(), 6), &refill(Role::Fm, "second"), &program());
    let corrected = |case: &Case, items| then(case, &record(items), &manager());
    let delivered = then(
        &coordinated(Some("gmfta"), Some("fm"), qualifying()),
        &delivers(Some(delivery(kernel::Channel::Css))),
        &manager(),
    );
    let unstaffed = || validated(None, None, undecided());
    vec![
        ("(no case)", None),
        ("RESEARCH, architect not asked", Some(opened)),
        ("RESEARCH, architect asked", Some(asked)),
        ("COORDINATION", Some(coordinated(Some("gmfta"), Some("fm"), qualifying()))),
        ("COORDINATION, intent unknown", Some(coordinated(Some("gmfta"), Some("fm"), undecided()))),
        ("COORDINATION, too few licences", Some(coordinated(Some("gmfta"), Some("fm"), failing()))),
        ("INTRODUCTION", Some(validated(Some("gmfta"), Some("fm"), undecided()))),
        ("INTRODUCTION, GMFTA missing", Some(unstaffed())),
        ("INTRODUCTION, GMFTA requested", Some(then(&unstaffed(), &request(&[Role::Gmfta]), &manager()))),
        ("CUSTOMER_VALIDATION, still unknown", Some(introduced())),
        ("QUALIFIED", Some(qualified())),
        ("QUALIFIED, FM and GMFTA missing", Some(unassigned())),
        ("QUALIFIED, FM and GMFTA requested", Some(then(&unassigned(), &request(&[]), &manager()))),
        ("QUALIFIED, channel chosen", Some(ready())),
        ("QUALIFIED, FM and GMFTA assigned on request", Some(filled())),
        ("NOT_QUALIFIED", Some(failed())),
        (
            "QUALIFIED, CSS delivers already",
            Some(then(&delivered, &validate(Level::AccountTeam), &manager())),
        ),
        ("QUALIFIED, too few licences since", Some(corrected(&ready(), failing()))),
        ("NOT_QUALIFIED, enough licences since", Some(corrected(&failed(), qualifying()))),
        ("NOT_QUALIFIED, referred", Some(then(&failed(), &refer(), &manager()))),
        ("NOT_QUALIFIED, guidance shared", Some(then(&failed(), &share(), &manager()))),
        ("HANDOFF, none acknowledged", Some(handed_off(0))),
        ("HANDOFF, five of six acknowledged", Some(handed_off(5))),
        ("HANDOFF, all six acknowledged", Some(handed_off(6))),
        ("HANDOFF, all six acknowledged, another FM assigned since", Some(reassigned)),
        ("HANDOFF, all six acknowledged, too few licences since", Some(corrected(&handed_off(6), failing()))),
        ("EXITED", Some(exited())),
        ("EXITED, its engagement waits for another", Some(held())),
        ("EXITED, its engagement in delivery", Some(then(&exited(), &follow("DELIVERY"), &follower()))),
        ("HANDOFF, begun again, its engagement waits", Some(then(&held(), &start(), &manager()))),
        (
            "QUALIFIED, moved since the verdict",
            Some(then(&ready(), &relocate("fabrikam.example"), &manager())),
        ),
        ("QUALIFIED, an engagement beside it", Some(then(&ready(), &find(), &follower()))),
        ("REFERRED", Some(then(&then(&failed(), &refer(), &manager()), &share(), &manager()))),
        ("DISENGAGED", Some(then(&qualified(), &disengage(), &manager()))),
    ]
}

/// Every command, each by the person whose step it is.
pub(crate) fn commands() -> Vec<(&'static str, C, Context)> {
    let second = Roster { fm: person("second"), ..roster() };
    vec![
        ("OpenCase", open(None, None, data(&[])), manager()),
        ("AskArchitect", ask(None), manager()),
        ("AskArchitect, another", ask(Some("second")), manager()),
        ("AskArchitect, something else", again(ask_else()), manager()),
        ("AnswerArchitect", answer(), by(Role::Gmfta, "gmfta")),
        ("AnswerArchitect, a cause", again(answer()), by(Role::Gmfta, "gmfta")),
        ("AnswerArchitect, a stranger", answer(), by(Role::Gmfta, "stranger")),
        ("RecordResearch", record(qualifying()), manager()),
        ("RecordDelivery", delivers(Some(delivery(fabrikam()))), manager()),
        ("RecordDelivery, a cause", again(delivers(Some(delivery(fabrikam())))), manager()),
        ("ContactAccountTeam", contact_team(), manager()),
        ("ContactAccountTeam, a cause", again(contact_team()), manager()),
        ("ValidateCustomer, account", validate(Level::AccountTeam), manager()),
        ("ValidateCustomer, customer", validate(Level::Customer), manager()),
        ("ValidateCustomer, a cause", again(validate(Level::AccountTeam)), manager()),
        ("IntroduceBenefit", introduce(&["gmfta"]), manager()),
        ("IntroduceBenefit, no GMFTA", introduce(&["fm"]), manager()),
        ("IntroduceBenefit, a cause", again(introduce(&["gmfta"])), manager()),
        ("ChooseChannel", choose(), manager()),
        ("ChooseChannel, FRP, a cause", again(partner()), manager()),
        ("RequestAssignments", request(&[]), manager()),
        ("RequestAssignments, FM", request(&[Role::Fm]), manager()),
        ("FillAssignment, FM", fill(Role::Fm, "fm"), program()),
        ("FillAssignment, another FM", refill(Role::Fm, "other"), program()),
        ("ChangeSeat, FM", reseat(Role::Fm, "other"), manager()),
        ("ChangeSeat, FE", reseat(Role::Fe, "other"), manager()),
        ("StartHandoff", start(), manager()),
        ("StartHandoff, another FM", hand_off(second), manager()),
        ("AcknowledgeHandoff, the ATS", C::AcknowledgeHandoff, by(Role::Ats, "ats")),
        ("AcknowledgeHandoff, stranger", C::AcknowledgeHandoff, by(Role::Ats, "stranger")),
        ("ExitGateway", exit(), manager()),
        ("OpenCase, not alone", beside(open(None, None, data(&[]))), manager()),
        ("StartHandoff, not alone", beside(start()), manager()),
        ("ExitGateway, not alone", beside(exit()), manager()),
        ("ReferToPartner", refer(), manager()),
        ("ShareGuidance", share(), manager()),
        ("DisengageCase", disengage(), manager()),
        ("DisengageCase, by mistake", mistaken(), manager()),
        ("RenameCustomer", rename("Contoso Electronics"), manager()),
        ("MoveCase", relocate("fabrikam.example"), manager()),
        ("MoveCase, not alone", beside(relocate("fabrikam.example")), manager()),
        ("FollowCustomer", correct(), follower()),
        ("FollowEngagement, waiting", follow("WAITING"), follower()),
        ("FollowEngagement, cancelled", follow("CANCELLED"), follower()),
        ("TakeOver", take_over(qualifying()), follower()),
        ("FindConflict", find(), follower()),
        ("SettleConflict", settle(), follower()),
    ]
}

/// The command with the word that an engagement with the tenant is in progress.
fn beside(mut command: C) -> C {
    if let C::OpenCase { engagement, .. }
    | C::StartHandoff { engagement, .. }
    | C::MoveCase { engagement, .. }
    | C::ExitGateway { engagement } = &mut command
    {
        *engagement = Some(InProgress::default());
    }
    command
}

/// A command's place among the variants; a new one does not compile until it has a place, and then needs a row.
fn place(command: &C) -> usize {
    match command {
        C::OpenCase { .. } => 0,
        C::AskArchitect { .. } => 1,
        C::AnswerArchitect { .. } => 2,
        C::RecordResearch { .. } => 3,
        C::ContactAccountTeam { .. } => 4,
        C::ValidateCustomer { .. } => 5,
        C::IntroduceBenefit { .. } => 6,
        C::ChooseChannel { .. } => 7,
        C::RequestAssignments { .. } => 8,
        C::FillAssignment { .. } => 9,
        C::StartHandoff { .. } => 10,
        C::AcknowledgeHandoff => 11,
        C::ExitGateway { .. } => 12,
        C::ReferToPartner { .. } => 13,
        C::ShareGuidance { .. } => 14,
        C::DisengageCase { .. } => 15,
        C::FollowEngagement { .. } => 16,
        C::FindConflict { .. } => 17,
        C::TakeOver { .. } => 18,
        C::RecordDelivery { .. } => 19,
        C::ChangeSeat { .. } => 20,
        C::RenameCustomer { .. } => 21,
        C::MoveCase { .. } => 22,
        C::FollowCustomer { .. } => 23,
        C::SettleConflict { .. } => LAST_COMMAND,
    }
}

const LAST_COMMAND: usize = 24;

#[test]
fn every_command_and_every_state_stands_in_the_table() {
    let commands = commands();
    for wanted in 0..=LAST_COMMAND {
        assert!(commands.iter().any(|(_, command, _)| place(command) == wanted), "no row for {wanted}");
    }
    let states = states();
    for wanted in CaseState::ALL {
        assert!(states.iter().flat_map(|(_, case)| case).any(|case| case.state == *wanted), "{wanted}");
    }
    for (label, case) in &states {
        assert!(case.as_ref().is_none_or(|case| label.starts_with(case.state.as_str())), "{label}");
    }
}

#[test]
fn the_transition_table_is_as_agreed() {
    let cases = transitions::<Cases>(&states(), &commands());
    let policies = transitions::<Policies>(&policy_states(), &policy_commands());
    let table = format!("{HEADER}{cases}Policies\n\n{policies}");
    expect_file!["../../transitions.txt"].assert_eq(&table);
}

fn policy_states() -> Vec<(&'static str, Option<Policy>)> {
    vec![("(no policy)", None), ("PUBLISHED", Some(standard()))]
}

fn policy_commands() -> Vec<(&'static str, PolicyCommand, Context)> {
    let publish = |criteria| PolicyCommand::Publish { version: 1, criteria, description: String::new() };
    vec![
        ("Publish", publish(default_policy()), program()),
        ("Publish, no criteria", publish(vec![]), program()),
        ("Publish, by the Gateway", publish(default_policy()), manager()),
    ]
}
