//! Nothing waits on a person who can neither act nor be replaced (I-22): from every state of the table, with whoever a duty waits
//! on gone, the others bring the engagement to a rest by calls that there are.

use std::collections::BTreeSet;

use engagement_domain::*;
use kernel::{Caller, Channel, Duty, Person, Role, Verdict};

use crate::{support::*, transitions::milestones};

/// More steps than the longest way takes.
const STEPS: usize = 100;

/// An engagement that goes on without some people.
struct Journey {
    play: Play,
    gone: BTreeSet<Person>,
    newcomers: usize,
}

impl Journey {
    fn without(play: &Play, gone: impl IntoIterator<Item = Person>) -> Self {
        Self { play: play.clone(), gone: gone.into_iter().collect(), newcomers: 0 }
    }

    /// Does what is due until nothing is.
    fn rest(mut self, label: &str) {
        for _ in 0..STEPS {
            let waiting = duties(self.play.e());
            if waiting.is_empty() {
                assert!(
                    matches!(self.play.stage(), Stage::Standby | Stage::Cancelled | Stage::Closed),
                    "{label}"
                );
                return;
            }
            let gone = waiting.iter().find(|duty| self.is_gone(duty));
            match gone {
                Some(duty) => self.replace(duty.role, label),
                None => self.go_on(&waiting, label),
            }
        }
        panic!("{label}: it never rests");
    }

    fn is_gone(&self, duty: &Duty) -> bool {
        duty.person.as_ref().is_some_and(|person| self.gone.contains(person))
    }

    fn newcomer(&mut self) -> Person {
        self.newcomers += 1;
        person(&format!("newcomer-{}", self.newcomers))
    }

    fn replace(&mut self, role: Role, label: &str) {
        let seat = NewSeat { role, successor: self.newcomer(), cause: "gone".to_owned(), has_left: true };
        let outcome = self.play.give(&program(), &Command::ChangeSeat(seat));
        assert!(outcome.is_ok(), "{label}: {outcome:?}");
    }

    /// Does the first of the duties that can be done now.
    fn go_on(&mut self, waiting: &[Duty], label: &str) {
        let newcomer = self.newcomer();
        // What is to be told anew some day is not due yet.
        let is_due = |duty: &&Duty| duty.action == "REVIEW_HOLD" || duty.since <= self.play.now();
        let after = waiting.iter().filter(is_due).find_map(|duty| self.fulfilled(duty, &newcomer, label));
        self.play = after.unwrap_or_else(|| panic!("{label}: nothing can be done of {waiting:?}"));
    }

    /// The engagement once a duty is fulfilled; where it names nobody, somebody else with the role sees to it.
    fn fulfilled(&self, duty: &Duty, newcomer: &Person, label: &str) -> Option<Play> {
        let person = duty.person.clone().unwrap_or_else(|| newcomer.clone());
        let mut play = self.play.clone();
        for (who, command) in self.steps(duty, &Caller { person, role: duty.role }) {
            assert!(!self.gone.contains(&who.person), "{label}: {who:?} is gone");
            play.give(&who, &command).ok()?;
        }
        Some(play)
    }

    /// The calls that fulfil a duty; a duty that is not here has no way yet.
    fn steps(&self, duty: &Duty, who: &Caller) -> Vec<(Caller, Command)> {
        let e = self.play.e();
        let by = |command: Command| vec![(who.clone(), command)];
        match duty.action {
            "ACKNOWLEDGE_SEAT" | "ACKNOWLEDGE_SEAT_ON_HOLD" => by(Command::AcknowledgeSeat),
            "HOLD_INTERNAL_SYNC" => {
                let mut meeting = sync_meeting(Verdict::Qualified);
                meeting.roster.gmfta = who.person.clone();
                by(Command::HoldInternalSync(meeting))
            }
            "CANCEL_ENGAGEMENT" => by(cancel(Disposition::Closed)),
            "ALIGN_ACCOUNT_TEAM" => by(align(None)),
            "CHOOSE_CHANNEL" => by(choose(Channel::Css)),
            "SEND_INTRODUCTION" => by(introduce(introduction())),
            "HOLD_PREP_MEETING" => by(Command::HoldPrepMeeting(meeting())),
            "REPORT_ANALYTICS" => by(report(true, true)),
            "HOLD_WORKSHOP" => by(hold_workshop(workshop())),
            "FINALIZE_SUMMARY" => {
                [by(Command::SaveSummary { content: content() }), by(Command::FinalizeSummary)].concat()
            }
            "PLAN_PILOT" => by(plan(devices(5))),
            "START_PILOT" => by(Command::StartPilot { devices: devices(5) }),
            "RECORD_PILOT_RESULT" => {
                let awaited =
                    duty.missing.iter().filter_map(|fault| fault.subject.strip_prefix("pilot.results."));
                awaited.flat_map(|device| by(result(device, PilotOutcome::Failed))).collect()
            }
            "HOLD_REVIEW" => [self.recorded(who), by(review(&FOUR))].concat(),
            "HAND_OVER" => by(hand_over()),
            "APPROVE_REENGAGEMENT" => by(approve()),
            "REJOIN_ENGAGEMENT" => by(Command::RejoinEngagement),
            "COMPLETE_REENGAGEMENT" => [self.cycle_recorded(who), by(Command::CompleteReengagement)].concat(),
            "REVIEW_HOLD" => by(Command::ResumeEngagement),
            "RESOLVE_BLOCKER" => e.open_blockers().flat_map(|blocker| by(resolve(blocker.number))).collect(),
            other => panic!("no call fulfils {other}"),
        }
    }

    /// What the tasks service tells of the execution.
    fn recorded(&self, gmfta: &Caller) -> Vec<(Caller, Command)> {
        let tasks = [PlaybookTask::CustomerGetModernSummary, PlaybookTask::GetModernPilot];
        let tasks = tasks.map(|task| (task, 0));
        self.told(gmfta, &tasks, NoteKind::EnterpriseNotes)
    }

    /// And of the re-engagement that is open.
    fn cycle_recorded(&self, gmfta: &Caller) -> Vec<(Caller, Command)> {
        let cycle = self.play.e().open_reengagement().map_or(0, |open| open.cycle);
        let task = [(PlaybookTask::GetModernArchitectReengagement, cycle)];
        self.told(gmfta, &task, NoteKind::EnterpriseStatusNotes)
    }

    fn told(&self, gmfta: &Caller, tasks: &[(PlaybookTask, u32)], kind: NoteKind) -> Vec<(Caller, Command)> {
        let written = stamp(gmfta, self.play.now());
        let completed = |(task, cycle): &(PlaybookTask, u32)| Command::RecordTaskCompletion {
            task: *task,
            cycle: *cycle,
            completed: written.clone(),
        };
        let note = Command::RecordNote { kind, written: written.clone() };
        tasks.iter().map(completed).chain([note]).map(|command| (service(), command)).collect()
    }
}

/// I-22
#[test]
fn whoever_a_duty_waits_on_may_be_gone_and_the_engagement_still_comes_to_a_rest() {
    for (label, play) in milestones() {
        let Some(e) = &play.state else { continue };
        for duty in duties(e) {
            let label = format!("{label}, {} without {:?}", duty.action, duty.person);
            Journey::without(&play, duty.person).rest(&label);
        }
    }
}

/// I-22
#[test]
fn everybody_who_belongs_to_it_may_be_gone_and_the_engagement_still_comes_to_a_rest() {
    for (label, play) in milestones() {
        let Some(e) = &play.state else { continue };
        let everybody: Vec<_> = e.people().into_iter().cloned().chain([approver().person]).collect();
        Journey::without(&play, everybody).rest(&format!("{label}, without everybody"));
    }
}
