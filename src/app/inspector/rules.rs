//! Rules that leave runs out, in the words of the row filter, each with what it matches, an eye and its way off the list.

use crate::app::Requests;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::{Entry, heading, labelled, small, toggle_row};
use crate::data::{Expression, RunTable};
use crate::figure::Token;
use crate::session::{Action, DataAction, Workspace};
use eframe::egui::{self, Align, Layout, RichText, Ui, WidgetInfo};

/// What a rule does, over all tables.
enum Effect {
    /// It matches so many of the points that could take part.
    Matches(usize),
    /// No table has the names in it.
    Unread(String),
}

pub(super) fn rules_ui(ui: &mut Ui, workspace: &Workspace, entry: &mut Entry, requests: &mut Requests) {
    heading(ui, "Leave out where");
    for (index, rule) in workspace.session().selection.rules.iter().enumerate() {
        let effect = effect(workspace, index);
        let (trailing, token) = match &effect {
            Effect::Matches(1) => ("1 match".to_owned(), Token::Accent),
            Effect::Matches(count) => (format!("{count} match"), Token::Accent),
            Effect::Unread(_) => ("not read".to_owned(), Token::Error),
        };
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let remove = ui.small_button("Remove");
                let name = format!("Remove rule {}", rule.text);
                remove.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
                if remove.on_hover_text("Take this rule off the list").clicked() {
                    requests.act(Action::Data(DataAction::RemoveRule(rule.text.clone())));
                }
                let row = toggle_row(ui, rule.on, theme::token(ui, token), &rule.text, &trailing);
                let row = row.on_hover_text("Leave out what this rule matches, or only keep it in the list");
                if row.clicked() {
                    requests.act(Action::Data(DataAction::SetRule(rule.text.clone(), !rule.on)));
                }
            });
        });
        if let Effect::Unread(error) = effect {
            error_ui(ui, &error);
        }
    }
    labelled(ui, "New rule", |ui| {
        let read = |text: &str| read(workspace, text);
        if let Some(rule) = entry.ui(ui, "New rule", "", 170.0, read)
            && !rule.is_empty()
        {
            requests.act(Action::Data(DataAction::AddRule(rule)));
        }
    });
    match entry.error() {
        Some(error) => error_ui(ui, error),
        None => {
            ui.label(small("Such as D/N < 5 or state = crashed; its text is the reason", ui));
        }
    }
}

fn error_ui(ui: &mut Ui, error: &str) {
    let text = RichText::new(quoted(error)).size(size::SMALL);
    ui.label(text.color(theme::token(ui, Token::Error)));
}

fn tables(workspace: &Workspace) -> impl Iterator<Item = &RunTable> {
    let input = workspace.derived().fit.input.iter();
    input.flat_map(|input| input.tables.iter().map(|part| &*part.table))
}

/// A rule is taken where one table at least can read it.
fn read(workspace: &Workspace, text: &str) -> Result<String, String> {
    let text = text.trim();
    let mut error = None;
    for table in tables(workspace).filter(|_| !text.is_empty()) {
        match Expression::parse(text, table) {
            Ok(_) => return Ok(text.to_owned()),
            Err(found) => error = Some(found),
        }
    }
    error.map_or(Ok(text.to_owned()), |error| Err(error.to_string()))
}

fn effect(workspace: &Workspace, rule: usize) -> Effect {
    let input = workspace.derived().fit.input.iter();
    let outcomes = input.flat_map(|input| input.tables.iter().filter_map(|part| part.selected.rules.get(rule)));
    let (mut count, mut read, mut error) = (0, false, None);
    for outcome in outcomes {
        match outcome {
            Ok(found) => (count, read) = (count + found, true),
            Err(found) => error = Some(found),
        }
    }
    match error {
        Some(error) if !read => Effect::Unread(error.to_string()),
        _ => Effect::Matches(count),
    }
}
