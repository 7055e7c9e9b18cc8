//! `isoloss fit --group COLUMN [--share NAME]…`: one law for each group of runs, and two groups compared.

use super::fit::{FitCommand, numbers, objective_json, verdict_lines};
use super::fit_args::{Interval, check_names};
use super::output::{Failure, aligned, count, percent};
use super::work::{self, FitRequest};
use crate::data::Role;
use crate::fit::{Bootstrap, FitConfig, FitReport, Observations, Verdict, VerdictCode, bootstrap, fit};
use crate::law::{Grouped, Inputs, Law, LawChoice, LawKind};
use crate::plan::Allocation;
use crate::session::{FitChoice, FitInput, Workspace};
use crate::units::{Loss, format_significant};
use serde_json::{Map, Value, json};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

/// Losses at which two groups are compared.
const LOSSES: usize = 5;

/// A group with its law.
struct Group {
    name: String,
    observations: Observations,
    /// θ of the law, and of each resample.
    theta: Vec<f64>,
    replicates: Vec<Vec<f64>>,
    report: Option<FitReport>,
}

/// Everything for the answer.
struct Work {
    law: LawKind,
    groups: Vec<Group>,
    shared: Vec<String>,
    /// Of the fit of all groups together, where they share parameters.
    joint: Option<FitReport>,
    failed: usize,
    verdicts: Vec<Verdict>,
    seconds: f64,
}

/// Does it, prints, saves.
pub(super) fn run(command: &FitCommand, law: LawKind, column: &str) -> Result<(), Failure> {
    check_names(&law.into(), "--share", &command.share)?;
    command.fit.only_intervals(&[Interval::Bootstrap], "--group")?;
    let choice = command.fit.choice(&law.into(), false)?;
    if choice.hold_out.is_some() {
        return Err(Failure::usage("--hold-out scores one law, and --group fits several"));
    }
    let FitConfig {
        ties, bounds, start, ..
    } = &choice.config;
    if !(command.share.is_empty() || ties.is_empty() && bounds.is_empty() && start.is_empty()) {
        return Err(Failure::usage(
            "--share gives each group parameters of its own: --tie, --bound and --start cannot name them; --fix holds one in all groups",
        ));
    }
    let fit = command.fit.without_intervals();
    let request = FitRequest {
        files: &command.files,
        data: &command.data,
        fit: &fit,
        law: Some(law.into()),
        drawn: false,
    };
    let workspace = work::fit(&request)?;
    let input = work::input(&workspace)?;
    let work = command
        .fit
        .on_threads(|| work(input, &choice, law, column, &command.share))??;
    let answer = work.answer(&workspace, input, &choice);
    command.finish(&answer, || work.words(&answer, choice.level))
}

fn work(input: &FitInput, choice: &FitChoice, law: LawKind, column: &str, shared: &[String]) -> Result<Work, Failure> {
    let mut groups = groups(input, column)?;
    let go = &mut |_| ControlFlow::Continue(());
    let refuse =
        |name: &str, error: &dyn std::fmt::Display| Failure::refused("too_few_runs", format!("group {name}: {error}"));
    let (mut verdicts, mut failed, mut joint) = (vec![], 0, None);
    let start = Instant::now();
    let mut seconds = 0.0;
    for group in &mut groups {
        let report = fit(&choice.config, &group.observations, go).map_err(|error| refuse(&group.name, &error))?;
        group.theta = report.theta();
        group.report = Some(report);
    }
    if shared.is_empty() {
        seconds += start.elapsed().as_secs_f64();
        for group in &mut groups {
            let Some(report) = &group.report else { continue };
            verdicts.extend(report.verdicts.iter().map(|verdict| Verdict {
                text: format!("{}: {}", group.name, verdict.text),
                ..verdict.clone()
            }));
            if let Some(config) = &choice.bootstrap {
                let spread = bootstrap(&choice.config, &group.observations, report, config, &|_| {
                    ControlFlow::Continue(())
                })
                .map_err(|error| refuse(&group.name, &error))?;
                failed += spread.failed;
                group.replicates = spread.replicates;
            }
        }
    } else {
        let names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
        let thetas: Vec<Vec<f64>> = groups.iter().map(|group| group.theta.clone()).collect();
        let grouped = Arc::new(Grouped::new(
            law,
            &names,
            |name| shared.iter().any(|s| s == name),
            &thetas,
        ));
        let mut all = Observations::default();
        for (index, group) in groups.iter().enumerate() {
            for (row, x) in group.observations.x.iter().enumerate() {
                let (loss, run) = (group.observations.loss[row], group.observations.run[row]);
                all.push(&[x, &[index as f64]].concat(), loss, run);
            }
        }
        let config = FitConfig {
            law: LawChoice::Grouped(Arc::clone(&grouped)),
            fixed: held(&grouped, &choice.config.fixed),
            start: vec![],
            ties: vec![],
            bounds: vec![],
            ..choice.config.clone()
        };
        let report = fit(&config, &all, go).map_err(|error| refuse("(all together)", &error))?;
        seconds += start.elapsed().as_secs_f64();
        verdicts.extend(report.verdicts.iter().cloned());
        let spread = match &choice.bootstrap {
            Some(resampling) => Some(
                bootstrap(&config, &all, &report, resampling, &|_| ControlFlow::Continue(()))
                    .map_err(|error| refuse("(all together)", &error))?,
            ),
            None => None,
        };
        for (index, group) in groups.iter_mut().enumerate() {
            group.theta = grouped.of_group(&report.theta(), index);
            group.report = None;
            let replicates = spread.iter().flat_map(|spread| &spread.replicates);
            group.replicates = replicates.map(|theta| grouped.of_group(theta, index)).collect();
        }
        failed = spread.map_or(0, |spread| spread.failed);
        joint = Some(report);
    }
    verdicts.extend(input.verdicts());
    if let Some(verdict) = verdicts.iter().find(|v| v.code == VerdictCode::NotConverged) {
        return Err(Failure::refused("not_converged", verdict.text.clone()));
    }
    Ok(Work {
        law,
        groups,
        shared: shared.to_vec(),
        joint,
        failed,
        verdicts,
        seconds,
    })
}

/// A parameter that is held is held in every group.
fn held(grouped: &Grouped, fixed: &[(String, f64)]) -> Vec<(String, f64)> {
    let names = grouped.parameters().iter().map(|p| p.name.to_string());
    names
        .filter_map(|name| {
            let plain = name.split('[').next().unwrap_or(&name);
            let (_, value) = fixed.iter().find(|(fixed, _)| fixed == plain)?;
            Some((name, *value))
        })
        .collect()
}

/// The observations by what a column says of their runs, in the order of its words.
fn groups(input: &FitInput, column: &str) -> Result<Vec<Group>, Failure> {
    let mut groups: Vec<Group> = vec![];
    for (index, datum) in input.data.iter().enumerate() {
        let table = &input.tables[datum.table].table;
        let by_name = table.columns().iter().find(|known| known.name == column);
        let role = Role::of_name(column);
        let found = by_name.or_else(|| role.and_then(|role| table.column_with_role(role)));
        let Some(found) = found else {
            let names: Vec<&str> = table.columns().iter().map(|known| known.name.as_str()).collect();
            return Err(Failure::usage(format!(
                "--group {column}: no such column; there are {}",
                names.join(", ")
            )));
        };
        let name = match found.number(datum.point) {
            Some(number) => format!("{number}"),
            None => found.text(datum.point).to_owned(),
        };
        let place = groups
            .binary_search_by(|group| group.name.as_str().cmp(&name))
            .unwrap_or_else(|place| {
                groups.insert(
                    place,
                    Group {
                        name,
                        observations: Observations::default(),
                        theta: vec![],
                        replicates: vec![],
                        report: None,
                    },
                );
                place
            });
        let all = &input.observations;
        groups[place]
            .observations
            .push(all.x.row(index), all.loss[index], all.run[index]);
    }
    Ok(groups)
}

/// C for a loss, FLOP: at the optimum of a surface, or of a law of C alone.
fn flops_for(law: LawKind, x: &str, theta: &[f64], loss: f64) -> Option<f64> {
    let law = law.law();
    if let Some(surface) = law.surface(theta) {
        let optimum = Allocation::Surface(surface).at_loss(Loss(loss)).ok()?;
        return Some(optimum.flops.0);
    }
    if law.inputs() != Inputs::One || x != "flops" {
        return None;
    }
    // Falling in C: halved until ln C is known to its last digits.
    let (mut low, mut high) = (0.0_f64, 200.0_f64);
    let at = |ln: f64| law.loss(theta, &[ln.exp()]);
    if !(at(low) > loss && at(high) < loss) {
        return None;
    }
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if at(middle) > loss {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some((0.5 * (low + high)).exp())
}

impl Work {
    /// How many times the compute of the second group the first needs for the same loss, at losses that both have reached.
    fn multiplier(&self, x: &str, level: f64) -> Option<Value> {
        let [first, second] = &self.groups[..] else { return None };
        let range = |group: &Group| {
            let losses = group.observations.loss.iter();
            losses.fold((f64::INFINITY, 0.0_f64), |(low, high), loss| {
                (low.min(*loss), high.max(*loss))
            })
        };
        let ((low_a, high_a), (low_b, high_b)) = (range(first), range(second));
        let (low, high) = (low_a.max(low_b), high_a.min(high_b));
        if !(low > 0.0 && low < high) {
            return None;
        }
        let ratio = |a: &[f64], b: &[f64], loss: f64| {
            Some(flops_for(self.law, x, a, loss)? / flops_for(self.law, x, b, loss)?).filter(|ratio| ratio.is_finite())
        };
        let spread = Bootstrap {
            // A pair of resamples is one resample of both.
            replicates: first
                .replicates
                .iter()
                .zip(&second.replicates)
                .map(|(a, b)| [a.clone(), b.clone()].concat())
                .collect(),
            failed: self.failed,
            seed: 0,
        };
        let count = first.theta.len();
        let at = |loss: f64| {
            let value = ratio(&first.theta, &second.theta, loss)?;
            let of = |both: &[f64]| ratio(&both[..count], &both[count..], loss).unwrap_or(f64::NAN);
            Some(json!({ "loss": loss, "value": value, "interval": spread.interval(level, of) }))
        };
        let losses = (0..LOSSES).map(|i| low * (high / low).powf((i as f64 + 0.5) / LOSSES as f64));
        let by_loss: Vec<Value> = losses.filter_map(at).collect();
        let middle = by_loss.get(by_loss.len() / 2)?.clone();
        Some(json!({
            "of": first.name, "over": second.name,
            "value": middle["value"], "interval": middle["interval"], "loss": middle["loss"],
            "by_loss": by_loss,
        }))
    }

    fn answer(&self, workspace: &Workspace, input: &FitInput, choice: &FitChoice) -> Value {
        let law = self.law.law();
        let groups: Map<String, Value> = self
            .groups
            .iter()
            .map(|group| {
                let spread = Bootstrap {
                    replicates: group.replicates.clone(),
                    failed: self.failed,
                    seed: 0,
                };
                let fixed = |name: &str| choice.config.fixed.iter().any(|(held, _)| held == name);
                let params: Map<String, Value> = law
                    .parameters()
                    .iter()
                    .zip(&group.theta)
                    .enumerate()
                    .map(|(index, (parameter, value))| {
                        let held = fixed(&parameter.name);
                        let own = |theta: &[f64]| theta[index];
                        let value = json!({
                            "value": value,
                            "interval": if held { None } else { spread.interval(choice.level, own) },
                            "se": if held { None } else { spread.standard_error(own) },
                            "fixed": held,
                            "shared": self.shared.iter().any(|name| *name == parameter.name),
                        });
                        (parameter.name.to_string(), value)
                    })
                    .collect();
                let entry = json!({
                    "params": params,
                    "objective": group.report.as_ref().map(objective_json),
                    "converged": group.report.as_ref().map(FitReport::converged),
                    "n_used": group.observations.loss.len(),
                    "n_runs": group.observations.runs().len(),
                });
                (group.name.clone(), entry)
            })
            .collect();
        let total = |report: &FitReport| objective_json(report);
        json!({
            "law": self.law.name(), "formula": law.formula(), "y": input.question.y,
            "groups": groups, "shared": self.shared,
            "compute_multiplier": self.multiplier(&input.question.x, choice.level),
            "objective": self.joint.as_ref().map(total),
            "n_used": input.observations.loss.len(), "n_runs": input.n_runs(),
            "n_excluded": input.left_out.len(), "excluded": work::excluded(workspace, input),
            "converged": true,
            "bootstrap": choice.bootstrap.map(|config| json!({
                "replicates": config.replicates, "failed": self.failed, "seed": config.seed, "unit": "run", "level": choice.level,
            })),
            "verdicts": self.verdicts, "seconds": self.seconds, "provenance": work::provenance(workspace),
        })
    }

    fn words(&self, answer: &Value, level: f64) -> String {
        let law = self.law.law();
        let mut text = format!("{}: {}\n", law.label(), law.formula());
        for group in &self.groups {
            let entry = &answer["groups"][&group.name];
            let runs = count(group.observations.loss.len(), "point");
            text.push_str(&format!("\n{} ({runs})\n", group.name));
            let rows = law.parameters().iter().map(|parameter| {
                let mut row = numbers(&parameter.name, &entry["params"][&*parameter.name], 6);
                let shared = self.shared.iter().any(|name| *name == parameter.name);
                row.push(if shared {
                    "one for all groups".to_owned()
                } else {
                    String::new()
                });
                row
            });
            text.push_str(&aligned(&rows.collect::<Vec<_>>()));
        }
        let multiplier = &answer["compute_multiplier"];
        if let (Some(value), Some(loss)) = (multiplier["value"].as_f64(), multiplier["loss"].as_f64()) {
            let interval = match (multiplier["interval"][0].as_f64(), multiplier["interval"][1].as_f64()) {
                (Some(low), Some(high)) => format!(
                    " [{}, {}], {} %",
                    format_significant(low, 3),
                    format_significant(high, 3),
                    percent(level)
                ),
                _ => String::new(),
            };
            text.push_str(&format!(
                "\nfor a loss of {} {} needs {} × the compute of {}{interval}\n",
                format_significant(loss, 4),
                self.groups[0].name,
                format_significant(value, 3),
                self.groups[1].name,
            ));
        }
        text.push('\n');
        text.push_str(&verdict_lines(&self.verdicts));
        text
    }
}
