//! What all views need of a scene: the runs with what they lack filled in, and the law that answers.

use super::ranges::extent;
use super::words::whose;
use super::{Chosen, Scene};
use crate::data::RunTable;
use crate::figure::{Dash, Datum, Dot, Dots, Mark, Paint, RuleAt, Symbol, Token};
use crate::fit::FitReport;
use crate::law::Surface;
use crate::plan::{Allocation, FLOPS_PER_PARAM_TOKEN, Optimum};
use crate::units::{Flops, format_significant};
use std::collections::HashSet;

/// A point with a loss. What the file lacks of N, D and C follows from the other two by C = 6ND.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) datum: Datum,
    pub(super) params: Option<f64>,
    pub(super) tokens: Option<f64>,
    pub(super) flops: Option<f64>,
    /// U, where the file has it.
    pub(super) unique: Option<f64>,
    pub(super) loss: f64,
    /// Takes part in the fit.
    pub(super) used: bool,
}

/// An answer's place on the maps of a law.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// N as the law counts.
    pub(super) params: f64,
    /// N as the user counts.
    pub(super) shown_params: f64,
    pub(super) tokens: f64,
    pub(super) flops: f64,
    pub(super) loss: Option<f64>,
    /// N, D and L of the best for the same budget, where this is another.
    pub(super) best: Option<(f64, f64, Option<f64>)>,
    /// Which answered.
    pub(super) law: Option<Allocation>,
}

impl Place {
    fn of(optimum: &Optimum, law: Option<Allocation>) -> Self {
        let params = optimum.equivalent_params().0;
        Self {
            params,
            shown_params: params,
            tokens: optimum.tokens.0,
            flops: optimum.flops.0,
            loss: optimum.loss.map(|loss| loss.0),
            best: None,
            law,
        }
    }

    /// C = 6 N D in the law's own N: then the budget is a line on its map.
    pub(super) fn is_plain(&self) -> bool {
        (self.flops / (FLOPS_PER_PARAM_TOKEN * self.params * self.tokens) - 1.0).abs() < 1e-6
    }

    /// For its label, where the law is not the user's fit.
    pub(super) fn whose(&self) -> String {
        self.law.as_ref().map_or(String::new(), whose)
    }
}

/// A law beside the one that answers.
pub(super) struct Overlay<'a> {
    /// Of its marks.
    pub(super) id: String,
    pub(super) name: &'a str,
    pub(super) paint: Paint,
    /// Of a law that has no runs of its own to be solid over.
    pub(super) dash: Dash,
    pub(super) law: Allocation,
}

pub(super) struct Context<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) runs: Vec<Measured>,
    /// The user's fit, where it converged.
    pub(super) fit: Option<&'a FitReport>,
    /// The law that is asked for optima: the fitted surface, else the first published law that has them.
    pub(super) law: Option<Allocation>,
}

impl<'a> Context<'a> {
    pub(super) fn new(scene: &'a Scene<'a>) -> Self {
        let mut context = Self::without_runs(scene);
        context.runs = measured(scene);
        context
    }

    /// For the marks of the budget, which need no runs but their extremes.
    pub(super) fn without_runs(scene: &'a Scene<'a>) -> Self {
        let fit = scene.fit.filter(|report| report.converged());
        let fitted = fit.and_then(surface_of).map(Allocation::Surface);
        let published = || scene.published.iter().map(|law| Allocation::Published(law));
        let law = fitted.into_iter().chain(published()).find(|law| law.frontier().is_ok());
        Self {
            scene,
            runs: vec![],
            fit,
            law,
        }
    }

    /// The fitted surface, where the fit is one.
    pub(super) fn surface(&self) -> Option<Surface> {
        self.fit.and_then(surface_of)
    }

    /// Whether `law` is the user's own.
    pub(super) fn law_is_fitted(&self) -> bool {
        matches!(self.law, Some(Allocation::Surface(_)))
    }

    /// What is drawn over: published laws, and fits put aside. The law that stands in for a fit, `drawn`, is not drawn twice.
    pub(super) fn overlays(&self, drawn: Option<Allocation>) -> impl Iterator<Item = Overlay<'a>> {
        let published = self.scene.published.iter().map(|law| Overlay {
            id: format!("published {}", law.label),
            name: law.label,
            paint: Paint::Token(Token::Reference),
            dash: Dash::Dotted,
            law: Allocation::Published(law),
        });
        let kept = self.scene.kept.iter().map(|kept| Overlay {
            id: format!("kept {}", kept.name),
            name: kept.name,
            paint: kept.paint,
            dash: kept.dash,
            law: kept.law,
        });
        published.filter(move |overlay| Some(overlay.law) != drawn).chain(kept)
    }

    /// Where the star stands: what was chosen, or the drawn law's best for the budget.
    pub(super) fn place(&self) -> Option<Place> {
        match self.scene.chosen {
            Some(chosen) => Some(self.place_of(&chosen)),
            None => {
                let law = self.law?;
                Some(Place::of(&law.at_flops(self.scene.budget).ok()?, Some(law)))
            }
        }
    }

    /// What was chosen before.
    pub(super) fn ghost(&self) -> Option<Place> {
        self.scene.ghost.map(|chosen| self.place_of(&chosen))
    }

    fn place_of(&self, chosen: &Chosen) -> Place {
        let law = chosen.by.map_or(self.law, |law| Some(Allocation::Published(law)));
        let answered = &chosen.answered;
        let as_law_counts = Optimum {
            params: answered.law_params,
            ..answered.optimum
        };
        Place {
            shown_params: answered.optimum.equivalent_params().0,
            best: answered
                .best
                .map(|best| (best.equivalent_params().0, best.tokens.0, best.loss.map(|loss| loss.0))),
            ..Place::of(&as_law_counts, law)
        }
    }

    pub(super) fn used(&self) -> impl Iterator<Item = &Measured> {
        self.runs.iter().filter(|run| run.used)
    }

    /// Runs by table and index of which a point was excluded and none is used. Where no run is used at all, as in a file
    /// without sizes, none is set apart.
    pub(super) fn excluded_runs(&self) -> HashSet<(usize, usize)> {
        let tables = || self.scene.tables.iter().enumerate();
        if tables().all(|(_, (_, selected))| selected.used.is_empty()) {
            return HashSet::new();
        }
        let mut excluded = HashSet::new();
        for (index, (table, selected)) in tables() {
            let points = table.points();
            let out = selected.excluded.iter().filter(|e| e.point < points.len());
            let mut out: HashSet<usize> = out.map(|e| points.get(e.point).run).collect();
            if !out.is_empty() {
                let used = selected.used.iter().filter(|point| **point < points.len());
                used.for_each(|point| {
                    out.remove(&points.get(*point).run);
                });
            }
            excluded.extend(out.into_iter().map(|run| (index, run)));
        }
        excluded
    }

    /// Compute of the runs behind a law: the user's, or those of the paper.
    pub(super) fn flops_range_of(&self, law: &Allocation) -> Option<(f64, f64)> {
        match law {
            Allocation::Published(law) => Some(law.flops_range),
            Allocation::Surface(_) => self.data_flops_range(),
        }
    }

    /// What nothing can beat on the text of all these runs, where that is known, as a rule.
    pub(super) fn best_loss_rule(&self) -> Option<Mark> {
        let known = RunTable::best_loss_of(self.scene.tables.iter().map(|(table, _)| *table))?;
        Some(Mark::Rule {
            at: RuleAt::Y(known),
            label: format!("best possible {}", format_significant(known, 4)),
            paint: Paint::Token(Token::Good),
        })
    }

    /// Compute of the runs in use.
    pub(super) fn data_flops_range(&self) -> Option<(f64, f64)> {
        extent(self.used().filter_map(|run| run.flops))
    }

    /// Dots of the runs, those in use over the others.
    pub(super) fn dots(
        &self,
        at: impl Fn(&Measured) -> Option<[f64; 2]>,
        paint: impl Fn(&Measured) -> Paint,
        radius: f32,
    ) -> Vec<Mark> {
        let dots = |used: bool| -> Dots {
            self.runs
                .iter()
                .filter(|run| run.used == used)
                .filter_map(|run| {
                    Some(Dot {
                        at: at(run)?,
                        paint: if used {
                            paint(run)
                        } else {
                            Paint::Token(Token::TextFaint)
                        },
                        hollow: !used,
                        datum: Some(run.datum),
                    })
                })
                .collect()
        };
        [("runs excluded", false), ("runs", true)]
            .into_iter()
            .map(|(id, used)| Mark::Dots {
                id: id.to_owned(),
                dots: dots(used),
                symbol: Symbol::Circle,
                radius,
            })
            .filter(|mark| !matches!(mark, Mark::Dots { dots, .. } if dots.is_empty()))
            .collect()
    }

    /// The star of the answer.
    pub(super) fn star(&self, id: &str, at: [f64; 2], paint: Paint) -> Mark {
        star(id, at, paint, false)
    }

    /// A star beside it: the best, or what was chosen before.
    pub(super) fn hollow_star(&self, id: &str, at: [f64; 2], paint: Paint) -> Mark {
        star(id, at, paint, true)
    }
}

fn star(id: &str, at: [f64; 2], paint: Paint, hollow: bool) -> Mark {
    let dots = vec![Dot {
        at,
        paint,
        hollow,
        datum: None,
    }];
    Mark::Dots {
        id: format!("budget {id}"),
        dots: dots.into(),
        symbol: Symbol::Star,
        radius: if hollow { 7.0 } else { 9.0 },
    }
}

fn measured(scene: &Scene<'_>) -> Vec<Measured> {
    let mut runs = vec![];
    for (table, (rows, selected)) in scene.tables.iter().enumerate() {
        let used = selected.used.iter().map(|point| (*point, true));
        let excluded = selected.excluded.iter().map(|excluded| (excluded.point, false));
        for (point, used) in used.chain(excluded) {
            if point >= rows.points().len() {
                continue;
            }
            let row = rows.points().get(point);
            let Some(loss) = row.loss else { continue };
            let (n, d, c) = (
                row.model_size().map(|v| v.0),
                row.tokens.map(|v| v.0),
                row.flops.map(|v| v.0),
            );
            let quotient = |whole: Option<f64>, part: Option<f64>| Some(whole? / (FLOPS_PER_PARAM_TOKEN * part?));
            runs.push(Measured {
                datum: Datum { table, point },
                params: n.or_else(|| quotient(c, d)),
                tokens: d.or_else(|| quotient(c, n)),
                flops: c.or_else(|| Some(FLOPS_PER_PARAM_TOKEN * n? * d?)),
                unique: row.unique_tokens.map(|v| v.0),
                loss: loss.0,
                used,
            });
        }
    }
    runs
}

/// The surface that a fit describes, where its law is one.
pub(super) fn surface_of(report: &FitReport) -> Option<Surface> {
    report.law.law().surface(&report.theta())
}

/// N*(C), D*(C) and L*(C) of a surface as numbers that are cheap to evaluate: ln N* = g + a (ln C − ln 6),
/// ln D* = −g + b (ln C − ln 6), L* = E + K C^−gamma.
#[derive(Debug, Clone, Copy)]
pub(super) struct Valley {
    pub(super) ln_g: f64,
    pub(super) params_exponent: f64,
    pub(super) tokens_exponent: f64,
    pub(super) floor: f64,
    pub(super) ln_k: f64,
    pub(super) gamma: f64,
}

impl Valley {
    /// As in Hoffmann et al. 2022, eq. 4; the coupling of a surface leaves N* and D* where they are.
    pub(super) fn of(surface: &Surface) -> Self {
        let (law, coupling) = (surface.sum, surface.coupling);
        let (alpha, beta) = (law.params_exponent, law.tokens_exponent);
        let both = alpha + beta;
        let ln_g = (alpha * law.params_coefficient / (beta * law.tokens_coefficient)).ln() / both;
        let sum_exponent = alpha * beta / both;
        let sum = law.params_coefficient * (-alpha * ln_g).exp() + law.tokens_coefficient * (beta * ln_g).exp();
        Self {
            ln_g,
            params_exponent: beta / both,
            tokens_exponent: alpha / both,
            floor: law.floor,
            ln_k: coupling * (sum.ln() + sum_exponent * FLOPS_PER_PARAM_TOKEN.ln()),
            gamma: coupling * sum_exponent,
        }
    }

    pub(super) fn params(&self, flops: Flops) -> f64 {
        (self.ln_g + self.params_exponent * (flops.0 / FLOPS_PER_PARAM_TOKEN).ln()).exp()
    }

    pub(super) fn tokens(&self, flops: Flops) -> f64 {
        (-self.ln_g + self.tokens_exponent * (flops.0 / FLOPS_PER_PARAM_TOKEN).ln()).exp()
    }

    pub(super) fn loss(&self, flops: Flops) -> f64 {
        self.floor + (self.ln_k - self.gamma * flops.0.ln()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Additive;

    #[test]
    fn the_cheap_valley_is_the_planners() {
        let law = Additive {
            floor: 1.8172,
            params_coefficient: 482.01,
            tokens_coefficient: 2085.43,
            params_exponent: 0.3478,
            tokens_exponent: 0.3658,
        };
        for coupling in [1.0, 0.6] {
            let surface = Surface { sum: law, coupling };
            let valley = Valley::of(&surface);
            for flops in [1e18, 1e21, 5.76e23] {
                let best = Allocation::Surface(surface).at_flops(Flops(flops)).unwrap();
                assert!((valley.params(Flops(flops)) / best.params.0 - 1.0).abs() < 1e-9);
                assert!((valley.tokens(Flops(flops)) / best.tokens.0 - 1.0).abs() < 1e-9);
                assert!((valley.loss(Flops(flops)) - best.loss.unwrap().0).abs() < 1e-9);
            }
        }
    }
}
