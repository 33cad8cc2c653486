//! The engagement's words on the wire and in the house: enumerations both ways, and their names in the columns.

use engagement_domain as domain;
use proto::{common::v1::delivery_channel, engagement::v1 as pb};

/// Shows an enumeration's values, and reads them from their numbers where a request carries them.
macro_rules! words {
    () => {};
    ($(#[$doc:meta])* show $show:ident: $house:ty => $wire:ty { $($value:ident),* $(,)? } $($rest:tt)*) => {
        $(#[$doc])*
        pub(crate) fn $show(word: $house) -> $wire {
            type House = $house;
            type Wire = $wire;
            match word {
                $(House::$value => Wire::$value,)*
            }
        }
        words!($($rest)*);
    };
    ($(#[$doc:meta])* read $read:ident: $house:ty => $wire:ty { $($value:ident),* $(,)? } $($rest:tt)*) => {
        $(#[$doc])*
        pub(crate) fn $read(number: i32) -> Option<$house> {
            type House = $house;
            type Wire = $wire;
            match Wire::try_from(number).ok()? {
                Wire::Unspecified => None,
                $(Wire::$value => Some(House::$value),)*
            }
        }
        words!($($rest)*);
    };
    ($(#[$doc:meta])* both $show:ident, $read:ident: $house:ty => $wire:ty { $($value:ident),* $(,)? }
        $($rest:tt)*
    ) => {
        words! {
            $(#[$doc])* show $show: $house => $wire { $($value),* }
            $(#[$doc])* read $read: $house => $wire { $($value),* }
            $($rest)*
        }
    };
}

words! {
    /// A stage.
    show stage: domain::Stage => pb::Stage {
        Assigned, Returned, Alignment, Introduction, Preparation, Delivery, Handover, Standby, Reengaged,
        Cancelled, Closed, Waiting,
    }

    /// A way in.
    show method: domain::Method => pb::Method { Reactive, Proactive }

    /// One of the playbook's tasks.
    show playbook_task: domain::PlaybookTask => pb::PlaybookTask {
        CustomerGetModernSummary, GetModernPilot, GetModernArchitectReengagement,
    }

    /// Where a request for re-engagement stands.
    show reengagement_state: domain::ReengagementState => pb::reengagement::State {
        Requested, Approved, Rejoined, Completed, Rejected, Withdrawn, Revoked, Closed,
    }

    /// What a finding is (E-3.2).
    both finding_kind, read_finding_kind: domain::FindingKind => pb::finding::Kind {
        Blocker, Challenge, Concern,
    }

    /// A kind of remote support (E-3.3c).
    both support_kind, read_support_kind: domain::SupportKind => pb::remote_support::Kind {
        DesktopAppAssure, FasttrackRemoteSupport, PartnerBenefits,
    }

    /// Where a gap was found (E-3.3d).
    both gap_source, read_gap_source: domain::GapSource => pb::gap::Source {
        DaAnalysis, CustomerDiscussion,
    }

    /// How a device came out (E-3.4).
    both pilot_outcome, read_pilot_outcome: domain::PilotOutcome => pb::pilot_result::Outcome {
        Succeeded, Failed,
    }

    /// What blocks (G-5).
    both blocker_kind, read_blocker_kind: domain::BlockerKind => pb::blocker::Kind {
        Application, Hardware, Infrastructure, Licensing, Organisation, Security, Other,
    }

    /// What becomes of the customer of a cancelled engagement.
    both disposition, read_disposition: domain::Disposition => pb::cancellation::Disposition {
        Closed, SentToIntake,
    }

    /// What ended an engagement after the handover.
    both closure_reason, read_closure_reason: domain::ClosureReason => pb::closure::Reason {
        CustomerLeft, CustomerMerged, ProgrammeOver, Other,
    }
}

/// The column's word for a stage that was asked for.
pub(crate) fn stage_column(number: i32) -> Option<&'static str> {
    column(pb::Stage::try_from(number).ok()?.as_str_name(), "STAGE_")
}

/// The column's word for a way in that was asked for.
pub(crate) fn method_column(number: i32) -> Option<&'static str> {
    column(pb::Method::try_from(number).ok()?.as_str_name(), "METHOD_")
}

/// The column's word for a kind of delivery channel that was asked for.
pub(crate) fn channel_column(number: i32) -> Option<&'static str> {
    column(delivery_channel::Kind::try_from(number).ok()?.as_str_name(), "KIND_")
}

fn column(name: &'static str, prefix: &str) -> Option<&'static str> {
    name.strip_prefix(prefix).filter(|word| *word != "UNSPECIFIED")
}
