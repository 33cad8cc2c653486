//! The file of a service's checkpoints: notes one after the other, each written and flushed before the next.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rustix::{fs::OFlags, io::Errno};

use super::{checkpoint::Checkpoint, note::SIGNED};

/// More than a note and a torn one have.
const TAIL: u64 = 16 * 1024;

/// Where the checkpoints of `service` are.
pub(crate) fn path(folder: &Path, service: &str) -> PathBuf {
    folder.join(format!("{service}.checkpoints"))
}

/// The file, opened to append to it.
#[derive(Debug)]
pub(crate) struct Book {
    file: File,
    path: PathBuf,
    /// The last checkpoint in it.
    pub(crate) last: Option<Checkpoint>,
}

impl Book {
    /// Opens the file, without what a process left half-written behind a whole checkpoint. What is anything else than a file of
    /// checkpoints of `service` is refused, and left as it is.
    pub(crate) fn open(folder: &Path, service: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = path(folder, service);
        let mut file = own_file(&path)?;
        File::open(folder)?.sync_all()?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut tail = Vec::new();
        (&file).take(TAIL).read_to_end(&mut tail)?;
        let (notes, torn) = tail.split_at(whole(&tail).len());
        let last = ours(notes, torn, service)?;
        if !torn.is_empty() {
            file.set_len(length - torn.len() as u64)?;
        }
        Ok(Self { file, path, last })
    }

    /// Appends a note, durably. The first of a file comes with the file: half of it would be none of ours.
    pub(crate) fn append(&mut self, note: &str) -> io::Result<()> {
        if self.last.is_some() {
            self.file.write_all(note.as_bytes())?;
            return self.file.sync_data();
        }
        let new = self.path.with_extension("new");
        let _ = fs::remove_file(&new);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&new)?;
        file.write_all(note.as_bytes())?;
        file.sync_data()?;
        fs::rename(&new, &self.path)?;
        self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

/// Opens or makes the file itself: a link would have another's file written to, and a pipe would never open.
fn own_file(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new().read(true).append(true).create(true).custom_flags(flags).open(path);
    let is_link = |error: &io::Error| error.raw_os_error() == Some(Errno::LOOP.raw_os_error());
    let file =
        file.map_err(
            |error| if is_link(&error) { refused("it is a link, and none is followed") } else { error },
        )?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(refused("it is not a file")) }
}

fn refused(cause: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, cause)
}

/// The last of `notes`, if they are checkpoints of `service` and what is torn behind them began as one.
fn ours(notes: &[u8], torn: &[u8], service: &str) -> io::Result<Option<Checkpoint>> {
    const FOREIGN: &str =
        "it does not end with a checkpoint of this service, and is left as it is: move it away";
    let begin = format!("getmodern/{service}/");
    let begins = torn.starts_with(begin.as_bytes()) || begin.as_bytes().starts_with(torn);
    let Some(last) = Notes::of(notes).filter_map(Result::ok).last() else {
        return if torn.is_empty() { Ok(None) } else { Err(refused(FOREIGN)) };
    };
    let text = last.rfind("\n\n").and_then(|end| last.get(..=end));
    let last = text.and_then(|text| text.parse::<Checkpoint>().ok());
    let last = last.filter(|last| begins && last.origin.starts_with(&begin));
    last.map(Some).ok_or_else(|| refused(FOREIGN))
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
    use std::{os::unix::fs::symlink, process::Command};

    use super::*;

    fn note(revision: i64) -> String {
        let hash = "A".repeat(43) + "=";
        format!("getmodern/intake/00\n{revision}\n{hash}\ntime 2019-10-01T08:00:00Z\n\n— contoso AAAA\n")
    }

    fn written(text: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(path(folder.path(), "intake"), text).expect("written");
        folder
    }

    fn notes(folder: &Path) -> Vec<String> {
        Notes::open(folder, "intake").expect("opened").map(Result::unwrap).collect()
    }

    #[test]
    fn what_was_left_half_written_goes_and_the_rest_stays() {
        let (one, two) = (note(1), note(2));
        let whole = [&*one, &*two].concat();
        for cut in 0..=two.len() {
            let folder = written(&whole.as_bytes()[..one.len() + cut]);
            let mut book = Book::open(folder.path(), "intake").expect("opened");
            let is_whole = cut == two.len();
            let last = book.last.as_ref().map(|last| last.seal.revision);
            assert_eq!(last, Some(if is_whole { 2 } else { 1 }));
            book.append(&two).expect("appended");
            let all = if is_whole { vec![&one, &two, &two] } else { vec![&one, &two] };
            assert_eq!(notes(folder.path()).iter().collect::<Vec<_>>(), all);
        }
    }

    #[test]
    fn the_first_note_of_a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("intake.new"), "half of a note").expect("written");
        let mut book = Book::open(folder.path(), "intake").expect("opened");
        assert!(book.last.is_none());
        book.append(&note(1)).expect("appended");
        assert_eq!(notes(folder.path()), [note(1)]);
        let left = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 1, "nothing is left beside it");
    }

    #[test]
    fn a_foreign_file_is_refused_and_left_as_it_is() {
        let (one, begin) = (note(1), "getmodern/intake/");
        let other = one.replace("/intake/", "/tasks/");
        for text in [
            "a letter".to_owned(),
            "torn\n\n— contoso".to_owned(),
            begin.to_owned(),
            "a\n1\n\n— contoso AAAA\n".to_owned(),
            other,
            format!("{one}a letter"),
            "x".repeat(100_000),
        ] {
            let folder = written(text.as_bytes());
            let refused = Book::open(folder.path(), "intake").expect_err(&text);
            assert!(refused.to_string().contains("left as it is"), "{refused}");
            assert_eq!(fs::read(path(folder.path(), "intake")).expect("read"), text.as_bytes());
        }
        let endless = vec![b'x'; 100_000];
        assert!(Notes::of(&endless[..]).next().expect("something").is_err());
    }

    #[test]
    fn no_link_is_followed_and_nothing_waits_for_a_pipe() {
        let folder = tempfile::tempdir().expect("a folder");
        let (letter, file) = (folder.path().join("letter"), path(folder.path(), "intake"));
        for text in ["a letter", &note(1), ""] {
            fs::write(&letter, text).expect("written");
            symlink(&letter, &file).expect("linked");
            let refused = Book::open(folder.path(), "intake").expect_err(text);
            assert!(refused.to_string().contains("it is a link"), "{refused}");
            assert_eq!(fs::read_to_string(&letter).expect("read"), text);
            fs::remove_file(&file).expect("removed");
        }
        assert!(Command::new("mkfifo").arg(&file).status().expect("it runs").success());
        assert!(
            Book::open(folder.path(), "intake").is_err_and(|error| error.to_string().contains("not a file"))
        );
    }
}
