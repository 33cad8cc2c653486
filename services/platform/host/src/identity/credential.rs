//! How a service shows those whom it calls who it is.

use std::path::{Path, PathBuf};

use http::header::AUTHORIZATION;
use kernel::Caller;
use tonic::{
    Status,
    metadata::{AsciiMetadataValue, MetadataMap},
};

use crate::{PERSON_HEADER, ROLE_HEADER, files};

/// How a service shows those whom it calls who it is.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// It says so.
    Word(Caller),
    /// By the pass that it has from its own process.
    Pass(AsciiMetadataValue),
    /// By the certificate of the connection.
    Certificate,
    /// By the token in this file, which somebody else keeps fresh.
    File(PathBuf),
}

impl Credential {
    /// Adds what shows it to a request.
    pub(crate) fn add(&self, metadata: &mut MetadataMap) -> Result<(), Status> {
        match self {
            Self::Word(caller) => add_word(caller, metadata),
            Self::Certificate => {}
            Self::Pass(value) => add_bearer(value.clone(), metadata),
            Self::File(file) => {
                let token = token(file)
                    .map_err(|error| Status::unavailable(format!("no token of our own: {error}")))?;
                add_bearer(token, metadata);
            }
        }
        Ok(())
    }
}

/// The token in a file.
fn token(file: &Path) -> Result<AsciiMetadataValue, String> {
    let text = files::text(file)?;
    bearer(text.trim()).ok_or_else(|| format!("{}: there is none in it", file.display()))
}

/// The value of the header that carries `token`; no log shows it.
pub(super) fn bearer(token: &str) -> Option<AsciiMetadataValue> {
    let mut value = AsciiMetadataValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value).filter(|_| !token.is_empty())
}

fn add_bearer(value: AsciiMetadataValue, metadata: &mut MetadataMap) {
    metadata.insert(AUTHORIZATION.as_str(), value);
}

fn add_word(caller: &Caller, metadata: &mut MetadataMap) {
    if let Ok(person) = AsciiMetadataValue::try_from(caller.person.as_str()) {
        metadata.insert(PERSON_HEADER, person);
    }
    metadata.insert(ROLE_HEADER, AsciiMetadataValue::from_static(caller.role.as_str()));
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn a_token_that_is_not_there_is_missed_before_anybody_is_asked() {
        for file in ["/nowhere/token", "/dev/null"] {
            let mut metadata = MetadataMap::new();
            let told = Credential::File(file.into()).add(&mut metadata).map_err(|status| status.code());
            assert_eq!(told, Err(Code::Unavailable), "{file}");
            assert!(metadata.is_empty(), "{file}");
        }
    }
}
