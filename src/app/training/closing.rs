//! Closing the window while something is trained: it asks first.

use super::{TrainCommand, Training};
use crate::app::IsolossApp;
use crate::app::commands::Command;
use crate::app::theme;
use crate::app::widgets::small;
use eframe::egui::{Context, Id, Modal, RichText, ViewportCommand};

/// How far closing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Closing {
    /// Nobody wants that.
    #[default]
    No,
    /// The question is on screen.
    Asked,
    /// Runs are being saved; then the window goes.
    Saving,
}

impl IsolossApp {
    /// Holds the window where something is trained, and lets it go when that is saved.
    pub(super) fn mind_closing(&mut self, ctx: &Context) {
        let training = &mut self.training;
        if ctx.input(|input| input.viewport().close_requested()) && training.active() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            if training.closing == Closing::No {
                training.closing = Closing::Asked;
            }
        }
        if training.closing == Closing::Saving && !training.active() {
            training.closing = Closing::No;
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    /// Does what was answered.
    pub(super) fn close(&mut self, stop: bool) {
        self.training.closing = match &mut self.training.queue {
            Some(queue) if stop => {
                queue.stop();
                Closing::Saving
            }
            _ => Closing::No,
        };
    }
}

/// The question, while it is open.
pub(in crate::app) fn closing_ui(ctx: &Context, training: &Training, commands: &mut Vec<Command>) {
    if training.closing == Closing::No {
        return;
    }
    let modal = Modal::new(Id::unique("closing")).show(ctx, |ui| {
        ui.set_width(380.0);
        let title = if training.closing == Closing::Saving {
            "Saving what is trained"
        } else {
            "Models are being trained"
        };
        ui.label(RichText::new(title).font(theme::bold(theme::size::TITLE)));
        ui.add_space(theme::GRID * 0.5);
        ui.label(small(
            "Stopped runs are saved where they are. The next start offers to go on with them, to the same losses.",
            ui,
        ));
        ui.add_space(theme::GRID);
        if training.closing == Closing::Asked {
            ui.horizontal(|ui| {
                if ui.button("Stop after saving and close").clicked() {
                    commands.push(TrainCommand::Close { stop: true }.into());
                }
                if ui.button("Keep running here").clicked() {
                    commands.push(TrainCommand::Close { stop: false }.into());
                }
            });
        }
    });
    if modal.should_close() && training.closing == Closing::Asked {
        commands.push(TrainCommand::Close { stop: false }.into());
    }
}
