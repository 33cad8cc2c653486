//! The playbook's rules for an engagement, each as a sentence that fails when its guard is gone.

mod again;
mod closure;
mod deputies;
mod duties;
mod execution;
mod hold;
mod occasion;
mod pilot;
mod proactive;
mod properties;
mod record_and_review;
mod reengagement;
mod replaceable;
mod retraction;
mod seats;
mod standing;
mod summary;
mod support;
mod takeover;
mod tenancy;
mod transitions;
