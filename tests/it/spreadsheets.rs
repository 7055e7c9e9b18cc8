//! Workbooks and packed files, written here and read back.

use isoloss::import::{ImportError, ImportOptions, Imported, Shape, import};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use std::io::Write;

fn read(bytes: &[u8]) -> Imported {
    import("sweep.xlsx", bytes, &ImportOptions::default()).unwrap()
}

fn on_sheet(bytes: &[u8], sheet: &str) -> Result<Imported, ImportError> {
    let options = ImportOptions {
        sheet: Some(sheet.to_owned()),
        ..ImportOptions::default()
    };
    import("sweep.xlsx", bytes, &options)
}

/// N, D, C and L of a point.
fn values(imported: &Imported, point: usize) -> [Option<f64>; 4] {
    ["N", "D", "C", "L"].map(|name| imported.table.number(point, name))
}

fn notes(imported: &Imported) -> String {
    imported.report.notes.join("\n")
}

/// A workbook as colleagues keep them: notes first, a title, groups and units above, a merged size, a mean below.
fn sweep() -> Vec<u8> {
    let plain = Format::new();
    let mut book = Workbook::new();
    let remarks = book.add_worksheet().set_name("Read me").unwrap();
    remarks.write(0, 0, "Runs of the second sweep").unwrap();
    let hidden = book.add_worksheet().set_name("Old").unwrap();
    hidden.set_hidden(true);
    hidden.write_row(0, 0, ["N", "D", "loss"]).unwrap();
    hidden.write_row(1, 0, [1e9, 2e10, 9.9]).unwrap();
    let runs = book.add_worksheet().set_name("Runs").unwrap();
    runs.write(0, 1, "Sweep of 2025-10-13").unwrap();
    runs.write_row(2, 1, ["run", "N", "Tokens", "val loss", "started", "done", "note"])
        .unwrap();
    runs.write_row(3, 1, ["", "(M)", "(B)", "(nats)"]).unwrap();
    for (index, (name, tokens, loss)) in [("a", 0.5, 3.912), ("b", 1.0, 0.1 + 0.2 + 3.0), ("c", 2.0, 2.981)]
        .into_iter()
        .enumerate()
    {
        let row = 4 + index as u32;
        runs.write(row, 1, name).unwrap();
        runs.write(row, 3, tokens).unwrap();
        runs.write(row, 4, loss).unwrap();
        let day = ExcelDateTime::from_ymd(2025, 10, 13 + index as u8).unwrap();
        runs.write_with_format(row, 5, &day, &Format::new().set_num_format("yyyy-mm-dd"))
            .unwrap();
        runs.write(row, 6, index != 1).unwrap();
    }
    runs.merge_range(4, 2, 6, 2, "", &plain).unwrap();
    runs.write_with_format(4, 2, 25, &plain).unwrap();
    runs.write(7, 1, "d").unwrap();
    runs.write(7, 4, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    runs.write(8, 1, "Mean").unwrap();
    runs.write(8, 4, 3.3).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn the_first_sheet_with_a_loss_is_read_as_any_table() {
    let imported = read(&sweep());
    let report = &imported.report;
    assert_eq!((report.shape, report.encoding.as_str()), (Shape::Spreadsheet, ""));
    assert_eq!(report.sheets, ["Read me", "Old", "Runs"]);
    assert!(
        notes(&imported).contains("sheets `Read me`, `Old`, `Runs`: read `Runs`"),
        "{}",
        notes(&imported)
    );
    assert!(notes(&imported).contains("line 4 holds units"), "{}", notes(&imported));
    assert!(notes(&imported).contains("`N (M)` (2)"), "{}", notes(&imported));
    assert_eq!(imported.table.points().len(), 3);
    assert_eq!(
        values(&imported, 0),
        [Some(25e6), Some(0.5e9), Some(6.0 * 25e6 * 0.5e9), Some(3.912)]
    );
    // Every digit of the sheet's own float, and the size that was merged over three rows.
    assert_eq!(values(&imported, 1)[..2], [Some(25e6), Some(1e9)]);
    assert_eq!(values(&imported, 1)[3], Some(0.1 + 0.2 + 3.0));
    assert_eq!(imported.table.points().get(2).line, 7);
    let text = |name: &str| {
        let column = imported.table.columns().iter().find(|c| c.name == name).unwrap();
        assert!(!column.is_numeric(), "{name} holds numbers");
        column.text(1).to_owned()
    };
    assert_eq!(
        (text("started").as_str(), text("done").as_str()),
        ("2025-10-14", "FALSE")
    );
    let skipped: Vec<(u64, &str)> = report.skipped.iter().map(|s| (s.line, s.value.as_str())).collect();
    assert_eq!(skipped[0], (8, "#DIV/0!"));
    assert_eq!(skipped[1].0, 9);
    assert!(report.skipped[1].reason.contains("sums up"));
}

#[test]
fn a_sheet_by_name() {
    let old = on_sheet(&sweep(), "old").unwrap();
    assert_eq!(values(&old, 0)[3], Some(9.9));
    let error = on_sheet(&sweep(), "Rums").unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("options", "no sheet `Rums`; found `Read me`, `Old`, `Runs`")
    );
    let error = on_sheet(&sweep(), "Read me").unwrap_err().to_string();
    assert!(error.contains("none is a loss") || error.contains("no rows"), "{error}");
}

#[test]
fn numbers_that_came_in_as_text() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["N", "D", "loss"]).unwrap();
    for (row, (n, d, loss)) in [(25e6, "500.000.000", "3,912"), (85e6, "1,7E+09", "3,425")]
        .into_iter()
        .enumerate()
    {
        let row = row as u32 + 1;
        sheet.write(row, 0, n).unwrap();
        sheet.write(row, 1, d).unwrap();
        sheet.write(row, 2, loss).unwrap();
    }
    // A number among the texts is read as the number that it is.
    sheet.write_row(3, 0, [350e6, 7e9, 2.981]).unwrap();
    let options = ImportOptions {
        decimals: vec![("loss".to_owned(), ',')],
        ..ImportOptions::default()
    };
    let imported = import("sweep.xlsx", book.save_to_buffer().unwrap().as_slice(), &options).unwrap();
    let read: Vec<_> = (0..3).map(|point| values(&imported, point)).collect();
    assert_eq!(read[0][..2], [Some(25e6), Some(5e8)]);
    assert_eq!(
        [read[0][3], read[1][1], read[2][3]],
        [Some(3.912), Some(1.7e9), Some(2.981)]
    );
}

#[test]
fn workbooks_that_cannot_be_read_are_refused() {
    let whole = sweep();
    for cut in [whole.len() / 3, whole.len() - 40] {
        let error = import("a.xlsx", &whole[..cut], &ImportOptions::default()).unwrap_err();
        assert_eq!(error.code(), "binary", "{error}");
    }
    // Damage anywhere is an error or is read, and never a panic.
    for place in (0..whole.len()).step_by(97) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        import("a.xlsx", damaged.as_slice(), &ImportOptions::default()).ok();
    }
    let mut book = Workbook::new();
    book.add_worksheet();
    let error = import(
        "a.xlsx",
        book.save_to_buffer().unwrap().as_slice(),
        &ImportOptions::default(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("no header"), "{error}");
}

#[test]
fn far_corners_cost_no_memory() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["N", "D", "loss"]).unwrap();
    sheet.write_row(1, 0, [1e9, 2e10, 2.5]).unwrap();
    sheet.write(1_048_575, 16_383, "end").unwrap();
    assert_eq!(read(&book.save_to_buffer().unwrap()).table.points().len(), 1);
}

#[test]
fn packed_files_are_read_by_their_first_bytes() {
    let pack = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let packed = pack(b"N,D,loss\n1e9,2e10,2.5\n");
    let imported = import("data/sweep.csv.gz", packed.as_slice(), &ImportOptions::default()).unwrap();
    let plain = import(
        "data/sweep.csv",
        b"N,D,loss\n1e9,2e10,2.5\n".as_slice(),
        &ImportOptions::default(),
    )
    .unwrap();
    assert_eq!(
        (imported.table.name.as_str(), imported.table.points()),
        ("sweep", plain.table.points())
    );
    assert_ne!(imported.hash, plain.hash);
    // A workbook inside, under a name that says nothing.
    let inside = import("download", pack(&sweep()).as_slice(), &ImportOptions::default()).unwrap();
    assert_eq!(
        (inside.report.shape, inside.table.points().len()),
        (Shape::Spreadsheet, 3)
    );
    let cut = import("a.csv.gz", &packed[..packed.len() - 4], &ImportOptions::default()).unwrap();
    assert!(notes(&cut).contains("breaks off"));
}

/// A ZIP archive whose members are stored as they are.
fn stored(members: &[(&str, &str)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (vec![], vec![]);
    for (name, text) in members {
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        let offset = bytes.len() as u32;
        // Version, flags, method, time and date; then what both headers share.
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc.sum().to_le_bytes());
        common.extend((text.len() as u32).to_le_bytes().repeat(2));
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.bytes().chain(text.bytes()));
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.bytes());
    }
    let start = bytes.len() as u32;
    let count = (members.len() as u16).to_le_bytes();
    let end = [
        b"PK\x05\x06\0\0\0\0".as_slice(),
        &count,
        &count,
        &(directory.len() as u32).to_le_bytes(),
        &start.to_le_bytes(),
        &[0, 0],
    ];
    [bytes, directory, end.concat()].concat()
}

#[test]
fn open_document() {
    let number = |value: &str| format!("<table:table-cell office:value-type=\"float\" office:value=\"{value}\"/>");
    let text = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let row = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content \
         xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet>\
         <table:table table:name=\"Läufe\">{}{}{}</table:table></office:spreadsheet></office:body></office:document-content>",
        row(&["run", "N", "D", "loss"].map(text)),
        row(&[text("a"), number("25000000"), number("5e8"), number("3.912")]),
        row(&[text("b"), number("85000000"), number("1.7e9"), text("NaN")]),
    );
    let manifest = "<?xml version=\"1.0\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    let bytes = stored(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", &content),
        ("META-INF/manifest.xml", manifest),
    ]);
    let imported = read(&bytes);
    assert_eq!(imported.report.sheets, ["Läufe"]);
    assert_eq!(
        values(&imported, 0),
        [Some(25e6), Some(5e8), Some(6.0 * 25e6 * 5e8), Some(3.912)]
    );
    assert!(imported.table.points().get(1).diverged);
}

/// An old workbook: its stream of records in a compound file of 512-byte sectors.
fn compound(stream: &[u8]) -> Vec<u8> {
    const FREE: u32 = 0xffff_ffff;
    const END: u32 = 0xffff_fffe;
    // Short streams live elsewhere; zeros after the last record do no harm.
    let mut stream = stream.to_vec();
    stream.resize(stream.len().max(4096).next_multiple_of(512), 0);
    let sectors = stream.len() as u32 / 512;
    let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    header.extend([0; 16]);
    for half in [0x3eu16, 3, 0xfffe, 9, 6, 0, 0, 0] {
        header.extend(half.to_le_bytes());
    }
    // No directory count, one table of sectors, the directory in sector 1, no short streams, the table in sector 0.
    for word in [0, 1, 1, 0, 4096, END, 0, END, 0, 0] {
        header.extend(u32::to_le_bytes(word));
    }
    header.resize(512, 0xff);
    let mut table: Vec<u32> = vec![0xffff_fffd, END];
    table.extend((1..sectors).map(|next| next + 2));
    table.push(END);
    table.resize(128, FREE);
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: u32| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(64, 0);
        entry.extend((name.len() as u16 * 2 + 2).to_le_bytes());
        entry.extend([kind, 1]);
        entry.extend([FREE, FREE, child].into_iter().flat_map(u32::to_le_bytes));
        entry.extend([0; 36]);
        entry.extend([start, size, 0].into_iter().flat_map(u32::to_le_bytes));
        entry
    };
    let mut directory = entry("Root Entry", 5, 1, END, 0);
    directory.extend(entry("Workbook", 2, FREE, 2, stream.len() as u32));
    directory.resize(512, 0);
    let table: Vec<u8> = table.into_iter().flat_map(u32::to_le_bytes).collect();
    [header, table, directory, stream].concat()
}

/// One record of the old binary format.
fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes(), &(body.len() as u16).to_le_bytes(), body].concat()
}

#[test]
fn old_workbooks() {
    let begin = |kind: u16| {
        record(
            0x809,
            &[0x600u16, kind, 0, 0, 0, 0, 0, 0].map(u16::to_le_bytes).concat(),
        )
    };
    let label = |row: u16, column: u16, text: &str| {
        let head = [row, column, 0, text.len() as u16].map(u16::to_le_bytes).concat();
        record(0x204, &[head, vec![0], text.bytes().collect()].concat())
    };
    let number = |row: u16, column: u16, value: f64| {
        let head = [row, column, 0].map(u16::to_le_bytes).concat();
        record(0x203, &[head, value.to_le_bytes().to_vec()].concat())
    };
    let mut sheet = begin(0x10);
    for (column, name) in ["N", "D", "loss"].iter().enumerate() {
        sheet.extend(label(0, column as u16, name));
    }
    for (column, value) in [25e6, 5e8, 3.912].iter().enumerate() {
        sheet.extend(number(1, column as u16, *value));
    }
    sheet.extend(record(0x0a, &[]));
    let bound = |offset: u32| {
        record(
            0x85,
            &[&offset.to_le_bytes(), [0, 0, 4, 0].as_slice(), b"Runs"].concat(),
        )
    };
    let head = [begin(5), bound(0), record(0x0a, &[])].concat().len() as u32;
    let stream = [begin(5), bound(head), record(0x0a, &[]), sheet].concat();
    let imported = read(&compound(&stream));
    assert_eq!(imported.report.sheets, ["Runs"]);
    assert_eq!(
        values(&imported, 0),
        [Some(25e6), Some(5e8), Some(6.0 * 25e6 * 5e8), Some(3.912)]
    );
}
