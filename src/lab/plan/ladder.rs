//! The models that are trained here, by size.

use crate::train::{BYTES, Shape};

/// Tokens a window.
pub(super) const CONTEXT: usize = 128;
/// Width of a head.
pub(super) const HEAD: usize = 16;
/// Width and layers, smallest first.
pub(in crate::lab) const LADDER: [[usize; 2]; 12] = [
    [16, 1],
    [16, 2],
    [32, 1],
    [32, 2],
    [48, 2],
    [64, 2],
    [80, 3],
    [96, 4],
    [128, 4],
    [160, 5],
    [192, 6],
    [256, 6],
];

pub(in crate::lab) fn ladder_shape([width, layers]: [usize; 2]) -> Shape {
    Shape {
        vocab: BYTES,
        context: CONTEXT,
        width,
        layers,
        heads: (width / HEAD).max(1),
    }
}

/// N = 12 L d² of a model.
pub(super) fn params([width, layers]: [usize; 2]) -> f64 {
    (12 * layers * width * width) as f64
}

/// Sizes of the ladder, smallest first: width and layers.
pub fn sizes() -> impl Iterator<Item = [usize; 2]> {
    LADDER.into_iter()
}

/// The model of the ladder with N nearest to this, as ratios go: width and layers.
pub fn nearest(wanted: f64) -> [usize; 2] {
    let distance = |model: [usize; 2]| (params(model) / wanted).ln().abs();
    LADDER.into_iter().fold(
        LADDER[0],
        |best, model| if distance(model) < distance(best) { model } else { best },
    )
}

/// Models of about this size, from deep and narrow to shallow and wide.
pub(super) fn alike(wanted: f64) -> Vec<[usize; 2]> {
    let model = |layers: usize| {
        let width = (wanted / (12 * layers) as f64).sqrt() / HEAD as f64;
        [HEAD * (width.round() as usize).max(1), layers]
    };
    let mut models: Vec<[usize; 2]> = (1..=DEEPEST).rev().map(model).collect();
    let off = |model: &[usize; 2]| (params(*model) / wanted).ln().abs();
    models.retain(|model| off(model) < ALIKE);
    // Of one width, the nearest.
    models.sort_by(|a, b| a[0].cmp(&b[0]).then(off(a).total_cmp(&off(b))));
    models.dedup_by_key(|model| model[0]);
    models
}

/// Layers of the deepest model.
const DEEPEST: usize = 16;
/// Sizes that are no more than this apart, as ln N, are about the same: a law with N^-0.3 sees less than 4 % of its own term.
const ALIKE: f64 = 0.13;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_model_is_the_nearest_by_ratio() {
        assert_eq!(
            (nearest(1.0), nearest(1e5), nearest(1e12)),
            ([16, 1], [64, 2], [256, 6])
        );
    }

    #[test]
    fn shapes_of_one_size_range_from_deep_to_wide() {
        for wanted in [24_576.0, 98_304.0, 393_216.0] {
            let models = alike(wanted);
            assert!(models.len() >= 3, "{wanted}: {models:?}");
            let aspects: Vec<f64> = models.iter().map(|[d, l]| *d as f64 / *l as f64).collect();
            assert!(
                aspects.is_sorted() && aspects[aspects.len() - 1] > 10.0 * aspects[0],
                "{aspects:?}"
            );
        }
    }
}
