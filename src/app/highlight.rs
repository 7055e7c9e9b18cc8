//! What is set off from the rest, in every view alike: the run under the pointer, runs that a finding points out, runs that
//! the user selected, the series that a spotlight is on.

use super::spotlight::FADED;
use crate::figure::{Datum, Paint, Token};
use crate::session::{DataId, LoadState, Workspace};
use eframe::egui::Color32;
use std::collections::HashSet;

/// Measurements that are set off. Lists are sorted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lit<'a> {
    /// Under the pointer, in whichever view or in the table.
    pub(super) active: Option<Datum>,
    /// Pointed out by a finding.
    pub(super) found: &'a [Datum],
    /// Selected by hand.
    pub(super) selected: &'a [Datum],
    /// In the spotlight: everything of another paint fades.
    pub(super) spot: Option<Paint>,
    /// A room looks on: no line may be too thin for it, and rows of the legend put the spotlight on their series.
    pub(super) room: bool,
}

impl Lit<'_> {
    /// Whether a paint stands in the dark beside the spotlight.
    pub(super) fn fades(&self, paint: Paint) -> bool {
        self.spot.is_some_and(|spot| spot != paint)
    }

    /// A colour of a paint, faded where that stands in the dark.
    pub(super) fn shade(&self, paint: Paint, color: Color32) -> Color32 {
        match self.fades(paint) {
            true => color.gamma_multiply(FADED),
            false => color,
        }
    }

    /// The colour of the ring around a measurement, if it has one.
    pub(super) fn ring(&self, datum: Datum) -> Option<Token> {
        let among = |list: &[Datum]| list.binary_search(&datum).is_ok();
        if among(self.selected) {
            Some(Token::Accent)
        } else {
            among(self.found).then_some(Token::Warning)
        }
    }
}

/// Which runs are pointed out, and their points as the figures know them now.
#[derive(Default)]
pub(super) struct Highlight {
    of: Option<(DataId, Vec<usize>)>,
    revision: Option<u64>,
    points: Vec<Datum>,
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

    /// Points to draw a ring around, sorted.
    pub(super) fn points(&self) -> &[Datum] {
        &self.points
    }
}
