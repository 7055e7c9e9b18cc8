//! Places to begin for a formula of which nothing is known.
//!
//! Parameters of formulas have the size of what they are added to, multiply or divide: about one, the size of a variable,
//! of its inverse, or of what is measured. A Halton sequence (Halton 1960, doi:10.1007/BF01386213) spreads a few hundred
//! candidates over those sizes, two decades to either side and both signs, positive ones twice as often. Parameters in which
//! the formula is linear are left at one, for whoever screens the candidates to solve.

use crate::law::StartData;

/// Candidates of a formula with parameters that are not linear.
const CANDIDATES: usize = 1000;
/// Decades to either side of a size.
const DECADES: f64 = 2.0;
/// Bases of the sequence: two for each of eight parameters; more of them share bases, shifted.
const PRIMES: [usize; 16] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53];

/// Values of θ to begin at.
pub(super) fn spread(parameters: usize, linear: &[usize], data: &StartData<'_>) -> Vec<Vec<f64>> {
    let searched: Vec<usize> = (0..parameters).filter(|k| !linear.contains(k)).collect();
    if searched.is_empty() {
        return vec![vec![1.0; parameters]];
    }
    let sizes = sizes(data);
    (1..=CANDIDATES)
        .map(|index| {
            let mut theta = vec![1.0; parameters];
            for (place, &k) in searched.iter().enumerate() {
                let base = |which: usize| PRIMES[(2 * place + which) % PRIMES.len()];
                let shifted = index + 7919 * (2 * place / PRIMES.len());
                let choice = halton(shifted, base(0)) * sizes.len() as f64;
                let size = sizes[(choice as usize).min(sizes.len() - 1)];
                // Within its cell the choice still says something: the sign.
                let sign = if choice.fract() < 2.0 / 3.0 { 1.0 } else { -1.0 };
                let decades = DECADES * (2.0 * halton(shifted, base(1)) - 1.0);
                theta[k] = sign * size * 10_f64.powf(decades);
            }
            theta
        })
        .collect()
}

/// One, the sizes of the variables and their inverses, and that of what was measured.
fn sizes(data: &StartData<'_>) -> Vec<f64> {
    let mut sizes = vec![1.0];
    let mut add = |size: f64| {
        let apart = |known: &f64| (size / known).log10().abs() > 0.5;
        if size.is_normal() && sizes.iter().all(apart) {
            sizes.push(size);
        }
    };
    for input in 0..data.x.width() {
        let size = typical(data.x.column(input));
        add(1.0 / size);
        add(size);
    }
    add(typical(data.loss.iter().copied()));
    sizes
}

/// Mean size.
fn typical(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + v.abs(), count + 1.0));
    sum / count
}

/// Element of the sequence of van der Corput in a base, in (0, 1).
fn halton(mut index: usize, base: usize) -> f64 {
    let (mut value, mut digit) = (0.0, 1.0 / base as f64);
    while index > 0 {
        value += digit * (index % base) as f64;
        index /= base;
        digit /= base as f64;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Rows;

    #[test]
    fn candidates_spread_over_sizes_and_signs() {
        let x = Rows::from(vec![[1e9], [3e9]]);
        let data = StartData {
            x: &x,
            loss: &[2.0, 3.0],
        };
        let starts = spread(3, &[0], &data);
        assert!(starts.iter().all(|theta| theta[0] == 1.0));
        let negative = starts.iter().filter(|theta| theta[1] < 0.0).count();
        assert!((250..400).contains(&negative), "{negative}");
        for size in [1e-9, 1.0, 1e9] {
            let near = |theta: &&Vec<f64>| (theta[2].abs() / size).log10().abs() < 1.0;
            assert!(starts.iter().filter(near).count() > 50, "{size}");
        }
        assert_eq!(spread(2, &[0, 1], &data), [[1.0, 1.0]]);
    }

    #[test]
    fn the_sequence_is_that_of_van_der_corput() {
        assert_eq!([1, 2, 3, 4].map(|i| halton(i, 2)), [0.5, 0.25, 0.75, 0.125]);
    }
}
