//! From a configuration and observations to a checked problem, and to the places where its solution may start.

use super::{FitConfig, FitError, ObjectiveKind, Observations, Space, model::Model, profile};
use crate::law::{Inputs, Law, ParameterRole, Structure};
use crate::units::Params;

/// A checked problem.
pub(super) struct Setup {
    pub(super) law: &'static dyn Law,
    /// Observation of the caller at each place of the model.
    pub(super) order: Vec<usize>,
    /// Distinct runs.
    pub(super) n_runs: usize,
    pub(super) model: Model,
}

impl Setup {
    /// Everything that can be wrong is found here; what follows trusts it.
    pub(super) fn new(config: &FitConfig, data: &Observations) -> Result<Self, FitError> {
        let law = config.law.law();
        check_values(config, data, law.inputs())?;
        let fixed = fixed_values(config, law)?;
        for (name, value) in &config.start {
            let k = parameter(law, name)?;
            check_bounds(law, k, *value)?;
        }

        let mut order: Vec<usize> = (0..data.loss.len()).collect();
        order.sort_by(|&i, &j| {
            let (a, b) = (&data.x[i], &data.x[j]);
            a[0].total_cmp(&b[0])
                .then(a[1].total_cmp(&b[1]))
                .then(data.loss[i].total_cmp(&data.loss[j]))
        });
        let x: Vec<[f64; 2]> = order.iter().map(|&i| data.x[i]).collect();
        check_spread(law, &fixed, &x)?;

        let mut runs = data.run.clone();
        runs.sort_unstable();
        runs.dedup();
        let loss = order.iter().map(|&i| data.loss[i]).collect();
        let model = Model::new(law.structure(), law.parameters(), config.objective, &fixed, &x, loss);
        Ok(Self {
            law,
            order,
            n_runs: runs.len(),
            model,
        })
    }

    /// Starts to polish: the user's own first.
    pub(super) fn starts(&self, config: &FitConfig) -> Result<Vec<Vec<f64>>, FitError> {
        let count = config.starts.max(1);
        let mut starts = profile::starts(&self.model, count);
        if !config.start.is_empty() {
            let own = self.own_start(config, &starts[0])?;
            starts.insert(0, own);
            starts.truncate(count);
        }
        Ok(starts)
    }

    /// The user's values; exponents not given come from the best cell, coefficients and floor from what suits the exponents.
    fn own_start(&self, config: &FitConfig, found: &[f64]) -> Result<Vec<f64>, FitError> {
        let parameters = self.law.parameters();
        let mut theta = self.model.theta(found);
        for exponents in [true, false] {
            for (name, value) in &config.start {
                let k = parameter(self.law, name)?;
                if exponents == matches!(parameters[k].role, ParameterRole::Exponent { .. }) {
                    theta[k] = *value;
                }
            }
            if exponents {
                theta = self
                    .model
                    .theta(&profile::complete(&self.model, &self.model.coordinates(&theta)));
            }
        }
        Ok(self.model.coordinates(&theta))
    }

    /// Coordinates of a θ in the law's order; held parameters keep their value.
    pub(super) fn coordinates(&self, theta: &[f64]) -> Result<Vec<f64>, FitError> {
        let expected = self.law.parameters().len();
        if theta.len() != expected || theta.iter().any(|v| !v.is_finite()) {
            return Err(FitError::Config(format!(
                "{} starts from {expected} finite numbers",
                self.law.kind().name()
            )));
        }
        Ok(self.model.coordinates(theta))
    }
}

fn check_values(config: &FitConfig, data: &Observations, inputs: Inputs) -> Result<(), FitError> {
    let n = data.loss.len();
    if data.x.len() != n || data.run.len() != n {
        return Err(FitError::Config(format!(
            "{n} losses with {} inputs and {} run labels",
            data.x.len(),
            data.run.len()
        )));
    }
    let used = match inputs {
        Inputs::One => 1,
        Inputs::ParamsTokens => 2,
    };
    for (x, loss) in data.x.iter().zip(&data.loss) {
        if let Some(value) = x[..used].iter().find(|v| !(v.is_finite() && **v > 0.0)) {
            return Err(FitError::Config(format!(
                "an input of {value} has no logarithm: leave the point out"
            )));
        }
        if !loss.is_finite() {
            return Err(FitError::Config(format!(
                "a loss of {loss} is no number: leave the point out"
            )));
        }
        if config.objective.space == Space::Log && *loss <= 0.0 {
            return Err(FitError::NonPositiveLoss(*loss));
        }
    }
    let delta = config.objective.delta;
    if config.objective.kind == ObjectiveKind::Huber && !(delta.is_finite() && delta > 0.0) {
        return Err(FitError::Config(format!("delta = {delta}: expected a positive number")));
    }
    Ok(())
}

/// Index of a parameter.
fn parameter(law: &dyn Law, name: &str) -> Result<usize, FitError> {
    law.parameters().iter().position(|p| p.name == name).ok_or_else(|| {
        let names: Vec<&str> = law.parameters().iter().map(|p| p.name).collect();
        FitError::Config(format!(
            "`{name}` is no parameter of {}, whose parameters are {}",
            law.kind().name(),
            names.join(", ")
        ))
    })
}

fn check_bounds(law: &dyn Law, parameter: usize, value: f64) -> Result<(), FitError> {
    let parameter = &law.parameters()[parameter];
    let [low, high] = parameter.bounds;
    if value.is_finite() && (low..=high).contains(&value) {
        return Ok(());
    }
    let range = if high.is_finite() {
        format!("between {low} and {high}")
    } else {
        format!("of at least {low}")
    };
    Err(FitError::Config(format!(
        "{} = {value}: expected a number {range}",
        parameter.name
    )))
}

fn fixed_values(config: &FitConfig, law: &dyn Law) -> Result<Vec<Option<f64>>, FitError> {
    let mut fixed = vec![None; law.parameters().len()];
    for (name, value) in &config.fixed {
        let k = parameter(law, name)?;
        check_bounds(law, k, *value)?;
        if fixed[k].replace(*value).is_some() {
            return Err(FitError::Config(format!("{name} is held at two values")));
        }
    }
    Ok(fixed)
}

/// What no search could find: more numbers than places to see them from, or an input that never varies.
fn check_spread(law: &dyn Law, fixed: &[Option<f64>], x: &[[f64; 2]]) -> Result<(), FitError> {
    let free = fixed.iter().filter(|v| v.is_none()).count();
    let kind = law.kind().name();
    if x.len() < free.max(1) {
        return Err(FitError::TooFewRuns {
            law: kind,
            free,
            found: x.len(),
        });
    }
    let Structure::SumOfPowers { floor, terms } = law.structure();
    let name = |k: usize| law.parameters()[k].name;
    for term in terms {
        let (low, high) = x.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), x| {
            (low.min(x[term.input]), high.max(x[term.input]))
        });
        if high > low {
            continue;
        }
        let input = match (law.inputs(), term.input) {
            (Inputs::One, _) => "x",
            (Inputs::ParamsTokens, 0) => "N",
            (Inputs::ParamsTokens, _) => "D",
        };
        let exponent = fixed[term.exponent].is_none();
        let coefficient_beside_floor =
            fixed[term.coefficient].is_none() && floor.is_some_and(|floor| fixed[floor].is_none());
        if exponent || coefficient_beside_floor {
            let which = if exponent { term.exponent } else { term.coefficient };
            return Err(FitError::NoSpread(format!(
                "all {} runs have {input} = {}: {} cannot be fitted. Add runs of another {input} or hold {}",
                x.len(),
                // A shared suffix notation serves N, D and C alike.
                Params(low).short(),
                name(which),
                if exponent {
                    format!("{} and {}", name(term.coefficient), name(term.exponent))
                } else {
                    name(which).to_owned()
                }
            )));
        }
    }
    let mut places: Vec<Vec<u64>> = x
        .iter()
        .map(|x| terms.iter().map(|t| x[t.input].to_bits()).collect())
        .collect();
    places.dedup();
    if places.len() < free {
        return Err(FitError::NoSpread(format!(
            "{kind} has {free} free parameters; the {} runs lie at only {} different points",
            x.len(),
            places.len()
        )));
    }
    Ok(())
}
