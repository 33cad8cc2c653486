//! Files that people write: UTF-8, or what Windows makes of it, which is UTF-8 behind a byte order mark, or UTF-16.

use std::{borrow::Cow, fs, path::Path};

use rustix::fs::{Access, access};

const UTF_8: &[u8] = b"\xef\xbb\xbf";
/// Two bytes as a number.
type Unit = fn([u8; 2]) -> u16;
const UTF_16: [(&[u8], Unit); 2] = [(b"\xff\xfe", u16::from_le_bytes), (b"\xfe\xff", u16::from_be_bytes)];

/// The text of a file; an error names it.
pub(crate) fn text(file: &Path) -> Result<String, String> {
    let text = String::from_utf8(bytes(file)?);
    text.map_err(|_| format!("{}: it is neither UTF-8 nor UTF-16 text; save it as UTF-8", file.display()))
}

/// The same as bytes, for what reads bytes.
pub(crate) fn bytes(file: &Path) -> Result<Vec<u8>, String> {
    let of = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = fs::read(file).map_err(|error| of(&error))?;
    decoded(&bytes).map(Cow::into_owned).map_err(|error| of(&error))
}

/// What somebody wrote, in UTF-8 and without a mark.
pub(crate) fn decoded(bytes: &[u8]) -> Result<Cow<'_, [u8]>, &'static str> {
    if let Some(rest) = bytes.strip_prefix(UTF_8) {
        return Ok(rest.into());
    }
    for (mark, unit) in UTF_16 {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return utf_16(rest, unit).map(|text| text.into_bytes().into());
        }
    }
    if bytes.iter().take(4).any(|byte| *byte == 0) {
        return Err("it looks like UTF-16 or UTF-32 without a byte order mark; save it as UTF-8");
    }
    Ok(bytes.into())
}

/// Refuses a folder that cannot be there, or in which nothing can be written: it is made when it is needed.
pub(crate) fn check_folder(folder: &Path) -> Result<(), String> {
    let near = folder.ancestors().find(|near| near.exists()).filter(|near| !near.as_os_str().is_empty());
    let near = near.unwrap_or(Path::new("."));
    if !near.is_dir() {
        return Err(format!("{} is not a folder", near.display()));
    }
    let writable = access(near, Access::WRITE_OK | Access::EXEC_OK);
    writable.map_err(|error| format!("nothing can be written in {}: {error}", near.display()))
}

fn utf_16(bytes: &[u8], unit: Unit) -> Result<String, &'static str> {
    const BROKEN: &str = "it has the byte order mark of UTF-16 and does not read as that; save it as UTF-8";
    let (pairs, rest) = bytes.as_chunks();
    let units: Vec<_> = pairs.iter().map(|pair| unit(*pair)).collect();
    let text = String::from_utf16(&units).map_err(|_| BROKEN)?;
    // A NUL is in no text of ours: it is UTF-32, whose mark begins alike.
    if rest.is_empty() && !text.contains('\0') { Ok(text) } else { Err(BROKEN) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A text in each way in which a file of it may be written, with the name of that.
    pub(crate) fn written(text: &str) -> [(&'static str, Vec<u8>); 4] {
        let units = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
        [
            ("UTF-8", text.as_bytes().to_vec()),
            ("UTF-8 with a mark", [UTF_8, text.as_bytes()].concat()),
            ("UTF-16, little end first", [b"\xff\xfe".to_vec(), units(u16::to_le_bytes)].concat()),
            ("UTF-16, big end first", [b"\xfe\xff".to_vec(), units(u16::to_be_bytes)].concat()),
        ]
    }

    #[test]
    fn a_text_is_read_in_whichever_way_it_is_written() {
        for (way, bytes) in written("{ \"ä\": \"𠮷\" }\r\n") {
            assert_eq!(decoded(&bytes).as_deref(), Ok("{ \"ä\": \"𠮷\" }\r\n".as_bytes()), "{way}");
        }
        assert_eq!(decoded(b"").as_deref(), Ok(&b""[..]));
    }

    #[test]
    fn what_reads_in_no_way_is_refused_with_what_to_do() {
        let utf_32 = b"\xff\xfe\0\0a\0\0\0b\0\0\0";
        for bad in [&b"a\0b\0"[..], b"\0a\0b", b"\xff\xfea", b"\xff\xfe\0\xd8", utf_32, &utf_32[4..]] {
            assert!(decoded(bad).is_err_and(|error| error.contains("save it as UTF-8")), "{bad:?}");
        }
    }

    #[test]
    fn a_folder_is_there_or_can_be_made() {
        let folder = tempfile::tempdir().expect("a folder");
        for good in [folder.path(), &folder.path().join("a/b"), Path::new("relative"), Path::new("")] {
            assert_eq!(check_folder(good), Ok(()), "{}", good.display());
        }
        assert!(check_folder(Path::new("/dev/null/x")).is_err_and(|error| error.contains("/dev/null ")));
    }

    #[test]
    fn an_error_names_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("latin1.url");
        fs::write(&file, b"caf\xe9").expect("written");
        for path in [&file, &folder.path().join("nothing")] {
            assert!(text(path).is_err_and(|error| error.contains(&path.display().to_string())));
        }
    }
}
