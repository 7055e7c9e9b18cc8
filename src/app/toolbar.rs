//! The top line: what is open, undo and redo, which views are on the board.

use super::Requests;
use super::commands::{Command, shortcut};
use super::theme::{self, size};
use crate::figure::Token;
use crate::figure::views::View;
use crate::session::{Action, ViewAction, Workspace};
use eframe::egui::{self, Align, Button, Layout, RichText, Ui};

pub(super) fn toolbar_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
    ui.horizontal_centered(|ui| {
        let shown: Vec<String> = workspace.session().shown().map(|set| set.source.name()).collect();
        let title = match shown.as_slice() {
            [] => "Isoloss".to_owned(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} + {}", rest.len()),
        };
        ui.add(egui::Label::new(RichText::new(title).font(theme::bold(size::TITLE))).truncate());
        ui.add_space(theme::GRID);
        command_button(ui, "Open…", Command::Open, true, "Open files of runs", requests);
        let tip = "Open the table that the clipboard holds; Ctrl+V does the same";
        command_button(ui, "Paste", Command::Paste, true, tip, requests);
        let history = workspace.history();
        let hint = |verb: &str, label: Option<&str>| match label {
            Some(label) => format!("{verb} {label}"),
            None => format!("Nothing to {}", verb.to_lowercase()),
        };
        let (undo, redo) = (history.undo_label(), history.redo_label());
        command_button(ui, "Undo", Command::Undo, undo.is_some(), &hint("Undo", undo), requests);
        command_button(ui, "Redo", Command::Redo, redo.is_some(), &hint("Redo", redo), requests);

        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let other = if ui.ctx().theme() == egui::Theme::Dark {
                "Light"
            } else {
                "Dark"
            };
            command_button(
                ui,
                other,
                Command::SwitchTheme,
                true,
                "Switch between light and dark",
                requests,
            );
            let tip = "Write the first view as SVG, light and slide-sized";
            command_button(ui, "Save figure…", Command::SaveFigure(None), true, tip, requests);
            ui.add_space(theme::GRID);
            for view in View::ALL.into_iter().rev() {
                let on = workspace.session().view.board.contains(&view);
                let text = RichText::new(view.label())
                    .color(theme::token(ui, if on { Token::Text } else { Token::TextMuted }));
                let response = ui.add(Button::selectable(on, text)).on_hover_text(view.hint());
                if response.clicked() {
                    requests.act(Action::View(ViewAction::Toggle(view)));
                }
            }
        });
    });
}

fn command_button(ui: &mut Ui, text: &str, command: Command, enabled: bool, tip: &str, requests: &mut Requests) {
    let keys = shortcut(ui.ctx(), command);
    let tip = if keys.is_empty() {
        tip.to_owned()
    } else {
        format!("{tip} ({keys})")
    };
    let response = ui
        .add_enabled(enabled, Button::new(text))
        .on_hover_text(&tip)
        .on_disabled_hover_text(&tip);
    if response.clicked() {
        requests.commands.push(command);
    }
}
