//! `isoloss fit`: a law and runs in, its parameters out.

use super::data_args::DataArgs;
use super::fit_args::{FitArgs, Interval};
use super::groups;
use super::method;
use super::output::{Failure, aligned, count, message, percent, print, to_json};
use super::parse;
use super::trust::{CardAnswer, Trust, TrustArgs};
use super::work::{self, FitRequest, Fitted};
use crate::fit::{
    Bootstrap, Curved, Delta, FitError, FitReport, ObjectiveKind, Severity, Uncertainty, Verdict, VerdictCode,
    likelihood_interval,
};
use crate::law::LawKind;
use crate::method::Method;
use crate::plan::closed_exponents;
use crate::session::{
    Action, ProjectAction, ProjectFile, Record, SaveDate, Session, Workspace, apply, write_atomically,
};
use crate::units::{digits_of, format_significant};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Fit a law to runs.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Laws:\n  \
                        power             A/x^alpha\n  \
                        power-floor       E + A/x^alpha\n  \
                        chinchilla        E + A/N^alpha + B/D^beta\n  \
                        chinchilla-tied   E + A/N^alpha + B/D^alpha\n  \
                        skaling           E + (A/N^alpha + B/D^beta)^k\n  \
                        farseer           e^(a3*N^gamma + b3) + e^(a2*N^beta + b2)*D^(-e^(a1*N^alpha + b1))\n  \
                        kaplan-nd         ((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D\n  \
                        kaplan-ns         (N_c/N)^alpha_N + (S_c/S)^alpha_S\n  \
                        data-constrained  chinchilla, repeats (R_D) and excess N (R_N) worth less\n  \
                        overfit-gap       L_test - L_train = K*(N/D)^kappa, exploratory\n  \
                        m3                beta*(1/x + gamma)^c\n  \
                        m4                (L - E)/(E0 - L)^alpha = beta/x^c\n  \
                        bnsl              a + b/x^c0*(1 + (x/d1)^(1/f1))^(-c1*f1)\n\n\
                        Methods without a law:\n  isoflop           parabolas in ln N at each budget (Approach 2)\n  envelope          the best of learning curves at each C (Approach 1)\n\n\
                        Example:\n  isoloss fit runs.csv --law chinchilla --drop-highest-loss 5 --bootstrap 4000 --save law.json\n  \
                        isoloss fit runs.csv --law chinchilla --multiverse --leave-out run --compare all --card card.md")]
pub(super) struct FitCommand {
    /// Run tables, fitted together
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Functional form, or a method without one: see below
    #[arg(long, value_name = "LAW", value_parser = asked)]
    law: Option<Asked>,
    /// A formula of your own: names of columns are variables, any other names parameters
    #[arg(long, value_name = "FORMULA", conflicts_with = "law")]
    formula: Option<String>,
    /// Fit the law to each group of runs by itself: a column, or the role `group`
    #[arg(long, value_name = "COLUMN", requires = "law", conflicts_with = "formula")]
    group: Option<String>,
    /// With --group: a parameter that is one for all groups
    #[arg(long, value_name = "NAME", requires = "group")]
    pub(super) share: Vec<String>,
    #[command(flatten)]
    pub(super) data: DataArgs,
    #[command(flatten)]
    pub(super) fit: FitArgs,
    #[command(flatten)]
    pub(super) trust: TrustArgs,
    /// Print one JSON object instead of words
    #[arg(long)]
    pub(super) json: bool,
    /// Write the JSON object here, for `plan --law-file` and `figure --law-file`
    #[arg(long, value_name = "JSON")]
    pub(super) save: Option<PathBuf>,
    /// Write files, choices and this fit as a project, which the window opens
    #[arg(long, value_name = "ISOLOSS")]
    save_project: Option<PathBuf>,
    /// Keep the files themselves in the project, of up to 32 MB each
    #[arg(long, requires = "save_project")]
    embed: bool,
}

/// What `--law` can name.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Law(LawKind),
    Method(Method),
}

fn asked(text: &str) -> Result<Asked, String> {
    if let Ok(method) = parse::named(text) {
        return Ok(Asked::Method(method));
    }
    let methods = Method::ALL.map(|method| format!("`{}`", method.name())).join(", ");
    parse::named(text)
        .map(Asked::Law)
        .map_err(|error| format!("{error}, {methods}"))
}

/// The contract's object.
#[derive(Serialize)]
struct Answer {
    law: String,
    formula: String,
    x: Option<String>,
    y: String,
    params: Map<String, Value>,
    derived: Map<String, Value>,
    objective: Value,
    n_used: usize,
    n_runs: usize,
    n_excluded: usize,
    excluded: Vec<Value>,
    converged: bool,
    stopped: Value,
    starts: Value,
    bootstrap: Option<Value>,
    hold_out: Option<Value>,
    verdicts: Vec<Verdict>,
    flops_range: Option<(f64, f64)>,
    seconds: f64,
    provenance: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<Value>,
    #[serde(flatten)]
    trust: Trust,
}

impl FitCommand {
    /// Fits, prints, saves.
    pub(super) fn run(&self) -> Result<(), Failure> {
        self.trust.check()?;
        let law = match (&self.formula, self.law) {
            (Some(text), _) => Some(work::formula(text)?),
            (None, Some(Asked::Law(law))) => match &self.group {
                Some(column) => {
                    self.trust.refuse("--group fits several")?;
                    return groups::run(self, law, column);
                }
                None => Some(law.into()),
            },
            (None, Some(Asked::Method(_))) if self.group.is_some() => {
                return Err(Failure::usage(
                    "--group fits a law to each group; isoflop and envelope have none",
                ));
            }
            (None, Some(Asked::Method(method))) => {
                self.trust.refuse(&format!("{} has none", method.name()))?;
                return method::run(self, method);
            }
            // A project has its own; without one it is asked for.
            (None, None) => None,
        };
        let request = FitRequest {
            files: &self.files,
            data: &self.data,
            fit: &self.fit,
            law,
            drawn: false,
        };
        let workspace = work::fit(&request)?;
        let fitted = work::fitted(&workspace)?;
        note_few_resamples(workspace.derived().fit.bootstrap.as_ref());
        let mut answer = answer(&workspace, &fitted, self.fit.interval)?;
        answer.trust = self.fit.on_threads(|| self.trust.find(&workspace, &fitted))??;
        let card = CardAnswer {
            params: &answer.params,
            derived: &answer.derived,
            intervals: &interval_words(&answer),
            trust: &answer.trust,
        };
        self.trust.save_card(&workspace, &card)?;
        if let Some(path) = &self.save_project {
            let folder = path.parent().unwrap_or(Path::new("."));
            let mut session = workspace.session().clone();
            apply(
                &mut session,
                Action::Project(ProjectAction::SetSaved(Some(SaveDate::today()))),
            );
            if self.embed {
                apply(&mut session, Action::Project(ProjectAction::SetEmbed(true)));
            }
            if session.fit.bootstrap.is_none() {
                // Nothing was resampled: whoever opens it shall see intervals all the same.
                session.fit.interval = Interval::default();
            }
            let file = ProjectFile::of(&session, workspace.derived());
            let file = match session.fit.interval {
                Interval::Delta => file.with_record(recorded(&session, &workspace, &fitted)),
                _ => file,
            };
            let (file, told) = file.keeping(workspace.derived(), workspace.embedded());
            for text in &told {
                message("warning", text);
            }
            let text = file.text(folder);
            write_atomically(path, text.as_bytes()).map_err(|error| Failure::unwritable(path, &error))?;
        }
        self.finish(&answer, || words(&workspace, &fitted, &answer))
    }

    /// Saves the answer where that was asked for, and prints it as JSON or in words.
    pub(super) fn finish(&self, answer: &impl Serialize, words: impl FnOnce() -> String) -> Result<(), Failure> {
        let text = to_json(answer)?;
        if let Some(path) = &self.save {
            write_atomically(path, text.as_bytes()).map_err(|error| Failure::unwritable(path, &error))?;
        }
        print(&if self.json { text } else { words() })
    }
}

/// What the project came to, with intervals by curvature, which take no time, where nothing was resampled.
fn recorded(session: &Session, workspace: &Workspace, fitted: &Fitted<'_>) -> Option<Record> {
    let (config, data) = (&fitted.input.question.config, &fitted.input.observations);
    let go_on = |_: f64| std::ops::ControlFlow::Continue(());
    let level = session.fit.level;
    let curved = Curved::find(config, data, fitted.report, Interval::Delta, level, &go_on).ok();
    let known = curved.as_ref().map(Uncertainty::Curved);
    Record::of(session, workspace.derived(), known)
}

/// Says so where there are too few resamples to give intervals.
pub(super) fn note_few_resamples(bootstrap: Option<&Bootstrap>) {
    if let Some(bootstrap) = bootstrap.filter(|b| b.replicates.len() < Bootstrap::FEWEST) {
        let resamples = count(bootstrap.replicates.len(), "converged resample");
        let fewest = Bootstrap::FEWEST;
        message(
            "note",
            &format!("{resamples} give no intervals: they take at least {fewest}"),
        );
    }
}

/// What was resampled.
pub(super) fn bootstrap_json(bootstrap: &Bootstrap, level: f64, seconds: f64) -> Value {
    json!({
        "replicates": bootstrap.replicates.len() + bootstrap.failed,
        "failed": bootstrap.failed,
        "seed": bootstrap.seed,
        "unit": "run",
        "level": level,
        "seconds": seconds,
    })
}

fn answer(workspace: &Workspace, fitted: &Fitted<'_>, method: Option<Interval>) -> Result<Answer, Failure> {
    let (state, level) = (&workspace.derived().fit, workspace.session().fit.level);
    let Fitted { report, input } = *fitted;
    let law = report.law.law();
    let bootstrap = state.bootstrap.as_ref();
    let (config, data) = (&input.question.config, &input.observations);
    let refused = |error: FitError| Failure::refused("no_interval", error.to_string());
    // Curvature gives the standard errors of both ways that resample nothing.
    let delta = match method {
        Some(Interval::Profile | Interval::Delta) => Delta::new(config, data, report).map_err(refused)?,
        Some(Interval::Bootstrap) | None => None,
    };
    if delta.is_none() && matches!(method, Some(Interval::Profile | Interval::Delta)) {
        message(
            "note",
            "no errors by curvature: they take more runs than free parameters, runs that tell these apart, and some noise",
        );
    }
    let mut params = Map::new();
    for (index, parameter) in report.params.iter().enumerate() {
        // A held parameter has no spread to speak of.
        let spread = bootstrap.filter(|_| !parameter.fixed);
        let delta = delta.as_ref().filter(|_| !parameter.fixed);
        let own = |theta: &[f64]| theta[index];
        let interval = match method {
            Some(Interval::Profile) => {
                let ends = likelihood_interval(config, data, report, index, level).map_err(refused)?;
                ends.map(|ends| json!(ends))
            }
            Some(Interval::Delta) => delta
                .and_then(|delta| delta.of_parameter(level, index))
                .map(|ends| json!(ends)),
            Some(Interval::Bootstrap) | None => spread.and_then(|b| b.interval(level, own)).map(|ends| json!(ends)),
        };
        let error = spread.and_then(|b| b.standard_error(own));
        let value = json!({
            "value": parameter.value,
            "interval": interval,
            "se": error.or_else(|| delta.and_then(|delta| delta.standard_error(own))),
            "fixed": parameter.fixed,
        });
        params.insert(parameter.name.clone(), value);
    }
    let derived = derived(fitted, bootstrap, delta.as_ref(), level);
    let one_variable = law.inputs() == crate::law::Inputs::One;
    Ok(Answer {
        law: report.law.name().to_owned(),
        formula: law.formula().to_owned(),
        x: one_variable.then(|| input.question.x.clone()),
        y: input.question.y.clone(),
        params,
        derived,
        objective: objective_json(report),
        n_used: report.n_used,
        n_runs: report.n_runs,
        n_excluded: input.left_out.len(),
        excluded: work::excluded(workspace, input),
        converged: report.converged(),
        stopped: json!(report.stopped),
        starts: json!({ "tried": report.starts_tried, "agreed": report.starts_agreed }),
        bootstrap: bootstrap.map(|b| bootstrap_json(b, level, state.bootstrap_seconds)),
        hold_out: input.hold_out_score(report).map(|score| {
            let runs: Vec<&str> = input.held_out.iter().map(|held| held.run.as_str()).collect();
            json!({ "n": score.n, "rmse_log": score.rmse_log, "runs": runs })
        }),
        verdicts: work::verdicts(fitted),
        flops_range: input.flops_range(),
        seconds: state.seconds,
        provenance: work::provenance(workspace),
        interval: method.map(|method| interval_json(method, level, delta.as_ref())),
        trust: Trust::default(),
    })
}

/// Where intervals come from; of a profile also where what it does not give comes from.
fn interval_json(method: Interval, level: f64, delta: Option<&Delta>) -> Value {
    let mut entry = json!({ "method": method, "level": level });
    if method != Interval::Bootstrap {
        entry["covariance"] = json!(delta.map(|delta| delta.made));
    }
    if method == Interval::Profile {
        entry["derived_and_se"] = json!(Interval::Delta);
    }
    entry
}

/// The same in words, and which parameters have no end on a side.
fn interval_words(answer: &Answer) -> String {
    let Some(interval) = &answer.interval else {
        return String::new();
    };
    let level = percent(interval["level"].as_f64().unwrap_or_default());
    let curvature = match interval["covariance"].as_str() {
        Some("least_squares") => "curvature, s²(JᵀJ)⁻¹",
        Some(_) => "curvature, the sandwich clustered by run",
        None => "",
    };
    let mut text = match (interval["method"].as_str(), curvature) {
        (Some("profile"), "") => format!("{level} % intervals of parameters from profiles\n"),
        (Some("profile"), curvature) => {
            format!("{level} % intervals of parameters from profiles; ± and those of a and b from {curvature}\n")
        }
        (Some("delta"), curvature) if !curvature.is_empty() => format!("± and {level} % intervals from {curvature}\n"),
        _ => return String::new(),
    };
    for (place, side) in ["below", "above"].into_iter().enumerate() {
        let open = |entry: &Value| entry["interval"].as_array().is_some_and(|ends| ends[place].is_null());
        let names: Vec<&str> = answer
            .params
            .iter()
            .filter(|(_, e)| open(e))
            .map(|(name, _)| &**name)
            .collect();
        if !names.is_empty() {
            text.push_str(&format!(
                "no end {side} within the bounds: {}; the runs do not limit it there\n",
                names.join(", ")
            ));
        }
    }
    text
}

/// What was minimised, with the numbers that belong to it.
pub(super) fn objective_json(report: &FitReport) -> Value {
    let FitReport { objective, value, .. } = report;
    let mut object = json!({
        "kind": objective.kind,
        "delta": (objective.kind == ObjectiveKind::Huber).then_some(objective.delta),
        "space": objective.space,
        "value": value,
    });
    if objective.kind == ObjectiveKind::Asymmetric {
        object["tau"] = json!(objective.tau);
    }
    object
}

/// a = beta/(alpha + beta) and b, the exponents of N*(C) and D*(C), of laws that have an optimum.
fn derived(
    fitted: &Fitted<'_>,
    bootstrap: Option<&Bootstrap>,
    delta: Option<&Delta>,
    level: f64,
) -> Map<String, Value> {
    let law = fitted.report.law.law();
    let exponents = |theta: &[f64]| closed_exponents(law, theta);
    let Some(values) = exponents(&fitted.report.theta()) else {
        return Map::new();
    };
    let entry = |(index, name): (usize, &str)| {
        let of = |theta: &[f64]| exponents(theta).map_or(f64::NAN, |pair| pair[index]);
        let resampled = bootstrap.and_then(|bootstrap| bootstrap.interval(level, of));
        let interval = resampled.or_else(|| delta.and_then(|delta| delta.interval(level, of)));
        (name.to_owned(), json!({ "value": values[index], "interval": interval }))
    };
    ["a", "b"].into_iter().enumerate().map(entry).collect()
}

fn words(workspace: &Workspace, fitted: &Fitted<'_>, answer: &Answer) -> String {
    let report = fitted.report;
    let law = report.law.law();
    let mut text = format!("{}: {} = {}", law.label(), answer.y, law.formula());
    if let Some(x) = &answer.x {
        text.push_str(&format!(", x = {x}"));
    }
    text.push_str("\n\n");
    // Numbers that the runs do not determine get no digits to be quoted.
    let digits = if report.has(VerdictCode::ExponentsNotIdentified) {
        2
    } else {
        6
    };
    let mut rows = vec![];
    for (parameter, meaning) in report.params.iter().zip(law.parameters()) {
        let spread = &answer.params[&parameter.name];
        let mut row = numbers(&parameter.name, spread, digits);
        row.push(if parameter.fixed {
            "held".to_owned()
        } else {
            meaning.meaning.to_string()
        });
        rows.push(row);
    }
    for (name, meaning) in [
        ("a", "N* grows as C^a, a = beta/(alpha + beta)"),
        ("b", "D* grows as C^b, b = alpha/(alpha + beta)"),
    ] {
        if let Some(value) = answer.derived.get(name) {
            let mut row = numbers(name, value, digits);
            row.push(meaning.to_owned());
            rows.push(row);
        }
    }
    text.push_str(&aligned(&rows));
    text.push('\n');
    text.push_str(&format!(
        "objective {} ({})\n",
        format_significant(report.value, 6),
        report.objective.words()
    ));
    text.push_str(&format!(
        "{} of {}",
        count(report.n_used, "point"),
        count(report.n_runs, "run")
    ));
    if answer.n_excluded > 0 {
        text.push_str(&format!(
            ", {} left out ({})",
            answer.n_excluded,
            work::reasons(fitted.input)
        ));
    }
    text.push_str(&format!(
        "; {} of {} agree; fitted in {} s\n",
        report.starts_agreed,
        count(report.starts_tried, "start"),
        format_significant(answer.seconds, 2)
    ));
    let state = &workspace.derived().fit;
    let bootstrap = state.bootstrap.as_ref();
    if let Some(bootstrap) = bootstrap.filter(|b| b.replicates.len() >= Bootstrap::FEWEST) {
        text.push_str(&format!(
            "± and {} % intervals from {} of runs, {} failed, seed {}, {} s\n",
            percent(workspace.session().fit.level),
            count(bootstrap.replicates.len() + bootstrap.failed, "resample"),
            bootstrap.failed,
            bootstrap.seed,
            format_significant(state.bootstrap_seconds, 2)
        ));
    }
    text.push_str(&interval_words(answer));
    if let Some(score) = fitted.input.hold_out_score(report) {
        text.push_str(&format!(
            "held out: {} of largest C, foreseen to {} in ln L (root mean square)\n",
            count(score.n, "point"),
            format_significant(score.rmse_log, 3)
        ));
    }
    text.push_str(&verdict_lines(&answer.verdicts));
    text + &answer.trust.words()
}

/// Name, value, ±, interval: as many digits as the error supports, and `known` digits where nothing is known about it.
pub(super) fn numbers(name: &str, entry: &Value, known: usize) -> Vec<String> {
    let number = |value: &Value| value.as_f64();
    let Some(value) = number(&entry["value"]) else {
        return vec![name.to_owned()];
    };
    let interval = (number(&entry["interval"][0]), number(&entry["interval"][1]));
    let error = number(&entry["se"]).filter(|error| *error > 0.0);
    let spread = error.or(match interval {
        (Some(low), Some(high)) if high > low => Some(0.25 * (high - low)),
        _ => None,
    });
    let digits = digits_of(value, spread, known);
    let plain = |value: f64| format_significant(value, digits);
    vec![
        name.to_owned(),
        plain(value),
        error.map_or(String::new(), |error| format!("± {}", format_significant(error, 2))),
        match interval {
            (Some(low), Some(high)) => format!("[{}, {}]", plain(low), plain(high)),
            (Some(low), None) => format!("≥ {}", plain(low)),
            (None, Some(high)) => format!("≤ {}", plain(high)),
            (None, None) => String::new(),
        },
    ]
}

/// What is to be known about an answer, a line each.
pub(super) fn verdict_lines(verdicts: &[Verdict]) -> String {
    let mut text = String::new();
    for verdict in verdicts {
        let severity = match verdict.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        text.push_str(&format!("{severity}: {}\n", verdict.text));
    }
    text
}
