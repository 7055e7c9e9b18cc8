//! Learning curves: the loss of each run as it trains, over tokens or steps.
//!
//! Colour is model size. The dot at a curve's end is the run as it counts in the fit; a cross is the last finite loss of a
//! run that diverged, an upright stroke where a restart joined on. Up to [`FEW`] curves bear their names, and their
//! training losses beside them.

use super::axes;
use super::context::Context;
use super::learning_onset;
use super::ramp::SizeRamp;
use super::ranges::extent;
use super::run_names::{clipped, shortened};
use super::traces::{FEW, Styled, Traces};
use super::words::{counted, excluded_key, run_key, subtitle};
use crate::figure::{
    Anchor, Axis, Curve, Dash, Dot, Dots, Figure, LegendEntry, LegendKey, Mark, Paint, Scale, Symbol, TickFormat, Token,
};
use crate::units::{Tokens, format_significant};

/// Lines of a crowd, so that where many run together it shows.
const CROWD_OPACITY: f32 = 0.4;
/// Up to so many are no crowd yet, though too many for names.
const SEVERAL: usize = 24;
const SEVERAL_OPACITY: f32 = 0.7;
/// Longest name at a line's end, in characters, and in a title.
const NAME: usize = 28;
const TITLE_NAME: usize = 40;

pub(super) fn base(context: &Context<'_>, traces: &Traces) -> Figure {
    let curves = styled(context, traces);
    let sizes = SizeRamp::of(
        curves
            .iter()
            .filter(|curve| !curve.excluded)
            .filter_map(|curve| curve.trace.params),
    );
    let mut figure = Figure {
        title: title(&curves, traces),
        subtitle: method(context, traces),
        x: Axis {
            label: if traces.over_tokens {
                "Training tokens D"
            } else {
                "Optimiser step"
            }
            .to_owned(),
            scale: Scale::Log,
            format: TickFormat::Count,
            range: (1e6, 1e12),
            second: None,
        },
        y: axes::loss(traces.y, (1.8, 4.0)),
        equal_decades: false,
        marks: vec![],
        equation: vec![],
        legend: legend(&curves),
        colour_bar: sizes.bar(),
        footer: footer(&curves, traces),
        empty: None,
    };
    if curves.is_empty() {
        figure.empty = Some(if context.scene.tables.is_empty() {
            "Open a file of runs to see their learning curves".to_owned()
        } else {
            "These runs have one checkpoint each: open a file with the loss at several steps to see how they learn"
                .to_owned()
        });
        return figure;
    }
    let named = curves.len() <= FEW;
    (figure.x.range, figure.y.range) = ranges(&curves, named);
    let paint = |index: usize, curve: &Styled<'_>| {
        if curve.excluded {
            Paint::Token(Token::TextFaint)
        } else if sizes.bar().is_none() && named && curves.len() > 1 {
            // All of one size, a few runs are told apart by other colours.
            Paint::Category(index)
        } else {
            sizes.paint(curve.trace.params)
        }
    };
    let paints: Vec<Paint> = curves
        .iter()
        .enumerate()
        .map(|(index, curve)| paint(index, curve))
        .collect();
    figure.marks = learning_onset::line(context, &curves, traces);
    if !figure.marks.is_empty() {
        figure.legend.push(learning_onset::key(context.scene.penalty));
    }
    figure.marks.extend(marks(&curves, &paints, named));
    if let Some(turns) = learning_onset::turns(&curves, &paints) {
        figure.marks.push(turns);
        figure.legend.push(LegendEntry {
            text: "lowest held-out loss".to_owned(),
            paint: Paint::Ramp(0.5),
            key: LegendKey::Symbol(Symbol::Diamond, false),
        });
    }
    figure
}

/// Excluded runs first, so that the others are drawn over them.
fn styled<'a>(context: &Context<'a>, traces: &'a Traces) -> Vec<Styled<'a>> {
    let excluded = context.excluded_runs();
    let mut curves: Vec<Styled<'a>> = traces
        .curves
        .iter()
        .filter_map(|trace| {
            let run = context.scene.tables.get(trace.table)?.0.runs().get(trace.run)?;
            Some(Styled {
                trace,
                name: &run.name,
                excluded: excluded.contains(&(trace.table, trace.run)),
            })
        })
        .collect();
    curves.sort_by_key(|curve| !curve.excluded);
    curves
}

/// The finding: which run ends lowest, or how far the only one came.
fn title(curves: &[Styled<'_>], traces: &Traces) -> String {
    let loss = |value: f64| format_significant(value, 3).replace('-', "−");
    let reached = |at: f64| {
        if traces.over_tokens {
            format!("{} tokens", Tokens(at).short())
        } else {
            counted(at.round() as usize, "step", "steps")
        }
    };
    let candidates = curves.iter().filter(|curve| !curve.excluded && !curve.trace.diverged);
    let best = candidates.clone().min_by(|a, b| a.last()[1].total_cmp(&b.last()[1]));
    match (curves, best) {
        ([only], _) => {
            let (first, last) = (only.trace.points.first().unwrap_or([f64::NAN; 2]), only.last());
            let name = clipped(only.name, TITLE_NAME);
            let verb = if last[1] > first[1] { "rises" } else { "falls" };
            format!(
                "{name} {verb} from {} to {} nats/token over {}",
                loss(first[1]),
                loss(last[1]),
                reached(last[0])
            )
        }
        (_, Some(best)) => {
            let [at, end] = best.last();
            format!(
                "{} ends lowest, at {} nats/token after {}",
                clipped(best.name, TITLE_NAME),
                loss(end),
                reached(at)
            )
        }
        _ => "Loss of each run as it trains".to_owned(),
    }
}

/// Data and method.
fn method(context: &Context<'_>, traces: &Traces) -> String {
    let mut parts = vec![subtitle(context)];
    if !traces.curves.is_empty() {
        let curves = counted(traces.curves.len(), "curve", "curves");
        parts.push(format!(
            "{curves} of {}",
            counted(traces.checkpoints, "checkpoint", "checkpoints")
        ));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn footer(curves: &[Styled<'_>], traces: &Traces) -> Vec<String> {
    if curves.is_empty() {
        return vec![];
    }
    let mut parts = vec![format!("n = {}", counted(curves.len(), "curve", "curves"))];
    let mut say = |count: usize, text: &str| {
        if count > 0 {
            parts.push(format!("{} {text}", counted(count, "", "").trim_end()));
        }
    };
    say(
        curves.iter().filter(|curve| curve.excluded).count(),
        "excluded from the fit",
    );
    say(curves.iter().filter(|curve| curve.trace.diverged).count(), "diverged");
    say(traces.without, "without a curve, having one checkpoint");
    say(
        curves.iter().filter(|curve| curve.trace.stands_in).count(),
        "by training loss, having no held-out loss",
    );
    say(traces.at_zero, "checkpoints at 0, where a log axis does not reach");
    vec![parts.join(" · ")]
}

fn legend(curves: &[Styled<'_>]) -> Vec<LegendEntry> {
    let any = |what: fn(&Styled<'_>) -> bool| curves.iter().any(what);
    let middle = Paint::Ramp(0.5);
    let symbol = |text: &str, symbol, paint| LegendEntry {
        text: text.to_owned(),
        paint,
        key: LegendKey::Symbol(symbol, false),
    };
    let mut entries = vec![];
    if any(|curve| curve.excluded) {
        entries.extend([run_key(), excluded_key()]);
    }
    if any(|curve| curve.trace.diverged) {
        entries.push(symbol("diverged", Symbol::Cross, Paint::Token(Token::Error)));
    }
    if any(|curve| !curve.trace.seams.is_empty()) {
        entries.push(symbol("restart", Symbol::Tick, middle));
    }
    if any(|curve| curve.trace.training.is_some()) {
        entries.push(LegendEntry {
            text: "training loss, fainter".to_owned(),
            paint: middle,
            key: LegendKey::Line(Dash::Solid),
        });
    }
    entries
}

/// All of the curves, but not spikes far over where they began; room for names at the right.
fn ranges(curves: &[Styled<'_>], named: bool) -> ((f64, f64), (f64, f64)) {
    let all = || {
        curves
            .iter()
            .flat_map(|curve| [Some(&curve.trace.points), curve.trace.training.as_ref()])
            .flatten()
    };
    let places = all()
        .flat_map(|points| [points.first(), points.last()])
        .flatten()
        .map(|at| at[0]);
    let (left, right) = extent(places).unwrap_or((1.0, 10.0));
    let (low, high) = extent(
        all()
            .filter_map(|points| points.reach())
            .flat_map(|(low, high)| [low, high]),
    )
    .unwrap_or((1.0, 10.0));
    let began = extent(all().filter_map(|points| points.first()).map(|at| at[1])).map_or(high, |(_, high)| high);
    let decades = (right / left).log10().max(0.2);
    let grown = |decades: f64| 10f64.powf(decades);
    let room = if named { 0.2 } else { 0.03 };
    let x = (left / grown(0.03 * decades), right * grown(room * decades));
    let y = if low > 0.0 {
        (low * 0.97, high.min(1.5 * began).max(low * 1.02) * 1.05)
    } else {
        let margin = 0.05 * (high - low).max(1e-3);
        (low - margin, high + margin)
    };
    (x, y)
}

fn marks(curves: &[Styled<'_>], paints: &[Paint], named: bool) -> Vec<Mark> {
    let several = curves.len() <= SEVERAL;
    let line = |curve: &Styled<'_>, paint, faint: bool| Curve {
        points: std::sync::Arc::clone(if faint {
            curve.trace.training.as_ref().unwrap_or(&curve.trace.points)
        } else {
            &curve.trace.points
        }),
        paint,
        // A hairline of one point is also the cheapest to draw.
        width: match (faint, named) {
            (true, _) => 0.8,
            (_, true) => 1.6,
            _ if several => 1.3,
            _ => 1.0,
        },
        opacity: match (faint, named, curve.excluded) {
            (true, ..) => 0.35,
            (_, true, false) => 0.85,
            (_, false, false) if several => SEVERAL_OPACITY,
            _ => CROWD_OPACITY,
        },
        end: (!faint).then(|| curve.end()),
    };
    let styled = || curves.iter().zip(paints.iter().copied());
    let training = styled().filter(|(curve, _)| curve.trace.training.is_some());
    let lines = training.map(|(curve, paint)| line(curve, paint, true));
    let mut marks = vec![Mark::Curves {
        id: "curves".to_owned(),
        curves: lines
            .chain(styled().map(|(curve, paint)| line(curve, paint, false)))
            .collect(),
    }];
    let mut dots = |id: &str, dots: Dots, symbol, radius| {
        if !dots.is_empty() {
            marks.push(Mark::Dots {
                id: id.to_owned(),
                dots,
                symbol,
                radius,
            });
        }
    };
    let seams = styled().flat_map(|(curve, paint)| {
        let dot = move |at: &[f64; 2]| Dot {
            at: *at,
            paint,
            hollow: false,
            datum: None,
        };
        curve.trace.seams.iter().map(dot)
    });
    dots("seams", seams.collect(), Symbol::Tick, 5.0);
    let end = |(curve, paint): (&Styled<'_>, Paint)| Dot {
        at: curve.last(),
        paint,
        hollow: curve.excluded,
        datum: Some(curve.end()),
    };
    let ends = |excluded: bool| styled().filter(move |(curve, _)| !curve.trace.diverged && curve.excluded == excluded);
    let radius = if named { 3.2 } else { 2.6 };
    dots("runs excluded", ends(true).map(end).collect(), Symbol::Circle, radius);
    dots("runs", ends(false).map(end).collect(), Symbol::Circle, radius);
    let diverged = styled()
        .filter(|(curve, _)| curve.trace.diverged)
        .map(|(curve, _)| Dot {
            paint: Paint::Token(Token::Error),
            ..end((curve, Paint::Ramp(0.5)))
        });
    dots("diverged", diverged.collect(), Symbol::Cross, 4.0);
    if named && curves.len() > 1 {
        let names: Vec<&str> = curves.iter().map(|curve| curve.name).collect();
        let short = shortened(&names);
        marks.extend(styled().zip(short).map(|((curve, paint), name)| Mark::Label {
            at: curve.last(),
            text: clipped(name, NAME),
            paint,
            anchor: Anchor::Start,
            along: None,
            importance: if curve.excluded { 100 } else { 110 },
        }));
    }
    marks
}
