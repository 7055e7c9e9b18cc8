//! Which tables belong to one study, and which of their runs are the same.
//!
//! Names are compared without case, and every stretch of signs between letters and digits counts as one. Two tables are of
//! one study when they share at least half of the names of the one that has fewer. Names that the import gave to rows
//! (`row 17`) are no names.
//!
//! Tables of one run each, or of rows without names, need not share a name when they share at least half of their steps
//! and no quantity but these: that is how exports of one metric a file look. Where several could be served, the one
//! with the held-out loss is, and among those the one whose name begins like its own.

use crate::data::{Role, RunTable};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How the runs of a serving table are found in the one that is served.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Match {
    /// By name: for each of its runs, the run of the other.
    Runs(Vec<Option<usize>>),
    /// There is but one run in both.
    One,
}

/// For each table, those that it serves.
pub(super) fn serves(tables: &[Arc<RunTable>]) -> Vec<Vec<(usize, Match)>> {
    let facts: Vec<Facts<'_>> = tables.iter().map(|table| Facts::of(table)).collect();
    let mut serves: Vec<Vec<(usize, Match)>> = vec![vec![]; tables.len()];
    for (server, own) in facts.iter().enumerate() {
        let others = || {
            facts
                .iter()
                .enumerate()
                .filter(|(other, facts)| *other != server && own.may_serve(facts))
        };
        let by_name = others().filter_map(|(other, facts)| Some((other, Match::Runs(own.shared_runs(facts)?))));
        serves[server].extend(by_name);
        if serves[server].is_empty() {
            let one = others().filter(|(_, facts)| own.complements(facts));
            let likeness: Vec<((u8, usize), usize)> = one
                .map(|(other, facts)| ((facts.losses, own.likeness(facts)), other))
                .collect();
            let best = likeness.iter().map(|(likeness, _)| *likeness).max();
            let mut best = likeness.iter().filter(|(likeness, _)| Some(*likeness) == best);
            if let (Some((_, other)), None) = (best.next(), best.next()) {
                serves[server].push((*other, Match::One));
            }
        }
    }
    // What is served by a table that itself serves goes on to where that one goes.
    let top: Vec<bool> = serves.iter().map(Vec::is_empty).collect();
    for served in &mut serves {
        if served.iter().any(|(other, _)| top[*other]) {
            served.retain(|(other, _)| top[*other]);
        } else {
            // Nothing that stays takes it: it stays itself.
            served.clear();
        }
    }
    serves
}

/// What decides about a table.
struct Facts<'a> {
    table: &'a RunTable,
    /// Folded names that only one run has.
    names: HashMap<String, usize>,
    /// Held-out loss 2, training loss 1, none 0.
    losses: u8,
    /// Runs with several points, or rows without names at different steps.
    curves: bool,
    /// One run, named or not.
    one: bool,
    steps: HashSet<u64>,
}

impl<'a> Facts<'a> {
    fn of(table: &'a RunTable) -> Self {
        let (mut names, mut several) = (HashMap::new(), HashSet::new());
        for (run, about) in table.runs().iter().enumerate() {
            let name = folded(&about.name);
            if !name.is_empty() && !is_automatic(&about.name) && names.insert(name.clone(), run).is_some() {
                several.insert(name);
            }
        }
        names.retain(|name, _| !several.contains(name));
        let has = |role: Role| table.quantity(role).is_some();
        let nameless = table
            .runs()
            .iter()
            .all(|run| run.name.is_empty() || is_automatic(&run.name));
        let one = has(Role::Step) && (table.runs().len() == 1 || nameless);
        let steps: HashSet<u64> = match table.quantity(Role::Step).filter(|_| one) {
            Some(steps) => steps.iter().flatten().map(f64::to_bits).collect(),
            None => HashSet::new(),
        };
        // Rows without names that repeat a step are those of several runs.
        let one = one && steps.len() == table.points().len();
        Self {
            table,
            names,
            losses: match (has(Role::Loss) || !table.diverged().is_empty(), has(Role::TrainLoss)) {
                (true, _) => 2,
                (_, true) => 1,
                _ => 0,
            },
            curves: one || !is_finished(table),
            one,
            steps,
        }
    }

    /// Whether its place is beside another table's losses.
    fn may_serve(&self, other: &Self) -> bool {
        other.losses > self.losses || other.losses == self.losses && self.losses > 0 && other.curves && !self.curves
    }

    /// For each of its runs that of the other, if they are of one study.
    fn shared_runs(&self, other: &Self) -> Option<Vec<Option<usize>>> {
        let mut found = vec![None; self.table.runs().len()];
        let mut shared = 0;
        for (name, run) in &self.names {
            if let Some(same) = other.names.get(name) {
                found[*run] = Some(*same);
                shared += 1;
            }
        }
        let fewer = self.names.len().min(other.names.len());
        (shared > 0 && 2 * shared >= fewer).then_some(found)
    }

    /// Whether both hold different metrics of what must be one run.
    fn complements(&self, other: &Self) -> bool {
        let quantities = [
            Role::Params,
            Role::ParamsNonEmbedding,
            Role::Tokens,
            Role::UniqueTokens,
            Role::Flops,
            Role::Loss,
            Role::TrainLoss,
        ];
        let given =
            |table: &RunTable, role: Role| table.quantity(role).is_some() && table.column_with_role(role).is_some();
        let both = |role: &Role| given(self.table, *role) && given(other.table, *role);
        let shared = self.steps.intersection(&other.steps).count();
        let fewer = self.steps.len().min(other.steps.len());
        self.one && other.one && shared > 0 && 2 * shared >= fewer && !quantities.iter().any(both)
    }

    /// How far the names of both tables begin alike.
    fn likeness(&self, other: &Self) -> usize {
        let (own, others) = (folded(&self.table.name), folded(&other.table.name));
        own.chars().zip(others.chars()).take_while(|(a, b)| a == b).count()
    }
}

/// Whether it has finished runs rather than curves: one row a run, but for a few that were written twice.
pub(super) fn is_finished(table: &RunTable) -> bool {
    let Some(steps) = table.quantity(Role::Step) else {
        return 2 * table.points().len() <= 3 * table.runs().len();
    };
    let mut first: Vec<Option<f64>> = vec![None; table.runs().len()];
    (0..table.points().len()).all(|point| {
        let (known, step) = (&mut first[table.run_of(point)], steps.get(point));
        let same = known.is_none() || step.is_none() || *known == step;
        *known = known.or(step);
        same
    })
}

/// A name without case, with one `-` for every stretch of other signs.
fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        match character {
            // `1.5` and `15` are two sizes.
            c if c.is_alphanumeric() || matches!(c, '.' | '+') => folded.push(c),
            _ if folded.is_empty() || folded.ends_with('-') => {}
            _ => folded.push('-'),
        }
    }
    folded.truncate(folded.trim_end_matches('-').len());
    folded
}

/// Whether the import made the name up.
fn is_automatic(name: &str) -> bool {
    ["row ", "record "].iter().any(|kind| {
        let number = name.strip_prefix(kind);
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded() {
        assert_eq!(folded("OLMo_190M - 5xC "), "olmo-190m-5xc");
        assert_eq!(folded("m.1.5B"), "m.1.5b");
        assert_eq!(folded(" (_)"), "");
        assert!(is_automatic("row 17") && !is_automatic("row") && !is_automatic("row 1a"));
    }
}
