//! What has changed, in sentences that window and command line share.

use super::{NumberChange, PointChanges, RunPoints, SinceChanges};
use crate::session::record::told_apart;
use crate::units::{Flops, Params, Tokens, format_significant};

/// More names than this are counted.
const NAMED: usize = 6;

impl SinceChanges {
    /// Whether no number has changed, to the last bit.
    pub fn same_numbers(&self) -> bool {
        self.laws.is_none() && self.numbers().all(NumberChange::is_same)
    }

    /// What it comes to, in a sentence or two.
    pub fn verdict(&self) -> String {
        if self.same_numbers() {
            let points = self.points.is_empty() && !self.points.unknown && self.n_used[0] == self.n_used[1];
            let same = if points { ", and so are the runs" } else { "" };
            return format!("Nothing has moved: every number is the same to the last bit{same}.");
        }
        let numbers: Vec<&NumberChange> = self.numbers().collect();
        let outside: Vec<&str> = numbers
            .iter()
            .filter(|number| number.outside == Some(true))
            .map(|number| number.symbol.as_str())
            .collect();
        let known = numbers.iter().filter(|number| number.outside.is_some()).count();
        match (outside.len(), known) {
            (_, 0) => "The numbers have moved; how far they could have by chance is not known.".to_owned(),
            (0, _) => "The numbers have moved, each within its earlier interval.".to_owned(),
            (1, _) => format!("{} has left its earlier interval.", outside[0]),
            _ => format!("{} have left their earlier intervals.", enumerated(&outside)),
        }
    }

    /// Everything but the numbers, a sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let mut found = vec![];
        if let Some(why) = &self.recorded {
            found.push(format!(
                "What was written down when it was saved stands in for its data: {why}."
            ));
        }
        if let Some([before, now]) = &self.laws {
            found.push(format!("Another law: {before} then, {now} now."));
        }
        let list = |names: &[String]| enumerated(&names.iter().map(String::as_str).collect::<Vec<_>>());
        if !self.files_added.is_empty() {
            found.push(format!("Added: {}.", list(&self.files_added)));
        }
        if !self.files_gone.is_empty() {
            found.push(format!("No longer there: {}.", list(&self.files_gone)));
        }
        found.extend(self.points.sentences());
        let ([used_then, used], [out_then, out]) = (self.n_used, self.n_excluded);
        found.push(match (used_then == used, out_then == out) {
            (true, true) => format!("{} fitted and {out} left out, as then.", points(used)),
            _ => format!(
                "{} fitted and {out} left out; then {used_then} and {out_then}.",
                points(used)
            ),
        });
        for change in &self.exclusions {
            let reason = change.reason.as_deref();
            found.push(match (change.added, reason) {
                (true, Some(reason)) => format!("Left out since then: {} ({reason}).", change.what),
                (true, None) => format!("Left out since then: {}.", change.what),
                (false, Some(reason)) => format!("Taken back since then: {} (was left out: {reason}).", change.what),
                (false, None) => format!("Taken back since then: {}.", change.what),
            });
        }
        found
    }
}

impl PointChanges {
    /// What has become of the points, a sentence each.
    fn sentences(&self) -> Vec<String> {
        if self.unknown {
            return vec!["Which runs took part then is not known.".to_owned()];
        }
        if self.is_empty() {
            return vec![match self.by_name {
                true => "No run is new or gone, by their names.".to_owned(),
                false => "No point is new or gone.".to_owned(),
            }];
        }
        let count = |runs: &[RunPoints]| match runs.iter().map(|run| run.points).sum::<usize>() {
            0 if runs.len() == 1 => "1 run".to_owned(),
            0 => format!("{} runs", runs.len()),
            number => points(number),
        };
        let names = |runs: &[RunPoints]| enumerated(&runs.iter().map(|run| run.run.as_str()).collect::<Vec<_>>());
        // A record names the runs that took part, not those that were there.
        let new = if self.by_name { "new or not fitted then" } else { "new" };
        let parts = [(&self.new, new), (&self.gone, "gone"), (&self.changed, "measured anew")];
        let told = parts.into_iter().filter(|(runs, _)| !runs.is_empty());
        told.map(|(runs, what)| format!("{} {what}: {}.", count(runs), names(runs)))
            .collect()
    }
}

impl NumberChange {
    /// `0.3478 → 0.3521`, in as few digits as tell them apart; sizes, tokens and compute in their own notation.
    pub fn before_and_now(&self) -> String {
        let (before, now) = match (self.before, self.now) {
            (Some(before), Some(now)) => (before, now),
            (Some(before), None) => return format!("{} → none", self.written(before)),
            (None, Some(now)) => return format!("none → {}", self.written(now)),
            (None, None) => return String::new(),
        };
        if self.is_same() {
            return self.written(now);
        }
        let [short_before, short_now] = [before, now].map(|value| self.written(value));
        match short_before == short_now {
            false => format!("{short_before} → {short_now}"),
            true => told_apart(before, now).join(" → "),
        }
    }

    /// `+1.2 %`, `the same`; empty where there is nothing to compare.
    pub fn change(&self) -> String {
        let Some((before, now)) = self.before.zip(self.now) else {
            return String::new();
        };
        if self.is_same() {
            return "the same".to_owned();
        }
        let relative = 100.0 * (now / before - 1.0);
        let sign = if now >= before { '+' } else { '−' };
        match relative.is_finite() && before > 0.0 && relative != 0.0 {
            true => format!("{sign}{} %", format_significant(relative.abs(), 2)),
            false => format!("{sign}{}", format_significant((now - before).abs(), 2)),
        }
    }

    /// `outside [0.33, 0.36]`, or within; empty where the interval of then is not known.
    pub fn place(&self) -> String {
        let (Some(ends), Some(outside)) = (self.interval, self.outside) else {
            return String::new();
        };
        let place = if outside { "outside" } else { "within" };
        let ends = match ends.map(|end| end.map(|end| self.written(end))) {
            [Some(low), Some(high)] => format!("[{low}, {high}]"),
            [Some(low), None] => format!("≥ {low}"),
            [None, Some(high)] => format!("≤ {high}"),
            [None, None] => return String::new(),
        };
        format!("{place} {ends}")
    }

    fn written(&self, value: f64) -> String {
        match self.name.as_str() {
            "N*" => Params(value).short(),
            "D*" => Tokens(value).short(),
            "C" => Flops(value).short(),
            _ => format_significant(value, 4),
        }
    }
}

fn points(count: usize) -> String {
    match count {
        1 => "1 point".to_owned(),
        count => format!("{count} points"),
    }
}

/// `a, b and c`; of many the first few and how many more.
fn enumerated(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] if names.len() <= NAMED => format!("{} and {last}", all.join(", ")),
        _ => format!("{} and {} more", names[..NAMED].join(", "), names.len() - NAMED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(before: f64, now: f64) -> NumberChange {
        NumberChange {
            name: "alpha".to_owned(),
            symbol: "α".to_owned(),
            before: Some(before),
            interval: Some([Some(0.3), Some(0.4)]),
            now: Some(now),
            outside: Some(!(0.3..=0.4).contains(&now)),
        }
    }

    fn changes(params: Vec<NumberChange>) -> SinceChanges {
        SinceChanges {
            title: "study, 2026-11-20".to_owned(),
            recorded: None,
            laws: None,
            files_added: vec![],
            files_gone: vec![],
            points: PointChanges::default(),
            n_used: [60, 60],
            n_excluded: [0, 0],
            exclusions: vec![],
            params,
            exponents: vec![],
        }
    }

    #[test]
    fn numbers_are_told_apart_and_nothing_is_said_to_be_nothing() {
        let moved = number(0.34, 0.45);
        assert_eq!(moved.before_and_now(), "0.3400 → 0.4500");
        assert_eq!(
            (moved.change(), moved.place()),
            ("+32 %".to_owned(), "outside [0.3000, 0.4000]".to_owned())
        );
        let hair = number(0.34, 0.340_000_001);
        assert_ne!(
            hair.before_and_now().split(" → ").next(),
            hair.before_and_now().split(" → ").nth(1)
        );
        let same = number(0.34, 0.34);
        assert_eq!(
            (same.before_and_now(), same.change()),
            ("0.3400".to_owned(), "the same".to_owned())
        );
        assert!(changes(vec![same.clone()]).verdict().starts_with("Nothing has moved"));
        assert_eq!(
            changes(vec![hair, same]).verdict(),
            "The numbers have moved, each within its earlier interval."
        );
        assert_eq!(
            changes(vec![moved.clone()]).verdict(),
            "α has left its earlier interval."
        );
        assert_eq!(
            changes(vec![moved.clone(), moved]).verdict(),
            "α and α have left their earlier intervals."
        );
    }

    #[test]
    fn many_names_are_counted() {
        assert_eq!(enumerated(&["a", "b", "c"]), "a, b and c");
        assert_eq!(enumerated(&["a"; 9]), "a, a, a, a, a, a and 3 more");
        let mut since = changes(vec![]);
        since.points.new = vec![RunPoints {
            run: "r61".to_owned(),
            points: 2,
        }];
        since.n_used[1] = 62;
        let said = since.sentences();
        assert_eq!(said[0], "2 points new: r61.");
        assert_eq!(said[1], "62 points fitted and 0 left out; then 60 and 0.");
    }
}
