//! Overfitting on learning curves: where each held-out loss turns up, and left of which line runs have too few tokens for their
//! size.
//!
//! The line is that of Kaplan et al. 2020, eq. 4.4, drawn where the shown law puts the loss of each size on so many tokens: (D, L)
//! with D = D_min(N, δL) and L = L(N, D), N along it. A diamond is the lowest held-out loss of a run that rises after it.

use super::context::Context;
use super::curves::bound;
use super::isoloss::law;
use super::ranges::extent;
use super::traces::{Styled, Traces};
use super::words::plain;
use crate::figure::{Dash, Dot, Dots, LegendEntry, LegendKey, Mark, Paint, Symbol, Token};
use crate::law::KaplanJoint;
use crate::units::{Params, Tokens};

const ONSET: Paint = Paint::Token(Token::Warning);
/// Places along the line.
const STEPS: usize = 48;
/// How far the line goes beyond the sizes of the runs, as a factor.
const BEYOND: f64 = 4.0;

/// Diamonds where losses turn up; none where no curve does.
pub(super) fn turns(curves: &[Styled<'_>], paints: &[Paint]) -> Option<Mark> {
    let dots: Dots = curves
        .iter()
        .zip(paints)
        .filter_map(|(curve, paint)| {
            Some(Dot {
                at: curve.trace.turn?,
                paint: *paint,
                hollow: curve.excluded,
                datum: None,
            })
        })
        .collect();
    (!dots.is_empty()).then(|| Mark::Dots {
        id: "turns".to_owned(),
        dots,
        symbol: Symbol::Diamond,
        radius: 4.6,
    })
}

/// What the line is. In the legend and not beside it: among a thousand curves the search for a place takes longer than a frame.
pub(super) fn key(penalty: f64) -> LegendEntry {
    LegendEntry {
        text: format!("fewer tokens overfit, δL = {} % (Kaplan)", plain(penalty * 100.0)),
        paint: ONSET,
        key: LegendKey::Line(Dash::Dotted),
    }
}

/// The line, hatched on its wrong side; nothing where no surface is shown, or curves do not run over tokens.
pub(super) fn line(context: &Context<'_>, curves: &[Styled<'_>], traces: &Traces) -> Vec<Mark> {
    let penalty = context.scene.penalty;
    let sizes = extent(curves.iter().filter_map(|curve| curve.trace.params));
    let (Some(law), Some((low, high))) = (law(context), sizes) else {
        return vec![];
    };
    if !traces.over_tokens || penalty <= 0.0 {
        return vec![];
    }
    let (low, high) = (low / BEYOND, high * BEYOND);
    let at = |step: usize| {
        let share = step as f64 / STEPS as f64;
        let params = Params(low * (high / low).powf(share));
        let Tokens(tokens) = KaplanJoint::TABLE_2.min_tokens(params, penalty);
        let loss = law.loss_at(params, Tokens(tokens))?;
        (tokens > 0.0 && tokens.is_finite()).then_some([tokens, loss.0])
    };
    let points: Vec<[f64; 2]> = (0..=STEPS).filter_map(at).collect();
    if points.len() < 2 {
        return vec![];
    }
    bound("overfitting onset", points, ONSET).into()
}
