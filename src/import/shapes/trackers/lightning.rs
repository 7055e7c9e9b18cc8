//! Lightning's `CSVLogger`, `metrics.csv`: `epoch,step,train_loss_epoch,train_loss_step,val_loss`.
//!
//! Training and validation are logged in rows of their own, so every row is half empty; the order of columns changes with
//! versions. A metric logged both ways has the endings `_step` and `_epoch`: of a training loss the one of steps is used,
//! of a held-out loss the one of epochs, which is the mean over the whole set.
//!
//! Limits: the run is called after the folder, `version_0` where it has no better name.

use super::super::tables::history::records_of;
use super::super::tables::opening::Opening;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::role_of;
use crate::import::{ImportError, ImportOptions, Shape};

/// Records of one run.
pub(in crate::import::shapes) struct Lightning;

impl Layout for Lightning {
    fn shape(&self) -> Shape {
        Shape::Lightning
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let opening = Opening::of(source)?;
        if !(opening.has("epoch") && opening.has("step")) {
            return None;
        }
        if opening
            .headers
            .iter()
            .any(|name| has_loss(name) && ending(name).is_some())
        {
            return Some("epoch and step beside metrics with the endings _step and _epoch");
        }
        (source.file_name() == "metrics.csv").then_some("epoch and step in a file called metrics.csv")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        let mut grid = records_of(&source, options)?;
        for (column, header) in grid.headers.clone().iter().enumerate() {
            let Some((name, of_step)) = ending(header) else {
                continue;
            };
            let role = role_of(name);
            let other = format!("{name}{}", if of_step { "_epoch" } else { "_step" });
            let better = match role {
                Some(Role::TrainLoss) => of_step,
                Some(Role::Loss) => !of_step,
                _ => continue,
            };
            if better || grid.column(&other).is_none() {
                let why = if of_step {
                    "alias, without `_step`"
                } else {
                    "alias, without `_epoch`"
                };
                grid.know_as(column, name, why);
            }
        }
        Ok(grid)
    }
}

/// A metric without `_step` or `_epoch`, and whether it was `_step`.
fn ending(name: &str) -> Option<(&str, bool)> {
    let of_step = name.strip_suffix("_step").map(|name| (name, true));
    of_step
        .or_else(|| name.strip_suffix("_epoch").map(|name| (name, false)))
        .filter(|(name, _)| !name.is_empty())
}

fn has_loss(name: &str) -> bool {
    name.to_lowercase().contains("loss")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_understood() {
        let text =
            "epoch,step,train_loss_epoch,train_loss_step,val_loss_epoch,val_loss_step\n0,0,,3.5,,\n0,9,3.2,,3.1,\n";
        let source = Source::of_text("lightning_logs/version_2/metrics.csv", text);
        assert!(Lightning.recognises(&source).is_some());
        let grid = Lightning.read(source, &ImportOptions::default()).unwrap();
        assert_eq!((grid.run.as_deref(), grid.history), (Some("version_2"), true));
        let known: Vec<usize> = grid.known.iter().map(|known| known.column).collect();
        assert_eq!(known, [3, 4]);
    }

    #[test]
    fn by_names_or_by_the_file() {
        let recognises = |name, text| Lightning.recognises(&Source::of_text(name, text)).is_some();
        assert!(recognises("metrics.csv", "epoch,step,train_loss,val_loss\n"));
        assert!(!recognises("other.csv", "epoch,step,train_loss,val_loss\n"));
        assert!(!recognises("metrics.csv", "step,train_loss_epoch\n"));
    }
}
