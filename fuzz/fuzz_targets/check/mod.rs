//! What holds for every file.

use isoloss::import::{ImportOptions, Shape, import, write_tidy};

/// Reads the bytes after the first as recognised, and as the layout that the first byte chooses.
pub fn read_both_ways(bytes: &[u8], shapes: &[Shape]) {
    let Some((choice, file)) = bytes.split_first() else {
        return;
    };
    let chosen = shapes[usize::from(*choice) % shapes.len()];
    for shape in [None, Some(chosen)] {
        read(file, shape);
    }
}

fn read(file: &[u8], shape: Option<Shape>) {
    let options = ImportOptions {
        shape,
        ..ImportOptions::default()
    };
    let Ok(imported) = import("sweep/run-a.csv", file, &options) else {
        return;
    };
    let table = imported.table;
    assert!(table.points().iter().all(|point| point.run < table.runs().len()));
    let mut tidy = Vec::new();
    write_tidy(std::slice::from_ref(&table), &mut tidy).expect("memory takes everything");
    let again = import("tidy.csv", tidy.as_slice(), &ImportOptions::default()).expect("our own file");
    assert_eq!(again.table.points().len(), table.points().len());
}
