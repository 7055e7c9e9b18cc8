//! Everything the user chose, and the one way to change it.
//!
//! [`Session`] holds choices: which files, which law, which budget. It holds no rows and no computed number, so it can
//! be cloned for undo, compared, and saved. What is computed lives in [`Derived`], keyed by the question it answers.
//! [`Workspace`] binds the two: window, command line and tests all drive it.
//!
//! One way round: `Action` → [`apply`] → [`Effect`] → [`Task`] → [`Answer`] → `Derived`.

mod action;
mod card;
mod carried;
mod composition;
mod contents;
mod derived;
mod embedded;
mod exclusion;
mod folder;
mod history;
mod hold_out;
pub mod jobs;
mod kept;
mod live;
mod method;
mod obstacle;
mod picture;
mod plan;
mod prepared;
mod project;
mod question;
mod record;
mod report;
mod saved;
mod scene;
mod since;
mod task;
mod training;
mod trust;
mod validation;
mod workspace;

pub use crate::lab::write_atomically;
pub use action::{
    Action, DataAction, Effect, FigureAction, FigureOf, FitAction, KeptAction, PlanAction, ProjectAction,
    ScenarioAction, TrainAction, ViewAction, apply,
};
pub use card::{CardNumbers, card};
pub use carried::{carried_in, carried_project_in, may_carry, open_saved};
pub use composition::Composition;
pub use derived::{Derived, FitState, Intervals, KeptState, LoadState, ProfileState, intervals_by};
pub use embedded::{Embedded, LARGEST_EMBEDDED};
pub use exclusion::{ByHand, Exclusion, RunKey};
pub use folder::{RUN_ENDINGS, Walk};
pub use history::{Gesture, History};
pub use hold_out::{HeldOut, HoldOutScore};
pub use kept::{Asked, KeptFit, KeptId};
pub use live::LiveNumber;
pub use picture::Picture;
pub use plan::{Aim, BUDGET_RANGE, Counts, Hardware, PlanChoice, Scenario, ScenarioId};
pub use project::{
    OpenedProject, PROJECT_ENDING, PROJECT_VERSION, ProjectError, ProjectFile, is_project, open_project, project_text,
    read_project,
};
pub use question::{FitInput, FitQuestion, LeftOut, TableSelection, logged};
pub use record::{Record, Recorded, RecordedNumber, RecordedRuns};
pub use report::report;
pub use saved::SaveDate;
pub use since::{Basis, Earlier, ExclusionChange, NumberChange, PointChanges, RunPoints, SinceChanges, SinceState};
pub use task::{Answer, LoadError, Loaded, StandIn, Task, TaskKind};
pub use training::{TextSample, TrainChoice, TrainDerived, TrainFound, TrainKind, TrainWork};
pub use trust::{TrustFound, TrustKind, TrustState, TrustWork};
pub use validation::{candidates, groups, readings};
pub use workspace::{Watcher, Workspace};

use crate::data::{Quantities, Selection};
use crate::figure::views::{AxisStyle, IsolossAxis, ResidualAxis, View};
use crate::fit::{BootstrapConfig, FitConfig, IntervalMethod};
use crate::import::ImportOptions;
use crate::law::LawKind;
use crate::units::Flops;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where runs come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The bundled synthetic runs.
    Example,
    /// The bundled sweep of the built-in language.
    LanguageExample,
    /// The bundled curves of models that repeat text.
    RepeatedExample,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// The bundled ones.
    pub const EXAMPLES: [Self; 3] = [Self::LanguageExample, Self::RepeatedExample, Self::Example];

    /// The file, where it is one.
    pub fn path(&self) -> Option<&std::path::Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Example | Self::LanguageExample | Self::RepeatedExample => None,
        }
    }

    /// What opening it does: with an example come a budget and views that its runs can say something of.
    pub fn opened(self) -> Vec<Action> {
        let (budget, views): (_, &[View]) = match &self {
            Self::Example => (Some(5.76e23), &[View::Isoloss, View::Isoflop, View::Frontier]),
            Self::LanguageExample => (Some(1e14), &[View::Isoloss, View::LossC, View::Frontier]),
            Self::RepeatedExample => (Some(1e13), &[View::Curves, View::Overfit]),
            Self::File(_) => (None, &[]),
        };
        let budget = budget.map(|flops| Action::Plan(PlanAction::SetBudget(Flops(flops))));
        let views = views.iter().enumerate().map(|(place, view)| {
            Action::View(if place == 0 {
                ViewAction::Only(*view)
            } else {
                ViewAction::Toggle(*view)
            })
        });
        let open = Action::Data(DataAction::Open(vec![(self, ImportOptions::default())]));
        std::iter::once(open).chain(budget).chain(views).collect()
    }

    /// As the user knows it: a path, or an example's name.
    pub fn place(&self) -> String {
        self.path()
            .map_or_else(|| self.name(), |path| path.display().to_string())
    }

    /// Short name for lists and figures.
    pub fn name(&self) -> String {
        match self {
            Self::Example => "Synthetic example".to_owned(),
            Self::LanguageExample => "Language sweep".to_owned(),
            Self::RepeatedExample => "Repeated text".to_owned(),
            Self::File(path) => path.file_stem().map_or_else(
                || path.display().to_string(),
                |stem| stem.to_string_lossy().into_owned(),
            ),
        }
    }
}

/// Identifies a data set within a session; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DataId(pub u32);

/// A file as the user opened it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSet {
    /// Its identity.
    pub id: DataId,
    /// Where it is.
    pub source: Source,
    /// Corrections to how it is read.
    pub import: ImportOptions,
    /// Drawn and fitted.
    pub shown: bool,
    /// How often it was asked to be read again: opening a file anew reads what it holds now.
    #[serde(default)]
    pub readings: u32,
    /// SHA-256 of what it held when the project was saved; none where it was not saved yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What is fitted, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitChoice {
    /// Law, objective, fixed parameters.
    pub config: FitConfig,
    /// Variable of one-variable laws: a role, a symbol or a column.
    pub x: String,
    /// What is fitted: a role, a symbol or a column.
    pub y: String,
    /// Share of the points, those of largest C, that is kept out of the fit and scored; `None` keeps none out.
    pub hold_out: Option<f64>,
    /// Where intervals come from.
    #[serde(default)]
    pub interval: IntervalMethod,
    /// Resampling behind the intervals that come from it; `None` leaves those out.
    pub bootstrap: Option<BootstrapConfig>,
    /// Level of intervals and bands, such as 0.95.
    pub level: f64,
}

/// What is on the board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ViewChoice {
    /// One to three views, the first the largest.
    pub board: Vec<View>,
    /// Losses over size, data and compute are drawn less the floor of the fit.
    #[serde(default)]
    pub reducible: bool,
    /// How axes are written.
    #[serde(default)]
    pub axis_style: AxisStyle,
    /// Second scales: perplexity, GPU-hours, tokens per parameter.
    #[serde(default)]
    pub second_axes: bool,
    /// Second axis of the isoloss map.
    pub isoloss_axis: IsolossAxis,
    /// What residuals are drawn over.
    #[serde(default)]
    pub residual_axis: ResidualAxis,
    /// Residuals in a strip under the first view.
    #[serde(default)]
    pub residual_strip: bool,
    /// Published laws drawn over, by name.
    pub published: Vec<String>,
    /// Known models drawn over.
    #[serde(default)]
    pub reference_models: bool,
}

/// Everything the user chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Files, in the order they were opened.
    pub data: Vec<DataSet>,
    /// The next [`DataId`].
    pub next_id: u32,
    /// Which runs take part.
    pub selection: Selection,
    /// Which loss, N and C of each run.
    #[serde(default)]
    pub quantities: Quantities,
    /// Files of one study make one table.
    #[serde(default = "joined")]
    pub join: bool,
    /// Runs and points left out by hand.
    #[serde(default)]
    pub exclusions: Vec<Exclusion>,
    /// What is fitted.
    pub fit: FitChoice,
    /// Fits put aside.
    #[serde(default)]
    pub kept: Vec<KeptFit>,
    /// What is asked.
    pub plan: PlanChoice,
    /// Named what-ifs.
    #[serde(default)]
    pub scenarios: Vec<Scenario>,
    /// What is trained here.
    #[serde(default)]
    pub train: TrainChoice,
    /// What is drawn.
    pub view: ViewChoice,
    /// What figures say, and how they leave the program.
    #[serde(default)]
    pub figures: Composition,
    /// The day on which the project was last saved; none where it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<SaveDate>,
    /// The bytes of the files of runs are saved in the project.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub embed: bool,
    /// An earlier save that is compared with; a project, or a picture that carries one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<PathBuf>,
}

/// Sessions from before there was a choice are joined like new ones.
fn joined() -> bool {
    true
}

impl Default for Session {
    /// No data; Chinchilla with Huber 1e-3 on logs.
    fn default() -> Self {
        Self {
            data: vec![],
            next_id: 0,
            selection: Selection::default(),
            quantities: Quantities::default(),
            join: joined(),
            exclusions: vec![],
            fit: FitChoice {
                config: FitConfig::new(LawKind::Chinchilla),
                x: "flops".to_owned(),
                y: "loss".to_owned(),
                hold_out: None,
                interval: IntervalMethod::default(),
                bootstrap: Some(BootstrapConfig {
                    replicates: 1000,
                    seed: 0,
                }),
                level: 0.95,
            },
            kept: vec![],
            plan: PlanChoice::default(),
            scenarios: vec![],
            train: TrainChoice::default(),
            view: ViewChoice {
                board: vec![View::Isoloss, View::Isoflop, View::Frontier],
                reducible: false,
                axis_style: AxisStyle::default(),
                second_axes: false,
                isoloss_axis: IsolossAxis::Tokens,
                residual_axis: ResidualAxis::Params,
                residual_strip: false,
                published: vec!["kaplan".to_owned()],
                reference_models: false,
            },
            figures: Composition::default(),
            saved: None,
            embed: false,
            since: None,
        }
    }
}

impl Session {
    /// The data sets that are drawn and fitted.
    pub fn shown(&self) -> impl Iterator<Item = &DataSet> {
        self.data.iter().filter(|set| set.shown)
    }

    /// A data set by identity.
    pub fn data_set(&self, id: DataId) -> Option<&DataSet> {
        self.data.iter().find(|set| set.id == id)
    }
}
