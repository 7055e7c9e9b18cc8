//! Approach 2: a parabola a budget, a line through the vertices.
//!
//! ```text
//! L = p x² + q x + r, x = ln N     at each budget C
//! ln N* = a ln C + const           over the budgets, weights 1/(s² + 0.001²)
//! ```
//!
//! N* is the vertex; D* is ln D interpolated in ln N between the measured runs, which is C/(6N*) where C is 6ND and the truth
//! where it is not. s is the standard error of ln N* by the delta method. What a parabola leaves of a noise-free valley of two
//! powers is shape, not noise; where a surface of the same runs is known, the residuals that the surface's own
//! parabola leaves are taken off before s weighs a budget. Without noise all weights are then the same: plain least squares. The
//! floor of 0.001, finer than anyone can choose N, keeps a budget whose few runs happen to lie on a parabola from outweighing
//! all others.
//!
//! Beside each vertex stands the one without bias (`debias.rs`), and a line through those.
//!
//! Sources: Hoffmann et al. 2022 (arXiv 2203.15556), section 3.2; weights as in Porian et al. 2024 (arXiv 2406.19146). Limits: at
//! least two budgets with an interior minimum; the s of a budget with four sizes rests on one degree of freedom.

use super::budgets::{FEWEST_SIZES, Grouping, SAME_SIZE, budgets};
use super::debias::{tokens_at, tokens_of_flops, unbiased_vertex};
use super::quality::{self, Flag};
use super::{Budget, Frontier, Measurement, Parabola, line};
use crate::law::Additive;

/// A compute-optimal point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vertex {
    /// N*.
    pub params: f64,
    /// D* as measured.
    pub tokens: f64,
    /// C/(6N*).
    pub tokens_of_flops: f64,
    /// L* on the parabola.
    pub loss: f64,
}

/// What one budget says.
#[derive(Debug, Clone)]
pub struct BudgetReport {
    /// C.
    pub flops: f64,
    /// Places of its runs among the measurements, exact duplicates once.
    pub members: Vec<usize>,
    /// Different sizes.
    pub sizes: usize,
    /// What was fitted, where it could be.
    pub parabola: Option<Parabola>,
    /// Its minimum, where it has one within the sizes.
    pub vertex: Option<Vertex>,
    /// Standard error of ln N*; `None` where no degree of freedom is left.
    pub se_log_params: Option<f64>,
    /// The same from what the surface's own parabola does not explain; it weighs the budget.
    pub noise_se: Option<f64>,
    /// The optimum whose valley has this vertex, where the exponents are known.
    pub unbiased: Option<Vertex>,
    /// What speaks against it.
    pub flags: Vec<Flag>,
    /// Places of outliers among the measurements.
    pub outliers: Vec<usize>,
}

impl BudgetReport {
    /// Takes part in the frontier.
    pub fn used(&self) -> bool {
        self.vertex.is_some() && !self.flags.iter().any(|flag| flag.rejects())
    }

    /// Its weight in the frontier.
    pub(super) fn weight(&self) -> f64 {
        let s = self.noise_se.unwrap_or(0.0);
        1.0 / (s * s + FINEST * FINEST)
    }
}

/// What the runs say by Approach 2.
#[derive(Debug, Clone)]
pub struct Isoflop {
    /// How budgets were found.
    pub grouping: Grouping,
    /// The cheapest first.
    pub budgets: Vec<BudgetReport>,
    /// Runs that belong to no budget.
    pub outside: usize,
    /// Through the vertices.
    pub frontier: Frontier,
    /// Through the vertices without bias, where every used budget has one.
    pub unbiased: Option<Frontier>,
}

impl Isoflop {
    /// Budgets that take part in the frontier.
    pub fn used(&self) -> impl Iterator<Item = &BudgetReport> {
        self.budgets.iter().filter(|budget| budget.used())
    }
}

/// Why there is no frontier.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IsoflopError {
    /// Compute is spread, or budgets have too few sizes.
    #[error(
        "{found}, and a parabola takes {FEWEST_SIZES} sizes at each budget. Train {FEWEST_SIZES} or more sizes at each of two \
         budgets, or fit a surface, which takes any design: --law chinchilla",
        found = no_budgets(*runs, *most_sizes, *held)
    )]
    NoBudgets {
        /// Runs in all.
        runs: usize,
        /// The most sizes at one budget.
        most_sizes: usize,
        /// The most runs at budgets with sizes enough.
        held: usize,
    },
    /// Budgets, and no vertex within one of them.
    #[error("{text}")]
    NoInteriorMinimum {
        /// Which budgets, why, and what to do.
        text: String,
        /// What each says.
        budgets: Vec<BudgetReport>,
    },
    /// One vertex is a point, and an exponent takes two.
    #[error("{text}")]
    OneBudget {
        /// Where it is, and what to do.
        text: String,
        /// What each budget says.
        budgets: Vec<BudgetReport>,
    },
}

fn no_budgets(runs: usize, most_sizes: usize, held: usize) -> String {
    if most_sizes < FEWEST_SIZES {
        format!("at most {most_sizes} of {runs} runs share a compute budget (C within ±10 %) and differ in size")
    } else {
        format!(
            "compute is spread: budgets of {FEWEST_SIZES} sizes (C within ±10 %) hold {held} of {runs} runs, less than half"
        )
    }
}

impl IsoflopError {
    /// What is the case, without what to do about it.
    pub fn brief(&self) -> String {
        super::verdict::first_sentence(&self.to_string())
    }

    /// Stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoBudgets { .. } | Self::OneBudget { .. } => "too_few_runs",
            Self::NoInteriorMinimum { .. } => "no_interior_minimum",
        }
    }
}

/// No standard error of ln N* counts as less.
const FINEST: f64 = 1e-3;

/// Approach 2 on these runs. `surface` is a law of the same runs, for its exponents and the shape of its valleys.
///
/// # Errors
/// See [`IsoflopError`].
pub fn isoflop(runs: &[Measurement], surface: Option<&Additive>) -> Result<Isoflop, IsoflopError> {
    let found = budgets(runs);
    if found.grouping == Grouping::None {
        return Err(IsoflopError::NoBudgets {
            runs: runs.len(),
            most_sizes: found.most_sizes,
            held: found.held,
        });
    }
    let held: usize = found.budgets.iter().map(|budget| budget.members.len()).sum();
    let budgets: Vec<BudgetReport> = found
        .budgets
        .iter()
        .map(|budget| report(runs, budget, surface))
        .collect();
    let used: Vec<&BudgetReport> = budgets.iter().filter(|budget| budget.used()).collect();
    let frontier = match used.as_slice() {
        [] => {
            return Err(IsoflopError::NoInteriorMinimum {
                text: super::verdict::no_minimum(runs, &budgets),
                budgets,
            });
        }
        [only] => {
            return Err(IsoflopError::OneBudget {
                text: super::verdict::one_budget(only, &budgets),
                budgets,
            });
        }
        _ => frontier(&used, |budget| budget.vertex),
    };
    let unbiased = frontier_without_bias(&used);
    Ok(Isoflop {
        grouping: found.grouping,
        outside: runs.len() - held,
        frontier: frontier.expect("two budgets differ in C, and their vertices are numbers"),
        unbiased,
        budgets,
    })
}

fn frontier_without_bias(used: &[&BudgetReport]) -> Option<Frontier> {
    frontier(used, |budget| budget.unbiased)
}

fn frontier(used: &[&BudgetReport], vertex: impl Fn(&BudgetReport) -> Option<Vertex>) -> Option<Frontier> {
    let vertices: Option<Vec<Vertex>> = used.iter().map(|budget| vertex(budget)).collect();
    let vertices = vertices?;
    let of = |get: fn(&Vertex) -> f64| -> Vec<f64> { vertices.iter().map(|vertex| get(vertex).ln()).collect() };
    let flops: Vec<f64> = used.iter().map(|budget| budget.flops.ln()).collect();
    let weights: Vec<f64> = used.iter().map(|budget| budget.weight()).collect();
    let params = line(&flops, &of(|vertex| vertex.params), &weights)?;
    let tokens = line(&flops, &of(|vertex| vertex.tokens), &weights)?;
    Some(Frontier::of(&params, &tokens))
}

/// What a budget says.
pub(super) fn report(runs: &[Measurement], budget: &Budget, surface: Option<&Additive>) -> BudgetReport {
    let (members, mut flags) = without_duplicates(runs, &budget.members);
    let mut report = BudgetReport {
        flops: budget.flops,
        members,
        sizes: budget.sizes,
        parabola: None,
        vertex: None,
        se_log_params: None,
        noise_se: None,
        unbiased: None,
        flags: vec![],
        outliers: vec![],
    };
    if report.sizes < FEWEST_SIZES {
        flags.push(Flag::TooFewPoints);
        report.flags = flags;
        return report;
    }
    let profile = Profile::of(runs, &report.members);
    if let Some(parabola) = Parabola::fit(&profile.ln_params, &profile.loss) {
        let (of_shape, outliers) = quality::shape(&parabola, &profile.ln_params);
        flags.extend(of_shape);
        report.outliers = outliers.into_iter().map(|i| report.members[i]).collect();
        let interior = !flags
            .iter()
            .any(|flag| matches!(flag, Flag::NoInteriorMinimum | Flag::NegativeCurvature));
        if let Some(x) = parabola.vertex().filter(|_| interior) {
            report.vertex = Some(profile.vertex(budget.flops, x, &parabola));
            report.se_log_params = parabola
                .noise(&parabola.residuals)
                .map(|noise| parabola.vertex_error(noise));
            report.noise_se = surface.map_or(report.se_log_params, |law| {
                let beside: Vec<f64> = report
                    .members
                    .iter()
                    .map(|&i| runs[i].loss - law.loss(runs[i].params, runs[i].tokens))
                    .collect();
                parabola
                    .noise(&parabola.unexplained(&beside))
                    .map(|noise| parabola.vertex_error(noise))
            });
            report.unbiased = surface
                .and_then(|law| {
                    let exponents = [law.params_exponent, law.tokens_exponent];
                    unbiased_vertex(&parabola, x, &profile.ln_params, &profile.tokens, exponents)
                })
                .map(|x| profile.vertex(budget.flops, x, &parabola));
        }
        report.parabola = Some(parabola);
    }
    report.flags = flags;
    report
}

/// The runs of a budget in columns.
pub(super) struct Profile {
    pub(super) ln_params: Vec<f64>,
    pub(super) tokens: Vec<f64>,
    pub(super) loss: Vec<f64>,
}

impl Profile {
    pub(super) fn of(runs: &[Measurement], members: &[usize]) -> Self {
        let column = |get: fn(&Measurement) -> f64| members.iter().map(|&i| get(&runs[i])).collect();
        Self {
            ln_params: column(|run| run.params.ln()),
            tokens: column(|run| run.tokens),
            loss: column(|run| run.loss),
        }
    }

    pub(super) fn vertex(&self, flops: f64, x: f64, parabola: &Parabola) -> Vertex {
        Vertex {
            params: x.exp(),
            tokens: tokens_at(&self.ln_params, &self.tokens, x),
            tokens_of_flops: tokens_of_flops(flops, x.exp()),
            loss: parabola.at(x),
        }
    }
}

fn without_duplicates(runs: &[Measurement], members: &[usize]) -> (Vec<usize>, Vec<Flag>) {
    let key = |i: usize| [runs[i].params, runs[i].tokens, runs[i].loss];
    let mut order: Vec<usize> = members.to_vec();
    order.sort_by(|&a, &b| {
        let pairs = key(a).into_iter().zip(key(b));
        pairs.fold(std::cmp::Ordering::Equal, |order, (a, b)| order.then(a.total_cmp(&b)))
    });
    let before = order.len();
    order.dedup_by(|a, b| key(*a) == key(*b));
    let mut flags = vec![];
    if order.len() < before {
        flags.push(Flag::ExactDuplicate);
    }
    let near = |pair: &[usize]| runs[pair[1]].params <= runs[pair[0]].params * (1.0 + SAME_SIZE);
    if order.windows(2).any(near) {
        flags.push(Flag::NearDuplicateParams);
    }
    (order, flags)
}
