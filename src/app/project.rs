//! The project as a file: opened, saved, saved by itself every now and then, and offered again after a crash.

use super::IsolossApp;
use crate::session::{
    Action, DataAction, DataId, OpenedProject, PROJECT_ENDING, SaveDate, Session, is_project, open_project, open_saved,
    write_atomically,
};
use eframe::egui::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Key of the projects opened last, in the window's own state.
pub(super) const RECENT: &str = "recent";
/// How many of them are kept.
const RECENT_KEPT: usize = 8;
/// Unsaved work is written down at most so often.
const AUTOSAVE: Duration = Duration::from_secs(5);

/// Where the session is a file, and what of it is not there yet.
#[derive(Default)]
pub(super) struct Project {
    /// The file.
    path: Option<PathBuf>,
    /// The session as it is there, or as it was at the start.
    saved: Session,
    /// The session is another than that.
    modified: bool,
    /// Projects opened or saved last, the latest first.
    recent: Vec<PathBuf>,
    /// Where unsaved work is written down.
    autosave: Option<PathBuf>,
    /// When it was last, and whether a write is under way.
    written: Option<Instant>,
    writing: Arc<AtomicBool>,
    /// Something of now is not written down yet.
    due: bool,
    /// Unsaved work of an earlier time.
    found: Option<OpenedProject>,
}

impl Project {
    /// Of a session as it stands at the start.
    pub(super) fn new(session: &Session) -> Self {
        Self {
            saved: session.clone(),
            ..Self::default()
        }
    }

    /// The file's name, where there is one.
    pub(super) fn name(&self) -> Option<String> {
        Some(self.path.as_ref()?.file_stem()?.to_string_lossy().into_owned())
    }

    /// Whether there is something to save.
    pub(super) fn is_modified(&self) -> bool {
        self.modified
    }

    /// Projects opened or saved last.
    pub(super) fn recent(&self) -> &[PathBuf] {
        &self.recent
    }

    /// Unsaved work of an earlier time, offered until it is taken or refused.
    pub(super) fn offers(&self) -> bool {
        self.found.is_some()
    }

    /// Takes up what was stored: the projects opened last, and unsaved work, which is written down in a folder from now on.
    pub(super) fn remember(&mut self, recent: Option<String>, folder: Option<PathBuf>) {
        self.autosave = folder.map(|folder| folder.join("unsaved.isoloss"));
        let recent = recent.unwrap_or_default();
        self.recent = recent
            .lines()
            .filter(|line| !line.is_empty())
            .map(PathBuf::from)
            .collect();
        if let Some(path) = &self.path {
            self.recent.retain(|known| known != path);
            self.recent.insert(0, path.clone());
        }
        let text = self
            .autosave
            .as_ref()
            .and_then(|path| std::fs::read_to_string(path).ok());
        self.found = text.and_then(|text| open_project(&text, Path::new("/")).ok());
    }

    /// The projects opened last, to be stored.
    pub(super) fn recent_text(&self) -> String {
        let lines: Vec<String> = self.recent.iter().map(|path| path.display().to_string()).collect();
        lines.join("\n")
    }

    fn is_at(&mut self, path: PathBuf, session: &Session) {
        self.recent.retain(|known| *known != path);
        self.recent.insert(0, path.clone());
        self.recent.truncate(RECENT_KEPT);
        self.path = Some(path);
        self.saved = session.clone();
        self.observe(session);
    }

    /// After a change of the session.
    pub(super) fn observe(&mut self, session: &Session) {
        self.modified = *session != self.saved;
        self.due = true;
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new(".")).to_owned()
}

impl IsolossApp {
    /// Opens a project in the place of what is open, which undo brings back.
    pub(super) fn open_project(&mut self, path: PathBuf) {
        match open_saved(&path) {
            Ok(opened) => {
                let told = [vec![format!("Opened {}", path.display())], opened.told.clone()].concat();
                let tasks = self.workspace.replace_by(opened, "open project");
                self.undertake(tasks);
                self.say(&told.join(". "), told.len() > 1);
                self.local.sheet = None;
                self.project.is_at(path, self.workspace.session());
            }
            Err(error) => {
                self.project.recent.retain(|known| *known != path);
                self.say(&format!("{} was not opened: {error}", path.display()), true);
            }
        }
    }

    /// Opens what a picture carries in the place of what is open; it is not saved anywhere then.
    pub(super) fn open_picture(&mut self, path: &Path) {
        match open_saved(path) {
            Ok(opened) => {
                let tasks = self.workspace.replace_by(opened, "open picture");
                self.undertake(tasks);
                self.say(&format!("Opened what {} was made of", path.display()), false);
                self.local.sheet = None;
                self.project.path = None;
                self.project.observe(self.workspace.session());
            }
            Err(error) => self.say(&format!("{} was not opened: {error}", path.display()), true),
        }
    }

    /// The session is what is in a file.
    pub(super) fn opened_as(&mut self, path: PathBuf) {
        self.project.is_at(path, self.workspace.session());
    }

    /// Saves where it was saved before; says whether there is such a place.
    pub(super) fn save_project(&mut self) -> bool {
        let Some(path) = self.project.path.clone() else {
            return false;
        };
        self.save_project_as(path);
        true
    }

    /// Saves to a file.
    pub(super) fn save_project_as(&mut self, path: PathBuf) {
        let path = if is_project(&path) {
            path
        } else {
            path.with_extension(PROJECT_ENDING)
        };
        // What has changed since it was saved before is saved as it is now.
        let derived = self.workspace.derived();
        let sets = self.workspace.session().data.iter();
        let changed: Vec<DataId> = sets.filter(|set| set.has_changed(derived)).map(|set| set.id).collect();
        for id in changed {
            self.act(Action::Data(DataAction::AcceptChange(id)));
        }
        let before = self.workspace.session().saved.clone();
        self.workspace.mark_saved(Some(SaveDate::today()));
        let (file, told) = self.workspace.project_file();
        match write_atomically(&path, file.text(&folder_of(&path)).as_bytes()) {
            Ok(()) => {
                let told = [vec![format!("Saved {}", path.display())], told].concat();
                self.say(&told.join(". "), told.len() > 1);
                self.workspace.forget_record();
                self.project.is_at(path, self.workspace.session());
                self.forget_unsaved();
            }
            Err(error) => {
                self.workspace.mark_saved(before);
                self.say(&format!("{} was not saved: {error}", path.display()), true);
            }
        }
    }

    /// Takes up unsaved work of an earlier time.
    pub(super) fn restore_unsaved(&mut self) {
        if let Some(opened) = self.project.found.take() {
            let tasks = self.workspace.replace_by(opened, "restore unsaved work");
            self.undertake(tasks);
            self.project.observe(self.workspace.session());
        }
    }

    /// Lets unsaved work of an earlier time go.
    pub(super) fn discard_unsaved(&mut self) {
        self.project.found = None;
        self.forget_unsaved();
    }

    fn forget_unsaved(&mut self) {
        self.project.due = false;
        if let Some(path) = &self.project.autosave {
            // There may be none.
            std::fs::remove_file(path).ok();
        }
    }

    /// Writes unsaved work down on a thread, every now and then. Unsaved work of an earlier time stays until it is taken or
    /// refused.
    pub(super) fn autosave(&mut self, ctx: &Context) {
        let project = &mut self.project;
        let Some(path) = project.autosave.clone() else { return };
        if !project.due || project.found.is_some() {
            return;
        }
        let rest = project
            .written
            .and_then(|written| AUTOSAVE.checked_sub(written.elapsed()));
        if let Some(rest) = rest {
            // A window that rests draws no frame by itself, and the last change is not to wait for one.
            ctx.request_repaint_after(rest);
            return;
        }
        if project.writing.swap(true, Ordering::AcqRel) {
            ctx.request_repaint_after(AUTOSAVE);
            return;
        }
        (project.due, project.written) = (false, Some(Instant::now()));
        if !project.modified {
            project.writing.store(false, Ordering::Release);
            std::fs::remove_file(path).ok();
            return;
        }
        let file = self.workspace.unsaved_file();
        let writing = Arc::clone(&project.writing);
        let write = move || {
            // Nothing is lost by a failure but what a crash would lose anyway.
            let folder_made = path.parent().map(std::fs::create_dir_all);
            if folder_made.is_some_and(|made| made.is_ok()) {
                let text = file.text(Path::new("/"));
                write_atomically(&path, text.as_bytes()).ok();
            }
            writing.store(false, Ordering::Release);
        };
        if std::thread::Builder::new()
            .name("autosave".to_owned())
            .spawn(write)
            .is_err()
        {
            project.writing.store(false, Ordering::Release);
        }
    }
}
