//! A fitted law on disk: the JSON object that `isoloss fit --json` prints and `--save` writes.
//!
//! Only what the law needs is read back: its form and its parameters, and the range of C that it was fitted on. What
//! else the file says about its fit stays with the file.

use super::output::Failure;
use crate::fit::{Estimate, FitReport, Objective, ObjectiveKind, Space, Stopped};
use crate::import::ImportError;
use crate::law::formula::Formula;
use crate::law::{LawChoice, LawKind};
use crate::session::FitInput;
use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde_json::error::Category;
use std::collections::HashMap;
use std::path::Path;

/// A law with its numbers.
#[derive(Debug, Clone)]
pub(super) struct LawFile {
    /// Its form.
    pub(super) law: LawChoice,
    /// Parameters in the law's order.
    pub(super) theta: Vec<f64>,
    /// Least and greatest C of the fitted runs, where the file says.
    pub(super) flops_range: Option<(f64, f64)>,
    /// What it was fitted by.
    objective: Objective,
}

#[derive(Deserialize)]
struct Text {
    law: String,
    #[serde(default)]
    formula: String,
    params: HashMap<String, Parameter>,
    flops_range: Option<(f64, f64)>,
    objective: Option<ObjectiveText>,
    converged: Option<bool>,
}

#[derive(Deserialize)]
struct ObjectiveText {
    kind: ObjectiveKind,
    /// Only Huber's has one.
    delta: Option<f64>,
    /// Only an asymmetric one has one.
    tau: Option<f64>,
    space: Space,
}

#[derive(Deserialize)]
struct Parameter {
    value: f64,
}

/// What a parser found, without the place that is told beside it.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match error.classify() {
        Category::Data => text.split(" at line ").next().unwrap_or(&text).to_owned(),
        Category::Eof => "the file breaks off".to_owned(),
        Category::Syntax | Category::Io => "not JSON".to_owned(),
    }
}

impl LawFile {
    /// Reads one.
    ///
    /// # Errors
    /// When the file cannot be read or is no law.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|error| Failure::unreadable("unreadable", ImportError::Io(error).to_string(), &name, None))?;
        let no_law = |text: String, line: Option<u64>| {
            let text = format!("no saved fit: {text}; expected what `isoloss fit --save law.json` writes");
            Failure::unreadable("no_law", text, &name, line)
        };
        let text: Text =
            serde_json::from_slice(&bytes).map_err(|error| no_law(plain(&error), Some(error.line() as u64)))?;
        if text.converged == Some(false) {
            return Err(Failure::refused(
                "not_converged",
                format!("{name}: this fit did not converge"),
            ));
        }
        let law: LawChoice = if text.law == "formula" {
            let formula = Formula::parse(&text.formula).map_err(|error| no_law(error.to_string(), None))?;
            // A name without a value was a variable.
            formula.bind(|name| !text.params.contains_key(name)).into()
        } else {
            let known = LawKind::deserialize(StrDeserializer::<serde::de::value::Error>::new(&text.law));
            known.map_err(|error| no_law(error.to_string(), None))?.into()
        };
        let theta = law.law().parameters().iter().map(|parameter| {
            let value = text.params.get(&*parameter.name).map(|given| given.value);
            value.ok_or_else(|| no_law(format!("{} has no parameter {}", law.name(), parameter.name), None))
        });
        let theta = theta.collect::<Result<_, _>>()?;
        Ok(Self {
            law,
            theta,
            flops_range: text.flops_range,
            objective: text.objective.map_or_else(Objective::default, |given| Objective {
                kind: given.kind,
                delta: given.delta.unwrap_or(Objective::default().delta),
                tau: given.tau.unwrap_or(Objective::default().tau),
                space: given.space,
            }),
        })
    }

    /// The law as a report on the runs at hand, which it was not fitted to: for views, which show reports.
    pub(super) fn report_on(&self, input: &FitInput) -> FitReport {
        let law = self.law.law();
        let (x, loss) = (&input.observations.x, &input.observations.loss);
        let names = law.parameters().iter().map(|parameter| parameter.name.to_string());
        let params = names
            .zip(&self.theta)
            .map(|(name, &value)| Estimate {
                name,
                value,
                fixed: true,
            })
            .collect();
        let residual = |(x, loss): (&[f64], &f64)| loss.ln() - law.loss(&self.theta, x).ln();
        FitReport {
            law: self.law.clone(),
            objective: self.objective,
            value: 0.0,
            params,
            n_used: loss.len(),
            n_runs: input.n_runs(),
            stopped: Stopped::Objective,
            starts_tried: 0,
            starts_agreed: 0,
            residuals: x.iter().zip(loss).map(residual).collect(),
            verdicts: vec![],
        }
    }
}
