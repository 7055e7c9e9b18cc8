//! The line under the board while runs are selected: how many, leave them out and why, let them back in, clear.
//!
//! It stands where the equation stands otherwise, so that no plot moves when a selection comes and goes.

use super::brush::REASON;
use super::commands::{Command, shortcut};
use super::theme::{self, size};
use super::widgets::small;
use super::{Local, Requests};
use crate::session::Workspace;
use eframe::egui::{self, Label, RichText, TextEdit, Ui, WidgetInfo};

/// Reasons to choose from.
const REASONS: [&str; 6] = [
    REASON,
    "diverged",
    "crashed",
    "duplicate",
    "learning rate had not decayed",
    "another recipe",
];

pub(super) fn selected_ui(ui: &mut Ui, workspace: &Workspace, local: &mut Local, requests: &mut Requests) {
    let counts = local.brush.counts();
    let fitted = counts.runs - counts.by_hand;
    ui.horizontal_centered(|ui| {
        let text = format!("{} selected", runs(counts.runs));
        ui.add(Label::new(RichText::new(text).font(theme::bold(size::BODY))));
        if fitted > 0 {
            let keys = shortcut(ui.ctx(), Command::ExcludeSelected);
            let tip = format!("Leave them out of the fit, with the reason beside ({keys}); they stay in view, hollow");
            let exclude = ui.button(format!("Exclude {}", runs(fitted)));
            if exclude.on_hover_text(tip).clicked() {
                requests.commands.push(Command::ExcludeSelected);
            }
            reason_ui(ui, &mut local.brush.reason);
        }
        if counts.by_hand > 0 {
            let restore = ui.button(format!("Restore {}", runs(counts.by_hand)));
            if restore
                .on_hover_text("Let those take part again that were left out by hand")
                .clicked()
            {
                requests.actions.extend(local.brush.restore(workspace));
            }
        }
        let keys = shortcut(ui.ctx(), Command::ClearSelection);
        if ui
            .button("Clear")
            .on_hover_text(format!("Select nothing ({keys})"))
            .clicked()
        {
            requests.commands.push(Command::ClearSelection);
        }
    });
}

fn reason_ui(ui: &mut Ui, reason: &mut String) {
    let edit = TextEdit::singleline(reason)
        .id_salt("reason")
        .hint_text(REASON)
        .desired_width(150.0);
    let response = ui.add(edit);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, "Reason"));
    let menu = ui.button("▾").on_hover_text("Reasons that are common");
    menu.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, "Common reasons"));
    egui::Popup::menu(&menu).show(|ui| {
        for text in REASONS {
            if ui.button(text).clicked() {
                text.clone_into(reason);
            }
        }
    });
    ui.label(small("is the reason", ui));
}

fn runs(count: usize) -> String {
    match count {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    }
}
