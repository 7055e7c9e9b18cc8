//! Changes to the project as a file.

use crate::session::{SaveDate, Session};
use std::path::PathBuf;

/// Changes to the project as a file.
#[derive(Debug, Clone, PartialEq)]
pub enum ProjectAction {
    /// The day on which it was saved. No step to undo: [`crate::session::Workspace::mark_saved`].
    SetSaved(Option<SaveDate>),
    /// Saves the data in the project, or only their names and hashes.
    SetEmbed(bool),
    /// Compares with an earlier save, or no longer.
    SetSince(Option<PathBuf>),
}

impl ProjectAction {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::SetSaved(_) => "save",
            Self::SetEmbed(true) => "keep data in the project",
            Self::SetEmbed(false) => "keep data outside the project",
            Self::SetSince(Some(_)) => "compare with an earlier save",
            Self::SetSince(None) => "compare no longer",
        }
    }

    pub(super) fn apply(self, session: &mut Session) {
        match self {
            Self::SetSaved(day) => session.saved = day,
            Self::SetEmbed(on) => session.embed = on,
            Self::SetSince(path) => session.since = path,
        }
    }
}
