//! What a law of general structure sees of the data when it proposes starts.

use super::Rows;

/// Observations, as far as a law needs them to say where a search may begin.
#[derive(Debug, Clone, Copy)]
pub struct StartData<'a> {
    /// Inputs, a row an observation.
    pub x: &'a Rows,
    /// What was measured, one an observation; at least one.
    pub loss: &'a [f64],
}

impl StartData<'_> {
    /// Least and greatest value of an input.
    pub fn range(&self, input: usize) -> [f64; 2] {
        range(self.x.column(input))
    }

    /// √(least · greatest) of a positive input: the middle of the data on a log axis.
    pub fn middle(&self, input: usize) -> f64 {
        let [low, high] = self.range(input);
        low.sqrt() * high.sqrt()
    }

    /// Least and greatest measured value.
    pub fn losses(&self) -> [f64; 2] {
        range(self.loss.iter().copied())
    }
}

fn range(values: impl Iterator<Item = f64>) -> [f64; 2] {
    values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| {
        [low.min(v), high.max(v)]
    })
}

/// Every combination of the values listed for each parameter, the last varying fastest.
pub fn combinations(values: &[&[f64]]) -> Vec<Vec<f64>> {
    values.iter().fold(vec![vec![]], |before, choices| {
        before
            .iter()
            .flat_map(|start| {
                choices.iter().map(|choice| {
                    let mut longer = start.clone();
                    longer.push(*choice);
                    longer
                })
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_grids() {
        let x = Rows::from(vec![[1e6, 2.0], [1e8, 8.0]]);
        let data = StartData {
            x: &x,
            loss: &[3.0, 2.5],
        };
        assert_eq!(data.range(1), [2.0, 8.0]);
        assert!((data.middle(0) / 1e7 - 1.0).abs() < 1e-12);
        assert_eq!(data.losses(), [2.5, 3.0]);
        assert_eq!(
            combinations(&[&[1.0, 2.0], &[3.0], &[4.0, 5.0]])[2..],
            [vec![2.0, 3.0, 4.0], vec![2.0, 3.0, 5.0]]
        );
    }
}
