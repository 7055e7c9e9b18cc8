//! What the methods cannot know, in sentences with the numbers and a remedy.

use super::isoflop::BudgetReport;
use super::quality::Flag;
use super::{Envelope, Isoflop, Measurement};
use crate::fit::{Severity, Verdict, VerdictCode};
use crate::units::{Flops, Params, format_significant};

/// More budgets than this are not all named.
const NAMED: usize = 4;
/// C that differs from 6ND by more than this counts otherwise.
const OTHERWISE: f64 = 0.05;

impl Isoflop {
    /// Everything to be said, the gravest first.
    pub fn verdicts(&self, runs: &[Measurement], name: impl Fn(usize) -> String) -> Vec<Verdict> {
        let mut verdicts = vec![];
        let mut say = |code, severity, text: String| verdicts.push(Verdict { code, severity, text });
        let flagged = |flag: Flag| -> Vec<&BudgetReport> {
            self.budgets
                .iter()
                .filter(|budget| budget.flags.contains(&flag))
                .collect()
        };
        let mut open = flagged(Flag::NoInteriorMinimum);
        open.extend(flagged(Flag::NegativeCurvature));
        if !open.is_empty() {
            let sides = sides(runs, &open);
            say(
                VerdictCode::NoInteriorMinimum,
                Severity::Warning,
                format!(
                    "{} no minimum between the sizes trained, which leaves {} out: {sides}.",
                    have(&open),
                    it_or_them(&open)
                ),
            );
        }
        let weak = flagged(Flag::WeakCurvature);
        if !weak.is_empty() {
            say(
                VerdictCode::WeakCurvature,
                Severity::Warning,
                format!(
                    "{} a curvature below two of its standard errors, which noise alone could make; that leaves {} out. Sizes \
                     over a wider range at that C would help most.",
                    have(&weak),
                    it_or_them(&weak)
                ),
            );
        }
        let few = flagged(Flag::TooFewPoints);
        if !few.is_empty() {
            say(
                VerdictCode::TooFewRuns,
                Severity::Note,
                format!(
                    "{} fewer than {} sizes, which leaves {} out.",
                    have(&few),
                    super::budgets::FEWEST_SIZES,
                    it_or_them(&few)
                ),
            );
        }
        if self.used().count() == 2 {
            say(
                VerdictCode::TooFewRuns,
                Severity::Warning,
                "Two budgets make a line whatever they are: nothing here says how far a is off. A third budget would help \
                 most."
                    .to_owned(),
            );
        }
        let off: Vec<&BudgetReport> = flagged(Flag::OffCenter)
            .into_iter()
            .filter(|budget| budget.used())
            .collect();
        if !off.is_empty() {
            let moved = off
                .iter()
                .filter_map(|budget| Some((budget.unbiased?.params / budget.vertex?.params).ln().abs()));
            let moved = moved.fold(0.0, f64::max);
            let by = if moved > 0.0 {
                format!(
                    "; the shape of the valley moves a vertex by up to {} there",
                    percent(moved)
                )
            } else {
                String::new()
            };
            say(
                VerdictCode::OffCenter,
                Severity::Note,
                format!(
                    "{} the minimum in the outer quarter of the sizes trained{by}. Sizes evenly around N* would help most.",
                    have(&off)
                ),
            );
        }
        for budget in flagged(Flag::Outlier) {
            let names: Vec<String> = budget.outliers.iter().take(NAMED).map(|&i| name(i)).collect();
            let moved = self.without_outliers(runs, budget);
            say(
                VerdictCode::OutliersDecide,
                Severity::Warning,
                format!(
                    "At {} FLOP {} far off the parabola of the others{moved}. Look at what it is before leaving it out.",
                    short(budget.flops),
                    match names.as_slice() {
                        [only] => format!("{only} lies"),
                        many => format!("{} lie", many.join(", ")),
                    },
                ),
            );
        }
        let ratio = self.median_of_counted_to_6nd();
        if (ratio - 1.0).abs() > OTHERWISE {
            say(
                VerdictCode::MixedConventions,
                Severity::Note,
                format!(
                    "C is {} of 6ND in these runs, so D* is read off the measured tokens and is not C/(6N*).",
                    percent(ratio)
                ),
            );
        }
        verdicts.sort_by_key(|v| std::cmp::Reverse(v.severity));
        verdicts
    }

    /// Mean of ln N* of the parabolas minus that without bias, over the used budgets.
    pub fn bias(&self) -> Option<f64> {
        let each: Option<Vec<f64>> = self
            .used()
            .map(|budget| Some((budget.vertex?.params / budget.unbiased?.params).ln()))
            .collect();
        let each = each.filter(|each| !each.is_empty())?;
        Some(each.iter().sum::<f64>() / each.len() as f64)
    }

    /// D as C/(6N*) over D as measured, in the middle of the used budgets.
    fn median_of_counted_to_6nd(&self) -> f64 {
        let ratio = |budget: &BudgetReport| budget.vertex.map(|vertex| vertex.tokens_of_flops / vertex.tokens);
        let mut ratios: Vec<f64> = self.used().filter_map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or(1.0)
    }

    /// What N* would be without a budget's outliers.
    fn without_outliers(&self, runs: &[Measurement], budget: &BudgetReport) -> String {
        let kept: Vec<usize> = budget
            .members
            .iter()
            .copied()
            .filter(|i| !budget.outliers.contains(i))
            .collect();
        let profile = super::isoflop::Profile::of(runs, &kept);
        let without = super::Parabola::fit(&profile.ln_params, &profile.loss).and_then(|parabola| parabola.vertex());
        match (budget.vertex, without) {
            (Some(vertex), Some(x)) => format!(
                "; without, N* there would be {} instead of {}",
                params(x.exp()),
                params(vertex.params)
            ),
            _ => String::new(),
        }
    }
}

impl Envelope {
    /// Everything to be said.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let mut verdicts = vec![Verdict {
            code: VerdictCode::CorrelatedPoints,
            severity: Severity::Note,
            text: format!(
                "{} points of the envelope come from {} runs of {} sizes and share their luck; losses were smoothed over ±5 % of \
                 their place in the curve before the lowest was taken. Intervals resample runs (--bootstrap).",
                self.winners.len(),
                self.runs,
                self.sizes
            ),
        }];
        if self.sizes < 4 {
            verdicts.insert(
                0,
                Verdict {
                    code: VerdictCode::TooFewRuns,
                    severity: Severity::Warning,
                    text: format!(
                        "Only {} sizes win between a smaller and a larger one: the exponent hangs on where one takes over from \
                         the next. More sizes between would help most.",
                        self.sizes
                    ),
                },
            );
        }
        verdicts
    }
}

/// Why no budget has a minimum, in a sentence with the remedy.
pub(super) fn no_minimum(runs: &[Measurement], budgets: &[BudgetReport]) -> String {
    let all: Vec<&BudgetReport> = budgets.iter().collect();
    let counts = [
        Flag::TooFewPoints,
        Flag::NegativeCurvature,
        Flag::NoInteriorMinimum,
        Flag::WeakCurvature,
    ];
    let reasons: Vec<String> = counts
        .into_iter()
        .filter_map(|flag| {
            let count = all.iter().filter(|budget| budget.flags.contains(&flag)).count();
            (count > 0).then(|| format!("{count} {}", flag.name()))
        })
        .collect();
    let open: Vec<&BudgetReport> = all
        .into_iter()
        .filter(|budget| {
            let open = |flag: &Flag| matches!(flag, Flag::NegativeCurvature | Flag::NoInteriorMinimum);
            budget.flags.iter().any(open)
        })
        .collect();
    let remedy = if open.is_empty() {
        "Train four sizes or more on both sides of the best one at each C".to_owned()
    } else {
        sides(runs, &open)
    };
    format!(
        "none of {} budgets has a minimum between its sizes that can be told from noise ({}). {remedy}.",
        budgets.len(),
        reasons.join(", ")
    )
}

/// What one vertex says, and what it does not.
pub(super) fn one_budget(only: &BudgetReport, budgets: &[BudgetReport]) -> String {
    let n = only
        .vertex
        .map_or(String::new(), |vertex| format!(": N* = {}", params(vertex.params)));
    format!(
        "only the budget of {} FLOP has an interior minimum{n} (of {} budgets). How N* grows takes a second one, ten times away",
        short(only.flops),
        budgets.len()
    )
}

/// Towards which side the losses of budgets without a minimum still fall, and what to train.
fn sides(runs: &[Measurement], budgets: &[&BudgetReport]) -> String {
    let (mut below, mut above): (Vec<f64>, Vec<f64>) = (vec![], vec![]);
    for budget in budgets {
        let sizes = || budget.members.iter().map(|&i| runs[i].params);
        let (low, high) = sizes().fold((f64::INFINITY, 0.0), |(l, h), n| (f64::min(l, n), f64::max(h, n)));
        let lowest = budget
            .members
            .iter()
            .min_by(|&&a, &&b| runs[a].loss.total_cmp(&runs[b].loss));
        if lowest.is_some_and(|&i| runs[i].params > (low * high).sqrt()) {
            above.push(high);
        } else {
            below.push(low);
        }
    }
    let part = |edges: &[f64], word: &str, side: &str, edge: f64| {
        (!edges.is_empty()).then(|| {
            format!(
                "losses are lowest near the {word} sizes at {}; train models {side} N = {}",
                count(edges.len()),
                params(edge)
            )
        })
    };
    let parts = [
        part(&above, "largest", "above", above.iter().copied().fold(0.0, f64::max)),
        part(
            &below,
            "smallest",
            "below",
            below.iter().copied().fold(f64::INFINITY, f64::min),
        ),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// `The budgets 1e18 and 3e18 FLOP have`.
fn have(budgets: &[&BudgetReport]) -> String {
    let names: Vec<String> = budgets.iter().take(NAMED).map(|budget| short(budget.flops)).collect();
    match names.as_slice() {
        [only] => format!("The budget of {only} FLOP has"),
        many if budgets.len() > NAMED => {
            format!("{} budgets ({} FLOP and others) have", budgets.len(), many.join(", "))
        }
        [others @ .., last] => format!("The budgets of {} and {last} FLOP have", others.join(", ")),
        [] => String::new(),
    }
}

/// Up to the first full stop before a space.
pub(super) fn first_sentence(text: &str) -> String {
    text.split_once(". ").map_or(text, |(first, _)| first).to_owned()
}

fn it_or_them(budgets: &[&BudgetReport]) -> &'static str {
    if budgets.len() == 1 { "it" } else { "them" }
}

fn count(budgets: usize) -> String {
    if budgets == 1 {
        "one budget".to_owned()
    } else {
        format!("{budgets} budgets")
    }
}

fn short(flops: f64) -> String {
    Flops(flops).short()
}

fn params(value: f64) -> String {
    Params(value).short()
}

fn percent(share: f64) -> String {
    format!("{} %", format_significant(100.0 * share, 2))
}
