//! Changes to the project as a file.

use crate::session::{SaveDate, Session};

/// Changes to the project as a file.
#[derive(Debug, Clone, PartialEq)]
pub enum ProjectAction {
    /// The day on which it was saved. No step to undo: [`crate::session::Workspace::mark_saved`].
    SetSaved(Option<SaveDate>),
}

impl ProjectAction {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::SetSaved(_) => "save",
        }
    }

    pub(super) fn apply(self, session: &mut Session) {
        match self {
            Self::SetSaved(day) => session.saved = day,
        }
    }
}
