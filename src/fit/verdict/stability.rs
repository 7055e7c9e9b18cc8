//! Whether an answer would be another without a few runs, or under another objective.
//!
//! The answers looked at are a, the exponent of N* in C, of a surface, and the exponents of a law of one variable. Each
//! refit starts at the optimum. What moves by more than two standard errors is told: both fits see the same noise, so the
//! noise alone hardly ever moves them so far apart.

use super::super::{
    Objective, ObjectiveKind, Observations, Outcome, Space, Stopped, model::Model, setup::Setup, solver,
};
use super::{Information, Severity, Verdict, VerdictCode};
use crate::law::ParameterRole;
use crate::units::format_significant;
use rayon::prelude::*;

/// Refits of more points than this take longer than a verdict may.
const MOST_POINTS: usize = 2000;
/// How many standard errors an answer may move.
const ALLOWED: f64 = 2.0;
/// How many runs are left out: this number or this share, whichever is more, but less than a tenth.
const OUTLIERS: usize = 5;
const OUTLIERS_SHARE: f64 = 0.02;

/// Both verdicts, where the fit found an optimum among noise.
pub(super) fn verdicts(setup: &Setup, data: &Observations, end: &Outcome, information: &Information) -> Vec<Verdict> {
    if setup.model.loss.len() > MOST_POINTS
        || end.stopped == Stopped::Iterations
        || end.value <= setup.model.negligible()
    {
        return vec![];
    }
    let known = Known::of(setup, end, information);
    if known.is_empty() {
        return vec![];
    }
    let (outliers, objectives) = rayon::join(|| outliers(setup, data, end, &known), || objectives(setup, end, &known));
    outliers.into_iter().chain(objectives).collect()
}

/// A number that is read off a fit.
#[derive(Debug, Clone, Copy)]
enum Quantity {
    /// a = beta/(alpha + beta).
    ParamsExponent,
    /// A parameter.
    Parameter(usize),
}

impl Quantity {
    fn value(self, setup: &Setup, theta: &[f64]) -> Option<f64> {
        let value = match self {
            Self::ParamsExponent => setup.law.surface(theta)?.params_growth(),
            Self::Parameter(k) => theta[k],
        };
        value.is_finite().then_some(value)
    }
}

/// An answer and how well it is known.
struct Known {
    quantity: Quantity,
    name: String,
    value: f64,
    standard_error: f64,
}

impl Known {
    fn of(setup: &Setup, end: &Outcome, information: &Information) -> Vec<Self> {
        let theta = setup.model.theta(&end.u);
        let parameters = setup.law.parameters();
        let exponents = parameters.iter().enumerate().filter(|(_, parameter)| {
            setup.law.inputs().count() == 1 && matches!(parameter.role, ParameterRole::Exponent { .. })
        });
        exponents
            .map(|(k, parameter)| (Quantity::Parameter(k), parameter.name.to_string()))
            .chain([(Quantity::ParamsExponent, "a".to_owned())])
            .filter_map(|(quantity, name)| {
                let of = |theta: &[f64]| quantity.value(setup, theta);
                Some(Self {
                    quantity,
                    name,
                    value: of(&theta)?,
                    standard_error: information.standard_error_of(&setup.model, &end.u, of)?,
                })
            })
            .collect()
    }

    /// `a = 0.565 ± 0.012 becomes 0.514`, where a refit moved it too far.
    fn moved(&self, setup: &Setup, refit: &Refit) -> Option<String> {
        let other = self.quantity.value(setup, &refit.theta)?;
        ((other - self.value).abs() > ALLOWED * self.standard_error).then(|| {
            format!(
                "{} = {} ± {} becomes {}",
                self.name,
                format_significant(self.value, 3),
                format_significant(self.standard_error, 2),
                format_significant(other, 3)
            )
        })
    }
}

/// Where a search from the optimum ended on a changed problem.
struct Refit {
    theta: Vec<f64>,
}

impl Refit {
    /// `None` where it found no optimum.
    fn new(model: &Model, end: &Outcome) -> Option<Self> {
        let refit = solver::descend(model, end.u.clone());
        (refit.stopped != Stopped::Iterations).then(|| Self {
            theta: model.theta(&refit.u),
        })
    }
}

fn outliers(setup: &Setup, data: &Observations, end: &Outcome, known: &[Known]) -> Option<Verdict> {
    let n = setup.n_runs;
    let most = n.div_ceil(10) - 1;
    let count = OUTLIERS.max((OUTLIERS_SHARE * n as f64).ceil() as usize).min(most);
    if count == 0 {
        return None;
    }
    // A run is as far off as its farthest point.
    let mut runs: Vec<(usize, f64)> = setup
        .order
        .iter()
        .zip(setup.model.residuals(&end.u))
        .map(|(&observation, residual)| (data.run[observation], residual.abs()))
        .collect();
    runs.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    runs.dedup_by_key(|(run, _)| *run);
    // Equal ones by their label, so that the same input gives the same answer.
    runs.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let out: Vec<usize> = runs[..count].iter().map(|(run, _)| *run).collect();
    let times: Vec<f64> = setup
        .order
        .iter()
        .map(|&observation| f64::from(!out.contains(&data.run[observation])))
        .collect();
    let refit = Refit::new(&setup.model.resampled(&times), end)?;
    let moved: Vec<String> = known.iter().filter_map(|answer| answer.moved(setup, &refit)).collect();
    (!moved.is_empty()).then(|| Verdict {
        code: VerdictCode::OutliersDecide,
        severity: Severity::Warning,
        text: format!(
            "{} without {} of {n}: few runs decide it. Look at them, and leave them out only for a reason of their own.",
            moved.join(", "),
            if count == 1 {
                "the run with the largest residual".to_owned()
            } else {
                format!("the {count} runs with the largest residuals")
            }
        ),
    })
}

/// Other objectives that someone might have chosen, in words. One of a quantile asks for another curve: it has none.
fn alternatives(setup: &Setup) -> Vec<(Objective, &'static str)> {
    let chosen = setup.model.objective;
    let loss = &setup.model.loss;
    // A residual of 1e-3 in logs is as many thousandths of a typical loss.
    let size = loss.iter().map(|l| l.abs()).sum::<f64>() / loss.len() as f64;
    let other_kind = match chosen.kind {
        ObjectiveKind::Asymmetric => return vec![],
        ObjectiveKind::Huber | ObjectiveKind::Absolute => (
            Objective {
                kind: ObjectiveKind::Squared,
                ..chosen
            },
            "with squared residuals",
        ),
        ObjectiveKind::Squared => {
            let delta = Objective::default().delta;
            (
                Objective {
                    kind: ObjectiveKind::Huber,
                    delta: if chosen.space == Space::Log {
                        delta
                    } else {
                        delta * size
                    },
                    ..chosen
                },
                "with Huber's penalty",
            )
        }
    };
    let mut all = vec![other_kind];
    match chosen.space {
        Space::Log => all.push((
            Objective {
                space: Space::Level,
                delta: chosen.delta * size,
                ..chosen
            },
            "with residuals of the loss itself",
        )),
        // Losses that are not positive have no logarithm.
        Space::Level if loss.iter().all(|l| *l > 0.0) => all.push((
            Objective {
                space: Space::Log,
                delta: chosen.delta / size,
                ..chosen
            },
            "with residuals of ln L",
        )),
        Space::Level => {}
    }
    all
}

fn objectives(setup: &Setup, end: &Outcome, known: &[Known]) -> Option<Verdict> {
    let Model {
        form,
        slots,
        bounds,
        loss,
        ..
    } = &setup.model;
    let moved: Vec<String> = alternatives(setup)
        .into_par_iter()
        .filter_map(|(objective, how)| {
            let model = Model::new(form.clone(), objective, slots.clone(), bounds.clone(), loss.clone());
            let refit = Refit::new(&model, end)?;
            let moved: Vec<String> = known.iter().filter_map(|answer| answer.moved(setup, &refit)).collect();
            (!moved.is_empty()).then(|| format!("{} {how}", moved.join(", ")))
        })
        .collect();
    (!moved.is_empty()).then(|| Verdict {
        code: VerdictCode::ObjectiveSensitive,
        severity: Severity::Warning,
        text: format!(
            "{}: how residuals are weighed decides it. The law may not fit everywhere, or some runs may not belong: look at \
             the residuals.",
            moved.join("; ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::{FitConfig, FitReport, Objective, ObjectiveKind, Observations, Space, fit, fit_from};
    use super::super::VerdictCode;
    use crate::law::LawKind;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Normal};
    use std::ops::ControlFlow;

    const SURFACE: [f64; 5] = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];

    /// 96 runs of a surface or of a power law with 0.5 % noise.
    fn simulated(law: LawKind, theta: &[f64], seed: u64) -> Observations {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let noise = Normal::new(0.0, 0.005_f64).unwrap();
        let x: Vec<[f64; 2]> = (0..96)
            .map(|i| [5e7 * 1.6_f64.powi(i % 12), 1e9 * 2.0_f64.powi(i / 12)])
            .collect();
        Observations {
            loss: x
                .iter()
                .map(|x| law.law().loss(theta, x) * f64::exp(noise.sample(&mut random)))
                .collect(),
            run: (0..96).collect(),
            x: x.into(),
        }
    }

    fn config(law: LawKind, kind: ObjectiveKind, space: Space) -> FitConfig {
        FitConfig {
            objective: Objective {
                kind,
                space,
                ..Objective::default()
            },
            ..FitConfig::new(law)
        }
    }

    fn run(config: &FitConfig, data: &Observations) -> FitReport {
        fit(config, data, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    fn said(report: &FitReport, code: VerdictCode) -> Option<&str> {
        report.verdicts.iter().find(|v| v.code == code).map(|v| v.text.as_str())
    }

    #[test]
    fn a_few_wild_runs_and_an_objective_that_follows_them_are_told() {
        for (law, theta, name) in [
            (LawKind::Chinchilla, &SURFACE[..], "a = "),
            (LawKind::Power, &[30.0, 0.06], "alpha = "),
        ] {
            let mut data = simulated(law, theta, 1);
            // The smallest models, all too bad.
            for i in [0, 12, 24, 36] {
                data.loss[i] *= 1.25;
            }
            let squared = config(law, ObjectiveKind::Squared, Space::Log);
            let report = run(&squared, &data);
            let text = said(&report, VerdictCode::OutliersDecide).unwrap_or_else(|| panic!("{report:?}"));
            assert!(text.starts_with(name), "{text}");
            assert!(
                text.contains("without the 5 runs with the largest residuals of 96"),
                "{text}"
            );
            let text = said(&report, VerdictCode::ObjectiveSensitive).unwrap_or_else(|| panic!("{report:?}"));
            assert!(
                text.starts_with(name) && text.contains("with Huber's penalty"),
                "{text}"
            );
            let huber = run(&config(law, ObjectiveKind::Huber, Space::Log), &data);
            let text = said(&huber, VerdictCode::ObjectiveSensitive).unwrap_or_else(|| panic!("{huber:?}"));
            assert!(text.contains("with squared residuals"), "{text}");
            // A draft is not held up by either.
            let draft = fit_from(&squared, &data, &report.theta()).unwrap();
            assert_eq!(said(&draft, VerdictCode::OutliersDecide), None);
            assert_eq!(said(&draft, VerdictCode::ObjectiveSensitive), None);
        }
    }

    #[test]
    fn ordinary_noise_decides_nothing() {
        let mut told = vec![];
        let mut fits = 0;
        for seed in 0..20 {
            for (law, theta) in [(LawKind::Chinchilla, &SURFACE[..]), (LawKind::Power, &[30.0, 0.06])] {
                let data = simulated(law, theta, seed);
                for kind in [ObjectiveKind::Huber, ObjectiveKind::Squared, ObjectiveKind::Absolute] {
                    for space in [Space::Log, Space::Level] {
                        fits += 1;
                        let report = run(&config(law, kind, space), &data);
                        let texts = report
                            .verdicts
                            .iter()
                            .map(|v| format!("{law:?} {kind:?} {space:?} {seed}: {}", v.text));
                        told.extend(texts);
                    }
                }
            }
        }
        assert!(told.is_empty(), "{} of {fits}: {told:#?}", told.len());
    }
}
