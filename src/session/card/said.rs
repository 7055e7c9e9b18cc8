//! What the files' columns say for a fit card beside their quantities: seeds, schedules, data sets; and what the runs say of
//! themselves. A run counts once, at its last point that was fitted.

use crate::data::{Column, Role};
use crate::figure::Datum;
use crate::session::FitInput;
use crate::units::format_significant;
use std::collections::{BTreeMap, BTreeSet};

/// So many different values are listed; more are counted.
const LISTED: usize = 4;

/// Every column in whose name one of the words stands, with its values among the fitted points: `schedule cosine, wsd`.
/// A column with a role says something else, whatever it is called.
pub(super) fn said(input: &FitInput, words: &[&str]) -> Vec<String> {
    let mut all = vec![];
    for (index, part) in input.tables.iter().enumerate() {
        let named: Vec<&str> = Role::ALL
            .iter()
            .filter_map(|role| Some(part.table.column_with_role(*role)?.name.as_str()))
            .collect();
        let columns = part.table.columns().iter();
        for column in columns.filter(|column| has_word(&column.name, words) && !named.contains(&column.name.as_str())) {
            let points = input.data.iter().filter(|datum| datum.table == index);
            let values: BTreeSet<String> = points.filter_map(|datum| value(column, datum.point)).collect();
            let listed = match values.len() {
                0 => continue,
                1..=LISTED => values.into_iter().collect::<Vec<_>>().join(", "),
                many => format!("{many} different values"),
            };
            let text = format!("`{}` {listed}", column.name);
            if !all.contains(&text) {
                all.push(text);
            }
        }
    }
    all
}

/// Whether one of the words is a part of a name such as `lr_schedule` or `config.LRSchedule`.
fn has_word(name: &str, words: &[&str]) -> bool {
    let mut parts: Vec<String> = vec![String::new()];
    let mut lower = false;
    let mut letters = name.chars().peekable();
    while let Some(c) = letters.next() {
        // A capitalised word begins, perhaps after an abbreviation.
        let begins = c.is_uppercase() && (lower || letters.peek().is_some_and(|next| next.is_lowercase()));
        if !c.is_alphanumeric() || begins {
            parts.push(String::new());
        }
        lower = c.is_lowercase();
        if let (true, Some(part)) = (c.is_alphanumeric(), parts.last_mut()) {
            part.extend(c.to_lowercase());
        }
    }
    parts.iter().any(|part| words.contains(&part.as_str()))
}

fn value(column: &Column, point: usize) -> Option<String> {
    let text = match column.number(point) {
        Some(number) if number.fract() == 0.0 && number.abs() < 1e9 => number.to_string(),
        Some(number) => format_significant(number, 4),
        None => column.text(point).trim().chars().take(40).collect(),
    };
    (!text.is_empty()).then_some(text)
}

/// The last fitted point of each run.
fn ends(input: &FitInput) -> impl Iterator<Item = Datum> {
    let pairs = input.observations.run.iter().copied().zip(input.data.iter().copied());
    pairs.collect::<BTreeMap<usize, Datum>>().into_values()
}

/// Whether a number differs between runs of one size: `Some(true)` where it was tried out at some size, `Some(false)` where
/// every size has one value, `None` where nothing has it.
pub(super) fn tried_out(input: &FitInput, name: &str) -> Option<bool> {
    let number = |datum: Datum, name: &str| input.tables[datum.table].table.number(datum.point, name);
    let mut pairs: Vec<(f64, f64)> = ends(input)
        .filter_map(|datum| Some((number(datum, "params")?, number(datum, name)?)))
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let tried = pairs
        .windows(2)
        .any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1);
    (!pairs.is_empty()).then_some(tried)
}

/// Runs that share N and D with another, and in how many groups.
pub(super) fn repeated(input: &FitInput) -> (usize, usize) {
    let number = |datum: Datum, name: &str| input.tables[datum.table].table.number(datum.point, name);
    let mut sizes: Vec<(u64, u64)> = ends(input)
        .filter_map(|datum| Some((number(datum, "params")?.to_bits(), number(datum, "tokens")?.to_bits())))
        .collect();
    sizes.sort_unstable();
    let groups = sizes.chunk_by(|a, b| a == b).filter(|group| group.len() > 1);
    groups.fold((0, 0), |(runs, groups), group| (runs + group.len(), groups + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parts_of_names() {
        assert!(has_word("config.LRSchedule", &["schedule"]));
        for name in ["seed", "config/seed", "data_seed", "dataSeed", "Seed (init)"] {
            assert!(has_word(name, &["seed"]), "{name}");
        }
        for name in ["seeded", "exceed", "sequence"] {
            assert!(!has_word(name, &["seed"]), "{name}");
        }
    }
}
