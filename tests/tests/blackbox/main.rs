//! The product as a user sees it, over gRPC: one program, because each would link everything again.

mod architecture;
mod authorisation;
mod catalogue;
mod coverage;
mod duties;
mod faults;
mod hostile;
mod journeys;
mod lists;
mod manners;
mod mutations;
mod purpose;
mod reflection;
mod rules;
mod story;
mod walkthrough;
mod wire;
mod world;
