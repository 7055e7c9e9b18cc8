//! The views: runs, laws and a budget in, a [`Figure`] out. One file a view.
//!
//! A view is drawn in two parts. [`draw_base`] has everything that does not depend on the budget: it is made once and
//! kept while data, fit and overlays stay as they are. [`draw_budget`] has the few marks that follow the hand, in well
//! under a millisecond. [`draw`] is the two together, with second scales, and with runs faded that are far from the slice through
//! the answer.

mod axes;
mod context;
mod curves;
mod equation;
mod frontier;
mod isoflop;
mod isoloss;
mod learning;
mod learning_onset;
mod loss_c;
mod loss_nd;
mod loss_slice;
mod models;
mod names;
mod overfit;
mod prediction;
mod profile;
mod ramp;
mod ranges;
mod reducible;
mod residuals;
mod run_names;
mod sample_efficiency;
mod second;
mod series;
mod traces;
mod wording;
mod words;

pub use axes::{AxisStyle, LossScale};
pub use equation::{equation, errors_in_words, in_symbols};
pub use profile::profile;
pub use second::GpuHour;
pub use wording::{Titles, Wording, ground};
pub use words::capitalised;

use super::{Axis, Dash, Figure, LegendEntry, LegendKey, Mark, Paint};
use crate::data::Role;
use crate::data::{RunTable, Selected};
use crate::fit::{FitReport, Uncertainty};
use crate::law::published::PublishedLaw;
use crate::plan::{Allocation, Answered};
use crate::units::{Flops, Tokens};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The views, by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Contours of equal loss over N and D, with the frontier.
    Isoloss,
    /// Loss against N at fixed budgets.
    Isoflop,
    /// N*(C) and D*(C).
    Frontier,
    /// Loss against N.
    LossN,
    /// Loss against D.
    LossD,
    /// Loss against C.
    LossC,
    /// What the fit leaves over.
    Residuals,
    /// Loss of each run as it trains.
    Curves,
    /// Where overfitting begins, over N and D.
    Overfit,
    /// Tokens to reach a loss, against N.
    SampleEfficiency,
}

/// What the isoloss map has on its second axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IsolossAxis {
    /// D against N.
    #[default]
    Tokens,
    /// C against N.
    Flops,
}

/// What residuals are drawn over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResidualAxis {
    /// N.
    #[default]
    Params,
    /// D.
    Tokens,
    /// C.
    Flops,
    /// The order of the runs in their files.
    Order,
}

/// A fit of the user's that was put aside, or that of an earlier save, drawn over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeptLaw<'a> {
    /// As the user calls it.
    pub name: &'a str,
    /// Its colour.
    pub paint: Paint,
    /// Its pattern.
    pub dash: Dash,
    /// The law.
    pub law: Allocation,
}

/// An answer of a law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chosen {
    /// What it comes to.
    pub answered: Answered,
    /// The published law that answered; `None` for the user's fit.
    pub by: Option<&'static PublishedLaw>,
}

/// Everything a view may show.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The tables with what was selected of each.
    pub tables: &'a [(&'a RunTable, &'a Selected)],
    /// The user's fit.
    pub fit: Option<&'a FitReport>,
    /// Why there is no fit, said where a view has nothing to draw without one.
    pub obstacle: Option<&'a str>,
    /// What is known of its spread, for bands and intervals.
    pub spread: Option<Uncertainty<'a>>,
    /// Level of bands and intervals, such as 0.95.
    pub level: f64,
    /// Overlays.
    pub published: &'a [&'static PublishedLaw],
    /// Fits put aside, drawn over too.
    pub kept: &'a [KeptLaw<'a>],
    /// The budget under the hand.
    pub budget: Flops,
    /// What is to be trained for it, where a law was asked: the best, or what other wishes leave. The best for the budget by
    /// the drawn law where nothing is said.
    pub chosen: Option<Chosen>,
    /// What was chosen before, drawn pale.
    pub ghost: Option<Chosen>,
    /// Tolerated overfitting penalty δL.
    pub penalty: f64,
    /// Distinct tokens to be had; `None` is no limit.
    pub unique_tokens: Option<Tokens>,
    /// Known models are drawn over.
    pub reference_models: bool,
    /// What the fit is a function of, where its law has one variable; [`Role::Flops`] unless the user chose another.
    pub fit_x: Role,
    /// Losses are drawn less the floor of the fit.
    pub reducible: bool,
    /// How axes are written.
    pub axis_style: AxisStyle,
    /// Second scales: perplexity, GPU-hours, tokens per parameter.
    pub second_axes: bool,
    /// What an hour of the accelerator does that compute is said in.
    pub gpu_hour: Option<GpuHour<'a>>,
    /// Second axis of the isoloss map.
    pub isoloss_axis: IsolossAxis,
    /// What residuals are drawn over.
    pub residual_axis: ResidualAxis,
    /// What the user writes on the views, with its live numbers filled in.
    pub wording: Option<&'a Wording>,
}

/// Draws a view.
pub fn draw(view: View, scene: &Scene<'_>) -> Figure {
    with_budget(&draw_base(view, scene), view, scene)
}

/// A base with the marks of the budget on it, and ranges that show its star.
pub fn with_budget(base: &Figure, view: View, scene: &Scene<'_>) -> Figure {
    let mut figure = base.clone();
    if figure.empty.is_none() {
        let marks = draw_budget(view, scene);
        (figure.x.range, figure.y.range) = ranges_with(&figure, &marks);
        match view {
            View::LossN => loss_slice::fade(&mut figure, scene, loss_nd::Over::Params),
            View::LossD => loss_slice::fade(&mut figure, scene, loss_nd::Over::Tokens),
            _ => {}
        }
        figure.marks.extend(marks);
        second::add(&mut figure, view, scene);
    }
    wording::write(&mut figure, view, scene);
    figure
}

/// The part of a view that does not depend on the budget.
pub fn draw_base(view: View, scene: &Scene<'_>) -> Figure {
    draw_base_with(view, scene, &mut Prepared::default())
}

/// What takes long to make of the tables and does not depend on fit, selection or view: kept from one base to the next,
/// made anew when the tables are others.
#[derive(Debug, Default)]
pub struct Prepared {
    traces: Kept<traces::Traces>,
    courses: Kept<series::Courses>,
}

/// Something made of tables, with the tables.
type Kept<T> = Option<(Vec<RunTable>, Arc<T>)>;

/// Of more measurements than this in all, the map does not look for losses that turn up: it is to stand at once.
const ONSETS: usize = 20_000;

/// [`draw_base`], with what was prepared for an earlier one.
pub fn draw_base_with(view: View, scene: &Scene<'_>, prepared: &mut Prepared) -> Figure {
    let context = context::Context::new(scene);
    let figure = match view {
        View::Isoloss => {
            let few = scene
                .tables
                .iter()
                .map(|(table, _)| table.points().len())
                .sum::<usize>()
                <= ONSETS;
            let courses = few.then(|| made(&mut prepared.courses, scene, series::Courses::of));
            isoloss::base(&context, courses.as_deref())
        }
        View::Isoflop => isoflop::base(&context),
        View::Frontier => frontier::base(&context),
        View::LossN => loss_nd::base(&context, loss_nd::Over::Params),
        View::LossD => loss_nd::base(&context, loss_nd::Over::Tokens),
        View::LossC => loss_c::base(&context),
        View::Residuals => residuals::base(&context),
        View::Curves => learning::base(&context, &made(&mut prepared.traces, scene, traces::Traces::of)),
        View::Overfit => overfit::base(&context, &made(&mut prepared.courses, scene, series::Courses::of)),
        View::SampleEfficiency => {
            sample_efficiency::base(&context, &made(&mut prepared.courses, scene, series::Courses::of))
        }
    };
    let mut figure = match reducible::floor(view, scene) {
        Some(floor) if figure.empty.is_none() => reducible::lowered(figure, floor),
        _ => figure,
    };
    axes::restyle(&mut figure, scene.axis_style);
    if figure.empty.is_none() {
        figure.equation = equation::lines(view, scene);
        let ghosts = scene.kept.iter().filter(|kept| kept.dash == Dash::Dashed);
        figure
            .legend
            .extend(ghosts.filter_map(|ghost| key_of(ghost, &figure.marks)));
    }
    figure
}

/// The law of an earlier save lies where the law of now is: its name on the line is often without room.
fn key_of(ghost: &KeptLaw<'_>, marks: &[Mark]) -> Option<LegendEntry> {
    let of = format!("kept {}", ghost.name);
    let drawn = |mark: &Mark| matches!(mark, Mark::Line { id, .. } if id.contains(&of));
    marks.iter().any(drawn).then(|| LegendEntry {
        text: format!("law of {}", ghost.name),
        paint: ghost.paint,
        key: LegendKey::Line(ghost.dash),
    })
}

/// What is kept, where the tables are the same; else made and kept.
fn made<T>(kept: &mut Kept<T>, scene: &Scene<'_>, make: impl FnOnce(&[&RunTable]) -> T) -> Arc<T> {
    let tables = || scene.tables.iter().map(|(table, _)| *table);
    // Tables share their columns with the clones kept here, so that equal ones mostly are so at a glance.
    let known = kept.take().filter(|(of, _)| of.iter().eq(tables()));
    let (_, made) = kept.insert(known.unwrap_or_else(|| {
        let made = Arc::new(make(&tables().collect::<Vec<_>>()));
        (tables().cloned().collect(), made)
    }));
    Arc::clone(made)
}

/// The marks that follow the budget, to be drawn over the base. Their ids begin with `budget`.
pub fn draw_budget(view: View, scene: &Scene<'_>) -> Vec<Mark> {
    let context = context::Context::without_runs(scene);
    let marks = match view {
        View::Isoloss => isoloss::budget(&context),
        View::Isoflop => isoflop::budget(&context),
        View::Frontier => frontier::budget(&context),
        View::LossC => loss_c::budget(&context),
        View::Overfit => overfit::budget(&context),
        View::SampleEfficiency => sample_efficiency::budget(&context),
        View::LossN => loss_slice::budget(&context, loss_nd::Over::Params),
        View::LossD => loss_slice::budget(&context, loss_nd::Over::Tokens),
        View::Residuals | View::Curves => vec![],
    };
    match reducible::floor(view, scene) {
        Some(floor) => reducible::lowered_marks(marks, floor),
        None => marks,
    }
}

/// The ranges of x and y that show a base and the star of its budget.
///
/// They are the base's own until a star would leave it; then they grow in steps, so that the view stands still while
/// the budget is dragged by a pixel.
pub fn ranges_with(base: &Figure, budget: &[Mark]) -> ((f64, f64), (f64, f64)) {
    let stars = budget.iter().filter_map(|mark| match mark {
        Mark::Dots {
            dots,
            symbol: super::Symbol::Star,
            ..
        } => Some(dots.iter()),
        _ => None,
    });
    stars.flatten().fold((base.x.range, base.y.range), |(x, y), dot| {
        let grown = |axis: &Axis, range, at| ranges::include(axis.scale, axis.range, range, at);
        // A star that one axis will not follow is out of view; then the other need not make room for it.
        grown(&base.x, x, dot.at[0])
            .zip(grown(&base.y, y, dot.at[1]))
            .unwrap_or((x, y))
    })
}
