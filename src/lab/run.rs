//! One training run in a folder: begun, watched, saved every now and then, taken up again.

use super::save::remove_leftovers;
use super::{CorpusChoice, write_atomically};
use crate::train::checkpoint::{CheckpointError, model_bytes, read_state, state_bytes};
use crate::train::{Ended, Evaluation, Measured, Point, State, Step, TrainConfig, TrainError, Trainer, Trouble};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A run that is killed loses no more than this.
pub const SAVE_EVERY: Duration = Duration::from_secs(30);

/// What is to be run, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRequest {
    /// Everything it depends on besides its text.
    pub config: TrainConfig,
    /// Its text.
    pub corpus: CorpusChoice,
    /// Its folder; made where it is missing.
    pub folder: PathBuf,
    /// Go on with what is in the folder, with the configuration there.
    pub resume: bool,
    /// Between two savings; [`SAVE_EVERY`] unless something is to be tried.
    pub save_every: Duration,
}

/// Why a run could not be done.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The text cannot be read.
    #[error("{}: {reason}", path.display())]
    Corpus {
        /// File or folder.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The folder cannot be written.
    #[error("{}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// A file of the folder cannot be used.
    #[error("{}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// There is no such run.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// There is no such sweep.
    #[error("{0}")]
    Plan(String),
    /// The folder is in use.
    #[error("{} holds an unfinished run; --resume goes on with it", folder.display())]
    Unfinished {
        /// Which.
        folder: PathBuf,
    },
    /// The text is not what it was.
    #[error("the text is not the one that this run began with")]
    OtherText,
}

/// `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Description {
    program: String,
    version: String,
    corpus: CorpusChoice,
    corpus_sha256: Option<String>,
    config: TrainConfig,
}

/// `result.json`: what a run measured, or how far it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Held-out loss at the end, nats per token; none before the end.
    pub loss: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// What nothing can beat on that text, where it is known.
    pub oracle_loss: Option<f64>,
    /// Mean over the last batches.
    pub train_loss: Option<f64>,
    /// D.
    pub tokens: u64,
    /// Tokens of the text that were there to be seen; none for endless text.
    pub unique_tokens: Option<u64>,
    /// N = 12 L d².
    pub params_non_embedding: usize,
    /// Every trained number.
    pub params: usize,
    /// Kaplan's exact count with attention, (6 N + 6 L T d) D.
    pub flops: f64,
    /// 6 N D.
    pub flops_6nd: f64,
    /// Every matrix product, the head's included.
    pub flops_with_head: f64,
    /// Wall clock of this session.
    pub seconds: f64,
    /// Tokens a second in this session, evaluations included.
    pub tokens_per_second: f64,
    /// As asked.
    pub seed: u64,
    /// η.
    pub learning_rate: f64,
    /// finished, stopped or diverged.
    pub ended: String,
    /// What is wrong with it.
    pub troubles: Vec<Trouble>,
    /// At each number of tokens of interest.
    pub measured: Vec<Measured>,
}

/// Does a run or the rest of one, on the pool it is called from. `watch` hears of every step and of tokens a second, and
/// may stop the run; what was done by then is on disk.
///
/// # Errors
/// When the text cannot be read, the folder cannot be written or is another run's, or there is no such run.
pub fn run(
    request: &RunRequest,
    watch: &mut dyn FnMut(&Step<'_>, f64) -> ControlFlow<()>,
) -> Result<Summary, LabError> {
    let folder = &request.folder;
    let at = |name: &str| folder.join(name);
    std::fs::create_dir_all(folder).map_err(|reason| LabError::Write {
        path: folder.clone(),
        reason,
    })?;
    if request.resume {
        remove_leftovers(folder);
    }
    let unfinished = at("state.safetensors").exists();
    if unfinished && !request.resume {
        return Err(LabError::Unfinished { folder: folder.clone() });
    }
    let saved: Option<Description> = if request.resume {
        read_json(&at("config.json"))?
    } else {
        None
    };
    let begun = saved.is_some();
    let mut description = saved.unwrap_or_else(|| Description {
        program: "isoloss".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        corpus: request.corpus.clone(),
        corpus_sha256: None,
        config: request.config.clone(),
    });
    if begun && let Some(summary) = finished(folder)? {
        return Ok(summary);
    }
    let (corpus, hash) = description.corpus.load().map_err(|reason| LabError::Corpus {
        path: match &description.corpus {
            CorpusChoice::Language => PathBuf::from("language"),
            CorpusChoice::Path(path) => path.clone(),
        },
        reason,
    })?;
    if begun && description.corpus_sha256 != hash {
        return Err(LabError::OtherText);
    }
    description.corpus_sha256 = hash;
    let config = description.config.clone();
    let mut trainer = if unfinished {
        let state = read_saved_state(&at("state.safetensors"), &config)?;
        Trainer::resume(config, &corpus, state)?
    } else {
        Trainer::new(config, &corpus)?
    };
    let write = |name: &str, bytes: &[u8]| {
        write_atomically(&at(name), bytes).map_err(|reason| LabError::Write { path: at(name), reason })
    };
    if !begun {
        // Nothing of an older run may be taken for this one's.
        for name in ["result.json", "model.safetensors", "curve.csv"] {
            std::fs::remove_file(at(name)).ok();
        }
        write("config.json", &to_json(&description))?;
    }
    let (start, mut tokens) = (Instant::now(), 0_u64);
    let (ended, asked) = loop {
        let (saved, mut asked) = (Instant::now(), false);
        let per_step = trainer.config().tokens_per_step();
        let ended = trainer.run(&mut |step| {
            tokens += per_step;
            asked = watch(step, tokens as f64 / start.elapsed().as_secs_f64()).is_break();
            // What was measured is on disk before anybody is told of the next step.
            if asked || step.measured.is_some() || saved.elapsed() > request.save_every {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        write("curve.csv", curve_csv(&trainer, folder).as_bytes())?;
        if ended == Ended::Finished {
            break (ended, asked);
        }
        write("state.safetensors", &state_bytes(trainer.config(), trainer.state()))?;
        if asked || ended == Ended::Diverged {
            break (ended, asked);
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    let summary = summary(&trainer, ended, seconds, tokens as f64 / seconds.max(1e-9));
    write("model.safetensors", &model_bytes(&trainer.state().parameters))?;
    if !(asked && ended == Ended::Stopped) {
        write("result.json", &to_json(&summary))?;
        std::fs::remove_file(at("state.safetensors")).ok();
    }
    Ok(summary)
}

/// What the run in a folder measured, where it is finished.
///
/// # Errors
/// When there is a result that cannot be read.
pub(super) fn finished(folder: &Path) -> Result<Option<Summary>, LabError> {
    // The state goes last: as long as it is there, the result may be an older run's.
    if folder.join("state.safetensors").exists() || !folder.join("config.json").exists() {
        return Ok(None);
    }
    read_json(&folder.join("result.json"))
}

/// What the unfinished run in a folder has measured so far.
///
/// # Errors
/// When its state cannot be read.
pub(super) fn measured(folder: &Path) -> Result<Vec<Measured>, LabError> {
    let path = folder.join("state.safetensors");
    if !path.exists() {
        return Ok(vec![]);
    }
    let wrong = |reason: String| LabError::Read {
        path: path.clone(),
        reason,
    };
    let bytes = std::fs::read(&path).map_err(|reason| wrong(reason.to_string()))?;
    let (_, state) = read_state(&bytes).map_err(|reason| wrong(reason.to_string()))?;
    Ok(state.progress.measured)
}

/// The text that the run in a folder was trained on.
///
/// # Errors
/// When its configuration cannot be read.
pub(super) fn corpus_of(folder: &Path) -> Result<Option<CorpusChoice>, LabError> {
    let description: Option<Description> = read_json(&folder.join("config.json"))?;
    Ok(description.map(|description| description.corpus))
}

fn read_saved_state(path: &Path, config: &TrainConfig) -> Result<State, LabError> {
    let wrong = |reason: String| LabError::Read {
        path: path.to_owned(),
        reason,
    };
    let bytes = std::fs::read(path).map_err(|reason| wrong(reason.to_string()))?;
    let (saved, state) = read_state(&bytes).map_err(|reason: CheckpointError| wrong(reason.to_string()))?;
    if saved == *config {
        Ok(state)
    } else {
        Err(wrong("it belongs to another configuration".to_owned()))
    }
}

pub(super) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, LabError> {
    let wrong = |reason: String| LabError::Read {
        path: path.to_owned(),
        reason,
    };
    match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(error.to_string())),
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| wrong(error.to_string())),
    }
}

pub(super) fn to_json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("names and numbers have a JSON form");
    bytes.push(b'\n');
    bytes
}

fn summary(trainer: &Trainer, ended: Ended, seconds: f64, tokens_per_second: f64) -> Summary {
    let (shape, progress) = (trainer.config().shape, &trainer.state().progress);
    let last = progress.measured.last().filter(|_| ended == Ended::Finished);
    let point = progress.curve.last();
    let tokens = last
        .map(|last| last.tokens)
        .or(point.map(|point| point.tokens))
        .unwrap_or(0);
    let held_out: Option<Evaluation> = last.map(|last| last.held_out);
    Summary {
        loss: held_out.map(|held_out| held_out.loss),
        se: held_out.map(|held_out| held_out.se).filter(|se| se.is_finite()),
        oracle_loss: last.and_then(|last| last.oracle_loss),
        train_loss: last.map(|last| last.train_loss).or(point.map(|point| point.train_loss)),
        tokens,
        unique_tokens: trainer.unique_tokens(),
        params_non_embedding: shape.params_non_embedding(),
        params: shape.params_total(),
        flops: tokens as f64 * shape.flops_per_token(),
        flops_6nd: tokens as f64 * 6.0 * shape.params_non_embedding() as f64,
        flops_with_head: tokens as f64 * shape.flops_per_token_with_head(),
        seconds,
        tokens_per_second,
        seed: trainer.config().seed,
        learning_rate: trainer.config().learning_rate,
        ended: match ended {
            Ended::Finished => "finished",
            Ended::Stopped => "stopped",
            Ended::Diverged => "diverged",
        }
        .to_owned(),
        troubles: trainer.troubles(),
        measured: progress.measured.clone(),
    }
}

/// What is added to a run's name where it was measured on a branch that ends at so many tokens.
pub(super) fn branch_suffix(tokens: u64) -> String {
    format!("-at-{tokens}")
}

/// The curve as a table; branches are runs of their own. Held-out losses on all of the text stand at their ends.
fn curve_csv(trainer: &Trainer, folder: &Path) -> String {
    let (config, progress) = (trainer.config(), &trainer.state().progress);
    let name = folder.file_name().map_or("run".into(), |name| name.to_string_lossy());
    let name = name.replace([',', '"', '\n'], "_");
    let mut text =
        "run,params,params_non_embedding,step,tokens,unique_tokens,flops,loss,loss_se,train_loss,lr,grad_norm\n"
            .to_owned();
    let unique = trainer
        .unique_tokens()
        .map_or(String::new(), |unique| unique.to_string());
    for point in &progress.curve {
        let Point { step, tokens, .. } = point;
        let (params, matrices) = (config.shape.params_total(), config.shape.params_non_embedding());
        let branch = point.branch.map_or(String::new(), branch_suffix);
        let flops = *tokens as f64 * config.shape.flops_per_token();
        let ends = progress
            .measured
            .iter()
            .find(|measured| measured.tokens == *tokens && point.branch.is_none_or(|end| end == *tokens));
        let (loss, se) = match ends.map(|measured| measured.held_out).or(point.held_out) {
            Some(Evaluation { loss, se, .. }) => (loss.to_string(), se.to_string()),
            None => (String::new(), String::new()),
        };
        let Point {
            train_loss,
            learning_rate,
            gradient_norm,
            ..
        } = point;
        writeln!(
            text,
            "{name}{branch},{params},{matrices},{step},{tokens},{unique},{flops},{loss},{se},{train_loss},{learning_rate},{gradient_norm}"
        )
        .expect("a String takes everything");
    }
    text
}
