//! The transition table, for reading, and that it leaves out no command and no stage.

use std::collections::BTreeSet;

use engagement_domain::*;
use kernel::{Caller, Channel, Context, Role, Verdict};

use crate::{support::*, takeover::take_over};

macro_rules! every_command {
    ($($command:ident),* $(,)?) => {
        const EVERY_COMMAND: &[&str] = &[$(stringify!($command)),*];

        fn name(command: &Command) -> &'static str {
            match command {
                $(Command::$command { .. } => stringify!($command),)*
            }
        }
    };
}

every_command!(
    BeginReactive,
    EndWaiting,
    FindCase,
    RecordCase,
    AssignEngagement,
    HoldInternalSync,
    AlignAccountTeam,
    ChooseChannel,
    SendIntroduction,
    HoldPrepMeeting,
    ReportAnalytics,
    HoldWorkshop,
    SaveSummary,
    FinalizeSummary,
    TakeOver,
    PlanPilot,
    StartPilot,
    RecordPilotResult,
    RecordTaskCompletion,
    RecordNote,
    HoldReview,
    HandOver,
    ChangeReceiver,
    RequestReengagement,
    ApproveReengagement,
    RejectReengagement,
    AmendReengagement,
    WithdrawReengagement,
    RevokeReengagement,
    RejoinEngagement,
    CompleteReengagement,
    RaiseBlocker,
    ResolveBlocker,
    ChangeSeat,
    AcknowledgeSeat,
    WithdrawSeatChange,
    AppointDeputy,
    EndDeputy,
    CancelEngagement,
    HoldEngagement,
    ResumeEngagement,
    CloseEngagement,
);

const LATE: i64 = 500;

/// Every command once, complete and from the right person.
pub(crate) fn commands() -> Vec<(Caller, Command)> {
    let late = hour(LATE);
    vec![
        (service(), begin()),
        (service(), begin_waiting()),
        (service(), Command::EndWaiting),
        (service(), Command::FindCase { case: "cases/2".into() }),
        (service(), Command::RecordCase { case: "cases/2".into() }),
        (program(), assign()),
        (gmfta(), sync(Verdict::Qualified)),
        (gmfta(), sync(Verdict::Undetermined)),
        (gmfta(), align(None)),
        (program(), choose(Channel::Css)),
        (gmfta(), introduce(introduction())),
        (gmfta(), Command::HoldPrepMeeting(meeting())),
        (fe(), report(true, true)),
        (gmfta(), hold_workshop(workshop())),
        (gmfta(), Command::SaveSummary { content: content() }),
        (gmfta(), Command::FinalizeSummary),
        (program(), take_over()),
        (gmfta(), plan(devices(5))),
        (gmfta(), Command::StartPilot { devices: devices(5) }),
        (fe(), result("pc-5", PilotOutcome::Succeeded)),
        (service(), task_done(PlaybookTask::CustomerGetModernSummary, 0, late)),
        (service(), task_done(PlaybookTask::GetModernPilot, 0, late)),
        (service(), task_done(PlaybookTask::GetModernArchitectReengagement, 1, late)),
        (service(), noted(NoteKind::EnterpriseNotes, late)),
        (service(), noted(NoteKind::EnterpriseStatusNotes, late)),
        (gmfta(), review(&FOUR)),
        (gmfta(), hand_over()),
        (fm(), request()),
        (approver(), approve()),
        (approver(), reject()),
        (fm(), amend()),
        (fm(), withdraw()),
        (approver(), revoke()),
        (gmfta(), Command::RejoinEngagement),
        (gmfta(), Command::CompleteReengagement),
        (fm(), raise()),
        (gmfta(), resolve(1)),
        (program(), give(Role::Gmfta, "zoe")),
        (program(), hand(Role::Gmfta, "zoe")),
        (caller("zoe", Role::Gmfta), Command::AcknowledgeSeat),
        (program(), keep(Role::Gmfta)),
        (program(), deputise(Role::Gmfta, "dora", 0, LATE)),
        (program(), end_deputy(1)),
        (program(), cancel(Disposition::Closed)),
        (program(), cancel(Disposition::SentToIntake)),
        (gmfta(), hold()),
        (program(), Command::ResumeEngagement),
        (program(), close()),
        (gmfta(), choose_because(frp(), "css has no time")),
        (gmfta(), introduce_because(introduction(), "to the head of IT too")),
        (gmfta(), hold_workshop_because(workshop(), "the second site")),
        (gmfta(), plan_because(devices(6), "another site")),
        (fe(), corrected("pc-5", PilotOutcome::Failed)),
        (program(), receive(Some(Channel::Css))),
        (fm(), receive(None)),
    ]
}

fn label(command: &Command) -> String {
    let which = match command {
        Command::ChooseChannel { cause, .. }
        | Command::SendIntroduction { cause, .. }
        | Command::HoldWorkshop { cause, .. }
        | Command::PlanPilot { cause, .. }
        | Command::RecordPilotResult { cause, .. }
            if !cause.is_empty() =>
        {
            " again"
        }
        Command::ChangeReceiver { receiver: None, .. } => " contact",
        Command::BeginReactive { must_wait: true, .. } => " waiting",
        Command::HoldInternalSync(meeting) if meeting.assessment.verdict == Verdict::Qualified => {
            " qualified"
        }
        Command::RecordTaskCompletion { task, .. } => match task {
            PlaybookTask::CustomerGetModernSummary => " summary",
            PlaybookTask::GetModernPilot => " pilot",
            PlaybookTask::GetModernArchitectReengagement => " cycle 1",
        },
        Command::RecordNote { kind: NoteKind::EnterpriseNotes, .. } => " enterprise",
        Command::RecordNote { kind: NoteKind::EnterpriseStatusNotes, .. } => " status",
        Command::ChangeSeat(new) if new.has_left => " at once",
        Command::CancelEngagement(how) if how.disposition == Disposition::SentToIntake => " to intake",
        _ => "",
    };
    format!("{}{which}", name(command))
}

pub(crate) fn milestones() -> Vec<(&'static str, Play)> {
    let plan = plan(devices(5));
    let start = Command::StartPilot { devices: devices(5) };
    let mut piloting = delivery().with(&[(gmfta(), plan), (gmfta(), start), (fm(), raise())]);
    for device in devices(4) {
        piloting.must(&fe(), &result(&device, PilotOutcome::Failed));
    }
    vec![
        ("(none)", Play::default()),
        ("ASSIGNED", assigned()),
        ("RETURNED", returned()),
        ("ALIGNMENT", alignment()),
        ("INTRODUCTION, proactive without a channel", alignment().with(&[(gmfta(), align(None))])),
        ("INTRODUCTION, reactive", reactive()),
        ("PREPARATION, nothing settled", preparation()),
        ("PREPARATION, data flowing and nothing settled", preparation().with(&[(fe(), report(true, true))])),
        ("PREPARATION, settled and data flowing", prepared()),
        ("DELIVERY, just after the workshop", delivery()),
        ("DELIVERY, pilot awaits one result, a blocker open", piloting),
        ("DELIVERY, summary final and pilot executed", executed()),
        ("DELIVERY, summary task complete alone", half_recorded()),
        ("DELIVERY, tasks complete and note written", recorded()),
        ("HANDOVER", handover()),
        ("STANDBY", standby()),
        ("STANDBY, requested", requested()),
        ("STANDBY, approved", approved()),
        (
            "STANDBY, approved, a successor to acknowledge",
            approved().with(&[(program(), give(Role::Gmfta, "zoe"))]),
        ),
        (
            "STANDBY, approved, a deputy for the GMFTA",
            approved().with(&[(program(), deputise(Role::Gmfta, "dora", 0, LATE))]),
        ),
        ("STANDBY, approved, the GMFTA has left", approved().with(&[(program(), hand(Role::Gmfta, "zoe"))])),
        ("REENGAGED, just back", reengaged()),
        ("REENGAGED, task complete and note written", completable()),
        ("WAITING", waiting()),
        ("CANCELLED", delivery().with(&[(program(), cancel(Disposition::Closed))])),
        (
            "DELIVERY, another pilot planned",
            executed().with(&[(gmfta(), plan_because(devices(6), "another site"))]),
        ),
        ("DELIVERY, on hold", delivery().with(&[(gmfta(), hold())])),
        ("REENGAGED, on hold", reengaged().with(&[(gmfta(), hold())])),
        ("CLOSED", standby().with(&[(program(), close())])),
    ]
}

fn half_recorded() -> Play {
    let play = executed();
    let done = task_done(PlaybookTask::CustomerGetModernSummary, 0, play.now());
    play.with(&[(service(), done)])
}

#[test]
fn the_table_leaves_out_no_command_and_no_stage() {
    let given: BTreeSet<_> = commands().iter().map(|(_, command)| name(command)).collect();
    assert_eq!(given, EVERY_COMMAND.iter().copied().collect());
    let reached: BTreeSet<_> =
        milestones().iter().filter_map(|(_, play)| play.state.as_ref()).map(|e| e.stage).collect();
    assert_eq!(reached, Stage::ALL.iter().copied().collect());
}

const HEADER: &str = "\
What each command does in each state of an engagement: the events it causes, or why it is refused.
Every command is complete and comes from the right person; what the brackets name is what the state lacks.
The sync is held with a qualified and with an undetermined customer.
A state is named by its stage, and by what has been done in it.

";

#[test]
fn the_table_is_as_it_was_read_last() {
    let states: Vec<_> = milestones().into_iter().map(|(label, play)| (label, play.state)).collect();
    let given: Vec<_> =
        commands().into_iter().map(|(who, command)| (label(&command), who, command)).collect();
    let context = |who: &Caller| Context { caller: who.clone(), now: hour(LATE) };
    let rows: Vec<_> =
        given.iter().map(|(label, who, command)| (label.as_str(), command.clone(), context(who))).collect();
    let table = kernel::transitions::<Engagements>(&states, &rows);
    expect_test::expect_file!["../../transitions.txt"].assert_eq(&format!("{HEADER}{table}"));
}
