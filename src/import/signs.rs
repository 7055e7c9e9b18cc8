//! Losses that are not above zero: told, because their logarithm does not exist.
//!
//! A loss relative to another (`loss_delta`, `excess loss`) is a difference and may well be negative. A zero or a −1 in a
//! plain loss more often stands for no value.

use super::grid::Grid;
use super::header::words;
use super::roles::Assigned;
use crate::data::{Draft, Role};

/// Words of headers whose values are differences of losses.
pub(super) const RELATIVE: [&str; 8] = [
    "delta",
    "diff",
    "relative",
    "rel",
    "excess",
    "gap",
    "improvement",
    "reducible",
];

/// Says what values at or below zero mean for a fit.
pub(super) fn note(grid: &Grid, assigned: &[Assigned], points: &Draft, notes: &mut Vec<String>) {
    let Some(column) = assigned.iter().position(|column| column.role == Some(Role::Loss)) else {
        return;
    };
    let losses = points
        .quantity(Role::Loss)
        .into_iter()
        .flat_map(|losses| losses.iter().flatten());
    let below = losses.clone().filter(|loss| *loss <= 0.0).count();
    if below == 0 {
        return;
    }
    let name = &grid.headers[column];
    let of = losses.count();
    let relative = words(name).iter().any(|word| RELATIVE.contains(&word.as_str()));
    notes.push(if relative {
        format!(
            "`{name}` is relative to another loss and not above zero in {below} of {of} points: kept as it is, not logged; fit it in level space"
        )
    } else {
        format!(
            "`{name}` is not above zero in {below} of {of} points: if that stands for no value, leave them out with a filter such as `L > 0`"
        )
    });
}

#[cfg(test)]
mod tests {
    use crate::data::Role;
    use crate::import::{ImportOptions, import};

    fn notes(text: &str, loss: &str) -> (Vec<Option<f64>>, String) {
        let options = ImportOptions {
            columns: vec![(Role::Loss, loss.to_owned())],
            ..ImportOptions::default()
        };
        let imported = import("a.csv", text.as_bytes(), &options).unwrap();
        let losses = imported
            .table
            .points()
            .iter()
            .map(|point| point.loss.map(|loss| loss.0));
        (losses.collect(), imported.report.notes.join("\n"))
    }

    #[test]
    fn losses_that_are_not_above_zero_are_told() {
        let (losses, told) = notes("N,loss_delta\n1e9,-0.25\n2e9,0.5\n", "loss_delta");
        assert_eq!(losses, [Some(-0.25), Some(0.5)]);
        assert!(
            told.contains("relative to another loss") && told.contains("1 of 2"),
            "{told}"
        );
        let (_, told) = notes("N,loss\n1e9,-1\n2e9,0.5\n", "loss");
        assert!(told.contains("stands for no value"), "{told}");
        assert!(!notes("N,loss\n1e9,1\n", "loss").1.contains("above zero"));
        // Nothing takes a difference for a loss by itself.
        for name in ["loss_delta", "relative val loss", "excess loss", "val_loss_gap"] {
            let text = format!("N,{name}\n1e9,-0.25\n");
            assert!(
                import("a.csv", text.as_bytes(), &ImportOptions::default()).is_err(),
                "{name}"
            );
        }
    }
}
