//! The people, the material and the milestones every test plays with.

use engagement_domain::*;
use jiff::civil::Date;
use kernel::{
    Assessment, Caller, Channel, Contact, Context, DataSet, Decider, InProgress, Item, Kind, Person,
    REQUIRED_ITEMS, Refusal, Role, Roster, Stamp, Time, Verdict,
};

pub(crate) fn person(name: &str) -> Person {
    Person::parse(&format!("people/{name}")).expect("a well-formed name")
}

pub(crate) fn caller(name: &str, role: Role) -> Caller {
    Caller { person: person(name), role }
}

pub(crate) fn gmfta() -> Caller {
    caller("ada", Role::Gmfta)
}

pub(crate) fn fm() -> Caller {
    caller("finn", Role::Fm)
}

pub(crate) fn fe() -> Caller {
    caller("eva", Role::Fe)
}

pub(crate) fn sme() -> Caller {
    caller("sol", Role::Sme)
}

pub(crate) fn approver() -> Caller {
    caller("gus", Role::GetModernSme)
}

pub(crate) fn program() -> Caller {
    caller("pat", Role::ProgramTeam)
}

pub(crate) fn service() -> Caller {
    Caller::service("tasks")
}

pub(crate) fn roster() -> Roster {
    let [gmfta, fm, fe, sme, fta, ats] = ["ada", "finn", "eva", "sol", "tess", "otto"].map(person);
    Roster { gmfta, fm, fe, sme, fta, ats }
}

pub(crate) fn hour(hours: i64) -> Time {
    Time::from_second(1_570_000_000 + hours * 3600).expect("in range")
}

pub(crate) fn stamp(who: &Caller, time: Time) -> Stamp {
    Stamp { person: who.person.clone(), role: who.role, time }
}

pub(crate) fn contact() -> Contact {
    Contact { full_name: "Chris Contoso".into(), email: "chris@contoso.example".into() }
}

/// The tenant of the proactive engagements.
pub(crate) const TENANT: &str = "fabrikam.onmicrosoft.com";

pub(crate) fn item(value: &str) -> Item {
    Item { value: value.into(), source: "account team".into(), learnt: hour(-100).into() }
}

/// What is known of the customer of the proactive engagements.
pub(crate) fn data() -> DataSet {
    let value = |key| if key == "tenant" { TENANT } else { key };
    REQUIRED_ITEMS.iter().map(|key| ((*key).to_owned(), item(value(*key)))).collect()
}

pub(crate) fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub(crate) fn begin() -> Command {
    Command::BeginReactive { start: left_behind(), must_wait: false }
}

/// The Gateway left while another engagement with the tenant was in progress.
pub(crate) fn begin_waiting() -> Command {
    Command::BeginReactive { start: left_behind(), must_wait: true }
}

pub(crate) fn left_behind() -> ReactiveStart {
    ReactiveStart {
        case: "cases/1".into(),
        customer: "contoso".into(),
        tenant: "contoso.onmicrosoft.com".into(),
        roster: roster(),
        channel: Channel::Css,
        items: data(),
        begun: None,
    }
}

pub(crate) fn assign() -> Command {
    assign_beside(None)
}

/// An assignment, with what intake has in progress for the tenant.
pub(crate) fn assign_beside(case: Option<InProgress>) -> Command {
    let assignment = NewAssignment {
        customer: "fabrikam".into(),
        tenant: TENANT.into(),
        aim: "modernise the desktop".into(),
        gmfta: person("ada"),
        items: data(),
    };
    Command::AssignEngagement { assignment, case }
}

pub(crate) fn assessment(verdict: Verdict) -> Assessment {
    Assessment { verdict, policy: "policies/default".into(), policy_version: 1, results: Vec::new() }
}

pub(crate) fn sync_meeting(verdict: Verdict) -> SyncMeeting {
    SyncMeeting {
        roster: roster(),
        in_flight: "nothing".into(),
        aim: "modernise the desktop".into(),
        confirmed: texts(&REQUIRED_ITEMS),
        corrections: DataSet::new(),
        required: texts(&REQUIRED_ITEMS),
        assessment: assessment(verdict),
        occasion: Occasion::default(),
    }
}

pub(crate) fn sync(verdict: Verdict) -> Command {
    Command::HoldInternalSync(sync_meeting(verdict))
}

pub(crate) fn align(channel: Option<Channel>) -> Command {
    let alignment = Alignment { contacts: vec![contact()], targeted_motion: "upgrade in waves".into() };
    Command::AlignAccountTeam { alignment, channel }
}

pub(crate) fn choose(channel: Channel) -> Command {
    choose_because(channel, "")
}

pub(crate) fn choose_because(channel: Channel, cause: &str) -> Command {
    Command::ChooseChannel { channel, cause: cause.into() }
}

pub(crate) fn introduce(email: Introduction) -> Command {
    introduce_because(email, "")
}

pub(crate) fn introduce_because(email: Introduction, cause: &str) -> Command {
    Command::SendIntroduction { email, cause: cause.into() }
}

pub(crate) fn meet() -> Command {
    Command::HoldPrepMeeting(meeting())
}

pub(crate) fn hold_workshop(workshop: Workshop) -> Command {
    hold_workshop_because(workshop, "")
}

pub(crate) fn hold_workshop_because(workshop: Workshop, cause: &str) -> Command {
    Command::HoldWorkshop { workshop, cause: cause.into(), more_versions: vec!["25H2".into()] }
}

pub(crate) fn plan(devices: Vec<String>) -> Command {
    plan_because(devices, "")
}

pub(crate) fn plan_because(devices: Vec<String>, cause: &str) -> Command {
    Command::PlanPilot { devices, cause: cause.into() }
}

pub(crate) fn withdraw_pilot() -> Command {
    Command::WithdrawPilot { cause: "the site closes".into() }
}

pub(crate) fn corrected(device: &str, outcome: PilotOutcome) -> Command {
    let (device, remarks, cause) = (device.into(), String::new(), "the wrong device was looked at".into());
    Command::RecordPilotResult { device, outcome, remarks, cause }
}

pub(crate) fn frp() -> Channel {
    Channel::Frp("fabrikam".into())
}

pub(crate) fn receive(receiver: Option<Channel>) -> Command {
    let receiver_contact = Some(Contact { full_name: "Robin Remote".into(), email: String::new() });
    Command::ChangeReceiver { receiver, receiver_contact, cause: "the partner gave up".into() }
}

pub(crate) fn introduction() -> Introduction {
    Introduction {
        recipients: vec![contact()],
        overview: "what we will do".into(),
        installation_instructions: "how to install".into(),
        prep_meeting_arrangement: "Monday at ten".into(),
    }
}

pub(crate) fn meeting() -> PrepMeeting {
    PrepMeeting {
        logistics: "room 1".into(),
        objectives: "a plan".into(),
        agenda: "two days".into(),
        installation_follow_up: "installed".into(),
        occasion: Occasion::default(),
    }
}

pub(crate) fn report(installed: bool, data_flowing: bool) -> Command {
    let readiness = Readiness { ready: 80, ready_with_remediation: 10, blocked: 5, not_reviewed: 5 };
    let report =
        AnalyticsReport { installed, data_flowing, enrolled_devices: 100, readiness, counts_until: None };
    Command::ReportAnalytics { report, counts: None, cause: String::new() }
}

pub(crate) fn workshop() -> Workshop {
    Workshop {
        readiness_analysis: "most devices are ready".into(),
        deployment_plan: DeploymentPlan {
            target_os_version: "1909".into(),
            device_groups: texts(&["finance"]),
            readiness_rules: String::new(),
            completion_date: Some(jiff::civil::date(2020, 6, 30)),
        },
        findings: vec![Finding { kind: FindingKind::Blocker, description: "an old scanner".into() }],
        none_found: vec![FindingKind::Challenge, FindingKind::Concern],
        environment_details: "two sites".into(),
        occasion: Occasion::default(),
    }
}

pub(crate) fn content() -> SummaryContent {
    let yes = || "wanted".to_owned();
    SummaryContent {
        needs: Needs {
            windows_10: yes(),
            office_365_proplus: yes(),
            modern_management: yes(),
            security: yes(),
        },
        upgrade_plan: vec![unit("finance")],
        remote_support: vec![RemoteSupport {
            kind: Some(SupportKind::DesktopAppAssure),
            how: "by ticket".into(),
        }],
        gaps: vec![Gap {
            source: Some(GapSource::DaAnalysis),
            description: "an old driver".into(),
            remediation: String::new(),
        }],
        no_gaps_found: false,
    }
}

pub(crate) fn unit(name: &str) -> BusinessUnitPlan {
    BusinessUnitPlan {
        business_unit: name.into(),
        windows_10_timing: "in March".into(),
        office_365_proplus_timing: "in April".into(),
        contacts: vec![contact()],
        lt_sponsor: "Lee Lead".into(),
    }
}

pub(crate) fn devices(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("pc-{number}")).collect()
}

pub(crate) fn result(device: &str, outcome: PilotOutcome) -> Command {
    let (device, remarks, cause) = (device.into(), String::new(), String::new());
    Command::RecordPilotResult { device, outcome, remarks, cause }
}

pub(crate) fn review(present: &[Role]) -> Command {
    let (present, conclusions) = (present.to_vec(), "go".into());
    Command::HoldReview(ReviewMeeting {
        present,
        attendees: Vec::new(),
        conclusions,
        occasion: Occasion::default(),
    })
}

pub(crate) const FOUR: [Role; 4] = [Role::Fta, Role::Sme, Role::Fm, Role::Fe];

pub(crate) fn hand_over() -> Command {
    Command::HandOver { receiver_contact: contact() }
}

pub(crate) fn request() -> Command {
    Command::RequestReengagement { escalation: "the wave stands still".into() }
}

pub(crate) fn approve() -> Command {
    Command::ApproveReengagement(Brief {
        nature: "technical".into(),
        specific_request: "unblock the wave".into(),
    })
}

pub(crate) fn reject() -> Command {
    Command::RejectReengagement { cause: "remote delivery can do it".into() }
}

pub(crate) fn rename(customer: &str) -> Command {
    Command::RenameCustomer { customer: customer.into(), cause: "they were bought".into() }
}

/// To a tenant of whom nothing is known.
pub(crate) fn relocate(tenant: &str) -> Command {
    let (tenant, cause) = (tenant.into(), "the wrong one was looked up".into());
    Command::MoveEngagement(Move { tenant, cause, beside: None, known: DataSet::new() })
}

pub(crate) fn amend() -> Command {
    Command::AmendReengagement { escalation: "two waves stand still".into(), cause: String::new() }
}

pub(crate) fn withdraw() -> Command {
    Command::WithdrawReengagement { cause: "it moves again".into() }
}

pub(crate) fn revoke() -> Command {
    Command::RevokeReengagement { cause: "the architect left".into() }
}

/// The seat of `role` for `name`, once they acknowledge.
pub(crate) fn give(role: Role, name: &str) -> Command {
    let (successor, cause) = (person(name), "another customer".into());
    Command::ChangeSeat(NewSeat { role, successor, cause, has_left: false })
}

/// The seat of `role` for `name` at once: the one before has left.
pub(crate) fn hand(role: Role, name: &str) -> Command {
    let (successor, cause) = (person(name), "left the company".into());
    Command::ChangeSeat(NewSeat { role, successor, cause, has_left: true })
}

pub(crate) fn keep(role: Role) -> Command {
    Command::WithdrawSeatChange { role, cause: "they stay".into() }
}

/// The day of an hour.
pub(crate) fn day(hours: i64) -> jiff::civil::Date {
    hour(hours).to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// A deputy for the seat of `role` from the day of one hour to that of another.
pub(crate) fn deputise(role: Role, name: &str, from: i64, to: i64) -> Command {
    let (first_day, last_day) = (day(from), day(to));
    Command::AppointDeputy(NewDeputy {
        role,
        deputy: person(name),
        first_day,
        last_day,
        cause: "on leave".into(),
    })
}

pub(crate) fn end_deputy(number: u32) -> Command {
    Command::EndDeputy { number, cause: "back already".into() }
}

pub(crate) fn cancel(disposition: Disposition) -> Command {
    Command::CancelEngagement(Cancellation { disposition, cause: "the customer withdrew".into() })
}

pub(crate) fn hold_until(review_date: Option<Date>) -> Command {
    Command::HoldEngagement { cause: "the customer is on holiday".into(), review_date }
}

pub(crate) fn hold() -> Command {
    hold_until(Some(jiff::civil::date(2020, 6, 30)))
}

pub(crate) fn close() -> Command {
    let cause = "bought by fabrikam".into();
    Command::CloseEngagement(Closure { reason: ClosureReason::CustomerLeft, cause })
}

pub(crate) fn raise() -> Command {
    Command::RaiseBlocker { kind: BlockerKind::Application, description: "the scanner app fails".into() }
}

pub(crate) fn resolve(number: u32) -> Command {
    Command::ResolveBlocker { number, resolution: "shimmed".into() }
}

pub(crate) fn task_done(task: PlaybookTask, cycle: u32, time: Time) -> Command {
    Command::RecordTaskCompletion { task, cycle, completed: stamp(&gmfta(), time) }
}

pub(crate) fn noted(kind: NoteKind, time: Time) -> Command {
    Command::RecordNote { kind, written: stamp(&gmfta(), time) }
}

/// One engagement as it is played: where it stands, its journal, and the hour.
#[derive(Debug, Clone, Default)]
pub(crate) struct Play {
    pub(crate) state: Option<Engagement>,
    pub(crate) journal: Vec<(Event, Stamp)>,
    pub(crate) hour: i64,
}

impl Play {
    pub(crate) fn now(&self) -> Time {
        hour(self.hour)
    }

    pub(crate) fn context(&self, who: &Caller) -> Context {
        Context { caller: who.clone(), now: self.now() }
    }

    pub(crate) fn give(&mut self, who: &Caller, command: &Command) -> Result<Vec<Event>, Refusal> {
        self.hour += 1;
        let context = self.context(who);
        let events = Engagements::decide(self.state.as_ref(), command, &context)?;
        for event in &events {
            self.state = Engagements::apply(self.state.take(), event, &context.stamp());
            self.journal.push((event.clone(), context.stamp()));
        }
        Ok(events)
    }

    #[track_caller]
    pub(crate) fn must(&mut self, who: &Caller, command: &Command) -> Vec<Event> {
        self.give(who, command).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"))
    }

    #[track_caller]
    pub(crate) fn refused(&self, who: &Caller, command: &Command) -> Refusal {
        let outcome = self.clone().give(who, command);
        outcome.expect_err("it should have been refused")
    }

    #[track_caller]
    pub(crate) fn e(&self) -> &Engagement {
        self.state.as_ref().expect("an engagement")
    }

    pub(crate) fn stage(&self) -> Stage {
        self.e().stage
    }

    pub(crate) fn with(mut self, steps: &[(Caller, Command)]) -> Self {
        for (who, command) in steps {
            self.must(who, command);
        }
        self
    }
}

/// The refusal's kind and every fault's reason, in order.
pub(crate) fn reasons(refusal: &Refusal) -> (Kind, Vec<&'static str>) {
    (refusal.kind, refusal.faults.iter().map(|fault| fault.reason).collect())
}

pub(crate) fn assigned() -> Play {
    Play::default().with(&[(program(), assign())])
}

pub(crate) fn returned() -> Play {
    assigned().with(&[(gmfta(), sync(Verdict::NotQualified))])
}

pub(crate) fn alignment() -> Play {
    assigned().with(&[(gmfta(), sync(Verdict::Qualified))])
}

pub(crate) fn proactive() -> Play {
    alignment().with(&[(gmfta(), align(Some(Channel::Css)))])
}

pub(crate) fn reactive() -> Play {
    Play::default().with(&[(service(), begin())])
}

/// Left by the Gateway while another engagement with the tenant is in progress.
pub(crate) fn waiting() -> Play {
    Play::default().with(&[(service(), begin_waiting())])
}

pub(crate) fn preparation_of(play: Play) -> Play {
    play.with(&[(gmfta(), introduce(introduction()))])
}

pub(crate) fn prepared_of(play: Play) -> Play {
    let meet = Command::HoldPrepMeeting(meeting());
    preparation_of(play).with(&[(gmfta(), meet), (fe(), report(true, true))])
}

pub(crate) fn delivery_of(play: Play) -> Play {
    prepared_of(play).with(&[(gmfta(), hold_workshop(workshop()))])
}

pub(crate) fn finalized_of(play: Play) -> Play {
    let save = Command::SaveSummary { content: content() };
    delivery_of(play).with(&[(gmfta(), save), (gmfta(), Command::FinalizeSummary)])
}

pub(crate) fn executed_of(play: Play) -> Play {
    let planned = plan(devices(5));
    let start = Command::StartPilot { devices: devices(5) };
    let mut play = finalized_of(play).with(&[(gmfta(), planned), (gmfta(), start)]);
    for device in devices(5) {
        play.must(&fe(), &result(&device, PilotOutcome::Succeeded));
    }
    play
}

pub(crate) fn recorded_of(play: Play) -> Play {
    let play = executed_of(play);
    let now = play.now();
    play.with(&[
        (service(), task_done(PlaybookTask::CustomerGetModernSummary, 0, now)),
        (service(), task_done(PlaybookTask::GetModernPilot, 0, now)),
        (service(), noted(NoteKind::EnterpriseNotes, now)),
    ])
}

pub(crate) fn handover_of(play: Play) -> Play {
    recorded_of(play).with(&[(gmfta(), review(&FOUR))])
}

pub(crate) fn standby_of(play: Play) -> Play {
    handover_of(play).with(&[(gmfta(), hand_over())])
}

pub(crate) fn preparation() -> Play {
    preparation_of(reactive())
}

pub(crate) fn prepared() -> Play {
    prepared_of(reactive())
}

pub(crate) fn delivery() -> Play {
    delivery_of(reactive())
}

pub(crate) fn executed() -> Play {
    executed_of(reactive())
}

pub(crate) fn recorded() -> Play {
    recorded_of(reactive())
}

pub(crate) fn handover() -> Play {
    handover_of(reactive())
}

pub(crate) fn standby() -> Play {
    standby_of(reactive())
}

pub(crate) fn requested() -> Play {
    standby().with(&[(fm(), request())])
}

pub(crate) fn approved() -> Play {
    requested().with(&[(approver(), approve())])
}

pub(crate) fn reengaged() -> Play {
    approved().with(&[(gmfta(), Command::RejoinEngagement)])
}

pub(crate) fn completable() -> Play {
    let play = reengaged();
    let now = play.now();
    play.with(&[
        (service(), task_done(PlaybookTask::GetModernArchitectReengagement, 1, now)),
        (service(), noted(NoteKind::EnterpriseStatusNotes, now)),
    ])
}
