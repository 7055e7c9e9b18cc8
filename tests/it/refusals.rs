//! Files that hold no runs: each is refused with what it looks like, what was missing and what to do.

use isoloss::data::Role;
use isoloss::import::{ImportOptions, import};

/// The refusal of a file, in words.
fn refuse(name: &str, bytes: &[u8]) -> String {
    match import(name, bytes, &ImportOptions::default()) {
        Err(error) => error.to_string(),
        Ok(imported) => panic!("{name}: read {} points", imported.table.points().len()),
    }
}

/// The start of a ZIP archive with a member of that name.
fn zip(member: &str) -> Vec<u8> {
    [
        b"PK\x03\x04\x14\0\0\0\0\0".as_slice(),
        &[0; 20],
        member.as_bytes(),
        b"PK\x01\x02",
    ]
    .concat()
}

#[test]
fn refusals_say_what_a_file_looks_like_and_what_to_do() {
    let wide: String = (0..40).map(|i| format!("{},", i * 7 % 40)).collect::<String>() + "3\n";
    let events = [
        [24u8, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 9].as_slice(),
        [0u8; 30].as_slice(),
    ]
    .concat();
    let weights = [&64u64.to_le_bytes(), b"{\"transformer.wte.weight\":{}}".as_slice()].concat();
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    let wide_text = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut tar = vec![b'a'; 257];
    tar.extend(b"ustar\0");
    let cases: Vec<(&str, Vec<u8>, [&str; 2])> = vec![
        ("runs.csv", b"\x89PNG\r\n\x1a\n\0\0".to_vec(), ["a PNG image", "the table that it was drawn from"]),
        ("plot.csv", b"\xff\xd8\xff\xe0".to_vec(), ["a JPEG image", "the table"]),
        ("paper.csv", b"%PDF-1.7\n".to_vec(), ["a PDF", "copy the table out of it"]),
        ("runs.csv", b"PAR1\x15\x04".to_vec(), ["a Parquet file", "as CSV"]),
        ("model.safetensors", weights, ["model weights (safetensors)", "the training log"]),
        ("model.gguf", b"GGUF\x03\0\0\0".to_vec(), ["model weights (GGUF)", "the training log"]),
        ("runs.pkl", b"\x80\x04\x95\x10\0\0".to_vec(), ["a Python pickle", "save the table as CSV"]),
        ("model.pt", zip("archive/data.pkl"), ["PyTorch weights", "the training log"]),
        ("arrays.npz", zip("loss.npy"), ["NumPy arrays", "CSV"]),
        ("notes.docx", zip("word/document.xml"), ["a Word document", "into a spreadsheet"]),
        ("talk.pptx", zip("ppt/presentation.xml"), ["a PowerPoint presentation", "the table"]),
        ("runs.zip", zip("runs.csv"), ["a ZIP archive", "unpack it"]),
        ("runs.tar", tar, ["a tar archive", "unpack it"]),
        ("events.out.tfevents.1", events, ["a TensorBoard event file", "as CSV"]),
        ("notes.doc", [ole.as_slice(), &wide_text("WordDocument")].concat(), ["a Word document", "into a spreadsheet"]),
        ("runs.xlsx", [ole.as_slice(), &wide_text("EncryptedPackage")].concat(), ["with a password", "without one"]),
        ("runs.bin", (0..=255).collect(), ["binary data", "CSV or JSON"]),
        (
            "runs.csv",
            b"<!DOCTYPE html>\n<html><body><table><tr><td>loss</td></tr></table>".to_vec(),
            ["a web page", "download the file itself"],
        ),
        (
            "runs.csv",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n".to_vec(),
            ["a Git LFS pointer", "git lfs pull"],
        ),
        (
            "train.py",
            b"import torch\nfrom model import GPT\n\ndef main():\n    loss = 2.5\n    return loss\n".to_vec(),
            ["source code", "the table or the log that it writes"],
        ),
        ("indices.csv", format!("# row k = replicate k\n{wide}{wide}").into_bytes(), ["lists of row numbers", "holds only numbers"]),
        ("numbers.csv", b"1e9,2.5\n2e9,2.4\n".to_vec(), ["holds only numbers", "expected names of columns"]),
        (
            "params.csv",
            b"A,B,E,alpha,beta,objective\n406.4,410.7,1.69,0.34,0.28,0.001\n".to_vec(),
            ["parameters of fitted laws", "the table of runs that they were fitted to"],
        ),
        (
            "official.csv",
            b"Step,Checkpoint Directory\n300,https://example.org/step300\n".to_vec(),
            ["a list of checkpoints", "the log or the table with their losses"],
        ),
        (
            "results.json",
            br#"{"results": {"wikitext": {"alias": "wikitext", "word_perplexity,none": 18.5, "word_perplexity_stderr,none": "N/A"}}}"#.to_vec(),
            ["scores of lm-evaluation-harness", "`word_perplexity`"],
        ),
        ("runs.csv", b"".to_vec(), ["the file is empty", ""]),
        ("runs.csv", b"\xef\xbb\xbf\r\n".to_vec(), ["the file is empty", ""]),
        ("runs.csv", b"N,D,loss\n".to_vec(), ["a header and no rows", ""]),
        ("runs.csv", b"\x1f\x8b\x08\x00broken".to_vec(), ["gzip", "ask for it again"]),
    ];
    for (name, bytes, expected) in cases {
        let message = refuse(name, &bytes);
        for words in expected {
            assert!(message.contains(words), "{name}: {message:?} lacks {words:?}");
        }
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn a_look_never_hides_a_table() {
    // Names that the looks know, in a table of runs.
    let text = "checkpoint,alpha,beta,E,N,D,loss\na,1,2,3,1e9,2e10,2.5\n";
    assert_eq!(
        import("a.csv", text.as_bytes(), &ImportOptions::default())
            .unwrap()
            .table
            .points()
            .len(),
        1
    );
    let options = ImportOptions {
        columns: vec![(Role::Loss, "objective".to_owned())],
        ..ImportOptions::default()
    };
    let text = "A,B,E,alpha,beta,objective\n406.4,410.7,1.69,0.34,0.28,0.001\n";
    assert!(import("a.csv", text.as_bytes(), &options).is_ok());
}
