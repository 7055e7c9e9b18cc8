//! Files packed by gzip, whatever they are called: `runs.csv.gz`, a workbook that a browser packed, several members in one
//! file as log rotation leaves them.
//!
//! They are told by their first bytes (RFC 1952). A file that breaks off gives what could be unpacked, with a note; a
//! damaged one is an error, because its last good byte is not known. Bytes after the last member are left out with a note.
//!
//! Limits: one layer of packing, and [`LIMIT`] bytes unpacked.

use super::ImportError;
use flate2::bufread::GzDecoder;
use std::io::{ErrorKind, Read};

/// First bytes of a member.
const MAGIC: &[u8] = b"\x1f\x8b";

/// The most that is unpacked: a kilobyte can hold a gigabyte of blanks, and no table of runs is that long.
const LIMIT: usize = 1 << 30;

/// What a file holds, and what was assumed on the way.
pub(super) struct Unpacked {
    /// The bytes inside, or the file's own where it is not packed.
    pub(super) bytes: Vec<u8>,
    /// What was left out.
    pub(super) notes: Vec<String>,
    /// It was packed.
    pub(super) packed: bool,
}

/// Whether gzip packed a file.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Unpacks a file that gzip packed; any other passes as it is.
pub(super) fn unpack(bytes: Vec<u8>) -> Result<Unpacked, ImportError> {
    if is_packed(&bytes) {
        unpack_within(&bytes, LIMIT)
    } else {
        Ok(Unpacked {
            bytes,
            notes: Vec::new(),
            packed: false,
        })
    }
}

/// A file's name without the ending that packing gave it.
pub(super) fn inner_name(name: &str) -> &str {
    let end = name.len().saturating_sub(3);
    match name.get(end..) {
        Some(ending) if end > 0 && ending.eq_ignore_ascii_case(".gz") => &name[..end],
        _ => name,
    }
}

fn unpack_within(packed: &[u8], limit: usize) -> Result<Unpacked, ImportError> {
    let mut bytes = Vec::new();
    let mut notes = Vec::new();
    let mut rest = packed;
    while rest.starts_with(MAGIC) {
        let room = (limit - bytes.len()) as u64 + 1;
        let mut member = GzDecoder::new(rest);
        let result = member.by_ref().take(room).read_to_end(&mut bytes);
        if bytes.len() > limit {
            return Err(ImportError::Packed {
                message: format!(
                    "this gzip file holds more than {} MB unpacked; expected a table of runs: unpack it and keep the columns and rows that matter",
                    limit >> 20
                ),
            });
        }
        match result {
            Ok(_) => rest = member.into_inner(),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof && !bytes.is_empty() => {
                notes.push("the gzip file breaks off: what could be unpacked was read".to_owned());
                rest = &[];
            }
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(ImportError::Packed {
                    message: "this gzip file breaks off before its first byte; ask for it again".to_owned(),
                });
            }
            Err(_) => {
                return Err(ImportError::Packed {
                    message: format!(
                        "this gzip file is damaged after {} unpacked bytes, so that none of it can be trusted; ask for it again",
                        bytes.len()
                    ),
                });
            }
        }
    }
    if rest.iter().any(|byte| *byte != 0) {
        notes.push(format!("{} bytes after the end of the gzip data left out", rest.len()));
    }
    Ok(Unpacked {
        bytes,
        notes,
        packed: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn pack(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn message(bytes: Vec<u8>) -> String {
        unpack(bytes).err().unwrap().to_string()
    }

    #[test]
    fn members_follow_each_other() {
        let two = [pack(b"N,loss\n"), pack(b"1,2\n")].concat();
        let unpacked = unpack(two.clone()).unwrap();
        assert_eq!(
            (unpacked.bytes.as_slice(), unpacked.packed),
            (&b"N,loss\n1,2\n"[..], true)
        );
        assert!(unpacked.notes.is_empty());
        let unpacked = unpack([two, b"tail".to_vec()].concat()).unwrap();
        assert_eq!(unpacked.notes, ["4 bytes after the end of the gzip data left out"]);
        assert!(!unpack(b"N,loss\n".to_vec()).unwrap().packed);
    }

    #[test]
    fn a_cut_file_gives_its_beginning() {
        let text: String = (0..5000).map(|i| format!("{i},{}\n", i * 7919 % 1000)).collect();
        let packed = pack(text.as_bytes());
        let unpacked = unpack(packed[..packed.len() / 2].to_vec()).unwrap();
        assert!(text.as_bytes().starts_with(&unpacked.bytes) && !unpacked.bytes.is_empty());
        assert!(unpacked.notes[0].contains("breaks off"));
        assert!(message(packed[..6].to_vec()).contains("before its first byte"));
    }

    #[test]
    fn damage_and_bombs_are_errors() {
        let mut packed = pack(b"N,loss\n1,2\n");
        let checksum = packed.len() - 8;
        packed[checksum] ^= 1;
        assert!(message(packed).contains("damaged"));
        assert!(message(b"\x1f\x8b\x07nonsense, really".to_vec()).contains("damaged"));
        let bomb = pack(&vec![b' '; 3 << 20]);
        let error = unpack_within(&bomb, 1 << 20).err().unwrap().to_string();
        assert!(error.contains("more than 1 MB"), "{error}");
        assert_eq!(unpack_within(&bomb, 3 << 20).unwrap().bytes.len(), 3 << 20);
    }

    #[test]
    fn names_lose_the_ending() {
        assert_eq!(inner_name("data/runs.csv.GZ"), "data/runs.csv");
        assert_eq!(inner_name(".gz"), ".gz");
        assert_eq!(inner_name("ü"), "ü");
    }
}
