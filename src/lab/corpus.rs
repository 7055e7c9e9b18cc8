//! Which text is trained on: the built-in language, a file, or the files of a folder.

use crate::train::Corpus;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Text by its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorpusChoice {
    /// The built-in language.
    Language,
    /// A file, or a folder with the files in it and below.
    Path(PathBuf),
}

impl CorpusChoice {
    /// Reads it, with the hash of its bytes; the language has none.
    ///
    /// A folder is its UTF-8 files one after the other by name, a line end between them; hidden files and links to folders
    /// are passed over.
    ///
    /// # Errors
    /// When a file cannot be read, or a folder holds no text.
    pub fn load(&self) -> io::Result<(Corpus, Option<String>)> {
        let path = match self {
            Self::Language => return Ok((Corpus::language(), None)),
            Self::Path(path) => path,
        };
        let bytes = if path.is_dir() {
            let mut bytes = vec![];
            append(path, &mut bytes)?;
            if bytes.is_empty() {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "no text in this folder"));
            }
            bytes
        } else {
            std::fs::read(path)?
        };
        let hash = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok((Corpus::Text(Arc::from(bytes)), Some(hash)))
    }
}

fn append(folder: &Path, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            append(&path, bytes)?;
        } else if path.is_file() {
            let text = std::fs::read(&path)?;
            if std::str::from_utf8(&text).is_ok() && !text.is_empty() {
                if !bytes.is_empty() {
                    bytes.push(b'\n');
                }
                bytes.extend(text);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_texts_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("b")).unwrap();
        std::fs::write(root.join("c.txt"), "third").unwrap();
        std::fs::write(root.join("b/x.md"), "второй").unwrap();
        std::fs::write(root.join("a.txt"), "first").unwrap();
        std::fs::write(root.join("image.png"), [0x89, 0xff, 0xfe]).unwrap();
        std::fs::write(root.join(".hidden"), "no").unwrap();
        let (corpus, hash) = CorpusChoice::Path(root.to_owned()).load().unwrap();
        let Corpus::Text(text) = corpus else { panic!() };
        assert_eq!(&*text, "first\nвторой\nthird".as_bytes());
        assert_eq!(hash.unwrap().len(), 64);
        assert!(CorpusChoice::Path(root.join("none")).load().is_err());
    }
}
