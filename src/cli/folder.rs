//! Folders where files may stand.

use crate::session::Walk;
use std::path::PathBuf;

/// The files as given, and in the place of each folder the files in it and below, by name. Hidden ones are passed over, and
/// links to folders, which may lead in circles. A folder that cannot be listed, or holds nothing, stays for its error.
pub(super) fn expand(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = vec![];
    for path in paths {
        if path.is_dir() {
            let mut walk = Walk::of(path);
            let empty = walk.files.is_empty() && walk.closed.is_empty();
            files.append(&mut walk.files);
            files.append(&mut walk.closed);
            if empty {
                files.push(path.clone());
            }
        } else {
            files.push(path.clone());
        }
    }
    files
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
