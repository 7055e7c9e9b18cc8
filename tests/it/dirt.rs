//! What is wrong with tables that people kept by hand, and what becomes of it.

use isoloss::import::{ImportOptions, Imported, import};

fn read_with(text: &str, options: &ImportOptions) -> Imported {
    import("sweep.csv", text.as_bytes(), options).unwrap()
}

fn read(text: &str) -> Imported {
    read_with(text, &ImportOptions::default())
}

fn losses(imported: &Imported) -> Vec<Option<f64>> {
    imported
        .table
        .points()
        .iter()
        .map(|point| point.loss.map(|loss| loss.0))
        .collect()
}

fn reasons(imported: &Imported) -> Vec<(u64, &str)> {
    imported
        .report
        .skipped
        .iter()
        .map(|skipped| (skipped.line, skipped.reason.as_str()))
        .collect()
}

#[test]
fn an_undecided_comma_is_marked_and_can_be_decided() {
    let text = "N;width;loss\n25e6;1,250;3.5\n85e6;1,500;3.4\n";
    let width = |imported: &Imported| imported.table.number(0, "width");
    let guessed = read(text);
    let marked: Vec<bool> = guessed.report.columns.iter().map(|column| column.ambiguous).collect();
    assert_eq!((width(&guessed), marked), (Some(1250.0), vec![false, true, false]));
    let json = serde_json::to_string(&guessed.report).unwrap();
    assert_eq!(json.matches("ambiguous").count(), 1);
    let decided = read_with(
        text,
        &ImportOptions {
            decimals: vec![("width".to_owned(), ',')],
            ..ImportOptions::default()
        },
    );
    assert_eq!((width(&decided), losses(&decided)[0]), (Some(1.25), Some(3.5)));
    assert!(decided.report.columns.iter().all(|column| !column.ambiguous));
    // One for the file, another for a column.
    let both = read_with(
        "N;width;loss\n25e6;1,250;3,512\n",
        &ImportOptions {
            decimal: Some(','),
            decimals: vec![("width".to_owned(), '.')],
            ..ImportOptions::default()
        },
    );
    assert_eq!((width(&both), losses(&both)[0]), (Some(1250.0), Some(3.512)));
    let wrong = |name: &str, mark| {
        let options = ImportOptions {
            decimals: vec![(name.to_owned(), mark)],
            ..ImportOptions::default()
        };
        import("a.csv", text.as_bytes(), &options).unwrap_err().to_string()
    };
    assert!(wrong("depth", ',').starts_with("no column `depth`"));
    assert!(wrong("width", '\'').contains("decimal mark"));
}

#[test]
fn totals_are_no_runs() {
    let imported = read("run,N,loss\na,1e6,4\nb,2e6,3\n\nMean:,1.5e6,3.5\nGrand total,3e6,\n");
    assert_eq!(losses(&imported), [Some(4.0), Some(3.0)]);
    assert_eq!(
        reasons(&imported),
        [
            (5, "sums up other rows; expected a run"),
            (6, "sums up other rows; expected a run")
        ]
    );
    // A column of labels is one even where it says `mean`.
    assert_eq!(
        losses(&read("pooling,N,loss\nmean,1e6,4\nmax,1e6,3\nmean,2e6,3\n")).len(),
        3
    );
}

#[test]
fn joined_files_may_order_their_columns_anew() {
    let imported = read("run,N,loss\na,1e6,4\nloss,N,run,lr\n3,2e6,b,1e-3\nrun,N,loss\nc,4e6,2\n");
    assert_eq!(losses(&imported), [Some(4.0), Some(3.0), Some(2.0)]);
    assert_eq!(
        (imported.table.run_name(1), imported.table.number(1, "lr")),
        ("b", Some(1e-3))
    );
    assert_eq!(imported.table.number(2, "lr"), None);
    assert!(
        imported
            .report
            .notes
            .iter()
            .any(|note| note.contains("in another order"))
    );
    // A run called after a column is a run.
    assert_eq!(losses(&read("run,N,loss\nloss,1e6,4\nN,1e6,3\n")).len(), 2);
}

#[test]
fn spaces_separate() {
    let text = "run   N    D   loss\na   1e6  2e7   4.1\nb   2e6  4e7   3.9\n";
    let imported = read(text);
    assert_eq!(
        (imported.report.delimiter.as_str(), losses(&imported)),
        (" ", vec![Some(4.1), Some(3.9)])
    );
    let asked = |text| {
        let options = ImportOptions {
            delimiter: Some(' '),
            ..ImportOptions::default()
        };
        import("a.csv", str::as_bytes(text), &options)
    };
    assert_eq!(losses(&asked("N,x loss\n1e6,5 4.1\n").unwrap()), [Some(4.1)]);
    assert_eq!(asked("nothing here\n").unwrap_err().code(), "options");
}

#[test]
fn placeholders_for_no_value_are_reported() {
    let imported = read("N,D,C,loss\n1e6,0.0,-1,4\n-1,2e7,0,3\n1e6,2e7,1.2e14,3\n");
    assert_eq!(imported.table.points().len(), 3);
    let cells: Vec<(u64, &str)> = imported
        .report
        .skipped
        .iter()
        .map(|skipped| (skipped.line, skipped.column.as_str()))
        .collect();
    assert_eq!(cells, [(2, "D"), (2, "C"), (3, "N"), (3, "C")]);
    assert!(
        reasons(&imported)
            .iter()
            .all(|(_, reason)| reason.starts_with("not positive; expected"))
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_importer_panic(text in "(N|loss|run|log C|Mean|[0-9.,;# \"\n\t()-]|\n\n|é|1e9|\\{|\\[|:|null){0,80}") {
        import("sweep.csv", text.as_bytes(), &ImportOptions::default()).ok();
        let spaced = ImportOptions { delimiter: Some(' '), ..ImportOptions::default() };
        import("sweep.csv", text.as_bytes(), &spaced).ok();
    }
}
