//! The product as a user sees it, over gRPC: one program, because each would link everything again.

mod architecture;
mod journeys;
mod walkthrough;
