//! Since last meeting: what has changed since an earlier save.

use crate::app::Requests;
use crate::app::commands::Command;
use crate::app::figures::Figures;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::{card, heading, small};
use crate::figure::Token;
use crate::session::{Earlier, NumberChange, SinceState, Workspace};
use eframe::egui::{Grid, RichText, Ui};
use std::sync::Arc;

pub(super) fn since_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, requests: &mut Requests) {
    let Some(SinceState { path, result }) = &workspace.derived().since else {
        return;
    };
    let title = match result {
        Some(Ok(earlier)) => earlier.title(),
        _ => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
    };
    heading(ui, &format!("Since {title}"));
    told_ui(ui, workspace, result.as_ref(), figures);
    let button = ui.small_button(Command::CompareNoLonger.name());
    if button.on_hover_text(Command::CompareNoLonger.about()).clicked() {
        requests.commands.push(Command::CompareNoLonger);
    }
}

/// What was found.
fn told_ui(ui: &mut Ui, workspace: &Workspace, result: Option<&Result<Arc<Earlier>, String>>, figures: &mut Figures) {
    match result {
        None => {
            ui.label(small("Reading it …", ui));
            return;
        }
        Some(Err(error)) => {
            card(ui, Token::Error, &format!("It cannot be compared with: {error}."));
            return;
        }
        Some(Ok(_)) => {}
    }
    let answer = figures.since_answer(workspace).to_vec();
    let Some(since) = &figures.summary(workspace).since else {
        ui.label(small("There is no fit now to compare.", ui));
        return;
    };
    let outside = since.numbers().any(|number| number.outside == Some(true));
    card(
        ui,
        if outside { Token::Warning } else { Token::Reference },
        &since.verdict(),
    );
    for sentence in since.sentences() {
        ui.label(small(quoted(&sentence), ui));
    }
    numbers_ui(ui, "since numbers", since.numbers());
    if !answer.is_empty() {
        let budget = workspace.session().plan.budget.short();
        ui.label(small(format!("At {budget} FLOP"), ui));
        numbers_ui(ui, "since answer", answer.iter());
    }
}

/// A row each: what it was and is, by how much it has moved, and whether that is within its earlier interval.
fn numbers_ui<'a>(ui: &mut Ui, id: &str, numbers: impl Iterator<Item = &'a NumberChange>) {
    Grid::new(id).num_columns(3).spacing([theme::GRID, 2.0]).show(ui, |ui| {
        for number in numbers {
            let token = match number.outside {
                Some(true) => Token::Warning,
                _ => Token::Text,
            };
            let text = |text: String, token: Token, ui: &Ui| {
                RichText::new(text).size(size::SMALL).color(theme::token(ui, token))
            };
            ui.label(text(number.symbol.clone(), Token::TextMuted, ui));
            ui.label(text(number.before_and_now(), Token::Text, ui));
            let change = text(number.change(), token, ui);
            let place = number.place();
            if place.is_empty() {
                ui.label(change);
            } else {
                ui.label(change)
                    .on_hover_text(format!("{place}, its interval in the earlier save"));
            }
            ui.end_row();
        }
    });
}
