//! What a file is that is no text, by its first bytes, and what to do about it.
//!
//! Workbooks go on to their own layout. Everything else is refused with a sentence that helps: what it seems to be and how
//! a table comes out of it. Signatures are those of the formats' own specifications.

use super::ImportError;

/// What the bytes of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing speaks against text.
    Text,
    /// Excel or OpenDocument.
    Workbook,
    /// Something without a table: what, and what to do.
    Other(&'static str, &'static str),
}

const TABLE: &str = "save its numbers as CSV or JSON";
const NUMBERS: &str = "a picture holds no numbers: ask for the table that it was drawn from";
const UNPACK: &str = "unpack it and open the table inside";
const WEIGHTS: &str = "weights hold no losses: look for the training log or the table of results beside it";
const FRAME: &str = "save it as CSV, in Python with `to_csv`";

/// First bytes, what they begin, and what to do.
const SIGNATURES: [(&[u8], &str, &str); 23] = [
    (b"PAR1", "a Parquet file", FRAME),
    (b"ARROW1", "an Arrow or Feather file", FRAME),
    (b"\x1f\x8b", "a gzip file inside a gzip file", UNPACK),
    (b"\x89PNG", "a PNG image", NUMBERS),
    (b"\xff\xd8\xff", "a JPEG image", NUMBERS),
    (b"GIF8", "a GIF image", NUMBERS),
    (b"RIFF", "an image or a recording", NUMBERS),
    (
        b"%PDF",
        "a PDF",
        "copy the table out of it into a spreadsheet or a text file",
    ),
    (b"%!PS", "a PostScript figure", NUMBERS),
    (b"{\\rtf", "a rich text document", TABLE),
    (b"SQLite format 3", "an SQLite database", "save the table as CSV"),
    (b"\x93NUMPY", "a NumPy array", FRAME),
    (b"\x89HDF", "an HDF5 file", FRAME),
    (b"GGUF", "model weights (GGUF)", WEIGHTS),
    (
        b":W&B",
        "the binary log of a W&B run",
        "export the run as CSV from its page, or run `wandb sync` first",
    ),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ", "an xz archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"\x7fELF", "a program", TABLE),
    (b"\xca\xfe\xba\xbe", "a program", TABLE),
    (b"MAT 5.0 MAT-file", "MATLAB data", TABLE),
];

/// Names inside ZIP archives, what has them, and what to do.
const MEMBERS: [(&[u8], &str, &str); 8] = [
    (
        b"word/document.xml",
        "a Word document",
        "copy the table out of it into a spreadsheet",
    ),
    (b"ppt/presentation.xml", "a PowerPoint presentation", NUMBERS),
    (
        b"vnd.oasis.opendocument.text",
        "an OpenDocument text",
        "copy the table out of it into a spreadsheet",
    ),
    (
        b"vnd.oasis.opendocument.presentation",
        "an OpenDocument presentation",
        NUMBERS,
    ),
    (
        b"Index/Document.iwa",
        "a Numbers or Pages document",
        "export it as CSV or Excel",
    ),
    (b"data.pkl", "PyTorch weights", WEIGHTS),
    (b".npy", "NumPy arrays", FRAME),
    (b"META-INF/MANIFEST.MF", "a Java archive", TABLE),
];

/// Where names of a ZIP archive are looked for at its start and its end, where its directory is.
const WINDOW: usize = 1 << 16;

/// Tells what the bytes are.
pub(super) fn kind(bytes: &[u8]) -> Kind {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zip_kind(bytes);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return ole_kind(bytes);
    }
    if let Some((_, what, advice)) = SIGNATURES.iter().find(|(start, ..)| bytes.starts_with(start)) {
        return Kind::Other(what, advice);
    }
    if is_safetensors(bytes) {
        return Kind::Other("model weights (safetensors)", WEIGHTS);
    }
    if is_event_file(bytes) {
        return Kind::Other(
            "a TensorBoard event file",
            "download the scalar as CSV from TensorBoard, or save it with its `EventAccumulator`",
        );
    }
    if matches!(bytes, [0x80, 2..=5, ..]) {
        return Kind::Other("a Python pickle", "load it in Python and save the table as CSV");
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Kind::Other("a tar archive", UNPACK);
    }
    Kind::Text
}

/// The refusal of what is no text.
pub(super) fn refusal(what: &str, advice: &str) -> ImportError {
    ImportError::Binary {
        what: what.to_owned(),
        advice: advice.to_owned(),
    }
}

fn zip_kind(bytes: &[u8]) -> Kind {
    let has = |name: &[u8]| {
        let (start, end) = (bytes.len().min(WINDOW), bytes.len().saturating_sub(WINDOW));
        contains(&bytes[..start], name) || contains(&bytes[end..], name)
    };
    if has(b"xl/workbook.") || has(b"vnd.oasis.opendocument.spreadsheet") {
        return Kind::Workbook;
    }
    match MEMBERS.iter().find(|(name, ..)| has(name)) {
        Some((_, what, advice)) => Kind::Other(what, advice),
        None => Kind::Other("a ZIP archive", UNPACK),
    }
}

/// The container of old Office files; the names of its streams are in UTF-16.
fn ole_kind(bytes: &[u8]) -> Kind {
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        contains(bytes, &wide)
    };
    if has("EncryptedPackage") {
        Kind::Other("a document with a password", "save it without one")
    } else if has("Workbook") || has("Book") {
        Kind::Workbook
    } else if has("WordDocument") {
        Kind::Other("a Word document", "copy the table out of it into a spreadsheet")
    } else {
        Kind::Other("an old Office file without a sheet", TABLE)
    }
}

/// The length of a JSON header, then the header.
fn is_safetensors(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk().map(|first| u64::from_le_bytes(*first));
    length.is_some_and(|length| length < 1 << 32) && bytes.get(8..10) == Some(b"{\"")
}

/// A record's length, its checksum, then an event whose first field is its wall time.
fn is_event_file(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk().map(|first| u64::from_le_bytes(*first));
    length.is_some_and(|length| length < 1 << 20) && bytes.get(12) == Some(&9) && bytes.get(4..8) == Some(&[0; 4])
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
