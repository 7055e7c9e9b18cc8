//! MLflow, the curve of a metric: a chart's CSV, or a file of its store.
//!
//! The chart's is `run_id,key,value,step,timestamp`, one value a row. The store has a file for each metric,
//! `mlruns/<experiment>/<run>/metrics/<key>`, with `timestamp value step` between spaces; metric and run are only in the
//! path, a slash in the metric makes a folder, and old files have no step.
//!
//! Limits: without a `metrics` folder in the path the file's own name is metric and run.

use super::super::tables::delimited::delimited_grid;
use super::super::tables::opening::Opening;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::list;
use crate::import::{ImportError, ImportOptions, Shape, Skipped};
use std::collections::HashMap;

/// Values of a metric over steps.
pub(in crate::import::shapes) struct MlflowMetric;

impl Layout for MlflowMetric {
    fn shape(&self) -> Shape {
        Shape::MlflowMetric
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        if is_store(source.head()) {
            return Some("lines of timestamp, value and step");
        }
        let opening = Opening::of(source)?;
        ["run_id", "key", "value", "step", "timestamp"]
            .iter()
            .all(|name| opening.has(name))
            .then_some("the columns run_id, key, value, step and timestamp")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        let first = source.text.lines().find(|line| !line.trim().is_empty());
        if first.is_some_and(|line| entry(line).is_some()) {
            read_store(&source)
        } else {
            delimited_grid(&source.text, options, source.progress).and_then(spread_keys)
        }
    }
}

/// The two or three fields of a line; later versions append the data set.
fn entry(line: &str) -> Option<[&str; 3]> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let (time, value, step) = match fields.as_slice() {
        [time, value] => (time, value, ""),
        [time, value, step, rest @ ..] if rest.len() <= 2 => (time, value, *step),
        _ => return None,
    };
    let whole = |text: &str| text.parse::<i64>().is_ok();
    // Milliseconds since 1970 have thirteen digits for the next two centuries.
    let fits = time.len() >= 12 && whole(time) && value.parse::<f64>().is_ok() && (step.is_empty() || whole(step));
    fits.then_some([time, value, step])
}

/// A damaged line among many does not make it another file.
fn is_store(head: &str) -> bool {
    let mut lines = head.lines().filter(|line| !line.trim().is_empty()).take(20).peekable();
    if lines.peek().is_none_or(|line| entry(line).is_none()) {
        return false;
    }
    let (fit, others): (Vec<&str>, Vec<&str>) = lines.partition(|line| entry(line).is_some());
    others.len() * 3 <= fit.len()
}

fn read_store(source: &Source) -> Result<Grid, ImportError> {
    let (run, key) = run_and_key(source);
    let mut grid = Grid::default();
    grid.set_headers(["timestamp", "step", key].into_iter());
    let cut = !source.text.ends_with('\n');
    let last = source.text.lines().count();
    let mut width = 0;
    for (index, line) in source.text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        grid.seen += 1;
        let fields = line.split_ascii_whitespace().count();
        let reason = match entry(line) {
            Some(_) if cut && index + 1 == last && fields < width => "the file ends inside this line",
            Some([time, value, step]) => {
                width = width.max(fields);
                grid.push(index as u64 + 1, [time, step, value]);
                continue;
            }
            None => "not a timestamp in milliseconds, a value and a step; expected `1700000000000 2.31 100`",
        };
        grid.skipped.push(Skipped {
            line: index as u64 + 1,
            column: String::new(),
            value: line.chars().take(80).collect(),
            reason: reason.to_owned(),
        });
    }
    grid.run = Some(run.to_owned());
    grid.history = true;
    Ok(grid)
}

/// Run and metric of a path.
fn run_and_key<'a>(source: &'a Source<'_>) -> (&'a str, &'a str) {
    let path = source.name.as_str();
    let above = |at: usize| path[..at].rsplit('/').next().filter(|run| !run.is_empty());
    match path.rfind("/metrics/") {
        Some(at) => {
            let key = &path[at + "/metrics/".len()..];
            (above(at).unwrap_or(key), key)
        }
        None => (source.stem(), source.stem()),
    }
}

/// A column for every key, instead of one for their names and one for their values.
fn spread_keys(mut narrow: Grid) -> Result<Grid, ImportError> {
    let (Some(key), Some(value)) = (narrow.column("key"), narrow.column("value")) else {
        return Err(ImportError::NoRuns {
            message: format!(
                "no columns `key` and `value`, as in a chart that MLflow exports; found {}",
                list(&narrow.headers)
            ),
            line: narrow.header_line,
        });
    };
    let others: Vec<usize> = (0..narrow.headers.len())
        .filter(|c| ![key, value].contains(c))
        .collect();
    let mut keys: Vec<&str> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for row in 0..narrow.len() {
        let name = narrow.cell(row, key);
        places.entry(name).or_insert_with(|| {
            keys.push(name);
            keys.len() - 1
        });
    }
    let headers: Vec<String> = others
        .iter()
        .map(|&column| narrow.headers[column].as_str())
        .chain(keys.iter().copied())
        .map(str::to_owned)
        .collect();
    let places: Vec<usize> = (0..narrow.len()).map(|row| places[narrow.cell(row, key)]).collect();
    let mut wide = narrow.rearranged();
    wide.set_headers(headers.iter().map(String::as_str));
    for (row, place) in places.into_iter().enumerate() {
        let before = others.iter().map(|&column| narrow.cell(row, column));
        let blanks = std::iter::repeat_n("", place);
        wide.push(narrow.line(row), before.chain(blanks).chain([narrow.cell(row, value)]));
    }
    if let Some(run) = wide.column("run_id") {
        wide.know(run, Role::Run, "MLflow's run");
    }
    wide.history = true;
    Ok(wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Grid {
        let source = Source::of_text(name, text);
        assert!(MlflowMetric.recognises(&source).is_some(), "{text}");
        MlflowMetric.read(source, &ImportOptions::default()).unwrap()
    }

    #[test]
    fn a_file_of_the_store() {
        let grid = read(
            "mlruns/0/abc/metrics/eval/loss",
            "1700000000000 9.5 0\n1700000001000 nan 10\noops\n1700000002000 8",
        );
        assert_eq!(
            (grid.run.as_deref(), grid.headers[2].as_str()),
            (Some("abc"), "eval/loss")
        );
        assert_eq!((grid.len(), grid.seen, grid.cell(1, 2)), (2, 4, "nan"));
        let lines: Vec<u64> = grid.skipped.iter().map(|skipped| skipped.line).collect();
        assert_eq!(lines, [3, 4]);
        let old = read("val_loss", "1700000000000 9.5\n1700000001000 9\n");
        assert_eq!((old.run.as_deref(), old.cell(0, 1)), (Some("val_loss"), ""));
    }

    #[test]
    fn a_chart() {
        let grid = read(
            "chart.csv",
            "run_id,key,value,step,timestamp\na,val_loss,3,10,17\na,lr,0.1,10,17\nb,val_loss,4,10,18\n",
        );
        assert_eq!(grid.headers, ["run_id", "step", "timestamp", "val_loss", "lr"]);
        assert_eq!((grid.cell(1, 3), grid.cell(1, 4), grid.cell(2, 3)), ("", "0.1", "4"));
        let forced = MlflowMetric.read(Source::of_text("x", "N,loss\n1,2\n"), &ImportOptions::default());
        assert!(forced.unwrap_err().to_string().contains("found `N`, `loss`"));
    }

    #[test]
    fn other_numbers_are_left_alone() {
        let recognises = |text| MlflowMetric.recognises(&Source::of_text("x", text)).is_some();
        assert!(!recognises("1 2 3\n4 5 6\n"));
        assert!(!recognises("1700000000000 2\nloss 3\n"));
        assert!(!recognises(""));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "(1700000000000|key|value|[ ,\n1.a-]){0,40}") {
            MlflowMetric.read(Source::of_text("/metrics/", &text), &ImportOptions::default()).ok();
        }
    }
}
