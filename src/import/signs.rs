//! Losses that are not above zero: told, because their logarithm does not exist.
//!
//! A loss relative to another (`loss_delta`, `excess loss`) is a difference and may well be negative. A zero or a −1 in a
//! plain loss more often stands for no value.

use super::grid::Grid;
use super::header::words;
use super::roles::Assigned;
use crate::data::{Point, Role};

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
pub(super) fn note(grid: &Grid, assigned: &[Assigned], points: &[Point], notes: &mut Vec<String>) {
    let Some(column) = assigned.iter().position(|column| column.role == Some(Role::Loss)) else {
        return;
    };
    let losses = points.iter().filter_map(|point| point.loss);
    let below = losses.clone().filter(|loss| loss.0 <= 0.0).count();
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
