//! What is dropped or pasted on the window, made into files to open: folders are walked and clipboard text is written to
//! a file on a thread of their own, so that neither a slow disk nor a deep tree holds up a frame.
//!
//! Limits: of more than two thousand files in folders only the first are opened.

use super::{Notice, theme};
use crate::figure::Token;
use crate::session::{RUN_ENDINGS, Walk, write_atomically};
use eframe::egui::{self, Context};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

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

/// Files as they were named, folders as what is in them.
fn expand(paths: &[PathBuf]) -> Arrived {
    let mut walk = Walk::default();
    let mut files = vec![];
    let mut folders = vec![];
    for path in paths {
        if path.is_dir() {
            let mut found = Walk::of(path);
            walk.files.append(&mut found.files);
            walk.closed.append(&mut found.closed);
            walk.passed_over += found.passed_over;
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
            0 => format!("No file of runs in {place}: looked for .{}", RUN_ENDINGS.join(", .")),
            1 => format!("Found 1 file in {place}"),
            count => format!("Found {count} files in {place}"),
        };
        if walk.files.len() > MOST {
            walk.files.truncate(MOST);
            text.push_str(&format!(", of which the first {MOST} are opened"));
        }
        if walk.passed_over > 0 {
            text.push_str(&format!("; {} with other endings passed over", walk.passed_over));
        }
        if let [first, rest @ ..] = walk.closed.as_slice() {
            let more = match rest.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            text.push_str(&format!("; could not look into {}{more}", first.display()));
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

/// Says that what is held over the window can be dropped.
pub(super) fn drop_overlay(ctx: &Context) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let screen = ctx.content_rect();
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop")));
    let theme = theme::current(ctx);
    painter.rect_filled(
        screen,
        0.0,
        theme::color(theme.token(Token::Background)).gamma_multiply(0.85),
    );
    let text = theme::color(theme.token(Token::Text));
    painter.text(
        screen.center(),
        egui::Align2::CENTER_CENTER,
        "Drop to open",
        theme::bold(24.0),
        text,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_and_files_taken_as_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("b")).unwrap();
        for name in ["a.csv", "b/weights.bin"] {
            std::fs::write(at(name), "x").unwrap();
        }
        let arrived = expand(&[folder.path().to_owned(), at("b/weights.bin")]);
        assert_eq!(arrived.paths, [at("b/weights.bin"), at("a.csv")]);
        let text = arrived.notice.unwrap().text;
        assert!(text.starts_with("Found 1 file in"), "{text}");
        assert!(text.ends_with("1 with other endings passed over"), "{text}");
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
