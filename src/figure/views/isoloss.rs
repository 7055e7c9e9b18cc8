//! Contours of equal loss over N and D (or N and C), with the compute-optimal frontier, the runs, and where
//! overfitting begins.
//!
//! Contours stand at round losses, about evenly spaced along the frontier. Runs take their colour from their own loss on
//! the contours' ramp, so a run between two contours of other colours is a residual one can see.

use super::IsolossAxis;
use super::axes;
use super::context::{Context, Measured};
use super::curves::{Terms, bound, over_flops, overlay_line, round_losses};
use super::models;
use super::overfit;
use super::ramp::loss_paint;
use super::ranges::{extent, snapped};
use super::series::Courses;
use super::words::{capitalised, footer, legend, nothing, plain, power_of_c, run_key, subtitle, whose};
use crate::figure::{
    Anchor, Axis, ColourBar, Dash, Figure, LabelPlace, LegendEntry, LegendKey, Mark, Paint, Scale, Symbol, TickFormat,
    Token,
};
use crate::law::KaplanJoint;
use crate::plan::{Allocation, FLOPS_PER_PARAM_TOKEN, KnownModel};
use crate::units::{Flops, Params, Tokens};

/// Contours within the range of the data and a decade.
const CONTOURS: usize = 11;

/// Tokens per parameter of the guide lines.
const GUIDES: [f64; 3] = [5.0, 20.0, 100.0];

pub(super) fn base(context: &Context<'_>, courses: Option<&Courses>) -> Figure {
    let (x, y) = both_axes(context);
    let law = law(context);
    let shown = context.runs.iter().filter(|run| place(context, run).is_some()).count();
    let mut figure = Figure {
        title: title(context),
        subtitle: subtitle(context),
        equal_decades: context.scene.isoloss_axis == IsolossAxis::Tokens,
        marks: vec![],
        equation: vec![],
        legend: legend(context),
        colour_bar: None,
        footer: footer(context, false),
        empty: None,
        x,
        y,
    };
    if law.is_none() && shown == 0 && context.scene.published.is_empty() {
        figure.empty = Some(nothing(
            context,
            "Open a file of runs, or show a published law",
            "These runs have no parameters and tokens: say which columns hold them",
        ));
        return figure;
    }

    let losses = law.map_or(vec![], |law| round_losses(&law, visible_flops(&law, &figure), CONTOURS));
    let within = visible_losses(context, law.as_ref(), &losses, &figure);
    let ramp = |loss: f64| loss_paint(loss, within);
    figure.marks.extend(guides(context));
    figure.marks.extend(overlays(context));
    match law.as_ref().and_then(|law| Some((law, Terms::of(law)?))) {
        Some((law, terms)) => {
            figure.marks.extend(contours(context, &terms, &losses, ramp));
            figure.marks.extend(frontier(context, law));
            if figure.legend.is_empty() && shown > 0 {
                figure.legend.push(run_key());
            }
            figure.legend.push(LegendEntry {
                text: "loss (nats/token)".to_owned(),
                paint: Paint::Ramp(0.5),
                key: LegendKey::Line(Dash::Solid),
            });
        }
        None => {
            let known = if figure.subtitle.is_empty() { "" } else { " · " };
            let why = context
                .scene
                .obstacle
                .unwrap_or("contours need a law of N and D: choose Chinchilla");
            figure.subtitle += &format!("{known}{why}");
            figure.colour_bar = Some(ColourBar {
                label: "Loss (nats/token)".to_owned(),
                range: (within.1, within.0),
                scale: Scale::Log,
                format: TickFormat::Plain,
            });
        }
    }
    let onset = onset(context);
    if !onset.is_empty() {
        let tolerated = plain(context.scene.penalty * 100.0);
        figure.footer.push(format!(
            "Overfitting onset: δL = {tolerated} %, Kaplan et al. 2020, eq. 4.4"
        ));
    }
    figure.marks.extend(onset);
    if let (Some(courses), IsolossAxis::Tokens) = (courses, context.scene.isoloss_axis) {
        let others = overfit::on_map(context, courses);
        if others.iter().any(|mark| matches!(mark, Mark::Dots { .. })) {
            figure.legend.push(LegendEntry {
                text: "lowest held-out loss".to_owned(),
                paint: Paint::Token(Token::Text),
                key: LegendKey::Symbol(Symbol::Diamond, false),
            });
        }
        figure.marks.extend(others);
    }
    figure
        .marks
        .extend(context.dots(|run| place(context, run), |run| ramp(run.loss), 3.2));
    let model = |model: &KnownModel| [model.params.0, height(context, model.params.0, model.tokens.0)];
    figure.marks.extend(models::marks(context, model, None));
    figure
}

pub(super) fn budget(context: &Context<'_>) -> Vec<Mark> {
    let Some(place) = context.place() else { return vec![] };
    let accent = Paint::Token(Token::Accent);
    let at = [place.params, height(context, place.params, place.tokens)];
    let mut marks = vec![];
    if context.scene.isoloss_axis == IsolossAxis::Tokens && place.is_plain() {
        // Everything that the budget buys: 6ND = C.
        let whole = place.flops / FLOPS_PER_PARAM_TOKEN;
        let points = vec![[whole / 1e30, 1e30], [1e30, whole / 1e30]];
        marks.push(Mark::Line {
            id: "budget line".to_owned(),
            points,
            paint: accent,
            width: 1.0,
            dash: Dash::Dotted,
        });
    }
    if let Some(ghost) = context.ghost() {
        let at = [ghost.params, height(context, ghost.params, ghost.tokens)];
        marks.push(context.hollow_star("before", at, Paint::Token(Token::Reference)));
    }
    if let Some((params, tokens, _)) = place.best {
        let at = [params, height(context, params, tokens)];
        marks.push(context.hollow_star("best", at, accent));
        marks.push(Mark::Label {
            at,
            text: "best for C".to_owned(),
            paint: accent,
            anchor: Anchor::Start,
            along: None,
            importance: 180,
        });
    }
    marks.push(context.star("optimum", at, accent));
    marks.push(Mark::Label {
        at,
        text: format!(
            "{}{} on {} tokens",
            place.whose(),
            Params(place.shown_params).short(),
            Tokens(place.tokens).short()
        ),
        paint: accent,
        anchor: Anchor::End,
        along: None,
        importance: 250,
    });
    marks
}

/// The law whose contours are drawn: the fit, else the first published surface.
pub(super) fn law(context: &Context<'_>) -> Option<Allocation> {
    let published = context.scene.published.iter().map(|law| Allocation::Published(law));
    context
        .law
        .into_iter()
        .chain(published)
        .find(|law| Terms::of(law).is_some())
}

fn title(context: &Context<'_>) -> String {
    match law(context).and_then(|law| Some((law, law.frontier().ok()?))) {
        Some((law, frontier)) => {
            let whose = whose(&law);
            let (a, b) = (frontier.params.exponent, frontier.tokens.exponent);
            let title = format!(
                "{whose}compute-optimal N ∝ {} and D ∝ {}",
                power_of_c(a, None),
                power_of_c(b, None)
            );
            capitalised(&title)
        }
        None => "Runs by parameters, tokens and loss".to_owned(),
    }
}

fn both_axes(context: &Context<'_>) -> (Axis, Axis) {
    let tokens = context.scene.isoloss_axis == IsolossAxis::Tokens;
    let places = || context.runs.iter().filter_map(|run| place(context, run));
    let (xs, ys) = (extent(places().map(|at| at[0])), extent(places().map(|at| at[1])));
    let known = models::shown(context).iter();
    let known = known.map(|model| [model.params.0, height(context, model.params.0, model.tokens.0)]);
    let most = known
        .reduce(|a, b| [a[0].max(b[0]), a[1].max(b[1])])
        .unwrap_or([0.0; 2]);
    // Down a little, up a decade: what people ask of a scaling law lies above their runs.
    let padded = |(low, high): (f64, f64), most: f64| snapped(low / 1.5, (high * 8.0).max(most * 2.0), 0.5);
    let (x_default, y_default) = ((1e7, 1e12), if tokens { (1e8, 1e13) } else { (1e17, 1e26) });
    let y_range = ys.map_or(y_default, |ys| padded(ys, most[1]));
    let y = if tokens {
        axes::tokens(y_range)
    } else {
        axes::flops(y_range)
    };
    (axes::params(xs.map_or(x_default, |xs| padded(xs, most[0]))), y)
}

/// D, or C = 6ND where that is the second axis.
fn height(context: &Context<'_>, params: f64, tokens: f64) -> f64 {
    match context.scene.isoloss_axis {
        IsolossAxis::Tokens => tokens,
        IsolossAxis::Flops => FLOPS_PER_PARAM_TOKEN * params * tokens,
    }
}

fn place(context: &Context<'_>, run: &Measured) -> Option<[f64; 2]> {
    Some(match context.scene.isoloss_axis {
        IsolossAxis::Tokens => [run.params?, run.tokens?],
        IsolossAxis::Flops => [run.params?, run.flops?],
    })
}

/// Compute over which the frontier crosses the view.
fn visible_flops(law: &Allocation, figure: &Figure) -> (f64, f64) {
    let (x, y) = (figure.x.range, figure.y.range);
    let tokens = figure.equal_decades;
    let at = |n: f64, other: f64| {
        let of_n = law.at_params(Params(n)).map(|best| best.flops.0);
        let of_other = if tokens {
            law.at_tokens(Tokens(other)).map(|best| best.flops.0)
        } else {
            Ok(other)
        };
        (of_n.unwrap_or(f64::NAN), of_other.unwrap_or(f64::NAN))
    };
    let (low, high) = (at(x.0, y.0), at(x.1, y.1));
    (low.0.max(low.1), high.0.min(high.1))
}

/// Losses at the ends of the ramp.
fn visible_losses(
    context: &Context<'_>,
    law: Option<&Allocation>,
    losses: &[(f64, f64)],
    figure: &Figure,
) -> (f64, f64) {
    let (low, high) = law.map_or((0.0, f64::INFINITY), |law| visible_flops(law, figure));
    let contours = losses
        .iter()
        .filter(|(c, _)| *c >= low && *c <= high)
        .map(|(_, loss)| *loss);
    extent(contours.chain(context.used().map(|run| run.loss))).unwrap_or((2.0, 4.0))
}

fn contours(context: &Context<'_>, terms: &Terms, losses: &[(f64, f64)], ramp: impl Fn(f64) -> Paint) -> Vec<Mark> {
    let mut marks = vec![];
    let mut labels = vec![];
    // Far above every run the surface is no longer about language models: no loss exceeds ln(vocabulary).
    // Over C, cheap contours all run through the same corner.
    let factor = if context.scene.isoloss_axis == IsolossAxis::Tokens {
        2.0
    } else {
        1.35
    };
    let highest = extent(context.used().map(|run| run.loss)).map_or(10.0, |(_, high)| factor * high);
    for (_, loss) in losses.iter().filter(|(_, loss)| *loss <= highest) {
        let points: Vec<[f64; 2]> = terms
            .contour(*loss)
            .into_iter()
            .map(|[n, d]| [n, height(context, n, d)])
            .collect();
        let id = format!("contour {loss}");
        let paint = ramp(*loss);
        labels.push(Mark::LineLabel {
            line: id.clone(),
            text: if *loss < 10.0 && loss.fract() == 0.0 {
                format!("{loss:.1}")
            } else {
                format!("{loss}")
            },
            paint,
            place: LabelPlace::Edge,
            importance: 100,
        });
        marks.push(Mark::Line {
            id,
            points,
            paint,
            width: 1.5,
            dash: Dash::Solid,
        });
    }
    marks.extend(labels);
    marks
}

fn frontier(context: &Context<'_>, law: &Allocation) -> Vec<Mark> {
    let paint = Paint::Token(Token::Text);
    let mut marks = over_flops("frontier", context.flops_range_of(law), paint, 2.4, |flops| {
        let best = law.at_flops(Flops(flops)).ok()?;
        let n = best.equivalent_params().0;
        Some([n, height(context, n, best.tokens.0)])
    });
    // Under the runs there is room; over them stand the star and the other names.
    marks.push(Mark::LineLabel {
        line: "frontier below".to_owned(),
        text: "compute-optimal".to_owned(),
        paint,
        place: LabelPlace::Beside(0.5),
        importance: 120,
    });
    marks
}

fn overlays(context: &Context<'_>) -> Vec<Mark> {
    let mut marks = vec![];
    for overlay in context.overlays(law(context)) {
        marks.extend(overlay_line(&overlay, &overlay.id, overlay.name.to_owned(), |flops| {
            let best = overlay.law.at_flops(Flops(flops)).ok()?;
            let n = best.equivalent_params().0;
            Some([n, height(context, n, best.tokens.0)])
        }));
    }
    marks
}

fn guides(context: &Context<'_>) -> Vec<Mark> {
    let paint = Paint::Token(Token::Reference);
    GUIDES
        .iter()
        .flat_map(|ratio| {
            let id = format!("{ratio} tokens per parameter");
            let points = [1.0, 1e20]
                .iter()
                .map(|n| [*n, height(context, *n, ratio * n)])
                .collect();
            [
                Mark::LineLabel {
                    line: id.clone(),
                    text: format!("D/N = {ratio}"),
                    paint,
                    place: LabelPlace::On(0.12),
                    importance: 40,
                },
                Mark::Line {
                    id,
                    points,
                    paint,
                    width: 0.9,
                    dash: Dash::Dotted,
                },
            ]
        })
        .collect()
}

/// Below this line a model of N parameters has too few tokens for the tolerated penalty (Kaplan et al. 2020, eq. 4.4).
fn onset(context: &Context<'_>) -> Vec<Mark> {
    let penalty = context.scene.penalty;
    let paint = Paint::Token(Token::Warning);
    let points: Vec<[f64; 2]> = [1.0, 1e20]
        .iter()
        .map(|n| {
            [
                *n,
                height(context, *n, KaplanJoint::TABLE_2.min_tokens(Params(*n), penalty).0),
            ]
        })
        .filter(|at| at[1].is_finite() && at[1] > 0.0)
        .collect();
    if points.len() < 2 || penalty <= 0.0 {
        return vec![];
    }
    let id = "overfitting onset".to_owned();
    let mut marks = vec![Mark::LineLabel {
        line: id.clone(),
        text: "overfitting onset (Kaplan)".to_owned(),
        paint,
        place: LabelPlace::On(0.95),
        importance: 110,
    }];
    marks.extend(bound(&id, points, paint));
    marks
}
