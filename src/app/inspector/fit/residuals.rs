//! What the fit leaves over, and where it is drawn.

use crate::app::Requests;
use crate::app::widgets::{heading, labelled};
use crate::figure::views::{ResidualAxis, View};
use crate::session::{Action, ViewAction, Workspace};
use eframe::egui::Ui;

pub(super) fn residuals_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
    let view = &workspace.session().view;
    let strip = view.residual_strip || view.board.contains(&View::Residuals);
    heading(ui, "Residuals");
    labelled(ui, "Over", |ui| {
        for (axis, name, tip) in [
            (ResidualAxis::Order, "order", "The order of the runs in their files"),
            (ResidualAxis::Flops, "C", "Training compute"),
            (ResidualAxis::Tokens, "D", "Training tokens"),
            (ResidualAxis::Params, "N", "Parameters"),
        ] {
            let chosen = strip && view.residual_axis == axis;
            if ui.selectable_label(chosen, name).on_hover_text(tip).clicked() {
                requests.act(Action::View(ViewAction::SetResidualAxis(axis)));
                if !strip {
                    requests.act(Action::View(ViewAction::SetResidualStrip(true)));
                }
            }
        }
    });
    if !view.board.contains(&View::Residuals) {
        let mut on = view.residual_strip;
        let tip = "Residuals in a strip under the first view; a run under the pointer lights up in both";
        if ui
            .checkbox(&mut on, "Under the first view")
            .on_hover_text(tip)
            .changed()
        {
            requests.act(Action::View(ViewAction::SetResidualStrip(on)));
        }
    }
}
