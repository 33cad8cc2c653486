//! The process a service runs in: one way in for every call, one road between services, one way out.
//!
//! A service is a value ([`Service`]); a process is a list of them ([`start`]). A call passes authentication,
//! authorisation and the reading of its fields, then is decided on what is kept and committed with its reply.

mod act;
mod address;
mod admission;
mod audit;
mod behind;
mod caller;
mod callers;
mod calls;
mod causes;
mod cli;
mod client;
mod clock;
mod config;
mod deadline;
mod desk;
mod duties;
mod erase;
mod events;
mod explain;
mod exposure;
mod fail;
mod fields;
mod files;
mod follow;
mod form;
#[doc(hidden)]
pub mod fuzz;
mod grant;
mod health;
mod here;
mod identity;
mod intervene;
mod item;
mod json;
mod limits;
mod list;
mod listen;
mod methods;
mod migrate;
mod more;
mod payload;
mod policy;
mod prepared;
mod probe;
mod readers;
mod ready;
mod redact;
mod reflected;
mod reflection;
mod rehearsal;
mod request;
mod rpcs;
mod run;
mod seal;
mod service;
mod settings;
mod sight;
mod stack;
mod storage;
mod story;
mod telemetry;
mod tenants;
mod tls;
mod token;
mod trail;
mod turnstile;
mod watch;
pub mod wire;

pub use act::{Act, Target};
pub use audit::{Audit, CheckpointSettings, Verification};
pub use behind::Awaited;
pub use caller::{PERSON_HEADER, ROLE_HEADER};
pub use causes::causes;
pub use cli::{Action, Verb, arguments, main, run, say, serve};
pub use client::Peer;
pub use config::{Config, InForce};
pub use desk::Desk;
pub use fail::Fail;
pub use fields::Fields;
pub use follow::{Effect, Follow, Order, Projection, React, Reaction};
pub use grant::Grant;
pub use identity::{IdentitySetting, Mint, RoleName, ServiceSubject, trial_token};
pub use intervene::{After, Case};
pub use item::Item;
pub use json::{HttpSetting, Origin};
pub use limits::{LimitSettings, Timeouts};
pub use list::{Listed, by_person, chosen, named, of_tenant, one_of};
pub use methods::Methods;
pub use more::{MoreSetting, MoreValue};
pub use policy::{Access, Policy};
pub use run::{Running, StartError, start};
pub use service::{Resource, Service};
pub use settings::{PeerAddress, PeerSetting, Settings, TargetSetting, TargetTime, listen_address};
pub use storage::{Database, DatabaseSetting, Storage};
pub use story::Told;
pub use telemetry::{AdminSetting, Census, Count, Happened, Log, LogFormat, Traced};
pub use tenants::{InTenant, OfTenant};
pub use tls::{CertificateName, TlsSetting, TrustDomain, way};
pub use token::{Rotation, TokenVerb};
pub use watch::EventStream;

/// The bounds that are no settings.
pub mod bounds {
    pub use crate::{
        callers::large::{LARGE_OF_ALL, LARGE_OF_ONE, USUAL_BYTES},
        desk::MUTATIONS,
        fields::{MOST_FAULTS, SOUGHT},
        identity::ring::WAITING,
        json::scan::{DEPTH, VALUES},
        list::PAGE_BYTES,
        listen::{
            HEADER_BYTES, HEADERS, RESETS_OF_OURS, RESETS_WAITING, STREAMS, UNREAD_BYTES,
            ahead::AHEAD_BYTES,
            connections::{OPEN_CALLS, STRANGERS_CALLS},
            peers::{
                BAD_TOKENS, CONNECTIONS, IDLE_FRAMES, PAUSE, RESETS, ROOM_FRAMES, SHUT_OUT, STRANGERS_BYTES,
            },
            plain::{OPERATORS, OPERATORS_PER_PEER},
            unread::MOMENT,
            unsent::UNSENT_BYTES,
            watched::{PIECE, SHORT},
        },
        request::RESOURCE_BYTES,
        run::OPEN_BYTES,
        token::PAGE_ITEMS,
        watch::{BATCH, BATCH_BYTES, PATIENCE as READER},
    };
}

/// What the macros name.
#[doc(hidden)]
pub mod macros {
    pub use crate::desk::caller;
    pub use prost::Name;
    pub use proto::common::v1::{
        ErasePersonalDataRequest, ErasePersonalDataResponse, ListAuditEntriesRequest,
        ListAuditEntriesResponse, ListDutiesRequest, ListDutiesResponse, ListEventsRequest,
        ListEventsResponse, WatchEventsRequest,
    };
    pub use tonic::{Request, Response, Status, async_trait};
}
