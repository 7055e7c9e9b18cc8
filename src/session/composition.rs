//! What the user makes of figures: titles and notes, and the template that they leave the program with.

use super::{Session, Workspace};
use crate::figure::views::{Titles, View, Wording, ground};
use crate::figure::{Figure, Note, NoteId, Plate, Template};
use serde::{Deserialize, Serialize};

/// Choices about figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Composition {
    /// Titles and notes, with live numbers as typed.
    #[serde(default)]
    pub wording: Wording,
    /// What stands over the board as one figure, in place of what the program says.
    #[serde(default)]
    pub board: Titles,
    /// How figures leave the program.
    #[serde(default)]
    pub template: Template,
}

impl Composition {
    /// A note by identity.
    pub fn note(&self, id: NoteId) -> Option<&Note> {
        self.wording.notes.iter().find(|note| note.id == id)
    }
}

impl Session {
    /// The quantities that a view has on its axes now, by name.
    pub fn ground(&self, view: View) -> String {
        let choice = &self.view;
        ground(view, choice.isoloss_axis, choice.residual_axis, choice.reducible)
    }
}

/// Over the board as one figure, where the user says nothing: the answer.
const BOARD_TITLE: &str = "{N} parameters on {D} tokens are best for {C} FLOP";

impl Workspace {
    /// Titles and notes with their live numbers filled in; `None` where there are none.
    pub(super) fn wording(&self) -> Option<Wording> {
        let wording = &self.session().figures.wording;
        if wording.titles.is_empty() && wording.notes.is_empty() {
            return None;
        }
        let mut filled = wording.clone();
        let texts = filled
            .titles
            .values_mut()
            .flat_map(|titles| titles.title.iter_mut().chain(&mut titles.subtitle));
        for text in texts.chain(filled.notes.iter_mut().map(|note| &mut note.text)) {
            *text = self.live(text);
        }
        Some(filled)
    }

    /// What the program says over the board: the answer or, where no law has one, what the `first` view says.
    pub fn board_title(&self, first: &str) -> String {
        match self.live_number("N") {
            Some(_) => self.live(BOARD_TITLE),
            None => first.to_owned(),
        }
    }

    /// Figures beside each other as one.
    pub fn plate(&self, figures: Vec<Figure>) -> Plate {
        let own = &self.session().figures.board;
        let title = match &own.title {
            Some(title) => self.live(title),
            None => self.board_title(figures.first().map_or("", |first| &first.title)),
        };
        Plate::of(title, own.subtitle.as_ref().map(|text| self.live(text)), figures)
    }
}
