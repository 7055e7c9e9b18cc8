//! `isoloss plan`: a law and one question in, an allocation of compute out.

use super::data_args::DataArgs;
use super::fit::verdict_lines;
use super::fit_args::FitArgs;
use super::law_file::LawFile;
use super::output::{Failure, aligned, print, print_json};
use super::parse;
use super::work::{self, FitRequest};
use crate::fit::{Severity, Verdict, VerdictCode};
use crate::law::LawKind;
use crate::law::published::{self, PUBLISHED, PublishedForm, PublishedLaw};
use crate::plan::{Allocation, DEFAULT_PENALTY, Decision, Overfit, PlanError, Question, SizeQuantity, decide};
use crate::session::{Intervals, intervals_of};
use crate::units::{Flops, Loss, Params, Tokens, format_significant};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Ask a law how large a model to train on how many tokens.
///
/// The law is a published one, a saved fit, or one fitted to files; the question is exactly one of --flops, --loss,
/// --params and --tokens.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = clap::ArgGroup::new("question").args(["flops", "loss", "params", "tokens"]),
    after_help = "Examples:\n  isoloss plan --published epoch --flops 1e21\n  isoloss plan runs.csv --law chinchilla --bootstrap 1000 --params 70B\n  \
                  isoloss plan --list"
)]
pub(super) struct PlanCommand {
    /// Run tables to fit --law to
    #[arg(value_name = "FILE", conflicts_with_all = ["published", "law_file", "list"])]
    files: Vec<PathBuf>,
    /// A published law; --list names them
    #[arg(long, value_name = "NAME", value_parser = published_law, conflicts_with_all = ["law_file", "law"])]
    published: Option<&'static PublishedLaw>,
    /// A fit saved by `isoloss fit --save`
    #[arg(long, value_name = "JSON", conflicts_with = "law")]
    law_file: Option<PathBuf>,
    /// Form to fit to the files
    #[arg(long, value_name = "chinchilla", value_parser = parse::named::<LawKind>, requires = "files")]
    law: Option<LawKind>,
    /// The best for this training compute: 1e21, 19.6PFd
    #[arg(long, value_name = "C")]
    flops: Option<Flops>,
    /// The cheapest that reaches this loss, in nats per token
    #[arg(long, value_name = "L", allow_hyphen_values = true)]
    loss: Option<Loss>,
    /// The budget for which this is the best size: 70B
    #[arg(long, value_name = "N")]
    params: Option<Params>,
    /// The budget for which this is the best amount of data: 1.4T
    #[arg(long, value_name = "D")]
    tokens: Option<Tokens>,
    /// Distinct tokens to be had; more passes than one are said
    #[arg(long, value_name = "U")]
    unique_tokens: Option<Tokens>,
    /// Share of the loss that overfitting may cost
    #[arg(long, value_name = "SHARE", default_value_t = DEFAULT_PENALTY, value_parser = parse::positive)]
    penalty: f64,
    /// List the published laws with their sources, conventions and validity
    #[arg(long, conflicts_with = "question")]
    list: bool,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    fit: FitArgs,
    /// Print one JSON object instead of words
    #[arg(long)]
    pub(super) json: bool,
}

/// The contract's object.
#[derive(Serialize)]
struct Answer {
    law: String,
    source: String,
    question: Value,
    flops: f64,
    flops_interval: Option<[f64; 2]>,
    params: Value,
    tokens: Value,
    loss: Option<Value>,
    tokens_per_param: Option<Value>,
    overfit: Overfit,
    beyond_data_decades: Option<f64>,
    verdicts: Vec<Verdict>,
}

/// A law that can be asked, and what is known about it.
struct Asked {
    allocation: Allocation,
    /// As in the answer's `law`.
    name: String,
    /// Where it comes from, in words.
    source: String,
    /// Compute of the runs behind it.
    flops_range: Option<(f64, f64)>,
    intervals: Intervals,
    level: f64,
    /// What its fit cannot know.
    verdicts: Vec<Verdict>,
}

impl PlanCommand {
    /// Answers and prints.
    pub(super) fn run(&self) -> Result<(), Failure> {
        if self.list {
            return if self.json {
                print_json(&list())
            } else {
                print(&list_words())
            };
        }
        let question = self.question()?;
        let asked = self.asked(question)?;
        let decision = decide(
            &asked.allocation,
            question,
            self.penalty,
            self.unique_tokens,
            asked.flops_range,
        );
        let decision = decision.map_err(|error| plan_failure(&error))?;
        if self.json {
            return print_json(&answer(&decision, &asked));
        }
        print(&words(&decision, &asked, self.unique_tokens))
    }

    fn question(&self) -> Result<Question, Failure> {
        match (self.flops, self.loss, self.params, self.tokens) {
            (Some(flops), None, None, None) => Ok(Question::Flops(flops)),
            (None, Some(loss), None, None) => Ok(Question::Loss(loss)),
            (None, None, Some(params), None) => Ok(Question::Params(params)),
            (None, None, None, Some(tokens)) => Ok(Question::Tokens(tokens)),
            _ => Err(Failure::usage(
                "exactly one of --flops, --loss, --params and --tokens is the question",
            )),
        }
    }

    fn asked(&self, question: Question) -> Result<Asked, Failure> {
        let mut asked = Asked {
            allocation: Allocation::Published(&PUBLISHED[0]),
            name: String::new(),
            source: String::new(),
            flops_range: None,
            intervals: Intervals::default(),
            level: 0.95,
            verdicts: vec![],
        };
        if let Some(law) = self.published {
            asked.allocation = Allocation::Published(law);
            law.name.clone_into(&mut asked.name);
            law.source.clone_into(&mut asked.source);
            return Ok(asked);
        }
        if let Some(path) = &self.law_file {
            let file = LawFile::read(path)?;
            asked.allocation = surface(file.law, &file.theta)?;
            file.law.name().clone_into(&mut asked.name);
            asked.source = format!("the fit in {}", path.display());
            asked.flops_range = file.flops_range;
            return Ok(asked);
        }
        let Some(law) = self.law else {
            return Err(Failure::usage(
                "which law? --published NAME, --law-file law.json, or FILE… --law chinchilla",
            ));
        };
        if law.law().inputs() == crate::law::Inputs::One {
            return Err(not_a_surface(law));
        }
        let request = FitRequest {
            files: &self.files,
            data: &self.data,
            fit: &self.fit,
            law,
            replicates: 0,
        };
        let workspace = work::fit(&request)?;
        let fitted = work::fitted(&workspace)?;
        let level = workspace.session().fit.level;
        if let Some(bootstrap) = &workspace.derived().fit.bootstrap {
            asked.intervals = intervals_of(fitted.report, bootstrap, question, level);
        }
        asked.allocation = surface(law, &fitted.report.theta())?;
        law.name().clone_into(&mut asked.name);
        asked.source = format!(
            "fitted to {} points of {} runs",
            fitted.report.n_used, fitted.report.n_runs
        );
        asked.flops_range = fitted.input.flops_range();
        asked.level = level;
        asked.verdicts = work::verdicts(&fitted);
        Ok(asked)
    }
}

/// The law of that name, for flags.
pub(super) fn published_law(name: &str) -> Result<&'static PublishedLaw, String> {
    published::by_name(name).ok_or_else(|| {
        let names: Vec<&str> = PUBLISHED.iter().map(|law| law.name).collect();
        format!("no published law of that name; there are {}", names.join(", "))
    })
}

fn surface(law: LawKind, theta: &[f64]) -> Result<Allocation, Failure> {
    law.law()
        .surface(theta)
        .map(Allocation::Surface)
        .ok_or_else(|| not_a_surface(law))
}

fn not_a_surface(law: LawKind) -> Failure {
    let text = format!(
        "{} knows one variable and so no best split between N and D: fit chinchilla",
        law.name()
    );
    Failure::refused("no_interior_minimum", text)
}

fn plan_failure(error: &PlanError) -> Failure {
    let code = match error {
        PlanError::BelowFloor { .. } => "below_floor",
        PlanError::NotGiven { .. } => "not_given",
        PlanError::NoInteriorOptimum { .. } => "no_interior_minimum",
        PlanError::NoFiniteAnswer { .. } => "no_finite_answer",
        PlanError::NotPositive { .. } => return Failure::usage(error.to_string()),
    };
    Failure::refused(code, error.to_string())
}

/// Everything to be known about an answer, whether it lies beyond the runs first.
fn verdicts(decision: &Decision, asked: &Asked) -> Vec<Verdict> {
    let beyond = decision
        .beyond_data_decades
        .filter(|decades| *decades > 0.0)
        .map(|decades| Verdict {
            code: VerdictCode::Extrapolates,
            severity: Severity::Warning,
            text: format!(
                "C = {} lies {} decades beyond the runs behind this law: the answer is an extrapolation.",
                decision.optimum.flops.short(),
                format_significant(decades, 2)
            ),
        });
    beyond.into_iter().chain(asked.verdicts.iter().cloned()).collect()
}

fn answer(decision: &Decision, asked: &Asked) -> Answer {
    let (optimum, intervals) = (&decision.optimum, known(decision.question, asked.intervals));
    let pair = |value: f64, interval: Option<[f64; 2]>| json!({ "value": value, "interval": interval });
    let mut params = pair(optimum.params.0, intervals.params);
    if optimum.size == SizeQuantity::FlopsPerToken {
        // DeepSeek's M is no count of parameters and must not be taken for one.
        params["quantity"] = json!("M");
    }
    Answer {
        law: asked.name.clone(),
        source: asked.source.clone(),
        question: json!(decision.question),
        flops: optimum.flops.0,
        flops_interval: intervals.flops,
        params,
        tokens: pair(optimum.tokens.0, intervals.tokens),
        loss: optimum.loss.map(|loss| pair(loss.0, intervals.loss)),
        tokens_per_param: decision
            .tokens_per_param
            .map(|ratio| pair(ratio, intervals.tokens_per_param)),
        overfit: decision.overfit,
        beyond_data_decades: decision.beyond_data_decades,
        verdicts: verdicts(decision, asked),
    }
}

/// What was asked for is given, not estimated.
fn known(question: Question, mut intervals: Intervals) -> Intervals {
    *match question {
        Question::Flops(_) => &mut intervals.flops,
        Question::Loss(_) => &mut intervals.loss,
        Question::Params(_) => &mut intervals.params,
        Question::Tokens(_) => &mut intervals.tokens,
    } = None;
    intervals
}

fn words(decision: &Decision, asked: &Asked, unique: Option<Tokens>) -> String {
    let (optimum, intervals) = (&decision.optimum, known(decision.question, asked.intervals));
    let range = |interval: Option<[f64; 2]>, show: fn(f64) -> String| {
        interval.map_or(String::new(), |[low, high]| format!("[{}, {}]", show(low), show(high)))
    };
    let row = |name: &str, value: String, interval: String, unit: &str| {
        vec![name.to_owned(), value, interval, unit.to_owned()]
    };
    let is_params = optimum.size == SizeQuantity::Params;
    let size = if is_params {
        optimum.params.short()
    } else {
        format_significant(optimum.params.0, 3)
    };
    let mut rows = vec![
        row(
            "C",
            optimum.flops.short(),
            range(intervals.flops, |c| Flops(c).short()),
            "training FLOP",
        ),
        row(
            optimum.size.symbol(),
            size,
            range(intervals.params, |n| Params(n).short()),
            optimum.size.description(),
        ),
        row(
            "D*",
            optimum.tokens.short(),
            range(intervals.tokens, |d| Tokens(d).short()),
            "training tokens",
        ),
    ];
    if let Some(ratio) = decision.tokens_per_param {
        let interval = range(intervals.tokens_per_param, |ratio| format_significant(ratio, 3));
        rows.push(row(
            "D*/N*",
            format_significant(ratio, 3),
            interval,
            "tokens per parameter",
        ));
    }
    let loss = optimum.loss.map_or("-".to_owned(), Loss::short);
    let unit = if optimum.loss.is_some() {
        "nats per token"
    } else {
        "this law gives no loss"
    };
    rows.push(row("L*", loss, range(intervals.loss, |l| Loss(l).short()), unit));
    let mut text = format!("{}: {}\n\n{}\n", asked.name, asked.source, aligned(&rows));
    let overfit = &decision.overfit;
    let percent = |share: f64| format_significant(100.0 * share, 2);
    text.push_str(&format!(
        "Overfitting costs {} % of the loss ({} % tolerated): ",
        percent(overfit.value),
        percent(overfit.penalty)
    ));
    text.push_str(&if overfit.exceeds() {
        format!(
            "too much. This model needs {} distinct tokens; these tokens bear {}.\n",
            overfit.min_tokens.short(),
            overfit.max_params.short()
        )
    } else {
        format!(
            "fine. These tokens bear up to {}; this model needs {}.\n",
            overfit.max_params.short(),
            overfit.min_tokens.short()
        )
    });
    if let Some(unique) = unique.filter(|_| overfit.epochs > 1.0) {
        text.push_str(&format!(
            "{} distinct tokens mean {} epochs.\n",
            unique.short(),
            format_significant(overfit.epochs, 3)
        ));
    }
    if intervals != Intervals::default() {
        text.push_str(&format!(
            "Intervals: {} %, from resampled runs.\n",
            format_significant(100.0 * asked.level, 3)
        ));
    }
    text.push_str(&verdict_lines(&verdicts(decision, asked)));
    text
}

fn list() -> Value {
    let laws = PUBLISHED.iter().map(|law| {
        json!({
            "name": law.name,
            "label": law.label,
            "source": law.source,
            "params_convention": law.params_convention.description(),
            "flops_convention": law.flops_convention,
            "validity": law.validity,
            "flops_range": law.flops_range,
            "form": match law.form {
                PublishedForm::Additive(_) => "L = E + A/N^alpha + B/D^beta",
                PublishedForm::KaplanJoint(_) => "L = ((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D",
                PublishedForm::Frontier { .. } => "N*(C), D*(C)",
            },
        })
    });
    json!({ "published": laws.collect::<Vec<_>>() })
}

fn list_words() -> String {
    let law = |law: &PublishedLaw| {
        format!(
            "{}\n  {}\n  N: {}; C: {}\n  runs: {}; C from {} to {}\n",
            law.name,
            law.source,
            law.params_convention.description(),
            law.flops_convention,
            law.validity,
            Flops(law.flops_range.0).short(),
            Flops(law.flops_range.1).short()
        )
    };
    PUBLISHED.iter().map(law).collect::<Vec<_>>().join("\n")
}
