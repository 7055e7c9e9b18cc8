//! The slice through the answer, in the views of loss over N and over D: the law at the answer's other quantity with its star, and
//! the runs far from that slice faded, so that one sees which of them speak of it.

use super::Scene;
use super::context::Context;
use super::curves::log_grid;
use super::loss_nd::Over;
use super::words::two;
use crate::figure::{Anchor, Dash, Dots, Figure, LabelPlace, LegendEntry, LegendKey, Mark, Paint, Symbol, Token};
use crate::units::{Params, Tokens};

/// A run is near the slice within this factor of its other quantity.
const NEAR: f64 = 3.0;
const FADED: Paint = Paint::Token(Token::Reference);
/// Of more runs than this none is faded: their cloud is not made anew while a hand moves.
const MOST: usize = 5000;
/// What the slice is drawn over, however far the view reaches.
const DRAWN: (f64, f64) = (1e4, 1e16);

/// The slice and its star.
pub(super) fn budget(context: &Context<'_>, over: Over) -> Vec<Mark> {
    let Some(place) = context.place() else { return vec![] };
    let Some(law) = place.law else { return vec![] };
    let (at, other) = over.of_answer(place.params, place.tokens);
    let accent = Paint::Token(Token::Accent);
    let loss = |at: f64| {
        let (params, tokens) = over.of_answer(at, other);
        let loss = law.loss_at(Params(params), Tokens(tokens))?.0;
        (loss > 0.0).then_some(loss)
    };
    let points: Vec<[f64; 2]> = log_grid(DRAWN.0, DRAWN.1, 96)
        .filter_map(|at| Some([at, loss(at)?]))
        .collect();
    let Some(best) = loss(at) else { return vec![] };
    // Where there are runs is said by the curves of the base; the slice itself is a thought.
    let mut marks = vec![Mark::Line {
        id: "budget slice".to_owned(),
        points,
        paint: accent,
        width: 2.0,
        dash: Dash::Dashed,
    }];
    marks.push(Mark::LineLabel {
        line: "budget slice".to_owned(),
        text: format!("{} = {}", over.other().symbol(), over.other().short(other)),
        paint: accent,
        place: LabelPlace::Beside(0.9),
        importance: 180,
    });
    marks.push(context.star("optimum", [at, best], accent));
    marks.push(Mark::Label {
        at: [at, best],
        text: format!("{} at {}", two(best), over.short(at)),
        paint: accent,
        anchor: Anchor::End,
        along: None,
        importance: 240,
    });
    marks
}

/// Fades the runs of a figure that are far from the slice.
pub(super) fn fade(figure: &mut Figure, scene: &Scene<'_>, over: Over) {
    let Some(place) = Context::without_runs(scene).place() else {
        return;
    };
    let (_, slice) = over.of_answer(place.params, place.tokens);
    let far = |value: Option<f64>| value.is_none_or(|value| !(1.0 / NEAR..=NEAR).contains(&(value / slice)));
    let mut any = false;
    for mark in &mut figure.marks {
        let Mark::Dots { id, dots, .. } = mark else { continue };
        if id != "runs" || dots.len() > MOST {
            continue;
        }
        let faded: Dots = dots
            .iter()
            .map(|dot| {
                let mut dot = *dot;
                let value = dot.datum.and_then(|datum| {
                    let (table, _) = scene.tables.get(datum.table)?;
                    over.other().of_point(table, datum.point)
                });
                if far(value) {
                    dot.paint = FADED;
                    any = true;
                }
                dot
            })
            .collect();
        *dots = faded;
    }
    if any {
        figure.legend.push(LegendEntry {
            text: format!(
                "run at more than {NEAR} times that {}, or less than a third",
                over.other().symbol()
            ),
            paint: FADED,
            key: LegendKey::Symbol(Symbol::Circle, false),
        });
    }
}
