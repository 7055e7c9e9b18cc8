//! The shown tables as the fit takes them: files of one study joined, with the loss, N and C that the user chose.
//!
//! Made once for the same files and choices: a drag asks for them with every frame.

use super::{DataId, Derived, Loaded, Session};
use crate::data::{Joined, Part, Quantities, RunTable, join};
use std::sync::Arc;

/// A file as it was read.
type File = (DataId, Arc<Loaded>);

/// Tables with what they were made of.
#[derive(Debug)]
pub(super) struct Prepared {
    files: Vec<File>,
    choices: (bool, Quantities),
    pub(super) tables: Vec<PreparedTable>,
}

/// A table to select from.
#[derive(Debug, Clone)]
pub(super) struct PreparedTable {
    pub(super) table: Arc<RunTable>,
    /// The data sets in it, the one with the losses first.
    pub(super) members: Vec<DataId>,
    /// From which of them its points come, each with the index after its last point.
    pub(super) parts: Vec<(DataId, usize)>,
    /// How they were joined.
    pub(super) notes: Vec<String>,
}

impl Prepared {
    /// From the session's files; `None` while one of them is still being read.
    pub(super) fn of(session: &Session, derived: &mut Derived) -> Option<Arc<Self>> {
        let files = files(session, derived)?;
        let choices = (session.join, session.quantities);
        if let Some(known) = derived.prepared.as_ref().filter(|known| known.answers(choices, &files)) {
            return Some(Arc::clone(known));
        }
        let prepared = Arc::new(Self::new(session, files));
        derived.prepared = Some(Arc::clone(&prepared));
        Some(prepared)
    }

    /// The same beside what is kept: for choices that the user has not made.
    pub(super) fn beside(session: &Session, derived: &Derived) -> Option<Self> {
        Some(Self::new(session, files(session, derived)?))
    }

    fn new(session: &Session, files: Vec<File>) -> Self {
        let choices = (session.join, session.quantities);
        let tables: Vec<Arc<RunTable>> = files.iter().map(|(_, loaded)| Arc::clone(&loaded.table)).collect();
        let joined = if session.join {
            join(&tables)
        } else {
            tables
                .iter()
                .enumerate()
                .map(|(index, table)| Joined::alone(index, table))
                .collect()
        };
        let table = |joined: Joined| PreparedTable {
            table: if session.quantities == Quantities::default() {
                joined.table
            } else {
                Arc::new(session.quantities.of(&joined.table))
            },
            members: joined.members.iter().map(|member| files[*member].0).collect(),
            parts: joined
                .parts
                .iter()
                .map(|Part { member, end }| (files[*member].0, *end))
                .collect(),
            notes: joined.notes,
        };
        Self {
            tables: joined.into_iter().map(table).collect(),
            choices,
            files,
        }
    }

    fn answers(&self, choices: (bool, Quantities), files: &[File]) -> bool {
        let same = |(a, b): (&File, &File)| a.0 == b.0 && Arc::ptr_eq(&a.1, &b.1);
        self.choices == choices && self.files.len() == files.len() && self.files.iter().zip(files).all(same)
    }
}

/// The shown files as they were read; `None` while one of them is still being read.
fn files(session: &Session, derived: &Derived) -> Option<Vec<File>> {
    let mut files = vec![];
    for set in session.shown() {
        files.extend(derived.loaded(set.id)?.map(|loaded| (set.id, Arc::clone(loaded))));
    }
    Some(files)
}
