//! The product as a user sees it, over gRPC: one program, because each would link everything again.

mod architecture;
mod authorisation;
mod cast;
mod catalogue;
mod coverage;
mod duties;
mod engagements;
mod faults;
mod filters;
mod hostile;
mod journeys;
mod lists;
mod manners;
mod methods;
mod mutations;
mod prefix;
mod purpose;
mod reflection;
mod rules;
mod story;
mod tasks;
mod walkthrough;
mod wire;
mod world;
