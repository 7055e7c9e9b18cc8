//! `isoloss plan`: a law and one question in, an allocation of compute out.

use super::costs::CostArgs;
use super::data_args::DataArgs;
use super::decision::{Asked, answer, words};
use super::fit_args::{FitArgs, Interval};
use super::law_file::LawFile;
use super::output::{Failure, print, print_json};
use super::work::{self, FitRequest};
use super::{parse, published};
use crate::fit::Delta;
use crate::law::published::{PUBLISHED, PublishedLaw};
use crate::law::{LawChoice, LawKind};
use crate::plan::{Allocation, Ask, DEFAULT_PENALTY, Decision, Oracle, PlanError, Question, has_optimum};
use crate::session::{Intervals, intervals_by};
use crate::units::{Flops, Loss, Params, Tokens};
use std::path::PathBuf;

/// Ask a law how large a model to train on how many tokens.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = clap::ArgGroup::new("question").args(["flops", "loss", "params", "tokens"]),
    after_help = "The law is a published one, a saved fit, or one fitted to files. The question is exactly one of\n--flops, --loss, --params and --tokens.\n\nExamples:\n  isoloss plan --published epoch --flops 1e21\n  isoloss plan runs.csv --law chinchilla --bootstrap 1000 --params 70B\n  \
                  isoloss plan --list"
)]
pub(super) struct PlanCommand {
    /// Run tables to fit --law to
    #[arg(value_name = "FILE", conflicts_with_all = ["published", "law_file", "list"])]
    files: Vec<PathBuf>,
    /// A published law; --list names them
    #[arg(long, value_name = "NAME", value_parser = published::law, conflicts_with_all = ["law_file", "law"])]
    published: Option<&'static PublishedLaw>,
    /// A fit saved by `isoloss fit --save`
    #[arg(long, value_name = "JSON", conflicts_with = "law")]
    law_file: Option<PathBuf>,
    /// Form to fit to the files
    #[arg(long, value_name = "chinchilla", value_parser = parse::named::<LawKind>, requires = "files")]
    law: Option<LawKind>,
    /// A formula of your own to fit to the files, in N and D
    #[arg(long, value_name = "FORMULA", requires = "files", conflicts_with_all = ["law", "published", "law_file"])]
    formula: Option<String>,
    /// The best for this training compute: 1e21, 19.6PFd
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    flops: Option<Flops>,
    /// The cheapest that reaches this loss, in nats per token
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    loss: Option<Loss>,
    /// The budget for which this is the best size: 70B
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    params: Option<Params>,
    /// The budget for which this is the best amount of data: 1.4T
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    tokens: Option<Tokens>,
    /// Distinct tokens to be had; more passes than one are said
    #[arg(long, value_name = "U", allow_negative_numbers = true)]
    unique_tokens: Option<Tokens>,
    /// Share of the loss that overfitting may cost, such as .02 or 2%
    #[arg(long, value_name = "SHARE", default_value_t = DEFAULT_PENALTY, value_parser = parse::fraction)]
    penalty: f64,
    #[command(flatten)]
    costs: CostArgs,
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

impl PlanCommand {
    /// Answers and prints.
    pub(super) fn run(&self) -> Result<(), Failure> {
        if self.list {
            return if self.json {
                print_json(&published::list())
            } else {
                print(&published::list_words())
            };
        }
        self.fit
            .only_intervals(&[Interval::Bootstrap, Interval::Delta], "plan")?;
        let question = self.question()?;
        let counting = self.costs.counting(self.published)?;
        let ask = Ask {
            counting,
            serving: self.costs.inference_tokens,
            unique_tokens: self.unique_tokens,
            ..Ask::plain(question)
        };
        let asked = self.asked(&ask)?;
        let failed = |error: PlanError| plan_failure(&error);
        let answered = ask.answer(&asked.oracle).map_err(failed)?;
        let decision = Decision::at(
            &asked.oracle,
            question,
            answered.optimum,
            self.penalty,
            self.unique_tokens,
            asked.flops_range,
        )
        .map_err(failed)?;
        let counted = counting.as_ref().zip(answered.counted.as_ref());
        let served = answered.served.as_ref();
        let optimum = &decision.optimum;
        if self.json {
            let costs = self.costs.json(optimum, counted, served);
            return print_json(&answer(&decision, &asked, costs));
        }
        let mut text = words(&decision, &asked, self.unique_tokens);
        text.push_str(&self.costs.words(optimum, counted, served));
        print(&text)
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

    fn asked(&self, ask: &Ask) -> Result<Asked, Failure> {
        let mut asked = Asked {
            oracle: Allocation::Published(&PUBLISHED[0]).into(),
            name: String::new(),
            source: String::new(),
            flops_range: None,
            intervals: Intervals::default(),
            intervals_from: "resampled runs",
            level: 0.95,
            verdicts: vec![],
        };
        if let Some(law) = self.published {
            asked.oracle = Allocation::Published(law).into();
            law.name.clone_into(&mut asked.name);
            law.source.clone_into(&mut asked.source);
            return Ok(asked);
        }
        if let Some(path) = &self.law_file {
            let file = LawFile::read(path)?;
            asked.oracle = oracle(&file.law, &file.theta)?;
            file.law.name().clone_into(&mut asked.name);
            asked.source = format!("the fit in {}", path.display());
            asked.flops_range = file.flops_range;
            return Ok(asked);
        }
        let law: Option<LawChoice> = match (&self.formula, self.law) {
            (Some(text), _) => Some(work::formula(text)?),
            (None, Some(law)) => Some(law.into()),
            (None, None) if work::project_of(&self.files)?.is_some() => None,
            (None, None) => {
                return Err(Failure::usage(
                    "which law? --published NAME, --law-file law.json, or FILE… --law chinchilla",
                ));
            }
        };
        // What a formula is a function of, the files say.
        if let (Some(law), Some(_)) = (&law, self.law)
            && !has_optimum(law.law())
        {
            return Err(not_a_surface(law));
        }
        let request = FitRequest {
            files: &self.files,
            data: &self.data,
            fit: &self.fit,
            law,
            drawn: false,
        };
        let workspace = work::fit(&request)?;
        let fitted = work::fitted(&workspace)?;
        let level = workspace.session().fit.level;
        let law = &fitted.report.law;
        let optimum = |theta: &[f64]| Some(ask.answer(&Oracle::of(law, theta)?).ok()?.optimum);
        if let Some(bootstrap) = &workspace.derived().fit.bootstrap {
            asked.intervals = intervals_by(optimum, |of| bootstrap.interval(level, of));
        }
        if self.fit.interval == Some(Interval::Delta) {
            let (config, data) = (&fitted.input.question.config, &fitted.input.observations);
            let delta = Delta::new(config, data, fitted.report)
                .map_err(|error| Failure::refused("no_interval", error.to_string()))?;
            asked.intervals_from = "the curvature at the optimum";
            // All answers are positive, and N*, D* and C span decades.
            asked.intervals = intervals_by(optimum, |of| delta.as_ref()?.interval_in_logs(level, of));
        }
        asked.oracle = oracle(&fitted.report.law, &fitted.report.theta())?;
        fitted.report.law.name().clone_into(&mut asked.name);
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

fn oracle(law: &LawChoice, theta: &[f64]) -> Result<Oracle, Failure> {
    Oracle::of(law, theta).ok_or_else(|| not_a_surface(law))
}

fn not_a_surface(law: &LawChoice) -> Failure {
    let text = format!("{} gives no best split between N and D: fit chinchilla", law.name());
    Failure::refused("no_interior_minimum", text)
}

fn plan_failure(error: &PlanError) -> Failure {
    let code = match error {
        PlanError::BelowFloor { .. } => "below_floor",
        PlanError::NotGiven { .. } => "not_given",
        PlanError::NoInteriorOptimum { .. } => "no_interior_minimum",
        PlanError::NoFiniteAnswer { .. } => "no_finite_answer",
        PlanError::OutOfReach { .. } => "out_of_reach",
        PlanError::Ambiguous => "ambiguous",
        PlanError::NotPositive { .. } => return Failure::usage(error.to_string()),
    };
    Failure::refused(code, error.to_string())
}
