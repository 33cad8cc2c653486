//! Signed notes as [C2SP](https://c2sp.org/signed-note) has them: a text, an empty line, and who signed it.
//!
//! The keys are written as Go's `golang.org/x/mod/sumdb/note` writes them, so that it and others can check the notes.

use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sha2::{Digest, Sha256};

use crate::clock;

/// What a line begins with that says who signed.
pub(crate) const SIGNED: &str = "— ";
/// The signature's kind: Ed25519.
const KIND: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";

/// The name of who signs: no blanks, no `+`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerName(String);

impl FromStr for SignerName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let plain = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '+');
        plain.then(|| Self(text.to_owned())).ok_or("must be a name without blanks and without +")
    }
}

/// Tells keys of one name apart.
type KeyId = [u8; 4];

fn key_id(name: &SignerName, public: &[u8]) -> KeyId {
    let hash = Sha256::digest([name.0.as_bytes(), b"\n", &[KIND], public].concat());
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Signs notes.
pub(crate) struct Signer {
    name: SignerName,
    pair: Ed25519KeyPair,
}

impl Signer {
    fn of(name: SignerName, seed: &[u8]) -> Result<Self, &'static str> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| "is not a key")?;
        Ok(Self { name, pair })
    }

    fn id(&self) -> KeyId {
        key_id(&self.name, self.pair.public_key().as_ref())
    }

    /// `text`, which ends with its line, as a note.
    pub(crate) fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let signature = BASE64.encode([&self.id()[..], signature.as_ref()].concat());
        format!("{text}\n{SIGNED}{} {signature}\n", self.name.0)
    }
}

impl FromStr for Signer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "it is not a key as `audit key` makes them";
        let (name, id, seed) = parts(text.trim().strip_prefix(PRIVATE).ok_or(SHAPE)?).ok_or(SHAPE)?;
        let signer = Self::of(name, &seed)?;
        if signer.id() == id { Ok(signer) } else { Err(SHAPE) }
    }
}

/// Knows one who signs.
#[derive(Debug, Clone)]
pub(crate) struct Verifier {
    name: SignerName,
    id: KeyId,
    key: UnparsedPublicKey<Vec<u8>>,
}

impl Verifier {
    /// The text of a note that this one has signed.
    pub(crate) fn text<'a>(&self, note: &'a str) -> Option<&'a str> {
        let (text, signatures) = note.split_at(note.rfind("\n\n")? + 1);
        let signed = |line: &str| self.signed(text, line).is_some();
        signatures.lines().any(signed).then_some(text)
    }

    fn signed(&self, text: &str, line: &str) -> Option<()> {
        let (name, signature) = line.strip_prefix(SIGNED)?.split_once(' ')?;
        let signature = BASE64.decode(signature).ok()?;
        let (id, signature) = signature.split_at_checked(4)?;
        (name == self.name.0 && id == self.id).then_some(())?;
        self.key.verify(text.as_bytes(), signature).ok()
    }
}

impl FromStr for Verifier {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "it is not a public key as `audit key` makes them";
        let (name, id, key) = parts(text.trim()).ok_or(SHAPE)?;
        if key_id(&name, &key) != id {
            return Err(SHAPE);
        }
        Ok(Self { name, id, key: UnparsedPublicKey::new(&ED25519, key) })
    }
}

/// `NAME+ID+KEY`, the key without its kind.
fn parts(text: &str) -> Option<(SignerName, KeyId, Vec<u8>)> {
    let mut parts = text.splitn(3, '+');
    let (name, id, key) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
    let key = BASE64.decode(key).ok()?;
    let key = key.strip_prefix(&[KIND]).filter(|key| key.len() == 32)?.to_vec();
    let id = u32::from_str_radix(id, 16).ok().filter(|_| id.len() == 8)?;
    Some((name, id.to_be_bytes(), key))
}

/// A new key, and the public one that goes with it.
pub(crate) fn keys(name: &SignerName) -> Result<(String, String), &'static str> {
    let mut seed = [0; 32];
    clock::chance(&mut seed);
    let signer = Signer::of(name.clone(), &seed)?;
    let line = |key: &[u8]| {
        let id = u32::from_be_bytes(signer.id());
        format!("{}+{id:08x}+{}", name.0, BASE64.encode([&[KIND], key].concat()))
    };
    Ok((format!("{PRIVATE}{}", line(&seed)), line(signer.pair.public_key().as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of `golang.org/x/mod/sumdb/note`.
    const PRIVATE_KEY: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const PUBLIC_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_is_signed_and_read_as_others_do() {
        let signer: Signer = PRIVATE_KEY.parse().expect("a key");
        let verifier: Verifier = PUBLIC_KEY.parse().expect("a public key");
        let text = verifier.text(NOTE).expect("signed");
        assert_eq!(signer.sign(text), NOTE);
    }

    #[test]
    fn whatever_was_changed_is_not_signed() {
        let name: SignerName = "contoso".parse().expect("a name");
        let (private, public) = keys(&name).expect("keys");
        let (signer, verifier): (Signer, Verifier) =
            (private.parse().expect("a key"), public.parse().expect("a key"));
        let note = signer.sign("one\ntwo\n");
        assert_eq!(verifier.text(&note), Some("one\ntwo\n"));
        for at in 0..note.len() {
            let mut other = note.clone().into_bytes();
            other[at] ^= 1;
            // The last sign of Base64 has bits to spare, which have to be 0, and the end of the line is no part of it.
            let text = String::from_utf8_lossy(&other).into_owned();
            assert!(at == note.len() - 1 || verifier.text(&text).is_none(), "{at}: {text}");
        }
        assert!(PUBLIC_KEY.parse::<Verifier>().expect("a key").text(&note).is_none());
    }

    #[test]
    fn only_a_key_is_a_key() {
        let public: String = PUBLIC_KEY.replace("c74f20a3", "c74f20a4");
        for text in ["", "a+b+c", "PeterNeumann+c74f20a3+AQ==", &public, PRIVATE_KEY] {
            assert!(text.parse::<Verifier>().is_err(), "{text}");
        }
        for text in ["", PUBLIC_KEY, "PRIVATE+KEY+a+00000000+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"] {
            assert!(text.parse::<Signer>().is_err(), "{text}");
        }
        for name in ["", "a b", "a+b"] {
            assert!(name.parse::<SignerName>().is_err(), "{name}");
        }
    }
}
