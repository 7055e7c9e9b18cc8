//! Several laws on the same points, by what they foresee.
//!
//! ```text
//! out of range   rmse of ln L on the points of largest C, by a fit that has not seen them
//! in range       AICc of the fit to all points, see [`crate::fit::Criterion`]
//! R²             1 − Σ (ln L − ln L̂)² / Σ (ln L − mean)²
//! ```
//!
//! Errors out of range rank first, because that is what a scaling law is for. Laws whose mean squared error is within one standard
//! error of the best's foresee as well; among these AICc decides, then among the rest in the same way.
//!
//! Laws are compared only where all of it is the same: points, numbers that are fitted, objective, space and weights. The rest is
//! listed with the reason.
//!
//! Sources: Alabdulmohsin et al. 2022 (arXiv 2209.06640) for the error of extrapolation; Breiman et al. 1984, "Classification and
//! regression trees", section 3.4.3, for the rule of one standard error; Burnham and Anderson 2002 for AICc. Limits: the largest C are
//! few runs, and the law that foresees them best need not foresee the next decade.

use super::leave_out::errors;
use super::{Answers, Budget, Prediction, Progress, as_map, in_parallel, only};
use crate::fit::{Criterion, FitConfig, FitError, FitReport, Objective, Observations, Space, fit, free};
use crate::law::Response;
use crate::units::format_significant;
use serde::Serialize;

/// A law and its observations.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Law and objective.
    pub config: FitConfig,
    /// All points that the law can take, those to be foreseen too.
    pub observations: Observations,
    /// Which point of the data each observation is: equal for equal points.
    pub points: Vec<usize>,
    /// Whether each is kept out of the fit that is to foresee it.
    pub held_out: Vec<bool>,
    /// Why points of the data are missing, in words; empty where none is.
    pub missing: String,
    /// Where a law of one variable has its loss, see [`Budget::x`].
    pub x: Option<f64>,
}

/// What all compared laws have in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Terms {
    /// What was minimised.
    pub objective: Objective,
    /// In words.
    pub objective_words: String,
    /// The likelihood behind AICc.
    pub likelihood: &'static str,
    /// How points are weighed.
    pub weights: &'static str,
    /// Points.
    pub n: usize,
    /// Runs, which AICc counts.
    pub n_runs: usize,
    /// Points of largest C that were to be foreseen.
    pub n_held_out: usize,
}

/// How well the points of largest C were foreseen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OutOfRange {
    /// Points.
    pub n: usize,
    /// Errors.
    #[serde(flatten)]
    pub prediction: Prediction,
}

/// A law with its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// 1 for the best.
    pub rank: usize,
    /// The law's name on the command line.
    pub law: String,
    /// Its formula.
    pub formula: String,
    /// Free parameters.
    pub k: usize,
    /// Of the fit to all points.
    #[serde(serialize_with = "as_map")]
    pub params: Vec<(String, f64)>,
    /// Its answers.
    pub answers: Answers,
    /// Whether it foresees as well as the law with the lowest error.
    pub as_good_as_best: bool,
    /// Out of range.
    pub out_of_range: Option<OutOfRange>,
    /// AICc.
    pub aicc: Option<f64>,
    /// AICc beyond the lowest of all.
    pub delta_aicc: Option<f64>,
    /// Of ln L over all points.
    pub r2_log: Option<f64>,
    /// What is missing, and why.
    pub notes: Vec<String>,
}

/// A law that stands aside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NotCompared {
    /// The law's name.
    pub law: String,
    /// Why.
    pub reason: String,
}

/// Laws in order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What they have in common.
    pub terms: Terms,
    /// The best first.
    pub ranked: Vec<Ranked>,
    /// Laws that cannot be compared with the first candidate.
    pub not_compared: Vec<NotCompared>,
    /// In a sentence.
    pub summary: String,
}

/// A fitted candidate.
struct Entry {
    ranked: Ranked,
    /// Errors out of range, point by point.
    errors: Vec<f64>,
}

/// Fits every candidate twice, to all points and without those of largest C. What differs from the first candidate stands aside.
///
/// # Errors
/// [`FitError::Cancelled`] when `progress` stops it, and [`FitError::Config`] without a candidate.
pub fn compare(candidates: &[Candidate], budget: &Budget, progress: Progress<'_>) -> Result<Comparison, FitError> {
    let Some(first) = candidates.first() else {
        return Err(FitError::Config("no law to compare".to_owned()));
    };
    let mut not_compared = vec![];
    let mut same = vec![];
    for candidate in candidates {
        match difference(first, candidate) {
            None => same.push(candidate),
            Some(reason) => not_compared.push(NotCompared {
                law: candidate.config.law.name().to_owned(),
                reason,
            }),
        }
    }
    let results = in_parallel(&same, progress, |candidate, going| {
        let mut run = |data: &Observations| fit(&candidate.config, data, &mut |_| going());
        entry(candidate, budget, &mut run)
    })?;
    let mut entries = vec![];
    for (candidate, result) in same.iter().zip(results) {
        match result {
            Ok(entry) => entries.push(entry),
            Err(reason) => not_compared.push(NotCompared {
                law: candidate.config.law.name().to_owned(),
                reason,
            }),
        }
    }
    let objective = first.config.objective;
    let mut comparison = Comparison {
        terms: Terms {
            objective,
            objective_words: objective.words(),
            likelihood: objective.likelihood(),
            weights: "every point counts the same; AICc counts runs",
            n: first.observations.loss.len(),
            n_runs: first.observations.runs().len(),
            n_held_out: first.held_out.iter().filter(|out| **out).count(),
        },
        ranked: ordered(entries),
        not_compared,
        summary: String::new(),
    };
    comparison.summary = comparison.sentence();
    Ok(comparison)
}

/// Why a candidate cannot be compared with the first.
fn difference(first: &Candidate, other: &Candidate) -> Option<String> {
    let (a, b) = (&first.config.objective, &other.config.objective);
    let gap = |candidate: &Candidate| candidate.config.law.law().response() == Response::Gap;
    if gap(first) != gap(other) {
        return Some("it describes the gap to the training loss, another number than the others".to_owned());
    }
    if a.space != b.space {
        let space = |space: Space| {
            if space == Space::Log {
                "the log loss"
            } else {
                "the loss"
            }
        };
        return Some(format!(
            "residuals of {}, and those of {} are another space",
            space(b.space),
            space(a.space)
        ));
    }
    if a != b {
        return Some(format!("{} weighs residuals otherwise than {}", b.words(), a.words()));
    }
    if first.points != other.points {
        let missing = if other.missing.is_empty() {
            String::new()
        } else {
            format!(" ({})", other.missing)
        };
        let (ours, all) = (other.points.len(), first.points.len());
        let which = if ours == all {
            "other points".to_owned()
        } else {
            format!("{ours} points and not these {all}")
        };
        return Some(format!("it takes {which}{missing}"));
    }
    (first.observations.loss != other.observations.loss || first.observations.run != other.observations.run)
        .then(|| "the numbers that are fitted are not the same".to_owned())
}

fn entry(
    candidate: &Candidate,
    budget: &Budget,
    fit: &mut dyn FnMut(&Observations) -> Result<FitReport, FitError>,
) -> Result<Entry, String> {
    let Candidate {
        config,
        observations,
        held_out,
        ..
    } = candidate;
    let report = fit(observations).map_err(|error| error.to_string())?;
    if !report.converged() {
        return Err("the search did not converge".to_owned());
    }
    let mut notes = vec![];
    let out: Vec<usize> = (0..held_out.len()).filter(|place| held_out[*place]).collect();
    let mut out_of_range = None;
    let mut beyond = vec![];
    if out.is_empty() {
        notes.push("no point could be kept out: none has C".to_owned());
    } else {
        let kept = only(observations, (0..held_out.len()).filter(|place| !held_out[*place]));
        match fit(&kept) {
            Ok(below) if below.converged() => {
                out_of_range = Prediction::of(&below, observations, &out).map(|prediction| OutOfRange {
                    n: out.len(),
                    prediction,
                });
                beyond = errors(&below, observations, &out);
                if out_of_range.is_none() {
                    notes.push("it has no value, or no logarithm of one, at the points kept out".to_owned());
                }
            }
            Ok(_) => notes.push("without the largest C the search did not converge".to_owned()),
            Err(error) => notes.push(format!("without the largest C: {error}")),
        }
    }
    let criterion = Criterion::of(config, &report);
    if let Err(why) = &criterion {
        notes.push(format!("no AICc: {why}"));
    }
    let law = report.law.law();
    Ok(Entry {
        ranked: Ranked {
            rank: 0,
            law: law.name().to_owned(),
            formula: law.formula().to_owned(),
            k: free(config, &report),
            params: report.params.iter().map(|p| (p.name.clone(), p.value)).collect(),
            answers: Answers::of(
                law,
                &report.theta(),
                &Budget {
                    x: candidate.x,
                    ..*budget
                },
            ),
            as_good_as_best: false,
            out_of_range,
            aicc: criterion.ok().map(|criterion| criterion.aicc),
            delta_aicc: None,
            r2_log: r2_log(&report, observations),
            notes,
        },
        errors: beyond,
    })
}

/// Share of the variance of ln L that a fit explains; `None` where a loss has no logarithm or all are the same.
pub fn r2_log(report: &FitReport, data: &Observations) -> Option<f64> {
    let n = data.loss.len() as f64;
    let mean = data.loss.iter().map(|loss| loss.ln()).sum::<f64>() / n;
    let all: f64 = data.loss.iter().map(|loss| (loss.ln() - mean).powi(2)).sum();
    let places: Vec<usize> = (0..data.loss.len()).collect();
    let left: f64 = errors(report, data, &places).iter().map(|e| e * e).sum();
    Some(1.0 - left / all).filter(|r2| r2.is_finite())
}

/// The best first: by error out of range, by AICc among equals. Laws without an error out of range come last, by AICc.
fn ordered(mut entries: Vec<Entry>) -> Vec<Ranked> {
    let lowest = entries
        .iter()
        .filter_map(|e| e.ranked.aicc)
        .fold(f64::INFINITY, f64::min);
    for entry in &mut entries {
        entry.ranked.delta_aicc = entry.ranked.aicc.map(|aicc| aicc - lowest);
    }
    let error = |e: &Entry| e.ranked.out_of_range.map_or(f64::INFINITY, |o| o.prediction.rmse_log);
    let aicc = |e: &Entry| e.ranked.aicc.unwrap_or(f64::INFINITY);
    let mut ranked = vec![];
    let mut first = true;
    while !entries.is_empty() {
        entries.sort_by(|a, b| error(a).total_cmp(&error(b)));
        let best = &entries[0];
        let (mut equals, rest): (Vec<Entry>, Vec<Entry>) = {
            let flags: Vec<bool> = entries.iter().map(|e| as_good(&best.errors, &e.errors)).collect();
            let mut equals = vec![];
            let mut rest = vec![];
            for (entry, equal) in entries.into_iter().zip(flags) {
                if equal { equals.push(entry) } else { rest.push(entry) }
            }
            (equals, rest)
        };
        equals.sort_by(|a, b| aicc(a).total_cmp(&aicc(b)));
        for mut entry in equals {
            entry.ranked.rank = ranked.len() + 1;
            entry.ranked.as_good_as_best = first && entry.ranked.out_of_range.is_some();
            ranked.push(entry.ranked);
        }
        first = false;
        entries = rest;
    }
    ranked
}

/// Whether errors of the same points have a mean square within one standard error of that of the best.
fn as_good(best: &[f64], other: &[f64]) -> bool {
    if best.len() != other.len() {
        return false;
    }
    let n = best.len() as f64;
    let mean = |errors: &[f64]| errors.iter().map(|e| e * e).sum::<f64>() / n;
    let (least, mean) = (mean(best), mean(other));
    if best.len() < 2 {
        return best.is_empty() || mean <= least;
    }
    let variance = best.iter().map(|e| (e * e - least).powi(2)).sum::<f64>() / (n - 1.0);
    mean <= least + (variance / n).sqrt()
}

impl Comparison {
    fn sentence(&self) -> String {
        let Some(best) = self.ranked.first() else {
            return "No law could be compared.".to_owned();
        };
        let mut text = match best.out_of_range {
            Some(out) => format!(
                "{} comes first: it foresees the {} of largest C to {} %",
                best.law,
                if out.n == 1 {
                    "point".to_owned()
                } else {
                    format!("{} points", out.n)
                },
                format_significant(100.0 * out.prediction.rmse_log, 2)
            ),
            None => format!(
                "{} comes first by AICc alone; nothing could be kept out to be foreseen",
                best.law
            ),
        };
        let equals: Vec<&str> = self.ranked[1..]
            .iter()
            .filter(|ranked| ranked.as_good_as_best)
            .map(|ranked| &*ranked.law)
            .collect();
        if !equals.is_empty() {
            let verb = if equals.len() == 1 { "foresees" } else { "foresee" };
            text.push_str(&format!("; {} {verb} as well, and AICc decides", equals.join(", ")));
        }
        text.push('.');
        if !self.not_compared.is_empty() {
            let names: Vec<&str> = self.not_compared.iter().map(|other| &*other.law).collect();
            text.push_str(&format!(" Not comparable: {}.", names.join(", ")));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::LawKind;
    use std::ops::ControlFlow;

    fn candidates(truth: LawKind, theta: &[f64], laws: &[LawKind]) -> Vec<Candidate> {
        let mut data = Observations::default();
        for i in 0..60_usize {
            let x = [3e7 * 2.0_f64.powi((i % 6) as i32), 1e9 * 2.0_f64.powi((i / 6) as i32)];
            let scatter = 0.003 * ((i * 7919 % 101) as f64 / 50.0 - 1.0);
            data.push(&x, truth.law().loss(theta, &x) * scatter.exp(), i);
        }
        let mut flops: Vec<(f64, usize)> = data.x.iter().enumerate().map(|(i, x)| (x[0] * x[1], i)).collect();
        flops.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut held_out = vec![false; 60];
        flops[..9].iter().for_each(|(_, i)| held_out[*i] = true);
        let of = |law: &LawKind| Candidate {
            config: FitConfig::new(*law),
            observations: data.clone(),
            points: (0..60).collect(),
            held_out: held_out.clone(),
            missing: String::new(),
            x: None,
        };
        laws.iter().map(of).collect()
    }

    fn go(_: f64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn the_law_that_made_the_runs_comes_first() {
        let budget = Budget::new(1e21, None);
        let laws = [LawKind::KaplanNd, LawKind::ChinchillaTied, LawKind::Chinchilla];
        let theta = [1.8, 480.0, 20000.0, 0.35, 0.50];
        let found = compare(&candidates(LawKind::Chinchilla, &theta, &laws), &budget, &go).unwrap();
        assert_eq!(found.ranked[0].law, "chinchilla", "{found:#?}");
        assert_eq!((found.ranked[0].rank, found.ranked[0].k), (1, 5));
        assert_eq!(found.terms.n_held_out, 9);
        assert!(found.ranked[0].delta_aicc.unwrap() == 0.0 && found.ranked[0].r2_log.unwrap() > 0.99);
        // Of the truth with one parameter fewer, the wider law foresees as well and costs more.
        let laws = [LawKind::Chinchilla, LawKind::ChinchillaTied];
        let theta = [1.8, 480.0, 2000.0, 0.35];
        let found = compare(&candidates(LawKind::ChinchillaTied, &theta, &laws), &budget, &go).unwrap();
        assert_eq!(found.ranked[0].law, "chinchilla-tied", "{found:#?}");
    }

    #[test]
    fn what_is_not_the_same_stands_aside() {
        let budget = Budget::new(1e21, None);
        let laws = [LawKind::Chinchilla; 5];
        let mut all = candidates(LawKind::Chinchilla, &[1.8, 480.0, 2000.0, 0.35, 0.37], &laws);
        all[1].config.objective.space = Space::Level;
        all[2].config.objective.delta = 0.1;
        all[3].points.truncate(50);
        all[3].missing = "10 no tokens".to_owned();
        all[4].observations.loss[3] += 0.1;
        let found = compare(&all, &budget, &go).unwrap();
        assert_eq!((found.ranked.len(), found.not_compared.len()), (1, 4));
        for (other, word) in found
            .not_compared
            .iter()
            .zip(["space", "weighs", "10 no tokens", "not the same"])
        {
            assert!(other.reason.contains(word), "{}", other.reason);
        }
        assert!(compare(&[], &budget, &go).is_err());
        let stop = |_| ControlFlow::Break(());
        assert_eq!(compare(&all, &budget, &stop).unwrap_err(), FitError::Cancelled);
    }
}
