//! Look-alikes of the files that trackers, trainers and spreadsheets write, each beside the points it must give.
//!
//! `tests/data/SHAPE.ext` and `tests/data/SHAPE-VARIANT.ext` are read as they stand; `….expected.csv` beside each is what
//! `isoloss import FILE --points all --out` writes. The file's name up to the first `.` or `-` says which shape must be
//! recognised. A folder of a shape's name holds files whose own names matter.

use isoloss::import::{ImportOptions, import, write_tidy};
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Files with an expectation beside them.
fn fixtures(folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(fixtures(&path));
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".expected.csv") {
            continue;
        }
        let stem = name.split_once('.').map_or(name.as_str(), |(stem, _)| stem);
        let expected = path.with_file_name(format!("{stem}.expected.csv"));
        assert!(expected.exists(), "{} has no expectation beside it", path.display());
        found.push((path, expected));
    }
    found.sort();
    found
}

/// `tests/data/mlflow_metric/…/loss` and `tests/data/mlflow_metric-chart.csv` are both `mlflow_metric`.
fn shape_of(path: &Path) -> String {
    let relative = path.strip_prefix(folder()).unwrap();
    let first = relative
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    first.split(['.', '-']).next().unwrap().to_owned()
}

#[test]
fn every_look_alike_gives_its_points() {
    let mut problems = vec![];
    let mut shapes = vec![];
    for (path, expected) in fixtures(&folder()) {
        let name = path
            .strip_prefix(env!("CARGO_MANIFEST_DIR"))
            .unwrap()
            .display()
            .to_string();
        let file = fs::File::open(&path).unwrap();
        let imported = match import(&name, file, &ImportOptions::default()) {
            Ok(imported) => imported,
            Err(error) => {
                problems.push(format!("{name}: {error}"));
                continue;
            }
        };
        let shape = serde_json::to_value(imported.report.shape).unwrap();
        if shape != shape_of(&path) {
            problems.push(format!("{name}: recognised as {shape}"));
        }
        shapes.push(shape.as_str().unwrap().to_owned());
        let mut bytes = vec![];
        write_tidy(std::slice::from_ref(&imported.table), &mut bytes).unwrap();
        let (found, wanted) = (
            String::from_utf8(bytes).unwrap(),
            fs::read_to_string(&expected).unwrap(),
        );
        if found != wanted {
            let report = &imported.report;
            problems.push(format!(
                "{name}: expected\n{wanted}found\n{found}notes {:#?}\nskipped {:#?}",
                report.notes, report.skipped
            ));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    assert!(!shapes.is_empty());
}
