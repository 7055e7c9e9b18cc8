//! Keras, `CSVLogger`: `epoch,accuracy,loss,val_accuracy,val_loss`, one epoch a row.
//!
//! Names come sorted, the held-out ones with `val_`; the separator is the user's choice, often `;`. There are no steps, so
//! epochs stand for them; `loss` is the training loss.
//!
//! Limits: the first column must be the epoch, and there must be a `loss`. `NA` is what a stopped run writes for
//! metrics that it no longer had.

use super::super::tables::delimited::delimited_grid;
use super::super::tables::history::run_name;
use super::super::tables::opening::Opening;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::role_of;
use crate::import::{ImportError, ImportOptions, Shape};

/// Epochs of one run.
pub(in crate::import::shapes) struct Keras;

impl Layout for Keras {
    fn shape(&self) -> Shape {
        Shape::Keras
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let opening = Opening::of(source)?;
        let (first, metrics) = opening.headers.split_first()?;
        if first != "epoch" || !metrics.iter().any(|name| name == "loss") {
            return None;
        }
        // Anything that tells a run from another makes this another table.
        let plain = |name: &String| matches!(role_of(name), None | Some(Role::Loss | Role::TrainLoss | Role::Lr));
        let sorted = metrics.is_sorted();
        let paired = metrics.iter().all(|name| {
            let base = name.strip_prefix("val_").unwrap_or(name);
            opening.has(base) && (matches!(base, "lr" | "learning_rate") || opening.has(&format!("val_{base}")))
        });
        (metrics.iter().all(plain) && (sorted || paired)).then_some("epoch, then loss and val_loss in Keras' order")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        let mut grid = delimited_grid(&source.text, options, source.progress)?;
        if let Some(epoch) = grid.column("epoch") {
            grid.know(epoch, Role::Step, "epochs, because Keras logs no steps");
            grid.notes.push("there are no steps: epochs stand for them".to_owned());
        }
        if let Some(loss) = grid.column("loss") {
            grid.know(loss, Role::TrainLoss, "Keras' name for the training loss");
        }
        grid.run = Some(run_name(&source));
        grid.history = true;
        Ok(grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_and_epochs() {
        let text = "epoch;accuracy;loss;val_accuracy;val_loss\n0;0.1;3.25;0.2;3.5\n1;0.2;2.25;NA;NA\n";
        let source = Source::of_text("small.log", text);
        assert!(Keras.recognises(&source).is_some());
        let grid = Keras.read(source, &ImportOptions::default()).unwrap();
        assert_eq!((grid.delimiter.as_str(), grid.run.as_deref()), (";", Some("small")));
        assert_eq!(grid.known.len(), 2);
    }

    #[test]
    fn other_tables_of_epochs_are_left_alone() {
        let recognises = |text| Keras.recognises(&Source::of_text("x", text)).is_some();
        assert!(recognises("epoch,loss,val_loss\n"));
        assert!(recognises("epoch,loss,acc,val_loss,val_acc\n"));
        assert!(!recognises("epoch,params,loss\n"));
        assert!(!recognises("epoch,step,loss\n"));
        assert!(!recognises("loss,epoch\n"));
    }
}
