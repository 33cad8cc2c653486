//! What one request may cost, and what one answer may weigh: nobody pays for what somebody else sends.

mod assessments;
mod pages;
pub(crate) mod text;
pub(crate) mod violations;
