//! The sections of a fit card, item by item.

use super::CardNumbers;
use super::said::{repeated, said, tried_out};
use crate::data::{Checkpoints, Compute, LossOfRun, ParamsCount, Role};
use crate::fit::{FitConfig, FitReport};
use crate::law::{Inputs, LawChoice, Structure};
use crate::session::{Derived, FitInput, LoadState, Session};
use crate::units::{Flops, Params, Tokens, format_significant};
use crate::validation::{CardField, CardSection, NOT_RECORDED, equation, r2_log};

fn field(item: u8, label: &'static str, text: impl Into<String>) -> CardField {
    CardField {
        item,
        label,
        text: text.into(),
    }
}

pub(super) fn hypothesis(input: &FitInput, report: &FitReport) -> CardSection {
    let config: &FitConfig = &input.question.config;
    let law = report.law.law();
    let mut form = equation(&report.law, &input.question.y);
    let mut also = |text: String| form.push_str(&format!("; {text}"));
    for (a, b) in &config.ties {
        also(format!("{a} = {b}"));
    }
    for (name, value) in &config.fixed {
        also(format!("{name} held at {value}"));
    }
    for (name, [low, high]) in &config.bounds {
        also(format!("{name} between {low} and {high}"));
    }
    let variables = match law.inputs() {
        Inputs::One => format!("x = {}", input.question.x),
        Inputs::Named(variables) => {
            let known = |name: &str| match name {
                "params" | "N" => "N in parameters".to_owned(),
                "tokens" | "D" => "D in tokens".to_owned(),
                "flops" | "C" => "C in FLOP".to_owned(),
                "unique_tokens" => "U in unique tokens".to_owned(),
                "step" => "S in optimiser steps".to_owned(),
                other => format!("{other} as in its column"),
            };
            variables.iter().map(|v| known(&v.name)).collect::<Vec<_>>().join(", ")
        }
    };
    let y = match input.question.y.as_str() {
        "loss" => "loss in nats per token".to_owned(),
        other => format!("{other} as in its column"),
    };
    let mut held = vec![];
    if let (Some((low, high)), n) = (range(input, |number| Some(number("tokens")? / number("params")?)), 1.05)
        && high <= low * n
    {
        held.push(format!("D/N = {}", format_significant(low, 3)));
    }
    if let Some((low, high)) = input
        .flops_range()
        .filter(|(low, high)| *high <= low * 1.05 && low <= high)
    {
        held.push(format!("C = {} to {}", Flops(low).short(), Flops(high).short()));
    }
    let held = if held.is_empty() {
        "neither D/N nor C; whatever else the runs share is not recorded".to_owned()
    } else {
        held.join(", ")
    };
    CardSection {
        title: "Hypothesis",
        fields: vec![
            field(1, "functional form; tied and fixed parameters", form),
            field(2, "variables and units", format!("{variables}; {y}")),
            field(3, "held constant", held),
        ],
    }
}

/// Least and greatest of a number over the fitted points.
fn range(input: &FitInput, of: impl Fn(&dyn Fn(&str) -> Option<f64>) -> Option<f64>) -> Option<(f64, f64)> {
    let values = input.data.iter().filter_map(|datum| {
        let table = &input.tables[datum.table].table;
        of(&|name| table.number(datum.point, name))
    });
    values.fold(None, |known, value| match known {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

fn column_of(input: &FitInput, role: Role) -> Option<String> {
    let mut tables = input.tables.iter();
    tables.find_map(|table| Some(table.table.column_with_role(role)?.name.clone()))
}

pub(super) fn setup(session: &Session, derived: &Derived, input: &FitInput) -> CardSection {
    let number = |name: &'static str| range(input, move |number| number(name));
    let mut size = format!("{} runs", input.n_runs());
    let mut also = |name: &str, range: Option<(f64, f64)>, short: &dyn Fn(f64) -> String| {
        if let Some((low, high)) = range {
            size.push_str(&format!("; {name} {} to {}", short(low), short(high)));
        }
    };
    also("N", number("params"), &|n| Params(n).short());
    also("D", number("tokens"), &|d| Tokens(d).short());
    also("C", input.flops_range(), &|c| Flops(c).short());
    let epochs = range(input, |number| Some(number("tokens")? / number("unique_tokens")?));
    size.push_str(&match epochs {
        Some((_, most)) if most > 1.0 => format!("; tokens repeated up to {} times", format_significant(most, 3)),
        Some(_) => "; no token repeated".to_owned(),
        None => "; repeats of tokens not recorded in the files".to_owned(),
    });
    let notes: Vec<String> = session
        .shown()
        .filter_map(|set| match derived.file(set.id)? {
            LoadState::Ready(loaded) => Some(loaded.report.notes.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    let params = match session.quantities.params {
        ParamsCount::AsGiven => "as given",
        ParamsCount::Total => "total only",
        ParamsCount::NonEmbedding => "without embeddings",
    };
    let column = column_of(input, Role::Params).map(|name| format!(", column `{name}`"));
    let other = column_of(input, Role::ParamsNonEmbedding).map(|name| format!("; without embeddings in `{name}`"));
    let n = format!(
        "{params}{}{}; tying of embeddings not recorded",
        column.unwrap_or_default(),
        other.unwrap_or_default()
    );
    let c = match (session.quantities.compute, column_of(input, Role::Flops)) {
        (Compute::SixNd, _) => "C = 6ND with the N that counts".to_owned(),
        (Compute::AsGiven, Some(name)) => format!("as given, column `{name}`"),
        (Compute::AsGiven, None) => "C = 6ND, where the files have none".to_owned(),
    };
    let c = if notes.is_empty() {
        c
    } else {
        format!("{c}; on reading: {}", notes.join("; "))
    };
    let mut policy: Vec<String> = [
        ("learning rate", "lr"),
        ("batch", "batch"),
        ("sequence length", "seq_len"),
    ]
    .into_iter()
    .filter_map(|(label, name)| {
        let (low, high) = number(name)?;
        let ends = [low, high].map(|end| format_significant(end, 3));
        Some(match low == high {
            true => format!("{label} {}", ends[0]),
            false => format!("{label} {} to {}", ends[0], ends[1]),
        })
    })
    .collect();
    policy.extend(match tried_out(input, "lr") {
        Some(true) => Some("some sizes have runs at several learning rates".to_owned()),
        Some(false) => Some("every size has one learning rate".to_owned()),
        None => None,
    });
    let schedule = said(input, &["schedule", "scheduler", "warmup"]);
    policy.push(match schedule.is_empty() {
        true => format!("schedule {NOT_RECORDED}"),
        false => schedule.join("; "),
    });
    policy.extend(said(input, &["optimizer", "optimiser", "decay", "wd"]));
    let policy = policy.join("; ");
    let mut seeds = said(input, &["seed", "seeds"]);
    if seeds.is_empty() {
        seeds.push(NOT_RECORDED.to_owned());
    }
    seeds.push(match repeated(input) {
        (0, _) => "no two runs share N and D".to_owned(),
        (runs, 1) => format!("{runs} runs share N and D"),
        (runs, groups) => format!("{runs} runs in {groups} groups share N and D"),
    });
    CardSection {
        title: "Setup",
        fields: vec![
            field(4, "models, sizes, data, repeats", size),
            field(5, "definition of N", n),
            field(6, "definition of C", c),
            field(7, "learning rate, batch and schedule", policy),
            field(8, "seeds of the runs", seeds.join("; ")),
        ],
    }
}

pub(super) fn data(input: &FitInput) -> CardSection {
    let question = &input.question;
    let checkpoints = match question.selection.checkpoints {
        Checkpoints::Final => "the last of each run",
        Checkpoints::All => "all of each run",
    };
    let filter = question.selection.keep.trim();
    let mut checkpoints = if filter.is_empty() {
        checkpoints.to_owned()
    } else {
        format!("{checkpoints}, where {filter}")
    };
    for rule in question.selection.rules.iter().filter(|rule| rule.on) {
        checkpoints.push_str(&format!(", not where {}", rule.text));
    }
    let told = |words: &[&str], what: &str| {
        let found = said(input, words);
        match found.is_empty() {
            true => format!("{what} {NOT_RECORDED}"),
            false => found.join("; "),
        }
    };
    let data_set = told(&["dataset", "datasets", "corpus"], "data set");
    let tokenizer = told(&["tokenizer", "tokeniser", "vocab"], "tokenizer");
    let corpus = format!("{data_set}; {tokenizer}");
    let loss = match column_of(input, Role::Loss) {
        Some(name) => format!("column `{name}`, taken for held-out loss; {corpus}"),
        None => format!("{NOT_RECORDED}; {corpus}"),
    };
    let smoothing = match question.quantities.loss {
        LossOfRun::Final => "none".to_owned(),
        LossOfRun::Best => "the lowest loss of each run".to_owned(),
        LossOfRun::Smoothed { half_life } => format!("losses smoothed with a half-life of {half_life} points"),
        LossOfRun::LastMean { count } => format!("mean of the last {count} losses of each run"),
    };
    let all = input.left_out.len() + input.observations.loss.len() + input.held_out.len();
    let reasons: Vec<String> = input
        .reasons()
        .into_iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    let left_out = match input.left_out.len() {
        0 => "none".to_owned(),
        count => format!("{count} of {all} points: {}; each is listed below", reasons.join(", ")),
    };
    CardSection {
        title: "Data",
        fields: vec![
            field(9, "checkpoints", checkpoints),
            field(10, "loss", loss),
            field(11, "smoothing and interpolation", smoothing),
            field(12, "points left out, and why", left_out),
        ],
    }
}

pub(super) fn fitting(input: &FitInput, report: &FitReport) -> CardSection {
    let search = match (report.law.law().structure(), &report.law) {
        (Structure::SumOfPowers { .. }, _) => {
            "variable projection over a grid of exponents for starts, then a damped Newton method on the objective itself"
        }
        (Structure::General, LawChoice::Formula(_)) => {
            "a quasi-random spread of starts, then Marquardt's and a damped Newton method on the objective itself"
        }
        (Structure::General, _) => "starts of the law's own, then a damped Newton method on the objective itself",
    };
    let own = if input.question.config.start.is_empty() {
        "no start values given".to_owned()
    } else {
        let starts = input.question.config.start.iter();
        let starts: Vec<String> = starts.map(|(name, value)| format!("{name} = {value}")).collect();
        format!("first start {}", starts.join(", "))
    };
    let held_out = match (input.question.hold_out, input.held_out.len()) {
        (Some(share), count) if count > 0 => format!(
            "the {} % of points with the largest C ({count}) kept out of the fit",
            format_significant(100.0 * share, 2)
        ),
        _ => "all points fitted, none kept out".to_owned(),
    };
    CardSection {
        title: "Fitting",
        fields: vec![
            field(
                13,
                "objective",
                format!(
                    "sum of {} over points; {} at the optimum",
                    report.objective.words(),
                    format_significant(report.value, 8)
                ),
            ),
            field(
                14,
                "optimiser, starts, convergence",
                format!(
                    "{search}; {own}; {} of {} starts reached the lowest objective; stopped at {}, {}",
                    report.starts_agreed,
                    report.starts_tried,
                    report.stopped.words(),
                    if report.converged() {
                        "converged"
                    } else {
                        "not converged"
                    }
                ),
            ),
            field(15, "weights", "every point counts the same"),
            field(16, "subset and hold-out", held_out),
        ],
    }
}

pub(super) fn validation(input: &FitInput, report: &FitReport, numbers: &CardNumbers) -> CardSection {
    let n = report.residuals.len() as f64;
    let rmse = (report.residuals.iter().map(|r| r * r).sum::<f64>() / n).sqrt();
    let mut errors = format!("in sample {} in ln L (root mean square)", format_significant(rmse, 3));
    if let Some(r2) = r2_log(report, &input.observations) {
        errors.push_str(&format!(", R² of ln L {}", format_significant(r2, 5)));
    }
    errors.push_str(&match input.hold_out_score(report) {
        Some(score) => format!(
            "; {} in ln L on the {} points of largest C, which the fit has not seen",
            format_significant(score.rmse_log, 3),
            score.n
        ),
        None => "; extrapolation not scored, nothing was held out".to_owned(),
    });
    let decades =
        |range: Option<(f64, f64)>| range.map(|(low, high)| format_significant((high / low).log10().max(0.0), 2));
    let spans: Vec<String> = [
        ("C", decades(input.flops_range())),
        ("N", decades(range(input, |number| number("params")))),
        ("D", decades(range(input, |number| number("tokens")))),
    ]
    .into_iter()
    .filter_map(|(name, decades)| Some(format!("{} decades of {name}", decades?)))
    .collect();
    let beyond = input.flops_range().zip(numbers.budget).map(|(range, budget)| {
        let decades = crate::plan::beyond_data_decades(budget, range);
        format!(
            "; C = {} is {} decades beyond",
            budget.short(),
            format_significant(decades, 2)
        )
    });
    let intervals = if numbers.intervals.is_empty() {
        "none computed".to_owned()
    } else {
        numbers.intervals.clone()
    };
    let sensitivity = if numbers.sensitivity.is_empty() {
        "other objectives and the largest residuals by verdict only; sizes, budgets, N and C not varied".to_owned()
    } else {
        numbers.sensitivity.join(" ")
    };
    CardSection {
        title: "Validation",
        fields: vec![
            field(17, "errors and R²", errors),
            field(18, "intervals and their unit", intervals),
            field(
                19,
                "range of the data, and beyond",
                format!("the runs span {}{}", spans.join(", "), beyond.unwrap_or_default()),
            ),
            field(20, "sensitivity", sensitivity),
        ],
    }
}
