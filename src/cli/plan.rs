//! `isoloss plan`: a law and one question in, an allocation of compute out.

use super::costs::CostArgs;
use super::data_args::DataArgs;
use super::decision::{Asked, Oracle, answer, words};
use super::fit_args::{FitArgs, Interval};
use super::law_file::LawFile;
use super::output::{Failure, print, print_json};
use super::work::{self, FitRequest};
use super::{parse, published};
use crate::fit::Delta;
use crate::law::published::{PUBLISHED, PublishedLaw};
use crate::law::{Law, LawChoice, LawKind};
use crate::plan::{
    Allocation, Counting, DEFAULT_PENALTY, Decision, Optimum, PlanError, Question, answer_of, decide, decide_at,
    decide_law, has_optimum, serve,
};
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
        let asked = self.asked(question, counting.as_ref())?;
        let failed = |error: PlanError| plan_failure(&error);
        let allocation = match &asked.oracle {
            Oracle::Allocation(allocation) => Some(allocation),
            Oracle::Law(..) => None,
        };
        if allocation.is_none() && (counting.is_some() || self.costs.inference_tokens.is_some()) {
            return Err(Failure::refused(
                "not_given",
                "other counts and tokens served need a law with a surface in closed form: fit chinchilla",
            ));
        }
        let counted = match (allocation, &counting) {
            (Some(law), Some(counting)) => Some((counting, counting.answer(law, question).map_err(failed)?)),
            _ => None,
        };
        let mut decision = match (allocation, &counted) {
            (Some(law), Some((_, found))) => self.decide_at(law, question, found.optimum, &asked),
            _ => self.decide(&asked, question),
        }
        .map_err(failed)?;
        let served = match (allocation, self.costs.inference_tokens) {
            (Some(law), Some(tokens)) => {
                let loss = decision.optimum.loss.ok_or_else(|| {
                    Failure::refused(
                        "not_given",
                        format!("{} publishes no loss, which serving needs", asked.name),
                    )
                })?;
                let served = serve(law, loss, tokens).map_err(failed)?;
                decision = self
                    .decide_at(law, question, served.optimum(), &asked)
                    .map_err(failed)?;
                Some(served)
            }
            _ => None,
        };
        let counted = counted.as_ref().map(|(counting, found)| (*counting, found));
        let optimum = &decision.optimum;
        if self.json {
            let costs = self.costs.json(optimum, counted, served.as_ref());
            return print_json(&answer(&decision, &asked, costs));
        }
        let mut text = words(&decision, &asked, self.unique_tokens);
        text.push_str(&self.costs.words(optimum, counted, served.as_ref()));
        print(&text)
    }

    /// The optimum that a law with these numbers has for the question, counted and served as was asked.
    fn optimum(
        &self,
        law: &dyn Law,
        theta: &[f64],
        question: Question,
        counting: Option<&Counting>,
    ) -> Option<Optimum> {
        let surface = || law.surface(theta).map(Allocation::Surface);
        match (counting, self.costs.inference_tokens) {
            (Some(counting), _) => Some(counting.answer(&surface()?, question).ok()?.optimum),
            (None, Some(tokens)) => {
                let law = surface()?;
                let loss = law.answer(question).ok()?.loss?;
                Some(serve(&law, loss, tokens).ok()?.optimum())
            }
            (None, None) => answer_of(law, theta, question, self.unique_tokens).ok(),
        }
    }

    fn decide_at(
        &self,
        law: &Allocation,
        question: Question,
        optimum: Optimum,
        asked: &Asked,
    ) -> Result<Decision, PlanError> {
        decide_at(
            law,
            question,
            optimum,
            self.penalty,
            self.unique_tokens,
            asked.flops_range,
        )
    }

    fn decide(&self, asked: &Asked, question: Question) -> Result<Decision, PlanError> {
        let (penalty, unique, range) = (self.penalty, self.unique_tokens, asked.flops_range);
        match &asked.oracle {
            Oracle::Allocation(allocation) => decide(allocation, question, penalty, unique, range),
            Oracle::Law(law, theta) => decide_law(law.law(), theta, question, penalty, unique, range),
        }
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

    fn asked(&self, question: Question, counting: Option<&Counting>) -> Result<Asked, Failure> {
        let mut asked = Asked {
            oracle: Oracle::Allocation(Allocation::Published(&PUBLISHED[0])),
            name: String::new(),
            source: String::new(),
            flops_range: None,
            intervals: Intervals::default(),
            intervals_from: "resampled runs",
            level: 0.95,
            verdicts: vec![],
        };
        if let Some(law) = self.published {
            asked.oracle = Oracle::Allocation(Allocation::Published(law));
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
        let law: LawChoice = match (&self.formula, self.law) {
            (Some(text), _) => work::formula(text)?,
            (None, Some(law)) => law.into(),
            (None, None) => {
                return Err(Failure::usage(
                    "which law? --published NAME, --law-file law.json, or FILE… --law chinchilla",
                ));
            }
        };
        // What a formula is a function of, the files say.
        if self.law.is_some() && !has_optimum(law.law()) {
            return Err(not_a_surface(&law));
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
        let law = fitted.report.law.law();
        let optimum = |theta: &[f64]| self.optimum(law, theta, question, counting);
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
    match law.law().surface(theta) {
        Some(surface) => Ok(Oracle::Allocation(Allocation::Surface(surface))),
        None if has_optimum(law.law()) => Ok(Oracle::Law(law.clone(), theta.to_vec())),
        None => Err(not_a_surface(law)),
    }
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
        PlanError::NotPositive { .. } => return Failure::usage(error.to_string()),
    };
    Failure::refused(code, error.to_string())
}
