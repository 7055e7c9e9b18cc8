//! The answer to a planning question, for scripts and for people.

use super::fit::verdict_lines;
use super::output::{aligned, percent};
use crate::fit::{Severity, Verdict, VerdictCode};
use crate::plan::{Decision, Oracle, Overfit, Question, SizeQuantity};
use crate::session::Intervals;
use crate::units::{Flops, Loss, Params, Tokens, format_significant};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A law that can be asked, and what is known about it.
pub(super) struct Asked {
    pub(super) oracle: Oracle,
    /// As in the answer's `law`.
    pub(super) name: String,
    /// Where it comes from, in words.
    pub(super) source: String,
    /// Compute of the runs behind it.
    pub(super) flops_range: Option<(f64, f64)>,
    pub(super) intervals: Intervals,
    /// What they were made from, in words.
    pub(super) intervals_from: &'static str,
    pub(super) level: f64,
    /// What its fit cannot know.
    pub(super) verdicts: Vec<Verdict>,
}

/// The contract's object.
#[derive(Serialize)]
pub(super) struct Answer {
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
    #[serde(flatten)]
    costs: Map<String, Value>,
    verdicts: Vec<Verdict>,
}

/// Everything to be known about an answer, whether it lies beyond the runs first.
fn verdicts(decision: &Decision, asked: &Asked) -> Vec<Verdict> {
    let flops = decision.optimum.flops;
    let beyond = decision.beyond_data_decades.filter(|decades| *decades > 0.0).map(|decades| {
        // A twentieth of a decade is 12 %: worth a note, no warning.
        let severity = if decades < 0.05 { Severity::Note } else { Severity::Warning };
        let text = format!(
            "C = {} lies {} decades outside the compute of the runs behind this law: the answer is an extrapolation.",
            flops.short(),
            format_significant(decades, 2)
        );
        Verdict { code: VerdictCode::Extrapolates, severity, text }
    });
    beyond.into_iter().chain(asked.verdicts.iter().cloned()).collect()
}

/// The answer for scripts.
pub(super) fn answer(decision: &Decision, asked: &Asked, costs: Map<String, Value>) -> Answer {
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
        costs,
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

/// The answer for people.
pub(super) fn words(decision: &Decision, asked: &Asked, unique: Option<Tokens>) -> String {
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
    let cost = |share: f64| format_significant(100.0 * share, 2);
    text.push_str(&format!(
        "Overfitting, by Kaplan's joint law, costs {} % of the loss ({} % tolerated): ",
        cost(overfit.value),
        cost(overfit.penalty)
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
            "Intervals: {} %, from {}.\n",
            percent(asked.level),
            asked.intervals_from
        ));
    }
    text.push_str(&verdict_lines(&verdicts(decision, asked)));
    text
}
