//! What the user writes on the views: titles in place of the program's own, and notes.

use super::{IsolossAxis, ResidualAxis, Scene, View};
use crate::figure::{Figure, Note};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A title and a subtitle; `None` leaves the program's own, which follow the numbers by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Titles {
    /// The finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Data and method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
}

impl Titles {
    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.title.is_none() && self.subtitle.is_none()
    }
}

/// Everything written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Wording {
    /// Of each view that has other titles than the program's.
    #[serde(default)]
    pub titles: BTreeMap<View, Titles>,
    /// In the order in which they were made.
    #[serde(default)]
    pub notes: Vec<Note>,
}

/// Names the quantities that a view has on its axes.
///
/// Notes belong to them: a line at a loss of 2 says nothing on the same view less its floor.
pub fn ground(view: View, map: IsolossAxis, residuals: ResidualAxis, reducible: bool) -> String {
    let variant = match view {
        View::Isoloss if map == IsolossAxis::Flops => "over-flops",
        View::Residuals => match residuals {
            ResidualAxis::Params => "over-params",
            ResidualAxis::Tokens => "over-tokens",
            ResidualAxis::Flops => "over-flops",
            ResidualAxis::Order => "in-order",
        },
        View::LossN | View::LossD | View::LossC if reducible => "reducible",
        _ => return view.name().to_owned(),
    };
    format!("{}-{variant}", view.name())
}

/// Writes on a figure; one that is empty has its titles only.
pub(super) fn write(figure: &mut Figure, view: View, scene: &Scene<'_>) {
    let Some(wording) = scene.wording else { return };
    if let Some(titles) = wording.titles.get(&view) {
        if let Some(title) = &titles.title {
            figure.title.clone_from(title);
        }
        if let Some(subtitle) = &titles.subtitle {
            figure.subtitle.clone_from(subtitle);
        }
    }
    if figure.empty.is_none() && !wording.notes.is_empty() {
        let ground = ground(view, scene.isoloss_axis, scene.residual_axis, scene.reducible);
        let notes = wording.notes.iter().filter(|note| note.on == ground);
        figure.marks.extend(notes.map(Note::mark));
    }
}
