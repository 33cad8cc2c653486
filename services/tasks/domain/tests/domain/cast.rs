//! The people of contoso's engagement, and a story that is told to a decider.

use jiff::civil::date;
use kernel::{Caller, Context, Decider, Person, Refusal, Role, Roster, Stamp, Time, fold};
use tasks_domain::{Deputy, File, Files, Template, file, note, task};

pub(crate) const CONTOSO: &str = "engagements/0192f0c1-0000-7000-8000-00000000000a";
pub(crate) const FABRIKAM: &str = "engagements/0192f0c1-0000-7000-8000-00000000000b";

pub(crate) fn person(id: &str) -> Person {
    Person::parse(&format!("people/{id}")).expect("a well-formed id")
}

pub(crate) fn roster() -> Roster {
    Roster {
        gmfta: person("ada"),
        fm: person("finn"),
        fe: person("eve"),
        sme: person("sam"),
        fta: person("tara"),
        ats: person("amos"),
    }
}

/// The one of the six who holds `role`.
pub(crate) fn seated(role: Role) -> Caller {
    let person = roster().holder(role).expect("one of the six").clone();
    Caller { person, role }
}

pub(crate) fn caller(id: &str, role: Role) -> Caller {
    Caller { person: person(id), role }
}

pub(crate) fn gmfta() -> Caller {
    seated(Role::Gmfta)
}

pub(crate) fn service() -> Caller {
    Caller::service("tasks")
}

pub(crate) fn hour(hour: i64) -> Time {
    Time::from_second(1_569_888_000 + hour * 3_600).expect("a moment of 2019")
}

pub(crate) fn context(caller: Caller) -> Context {
    Context { caller, now: hour(0) }
}

/// A resource, everything that happened to it, and the hour it is.
pub(crate) struct Story<D: Decider> {
    pub(crate) state: Option<D::State>,
    pub(crate) journal: Vec<(D::Event, Stamp)>,
    pub(crate) hour: i64,
}

impl<D: Decider> Story<D> {
    pub(crate) fn new() -> Self {
        Self { state: None, journal: vec![], hour: 0 }
    }

    /// Gives the command an hour after the last one and takes in what happens.
    pub(crate) fn tell(&mut self, caller: Caller, command: &D::Command) -> Result<Vec<D::Event>, Refusal> {
        self.hour += 1;
        let context = Context { caller, now: hour(self.hour) };
        let events = D::decide(self.state.as_ref(), command, &context)?;
        let stamp = context.stamp();
        self.state = fold::<D>(self.state.take(), events.iter().map(|event| (event, &stamp)));
        self.journal.extend(events.iter().map(|event| (event.clone(), stamp.clone())));
        Ok(events)
    }

    /// The same, for a chapter that must go well.
    pub(crate) fn then(mut self, caller: Caller, command: &D::Command) -> Self {
        let events = self.tell(caller, command).expect("the story goes on");
        assert!(!events.is_empty(), "nothing happened");
        self
    }

    pub(crate) fn state(&self) -> &D::State {
        self.state.as_ref().expect("it exists")
    }
}

/// The reasons of every fault of a refusal.
pub(crate) fn reasons<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> Vec<&'static str> {
    outcome.expect_err("a refusal").faults.iter().map(|fault| fault.reason).collect()
}

pub(crate) fn open_file() -> file::Command {
    file::Command::Open { engagement: CONTOSO.into(), customer: "contoso".into(), roster: roster().into() }
}

pub(crate) fn file() -> File {
    Story::<Files>::new().then(service(), &open_file()).state().clone()
}

pub(crate) fn cancelled_file() -> File {
    let story = Story::<Files>::new().then(service(), &open_file());
    story.then(service(), &file::Command::Cancel).state().clone()
}

pub(crate) fn from_template(template: Template) -> task::Command {
    let cycle = u32::from(template == Template::Reengagement);
    task::Command::CreateFromTemplate {
        template,
        cycle,
        engagement: CONTOSO.into(),
        customer: "contoso".into(),
        roster: roster().into(),
    }
}

pub(crate) fn create(assignee: Option<&str>, file: Option<File>) -> task::Command {
    task::Command::Create {
        engagement: CONTOSO.into(),
        title: "Book the room".into(),
        description: "For twelve.".into(),
        assignee: assignee.map(person),
        file: file.map(Box::new),
    }
}

pub(crate) fn evidence() -> task::Command {
    task::Command::ProvideEvidence { description: "It happened.".into(), time: hour(0) }
}

pub(crate) fn block() -> task::Command {
    task::Command::Block { cause: "The room is taken.".into() }
}

pub(crate) fn reassign(to: &str) -> task::Command {
    task::Command::Reassign { assignee: person(to) }
}

pub(crate) fn complete() -> task::Command {
    task::Command::Complete { outcome: "Done.".into() }
}

pub(crate) fn cancel() -> task::Command {
    task::Command::Cancel { cause: "Not needed.".into() }
}

pub(crate) fn dropped() -> task::Command {
    task::Command::Drop { cause: "The architect left.".into() }
}

pub(crate) fn reseated(role: Role, from: &str, to: &str) -> task::Command {
    task::Command::Reseat { role, person: person(from), successor: person(to) }
}

pub(crate) fn file_reseated(role: Role, from: &str, to: &str) -> file::Command {
    file::Command::Reseat { role, person: person(from), successor: person(to) }
}

/// Who acts for the GMFTA in the first month of the story.
pub(crate) fn deputy() -> Deputy {
    let (first_day, last_day) = (date(2019, 10, 1), date(2019, 10, 31));
    Deputy { number: 1, role: Role::Gmfta, person: person("dora"), first_day, last_day }
}

pub(crate) fn write(kind: note::NoteKind, file: Option<File>) -> note::Command {
    note::Command::Write { engagement: CONTOSO.into(), kind, text: "Agreed on 1909.".into(), file }
}

/// Every command of a task, one after the other: a new variant does not compile until it has its place here.
pub(crate) fn task_commands() -> Vec<task::Command> {
    use task::Command::{
        Block, Cancel, CancelWithEngagement, Complete, Create, CreateFromTemplate, Deputise, Drop, EndDeputy,
        ProvideEvidence, Reassign, Reseat, Start, Unblock,
    };
    let after = |command: &task::Command| match command {
        CreateFromTemplate { .. } => Some(create(None, Some(file()))),
        Create { .. } => Some(evidence()),
        ProvideEvidence { .. } => Some(Start),
        Start => Some(block()),
        Block { .. } => Some(Unblock),
        Unblock => Some(reassign("eve")),
        Reassign { .. } => Some(complete()),
        Complete { .. } => Some(cancel()),
        Cancel { .. } => Some(CancelWithEngagement),
        CancelWithEngagement => Some(dropped()),
        Drop { .. } => Some(reseated(Role::Gmfta, "ada", "zara")),
        Reseat { .. } => Some(Deputise { deputy: deputy() }),
        Deputise { .. } => Some(EndDeputy { number: deputy().number }),
        EndDeputy { .. } => None,
    };
    std::iter::successors(Some(from_template(Template::Summary)), after).collect()
}

/// Every command of a file, in the same way.
pub(crate) fn file_commands() -> Vec<file::Command> {
    let after = |command: &file::Command| match command {
        file::Command::Open { .. } => Some(file_reseated(Role::Gmfta, "ada", "zara")),
        file::Command::Reseat { .. } => Some(file::Command::Deputise { deputy: deputy() }),
        file::Command::Deputise { .. } => Some(file::Command::EndDeputy { number: deputy().number }),
        file::Command::EndDeputy { .. } => Some(file::Command::Follow { predecessor: FABRIKAM.into() }),
        file::Command::Follow { .. } => Some(file::Command::Show { readers: vec![person("zoe")] }),
        file::Command::Show { .. } => Some(file::Command::Cancel),
        file::Command::Cancel => None,
    };
    std::iter::successors(Some(open_file()), after).collect()
}

/// The command is one that only the services themselves give.
pub(crate) fn is_a_services(command: &task::Command) -> bool {
    use task::Command::{
        CancelWithEngagement, CreateFromTemplate, Deputise, Drop, EndDeputy, ProvideEvidence, Reseat,
    };
    matches!(
        command,
        Deputise { .. }
            | EndDeputy { .. }
            | CreateFromTemplate { .. }
            | ProvideEvidence { .. }
            | CancelWithEngagement
            | Drop { .. }
            | Reseat { .. }
    )
}
