//! The project inside a picture: what was open when it was made, so that the picture leads back to it.
//!
//! It is in the picture's metadata as it is, one line behind a mark: text in a PNG, an element in an SVG, an attachment in a PDF.
//! Data are named from the folder of the first of them, so that a picture tells of no folder, and finds them where it lies beside
//! them; elsewhere they are missing and are looked for. Trainings are not carried, nor names of the runs that took part, and no project of more than [`MOST`] bytes is.

use super::{OpenedProject, ProjectFile, Session, TrainChoice, Workspace, is_project, open_project};
use serde::Deserialize as _;
use serde_json::Value;
use std::path::Path;

/// What stands before the project.
const MARK: &str = "isoloss project ";
/// A picture is to stay small: with more exclusions than fit in this it carries nothing.
const MOST: usize = 64 << 10;
/// A larger file is no picture of Isoloss, in bytes: any file may be called one, and somebody waits for it.
const LARGEST_PICTURE: u64 = 64 << 20;
/// Endings of pictures that may carry a project.
const ENDINGS: [&str; 3] = ["svg", "png", "pdf"];

/// Whether a file may be a picture with a project, by its name.
pub fn may_carry(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

impl Workspace {
    /// The session as a picture carries it.
    pub(super) fn carried(&self) -> Option<String> {
        let session = Session {
            train: TrainChoice::default(),
            ..self.session().clone()
        };
        let folder = session.data.iter().find_map(|set| set.source.path()?.parent());
        let file = ProjectFile::of(&session, self.derived()).briefly();
        let text = file.text(folder.unwrap_or(Path::new(".")));
        let value: Value = serde_json::from_str(&text).ok()?;
        let line = format!("{MARK}{value}");
        (line.len() <= MOST).then_some(line)
    }
}

/// What was saved at a path: a project, or a picture that carries one.
///
/// # Errors
/// In words: it cannot be read, or is neither.
pub fn open_saved(path: &Path) -> Result<OpenedProject, String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| format!("it cannot be read: {}", crate::import::io_reason(&error));
    if may_carry(path) && !is_project(path) {
        if std::fs::metadata(path).map_err(failed)?.len() > LARGEST_PICTURE {
            return Err(format!("it has more than {} MB", LARGEST_PICTURE >> 20));
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        return carried_project_in(&bytes, folder)
            .ok_or_else(|| "this picture carries no project of Isoloss".to_owned());
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    open_project(&text, folder).map_err(|error| error.to_string())
}

/// The session in the bytes of a picture, whose data lie in a folder; `None` where there is none.
pub fn carried_in(bytes: &[u8], folder: &Path) -> Option<Session> {
    carried_project_in(bytes, folder).map(|opened| opened.session)
}

/// Everything of the project in the bytes of a picture; `None` where there is none.
pub fn carried_project_in(bytes: &[u8], folder: &Path) -> Option<OpenedProject> {
    let text = String::from_utf8_lossy(bytes);
    let (_, rest) = text.split_once(MARK)?;
    // Only SVG writes some signs in its own way.
    let plain = match rest.starts_with("{&quot;") {
        true => {
            let end = rest.find('<').unwrap_or(rest.len());
            let signs = [
                ("&quot;", "\""),
                ("&apos;", "'"),
                ("&#39;", "'"),
                ("&lt;", "<"),
                ("&gt;", ">"),
                ("&amp;", "&"),
            ];
            signs
                .iter()
                .fold(rest[..end].to_owned(), |text, (sign, plain)| text.replace(sign, plain))
        }
        false => rest.to_owned(),
    };
    let mut read = serde_json::Deserializer::from_str(&plain);
    let value = Value::deserialize(&mut read).ok()?;
    open_project(&value.to_string(), folder).ok()
}
