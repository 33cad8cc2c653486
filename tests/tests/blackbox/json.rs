//! JSON over HTTP: the same calls, answered the same as over gRPC, and nothing let in that gRPC would keep out.

mod asked;
mod bridge;
mod listeners;
mod origins;
mod refused;
mod same;
mod slow;
mod smuggled;
mod streams;

use host::Settings;
use tests::Product;

/// A product that answers over HTTP too.
async fn product() -> Product {
    product_with(|_| {}).await
}

async fn product_with(change: impl FnOnce(&mut Settings)) -> Product {
    Product::with(|settings| {
        settings.http.http = Some(([127, 0, 0, 1], 0).into());
        change(settings);
    })
    .await
}
