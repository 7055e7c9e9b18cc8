//! `isoloss sweep`: a plan of small models for a budget, trained side by side into a run table.

use super::output::{Failure, count, message, print, print_json};
use super::parse;
use super::progress::Bar;
use super::threads::{interrupted, listen_for_interrupt};
use super::train::{corpus, failure};
use crate::import::io_reason;
use crate::lab::{
    Budget, CorpusChoice, Design, Pace, Planned, SAVE_EVERY, Speeds, Summary, SweepPlan, duration, findings, plan,
    sweep, write_plan,
};
use crate::units::{Flops, Params, Tokens};
use serde_json::json;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Plan and train a sweep of small models; its runs.csv is a table to fit.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  isoloss sweep --budget 5min --out sweep\n  isoloss sweep --budget 1e14 --plan-only --out sweep\n  \
                  isoloss sweep --budget 5min --design overfit --out repeated\n  \
                  isoloss sweep --out sweep --resume\n  isoloss fit sweep/runs.csv --law chinchilla\n\n\
                  plan.json may be edited, or written by hand: {\"runs\":[{\"name\",\"width\",\"layers\",\"tokens\",\"seed\"}]}. \
                  \"branches\", fewer tokens,\nare measured on the way, each after a decay of its own."
)]
pub(super) struct SweepCommand {
    /// A time of this machine, measured briefly (90s, 5min, 1h), or training FLOP (1e14)
    #[arg(long, value_name = "TIME|C", value_parser = str::parse::<Budget>, conflicts_with = "plan", required_unless_present_any = ["plan", "resume"])]
    budget: Option<Budget>,
    /// What the runs are for: `law`, sizes times tokens for the joint law; `shape`, depth against width at one size; `overfit`,
    /// sizes on text that repeats
    #[arg(long, value_name = "DESIGN", default_value = "law", value_parser = parse::named::<Design>, conflicts_with = "plan")]
    design: Design,
    /// The runs to do, instead of a budget
    #[arg(long, value_name = "plan.json")]
    plan: Option<PathBuf>,
    /// Write plan.json and stop there
    #[arg(long)]
    plan_only: bool,
    /// `language` where nothing is given and the plan names none; or a text file, or a folder of them
    #[arg(long, value_name = "TEXT", value_parser = corpus)]
    corpus: Option<CorpusChoice>,
    /// Runs side by side, one thread each; as many as there are cores where not given
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: Option<u32>,
    /// Seconds between two savings of a run, which is what it loses when it is killed
    #[arg(long, value_name = "SECONDS", value_parser = parse::positive, hide = true)]
    save_every: Option<f64>,
    /// Folder of the sweep: plan.json, runs.csv and one folder a run
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Go on with the plan in DIR; what is finished stays
    #[arg(long)]
    resume: bool,
    /// Print one JSON object, after one line for each run
    #[arg(long)]
    pub(super) json: bool,
}

impl SweepCommand {
    /// Plans, writes the plan, and does it.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let jobs = self.jobs.map_or_else(rayon::current_num_threads, |jobs| jobs as usize);
        let path = self.out.join("plan.json");
        let plan = self.plan(&path, jobs)?;
        if plan.runs.is_empty() {
            return Err(Failure::refused(
                "budget_too_small",
                "not one of the models can be trained within this budget",
            ));
        }
        plan.check().map_err(|error| failure(&error))?;
        write_plan(&plan, &self.out).map_err(|error| failure(&error))?;
        if self.plan_only {
            return if self.json {
                print_json(&plan)
            } else {
                print(&words(&plan.runs))
            };
        }
        let corpus = plan.corpus.clone().unwrap_or(CorpusChoice::Language);
        self.train(&plan, &corpus, jobs)
    }

    fn plan(&self, path: &Path, jobs: usize) -> Result<SweepPlan, Failure> {
        let from = match &self.plan {
            Some(given) => Some(given.as_path()),
            None => Some(path).filter(|path| self.resume && path.exists()),
        };
        let chosen = self.corpus.clone().unwrap_or(CorpusChoice::Language);
        let Some(from) = from else {
            let Some(budget) = self.budget else {
                return Err(Failure::usage("there is no plan.json to resume; give --budget"));
            };
            if !self.resume && self.out.join("runs.csv").exists() {
                let text = format!("{} holds a sweep; --resume goes on with it", self.out.display());
                return Err(Failure::refused("unfinished_run", text));
            }
            // Compute needs no clock.
            let speeds = match budget {
                Budget::Flops(_) => Speeds::default(),
                Budget::Seconds(_) => Speeds::measure(budget, jobs, &|_| ControlFlow::Continue(())).unwrap_or_default(),
            };
            return Ok(plan(self.design, budget, &chosen, &speeds, jobs));
        };
        let unreadable = |text: String| Failure::unreadable("unreadable", text, &from.display().to_string(), None);
        let bytes = std::fs::read(from).map_err(|error| unreadable(io_reason(&error)))?;
        let mut plan: SweepPlan = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
        if self.corpus.is_some() || plan.corpus.is_none() {
            plan.corpus = Some(chosen);
        }
        Ok(plan)
    }

    fn train(&self, plan: &SweepPlan, corpus: &CorpusChoice, jobs: usize) -> Result<(), Failure> {
        listen_for_interrupt();
        let (start, bar) = (Instant::now(), Mutex::new(Bar::new()));
        let pace = Pace {
            jobs,
            save_every: self
                .save_every
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .unwrap_or(SAVE_EVERY),
        };
        let outcome = sweep(plan, corpus, &self.out, pace, &|swept| {
            if let Ok(mut bar) = bar.lock() {
                bar.show(swept.done, || swept.name.to_owned());
                if let (Some(summary), true) = (swept.finished, self.json) {
                    print_json(&event(swept.name, summary)).ok();
                }
            }
            if interrupted() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if let Ok(bar) = bar.lock() {
            bar.clear();
        }
        let done = outcome.map_err(|error| failure(&error))?;
        let kept = format!(
            "{} of {} in {}",
            done.len(),
            count(plan.runs.len(), "run"),
            self.out.display()
        );
        if done.len() < plan.runs.len() {
            return Err(Failure::refused(
                "interrupted",
                format!("stopped with {kept}; --resume goes on"),
            ));
        }
        for (name, summary) in &done {
            for trouble in &summary.troubles {
                message("warning", &format!("{name}: {}", trouble.text()));
            }
        }
        let finished = |planned: &Planned| {
            let named = done.iter().find(|(name, _)| *name == planned.name);
            named.map(|(_, summary)| summary)
        };
        let finished = plan
            .runs
            .iter()
            .filter_map(|planned| Some((planned, finished(planned)?)));
        let found: Vec<String> = findings(finished).iter().map(ToString::to_string).collect();
        let seconds = start.elapsed().as_secs_f64();
        if self.json {
            let flops: f64 = done.iter().map(|(_, summary)| summary.flops).sum();
            let csv = self.out.join("runs.csv").display().to_string();
            return print_json(
                &json!({ "runs": done.len(), "flops": flops, "seconds": seconds, "csv": csv, "findings": found }),
            );
        }
        let found: String = found.iter().map(|finding| format!("{finding}\n")).collect();
        print(&format!("{kept} after {}\n{found}", duration(seconds)))
    }
}

fn event(name: &str, summary: &Summary) -> serde_json::Value {
    json!({
        "event": "run", "name": name, "loss": summary.loss, "tokens": summary.tokens,
        "params_non_embedding": summary.params_non_embedding, "flops": summary.flops, "seconds": summary.seconds,
        "ended": summary.ended,
    })
}

/// `, measured at 4 fewer D too`, where a run is measured on the way.
fn branches(run: &Planned) -> String {
    match run.branches.len() {
        0 => String::new(),
        count => format!(", measured at {count} fewer D too"),
    }
}

fn words(runs: &[Planned]) -> String {
    let line = |run: &Planned| {
        let shape = run.config().shape;
        format!(
            "{:24} N {:>6}  D {:>6}  C {}\n",
            run.name,
            Params(shape.params_non_embedding() as f64).short(),
            Tokens(run.tokens as f64).short(),
            Flops(run.flops()).short() + &branches(run)
        )
    };
    runs.iter().map(line).collect()
}
