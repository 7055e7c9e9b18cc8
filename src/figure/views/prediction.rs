//! Where a new run would lie: the band of the curve, widened by how far runs lie from it.
//!
//! ```text
//! ln L ± (h² + q²)^½        h the band's half-width in ln L, q the residual that the stated share of the runs stays within
//! ```
//!
//! L in nats per token. q is read off the runs and not off a formula, so their noise may have any form; it says nothing of noise
//! that grows or falls beyond them. Below twenty runs, or with residuals of L itself, there is no such band.

use super::context::Context;
use crate::figure::Mark;
use crate::fit::Space;

/// Fewer residuals than this have no tails to read.
const FEWEST: usize = 20;

/// The band about a curve as one of new runs, to be drawn under it.
pub(super) fn prediction(context: &Context<'_>, band: &Mark, curve: impl Fn(f64) -> f64) -> Option<Mark> {
    let Mark::Band { edges, paint, .. } = band else {
        return None;
    };
    let report = context.fit.filter(|report| report.objective.space == Space::Log)?;
    let within = within(&report.residuals, context.scene.level)?;
    let widened = edges.iter().filter_map(|[flops, low, high]| {
        let middle = curve(*flops);
        let out = |edge: f64| (edge / middle).ln().hypot(within);
        let ends = [middle * (-out(*low)).exp(), middle * out(*high).exp()];
        (ends[0] > 0.0 && ends[1].is_finite()).then_some([*flops, ends[0], ends[1]])
    });
    Some(Mark::Band {
        id: "band of new runs".to_owned(),
        edges: widened.collect(),
        paint: *paint,
        opacity: 0.07,
    })
}

/// The size that a share of the residuals stays within.
fn within(residuals: &[f64], share: f64) -> Option<f64> {
    if residuals.len() < FEWEST {
        return None;
    }
    let mut sizes: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let place = (share * sizes.len() as f64).ceil() as usize;
    sizes.get(place.clamp(1, sizes.len()) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_residuals_lie_within_as_is_said() {
        let residuals: Vec<f64> = (0..100).map(|k| f64::from(k - 50) / 50.0).collect();
        for share in [0.5, 0.8, 0.95] {
            let size = within(&residuals, share).unwrap();
            let inside = residuals.iter().filter(|residual| residual.abs() <= size).count();
            assert!((inside as f64 - 100.0 * share).abs() <= 1.0, "{inside} within {size}");
        }
        assert_eq!(within(&residuals[..19], 0.95), None);
    }
}
