//! How each method's request is read, for fuzzing.

/// A table of the methods' readers, from the same lines as [`rpcs!`](crate::rpcs): a method has its reader.
#[macro_export]
macro_rules! readers {
    ($($how:ident<$what:ident> $name:ident($request:ty) -> $reply:ty;)*) => {
        /// How the request of each method is read.
        pub const READERS: &[$crate::fuzz::Reader] = &[$($crate::fuzz::Reader {
            request: <$request as $crate::macros::Name>::full_name,
            read: $crate::readers!(@read $how<$what> $request),
        }),*];
    };
    (@read act<$table:ident> $request:ty) => { $crate::fuzz::act::<$table, $request> };
    (@read list<$table:ident> $request:ty) => { |bytes, _| $crate::fuzz::decode(bytes, $crate::fuzz::list::<$table, $request>) };
    (@read get<$table:ident> $request:ty) => {
        |bytes, _| $crate::fuzz::decode(bytes, |request: &$request| $crate::fuzz::get::<$table>(&request.name))
    };
    (@read by<$own:ident> $request:ty) => { |bytes, _| $crate::fuzz::decode(bytes, |_: &$request| {}) };
}
