//! `run - metric`: one name for a curve, in the headers of charts that were exported.
//!
//! Names of runs may hold the separator themselves (`width 64 - seed 1 - loss`), so it is the columns together that tell
//! where a run's name ends. Where the last piece is a name that we know, such as `loss`, it is the metric; where it is
//! not, the metric is the longest ending that several columns share.
//!
//! Limits: the metric of a single curve with several separators and an unknown name is taken to be the last piece.

use crate::import::roles::role_of;
use std::collections::HashMap;

/// Run and metric of every name, `None` where it holds no separator. `is_run` says whether a text can be a run's name.
pub(in crate::import::shapes) fn split_names<'a>(
    names: &[&'a str],
    separator: &str,
    is_run: impl Fn(&str) -> bool,
) -> Vec<Option<(&'a str, &'a str)>> {
    // The last possible split first.
    let splits: Vec<Vec<(&str, &str)>> = names
        .iter()
        .map(|name| {
            let all: Vec<(&str, &str)> = name
                .rmatch_indices(separator)
                .map(|(at, _)| (&name[..at], &name[at + separator.len()..]))
                .filter(|(run, metric)| !run.trim().is_empty() && !metric.trim().is_empty())
                .collect();
            let fitting: Vec<(&str, &str)> = all.iter().copied().filter(|(run, _)| is_run(run)).collect();
            if fitting.is_empty() { all } else { fitting }
        })
        .collect();
    let mut shared: HashMap<&str, usize> = HashMap::new();
    for (_, metric) in splits.iter().flatten() {
        *shared.entry(metric).or_default() += 1;
    }
    let named = splits
        .iter()
        .filter_map(|splits| splits.first())
        .any(|(_, metric)| role_of(metric).is_some());
    splits
        .iter()
        .map(|splits| {
            let (&last, longer) = splits.split_first()?;
            let count = shared[last.1];
            let mut longest = longer.iter().rev().copied();
            let longest = longest.find(|(_, metric)| !named && count > 1 && shared[metric] == count);
            Some(longest.unwrap_or(last))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split<'a>(names: &[&'a str], separator: &str) -> Vec<(&'a str, &'a str)> {
        let is_run = |run: &str| separator != "-" || !run.contains('/');
        split_names(names, separator, is_run)
            .into_iter()
            .map(Option::unwrap)
            .collect()
    }

    #[test]
    fn a_known_metric_ends_the_name() {
        let names = [
            "a - seed 1 - loss",
            "b - seed 1 - loss",
            "a - seed 1 - lr",
            "b - seed 1 - lr",
        ];
        let runs: Vec<&str> = split(&names, " - ").iter().map(|(run, _)| *run).collect();
        assert_eq!(runs, ["a - seed 1", "b - seed 1", "a - seed 1", "b - seed 1"]);
        assert_eq!(
            split(&["a - b, lr=1 - train/loss"], " - "),
            [("a - b, lr=1", "train/loss")]
        );
        assert_eq!(
            split(&["a - x - val_loss", "b - x - val_loss"], " - ")[1],
            ("b - x", "val_loss")
        );
    }

    #[test]
    fn columns_share_an_unknown_metric() {
        assert_eq!(
            split(&["a - c4 - score", "b - c4 - score"], " - ")[0],
            ("a", "c4 - score")
        );
        assert_eq!(split(&["a - c4 - score"], " - "), [("a - c4", "score")]);
        assert_eq!(split_names(&["plain", "a - "], " - ", |_| true), [None, None]);
    }

    #[test]
    fn hyphens_in_metrics() {
        assert_eq!(
            split(&["exp-1-eval/c4_en-validation/loss"], "-"),
            [("exp-1", "eval/c4_en-validation/loss")]
        );
        assert_eq!(
            split(&["x-1-loss", "x-2-loss"], "-"),
            [("x-1", "loss"), ("x-2", "loss")]
        );
    }
}
