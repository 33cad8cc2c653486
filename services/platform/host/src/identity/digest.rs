//! What tells one token, or one set of keys, from any other.

use sha2::Sha256;

/// A SHA-256.
pub(super) type Digest = [u8; 32];

/// That of `bytes`.
pub(super) fn digest(bytes: impl AsRef<[u8]>) -> Digest {
    <Sha256 as sha2::Digest>::digest(bytes).into()
}
