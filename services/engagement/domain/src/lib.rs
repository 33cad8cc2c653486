//! What the playbook asks of an engagement: both ways in, one execution, and approved re-engagement.
//!
//! `decide.rs` is the table of what may happen; each phase has a file of rules; [`duties`] says what waits.

mod apply;
mod blockers;
mod cancellation;
mod channel;
mod closure;
mod command;
mod decide;
mod deputies;
mod duties;
mod engagement;
mod event;
mod gate;
mod hold;
mod introduction;
mod occasion;
pub mod personal;
mod pilot;
mod preparation;
mod proactive;
mod reactive;
mod receiver;
mod record;
mod reengagement;
mod retraction;
mod review;
mod seats;
mod stage;
mod standing;
mod summary;
mod superseded;
mod takeover;
mod tenancy;
mod workshop;

pub use blockers::{Blocker, BlockerKind};
pub use cancellation::{Cancellation, Disposition};
pub use closure::{Closure, ClosureReason};
pub use command::Command;
pub use decide::Engagements;
pub use deputies::{Deputyship, DeputyshipEnd, NewDeputy};
pub use duties::{DATA_FLOWS, TARGETS, duties};
pub use engagement::{Engagement, Method, Stamped};
pub use event::{Event, enters};
pub use hold::Pause;
pub use introduction::Introduction;
pub use occasion::Occasion;
pub use pilot::{Pilot, PilotOutcome, PilotResult};
pub use preparation::{AnalyticsReport, PrepMeeting, Readiness};
pub use proactive::{Alignment, Assignment, InternalSync, NewAssignment, SyncMeeting};
pub use reactive::ReactiveStart;
pub use record::{NoteKind, PlaybookTask, Record};
pub use reengagement::{Brief, Reengagement, ReengagementState, uncaused};
pub use retraction::Retraction;
pub use review::{Attendance, Attendee, Handover, Review, ReviewMeeting};
pub use seats::{NewSeat, SeatChange, SeatHeld};
pub use stage::Stage;
pub use summary::{
    BusinessUnitPlan, Gap, GapSource, Needs, RemoteSupport, Summary, SummaryContent, SupportKind,
};
pub use superseded::Was;
pub use takeover::{Predecessor, TakenOver};
pub use workshop::{DeploymentPlan, Finding, FindingKind, Workshop};
