//! Whether others on this machine may read what a service keeps. New files and folders are for the process's owner alone; those
//! that an older release made, or that somebody copied, are told of, and left as they are: who else reads them is not known here.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use ledger::Place;

/// Tells what of a place is open to everybody on this machine, and how to close it.
pub(crate) fn tell(service: &str, place: &Place) {
    for exposed in exposed(place) {
        tracing::warn!(service, "{exposed}");
    }
}

/// The folders and files that everybody may read, in words.
fn exposed(place: &Place) -> Vec<String> {
    let Place::File(file) = place else { return Vec::new() };
    let files = ["", "-wal", "-shm"].map(|end| {
        let mut path = file.clone().into_os_string();
        path.push(end);
        path
    });
    // Nobody gets at a file in a folder that is closed to them.
    if file.parent().and_then(mode).is_some_and(|mode| mode & 0o001 == 0) {
        return Vec::new();
    }
    let open = files
        .iter()
        .filter_map(|path| Some((path, mode(path.as_ref())?)))
        .filter(|(_, mode)| mode & 0o006 != 0);
    let told = open.map(|(path, mode)| {
        let path = path.display();
        format!("{path} has the mode {mode:o}, and everybody on this machine may read it: chmod o-rwx {path}")
    });
    told.collect()
}

fn mode(path: &Path) -> Option<u32> {
    Some(fs::metadata(path).ok()?.permissions().mode() & 0o777)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_may_read_is_told_with_what_to_do_about_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, log) = (folder.path().join("intake.db"), folder.path().join("intake.db-wal"));
        let place = Place::File(file.clone());
        let told = |of_folder, of_file| {
            for (path, mode) in [(folder.path(), of_folder), (&*file, of_file), (&*log, 0o600)] {
                if path != folder.path() {
                    fs::write(path, "").expect("written");
                }
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("changed");
            }
            exposed(&place)
        };
        assert_eq!(told(0o755, 0o600), [""; 0]);
        assert_eq!(told(0o700, 0o644), [""; 0], "the folder is closed");
        assert_eq!(told(0o755, 0o640), [""; 0], "a group is somebody's choice");
        let [found] = &told(0o755, 0o644)[..] else { panic!("one file is open") };
        assert!(found.ends_with(&format!("chmod o-rwx {}", file.display())), "{found}");
        let database = Place::Database { url: "postgres://db".to_owned(), connections: 1 };
        assert_eq!(exposed(&database), [""; 0]);
    }
}
