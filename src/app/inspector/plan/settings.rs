//! Learning rate and batch that studies suggest, and the critical batch.

use super::table;
use crate::app::figures::Figures;
use crate::app::theme;
use crate::app::widgets::{heading, small};
use crate::figure::Token;
use crate::plan::{critical_batch, fewest_steps, settings};
use crate::session::Workspace;
use crate::units::{Tokens, format_significant};
use eframe::egui::{Align, Grid, Layout, Ui};

pub(super) fn settings_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures) {
    let Some(answer) = figures.answered(workspace) else {
        return;
    };
    let optimum = &answer.answered.optimum;
    heading(ui, "Training settings");
    Grid::new("settings")
        .num_columns(3)
        .spacing([10.0, 4.0])
        .show(ui, |ui| {
            for (text, right) in [("", false), ("learning rate", true), ("batch, tokens", true)] {
                let text = small(text, ui);
                if right {
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
                } else {
                    ui.label(text);
                }
            }
            ui.end_row();
            for setting in settings(optimum) {
                let token = if setting.within { Token::Text } else { Token::TextFaint };
                let color = theme::token(ui, token);
                let beyond = if setting.within {
                    ""
                } else {
                    "\nThis training lies beyond their runs."
                };
                let hover = format!("{}{beyond}", setting.about);
                ui.label(small(setting.source, ui)).on_hover_text(&hover);
                for text in [
                    format_significant(setting.learning_rate, 2),
                    Tokens(setting.batch).short(),
                ] {
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        ui.label(small(text, ui).color(color)).on_hover_text(&hover)
                    });
                }
                ui.end_row();
            }
        });
    if settings(optimum).iter().all(|setting| !setting.within) {
        ui.label(small("Faint: this training lies beyond the runs of every study.", ui));
    }
    if let Some(loss) = optimum.loss {
        table(
            ui,
            "critical batch",
            [
                (
                    "Critical batch (Kaplan)".to_owned(),
                    format!("{} tokens", Tokens(critical_batch(loss.0)).short()),
                ),
                (
                    "Fewest steps".to_owned(),
                    format_significant(fewest_steps(optimum.tokens.0, loss.0), 2),
                ),
            ],
        );
    }
}
