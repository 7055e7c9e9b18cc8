//! What each command of the window does.

use super::IsolossApp;
use super::commands::Command;
use super::present::{Elsewhere, Presentation};
use crate::session::{Action, CardNumbers, FigureOf, ProjectAction, Source, card, write_atomically};
use crate::validation::CardFormat;
use eframe::egui::{self, Context};
use std::path::{Path, PathBuf};

impl IsolossApp {
    /// Does what a command says.
    pub(super) fn command(&mut self, ctx: &Context, frame: &eframe::Frame, command: Command) {
        match command {
            Command::Open => self.dialogs.open_runs(ctx, frame),
            Command::Save if self.save_project() => {}
            Command::Save | Command::SaveAs => {
                let name = self.project.name();
                self.dialogs
                    .save_project(ctx, frame, name.as_deref().unwrap_or("project"));
            }
            Command::Compare => self.dialogs.compare(ctx, frame),
            Command::CompareNoLonger => self.act(Action::Project(ProjectAction::SetSince(None))),
            Command::OpenRecent(place) => {
                if let Some(path) = self.project.recent().get(place).cloned() {
                    self.open_project(path);
                }
            }
            Command::Present => self.present(ctx, None),
            Command::PresentElsewhere => match Elsewhere::of(frame) {
                Some(elsewhere) => self.present(ctx, Some(elsewhere)),
                None => self.say("There is no other display; F5 presents on this one", true),
            },
            Command::Restore(true) => self.restore_unsaved(),
            Command::Restore(false) => self.discard_unsaved(),
            Command::Find(id) => self.dialogs.find(ctx, frame, id),
            Command::Undo => {
                let tasks = self.workspace.undo();
                self.undertake(tasks);
            }
            Command::Redo => {
                let tasks = self.workspace.redo();
                self.undertake(tasks);
            }
            Command::SwitchTheme => {
                let other = if ctx.theme() == egui::Theme::Dark {
                    egui::Theme::Light
                } else {
                    egui::Theme::Dark
                };
                ctx.set_theme(other);
            }
            Command::SaveFigure(of, page) => {
                let of = of.unwrap_or(FigureOf::View(self.workspace.session().view.board[0]));
                self.dialogs.save_figure(ctx, frame, of, page);
            }
            Command::SaveViews(format) => self.dialogs.save_views(ctx, frame, format),
            Command::Preview => self.preview(ctx),
            Command::CopyFigure(of) => self.copy_figure(ctx, of),
            Command::CancelJob(kind) => self.cancel(kind),
            Command::Profile(index) => {
                let task = self.workspace.profile(index);
                self.undertake(task.into_iter().collect());
            }
            Command::Trust(kind) => {
                let task = self.workspace.trust(kind);
                self.undertake(task.into_iter().collect());
            }
            Command::SaveCard(format) => self.dialogs.save_card(ctx, frame, format),
            Command::CopyCard(format) => match self.card(format) {
                Ok(text) => {
                    ctx.copy_text(text);
                    self.say("The fit card is on the clipboard", false);
                }
                Err(error) => self.say(&error, true),
            },
            Command::Palette => self.local.palette.toggle(),
            Command::Help => self.local.help = !self.local.help,
            Command::Lasso => self.local.lasso.on = !self.local.lasso.on,
            Command::RunTable => self.local.runs.toggle(),
            Command::ExcludeSelected => {
                let exclude = self.local.brush.exclude(&self.workspace);
                exclude.into_iter().for_each(|action| self.act(action));
            }
            Command::ClearSelection => {
                if !self.local.lasso.give_up() {
                    let nothing = self.local.brush.is_empty();
                    self.local.brush.clear();
                    self.local.lasso.on &= !nothing;
                }
            }
            Command::Inspect(tab) => self.local.tab = tab,
            Command::Example(place) => {
                for action in Source::EXAMPLES[place].clone().opened() {
                    self.act(action);
                }
            }
            Command::Paste => ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaste),
            Command::Watch(id, on) => self.watch(ctx, id, on),
            Command::Train(command) => self.train(ctx, frame, command),
            Command::DismissJob(number) => self.jobs.dismiss(number),
            Command::Refit => {
                let tasks = self.workspace.refit();
                self.undertake(tasks);
            }
        }
    }

    /// Begins a presentation, unless one is under way.
    fn present(&mut self, ctx: &Context, elsewhere: Option<Elsewhere>) {
        if self.local.presentation.is_none() {
            self.local.presentation = Some(Presentation::begin(ctx, &self.local, elsewhere));
        }
    }

    /// Writes a file and says so.
    fn write(&mut self, path: &Path, text: &str) {
        match write_atomically(path, text.as_bytes()) {
            Ok(()) => self.say(&format!("Saved {}", path.display()), false),
            Err(error) => self.say(&format!("{} was not saved: {error}", path.display()), true),
        }
    }

    /// The card of the present fit, with what was asked of its trust.
    fn card(&self, format: CardFormat) -> Result<String, String> {
        let none = || "There is no fit to write a card of".to_owned();
        let mut numbers = CardNumbers::of(&self.workspace).ok_or_else(none)?;
        if let Some(Some(Ok(found))) = self.workspace.derived().fit.trust.as_ref().map(|trust| &trust.result) {
            numbers.sensitivity.push(found.summary().to_owned());
        }
        card(&self.workspace, numbers).ok_or_else(none)?.write(format)
    }

    pub(super) fn save_card(&mut self, format: CardFormat, path: PathBuf) {
        let path = if path.extension().is_some() {
            path
        } else {
            path.with_extension(format.extension())
        };
        match self.card(format) {
            Ok(text) => self.write(&path, &text),
            Err(error) => self.say(&error, true),
        }
    }
}
