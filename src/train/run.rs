//! One run: steps, looks at held-out text, branches, and a state that can be taken up again.
//!
//! A batch of B windows is cut into a fixed number of shards, which is part of the configuration. Threads only decide who
//! computes which shard, and everything that is added up is added up in one order, so that a run is the same to the last
//! bit for any number of threads.
//!
//! With wsd and several numbers of tokens, a run is one stable part and a branch with its own decay for each: the state at
//! the fork is kept, the branch runs to its end and is measured, and the stable part goes on from the fork.

use super::curve::{diverged, troubles};
use super::{
    AdamW, BYTES, Batch, Corpus, CorpusError, Evaluation, HeldOut, Measured, Optimiser, Point, Schedule, Shape,
    ShapeError, Tensors, Trouble, Windows, scaling,
};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// Looks at the held-out text on the way; more where text repeats, to see the loss turn. Either divides [`POINTS`].
const LOOKS: u64 = 16;
const LOOKS_REPEATED: u64 = 64;
/// Points of the curve of train losses.
const POINTS: u64 = 128;
/// Tokens of a look: part of the run's own, within these.
const LOOK_TOKENS: [u64; 2] = [4096, 32_768];

/// Everything a run depends on besides its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// The model.
    pub shape: Shape,
    /// B, windows a batch.
    pub batch: usize,
    /// Parts of a batch; fixes how sums are rounded. Divides `batch`.
    pub shards: usize,
    /// Numbers of tokens at which the run is measured, ascending; it ends at the last. Rounded up to whole batches.
    pub tokens: Vec<u64>,
    /// η, the peak learning rate at the base width.
    pub learning_rate: f64,
    /// How it rises and falls.
    pub schedule: Schedule,
    /// The optimiser's other numbers.
    pub optimiser: AdamW,
    /// Text limited to so many tokens, which repeat.
    pub unique_tokens: Option<u64>,
    /// Seed of the model and of the text.
    pub seed: u64,
}

/// Why there is no such run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// No such model.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// No such text.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// Something else is out of range.
    #[error("{0}")]
    Setting(String),
    /// A state of another run.
    #[error("the saved state does not belong to this run: {0}")]
    State(String),
}

impl TrainConfig {
    /// The most shards of a batch up to four: enough for the cores of most machines, and large enough to be worth it.
    pub fn shards_of(batch: usize) -> usize {
        [4, 3, 2]
            .into_iter()
            .find(|shards| batch.is_multiple_of(*shards))
            .unwrap_or(1)
    }

    /// Tokens a step.
    pub fn tokens_per_step(&self) -> u64 {
        (self.batch * self.shape.context) as u64
    }

    /// Steps of each measurement.
    fn ends(&self) -> Vec<u64> {
        let ends = self.tokens.iter().map(|tokens| tokens.div_ceil(self.tokens_per_step()));
        let mut ends: Vec<u64> = ends.collect();
        ends.dedup();
        ends
    }

    /// Whether there is such a run.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn check(&self) -> Result<(), TrainError> {
        self.shape.check()?;
        let wrong = |text: &str| Err(TrainError::Setting(text.to_owned()));
        if self.batch == 0 {
            return wrong("batch must be at least 1");
        }
        if self.shards == 0 || !self.batch.is_multiple_of(self.shards) {
            return wrong("shards must divide the batch");
        }
        if self.tokens.is_empty() || self.tokens[0] == 0 || !self.tokens.is_sorted() {
            return wrong("tokens must be positive and ascending");
        }
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return wrong("the learning rate must be a positive number");
        }
        if self.tokens.len() > 1 && self.schedule == Schedule::Cosine {
            return wrong("a cosine knows one end only; use wsd or constant for several numbers of tokens");
        }
        Ok(())
    }
}

/// A stretch of steps under one learning-rate schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    from: u64,
    to: u64,
    /// Total steps that its schedule is for; none on the stable part.
    of: Option<u64>,
    /// Whether its end is a measurement.
    measured: bool,
    /// Whether the state at its beginning is returned to afterwards.
    forks: bool,
}

/// The stretches of a run, in the order in which they are done.
fn segments(schedule: Schedule, ends: &[u64]) -> Vec<Segment> {
    let mut segments = vec![];
    let mut at = 0;
    for (index, end) in ends.iter().enumerate() {
        let last = index + 1 == ends.len();
        if schedule == Schedule::Wsd && ends.len() > 1 {
            let fork = end - Schedule::decay(*end);
            segments.push(Segment {
                from: at,
                to: fork,
                of: None,
                measured: false,
                forks: false,
            });
            segments.push(Segment {
                from: fork,
                to: *end,
                of: Some(*end),
                measured: true,
                forks: !last,
            });
            at = fork;
        } else {
            segments.push(Segment {
                from: at,
                to: *end,
                of: Some(*end),
                measured: true,
                forks: false,
            });
            at = *end;
        }
    }
    segments.retain(|segment| segment.measured || segment.to > segment.from);
    segments
}

/// What changes while a run goes on: all that a later one needs to go on from here, to the same bits.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The model.
    pub parameters: Tensors<f32>,
    /// Its moments.
    pub optimiser: Optimiser<f32>,
    /// Both at the fork that the present branch will return to.
    pub kept: Option<Box<(Tensors<f32>, Optimiser<f32>)>>,
    /// The rest.
    pub progress: Progress,
}

/// The part of a state that is no tensor.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Progress {
    segment: usize,
    /// Steps from the beginning of the run, on the present path.
    step: u64,
    /// Steps done altogether, branches included.
    work: u64,
    /// Σ loss and steps since the last point.
    since: (f64, u64),
    /// Losses of recent batches, oldest first.
    recent: Vec<f64>,
    /// The curve so far.
    pub curve: Vec<Point>,
    /// What was measured so far.
    pub measured: Vec<Measured>,
    diverged: Option<u64>,
}

/// One step, for whoever watches.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Steps from the beginning of the run.
    pub step: u64,
    /// Tokens seen on the way here.
    pub tokens: u64,
    /// Part of all the work that is done, branches included, 0 … 1.
    pub done: f64,
    /// Mean loss of the batch.
    pub train_loss: f64,
    /// The point of the curve that this step made.
    pub point: Option<&'a Point>,
    /// The measurement that this step made.
    pub measured: Option<&'a Measured>,
}

/// How [`Trainer::run`] came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With everything done.
    Finished,
    /// Because the watcher asked; it can be called again.
    Stopped,
    /// Because the loss blew up.
    Diverged,
}

/// A run with its text and buffers.
#[derive(Debug, Clone)]
pub struct Trainer {
    config: TrainConfig,
    windows: Windows,
    held_out: HeldOut,
    segments: Vec<Segment>,
    batch: Batch,
    state: State,
}

impl Trainer {
    /// A run before its first step.
    ///
    /// # Errors
    /// When there is no such model or too little text.
    pub fn new(config: TrainConfig, corpus: &Corpus) -> Result<Self, TrainError> {
        config.check()?;
        let shape = config.shape;
        let state = State {
            parameters: scaling::initial(shape, config.seed),
            optimiser: Optimiser::new(shape),
            kept: None,
            progress: Progress::default(),
        };
        Self::resume(config, corpus, state)
    }

    /// A run that goes on from a state.
    ///
    /// # Errors
    /// As [`Self::new`], and when the state is that of another model.
    pub fn resume(config: TrainConfig, corpus: &Corpus, state: State) -> Result<Self, TrainError> {
        config.check()?;
        let (shape, context) = (config.shape, config.shape.context);
        let segments = segments(config.schedule, &config.ends());
        if shape.vocab != BYTES {
            return Err(TrainError::Setting(format!(
                "text is bytes: a vocabulary of {BYTES}, not of {}",
                shape.vocab
            )));
        }
        if state.parameters.shape() != shape {
            return Err(TrainError::State("its model has another shape".to_owned()));
        }
        if state.progress.segment > segments.len() {
            return Err(TrainError::State("it is further than this run goes".to_owned()));
        }
        let windows = Windows::new(corpus.clone(), context, config.unique_tokens, config.seed)?;
        let held_out = HeldOut::new(corpus, context)?;
        Ok(Self {
            batch: Batch::new(shape, config.batch, config.shards),
            config,
            windows,
            held_out,
            segments,
            state,
        })
    }

    /// As it was made.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// Where it is.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The held-out text.
    pub fn held_out(&self) -> &HeldOut {
        &self.held_out
    }

    /// Tokens of one epoch; none for endless text.
    pub fn unique_tokens(&self) -> Option<u64> {
        self.windows.unique_tokens()
    }

    /// What is wrong with the run so far.
    pub fn troubles(&self) -> Vec<Trouble> {
        let progress = &self.state.progress;
        let mut found: Vec<Trouble> = progress
            .diverged
            .map(|step| Trouble::Diverged { step })
            .into_iter()
            .collect();
        found.extend(troubles(
            self.config.shape,
            &progress.curve,
            progress.measured.last(),
            self.held_out.unigram_entropy,
            self.unique_tokens(),
        ));
        found
    }

    /// Steps of all the work, branches included.
    pub fn steps(&self) -> u64 {
        self.segments.iter().map(|segment| segment.to - segment.from).sum()
    }

    /// Goes on until the end or until `watch`, which hears of every step, breaks.
    pub fn run(&mut self, watch: &mut dyn FnMut(&Step<'_>) -> ControlFlow<()>) -> Ended {
        let steps = self.steps();
        while let Some(segment) = self.segments.get(self.state.progress.segment).copied() {
            if self.state.progress.diverged.is_some() {
                return Ended::Diverged;
            }
            if segment.forks && self.state.kept.is_none() {
                let state = &self.state;
                self.state.kept = Some(Box::new((state.parameters.clone(), state.optimiser.clone())));
            }
            let (loss, gradient_norm, learning_rate) = self.step(segment);
            let progress = &mut self.state.progress;
            progress.step += 1;
            progress.work += 1;
            progress.recent.push(loss);
            let most_recent = (steps / 20).clamp(20, 1000) as usize;
            if progress.recent.len() > most_recent {
                progress.recent.remove(0);
            }
            if diverged(&progress.recent, self.config.shape) {
                progress.diverged = Some(progress.step);
                return Ended::Diverged;
            }
            progress.since.0 += loss;
            progress.since.1 += 1;
            let ends = progress.step == segment.to;
            let point = self.point(segment, ends, gradient_norm, learning_rate);
            let measured = ends && segment.measured;
            if measured {
                self.measure();
            }
            if ends {
                self.next_segment(segment);
            }
            let progress = &self.state.progress;
            let here = if ends { segment.to } else { progress.step };
            let step = Step {
                step: here,
                tokens: here * self.config.tokens_per_step(),
                done: progress.work as f64 / steps as f64,
                train_loss: loss,
                point: progress.curve.last().filter(|_| point),
                measured: progress.measured.last().filter(|_| measured),
            };
            if watch(&step).is_break() {
                let finished = progress.segment == self.segments.len();
                return if finished { Ended::Finished } else { Ended::Stopped };
            }
        }
        Ended::Finished
    }

    /// One step of the optimiser; hands back the batch's loss, ‖g‖ and η.
    fn step(&mut self, segment: Segment) -> (f64, f64, f64) {
        let (config, progress) = (&self.config, &self.state.progress);
        let warm_up = Schedule::warm_up(
            config.shape.params_non_embedding() as f64,
            config.tokens_per_step() as f64,
            config.ends()[0],
        );
        // The stable part goes on for ever, as far as its learning rate is concerned.
        let share = match segment.of {
            Some(steps) => config.schedule.share(progress.step, steps, warm_up),
            None => Schedule::Constant.share(progress.step, segment.to, warm_up),
        };
        let learning_rate = config.learning_rate * share;
        let (first, windows) = (progress.step * config.batch as u64, &self.windows);
        let state = &mut self.state;
        let (loss, norm) = self.batch.step(
            &mut state.parameters,
            &mut state.optimiser,
            config.optimiser,
            learning_rate,
            |number, window| windows.fill(first + number as u64, window),
        );
        (loss, norm, learning_rate)
    }

    /// Adds a point to the curve where it is time for one.
    fn point(&mut self, segment: Segment, ends: bool, gradient_norm: f64, learning_rate: f64) -> bool {
        let steps = self.steps();
        let work = self.state.progress.work;
        let due = |times: u64| work * times / steps != (work - 1) * times / steps;
        if !(ends || due(POINTS)) {
            return false;
        }
        // Every path is looked at where it ends, so that curves have their last point.
        let looks = match self.config.unique_tokens {
            Some(_) => LOOKS_REPEATED,
            None => LOOKS,
        };
        let held_out = (due(looks) || ends).then(|| {
            let tokens = (steps * self.config.tokens_per_step() / 64).clamp(LOOK_TOKENS[0], LOOK_TOKENS[1]);
            self.evaluate((tokens as usize).div_ceil(self.config.shape.context))
        });
        let progress = &mut self.state.progress;
        progress.curve.push(Point {
            step: progress.step,
            tokens: progress.step * self.config.tokens_per_step(),
            branch: segment
                .of
                .filter(|_| self.segments.len() > 1)
                .map(|end| end * self.config.tokens_per_step()),
            learning_rate,
            train_loss: progress.since.0 / progress.since.1 as f64,
            gradient_norm,
            held_out,
        });
        progress.since = (0.0, 0);
        true
    }

    fn measure(&mut self) {
        let held_out = self.evaluate(usize::MAX);
        let progress = &mut self.state.progress;
        let tokens = progress.step * self.config.tokens_per_step();
        progress.measured.push(Measured {
            tokens,
            flops: tokens as f64 * self.config.shape.flops_per_token(),
            held_out,
            train_loss: progress.recent.iter().sum::<f64>() / progress.recent.len() as f64,
            oracle_loss: self.held_out.oracle_loss(self.held_out.windows()),
            unique_tokens: self.windows.unique_tokens(),
        });
    }

    fn evaluate(&mut self, windows: usize) -> Evaluation {
        self.batch.evaluate(&self.state.parameters, &self.held_out, windows)
    }

    fn next_segment(&mut self, done: Segment) {
        let state = &mut self.state;
        state.progress.segment += 1;
        if done.forks
            && let Some(kept) = state.kept.take()
        {
            (state.parameters, state.optimiser) = *kept;
            state.progress.step = done.from;
        }
    }
}
