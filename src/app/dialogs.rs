//! The system's file dialogs: made on the main thread, awaited on another, so that the window never freezes.

use crate::figure::{FigureFormat, FigurePage};
use crate::session::{DataId, FigureOf, PROJECT_ENDING, RUN_ENDINGS};
use crate::validation::CardFormat;
use eframe::egui::Context;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

/// What the user picked.
pub(super) enum Picked {
    /// Files of runs to open.
    Runs(Vec<PathBuf>),
    /// Where to write a figure, and for which page.
    Figure(FigureOf, Option<FigurePage>, PathBuf),
    /// The folder to write every view into.
    Views(FigureFormat, PathBuf),
    /// Where to write a card.
    Card(CardFormat, PathBuf),
    /// Where to write the project.
    Project(PathBuf),
    /// An earlier save to compare with.
    Earlier(PathBuf),
    /// Where a file is that was not found.
    Found(DataId, PathBuf),
    /// Text to train on: a file or a folder.
    Text(PathBuf),
    /// Nothing, and too soon for a hand: the desktop has no file dialog to offer.
    NoDialog,
}

/// The dialog that is open, if any; asking for another meanwhile is ignored.
#[derive(Default)]
pub(super) struct Dialogs {
    open: Option<(Instant, Receiver<Option<Picked>>)>,
}

/// A dialog that is gone sooner than this was never there: a missing one and a cancelled one look the same otherwise.
const NEVER_THERE: Duration = Duration::from_millis(250);

impl Dialogs {
    /// Asks for files of runs.
    pub(super) fn open_runs(&mut self, ctx: &Context, frame: &eframe::Frame) {
        if self.open.is_some() {
            return;
        }
        let endings: Vec<&str> = RUN_ENDINGS.into_iter().chain(["gz", PROJECT_ENDING]).collect();
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Open runs")
            .add_filter("Run tables and projects", &endings)
            .add_filter("All files", &["*"])
            .set_parent(frame)
            .pick_files();
        self.wait(ctx, async move {
            let files = dialog.await?;
            Some(Picked::Runs(
                files.iter().map(|file| file.path().to_path_buf()).collect(),
            ))
        });
    }

    /// Asks where to write a figure.
    pub(super) fn save_figure(&mut self, ctx: &Context, frame: &eframe::Frame, of: FigureOf, page: Option<FigurePage>) {
        if self.open.is_some() {
            return;
        }
        let mut dialog = rfd::AsyncFileDialog::new()
            .set_title("Save figure: the ending of its name says the format")
            .set_file_name(format!("{}.svg", of.name()))
            .set_parent(frame);
        for format in FigureFormat::ALL {
            dialog = dialog.add_filter(format.label(), &[format.extension()]);
        }
        let dialog = dialog.save_file();
        self.wait(ctx, async move {
            Some(Picked::Figure(of, page, dialog.await?.path().to_path_buf()))
        });
    }

    /// Asks for a folder to write every view into.
    pub(super) fn save_views(&mut self, ctx: &Context, frame: &eframe::Frame, format: FigureFormat) {
        if self.open.is_some() {
            return;
        }
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Save all views in a folder")
            .set_parent(frame)
            .pick_folder();
        self.wait(ctx, async move {
            Some(Picked::Views(format, dialog.await?.path().to_path_buf()))
        });
    }

    /// Asks where to write a card.
    pub(super) fn save_card(&mut self, ctx: &Context, frame: &eframe::Frame, format: CardFormat) {
        if self.open.is_some() {
            return;
        }
        let ending = format.extension();
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Save fit card")
            .set_file_name(format!("fit-card.{ending}"))
            .add_filter(ending, &[ending])
            .set_parent(frame)
            .save_file();
        self.wait(ctx, async move {
            Some(Picked::Card(format, dialog.await?.path().to_path_buf()))
        });
    }

    /// Asks where to write the project.
    pub(super) fn save_project(&mut self, ctx: &Context, frame: &eframe::Frame, name: &str) {
        if self.open.is_some() {
            return;
        }
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Save project")
            .set_file_name(format!("{name}.{PROJECT_ENDING}"))
            .add_filter("Isoloss project", &[PROJECT_ENDING])
            .set_parent(frame)
            .save_file();
        self.wait(
            ctx,
            async move { Some(Picked::Project(dialog.await?.path().to_path_buf())) },
        );
    }

    /// Asks for an earlier save to compare with.
    pub(super) fn compare(&mut self, ctx: &Context, frame: &eframe::Frame) {
        if self.open.is_some() {
            return;
        }
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Compare with an earlier save")
            .add_filter("Projects and pictures of them", &[PROJECT_ENDING, "svg", "png", "pdf"])
            .set_parent(frame)
            .pick_file();
        self.wait(
            ctx,
            async move { Some(Picked::Earlier(dialog.await?.path().to_path_buf())) },
        );
    }

    /// Asks where a file of runs is that was not found.
    pub(super) fn find(&mut self, ctx: &Context, frame: &eframe::Frame, id: DataId) {
        if self.open.is_some() {
            return;
        }
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Find the file")
            .set_parent(frame)
            .pick_file();
        self.wait(ctx, async move {
            Some(Picked::Found(id, dialog.await?.path().to_path_buf()))
        });
    }

    /// Asks for text to train on: a file, or a folder of them.
    pub(super) fn pick_text(&mut self, ctx: &Context, frame: &eframe::Frame, folder: bool) {
        if self.open.is_some() {
            return;
        }
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Text to train on")
            .set_parent(frame);
        let picking: Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>> = if folder {
            Box::pin(dialog.pick_folder())
        } else {
            Box::pin(dialog.pick_file())
        };
        self.wait(
            ctx,
            async move { Some(Picked::Text(picking.await?.path().to_path_buf())) },
        );
    }

    fn wait(&mut self, ctx: &Context, picked: impl Future<Output = Option<Picked>> + Send + 'static) {
        let (sender, receiver) = channel();
        let ctx = ctx.clone();
        let await_choice = move || {
            // The window may be gone when the choice is made.
            sender.send(pollster::block_on(picked)).ok();
            ctx.request_repaint();
        };
        // Without a thread there is no dialog; the receiver then reports a closed channel, which reads as cancelled.
        std::thread::Builder::new()
            .name("dialog".to_owned())
            .spawn(await_choice)
            .ok();
        self.open = Some((Instant::now(), receiver));
    }

    /// The choice, once it is made.
    pub(super) fn poll(&mut self) -> Option<Picked> {
        let (since, receiver) = self.open.as_ref()?;
        let picked = match receiver.try_recv() {
            Err(TryRecvError::Empty) => return None,
            Ok(picked) => picked,
            Err(TryRecvError::Disconnected) => None,
        };
        let never_there = picked.is_none() && since.elapsed() < NEVER_THERE;
        self.open = None;
        if never_there { Some(Picked::NoDialog) } else { picked }
    }
}
