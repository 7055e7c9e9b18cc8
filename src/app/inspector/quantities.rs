//! Which loss, checkpoints, N and C of a run count: choices that would otherwise be made silently.

use super::menu;
use crate::app::Requests;
use crate::app::widgets::{card, heading, labelled, small};
use crate::data::{Checkpoints, Compute, LossOfRun, ParamsCount, Quantities};
use crate::figure::Token;
use crate::session::{Action, DataAction, Workspace};
use eframe::egui::{self, DragValue, Ui, WidgetInfo};

/// Notes on joined files that are shown.
const NOTES: usize = 4;

pub(super) fn quantities_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
    let session = workspace.session();
    let now = session.quantities;
    let mut chosen = now;
    heading(ui, "What counts of a run");
    loss_ui(ui, &mut chosen);
    labelled(ui, "Checkpoints", |ui| {
        let choices = [
            (Checkpoints::Final, "last of each run", "One point a run"),
            (
                Checkpoints::All,
                "all",
                "Every measured point; those of one run are not independent",
            ),
        ];
        if let Some(checkpoints) = menu(ui, "Which checkpoints", &choices, session.selection.checkpoints) {
            requests.act(Action::Data(DataAction::SetCheckpoints(checkpoints)));
        }
    });
    labelled(ui, "N", |ui| {
        let choices = [
            (
                ParamsCount::AsGiven,
                "as given",
                "The total, or the count without embeddings where it is all there is",
            ),
            (ParamsCount::Total, "total", "Runs without a total have no N"),
            (
                ParamsCount::NonEmbedding,
                "without embeddings",
                "Runs without that count have no N",
            ),
        ];
        if let Some(params) = menu(ui, "Which N", &choices, now.params) {
            chosen.params = params;
        }
    });
    labelled(ui, "C", |ui| {
        let choices = [
            (
                Compute::AsGiven,
                "as given",
                "As the file has it, and 6ND where it has none",
            ),
            (Compute::SixNd, "6ND", "From N and D, whatever the file says"),
        ];
        if let Some(compute) = menu(ui, "Which C", &choices, now.compute) {
            chosen.compute = compute;
        }
    });
    join_ui(ui, workspace, requests);
    if chosen != now {
        requests.act(Action::Data(DataAction::SetQuantities(chosen)));
    }
}

/// Whether files of one study make one table, where there are several.
fn join_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
    let session = workspace.session();
    if session.shown().count() < 2 {
        return;
    }
    let mut join = session.join;
    let tip = "Files that share runs or steps make one table: one gives the sizes, another the losses";
    if ui
        .checkbox(&mut join, "Join files of one study")
        .on_hover_text(tip)
        .clicked()
    {
        requests.act(Action::Data(DataAction::SetJoin(join)));
    }
    let tables = || workspace.derived().fit.input.iter().flat_map(|input| &input.tables);
    for table in tables().filter(|table| table.members.len() > 1) {
        let names = table
            .members
            .iter()
            .filter_map(|id| Some(session.data_set(*id)?.source.name()));
        let names: Vec<String> = names.collect();
        ui.label(small(format!("One table of {}", names.join(" and ")), ui));
    }
    for note in tables().flat_map(|table| &table.notes).take(NOTES) {
        card(ui, Token::Reference, note);
    }
}

fn loss_ui(ui: &mut Ui, chosen: &mut Quantities) {
    labelled(ui, "Loss", |ui| {
        // What is set already keeps its number.
        let (half_life, count) = match chosen.loss {
            LossOfRun::Smoothed { half_life } => (half_life, LossOfRun::COUNT),
            LossOfRun::LastMean { count } => (LossOfRun::HALF_LIFE, count),
            _ => (LossOfRun::HALF_LIFE, LossOfRun::COUNT),
        };
        let choices = [
            (LossOfRun::Final, "at the checkpoint", "As measured"),
            (
                LossOfRun::Best,
                "lowest so far",
                "The lowest up to each checkpoint, with the D at which it was measured",
            ),
            (
                LossOfRun::Smoothed { half_life },
                "smoothed",
                "A mean whose weights halve with every so many points",
            ),
            (
                LossOfRun::LastMean { count },
                "mean of the last",
                "The plain mean of the last points",
            ),
        ];
        if let Some(loss) = menu(ui, "Which loss", &choices, chosen.loss) {
            chosen.loss = loss;
        }
    });
    match &mut chosen.loss {
        LossOfRun::Smoothed { half_life } => {
            labelled(ui, "Half-life, points", |ui| {
                let drag = DragValue::new(half_life).range(0.5..=10_000.0).speed(0.1);
                number(ui, drag, "Half-life, points");
            });
        }
        LossOfRun::LastMean { count } => {
            labelled(ui, "How many points", |ui| {
                number(
                    ui,
                    DragValue::new(count).range(1..=10_000).speed(0.1),
                    "How many points",
                );
            });
        }
        LossOfRun::Final | LossOfRun::Best => {}
    }
}

fn number(ui: &mut Ui, drag: DragValue<'_>, name: &str) {
    let response = ui.add(drag.update_while_editing(false));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::SpinButton, true, name));
}
