//! Damaged look-alikes: whatever a file has become, reading it ends in runs or in an error, never in a panic.
//!
//! The same check as in `fuzz/`, on files of `tests/data` with pieces cut out, doubled, swapped and overwritten.

use isoloss::import::{ImportOptions, Shape, import, write_tidy};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// Every look-alike that is not too large to be damaged thousands of times.
static SEEDS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let mut seeds = vec![];
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data"), &mut seeds);
    seeds.sort();
    assert!(!seeds.is_empty());
    seeds
});

fn collect(folder: &Path, seeds: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, seeds);
        } else if path.metadata().unwrap().len() < 1 << 16 {
            seeds.push((path.to_string_lossy().into_owned(), fs::read(&path).unwrap()));
        }
    }
}

/// One thing that happens to files: where, how long a piece, and what.
fn damage() -> impl Strategy<Value = (prop::sample::Index, usize, u8, u8)> {
    (any::<prop::sample::Index>(), 0usize..40, 0u8..6, any::<u8>())
}

fn damaged(mut bytes: Vec<u8>, blows: &[(prop::sample::Index, usize, u8, u8)]) -> Vec<u8> {
    const TELLING: &[u8] = b",;\t|\"'\n\r{}[]:=#-. eE0NaN\xff\x00\xef";
    for (at, length, kind, byte) in blows {
        if bytes.is_empty() {
            break;
        }
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        let telling = TELLING[usize::from(*byte) % TELLING.len()];
        match kind {
            0 => drop(bytes.drain(start..end)),
            1 => {
                let piece = bytes[start..end].to_vec();
                drop(bytes.splice(start..start, piece));
            }
            2 => bytes[start..end].reverse(),
            3 => bytes[start] = telling,
            4 => bytes.insert(start, telling),
            _ => bytes.truncate(start),
        }
    }
    bytes
}

fn check(name: &str, bytes: &[u8], shape: Option<Shape>) {
    let options = ImportOptions {
        shape,
        ..ImportOptions::default()
    };
    if let Ok(imported) = import(name, bytes, &options) {
        let table = imported.table;
        assert!(table.points().iter().all(|point| point.run < table.runs().len()));
        let mut tidy = vec![];
        write_tidy(std::slice::from_ref(&table), &mut tidy).unwrap();
        let again = import("tidy.csv", tidy.as_slice(), &ImportOptions::default()).unwrap();
        let (found, wanted) = (again.table.points().len(), table.points().len());
        assert_eq!(
            found,
            wanted,
            "{}\n{:?}",
            String::from_utf8_lossy(&tidy),
            again.report.skipped
        );
    }
}

/// A thousand damaged files, or as many as `PROPTEST_CASES` asks for: minutes of it are a fuzzer without guidance.
fn config() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if asked { ProptestConfig::default().cases } else { 1024 },
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_files_are_read_or_refused(
        seed in any::<prop::sample::Index>(),
        blows in prop::collection::vec(damage(), 0..8),
    ) {
        let (name, bytes) = &SEEDS[seed.index(SEEDS.len())];
        check(name, &damaged(bytes.clone(), &blows), None);
    }

    #[test]
    fn a_wrong_layout_is_refused_or_read(
        seed in any::<prop::sample::Index>(),
        shape in any::<prop::sample::Index>(),
        blows in prop::collection::vec(damage(), 0..3),
    ) {
        let (name, bytes) = &SEEDS[seed.index(SEEDS.len())];
        let shapes = Shape::ALL;
        check(name, &damaged(bytes.clone(), &blows), Some(shapes[shape.index(shapes.len())]));
    }
}
