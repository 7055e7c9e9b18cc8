//! `isoloss train`: one small transformer, trained here; or how fast that would go.

use super::output::{Failure, message, print, print_json};
use super::parse;
use super::progress::Bar;
use super::threads::{interrupted, listen_for_interrupt, on_threads};
use crate::lab::{Benchmark, CorpusChoice, LabError, RunRequest, SAVE_EVERY, Summary, benchmark, duration, run};
use crate::train::{AdamW, BYTES, Schedule, Shape, Step, TrainConfig, TrainError, scaling};
use crate::units::{Flops, Params, Tokens};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Train a small transformer and measure its held-out loss.
///
/// Decoder-only on bytes, N = 12 · layers · width². One learning rate serves every width. The result does not depend on
/// the number of threads.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  isoloss train --out run\n  isoloss train --corpus book.txt --width 128 --layers 4 --tokens 5M --out book\n  \
                  isoloss train --tokens 0.5M,1M,2M,4M --out ladder        one run, measured at four sizes of data\n  \
                  isoloss train --benchmark --width 192 --layers 6 --heads 6\n\n\
                  Ctrl-C stops cleanly; --resume goes on to the same result."
)]
pub(super) struct TrainCommand {
    /// `language` (built in, endless, its entropy known), or a text file, or a folder of them; the last tenth is held out
    #[arg(long, value_name = "TEXT", default_value = "language", value_parser = corpus)]
    corpus: CorpusChoice,
    /// Use only so many different tokens, which then repeat
    #[arg(long, value_name = "U")]
    unique_tokens: Option<Tokens>,
    /// Training tokens; 20 a parameter where not given. Several, ascending, are measured in one run
    #[arg(long, value_name = "D", value_delimiter = ',')]
    tokens: Vec<Tokens>,
    #[command(flatten)]
    model: ModelArgs,
    /// Peak learning rate at width 64; other widths follow by themselves
    #[arg(long, value_name = "X", default_value_t = scaling::LEARNING_RATE, value_parser = parse::positive)]
    lr: f64,
    /// wsd (warm-up, stable, decay), cosine or constant
    #[arg(long, value_name = "SCHEDULE", default_value = "wsd", value_parser = parse::named::<Schedule>)]
    schedule: Schedule,
    /// Seed of the model and of the order of the text
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Threads to work on; all cores where not given. The result does not depend on it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..))]
    threads: Option<u32>,
    /// Folder of the run: configuration, curve, checkpoint, result
    #[arg(long, value_name = "DIR", required_unless_present = "benchmark")]
    out: Option<PathBuf>,
    /// Go on with the unfinished run in DIR, with the configuration that stands there
    #[arg(long)]
    resume: bool,
    /// Time some steps instead
    #[arg(long, conflicts_with_all = ["resume", "unique_tokens"])]
    benchmark: bool,
    /// Steps to time
    #[arg(long, value_name = "K", default_value_t = 30, requires = "benchmark")]
    steps: usize,
    /// Print one JSON object, after one line for each point of the curve
    #[arg(long)]
    pub(super) json: bool,
}

/// The model and its batch.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Model")]
pub(super) struct ModelArgs {
    /// Vocabulary; other than 256 bytes with --benchmark only
    #[arg(long, value_name = "V", default_value_t = BYTES)]
    vocab: usize,
    /// Width of the residual stream
    #[arg(long, value_name = "d", default_value_t = 64)]
    width: usize,
    /// Blocks
    #[arg(long, value_name = "L", default_value_t = 2)]
    layers: usize,
    /// Attention heads a block; a width of 16 each is good
    #[arg(long, value_name = "h", default_value_t = 4)]
    heads: usize,
    /// Tokens a window
    #[arg(long, value_name = "T", default_value_t = 128)]
    context: usize,
    /// Windows a batch
    #[arg(long, value_name = "B", default_value_t = 16)]
    batch: usize,
    /// Parts of a batch that threads share; up to 4 where not given, with --benchmark one a thread. Fixes how sums are
    /// rounded
    #[arg(long, value_name = "K")]
    shards: Option<usize>,
}

/// `language`, or a path.
pub(super) fn corpus(text: &str) -> Result<CorpusChoice, String> {
    Ok(match text {
        "language" => CorpusChoice::Language,
        path => CorpusChoice::Path(PathBuf::from(path)),
    })
}

impl ModelArgs {
    fn shape(&self) -> Shape {
        Shape {
            vocab: self.vocab,
            context: self.context,
            width: self.width,
            layers: self.layers,
            heads: self.heads,
        }
    }
}

impl TrainCommand {
    /// Trains, or times.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let config = self.config();
        config.check().map_err(|error| Failure::usage(error.to_string()))?;
        match &self.out {
            Some(folder) if !self.benchmark => self.train(config, folder.clone()),
            _ => self.time(&config),
        }
    }

    fn config(&self) -> TrainConfig {
        let shape = self.model.shape();
        let tokens = |tokens: &Tokens| tokens.0.ceil() as u64;
        TrainConfig {
            shape,
            batch: self.model.batch,
            shards: self.model.shards.unwrap_or(TrainConfig::shards_of(self.model.batch)),
            tokens: if self.tokens.is_empty() {
                vec![20 * shape.params_non_embedding() as u64]
            } else {
                self.tokens.iter().map(tokens).collect()
            },
            learning_rate: self.lr,
            schedule: self.schedule,
            optimiser: AdamW::default(),
            unique_tokens: self.unique_tokens.as_ref().map(tokens),
            seed: self.seed,
        }
    }

    fn time(&self, config: &TrainConfig) -> Result<(), Failure> {
        let timed = on_threads(self.threads, || {
            // Nothing is to be the same on other machines here, so every thread has one part, where the batch allows it.
            let threads = rayon::current_num_threads();
            let even = config.batch.is_multiple_of(threads).then_some(threads);
            let shards = self.model.shards.or(even).unwrap_or(config.shards);
            benchmark(config.shape, config.batch, shards, self.steps)
        })?;
        if self.json {
            return print_json(&timed);
        }
        let Benchmark {
            tokens_per_second,
            seconds_per_step,
            gflops_per_second,
            ..
        } = timed;
        print(&format!(
            "{tokens_per_second:.0} tokens/s, {:.2} ms a step, {gflops_per_second:.0} GFLOP/s\n",
            1e3 * seconds_per_step
        ))
    }

    fn train(&self, config: TrainConfig, folder: PathBuf) -> Result<(), Failure> {
        let request = RunRequest {
            config,
            corpus: self.corpus.clone(),
            folder,
            resume: self.resume,
            save_every: SAVE_EVERY,
        };
        listen_for_interrupt();
        let json = self.json;
        let outcome = on_threads(self.threads, || {
            let mut bar = Bar::new();
            let outcome = run(&request, &mut |step, tokens_per_second| {
                bar.show(step.done, || {
                    format!("loss {:.4}  {tokens_per_second:.0} tokens/s", step.train_loss)
                });
                // Whoever reads the events may have gone; the run goes on.
                if json {
                    for event in events(step, tokens_per_second) {
                        print_json(&event).ok();
                    }
                }
                if interrupted() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            bar.clear();
            outcome
        })?;
        let summary = outcome.map_err(|error| failure(&error))?;
        let shown = request.folder.display();
        match summary.ended.as_str() {
            "stopped" => Err(Failure::refused(
                "interrupted",
                format!(
                    "stopped after {} tokens, kept in {shown}; --resume goes on",
                    summary.tokens
                ),
            )),
            "diverged" => Err(Failure::refused("diverged", texts(&summary).join("; "))),
            _ => {
                texts(&summary).iter().for_each(|text| message("warning", text));
                if json {
                    print_json(&summary)
                } else {
                    print(&words(&summary))
                }
            }
        }
    }
}

fn texts(summary: &Summary) -> Vec<String> {
    summary.troubles.iter().map(crate::train::Trouble::text).collect()
}

/// What a step has to tell a script.
fn events(step: &Step<'_>, tokens_per_second: f64) -> Vec<Value> {
    let event = |name: &str, value: Value| {
        let mut object = json!({ "event": name, "done": step.done, "tokens_per_second": tokens_per_second });
        if let (Value::Object(object), Value::Object(fields)) = (&mut object, value) {
            object.extend(fields);
        }
        object
    };
    let point = step.point.map(|point| event("point", json!(point)));
    let measured = step.measured.map(|measured| event("measured", json!(measured)));
    point.into_iter().chain(measured).collect()
}

fn words(summary: &Summary) -> String {
    let mut text = String::new();
    for measured in &summary.measured {
        let oracle = measured.oracle_loss.map_or(String::new(), |oracle| {
            format!(
                "  {:.4} above the oracle's {oracle:.4}",
                measured.held_out.loss - oracle
            )
        });
        text.push_str(&format!(
            "loss {:.4} ± {:.4} held out, {:.4} in training  D {}  C {}{oracle}\n",
            measured.held_out.loss,
            measured.held_out.se,
            measured.train_loss,
            Tokens(measured.tokens as f64).short(),
            Flops(measured.flops).short(),
        ));
    }
    text + &format!(
        "N {} without embeddings, {} in all  {}  {:.0} tokens/s\n",
        Params(summary.params_non_embedding as f64).short(),
        Params(summary.params as f64).short(),
        duration(summary.seconds),
        summary.tokens_per_second,
    )
}

/// What the lab refuses, by exit code.
pub(super) fn failure(error: &LabError) -> Failure {
    match error {
        LabError::Corpus { path, reason } => Failure::unreadable(
            "unreadable",
            crate::import::io_reason(reason),
            &path.display().to_string(),
            None,
        ),
        LabError::Write { path, reason } => Failure::unwritable(path, reason),
        LabError::Read { path, reason } => {
            Failure::unreadable("unreadable", reason.clone(), &path.display().to_string(), None)
        }
        LabError::Train(TrainError::Corpus(error)) => Failure::refused("too_little_text", error.to_string()),
        LabError::Train(error) => Failure::usage(error.to_string()),
        LabError::Plan(error) => Failure::usage(error.clone()),
        LabError::Unfinished { .. } => Failure::refused("unfinished_run", error.to_string()),
        LabError::OtherText => Failure::refused("other_text", error.to_string()),
    }
}
