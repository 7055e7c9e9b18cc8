//! Titles, subtitles, captions: what a figure says beside its picture.

use super::context::Context;
use crate::figure::{LegendEntry, LegendKey, Paint, Symbol, Token};
use crate::fit::{FitReport, ObjectiveKind, Space};
use crate::plan::Allocation;
use crate::units::{Flops, format_significant, superscript};

/// `C^0.51`, with its interval where there is one: `C^0.51 [0.47, 0.55]`, which no line break parts.
pub(super) fn power_of_c(exponent: f64, interval: Option<[f64; 2]>) -> String {
    match interval {
        Some([low, high]) => format!("C^{} [{},\u{a0}{}]", two(exponent), two(low), two(high)),
        None => format!("C^{}", two(exponent)),
    }
}

/// Two decimals with a true minus.
pub(super) fn two(value: f64) -> String {
    format!("{value:.2}").replace('-', "−")
}

/// Whose law it is, as a prefix; empty for the user's own.
pub(super) fn whose(law: &Allocation) -> String {
    match law {
        Allocation::Surface(_) => String::new(),
        Allocation::Published(law) => format!("{}: ", law.label),
    }
}

/// With a capital first letter.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().collect::<String>() + chars.as_str()
    })
}

/// Which data: names and labels of the tables, and the compute of the runs.
pub(super) fn subtitle(context: &Context<'_>) -> String {
    let named: Vec<String> = context
        .scene
        .tables
        .iter()
        .map(|(table, _)| match table.label.as_str() {
            "" => table.name.clone(),
            label => format!("{} ({label})", table.name),
        })
        .collect();
    let mut out = match named.as_slice() {
        [first, second, rest @ ..] if rest.len() > 1 => format!("{first}, {second} and {} more", rest.len()),
        all => all.join(", "),
    };
    if let Some((low, high)) = context.data_flops_range().filter(|_| !out.is_empty()) {
        out += &format!(" · runs of {} to {} FLOP", one_digit(low), one_digit(high));
    }
    out
}

/// A budget as people say it: `6·10¹⁸`.
pub(super) fn one_digit(flops: f64) -> String {
    let exponent = flops.log10().floor() as i32;
    let rounded = format!("{flops:.0e}").parse().unwrap_or(flops);
    if (0..4).contains(&exponent) {
        format_significant(rounded, 1)
    } else {
        Flops(rounded).short()
    }
}

/// n, what was left out, law and objective; then the sources of what others published.
pub(super) fn footer(context: &Context<'_>, band: bool) -> Vec<String> {
    let (used, all) = (context.used().count(), context.runs.len());
    let mut parts = vec![];
    if all > 0 {
        parts.push(match all - used {
            0 => format!("n = {used} runs"),
            excluded => format!("n = {used} of {all} runs, {excluded} excluded"),
        });
    }
    match (context.scene.fit, context.fit) {
        (_, Some(report)) => {
            parts.push(report.law.name().to_owned());
            parts.push(objective(report));
        }
        (Some(report), None) => parts.push(format!("{} has not converged and is not drawn", report.law.name())),
        (None, None) => {}
    }
    if let (true, Some(bootstrap)) = (band, context.scene.bootstrap) {
        parts.push(format!(
            "band 95 %, {} resamples of the runs",
            bootstrap.replicates.len()
        ));
    }
    let mut lines = vec![];
    if !parts.is_empty() {
        lines.push(parts.join(" · "));
    }
    let mut papers: Vec<&str> = context.scene.published.iter().map(|law| paper(law.source)).collect();
    papers.dedup();
    if !papers.is_empty() {
        lines.push(format!("Published: {}", papers.join(" · ")));
    }
    lines
}

/// Authors and number of a source, without the place in it.
fn paper(source: &str) -> &str {
    source.split([':', ';', '(']).next().unwrap_or(source).trim()
}

fn objective(report: &FitReport) -> String {
    let space = match report.objective.space {
        Space::Log => "log loss",
        Space::Level => "loss",
    };
    match report.objective.kind {
        ObjectiveKind::Huber => format!("Huber δ {} on {space}", compact(report.objective.delta)),
        ObjectiveKind::Squared => format!("least squares on {space}"),
        ObjectiveKind::Absolute => format!("least absolute error on {space}"),
    }
}

/// 10⁻³, or the plain number where it is no power of ten.
fn compact(value: f64) -> String {
    let exponent = value.log10().round();
    if value > 0.0 && (value.log10() - exponent).abs() < 1e-9 && exponent.abs() >= 2.0 {
        format!("10{}", superscript(exponent as i32))
    } else {
        format!("{value}")
    }
}

/// Hollow dots are explained where there are any.
pub(super) fn legend(context: &Context<'_>) -> Vec<LegendEntry> {
    let excluded = context.runs.iter().any(|run| !run.used);
    let key = |hollow| LegendKey::Symbol(Symbol::Circle, hollow);
    if !excluded {
        return vec![];
    }
    vec![
        LegendEntry {
            text: "run".to_owned(),
            paint: Paint::Ramp(0.5),
            key: key(false),
        },
        LegendEntry {
            text: "excluded from the fit".to_owned(),
            paint: Paint::Token(Token::TextFaint),
            key: key(true),
        },
    ]
}
