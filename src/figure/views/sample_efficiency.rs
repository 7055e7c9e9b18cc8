//! How many tokens a model of each size needs to reach a loss.
//!
//! ```text
//! D(N; L): the law solved for D at a loss      N_min(L): the size that needs endless tokens for it
//! D(k N*)/D*: what k times the size saves at the loss of the optimum, the same at every budget of such a law
//! ```
//!
//! Dots are measured: where the loss of a run, or of runs that differ in length alone, is first as low (`series.rs`). A run
//! whose learning rate has not yet come down is above what it would have been as a run of that length, so its dots lie
//! above the law.
//!
//! Source of the ratio: at the optimum the two terms stand as beta to alpha (Hoffmann et al. 2022, arXiv 2203.15556, eq. 4).

use super::axes;
use super::context::Context;
use super::curves::{Terms, round_losses, roundest, solid_where};
use super::isoloss;
use super::ramp::loss_paint;
use super::ranges::{extent, snapped};
use super::series::{Courses, Series};
use super::words::{capitalised, counted, excluded_key, footer, nothing, subtitle, whose};
use crate::figure::{
    Anchor, Dash, Dot, Dots, Figure, LabelPlace, LegendEntry, LegendKey, Mark, Paint, RuleAt, Symbol, Token,
};
use crate::plan::{Allocation, FLOPS_PER_PARAM_TOKEN};
use crate::units::{Params, Tokens, format_significant};

/// Losses that have a curve.
const LOSSES: usize = 5;
/// The larger model that is compared with the optimum: one hundred times its size.
const LARGER: f64 = 100.0;
/// So many series should reach the lowest of the losses.
const REACHED_BY: usize = 3;

pub(super) fn base(context: &Context<'_>, courses: &Courses) -> Figure {
    let series = courses.with_lengths(context);
    let law = isoloss::law(context).and_then(|law| Some((law, Terms::of(&law)?)));
    let losses = losses(context, law.as_ref().map(|(law, _)| law), &series);
    let within = extent(losses.iter().copied()).unwrap_or((2.0, 4.0));
    let measured: Vec<(f64, &Series, f64)> = losses
        .iter()
        .flat_map(|loss| series.iter().map(move |series| (*loss, series)))
        .filter_map(|(loss, series)| Some((loss, series, series.reaches(loss)?)))
        .collect();
    let (x_range, y_range) = ranges(context, &measured, law.is_some());
    let mut figure = Figure {
        title: title(law.as_ref().map(|(law, _)| law), &measured),
        subtitle: subtitle(context),
        x: axes::params(x_range),
        y: axes::tokens(y_range),
        equal_decades: false,
        marks: vec![],
        equation: vec![],
        legend: legend(law.is_some(), &measured),
        colour_bar: None,
        footer: footer(context, false),
        empty: None,
    };
    if law.is_none() && measured.is_empty() {
        figure.empty = Some(nothing(
            context,
            "Open a file of runs, or show a published law, to see what a loss takes",
            "What a loss takes needs a law of N and D, choose Chinchilla, or runs with their loss at several tokens",
        ));
        return figure;
    }
    if !measured.is_empty() {
        figure.footer.push(format!(
            "Dots: where the loss of {} is first as low, smoothed over ±5 % of its course",
            counted(series.len(), "model", "models")
        ));
    }
    if let Some((law, terms)) = &law {
        for (index, loss) in losses.iter().enumerate() {
            // The lowest asks for the largest model; the names of the others would only crowd the corner.
            let named = index == 0;
            let marks = curve(context, law, terms, *loss, loss_paint(*loss, within), named);
            figure.marks.extend(marks);
        }
    }
    figure
        .marks
        .extend(dots(&measured, |loss| loss_paint(loss, within), law.is_none()));
    figure
}

pub(super) fn budget(context: &Context<'_>) -> Vec<Mark> {
    let Some((law, best, loss)) = isoloss::law(context).and_then(|law| {
        let best = law.at_flops(context.scene.budget).ok()?;
        Some((law, best, best.loss?))
    }) else {
        return vec![];
    };
    let accent = Paint::Token(Token::Accent);
    let at = [best.params.0, best.tokens.0];
    let mut marks = vec![];
    if let Some(terms) = Terms::of(&law) {
        marks.push(Mark::Line {
            id: "budget loss".to_owned(),
            points: terms.contour(loss.0),
            paint: accent,
            width: 1.2,
            dash: Dash::Dotted,
        });
    }
    marks.push(context.star("optimum", at, accent));
    marks.push(Mark::Label {
        at,
        text: format!(
            "{}loss {}: {} on {} tokens",
            whose(&law),
            three(loss.0),
            best.params.short(),
            best.tokens.short()
        ),
        paint: accent,
        anchor: Anchor::End,
        along: None,
        importance: 250,
    });
    let larger = Params(LARGER * best.params.0);
    if let Some(tokens) = law.tokens_for_loss(larger, loss) {
        let at = [larger.0, tokens.0];
        marks.push(Mark::Dots {
            id: "budget larger".to_owned(),
            dots: [Dot {
                at,
                paint: accent,
                hollow: true,
                datum: None,
            }]
            .into_iter()
            .collect(),
            symbol: Symbol::Diamond,
            radius: 5.0,
        });
        marks.push(Mark::Label {
            at,
            text: format!("{LARGER} × larger: {} × fewer tokens", factor(best.tokens.0 / tokens.0)),
            paint: accent,
            anchor: Anchor::End,
            along: None,
            importance: 240,
        });
    }
    marks
}

/// Round losses: of those that runs reach, else about evenly along the law's frontier.
fn losses(context: &Context<'_>, law: Option<&Allocation>, series: &[Series]) -> Vec<f64> {
    let mut ends: Vec<f64> = series
        .iter()
        .filter(|series| !series.excluded && series.losses().0 > series.losses().1)
        .map(|series| series.losses().1)
        .collect();
    ends.sort_by(f64::total_cmp);
    let mut found = vec![];
    if let (Some(low), Some(most)) = (
        ends.get(REACHED_BY.min(ends.len()).saturating_sub(1)),
        ends.get(3 * ends.len() / 4),
    ) {
        let began = series
            .iter()
            .map(|series| series.losses().0)
            .fold(f64::NEG_INFINITY, f64::max);
        // Where all end alike, what they passed through on the way.
        let high = most.max(low * 1.2).min(began);
        let step = (high / low).ln() / (LOSSES - 1) as f64;
        let at = |index: f64| low * (index * step).exp();
        found.extend((0..LOSSES).map(|index| {
            let index = index as f64;
            roundest(at(index - 0.4), at(index + 0.4), at(index))
        }));
    } else if let Some(law) = law {
        let range = context.flops_range_of(law).unwrap_or((1e18, 1e24));
        let wide = (range.0, range.1 * 10.0);
        let inside = |flops: &f64| *flops >= wide.0 && *flops <= wide.1;
        found.extend(
            round_losses(law, wide, LOSSES)
                .into_iter()
                .filter(|(flops, _)| inside(flops))
                .map(|(_, loss)| loss),
        );
    }
    found.retain(|loss| loss.is_finite() && *loss > 0.0);
    found.sort_by(f64::total_cmp);
    found.dedup();
    found
}

/// Where there is a law, room above the runs, and to the right for the larger model.
fn ranges(context: &Context<'_>, measured: &[(f64, &Series, f64)], law: bool) -> ((f64, f64), (f64, f64)) {
    let sizes = context.used().filter_map(|run| run.params);
    let tokens = context.used().filter_map(|run| run.tokens);
    let sizes = extent(sizes.chain(measured.iter().map(|(_, series, _)| series.params)));
    let tokens = extent(tokens.chain(measured.iter().map(|(_, _, tokens)| *tokens)));
    let (wider, higher) = if law { (LARGER, 8.0) } else { (2.0, 2.0) };
    (
        sizes.map_or((1e7, 1e14), |(low, high)| snapped(low / 1.5, high * wider, 0.5)),
        tokens.map_or((1e8, 1e14), |(low, high)| snapped(low / 1.5, high * higher, 0.5)),
    )
}

/// The law's curve of a loss, its name at the edge, and the size below which there is none, which may be `named`.
fn curve(context: &Context<'_>, law: &Allocation, terms: &Terms, loss: f64, paint: Paint, named: bool) -> Vec<Mark> {
    let id = format!("loss {loss}");
    let sizes = match law {
        Allocation::Surface(_) => extent(context.used().filter_map(|run| run.params)),
        Allocation::Published(_) => None,
    };
    let flops = context.flops_range_of(law);
    let covered = |at: &[f64; 2]| {
        let within = |value: f64, range: Option<(f64, f64)>| {
            range.is_none_or(|(low, high)| value >= low * (1.0 - 1e-9) && value <= high * (1.0 + 1e-9))
        };
        within(at[0], sizes) && within(FLOPS_PER_PARAM_TOKEN * at[0] * at[1], flops)
    };
    let mut marks = vec![Mark::LineLabel {
        line: id.clone(),
        text: round(loss),
        paint,
        place: LabelPlace::Edge,
        importance: 100,
    }];
    if let Some(fewest) = terms.fewest_params(loss) {
        marks.push(Mark::Rule {
            at: RuleAt::X(fewest),
            label: if named {
                format!("N > {}", Params(fewest).short())
            } else {
                String::new()
            },
            paint,
        });
    }
    marks.extend(solid_where(&id, &terms.contour(loss), paint, 1.8, covered));
    marks
}

fn dots(measured: &[(f64, &Series, f64)], paint: impl Fn(f64) -> Paint, joined: bool) -> Vec<Mark> {
    let mut marks = vec![];
    let mut losses: Vec<f64> = measured.iter().map(|(loss, ..)| *loss).collect();
    losses.dedup();
    for loss in losses.iter().filter(|_| joined) {
        // Without a law nothing else says which dots belong together.
        let points = fewest(measured, *loss);
        if points.len() > 1 {
            let id = format!("measured {loss}");
            marks.push(Mark::LineLabel {
                line: id.clone(),
                text: round(*loss),
                paint: paint(*loss),
                place: LabelPlace::End,
                importance: 100,
            });
            marks.push(Mark::Line {
                id,
                points,
                paint: paint(*loss),
                width: 1.0,
                dash: Dash::Dotted,
            });
        }
    }
    for (id, excluded) in [("runs excluded", true), ("runs", false)] {
        let dots: Dots = measured
            .iter()
            .filter(|(_, series, _)| series.excluded == excluded)
            .map(|(loss, series, tokens)| Dot {
                at: [series.params, *tokens],
                paint: if excluded {
                    Paint::Token(Token::TextFaint)
                } else {
                    paint(*loss)
                },
                hollow: excluded,
                datum: Some(series.end),
            })
            .collect();
        if !dots.is_empty() {
            marks.push(Mark::Dots {
                id: id.to_owned(),
                dots,
                symbol: Symbol::Circle,
                radius: 3.4,
            });
        }
    }
    marks
}

fn legend(law: bool, measured: &[(f64, &Series, f64)]) -> Vec<LegendEntry> {
    let middle = Paint::Ramp(0.5);
    let mut entries = vec![];
    if law {
        entries.push(LegendEntry {
            text: "loss (nats/token), and the N below which no tokens suffice".to_owned(),
            paint: middle,
            key: LegendKey::Line(Dash::Solid),
        });
    }
    if !measured.is_empty() {
        entries.push(LegendEntry {
            text: "measured".to_owned(),
            paint: middle,
            key: LegendKey::Symbol(Symbol::Circle, false),
        });
    }
    if measured.iter().any(|(_, series, _)| series.excluded) {
        entries.push(excluded_key());
    }
    entries
}

/// What one hundred times the size buys; without a law, what the sizes measured buy.
fn title(law: Option<&Allocation>, measured: &[(f64, &Series, f64)]) -> String {
    let by_law = law.and_then(|law| {
        // Any budget will do: at the optimum the ratio is the same for all.
        let best = law.at_flops(crate::units::Flops(1e21)).ok()?;
        let larger = law.tokens_for_loss(Params(LARGER * best.params.0), best.loss?)?;
        let ratio = factor(best.tokens.0 / larger.0);
        Some(capitalised(&format!(
            "{}at equal loss, {LARGER} × the optimal size needs {ratio} × fewer tokens",
            whose(law)
        )))
    });
    by_law
        .or_else(|| by_runs(measured))
        .unwrap_or_else(|| "Tokens that each size needs to reach a loss".to_owned())
}

/// At the loss that the widest range of sizes reached: the smallest against the largest.
fn by_runs(measured: &[(f64, &Series, f64)]) -> Option<String> {
    let widths = measured.iter().filter_map(|(loss, ..)| {
        let points = fewest(measured, *loss);
        let (small, large) = (*points.first()?, *points.last()?);
        (large[0] > small[0]).then_some((*loss, small, large))
    });
    let (loss, small, large) = widths.max_by(|a, b| (a.2[0] / a.1[0]).total_cmp(&(b.2[0] / b.1[0])))?;
    Some(format!(
        "Loss {} takes {} tokens at {} parameters, {} at {}",
        round(loss),
        Tokens(small[1]).short(),
        Params(small[0]).short(),
        Tokens(large[1]).short(),
        Params(large[0]).short()
    ))
}

/// The fewest tokens that a loss took at each size, by size.
fn fewest(measured: &[(f64, &Series, f64)], loss: f64) -> Vec<[f64; 2]> {
    let mut points: Vec<[f64; 2]> = measured
        .iter()
        .filter(|(of, series, _)| *of == loss && !series.excluded)
        .map(|(_, series, tokens)| [series.params, *tokens])
        .collect();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup_by_key(|point| point[0]);
    points
}

/// A loss in three digits.
fn three(loss: f64) -> String {
    format_significant(loss, 3)
}

/// A round loss as it is, with a decimal at least.
fn round(loss: f64) -> String {
    if loss.fract() == 0.0 {
        format!("{loss:.1}")
    } else {
        format!("{loss}")
    }
}

/// How many times: `4.7`, `12`.
fn factor(ratio: f64) -> String {
    format_significant(ratio, 2)
}
