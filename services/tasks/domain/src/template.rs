//! The three tasks the playbook itself asks for, in English and Chinese.

use kernel::Fault;
use serde::{Deserialize, Serialize};

/// One of the playbook's tasks (E-3.3e, E-3.4a, E-5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Template {
    /// Completes the summary that the planning workshop built (E-3.3e).
    #[serde(rename = "customer-get-modern-summary")]
    Summary,
    /// Completes the pilot of 5 to 10 devices (E-3.4a).
    #[serde(rename = "get-modern-pilot")]
    Pilot,
    /// Completes one re-engagement of the GMFTA, once per cycle (E-5.4).
    #[serde(rename = "get-modern-architect-reengagement")]
    Reengagement,
}

impl Template {
    /// Every template, in the playbook's order.
    pub const ALL: [Self; 3] = [Self::Summary, Self::Pilot, Self::Reengagement];

    /// The template with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.id() == id)
    }

    /// Its id on the wire and in storage.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Summary => "customer-get-modern-summary",
            Self::Pilot => "get-modern-pilot",
            Self::Reengagement => "get-modern-architect-reengagement",
        }
    }

    /// The title as FTOP shows it in English.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Summary => "Customer Get Modern Summary",
            Self::Pilot => "Get Modern Pilot",
            Self::Reengagement => "Get Modern Architect Re-engagement",
        }
    }

    /// The title as FTOP shows it in Chinese.
    #[must_use]
    pub fn title_zh(self) -> &'static str {
        match self {
            Self::Summary => "客户现代化改造摘要",
            Self::Pilot => "现代化改造试点",
            Self::Reengagement => "现代化改造架构师再接洽",
        }
    }

    /// The rule that asks for it.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Summary => "E-3.3e",
            Self::Pilot => "E-3.4a",
            Self::Reengagement => "E-5.4",
        }
    }

    /// What must have happened before it can be completed, in a sentence (I-11).
    #[must_use]
    pub fn evidence(self) -> &'static str {
        match self {
            Self::Summary => "The Customer Get Modern Summary is final.",
            Self::Pilot => "The pilot was executed.",
            Self::Reengagement => "The re-engagement was approved and briefed, and the GMFTA has re-joined.",
        }
    }

    /// The evidence, as the fault that its absence is (I-11).
    pub(crate) fn evidence_missing(self) -> Fault {
        let (reason, message) = match self {
            Self::Summary => ("SUMMARY_NOT_FINAL", "the Customer Get Modern Summary is not final yet"),
            Self::Pilot => ("PILOT_NOT_EXECUTED", "the pilot was not executed yet"),
            Self::Reengagement => ("NOT_REJOINED", "the GMFTA has not re-joined in this cycle yet"),
        };
        Fault::new(self.rule(), reason, "evidence", message)
    }

    /// Re-engagement cycles count from 1; the execution's own tasks belong to none, which is 0 (E-5.4).
    pub(crate) fn fits(self, cycle: u32) -> bool {
        (self == Self::Reengagement) == (cycle > 0)
    }
}
