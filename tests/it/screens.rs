//! The window as it is painted, view by view in both themes, against pictures of earlier.
//!
//! Behind a feature, as it needs a display (`xvfb-run` is one): `cargo test --features window-pictures screens`. Drivers paint
//! text and lines a little differently, and a number of milliseconds is never the same twice; so what is compared is small and
//! grey, cell by cell with some patience. `ISOLOSS_PAINT=1` writes the pictures anew.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Cells across and down.
const CELLS: [usize; 2] = [128, 80];
/// How far cells may be off on average, and how many by how much at the most, of 255 and of all cells.
const MEAN: f64 = 2.0;
const FAR: u8 = 40;
const FAR_CELLS: usize = 100;

fn screenshot(folder: &Path, view: &str, theme: &str) -> PathBuf {
    let path = folder.join(format!("{view}-{theme}.png"));
    let status = Command::new(env!("CARGO_BIN_EXE_isoloss"))
        .args(["--size", "1280x800", "--view", view, "--theme", theme, "--screenshot"])
        .arg(&path)
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("WAYLAND_DISPLAY", "")
        // The window must not remember another size.
        .env("XDG_DATA_HOME", folder.join("data"))
        .status()
        .unwrap();
    assert!(status.success(), "no picture of {view}, {theme}");
    path
}

/// Mean grey of every cell.
fn cells(path: &Path) -> Vec<u8> {
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let about = reader.next_frame(&mut bytes).unwrap();
    let channels = about.color_type.samples();
    let (width, height) = (about.width as usize, about.height as usize);
    let mean = |column: usize, row: usize| {
        let (left, right) = (column * width / CELLS[0], (column + 1) * width / CELLS[0]);
        let (top, bottom) = (row * height / CELLS[1], (row + 1) * height / CELLS[1]);
        let places = (top..bottom).flat_map(|y| (left..right).map(move |x| (y * width + x) * channels));
        let grey = places.map(|at| bytes[at..at + 3].iter().map(|c| f64::from(*c)).sum::<f64>() / 3.0);
        (grey.sum::<f64>() / ((right - left) * (bottom - top)) as f64).round() as u8
    };
    (0..CELLS[1])
        .flat_map(|row| (0..CELLS[0]).map(move |column| mean(column, row)))
        .collect()
}

fn written(cells: &[u8]) -> String {
    let rows = cells.chunks(CELLS[0]);
    let row = |row: &[u8]| row.iter().map(|grey| format!("{grey:02x}")).collect::<String>() + "\n";
    rows.map(row).collect()
}

fn read(text: &str) -> Vec<u8> {
    let row = |line: &str| -> Vec<u8> {
        let pairs = line.as_bytes().chunks(2);
        pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    };
    text.lines().flat_map(row).collect()
}

#[test]
fn the_window_looks_as_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = vec![];
    for view in ["isoloss", "isoflop", "frontier", "loss-c", "overfit", "residuals"] {
        for theme in ["light", "dark"] {
            let found = cells(&screenshot(folder.path(), view, theme));
            let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/screens/{view}-{theme}.txt"));
            if std::env::var_os("ISOLOSS_PAINT").is_some() {
                std::fs::write(kept, written(&found)).unwrap();
                continue;
            }
            let expected = read(&std::fs::read_to_string(kept).unwrap());
            assert_eq!(found.len(), expected.len());
            let off: Vec<u8> = found.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).collect();
            let mean = off.iter().map(|off| f64::from(*off)).sum::<f64>() / off.len() as f64;
            let far = off.iter().filter(|off| **off > FAR).count();
            if mean > MEAN || far > FAR_CELLS {
                wrong.push(format!(
                    "{view}, {theme}: {mean:.2} of 255 on average, {far} cells far off"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
