//! Files of one study as one table.
//!
//! One table *serves* another when they have runs in common and it brings what the other lacks: a table of runs gives N, D
//! and settings to curves; a file of one metric gives it to the points of the same run and step. The served table has the
//! loss, the held-out one before that of training; where both have it, the curves are served and the table of finished runs
//! serves. Two sets of curves with a held-out loss each, or two tables of finished runs, are two experiments and stay apart.
//!
//! What a table gives to points it does not have itself:
//!
//! - the same run and step (tokens, where there are no steps): every quantity that is missing there;
//! - a table with one row a run: N, distinct tokens and every column to all points of the run, D and C to its last point
//!   alone, for they are those of the finished run;
//! - then, where two of N, D and C are known, the third by C = 6ND.
//!
//! Where files disagree, the first file's value counts, except that a column goes before a value read from a name or
//! computed. Runs and points with a loss that only the serving table has are added at the end, so nothing with a loss is
//! lost; only losses of finished runs whose curve is there are not used a second time. Each point keeps the line of the file
//! that it comes from, see [`Part`].
//!
//! Limits: a table serves whole tables, not some of its runs one and some another study; steps must be equal, nothing is
//! interpolated.

mod merge;
mod relation;

use super::RunTable;
use std::sync::Arc;

/// One or more tables as one.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The runs of all of them.
    pub table: Arc<RunTable>,
    /// Where its points come from, in the order of the points.
    pub parts: Vec<Part>,
    /// Every table that is in it, by index, the served one first.
    pub members: Vec<usize>,
    /// What was joined and what did not match.
    pub notes: Vec<String>,
}

/// A stretch of points from one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Index of the table among those that were to be joined.
    pub member: usize,
    /// Index after its last point.
    pub end: usize,
}

impl Joined {
    /// A table by itself, with its index.
    pub fn alone(index: usize, table: &Arc<RunTable>) -> Self {
        Self {
            table: Arc::clone(table),
            parts: vec![Part {
                member: index,
                end: table.points().len(),
            }],
            members: vec![index],
            notes: vec![],
        }
    }
}

/// Joins the tables of one study; the others stay as they are. In the order of the tables that are served.
pub fn join(tables: &[Arc<RunTable>]) -> Vec<Joined> {
    let serves = relation::serves(tables);
    let mut joined = vec![];
    for (index, table) in tables.iter().enumerate() {
        if !serves[index].is_empty() {
            continue;
        }
        let by: Vec<(usize, relation::Match)> = (0..tables.len())
            .filter_map(|other| {
                let (_, found) = serves[other].iter().find(|(served, _)| *served == index)?;
                Some((other, found.clone()))
            })
            .collect();
        joined.push(if by.is_empty() {
            Joined::alone(index, table)
        } else {
            // What several tables could take is added to the first.
            let first = |other: usize| serves[other].first().is_some_and(|(served, _)| *served == index);
            merge::merge(tables, index, &by, first)
        });
    }
    joined
}
