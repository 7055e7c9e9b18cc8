//! Folders where files may stand.
//!
//! Limits: hidden files and folders are passed over, and links to folders, which may lead in circles.

use std::path::{Path, PathBuf};

/// Endings of what may hold runs, packed by `.gz` or not. Everything else in a folder is passed over; a file named by
/// itself is always tried.
pub const RUN_ENDINGS: [&str; 15] = [
    "csv", "tsv", "psv", "txt", "json", "jsonl", "ndjson", "log", "out", "dat", "md", "xlsx", "xls", "ods", "xlsm",
];

/// What is in a folder and below.
#[derive(Debug, Default)]
pub struct Walk {
    /// Files that may hold runs, by name.
    pub files: Vec<PathBuf>,
    /// How many others there are.
    pub passed_over: usize,
    /// Folders that cannot be listed.
    pub closed: Vec<PathBuf>,
}

impl Walk {
    /// Goes through a folder.
    pub fn of(folder: &Path) -> Self {
        let mut walk = Self::default();
        walk.enter(folder);
        walk
    }

    fn enter(&mut self, folder: &Path) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            self.closed.push(folder.to_owned());
            return;
        };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            match entry.file_type() {
                _ if entry.file_name().to_string_lossy().starts_with('.') => {}
                Ok(kind) if kind.is_dir() => self.enter(&path),
                _ if path.is_file() && has_ending(&path) => self.files.push(path),
                _ => self.passed_over += 1,
            }
        }
    }
}

fn has_ending(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| RUN_ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_and_other_files_counted() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("b/deep")).unwrap();
        std::fs::create_dir_all(at(".git")).unwrap();
        for name in [
            "a.csv",
            "b/deep/run.JSONL.gz",
            "b/weights.bin",
            "b/sources.tar.gz",
            ".git/log.txt",
            "b/.hidden.csv",
        ] {
            std::fs::write(at(name), "x").unwrap();
        }
        let walk = Walk::of(folder.path());
        assert_eq!(walk.files, [at("a.csv"), at("b/deep/run.JSONL.gz")]);
        assert_eq!((walk.passed_over, walk.closed.len()), (2, 0));
        assert_eq!(Walk::of(&at("none")).closed, [at("none")]);
    }
}
