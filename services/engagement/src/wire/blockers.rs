//! Blockers and escalations (G-5, O-4).

use engagement_domain::{self as domain, BlockerKind, Command};
use host::{acts, wire};
use proto::engagement::v1::{self as pb, RaiseBlockerRequest, ResolveBlockerRequest};

use super::{
    shown::engagement,
    words::{blocker_kind, read_blocker_kind},
};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    RaiseBlockerRequest(request, fields) => Command::RaiseBlocker {
        kind: fields.choice("kind", request.kind, read_blocker_kind, BlockerKind::Other),
        description: fields.text("description", &request.description, 1, 2000),
    };
    ResolveBlockerRequest(request, fields) => Command::ResolveBlocker {
        number: fields.count("blocker", request.blocker),
        resolution: fields.text("resolution", &request.resolution, 1, 2000),
    };
});

/// A blocker as it is shown.
pub(crate) fn blocker(blocker: &domain::Blocker) -> pb::Blocker {
    pb::Blocker {
        number: wire::number(blocker.number),
        kind: blocker_kind(blocker.kind).into(),
        description: blocker.description.clone(),
        raised: Some(wire::stamp(&blocker.raised)),
        resolution: blocker.resolution.clone().unwrap_or_default(),
        resolved: blocker.resolved.as_ref().map(wire::stamp),
    }
}
