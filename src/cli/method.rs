//! `isoloss fit --law isoflop|envelope`: compute-optimal sizes read off the runs.

use super::fit::{FitCommand, bootstrap_json, note_few_resamples, numbers, verdict_lines};
use super::fit_args::Interval;
use super::output::{Failure, aligned, count, percent};
use super::work::{self, FitRequest};
use crate::fit::{Bootstrap, BootstrapConfig, Verdict, VerdictCode};
use crate::law::{Additive, LawKind};
use crate::method::{
    BudgetReport, Comparison, Envelope, EnvelopeError, Exponents, Flag, Frontier, Grouping, Isoflop, IsoflopError,
    Measurement, Method, envelope, isoflop, resample_envelope, resample_isoflop,
};
use crate::plan::Allocation;
use crate::session::{FitInput, Workspace};
use crate::units::{Flops, Loss, Params, Tokens, format_significant};
use serde_json::{Map, Value, json};
use std::time::Instant;

/// What a method found.
enum Found {
    Isoflop(Isoflop),
    Envelope(Envelope),
}

impl Found {
    fn frontier(&self) -> &Frontier {
        match self {
            Self::Isoflop(found) => &found.frontier,
            Self::Envelope(found) => &found.frontier,
        }
    }
}

/// The joint fit of the same runs, where it says anything about the exponents.
struct Joint {
    surface: Option<Additive>,
    exponents: Exponents,
}

/// Everything for the answer.
struct Work<'a> {
    workspace: &'a Workspace,
    input: &'a FitInput,
    runs: Vec<Measurement>,
    method: Method,
    found: Found,
    comparison: Comparison,
    bootstrap: Option<Bootstrap>,
    bootstrap_seconds: f64,
    level: f64,
    verdicts: Vec<Verdict>,
    seconds: f64,
}

/// Does it, prints, saves.
pub(super) fn run(command: &FitCommand, method: Method) -> Result<(), Failure> {
    command.fit.only_intervals(&[Interval::Bootstrap], method.name())?;
    let choice = command.fit.choice(&LawKind::Chinchilla.into(), false)?;
    if choice.hold_out.is_some() {
        return Err(Failure::usage(format!(
            "--hold-out scores a law of the loss, and {} gives none",
            method.name()
        )));
    }
    let fit = command.fit.without_intervals();
    let request = FitRequest {
        files: &command.files,
        data: &command.data,
        fit: &fit,
        law: Some(LawKind::Chinchilla.into()),
        drawn: false,
    };
    let workspace = work::fit(&request)?;
    let work = command
        .fit
        .on_threads(|| work(&workspace, method, choice.bootstrap, choice.level))??;
    note_few_resamples(work.bootstrap.as_ref());
    let answer = work.answer();
    command.finish(&answer, || work.words(&answer))
}

fn work<'a>(
    workspace: &'a Workspace,
    method: Method,
    resampling: Option<BootstrapConfig>,
    level: f64,
) -> Result<Work<'a>, Failure> {
    let input = work::input(workspace)?;
    let (runs, joint) = (input.measurements(), joint(workspace));
    let surface = joint.surface.as_ref();
    let start = Instant::now();
    let by_vertices = (method == Method::Isoflop).then(|| isoflop(&runs, surface));
    let by_winners = (method == Method::Envelope).then(|| envelope(&input.checkpoints()));
    let seconds = start.elapsed().as_secs_f64();
    // What the other approaches say is beside the question, and an error there is only a word.
    let by_vertices = by_vertices.unwrap_or_else(|| isoflop(&runs, surface));
    let by_winners = by_winners.unwrap_or_else(|| envelope(&input.checkpoints()));
    let comparison = Comparison {
        envelope: by_winners
            .as_ref()
            .map(|found| found.frontier.exponents())
            .map_err(EnvelopeError::brief),
        isoflop: by_vertices
            .as_ref()
            .map(|found| found.frontier.exponents())
            .map_err(IsoflopError::brief),
        joint: joint.exponents,
    };
    let name = |index: usize| {
        let datum = input.data[index];
        input.tables[datum.table].table.run_name(datum.point).to_owned()
    };
    let start = Instant::now();
    let (found, bootstrap, mut verdicts) = match method {
        Method::Isoflop => {
            let found = by_vertices.map_err(|error| Failure::refused(error.code(), error.to_string()))?;
            let spread = resampling.map(|config| resample_isoflop(&runs, &found, surface, &config));
            let verdicts = found.verdicts(&runs, name);
            (Found::Isoflop(found), spread, verdicts)
        }
        Method::Envelope => {
            let found = by_winners.map_err(|error| Failure::refused(error.code(), error.to_string()))?;
            let spread = resampling.map(|config| resample_envelope(&input.checkpoints(), &config));
            let verdicts = found.verdicts();
            (Found::Envelope(found), spread, verdicts)
        }
    };
    let bootstrap_seconds = start.elapsed().as_secs_f64();
    verdicts.extend(input.verdicts());
    Ok(Work {
        workspace,
        input,
        runs,
        method,
        found,
        comparison,
        bootstrap,
        bootstrap_seconds,
        level,
        verdicts,
        seconds,
    })
}

fn joint(workspace: &Workspace) -> Joint {
    let report = match &workspace.derived().fit.result {
        Some(Ok(report)) => report,
        Some(Err(error)) => return Joint::unknown(error.to_string()),
        None => return Joint::unknown("no point has N, D and a loss".to_owned()),
    };
    if !report.converged() {
        return Joint::unknown("the search did not converge".to_owned());
    }
    let unidentified = |verdict: &&Verdict| verdict.code == VerdictCode::ExponentsNotIdentified;
    if let Some(verdict) = report.verdicts.iter().find(unidentified) {
        return Joint::unknown(verdict.text.clone());
    }
    let surface = report.law.law().surface(&report.theta());
    let frontier = surface.map(|surface| Allocation::Surface(surface).frontier());
    match frontier {
        Some(Ok(laws)) => Joint {
            // Chinchilla's is the sum itself.
            surface: surface.map(|surface| surface.sum),
            exponents: Ok([laws.params.exponent, laws.tokens.exponent]),
        },
        Some(Err(error)) => Joint::unknown(error.to_string()),
        None => Joint::unknown("the fit is no surface".to_owned()),
    }
}

impl Joint {
    fn unknown(why: String) -> Self {
        Self {
            surface: None,
            exponents: Err(why),
        }
    }
}

impl Work<'_> {
    /// The contract's object.
    fn answer(&self) -> Value {
        let Self { workspace, input, .. } = *self;
        let frontier = self.found.frontier();
        let mut answer = json!({
            "law": self.method.name(),
            "formula": self.method.formula(),
            "y": input.question.y,
            "params": {},
            "derived": self.exponents(frontier, 0),
            "frontier": laws(frontier),
            "objective": null,
            "n_used": self.runs.len(),
            "n_runs": input.n_runs(),
            "n_excluded": input.left_out.len(),
            "excluded": work::excluded(workspace, input),
            "converged": true,
            "compare": self.compare(),
            "bootstrap": self.bootstrap.as_ref().map(|b| bootstrap_json(b, self.level, self.bootstrap_seconds)),
            "verdicts": self.verdicts,
            "flops_range": input.flops_range(),
            "seconds": self.seconds,
            "provenance": work::provenance(workspace),
        });
        match &self.found {
            Found::Isoflop(found) => {
                answer["grouping"] = json!(found.grouping);
                answer["n_outside_budgets"] = json!(found.outside);
                answer["budgets"] = found.budgets.iter().map(|budget| self.budget(budget)).collect();
                answer["debiased"] = found.unbiased.as_ref().map_or(Value::Null, |frontier| {
                    json!({
                        "derived": self.exponents(frontier, 4),
                        "frontier": laws(frontier),
                        "mean_log_params_bias": found.bias(),
                    })
                });
            }
            Found::Envelope(found) => {
                answer["n_curves"] = json!(found.runs);
                answer["envelope"] = found
                    .winners
                    .iter()
                    .map(|w| json!({ "flops": w.flops, "params": w.params, "tokens": w.tokens, "loss": w.loss }))
                    .collect();
            }
        }
        answer
    }

    /// a and b; their θ begins at `first` in the replicates.
    fn exponents(&self, frontier: &Frontier, first: usize) -> Map<String, Value> {
        let entry = |(index, name): (usize, &str)| {
            let of = |theta: &[f64]| theta.get(first + 2 * index + 1).copied().unwrap_or(f64::NAN);
            let spread = self.bootstrap.as_ref();
            let value = json!({
                "value": frontier.exponents()[index],
                "interval": spread.and_then(|b| b.interval(self.level, of)),
                "se": spread.and_then(|b| b.standard_error(of)),
                "se_regression": frontier.standard_errors.map(|errors| errors[index]),
            });
            (name.to_owned(), value)
        };
        ["a", "b"].into_iter().enumerate().map(entry).collect()
    }

    fn budget(&self, budget: &BudgetReport) -> Value {
        let vertex = budget.vertex;
        let names: Vec<&str> = budget.outliers.iter().map(|&index| self.run_name(index)).collect();
        json!({
            "flops": budget.flops,
            "n": budget.members.len(),
            "params": vertex.map(|v| v.params),
            "tokens": vertex.map(|v| v.tokens),
            "loss": vertex.map(|v| v.loss),
            "se_log_params": budget.se_log_params,
            "flags": budget.flags,
            "used": budget.used(),
            "sizes": budget.sizes,
            "tokens_6nd": vertex.map(|v| v.tokens_of_flops),
            "se_log_params_noise": budget.noise_se,
            "debiased": budget.unbiased.map(|v| json!({ "params": v.params, "tokens": v.tokens })),
            "outliers": names,
        })
    }

    fn run_name(&self, index: usize) -> &str {
        let datum = self.input.data[index];
        self.input.tables[datum.table].table.run_name(datum.point)
    }

    fn compare(&self) -> Value {
        let answer = |answer: &Exponents| match answer {
            Ok([a, b]) => json!({ "a": a, "b": b }),
            Err(why) => json!({ "a": null, "b": null, "reason": why }),
        };
        let mut compare: Map<String, Value> = self
            .comparison
            .approaches()
            .into_iter()
            .map(|(name, _, of)| (name.to_owned(), answer(of)))
            .collect();
        compare.insert("spread".to_owned(), json!(self.comparison.spread()));
        Value::Object(compare)
    }

    fn words(&self, answer: &Value) -> String {
        let mut text = format!("{}: {}\n\n", self.method.label(), self.method.formula());
        if let Found::Isoflop(found) = &self.found {
            text.push_str(&budget_rows(found));
            text.push('\n');
        }
        let mut rows = vec![];
        let mut exponents = |entries: &Value, meanings: [&str; 2]| {
            for (name, meaning) in ["a", "b"].into_iter().zip(meanings) {
                let mut entry = entries[name].clone();
                if entry["se"].is_null() {
                    entry["se"] = entry["se_regression"].clone();
                }
                let mut row = numbers(name, &entry, 4);
                row.push(meaning.to_owned());
                rows.push(row);
            }
        };
        exponents(&answer["derived"], ["N* grows as C^a", "D* grows as C^b"]);
        let debiased = answer.get("debiased").filter(|debiased| !debiased.is_null());
        if let Some(debiased) = debiased {
            exponents(&debiased["derived"], ["the same without the parabola's bias", ""]);
        }
        text.push_str(&aligned(&rows));
        let laws = &self.found.frontier().laws;
        text.push_str(&format!(
            "\nN* = {:.4e} C^{}, D* = {:.4e} C^{}\n",
            laws.params.coefficient,
            format_significant(laws.params.exponent, 4),
            laws.tokens.coefficient,
            format_significant(laws.tokens.exponent, 4)
        ));
        if let Some(bias) = self.bias() {
            text.push_str(&format!(
                "parabolas put N* {} % too {}, on average over the budgets, by the exponents of the joint fit\n",
                format_significant(100.0 * (bias.abs().exp() - 1.0), 2),
                if bias > 0.0 { "high" } else { "low" }
            ));
        }
        let used = format!(
            "{} of {}",
            count(self.runs.len(), "point"),
            count(self.input.n_runs(), "run")
        );
        text.push_str(&match &self.found {
            Found::Isoflop(found) => format!(
                "{used}, {} of {} used{}{}\n",
                found.used().count(),
                count(found.budgets.len(), "budget"),
                match found.outside {
                    0 => String::new(),
                    outside => format!(", {} at none of them", count(outside, "run")),
                },
                if found.grouping == Grouping::Clustered {
                    "; runs within ±10 % of C are one budget"
                } else {
                    ""
                }
            ),
            Found::Envelope(found) => format!(
                "{} of {}, {} of the envelope\n",
                count(found.sizes, "size"),
                count(found.runs, "curve"),
                count(found.winners.len(), "point")
            ),
        });
        if let Some(bootstrap) = self
            .bootstrap
            .as_ref()
            .filter(|b| b.replicates.len() >= Bootstrap::FEWEST)
        {
            text.push_str(&format!(
                "± and {} % intervals from {} of runs, {} failed, seed {}\n",
                percent(self.level),
                count(bootstrap.replicates.len() + bootstrap.failed, "resample"),
                bootstrap.failed,
                bootstrap.seed
            ));
        }
        text.push_str("\na by three approaches");
        text.push_str(&match self.comparison.spread() {
            Some(spread) => format!(", {} apart:\n", format_significant(spread, 2)),
            None => ":\n".to_owned(),
        });
        let approaches = self.comparison.approaches().map(|(_, label, answer)| {
            let value = match answer {
                Ok([a, _]) => format_significant(*a, 4),
                Err(why) => format!("no answer: {why}"),
            };
            vec![label.to_owned(), value]
        });
        text.push_str(&aligned(&approaches));
        text + &verdict_lines(&self.verdicts)
    }

    fn bias(&self) -> Option<f64> {
        match &self.found {
            Found::Isoflop(found) => found.bias().filter(|bias| bias.abs() >= 1e-3),
            Found::Envelope(_) => None,
        }
    }
}

fn laws(frontier: &Frontier) -> Value {
    let law =
        |law: crate::law::published::PowerLaw| json!({ "coefficient": law.coefficient, "exponent": law.exponent });
    json!({ "params": law(frontier.laws.params), "tokens": law(frontier.laws.tokens) })
}

/// A line a budget.
fn budget_rows(found: &Isoflop) -> String {
    let mut rows = vec![
        ["C", "runs", "N*", "", "D*", "L*", "N* unbiased", ""]
            .map(str::to_owned)
            .to_vec(),
    ];
    for budget in &found.budgets {
        let vertex = budget.vertex;
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        let flags: Vec<&str> = budget.flags.iter().map(|flag: &Flag| flag.name()).collect();
        let left_out = if budget.used() { "" } else { "left out: " };
        rows.push(vec![
            Flops(budget.flops).short(),
            budget.members.len().to_string(),
            or_dash(vertex.map(|v| Params(v.params).short())),
            budget
                .se_log_params
                .map_or(String::new(), |s| format!("± {} %", format_significant(100.0 * s, 2))),
            or_dash(vertex.map(|v| Tokens(v.tokens).short())),
            or_dash(vertex.map(|v| Loss(v.loss).short())),
            or_dash(budget.unbiased.map(|v| Params(v.params).short())),
            format!("{left_out}{}", flags.join(", ")),
        ]);
    }
    aligned(&rows)
}
