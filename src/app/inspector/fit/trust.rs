//! How far the fit can be trusted: other choices, missing runs, other laws; and its card.

use super::strip::strip_ui;
use crate::app::commands::{Command, card_name};
use crate::app::figures::Figures;
use crate::app::theme::{self, size};
use crate::app::trust::Detail;
use crate::app::widgets::{card, heading, small};
use crate::app::{Local, Requests};
use crate::figure::Token;
use crate::session::{TrustKind, Workspace};
use crate::validation::{CardFormat, GroupKind};
use eframe::egui::{self, Align, Layout, RichText, Ui, vec2};

/// What can be asked, with its name and what it does.
pub(in crate::app) const QUESTIONS: [(TrustKind, &str, &str); 5] = [
    (
        TrustKind::OtherChoices,
        "Other choices",
        "The answer under every combination of objective, outlier rule, N and C that the data allow",
    ),
    (
        TrustKind::OtherLaws,
        "Other laws",
        "Every law on these runs, ranked by how well it foresees the largest compute, then by AICc",
    ),
    (
        TrustKind::Without(GroupKind::Size),
        "Without a size",
        "Each model size left out in turn: the error on it, and how far the answer moves",
    ),
    (
        TrustKind::Without(GroupKind::Budget),
        "Without a budget",
        "Each compute budget left out in turn",
    ),
    (
        TrustKind::Without(GroupKind::Run),
        "Without a run",
        "Each run left out in turn: which of them move D/N most",
    ),
];

pub(super) fn trust_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    let fit = &workspace.derived().fit;
    if !matches!(fit.result, Some(Ok(_))) {
        return;
    }
    heading(ui, "How far to trust it");
    let asked = fit.trust.as_ref().map(|trust| trust.kind);
    ui.horizontal_wrapped(|ui| {
        for (kind, name, tip) in QUESTIONS {
            if ui
                .selectable_label(asked == Some(kind), name)
                .on_hover_text(tip)
                .clicked()
            {
                requests.commands.push(Command::Trust(kind));
            }
        }
    });
    match fit.trust.as_ref().map(|trust| &trust.result) {
        None => {}
        Some(None) => {
            ui.label(small("Asking …", ui));
        }
        Some(Some(Err(error))) => card(ui, Token::Error, error),
        Some(Some(Ok(_))) => {
            if let Some(trust) = &figures.summary(workspace).trust {
                card(ui, Token::Reference, &trust.summary);
                detail_ui(ui, &trust.detail, local);
            }
        }
    }
    card_ui(ui, requests);
}

fn detail_ui(ui: &mut Ui, detail: &Detail, local: &mut Local) {
    match detail {
        Detail::Strip(strip) => strip_ui(ui, strip, local),
        Detail::Table { head, rows, below } => {
            row_ui(ui, *head, true, "");
            for (cells, about) in rows {
                row_ui(ui, cells.each_ref().map(String::as_str), false, about);
            }
            for line in below {
                ui.label(small(line, ui));
            }
        }
    }
}

/// Widths of a table's columns.
const COLUMNS: [f32; 4] = [98.0, 48.0, 52.0, 44.0];

fn row_ui(ui: &mut Ui, cells: [&str; 4], head: bool, about: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (column, (cell, width)) in cells.into_iter().zip(COLUMNS).enumerate() {
            ui.allocate_ui_with_layout(vec2(width, 18.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(width);
                let text = match head {
                    true => small(cell, ui),
                    false => RichText::new(cell).size(size::SMALL),
                };
                let label = ui.add(egui::Label::new(text).truncate());
                if column == 0 && !about.is_empty() {
                    label.on_hover_text(about);
                }
            });
        }
    });
}

/// The fit card, to a file or the clipboard.
fn card_ui(ui: &mut Ui, requests: &mut Requests) {
    ui.add_space(theme::GRID * 0.5);
    ui.horizontal(|ui| {
        for (button, copies) in [("Save fit card", false), ("Copy as", true)] {
            ui.menu_button(button, |ui| {
                for format in CardFormat::ALL {
                    let name = card_name(format);
                    let (text, command) = match copies {
                        true => (name.to_owned(), Command::CopyCard(format)),
                        false => (format!("{name}…"), Command::SaveCard(format)),
                    };
                    if ui.button(text).clicked() {
                        requests.commands.push(command);
                    }
                }
            });
        }
    });
}
