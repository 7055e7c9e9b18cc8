//! IsoFLOP profiles: loss against N, one valley a budget.
//!
//! Runs are grouped by compute. Where the file has budgets (most runs in clusters no wider than ±10 %), these are the
//! groups; where compute is spread, only the runs within ±15 % of a few round budgets are shown. A slice of the fitted
//! surface is solid over the sizes measured at its budget and dashed beside them; the diamond is its minimum.

use super::context::{Context, Measured};
use super::curves::log_grid;
use super::ranges::{extent, snapped};
use super::words::{budget_name, capitalised, excluded_key, footer, nothing, power_of_c, run_key, subtitle, whose};
use crate::figure::{
    Anchor, Axis, Dash, Dot, Dots, Figure, LabelPlace, LegendEntry, LegendKey, Mark, Paint, Scale, Symbol, TickFormat,
    Token,
};
use crate::plan::{Allocation, FLOPS_PER_PARAM_TOKEN};
use crate::units::{Flops, Params, Tokens};

/// Runs with one budget.
struct Profile {
    flops: f64,
    runs: Vec<Measured>,
}

pub(super) fn base(context: &Context<'_>) -> Figure {
    let profiles = profiles(&context.runs);
    let mut figure = Figure {
        title: title(context),
        subtitle: subtitle(context),
        x: Axis {
            label: "Parameters N".to_owned(),
            scale: Scale::Log,
            format: TickFormat::Count,
            range: (1e7, 1e11),
        },
        y: Axis {
            label: "Loss L (nats/token)".to_owned(),
            scale: Scale::Linear,
            format: TickFormat::Plain,
            range: (1.8, 4.0),
        },
        equal_decades: false,
        marks: vec![],
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
    figure.legend = keys(context, excluded);
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
    let (Some(law), Some(best)) = (context.law, context.optimum()) else {
        return vec![];
    };
    let Some(loss) = best.loss else { return vec![] };
    let n = best.params.0;
    let accent = Paint::Token(Token::Accent);
    let points = slice(&law, best.flops.0, n / 30.0, n * 30.0);
    if points.is_empty() {
        return vec![];
    }
    let id = "budget slice".to_owned();
    let at = [n, loss.0];
    vec![
        Mark::Line {
            id: id.clone(),
            points,
            paint: accent,
            width: 2.2,
            dash: Dash::Dashed,
        },
        context.star("optimum", at, accent),
        Mark::Label {
            at,
            text: format!("{}{} at {} FLOP", whose(&law), best.params.short(), best.flops.short()),
            paint: accent,
            anchor: Anchor::Middle,
            along: None,
            importance: 250,
        },
    ]
}

fn keys(context: &Context<'_>, excluded: bool) -> Vec<LegendEntry> {
    // Their curves bear bare numbers; here is what these count.
    let mut entries = vec![LegendEntry {
        text: "run, by budget in FLOP".to_owned(),
        ..run_key()
    }];
    if context.law.is_some() {
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

fn title(context: &Context<'_>) -> String {
    match context.law.and_then(|law| Some((law, law.frontier().ok()?))) {
        Some((law, frontier)) => {
            let whose = whose(&law);
            let a = power_of_c(frontier.params.exponent, None);
            capitalised(&format!("{whose}each budget's best size grows as {a}"))
        }
        None => "Loss against size at fixed compute".to_owned(),
    }
}

/// Budgets with their runs, cheapest first.
fn profiles(runs: &[Measured]) -> Vec<Profile> {
    let mut complete: Vec<(f64, Measured)> = runs
        .iter()
        .filter(|run| run.params.is_some())
        .filter_map(|run| Some((run.flops?, *run)))
        .collect();
    complete.sort_by(|a, b| a.0.total_cmp(&b.0));
    let found = clusters(&complete);
    let in_clusters: usize = found.iter().map(|profile| profile.runs.len()).sum();
    if in_clusters * 10 >= complete.len() * 6 && !found.is_empty() {
        return found;
    }
    let Some((low, high)) = extent(complete.iter().map(|(flops, _)| *flops)) else {
        return vec![];
    };
    (low.log10().floor() as i32..=high.log10().ceil() as i32)
        .flat_map(|exponent| [1.0, 3.0, 6.0].map(|m| m * 10f64.powi(exponent)))
        .map(|flops| Profile {
            flops,
            runs: complete
                .iter()
                .filter(|(c, _)| (c / flops - 1.0).abs() <= 0.15)
                .map(|(_, run)| *run)
                .collect(),
        })
        .filter(enough)
        .collect()
}

/// A valley takes four runs of different size.
fn enough(profile: &Profile) -> bool {
    let mut sizes: Vec<f64> = profile
        .runs
        .iter()
        .filter(|run| run.used)
        .filter_map(|run| run.params)
        .collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup_by(|a, b| *a <= *b * 1.01);
    sizes.len() >= 4
}

/// Runs whose compute hangs together, and no wider than ±10 %.
fn clusters(sorted: &[(f64, Measured)]) -> Vec<Profile> {
    let near = 1.1f64;
    sorted
        .chunk_by(|a, b| b.0 <= a.0 * near)
        .filter(|chunk| match (chunk.first(), chunk.last()) {
            (Some(first), Some(last)) => last.0 <= first.0 * near * near,
            _ => false,
        })
        .map(|chunk| Profile {
            flops: (chunk.iter().map(|(flops, _)| flops.ln()).sum::<f64>() / chunk.len() as f64).exp(),
            runs: chunk.iter().map(|(_, run)| *run).collect(),
        })
        .filter(enough)
        .collect()
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
    let (last, mut marks) = match context
        .law
        .filter(|law| law.loss_at(Params(low), Tokens(high)).is_some())
    {
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
        // Without a surface, the runs joined in order of size still show the valley.
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
    let law = context.law?;
    let dots: Dots = profiles
        .iter()
        .filter_map(|profile| {
            let best = law.at_flops(Flops(profile.flops)).ok()?;
            Some(Dot {
                at: [best.params.0, best.loss?.0],
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
