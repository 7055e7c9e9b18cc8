//! Pictures and answers, kept until what they show changes.
//!
//! Memory: one figure a view and one answer. Time: what does not depend on the budget is drawn again only when
//! [`crate::session::Derived::revision`] or a choice of the view moves; what does (the star, the live slice) once a
//! change of the budget. Nothing here runs while nothing changes.

use super::theme::{self, size};
use crate::figure::Figure;
use crate::figure::Token;
use crate::figure::views::{View, draw, draw_base, with_budget};
use crate::fit::{Bootstrap, FitReport};
use crate::law::ParameterRole;
use crate::plan::Optimum;
use crate::session::{Intervals, ViewChoice, Workspace, intervals};
use crate::units::format_significant;
use eframe::egui::{self, FontId, text::LayoutJob, text::TextFormat};
use std::collections::HashMap;

/// What the large type says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answer {
    /// N*, D*, L*.
    pub(super) optimum: Optimum,
    /// Their intervals.
    pub(super) intervals: Intervals,
}

/// What a picture's ground depends on.
#[derive(Clone, PartialEq)]
struct BaseKey {
    revision: u64,
    view: ViewChoice,
    penalty: u64,
}

/// A view with its budget, and the part of it that does not depend on the budget.
struct Drawn {
    key: BaseKey,
    base: Figure,
    budget: u64,
    figure: Figure,
}

/// The caches.
#[derive(Default)]
pub(super) struct Figures {
    drawn: HashMap<View, Drawn>,
    answer: Option<((u64, u64), Option<Answer>)>,
}

impl Figures {
    /// The figure of a view as it stands now.
    pub(super) fn view(&mut self, workspace: &Workspace, view: View) -> &Figure {
        let session = workspace.session();
        let budget = session.plan.budget.0.to_bits();
        let key = BaseKey {
            revision: workspace.derived().revision,
            view: ViewChoice {
                board: vec![],
                ..session.view.clone()
            },
            penalty: session.plan.penalty.to_bits(),
        };
        let known = self.drawn.remove(&view).filter(|drawn| drawn.key == key);
        let drawn = match known {
            Some(drawn) if drawn.budget == budget => drawn,
            Some(Drawn { base, .. }) => {
                let figure = workspace.with_scene(|scene| with_budget(&base, view, scene));
                Drawn {
                    key,
                    base,
                    budget,
                    figure,
                }
            }
            None => workspace.with_scene(|scene| {
                let base = draw_base(view, scene);
                let figure = with_budget(&base, view, scene);
                Drawn {
                    key,
                    base,
                    budget,
                    figure,
                }
            }),
        };
        &self.drawn.entry(view).or_insert(drawn).figure
    }

    /// The whole figure of a view, for a writer.
    pub(super) fn whole(&self, workspace: &Workspace, view: View) -> Figure {
        workspace.with_scene(|scene| draw(view, scene))
    }

    /// The optimum at the budget; `None` where there is no joint law.
    pub(super) fn answer(&mut self, workspace: &Workspace) -> Option<Answer> {
        let key = (
            workspace.derived().revision,
            workspace.session().plan.budget.0.to_bits(),
        );
        if self.answer.as_ref().is_none_or(|(known, _)| *known != key) {
            self.answer = Some((key, answer(workspace)));
        }
        self.answer.as_ref().and_then(|(_, answer)| *answer)
    }
}

fn answer(workspace: &Workspace) -> Option<Answer> {
    let (session, derived) = (workspace.session(), workspace.derived());
    let optimum = derived.allocation()?.at_flops(session.plan.budget).ok()?;
    let intervals = match (derived.report(), &derived.fit.bootstrap) {
        (Some(report), Some(bootstrap)) => intervals(report, bootstrap, session.plan.budget, session.fit.level),
        _ => Intervals::default(),
    };
    Some(Answer { optimum, intervals })
}

/// A fitted law as a line of text with raised exponents, and its standard errors.
pub(super) struct Equation {
    /// Runs of text; raised or not.
    pieces: Vec<(String, bool)>,
    /// ± of each parameter, and what was minimised.
    note: String,
}

/// The fitted law in numbers: `L = 1.82 + 478 / N^0.347 + 2140 / D^0.367`.
pub(super) fn equation(report: &FitReport, bootstrap: Option<&Bootstrap>) -> Equation {
    let parameters = report.law.law().parameters();
    let error = |index: usize| bootstrap.and_then(|bootstrap| bootstrap.standard_error(|theta| theta[index]));
    // As many digits as the error supports; four where it is not known.
    let digits = |index: usize| match error(index) {
        Some(error) if error > 0.0 => {
            let value = report.params[index].value.abs();
            ((value / error).log10().ceil() as i64 + 1).clamp(2, 6) as usize
        }
        _ => 4,
    };
    let value = |index: usize| format_significant(report.params[index].value, digits(index));
    let joint = report.law.law().inputs() == crate::law::Inputs::ParamsTokens;
    let mut pieces = vec![("L = ".to_owned(), false)];
    let mut first = true;
    for (index, parameter) in parameters.iter().enumerate() {
        let plus = if first { "" } else { " + " };
        match parameter.role {
            ParameterRole::Floor => pieces.push((format!("{plus}{}", value(index)), false)),
            ParameterRole::Coefficient { input } => {
                let variable = if joint { ["N", "D"][input.min(1)] } else { "x" };
                pieces.push((format!("{plus}{} / {variable}", value(index)), false));
                let exponent = parameters
                    .iter()
                    .position(|other| matches!(other.role, ParameterRole::Exponent { input: of } if of == input));
                if let Some(exponent) = exponent {
                    pieces.push((value(exponent), true));
                }
            }
            ParameterRole::Exponent { .. } => continue,
        }
        first = false;
    }
    let errors: Vec<String> = parameters
        .iter()
        .enumerate()
        .filter_map(|(index, parameter)| {
            Some(format!(
                "{} ± {}",
                parameter.symbol,
                format_significant(error(index)?, 2)
            ))
        })
        .collect();
    let mut note = errors.join("   ");
    if !note.is_empty() {
        note.push_str("   ·   ");
    }
    note.push_str(&report.objective.words());
    note.push_str(&format!("   ·   n = {}", report.n_used));
    Equation { pieces, note }
}

impl Equation {
    /// Laid out in the window's type.
    pub(super) fn job(&self, ui: &egui::Ui) -> LayoutJob {
        let mut job = LayoutJob::default();
        let text = theme::token(ui, Token::Text);
        for (piece, raised) in &self.pieces {
            let size = if *raised { size::SMALL - 1.5 } else { size::TITLE };
            let mut format = TextFormat::simple(theme::bold(size), text);
            if *raised {
                format.valign = egui::Align::TOP;
            }
            job.append(piece, 0.0, format);
        }
        let note = TextFormat::simple(FontId::proportional(size::SMALL), theme::token(ui, Token::TextMuted));
        job.append(&self.note, 16.0, note);
        job
    }
}
