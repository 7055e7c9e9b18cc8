//! Data kept in the project: the bytes of its files, for readers who do not have these.
//!
//! ```text
//! { "sha256": "…", "name": "a.csv", "text": [ "run,params,tokens,loss", "r1,1e8,2e9,3.1", "" ] }
//! ```
//!
//! Text stands as its lines, which a version control can compare and which, joined by line feeds, are the very bytes of the file;
//! anything else stands as base64. They are known by their hash, so that what is read is what was kept, and the same bytes
//! stand once.
//!
//! A session only says whether data are kept; the bytes lie beside it, shared and never copied. They are in no picture.

use super::picture::file_name;
use super::{Derived, LoadState, Session, Source};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A larger file is not kept in a project, in bytes.
pub const LARGEST_EMBEDDED: u64 = 32 << 20;
/// Characters of base64 on a line.
const LINE: usize = 96;

/// Bytes of files with their names, by the SHA-256 of the bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Embedded(BTreeMap<String, (String, Arc<Vec<u8>>)>);

/// A file as the project has it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WrittenFile<L> {
    sha256: String,
    name: String,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    text: Option<Vec<L>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<Vec<String>>,
}

fn none<L>() -> Option<Vec<L>> {
    None
}

impl Embedded {
    /// The bytes with a hash.
    pub fn get(&self, sha256: &str) -> Option<&Arc<Vec<u8>>> {
        self.0.get(sha256).map(|(_, bytes)| bytes)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes up those of another project too.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The bytes of a session's files: those that were read, from what is `known` already or else from the disk. What cannot be
    /// kept is told, a sentence each.
    pub fn of(session: &Session, derived: &Derived, known: &Self) -> (Self, Vec<String>) {
        let (mut kept, mut told) = (Self::default(), vec![]);
        for set in &session.data {
            let Source::File(path) = &set.source else { continue };
            let name = file_name(&set.source);
            let hash = match derived.file(set.id) {
                Some(LoadState::Ready(loaded)) => Some(loaded.hash.hex()),
                _ => set.sha256.as_deref(),
            };
            let Some(hash) = hash else {
                told.push(format!("{name} is not kept in the project: it was not read"));
                continue;
            };
            if let Some((name, bytes)) = known.0.get(hash) {
                kept.0.insert(hash.to_owned(), (name.clone(), Arc::clone(bytes)));
                continue;
            }
            match read(path, hash) {
                Ok(bytes) => {
                    kept.0.insert(hash.to_owned(), (name, Arc::new(bytes)));
                }
                Err(why) => told.push(format!("{name} is not kept in the project: {why}")),
            }
        }
        (kept, told)
    }

    /// Those of the data sets that are read from here, for their files are not what they were.
    pub(super) fn in_use(&self, session: &Session, derived: &Derived) -> Self {
        let read = session.data.iter().filter_map(|set| match derived.file(set.id) {
            Some(LoadState::Ready(loaded)) if loaded.stand_in.is_some() => Some(loaded.hash.hex()),
            _ => None,
        });
        let found = read.filter_map(|hash| Some((hash.to_owned(), self.0.get(hash)?.clone())));
        Self(found.collect())
    }

    /// As the file has them.
    pub(super) fn written(&self) -> Vec<WrittenFile<&str>> {
        let files = self.0.iter().map(|(hash, (name, bytes))| {
            let text = std::str::from_utf8(bytes).ok();
            let base64 = || {
                let encoded = STANDARD.encode(&**bytes);
                let lines = encoded.as_bytes().chunks(LINE);
                lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect()
            };
            WrittenFile {
                sha256: hash.clone(),
                name: name.clone(),
                base64: text.is_none().then(base64),
                text: text.map(|text| text.split('\n').collect()),
            }
        });
        files.collect()
    }

    /// From what the file has. What is not what its hash says is left out and told, a sentence each.
    pub(super) fn from_written(files: Vec<WrittenFile<String>>) -> (Self, Vec<String>) {
        let (mut kept, mut told) = (Self::default(), vec![]);
        for file in files {
            let bytes = match (file.text, file.base64) {
                (Some(lines), _) => Some(lines.join("\n").into_bytes()),
                (None, Some(lines)) => STANDARD.decode(lines.concat()).ok(),
                (None, None) => None,
            };
            match bytes.filter(|bytes| sha256(bytes) == file.sha256) {
                Some(bytes) => {
                    kept.0.insert(file.sha256, (file.name, Arc::new(bytes)));
                }
                None => told.push(format!(
                    "The copy of {} in the project is damaged and is not used",
                    file.name
                )),
            }
        }
        (kept, told)
    }
}

/// The bytes of a file, where they are those with this hash.
fn read(path: &Path, hash: &str) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("it cannot be read: {}", crate::import::io_reason(&error));
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > LARGEST_EMBEDDED {
        return Err(format!(
            "it has {} MB, and only files of up to {} MB are",
            length.div_ceil(1 << 20),
            LARGEST_EMBEDDED >> 20
        ));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    if sha256(&bytes) == hash {
        Ok(bytes)
    } else {
        Err("it is not what was read any more".to_owned())
    }
}

/// In hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(bytes: &[u8]) -> (String, Embedded) {
        let kept = Embedded(BTreeMap::from([(
            sha256(bytes),
            ("a.csv".to_owned(), Arc::new(bytes.to_vec())),
        )]));
        let text = serde_json::to_string(&kept.written()).unwrap();
        let (read, told) = Embedded::from_written(serde_json::from_str(&text).unwrap());
        assert!(told.is_empty(), "{told:?}");
        assert_eq!(read, kept);
        (text, read)
    }

    #[test]
    fn any_bytes_come_back_as_they_were() {
        for text in [
            "",
            "\n",
            "a,b\r\n1,2\r\n",
            "\u{feff}run\tloss\n1\t2",
            "no end of line",
            "\0\u{1f} \"\\",
        ] {
            assert!(round(text.as_bytes()).0.contains("\"text\""), "{text:?}");
        }
        for bytes in [
            &[0xff_u8, 0xfe, 0x00][..],
            &[0x80; 1000],
            &(0..=255).collect::<Vec<u8>>(),
        ] {
            assert!(round(bytes).0.contains("\"base64\""));
        }
    }

    #[test]
    fn a_damaged_copy_is_told_and_not_used() {
        let (text, kept) = round(b"run,loss\na,3.1\n");
        let damaged = text.replace("3.1", "3.2");
        let (read, told) = Embedded::from_written(serde_json::from_str(&damaged).unwrap());
        assert!(read.is_empty() && told[0].contains("a.csv"), "{told:?}");
        let (read, told) = Embedded::from_written(
            serde_json::from_str(r#"[{"sha256":"00","name":"b.xlsx","base64":["?"]},{"sha256":"00","name":"c.csv"}]"#)
                .unwrap(),
        );
        assert!(read.is_empty() && told.len() == 2);
        assert!(!kept.is_empty());
    }

    #[test]
    fn huge_and_changed_files_are_refused_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge.csv");
        std::fs::write(&path, "a").unwrap();
        assert_eq!(read(&path, &sha256(b"a")).unwrap(), b"a");
        assert!(read(&path, &sha256(b"b")).unwrap_err().contains("not what was read"));
        std::fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(LARGEST_EMBEDDED + 1)
            .unwrap();
        assert!(
            read(&path, "")
                .unwrap_err()
                .contains("33 MB, and only files of up to 32 MB")
        );
        std::fs::remove_file(&path).unwrap();
        assert!(read(&path, "").is_err());
    }
}
