//! Runs that a finding points out in the views.

use crate::figure::Datum;
use crate::session::{DataId, LoadState, Workspace};
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
        let Some(LoadState::Ready(loaded)) = workspace.derived().file(*data) else {
            return;
        };
        // By name, for a joined table counts its runs another way.
        let of_file = loaded.table.runs();
        let names: HashSet<&str> = runs.iter().filter_map(|run| Some(&*of_file.get(*run)?.name)).collect();
        for (index, part) in input.tables.iter().enumerate().filter(|(_, part)| part.holds(*data)) {
            let points = (0..part.table.points().len()).filter(|&point| names.contains(part.table.run_name(point)));
            self.points.extend(points.map(|point| Datum { table: index, point }));
        }
    }

    /// Points to draw a ring around.
    pub(super) fn points(&self) -> &HashSet<Datum> {
        &self.points
    }
}
