//! The fit in words and numbers for the panels: computed once a revision, read in every frame.

use super::trust::Trust;
use crate::figure::views::{equation, errors_in_words, in_symbols};
use crate::fit::{Ends, FitReport, Uncertainty, Verdict};
use crate::session::{KeptId, KeptState, SinceChanges, Workspace};
use std::hash::{Hash as _, Hasher as _};

/// What the panels say of the fit.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Tells this set of tables from others.
    pub(super) data: u64,
    /// Why there is no fit.
    pub(super) obstacle: Option<String>,
    /// Least and greatest C among the fitted runs.
    pub(super) flops_range: Option<(f64, f64)>,
    /// Interval of each parameter, in the law's order; `None` where it is held or not known.
    pub(super) intervals: Vec<Option<Ends>>,
    /// `L = 1.82 + 478 / N^0.347 + 2140 / D^0.367`; exponents as typed, to be raised.
    pub(super) equation: String,
    /// `L = E + A/N^α + B/D^β`, of the law that is chosen.
    pub(super) formula: String,
    /// n, what was minimised, ± of each parameter.
    pub(super) note: String,
    /// What the fit and its runs cannot tell.
    pub(super) verdicts: Vec<Verdict>,
    /// What another size costs at equal loss.
    pub(super) wrong_size: Option<WrongSize>,
    /// Why points are left out, and how many for each reason.
    pub(super) left_out: Vec<(String, usize)>,
    /// The fits put aside.
    pub(super) kept: Vec<KeptRow>,
    /// What has changed since the earlier save that is compared with.
    pub(super) since: Option<SinceChanges>,
    /// What was asked of its trust, once it is found.
    pub(super) trust: Option<Trust>,
}

/// A fit put aside, as its row says it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeptRow {
    /// Which.
    pub(super) id: KeptId,
    /// The law and the objective, or why there is no fit.
    pub(super) about: String,
    /// Fitted.
    pub(super) points: Option<usize>,
    /// N* grows as C^a.
    pub(super) exponent: Option<f64>,
    /// The sum over the points.
    pub(super) objective: Option<f64>,
}

impl KeptRow {
    fn of(id: KeptId, state: &KeptState) -> Self {
        let law = state.input.question.config.law.short_label();
        let report = state.report();
        let surface = report.and_then(|report| report.law.law().surface(&report.theta()));
        Self {
            id,
            about: match &state.result {
                Some(Ok(report)) => format!("{law}, {}", report.objective.words()),
                Some(Err(error)) => format!("{law}: {error}"),
                None => format!("{law}: fitting …"),
            },
            points: report.map(|report| report.n_used),
            exponent: surface.map(|surface| surface.params_growth()),
            objective: report.map(|report| report.value),
        }
    }
}

/// What another size costs at equal loss, as factors of the optimum's; the same at every budget.
#[derive(Debug, Clone, Copy)]
pub(super) struct WrongSize {
    /// C of half of N*; `None` where so small a model cannot reach the loss.
    pub(super) half: Option<f64>,
    /// C of twice N*.
    pub(super) twice: Option<f64>,
    /// N from and to, for 10 % more C.
    pub(super) near: (f64, f64),
}

impl Summary {
    /// Of the fit as it stands.
    pub(super) fn of(workspace: &Workspace) -> Self {
        let (session, fit) = (workspace.session(), &workspace.derived().fit);
        let mut summary = Self {
            formula: format!("L = {}", in_symbols(session.fit.config.law.law())),
            kept: workspace
                .derived()
                .kept
                .iter()
                .map(|(id, state)| KeptRow::of(*id, state))
                .collect(),
            trust: fit.trust.as_ref().and_then(|trust| {
                let found = trust.result.as_ref()?.as_ref().ok()?;
                Some(Trust::of(found))
            }),
            ..Self::default()
        };
        if let Some(input) = &fit.input {
            summary.flops_range = input.flops_range();
            summary.left_out = input.reasons();
            let mut hasher = std::hash::DefaultHasher::new();
            input.question.data.hash(&mut hasher);
            summary.data = hasher.finish();
        }
        summary.obstacle = workspace.obstacle();
        summary.since = workspace.since_changes();
        let Some(report) = workspace.derived().report() else {
            return summary;
        };
        let known = workspace.derived().uncertainty(session.fit.interval);
        let interval = |index: usize| known?.of_parameter(report, index, session.fit.level);
        summary.intervals = (0..report.params.len()).map(interval).collect();
        let errors = errors(report, known);
        summary.equation = equation(report, &errors, &session.fit.x);
        summary.note = note(report, &errors);
        summary.wrong_size = workspace.derived().allocation().and_then(|law| {
            let (half, twice) = (law.compute_ratio_at_size(0.5), law.compute_ratio_at_size(2.0));
            Some(WrongSize {
                half,
                twice,
                near: law.sizes_within(1.1)?,
            })
        });
        summary.verdicts = report.verdicts.clone();
        summary
            .verdicts
            .extend(fit.input.iter().flat_map(|input| input.verdicts()));
        summary
    }
}

/// Standard error of each parameter; a held one has none.
fn errors(report: &FitReport, known: Option<Uncertainty<'_>>) -> Vec<Option<f64>> {
    (0..report.params.len())
        .map(|index| known?.error_of_parameter(report, index))
        .collect()
}

/// What is cut first where there is no room stands last.
fn note(report: &FitReport, errors: &[Option<f64>]) -> String {
    let errors = errors_in_words(report, errors);
    let mut parts = vec![format!("n = {}", report.n_used), report.objective.words()];
    if !errors.is_empty() {
        parts.push(errors.join("   "));
    }
    parts.join("   ·   ")
}
