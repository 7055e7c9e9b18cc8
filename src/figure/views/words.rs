//! Titles, subtitles, captions: what a figure says beside its picture.

use super::context::Context;
use crate::figure::{LegendEntry, LegendKey, Paint, Symbol, Token};
use crate::fit::Uncertainty;
use crate::plan::Allocation;
use crate::units::{Flops, format_significant};

/// `C^0.51`, with its interval where there is one: `C^0.51 [0.47, 0.55]`, which no line break parts.
pub(super) fn power_of_c(exponent: f64, interval: Option<[f64; 2]>) -> String {
    match interval {
        // Both ends the same to two decimals say nothing more.
        Some([low, high]) if two(low) != two(high) => {
            format!("C^{} [{},\u{a0}{}]", two(exponent), two(low), two(high))
        }
        _ => format!("C^{}", two(exponent)),
    }
}

/// `N^−0.35`.
pub(super) fn power(symbol: &str, exponent: f64) -> String {
    format!("{symbol}^{}", two(exponent))
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

/// At most three digits, without trailing zeros.
pub(super) fn plain(value: f64) -> String {
    let text = format_significant(value, 3);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// With a capital first letter.
pub fn capitalised(text: &str) -> String {
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
    let rounded = rounded(flops, 1);
    if (0..4).contains(&exponent) {
        format_significant(rounded, 1)
    } else {
        Flops(rounded).short()
    }
}

/// A budget by its name: as people say it where that is true to 3 %, else with a second digit, `1.8·10¹⁹`.
pub(super) fn budget_name(flops: f64) -> String {
    if (rounded(flops, 1) / flops - 1.0).abs() <= 0.03 {
        one_digit(flops)
    } else {
        Flops(rounded(flops, 2)).short()
    }
}

fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// What an empty view says: why there is no fit, where that is the reason; else what it needs, without runs or with.
pub(super) fn nothing(context: &Context<'_>, without_runs: &str, with_runs: &str) -> String {
    let text = if context.runs.is_empty() {
        without_runs
    } else {
        with_runs
    };
    context.scene.obstacle.unwrap_or(text).to_owned()
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
            parts.push(report.objective.words());
        }
        (Some(report), None) => parts.push(format!("{} has not converged and is not drawn", report.law.name())),
        (None, None) => {}
    }
    if let (true, Some(spread)) = (band, context.scene.spread) {
        let by = match spread {
            Uncertainty::Resampled(bootstrap) => format!("{} resamples of the runs", bootstrap.replicates.len()),
            Uncertainty::Curved(_) => "by the curvature at the optimum".to_owned(),
        };
        parts.push(format!("band {:.0} %, {by}", context.scene.level * 100.0));
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

/// Hollow dots are explained where there are any.
pub(super) fn legend(context: &Context<'_>) -> Vec<LegendEntry> {
    let excluded = context.runs.iter().any(|run| !run.used);
    if !excluded {
        return vec![];
    }
    vec![run_key(), excluded_key()]
}

/// A dot of a run that is fitted.
pub(super) fn run_key() -> LegendEntry {
    LegendEntry {
        text: "run".to_owned(),
        paint: Paint::Ramp(0.5),
        key: LegendKey::Symbol(Symbol::Circle, false),
    }
}

/// A dot of one that is not.
pub(super) fn excluded_key() -> LegendEntry {
    LegendEntry {
        text: "excluded from the fit".to_owned(),
        paint: Paint::Token(Token::TextFaint),
        key: LegendKey::Symbol(Symbol::Circle, true),
    }
}

/// A number of things, in groups of three digits: `2,000,000 checkpoints`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    let digits = count.to_string();
    let grouped: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    format!("{} {}", grouped.join(","), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_not_rounded_into_others() {
        assert_eq!(budget_name(6e18), "6·10¹⁸");
        assert_eq!(budget_name(6.1e18), "6·10¹⁸");
        assert_eq!(budget_name(1.8e19), "1.8·10¹⁹");
        assert_eq!(budget_name(1.26e21), "1.3·10²¹");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(counted(1, "curve", "curves"), "1 curve");
        assert_eq!(counted(182, "curve", "curves"), "182 curves");
        assert_eq!(counted(2_000_000, "curve", "curves"), "2,000,000 curves");
    }

    #[test]
    fn an_interval_of_equal_ends_is_left_out() {
        assert_eq!(power_of_c(0.514, Some([0.478, 0.561])), "C^0.51 [0.48,\u{a0}0.56]");
        assert_eq!(power_of_c(0.514, Some([0.513, 0.514])), "C^0.51");
    }
}
