//! Trainings on this machine: what the user chose, and the work around them that answers a question. The trainings
//! themselves are a [`crate::lab::Queue`], which the window owns.

use crate::lab::{Budget, CorpusChoice, Design, Planned, Speeds, plan, sample};
use crate::units::Tokens;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// What the user chose to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainChoice {
    /// The text.
    pub corpus: CorpusChoice,
    /// What the runs are for.
    #[serde(default)]
    pub design: Design,
    /// What all runs may cost.
    pub budget: Budget,
    /// Of models and text.
    pub seed: u64,
    /// Text limited to so many tokens, which repeat.
    pub unique_tokens: Option<Tokens>,
    /// The runs that would be done, as they were planned and then edited.
    pub runs: Vec<Planned>,
}

impl Default for TrainChoice {
    /// Ten minutes of the built-in language; nothing is planned.
    fn default() -> Self {
        Self {
            corpus: CorpusChoice::Language,
            design: Design::Law,
            budget: Budget::Seconds(600.0),
            seed: 0,
            unique_tokens: None,
            runs: vec![],
        }
    }
}

impl TrainChoice {
    /// The limit of the text in whole tokens.
    pub fn unique_limit(&self) -> Option<u64> {
        self.unique_tokens.map(|tokens| tokens.0 as u64)
    }
}

/// A question around trainings.
#[derive(Debug, Clone)]
pub enum TrainWork {
    /// How fast is this machine, and which runs does a budget allow?
    Plan {
        /// What was chosen.
        choice: TrainChoice,
        /// Runs side by side.
        jobs: usize,
    },
    /// What does a model write?
    Sample {
        /// Its run's folder.
        folder: PathBuf,
        /// Of the draw.
        seed: u64,
    },
}

/// Which question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainKind {
    /// [`TrainWork::Plan`].
    Plan,
    /// [`TrainWork::Sample`].
    Sample,
}

/// An answer.
#[derive(Debug, Clone)]
pub enum TrainFound {
    /// Of [`TrainWork::Plan`].
    Planned {
        /// Of this machine.
        speeds: Speeds,
        /// The runs.
        runs: Vec<Planned>,
    },
    /// Of [`TrainWork::Sample`].
    Sample(TextSample),
    /// It was cancelled.
    Nothing,
}

/// What a model wrote, or why it did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSample {
    /// Its run's folder.
    pub folder: PathBuf,
    /// Of the draw.
    pub seed: u64,
    /// The text.
    pub result: Result<String, String>,
}

/// What is known around trainings.
#[derive(Debug, Clone, Default)]
pub struct TrainDerived {
    /// Of this machine, once they were measured.
    pub speeds: Option<Speeds>,
    /// What a model wrote last.
    pub sample: Option<TextSample>,
    /// Curves of what is trained here.
    pub live: Option<crate::data::RunTable>,
}

/// Bytes that a model is asked to write.
const SAMPLE_BYTES: usize = 200;

impl TrainWork {
    /// Which question.
    pub fn kind(&self) -> TrainKind {
        match self {
            Self::Plan { .. } => TrainKind::Plan,
            Self::Sample { .. } => TrainKind::Sample,
        }
    }

    /// For the job's row.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Plan { .. } => "Measuring this machine",
            Self::Sample { .. } => "Sampling text",
        }
    }

    /// Does it.
    pub(super) fn run(&self, progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync)) -> TrainFound {
        match self {
            Self::Plan { choice, jobs } => {
                let Some(speeds) = Speeds::measure(choice.budget, *jobs, progress) else {
                    return TrainFound::Nothing;
                };
                let mut runs = plan(choice.design, choice.budget, &choice.corpus, &speeds, *jobs).runs;
                for run in &mut runs {
                    run.seed += choice.seed;
                    if choice.design != Design::Overfit {
                        run.unique_tokens = choice.unique_limit();
                    }
                }
                TrainFound::Planned { speeds, runs }
            }
            Self::Sample { folder, seed } => TrainFound::Sample(TextSample {
                folder: folder.clone(),
                seed: *seed,
                result: sample(folder, SAMPLE_BYTES, *seed).map_err(|error| error.to_string()),
            }),
        }
    }
}

impl TrainDerived {
    /// Takes in an answer; says whether there was one.
    pub(super) fn accept(&mut self, found: TrainFound) -> bool {
        match found {
            TrainFound::Planned { speeds, .. } => self.speeds = Some(speeds),
            TrainFound::Sample(sample) => self.sample = Some(sample),
            TrainFound::Nothing => return false,
        }
        true
    }
}
