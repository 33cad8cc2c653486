//! Pages in browsers: none may ask, but those of origins that are named.

use http::Method;

use super::{
    asked::{JSON, post, send},
    product, product_with,
};
use crate::{
    hostile::{LIST, OPERATOR},
    wire::as_headers,
};

const CONTOSO: &str = "https://contoso.example";
const ASKS: [(&str, &str); 2] =
    [("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")];

#[tokio::test]
async fn no_page_may_ask_where_no_origin_is_named() {
    let product = product().await;
    let preflight: Vec<_> = ASKS.into_iter().chain([("origin", CONTOSO)]).collect();
    let reply = send(product.http(), Method::OPTIONS, LIST, &preflight, "").await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (403, ""));
    // A name that leads to this machine makes a page one of the same origin, for which no browser asks first.
    let headers: Vec<_> = as_headers(OPERATOR).into_iter().chain([JSON, ("origin", CONTOSO)]).collect();
    let reply = post(product.http(), LIST, &headers, "{}").await;
    assert_eq!(reply.refusal(), (403, "permission_denied".to_owned(), "ORIGIN_UNKNOWN".to_owned()));
    product.stop().await;
}

#[tokio::test]
async fn pages_of_an_origin_that_is_named_may_ask_and_others_may_not() {
    let product = product_with(|settings| {
        settings.http.http_origins = vec![CONTOSO.parse().expect("an item")];
    })
    .await;
    let preflight = |origin| {
        let headers: Vec<_> = ASKS.into_iter().chain([("origin", origin)]).collect();
        let http = product.http();
        async move { send(http, Method::OPTIONS, LIST, &headers, "").await }
    };
    let reply = preflight(CONTOSO).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, CONTOSO));
    assert!(reply.header("access-control-allow-headers").contains("x-getmodern-person"), "{reply:?}");
    assert_eq!((reply.header("access-control-allow-methods"), reply.header("vary")), ("POST", "origin"));
    for other in ["https://contoso.example.fabrikam.example", "http://contoso.example", "null", "*"] {
        let reply = preflight(other).await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (403, ""), "{other}");
    }
    let headers: Vec<_> = as_headers(OPERATOR).into_iter().chain([JSON, ("origin", CONTOSO)]).collect();
    let reply = post(product.http(), LIST, &headers, "{}").await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, CONTOSO));
    let without = post(product.http(), LIST, &headers[..3], "{}").await;
    assert_eq!((without.status, without.header("access-control-allow-origin")), (200, ""), "no page asks");
    product.stop().await;
}
