//! W&B, Export → CSV of the runs table: one run a row, with its last values and its configuration.
//!
//! `"Name","train/loss","State","Runtime","Notes","optim.lr",…`: which columns there are is up to the user, all cells are
//! quoted, names of metrics have slashes and those of settings dots, an empty note is `-`, and a metric's aggregation
//! may be appended (`loss_AVG`).
//!
//! Limits: W&B is known to leave columns empty that it shows; nothing here can tell those from columns without values.

use super::super::tables::delimited::delimited_grid;
use super::super::tables::opening::Opening;
use super::run_rows::{blank_dashes, name_rows, tell_states};
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::role_of;
use crate::import::{ImportError, ImportOptions, Shape};

/// Columns that W&B itself fills.
const OWN: [&str; 13] = [
    "State",
    "Runtime",
    "Created",
    "Updated",
    "Notes",
    "Tags",
    "User",
    "Sweep",
    "Hostname",
    "Host",
    "Job Type",
    "End Time",
    "Relative Runtime",
];

/// One run a row.
pub(in crate::import::shapes) struct WandbRuns;

impl Layout for WandbRuns {
    fn shape(&self) -> Shape {
        Shape::WandbRuns
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let opening = Opening::of(source)?;
        if !opening.has("Name") || opening.has("Run ID") {
            return None;
        }
        if OWN.iter().filter(|name| opening.has(name)).count() >= 2 {
            return Some("`Name` beside columns that W&B fills");
        }
        let nested = |mark: char| {
            opening.headers.iter().any(|name| {
                let inside = |at: usize| at > 0 && at + 1 < name.len() && !name.contains(' ');
                name.find(mark).is_some_and(inside)
            })
        };
        (nested('/') && nested('.')).then_some("`Name` beside metrics with slashes and settings with dots")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        let mut grid = delimited_grid(&source.text, options, source.progress)?;
        if let Some(notes) = grid.column("Notes") {
            grid = blank_dashes(grid, notes);
        }
        if let Some(state) = grid.column("State") {
            tell_states(&mut grid, state);
        }
        if let Some(name) = grid.column("Name") {
            grid = name_rows(grid, name, None);
            grid.know(name, Role::Run, "the name that W&B shows");
        }
        for (column, header) in grid.headers.clone().iter().enumerate() {
            if let Some(setting) = setting(header) {
                grid.know_as(column, setting, "alias, after the dot");
            }
        }
        Ok(grid)
    }
}

/// `lr` for `optim.lr` and `n_params` for `model.n_params`. Other settings mean different things in different groups.
fn setting(header: &str) -> Option<&str> {
    let (_, last) = header.rsplit_once('.')?;
    let clear = match role_of(last) {
        Some(Role::Lr) => true,
        Some(Role::Params | Role::ParamsNonEmbedding) => last.contains("param"),
        _ => false,
    };
    (clear && role_of(header).is_none()).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognises(text: &str) -> bool {
        WandbRuns.recognises(&Source::of_text("x", text)).is_some()
    }

    #[test]
    fn by_its_columns() {
        assert!(recognises(
            "\"Name\",\"train/loss\",\"State\",\"Runtime\"\n\"a\",\"3\",\"failed\",\"9\"\n"
        ));
        assert!(recognises("\"Name\",\"eval/loss\",\"optim.lr\"\n\"a\",\"3\",\"1\"\n"));
        assert!(!recognises("Name,N,D,loss\na,1,2,3\n"));
        assert!(!recognises("Name,tok / sec,no. of heads,loss\na,1,2,3\n"));
        assert!(!recognises("Start Time,Duration,Run ID,Name,User,State,Notes\n"));
    }

    #[test]
    fn settings_by_their_last_name() {
        assert_eq!(setting("optim.lr"), Some("lr"));
        assert_eq!(setting("model.n_params"), Some("n_params"));
        for other in ["optimizer.learning_rate", "data.size", "eval.batch_size", "lr", "v1."] {
            assert_eq!(setting(other), None, "{other}");
        }
    }

    #[test]
    fn every_row_is_a_run() {
        let text =
            "\"Name\",\"loss\",\"State\",\"Notes\"\n\"a\",\"3\",\"finished\",\"-\"\n\"a\",\"2\",\"crashed\",\"-\"\n";
        let grid = WandbRuns
            .read(Source::of_text("x", text), &ImportOptions::default())
            .unwrap();
        assert_eq!((grid.cell(0, 0), grid.cell(1, 0), grid.cell(0, 3)), ("a", "a (2)", ""));
        assert_eq!((grid.notes.len(), grid.seen), (2, 2));
    }
}
