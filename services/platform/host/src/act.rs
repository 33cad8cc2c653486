//! A mutating request: what it acts on, how it reads, and what comes back.

use kernel::{Caller, Refusal};
use ledger::{Command, Record, State, Statement};
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
pub trait Act<T: Resource>: Message + Name + Default + Clone + 'static {
    /// What comes back.
    type Reply: Message + Name + Default;

    /// What it acts on.
    fn target(&self) -> Target<'_>;

    /// The caller's key.
    fn request_id(&self) -> &str;

    /// Whether it is only asked what it would do.
    fn validate_only(&self) -> bool;

    /// The same to be carried out.
    #[must_use]
    fn in_earnest(&self) -> Self;

    /// The command, with every fault of the request's form noted in `fields`.
    fn command(&self, fields: &mut Fields) -> Command<T>;

    /// Whether it needs facts from elsewhere.
    const IS_INFORMED: bool = false;

    /// Puts facts from elsewhere into the command, once the resource is loaded; what the caller does not see is none.
    fn inform(
        &self,
        command: Command<T>,
        _state: Option<&State<T>>,
        _desk: &Desk,
        _caller: &Caller,
    ) -> impl Future<Output = Result<Command<T>, Fail>> + Send {
        std::future::ready(Ok(command))
    }

    /// What must hold of other rows when the command is committed; each demands one row, and if it fails the command is
    /// decided again.
    fn demands(&self, _command: &Command<T>) -> Vec<Statement> {
        Vec::new()
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

/// Implements [`Act`] for a table's requests, all of which are answered with the same message.
///
/// A line reads a request as a command. `new` is for one that creates its resource, `informed by` names the function
/// that puts facts from elsewhere into the command, `on` the one that says what must still hold of them at the commit, and
/// `=` the one that shows the resource.
///
/// ```text
/// acts!(Tasks => Task = shown {
///     new CreateTaskRequest(request, fields) => Command::Create { … }, informed by with_file;
///     BlockTaskRequest(request, fields) => Command::Block { … };
/// });
/// ```
#[macro_export]
macro_rules! acts {
    ($table:ty => $reply:ty = $show:path { $($lines:tt)* }) => {
        $crate::acts!(@line $table, $reply, $show, $($lines)*);
    };
    (@line $table:ty, $reply:ty, $show:path,) => {};
    (@line $table:ty, $reply:ty, $show:path,
        new $message:ident($request:ident, $fields:ident) => $command:expr $(, informed by $inform:path)? $(, on $demand:expr)?; $($rest:tt)*
    ) => {
        $crate::acts!(@impl $table, $reply, $show, $message, $request, $fields, $command, [$($inform)?], [$($demand)?],
            $crate::Target::New);
        $crate::acts!(@line $table, $reply, $show, $($rest)*);
    };
    (@line $table:ty, $reply:ty, $show:path,
        $message:ident($request:ident, $fields:ident) => $command:expr $(, informed by $inform:path)? $(, on $demand:expr)?; $($rest:tt)*
    ) => {
        $crate::acts!(@impl $table, $reply, $show, $message, $request, $fields, $command, [$($inform)?], [$($demand)?],
            $crate::Target::Named { name: &$request.name, etag: &$request.etag });
        $crate::acts!(@line $table, $reply, $show, $($rest)*);
    };
    (@impl $table:ty, $reply:ty, $show:path, $message:ident, $request:ident, $fields:ident, $command:expr,
        [$($inform:path)?], [$($demand:expr)?], $target:expr
    ) => {
        impl $crate::Act<$table> for $message {
            type Reply = $reply;

            fn target(&self) -> $crate::Target<'_> {
                #[allow(unused_variables, reason = "a request that creates has no name yet")]
                let $request = self;
                $target
            }

            fn request_id(&self) -> &str {
                &self.request_id
            }

            fn validate_only(&self) -> bool {
                self.validate_only
            }

            fn in_earnest(&self) -> Self {
                Self { validate_only: false, ..self.clone() }
            }

            fn command(&self, $fields: &mut $crate::Fields) -> ::ledger::Command<$table> {
                let $request = self;
                $command
            }

            $(const IS_INFORMED: bool = true;

            fn inform(
                &self,
                command: ::ledger::Command<$table>,
                state: Option<&::ledger::State<$table>>,
                desk: &$crate::Desk,
                caller: &::kernel::Caller,
            ) -> impl Future<Output = Result<::ledger::Command<$table>, $crate::Fail>> + Send {
                $inform(self, command, state, desk, caller)
            })?

            $(fn demands(&self, command: &::ledger::Command<$table>) -> Vec<::ledger::Statement> {
                ($demand)(self, command)
            })?

            fn reply(record: &::ledger::Record<::ledger::State<$table>>) -> $reply {
                $show(record)
            }
        }
    };
}
