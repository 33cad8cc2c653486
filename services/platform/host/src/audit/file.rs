//! The file of a service's checkpoints: notes one after the other, each written and flushed before the next.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::note::SIGNED;

/// More than a note and a torn one have.
const TAIL: u64 = 16 * 1024;

/// Where the checkpoints of `service` are.
pub(crate) fn path(folder: &Path, service: &str) -> PathBuf {
    folder.join(format!("{service}.checkpoints"))
}

/// Opens the file to append to it, without what a process left half-written; with the last note in it.
pub(crate) fn open(folder: &Path, service: &str) -> io::Result<(File, Option<String>)> {
    fs::create_dir_all(folder)?;
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path(folder, service))?;
    File::open(folder)?.sync_all()?;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    (&file).take(TAIL).read_to_end(&mut tail)?;
    let notes = whole(&tail);
    if notes.is_empty() && start > 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not end with a checkpoint"));
    }
    let torn = tail.len() - notes.len();
    if torn > 0 {
        file.set_len(length - torn as u64)?;
    }
    Ok((file, last(&String::from_utf8_lossy(notes))))
}

/// `bytes` up to the end of the last line that says who signed.
fn whole(bytes: &[u8]) -> &[u8] {
    let mut end = 0;
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if line.starts_with(SIGNED.as_bytes()) && line.ends_with(b"\n") {
            end = at;
        }
    }
    &bytes[..end]
}

/// The last of `notes`.
fn last(notes: &str) -> Option<String> {
    Notes::of(notes.as_bytes()).filter_map(Result::ok).last()
}

/// Appends a note, durably.
pub(crate) fn append(file: &mut File, note: &str) -> io::Result<()> {
    file.write_all(note.as_bytes())?;
    file.sync_data()
}

/// The notes of a file, one after the other; not one that is half-written at its end.
pub(crate) struct Notes<R> {
    lines: R,
}

impl Notes<BufReader<File>> {
    /// Those of `service` in `folder`.
    pub(crate) fn open(folder: &Path, service: &str) -> io::Result<Self> {
        Ok(Self { lines: BufReader::new(File::open(path(folder, service))?) })
    }
}

impl<R: BufRead> Notes<R> {
    fn of(lines: R) -> Self {
        Self { lines }
    }
}

impl<R: BufRead> Iterator for Notes<R> {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<io::Result<String>> {
        let mut note = Vec::new();
        loop {
            let begin = note.len();
            // A line has no limit of its own: a note is told apart before it is read as text.
            match self.lines.by_ref().take(TAIL).read_until(b'\n', &mut note) {
                Ok(0) => return None,
                Ok(_) if note.len() as u64 > TAIL => {
                    return Some(Err(io::Error::new(io::ErrorKind::InvalidData, "it has no end")));
                }
                Ok(_) if note[begin..].starts_with(SIGNED.as_bytes()) && note.ends_with(b"\n") => {
                    return Some(Ok(String::from_utf8_lossy(&note).into_owned()));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "a\n1\n\n— contoso AAAA\n";
    const TWO: &str = "a\n2\n\n— contoso BBBB\n";

    #[test]
    fn what_was_left_half_written_goes_and_the_rest_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let whole = [ONE, TWO].concat();
        for cut in 0..=TWO.len() {
            fs::write(path(folder.path(), "intake"), &whole.as_bytes()[..ONE.len() + cut]).expect("written");
            let (mut file, last) = open(folder.path(), "intake").expect("opened");
            let expected = if cut == TWO.len() { TWO } else { ONE };
            assert_eq!(last.as_deref(), Some(expected));
            append(&mut file, TWO).expect("appended");
            let notes: Vec<_> =
                Notes::open(folder.path(), "intake").expect("opened").map(Result::unwrap).collect();
            let all = if cut == TWO.len() { vec![ONE, TWO, TWO] } else { vec![ONE, TWO] };
            assert_eq!(notes, all);
        }
    }

    #[test]
    fn a_file_without_a_note_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        for text in ["", "torn", "torn\n\n— contoso"] {
            fs::write(path(folder.path(), "intake"), text).expect("written");
            assert_eq!(Notes::open(folder.path(), "intake").expect("opened").count(), 0);
            assert_eq!(open(folder.path(), "intake").expect("opened").1, None);
            assert_eq!(fs::read(path(folder.path(), "intake")).expect("read"), b"");
        }
        let endless = vec![b'x'; 100_000];
        assert!(Notes::of(&endless[..]).next().expect("something").is_err());
    }
}
