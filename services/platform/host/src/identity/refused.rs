//! Why a token does not let its bearer in. Nothing of the token is in any of the words.

use tonic::{Code, Status, metadata::AsciiMetadataValue};

use crate::{
    callers,
    fail::{later, plain, retriable},
    listen::peers::PAUSE,
};

/// Why a token does not let its bearer in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is none.
    Missing,
    /// It is longer than anybody's needs to be.
    TooLarge,
    /// It does not read as a signed token, or there are two.
    Malformed,
    /// It is signed in a way that is not accepted, or not the key's own.
    Algorithm,
    /// Nobody who is trusted has the key.
    KeyUnknown,
    /// No key of its issuer has been seen yet.
    KeysAway,
    /// The key has signed something else.
    Signature,
    /// Somebody else issued it.
    Issuer,
    /// It is meant for somebody else.
    Audience,
    /// It lacks a time, or one is not a number.
    Times,
    /// It is over.
    Expired,
    /// It has not begun, or was issued later than now.
    NotYetValid,
    /// It is good for longer than any may be.
    TooLong,
    /// It says who has signed in, and is for whoever they signed in with.
    Kind,
    /// Too many that were no good came from there just now.
    TooFast,
    /// It does not name anybody, or at greater length than a provider may.
    Person,
    /// It gives no role, or not the one that was chosen.
    RoleNotGranted,
    /// It gives several roles, and none was chosen.
    RoleNotChosen,
}

/// The header with the hint that HTTP has for this.
const HINT: &str = "www-authenticate";

impl Refused {
    /// Its stable reason.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Missing => "TOKEN_MISSING",
            Self::TooLarge => "TOKEN_TOO_LARGE",
            Self::Malformed => "TOKEN_MALFORMED",
            Self::Algorithm => "TOKEN_ALGORITHM",
            Self::KeyUnknown => "TOKEN_KEY_UNKNOWN",
            Self::KeysAway => "TOKEN_KEYS_UNAVAILABLE",
            Self::Signature => "TOKEN_SIGNATURE",
            Self::Issuer => "TOKEN_ISSUER",
            Self::Audience => "TOKEN_AUDIENCE",
            Self::Times => "TOKEN_TIMES",
            Self::Expired => "TOKEN_EXPIRED",
            Self::NotYetValid => "TOKEN_NOT_YET_VALID",
            Self::TooLong => "TOKEN_LIFE_TOO_LONG",
            Self::Kind => "TOKEN_KIND",
            Self::TooFast => callers::STRANGER,
            Self::Person => "TOKEN_PERSON",
            Self::RoleNotGranted => "ROLE_NOT_GRANTED",
            Self::RoleNotChosen => "ROLE_NOT_CHOSEN",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Missing => "a call carries a token: `authorization: Bearer …`",
            Self::TooLarge => "a token may have 8 KiB at most",
            Self::Malformed => "the header authorization must hold one signed token: `Bearer …`",
            Self::Algorithm => "the token is signed with an algorithm that is not accepted for its key",
            Self::KeyUnknown => "the token is signed with a key that its issuer does not publish",
            Self::KeysAway => "the keys of the token's issuer have not been seen yet",
            Self::Signature => "the signature of the token is not its key's",
            Self::Issuer => "the iss of the token is not the issuer that this process trusts (--issuer)",
            Self::Audience => {
                "the token is not for this product: --audience names it, and --audience-claim the claim"
            }
            Self::Times => "the token must carry exp and iat, and every time in it is a number",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::TooLong => "the token is good for longer than any may be (--longest-token)",
            Self::Kind => "the token is an ID token: a call carries an access token",
            Self::TooFast => "too many tokens that are no good came from there: try again in a second",
            Self::Person => {
                "the token does not name its bearer, in 1 to 255 bytes of text: --person-claim names the claim"
            }
            Self::RoleNotGranted => {
                "the token does not grant its bearer that role: the header x-getmodern-role chooses one that its roles name"
            }
            Self::RoleNotChosen => {
                "the token grants several roles: choose one with the header x-getmodern-role"
            }
        }
    }

    /// What to say in the words of RFC 6750, section 3.1; a call without a token is told no error.
    fn hint(self) -> String {
        let error = match self {
            Self::Missing | Self::KeysAway | Self::TooFast => return "Bearer realm=\"getmodern\"".to_owned(),
            Self::TooLarge => "invalid_request",
            Self::RoleNotGranted | Self::RoleNotChosen => "insufficient_scope",
            _ => "invalid_token",
        };
        format!("Bearer realm=\"getmodern\", error=\"{error}\"")
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        let (reason, words) = (refused.reason(), format!("{} (I-18)", refused.words()));
        let mut status = match refused {
            Refused::KeysAway => retriable(Code::Unavailable, reason, words),
            Refused::TooFast => later(Code::ResourceExhausted, reason, &words, PAUSE),
            _ => plain(Code::Unauthenticated, reason, words),
        };
        if let Ok(hint) = AsciiMetadataValue::try_from(refused.hint()) {
            status.metadata_mut().insert(HINT, hint);
        }
        status
    }
}
