//! Work with everything it needs, so that it can run on any thread: read a file, fit, resample.

use super::contents::{Watch, contents_of};
use super::embedded::sha256;
use super::question::{FitInput, FitQuestion};
use super::{
    DataId, DataSet, Earlier, KeptId, Source, TrainFound, TrainKind, TrainWork, TrustFound, TrustKind, TrustWork,
};
use crate::data::RunTable;
use crate::fit::{
    Bootstrap, BootstrapConfig, Curved, FitError, FitReport, IntervalMethod, ProfileCurve, bootstrap, fit, fit_from,
    profile_curve,
};
use crate::import::{
    ContentHash, Found, ImportError, ImportOptions, ImportReport, Preview, Refused, Shape, import_or_show,
};
use crate::lab::LANGUAGE_SOURCE;
use crate::law::Structure;
use crate::plan::SYNTHETIC;
use crate::train::LANGUAGE_ORACLE;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// The bundled runs: simulated from a published law, and labelled so.
const SYNTHETIC_EXAMPLE: &[u8] = include_bytes!("../../assets/examples/synthetic-isoflop.csv");
const LANGUAGE_EXAMPLE: &[u8] = include_bytes!("../../assets/examples/language-sweep.csv");
const REPEATED_EXAMPLE: &[u8] = include_bytes!("../../assets/examples/language-repeated.csv");

/// A file read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Its runs.
    pub table: Arc<RunTable>,
    /// How they were read.
    pub report: ImportReport,
    /// Hash of the bytes.
    pub hash: ContentHash,
    /// Some of its cells.
    pub preview: Preview,
    /// How long reading took.
    pub seconds: f64,
    /// The copy in the project was read, and why.
    pub stand_in: Option<StandIn>,
}

/// Why the copy of a file in the project was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandIn {
    /// The file is not what the project was saved with.
    Changed,
    /// The file cannot be read, in words.
    Missing(String),
}

impl StandIn {
    /// In a sentence, of a file by its name.
    pub fn words(&self, name: &str) -> String {
        let why = match self {
            Self::Changed => "has changed since the project was saved".to_owned(),
            Self::Missing(why) => why.clone(),
        };
        format!("{name} {why}: the copy in the project is read in its place")
    }
}

/// Why a file could not be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{file}: {text}")]
pub struct LoadError {
    /// The file as the user named it.
    pub file: String,
    /// In words.
    pub text: String,
    /// The line that matters.
    pub line: Option<u64>,
    /// Stable name, as of [`crate::import::ImportError::code`].
    pub code: &'static str,
    /// Its columns and cells, where it came to those: what they are can be chosen.
    pub found: Option<Arc<Found>>,
}

impl LoadError {
    /// The file's own name, without its folders.
    pub fn name(&self) -> &str {
        self.file
            .rsplit(['/', '\\'])
            .next()
            .filter(|name| !name.is_empty())
            .unwrap_or("The file")
    }
}

/// Something to do.
#[derive(Debug, Clone)]
pub enum Task {
    /// Read a file.
    Load {
        /// Whose.
        set: DataSet,
        /// Its copy in the project, for where the file is not what it should be.
        kept: Option<Arc<Vec<u8>>>,
    },
    /// Fit.
    Fit {
        /// What.
        input: Arc<FitInput>,
        /// A draft starts here and polishes once; it is for the time of a drag.
        draft_from: Option<Vec<f64>>,
    },
    /// Resample.
    Bootstrap {
        /// What was fitted.
        input: Arc<FitInput>,
        /// The fit.
        report: Box<FitReport>,
        /// How.
        config: BootstrapConfig,
    },
    /// Find intervals without resampling.
    Curve {
        /// What was fitted.
        input: Arc<FitInput>,
        /// The fit.
        report: Box<FitReport>,
        /// By profiles or by curvature.
        method: IntervalMethod,
        /// Their level.
        level: f64,
    },
    /// Fit what was put aside.
    FitKept {
        /// Which.
        id: KeptId,
        /// What.
        input: Arc<FitInput>,
    },
    /// Find an earlier save.
    Since {
        /// Where.
        path: PathBuf,
    },
    /// Ask how far the fit can be trusted.
    Trust(Box<TrustWork>),
    /// Measure this machine and plan trainings, or let a model write.
    Train(Box<TrainWork>),
    /// Move a parameter and let the others follow.
    Profile {
        /// What was fitted.
        input: Arc<FitInput>,
        /// The fit.
        report: Box<FitReport>,
        /// Which parameter.
        index: usize,
        /// Level of its interval.
        level: f64,
    },
}

/// What a task is about; a new one of the same kind makes the old one pointless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// Reading this data set.
    Load(DataId),
    /// Fitting.
    Fit,
    /// Resampling.
    Bootstrap,
    /// Finding intervals without.
    Curve,
    /// Fitting this one that was put aside.
    Kept(KeptId),
    /// Moving a parameter.
    Profile,
    /// Finding the earlier save.
    Since,
    /// Asking how far the fit can be trusted.
    Trust,
    /// A question around trainings.
    Train(TrainKind),
}

/// What a task found, with the question it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Of [`Task::Load`].
    Loaded {
        /// Whose.
        id: DataId,
        /// Read how.
        import: ImportOptions,
        /// The runs.
        result: Result<Loaded, LoadError>,
    },
    /// Of [`Task::Fit`].
    Fitted {
        /// What.
        input: Arc<FitInput>,
        /// A quick answer during a drag.
        draft: bool,
        /// The fit.
        result: Result<FitReport, FitError>,
        /// How long it took.
        seconds: f64,
    },
    /// Of [`Task::Bootstrap`].
    Resampled {
        /// Of which fit.
        question: FitQuestion,
        /// How.
        config: BootstrapConfig,
        /// The replicates.
        result: Result<Bootstrap, FitError>,
        /// How long it took.
        seconds: f64,
    },
    /// Of [`Task::Curve`].
    Curved {
        /// Of which fit.
        question: FitQuestion,
        /// The intervals.
        result: Result<Curved, FitError>,
    },
    /// Of [`Task::FitKept`].
    FittedKept {
        /// Which.
        id: KeptId,
        /// What.
        question: FitQuestion,
        /// The fit.
        result: Result<FitReport, FitError>,
    },
    /// Of [`Task::Since`].
    Since {
        /// Where.
        path: PathBuf,
        /// What it is, or why that is not known.
        result: Result<Arc<Earlier>, String>,
    },
    /// Of [`Task::Trust`].
    Trusted {
        /// Of which fit.
        question: FitQuestion,
        /// Which question about it.
        kind: TrustKind,
        /// What was found.
        result: Result<TrustFound, FitError>,
    },
    /// Of [`Task::Train`].
    Trained(TrainFound),
    /// Of [`Task::Profile`].
    Profiled {
        /// Of which fit.
        question: FitQuestion,
        /// Which parameter.
        index: usize,
        /// The curve; `None` where there is nothing to move.
        result: Result<Option<ProfileCurve>, FitError>,
    },
}

/// Below this many points a fit is done within the frame.
const QUICK_POINTS: usize = 600;

/// The same for a draft, which has one start and that nearby.
const QUICK_DRAFT_POINTS: usize = 10_000;

/// How many times longer laws take that are no sum of powers.
const GENERAL: usize = 20;

impl Task {
    /// What it is about.
    pub fn kind(&self) -> TaskKind {
        match self {
            Self::Load { set, .. } => TaskKind::Load(set.id),
            Self::Fit { .. } => TaskKind::Fit,
            Self::Bootstrap { .. } => TaskKind::Bootstrap,
            Self::Curve { .. } => TaskKind::Curve,
            Self::FitKept { id, .. } => TaskKind::Kept(*id),
            Self::Profile { .. } => TaskKind::Profile,
            Self::Since { .. } => TaskKind::Since,
            Self::Trust(_) => TaskKind::Trust,
            Self::Train(work) => TaskKind::Train(work.kind()),
        }
    }

    /// For the job's row.
    pub fn title(&self) -> String {
        match self {
            Self::Load { set, .. } => format!("Reading {}", set.source.name()),
            Self::Fit { input, .. } => format!("Fitting {} points", input.observations.loss.len()),
            Self::Bootstrap { config, .. } => format!("Bootstrap, {} replicates", config.replicates),
            Self::Curve { method, .. } => format!("Intervals by {}", method.name()),
            Self::FitKept { .. } => "Fitting what was kept".to_owned(),
            Self::Since { path } => format!("Comparing with {}", path.file_stem().unwrap_or_default().display()),
            Self::Trust(work) => match work.kind {
                TrustKind::OtherChoices => "Fitting by other choices".to_owned(),
                TrustKind::Without(_) => "Leaving runs out in turn".to_owned(),
                TrustKind::OtherLaws => "Fitting other laws".to_owned(),
            },
            Self::Train(work) => work.title().to_owned(),
            Self::Profile { report, index, .. } => format!("Profile of {}", report.params[*index].name),
        }
    }

    /// Short enough to be done at once, between two frames.
    pub fn is_quick(&self) -> bool {
        match self {
            Self::Load { set, .. } => set.source.path().is_none(),
            Self::Fit { input, draft_from } => {
                let limit = if draft_from.is_some() {
                    QUICK_DRAFT_POINTS
                } else {
                    QUICK_POINTS
                };
                let structure = input.question.config.law.law().structure();
                let cost = if structure == Structure::General { GENERAL } else { 1 };
                input.observations.loss.len() * cost <= limit
            }
            // Intervals by curvature take no refit.
            Self::Curve { input, method, .. } => {
                *method == IntervalMethod::Delta && input.observations.loss.len() <= QUICK_POINTS
            }
            Self::Bootstrap { .. }
            | Self::FitKept { .. }
            | Self::Profile { .. }
            | Self::Since { .. }
            | Self::Trust(_)
            | Self::Train(_) => false,
        }
    }

    /// Does it. `progress` is told the fraction done and may stop it.
    pub fn run(&self, progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync)) -> Answer {
        let start = Instant::now();
        match self {
            Self::Load { set, kept } => Answer::Loaded {
                id: set.id,
                import: set.import.clone(),
                result: load(set, kept.as_deref(), start, progress),
            },
            Self::Fit { input, draft_from } => {
                let config = &input.question.config;
                let result = match draft_from {
                    Some(theta) => fit_from(config, &input.observations, theta),
                    None => fit(config, &input.observations, &mut |done| progress(done)),
                };
                let seconds = start.elapsed().as_secs_f64();
                Answer::Fitted {
                    input: Arc::clone(input),
                    draft: draft_from.is_some(),
                    result,
                    seconds,
                }
            }
            Self::Bootstrap { input, report, config } => {
                let question = input.question.clone();
                let result = bootstrap(&question.config, &input.observations, report, config, progress);
                let seconds = start.elapsed().as_secs_f64();
                Answer::Resampled {
                    question,
                    config: *config,
                    result,
                    seconds,
                }
            }
            Self::Curve {
                input,
                report,
                method,
                level,
            } => {
                let question = input.question.clone();
                let data = &input.observations;
                let result = Curved::find(&question.config, data, report, *method, *level, &|done| progress(done));
                Answer::Curved { question, result }
            }
            Self::FitKept { id, input } => Answer::FittedKept {
                id: *id,
                question: input.question.clone(),
                result: fit(&input.question.config, &input.observations, &mut |done| progress(done)),
            },
            Self::Since { path } => Answer::Since {
                path: path.clone(),
                result: Earlier::find(path, progress).map(Arc::new),
            },
            Self::Trust(work) => Answer::Trusted {
                question: work.input().question.clone(),
                kind: work.kind,
                result: work.run(progress),
            },
            Self::Train(work) => Answer::Trained(work.run(progress)),
            Self::Profile {
                input,
                report,
                index,
                level,
            } => {
                let question = input.question.clone();
                let result = profile_curve(&question.config, &input.observations, report, *index, *level, &|done| {
                    progress(done)
                });
                Answer::Profiled {
                    question,
                    index: *index,
                    result,
                }
            }
        }
    }
}

/// Simulated runs say so on every figure, whichever file they come in, and runs on the built-in language know the best
/// possible loss: either travels in our own files as the end of their `source`.
fn labelled(table: RunTable, shape: Shape) -> RunTable {
    let sources = table.columns().iter().find(|column| column.name == "source");
    let all = |mark: &str| {
        sources.is_some_and(|column| !column.is_numeric() && column.texts().all(|source| source.ends_with(mark)))
    };
    if shape == Shape::Isoloss && all(SYNTHETIC) {
        table.with_label(SYNTHETIC)
    } else if shape == Shape::Isoloss && all(LANGUAGE_SOURCE) {
        table.with_best_loss(LANGUAGE_ORACLE)
    } else {
        table
    }
}

/// How much of the progress of a load is the reading from the disk.
const READING: f64 = 0.25;

/// The bytes of a file, or those of its copy where it is not what it should be.
fn file_or_copy(
    path: &Path,
    (sha256_of_set, kept): (Option<&str>, Option<&Vec<u8>>),
    progress: Watch<'_>,
) -> Result<(Vec<u8>, Option<StandIn>), ImportError> {
    let read = contents_of(path, progress);
    let (Some(kept), Some(expected)) = (kept, sha256_of_set) else {
        return Ok((read?, None));
    };
    let why = match read {
        Ok(bytes) if sha256(&bytes) == expected => return Ok((bytes, None)),
        Ok(_) => StandIn::Changed,
        Err(ImportError::Cancelled) => return Err(ImportError::Cancelled),
        Err(error) => StandIn::Missing(error.to_string()),
    };
    Ok((kept.clone(), Some(why)))
}

fn load(set: &DataSet, kept: Option<&Vec<u8>>, start: Instant, progress: Watch<'_>) -> Result<Loaded, LoadError> {
    let mut stand_in = None;
    let bundled = |name: &str, bytes: &[u8]| import_or_show(name, bytes.to_vec(), &set.import, progress);
    let imported = match &set.source {
        Source::Example => bundled("synthetic-isoflop.csv", SYNTHETIC_EXAMPLE),
        Source::LanguageExample => bundled("language-sweep.csv", LANGUAGE_EXAMPLE),
        Source::RepeatedExample => bundled("language-repeated.csv", REPEATED_EXAMPLE),
        Source::File(path) => file_or_copy(path, (set.sha256.as_deref(), kept), &|share| progress(READING * share))
            .map_err(Refused::from)
            .and_then(|(contents, why)| {
                stand_in = why;
                let rest = |done: f64| progress(READING + (1.0 - READING) * done);
                import_or_show(&path.to_string_lossy(), contents, &set.import, &rest)
            }),
    };
    // Done either way; there is nothing left to stop.
    let _ = progress(1.0);
    let imported = imported.map_err(|refused| LoadError {
        file: set.source.place(),
        text: refused.error.to_string(),
        line: refused.error.line(),
        code: refused.error.code(),
        found: refused.found.map(Arc::from),
    })?;
    let hash = imported.hash;
    if set.sha256.is_some() {
        // Compared as soon as the runs are shown.
        hash.hex();
    } else {
        let hash = hash.clone();
        rayon::spawn(move || {
            hash.hex();
        });
    }
    Ok(Loaded {
        table: Arc::new(labelled(imported.table, imported.report.shape)),
        report: imported.report,
        hash,
        preview: imported.preview,
        seconds: start.elapsed().as_secs_f64(),
        stand_in,
    })
}
