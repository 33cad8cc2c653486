//! tailspin, to whom life happens: facts are corrected and people leave before the exit, the work pauses and is done again, and ends
//! on standby; nothing of it stops the work, and nothing of it is lost (I-21 to I-24).

mod execution;
mod gateway;
mod standby;

use super::{Stage, Surprise};

/// A request about a resource, with a key of its own; what is not named is left out.
macro_rules! about {
    ($stage:expr, $message:ident, $name:expr $(, $field:ident: $value:expr)* $(,)?) => {
        $message { name: $name.to_owned(), request_id: $stage.key(), $($field: $value,)* ..$message::default() }
    };
}
use about;

/// The engagement's name.
pub(crate) async fn play(stage: &mut Stage) -> Result<String, Surprise> {
    stage.scene("tailspin comes in: a verdict is corrected, and the FM leaves (I-21, I-22)");
    let engagement = gateway::play(stage).await?;
    stage.scene("tailspin: a pause, a second workshop, a corrected result, a deputy (I-23, I-24)");
    execution::play(stage, &engagement).await?;
    stage.scene("tailspin: a call-back that is not needed, and the end (E-5)");
    standby::play(stage, &engagement).await?;
    Ok(engagement)
}
