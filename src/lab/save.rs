//! Saving so that nothing good is ever replaced by something broken: write beside, flush to disk, rename.

use std::io::{self, Write};
use std::path::Path;

/// How files begin that are being written.
const BESIDE: &str = ".isoloss-";

/// Takes away what savings left behind that were killed. For folders that are ours alone.
pub(super) fn remove_leftovers(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with(BESIDE) {
            // It costs no more than its place on the disk.
            std::fs::remove_file(entry.path()).ok();
        }
    }
}

/// Replaces a file with `bytes`, or leaves it as it was.
///
/// # Errors
/// When the folder cannot be written or the disk is full; the old file is then untouched.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut beside = tempfile::Builder::new().prefix(BESIDE).tempfile_in(folder)?;
    beside.write_all(bytes)?;
    beside.as_file().sync_all()?;
    // Temporary files are private; what the user saves gets the permissions of any new file, or of the old one.
    let permissions = match std::fs::metadata(path) {
        Ok(old) => Some(old.permissions()),
        Err(_) => default_permissions(),
    };
    if let Some(permissions) = permissions {
        beside.as_file().set_permissions(permissions)?;
    }
    beside.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(unix)]
fn default_permissions() -> Option<std::fs::Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn default_permissions() -> Option<std::fs::Permissions> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("figure.svg");
        write_atomically(&path, b"old").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_saving_left_is_taken_away_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".isoloss-aB3x9", "curve.csv", ".hidden"] {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        remove_leftovers(folder.path());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        remove_leftovers(&folder.path().join("missing"));
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_atomically(&folder.path().join("no/such/figure.svg"), b"x").is_err());
    }
}
