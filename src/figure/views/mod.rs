//! The views: runs, laws and a budget in, a [`Figure`] out. One file a view.

mod names;

use super::Figure;
use crate::data::{RunTable, Selected};
use crate::fit::{Bootstrap, FitReport};
use crate::law::published::PublishedLaw;
use crate::units::Flops;
use serde::{Deserialize, Serialize};

/// The views, by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Contours of equal loss over N and D, with the frontier.
    Isoloss,
    /// Loss against N at fixed budgets.
    Isoflop,
    /// N*(C) and D*(C).
    Frontier,
    /// Loss against C.
    LossC,
}

/// What the isoloss map has on its second axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IsolossAxis {
    /// D against N.
    #[default]
    Tokens,
    /// C against N.
    Flops,
}

/// Everything a view may show.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The tables with what was selected of each.
    pub tables: &'a [(&'a RunTable, &'a Selected)],
    /// The user's fit.
    pub fit: Option<&'a FitReport>,
    /// Its replicates, for bands and intervals.
    pub bootstrap: Option<&'a Bootstrap>,
    /// Overlays.
    pub published: &'a [&'static PublishedLaw],
    /// The budget under the hand.
    pub budget: Flops,
    /// Tolerated overfitting penalty δL.
    pub penalty: f64,
    /// Second axis of the isoloss map.
    pub isoloss_axis: IsolossAxis,
}

/// Draws a view.
pub fn draw(_view: View, _scene: &Scene<'_>) -> Figure {
    todo!()
}
