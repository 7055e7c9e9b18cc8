//! Where overfitting begins, by everything that has something to say of it; they disagree, so they stand together.
//!
//! - measured: the D at which the held-out loss is lowest, of runs whose loss has risen again (`plan/onset.rs`);
//! - Kaplan's bound: the fewest unique tokens for the tolerated δL (Kaplan et al. 2020, eq. 4.4); tinted where there are fewer;
//! - the data-constrained law: over U unique tokens, the passes from which the next is worth half and a tenth of new
//!   tokens, and the D from which all further passes together lower the loss by less than δL (`plan/repeats.rs`);
//! - the exploratory gap law, where that is the fit: the D at which the gap is δL of the runs' median loss.
//!
//! The axis is tokens seen. Kaplan counts unique tokens, of which there are never more, so below his line there are too few
//! in either count.

mod laws;
mod turns;

use super::axes;
use super::context::Context;
use super::ramp::SizeRamp;
use super::ranges::{extent, snapped};
use super::series::{Courses, Series};
use super::words::{excluded_key, footer, nothing, plain, subtitle, whose};
use crate::figure::{Anchor, Axis, Dash, Dot, Dots, Figure, LegendEntry, LegendKey, Mark, Paint, Symbol, Token};
use crate::law::KaplanJoint;
use crate::plan::{Onset, Turn, earliest_stop, optimum_of};
use crate::units::{Params, Tokens, format_significant};
use laws::{KAPLAN, by_repeats, gap, gap_line, in_vain, kaplan, repeats, repeats_paint};
use std::collections::BTreeMap;
use turns::{by_unique, measured};

/// Passes after which the paper sees no more benefit; the view has room for them.
const PASSES_IN_VIEW: f64 = 60.0;

const MEASURED: Paint = Paint::Token(Token::Text);

pub(super) fn base(context: &Context<'_>, courses: &Courses) -> Figure {
    let series = courses.with_lengths(context);
    let turns: Vec<(&Series, Onset)> = series.iter().filter_map(|one| Some((one, one.onset?))).collect();
    let unique = unique_tokens(context, &turns);
    let ramp = SizeRamp::of_unique_tokens(turns.iter().filter_map(|(one, _)| one.unique));
    let (x_range, y_range) = ranges(context, &turns, unique);
    let mut figure = Figure {
        title: title(context, &turns, unique),
        subtitle: subtitle(context),
        x: axes::params(x_range),
        y: Axis {
            label: "Tokens seen D".to_owned(),
            ..axes::tokens(y_range)
        },
        equal_decades: false,
        marks: vec![],
        equation: vec![],
        legend: legend(context, &turns, unique),
        colour_bar: ramp.bar(),
        footer: sources(context, unique),
        empty: None,
    };
    if context.runs.is_empty() && context.fit.is_none() && context.scene.published.is_empty() {
        figure.empty = Some(nothing(
            context,
            "Open a file of runs, or show a published law, to see where overfitting begins",
            "",
        ));
        return figure;
    }
    let marks = &mut figure.marks;
    marks.extend(kaplan(context.scene.penalty));
    marks.extend(context.dots(
        |run| Some([run.params?, run.tokens?]),
        |_| Paint::Token(Token::Reference),
        1.8,
    ));
    if let Some(unique) = unique {
        marks.extend(repeats(context, unique));
    }
    marks.extend(gap(context));
    let paint = |one: &Series| match (one.excluded, ramp.bar().is_some()) {
        (true, _) => Paint::Token(Token::TextFaint),
        (_, true) => ramp.paint(one.unique),
        _ => MEASURED,
    };
    marks.extend(measured(&turns, paint));
    figure
}

/// What else says where overfitting begins, as marks of the isoloss map: turns of measured losses, repeats in vain, the gap.
pub(super) fn on_map(context: &Context<'_>, courses: &Courses) -> Vec<Mark> {
    let series = courses.with_lengths(context);
    let turns: Vec<(&Series, Onset)> = series.iter().filter_map(|one| Some((one, one.onset?))).collect();
    let mut marks = unique_tokens(context, &turns).map_or(vec![], |unique| in_vain(context, unique));
    marks.extend(gap(context));
    let risen = turns.iter().filter(|(_, onset)| onset.turn == Turn::Rises);
    let dots: Dots = risen
        .map(|(one, onset)| Dot {
            at: [one.params, onset.tokens],
            paint: MEASURED,
            hollow: one.excluded,
            datum: Some(one.end),
        })
        .collect();
    if !dots.is_empty() {
        marks.push(Mark::Dots {
            id: "turns".to_owned(),
            dots,
            symbol: Symbol::Diamond,
            radius: 4.2,
        });
    }
    marks
}

pub(super) fn budget(context: &Context<'_>) -> Vec<Mark> {
    let Some((params, tokens)) = answer(context) else {
        return vec![];
    };
    let accent = Paint::Token(Token::Accent);
    let at = [params.0, tokens.0];
    let unique = context
        .scene
        .unique_tokens
        .map_or(tokens, |unique| Tokens(unique.0.min(tokens.0)));
    let label = |text: String, importance| Mark::Label {
        at,
        text,
        paint: accent,
        anchor: Anchor::End,
        along: None,
        importance,
    };
    let penalty = KaplanJoint::TABLE_2.penalty(params, unique);
    let whose = match (by_repeats(context), context.law) {
        (None, Some(law)) => whose(&law),
        _ => String::new(),
    };
    let mut marks = vec![
        context.star("optimum", at, accent),
        label(
            format!(
                "{whose}{} on {} tokens: δL {} %",
                params.short(),
                tokens.short(),
                format_significant(100.0 * penalty, 2)
            ),
            250,
        ),
    ];
    if let Some(steps) = earliest_stop(params, unique) {
        // A count in the style of the axes; steps are no tokens.
        let steps = Tokens(steps).short();
        marks.push(label(format!("stop at step {steps} or later (Kaplan, eq. 5.7)"), 114));
    }
    marks
}

/// N and D of the answer; where none was chosen, a law that knows repeats is asked with the unique tokens.
fn answer(context: &Context<'_>) -> Option<(Params, Tokens)> {
    if context.scene.chosen.is_none() && by_repeats(context).is_some() {
        let fit = context.fit?;
        let unique = context.scene.unique_tokens;
        let best = optimum_of(fit.law.law(), &fit.theta(), context.scene.budget, unique).ok()?;
        return Some((best.equivalent_params(), best.tokens));
    }
    let place = context.place()?;
    Some((Params(place.params), Tokens(place.tokens)))
}

/// U: as the user says, else that of the runs that say most of a turn, else what all runs have.
fn unique_tokens(context: &Context<'_>, turns: &[(&Series, Onset)]) -> Option<f64> {
    if let Some(unique) = context.scene.unique_tokens {
        return Some(unique.0);
    }
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for (one, onset) in turns.iter().filter(|(one, _)| !one.excluded) {
        // Positive numbers are in the order of their bits.
        let votes = if onset.turn == Turn::Rises { 10 } else { 1 };
        *counts.entry(one.unique?.to_bits()).or_default() += votes;
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    let all = || extent(context.used().filter_map(|run| run.unique)).filter(|(low, high)| low == high);
    most.map(|(bits, _)| f64::from_bits(bits))
        .or_else(|| all().map(|(low, _)| low))
}

fn ranges(context: &Context<'_>, turns: &[(&Series, Onset)], unique: Option<f64>) -> ((f64, f64), (f64, f64)) {
    let sizes = context.used().filter_map(|run| run.params);
    let sizes = extent(sizes.chain(turns.iter().map(|(one, _)| one.params)));
    let tokens = context.used().filter_map(|run| run.tokens);
    let tokens = extent(
        tokens
            .chain(turns.iter().map(|(_, onset)| onset.last))
            .chain(unique.into_iter().flat_map(|unique| [unique, PASSES_IN_VIEW * unique])),
    );
    (
        sizes.map_or((1e7, 1e12), |(low, high)| snapped(low / 1.5, high * 4.0, 0.5)),
        tokens.map_or((1e8, 1e14), |(low, high)| snapped(low / 1.5, high * 2.0, 0.5)),
    )
}

/// The turns that were measured, else the bound.
fn title(context: &Context<'_>, turns: &[(&Series, Onset)], unique: Option<f64>) -> String {
    let groups = by_unique(turns);
    let group = groups
        .iter()
        .find(|(of, _)| Some(*of) == unique)
        .or_else(|| groups.iter().max_by_key(|(_, group)| group.len()));
    let after = |(one, onset): &(&Series, Onset)| match one.unique {
        Some(unique) => format!("{} epochs", format_significant(onset.tokens / unique, 2)),
        None => format!("{} tokens", Tokens(onset.tokens).short()),
    };
    let size = |(one, _): &(&Series, Onset)| Params(one.params).short();
    if let Some((of, group)) = group
        && let (Some(small), Some(large)) = (group.first(), group.last())
    {
        let over = if *of > 0.0 {
            format!("On {} unique tokens the", Tokens(*of).short())
        } else {
            "Held-out".to_owned()
        };
        return format!(
            "{over} loss turns up after {} at {}, {} at {}",
            after(small),
            size(small),
            after(large).trim_end_matches(" epochs"),
            size(large)
        );
    }
    let turned = turns
        .iter()
        .find(|(one, onset)| onset.turn == Turn::Rises && !one.excluded);
    if let Some(turned) = turned {
        return format!("Held-out loss of {} turns up after {}", size(turned), after(turned));
    }
    let penalty = context.scene.penalty;
    let coefficient = KaplanJoint::TABLE_2.min_tokens(Params(1.0), penalty).0;
    format!(
        "Below {} N^{} unique tokens a model overfits by {} % (Kaplan 2020)",
        format_significant(coefficient, 2),
        format_significant(KaplanJoint::TABLE_2.ratio(), 2),
        plain(100.0 * penalty)
    )
}

fn legend(context: &Context<'_>, turns: &[(&Series, Onset)], unique: Option<f64>) -> Vec<LegendEntry> {
    let entry = |text: &str, paint, key| LegendEntry {
        text: text.to_owned(),
        paint,
        key,
    };
    let any = |rises: bool| turns.iter().any(|(_, onset)| (onset.turn == Turn::Rises) == rises);
    let mut entries = vec![];
    if any(true) {
        let key = LegendKey::Symbol(Symbol::Diamond, false);
        entries.push(entry("lowest held-out loss", MEASURED, key));
    }
    if any(false) {
        let key = LegendKey::Symbol(Symbol::Diamond, true);
        entries.push(entry(
            "a bound: no rise yet (line up) or rising from the first (down)",
            MEASURED,
            key,
        ));
    }
    entries.push(entry(
        "too few unique tokens below",
        KAPLAN,
        LegendKey::Line(Dash::Solid),
    ));
    if unique.is_some() {
        let text = match by_repeats(context) {
            Some(_) => "repeats of U, this fit",
            None => "repeats of U, Muennighoff 2023",
        };
        entries.push(entry(text, repeats_paint(context), LegendKey::Line(Dash::Solid)));
    }
    if context.used().any(|run| run.params.is_some() && run.tokens.is_some()) {
        let key = LegendKey::Symbol(Symbol::Circle, false);
        entries.push(entry("run", Paint::Token(Token::Reference), key));
    }
    if context.runs.iter().any(|run| !run.used) {
        entries.push(excluded_key());
    }
    entries
}

fn sources(context: &Context<'_>, unique: Option<f64>) -> Vec<String> {
    let mut lines = footer(context, false);
    let mut parts = vec!["δL: Kaplan et al. 2020, eq. 4.3, of unique tokens, N without embeddings, 10 % dropout"];
    if unique.is_some() && by_repeats(context).is_none() {
        parts.push("repeats: Muennighoff et al. 2023, C4");
    }
    if gap_line(context).is_some() {
        parts.push("the gap law is exploratory and no publication's");
    }
    lines.push(parts.join(" · "));
    lines
}
