//! Other plans beside the present one, in words and numbers: each law asked the same, each scenario asked its own.

use crate::law::published::PUBLISHED;
use crate::plan::{Answered, SizeQuantity};
use crate::session::{PlanChoice, Scenario, ScenarioId, Workspace};
use crate::units::format_significant;

/// An answer as a row of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cells {
    /// N.
    pub(super) size: String,
    /// D.
    pub(super) tokens: String,
    /// D/N.
    pub(super) ratio: String,
    /// L.
    pub(super) loss: String,
    /// C.
    pub(super) flops: String,
}

impl Cells {
    fn of(answered: &Answered) -> Self {
        let optimum = &answered.optimum;
        let dash = || "–".to_owned();
        Self {
            size: match optimum.size {
                SizeQuantity::Params => optimum.params.short(),
                // M, FLOPs per token: a sixth of it is the N that would cost as much.
                SizeQuantity::FlopsPerToken => format!("≈ {}", optimum.equivalent_params().short()),
            },
            tokens: optimum.tokens.short(),
            ratio: optimum
                .tokens_per_param()
                .map_or_else(dash, |ratio| format_significant(ratio, 2)),
            loss: optimum.loss.map_or_else(dash, |loss| format_significant(loss.0, 4)),
            flops: optimum.flops.short(),
        }
    }
}

/// A law's answer to the present plan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LawRow {
    /// As on the command line; `None` for the user's fit.
    pub(super) by: Option<&'static str>,
    /// For people.
    pub(super) label: &'static str,
    /// Where it comes from.
    pub(super) source: &'static str,
    /// Its answer, or why there is none.
    pub(super) cells: Result<Cells, String>,
    /// a in its own counts, or by the counts that were asked, at this budget.
    pub(super) exponent: Option<f64>,
}

impl LawRow {
    /// The fit and every published law.
    pub(super) fn all(workspace: &Workspace) -> Vec<Self> {
        let published = PUBLISHED.iter().map(|law| (Some(law.name), law.label, law.source));
        std::iter::once((None, "This fit", "Your own runs"))
            .chain(published)
            .filter_map(|(by, label, source)| {
                let plan = PlanChoice {
                    by: by.map(str::to_owned),
                    ..workspace.session().plan.clone()
                };
                let answered = workspace.answered(&plan)?;
                let closed = workspace.oracle(&plan);
                let own = closed
                    .as_ref()
                    .and_then(|oracle| Some(oracle.closed()?.frontier().ok()?.params.exponent));
                Some(Self {
                    by,
                    label,
                    source,
                    exponent: match &answered {
                        Ok(Answered {
                            counted: Some(counted), ..
                        }) => Some(counted.params_exponent),
                        _ => own,
                    },
                    cells: answered.as_ref().map(Cells::of).map_err(ToString::to_string),
                })
            })
            .collect()
    }
}

/// A scenario's answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScenarioRow {
    /// Which.
    pub(super) id: ScenarioId,
    /// As the user calls it.
    pub(super) name: String,
    /// Its answer, or why there is none.
    pub(super) cells: Result<Cells, String>,
}

impl ScenarioRow {
    /// Of a scenario.
    pub(super) fn of(workspace: &Workspace, scenario: &Scenario) -> Self {
        let cells = match workspace.answered(&scenario.plan) {
            Some(answered) => answered.as_ref().map(Cells::of).map_err(ToString::to_string),
            None => Err("there is no fit to ask".to_owned()),
        };
        Self {
            id: scenario.id,
            name: scenario.name.clone(),
            cells,
        }
    }
}
