//! A session as a file: text that a person can read and a version control can compare.
//!
//! ```text
//! { "isoloss": 1, "program": "0.1.0",
//!   "data": [ { "id": 0, "path": "runs/a.csv", "sha256": "…" } ],
//!   "session": { … },
//!   "record": { "law": "chinchilla", "params": [ … ], … },
//!   "embedded": [ { "sha256": "…", "name": "a.csv", "text": [ … ] } ] }
//! ```
//!
//! Choices only: a project that is opened is fitted anew, and comes to the same numbers from the same bytes. Data are named by
//! their way from the project's folder, so that a folder can be moved or sent, and by the hash of what they held, so that a
//! file that has changed since is not taken for the old one in silence.
//!
//! Beside them stands a record of what they came to ([`Record`]): for people and for comparison, never used instead of a fit.
//!
//! Where the user wants it, the bytes of the data stand there too ([`Embedded`]), to be read where a file is missing or another.
//!
//! There is one version so far, and fields that came later have their defaults; a file of a newer version is refused.

use super::embedded::WrittenFile;
use super::{DataId, DataSet, Derived, Embedded, LoadState, Record, Recorded, Session, Source};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Component, Path, PathBuf};

/// The version that is written.
pub const PROJECT_VERSION: u64 = 1;

/// Ending of project files.
pub const PROJECT_ENDING: &str = "isoloss";

/// Whether a file is a project, by its name.
pub fn is_project(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(PROJECT_ENDING))
}

/// Why a file is no project.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// It is no JSON, or not ours.
    #[error("line {line}: not a project of Isoloss: {reason}")]
    Malformed {
        /// 1-based.
        line: usize,
        /// What was found.
        reason: String,
    },
    /// It was written by a later program.
    #[error(
        "this project is of version {found}; this program knows versions up to {PROJECT_VERSION}: open it with a newer one"
    )]
    Newer {
        /// Its version.
        found: u64,
    },
}

/// A data set as the file names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Reference {
    id: DataId,
    /// From the project's folder, with `/`; none for the bundled example.
    path: Option<String>,
    /// Of what it held when it was saved; none where it could not be read.
    sha256: Option<String>,
}

/// A project on its way to a file: everything that is to stand in it. Its text may be made on any thread.
#[derive(Debug, Clone)]
pub struct ProjectFile {
    /// The session, in which every data set has the hash of what it holds.
    session: Session,
    /// What it came to.
    record: Option<Record>,
    /// The data that are kept in it.
    embedded: Embedded,
}

/// As the file has it.
#[derive(Serialize)]
struct Written<'a> {
    isoloss: u64,
    program: &'a str,
    data: Vec<Reference>,
    session: &'a Session,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a Record>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    embedded: Vec<WrittenFile<&'a str>>,
}

impl ProjectFile {
    /// Of a session and its answers.
    pub fn of(session: &Session, derived: &Derived) -> Self {
        let mut session = session.clone();
        for set in &mut session.data {
            if let Some(LoadState::Ready(loaded)) = derived.file(set.id) {
                set.sha256 = Some(loaded.hash.hex().to_owned());
            }
        }
        let known = derived.uncertainty(session.fit.interval);
        let record = Record::of(&session, derived, known);
        Self {
            session,
            record,
            embedded: Embedded::default(),
        }
    }

    /// With the session's data, where it wants them kept, from what is `known` already or else from the disk; and what cannot be
    /// kept, a sentence each.
    pub fn keeping(self, derived: &Derived, known: &Embedded) -> (Self, Vec<String>) {
        if !self.session.embed {
            return (self, vec![]);
        }
        let (embedded, told) = Embedded::of(&self.session, derived, known);
        (self.with_embedded(embedded), told)
    }

    /// With these data in it.
    #[must_use]
    pub fn with_embedded(self, embedded: Embedded) -> Self {
        Self { embedded, ..self }
    }

    /// The data that are kept in it.
    pub fn embedded(&self) -> &Embedded {
        &self.embedded
    }

    /// With another record, or none.
    #[must_use]
    pub fn with_record(self, record: Option<Record>) -> Self {
        Self { record, ..self }
    }

    /// With a record that names no runs.
    pub(super) fn briefly(self) -> Self {
        let record = self.record.map(Record::brief);
        Self { record, ..self }
    }

    /// The text. `folder` is where the file will stand.
    pub fn text(mut self, folder: &Path) -> String {
        let data = references(&mut self.session.data, folder);
        if let Some(earlier) = &mut self.session.since {
            *earlier = PathBuf::from(relative(earlier, folder));
        }
        let written = Written {
            isoloss: PROJECT_VERSION,
            program: env!("CARGO_PKG_VERSION"),
            data,
            session: &self.session,
            record: self.record.as_ref(),
            embedded: self.embedded.written(),
        };
        let mut text = serde_json::to_string_pretty(&written).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// A session as text, with what it came to. `folder` is where the file will stand.
pub fn project_text(session: &Session, derived: &Derived, folder: &Path) -> String {
    ProjectFile::of(session, derived).text(folder)
}

/// Data sets as the file names them; what stands there is no part of the session itself.
fn references(data: &mut [DataSet], folder: &Path) -> Vec<Reference> {
    let mut references = vec![];
    for set in data {
        let path = match &mut set.source {
            Source::Example | Source::LanguageExample | Source::RepeatedExample => None,
            Source::File(path) => {
                let named = relative(path, folder);
                *path = PathBuf::from(&named);
                Some(named)
            }
        };
        references.push(Reference {
            id: set.id,
            path,
            sha256: set.sha256.take(),
        });
    }
    references
}

/// A project as it was opened: the choices, and what stands beside them in its file.
#[derive(Debug, Clone, Default)]
pub struct OpenedProject {
    /// Everything the user chose.
    pub session: Session,
    /// What that came to when it was saved, where the file has it.
    pub recorded: Option<Recorded>,
    /// The data that are kept in it.
    pub embedded: Embedded,
    /// What of it cannot be used, a sentence each.
    pub told: Vec<String>,
}

impl From<Session> for OpenedProject {
    /// Of choices that come from no file.
    fn from(session: Session) -> Self {
        Self {
            session,
            ..Self::default()
        }
    }
}

/// The session of a project's text. `folder` is where the file stands.
///
/// # Errors
/// [`ProjectError`].
pub fn read_project(text: &str, folder: &Path) -> Result<Session, ProjectError> {
    open_project(text, folder).map(|opened| opened.session)
}

/// Everything in a project's text. `folder` is where the file stands. A record that cannot be read is none: no fit rests on it.
///
/// # Errors
/// [`ProjectError`].
pub fn open_project(text: &str, folder: &Path) -> Result<OpenedProject, ProjectError> {
    let malformed = |error: &serde_json::Error| ProjectError::Malformed {
        line: error.line().max(1),
        reason: error.to_string(),
    };
    let mut value: Value = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    let version = value.get("isoloss").and_then(Value::as_u64);
    let version = version.ok_or_else(|| ProjectError::Malformed {
        line: 1,
        reason: "it does not say `\"isoloss\": 1`".to_owned(),
    })?;
    if version > PROJECT_VERSION {
        return Err(ProjectError::Newer { found: version });
    }
    let embedded = value.get_mut("embedded").map_or(Value::Null, Value::take);
    let part = |name: &str| value.get(name).cloned().unwrap_or(Value::Null);
    let mut session: Session = serde_json::from_value(part("session")).map_err(|error| malformed(&error))?;
    let references: Vec<Reference> = serde_json::from_value(part("data")).map_err(|error| malformed(&error))?;
    for set in &mut session.data {
        let Some(reference) = references.iter().find(|reference| reference.id == set.id) else {
            continue;
        };
        set.sha256.clone_from(&reference.sha256);
        if let (Source::File(path), Some(named)) = (&mut set.source, &reference.path) {
            *path = found(named, folder);
        }
    }
    if let Some(earlier) = &mut session.since {
        *earlier = found(&earlier.to_string_lossy(), folder);
    }
    let record = serde_json::from_value(part("record")).ok();
    let recorded = record.map(|record| Recorded::new(session.clone(), record));
    let embedded: Option<Vec<WrittenFile<String>>> =
        serde_json::from_value(embedded).map_err(|error| malformed(&error))?;
    let (embedded, told) = Embedded::from_written(embedded.unwrap_or_default());
    Ok(OpenedProject {
        session,
        recorded,
        embedded,
        told,
    })
}

/// The file that a way from a folder leads to.
fn found(named: &str, folder: &Path) -> PathBuf {
    if Path::new(named).is_absolute() {
        PathBuf::from(named)
    } else {
        folder.join(named.split('/').collect::<PathBuf>())
    }
}

/// The way from a folder to a file, with `/`; the whole path where there is none.
fn relative(path: &Path, folder: &Path) -> String {
    // The folder of a bare file name is empty, and means the present one.
    let whole = |path: &Path| std::path::absolute(Path::new(".").join(path)).unwrap_or_else(|_| path.to_owned());
    let (path, folder) = (whole(path), whole(folder));
    let (to, from): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (path.components().collect(), folder.components().collect());
    let shared = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        // Another drive.
        return path.to_string_lossy().into_owned();
    }
    let up = std::iter::repeat_n("..".into(), from.len() - shared);
    let down = to[shared..].iter().map(|part| part.as_os_str().to_string_lossy());
    up.chain(down).collect::<Vec<_>>().join("/")
}

impl DataSet {
    /// Whether what was read is not what the project was saved with.
    pub fn has_changed(&self, derived: &Derived) -> bool {
        match (derived.file(self.id), &self.sha256) {
            (Some(LoadState::Ready(loaded)), Some(known)) => loaded.hash.hex() != known,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::ImportOptions;
    use crate::session::{Action, DataAction, PlanAction, ScenarioAction, apply};
    use crate::units::Flops;

    fn session(folder: &Path) -> Session {
        let mut session = Session::default();
        let file = |name: &str| (Source::File(folder.join(name)), ImportOptions::default());
        let files = vec![
            file("runs/a.csv"),
            file("../b.csv"),
            (Source::Example, ImportOptions::default()),
        ];
        for action in [
            Action::Data(DataAction::Open(files)),
            Action::Plan(PlanAction::SetBudget(Flops(1.234_567_890_123_456_7e21))),
            Action::Scenario(ScenarioAction::Add("more".to_owned())),
        ] {
            apply(&mut session, action);
        }
        session
    }

    #[test]
    fn a_project_comes_back_as_it_was_and_moves_with_its_folder() {
        let here = std::env::temp_dir().join("a project");
        let written = project_text(&session(&here), &Derived::default(), &here);
        assert!(written.contains("\"path\": \"runs/a.csv\"") && written.contains("\"path\": \"../b.csv\""));
        let there = std::env::temp_dir().join("elsewhere").join("moved");
        let mut expected = session(&there);
        // The way may have been written another way.
        for set in &mut expected.data {
            if let Source::File(path) = &mut set.source {
                *path = there.join(relative(path, &there).split('/').collect::<PathBuf>());
            }
        }
        assert_eq!(read_project(&written, &there).unwrap(), expected);
        assert_eq!(project_text(&expected, &Derived::default(), &there), written);
    }

    #[test]
    fn what_is_no_project_is_said() {
        let folder = Path::new(".");
        let told = |text: &str| read_project(text, folder).unwrap_err().to_string();
        assert!(told("{\n\"isoloss\": x").starts_with("line 2: not a project"));
        assert!(told("{\"runs\": 1}").contains("isoloss"));
        assert!(told("{\"isoloss\": 99}").contains("version 99"));
        assert!(told("{\"isoloss\": 1, \"data\": [], \"session\": {}}").contains("missing field"));
    }
}
