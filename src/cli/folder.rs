//! Folders where files may stand.

use std::path::{Path, PathBuf};

/// Endings of what may hold runs. Everything else in a folder is passed over; a file named by itself is always tried.
const ENDINGS: [&str; 13] = [
    "csv", "tsv", "txt", "json", "jsonl", "ndjson", "log", "gz", "xlsx", "ods", "xls", "md", "dat",
];

/// The files as given, and in the place of each folder the files in it and below, by name. Hidden ones are passed over, and
/// links to folders, which may lead in circles. A folder that cannot be listed, or holds nothing, stays for its error.
pub(super) fn expand(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = vec![];
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            list(path, &mut files);
            if files.len() == before {
                files.push(path.clone());
            }
        } else {
            files.push(path.clone());
        }
    }
    files
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        files.push(folder.to_owned());
        return;
    };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type());
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        match kind {
            _ if hidden => {}
            Ok(kind) if kind.is_dir() => list(&path, files),
            _ if path.is_file() && has_ending(&path) => files.push(path),
            _ => {}
        }
    }
}

fn has_ending(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("b/.git")).unwrap();
        std::fs::create_dir(root.join("none")).unwrap();
        for name in [
            "c.CSV",
            "b/a.jsonl.gz",
            "b/.git/x.csv",
            ".hidden.csv",
            "a.png",
            "b/z.log",
        ] {
            std::fs::write(root.join(name), "x").unwrap();
        }
        let given = [root.to_owned(), root.join("none"), root.join("a.png")];
        let expected = ["b/a.jsonl.gz", "b/z.log", "c.CSV", "none", "a.png"].map(|name| root.join(name));
        assert_eq!(expand(&given), expected);
    }
}
