//! A log of training as delimited text: a step or iteration column, and losses.
//!
//! Many tables have a step column; this one is a history only where its rows are records over time: every run has several
//! steps, or nothing in the table tells runs apart and the steps never start over. The run is then called after the file.
//! Rows of one step belong together, so that training and validation may be logged in rows of their own.
//!
//! Limits: sizes and compute beside an unnamed run are taken for a table of runs; so is a text column with repeated words.

use super::delimited::delimited_grid;
use super::opening::Opening;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::header::words;
use crate::import::numbers::is_missing;
use crate::import::roles::role_of;
use crate::import::{ImportError, ImportOptions, Shape};
use csv::StringRecord;
use std::collections::{HashMap, HashSet};

/// Names of files that say nothing of the run in them.
const NAMELESS: [&str; 9] = [
    "metrics",
    "log",
    "logs",
    "progress",
    "history",
    "output",
    "main",
    "train",
    "training_log",
];

/// Folders that hold files of many runs.
const SHARED: [&str; 7] = ["data", "logs", "downloads", "results", "exports", "csv", "tmp"];

/// Words of settings: rows in which they differ are of different runs.
const SETTINGS: [&str; 16] = [
    "layers", "layer", "dim", "width", "depth", "heads", "head", "hidden", "seed", "ffn", "vocab", "model", "size",
    "config", "batch", "seq",
];

/// `step,train_loss,val_loss`.
pub(in crate::import::shapes) struct History;

impl Layout for History {
    fn shape(&self) -> Shape {
        Shape::History
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let opening = Opening::of(source)?;
        if lists_checkpoints(&opening) {
            return Some("steps and where checkpoints are");
        }
        let roles: Vec<Option<Role>> = opening.headers.iter().map(|name| role_of(name)).collect();
        let position = |wanted: Role| roles.iter().position(|role| *role == Some(wanted));
        let step = position(Role::Step)?;
        position(Role::Loss).or_else(|| position(Role::TrainLoss))?;
        let rows: Vec<StringRecord> = opening.rows().collect();
        let run = position(Role::Run);
        let one_each = (0..opening.headers.len())
            .all(|column| Some(column) == run || !tells_runs_apart(&opening.headers[column], &rows, column, run));
        if let Some(run) = run {
            return (one_each && has_several_steps(&rows, run, step)).then_some("several steps of each run");
        }
        let of_a_size = [Role::Params, Role::ParamsNonEmbedding, Role::Flops, Role::UniqueTokens];
        let one_run = one_each
            && of_a_size.into_iter().all(|role| position(role).is_none())
            && !starts_over(&rows, step)
            && (position(Role::Tokens).is_none() || is_regular(&rows, step));
        one_run.then_some("steps and losses of one run")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        if let Some(opening) = Opening::of(&source).filter(lists_checkpoints) {
            let found: Vec<String> = opening.headers.iter().map(|name| format!("`{name}`")).collect();
            return Err(ImportError::NoRuns {
                message: format!(
                    "this looks like a list of checkpoints ({}), without a loss; open the log or the tracker's export of that run instead, or add a column with the loss of each step",
                    found.join(", ")
                ),
                line: Some(1),
            });
        }
        records_of(&source, options)
    }
}

/// Reads a file of one run, or of runs that a column names, as records of training.
pub(in crate::import::shapes) fn records_of(source: &Source, options: &ImportOptions) -> Result<Grid, ImportError> {
    let mut grid = delimited_grid(&source.text, options, source.progress)?;
    grid.run = Some(run_name(source));
    grid.history = true;
    Ok(grid)
}

/// The run that a file is called after: its own name, or that of its folder where a tool always uses the same name.
pub(in crate::import::shapes) fn run_name(source: &Source) -> String {
    let stem = source.stem();
    let among = |names: &[&str], text: &str| names.iter().any(|name| text.eq_ignore_ascii_case(name));
    let mut folders = source
        .name
        .rsplit('/')
        .skip(1)
        .filter(|folder| !matches!(*folder, "" | "." | ".."));
    match folders.next() {
        Some(folder) if among(&NAMELESS, stem) && !among(&SHARED, folder) => match folders.next() {
            // Lightning counts versions below the folder that has the name.
            Some(above) if folder.starts_with("version_") && above != "lightning_logs" => format!("{above}/{folder}"),
            _ => folder.to_owned(),
        },
        _ => stem.to_owned(),
    }
}

/// Steps beside paths or addresses, and nothing measured.
fn lists_checkpoints(opening: &Opening) -> bool {
    let place = |name: &String| {
        words(name).iter().any(|word| {
            matches!(
                word.as_str(),
                "checkpoint" | "checkpoints" | "ckpt" | "directory" | "path" | "url"
            )
        })
    };
    let step = |name: &String| role_of(name) == Some(Role::Step);
    let headers = &opening.headers;
    headers.len() > 1
        && headers.iter().any(step)
        && headers
            .iter()
            .all(|name| step(name) || (place(name) && role_of(name).is_none()))
}

/// Whether each run has several rows, on average, with steps of their own.
fn has_several_steps(rows: &[StringRecord], run: usize, step: usize) -> bool {
    let cell = |row: &StringRecord, column: usize| row.get(column).unwrap_or("").trim().to_owned();
    let runs: HashSet<String> = rows.iter().map(|row| cell(row, run)).collect();
    let records: HashSet<(String, String)> = rows.iter().map(|row| (cell(row, run), cell(row, step))).collect();
    records.len() >= runs.len() * 2
}

/// Whether a column holds something that belongs to a run as a whole (its size, a setting, words that come again) and yet
/// differs among the rows of one run; among all rows where no column names the runs.
fn tells_runs_apart(header: &str, rows: &[StringRecord], column: usize, run: Option<usize>) -> bool {
    let role = role_of(header);
    if matches!(role, Some(Role::Loss | Role::TrainLoss | Role::Lr | Role::Step)) {
        return false;
    }
    let cell = |row: &StringRecord, column: usize| row.get(column).unwrap_or("").trim().to_owned();
    let mut values: HashMap<String, HashSet<String>> = HashMap::new();
    let (mut filled, mut text) = (0, 0);
    for row in rows {
        let value = cell(row, column);
        if !value.is_empty() {
            filled += 1;
            let number = value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
            // `nan` is a number that failed.
            text += usize::from(!number && value.parse::<f64>().is_err() && !is_missing(&value));
            values
                .entry(run.map_or(String::new(), |run| cell(row, run)))
                .or_default()
                .insert(value);
        }
    }
    let distinct: HashSet<&String> = values.values().flatten().collect();
    let repeated_text = text * 2 > filled && distinct.len() < filled;
    let of_the_run = matches!(role, Some(Role::Params | Role::ParamsNonEmbedding | Role::UniqueTokens))
        || words(header).iter().any(|word| SETTINGS.contains(&word.as_str()));
    (of_the_run || repeated_text) && values.values().any(|values| values.len() > 1)
}

/// Whether the steps return to their beginning: a restart goes back to a checkpoint, another run to its start.
fn starts_over(rows: &[StringRecord], step: usize) -> bool {
    let mut first: Option<f64> = None;
    let mut before = f64::NEG_INFINITY;
    for step in rows.iter().filter_map(|row| row.get(step)?.trim().parse::<f64>().ok()) {
        match first {
            Some(first) if step <= first && before > first => return true,
            Some(_) => {}
            None => first = Some(step),
        }
        before = step;
    }
    false
}

/// Whether most steps are equally far apart, as a logger's are and those of chosen runs are not.
fn is_regular(rows: &[StringRecord], step: usize) -> bool {
    let steps: Vec<f64> = rows
        .iter()
        .filter_map(|row| row.get(step)?.trim().parse().ok())
        .collect();
    let mut gaps: Vec<f64> = steps
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|gap| *gap > 0.0)
        .collect();
    gaps.sort_by(f64::total_cmp);
    let Some(&middle) = gaps.get(gaps.len() / 2) else {
        return false;
    };
    let alike = gaps
        .iter()
        .filter(|gap| (**gap - middle).abs() <= middle * 0.01)
        .count();
    gaps.len() >= 8 && alike * 2 > gaps.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognises(text: &str) -> bool {
        History.recognises(&Source::of_text("x.csv", text)).is_some()
    }

    #[test]
    fn records_over_time() {
        assert!(recognises("step,loss\n0,10\n100,5\n200,4\n"));
        assert!(recognises(
            "iter;train loss;val loss;lr\n0;10;;1e-3\n0;;10;\n100;5;;1e-3\n"
        ));
        assert!(recognises(
            "run,step,params,loss\na,1,1e6,3\na,2,1e6,2\nb,1,1e7,3\nb,2,1e7,2\n"
        ));
        assert!(recognises(
            "time,step,loss\n2024-01-01,1,3\n2024-01-02,2,nan\n2024-01-03,3,nan\n"
        ));
        // A restart goes back, not to the beginning.
        assert!(recognises("step,loss\n0,10\n100,5\n200,4\n100,5.1\n200,4.1\n"));
        let rows: Vec<String> = (1..12).map(|i| format!("{},{},3\n", i * 10, i * 1000)).collect();
        assert!(recognises(&format!("step,tokens,loss\n{}", rows.concat())));
    }

    #[test]
    fn tables_of_runs_are_left_alone() {
        for text in [
            "N,D,loss,step\n1e6,1e7,3,100\n1e7,1e8,2.5,200\n",
            "run,step,loss\na,100,3\nb,200,2\nc,300,1\n",
            "model,step,loss\nA,100,3\nA,200,2\nB,300,1\n",
            "d_model,step,loss\n64,100,3\n128,200,2\n",
            "batch_size,steps,loss\n64,100,3\n128,200,2\n",
            "lr,step,loss\n1e-3,100,3\n1e-3,200,2.8\n3e-4,100,3.1\n3e-4,200,3\n",
            "steps,tokens,loss\n100,1e6,3\n200,2e6,2.5\n400,4e6,2.2\n800,8e6,2.0\n",
            "name,step,params,loss\nfamily,1,1e6,3\nfamily,2,1e6,2\nfamily,1,1e7,3\nfamily,2,1e7,2\n",
            "step,lr\n1,2\n2,2\n",
            "params,loss\n1,2\n",
        ] {
            assert!(!recognises(text), "{text}");
        }
    }

    #[test]
    fn a_curve_is_called_after_its_file() {
        let read = |name, text| records_of(&Source::of_text(name, text), &ImportOptions::default()).unwrap();
        let one = read("runs/190M-1xC.csv", "step,loss\n0,10\n100,5\n");
        assert_eq!((one.run.as_deref(), one.history), (Some("190M-1xC"), true));
    }

    #[test]
    fn names_of_runs() {
        let name = |path| run_name(&Source::of_text(path, ""));
        assert_eq!(name("a/d512.csv"), "d512");
        assert_eq!(name("metrics.csv"), "metrics");
        assert_eq!(name("./metrics.csv"), "metrics");
        assert_eq!(name("lightning_logs/version_3/metrics.csv"), "version_3");
        assert_eq!(name("d512_l8/version_0/metrics.csv"), "d512_l8/version_0");
        assert_eq!(name("sweep/d512_l8/log.csv"), "d512_l8");
        assert_eq!(name("Downloads/history.csv"), "history");
    }

    #[test]
    fn a_list_of_checkpoints_is_refused() {
        let text = "Step,Checkpoint Directory\n300,https://example.org/a/\n600,https://example.org/b/\n";
        assert!(recognises(text));
        let error = History
            .read(Source::of_text("x.csv", text), &ImportOptions::default())
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("this looks like a list of checkpoints (`Step`, `Checkpoint Directory`)")
        );
        assert!(recognises("step,path\n300,runs/a/\n"));
        assert!(!recognises("step,path,accuracy\n300,runs/a/,.5\n"));
    }
}
