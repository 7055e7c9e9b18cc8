//! MLflow, one run a row: "Download CSV" of its pages, or `mlflow.search_runs()` written by pandas.
//!
//! The pages write `Start Time,Duration,Run ID,Name,Source Type,…` and then parameters, metrics and tags by their plain
//! names. `search_runs` writes `run_id,experiment_id,status,…` with the prefixes `metrics.`, `params.` and `tags.`;
//! parameters are text there, and `None` is written out.
//!
//! Limits: both have only the latest value of a metric; the pages leave out runs after the first hundred.

use super::super::tables::delimited::delimited_grid;
use super::super::tables::opening::Opening;
use super::run_rows::{name_rows, tell_states};
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::role_of;
use crate::import::{ImportError, ImportOptions, Shape};

/// One run a row.
pub(in crate::import::shapes) struct MlflowRuns;

impl Layout for MlflowRuns {
    fn shape(&self) -> Shape {
        Shape::MlflowRuns
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let opening = Opening::of(source)?;
        let any = |names: &[&str]| names.iter().any(|name| opening.has(name));
        if opening.has("Run ID") && any(&["Start Time", "Duration", "Source Name", "Source Type"]) {
            return Some("`Run ID` beside columns that MLflow fills");
        }
        let prefixed = opening.headers.iter().any(|name| name.starts_with("metrics."));
        let own = any(&["experiment_id", "artifact_uri", "start_time", "tags.mlflow.runName"]);
        (opening.has("run_id") && prefixed && own).then_some("`run_id` beside names with the prefix `metrics.`")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        let mut grid = delimited_grid(&source.text, options, source.progress)?;
        let first = |names: &[&str]| names.iter().find_map(|name| grid.column(name));
        let identity = first(&["Run ID", "run_id"]);
        let name = first(&["Name", "Run Name", "tags.mlflow.runName"]).or(identity);
        let status = first(&["Status", "status"]);
        if let Some(status) = status {
            tell_states(&mut grid, status);
        }
        if let Some(name) = name {
            grid = name_rows(grid, name, identity);
            grid.know(name, Role::Run, "the name that MLflow shows");
        }
        for (column, header) in grid.headers.clone().iter().enumerate() {
            if let Some(metric) = header.strip_prefix("metrics.") {
                grid.know_as(column, metric, "alias, without `metrics.`");
            } else if let Some(param) = header.strip_prefix("params.")
                // The name of a loss function, or of something else, is no result.
                && !matches!(role_of(param), Some(Role::Loss | Role::TrainLoss | Role::Run))
            {
                grid.know_as(column, param, "alias, without `params.`");
            }
        }
        Ok(grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Grid {
        let source = Source::of_text("runs.csv", text);
        assert!(MlflowRuns.recognises(&source).is_some());
        MlflowRuns.read(source, &ImportOptions::default()).unwrap()
    }

    #[test]
    fn both_forms() {
        let pages = read(
            "Start Time,Duration,Run ID,Name,Source Type,Source Name,User,Status,n_params,val_loss\n\
             2024-01-01 10:00:00,1.2min,0a,shy-fox-1,LOCAL,t.py,me,FINISHED,1e6,3.5\n\
             2024-01-01 10:00:00,1.2min,0b,,LOCAL,t.py,me,FAILED,2e6,3.4\n",
        );
        assert_eq!((pages.cell(0, 3), pages.cell(1, 3)), ("shy-fox-1", "0b"));
        assert_eq!((pages.notes.len(), pages.known.len()), (1, 1));
        let found = read(
            "run_id,experiment_id,status,metrics.val_loss,params.n_params,params.loss\n0a,0,FINISHED,3.5,1000000,nll\n",
        );
        assert_eq!(found.headers[3], "metrics.val_loss");
        assert_eq!(found.known.len(), 3);
    }

    #[test]
    fn other_tables_are_left_alone() {
        let recognises = |text| MlflowRuns.recognises(&Source::of_text("x", text)).is_some();
        assert!(!recognises("run_id,N,D,loss\na,1,2,3\n"));
        assert!(!recognises("Run ID,N,loss\na,1,2\n"));
    }
}
