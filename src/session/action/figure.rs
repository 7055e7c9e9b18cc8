//! Changes to what figures say and to how they leave the program.

use crate::figure::views::{Titles, View};
use crate::figure::{Note, NoteId, NoteKind, Template};
use crate::session::Session;

/// What is a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureOf {
    /// A view.
    View(View),
    /// The board as one figure.
    Board,
}

impl FigureOf {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::View(view) => view.label(),
            Self::Board => "Board",
        }
    }

    /// In file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::View(view) => view.name(),
            Self::Board => "board",
        }
    }
}

/// Changes to what figures say and to how they leave the program.
#[derive(Debug, Clone, PartialEq)]
pub enum FigureAction {
    /// Writes a title; `None` leaves it to the program.
    SetTitle(FigureOf, Option<String>),
    /// Writes a subtitle; `None` leaves it to the program.
    SetSubtitle(FigureOf, Option<String>),
    /// Puts a note on a view as it is now.
    AddNote {
        /// Which.
        view: View,
        /// What it says.
        text: String,
        /// What it is, and where.
        kind: NoteKind,
    },
    /// Lets a note say something else.
    SetNoteText(NoteId, String),
    /// Moves a note.
    MoveNote(NoteId, NoteKind),
    /// Takes a note away.
    RemoveNote(NoteId),
    /// How figures leave the program.
    SetTemplate(Template),
}

impl FigureAction {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::SetTitle(..) => "change title",
            Self::SetSubtitle(..) => "change subtitle",
            Self::AddNote { .. } => "add note",
            Self::SetNoteText(..) => "change note",
            Self::MoveNote(..) => "move note",
            Self::RemoveNote(_) => "remove note",
            Self::SetTemplate(_) => "change template",
        }
    }

    pub(super) fn apply(self, session: &mut Session) {
        let ground = match &self {
            Self::AddNote { view, .. } => session.ground(*view),
            _ => String::new(),
        };
        let figures = &mut session.figures;
        let note = |notes: &mut Vec<Note>, id: NoteId, change: &dyn Fn(&mut Note)| {
            notes.iter_mut().filter(|note| note.id == id).for_each(change);
        };
        match self {
            Self::SetTitle(of, title) => titled(session, of, |titles| titles.title = title),
            Self::SetSubtitle(of, subtitle) => titled(session, of, |titles| titles.subtitle = subtitle),
            Self::AddNote { text, kind, .. } => {
                let notes = &mut figures.wording.notes;
                let id = NoteId(notes.iter().map(|note| note.id.0 + 1).max().unwrap_or(0));
                notes.push(Note {
                    id,
                    on: ground,
                    text,
                    kind,
                });
            }
            Self::SetNoteText(id, text) => note(&mut figures.wording.notes, id, &|note| note.text.clone_from(&text)),
            Self::MoveNote(id, kind) => note(&mut figures.wording.notes, id, &|note| note.kind = kind),
            Self::RemoveNote(id) => figures.wording.notes.retain(|note| note.id != id),
            Self::SetTemplate(template) => figures.template = template.sound(),
        }
    }
}

fn titled(session: &mut Session, of: FigureOf, change: impl FnOnce(&mut Titles)) {
    let figures = &mut session.figures;
    match of {
        FigureOf::Board => change(&mut figures.board),
        FigureOf::View(view) => {
            let titles = &mut figures.wording.titles;
            change(titles.entry(view).or_default());
            // What says nothing leaves no trace in the project.
            titles.retain(|_, titles| !titles.is_empty());
        }
    }
}
