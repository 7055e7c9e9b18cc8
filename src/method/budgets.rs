//! Runs with one budget.
//!
//! Budgets are exact where the file has them so: groups whose C agrees to a thousandth. Where C was counted or traced and
//! scatters, they are clusters in ln C: neighbours no further apart than a gap, no cluster wider than ±10 %; of the gaps from
//! 1 to 10 %, the one that leaves most runs in clusters counts, and clusters with less than half the usual number of runs are
//! scatter. If neither holds half of the runs, compute is spread and there are no budgets.
//!
//! Tolerances of ±10 % are usual: Porian et al. 2024 (arXiv 2406.19146) and the isoFLOP code of others use them. Limits: a
//! cluster takes runs of ±10 % in C for equal, which moves L by a percent or two of its reducible part.

use super::Measurement;

/// The fewest sizes that make a valley.
pub(super) const FEWEST_SIZES: usize = 4;
/// Sizes closer than this count as one.
pub(super) const SAME_SIZE: f64 = 0.01;
/// Budgets closer than this are one as written: what rounding of D to whole batches or tokens leaves behind.
const EXACT: f64 = 1e-3;
/// Gaps between neighbours, the widest first.
const GAPS: [f64; 6] = [0.10, 0.07, 0.05, 0.03, 0.02, 0.01];
/// Greatest C over least C of a cluster: ±10 %.
const WIDEST: f64 = 1.1 * 1.1;
/// Budgets must hold this share of the runs.
const MOST: f64 = 0.5;
/// A round budget takes the runs this near.
const NEAR_ROUND: f64 = 0.15;

/// How budgets were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// As the file has them.
    Exact,
    /// Clusters in ln C.
    Clustered,
    /// Compute is spread.
    None,
}

/// Runs with one budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// Geometric mean of C.
    pub flops: f64,
    /// Places among the measurements, in the order of C.
    pub members: Vec<usize>,
    /// Different sizes among them.
    pub sizes: usize,
}

/// All budgets, the cheapest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Budgets {
    /// How they were found.
    pub grouping: Grouping,
    /// Those with two sizes or more; of clusters, three, and half as many runs as the others have.
    pub budgets: Vec<Budget>,
    /// The most sizes that any group of equal or nearly equal C has.
    pub most_sizes: usize,
    /// The most runs that groups with sizes enough for a valley hold.
    pub held: usize,
}

impl Budgets {
    /// Those with sizes enough for a valley.
    pub fn complete(&self) -> impl Iterator<Item = &Budget> {
        self.budgets.iter().filter(|budget| budget.sizes >= FEWEST_SIZES)
    }
}

/// Groups runs by C.
pub fn budgets(runs: &[Measurement]) -> Budgets {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by(|&a, &b| runs[a].flops.total_cmp(&runs[b].flops));
    let held = |found: &[Budget]| -> usize {
        let complete = found.iter().filter(|budget| budget.sizes >= FEWEST_SIZES);
        complete.map(|budget| budget.members.len()).sum()
    };
    let most = |found: &[Budget]| found.iter().map(|budget| budget.sizes).max().unwrap_or(0);
    let enough = MOST * runs.len() as f64;
    let exact = chunks(runs, &order, EXACT);
    let mut most_sizes = most(&exact);
    let held_exactly = held(&exact);
    if held_exactly > 0 && held_exactly as f64 >= enough {
        return Budgets {
            grouping: Grouping::Exact,
            budgets: exact.into_iter().filter(|budget| budget.sizes >= 2).collect(),
            most_sizes,
            held: held_exactly,
        };
    }
    let mut best = (0, vec![]);
    for gap in GAPS {
        let found = chunks(runs, &order, gap);
        most_sizes = most_sizes.max(most(&found));
        let held = held(&found);
        // Of equal gaps the widest: it parts no budget in two.
        if held > best.0 {
            best = (held, found);
        }
    }
    let (grouping, budgets) = if best.0 > 0 && best.0 as f64 >= enough {
        (Grouping::Clustered, without_scatter(best.1))
    } else {
        (Grouping::None, vec![])
    };
    Budgets {
        grouping,
        budgets,
        most_sizes,
        held: best.0,
    }
}

/// Clusters of three sizes or more that hold at least half as many runs as complete ones usually do: where C scatters, a few
/// runs come together anywhere.
fn without_scatter(clusters: Vec<Budget>) -> Vec<Budget> {
    let complete = clusters.iter().filter(|budget| budget.sizes >= FEWEST_SIZES);
    let mut held: Vec<usize> = complete.map(|budget| budget.members.len()).collect();
    held.sort_unstable();
    let usual = held.get(held.len() / 2).copied().unwrap_or(0);
    let kept = |budget: &Budget| budget.sizes >= 3 && 2 * budget.members.len() >= usual;
    clusters.into_iter().filter(kept).collect()
}

/// Runs near a few round budgets, for a picture where compute is spread; a run may be in none.
pub fn near_round_budgets(runs: &[Measurement]) -> Vec<Budget> {
    let flops = runs.iter().map(|run| run.flops.log10());
    let (low, high) = flops.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), c| (l.min(c), h.max(c)));
    if low > high {
        return vec![];
    }
    let near = |flops: f64| {
        let members = (0..runs.len()).filter(|&i| (runs[i].flops / flops - 1.0).abs() <= NEAR_ROUND);
        let members: Vec<usize> = members.collect();
        let sizes = sizes(runs, &members);
        Budget { flops, members, sizes }
    };
    (low.floor() as i32..=high.ceil() as i32)
        .flat_map(|exponent| [1.0, 3.0, 6.0].map(|m| m * 10f64.powi(exponent)))
        .map(near)
        .filter(|budget| budget.sizes >= FEWEST_SIZES)
        .collect()
}

/// Runs whose compute hangs together by gaps of at most `gap`, and no wider than ±10 %.
fn chunks(runs: &[Measurement], order: &[usize], gap: f64) -> Vec<Budget> {
    order
        .chunk_by(|&a, &b| runs[b].flops <= runs[a].flops * (1.0 + gap))
        .filter(|chunk| match chunk {
            [first, .., last] => runs[*last].flops <= runs[*first].flops * WIDEST,
            _ => true,
        })
        .map(|chunk| Budget {
            flops: middle(chunk.iter().map(|&i| runs[i].flops)),
            members: chunk.to_vec(),
            sizes: sizes(runs, chunk),
        })
        .collect()
}

/// Geometric mean; what is the same throughout stays what it is.
fn middle(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let (low, high) = values
        .clone()
        .fold((f64::INFINITY, 0.0), |(l, h), v| (f64::min(l, v), f64::max(h, v)));
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + v.ln(), count + 1.0));
    let mean: f64 = sum / count;
    mean.exp().clamp(low, high)
}

fn sizes(runs: &[Measurement], members: &[usize]) -> usize {
    distinct_sizes(members.iter().map(|&i| runs[i].params).collect())
}

/// How many sizes there are when those within a hundredth are one.
pub(super) fn distinct_sizes(mut sizes: Vec<f64>) -> usize {
    sizes.sort_by(f64::total_cmp);
    sizes.dedup_by(|a, b| *a <= *b * (1.0 + SAME_SIZE));
    sizes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(flops: f64, params: f64) -> Measurement {
        Measurement {
            run: 0,
            params,
            tokens: flops / (6.0 * params),
            flops,
            loss: 3.0,
        }
    }

    /// Five sizes at each budget, its C off by up to `scatter`.
    fn profiles(budgets: &[f64], scatter: f64) -> Vec<Measurement> {
        let wobble = [0.0, 1.0, -1.0, 0.5, -0.5];
        let of =
            |flops: &f64| [0, 1, 2, 3, 4].map(|i| run(flops * (1.0 + scatter * wobble[i]), 1e8 * 2f64.powi(i as i32)));
        budgets.iter().flat_map(of).collect()
    }

    #[test]
    fn budgets_are_exact_or_clusters_or_none() {
        let found = budgets(&profiles(&[1e18, 1.05e18, 3e18], 1e-5));
        assert_eq!((found.grouping, found.budgets.len()), (Grouping::Exact, 3));
        assert!((found.budgets[1].flops / 1.05e18 - 1.0).abs() < 1e-5 && found.budgets[1].sizes == 5);
        let found = budgets(&profiles(&[1e18, 3e18], 0.06));
        assert_eq!((found.grouping, found.complete().count()), (Grouping::Clustered, 2));
        // Loners between two budgets bridge them at gaps of 10 %, and not at smaller ones.
        let mut bridged = profiles(&[1e18, 1.5e18], 0.02);
        bridged.extend([1.1e18, 1.2e18, 1.3e18, 1.41e18].map(|flops| run(flops, 2e8)));
        let found = budgets(&bridged);
        assert_eq!((found.grouping, found.complete().count()), (Grouping::Clustered, 2));
        // Four runs that happen to come together are no budget among those of twelve.
        let mut crowded: Vec<Measurement> = (0..3).flat_map(|_| profiles(&[1e18, 3e18, 9e18], 0.02)).collect();
        crowded.extend(profiles(&[1.7e18], 0.01).into_iter().take(4));
        assert_eq!(budgets(&crowded).budgets.len(), 3);
        let spread: Vec<Measurement> = (0..40)
            .map(|i| run(1e18 * 1.3f64.powi(i), 1e8 * 1.2f64.powi(i % 7)))
            .collect();
        let found = budgets(&spread);
        assert_eq!((found.grouping, found.most_sizes), (Grouping::None, 1));
        assert!(budgets(&[]).budgets.is_empty() && near_round_budgets(&[]).is_empty());
    }

    #[test]
    fn sizes_within_a_hundredth_are_one() {
        let mut runs = profiles(&[1e18], 0.0);
        runs.push(run(1e18, 1.005e8));
        let found = budgets(&runs);
        assert_eq!((found.budgets[0].sizes, found.budgets[0].members.len()), (5, 6));
        assert_eq!(budgets(&runs[2..5]).most_sizes, 3);
    }
}
