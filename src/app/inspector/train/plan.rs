//! The planned runs, to be edited before they start: size, tokens, predicted time.

use super::choice::error_ui;
use super::{Fields, sign_button};
use crate::app::Requests;
use crate::app::training::{TrainCommand, Training, another};
use crate::app::widgets::{heading, small};
use crate::lab::{Budget, Planned, duration, least_tokens, nearest};
use crate::session::{Action, TrainAction, Workspace};
use crate::units::{Flops, Params, Tokens};
use eframe::egui::{Align, Button, Grid, Layout, Ui};

/// Width of a field.
const FIELD: f32 = 64.0;

pub(super) fn plan_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    training: &Training,
    fields: &mut Fields,
    requests: &mut Requests,
) {
    let choice = &workspace.session().train;
    ui.horizontal(|ui| {
        let tip =
            "Times a few steps of each size on this machine, and fills the budget with runs for what is chosen above";
        if ui.button("Plan runs").on_hover_text(tip).clicked() {
            requests.commands.push(TrainCommand::Plan.into());
        }
        if !choice.runs.is_empty() {
            let can = !training.unfinished();
            let tip = if can {
                "Trains these runs, at a low priority beside everything else"
            } else {
                "One sweep at a time: finish or cancel the present one first"
            };
            let start = ui.add_enabled(can, Button::new("Start"));
            if start.on_hover_text(tip).on_disabled_hover_text(tip).clicked() {
                requests.commands.push(TrainCommand::Start.into());
            }
        }
    });
    if choice.runs.is_empty() {
        return;
    }
    heading(ui, "Planned runs");
    fields.runs.resize_with(choice.runs.len(), Default::default);
    let speeds = workspace.derived().train.speeds.as_ref();
    Grid::new("planned").num_columns(5).spacing([8.0, 2.0]).show(ui, |ui| {
        for (head, width) in [
            ("Parameters", FIELD),
            ("Tokens", FIELD),
            ("", 0.0),
            ("Time", 0.0),
            ("", 0.0),
        ] {
            ui.vertical(|ui| {
                // A field takes no more room than its column has, and the heading alone would leave it too little.
                ui.set_min_width(width);
                ui.label(small(head, ui));
            });
        }
        ui.end_row();
        for (place, run) in choice.runs.iter().enumerate() {
            run_ui(ui, place, run, &mut fields.runs[place], requests);
            let tip = "Another seed, unique tokens of text that repeats, fewer tokens at which it is measured too";
            ui.label(small(note(run, choice.seed), ui)).on_hover_text(tip);
            let seconds = speeds.and_then(|speeds| speeds.seconds(run));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(small(seconds.map_or_else(|| "–".to_owned(), duration), ui));
            });
            if sign_button(ui, "✕", &format!("Remove run {}", place + 1), true).clicked() {
                requests.act(Action::Train(TrainAction::RemoveRun(place)));
            }
            ui.end_row();
        }
    });
    for entry in fields.runs.iter().flatten() {
        error_ui(ui, entry);
    }
    let tip = "The next larger model, on 20 tokens a parameter";
    if ui.button("Add a run").on_hover_text(tip).clicked() {
        requests.act(Action::Train(TrainAction::AddRun(another(workspace))));
    }
    ui.label(small(total(workspace, training), ui));
}

/// What sets a run apart besides its size and tokens.
fn note(run: &Planned, seed: u64) -> String {
    let notes = [
        (run.seed != seed).then(|| format!("seed {}", run.seed)),
        run.unique_tokens
            .map(|unique| format!("of {}", Tokens(unique as f64).short())),
        (!run.branches.is_empty()).then(|| format!("+{} D", run.branches.len())),
    ];
    notes.into_iter().flatten().collect::<Vec<String>>().join(", ")
}

/// `15 runs, about 9 min 40 s of 10 min`.
fn total(workspace: &Workspace, training: &Training) -> String {
    let choice = &workspace.session().train;
    let count = match choice.runs.len() {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    };
    let flops = Flops(choice.runs.iter().map(Planned::flops).sum());
    let speeds = workspace.derived().train.speeds.as_ref();
    let seconds = speeds.and_then(|speeds| speeds.total(&choice.runs, training.jobs));
    let time = seconds.map_or(String::new(), |seconds| format!(", about {}", duration(seconds)));
    let of = match choice.budget {
        Budget::Seconds(_) if seconds.is_some() => format!(" of {}", choice.budget),
        Budget::Seconds(_) | Budget::Flops(_) => String::new(),
    };
    format!("{count}, {} FLOP{time}{of}", flops.short())
}

/// Size and tokens of one run.
fn run_ui(
    ui: &mut Ui,
    place: usize,
    run: &Planned,
    [size, tokens]: &mut [crate::app::widgets::Entry; 2],
    requests: &mut Requests,
) {
    let number = place + 1;
    let params = |text: &str| text.parse::<Params>().map_err(|error| error.to_string());
    let shown = Params(run.params_non_embedding() as f64).short();
    if let Some(params) = size.ui(ui, &format!("Parameters of run {number}"), &shown, FIELD, params) {
        // Sizes come in steps: the nearest one there is.
        requests.act(Action::Train(TrainAction::SetRunSize(place, nearest(params.0))));
    }
    let least = least_tokens(run);
    let read = |text: &str| {
        let tokens = text.parse::<Tokens>().map_err(|error| error.to_string())?;
        if tokens.0 < least as f64 {
            return Err(format!(
                "expected at least {}: fewer are no training",
                Tokens(least as f64).short()
            ));
        }
        Ok(tokens.0 as u64)
    };
    let shown = Tokens(run.tokens as f64).short();
    if let Some(count) = tokens.ui(ui, &format!("Tokens of run {number}"), &shown, FIELD, read) {
        requests.act(Action::Train(TrainAction::SetRunTokens(place, count)));
    }
}
