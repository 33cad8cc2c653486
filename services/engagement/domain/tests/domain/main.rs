//! The playbook's rules for an engagement, each as a sentence that fails when its guard is gone.

mod duties;
mod execution;
mod pilot;
mod proactive;
mod properties;
mod record_and_review;
mod reengagement;
mod retraction;
mod standing;
mod summary;
mod support;
mod tenancy;
mod transitions;
