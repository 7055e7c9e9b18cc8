//! IsoFLOP profiles: loss against N, one valley a budget.
//!
//! The budgets are those of [`crate::method`]; where compute is spread, only the runs within ±15 % of a few round budgets are
//! shown. A slice of the fitted surface is solid over the sizes measured at its budget and dashed beside them; the diamond is
//! its minimum. Without a surface the lines are the parabolas of [`crate::method::isoflop`], and the diamonds their vertices.

use super::axes;
use super::context::{Context, Measured};
use super::curves::log_grid;
use super::ranges::{extent, snapped};
use super::words::{budget_name, capitalised, excluded_key, footer, nothing, power_of_c, run_key, subtitle, whose};
use crate::figure::{
    Anchor, Dash, Dot, Dots, Figure, LabelPlace, LegendEntry, LegendKey, Mark, Paint, Scale, Symbol, Token,
};
use crate::method::{Budget, Grouping, IsoflopError, Measurement, Parabola, budgets, isoflop, near_round_budgets};
use crate::plan::{Allocation, FLOPS_PER_PARAM_TOKEN};
use crate::units::{Flops, Params, Tokens};

/// Runs with one budget.
struct Profile {
    flops: f64,
    runs: Vec<Measured>,
    parabola: Option<Parabola>,
    /// N* and L* of the parabola, where the budget takes part in the frontier.
    vertex: Option<[f64; 2]>,
}

pub(super) fn base(context: &Context<'_>) -> Figure {
    let (profiles, exponent) = profiles(context);
    let mut figure = Figure {
        title: title(context, exponent),
        subtitle: subtitle(context),
        x: axes::params((1e7, 1e11)),
        y: axes::loss(Scale::Linear, (1.8, 4.0)),
        equal_decades: false,
        marks: vec![],
        equation: vec![],
        legend: vec![],
        colour_bar: None,
        footer: footer(context, false),
        empty: None,
    };
    if profiles.is_empty() {
        figure.empty = Some(nothing(
            context,
            "Open a file of runs to see loss against size at fixed compute",
            "No compute budget has four runs of different size: plan a sweep, or see the isoloss map",
        ));
        return figure;
    }
    let excluded = profiles.iter().flat_map(|profile| &profile.runs).any(|run| !run.used);
    let minima_shown = surface(context).is_some() || profiles.iter().any(|profile| profile.vertex.is_some());
    figure.legend = keys(minima_shown, excluded);
    ranges(context, &profiles, &mut figure);
    let ends = extent(profiles.iter().map(|profile| profile.flops.ln())).unwrap_or((0.0, 1.0));
    let paint = |flops: f64| {
        let share = (flops.ln() - ends.0) / (ends.1 - ends.0);
        Paint::Ramp(if share.is_finite() { share } else { 0.5 })
    };
    for profile in &profiles {
        figure.marks.extend(lines(context, profile, paint(profile.flops)));
    }
    for profile in &profiles {
        figure.marks.push(dots(profile, paint(profile.flops)));
    }
    figure.marks.extend(minima(context, &profiles, paint));
    figure
}

pub(super) fn budget(context: &Context<'_>) -> Vec<Mark> {
    let Some((place, law)) = context.place().and_then(|place| Some((place, place.law?))) else {
        return vec![];
    };
    let Some(loss) = place.loss else { return vec![] };
    let n = place.params;
    let accent = Paint::Token(Token::Accent);
    // The slice of the law's surface, over what the budget buys by the law's own counts.
    let whole = FLOPS_PER_PARAM_TOKEN * n * place.tokens;
    let points = slice(&law, whole, n / 30.0, n * 30.0);
    if points.is_empty() {
        return vec![];
    }
    let at = [n, loss];
    let mut marks = vec![Mark::Line {
        id: "budget slice".to_owned(),
        points,
        paint: accent,
        width: 2.2,
        dash: Dash::Dashed,
    }];
    if let Some((params, _, Some(loss))) = place.best {
        marks.push(context.hollow_star("best", [params, loss], accent));
    }
    marks.push(context.star("optimum", at, accent));
    marks.push(Mark::Label {
        at,
        text: format!(
            "{}{} at {} FLOP",
            place.whose(),
            Params(place.shown_params).short(),
            Flops(place.flops).short()
        ),
        paint: accent,
        anchor: Anchor::Middle,
        along: None,
        importance: 250,
    });
    marks
}

fn keys(minima: bool, excluded: bool) -> Vec<LegendEntry> {
    // Their curves bear bare numbers; here is what these count.
    let mut entries = vec![LegendEntry {
        text: "run, by budget in FLOP".to_owned(),
        ..run_key()
    }];
    if minima {
        entries.push(LegendEntry {
            text: "lowest loss".to_owned(),
            paint: Paint::Ramp(0.5),
            key: LegendKey::Symbol(Symbol::Diamond, false),
        });
    }
    if excluded {
        entries.push(excluded_key());
    }
    entries
}

/// `of_parabolas` is a of the parabolas, for runs without a law.
fn title(context: &Context<'_>, of_parabolas: Option<f64>) -> String {
    let by_law = context
        .law
        .and_then(|law| Some((whose(&law), law.frontier().ok()?.params.exponent)));
    match by_law.or_else(|| Some((String::new(), of_parabolas?))) {
        Some((whose, exponent)) => {
            let a = power_of_c(exponent, None);
            capitalised(&format!("{whose}each budget's best size grows as {a}"))
        }
        None => "Loss against size at fixed compute".to_owned(),
    }
}

/// The law, where it gives the loss off its optimum.
fn surface(context: &Context<'_>) -> Option<Allocation> {
    let anywhere = (Params(1e9), Tokens(1e10));
    context.law.filter(|law| law.loss_at(anywhere.0, anywhere.1).is_some())
}

/// Budgets with their runs, cheapest first, and a of their parabolas.
fn profiles(context: &Context<'_>) -> (Vec<Profile>, Option<f64>) {
    let complete = |run: &Measured| {
        let measurement = Measurement {
            run: run.datum.point,
            params: run.params?,
            tokens: run.tokens?,
            flops: run.flops?,
            loss: run.loss,
        };
        Some((*run, measurement))
    };
    let all: Vec<(Measured, Measurement)> = context.runs.iter().filter_map(complete).collect();
    let used: Vec<(Measured, Measurement)> = all.iter().copied().filter(|(run, _)| run.used).collect();
    let measurements: Vec<Measurement> = used.iter().map(|(_, measurement)| *measurement).collect();
    let found = budgets(&measurements);
    let shown: Vec<Budget> = match found.grouping {
        Grouping::None => near_round_budgets(&measurements),
        Grouping::Exact | Grouping::Clustered => found.complete().cloned().collect(),
    };
    let mut profiles: Vec<Profile> = shown
        .iter()
        .map(|budget| Profile {
            flops: budget.flops,
            runs: budget.members.iter().map(|&place| used[place].0).collect(),
            parabola: None,
            vertex: None,
        })
        .collect();
    // Runs that take no part are drawn at the budget that they were meant for.
    for (run, measurement) in all.iter().filter(|(run, _)| !run.used) {
        let distance = |profile: &Profile| (measurement.flops / profile.flops).ln().abs();
        let nearest = profiles.iter_mut().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        if let Some(profile) = nearest.filter(|profile| distance(profile) <= 1.1f64.ln()) {
            profile.runs.push(*run);
        }
    }
    for profile in &mut profiles {
        let flops = |run: &Measured| run.flops.unwrap_or(profile.flops);
        profile.runs.sort_by(|a, b| flops(a).total_cmp(&flops(b)));
    }
    // A surface has slices of its own.
    if surface(context).is_some() || found.grouping == Grouping::None {
        return (profiles, None);
    }
    let (reports, exponent) = match isoflop(&measurements, None) {
        Ok(found) => (found.budgets, Some(found.frontier.exponents()[0])),
        Err(IsoflopError::OneBudget { budgets, .. } | IsoflopError::NoInteriorMinimum { budgets, .. }) => {
            (budgets, None)
        }
        Err(IsoflopError::NoBudgets { .. }) => (vec![], None),
    };
    for profile in &mut profiles {
        if let Some(report) = reports.iter().find(|report| report.flops == profile.flops) {
            profile.parabola.clone_from(&report.parabola);
            let vertex = report.vertex.filter(|_| report.used());
            profile.vertex = vertex.map(|vertex| [vertex.params, vertex.loss]);
        }
    }
    (profiles, exponent)
}

fn ranges(context: &Context<'_>, profiles: &[Profile], figure: &mut Figure) {
    let used = || profiles.iter().flat_map(|profile| &profile.runs).filter(|run| run.used);
    let minima = profiles
        .iter()
        .filter_map(|profile| context.law?.at_flops(Flops(profile.flops)).ok());
    let (sizes, losses): (Vec<f64>, Vec<f64>) = minima.filter_map(|best| Some((best.params.0, best.loss?.0))).unzip();
    let xs = extent(used().filter_map(|run| run.params).chain(sizes));
    let ys = extent(used().map(|run| run.loss).chain(losses));
    if let (Some((left, right)), Some((low, high))) = (xs, ys) {
        // Room at the right for the names of the budgets at the ends of their curves.
        figure.x.range = snapped(left / 1.6, right * 4.0, 0.25);
        let margin = 0.06 * (high - low).max(0.05);
        figure.y.range = (low - margin, high + margin);
    }
}

/// L(N) at a budget, for sizes of `low` … `high`.
fn slice(law: &Allocation, flops: f64, low: f64, high: f64) -> Vec<[f64; 2]> {
    log_grid(low, high, 49)
        .filter_map(|n| {
            let loss = law.loss_at(Params(n), Tokens(flops / (FLOPS_PER_PARAM_TOKEN * n)))?;
            Some([n, loss.0])
        })
        .collect()
}

fn lines(context: &Context<'_>, profile: &Profile, paint: Paint) -> Vec<Mark> {
    let name = budget_name(profile.flops);
    let sizes = profile.runs.iter().filter(|run| run.used).filter_map(|run| run.params);
    let Some((low, high)) = extent(sizes) else {
        return vec![];
    };
    let line = |id: String, points: Vec<[f64; 2]>, width: f32, dash: Dash| Mark::Line {
        id,
        points,
        paint,
        width,
        dash,
    };
    let (last, mut marks) = match surface(context) {
        Some(law) => {
            let above = format!("slice {name} above");
            let marks = vec![
                line(
                    format!("slice {name} below"),
                    slice(&law, profile.flops, low / 1.8, low),
                    1.4,
                    Dash::Dashed,
                ),
                line(
                    above.clone(),
                    slice(&law, profile.flops, high, high * 1.8),
                    1.4,
                    Dash::Dashed,
                ),
                line(
                    format!("slice {name}"),
                    slice(&law, profile.flops, low, high),
                    2.0,
                    Dash::Solid,
                ),
            ];
            (above, marks)
        }
        None if profile.parabola.is_some() => {
            let parabola = profile.parabola.iter();
            let points = parabola.flat_map(|parabola| log_grid(low, high, 49).map(|n| [n, parabola.at(n.ln())]));
            let id = format!("parabola {name}");
            (id.clone(), vec![line(id, points.collect(), 2.0, Dash::Solid)])
        }
        // Without a parabola, the runs joined in order of size still show the valley.
        None => {
            let mut points: Vec<[f64; 2]> = profile
                .runs
                .iter()
                .filter(|run| run.used)
                .filter_map(|run| Some([run.params?, run.loss]))
                .collect();
            points.sort_by(|a, b| a[0].total_cmp(&b[0]));
            let id = format!("profile {name}");
            (id.clone(), vec![line(id, points, 1.2, Dash::Solid)])
        }
    };
    marks.push(Mark::LineLabel {
        line: last,
        text: name,
        paint,
        place: LabelPlace::End,
        importance: 100,
    });
    marks
}

fn dots(profile: &Profile, paint: Paint) -> Mark {
    let dots = profile
        .runs
        .iter()
        .filter_map(|run| {
            Some(Dot {
                at: [run.params?, run.loss],
                paint: if run.used {
                    paint
                } else {
                    Paint::Token(Token::TextFaint)
                },
                hollow: !run.used,
                datum: Some(run.datum),
            })
        })
        .collect();
    Mark::Dots {
        id: format!("runs {}", budget_name(profile.flops)),
        dots,
        symbol: Symbol::Circle,
        radius: 3.2,
    }
}

fn minima(context: &Context<'_>, profiles: &[Profile], paint: impl Fn(f64) -> Paint) -> Option<Mark> {
    let lowest = |profile: &Profile| match surface(context) {
        Some(law) => {
            let best = law.at_flops(Flops(profile.flops)).ok()?;
            Some([best.params.0, best.loss?.0])
        }
        None => profile.vertex,
    };
    let dots: Dots = profiles
        .iter()
        .filter_map(|profile| {
            Some(Dot {
                at: lowest(profile)?,
                paint: paint(profile.flops),
                hollow: false,
                datum: None,
            })
        })
        .collect();
    (!dots.is_empty()).then(|| Mark::Dots {
        id: "minima".to_owned(),
        dots,
        symbol: Symbol::Diamond,
        radius: 5.5,
    })
}
