//! Origins: a request of a browser's says whose page asks. Only those that are named may; whoever is no browser says nothing.
//!
//! A page of anybody's may ask a server on its reader's own machine. Without this, it could there act as anybody.

use std::str::FromStr;

use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
    uri::Authority,
};
use tonic::{Code, Status};

use super::HttpSetting;
use crate::{
    Item,
    fail::plain,
    form,
    stack::{Request, Response},
};

/// The headers that a page may send.
const TAKEN: &str = "authorization, connect-protocol-version, connect-timeout-ms, content-type, traceparent, \
                     x-getmodern-faults-after, x-getmodern-person, x-getmodern-role, x-user-agent";
/// The headers of an answer that a page may read.
const SHOWN: &str = "*";
/// Seconds for which a browser need not ask again.
const KEPT: &str = "7200";

/// An origin whose pages may ask, such as `https://contoso.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "must be https://HOST, https://HOST:PORT, or http://, in small letters and with nothing behind it";
        let address: Uri = text.parse().map_err(|_| SHAPE)?;
        let has_scheme = matches!(address.scheme_str(), Some("http" | "https"));
        let host = address.authority().map(Authority::as_str).unwrap_or_default();
        let is_plain = !host.is_empty() && !host.contains(['@', '*']) && text.ends_with(host);
        let is_small = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let value = HeaderValue::from_str(text).map_err(|_| SHAPE)?;
        (has_scheme && is_plain && is_small).then_some(Self(value)).ok_or(SHAPE)
    }
}

/// All whose pages may ask.
pub(super) struct Origins(Vec<HeaderValue>);

/// The origin of the page that asks; none where it is no page.
pub(super) struct Asking(Option<HeaderValue>);

impl Origins {
    pub(super) fn named(setting: &HttpSetting) -> Self {
        Self(Item::read(&setting.http_origins).map(|origin| origin.0.clone()).collect())
    }

    /// The origin of the page that asks with these headers, or the reason why it may not.
    pub(super) fn of(&self, headers: &HeaderMap) -> Result<Asking, Status> {
        let mut said = headers.get_all(ORIGIN).iter();
        match (said.next(), said.next()) {
            (None, _) => Ok(Asking(None)),
            (Some(origin), None) if self.0.contains(origin) => Ok(Asking(Some(origin.clone()))),
            _ => Err(plain(
                Code::PermissionDenied,
                "ORIGIN_UNKNOWN",
                "pages of this origin may not ask: --http-origin names those that may",
            )),
        }
    }
}

impl Asking {
    /// A browser asks whether its page may ask.
    pub(super) fn is_preflight(&self, request: &Request) -> bool {
        self.0.is_some()
            && request.method() == Method::OPTIONS
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    pub(super) fn preflight(self) -> Response {
        let headers = [
            (ACCESS_CONTROL_ALLOW_METHODS, "POST"),
            (ACCESS_CONTROL_ALLOW_HEADERS, TAKEN),
            (ACCESS_CONTROL_MAX_AGE, KEPT),
        ];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        self.shown(form::status(StatusCode::NO_CONTENT, headers))
    }

    /// The answer, which the page may read.
    pub(super) fn shown(self, mut response: Response) -> Response {
        let Some(origin) = self.0 else { return response };
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
        headers.append(VARY, HeaderValue::from_static("origin"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_as_browsers_say_it() {
        for good in ["https://contoso.example", "http://127.0.0.1:3000", "http://[::1]:3000"] {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        for bad in [
            "*",
            "null",
            "contoso.example",
            "https://",
            "https://contoso.example/",
            "https://contoso.example/a",
            "https://Contoso.example",
            "https://*.contoso.example",
            "https://ada@contoso.example",
            "ftp://contoso.example",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
