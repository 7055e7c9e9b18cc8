//! What is dropped or pasted on the window, made into files to open: folders are walked and clipboard text is written to
//! a file on a thread of their own, so that neither a slow disk nor a deep tree holds up a frame.
//!
//! Limits: links to folders are not followed, folders whose names begin with a dot are passed over, and of more than two
//! thousand files in folders only the first are opened.

use super::Notice;
use crate::session::write_atomically;
use eframe::egui::Context;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Endings of files of runs; any of them may be followed by `.gz`.
pub(super) const ENDINGS: [&str; 12] = [
    "csv", "tsv", "txt", "json", "jsonl", "ndjson", "log", "out", "xlsx", "xls", "ods", "psv",
];

/// Files that are opened out of folders at once.
const MOST: usize = 2000;

/// Files to open, and what to say of them.
pub(super) struct Arrived {
    /// In the order of their names.
    pub(super) paths: Vec<PathBuf>,
    /// For the status line.
    pub(super) notice: Option<Notice>,
}

/// Arrivals under way.
pub(super) struct Arrivals {
    sender: Sender<Arrived>,
    receiver: Receiver<Arrived>,
    under_way: usize,
    /// Where pasted tables are kept; nowhere where the system names no such folder.
    folder: Option<PathBuf>,
}

impl Arrivals {
    /// None yet; pasted tables go to this folder.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        let (sender, receiver) = channel();
        Self {
            sender,
            receiver,
            under_way: 0,
            folder,
        }
    }

    /// Pasted tables go here from now on.
    pub(super) fn keep_pasted_in(&mut self, folder: PathBuf) {
        self.folder = Some(folder);
    }

    /// Whether anything is under way.
    pub(super) fn busy(&self) -> bool {
        self.under_way > 0
    }

    /// Finds the files among paths and in the folders among them.
    pub(super) fn take_paths(&mut self, ctx: &Context, paths: Vec<PathBuf>) {
        if !paths.is_empty() {
            self.spawn(ctx, move || expand(&paths));
        }
    }

    /// Writes clipboard text to a file.
    pub(super) fn take_text(&mut self, ctx: &Context, text: String) {
        let folder = self.folder.clone();
        self.spawn(ctx, move || keep(&text, folder.as_deref()));
    }

    /// What has come, if anything.
    pub(super) fn poll(&mut self) -> Option<Arrived> {
        let arrived = self.receiver.try_recv().ok()?;
        self.under_way -= 1;
        Some(arrived)
    }

    fn spawn(&mut self, ctx: &Context, work: impl FnOnce() -> Arrived + Send + 'static) {
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        let thread = move || {
            // The window may be gone meanwhile.
            sender.send(work()).ok();
            ctx.request_repaint();
        };
        let spawned = std::thread::Builder::new().name("arrivals".to_owned()).spawn(thread);
        self.under_way += usize::from(spawned.is_ok());
    }
}

/// What a walk through folders has found.
#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    passed_over: usize,
    closed: Vec<String>,
}

impl Walk {
    fn enter(&mut self, folder: &Path) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            self.closed.push(folder.display().to_string());
            return;
        };
        let mut paths: Vec<(PathBuf, std::fs::FileType)> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| Some((entry.path(), entry.file_type().ok()?)))
            .collect();
        paths.sort_by(|a, b| a.0.cmp(&b.0));
        for (path, kind) in paths {
            let hidden = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'));
            match kind.is_dir() {
                true if hidden => {}
                true => self.enter(&path),
                false if is_run_file(&path) && self.files.len() < MOST => self.files.push(path),
                false => self.passed_over += 1,
            }
        }
    }
}

fn is_run_file(path: &Path) -> bool {
    let name = path.file_name().map_or(String::new(), |name| {
        let name = name.to_string_lossy().to_lowercase();
        name.strip_suffix(".gz").unwrap_or(&name).to_owned()
    });
    !name.starts_with('.')
        && name
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// Files as they were named, folders as what is in them.
fn expand(paths: &[PathBuf]) -> Arrived {
    let mut walk = Walk::default();
    let mut files = vec![];
    let mut folders = vec![];
    for path in paths {
        if path.is_dir() {
            walk.enter(path);
            folders.push(path.file_name().map_or_else(
                || path.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            ));
        } else {
            files.push(path.clone());
        }
    }
    let notice = (!folders.is_empty()).then(|| {
        let place = match folders.as_slice() {
            [one] => format!("“{one}”"),
            more => format!("{} folders", more.len()),
        };
        let mut text = match walk.files.len() {
            0 => format!("No file of runs in {place}: looked for .{}", ENDINGS.join(", .")),
            1 => format!("Found 1 file in {place}"),
            count => format!("Found {count} files in {place}"),
        };
        if walk.passed_over > 0 {
            text.push_str(&format!("; {} with other endings passed over", walk.passed_over));
        }
        if let [first, rest @ ..] = walk.closed.as_slice() {
            let more = match rest.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            text.push_str(&format!("; could not look into {first}{more}"));
        }
        Notice {
            text,
            error: walk.files.is_empty() || !walk.closed.is_empty(),
        }
    });
    files.append(&mut walk.files);
    Arrived { paths: files, notice }
}

/// Keeps pasted text as a file; the same text is the same file.
fn keep(text: &str, folder: Option<&Path>) -> Arrived {
    let refuse = |text: String| Arrived {
        paths: vec![],
        notice: Some(Notice { text, error: true }),
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    if lines < 2 {
        return refuse("The clipboard holds no table: expected a line of names and rows below it".to_owned());
    }
    let Some(folder) = folder else {
        return refuse("The pasted table was not opened: this system names no folder to keep it in".to_owned());
    };
    let hash = Sha256::digest(text.as_bytes());
    let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(format!("pasted-{short}.tsv"));
    let written = std::fs::create_dir_all(folder).and_then(|()| write_atomically(&path, text.as_bytes()));
    match written {
        Ok(()) => Arrived {
            notice: Some(Notice {
                text: format!("Pasted {lines} lines, kept as {}", path.display()),
                error: false,
            }),
            paths: vec![path],
        },
        Err(error) => refuse(format!(
            "The pasted table could not be kept in {}: {error}",
            folder.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_and_other_files_counted() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("b/deep")).unwrap();
        std::fs::create_dir_all(at(".git")).unwrap();
        for name in [
            "a.csv",
            "b/deep/run.JSONL.gz",
            "b/weights.bin",
            ".git/log.txt",
            "b/.hidden.csv",
        ] {
            std::fs::write(at(name), "x").unwrap();
        }
        let arrived = expand(&[folder.path().to_owned(), at("b/weights.bin")]);
        let names: Vec<String> = arrived
            .paths
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["weights.bin", "a.csv", "run.JSONL.gz"]);
        let text = arrived.notice.unwrap().text;
        assert!(text.starts_with("Found 2 files in"), "{text}");
        assert!(text.ends_with("2 with other endings passed over"), "{text}");
    }

    #[test]
    fn the_same_text_is_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("pasted");
        let first = keep("N\tloss\n1e9\t2.5\n", Some(&inner));
        let again = keep("N\tloss\n1e9\t2.5\n", Some(&inner));
        assert_eq!(first.paths, again.paths);
        assert_eq!(std::fs::read_to_string(&first.paths[0]).unwrap(), "N\tloss\n1e9\t2.5\n");
        let refused = keep("https://example.org", Some(&inner));
        assert!(refused.paths.is_empty() && refused.notice.unwrap().error);
    }
}
