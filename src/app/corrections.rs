//! How files were corrected, remembered for the next with the same header.
//!
//! A file is known by its signature: a hash of its layout and the names of its columns, as they are read without any
//! correction. Kept as JSON with the window's own state; the newest two hundred.

use crate::import::{ImportOptions, ImportReport};
use crate::session::{DataId, Session, Source};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// How many are kept.
const MOST: usize = 200;

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Correction {
    signature: String,
    import: ImportOptions,
}

/// What was corrected, and which files it concerns.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    /// The newest last.
    known: Vec<Correction>,
    open: HashMap<DataId, Open>,
}

/// A file that is open, as it was first read.
#[derive(Debug)]
struct Open {
    /// Undo frees the identities of data sets, so the source tells one from a later one.
    source: Source,
    signature: String,
    /// How it is read now.
    import: ImportOptions,
    /// That was remembered, not chosen by hand.
    remembered: bool,
}

/// What tells files of one making from others.
pub(super) fn signature(report: &ImportReport) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{:?}", report.shape));
    for column in &report.columns {
        hash.update([0]);
        hash.update(column.name.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Corrections {
    /// From the window's state; what cannot be read is as good as forgotten.
    pub(super) fn from_json(text: &str) -> Self {
        Self {
            known: serde_json::from_str(text).unwrap_or_default(),
            open: HashMap::new(),
        }
    }

    /// For the window's state.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(&self.known).expect("plain data")
    }

    /// Takes note of a file as it is read without corrections; the first time, gives those of its like.
    pub(super) fn meet(&mut self, id: DataId, source: &Source, report: &ImportReport) -> Option<ImportOptions> {
        if self.open.get(&id).is_some_and(|open| open.source == *source) {
            return None;
        }
        let signature = signature(report);
        let found = self.known.iter().find(|known| known.signature == signature);
        let import = found.map(|known| known.import.clone());
        let open = Open {
            source: source.clone(),
            signature,
            import: import.clone().unwrap_or_default(),
            remembered: import.is_some(),
        };
        self.open.insert(id, open);
        import
    }

    /// Whether a file is read as one like it was corrected before.
    pub(super) fn remembered(&self, id: DataId) -> bool {
        self.open.get(&id).is_some_and(|open| open.remembered)
    }

    /// Compares the session with what is known: a file that is read another way now was corrected.
    pub(super) fn observe(&mut self, session: &Session) {
        for set in &session.data {
            let open = self.open.get_mut(&set.id).filter(|open| open.source == set.source);
            let Some(open) = open.filter(|open| open.import != set.import) else {
                continue;
            };
            open.import = set.import.clone();
            open.remembered = false;
            self.known.retain(|known| known.signature != open.signature);
            if set.import != ImportOptions::default() {
                self.known.push(Correction {
                    signature: open.signature.clone(),
                    import: set.import.clone(),
                });
                if self.known.len() > MOST {
                    self.known.remove(0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Role;
    use crate::import::{Imported, import};
    use crate::session::DataSet;

    fn report(header: &str) -> ImportReport {
        let text = format!("{header}\n1e9,2e10,2.5\n");
        let Imported { report, .. } = import("a.csv", text.as_bytes(), &ImportOptions::default()).unwrap();
        report
    }

    fn session(id: u32, import: ImportOptions) -> Session {
        Session {
            data: vec![DataSet {
                id: DataId(id),
                source: Source::Example,
                import,
                shown: true,
                readings: 0,
                sha256: None,
            }],
            ..Session::default()
        }
    }

    fn chosen(name: &str) -> ImportOptions {
        ImportOptions {
            columns: vec![(Role::Tokens, name.to_owned())],
            ..ImportOptions::default()
        }
    }

    #[test]
    fn a_correction_is_kept_for_the_same_header_and_taken_back() {
        let mut corrections = Corrections::default();
        assert_eq!(
            corrections.meet(DataId(0), &Source::Example, &report("N,seen,loss")),
            None
        );
        corrections.observe(&session(0, chosen("seen")));
        let mut later = Corrections::from_json(&corrections.to_json());
        assert_eq!(later.meet(DataId(7), &Source::Example, &report("N,D,loss")), None);
        assert_eq!(
            later.meet(DataId(8), &Source::Example, &report("N,seen,loss")),
            Some(chosen("seen"))
        );
        assert!(later.remembered(DataId(8)) && !later.remembered(DataId(7)));
        // Undoing it forgets it.
        later.observe(&session(8, ImportOptions::default()));
        assert_eq!(later.to_json(), "[]");
    }

    #[test]
    fn the_oldest_make_room() {
        let mut corrections = Corrections::default();
        for index in 0..MOST as u32 + 3 {
            corrections.meet(DataId(index), &Source::Example, &report(&format!("N,seen{index},loss")));
            corrections.observe(&session(index, chosen(&format!("seen{index}"))));
        }
        assert_eq!(corrections.known.len(), MOST);
        assert_eq!(corrections.known[0].import, chosen("seen3"));
        assert!(Corrections::from_json("nonsense").known.is_empty());
    }
}
