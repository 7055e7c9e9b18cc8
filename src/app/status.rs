//! The bottom line: what the mouse does here, the point under it, jobs with their progress.

use super::board::datum_text;
use super::commands::Command;
use super::theme::{self, size};
use super::widgets::small;
use super::{Local, Requests};
use crate::figure::Token;
use crate::session::Workspace;
use crate::session::jobs::{Job, Jobs};
use eframe::egui::{Align, Label, Layout, ProgressBar, RichText, Ui};

pub(super) fn status_ui(ui: &mut Ui, workspace: &Workspace, jobs: &Jobs, local: &Local, requests: &mut Requests) {
    ui.horizontal_centered(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for job in jobs.list() {
                job_ui(ui, job, requests);
            }
            if let Some(error) = &workspace.derived().fit.bootstrap_error {
                let cancelled = matches!(error, crate::fit::FitError::Cancelled);
                let text = if cancelled {
                    "Bootstrap cancelled".to_owned()
                } else {
                    format!("Bootstrap: {error}")
                };
                if ui.small_button("Run again").clicked() {
                    requests.commands.push(Command::Refit);
                }
                ui.label(small(text, ui));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| left_ui(ui, workspace, local));
        });
    });
}

/// The point under the mouse, else the last notice, else the hint.
fn left_ui(ui: &mut Ui, workspace: &Workspace, local: &Local) {
    let text = if let Some(datum) = local.hovered {
        let text = datum_text(workspace, datum);
        let values: Vec<String> = text
            .values
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        small(format!("{} · {}", text.name, values.join(" · ")), ui)
    } else if let Some(notice) = &local.notice {
        let token = if notice.error { Token::Error } else { Token::TextMuted };
        RichText::new(&notice.text)
            .size(size::SMALL)
            .color(theme::token(ui, token))
    } else {
        small(local.hint, ui)
    };
    ui.add(Label::new(text).truncate());
}

fn job_ui(ui: &mut Ui, job: &Job, requests: &mut Requests) {
    if let Some(error) = &job.error {
        if ui.small_button("Dismiss").clicked() {
            requests.commands.push(Command::DismissJob(job.number));
        }
        let text = format!("{}: {error}", job.title);
        ui.add(
            Label::new(
                RichText::new(text)
                    .size(size::SMALL)
                    .color(theme::token(ui, Token::Error)),
            )
            .truncate(),
        );
        return;
    }
    if ui
        .small_button("Cancel")
        .on_hover_text(format!("Stop: {}", job.title))
        .clicked()
    {
        requests.commands.push(Command::CancelJob(job.kind));
    }
    let bar = ProgressBar::new(job.progress() as f32)
        .desired_width(96.0)
        .desired_height(5.0);
    ui.add(bar.fill(theme::token(ui, Token::Good)));
    let text = match job.seconds_left() {
        Some(left) => format!("{} · {left:.0} s left", job.title),
        None => job.title.clone(),
    };
    ui.label(small(text, ui));
}
