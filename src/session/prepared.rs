//! The shown tables as the fit takes them: with the loss, N and C that the user chose.
//!
//! Made once for the same files and choices: a drag asks for them with every frame.

use super::{DataId, Derived, Loaded, Session};
use crate::data::{Quantities, RunTable};
use std::sync::Arc;

/// Tables with what they were made of.
#[derive(Debug)]
pub(super) struct Prepared {
    files: Vec<(DataId, Arc<Loaded>)>,
    quantities: Quantities,
    pub(super) tables: Vec<PreparedTable>,
}

/// A table to select from.
#[derive(Debug, Clone)]
pub(super) struct PreparedTable {
    pub(super) id: DataId,
    pub(super) table: Arc<RunTable>,
}

impl Prepared {
    /// From the session's files; `None` while one of them is still being read.
    pub(super) fn of(session: &Session, derived: &mut Derived) -> Option<Arc<Self>> {
        let mut files = vec![];
        for set in session.shown() {
            files.extend(derived.loaded(set.id)?.map(|loaded| (set.id, Arc::clone(loaded))));
        }
        if let Some(known) = derived.prepared.as_ref().filter(|known| known.answers(session, &files)) {
            return Some(Arc::clone(known));
        }
        let quantities = session.quantities;
        let tables = files.iter().map(|(id, loaded)| PreparedTable {
            id: *id,
            table: if quantities == Quantities::default() {
                Arc::clone(&loaded.table)
            } else {
                Arc::new(quantities.of(&loaded.table))
            },
        });
        let prepared = Arc::new(Self {
            tables: tables.collect(),
            quantities,
            files,
        });
        derived.prepared = Some(Arc::clone(&prepared));
        Some(prepared)
    }

    fn answers(&self, session: &Session, files: &[(DataId, Arc<Loaded>)]) -> bool {
        let same = |(a, b): (&(DataId, Arc<Loaded>), &(DataId, Arc<Loaded>))| a.0 == b.0 && Arc::ptr_eq(&a.1, &b.1);
        self.quantities == session.quantities
            && self.files.len() == files.len()
            && self.files.iter().zip(files).all(same)
    }
}
