//! Fits put aside, to be compared with the present one.
//!
//! A kept fit holds its question and not its answer, like everything in a session: reopened, or read from changed files, it
//! is made again.

use super::{DataId, Exclusion, FitChoice, Session};
use crate::data::{Quantities, Selection};
use serde::{Deserialize, Serialize};

/// Everything that makes a fit: of which runs, by which choices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Data sets.
    pub data: Vec<DataId>,
    /// Which of their runs.
    pub selection: Selection,
    /// Which loss, N and C of each run.
    pub quantities: Quantities,
    /// Files of one study make one table.
    pub join: bool,
    /// Runs and points left out by hand.
    pub exclusions: Vec<Exclusion>,
    /// Law, objective, held parameters.
    pub fit: FitChoice,
}

/// Identifies a kept fit within a session; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeptId(pub u32);

/// A fit put aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptFit {
    /// Its identity.
    pub id: KeptId,
    /// As the user calls it.
    pub name: String,
    /// Index of its colour among the categories.
    pub colour: usize,
    /// Drawn over the views.
    pub shown: bool,
    /// What it is a fit of.
    pub asked: Asked,
}

/// Colours that a kept fit may have: the palette's, without the two that N* and D* have.
pub(super) const COLOURS: [usize; 5] = [1, 3, 5, 6, 0];

impl Session {
    /// What the present fit is a fit of.
    pub fn asked(&self) -> Asked {
        Asked {
            data: self.shown().map(|set| set.id).collect(),
            selection: self.selection.clone(),
            quantities: self.quantities,
            join: self.join,
            exclusions: self.exclusions.clone(),
            fit: self.fit.clone(),
        }
    }

    /// Asks another question: shows its data and takes its choices. Data sets that are gone stay so.
    pub(super) fn ask(&mut self, asked: Asked) {
        for set in &mut self.data {
            set.shown = asked.data.contains(&set.id);
        }
        self.selection = asked.selection;
        self.quantities = asked.quantities;
        self.join = asked.join;
        self.exclusions = asked.exclusions;
        self.fit = asked.fit;
    }

    /// A kept fit by identity.
    pub fn kept_fit(&self, id: KeptId) -> Option<&KeptFit> {
        self.kept.iter().find(|kept| kept.id == id)
    }
}
