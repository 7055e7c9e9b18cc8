//! Loss against N, or against D: the runs, and the law at several values of the other.
//!
//! Curves are those of the fitted surface, solid over the runs and dashed beyond. The lowest is what no amount of the other
//! would better: L(N, ∞) or L(∞, D), Kaplan's L(N) and L(D). A law of one variable is drawn by itself.

use super::axes;
use super::context::{Context, Measured};
use super::curves::log_grid;
use super::ramp::SizeRamp;
use super::ranges::{extent, snapped};
use super::words::{footer, legend, nothing, power, subtitle, two};
use crate::data::{Role, RunTable};
use crate::figure::{Dash, Figure, LabelPlace, Mark, Paint, RuleAt, Scale, Token};
use crate::law::{LawKind, Surface};
use crate::plan::Allocation;
use crate::units::{Params, Tokens};

/// What stands on the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Params,
    Tokens,
}

/// Curves of the law beside the limit.
const CURVES: usize = 5;
/// Points of a curve.
const STEPS: usize = 64;
/// Stands for no end of the other variable.
const ENDLESS: f64 = 1e60;

impl Over {
    fn of(self, run: &Measured) -> Option<f64> {
        match self {
            Self::Params => run.params,
            Self::Tokens => run.tokens,
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Params => Self::Tokens,
            Self::Tokens => Self::Params,
        }
    }

    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Params => "N",
            Self::Tokens => "D",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Params => Role::Params,
            Self::Tokens => Role::Tokens,
        }
    }

    pub(super) fn short(self, value: f64) -> String {
        match self {
            Self::Params => Params(value).short(),
            Self::Tokens => Tokens(value).short(),
        }
    }

    /// This of N and D, and the other; and back again.
    pub(super) fn of_answer(self, params: f64, tokens: f64) -> (f64, f64) {
        match self {
            Self::Params => (params, tokens),
            Self::Tokens => (tokens, params),
        }
    }

    /// This of a measurement.
    pub(super) fn of_point(self, table: &RunTable, point: usize) -> Option<f64> {
        let known = |role: Role| table.quantity(role)?.get(point);
        match self {
            Self::Params => known(Role::Params).or_else(|| known(Role::ParamsNonEmbedding)),
            Self::Tokens => known(Role::Tokens),
        }
    }

    /// Loss at a value of this and one of the other.
    fn loss(self, law: Surface, at: f64, other: f64) -> Option<f64> {
        let (params, tokens) = match self {
            Self::Params => (at, other),
            Self::Tokens => (other, at),
        };
        Some(Allocation::Surface(law).loss_at(Params(params), Tokens(tokens))?.0)
    }
}

pub(super) fn base(context: &Context<'_>, over: Over) -> Figure {
    let used = || context.used().filter(|run| run.loss > 0.0);
    let others = || used().filter_map(|run| over.other().of(run));
    let ramp = match over {
        Over::Params => SizeRamp::of_tokens(others()),
        Over::Tokens => SizeRamp::of(others()),
    };
    let data = extent(used().filter_map(|run| over.of(run)));
    let (low, high) = data.unwrap_or((1e7, 1e10));
    let range = snapped(low / 1.5, high * 5.0, 0.5);
    let mut figure = Figure {
        title: title(context, over),
        subtitle: subtitle(context),
        x: match over {
            Over::Params => axes::params(range),
            Over::Tokens => axes::tokens(range),
        },
        y: axes::loss(Scale::Log, (1.8, 4.0)),
        equal_decades: false,
        marks: vec![],
        equation: vec![],
        legend: legend(context),
        colour_bar: ramp.bar(),
        footer: footer(context, false),
        empty: None,
    };
    if data.is_none() {
        figure.empty = Some(nothing(
            context,
            "Open a file of runs to see their losses",
            match over {
                Over::Params => "These runs have no parameters: say which column holds them",
                Over::Tokens => "These runs have no tokens: say which column holds them",
            },
        ));
        return figure;
    }
    let curves = curves(context, over);
    let marks = &mut figure.marks;
    for curve in &curves {
        marks.extend(curve.marks(over, ramp, (low, high)));
    }
    if let Some(floor) = floor(context, over) {
        marks.push(Mark::Rule {
            at: RuleAt::Y(floor),
            label: format!("E = {}", two(floor)),
            paint: Paint::Token(Token::Reference),
        });
    }
    marks.extend(context.best_loss_rule());
    marks.extend(context.dots(
        |run| Some([over.of(run)?, run.loss]).filter(|at| at[1] > 0.0),
        |run| ramp.paint(over.other().of(run)),
        3.0,
    ));
    let ends = curves
        .iter()
        .flat_map(|curve| [range.1, low].map(|at| (curve.loss)(at)));
    let runs = || used().filter(|run| over.of(run).is_some()).map(|run| run.loss);
    let (least, most) = extent(runs()).unwrap_or((1.8, 4.0));
    // Curves of few tokens run far above every run.
    let near = ends.flatten().filter(|loss| *loss > 0.6 * least && *loss < 1.1 * most);
    let floor = floor(context, over).filter(|floor| *floor > 0.6 * least);
    if let Some((low, high)) = extent(runs().chain(near).chain(floor)) {
        figure.y.range = (low * 0.97, high * 1.05);
    }
    figure
}

/// The law at one value of the other variable.
struct Curve<'c> {
    /// `None` for no end of it, or where there is no other.
    other: Option<f64>,
    /// A law of this variable alone.
    alone: bool,
    loss: Box<dyn Fn(f64) -> Option<f64> + 'c>,
}

impl Curve<'_> {
    fn marks(&self, over: Over, ramp: SizeRamp, (low, high): (f64, f64)) -> Vec<Mark> {
        let symbol = over.other().symbol();
        let (id, text, paint) = match self.other {
            Some(other) => {
                let value = over.other().short(other);
                (
                    format!("law at {symbol} = {value}"),
                    format!("{symbol} = {value}"),
                    ramp.paint(Some(other)),
                )
            }
            None if self.alone => ("law".to_owned(), String::new(), Paint::Token(Token::Accent)),
            None => (
                "law at the limit".to_owned(),
                format!("{symbol} → ∞"),
                // The accent is the answer's, whose slice is dashed as well.
                Paint::Token(Token::Text),
            ),
        };
        let piece = |id: String, from: f64, to: f64, dash: Dash| Mark::Line {
            id,
            points: log_grid(from, to, STEPS)
                .filter_map(|at| Some([at, (self.loss)(at).filter(|loss| *loss > 0.0)?]))
                .collect(),
            paint,
            width: match (self.other, self.alone) {
                (Some(_), _) => 1.4,
                (None, false) => 1.6,
                (None, true) => 2.2,
            },
            dash,
        };
        let far = 1e4;
        let mut marks = vec![
            piece(format!("{id} below"), low / far, low, Dash::Dashed),
            piece(format!("{id} above"), high, high * far, Dash::Dashed),
            // No run has no end of anything.
            piece(
                id.clone(),
                low,
                high,
                if self.other.is_some() || self.alone {
                    Dash::Solid
                } else {
                    Dash::Dashed
                },
            ),
        ];
        if !text.is_empty() {
            marks.push(Mark::LineLabel {
                line: format!("{id} above"),
                text,
                paint,
                place: LabelPlace::Edge,
                importance: 120,
            });
        }
        marks
    }
}

fn curves<'c>(context: &Context<'c>, over: Over) -> Vec<Curve<'c>> {
    if let Some(surface) = context.surface() {
        let others = extent(context.used().filter_map(|run| over.other().of(run)));
        let at = |other: f64| -> Box<dyn Fn(f64) -> Option<f64>> { Box::new(move |at| over.loss(surface, at, other)) };
        let mut curves: Vec<Curve<'c>> = others
            .into_iter()
            .flat_map(|(low, high)| log_grid(low, high, if high > 1.5 * low { CURVES } else { 1 }))
            .map(|other| Curve {
                other: Some(other),
                alone: false,
                loss: at(other),
            })
            .collect();
        curves.push(Curve {
            other: None,
            alone: false,
            loss: at(ENDLESS),
        });
        return curves;
    }
    let Some(report) = context.fit else { return vec![] };
    let alone = matches!(
        report.law.kind(),
        Some(LawKind::Power | LawKind::PowerFloor | LawKind::M3 | LawKind::M4 | LawKind::Bnsl)
    );
    if !alone || context.scene.fit_x != over.role() {
        return vec![];
    }
    let theta = report.theta();
    vec![Curve {
        other: None,
        alone: true,
        loss: Box::new(move |at| Some(report.law.law().loss(&theta, &[at])).filter(|loss| loss.is_finite())),
    }]
}

/// E, where the law has one.
fn floor(context: &Context<'_>, over: Over) -> Option<f64> {
    let of_this = context.surface().is_some() || context.scene.fit_x == over.role();
    context.fit?.value_of("E").filter(|floor| *floor > 0.0 && of_this)
}

fn title(context: &Context<'_>, over: Over) -> String {
    let symbol = over.symbol();
    let exponent = match context.surface() {
        Some(surface) => Some(match over {
            Over::Params => surface.sum.params_exponent * surface.coupling,
            Over::Tokens => surface.sum.tokens_exponent * surface.coupling,
        }),
        None if context.scene.fit_x == over.role() => context.fit.and_then(|report| report.value_of("alpha")),
        None => None,
    };
    match (exponent, floor(context, over)) {
        (Some(exponent), Some(floor)) => {
            format!(
                "Loss falls towards {} nats/token as {}",
                two(floor),
                power(symbol, -exponent)
            )
        }
        (Some(exponent), None) => format!("Loss falls as {}", power(symbol, -exponent)),
        _ => match over {
            Over::Params => "Loss against model size".to_owned(),
            Over::Tokens => "Loss against training tokens".to_owned(),
        },
    }
}
