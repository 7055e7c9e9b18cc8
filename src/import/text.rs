//! Bytes to text: byte-order marks, UTF-8, UTF-16, and Windows-1252 where nothing else fits.
//!
//! What is no text at all was refused before, by its first bytes ([`super::kinds`]); here only the share of control
//! characters tells. No other legacy encoding is guessed: the `encoding` option names them. NUL characters, which a power
//! cut or a C program leaves in logs, are left out and counted.

use super::contents::ContentHash;
use super::{ImportError, kinds};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::memchr;
use rayon::prelude::*;
use std::str::Utf8Error;

/// Text with the encoding it came in.
pub(super) struct Decoded {
    /// Without a byte-order mark.
    pub(super) text: String,
    /// Lower-case label.
    pub(super) encoding: String,
    /// What was assumed.
    pub(super) notes: Vec<String>,
    /// The hash of the bytes; `None` where the text is these very bytes after `mark`.
    pub(super) hash: Option<ContentHash>,
    /// The byte-order mark that stood before the text.
    pub(super) mark: Vec<u8>,
}

impl Decoded {
    /// Of a file that is no text.
    pub(super) fn none() -> Self {
        Self {
            text: String::new(),
            encoding: String::new(),
            notes: Vec::new(),
            hash: None,
            mark: Vec::new(),
        }
    }
}

/// How much text is searched in one go, where several threads search.
const PIECE: usize = 1 << 20;

/// How many bytes are looked at to tell text from binary data.
const SAMPLE: usize = 8192;

/// Decodes a whole file.
pub(super) fn decode(mut bytes: Vec<u8>, label: Option<&str>) -> Result<Decoded, ImportError> {
    if bytes.is_empty() {
        return Err(ImportError::Empty);
    }
    // A file system that lost power pads the end of a log with zero bytes.
    let padding = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let padding = if padding > 1 { padding } else { 0 };
    let mut hashed = (padding > 0).then(|| ContentHash::of(&[], &bytes));
    bytes.truncate(bytes.len() - padding);
    let mut notes = Vec::new();
    let marked = Encoding::for_bom(&bytes);
    let named = match label {
        Some(label) => Some(
            Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| ImportError::Options {
                message: format!(
                    "`{label}` is no known encoding; expected a label such as utf-8, utf-16le or windows-1252"
                ),
            })?,
        ),
        None => None,
    };
    // The mark belongs to the text only if it says what the user says.
    let length = marked
        .filter(|(found, _)| named.is_none_or(|named| named == *found))
        .map_or(0, |(_, length)| length);
    let mark: Vec<u8> = bytes.drain(..length).collect();
    let told = named.or(marked.map(|(encoding, _)| encoding));
    let told = match told {
        None => wide(&bytes)?,
        told => told,
    };
    // Valid UTF-8, the usual case, is gone through once and not copied.
    let (encoding, bytes) = match told.unwrap_or(UTF_8) == UTF_8 {
        true => match String::from_utf8(bytes) {
            Ok(text) => (UTF_8, Ok(text)),
            Err(error) => {
                let narrow = narrow(error.utf8_error(), error.as_bytes());
                (told.unwrap_or(narrow), Err(error.into_bytes()))
            }
        },
        false => (told.unwrap_or(UTF_8), Err(bytes)),
    };
    if label.is_none() && encoding == WINDOWS_1252 {
        notes.push("not valid UTF-8: read as windows-1252".to_owned());
    }
    let (mut text, malformed) = match bytes {
        Ok(text) => (text, false),
        Err(bytes) => {
            hashed.get_or_insert_with(|| ContentHash::of(&mark, &bytes));
            let (text, malformed) = encoding.decode_without_bom_handling(&bytes);
            (text.into_owned(), malformed)
        }
    };
    if malformed {
        notes.push(format!(
            "some bytes are not valid {}: they are shown as \u{fffd}",
            encoding.name().to_ascii_lowercase()
        ));
    }
    let mut inside = 0;
    let pieces = text.as_bytes().par_chunks(PIECE);
    if pieces.any(|piece| memchr(0, piece).is_some()) {
        hashed.get_or_insert_with(|| ContentHash::of(&mark, text.as_bytes()));
        inside = text.matches('\0').count();
        text = text.replace('\0', "");
    }
    match inside + padding {
        0 => {}
        1 => notes.push("1 NUL character left out".to_owned()),
        count => notes.push(format!("{count} NUL characters left out")),
    }
    if text.trim().is_empty() {
        return Err(ImportError::Empty);
    }
    Ok(Decoded {
        text,
        encoding: encoding.name().to_ascii_lowercase(),
        notes,
        hash: hashed,
        mark,
    })
}

/// The encoding of bytes without a mark, where it takes two bytes a letter.
fn wide(bytes: &[u8]) -> Result<Option<&'static Encoding>, ImportError> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let pairs = (sample.len() / 2).max(1);
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    // Latin letters in UTF-16 have one zero byte each, all on the same side.
    match (zeros(0) * 10 / pairs, zeros(1) * 10 / pairs) {
        (0, 4..) => return Ok(Some(UTF_16LE)),
        (4.., 0) => return Ok(Some(UTF_16BE)),
        _ => {}
    }
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
    let controls = sample.iter().filter(|byte| is_control(byte)).count();
    // A table may hold names that are full of them; then its header still has none, and all of it is UTF-8.
    let header = sample.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_text = || {
        !header.iter().any(is_control)
            && std::str::from_utf8(sample)
                .err()
                .is_none_or(|error| error.error_len().is_none())
    };
    if controls * 20 > sample.len() && !is_text() {
        return Err(kinds::refusal("binary data", "save its numbers as CSV or JSON"));
    }
    Ok(None)
}

/// The encoding of bytes that are not all UTF-8.
fn narrow(error: Utf8Error, bytes: &[u8]) -> &'static Encoding {
    // A UTF-8 file that is still being written may end inside a character.
    if error.error_len().is_none() && !bytes[..error.valid_up_to()].is_ascii() {
        UTF_8
    } else {
        WINDOWS_1252
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, String, usize) {
        let decoded = decode(bytes.to_vec(), None).unwrap();
        (decoded.text, decoded.encoding, decoded.notes.len())
    }

    fn utf16(text: &str, mark: bool) -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect()
    }

    #[test]
    fn encodings() {
        assert_eq!(read(b"N,loss"), ("N,loss".into(), "utf-8".into(), 0));
        assert_eq!(read(b"\xef\xbb\xbfN"), ("N".into(), "utf-8".into(), 0));
        assert_eq!(read(&utf16("N\tµ", true)), ("N\tµ".into(), "utf-16le".into(), 0));
        assert_eq!(
            read(&utf16("N\tloss\n", false)),
            ("N\tloss\n".into(), "utf-16le".into(), 0)
        );
        assert_eq!(read(b"caf\xe9"), ("café".into(), "windows-1252".into(), 1));
        assert_eq!(read(b"\xc3\xa9\xc3"), ("é\u{fffd}".into(), "utf-8".into(), 1));
        assert_eq!(decode(b"caf\xe9".to_vec(), Some("latin1")).unwrap().text, "café");
        assert_eq!(
            read(b"run,L\n\x01\x02\xc3\xa9,2"),
            ("run,L\n\u{1}\u{2}é,2".into(), "utf-8".into(), 0)
        );
    }

    #[test]
    fn nul_characters_are_left_out() {
        let text = "N,loss\n1,2\n".repeat(4);
        let holed = text.replacen("1,2", "1,\u{0}2", 1) + "\0\0\0";
        assert_eq!(read(holed.as_bytes()), (text, "utf-8".into(), 1));
        let padded = [b"N,loss\n1,2\n".as_slice(), &[0; 4096]].concat();
        assert_eq!(read(&padded), ("N,loss\n1,2\n".into(), "utf-8".into(), 1));
    }

    #[test]
    fn refusals_say_what_the_bytes_are() {
        let error = |bytes: &[u8], label| decode(bytes.to_vec(), label).err().unwrap().to_string();
        assert_eq!(error(b"", None), "the file is empty");
        assert_eq!(error(b"\xef\xbb\xbf \n", None), "the file is empty");
        assert_eq!(error(&[0; 64], None), "the file is empty");
        assert!(error(&[0, 1, 2, 255, 0, 3, 0, 0, 1], None).contains("binary data"));
        assert!(error(b"N", Some("klingon")).contains("`klingon`"));
    }

    #[test]
    fn the_hash_is_that_of_the_file_however_it_is_decoded() {
        let rows = "run,loss\n".repeat(400);
        let after = |start: &[u8], end: &[u8]| [start, rows.as_bytes(), end].concat();
        let wide = utf16(&rows, true);
        for bytes in [
            after(b"", b""),
            after(b"\xef\xbb\xbf", b""),
            after(b"l\xf6ss\n", b""),
            after(b"", b"a\0b\n"),
            after(b"", b"\0\0\0"),
            wide,
        ] {
            let whole = ContentHash::of(&[], &bytes);
            let decoded = decode(bytes, None).unwrap();
            let later = || ContentHash::later(decoded.mark, decoded.text.into());
            assert_eq!(decoded.hash.unwrap_or_else(later), whole);
        }
    }
}
