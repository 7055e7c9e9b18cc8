//! Every combination of reasonable choices, each with its answer.
//!
//! ```text
//! objective {as chosen, Huber 1e-3, Huber 1e-2, squares and absolute values of ln L, squares of L}
//!     × outliers {as chosen, none or 5 highest losses dropped, |r − median r| > 3 · 1.4826 · MAD dropped}
//!     × N {as given, total, without embeddings}  ×  C {as given, 6ND, 6N and attention over half or all of the context}
//! ```
//!
//! Only combinations that the data allow and that differ are there; what N and C can be is the caller's to say, as
//! [`Reading`]s. A residual rule drops points by the residuals r in ln L of that universe's own fit and fits again, once.
//!
//! The budget is the same C in every universe. Where C is the column's, D* follows from C = k N D with k the median of C/(ND) over
//! the points; by 6ND, k = 6. With attention, which a family of models of one shape has to tell, the optimum is that of the plan
//! in those counts ([`Counting`]).
//!
//! The effect of a choice on X is the mean, over all settings of the other choices, of max − min of X over its own: in ln for N* and
//! D*/N*. Those with the largest effect on a and on D*/N* are named.
//!
//! Sources: Simonsohn et al. 2020, doi:10.1038/s41562-020-0912-z; choices from Li et al. 2025 (arXiv 2502.18969), Besiroglu et al. 2024
//! (arXiv 2404.10102) and Porian et al. 2024 (arXiv 2406.19146). Limits: universes are no sample of anything, so their range is no
//! interval; not all of them are equally right.

mod effects;

use super::{Budget, Progress, Refit, in_parallel, only};
use crate::data::{Compute, ParamsCount};
use crate::fit::{FitConfig, FitError, FitReport, Objective, ObjectiveKind, Observations, Space, fit};
use crate::plan::{Counting, Family, FlopsRule};
use effects::summed_up;
use serde::Serialize;

pub use effects::{Choice, Effect, Span};

/// Residuals beyond this many robust standard deviations are dropped by the rule.
const ROBUST_DEVIATIONS: f64 = 3.0;
/// MAD of a normal distribution, inverted.
const MAD: f64 = 1.4826;

/// Which N a universe counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamsRule {
    /// A choice among the columns.
    Column(ParamsCount),
    /// Without embeddings, from the total by the shape of the family.
    Derived(Family),
}

/// Which C a universe counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ComputeRule {
    /// A choice among the columns.
    Column(Compute),
    /// By the shape of a family of models.
    Shape(FlopsRule),
}

/// Which points a universe leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutlierRule {
    /// Those of the user's choice.
    AsChosen,
    /// Those left out by hand or by the filter, and as many of the highest losses.
    DropHighest(usize),
    /// Those of the user's choice, and any whose residual is beyond three robust standard deviations.
    ResidualsBeyond3,
}

/// The observations under one choice of N, C and highest losses.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Which N.
    pub params: ParamsRule,
    /// Which C.
    pub compute: ComputeRule,
    /// How many of the highest losses are dropped; `AsChosen` also stands for the residual rule's points.
    pub outliers: OutlierRule,
    /// What is fitted.
    pub observations: Observations,
    /// k of C = k N D.
    pub flops_per_param_token: f64,
    /// The counts where C goes by a shape.
    pub counting: Option<Counting>,
}

/// One combination of choices with its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Universe {
    /// What was minimised.
    pub objective: Objective,
    /// In words.
    pub objective_words: String,
    /// Which points were left out.
    pub outliers: OutlierRule,
    /// Which N.
    pub params: ParamsRule,
    /// Which C.
    pub compute: ComputeRule,
    /// k of C = k N D.
    pub flops_per_param_token: f64,
    /// The counts where C goes by a shape.
    #[serde(skip)]
    pub counting: Option<Counting>,
    /// Points fitted.
    pub n_used: usize,
    /// Runs fitted.
    pub n_runs: usize,
    /// The user's own choice of everything.
    pub chosen: bool,
    /// The fit with its answers.
    pub fit: Option<Refit>,
    /// Why there is none.
    pub why: Option<String>,
}

/// All universes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Multiverse {
    /// C at which they answer.
    pub flops: f64,
    /// One a combination.
    pub universes: Vec<Universe>,
    /// Of a over all that have one.
    pub a: Option<Span>,
    /// Of N*.
    pub params: Option<Span>,
    /// Of D*/N*.
    pub tokens_per_param: Option<Span>,
    /// Of the loss at C.
    pub loss: Option<Span>,
    /// Of every choice that has more than one setting.
    pub effects: Vec<Effect>,
    /// Range of the answers and what moves them most.
    pub summary: String,
}

/// The objectives that are tried beside the chosen one.
pub fn objectives(chosen: &Objective) -> Vec<Objective> {
    let of = |kind, delta, space| Objective {
        kind,
        delta,
        space,
        ..Objective::default()
    };
    let mut all = vec![*chosen];
    for other in [
        of(ObjectiveKind::Huber, 1e-3, Space::Log),
        of(ObjectiveKind::Huber, 1e-2, Space::Log),
        of(ObjectiveKind::Squared, 1e-3, Space::Log),
        of(ObjectiveKind::Absolute, 1e-3, Space::Log),
        of(ObjectiveKind::Squared, 1e-3, Space::Level),
    ] {
        // δ says nothing of objectives without one.
        if all.iter().all(|known| known.words() != other.words()) {
            all.push(other);
        }
    }
    all
}

/// A fit to be done.
struct Cell {
    reading: usize,
    objective: Objective,
    by_residuals: bool,
}

/// Fits every combination. `readings` begin with the user's own choice; `budget` says where they answer.
///
/// # Errors
/// [`FitError::Cancelled`] when `progress` stops it.
pub fn multiverse(
    config: &FitConfig,
    readings: &[Reading],
    budget: &Budget,
    progress: Progress<'_>,
) -> Result<Multiverse, FitError> {
    let mut cells = vec![];
    for objective in objectives(&config.objective) {
        for (reading, read) in readings.iter().enumerate() {
            let rules: &[bool] = match read.outliers {
                OutlierRule::AsChosen => &[false, true],
                OutlierRule::DropHighest(_) | OutlierRule::ResidualsBeyond3 => &[false],
            };
            cells.extend(rules.iter().map(|by_residuals| Cell {
                reading,
                objective,
                by_residuals: *by_residuals,
            }));
        }
    }
    // Of a surface C is no part of the fit: readings that differ in it alone are fitted once.
    let twins: Vec<usize> = (0..readings.len())
        .map(|place| {
            let of = |other: &Reading| other.observations == readings[place].observations;
            readings.iter().position(of).unwrap_or(place)
        })
        .collect();
    let twin = |cell: &Cell| twins[cell.reading];
    let same =
        |a: &Cell, b: &Cell| a.objective == b.objective && a.by_residuals == b.by_residuals && twin(a) == twin(b);
    let mut distinct: Vec<&Cell> = vec![];
    let place: Vec<usize> = cells
        .iter()
        .map(|cell| {
            let known = distinct.iter().position(|other| same(other, cell));
            known.unwrap_or_else(|| {
                distinct.push(cell);
                distinct.len() - 1
            })
        })
        .collect();
    let reports = in_parallel(&distinct, progress, |cell, going| {
        let config = FitConfig {
            objective: cell.objective,
            ..config.clone()
        };
        let mut run = |data: &Observations| fit(&config, data, &mut |_| going());
        let data = &readings[cell.reading].observations;
        let report = run(data)?;
        if !cell.by_residuals {
            return Ok((report, data.clone()));
        }
        let kept = only(data, within(&report.residuals));
        Ok((run(&kept)?, kept))
    })?;
    let universes: Vec<Universe> = cells
        .iter()
        .zip(&place)
        .map(|(cell, place)| universe(cell, &readings[cell.reading], &reports[*place], config, budget))
        .collect();
    Ok(summed_up(universes, budget.flops))
}

/// Places of the residuals that are not far from the others.
fn within(residuals: &[f64]) -> Vec<usize> {
    let middle = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let centre = middle(&mut residuals.to_vec());
    let scale = MAD * middle(&mut residuals.iter().map(|r| (r - centre).abs()).collect());
    let far = |r: f64| (r - centre).abs() > ROBUST_DEVIATIONS * scale;
    // Where most residuals are nothing at all, none of the others is far by this measure.
    (0..residuals.len())
        .filter(|place| scale == 0.0 || !far(residuals[*place]))
        .collect()
}

fn universe(
    cell: &Cell,
    reading: &Reading,
    outcome: &Result<(FitReport, Observations), FitError>,
    config: &FitConfig,
    budget: &Budget,
) -> Universe {
    let budget = Budget {
        flops_per_param_token: reading.flops_per_param_token,
        counting: reading.counting,
        ..*budget
    };
    let data = outcome.as_ref().map_or(&reading.observations, |(_, data)| data);
    let fit = outcome
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|(report, _)| Refit::of(report, &budget));
    Universe {
        objective: cell.objective,
        objective_words: cell.objective.words(),
        outliers: if cell.by_residuals {
            OutlierRule::ResidualsBeyond3
        } else {
            reading.outliers
        },
        params: reading.params,
        compute: reading.compute,
        flops_per_param_token: reading.flops_per_param_token,
        counting: reading.counting,
        n_used: data.loss.len(),
        n_runs: data.runs().len(),
        chosen: cell.reading == 0 && !cell.by_residuals && cell.objective == config.objective,
        why: fit.as_ref().err().cloned(),
        fit: fit.ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::LawKind;
    use crate::plan::Convention;
    use crate::validation::Answers;
    use std::ops::ControlFlow;

    const TRUTH: [f64; 5] = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];

    fn simulated(wild: usize) -> Observations {
        let mut data = Observations::default();
        for i in 0..60_usize {
            let x = [5e7 * 2.0_f64.powi((i % 6) as i32), 1e9 * 2.0_f64.powi((i / 6) as i32)];
            let scatter = 0.002 * ((i * 7919 % 101) as f64 / 50.0 - 1.0);
            let worse = if i % 6 == 0 && i / 6 < wild { 1.2 } else { 1.0 };
            data.push(
                &x,
                LawKind::Chinchilla.law().loss(&TRUTH, &x) * scatter.exp() * worse,
                i,
            );
        }
        data
    }

    fn reading(observations: &Observations) -> Reading {
        Reading {
            params: ParamsRule::Column(ParamsCount::AsGiven),
            compute: ComputeRule::Column(Compute::AsGiven),
            outliers: OutlierRule::AsChosen,
            observations: observations.clone(),
            flops_per_param_token: 6.0,
            counting: None,
        }
    }

    fn go(_: f64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn attention_costs_tokens_and_needs_a_surface() {
        let data = simulated(0);
        let family = Family::USUAL;
        let attention = Reading {
            compute: ComputeRule::Shape(FlopsRule::Attention),
            counting: Some(Counting {
                family,
                convention: Convention::Total,
                rule: FlopsRule::Attention,
                law_counts: Convention::Total,
            }),
            ..reading(&data)
        };
        let budget = Budget::new(1e21, None);
        let readings = [reading(&data), attention];
        let found = multiverse(&FitConfig::new(LawKind::Chinchilla), &readings, &budget, &go).unwrap();
        let pairs: Vec<_> = found
            .universes
            .iter()
            .filter_map(|u| Some((u.compute, u.fit.as_ref()?)))
            .collect();
        let of = |rule: ComputeRule| &pairs.iter().find(|(compute, _)| *compute == rule).unwrap().1.answers;
        let plain = of(ComputeRule::Column(Compute::AsGiven));
        let counted = of(ComputeRule::Shape(FlopsRule::Attention));
        let (params, tokens) = (counted.params.unwrap(), counted.tokens.unwrap());
        // The same budget buys less, and what it buys costs just that by the rule.
        assert!(params * tokens < 0.95 * plain.params.unwrap() * plain.tokens.unwrap());
        let width = 1e21 / tokens - 6.0 * params;
        let square = width / (12.0 * family.context / family.aspect);
        let again = 12.0 / family.aspect * square.powf(1.5) + (family.vocab + family.context) * square.sqrt();
        assert!((again / params - 1.0).abs() < 1e-6, "{again} {params}");
        assert!(counted.a.unwrap() > 0.3 && counted.a != plain.a);
        let by = found.effects.iter().find(|e| e.choice == Choice::Compute).unwrap();
        assert!(by.ln_tokens_per_param.unwrap() > 0.01);
        // Without a surface there is nothing to count on.
        let counting = readings[1].counting;
        let law = LawKind::Farseer.law();
        let theta = vec![1.0; law.parameters().len()];
        let answers = Answers::of(law, &theta, &Budget { counting, ..budget });
        assert!(answers.params.is_none() && answers.why.unwrap().contains("no surface"));
    }

    #[test]
    fn every_universe_is_the_fit_by_hand_and_the_moving_choice_is_named() {
        let data = simulated(4);
        let config = FitConfig::new(LawKind::Chinchilla);
        let mut as_given = reading(&data);
        as_given.flops_per_param_token = 9.0;
        let six = Reading {
            compute: ComputeRule::Column(Compute::SixNd),
            ..reading(&data)
        };
        let budget = Budget::new(1e21, None);
        let found = multiverse(&config, &[as_given, six], &budget, &go).unwrap();
        // Five objectives, two outlier rules, two counts of C.
        assert_eq!(found.universes.len(), 20);
        assert_eq!(found.universes.iter().filter(|u| u.chosen).count(), 1);
        for universe in &found.universes {
            let by_hand = FitConfig {
                objective: universe.objective,
                ..config.clone()
            };
            if universe.outliers == OutlierRule::AsChosen {
                let report = fit(&by_hand, &data, &mut |_| ControlFlow::Continue(())).unwrap();
                let values: Vec<f64> = universe.fit.as_ref().unwrap().params.iter().map(|p| p.1).collect();
                assert_eq!(values, report.theta());
            }
        }
        let answer = |compute: Compute| {
            let of = |u: &&Universe| u.compute == ComputeRule::Column(compute) && u.outliers == OutlierRule::AsChosen;
            found
                .universes
                .iter()
                .find(of)
                .unwrap()
                .fit
                .as_ref()
                .unwrap()
                .answers
                .clone()
        };
        let (nine, six) = (answer(Compute::AsGiven), answer(Compute::SixNd));
        assert_eq!(nine.a, six.a);
        let expected = (6.0_f64 / 9.0).powf(six.a.unwrap());
        assert!((nine.params.unwrap() / six.params.unwrap() / expected - 1.0).abs() < 1e-9);
        assert!((9.0 * nine.params.unwrap() * nine.tokens.unwrap() / 1e21 - 1.0).abs() < 1e-9);
        let by = |choice| found.effects.iter().find(|e| e.choice == choice).unwrap().a.unwrap();
        assert!(by(Choice::Compute) == 0.0 && by(Choice::Outliers) > 0.0);
        assert!(
            found.summary.starts_with("Over 20 combinations of choices, a is "),
            "{}",
            found.summary
        );
        // Without wild runs nothing moves far.
        let calm = multiverse(&config, &[reading(&simulated(0))], &budget, &go).unwrap();
        let (calm, wild) = (calm.a.unwrap(), found.a.unwrap());
        assert!(calm.high - calm.low < 0.5 * (wild.high - wild.low), "{calm:?} {wild:?}");
    }

    #[test]
    fn what_cannot_be_fitted_says_why() {
        let mut data = simulated(0);
        data.loss[3] = -1.0;
        let mut config = FitConfig::new(LawKind::Chinchilla);
        config.objective = Objective::least_squares();
        let found = multiverse(&config, &[reading(&data)], &Budget::new(1e21, None), &go).unwrap();
        let logs = found.universes.iter().filter(|u| u.objective.space == Space::Log);
        assert!(logs.clone().count() > 0);
        for universe in logs {
            assert!(universe.fit.is_none() && universe.why.as_ref().unwrap().contains("logarithm"));
        }
        assert!(found.summary.contains("that give an answer"), "{}", found.summary);
        let none = multiverse(
            &config,
            &[reading(&Observations::default())],
            &Budget::new(1e21, None),
            &go,
        )
        .unwrap();
        assert!(none.summary.starts_with("None of "), "{}", none.summary);
        let stop = |_| ControlFlow::Break(());
        let stopped = multiverse(&config, &[reading(&data)], &Budget::new(1e21, None), &stop);
        assert_eq!(stopped.unwrap_err(), FitError::Cancelled);
    }

    #[test]
    fn far_residuals_are_found_by_the_spread_of_the_others() {
        let residuals = [0.01, -0.01, 0.0, 0.02, -0.02, 0.5];
        assert_eq!(within(&residuals), [0, 1, 2, 3, 4]);
        assert_eq!(within(&[0.0, 0.0, 0.0, 1.0]), [0, 1, 2, 3]);
        assert!(within(&[]).is_empty());
    }
}
