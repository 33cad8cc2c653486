//! What an auditor is given: checkpoints, the notes that carry them, and keys.

use crate::text;

/// From the documentation of `golang.org/x/mod/sumdb/note`: a key, and all that its bearer has signed.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SIGNED: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNATURE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

pub(crate) fn read(input: &[u8]) {
    text::read(input, |text| {
        host::fuzz::key(text);
        host::fuzz::checkpoint(text);
        if let Some(signed) = host::fuzz::note(KEY, text) {
            assert_eq!(signed, SIGNED, "nobody has signed that");
        }
    });
}

pub(crate) fn examples() -> Vec<Vec<u8>> {
    let hash = "/".repeat(42) + "8=";
    let checkpoint =
        format!("getmodern/intake/{}\n7\n{hash}\ntime 2019-10-01T08:00:00.5Z\n", "01".repeat(32));
    text::inputs([
        format!("{SIGNED}\n{SIGNATURE}"),
        format!("{checkpoint}\n{SIGNATURE}"),
        checkpoint,
        KEY.to_owned(),
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz".to_owned(),
    ])
}
