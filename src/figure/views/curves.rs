//! Curves that several views share: contours of equal loss, straight lines in logs, bands.

use super::context::{Context, Overlay, Valley};
use crate::figure::{Dash, LabelPlace, Mark, Paint};
use crate::fit::{Bootstrap, Uncertainty};
use crate::law::published::{PublishedForm, PublishedLaw};
use crate::law::{Law, Surface};
use crate::plan::Allocation;
use crate::units::Flops;

/// Compute that curves are drawn for, in FLOP, however far the view reaches.
pub(super) const FLOPS_DRAWN: (f64, f64) = (1e8, 1e34);

/// The surface of a law that has one: Hoffmann's, Kaplan's and fitted forms alike.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms(Surface);

impl Terms {
    pub(super) fn of(law: &Allocation) -> Option<Self> {
        match law {
            Allocation::Surface(law) => Some(Self(*law)),
            Allocation::Published(PublishedLaw {
                form: PublishedForm::Additive(law),
                ..
            }) => Some(Self((*law).into())),
            Allocation::Published(PublishedLaw {
                form: PublishedForm::KaplanJoint(law),
                ..
            }) => Some(Self((*law).into())),
            Allocation::Published(_) => None,
        }
    }

    /// N_min: the size that reaches a loss with endless data; no smaller one does with any. `None` below the floor.
    pub(super) fn fewest_params(&self, loss: f64) -> Option<f64> {
        let Surface { sum, coupling } = self.0;
        let left = (loss - sum.floor).powf(1.0 / coupling);
        let fewest = (sum.params_coefficient / left).powf(1.0 / sum.params_exponent);
        (left > 0.0 && fewest.is_finite() && fewest > 0.0).then_some(fewest)
    }

    /// The contour of a loss as (N, D), from few parameters and endless data to the reverse.
    ///
    /// Exact: along it the two terms share what is left of the loss, s to 1 − s, with ln(s/(1−s)) evenly spaced. So both
    /// of its arms, which run off to infinity, are as well drawn as its bend.
    pub(super) fn contour(&self, loss: f64) -> Vec<[f64; 2]> {
        let Surface { sum, coupling } = self.0;
        let left = (loss - sum.floor).powf(1.0 / coupling);
        if !(left > 0.0 && left.is_finite()) {
            return vec![];
        }
        const HALF: i32 = 36;
        (-HALF..=HALF)
            .map(|step| {
                // Dense at the bend, sparse on the arms, out to a factor of e^14 in either term.
                let t = f64::from(step) / f64::from(HALF);
                let odds = 14.0 * t * (0.25 + 0.75 * t * t);
                let (share, rest) = (1.0 / (1.0 + odds.exp()), 1.0 / (1.0 + (-odds).exp()));
                let solve =
                    |(coefficient, exponent): (f64, f64), part: f64| (coefficient / (part * left)).powf(1.0 / exponent);
                [
                    solve((sum.params_coefficient, sum.params_exponent), rest),
                    solve((sum.tokens_coefficient, sum.tokens_exponent), share),
                ]
            })
            .filter(|[n, d]| n.is_finite() && d.is_finite() && *n > 0.0 && *d > 0.0)
            .rev()
            .collect()
    }
}

/// A curve in pieces: solid where `solid` says so, dashed elsewhere. The longest solid piece has the id, the others the id with
/// ` beyond` and a number; with no solid piece, all are beyond.
pub(super) fn solid_where(
    id: &str,
    points: &[[f64; 2]],
    paint: Paint,
    width: f32,
    solid: impl Fn(&[f64; 2]) -> bool,
) -> Vec<Mark> {
    let mut pieces: Vec<(bool, Vec<[f64; 2]>)> = vec![];
    for pair in points.windows(2) {
        let inside = pair.iter().all(&solid);
        match pieces.last_mut() {
            Some((same, piece)) if *same == inside => piece.push(pair[1]),
            _ => pieces.push((inside, pair.to_vec())),
        }
    }
    let lengths = pieces.iter().enumerate().filter(|(_, (solid, _))| *solid);
    let main = lengths
        .max_by_key(|(_, (_, piece))| piece.len())
        .map(|(index, _)| index);
    pieces
        .into_iter()
        .enumerate()
        .map(|(index, (solid, points))| Mark::Line {
            id: if main == Some(index) {
                id.to_owned()
            } else {
                format!("{id} beyond {index}")
            },
            points,
            paint,
            width,
            dash: if solid { Dash::Solid } else { Dash::Dashed },
        })
        .collect()
}

/// `count` values from `low` to `high`, evenly spaced in logs.
pub(super) fn log_grid(low: f64, high: f64, count: usize) -> impl Iterator<Item = f64> {
    let (from, to) = (low.ln(), high.ln());
    (0..count).map(move |i| (from + (to - from) * i as f64 / (count.max(2) - 1) as f64).exp())
}

/// A curve over C: solid where there are data, dashed on both sides of them. Ids are `id`, `id below`, `id above`.
pub(super) fn over_flops(
    id: &str,
    data: Option<(f64, f64)>,
    paint: Paint,
    width: f32,
    at: impl Fn(f64) -> Option<[f64; 2]>,
) -> Vec<Mark> {
    let (low, high) = data.unwrap_or((FLOPS_DRAWN.1, FLOPS_DRAWN.1));
    let piece = |id: String, from: f64, to: f64, dash: Dash| {
        // Straight lines would do with two points; losses need the bend.
        let points: Vec<[f64; 2]> = log_grid(from, to, 48).filter_map(&at).collect();
        (points.len() > 1 && to > from).then_some(Mark::Line {
            id,
            points,
            paint,
            width,
            dash,
        })
    };
    [
        piece(format!("{id} below"), FLOPS_DRAWN.0, low, Dash::Dashed),
        piece(format!("{id} above"), high, FLOPS_DRAWN.1, Dash::Dashed),
        piece(id.to_owned(), low, high, Dash::Solid),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A law drawn over, with its name: a published one solid where its runs were and dashed beyond, a fit that was put aside
/// dotted, that of an earlier save dashed. `id` with ` above` and ` below` names the pieces beyond.
pub(super) fn overlay_line(
    overlay: &Overlay<'_>,
    id: &str,
    name: String,
    at: impl Fn(f64) -> Option<[f64; 2]>,
) -> Vec<Mark> {
    const WIDTH: f32 = 1.6;
    let mut marks = match overlay.law {
        Allocation::Published(law) => over_flops(id, Some(law.flops_range), overlay.paint, WIDTH, at),
        Allocation::Surface(_) => vec![Mark::Line {
            id: id.to_owned(),
            points: log_grid(FLOPS_DRAWN.0, FLOPS_DRAWN.1, 48).filter_map(at).collect(),
            paint: overlay.paint,
            width: WIDTH,
            dash: overlay.dash,
        }],
    };
    marks.retain(|mark| matches!(mark, Mark::Line { points, .. } if points.len() > 1));
    // What lies above its runs is mostly what is asked of it, and there is room for a name.
    let above = format!("{id} above");
    let line = match marks
        .iter()
        .any(|mark| matches!(mark, Mark::Line { id, .. } if *id == above))
    {
        true => above,
        false => id.to_owned(),
    };
    if !marks.is_empty() {
        marks.push(Mark::LineLabel {
            line,
            text: name,
            paint: overlay.paint,
            place: LabelPlace::On(0.7),
            importance: 60,
        });
    }
    marks
}

/// The band of a quantity of the optimum over C; empty where nothing is known of the spread.
pub(super) fn band(
    context: &Context<'_>,
    id: &str,
    paint: Paint,
    range: (f64, f64),
    value: impl Fn(&Valley, Flops) -> f64,
) -> Option<Mark> {
    let valleys = Valleys::of(context)?;
    let edges: Vec<[f64; 3]> = log_grid(range.0, range.1, 40)
        .filter_map(|flops| {
            let [low, high] = valleys.interval_in_logs(context.scene.level, |valley| value(valley, Flops(flops)))?;
            Some([flops, low, high])
        })
        .collect();
    (edges.len() > 1).then(|| Mark::Band {
        id: id.to_owned(),
        edges,
        paint,
        opacity: 0.18,
    })
}

/// The interval of a number of the valley.
pub(super) fn interval(context: &Context<'_>, value: impl Fn(&Valley) -> f64) -> Option<[f64; 2]> {
    Valleys::of(context)?.interval(context.scene.level, value)
}

/// What is known of the spread of the optimum.
enum Valleys<'a> {
    /// The replicates reduced to what the optimum needs, so that a grid of intervals takes an exponential a replicate and
    /// not five.
    Resampled(Bootstrap),
    Curved(Uncertainty<'a>, &'a dyn Law),
}

impl<'a> Valleys<'a> {
    fn of(context: &Context<'a>) -> Option<Self> {
        let (spread, law) = (context.scene.spread?, context.fit?.law.law());
        context.surface()?;
        let Uncertainty::Resampled(bootstrap) = spread else {
            return Some(Self::Curved(spread, law));
        };
        let pack = |surface: Surface| {
            let valley = Valley::of(&surface);
            vec![
                valley.ln_g,
                valley.params_exponent,
                valley.tokens_exponent,
                valley.floor,
                valley.ln_k,
                valley.gamma,
            ]
        };
        Some(Self::Resampled(Bootstrap {
            replicates: bootstrap
                .replicates
                .iter()
                .filter_map(|theta| law.surface(theta))
                .map(pack)
                .collect(),
            failed: bootstrap.failed,
            seed: bootstrap.seed,
        }))
    }

    fn interval(&self, level: f64, value: impl Fn(&Valley) -> f64) -> Option<[f64; 2]> {
        match self {
            Self::Resampled(bootstrap) => bootstrap.interval(level, |theta| value(&unpack(theta))),
            Self::Curved(spread, law) => spread.interval(level, |theta| of_valley(*law, theta, &value)),
        }
    }

    /// Of a positive number that spans decades.
    fn interval_in_logs(&self, level: f64, value: impl Fn(&Valley) -> f64) -> Option<[f64; 2]> {
        match self {
            Self::Resampled(_) => self.interval(level, value),
            Self::Curved(spread, law) => spread.interval_in_logs(level, |theta| of_valley(*law, theta, &value)),
        }
    }
}

fn of_valley(law: &dyn Law, theta: &[f64], value: &impl Fn(&Valley) -> f64) -> f64 {
    law.surface(theta)
        .map_or(f64::NAN, |surface| value(&Valley::of(&surface)))
}

fn unpack(theta: &[f64]) -> Valley {
    let at = |index: usize| theta.get(index).copied().unwrap_or(f64::NAN);
    Valley {
        ln_g: at(0),
        params_exponent: at(1),
        tokens_exponent: at(2),
        floor: at(3),
        ln_k: at(4),
        gamma: at(5),
    }
}

/// Losses to draw contours at: the roundest numbers that are about evenly spaced along the frontier, `count` of them
/// within `range` (C in FLOP) and more beyond, best (lowest) last. With their C.
pub(super) fn round_losses(law: &Allocation, range: (f64, f64), count: usize) -> Vec<(f64, f64)> {
    let step = (range.1 / range.0).ln() / count as f64;
    if !(step > 0.0 && step.is_finite()) {
        return vec![];
    }
    let loss_at = |index: f64| {
        let flops = (range.0.ln() + index * step).exp();
        Some((flops, law.at_flops(Flops(flops)).ok()?.loss?.0))
    };
    let outside = count as i32 * 2;
    let mut found: Vec<(f64, f64)> = vec![];
    for index in -outside..=count as i32 + outside {
        let index = f64::from(index) + 0.5;
        let (Some((flops, middle)), Some((_, high)), Some((_, low))) =
            (loss_at(index), loss_at(index - 0.22), loss_at(index + 0.22))
        else {
            continue;
        };
        let round = roundest(low, high, middle);
        if found.last().is_none_or(|(_, last)| round < *last) && high - low > 1e-4 {
            found.push((flops, round));
        }
    }
    found
}

/// The number with the fewest digits in low … high, nearest to the middle.
pub(super) fn roundest(low: f64, high: f64, middle: f64) -> f64 {
    for decimals in 0..6 {
        let unit = 10f64.powi(-decimals);
        for step in [5.0, 2.0, 1.0].map(|m| m * unit) {
            // Whole numbers are round enough; fives and twos matter only among decimals.
            let value = (middle / step).round() * step;
            let decimals = decimals as usize;
            let value: f64 = format!("{value:.decimals$}").parse().unwrap_or(value);
            if value > low && value < high {
                return value;
            }
        }
    }
    middle
}

/// A line that one should stay on the left of, as one walks along it: hatched on its right.
pub(super) fn bound(id: &str, points: Vec<[f64; 2]>, paint: Paint) -> [Mark; 2] {
    [
        Mark::Hatch {
            id: format!("{id}, wrong side"),
            points: points.clone(),
            paint,
        },
        Mark::Line {
            id: id.to_owned(),
            points,
            paint,
            width: 1.4,
            dash: Dash::Dotted,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::published;
    use crate::units::{Loss, Params};

    #[test]
    fn contours_are_exact_for_both_kinds_of_surface() {
        for name in ["epoch", "kaplan-joint"] {
            let law = Allocation::Published(published::by_name(name).unwrap());
            let contour = Terms::of(&law).unwrap().contour(2.4);
            assert!(contour.len() > 50);
            for [n, d] in contour.iter().filter(|[n, d]| *d < 1e16 && *n < 1e16) {
                let found = law.tokens_for_loss(Params(*n), Loss(2.4)).unwrap().0;
                assert!(
                    (found / d - 1.0).abs() < 1e-4,
                    "{name} at N = {n:e}: {found:e}, not {d:e}"
                );
            }
        }
        let law = Allocation::Published(published::by_name("epoch").unwrap());
        assert!(Terms::of(&law).unwrap().contour(1.0).is_empty(), "below the floor");
        assert_eq!(Terms::of(&law).unwrap().fewest_params(1.0), None);
    }

    #[test]
    fn no_smaller_model_reaches_a_loss() {
        for name in ["epoch", "kaplan-joint"] {
            let law = Allocation::Published(published::by_name(name).unwrap());
            let fewest = Terms::of(&law).unwrap().fewest_params(2.4).unwrap();
            assert_eq!(law.tokens_for_loss(Params(fewest * 0.999), Loss(2.4)), None);
            assert!(law.tokens_for_loss(Params(fewest * 1.001), Loss(2.4)).is_some());
        }
    }

    #[test]
    fn pieces_join_and_the_longest_solid_one_has_the_name() {
        let points: Vec<[f64; 2]> = (0..10).map(|i| [f64::from(i), 1.0]).collect();
        let marks = solid_where("c", &points, Paint::Category(0), 1.0, |at| (3.0..=7.0).contains(&at[0]));
        let found: Vec<(&str, f64, f64, Dash)> = marks
            .iter()
            .map(|mark| match mark {
                Mark::Line { id, points, dash, .. } => (id.as_str(), points[0][0], points[points.len() - 1][0], *dash),
                _ => panic!("lines only"),
            })
            .collect();
        assert_eq!(
            found,
            [
                ("c beyond 0", 0.0, 3.0, Dash::Dashed),
                ("c", 3.0, 7.0, Dash::Solid),
                ("c beyond 2", 7.0, 9.0, Dash::Dashed)
            ]
        );
    }

    #[test]
    fn contour_losses_are_round_falling_and_as_many_as_asked() {
        let law = Allocation::Published(published::by_name("epoch").unwrap());
        let range = (1e17, 1e24);
        let losses = round_losses(&law, range, 10);
        assert!(losses.windows(2).all(|w| w[0].1 > w[1].1));
        let inside = losses
            .iter()
            .filter(|(flops, _)| *flops >= range.0 && *flops <= range.1);
        assert!((8..=12).contains(&inside.clone().count()));
        assert!(
            inside
                .clone()
                .all(|(_, loss)| (loss * 100.0 - (loss * 100.0).round()).abs() < 1e-9)
        );
    }

    #[test]
    fn round_numbers_are_found() {
        assert_eq!(roundest(2.9, 3.3, 3.1), 3.0);
        assert_eq!(roundest(2.13, 2.27, 2.2), 2.2);
        assert_eq!(roundest(1.943, 1.958, 1.95), 1.95);
    }
}
