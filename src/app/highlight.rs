//! Runs that a finding points out in the views.

use crate::figure::Datum;
use crate::session::{DataId, Workspace};
use std::collections::HashSet;

/// Which runs are pointed out, and their points as the figures know them now.
#[derive(Default)]
pub(super) struct Highlight {
    of: Option<(DataId, Vec<usize>)>,
    revision: Option<u64>,
    points: HashSet<Datum>,
}

impl Highlight {
    /// Points runs out, or no longer where they are already.
    pub(super) fn toggle(&mut self, data: DataId, runs: &[usize]) {
        let of = Some((data, runs.to_vec()));
        self.of = if self.of == of { None } else { of };
        self.revision = None;
    }

    /// Whether these very runs are pointed out.
    pub(super) fn is_of(&self, data: DataId, runs: &[usize]) -> bool {
        self.of.as_ref().is_some_and(|(of, these)| *of == data && these == runs)
    }

    /// Takes in what has changed since the last frame.
    pub(super) fn refresh(&mut self, workspace: &Workspace) {
        let revision = workspace.derived().revision;
        if self.revision == Some(revision) {
            return;
        }
        self.revision = Some(revision);
        self.points.clear();
        let (Some((data, runs)), Some(input)) = (&self.of, &workspace.derived().fit.input) else {
            return;
        };
        let runs: HashSet<usize> = runs.iter().copied().collect();
        for (index, part) in input.tables.iter().enumerate().filter(|(_, part)| part.id == *data) {
            let points = (0..part.table.points().len()).filter(|&point| runs.contains(&part.table.run_of(point)));
            self.points.extend(points.map(|point| Datum { table: index, point }));
        }
    }

    /// Points to draw a ring around.
    pub(super) fn points(&self) -> &HashSet<Datum> {
        &self.points
    }
}
