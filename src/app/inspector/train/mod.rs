//! Trainings on this machine: what is trained, the runs that are planned, the queue, and what a finished run is.

mod advice;
mod choice;
mod details;
mod plan;
mod queue;

use crate::app::training::{TrainCommand, Training};
use crate::app::widgets::{Entry, card, small};
use crate::app::{Local, Requests};
use crate::figure::Token;
use crate::lab::{Finding, Queue, RowId};
use crate::session::Workspace;
use eframe::egui::{Button, Response, RichText, Role, Ui, WidgetInfo};

/// Half-typed text of the tab, and the row whose run is explained.
#[derive(Default)]
pub(in crate::app) struct Fields {
    corpus: Entry,
    budget: Entry,
    seed: Entry,
    unique_tokens: Entry,
    /// Size and tokens of each planned run.
    runs: Vec<[Entry; 2]>,
    explained: Option<RowId>,
    advice: advice::Kept,
}

pub(super) fn train_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    training: &Training,
    local: &mut Local,
    requests: &mut Requests,
) {
    if training.queue.is_none() && workspace.session().train.runs.is_empty() {
        ui.label(small(
            "Trains small transformers on this machine and watches their scaling law appear. Choose a text and a budget, \
             plan the runs, start: each finished run joins the fit.",
            ui,
        ));
    }
    offers_ui(ui, training, requests);
    if let Some(queue) = &training.queue {
        queue::queue_ui(ui, workspace, queue, &mut local.train, requests);
        findings_ui(ui, queue);
        details::details_ui(ui, workspace, queue, &mut local.train, requests);
        advice::advice_ui(ui, workspace, queue, &mut local.train.advice, requests);
    }
    choice::choice_ui(ui, workspace, &mut local.train, requests);
    plan::plan_ui(ui, workspace, training, &mut local.train, requests);
}

/// What finished runs say by themselves.
fn findings_ui(ui: &mut Ui, queue: &Queue) {
    for finding in queue.findings() {
        let token = match finding {
            Finding::NotMonotone { .. } => Token::Warning,
            Finding::Noise { .. } | Finding::Shape { .. } | Finding::Onsets { .. } => Token::Accent,
        };
        card(ui, token, &finding.to_string());
    }
}

/// Sweeps that wait to be finished.
fn offers_ui(ui: &mut Ui, training: &Training, requests: &mut Requests) {
    for (place, folder) in training.offered.iter().enumerate() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        card(ui, Token::Accent, &format!("Not finished last time: {name}"));
        ui.horizontal(|ui| {
            let can = !training.unfinished();
            let resume = ui.add_enabled(can, Button::new("Resume this sweep"));
            if resume.on_hover_text(folder.display().to_string()).clicked() {
                requests.commands.push(TrainCommand::Resume(place).into());
            }
            let tip = "Offer it no longer; its files stay where they are";
            if ui.button("Forget it").on_hover_text(tip).clicked() {
                requests.commands.push(TrainCommand::Forget(place).into());
            }
        });
    }
}

/// A small button of one sign, with a name for those who do not see it.
fn sign_button(ui: &mut Ui, sign: &str, name: &str, can: bool) -> Response {
    let response = ui.add_enabled(can, Button::new(RichText::new(sign)).small().frame(false));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, can, name));
    response.on_hover_text(name)
}

/// The sweep of a queue in short: its folder's name.
fn name_of(queue: &Queue) -> String {
    queue
        .folder()
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
