//! Where the optimum is whose valley gives the vertex that was found.
//!
//! At a budget, the loss of an additive surface around its optimum N° (where α A N°^−α = β B D°^−β) is, up to a factor and a
//! constant that move no vertex,
//!
//! ```text
//! f_i = β (N_i/N°)^−α + α (D_i/D°)^−β      D° = C/(6 N°)
//! ```
//!
//! A parabola through (ln N_i, f_i) has its vertex beside ln N° wherever α ≠ β or the sizes are not centred. With
//! u_i = e^−α(x_i − c), v_i = (6 D_i e^c/C)^−β and ρ = e^((α+β)(ln N° − c)), f ∝ β ρ u + α v is linear in ρ, and so are
//! its p and q by least squares. Vertex z* = −q/(2p) then says
//!
//! ```text
//! ρ = −(α/β) · (q_v + 2 z* p_v)/(q_u + 2 z* p_u)      ln N° = c + ln ρ/(α + β)
//! ```
//!
//! for any grid, any spread of C within the budget and any position of the optimum, without knowing E, A or B. On a
//! symmetric grid about the optimum it is the closed form of the reference below.
//!
//! Source of the bias: Czech et al. 2026 (arXiv 2603.22339). Limits: the correction is as good as α and β, which come from
//! elsewhere, usually the joint fit of the same runs; it corrects the shape of the valley, not noise.

use super::parabola::Parabola;
use crate::plan::FLOPS_PER_PARAM_TOKEN;

/// ln N° of a budget from the vertex of its parabola, the D of its runs in the parabola's order, and the exponents of the
/// surface. `None` where no optimum gives this vertex on this grid.
pub fn unbiased_vertex(
    parabola: &Parabola,
    vertex: f64,
    ln_params: &[f64],
    tokens: &[f64],
    exponents: [f64; 2],
) -> Option<f64> {
    let [alpha, beta] = exponents;
    if !(alpha > 0.0 && beta > 0.0) {
        return None;
    }
    let centre = parabola.centre();
    // ln(C/6) as N and D have it, which need not be what a column of C counts.
    let pairs = || ln_params.iter().zip(tokens).map(|(x, d)| (*x, d.ln()));
    let ln_product = pairs().map(|(x, d)| x + d).sum::<f64>() / ln_params.len() as f64;
    let u: Vec<f64> = pairs().map(|(x, _)| (-alpha * (x - centre)).exp()).collect();
    let v: Vec<f64> = pairs()
        .map(|(_, d)| (-beta * (d + centre - ln_product)).exp())
        .collect();
    let z = parabola.scaled(vertex);
    let [along_u, along_v] = [parabola.shape_of(&u), parabola.shape_of(&v)].map(|[p, q]| q + 2.0 * z * p);
    let rho = -(alpha * along_v) / (beta * along_u);
    let optimum = centre + rho.ln() / (alpha + beta);
    optimum.is_finite().then_some(optimum)
}

/// D as a budget's runs have it at a size: ln D interpolated in ln N between the sizes around it, C/(6N) beyond them.
pub(super) fn tokens_at(ln_params: &[f64], tokens: &[f64], at: f64) -> f64 {
    let mut known: Vec<(f64, f64)> = ln_params.iter().zip(tokens).map(|(x, d)| (*x, d.ln())).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Runs of one size stand as their mean.
    let known: Vec<(f64, f64)> = known
        .chunk_by(|a, b| b.0 - a.0 < 1e-12)
        .map(|same| (same[0].0, same.iter().map(|(_, d)| d).sum::<f64>() / same.len() as f64))
        .collect();
    let beside = known.windows(2).find(|pair| (pair[0].0..=pair[1].0).contains(&at));
    let ln_tokens = match (beside, known.as_slice()) {
        (Some([low, high]), _) => low.1 + (high.1 - low.1) * (at - low.0) / (high.0 - low.0),
        (_, [first, .., last]) => {
            let nearest = if at < first.0 { first } else { last };
            nearest.1 + nearest.0 - at
        }
        _ => known.first().map_or(f64::NAN, |only| only.1 + only.0 - at),
    };
    ln_tokens.exp()
}

/// D = C/(6N).
pub(super) fn tokens_of_flops(flops: f64, params: f64) -> f64 {
    flops / (FLOPS_PER_PARAM_TOKEN * params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Additive;
    use crate::plan::Allocation;
    use crate::units::Flops;

    /// Parabola, ln N, D of noise-free runs of a surface whose sizes span `below` … `above` in ln N about the optimum.
    fn valley(law: &Additive, flops: f64, below: f64, above: f64, count: usize) -> (Parabola, Vec<f64>, Vec<f64>, f64) {
        let best = Allocation::Surface((*law).into())
            .at_flops(Flops(flops))
            .unwrap()
            .params
            .0
            .ln();
        let x: Vec<f64> = (0..count)
            .map(|i| best + below + (above - below) * i as f64 / (count - 1) as f64)
            .collect();
        let tokens: Vec<f64> = x.iter().map(|x| tokens_of_flops(flops, x.exp())).collect();
        let loss: Vec<f64> = x.iter().zip(&tokens).map(|(x, d)| law.loss(x.exp(), *d)).collect();
        (Parabola::fit(&x, &loss).unwrap(), x, tokens, best)
    }

    fn surface(alpha: f64, beta: f64) -> Additive {
        Additive {
            floor: 1.69,
            params_coefficient: 406.4,
            tokens_coefficient: 410.7,
            params_exponent: alpha,
            tokens_exponent: beta,
        }
    }

    #[test]
    fn the_optimum_is_found_on_any_grid() {
        for (alpha, beta) in [(0.34, 0.28), (0.465, 0.155), (0.3, 0.3), (0.15, 0.5)] {
            let law = surface(alpha, beta);
            for (below, above, count) in [(-2.8, 2.8, 15), (-0.7, 0.7, 15), (-1.0, 3.0, 7), (-2.5, 0.8, 4)] {
                let (parabola, x, tokens, best) = valley(&law, 1e19, below, above, count);
                let vertex = parabola.vertex().unwrap();
                let found = unbiased_vertex(&parabola, vertex, &x, &tokens, [alpha, beta]).unwrap();
                assert!((found - best).abs() < 1e-7, "{alpha} {beta} {below}: {found} {best}");
            }
        }
    }

    #[test]
    fn on_a_symmetric_grid_it_is_the_published_closed_form() {
        let (alpha, beta) = (0.34, 0.28);
        let (parabola, x, _, best) = valley(&surface(alpha, beta), 1e19, -2.8, 2.8, 15);
        let f = |x: f64| beta * (-alpha * x).exp() + alpha * (beta * x).exp();
        let about: Vec<f64> = x.iter().map(|x| x - best).collect();
        let mean = about.iter().map(|x| x * x).sum::<f64>() / 15.0;
        let q1 = about.iter().map(|x| x * f(*x)).sum::<f64>() / (15.0 * mean);
        let q2 = about.iter().map(|x| (x * x - mean) * f(*x)).sum::<f64>()
            / about.iter().map(|x| (x * x - mean).powi(2)).sum::<f64>();
        assert!((parabola.vertex().unwrap() - best + q1 / (2.0 * q2)).abs() < 1e-9);
    }

    #[test]
    fn tokens_are_interpolated_between_sizes_and_follow_compute_beyond() {
        let x = [3.0, 1.0, 2.0];
        let tokens = [1.0_f64, 8.0, 4.0];
        assert!((tokens_at(&x, &tokens, 1.5) - 32f64.sqrt()).abs() < 1e-12);
        assert!((tokens_at(&x, &tokens, 4.0) - (-1f64).exp()).abs() < 1e-12);
    }
}
