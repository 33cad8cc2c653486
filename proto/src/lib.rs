//! The wire: what `proto/getmodern/**` says, as Rust, with the few conversions every service needs.

mod data_set;
mod time;

pub use data_set::{TOLD, Unreadable};
pub use time::{from_wire, to_wire};

/// Every file of the API with its comments and options: what reflection serves and the policy is read from.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

macro_rules! package {
    ($($name:ident = $package:literal, $doc:literal;)*) => {$(
        #[doc = $doc]
        pub mod $name {
            /// Version 1.
            #[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated")]
            pub mod v1 {
                tonic::include_proto!($package);
            }
        }
    )*};
}

package! {
    common = "getmodern.common.v1", "What all three services say alike.";
    intake = "getmodern.intake.v1", "The Gateway's qualification.";
    engagement = "getmodern.engagement.v1", "The orchestration.";
    tasks = "getmodern.tasks.v1", "Tasks and notes.";
}
