//! A service's methods as a table: one line per RPC.

/// Implements a service for a type that holds a [`Desk`](crate::Desk) in its field `0`.
///
/// A line is `how name(Request) -> Reply;` where `how` is `act<Table>`, `get<Table>`, `list<Table>`, or `by` for a
/// method of the type's own. The methods that every service has are added.
#[macro_export]
macro_rules! rpcs {
    (impl $service:path as $api:ty { $($lines:tt)* }) => {
        $crate::rpcs!(@split $service, $api, {} $($lines)*);
        $crate::readers!($($lines)*);
    };
    (@split $service:path, $api:ty, {$($done:tt)*} act<$table:ty> $name:ident($request:ty) -> $reply:ty; $($rest:tt)*) => {
        $crate::rpcs!(@split $service, $api, {$($done)*
            async fn $name(&self, request: $crate::macros::Request<$request>)
                -> Result<$crate::macros::Response<$reply>, $crate::macros::Status> {
                self.0.act::<$table, $request>(request).await
            }
        } $($rest)*);
    };
    (@split $service:path, $api:ty, {$($done:tt)*} get<$table:ty> $name:ident($request:ty) -> $reply:ty; $($rest:tt)*) => {
        $crate::rpcs!(@split $service, $api, {$($done)*
            async fn $name(&self, request: $crate::macros::Request<$request>)
                -> Result<$crate::macros::Response<$reply>, $crate::macros::Status> {
                self.0.get::<$table>(&$crate::macros::caller(&request)?, &request.get_ref().name).await
            }
        } $($rest)*);
    };
    (@split $service:path, $api:ty, {$($done:tt)*} list<$table:ty> $name:ident($request:ty) -> $reply:ty; $($rest:tt)*) => {
        $crate::rpcs!(@split $service, $api, {$($done)*
            async fn $name(&self, request: $crate::macros::Request<$request>)
                -> Result<$crate::macros::Response<$reply>, $crate::macros::Status> {
                self.0.list::<$table, $request>(&$crate::macros::caller(&request)?, request.get_ref()).await
            }
        } $($rest)*);
    };
    (@split $service:path, $api:ty, {$($done:tt)*} by<$own:ident> $name:ident($request:ty) -> $reply:ty; $($rest:tt)*) => {
        $crate::rpcs!(@split $service, $api, {$($done)*
            async fn $name(&self, request: $crate::macros::Request<$request>)
                -> Result<$crate::macros::Response<$reply>, $crate::macros::Status> {
                let reply = self.$own(&$crate::macros::caller(&request)?, request.get_ref()).await?;
                Ok($crate::macros::Response::new(reply))
            }
        } $($rest)*);
    };
    (@split $service:path, $api:ty, {$($done:tt)*}) => {
        #[$crate::macros::async_trait]
        impl $service for $api {
            $($done)*

            async fn list_duties(&self, request: $crate::macros::Request<$crate::macros::ListDutiesRequest>)
                -> Result<$crate::macros::Response<$crate::macros::ListDutiesResponse>, $crate::macros::Status> {
                self.0.list_duties(&$crate::macros::caller(&request)?, request.get_ref()).await
            }

            async fn list_events(&self, request: $crate::macros::Request<$crate::macros::ListEventsRequest>)
                -> Result<$crate::macros::Response<$crate::macros::ListEventsResponse>, $crate::macros::Status> {
                self.0.list_events(&$crate::macros::caller(&request)?, request.get_ref()).await
            }

            async fn list_audit_entries(&self, request: $crate::macros::Request<$crate::macros::ListAuditEntriesRequest>)
                -> Result<$crate::macros::Response<$crate::macros::ListAuditEntriesResponse>, $crate::macros::Status> {
                self.0.list_audit_entries(&$crate::macros::caller(&request)?, request.get_ref()).await
            }

            type WatchEventsStream = $crate::EventStream;

            async fn watch_events(&self, request: $crate::macros::Request<$crate::macros::WatchEventsRequest>)
                -> Result<$crate::macros::Response<$crate::EventStream>, $crate::macros::Status> {
                self.0.watch_events(request).await
            }

            async fn erase_personal_data(&self, request: $crate::macros::Request<$crate::macros::ErasePersonalDataRequest>)
                -> Result<$crate::macros::Response<$crate::macros::ErasePersonalDataResponse>, $crate::macros::Status> {
                self.0.erase_personal_data(request).await
            }
        }
    };
}
