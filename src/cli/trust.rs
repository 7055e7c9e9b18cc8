//! `isoloss fit … --multiverse | --leave-out | --compare | --card`: how far a fit can be trusted.

use super::output::{Failure, aligned, count};
use super::parse;
use super::progress;
use super::work::Fitted;
use crate::fit::FitError;
use crate::law::{LawChoice, LawKind};
use crate::plan::{Family, FlopsRule};
use crate::session::{CardNumbers, Workspace, candidates, card, groups, readings, write_atomically};
use crate::units::{Flops, Loss, Params, format_significant};
use crate::validation::{
    Answers, CardFormat, CardNumber, Comparison, ComputeRule, GroupKind, LeaveOut, Multiverse, OutlierRule, ParamsRule,
    compare, leave_out, multiverse,
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// Runs that a table of influences shows; JSON has them all.
const SHOWN: usize = 10;

/// Flags of this file.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct TrustArgs {
    /// Fit again under every combination of objective, outlier rule, N and C that the data allow
    #[arg(long, help_heading = "Trust")]
    multiverse: bool,
    /// Fit again without each size, each compute budget or each run
    #[arg(long, value_name = "size|budget|run", value_parser = parse::named::<GroupKind>, help_heading = "Trust")]
    leave_out: Option<GroupKind>,
    /// Rank these laws beside the fitted one: by how well they foresee the largest C (the share of --hold-out, otherwise 10 %),
    /// then by AICc
    #[arg(long, value_name = "LAW,…|all", value_delimiter = ',', value_parser = compared, help_heading = "Trust")]
    compare: Vec<Compared>,
    /// The compute at which answers are compared; the largest of the data where not given
    #[arg(long, value_name = "C", help_heading = "Trust")]
    flops: Option<Flops>,
    /// With --multiverse, N without embeddings by the shape of the models: tokens of the vocabulary
    #[arg(long, value_name = "V", value_parser = parse::positive, requires_all = ["multiverse", "aspect"], help_heading = "Trust")]
    vocab: Option<f64>,
    /// Learned positions, counted with the embeddings; none where not given
    #[arg(long, value_name = "T", value_parser = parse::positive, requires = "vocab", help_heading = "Trust")]
    context: Option<f64>,
    /// Width of the models over their layers
    #[arg(long, value_name = "D/LAYERS", value_parser = parse::positive, requires = "vocab", help_heading = "Trust")]
    aspect: Option<f64>,
    /// Write a fit card, in the language of its ending: .md, .tex, .json, .csv, or .py for the law as a function
    #[arg(long, value_name = "FILE", help_heading = "Trust")]
    card: Option<PathBuf>,
}

/// What `--compare` can name.
#[derive(Debug, Clone, Copy)]
enum Compared {
    All,
    Law(LawKind),
}

fn compared(text: &str) -> Result<Compared, String> {
    if text == "all" {
        return Ok(Compared::All);
    }
    parse::named(text)
        .map(Compared::Law)
        .map_err(|error| format!("{error}, `all`"))
}

/// What was found.
#[derive(Debug, Default, Serialize)]
pub(super) struct Trust {
    #[serde(skip_serializing_if = "Option::is_none")]
    multiverse: Option<Multiverse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leave_out: Option<LeaveOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
}

impl TrustArgs {
    /// Refuses all of them where a command has no single law.
    pub(super) fn refuse(&self, what: &str) -> Result<(), Failure> {
        let given = [
            (self.multiverse, "--multiverse"),
            (self.leave_out.is_some(), "--leave-out"),
            (!self.compare.is_empty(), "--compare"),
            (self.flops.is_some(), "--flops"),
            (self.card.is_some(), "--card"),
        ];
        match given.into_iter().find(|(given, _)| *given) {
            Some((_, flag)) => Err(Failure::usage(format!("{flag} asks about one law, and {what}"))),
            None => Ok(()),
        }
    }

    /// Refuses what cannot be done before anything is read.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.card.as_deref().map_or(Ok(()), |path| format_of(path).map(|_| ()))
    }

    /// Does what was asked for.
    pub(super) fn find(&self, workspace: &Workspace, fitted: &Fitted<'_>) -> Result<Trust, Failure> {
        let Fitted { report, input } = *fitted;
        let (session, derived) = (workspace.session(), workspace.derived());
        let config = &input.question.config;
        let budget = input.budget(self.flops);
        let refused = |error: FitError| Failure::refused("cancelled", error.to_string());
        let mut trust = Trust::default();
        if self.multiverse {
            let shape = self.vocab.zip(self.aspect).map(|(vocab, aspect)| Family {
                vocab,
                context: self.context.unwrap_or(0.0),
                aspect,
            });
            let readings = readings(session, derived, shape);
            let watcher = progress::named("Fitting other choices");
            trust.multiverse = Some(multiverse(config, &readings, &budget, &*watcher).map_err(refused)?);
        }
        if let Some(kind) = self.leave_out {
            let groups = groups(input, kind).map_err(|text| Failure::refused("too_few_groups", text))?;
            let watcher = progress::named("Leaving runs out");
            let found = leave_out(config, &input.observations, report, kind, &groups, &budget, &*watcher);
            trust.leave_out = Some(found.map_err(refused)?);
        }
        if !self.compare.is_empty() {
            let laws: Vec<LawChoice> = self
                .compare
                .iter()
                .flat_map(|compared| match compared {
                    Compared::All => LawKind::ALL.to_vec(),
                    Compared::Law(law) => vec![*law],
                })
                .map(LawChoice::from)
                .collect();
            let candidates = candidates(session, derived, &laws, self.flops);
            let watcher = progress::named("Comparing laws");
            trust.comparison = Some(compare(&candidates, &budget, &*watcher).map_err(refused)?);
        }
        Ok(trust)
    }

    /// Writes the card, where one was asked for.
    pub(super) fn save_card(&self, workspace: &Workspace, answer: &CardAnswer<'_>) -> Result<(), Failure> {
        let Some(path) = &self.card else { return Ok(()) };
        let format = format_of(path)?;
        let no_fit = || Failure::refused("no_fit", "there is no fit to write a card of");
        let mut numbers = CardNumbers::of(workspace).ok_or_else(no_fit)?;
        // Profiles and curvature are the command line's own.
        for (entries, known) in [
            (answer.params, &mut numbers.params),
            (answer.derived, &mut numbers.derived),
        ] {
            for number in known {
                take(number, &entries[&number.name]);
            }
        }
        if numbers.intervals.is_empty() {
            answer
                .intervals
                .trim()
                .replace('\n', "; ")
                .clone_into(&mut numbers.intervals);
        }
        numbers.budget = self.flops;
        numbers.sensitivity = answer.trust.sentences();
        let card = card(workspace, numbers).ok_or_else(no_fit)?;
        let text = card.write(format).map_err(|text| Failure::refused("no_card", text))?;
        write_atomically(path, text.as_bytes()).map_err(|error| Failure::unwritable(path, &error))
    }
}

/// The part of the answer that goes on a card.
pub(super) struct CardAnswer<'a> {
    pub(super) params: &'a Map<String, Value>,
    pub(super) derived: &'a Map<String, Value>,
    /// In words.
    pub(super) intervals: &'a str,
    pub(super) trust: &'a Trust,
}

fn take(number: &mut CardNumber, entry: &Value) {
    number.se = entry["se"].as_f64().or(number.se);
    if let [low, high] = entry["interval"].as_array().map_or(&[][..], Vec::as_slice) {
        number.interval = Some([low.as_f64(), high.as_f64()]);
    }
}

fn format_of(path: &Path) -> Result<CardFormat, Failure> {
    let extension = path.extension().map(|e| e.to_string_lossy().into_owned());
    extension.as_deref().and_then(CardFormat::of_extension).ok_or_else(|| {
        let known = CardFormat::ALL
            .map(|format| format!(".{}", format.extension()))
            .join(", ");
        Failure::usage(format!(
            "--card {}: expected a name that ends in one of {known}",
            path.display()
        ))
    })
}

impl Trust {
    fn sentences(&self) -> Vec<String> {
        let multiverse = self.multiverse.as_ref().map(|found| found.summary.clone());
        let leave_out = self.leave_out.as_ref().map(|found| found.summary.clone());
        let comparison = self.comparison.as_ref().map(|found| found.summary.clone());
        [multiverse, leave_out, comparison].into_iter().flatten().collect()
    }

    /// Tables and sentences.
    pub(super) fn words(&self) -> String {
        let mut text = String::new();
        if let Some(found) = &self.multiverse {
            text.push_str(&format!("\n{}\n{}", found.summary, multiverse_rows(found)));
        }
        if let Some(found) = &self.leave_out {
            text.push_str(&format!("\n{}\n{}", found.summary, leave_out_rows(found)));
        }
        if let Some(found) = &self.comparison {
            text.push_str(&format!("\n{}\n{}", found.summary, comparison_rows(found)));
        }
        text
    }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// a, N*, D/N and L.
fn answers(answers: Option<&Answers>) -> [String; 4] {
    let of = |part: fn(&Answers) -> Option<f64>, text: fn(f64) -> String| or_dash(answers.and_then(part).map(text));
    [
        of(|a| a.a, |a| format_significant(a, 4)),
        of(|a| a.params, |n| Params(n).short()),
        of(|a| a.tokens_per_param, |r| format_significant(r, 3)),
        of(|a| a.loss, |l| Loss(l).short()),
    ]
}

fn header(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn multiverse_rows(found: &Multiverse) -> String {
    let mut rows = vec![header(&[
        "objective",
        "left out",
        "N",
        "C",
        "points",
        "a",
        "N*",
        "D/N",
        "L",
        "",
    ])];
    for universe in &found.universes {
        let mut row = vec![
            universe.objective_words.clone(),
            match universe.outliers {
                OutlierRule::AsChosen => "as chosen".to_owned(),
                OutlierRule::DropHighest(0) => "no highest losses".to_owned(),
                OutlierRule::DropHighest(count) => format!("{count} highest losses"),
                OutlierRule::ResidualsBeyond3 => "residuals beyond 3 s".to_owned(),
            },
            match universe.params {
                ParamsRule::Column(column) => word(&column),
                ParamsRule::Derived(_) => "by shape".to_owned(),
            },
            match universe.compute {
                ComputeRule::Column(column) => word(&column),
                ComputeRule::Shape(rule) => format!("6N + {}", attention(rule)),
            },
            universe.n_used.to_string(),
        ];
        row.extend(answers(universe.fit.as_ref().map(|fit| &fit.answers)));
        row.push(match &universe.why {
            Some(why) => why.clone(),
            None if universe.chosen => "this fit".to_owned(),
            None => String::new(),
        });
        rows.push(row);
    }
    aligned(&rows)
}

/// What a rule adds to 6N for each token.
fn attention(rule: FlopsRule) -> &'static str {
    match rule {
        FlopsRule::Kaplan => "half attention",
        _ => "attention",
    }
}

/// The word that a choice is saved under.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word.replace('_', " "),
        _ => String::new(),
    }
}

fn leave_out_rows(found: &LeaveOut) -> String {
    let mut rows = vec![header(&["without", "points", "error", "a", "N*", "D/N", "L", ""])];
    let mut row = vec!["(nothing)".to_owned(), String::new(), String::new()];
    row.extend(answers(Some(&found.all)));
    rows.push(row);
    let shown = if found.kind == GroupKind::Run {
        SHOWN
    } else {
        usize::MAX
    };
    for group in found.groups.iter().take(shown) {
        let error = group
            .prediction
            .map(|p| format!("{} %", format_significant(100.0 * p.rmse_log, 2)));
        let mut row = vec![group.name.clone(), group.n.to_string(), or_dash(error)];
        row.extend(answers(group.fit.as_ref().map(|fit| &fit.answers)));
        row.push(group.why.clone().unwrap_or_default());
        rows.push(row);
    }
    let mut text = aligned(&rows);
    let more = found.groups.len().saturating_sub(shown);
    if more > 0 {
        text.push_str(&format!("  and {} that move the answer less\n", count(more, "run")));
    }
    text
}

fn comparison_rows(found: &Comparison) -> String {
    let terms = &found.terms;
    let mut rows = vec![header(&[
        "",
        "law",
        "k",
        "error beyond",
        "AICc",
        "ΔAICc",
        "R²",
        "a",
        "N*",
        "D/N",
        "L",
        "",
    ])];
    for ranked in &found.ranked {
        let error = ranked
            .out_of_range
            .map(|out| format!("{} %", format_significant(100.0 * out.prediction.rmse_log, 3)));
        let equal = if ranked.as_good_as_best && ranked.rank > 1 {
            " ="
        } else {
            ""
        };
        let mut row = vec![
            ranked.rank.to_string(),
            ranked.law.clone(),
            ranked.k.to_string(),
            or_dash(error) + equal,
            or_dash(ranked.aicc.map(|aicc| format!("{aicc:.1}"))),
            or_dash(ranked.delta_aicc.map(|delta| format!("{delta:.1}"))),
            or_dash(ranked.r2_log.map(|r2| format_significant(r2, 4))),
        ];
        row.extend(answers(Some(&ranked.answers)));
        row.push(ranked.notes.join("; "));
        rows.push(row);
    }
    let mut text = aligned(&rows);
    text.push_str(&format!(
        "  all by {} on {}; AICc from {}\n",
        terms.objective_words,
        count(terms.n, "point"),
        terms.likelihood
    ));
    for other in &found.not_compared {
        text.push_str(&format!("  {} not compared: {}\n", other.law, other.reason));
    }
    text
}
