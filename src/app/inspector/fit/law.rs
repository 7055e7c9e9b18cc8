//! Which law, with its formula, its source and what it cannot tell.

use crate::app::Requests;
use crate::app::figures::Figures;
use crate::app::inspector::named;
use crate::app::text::rich;
use crate::app::theme::{self, size};
use crate::app::widgets::{labelled, small};
use crate::figure::{FontWeight, Token};
use crate::law::LawKind;
use crate::session::{Action, FitAction, Workspace};
use eframe::egui::{ComboBox, Ui};

pub(super) fn law_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, requests: &mut Requests) {
    let chosen = &workspace.session().fit.config.law;
    labelled(ui, "Law", |ui| {
        let shown = ComboBox::from_id_salt("law")
            .width(160.0)
            .truncate()
            .selected_text(chosen.short_label());
        let response = shown.show_ui(ui, |ui| {
            for kind in LawKind::ALL {
                let law = kind.law();
                let choice = ui.selectable_label(*chosen == kind, law.label());
                let about = format!("{}\n{}\n{}", law.formula(), law.source(), law.limits());
                if choice.on_hover_text(about).clicked() {
                    requests.act(Action::Fit(FitAction::SetLaw(kind)));
                }
            }
        });
        named(&response.response, "Law", chosen.law().label());
    });
    let muted = theme::token(ui, Token::TextMuted);
    let formula = &figures.summary(workspace).formula;
    ui.label(rich(formula, size::SMALL, FontWeight::Regular, muted));
    ui.collapsing(small("About this law", ui), |ui| {
        let law = chosen.law();
        ui.label(small(format!("From {}.", law.source().trim_end_matches('.')), ui));
        ui.label(small(law.limits(), ui));
        for parameter in law.parameters() {
            ui.label(small(format!("{}: {}", parameter.symbol, parameter.meaning), ui));
        }
    });
}
