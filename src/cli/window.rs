//! `isoloss` without a subcommand: what the window opens with.

use super::data_args::DataArgs;
use super::output::Failure;
use super::{parse, work};
use crate::figure::ThemeKind;
use crate::figure::views::View;
use crate::session::{Action, DataAction, OpenedProject, Session, Source, ViewAction, apply};
use std::path::PathBuf;

/// Flags of the window.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct WindowArgs {
    /// Run tables or a project to open; the bundled example where none is given
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write a picture of the settled window and close it
    #[arg(long, value_name = "PNG")]
    screenshot: Option<PathBuf>,
    /// Size of the window in points
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<[f32; 2]>,
    /// Colours; those of the system where not given
    #[arg(long, value_name = "light|dark", value_parser = parse::named::<ThemeKind>)]
    theme: Option<ThemeKind>,
    /// Show this view alone: isoloss, isoflop, frontier, loss-n, loss-d, loss-c, residuals, curves, overfit or sample-efficiency
    #[arg(long, value_name = "VIEW", value_parser = parse::named::<View>)]
    view: Option<View>,
    /// Close after the first frame; for measuring the start
    #[arg(long, hide = true)]
    exit_after_first_frame: bool,
}

/// A window to be opened.
#[derive(Debug, Clone)]
pub struct Window {
    /// What is open in it.
    pub opened: OpenedProject,
    /// The project that it is, where one was named.
    pub project: Option<PathBuf>,
    /// Where its picture goes.
    pub screenshot: Option<PathBuf>,
    /// Width and height in points.
    pub size: Option<[f32; 2]>,
    /// Dark or light.
    pub dark: Option<bool>,
    /// Close at once.
    pub exit_after_first_frame: bool,
}

impl WindowArgs {
    /// The window with its files open.
    pub(super) fn window(&self) -> Result<Window, Failure> {
        for file in &self.files {
            // A file that is there but cannot be read is the window's to explain; a slip of the keyboard is not.
            if !file.exists() {
                let name = file.display().to_string();
                return Err(if file.components().count() == 1 && file.extension().is_none() {
                    Failure::usage(format!(
                        "`{name}` is neither a subcommand nor a file; `isoloss --help` lists the subcommands"
                    ))
                } else {
                    Failure::unreadable("unreadable", "no such file", &name, None)
                });
            }
        }
        let opened = work::project_of(&self.files)?;
        let project = opened.as_ref().and_then(|_| self.files.first().cloned());
        let mut opened = opened.unwrap_or_else(|| {
            let mut session = Session::default();
            let actions = if self.files.is_empty() {
                Source::LanguageExample.opened()
            } else {
                let files = DataArgs::default().sources(&self.files, None);
                vec![Action::Data(DataAction::Open(files))]
            };
            // The work that this calls for is the window's, which starts it anew from the session.
            for action in actions {
                apply(&mut session, action);
            }
            session.into()
        });
        if let Some(view) = self.view {
            apply(&mut opened.session, Action::View(ViewAction::Only(view)));
        }
        Ok(Window {
            opened,
            project,
            screenshot: self.screenshot.clone(),
            size: self.size,
            dark: self.theme.map(|theme| theme == ThemeKind::Dark),
            exit_after_first_frame: self.exit_after_first_frame,
        })
    }
}

fn size(text: &str) -> Result<[f32; 2], String> {
    let side = |text: &str| {
        text.trim()
            .parse::<f32>()
            .ok()
            .filter(|side| (100.0..=20_000.0).contains(side))
    };
    let sides = text
        .split_once('x')
        .and_then(|(width, height)| Some([side(width)?, side(height)?]));
    sides.ok_or_else(|| "expected a width and a height such as 1280x800".to_owned())
}
