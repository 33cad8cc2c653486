//! How a message travels: as JSON or as protobuf, alone or in an envelope of a stream.

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName},
};

use crate::{form, stack::Response};

/// The types of content that requests may have.
const TAKEN: &str =
    "application/json, application/proto, application/connect+json, application/connect+proto";

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) is_json: bool,
    /// In an envelope, for what answers with a stream.
    pub(super) streams: bool,
}

impl Content {
    /// As the headers say; none where it is something else.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut said = headers.get_all(CONTENT_TYPE).iter();
        let (Some(said), None) = (said.next(), said.next()) else { return None };
        let (kind, parameter) = match said.to_str().ok()?.split_once(';') {
            Some((kind, parameter)) => (kind, parameter.trim()),
            None => (said.to_str().ok()?, ""),
        };
        if !parameter.is_empty() && !parameter.eq_ignore_ascii_case("charset=utf-8") {
            return None;
        }
        let kind = kind.trim().to_ascii_lowercase();
        let all = [(true, false), (false, false), (true, true), (false, true)];
        let all = all.map(|(is_json, streams)| Self { is_json, streams });
        all.into_iter().find(|content| content.kind() == kind)
    }

    /// The content's type, in requests and answers.
    pub(super) fn kind(self) -> &'static str {
        match (self.is_json, self.streams) {
            (true, false) => "application/json",
            (false, false) => "application/proto",
            (true, true) => "application/connect+json",
            (false, true) => "application/connect+proto",
        }
    }

    pub(super) fn value(self) -> HeaderValue {
        HeaderValue::from_static(self.kind())
    }

    /// The header that says how a message is compressed.
    pub(super) fn encoding(self) -> HeaderName {
        if self.streams { HeaderName::from_static("connect-content-encoding") } else { CONTENT_ENCODING }
    }
}

/// The answer to what is none of these, or not what the method takes.
pub(super) fn unsupported() -> Response {
    let taken = (HeaderName::from_static("accept-post"), HeaderValue::from_static(TAKEN));
    form::status(StatusCode::UNSUPPORTED_MEDIA_TYPE, [taken])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_send_without_asking_is_none_of_them() {
        let of = |said: &[&'static str]| {
            let headers = said.iter().map(|said| (CONTENT_TYPE, HeaderValue::from_static(said)));
            Content::of(&headers.collect()).map(Content::kind)
        };
        assert_eq!(of(&["application/json"]), Some("application/json"));
        assert_eq!(of(&["Application/JSON; charset=UTF-8"]), Some("application/json"));
        assert_eq!(of(&["application/connect+proto"]), Some("application/connect+proto"));
        for none in [
            &[][..],
            &["text/plain"],
            &["application/x-www-form-urlencoded"],
            &["multipart/form-data"],
            &["application/grpc"],
            &["application/json; charset=utf-16"],
            &["application/json", "application/json"],
        ] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }
}
