//! Loss against compute: the runs, the fitted curve with its floor, and what others predict.

use super::axes;
use super::context::{Context, Valley};
use super::curves::{FLOPS_DRAWN, band, log_grid, over_flops, overlay_line};
use super::frontier::x_range;
use super::prediction::prediction;
use super::ramp::SizeRamp;
use super::ranges::extent;
use super::words::{footer, legend, nothing, power_of_c, subtitle, two, whose};
use crate::data::Role;
use crate::figure::{Anchor, Figure, LabelPlace, Mark, Paint, RuleAt, Scale, Token};
use crate::law::LawKind;
use crate::plan::Allocation;
use crate::units::{Flops, Loss};

pub(super) fn base(context: &Context<'_>) -> Figure {
    let x_range = x_range(context);
    let sizes = SizeRamp::of(
        context
            .used()
            .filter(|run| run.flops.is_some())
            .filter_map(|run| run.params),
    );
    let mut figure = Figure {
        title: title(context),
        subtitle: subtitle(context),
        x: axes::flops(x_range),
        y: axes::loss(Scale::Log, (1.8, 4.0)),
        equal_decades: false,
        marks: vec![],
        equation: vec![],
        legend: legend(context),
        colour_bar: sizes.bar(),
        footer: footer(context, curve(context).is_some() && context.scene.spread.is_some()),
        empty: None,
    };
    let with_compute = context.used().any(|run| run.flops.is_some());
    if !with_compute
        && !context
            .scene
            .published
            .iter()
            .any(|law| loss_of(&Allocation::Published(law), 1e21).is_some())
    {
        figure.empty = Some(nothing(
            context,
            "Open a file of runs to see loss against compute",
            "These runs have no compute: say which column holds FLOP, or parameters and tokens",
        ));
        return figure;
    }
    figure.y.range = y_range(context, x_range);

    let accent = Paint::Token(Token::Accent);
    let reference = Paint::Token(Token::Reference);
    let marks = &mut figure.marks;
    if let Some(band) = loss_band(context, accent) {
        marks.extend(curve(context).and_then(|curve| prediction(context, &band, curve)));
        marks.push(band);
    }
    if let Some(floor) = floor(context) {
        let label = format!("E = {}, the irreducible loss", two(floor));
        marks.push(Mark::Rule {
            at: RuleAt::Y(floor),
            label,
            paint: reference,
        });
    }
    marks.extend(context.best_loss_rule());
    if let Some((_, high)) = context.data_flops_range() {
        marks.push(Mark::Rule {
            at: RuleAt::X(high),
            label: "largest run".to_owned(),
            paint: reference,
        });
    }
    for overlay in context.overlays(None) {
        marks.extend(overlay_line(&overlay, &overlay.id, overlay.name.to_owned(), |flops| {
            Some([flops, loss_of(&overlay.law, flops)?])
        }));
    }
    marks.extend(context.dots(
        |run| Some([run.flops?, run.loss]).filter(|at| at[1] > 0.0),
        |run| sizes.paint(run.params),
        3.0,
    ));
    if let Some(loss) = curve(context) {
        let data = context.data_flops_range();
        marks.extend(over_flops("L*", data, accent, 2.4, |flops| {
            Some([flops, loss(flops)]).filter(|at| at[1] > 0.0)
        }));
        marks.push(Mark::LineLabel {
            line: "L* above".to_owned(),
            text: label(context),
            paint: accent,
            place: LabelPlace::Beside(0.6),
            importance: 200,
        });
    }
    figure
}

pub(super) fn budget(context: &Context<'_>) -> Vec<Mark> {
    let flops = context.scene.budget.0;
    let chosen = context.scene.chosen.and_then(|_| context.place());
    let Some(loss) = chosen
        .and_then(|place| place.loss)
        .or_else(|| curve(context).map(|curve| curve(flops)))
        .or_else(|| context.place()?.loss)
    else {
        return vec![];
    };
    if !(loss.is_finite() && loss > 0.0) {
        return vec![];
    }
    let (at, paint) = ([flops, loss], Paint::Token(Token::Accent));
    let whose = match (chosen, curve(context), context.law) {
        (Some(place), ..) => place.whose(),
        (None, None, Some(law)) => whose(&law),
        _ => String::new(),
    };
    vec![
        context.star("loss", at, paint),
        Mark::Label {
            at,
            text: format!("{whose}{} nats/token", Loss(loss).short()),
            paint,
            anchor: Anchor::Middle,
            along: None,
            importance: 250,
        },
    ]
}

/// The fitted loss over C: the optimum of a surface, or a law of C itself.
fn curve<'c>(context: &Context<'c>) -> Option<Box<dyn Fn(f64) -> f64 + 'c>> {
    let report = context.fit?;
    if let Some(surface) = context.surface() {
        let valley = Valley::of(&surface);
        return Some(Box::new(move |flops| valley.loss(Flops(flops))));
    }
    let of_compute =
        matches!(report.law.kind(), Some(LawKind::Power | LawKind::PowerFloor)) && context.scene.fit_x == Role::Flops;
    let theta = report.theta();
    of_compute.then(|| -> Box<dyn Fn(f64) -> f64> { Box::new(move |flops| report.law.law().loss(&theta, &[flops])) })
}

fn floor(context: &Context<'_>) -> Option<f64> {
    let _ = curve(context)?;
    context.fit?.value_of("E").filter(|floor| *floor > 0.0)
}

/// Exponent of the reducible loss over C.
fn exponent(context: &Context<'_>) -> Option<f64> {
    let _ = curve(context)?;
    match context.surface() {
        Some(surface) => Some(Valley::of(&surface).gamma),
        None => context.fit?.value_of("alpha"),
    }
}

fn label(context: &Context<'_>) -> String {
    let which = if context.surface().is_some() { "L*" } else { "L" };
    match (exponent(context), floor(context)) {
        (Some(gamma), Some(_)) => format!("{which} − E ∝ {}", power_of_c(-gamma, None)),
        (Some(gamma), None) => format!("{which} ∝ {}", power_of_c(-gamma, None)),
        _ => which.to_owned(),
    }
}

fn title(context: &Context<'_>) -> String {
    match (exponent(context), floor(context)) {
        (Some(gamma), Some(floor)) => {
            format!(
                "Loss falls towards {} nats/token as {}",
                two(floor),
                power_of_c(-gamma, None)
            )
        }
        (Some(gamma), None) => format!("Loss falls as {}", power_of_c(-gamma, None)),
        _ => "Loss against training compute".to_owned(),
    }
}

fn loss_of(law: &Allocation, flops: f64) -> Option<f64> {
    law.at_flops(Flops(flops))
        .ok()?
        .loss
        .map(|loss| loss.0)
        .filter(|loss| *loss > 0.0)
}

/// Runs, the curve within the view, and the floor where it is near.
fn y_range(context: &Context<'_>, (left, right): (f64, f64)) -> (f64, f64) {
    let runs = context
        .used()
        .filter(|run| run.flops.is_some())
        .map(|run| run.loss)
        .filter(|loss| *loss > 0.0);
    let at_right = match curve(context) {
        Some(curve) => Some(curve(right)),
        None => context
            .scene
            .published
            .iter()
            .find_map(|law| loss_of(&Allocation::Published(law), right)),
    };
    let at_left = match context.used().next() {
        Some(_) => None,
        None => context
            .scene
            .published
            .iter()
            .find_map(|law| loss_of(&Allocation::Published(law), left)),
    };
    let Some((mut low, high)) = extent(runs.chain(at_right).chain(at_left)) else {
        return (1.8, 4.0);
    };
    if let Some(floor) = floor(context).filter(|floor| *floor > 0.6 * low) {
        low = low.min(floor);
    }
    (low * 0.97, high * 1.05)
}

fn loss_band(context: &Context<'_>, paint: Paint) -> Option<Mark> {
    let _ = curve(context)?;
    if context.surface().is_some() {
        return band(context, "band L*", paint, FLOPS_DRAWN, Valley::loss);
    }
    let (report, spread) = (context.fit?, context.scene.spread?);
    let edges: Vec<[f64; 3]> = log_grid(FLOPS_DRAWN.0, FLOPS_DRAWN.1, 40)
        .filter_map(|flops| {
            let [low, high] =
                spread.interval_in_logs(context.scene.level, |theta| report.law.law().loss(theta, &[flops]))?;
            Some([flops, low, high])
        })
        .collect();
    (edges.len() > 1).then(|| Mark::Band {
        id: "band L".to_owned(),
        edges,
        paint,
        opacity: 0.18,
    })
}
