//! Which measurements are new, which are gone, and which have another loss.
//!
//! A point is known by its run and its numbers. What does not match so is looked for by its numbers alone, for runs without a
//! name of their own are called by their line; and what is left of a run at the same D on both sides was measured anew.

use crate::session::{FitInput, Record, Session};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// More points than this are compared by the names of their runs alone: somebody waits for it.
const COMPARED: usize = 20_000;

/// Points of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunPoints {
    /// Its name.
    pub run: String,
    /// How many of its points; 0 where only the run is known.
    pub points: usize,
}

/// What has become of the points since.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PointChanges {
    /// Not there then.
    pub new: Vec<RunPoints>,
    /// There then and not now.
    pub gone: Vec<RunPoints>,
    /// The same run at the same D with other numbers.
    pub changed: Vec<RunPoints>,
    /// Only runs that take part are compared, by their names: the points of the earlier save are not to be had, or are too many.
    pub by_name: bool,
    /// The names are not known either.
    pub unknown: bool,
}

impl PointChanges {
    /// Whether nothing is known to have changed.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.gone.is_empty() && self.changed.is_empty()
    }

    /// Of two fits of which the points are known.
    pub(super) fn of(before: &FitInput, now: &FitInput) -> Self {
        let size = |input: &FitInput| input.tables.iter().map(|t| t.table.points().len()).sum::<usize>();
        if size(before).max(size(now)) > COMPARED {
            let [before, now] = [before, now].map(|input| by_run(input).map(|(run, _)| run).collect::<HashSet<_>>());
            return Self {
                new: listed(now.difference(&before).copied()),
                gone: listed(before.difference(&now).copied()),
                by_name: true,
                ..Self::default()
            };
        }
        let (mut before, mut now): (Vec<Seen<'_>>, Vec<Seen<'_>>) = (all(before).collect(), all(now).collect());
        pair(&mut before, &mut now, |seen| (seen.run, seen.numbers));
        pair(&mut before, &mut now, |seen| ("", seen.numbers));
        let changed = pair(&mut before, &mut now, |seen| (seen.run, [seen.numbers[1]; 4]));
        let runs = |seen: &[Seen<'_>]| counted(seen.iter().map(|seen| seen.run));
        Self {
            new: runs(&now),
            gone: runs(&before),
            changed: runs(&changed),
            by_name: false,
            unknown: false,
        }
    }

    /// Of a fit of which only the record is known, and what its user had left out by hand.
    pub(super) fn of_record(record: &Record, session: &Session, now: &FitInput) -> Self {
        let named: HashSet<&str> = record
            .runs
            .iter()
            .flat_map(|runs| &runs.used)
            .map(String::as_str)
            .collect();
        let complete = record.runs.iter().all(|runs| runs.used.len() >= runs.runs);
        if named.is_empty() || !complete {
            return Self {
                by_name: true,
                unknown: true,
                ..Self::default()
            };
        }
        let by_hand: HashSet<&str> = session.exclusions.iter().map(|e| e.of.run.as_str()).collect();
        let there: HashSet<&str> = by_run(now).map(|(run, _)| run).collect();
        let used = by_run(now).filter(|(_, used)| *used).map(|(run, _)| run);
        // What is only left out is no run that is gone, and one that was only left out is not new.
        let new = used.filter(|run| !named.contains(run) && !by_hand.contains(run));
        let gone = record.runs.iter().flat_map(|runs| &runs.used).map(String::as_str);
        Self {
            new: listed(new),
            gone: listed(gone.filter(|run| !there.contains(run))),
            by_name: true,
            ..Self::default()
        }
    }
}

/// A point as it is known again.
#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    run: &'a str,
    /// Bits of N, D, C and L.
    numbers: [u64; 4],
}

/// Every point that could take part.
fn all(input: &FitInput) -> impl Iterator<Item = Seen<'_>> {
    input.tables.iter().flat_map(|part| {
        let excluded = part.selected.excluded.iter().map(|excluded| excluded.point);
        part.selected.used.iter().copied().chain(excluded).map(|point| {
            let row = part.table.points().get(point);
            let bits = |value: Option<f64>| value.map_or(u64::MAX, f64::to_bits);
            Seen {
                run: part.table.run_name(point),
                numbers: [
                    bits(row.model_size().map(|n| n.0)),
                    bits(row.tokens.map(|d| d.0)),
                    bits(row.flops.map(|c| c.0)),
                    bits(row.loss.map(|l| l.0)),
                ],
            }
        })
    })
}

/// Every run that could take part, and whether it does. Of millions of points only places are looked at.
fn by_run(input: &FitInput) -> impl Iterator<Item = (&str, bool)> {
    input.tables.iter().flat_map(|part| {
        let mut found = vec![None; part.table.runs().len()];
        for excluded in &part.selected.excluded {
            found[part.table.run_of(excluded.point)] = Some(false);
        }
        for point in &part.selected.used {
            found[part.table.run_of(*point)] = Some(true);
        }
        let runs = part.table.runs().iter().zip(found);
        runs.filter_map(|(run, used)| Some((run.name.as_str(), used?)))
    })
}

/// Takes out what has a like on the other side, one for one; hands back what was taken out of the second.
fn pair<'a>(
    before: &mut Vec<Seen<'a>>,
    now: &mut Vec<Seen<'a>>,
    key: impl Fn(&Seen<'a>) -> (&'a str, [u64; 4]),
) -> Vec<Seen<'a>> {
    let mut there: HashMap<_, usize> = HashMap::new();
    for seen in before.iter() {
        *there.entry(key(seen)).or_default() += 1;
    }
    let mut taken: HashMap<_, usize> = HashMap::new();
    let mut paired = vec![];
    now.retain(|seen| {
        let left = there.get_mut(&key(seen)).filter(|left| **left > 0);
        let found = left.map(|left| *left -= 1).is_some();
        if found {
            *taken.entry(key(seen)).or_default() += 1;
            paired.push(*seen);
        }
        !found
    });
    before.retain(|seen| {
        let left = taken.get_mut(&key(seen)).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_none()
    });
    paired
}

/// Points by run, in the order of the runs.
fn counted<'a>(runs: impl Iterator<Item = &'a str>) -> Vec<RunPoints> {
    let (mut found, mut places): (Vec<RunPoints>, HashMap<&str, usize>) = (vec![], HashMap::new());
    for run in runs {
        let place = *places.entry(run).or_insert_with(|| {
            found.push(RunPoints {
                run: run.to_owned(),
                points: 0,
            });
            found.len() - 1
        });
        found[place].points += 1;
    }
    found
}

/// Runs by name alone, each once and in the order of their names.
fn listed<'a>(runs: impl Iterator<Item = &'a str>) -> Vec<RunPoints> {
    let mut found = counted(runs);
    found.sort_by(|a, b| a.run.cmp(&b.run));
    for run in &mut found {
        run.points = 0;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(run: &str, numbers: [u64; 4]) -> Seen<'_> {
        Seen { run, numbers }
    }

    #[test]
    fn points_are_paired_one_for_one() {
        let mut before = vec![
            seen("a", [1, 1, 1, 1]),
            seen("a", [1, 1, 1, 1]),
            seen("b", [2, 2, 2, 2]),
        ];
        let mut now = vec![
            seen("a", [1, 1, 1, 1]),
            seen("b", [2, 2, 2, 3]),
            seen("c", [4, 4, 4, 4]),
        ];
        pair(&mut before, &mut now, |seen| (seen.run, seen.numbers));
        assert_eq!((before.len(), now.len()), (2, 2));
        let changed = pair(&mut before, &mut now, |seen| (seen.run, [seen.numbers[1]; 4]));
        assert_eq!((changed.len(), changed[0].run), (1, "b"));
        assert_eq!(counted(now.iter().map(|seen| seen.run))[0].run, "c");
        assert_eq!(before[0].run, "a");
    }
}
