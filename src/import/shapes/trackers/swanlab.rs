//! SwanLab, a chart's CSV: `step,{experiment}-{key}_step,{experiment}-{key}_timestamp`, two columns a curve.
//!
//! In spite of its name, `…_step` holds the VALUE of the metric at the step in the first column. The curves are put below
//! each other: a row for every experiment and step that has any value.
//!
//! Limits: experiment and key are told apart as in [`super::curve_names`]; a hyphen after a slash belongs to the key.

use super::super::tables::delimited::delimited_grid;
use super::super::tables::opening::Opening;
use super::curve_names::split_names;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::list;
use crate::import::{ImportError, ImportOptions, Shape};
use std::collections::HashMap;

const VALUE: &str = "_step";
const TIME: &str = "_timestamp";

/// Curves of several experiments side by side.
pub(in crate::import::shapes) struct Swanlab;

impl Layout for Swanlab {
    fn shape(&self) -> Shape {
        Shape::Swanlab
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let opening = Opening::of(source)?;
        let (first, rest) = opening.headers.split_first()?;
        let in_pairs = rest.iter().all(|name| {
            let value = name.strip_suffix(VALUE).map(|curve| format!("{curve}{TIME}"));
            let partner = value.or_else(|| name.strip_suffix(TIME).map(|curve| format!("{curve}{VALUE}")));
            partner.is_some_and(|partner| name.contains('-') && opening.has(&partner))
        });
        (first == "step" && !rest.is_empty() && in_pairs).then_some("pairs of columns ending in _step and _timestamp")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        let mut wide = delimited_grid(&source.text, options, source.progress)?;
        drop(source);
        let headers = wide.headers.clone();
        let values: Vec<usize> = (1..headers.len())
            .filter(|&column| headers[column].ends_with(VALUE))
            .collect();
        let names: Vec<&str> = values
            .iter()
            .filter_map(|&column| headers[column].strip_suffix(VALUE))
            .collect();
        let split = split_names(&names, "-", |experiment| !experiment.contains('/'));
        let mut runs: Vec<&str> = Vec::new();
        let mut keys: Vec<&str> = Vec::new();
        let mut curves: HashMap<(usize, usize), usize> = HashMap::new();
        let mut times: HashMap<usize, Vec<usize>> = HashMap::new();
        let place = |list: &mut Vec<&'_ str>, name| list.iter().position(|known| *known == name);
        for ((&column, name), split) in values.iter().zip(&names).zip(split) {
            let Some((run, key)) = split else {
                wide.notes
                    .push(format!("`{}` names no experiment: left out", headers[column]));
                continue;
            };
            let run = place(&mut runs, run).unwrap_or_else(|| {
                runs.push(run);
                runs.len() - 1
            });
            let key = place(&mut keys, key).unwrap_or_else(|| {
                keys.push(key);
                keys.len() - 1
            });
            curves.insert((run, key), column);
            times
                .entry(run)
                .or_default()
                .extend(wide.column(&format!("{name}{TIME}")));
        }
        if curves.is_empty() {
            return Err(ImportError::NoRuns {
                message: format!(
                    "no column is called `experiment-metric_step`, as in a chart that SwanLab exports; found {}",
                    list(&headers)
                ),
                line: wide.header_line,
            });
        }
        let mut long = wide.rearranged();
        long.set_headers(["run", "step", "timestamp"].into_iter().chain(keys.iter().copied()));
        long.know(0, Role::Run, "the header up to the metric");
        long.know(1, Role::Step, "the chart's step");
        long.notes
            .push("columns ending in `_step` hold the values of metrics, as SwanLab writes them".to_owned());
        long.history = true;
        for (run, name) in runs.iter().enumerate() {
            let columns: Vec<Option<usize>> = (0..keys.len()).map(|key| curves.get(&(run, key)).copied()).collect();
            for row in 0..wide.len() {
                let cell = |column: Option<usize>| column.map_or("", |column| wide.cell(row, column));
                if columns.iter().all(|&column| cell(column).is_empty()) {
                    continue;
                }
                let time = times[&run]
                    .iter()
                    .map(|&column| wide.cell(row, column))
                    .find(|time| !time.is_empty());
                let cells = [*name, wide.cell(row, 0), time.unwrap_or("")];
                long.push(
                    wide.line(row),
                    cells.into_iter().chain(columns.iter().map(|&column| cell(column))),
                );
            }
        }
        Ok(long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_column_holds_the_value() {
        let text = "step,a-1-train/loss_step,a-1-train/loss_timestamp,b-train/loss_step,b-train/loss_timestamp\n\
                    0,9.5,17,,\n10,8.5,18,8,19\n";
        let source = Source::of_text("chart.csv", text);
        assert!(Swanlab.recognises(&source).is_some());
        let grid = Swanlab.read(source, &ImportOptions::default()).unwrap();
        assert_eq!(grid.headers, ["run", "step", "timestamp", "train/loss"]);
        let row = |row| -> Vec<&str> { (0..4).map(|column| grid.cell(row, column)).collect() };
        assert_eq!(row(0), ["a-1", "0", "17", "9.5"]);
        assert_eq!(row(2), ["b", "10", "19", "8"]);
        assert_eq!((grid.len(), grid.seen, grid.line(2)), (3, 2, 3));
    }

    #[test]
    fn other_tables_are_left_alone() {
        let recognises = |text| Swanlab.recognises(&Source::of_text("x", text)).is_some();
        assert!(!recognises("step,loss\n1,2\n"));
        assert!(!recognises("step,train-loss_step,loss_epoch\n1,2,3\n"));
        let forced = Swanlab.read(Source::of_text("x", "N,loss\n1,2\n"), &ImportOptions::default());
        assert!(forced.unwrap_err().to_string().contains("found `N`, `loss`"));
    }
}
