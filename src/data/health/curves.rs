//! Curves with fewer points than were measured.
//!
//! *Too few*: one to four points where the median curve has twenty or more. *Sampled*: about as many points as trackers
//! give of a longer curve, at steps that are not evenly spaced. A W&B panel exports 1,500 points and `run.history()` 500 by
//! default, both drawn at random; TensorBoard keeps 1,000 a tag by reservoir sampling.

use super::survey::Survey;
use super::{Suspicion, of_runs};
use std::ops::RangeInclusive;

/// Fewer points are too few ...
const FEW: usize = 5;
/// ... where the median curve has so many.
const MANY: usize = 20;
/// Lengths of sampled curves.
const SAMPLES: [RangeInclusive<usize>; 3] = [1490..=1500, 990..=1001, 500..=500];

pub(super) fn too_few(survey: &Survey<'_>) -> Option<Suspicion> {
    let counts: Vec<usize> = (0..survey.all()).map(|run| survey.curves.run(run).len()).collect();
    let mut sorted: Vec<usize> = counts.iter().copied().filter(|count| *count > 0).collect();
    sorted.sort_unstable();
    let median = *sorted.get(sorted.len() / 2)?;
    let runs: Vec<usize> = (0..counts.len())
        .filter(|&run| (1..FEW).contains(&counts[run]))
        .collect();
    let least = runs.iter().map(|&run| counts[run]).min()?;
    let text = format!(
        "{} fewer than {FEW} points, the least {least}, where the median curve has {median}",
        of_runs(runs.len(), survey.all(), ["has", "have"])
    );
    (median >= MANY).then_some(Suspicion { runs, text })
}

pub(super) fn sampled(survey: &Survey<'_>) -> Option<Suspicion> {
    let runs: Vec<usize> = (0..survey.all()).filter(|&run| is_sampled(survey, run)).collect();
    let length = survey.curves.run(*runs.first()?).len();
    let text = format!(
        "{} about as many points as trackers export of a longer curve, such as {length}, at uneven steps",
        of_runs(runs.len(), survey.all(), ["has", "have"])
    );
    Some(Suspicion { runs, text })
}

fn is_sampled(survey: &Survey<'_>, run: usize) -> bool {
    let points = survey.curves.run(run);
    if !SAMPLES.iter().any(|lengths| lengths.contains(&points.len())) {
        return false;
    }
    let progress: Option<Vec<f64>> = points
        .iter()
        .map(|&point| survey.curves.progress.at(run, point))
        .collect();
    let Some(progress) = progress else { return false };
    let mut gaps: Vec<f64> = progress.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_by(f64::total_cmp);
    let usual = gaps[gaps.len() / 2];
    let uneven = gaps.iter().filter(|gap| (**gap - usual).abs() > 0.01 * usual).count();
    10 * uneven >= gaps.len()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{curve, found, table};
    use crate::data::FindingKind;

    fn loss(step: f64) -> f64 {
        2.0 + step.powf(-0.3)
    }

    #[test]
    fn few_points_stand_out_among_many() {
        let mut rows: Vec<_> = ["a", "b"]
            .iter()
            .flat_map(|name| curve(name, 30, 1000.0, loss))
            .collect();
        rows.extend(curve("c", 3, 1000.0, loss));
        let finding = found(&table(&rows), FindingKind::TooFewCheckpoints).unwrap();
        assert_eq!(finding.runs, [2]);
        assert_eq!(
            finding.text,
            "1 of 3 runs has fewer than 5 points, the least 3, where the median curve has 30"
        );
        // Where all have few, few is what there is.
        let rows: Vec<_> = ["a", "b"]
            .iter()
            .flat_map(|name| curve(name, 3, 1000.0, loss))
            .collect();
        assert_eq!(found(&table(&rows), FindingKind::TooFewCheckpoints), None);
    }

    #[test]
    fn fifteen_hundred_uneven_steps_look_sampled() {
        let even = curve("a", 1500, 15000.0, loss);
        assert_eq!(found(&table(&even), FindingKind::LooksSampled), None);
        let mut uneven = even;
        for (index, row) in uneven.iter_mut().enumerate() {
            row.3 = row.3.map(|step| step + [0.0, 3.0, 7.0, 1.0][index % 4]);
        }
        let finding = found(&table(&uneven), FindingKind::LooksSampled).unwrap();
        assert_eq!(finding.runs, [0]);
        assert!(
            finding.text.starts_with("the only run has about as many"),
            "{}",
            finding.text
        );
        uneven.truncate(1400);
        assert_eq!(found(&table(&uneven), FindingKind::LooksSampled), None);
    }
}
