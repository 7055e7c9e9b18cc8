//! The run that would help most: of those that can be afforded, the one that narrows the interval of N* at a budget most.
//!
//! The interval is that of the delta method, and what one run more would do to it follows from where the run lies, not from
//! what it will measure ([`Delta::standard_error_with`]). Candidates are the models of the ladder, each on the most tokens
//! that can be afforded and on halves, quarters, … of them. Limits: as good as the law is right and nearly linear in its
//! parameters around the fit; a run far from the others also tests the law, which this does not count.

use super::plan::{LADDER, Planned, least_tokens};
use crate::fit::{Delta, FitReport, Space};
use crate::plan::Allocation;
use crate::units::Flops;

/// Halvings of the tokens that can be afforded.
const HALVINGS: u32 = 6;

/// A run, and what it is good for.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// The run.
    pub planned: Planned,
    /// Standard error of ln N* as it is, and as it would be.
    pub errors: [f64; 2],
}

impl Advice {
    /// Part by which the interval of ln N* would narrow, 0 … 1.
    pub fn gain(&self) -> f64 {
        1.0 - self.errors[1] / self.errors[0]
    }
}

/// The best of the runs that `affordable` allows, for N* at a budget; `params` counts N as the fit does. None where the law has
/// no N* in closed form, or no interval, or nothing can be afforded.
pub fn advise(
    report: &FitReport,
    delta: &Delta,
    space: Space,
    budget: Flops,
    like: &Planned,
    params: impl Fn(&Planned) -> f64,
    affordable: impl Fn(&Planned) -> bool,
) -> Option<Advice> {
    let law = report.law.law();
    if !law.inputs().params_and_tokens() || law.inputs().count() != 2 {
        return None;
    }
    let answer = |theta: &[f64]| {
        let optimum = law
            .surface(theta)
            .and_then(|surface| Allocation::Surface(surface).at_flops(budget).ok());
        optimum.map_or(f64::NAN, |optimum| optimum.params.0.ln())
    };
    let now = delta.standard_error(answer)?;
    let candidates = LADDER.into_iter().flat_map(|model| {
        let run = move |tokens: u64| Planned::new(model, tokens, like.seed, like.unique_tokens);
        let most = most_tokens(&run, &affordable);
        (0..HALVINGS)
            .map(move |times| most >> times)
            .map(run)
            .filter(|run| run.tokens >= least_tokens(run))
    });
    let with = candidates.filter_map(|planned| {
        let x = [params(&planned), planned.tokens as f64];
        let said = |theta: &[f64]| {
            let loss = law.loss(theta, &x);
            if space == Space::Log { loss.ln() } else { loss }
        };
        let then = delta.standard_error_with(answer, said)?;
        Some(Advice {
            planned,
            errors: [now, then],
        })
    });
    with.min_by(|a, b| a.errors[1].total_cmp(&b.errors[1]))
        .filter(|advice| advice.gain() > 0.0)
}

/// The most tokens that can be afforded, to a per cent; 0 where none can.
fn most_tokens(run: &impl Fn(u64) -> Planned, affordable: &impl Fn(&Planned) -> bool) -> u64 {
    let (mut low, mut high) = (0_u64, 1 << 40);
    while high > low + low / 100 + 1 {
        let middle = low + (high - low) / 2;
        if affordable(&run(middle)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{FitConfig, Objective, ObjectiveKind, Observations, fit};
    use crate::law::LawKind;
    use std::ops::ControlFlow;

    /// Small models on few tokens, of a law with some noise.
    fn fitted() -> (FitConfig, Observations, FitReport) {
        let config = FitConfig {
            objective: Objective {
                kind: ObjectiveKind::Squared,
                space: Space::Log,
                ..Objective::default()
            },
            ..FitConfig::new(LawKind::Chinchilla)
        };
        let law = LawKind::Chinchilla.law();
        let mut data = Observations::default();
        for run in 0..20_usize {
            let x = [6e3 * 3_f64.powi((run % 4) as i32), 1e5 * 3_f64.powi((run / 4) as i32)];
            let noise = 0.003 * ((run * 7919 % 101) as f64 / 50.0 - 1.0);
            data.push(&x, law.loss(&[0.86, 8.0, 300.0, 0.35, 0.5], &x) * noise.exp(), run);
        }
        let report = fit(&config, &data, &mut |_| ControlFlow::Continue(())).unwrap();
        (config, data, report)
    }

    #[test]
    fn the_advice_can_be_afforded_and_narrows_as_it_says() {
        let (config, mut data, report) = fitted();
        let delta = Delta::new(&config, &data, &report).unwrap().unwrap();
        let like = Planned::new([16, 1], 0, 7, None);
        let params = |run: &Planned| run.params_non_embedding() as f64;
        let budget = Flops(1e14);
        let cheap = |run: &Planned| run.flops() <= 1e13;
        let advice = advise(&report, &delta, Space::Log, budget, &like, params, cheap).unwrap();
        assert!(cheap(&advice.planned) && advice.planned.seed == 7);
        assert!(advice.gain() > 0.05 && advice.gain() < 1.0, "{advice:?}");
        assert!(advise(&report, &delta, Space::Log, budget, &like, params, |_| false).is_none());
        let more = advise(&report, &delta, Space::Log, budget, &like, params, |run| {
            run.flops() <= 1e15
        })
        .unwrap();
        assert!(more.gain() > advice.gain(), "who can afford more learns more");

        // Measured just as the law says, it does what was foretold.
        let law = LawKind::Chinchilla.law();
        let x = [params(&advice.planned), advice.planned.tokens as f64];
        data.push(&x, law.loss(&report.theta(), &x), 20);
        let report = fit(&config, &data, &mut |_| ControlFlow::Continue(())).unwrap();
        let delta = Delta::new(&config, &data, &report).unwrap().unwrap();
        let answer = |theta: &[f64]| {
            let surface = law.surface(theta).unwrap();
            Allocation::Surface(surface).at_flops(budget).unwrap().params.0.ln()
        };
        let found = delta.standard_error(answer).unwrap();
        assert!((found / advice.errors[1] - 1.0).abs() < 0.1, "{found} {advice:?}");
    }
}
