//! `isoloss eval`: the held-out loss of a checkpoint, ours or nanoGPT's.

use super::output::{Failure, print, print_json};
use super::threads::on_threads;
use super::train::{corpus, failure};
use crate::import::io_reason;
use crate::lab::{CorpusChoice, LabError};
use crate::train::checkpoint::read_model;
use crate::train::{BYTES, HeldOut, Packed, Shard, evaluate};
use serde_json::json;
use std::path::PathBuf;

/// Windows that go through at once, and parts that threads share.
const WINDOWS: usize = 8;
const SHARDS: usize = 8;

/// Score a checkpoint on held-out text.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Example:\n  isoloss eval run/model.safetensors --corpus language\n\n\
                  The held-out part of a text is its last tenth, scored in windows of the model's context; of long texts\n\
                  some 262,144 tokens spread evenly.")]
pub(super) struct EvalCommand {
    /// Safetensors under nanoGPT's names, with sizes in the metadata
    #[arg(value_name = "CHECKPOINT.safetensors")]
    checkpoint: PathBuf,
    /// `language`, or a text file, or a folder of them
    #[arg(long, value_name = "TEXT", value_parser = corpus)]
    corpus: CorpusChoice,
    /// Threads to work on; all cores where not given
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..))]
    threads: Option<u32>,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

impl EvalCommand {
    /// Scores.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let file = self.checkpoint.display().to_string();
        let unreadable = |text: String| Failure::unreadable("unreadable", text, &file, None);
        let bytes = std::fs::read(&self.checkpoint).map_err(|error| unreadable(io_reason(&error)))?;
        let parameters = read_model(&bytes).map_err(|error| unreadable(error.to_string()))?;
        let shape = parameters.shape();
        if shape.vocab != BYTES {
            return Err(Failure::refused(
                "not_bytes",
                format!("a vocabulary of {} is not that of bytes, {BYTES}", shape.vocab),
            ));
        }
        let (text, _) = self.corpus.load().map_err(|reason| {
            let path = match &self.corpus {
                CorpusChoice::Language => PathBuf::from("language"),
                CorpusChoice::Path(path) => path.clone(),
            };
            failure(&LabError::Corpus { path, reason })
        })?;
        let held_out = HeldOut::new(&text, shape.context)
            .map_err(|error| Failure::refused("too_little_text", error.to_string()))?;
        let found = on_threads(self.threads, || {
            let mut shards: Vec<Shard<f32>> = (0..SHARDS).map(|_| Shard::new(shape, WINDOWS, false)).collect();
            evaluate(
                &parameters,
                &Packed::of(&parameters),
                &held_out,
                usize::MAX,
                &mut shards,
            )
        })?;
        let oracle = held_out.oracle_loss(held_out.windows());
        if self.json {
            return print_json(&json!({
                "loss": found.loss, "oracle_loss": oracle, "tokens": found.tokens, "se": found.se,
                "unigram_entropy": held_out.unigram_entropy, "params_non_embedding": shape.params_non_embedding(),
            }));
        }
        let oracle = oracle.map_or(String::new(), |oracle| format!(", the oracle's {oracle:.4}"));
        print(&format!(
            "loss {:.4} ± {:.4} nats/token on {} held-out tokens{oracle}\n",
            found.loss, found.se, found.tokens
        ))
    }
}
