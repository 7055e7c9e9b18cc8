//! Real files of other people, where the environment names their folder.
//!
//! `ISOLOSS_SHARED` is the folder that holds `data/`. Without it these checks pass without looking: the project does
//! not carry the files. `.ci/run` sets it where they are.

use std::path::PathBuf;

/// The path of a shared data file, or `None` where the folder is not named.
pub(crate) fn data(file: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("ISOLOSS_SHARED").filter(|folder| !folder.is_empty())?);
    let path = folder.join("data").join(file);
    assert!(
        path.exists(),
        "ISOLOSS_SHARED is set, but {} is not there",
        path.display()
    );
    Some(path)
}
