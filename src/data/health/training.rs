//! Runs that diverged, learned nothing, or stopped early.
//!
//! *Did not train*, either of two rules:
//!
//! - a curve of five points or more, over a factor of ten in steps or tokens, whose end (the median of its last three
//!   losses) is at least 98 % of its first loss;
//! - of four runs or more of one group: an end within 2 % of the group's highest, at least 40 % above that of a run with no
//!   more parameters and no more tokens. Beyond four passes over the data nothing is said: there, larger models can end
//!   higher by overfitting. Where more than half of the runs are so high, that is not the exception and nothing is said.
//!
//! *Crashed early*: at least three curves, and 60 % of those of a group whose names differ in digits only, end together
//! within 1 %; those that end before half of that crashed. Sweeps over the length of training have no such common end. Or
//! a column `state` or `status` says so.

use super::survey::{End, Survey};
use super::{Suspicion, of_runs};
use crate::data::Role;
use crate::data::progress::By;
use crate::units::{Tokens, format_significant};
use std::collections::{BTreeMap, BTreeSet};

/// An end is that of a run that learned nothing if it is this share of its first loss, or of the highest.
const STILL: f64 = 0.98;
/// So much higher than a smaller run on no more tokens.
const FAR: f64 = 1.4;
/// Passes over the data beyond which a larger model may end higher.
const MOST_PASSES: f64 = 4.0;
/// States of trackers that mean an end before time, in lower case.
const BROKEN: [&str; 6] = ["crashed", "failed", "killed", "preempted", "aborted", "error"];

pub(super) fn diverged(survey: &Survey<'_>) -> Option<Suspicion> {
    let table = survey.table;
    let first = *table.diverged().first()?;
    let runs: BTreeSet<usize> = table.diverged().iter().map(|&point| table.run_of(point)).collect();
    let text = format!(
        "{} a loss of NaN or infinity, the first at line {}",
        of_runs(runs.len(), survey.all(), ["has", "have"]),
        table.points().get(first).line
    );
    Some(Suspicion {
        runs: runs.into_iter().collect(),
        text,
    })
}

pub(super) fn did_not_train(survey: &Survey<'_>) -> Option<Suspicion> {
    let flat: Vec<usize> = (0..survey.all()).filter(|&run| is_flat(survey, run)).collect();
    let (high, level, far) = plateau(survey);
    let mut parts = vec![];
    if let Some(&run) = flat.first() {
        let first = survey.curves.run(run)[0];
        let first = survey.loss.and_then(|loss| loss.get(first)).unwrap_or_default();
        parts.push(format!(
            "{} at the first loss or above 98 % of it, such as {} which began at {}",
            of_runs(flat.len(), survey.all(), ["ends", "end"]),
            survey.name(run),
            format_significant(first, 4)
        ));
    }
    if !high.is_empty() {
        parts.push(format!(
            "{} within 2 % of the highest loss, {}, while a run with no more parameters and tokens reaches {}",
            of_runs(high.len(), survey.all(), ["ends", "end"]),
            format_significant(level, 4),
            format_significant(far, 4)
        ));
    }
    (!parts.is_empty()).then(|| Suspicion {
        runs: flat.into_iter().chain(high).collect(),
        text: parts.join("; "),
    })
}

/// Whether a curve ends where it began.
fn is_flat(survey: &Survey<'_>, run: usize) -> bool {
    let points = survey.curves.run(run);
    let loss = |point: usize| survey.loss.and_then(|loss| loss.get(point));
    let (Some(&first), Some(&last), true) = (points.first(), points.last(), points.len() >= 5) else {
        return false;
    };
    let progress = |point| survey.curves.progress.at(run, point);
    let long = matches!((progress(first), progress(last)), (Some(a), Some(b)) if b >= 10.0 * a.max(0.0) && b > a);
    let mut tail = [0.0; 3];
    for (place, &point) in tail.iter_mut().zip(points.iter().rev()) {
        let Some(value) = loss(point) else { return false };
        *place = value;
    }
    tail.sort_by(f64::total_cmp);
    long && loss(first).is_some_and(|first| first > 0.0 && tail[1] >= STILL * first)
}

/// Runs on the plateau of those that learned nothing, its level, and the loss that a smaller run reaches.
fn plateau(survey: &Survey<'_>) -> (Vec<usize>, f64, f64) {
    let mut groups: BTreeMap<Option<&str>, Vec<(f64, f64, End)>> = BTreeMap::new();
    for end in &survey.ends {
        if let (Some(params), Some(tokens), true) = (end.params, end.tokens, end.loss > 0.0) {
            let group = survey.table.runs()[end.run].group.as_deref();
            groups.entry(group).or_default().push((params, tokens, *end));
        }
    }
    let (mut found, mut level, mut reached) = (vec![], 0.0f64, f64::INFINITY);
    for mut ends in groups.into_values().filter(|ends| ends.len() >= 4) {
        let highest = ends.iter().map(|(.., end)| end.loss).fold(0.0, f64::max);
        let is_high = |end: &End| end.loss >= STILL * highest;
        if 2 * ends.iter().filter(|(.., end)| is_high(end)).count() > ends.len() {
            continue;
        }
        // By size, and runs that trained first among equals.
        ends.sort_by(|(a, _, x), (b, _, y)| a.total_cmp(b).then(x.loss.total_cmp(&y.loss)));
        let mut least: Option<(f64, f64)> = None;
        for (_, tokens, end) in ends {
            let trained = end.loss * FAR <= STILL * highest;
            if trained && least.is_none_or(|(least, _)| tokens < least) {
                least = Some((tokens, end.loss));
            }
            let unique = survey.at(Role::UniqueTokens, end.point);
            let fresh = unique.is_none_or(|unique| tokens <= MOST_PASSES * unique);
            if let Some((_, loss)) = least.filter(|(least, _)| is_high(&end) && fresh && *least <= tokens) {
                found.push(end.run);
                level = level.max(highest);
                reached = reached.min(loss);
            }
        }
    }
    (found, level, reached)
}

pub(super) fn crashed_early(survey: &Survey<'_>) -> Option<Suspicion> {
    let mut parts = vec![];
    let (mut runs, short) = ended_early(survey);
    parts.extend(short);
    if let Some((column, marked, state)) = marked(survey) {
        parts.push(format!(
            "{} marked `{state}` or the like in `{column}`",
            of_runs(marked.len(), survey.all(), ["is", "are"])
        ));
        runs.extend(marked);
    }
    (!parts.is_empty()).then(|| Suspicion {
        runs,
        text: parts.join("; "),
    })
}

/// Curves that end before half of where most of their siblings do.
fn ended_early(survey: &Survey<'_>) -> (Vec<usize>, Option<String>) {
    // Group, name without digits, and whether ends are steps.
    type Family<'a> = (Option<&'a str>, String, bool);
    let mut families: BTreeMap<Family<'_>, Vec<(f64, usize)>> = BTreeMap::new();
    for (run, about) in survey.table.runs().iter().enumerate() {
        let points = survey.curves.run(run);
        let last = points.last().filter(|_| points.len() >= 2);
        if let Some(end) = last.and_then(|&last| survey.curves.progress.at(run, last)) {
            let steps = survey.curves.progress.by(run) == By::Steps;
            let family = (about.group.as_deref(), without_digits(&about.name), steps);
            families.entry(family).or_default().push((end, run));
        }
    }
    let (mut found, mut example) = (vec![], None);
    for ((.., steps), mut ends) in families {
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let together = |start: usize| ends.partition_point(|(end, _)| *end <= 1.01 * ends[start].0) - start;
        let Some((size, end)) = (0..ends.len())
            .map(|start| (together(start), ends[start].0))
            .max_by_key(|(size, _)| *size)
        else {
            continue;
        };
        if size < 3 || 10 * size < 6 * ends.len() {
            continue;
        }
        for (early, run) in ends.iter().filter(|(early, _)| *early < 0.5 * end) {
            let at = |end: f64| match steps {
                true => format!("step {end:.0}"),
                false => format!("{} tokens", Tokens(end).short()),
            };
            example.get_or_insert_with(|| {
                let (name, early, end) = (survey.name(*run), at(*early), at(end));
                format!("{name} ends at {early} where {size} of its siblings reach {end}")
            });
            found.push(*run);
        }
    }
    let text = example.map(|example| match found.len() {
        1 => example,
        count => format!("{count} curves end before half of their siblings', such as {example}"),
    });
    (found, text)
}

/// A name with `#` for every number in it.
fn without_digits(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '0'..='9' if pattern.ends_with('#') => {}
            '0'..='9' => pattern.push('#'),
            other => pattern.push(other),
        }
    }
    pattern
}

/// Runs that their tracker calls broken: the column, the runs, and one of the words.
fn marked<'a>(survey: &Survey<'a>) -> Option<(&'a str, Vec<usize>, &'a str)> {
    let is_state = |name: &str| ["state", "status"].iter().any(|known| name.eq_ignore_ascii_case(known));
    let column = survey.table.columns().iter().find(|column| is_state(&column.name))?;
    let mut runs = BTreeSet::new();
    let mut word = None;
    for (point, text) in column.texts().enumerate() {
        if BROKEN.iter().any(|broken| text.eq_ignore_ascii_case(broken)) {
            runs.insert(survey.table.run_of(point));
            word.get_or_insert(text);
        }
    }
    Some((&column.name, runs.into_iter().collect(), word?))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{curve, found, table};
    use crate::data::{Column, FindingKind, Point, Run, RunTable};
    use crate::units::Loss;

    #[test]
    fn divergence_is_counted_in_runs() {
        let rows = [
            ("a", 1e7, 1e9, Some(1.0), 9.0),
            ("b", 1e7, 1e9, Some(1.0), f64::NAN),
            ("b", 1e7, 2e9, Some(2.0), f64::NAN),
        ];
        let finding = found(&table(&rows), FindingKind::Diverged).unwrap();
        assert_eq!(finding.runs, [1]);
        assert_eq!(
            finding.text,
            "1 of 2 runs has a loss of NaN or infinity, the first at line 3"
        );
        assert_eq!(found(&table(&rows[..1]), FindingKind::Diverged), None);
    }

    #[test]
    fn a_curve_that_ends_where_it_began_did_not_train() {
        let learns = |step: f64| 3.0 + 8.0 * step.powf(-0.3);
        let mut rows = curve("good", 20, 2000.0, learns);
        rows.extend(curve("bad", 20, 2000.0, |step| 10.9 - 0.00005 * step));
        let finding = found(&table(&rows), FindingKind::DidNotTrain).unwrap();
        assert_eq!(finding.runs, [1]);
        assert!(
            finding.text.starts_with("1 of 2 runs ends at the first loss"),
            "{}",
            finding.text
        );
        // The tail of a long training is nearly flat and no sign of anything.
        let tail: Vec<_> = curve("tail", 2000, 1e6, learns).split_off(1000);
        assert_eq!(found(&table(&tail), FindingKind::DidNotTrain), None);
    }

    #[test]
    fn the_highest_loss_is_suspicious_where_a_smaller_run_did_better() {
        let mut rows = vec![
            ("a", 1e7, 1e9, None, 4.0),
            ("b", 1e8, 1e9, None, 3.5),
            ("c", 1e7, 1e10, None, 3.6),
            ("d", 1e8, 1e10, None, 7.4),
        ];
        assert_eq!(found(&table(&rows), FindingKind::DidNotTrain).unwrap().runs, [3]);
        // The smallest run, and the largest on hardly any data, may well be the highest.
        rows[3] = ("d", 1e9, 1e7, None, 7.4);
        assert_eq!(found(&table(&rows), FindingKind::DidNotTrain), None);
    }

    #[test]
    fn a_curve_shorter_than_its_siblings_crashed() {
        let loss = |step: f64| 2.0 + step.powf(-0.3);
        let mut rows: Vec<_> = ["m-1", "m-2", "m-3"]
            .iter()
            .flat_map(|name| curve(name, 20, 1000.0, loss))
            .collect();
        rows.extend(curve("m-4", 8, 400.0, loss));
        let finding = found(&table(&rows), FindingKind::CrashedEarly).unwrap();
        assert_eq!(finding.runs, [3]);
        assert_eq!(
            finding.text,
            "`m-4` ends at step 400 where 3 of its siblings reach step 1000"
        );
        // A sweep over the length of training.
        let rows: Vec<_> = [("m-1", 100.0), ("m-2", 200.0), ("m-3", 400.0), ("m-4", 800.0)]
            .iter()
            .flat_map(|(name, last)| curve(name, 20, *last, loss))
            .collect();
        assert_eq!(found(&table(&rows), FindingKind::CrashedEarly), None);
    }

    #[test]
    fn trackers_know_what_crashed() {
        let run = |name: &str| Run {
            name: name.into(),
            ..Run::default()
        };
        let point = |run| Point {
            run,
            loss: Some(Loss(3.0)),
            ..Point::default()
        };
        let states = |texts: [&str; 2]| {
            let column = Column::of_texts("State", texts);
            RunTable::new("t", vec![run("a"), run("b")], vec![point(0), point(1)], vec![column]).unwrap()
        };
        let finding = found(&states(["finished", "crashed"]), FindingKind::CrashedEarly).unwrap();
        assert_eq!(
            (finding.runs, finding.text.as_str()),
            (vec![1], "1 of 2 runs is marked `crashed` or the like in `State`")
        );
        assert_eq!(found(&states(["finished", "running"]), FindingKind::CrashedEarly), None);
    }
}
