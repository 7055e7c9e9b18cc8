//! The queue: what is trained now, what waits, what is done.

use super::{Fields, name_of, sign_button};
use crate::app::Requests;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::training::TrainCommand;
use crate::app::widgets::{card, heading, small};
use crate::figure::Token;
use crate::figure::views::View;
use crate::lab::{Queue, Row, RowState, duration};
use crate::session::{Action, ViewAction, Workspace};
use crate::units::format_significant;
use eframe::egui::{Align, Label, Layout, ProgressBar, RichText, Ui};

pub(super) fn queue_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    queue: &Queue,
    fields: &mut Fields,
    requests: &mut Requests,
) {
    heading(ui, "Queue");
    ui.add(Label::new(small(name_of(queue), ui)).truncate())
        .on_hover_text(queue.folder().display().to_string());
    if let Some(error) = queue.broken() {
        card(ui, Token::Error, error);
    }
    ui.label(small(state_of(queue), ui));
    ui.horizontal_wrapped(|ui| {
        let mut button = |ui: &mut Ui, name: &str, tip: &str, command: TrainCommand| {
            if ui.button(name).on_hover_text(tip).clicked() {
                requests.commands.push(command.into());
            }
        };
        if queue.unfinished() {
            if queue.paused() {
                button(ui, "Go on", "Takes the runs up where they were", TrainCommand::GoOn);
            } else {
                button(
                    ui,
                    "Pause",
                    "Saves what is running and lets everything wait",
                    TrainCommand::Pause,
                );
            }
            let tip = "Takes all that is not finished off the plan; what it did stays on disk";
            button(ui, "Cancel all", tip, TrainCommand::CancelAll);
        }
        if !workspace.session().view.board.contains(&View::Curves) {
            let tip = "Puts the learning curves on the board, where those of these runs grow";
            if ui.button("Show curves").on_hover_text(tip).clicked() {
                requests.act(Action::View(ViewAction::Toggle(View::Curves)));
            }
        }
    });
    let waiting: Vec<_> = queue
        .rows()
        .iter()
        .filter(|row| row.state == RowState::Waiting)
        .collect();
    let ends = [waiting.first(), waiting.last()].map(|row| row.map(|row| row.id));
    for row in queue.rows() {
        row_ui(ui, row, ends, fields, requests);
    }
}

/// `4 of 15 done · 3 min 20 s left`.
fn state_of(queue: &Queue) -> String {
    let rows = queue.rows();
    let count = |state: fn(&RowState) -> bool| rows.iter().filter(|row| state(&row.state)).count();
    let kept = rows.len() - count(|state| *state == RowState::Cancelled);
    let mut parts = vec![format!(
        "{} of {kept} done",
        count(|state| *state == RowState::Finished)
    )];
    if queue.paused() && queue.unfinished() {
        parts.push(if queue.active() { "pausing" } else { "paused" }.to_owned());
    } else if let Some(left) = queue.seconds_left() {
        parts.push(format!("{} left", duration(left)));
    }
    parts.join(" · ")
}

fn row_ui(ui: &mut Ui, row: &Row, [first, last]: [Option<usize>; 2], fields: &mut Fields, requests: &mut Requests) {
    let name = &row.planned.name;
    ui.horizontal(|ui| {
        let explained = fields.explained == Some(row.id);
        if ui.selectable_label(explained, name).on_hover_text(hover(row)).clicked() {
            fields.explained = if explained { None } else { Some(row.id) };
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut command = |ui: &mut Ui, sign: &str, name: &str, can: bool, command: TrainCommand| {
                if sign_button(ui, sign, name, can).clicked() {
                    requests.commands.push(command.into());
                }
            };
            if row.open() {
                command(ui, "✕", &format!("Cancel {name}"), true, TrainCommand::Cancel(row.id));
            }
            if row.state == RowState::Waiting {
                let id = row.id;
                let (down, up) = (last != Some(id), first != Some(id));
                let order = |earlier| TrainCommand::Move { id, earlier };
                command(ui, "↓", &format!("Move {name} down"), down, order(false));
                command(ui, "↑", &format!("Move {name} up"), up, order(true));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| told_ui(ui, row));
        });
    });
    if row.state == RowState::Running || (row.state == RowState::Waiting && row.done > 0.0) {
        let bar = ProgressBar::new(row.done as f32).desired_height(4.0);
        ui.add(bar.fill(theme::token(ui, Token::Good)));
    }
}

/// What a row says at its right.
fn told_ui(ui: &mut Ui, row: &Row) {
    let troubles = row.summary.as_ref().is_some_and(|summary| !summary.troubles.is_empty());
    let token = match row.state {
        RowState::Failed(_) => Token::Error,
        RowState::Finished if troubles => Token::Warning,
        _ => Token::TextMuted,
    };
    let text = RichText::new(quoted(&told(row)))
        .size(size::SMALL)
        .color(theme::token(ui, token));
    ui.add(Label::new(text).truncate());
}

fn told(row: &Row) -> String {
    match &row.state {
        RowState::Waiting if row.done > 0.0 => format!("waits at {:.0} %", row.done * 100.0),
        RowState::Waiting => "waits".to_owned(),
        RowState::Running => {
            let left = row
                .seconds_left()
                .map_or(String::new(), |left| format!(" · {} left", duration(left)));
            format!("{:.0} %{left}", row.done * 100.0)
        }
        RowState::Cancelled => "cancelled".to_owned(),
        RowState::Failed(error) => error.clone(),
        RowState::Finished => {
            let summary = row.summary.as_ref();
            let loss = summary.and_then(|summary| summary.loss);
            match loss {
                Some(loss) => format!("loss {}", format_significant(loss, 4)),
                None => summary.map_or_else(String::new, |summary| summary.ended.clone()),
            }
        }
    }
}

/// What is said where the pointer rests on a run.
fn hover(row: &Row) -> String {
    let mut lines: Vec<String> = super::details::facts(row)
        .into_iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if let RowState::Failed(error) = &row.state {
        lines.push(quoted(error));
    }
    lines.join("\n")
}
