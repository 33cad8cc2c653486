//! The stages of an engagement, in the playbook's order.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! stages {
    ($($(#[$doc:meta])* $stage:ident = $name:literal,)*) => {
        /// Where an engagement stands; both ways share everything from `Introduction` on (A-4, I-7).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Stage {
            $($(#[$doc])* #[serde(rename = $name)] $stage,)*
        }

        impl Stage {
            /// Every stage, in order.
            pub const ALL: &[Self] = &[$(Self::$stage,)*];

            /// Its name on the wire, without the prefix.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$stage => $name,)*
                }
            }
        }
    };
}

stages! {
    /// Assigned by the program team; the internal sync comes next (P-1, P-2).
    Assigned = "ASSIGNED",
    /// The sync did not qualify the customer; the program team decides (P-3).
    Returned = "RETURNED",
    /// The sync qualified the customer; the account team comes next (P-4).
    Alignment = "ALIGNMENT",
    /// The introduction email comes next (E-1).
    Introduction = "INTRODUCTION",
    /// Prep meetings and Desktop Analytics, up to the workshop (E-2).
    Preparation = "PREPARATION",
    /// Summary, pilot, Enterprise Note and review (E-3, E-4).
    Delivery = "DELIVERY",
    /// Reviewed; the handover to remote execution comes next (E-4).
    Handover = "HANDOVER",
    /// The GMFTA stands by (E-5).
    Standby = "STANDBY",
    /// The GMFTA is back on an approved escalation (E-5.3).
    Reengaged = "REENGAGED",
    /// Ended before its time.
    Cancelled = "CANCELLED",
    /// Ended after the handover (E-5).
    Closed = "CLOSED",
    /// The Gateway has left while another engagement with the tenant was in progress (I-25).
    Waiting = "WAITING",
}

impl Stage {
    /// The work goes on there: its tenant has no other engagement (I-25). Standby is no work, and neither is waiting.
    #[must_use]
    pub fn is_in_progress(self) -> bool {
        match self {
            Self::Assigned
            | Self::Returned
            | Self::Alignment
            | Self::Introduction
            | Self::Preparation
            | Self::Delivery
            | Self::Handover => true,
            Self::Standby | Self::Reengaged | Self::Cancelled | Self::Closed | Self::Waiting => false,
        }
    }

    /// Nothing follows it.
    #[must_use]
    pub fn is_end(self) -> bool {
        match self {
            Self::Cancelled | Self::Closed => true,
            Self::Assigned
            | Self::Returned
            | Self::Alignment
            | Self::Introduction
            | Self::Preparation
            | Self::Delivery
            | Self::Handover
            | Self::Standby
            | Self::Reengaged
            | Self::Waiting => false,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Stage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().find(|stage| stage.as_str() == text).copied().ok_or(())
    }
}
