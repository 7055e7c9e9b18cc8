//! A law over one data set, in coordinates where its numbers are well scaled. [`super::derivatives`] and
//! [`super::general`] have the slopes.
//!
//! *Sums of powers*, floor + Σ c_k x_k^-e_k: the floor, the exponents, and *centred* coefficients c'_k = c_k exp(−e_k m_k)
//! with m_k the mean of ln x_k, so that c'_k is the size of its term in the middle of the data. ln c and e are correlated
//! at .999 in the bootstrap of a typical table; c' and e hardly are. A coefficient that is held keeps m = 0: then c' = c
//! for every exponent. Terms enter with c' ≥ 0 and may be exactly zero, which logs of coefficients could not say. Units
//! of N and D only move m, so a fit does not depend on them.
//!
//! *Any other law*: its parameters as they are, or their logarithms where the law says that they span decades.

use super::general::General;
use super::{Objective, ObjectiveKind, Space, objective::huber};
use crate::law::{PowerTerm, Rows};

/// A number of the law: held, or a coordinate of the search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Slot {
    Fixed(f64),
    Free(usize),
}

impl Slot {
    pub(super) fn value(self, u: &[f64]) -> f64 {
        match self {
            Self::Fixed(value) => value,
            Self::Free(k) => u[k],
        }
    }

    pub(super) fn is_free(self) -> bool {
        self.coordinate().is_some()
    }

    /// Which coordinate of the search it is.
    pub(super) fn coordinate(self) -> Option<usize> {
        match self {
            Self::Fixed(_) => None,
            Self::Free(k) => Some(k),
        }
    }
}

/// One power term over the data.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Which parameters it takes.
    pub(super) term: PowerTerm,
    /// m, the mean of ln x; 0 where the coefficient is held.
    pub(super) centre: f64,
    /// ln x − m, one an observation.
    pub(super) ln_x: Vec<f64>,
}

/// A sum of powers over the data.
#[derive(Debug, Clone)]
pub(super) struct Powers {
    /// Which parameter is the floor, where there is one.
    pub(super) floor: Option<usize>,
    pub(super) columns: Vec<Column>,
}

impl Powers {
    /// Terms over the inputs of a data set, centred where their coefficient is free.
    pub(super) fn new(floor: Option<usize>, terms: &[PowerTerm], slots: &[Slot], x: &Rows) -> Self {
        let columns = terms
            .iter()
            .map(|&term| {
                let mut ln_x: Vec<f64> = x.column(term.input).map(f64::ln).collect();
                let centre = match slots[term.coefficient] {
                    Slot::Fixed(_) => 0.0,
                    Slot::Free(_) => ln_x.iter().sum::<f64>() / ln_x.len() as f64,
                };
                ln_x.iter_mut().for_each(|v| *v -= centre);
                Column { term, centre, ln_x }
            })
            .collect();
        Self { floor, columns }
    }
}

/// What is known of the law.
#[derive(Debug, Clone)]
pub(super) enum Form<'a> {
    Powers(Powers),
    General(General<'a>),
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Model<'a> {
    pub(super) objective: Objective,
    pub(super) form: Form<'a>,
    /// One a parameter of the law, in θ's order; tied parameters share one.
    pub(super) slots: Vec<Slot>,
    /// One a coordinate.
    pub(super) bounds: Vec<[f64; 2]>,
    /// L, one an observation.
    pub(super) loss: Vec<f64>,
    /// ln L or L, one an observation.
    pub(super) measured: Vec<f64>,
    /// w, one an observation.
    pub(super) weight: Vec<f64>,
}

impl<'a> Model<'a> {
    /// Takes observations in the order of the form.
    pub(super) fn new(
        form: Form<'a>,
        objective: Objective,
        slots: Vec<Slot>,
        bounds: Vec<[f64; 2]>,
        loss: Vec<f64>,
    ) -> Self {
        let measured = match objective.space {
            Space::Log => loss.iter().map(|l| l.ln()).collect(),
            Space::Level => loss.clone(),
        };
        Self {
            objective,
            form,
            slots,
            bounds,
            weight: vec![1.0; loss.len()],
            measured,
            loss,
        }
    }

    /// Free parameters.
    pub(super) fn free(&self) -> usize {
        self.bounds.len()
    }

    /// The same model over a resample; observations drawn zero times are left out. Centres stay, so coordinates carry over.
    pub(super) fn resampled(&self, times: &[f64]) -> Self {
        let pick = |values: &[f64]| -> Vec<f64> {
            values
                .iter()
                .zip(times)
                .filter(|(_, times)| **times > 0.0)
                .map(|(value, _)| *value)
                .collect()
        };
        let form = match &self.form {
            Form::Powers(powers) => Form::Powers(Powers {
                floor: powers.floor,
                columns: powers
                    .columns
                    .iter()
                    .map(|column| Column {
                        term: column.term,
                        centre: column.centre,
                        ln_x: pick(&column.ln_x),
                    })
                    .collect(),
            }),
            Form::General(general) => Form::General(general.resampled(times)),
        };
        Self {
            objective: self.objective,
            form,
            slots: self.slots.clone(),
            bounds: self.bounds.clone(),
            loss: pick(&self.loss),
            measured: pick(&self.measured),
            weight: pick(times),
        }
    }

    /// The same model with a floor held at a value; later coordinates move up by one.
    pub(super) fn holding(&self, floor: usize, value: f64) -> Self {
        let mut model = self.clone();
        if let Slot::Free(gone) = model.slots[floor] {
            model.bounds.remove(gone);
            if let Form::General(general) = &mut model.form {
                general.in_logs.remove(gone);
            }
            for slot in &mut model.slots {
                match slot {
                    Slot::Free(k) if *k == gone => *slot = Slot::Fixed(value),
                    Slot::Free(k) if *k > gone => *k -= 1,
                    _ => {}
                }
            }
        }
        model
    }

    /// θ in natural units.
    pub(super) fn theta(&self, u: &[f64]) -> Vec<f64> {
        let mut theta: Vec<f64> = self.slots.iter().map(|slot| slot.value(u)).collect();
        match &self.form {
            Form::Powers(powers) => {
                for column in &powers.columns {
                    theta[column.term.coefficient] *= (theta[column.term.exponent] * column.centre).exp();
                }
            }
            Form::General(general) => general.take_exponentials(&self.slots, &mut theta),
        }
        theta
    }

    /// Coordinates of θ, moved into their bounds.
    pub(super) fn coordinates(&self, theta: &[f64]) -> Vec<f64> {
        let mut centred = theta.to_vec();
        match &self.form {
            Form::Powers(powers) => {
                for column in &powers.columns {
                    centred[column.term.coefficient] *= (-theta[column.term.exponent] * column.centre).exp();
                }
            }
            Form::General(general) => general.take_logs(&self.slots, &mut centred),
        }
        let mut u = vec![0.0; self.free()];
        for (slot, value) in self.slots.iter().zip(centred) {
            if let Slot::Free(k) = *slot {
                let [low, high] = self.bounds[k];
                // A centred coefficient can underflow to zero or overflow for a start far from the data.
                u[k] = if value.is_finite() {
                    value.clamp(low, high)
                } else if low.is_finite() {
                    low
                } else {
                    0.0
                };
            }
        }
        u
    }

    /// Residuals r in the objective's space.
    pub(super) fn residuals(&self, u: &[f64]) -> Vec<f64> {
        let mut predicted = match &self.form {
            Form::Powers(powers) => self.sums(powers, u),
            Form::General(general) => general.losses(&self.theta(u)),
        };
        let log = self.objective.space == Space::Log;
        for (value, measured) in predicted.iter_mut().zip(&self.measured) {
            *value = if log { value.ln() } else { *value } - measured;
        }
        predicted
    }

    /// L of a sum of powers.
    fn sums(&self, powers: &Powers, u: &[f64]) -> Vec<f64> {
        let floor = powers.floor.map_or(0.0, |k| self.slots[k].value(u));
        let mut predicted = vec![floor; self.loss.len()];
        for column in &powers.columns {
            let coefficient = self.slots[column.term.coefficient].value(u);
            let exponent = self.slots[column.term.exponent].value(u);
            for (sum, ln_x) in predicted.iter_mut().zip(&column.ln_x) {
                *sum += coefficient * (-exponent * ln_x).exp();
            }
        }
        predicted
    }

    /// Residuals at `u` and how fast each changes along `step`.
    pub(super) fn along(&self, u: &[f64], step: &[f64]) -> Vec<[f64; 2]> {
        let mut pairs = match &self.form {
            Form::Powers(powers) => self.sums_along(powers, u, step),
            Form::General(general) => general.along(self, u, step),
        };
        let log = self.objective.space == Space::Log;
        for ([value, change], measured) in pairs.iter_mut().zip(&self.measured) {
            if log {
                *change /= *value;
                *value = value.ln();
            }
            *value -= measured;
        }
        pairs
    }

    /// L of a sum of powers, and how fast it changes.
    fn sums_along(&self, powers: &Powers, u: &[f64], step: &[f64]) -> Vec<[f64; 2]> {
        let pair = |slot: Slot| match slot {
            Slot::Fixed(value) => [value, 0.0],
            Slot::Free(k) => [u[k], step[k]],
        };
        let mut pairs = vec![powers.floor.map_or([0.0; 2], |k| pair(self.slots[k])); self.loss.len()];
        for column in &powers.columns {
            let [coefficient, coefficient_step] = pair(self.slots[column.term.coefficient]);
            let [exponent, exponent_step] = pair(self.slots[column.term.exponent]);
            for ([value, change], ln_x) in pairs.iter_mut().zip(&column.ln_x) {
                let power = (-exponent * ln_x).exp();
                *value += coefficient * power;
                *change += (coefficient_step - coefficient * ln_x * exponent_step) * power;
            }
        }
        pairs
    }

    /// F as the user chose it.
    pub(super) fn value(&self, u: &[f64]) -> f64 {
        self.residuals(u)
            .iter()
            .zip(&self.weight)
            .map(|(r, w)| w * self.objective.penalty(*r))
            .sum()
    }

    /// Which bound a coordinate is at.
    pub(super) fn at_bound(&self, u: &[f64], k: usize) -> Option<f64> {
        let near = match self.form {
            Form::Powers(_) => |_: f64| 1e-9,
            // Of a size that nobody knows; the solver puts coordinates onto their bounds.
            Form::General(_) => |bound: f64| 1e-9 * bound.abs(),
        };
        self.bounds[k]
            .into_iter()
            .find(|bound| bound.is_finite() && (u[k] - bound).abs() <= near(*bound))
    }

    /// Σ w |r| / Σ w.
    pub(super) fn mean_residual(&self, u: &[f64]) -> f64 {
        let total: f64 = self
            .residuals(u)
            .iter()
            .zip(&self.weight)
            .map(|(r, w)| w * r.abs())
            .sum();
        total / self.weight.iter().sum::<f64>()
    }

    /// A value of F too small to mean anything: residuals of 1e-10 throughout.
    pub(super) fn negligible(&self) -> f64 {
        self.weight.iter().sum::<f64>() * self.objective.penalty(1e-10)
    }

    /// The value of F that rounding alone leaves behind.
    pub(super) fn rounding(&self, delta: f64) -> f64 {
        let size = self.measured.iter().fold(1.0_f64, |m, v| m.max(v.abs()));
        self.weight.iter().sum::<f64>() * huber(1e-14 * size, delta)
    }

    /// How many residuals lie in the linear part of the penalty decides how it behaves: as absolute values or squares.
    pub(super) fn mostly_linear(&self, residuals: &[f64]) -> bool {
        match self.objective.kind {
            ObjectiveKind::Squared => false,
            ObjectiveKind::Absolute | ObjectiveKind::Asymmetric => true,
            ObjectiveKind::Huber => {
                2 * residuals.iter().filter(|r| r.abs() > self.objective.delta).count() > residuals.len()
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::fit::{FitConfig, Observations, setup::Setup};
    use crate::law::LawKind;

    /// Twelve runs of any law, with N and D as inputs.
    pub(in crate::fit) fn observations() -> Observations {
        Observations {
            x: (0..12)
                .map(|i| [1e7 * 3.0_f64.powi(i % 4), 1e9 * 2.5_f64.powi(i / 3)])
                .collect(),
            loss: (0..12)
                .map(|i| 3.0 - 0.1 * f64::from(i % 4) - 0.05 * f64::from(i / 3))
                .collect(),
            run: (0..12).collect(),
        }
    }

    /// A fit of them with a δ that some residuals exceed.
    pub(in crate::fit) fn config(kind: LawKind, space: Space, fixed: &[(&str, f64)]) -> FitConfig {
        FitConfig {
            objective: Objective {
                delta: 0.03,
                space,
                ..Objective::default()
            },
            fixed: fixed.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            ..FitConfig::new(kind)
        }
    }

    #[test]
    fn coordinates_carry_there_and_back() {
        let config = config(LawKind::Chinchilla, Space::Log, &[]);
        let model = Setup::new(&config, &observations()).unwrap().model;
        let theta = [1.7, 480.0, 2100.0, 0.35, 0.37];
        let u = model.coordinates(&theta);
        for (there, back) in theta.iter().zip(model.theta(&u)) {
            assert!((there / back - 1.0).abs() < 1e-13);
        }
        let law = LawKind::Chinchilla.law();
        let x = [1e7, 1e9];
        assert!((model.residuals(&u)[0] - (law.loss(&theta, &x).ln() - model.measured[0])).abs() < 1e-13);
    }

    #[test]
    fn a_resample_is_a_weighted_sum() {
        let config = config(LawKind::Chinchilla, Space::Log, &[]);
        let model = Setup::new(&config, &observations()).unwrap().model;
        let u = [1.8, 0.5, 0.4, 0.33, 0.37];
        let times = [2.0, 0.0, 1.0, 0.0, 3.0, 0.0, 1.0, 1.0, 1.0, 0.0, 2.0, 1.0];
        let resample = model.resampled(&times);
        let expected: f64 = model
            .residuals(&u)
            .iter()
            .zip(times)
            .map(|(r, w)| w * model.objective.penalty(*r))
            .sum();
        assert_eq!(resample.loss.len(), 8);
        assert!((resample.evaluate(&u, 0.03, true).value - expected).abs() < 1e-14);
    }
}
