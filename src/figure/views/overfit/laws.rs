//! What laws say of overfitting: Kaplan's bound, the worth of repeats, the gap. `mod.rs` has the sources.

use super::super::context::Context;
use super::super::curves::{bound, log_grid, solid_where};
use super::super::ranges::extent;
use super::super::words::plain;
use crate::figure::{LabelPlace, Mark, Paint, RuleAt, Token};
use crate::law::{KaplanJoint, LawKind};
use crate::plan::Repeats;
use crate::units::{Params, Tokens, format_significant};

/// What the next pass over the same tokens is worth, as shares of new ones.
const WORTHS: [f64; 2] = [0.5, 0.1];
/// Sizes that curves are drawn for.
const PARAMS_DRAWN: (f64, f64) = (1e2, 1e18);
/// Sizes of the models behind Kaplan's bound, embeddings not counted (Kaplan et al. 2020, section 1).
const KAPLAN_PARAMS: (f64, f64) = (768.0, 1.5e9);

pub(super) const KAPLAN: Paint = Paint::Token(Token::Warning);
const REPEATS: Paint = Paint::Category(2);
const GAP: Paint = Paint::Category(3);

/// The fitted data-constrained law.
pub(super) fn by_repeats(context: &Context<'_>) -> Option<Repeats> {
    let fit = context.fit.filter(|fit| fit.law == LawKind::DataConstrained)?;
    Repeats::fitted(&fit.theta())
}

/// Kaplan's bound, and a tint where a model has fewer unique tokens.
pub(super) fn kaplan(penalty: f64) -> Vec<Mark> {
    let bound: Vec<[f64; 2]> = log_grid(PARAMS_DRAWN.0, PARAMS_DRAWN.1, 65)
        .map(|n| [n, KaplanJoint::TABLE_2.min_tokens(Params(n), penalty).0])
        .filter(|at| at[1].is_finite() && at[1] > 0.0)
        .collect();
    if bound.len() < 2 {
        return vec![];
    }
    let id = "Kaplan bound";
    let mut marks = vec![
        Mark::Band {
            id: "too few tokens".to_owned(),
            edges: bound.iter().map(|at| [at[0], 1.0, at[1]]).collect(),
            paint: KAPLAN,
            opacity: 0.09,
        },
        Mark::LineLabel {
            line: id.to_owned(),
            text: format!("δL = {} % (Kaplan 2020)", plain(penalty * 100.0)),
            paint: KAPLAN,
            place: LabelPlace::Beside(0.8),
            importance: 120,
        },
    ];
    marks.extend(solid_where(id, &bound, KAPLAN, 1.6, |at| within(at[0], KAPLAN_PARAMS)));
    marks
}

fn within(value: f64, (low, high): (f64, f64)) -> bool {
    value >= low && value <= high
}

/// What repeats of U tokens are worth: by the fit where it knows, else as published.
pub(super) fn repeats(context: &Context<'_>, unique: f64) -> Vec<Mark> {
    let fitted = by_repeats(context);
    let law = fitted.unwrap_or(Repeats::MUENNIGHOFF);
    let paint = repeats_paint(context);
    let range = match fitted {
        Some(_) => extent(context.used().filter_map(|run| run.params)).unwrap_or(PARAMS_DRAWN),
        None => Repeats::MUENNIGHOFF_PARAMS,
    };
    let sizes = || log_grid(PARAMS_DRAWN.0, PARAMS_DRAWN.1, 193);
    let mut marks = vec![Mark::Rule {
        at: RuleAt::Y(unique),
        label: format!("U = {} unique tokens", Tokens(unique).short()),
        paint: Paint::Token(Token::TextMuted),
    }];
    let mut draw = |id: &str, text: String, points: Vec<[f64; 2]>, width: f32, place: f64| {
        marks.push(Mark::LineLabel {
            line: id.to_owned(),
            text,
            paint,
            place: LabelPlace::Beside(place),
            importance: 116,
        });
        marks.extend(solid_where(id, &points, paint, width, |at| within(at[0], range)));
    };
    for share in WORTHS {
        let epochs = law.epochs_until(share);
        draw(
            &format!("next epoch {share}"),
            format!(
                "next epoch worth {} %: {} epochs",
                plain(100.0 * share),
                format_significant(epochs, 2)
            ),
            sizes().map(|n| [n, unique * epochs]).collect(),
            1.1,
            0.85,
        );
    }
    draw(
        "useless after",
        format!(
            "further epochs useless (L < {} %)",
            plain(100.0 * context.scene.penalty)
        ),
        useless_after(context, unique),
        2.0,
        0.6,
    );
    marks
}

/// N, and the D from which all further passes over U tokens lower the loss by less than is tolerated.
fn useless_after(context: &Context<'_>, unique: f64) -> Vec<[f64; 2]> {
    let law = by_repeats(context).unwrap_or(Repeats::MUENNIGHOFF);
    let at = |n: f64| {
        let tokens = law.useless_after(Params(n), Tokens(unique), context.scene.penalty)?;
        Some([n, tokens.0])
    };
    log_grid(PARAMS_DRAWN.0, PARAMS_DRAWN.1, 193).filter_map(at).collect()
}

/// The same as a line of the map, hatched where more passes are in vain.
pub(super) fn in_vain(context: &Context<'_>, unique: f64) -> Vec<Mark> {
    let points = useless_after(context, unique);
    if points.len() < 2 {
        return vec![];
    }
    let (id, paint) = ("useless after".to_owned(), repeats_paint(context));
    let published = by_repeats(context).is_none();
    let by = if published { " (Muennighoff)" } else { "" };
    let mut marks = vec![Mark::LineLabel {
        line: id.clone(),
        text: format!("repeats of {} useless beyond{by}", Tokens(unique).short()),
        paint,
        place: LabelPlace::On(0.3),
        importance: 108,
    }];
    // Above it, so from right to left.
    marks.extend(bound(&id, points.into_iter().rev().collect(), paint));
    marks
}

pub(super) fn repeats_paint(context: &Context<'_>) -> Paint {
    match by_repeats(context) {
        Some(_) => Paint::Token(Token::Accent),
        None => REPEATS,
    }
}

/// The fitted gap law: D at which the gap is the tolerated share of the runs' median loss, in nats.
pub(super) fn gap(context: &Context<'_>) -> Vec<Mark> {
    let Some((params, found)) = gap_line(context) else {
        return vec![];
    };
    let id = "gap";
    let mut marks = vec![Mark::LineLabel {
        line: id.to_owned(),
        text: format!("gap of {} nats (exploratory)", format_significant(found, 2)),
        paint: GAP,
        place: LabelPlace::Beside(0.3),
        importance: 118,
    }];
    let range = extent(context.used().filter_map(|run| run.params)).unwrap_or(PARAMS_DRAWN);
    let points: Vec<[f64; 2]> = log_grid(PARAMS_DRAWN.0, PARAMS_DRAWN.1, 193)
        .map(|n| [n, n * params])
        .collect();
    marks.extend(solid_where(id, &points, GAP, 1.6, |at| within(at[0], range)));
    marks
}

/// D/N of that line, and the gap on it.
pub(super) fn gap_line(context: &Context<'_>) -> Option<(f64, f64)> {
    let fit = context.fit.filter(|fit| fit.law == LawKind::OverfitGap)?;
    let (scale, slope) = (fit.value_of("K")?, fit.value_of("kappa")?);
    let mut losses: Vec<f64> = context.used().map(|run| run.loss).collect();
    losses.sort_by(f64::total_cmp);
    let gap = context.scene.penalty * losses.get(losses.len() / 2)?;
    let ratio = (scale / gap).powf(1.0 / slope);
    (slope > 0.0 && ratio.is_finite() && ratio > 0.0).then_some((ratio, gap))
}
