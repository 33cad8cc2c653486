//! E-3.3e, E-3.4a, E-5.4 and the invariants of tasks: I-11, I-18, I-19, I-20.

use kernel::{Caller, Decider, Kind, Role};
use tasks_domain::{
    Task, Tasks, Template, Unacknowledged,
    task::{Command, Event, Status, TARGETS, duties},
};

use crate::cast::{
    FABRIKAM, Story, block, caller, cancel, cancelled_file, complete, create, dropped, evidence, file,
    from_template, gmfta, hour, is_a_services, person, reasons, reassign, roster, seated, service,
    task_commands,
};

fn wanted(template: Template) -> Story<Tasks> {
    Story::new().then(service(), &from_template(template))
}

fn ad_hoc(assignee: &str) -> Story<Tasks> {
    Story::new().then(gmfta(), &create(Some(assignee), Some(file())))
}

fn closed() -> [Story<Tasks>; 4] {
    [
        wanted(Template::Summary).then(service(), &evidence()).then(gmfta(), &complete()),
        wanted(Template::Pilot).then(service(), &Command::CancelWithEngagement),
        ad_hoc("ada").then(gmfta(), &complete()),
        ad_hoc("ada").then(gmfta(), &cancel()),
    ]
}

#[test]
fn the_playbooks_three_tasks_carry_its_titles_in_both_languages_and_go_to_the_gmfta() {
    let expected = [
        ("customer-get-modern-summary", "Customer Get Modern Summary", "客户现代化改造摘要", "E-3.3e"),
        ("get-modern-pilot", "Get Modern Pilot", "现代化改造试点", "E-3.4a"),
        (
            "get-modern-architect-reengagement",
            "Get Modern Architect Re-engagement",
            "现代化改造架构师再接洽",
            "E-5.4",
        ),
    ];
    for (template, (id, title, title_zh, rule)) in Template::ALL.into_iter().zip(expected) {
        let story = wanted(template);
        let task = story.state();
        assert_eq!((task.title.as_str(), task.title_zh.as_str()), (title, title_zh));
        assert_eq!((task.template, Template::find(id)), (Some(template), Some(template)));
        assert_eq!(Tasks::rule(&story.journal[0].0), rule);
        assert_eq!((&task.assignee, &task.status), (&roster().gmfta, &Status::Open));
        assert_eq!(serde_json::to_value(template).expect("plain"), id, "stored as it is named");
    }
    assert_eq!(Template::find("Get Modern Pilot"), None);
}

/// I-11, E-3.3e, E-3.4a, E-5.4
#[test]
fn a_playbook_task_completes_only_on_its_evidence() {
    let expected =
        [("E-3.3e", "SUMMARY_NOT_FINAL"), ("E-3.4a", "PILOT_NOT_EXECUTED"), ("E-5.4", "NOT_REJOINED")];
    for (template, lacking) in Template::ALL.into_iter().zip(expected) {
        let mut story = wanted(template);
        let refusal = story.tell(gmfta(), &complete()).expect_err("I-11");
        assert_eq!((refusal.kind, refusal.reason), (Kind::NotReady, "TASK_NOT_READY"));
        let named: Vec<_> = refusal.faults.iter().map(|fault| (fault.rule, fault.reason)).collect();
        assert_eq!(named, [lacking]);
        assert_eq!(duties(story.state())[0].missing, refusal.faults, "the duty says the same");

        let story = story.then(service(), &evidence());
        assert_eq!(duties(story.state())[0].missing, []);
        let story = story.then(gmfta(), &complete());
        assert_eq!(story.state().status.as_str(), "COMPLETED");
    }
}

#[test]
fn a_completed_task_tells_the_engagement_which_one_it_was() {
    let mut story = wanted(Template::Reengagement).then(service(), &evidence());
    let told = story.tell(gmfta(), &complete()).expect("E-5.4");
    let (engagement, template) = (story.state().engagement.clone(), Some(Template::Reengagement));
    assert_eq!(told, [Event::TaskCompleted { engagement, template, cycle: 1, outcome: "Done.".into() }]);
    assert_eq!(Tasks::rule(&told[0]), "E-5.4");
}

#[test]
fn a_refused_completion_names_the_evidence_and_the_block_at_once() {
    let mut story = wanted(Template::Summary).then(gmfta(), &block());
    assert_eq!(reasons(story.tell(gmfta(), &complete())), ["SUMMARY_NOT_FINAL", "TASK_BLOCKED"]);
}

#[test]
fn a_blocked_task_is_neither_started_nor_completed_until_it_is_unblocked() {
    let mut story = ad_hoc("eve").then(seated(Role::Fe), &block());
    for command in [Command::Start, complete()] {
        assert_eq!(reasons(story.tell(seated(Role::Fe), &command)), ["TASK_BLOCKED"]);
    }
    let refusal = story.tell(seated(Role::Fe), &block()).expect_err("twice");
    assert_eq!(refusal.reason, "ALREADY_BLOCKED");
    let story = story.then(gmfta(), &Command::Unblock);
    assert_eq!(story.state().status, Status::InProgress);
    story.then(seated(Role::Fe), &complete());
}

#[test]
fn a_step_whose_effect_stands_is_refused() {
    let mut story = ad_hoc("ada");
    assert_eq!(reasons(story.tell(gmfta(), &Command::Unblock)), ["NOT_BLOCKED"]);
    assert_eq!(reasons(story.tell(gmfta(), &reassign("ada"))), ["ALREADY_ASSIGNED"]);
    let mut story = story.then(gmfta(), &Command::Start);
    assert_eq!(reasons(story.tell(gmfta(), &Command::Start)), ["ALREADY_STARTED"]);
}

/// E-3.3e, E-3.4a, E-5.4: the GMFTA completes the playbook's tasks, whoever works on them.
#[test]
fn only_the_gmfta_completes_a_playbook_task() {
    for template in Template::ALL {
        let story = wanted(template).then(service(), &evidence()).then(gmfta(), &reassign("eve"));
        let mut story = story.then(seated(Role::Fe), &Command::Start);
        let refusal = story.tell(seated(Role::Fe), &complete()).expect_err("not hers");
        assert_eq!((refusal.kind, refusal.reason), (Kind::Forbidden, "NOT_THE_DESIGNATED_ARCHITECT"));
        story.then(gmfta(), &complete());
    }
}

#[test]
fn an_ad_hoc_task_is_worked_on_by_its_assignee_or_the_gmfta() {
    for command in [Command::Start, block(), complete()] {
        let mut story = ad_hoc("eve");
        assert_eq!(reasons(story.tell(seated(Role::Fm), &command)), ["NOT_THE_ASSIGNEE"]);
        ad_hoc("eve").then(seated(Role::Fe), &command);
        ad_hoc("eve").then(gmfta(), &command);
    }
}

/// I-18
#[test]
fn nobody_outside_the_roster_acts_on_a_task() {
    let strangers = [
        caller("zoe", Role::Gmfta),
        caller("eve", Role::Gmfta),
        caller("ada", Role::Fm),
        caller("ada", Role::Operator),
        service(),
    ];
    for stranger in strangers {
        for command in task_commands().iter().filter(|command| !is_a_services(command)) {
            let creates = matches!(command, Command::Create { .. });
            let mut story = if creates { Story::<Tasks>::new() } else { ad_hoc("ada") };
            let refusal = story.tell(stranger.clone(), command).expect_err("I-18");
            assert_eq!((refusal.kind, refusal.reason), (Kind::Forbidden, "NOT_ROSTERED"), "{command:?}");
        }
    }
}

/// I-18: who may not act learns nothing of what is missing.
#[test]
fn a_stranger_is_turned_away_before_the_state_is_looked_at() {
    for story in closed() {
        let mut story = story;
        assert_eq!(reasons(story.tell(caller("zoe", Role::Gmfta), &complete())), ["NOT_ROSTERED"]);
    }
    let mut story = Story::<Tasks>::new();
    let command = create(Some("zoe"), Some(cancelled_file()));
    assert_eq!(reasons(story.tell(caller("zoe", Role::Gmfta), &command)), ["NOT_ROSTERED"]);
}

/// I-18, I-11: what unlocks a playbook task comes from the engagement, never from a person.
#[test]
fn no_person_hands_out_the_playbooks_tasks_or_their_evidence() {
    for command in task_commands().iter().filter(|command| is_a_services(command)) {
        let creates = matches!(command, Command::CreateFromTemplate { .. });
        let mut story = if creates { Story::<Tasks>::new() } else { wanted(Template::Summary) };
        assert_eq!(reasons(story.tell(gmfta(), command)), ["SERVICE_ONLY"], "{command:?}");
    }
}

fn is_of_a_seat(command: &Command) -> bool {
    matches!(command, Command::Reseat { .. } | Command::Deputise { .. } | Command::EndDeputy { .. })
}

/// I-19
#[test]
fn a_closed_task_is_never_altered_by_any_command() {
    for mut story in closed() {
        let before = story.state().clone();
        for command in task_commands() {
            for who in [gmfta(), service()] {
                let events = story.tell(who, &command).unwrap_or_default();
                // Who sees it goes on with the seats of the engagement.
                assert!(is_of_a_seat(&command) || events.is_empty(), "{command:?}");
            }
        }
        assert_eq!(Task { roster: before.roster.clone(), ..story.state().clone() }, before);
    }
}

/// I-19
#[test]
fn completing_a_completed_task_is_refused() {
    for (mut story, reason) in closed().into_iter().zip([
        "ALREADY_COMPLETED",
        "ALREADY_CANCELLED",
        "ALREADY_COMPLETED",
        "ALREADY_CANCELLED",
    ]) {
        let refusal = story.tell(gmfta(), &complete()).expect_err("I-19");
        assert_eq!((refusal.kind, refusal.reason, refusal.faults[0].rule), (Kind::NotReady, reason, "I-19"));
    }
}

/// I-19: not even a stray event alters it.
#[test]
fn a_closed_task_folds_any_further_event_to_itself() {
    let stamp = ad_hoc("ada").journal[0].1.clone();
    for story in closed() {
        let before = story.state().clone();
        let stray = [Event::TaskStarted, Event::TaskReassigned { assignee: person("eve") }];
        for event in stray.iter().chain([&Event::TaskCancelled { cause: "A slip.".into() }]) {
            assert_eq!(Tasks::apply(Some(before.clone()), event, &stamp).as_ref(), Some(&before));
        }
    }
}

/// I-20
#[test]
fn the_follower_may_repeat_itself_without_effect() {
    let mut story = Story::<Tasks>::new();
    let mut told = vec![];
    for command in [from_template(Template::Pilot), evidence(), Command::CancelWithEngagement] {
        story = story.then(service(), &command);
        told.push(command);
        for repeated in &told {
            assert_eq!(story.tell(service(), repeated), Ok(vec![]), "{repeated:?}");
        }
    }
    assert_eq!(story.journal.len(), 3);
}

/// I-20: one identity is one task.
#[test]
fn another_task_under_the_same_identity_is_refused() {
    let astray = Command::CreateFromTemplate {
        template: Template::Pilot,
        cycle: 0,
        engagement: FABRIKAM.into(),
        customer: "fabrikam".into(),
        roster: roster().into(),
        unacknowledged: Unacknowledged::default(),
    };
    let told = [(service(), from_template(Template::Summary)), (service(), astray)];
    for (who, command) in told.into_iter().chain([(gmfta(), create(None, Some(file())))]) {
        let refusal = wanted(Template::Pilot).tell(who, &command).expect_err("I-20");
        assert_eq!((refusal.kind, refusal.reason), (Kind::AlreadyExists, "TASK_EXISTS"));
    }
}

/// E-5.4: one instance per cycle, and none of the others in any.
#[test]
fn only_the_reengagement_task_belongs_to_a_cycle() {
    for template in Template::ALL {
        for cycle in 0..3 {
            let Command::CreateFromTemplate { engagement, customer, roster, .. } = from_template(template)
            else {
                unreachable!()
            };
            let unacknowledged = Unacknowledged::default();
            let command =
                Command::CreateFromTemplate { template, cycle, engagement, customer, roster, unacknowledged };
            let told = Story::<Tasks>::new().tell(service(), &command);
            let fits = (template == Template::Reengagement) == (cycle > 0);
            assert_eq!(told.map_err(|refusal| refusal.reason).err(), (!fits).then_some("CYCLE_MISPLACED"));
        }
    }
    let mut first = wanted(Template::Reengagement);
    let Command::CreateFromTemplate { template, engagement, customer, roster, unacknowledged, .. } =
        from_template(Template::Reengagement)
    else {
        unreachable!()
    };
    let cycle = 2;
    let second =
        Command::CreateFromTemplate { template, cycle, engagement, customer, roster, unacknowledged };
    assert_eq!(
        reasons(first.tell(service(), &second)),
        ["TASK_EXISTS"],
        "the second cycle has a task of its own"
    );
}

#[test]
fn an_ad_hoc_task_needs_an_engagement_in_execution() {
    let told = |command: &Command| reasons(Story::<Tasks>::new().tell(gmfta(), command));
    assert_eq!(told(&create(None, None)), ["EXECUTION_NOT_BEGUN"]);
    assert_eq!(told(&create(None, Some(cancelled_file()))), ["ENGAGEMENT_CANCELLED"]);
    assert_eq!(
        told(&create(Some("zoe"), Some(cancelled_file()))),
        ["ENGAGEMENT_CANCELLED", "ASSIGNEE_NOT_ROSTERED"],
        "both at once"
    );
    let mut elsewhere = file();
    elsewhere.engagement = FABRIKAM.into();
    assert_eq!(told(&create(None, Some(elsewhere))), ["EXECUTION_NOT_BEGUN"]);
}

#[test]
fn an_ad_hoc_task_goes_to_the_gmfta_unless_another_of_the_six_is_named() {
    let created = |who: Caller, assignee| {
        let story = Story::<Tasks>::new().then(who, &create(assignee, Some(file())));
        story.state().assignee.clone()
    };
    assert_eq!(created(seated(Role::Ats), None), roster().gmfta);
    assert_eq!(created(seated(Role::Ats), Some("finn")), roster().fm);
}

/// I-18
#[test]
fn a_task_goes_to_one_of_the_six_only() {
    let mut fresh = Story::<Tasks>::new();
    assert_eq!(reasons(fresh.tell(gmfta(), &create(Some("zoe"), Some(file())))), ["ASSIGNEE_NOT_ROSTERED"]);
    let mut story = ad_hoc("ada");
    assert_eq!(reasons(story.tell(gmfta(), &reassign("zoe"))), ["ASSIGNEE_NOT_ROSTERED"]);
    let story = story.then(seated(Role::Sme), &reassign("tara"));
    assert_eq!(story.state().assignee, roster().fta);
}

#[test]
fn a_playbook_task_goes_only_with_its_engagement() {
    for template in Template::ALL {
        let mut story = wanted(template);
        let refusal = story.tell(gmfta(), &cancel()).expect_err("the playbook asks for it");
        assert_eq!((refusal.reason, refusal.faults[0].rule), ("PLAYBOOK_TASK", template.rule()));
        let story = story.then(service(), &Command::CancelWithEngagement);
        assert_eq!((story.state().status.as_str(), duties(story.state())), ("CANCELLED", vec![]));
    }
}

/// E-5.2, I-20
#[test]
fn a_task_that_is_wanted_no_more_is_cancelled_with_its_cause_and_only_by_a_service() {
    let mut story = wanted(Template::Reengagement);
    assert_eq!(story.tell(gmfta(), &dropped()).expect_err("a service's").kind, Kind::Forbidden);
    let mut story = story.then(service(), &dropped());
    assert!(
        matches!(&story.state().status, Status::Cancelled { cause, .. } if cause == "The architect left.")
    );
    assert_eq!(story.tell(service(), &dropped()), Ok(vec![]));
}

/// I-11
#[test]
fn an_ad_hoc_task_takes_no_evidence() {
    assert_eq!(reasons(ad_hoc("ada").tell(service(), &evidence())), ["NOT_A_PLAYBOOK_TASK"]);
}

#[test]
fn a_task_that_does_not_exist_is_not_found() {
    let creates =
        |command: &Command| matches!(command, Command::Create { .. } | Command::CreateFromTemplate { .. });
    for command in task_commands().iter().filter(|command| !creates(command)) {
        let who = if is_a_services(command) { service() } else { gmfta() };
        let refusal = Story::<Tasks>::new().tell(who, command).expect_err("no task");
        assert_eq!(refusal.kind, Kind::NotFound);
    }
}

fn waiting(task: &Task) -> Vec<(&'static str, Role, kernel::Person, kernel::Time)> {
    let waiting = duties(task).into_iter();
    waiting.map(|duty| (duty.action, duty.role, duty.person.expect("named"), duty.since)).collect()
}

#[test]
fn an_ad_hoc_task_waits_on_its_assignee_since_it_was_assigned() {
    let story = ad_hoc("eve");
    assert_eq!(waiting(story.state()), [("COMPLETE_TASK", Role::Fe, roster().fe, hour(1))]);
    let story = story.then(gmfta(), &reassign("finn"));
    assert_eq!(waiting(story.state()), [("COMPLETE_TASK", Role::Fm, roster().fm, hour(2))]);
}

#[test]
fn a_blocked_task_waits_to_be_unblocked_first() {
    let story = ad_hoc("eve").then(gmfta(), &block());
    let expected =
        [("UNBLOCK_TASK", Role::Fe, roster().fe, hour(2)), ("COMPLETE_TASK", Role::Fe, roster().fe, hour(1))];
    assert_eq!(waiting(story.state()), expected);
    assert_eq!(duties(story.state())[1].missing[0].message, "the task is blocked: The room is taken.");
}

#[test]
fn a_playbook_task_waits_on_the_gmfta_even_in_a_colleagues_hands() {
    let story = wanted(Template::Pilot).then(gmfta(), &reassign("eve"));
    assert_eq!(waiting(story.state()), [("COMPLETE_TASK", Role::Gmfta, roster().gmfta, hour(2))]);
}

#[test]
fn evidence_restarts_the_wait_for_completion() {
    let mut story = wanted(Template::Pilot);
    story = story.then(service(), &Command::ProvideEvidence { description: "Ran.".into(), time: hour(300) });
    assert_eq!(waiting(story.state())[0].3, hour(300));
}

#[test]
fn every_duty_of_a_task_has_a_target() {
    let story = ad_hoc("eve").then(gmfta(), &block());
    for duty in duties(story.state()) {
        assert!(TARGETS.iter().any(|target| target.action == duty.action), "{}", duty.action);
    }
    assert_eq!(TARGETS.len(), duties(story.state()).len());
}
