//! The bottom line: what the mouse does here, the point under it, jobs with their progress.

use super::commands::Command;
use super::files::Files;
use super::readout::run_name;
use super::theme::{self, size};
use super::widgets::small;
use super::{Local, Requests};
use crate::figure::Token;
use crate::fit::{FitError, IntervalMethod};
use crate::session::jobs::{Job, Jobs};
use crate::session::{TaskKind, Workspace};
use eframe::egui::{Align, Label, Layout, ProgressBar, RichText, Ui};
use std::time::Duration;

pub(super) fn status_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    jobs: &Jobs,
    files: &Files,
    local: &Local,
    requests: &mut Requests,
) {
    ui.horizontal_centered(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            jobs_ui(ui, jobs, files.waiting.len(), requests);
            let method = workspace.session().fit.interval;
            if let Some(error) = workspace.derived().uncertainty_error(method) {
                let what = match method {
                    IntervalMethod::Bootstrap => "Bootstrap",
                    IntervalMethod::Profile => "Profiles",
                    IntervalMethod::Delta => "Curvature",
                };
                let text = match error {
                    FitError::Cancelled => format!("{what} cancelled"),
                    error => format!("{what}: {error}"),
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

/// The run under the mouse and what the mouse does there, else the last notice, else what the mouse does here.
fn left_ui(ui: &mut Ui, workspace: &Workspace, local: &Local) {
    let text = if let Some(name) = local.hovered.and_then(|datum| run_name(workspace, datum)) {
        small(format!("{name} · {}", local.hint), ui)
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

/// A row for each job; of many readings one, with how many others there are.
fn jobs_ui(ui: &mut Ui, jobs: &Jobs, waiting: usize, requests: &mut Requests) {
    let is_reading = |job: &&Job| matches!(job.kind, TaskKind::Load(_)) && job.error.is_none();
    let readings = jobs.list().iter().filter(is_reading).count() + waiting;
    let mut first = true;
    for job in jobs.list() {
        if is_reading(&job) {
            if !std::mem::take(&mut first) {
                continue;
            }
            if readings > 1 {
                ui.label(small(format!("and {} more", readings - 1), ui));
            }
        }
        job_ui(ui, job, requests);
    }
    if jobs.busy() {
        // Times go on where no progress wakes the window.
        ui.ctx().request_repaint_after(Duration::from_millis(500));
    }
}

/// `· 12 s left`, or how long it has taken where nobody can tell.
fn time_left(job: &Job) -> String {
    match (job.seconds_left(), job.seconds()) {
        (Some(left), _) => format!(" · {left:.0} s left"),
        (None, seconds) if seconds >= 1.0 => format!(" · {seconds:.0} s"),
        (None, _) => String::new(),
    }
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
    ui.label(small(format!("{}{}", job.title, time_left(job)), ui));
}
