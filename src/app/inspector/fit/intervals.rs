//! Where intervals come from: resampled runs, profiles or curvature; and what that says of those that are shown.

use crate::app::Requests;
use crate::app::inspector::named;
use crate::app::widgets::{labelled, small};
use crate::fit::{IntervalMethod, Uncertainty};
use crate::session::{Action, FitAction, Workspace};
use crate::units::format_significant;
use eframe::egui::{ComboBox, Ui};

/// Name and explanation of a way.
fn words(method: IntervalMethod) -> (&'static str, &'static str) {
    match method {
        IntervalMethod::Bootstrap => (
            "resampled runs",
            "Percentiles over refits of resampled runs: lopsided where the runs are, and of everything",
        ),
        IntervalMethod::Profile => (
            "profiles",
            "How far a parameter can be moved, the others following, before the fit is too much worse; all else by curvature",
        ),
        IntervalMethod::Delta => (
            "curvature",
            "The sandwich of the curvature at the optimum, runs as units: at once, and symmetric",
        ),
    }
}

pub(super) fn intervals_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
    let chosen = workspace.session().fit.interval;
    labelled(ui, "Intervals from", |ui| {
        let shown = ComboBox::from_id_salt("intervals")
            .width(160.0)
            .selected_text(words(chosen).0);
        let response = shown.show_ui(ui, |ui| {
            for method in IntervalMethod::ALL {
                let (name, tip) = words(method);
                if ui.selectable_label(method == chosen, name).on_hover_text(tip).clicked() {
                    requests.act(Action::Fit(FitAction::SetInterval(method)));
                }
            }
        });
        named(&response.response, "Intervals from", words(chosen).0);
    });
    if let Some(text) = said(workspace) {
        ui.label(small(text, ui));
    }
}

/// What there is to say of those that are shown; nothing while they are under way.
fn said(workspace: &Workspace) -> Option<String> {
    let (choice, fit) = (&workspace.session().fit, &workspace.derived().fit);
    let level = format!("{:.0} %", choice.level * 100.0);
    if let Some(error) = workspace.derived().uncertainty_error(choice.interval) {
        return Some(format!("No intervals: {error}."));
    }
    Some(match workspace.derived().uncertainty(choice.interval)? {
        Uncertainty::Resampled(bootstrap) => {
            let failed = if bootstrap.failed > 0 {
                format!(", {} failed", bootstrap.failed)
            } else {
                String::new()
            };
            format!(
                "Intervals: {level} over {} resamples of runs{failed}, seed {}. {} s.",
                bootstrap.replicates.len(),
                bootstrap.seed,
                format_significant(fit.bootstrap_seconds, 2),
            )
        }
        Uncertainty::Curved(curved) => match (&curved.delta, curved.method) {
            (None, _) => {
                "No intervals by curvature: they take more runs than free parameters, runs that tell these apart, \
                          and some noise."
                    .to_owned()
            }
            (Some(_), IntervalMethod::Profile) => {
                format!("Intervals: {level}, of parameters by profiles, of the answer by curvature.")
            }
            (Some(_), _) => format!("Intervals: {level} by curvature, runs as units."),
        },
    })
}
