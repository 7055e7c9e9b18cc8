//! What the fit leaves over: measured against predicted loss, one dot a run.
//!
//! 100 (ln L − ln L̂), which is the difference in per cent as long as it is small. Runs that are left out are drawn where
//! the law puts them, hollow. The band holds half of the fitted runs; the running median shows where the law bends
//! another way than the runs do.

use super::ResidualAxis;
use super::axes;
use super::context::{Context, Measured};
use super::ramp::SizeRamp;
use super::ranges::{extent, snapped};
use super::words::{counted, footer, legend, nothing, subtitle};
use crate::figure::{
    Axis, Dash, Datum, Dot, Figure, LegendEntry, LegendKey, Mark, Paint, RuleAt, Scale, Symbol, TickFormat, Token,
};
use crate::plan::Allocation;
use crate::units::{Params, Tokens, format_significant};
use std::collections::HashMap;

/// Runs under a point of the running median, at least.
const WINDOW: usize = 9;
/// How many times as far out as half of the runs the picture reaches; runs beyond stand as crosses at its edge.
const FAR: f64 = 12.0;
/// Where at the edge.
const EDGE: f64 = 0.93;

pub(super) fn base(context: &Context<'_>) -> Figure {
    let axis = context.scene.residual_axis;
    let placed = placed(context, axis);
    let used: Vec<&Placed> = placed.iter().filter(|placed| placed.run.used).collect();
    let sizes = SizeRamp::of(used.iter().filter_map(|placed| placed.run.params));
    let half = half_of(used.iter().map(|placed| placed.residual));
    let mut figure = Figure {
        title: half.map_or_else(
            || "What the fit leaves over".to_owned(),
            |half| format!("Half of the runs lie within {} %", format_significant(half, 2)),
        ),
        subtitle: subtitle(context),
        x: x_axis(axis, &placed),
        y: Axis {
            label: "Residual (%)".to_owned(),
            scale: Scale::Linear,
            format: TickFormat::Plain,
            range: (-1.0, 1.0),
            second: None,
        },
        equal_decades: false,
        marks: vec![],
        equation: vec![],
        legend: legend(context),
        colour_bar: if axis == ResidualAxis::Params {
            None
        } else {
            sizes.bar()
        },
        footer: footer(context, false),
        empty: None,
    };
    let (Some(half), Some((low, high))) = (half, extent(used.iter().map(|placed| placed.residual))) else {
        figure.empty = Some(nothing(
            context,
            "Open a file of runs to see how far they lie from the law",
            "Residuals need a fit",
        ));
        return figure;
    };
    // Zero stays in the middle: above it the law is too low. What lies far out would flatten everything else.
    let farthest = low.abs().max(high.abs()).max(1e-9);
    let reach = 1.1 * farthest.min(FAR * half.max(1e-9));
    figure.y.range = (-reach, reach);
    let within = |residual: f64| residual.clamp(-EDGE * reach, EDGE * reach);
    let reference = Paint::Token(Token::Reference);
    let (from, to) = figure.x.range;
    figure.marks.push(Mark::Band {
        id: "half of the runs".to_owned(),
        edges: [from, to].map(|x| [x, -half, half]).to_vec(),
        paint: Paint::Token(Token::Accent),
        opacity: 0.12,
    });
    figure.marks.push(Mark::Rule {
        at: RuleAt::Y(0.0),
        label: String::new(),
        paint: reference,
    });
    let at: HashMap<Datum, [f64; 2]> = placed
        .iter()
        .map(|placed| (placed.run.datum, [placed.x, placed.residual]))
        .collect();
    let inside = |datum: &Datum| at.get(datum).copied().filter(|at| at[1].abs() <= reach);
    figure.marks.extend(context.dots(
        |run| inside(&run.datum),
        |run| match axis {
            ResidualAxis::Params => Paint::Token(Token::Accent),
            _ => sizes.paint(run.params),
        },
        3.0,
    ));
    let far: Vec<Dot> = used
        .iter()
        .filter(|placed| placed.residual.abs() > reach)
        .map(|placed| Dot {
            at: [placed.x, within(placed.residual)],
            paint: Paint::Token(Token::Warning),
            hollow: false,
            datum: Some(placed.run.datum),
        })
        .collect();
    if !far.is_empty() {
        let farthest = format_significant(farthest, 2);
        figure.title += &format!("; {} up to {farthest} % off", counted(far.len(), "is", "are"));
        figure.marks.push(Mark::Dots {
            id: "runs farther out".to_owned(),
            dots: far.into(),
            symbol: Symbol::Cross,
            radius: 3.5,
        });
    }
    let median = running_median(&used);
    if median.len() > 2 {
        figure.marks.push(Mark::Line {
            id: "running median".to_owned(),
            points: median,
            paint: Paint::Token(Token::Accent),
            width: 2.0,
            dash: Dash::Solid,
        });
        figure.legend.push(LegendEntry {
            text: "running median".to_owned(),
            paint: Paint::Token(Token::Accent),
            key: LegendKey::Line(Dash::Solid),
        });
    }
    figure
}

/// A run with its place in the picture.
struct Placed {
    run: Measured,
    x: f64,
    /// Per cent.
    residual: f64,
}

fn placed(context: &Context<'_>, axis: ResidualAxis) -> Vec<Placed> {
    let Some(report) = context.fit else { return vec![] };
    // Observations stand in the order of the tables and of what was selected of each.
    let data = context
        .scene
        .tables
        .iter()
        .enumerate()
        .flat_map(|(table, (_, selected))| {
            let used = selected.used.iter();
            used.map(move |point| Datum { table, point: *point })
        });
    let fitted: HashMap<Datum, f64> = data.zip(report.residuals.iter().copied()).collect();
    let surface = context.surface().map(Allocation::Surface);
    let predicted = |run: &Measured| Some(surface?.loss_at(Params(run.params?), Tokens(run.tokens?))?.0);
    let order = |datum: Datum| {
        let before = context.scene.tables[..datum.table].iter();
        let before: usize = before.map(|(table, _)| table.points().len()).sum();
        (before + datum.point + 1) as f64
    };
    let place = |run: &Measured| {
        let residual = match fitted.get(&run.datum).copied().filter(|_| run.used) {
            Some(residual) => residual,
            None => (run.loss / predicted(run)?).ln(),
        };
        let x = match axis {
            ResidualAxis::Params => run.params?,
            ResidualAxis::Tokens => run.tokens?,
            ResidualAxis::Flops => run.flops?,
            ResidualAxis::Order => order(run.datum),
        };
        residual.is_finite().then_some(Placed {
            run: *run,
            x,
            residual: 100.0 * residual,
        })
    };
    context.runs.iter().filter_map(place).collect()
}

fn x_axis(axis: ResidualAxis, placed: &[Placed]) -> Axis {
    let range = extent(placed.iter().map(|placed| placed.x));
    let (low, high) = range.unwrap_or((1e6, 1e10));
    let decades = snapped(low / 1.1, high * 1.1, 0.5);
    match axis {
        ResidualAxis::Params => axes::params(decades),
        ResidualAxis::Tokens => axes::tokens(decades),
        ResidualAxis::Flops => axes::flops(decades),
        ResidualAxis::Order => Axis {
            label: "Order in the file".to_owned(),
            scale: Scale::Linear,
            format: TickFormat::Plain,
            range: (0.0, range.map_or(10.0, |(_, high)| high + 1.0)),
            second: None,
        },
    }
}

/// The size that half of the residuals do not exceed.
fn half_of(residuals: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sizes: Vec<f64> = residuals.map(f64::abs).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.get(sizes.len() / 2).copied()
}

/// The median of neighbours in x: a tenth of the runs, and some.
fn running_median(used: &[&Placed]) -> Vec<[f64; 2]> {
    let mut points: Vec<[f64; 2]> = used.iter().map(|placed| [placed.x, placed.residual]).collect();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let window = WINDOW.max(points.len() / 10);
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    points
        .chunks(window)
        .filter(|chunk| chunk.len() * 2 >= window)
        .map(|chunk| {
            let part = |axis: usize| middle(chunk.iter().map(|point| point[axis]).collect());
            [part(0), part(1)]
        })
        .collect()
}
