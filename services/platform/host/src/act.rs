//! A mutating request: what it acts on, how it reads, and what comes back.

use kernel::Refusal;
use ledger::{Command, Record, State};
use prost::{Message, Name};

use crate::{Desk, Fail, Fields, Resource};

/// What a mutation acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// Something new.
    New,
    /// The resource of this name.
    Named {
        /// The name.
        name: &'a str,
        /// The version the caller saw; empty when it does not matter.
        etag: &'a str,
    },
}

/// A mutating request. [`acts!`](crate::acts) writes all of it but the reading of the command.
pub trait Act<T: Resource>: Message + Name + Default + 'static {
    /// What comes back.
    type Reply: Message + Default;

    /// What it acts on.
    fn target(&self) -> Target<'_>;

    /// The caller's key.
    fn request_id(&self) -> &str;

    /// The command, with every fault of the request's form noted in `fields`.
    fn command(&self, fields: &mut Fields) -> Command<T>;

    /// Puts facts from elsewhere into the command, once the resource is loaded.
    fn inform(
        &self,
        command: Command<T>,
        _state: Option<&State<T>>,
        _desk: &Desk,
    ) -> impl Future<Output = Result<Command<T>, Fail>> + Send {
        std::future::ready(Ok(command))
    }

    /// The reply, from the resource after the command.
    fn reply(record: &Record<State<T>>) -> Self::Reply;
}

/// Refuses a command that creates nothing and finds nothing.
pub(crate) fn absent<T: Resource>(target: Target<'_>) -> Refusal {
    match target {
        Target::Named { name, .. } => Refusal::not_found(name),
        Target::New => Refusal::not_found(T::COLLECTION),
    }
}

/// Implements [`Act`] for requests that name their resource and answer with it.
///
/// ```text
/// acts!(Cases -> Case {
///     AskArchitectRequest(request, fields) => CaseCommand::AskArchitect { … };
/// });
/// ```
#[macro_export]
macro_rules! acts {
    ($table:ty => $reply:ty { $($message:ident($request:ident, $fields:ident) => $command:expr;)* }) => {$(
        impl $crate::Act<$table> for $message {
            type Reply = $reply;

            fn target(&self) -> $crate::Target<'_> {
                $crate::Target::Named { name: &self.name, etag: &self.etag }
            }

            fn request_id(&self) -> &str {
                &self.request_id
            }

            fn command(&self, $fields: &mut $crate::Fields) -> ::ledger::Command<$table> {
                let $request = self;
                $command
            }

            fn reply(record: &::ledger::Record<::ledger::State<$table>>) -> $reply {
                <$table as $crate::Resource>::message(record)
            }
        }
    )*};
}
