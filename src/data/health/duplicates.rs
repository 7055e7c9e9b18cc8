//! Runs that are there twice.
//!
//! *Exact*: the last points of two runs agree in N, D and L to the last bit. *Near*: they agree in N and D within 0.1 %, and
//! in group, distinct tokens, passes, learning rate, batch and sequence length as far as these are known, and in every
//! column of words that repeat (a data set, an optimiser), but not in L. Checkpoints
//! of one run are never compared.

use super::survey::{End, Survey};
use super::{Suspicion, of_runs};
use crate::data::{Column, Role};
use crate::units::format_significant;
use std::cmp::Ordering;
use std::collections::HashSet;

/// Values within this factor are the same size.
const SAME: f64 = 1.001;

pub(super) fn exact(survey: &Survey<'_>) -> Option<Suspicion> {
    let mut ends: Vec<(f64, f64, &End)> = sized(survey).collect();
    let order = |a: &(f64, f64, &End), b: &(f64, f64, &End)| {
        let values = |(n, d, end): &(f64, f64, &End)| [*n, *d, end.loss];
        compare(&values(a), &values(b))
    };
    // Stable: among equals the first run stays first.
    ends.sort_by(order);
    let same = ends
        .chunk_by(|a, b| order(a, b) == Ordering::Equal)
        .filter(|same| same.len() > 1);
    let (mut runs, mut example) = (vec![], None);
    for same in same {
        example.get_or_insert((same[0].2.run, same[1].2.run));
        runs.extend(same[1..].iter().map(|(.., end)| end.run));
    }
    let (first, second) = example?;
    let text = format!(
        "{} N, D and loss of an earlier one exactly, such as {} those of {}",
        of_runs(runs.len(), survey.all(), ["repeats", "repeat"]),
        survey.name(second),
        survey.name(first)
    );
    Some(Suspicion { runs, text })
}

pub(super) fn near(survey: &Survey<'_>) -> Option<Suspicion> {
    let words: Vec<&Column> = survey
        .table
        .columns()
        .iter()
        .filter(|column| repeats(survey, column))
        .collect();
    let settings: Vec<_> = [Role::Lr, Role::Batch, Role::SeqLen, Role::Epoch]
        .into_iter()
        .filter_map(|role| survey.table.column_with_role(role))
        .collect();
    let mut rows: Vec<Row<'_>> = sized(survey)
        .map(|(params, tokens, end)| Row {
            group: survey.table.runs()[end.run].group.as_deref(),
            settings: std::iter::once(survey.at(Role::UniqueTokens, end.point))
                .chain(settings.iter().map(|column| column.number(end.point)))
                .map(|value| value.unwrap_or(-1.0))
                .collect(),
            words: words.iter().map(|column| column.text(end.point)).collect(),
            params,
            tokens,
            end,
        })
        .collect();
    rows.sort_by(|a, b| a.kind(b).then(a.params.total_cmp(&b.params)));
    let (mut runs, mut widest) = (vec![], None::<(f64, usize, usize)>);
    for kind in rows.chunk_by_mut(|a, b| a.kind(b) == Ordering::Equal) {
        for sizes in clusters(kind, |row| row.params) {
            sizes.sort_by(|a, b| a.tokens.total_cmp(&b.tokens));
            for same in clusters(sizes, |row| row.tokens) {
                same.sort_by(|a, b| a.end.loss.total_cmp(&b.end.loss));
                let (Some(low), Some(high)) = (same.first(), same.last()) else {
                    continue;
                };
                if high.end.loss > low.end.loss {
                    let spread = (high.end.loss - low.end.loss) / low.end.loss.abs();
                    if widest.is_none_or(|(widest, ..)| spread > widest) {
                        widest = Some((spread, low.end.run, high.end.run));
                    }
                    runs.extend(same.iter().map(|row| row.end.run));
                }
            }
        }
    }
    let (spread, low, high) = widest?;
    let text = format!(
        "{} N and D with another within 0.1 % and not the loss, which differs by up to {} % between {} and {}",
        of_runs(runs.len(), survey.all(), ["shares", "share"]),
        format_significant(100.0 * spread, 2),
        survey.name(low),
        survey.name(high)
    );
    Some(Suspicion { runs, text })
}

/// A run's end with what tells its kind.
struct Row<'a> {
    group: Option<&'a str>,
    settings: Vec<f64>,
    words: Vec<&'a str>,
    params: f64,
    tokens: f64,
    end: &'a End,
}

impl Row<'_> {
    fn kind(&self, other: &Self) -> Ordering {
        self.group
            .cmp(&other.group)
            .then(compare(&self.settings, &other.settings))
            .then_with(|| self.words.cmp(&other.words))
    }
}

fn sized<'a>(survey: &'a Survey<'_>) -> impl Iterator<Item = (f64, f64, &'a End)> {
    survey
        .ends
        .iter()
        .filter_map(|end| Some((end.params?, end.tokens?, end)))
}

/// Whether a column of text tells kinds of runs apart, rather than runs: at most half as many words as runs.
fn repeats(survey: &Survey<'_>, column: &Column) -> bool {
    let named = survey
        .table
        .column_with_role(Role::Run)
        .is_some_and(|run| run.name == column.name);
    let words: HashSet<&str> = survey.ends.iter().map(|end| column.text(end.point)).collect();
    !column.is_numeric() && !named && 2 * words.len() <= survey.ends.len()
}

fn compare(a: &[f64], b: &[f64]) -> Ordering {
    let differs = a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
    differs.unwrap_or(Ordering::Equal)
}

/// Stretches of sorted rows whose sizes are within [`SAME`] of their first.
fn clusters<'s, 'a>(mut rows: &'s mut [Row<'a>], size: impl Fn(&Row<'a>) -> f64) -> Vec<&'s mut [Row<'a>]> {
    let mut parts = vec![];
    while let Some(first) = rows.first().map(&size) {
        let end = rows.partition_point(|row| size(row) <= SAME * first);
        let (part, rest) = rows.split_at_mut(end.max(1));
        parts.push(part);
        rows = rest;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::tests::{curve, found, table};
    use crate::data::FindingKind;

    #[test]
    fn exact_repeats_leave_the_first_alone() {
        let rows = [
            ("a", 1e7, 1e9, None, 4.0),
            ("b", 1e7, 1e9, None, 4.0),
            ("c", 1e7, 2e9, None, 3.9),
            ("d", 1e7, 1e9, None, 4.0),
        ];
        let finding = found(&table(&rows), FindingKind::ExactDuplicate).unwrap();
        assert_eq!(finding.runs, [1, 3]);
        assert_eq!(
            finding.text,
            "2 of 4 runs repeat N, D and loss of an earlier one exactly, such as `b` those of `a`"
        );
        assert_eq!(found(&table(&rows), FindingKind::NearDuplicate), None);
        assert_eq!(found(&table(&rows[1..3]), FindingKind::ExactDuplicate), None);
    }

    #[test]
    fn near_repeats_differ_in_loss_alone() {
        let rows = [
            ("a", 1e7, 1e9, None, 4.0),
            ("b", 1.0005e7, 1.0003e9, None, 4.1),
            ("c", 1e7, 1.01e9, None, 4.2),
        ];
        let finding = found(&table(&rows), FindingKind::NearDuplicate).unwrap();
        assert_eq!(finding.runs, [0, 1]);
        assert!(
            finding.text.contains("up to 2.5 % between `a` and `b`"),
            "{}",
            finding.text
        );
        assert_eq!(found(&table(&rows[1..]), FindingKind::NearDuplicate), None);
        // Checkpoints of one run.
        let curve = curve("a", 9, 1.0001, |step| 4.0 - step);
        assert_eq!(found(&table(&curve), FindingKind::NearDuplicate), None);
    }
}
