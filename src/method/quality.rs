//! What speaks against the vertex of a budget. Each rule has its threshold beside it.

use super::parabola::Parabola;

/// A budget's flags, by their names in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Runs with the same N, D and L to the last digit: each counts once.
    ExactDuplicate,
    /// Sizes within 1 % of each other: all count, as one size.
    NearDuplicateParams,
    /// Fewer than four sizes. Left out of the frontier.
    TooFewPoints,
    /// The parabola opens downwards. Left out.
    NegativeCurvature,
    /// The vertex lies at or beyond the smallest or the largest size. Left out.
    NoInteriorMinimum,
    /// The curvature is below two of its standard errors: noise alone could have made it. Left out.
    WeakCurvature,
    /// The vertex lies in the outer quarter of the sizes on either side, in ln N. Kept; the shape of the valley moves it more
    /// there, which the vertex without bias takes back.
    OffCenter,
    /// A run lies so far from the parabola of the others that chance does it in one of a hundred budgets: two-sided
    /// Student's t of its leave-one-out residual at 1 % over all runs of the budget (Bonferroni). Kept.
    Outlier,
}

impl Flag {
    /// The budget takes no part in the frontier.
    pub fn rejects(self) -> bool {
        matches!(
            self,
            Self::TooFewPoints | Self::NegativeCurvature | Self::NoInteriorMinimum | Self::WeakCurvature
        )
    }

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExactDuplicate => "exact_duplicate",
            Self::NearDuplicateParams => "near_duplicate_params",
            Self::TooFewPoints => "too_few_points",
            Self::NegativeCurvature => "negative_curvature",
            Self::NoInteriorMinimum => "no_interior_minimum",
            Self::WeakCurvature => "weak_curvature",
            Self::OffCenter => "off_center",
            Self::Outlier => "outlier",
        }
    }
}

/// Curvature in standard errors below which there may be none.
const WEAK: f64 = 2.0;
/// Share of the half-range in ln N within which a vertex is central.
const CENTRAL: f64 = 0.5;
/// Chance that a budget without outliers is said to have one.
const OUTLIER_CHANCE: f64 = 0.01;

/// What the shape of a parabola says, and which of its runs are outliers.
pub(super) fn shape(parabola: &Parabola, ln_params: &[f64]) -> (Vec<Flag>, Vec<usize>) {
    let (low, high) = ln_params
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
    let mut flags = vec![];
    match parabola.vertex() {
        None => flags.push(Flag::NegativeCurvature),
        Some(vertex) if vertex <= low || vertex >= high => flags.push(Flag::NoInteriorMinimum),
        Some(vertex) => {
            let noise = parabola.noise(&parabola.residuals);
            if noise.is_some_and(|noise| parabola.curvature_ratio(noise) < WEAK) {
                flags.push(Flag::WeakCurvature);
            }
            if (vertex - 0.5 * (low + high)).abs() > CENTRAL * 0.5 * (high - low) {
                flags.push(Flag::OffCenter);
            }
        }
    }
    let outliers = outliers(parabola);
    if !outliers.is_empty() {
        flags.push(Flag::Outlier);
    }
    (flags, outliers)
}

fn outliers(parabola: &Parabola) -> Vec<usize> {
    let scores = parabola.leave_one_out();
    // Rounding leaves residuals behind that are no one's fault.
    let size = parabola.residuals.iter().map(|r| r.abs()).fold(0.0, f64::max);
    if scores.is_empty() || size < 1e-9 {
        return vec![];
    }
    let (free, chance) = (scores.len() - 4, OUTLIER_CHANCE / scores.len() as f64);
    let unlikely = |t: &f64| two_sided(*t, free) < chance;
    (0..scores.len()).filter(|&i| unlikely(&scores[i])).collect()
}

/// P(|T| > t) of Student's t with `free` degrees of freedom, by the finite series in θ = atan(t/√free) (Abramowitz & Stegun
/// 1964, 26.7.3 and 26.7.4).
fn two_sided(t: f64, free: usize) -> f64 {
    let theta = (t.abs() / (free as f64).sqrt()).atan();
    let (sin, cos) = theta.sin_cos();
    let within = if free % 2 == 1 {
        let mut sum = 0.0;
        let mut term = cos;
        for k in (1..free).step_by(2) {
            sum += term;
            term *= cos * cos * (k + 1) as f64 / (k + 2) as f64;
        }
        std::f64::consts::FRAC_2_PI * (theta + sin * sum)
    } else {
        let mut sum = 0.0;
        let mut term = 1.0;
        for k in (0..free).step_by(2) {
            sum += term;
            term *= cos * cos * (k + 1) as f64 / (k + 2) as f64;
        }
        sin * sum
    };
    (1.0 - within).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_tails_are_the_tables() {
        // Two-sided 5 % and 1 % points from any table of t.
        for (free, t, chance) in [
            (1, 12.7062, 0.05),
            (2, 4.30265, 0.05),
            (3, 3.18245, 0.05),
            (4, 4.60409, 0.01),
            (5, 4.03214, 0.01),
            (22, 2.81876, 0.01),
        ] {
            let found = two_sided(t, free);
            assert!((found / chance - 1.0).abs() < 1e-4, "{free}: {found}");
        }
    }

    #[test]
    fn each_rule_speaks_at_its_threshold() {
        let x: Vec<f64> = (0..9).map(|i| 16.0 + 0.5 * f64::from(i)).collect();
        let wobble = |i: usize| [1.0, -1.0, 0.5, -1.5, 1.0, 0.5, -1.0, 1.0, -0.5][i];
        let flags = |valley: &dyn Fn(f64) -> f64, noise: f64, spoiled: f64| {
            let mut y: Vec<f64> = x
                .iter()
                .enumerate()
                .map(|(i, x)| valley(*x) + noise * wobble(i))
                .collect();
            y[3] += spoiled;
            shape(&Parabola::fit(&x, &y).unwrap(), &x)
        };
        let at = |vertex: f64| move |x: f64| 0.05 * (x - vertex).powi(2) + 3.0;
        assert_eq!(flags(&at(18.0), 0.002, 0.0), (vec![], vec![]));
        assert_eq!(flags(&at(19.1), 0.002, 0.0).0, [Flag::OffCenter]);
        assert_eq!(flags(&at(20.5), 0.002, 0.0).0, [Flag::NoInteriorMinimum]);
        assert_eq!(
            flags(&|x| 3.0 - 0.05 * (x - 18.0).powi(2), 0.0, 0.0).0,
            [Flag::NegativeCurvature]
        );
        assert_eq!(flags(&at(18.0), 0.3, 0.0).0, [Flag::WeakCurvature]);
        assert_eq!(flags(&at(18.0), 0.002, 0.2), (vec![Flag::Outlier], vec![3]));
    }
}
