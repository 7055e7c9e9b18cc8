//! The learning curves of a queue as a table, for the learning-curve view: what is trained now, and what ended last.

use super::{Row, RowState};
use crate::data::{Point as DataPoint, Run, RunTable};
use crate::train::{Evaluation, Point};
use crate::units::{Flops, Loss, Params, Tokens};
use std::path::Path;

/// Curves at once while something is trained: so many have names and training losses in the view.
const MOST: usize = 8;

/// The curves of a queue: while something is trained those of that and of the latest finished ones, otherwise all. None
/// where no curve has begun.
pub fn live_table(rows: &[Row]) -> Option<RunTable> {
    let begun = |row: &&Row| !row.curve.is_empty() && row.state != RowState::Cancelled;
    let is_running = |row: &&Row| row.state == RowState::Running;
    let mut shown: Vec<&Row> = rows.iter().filter(begun).filter(is_running).collect();
    let others = rows.iter().rev().filter(begun).filter(|row| !is_running(row));
    let room = if shown.is_empty() {
        usize::MAX
    } else {
        MOST.saturating_sub(shown.len())
    };
    shown.extend(others.take(room));
    shown.reverse();
    let mut points = vec![];
    let runs = shown.iter().enumerate().map(|(index, row)| {
        let shape = row.planned.config().shape;
        for (place, point) in row.curve.iter().enumerate() {
            // The end is measured on all of the held-out text, looks on the way on part of it.
            let end = row.summary.as_ref().filter(|_| place + 1 == row.curve.len());
            let loss = end.and_then(|end| end.loss).or(point.held_out.map(|look| look.loss));
            points.push(DataPoint {
                run: index,
                params: Some(Params(shape.params_total() as f64)),
                params_non_embedding: Some(Params(shape.params_non_embedding() as f64)),
                tokens: Some(Tokens(point.tokens as f64)),
                flops: Some(Flops(point.tokens as f64 * shape.flops_per_token())),
                loss: loss.filter(|loss| loss.is_finite()).map(Loss),
                train_loss: Some(point.train_loss).filter(|loss| loss.is_finite()).map(Loss),
                step: Some(point.step as f64),
                ..DataPoint::default()
            });
        }
        Run {
            name: row.planned.name.clone(),
            ..Run::default()
        }
    });
    let runs: Vec<Run> = runs.collect();
    // Only a number that no measurement has is refused, and those are left out above.
    RunTable::new("trained here", runs, points, vec![])
        .ok()
        .filter(|table| !table.runs().is_empty())
}

/// A row of `curve.csv`, as far as a view needs it.
#[derive(serde::Deserialize)]
struct Line {
    step: u64,
    tokens: u64,
    loss: Option<f64>,
    loss_se: Option<f64>,
    train_loss: f64,
    lr: f64,
    grad_norm: f64,
}

/// The curve in a run's folder, as far as it was saved; empty where there is none. A curve is for the eye: one that cannot
/// be read is none.
pub(super) fn read_curve(folder: &Path) -> Vec<Point> {
    let Ok(mut reader) = csv::Reader::from_path(folder.join("curve.csv")) else {
        return vec![];
    };
    let points = reader.deserialize::<Line>().flatten().map(|line| Point {
        step: line.step,
        tokens: line.tokens,
        branch: None,
        learning_rate: line.lr,
        train_loss: line.train_loss,
        gradient_norm: line.grad_norm,
        held_out: line.loss.map(|loss| Evaluation {
            loss,
            se: line.loss_se.unwrap_or(f64::NAN),
            tokens: 0,
        }),
    });
    points.collect()
}
