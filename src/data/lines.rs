//! Which line of the file each point stands in.
//!
//! Lines mostly follow one another, so what is kept is where they do not: a table without gaps costs one entry.

use std::sync::Arc;

/// Physical lines, one a point.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Lines(Arc<Vec<Stretch>>);

/// Lines that follow one another.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    /// Index of its first point.
    point: usize,
    /// Line of that point.
    line: u64,
}

impl Lines {
    /// The line of a point of the table.
    pub(super) fn get(&self, point: usize) -> u64 {
        let after = self.0.partition_point(|stretch| stretch.point <= point);
        after.checked_sub(1).map_or(0, |at| {
            let stretch = self.0[at];
            stretch.line + (point - stretch.point) as u64
        })
    }
}

impl FromIterator<u64> for Lines {
    fn from_iter<I: IntoIterator<Item = u64>>(lines: I) -> Self {
        let mut stretches = Vec::new();
        let mut expected = None;
        for (point, line) in lines.into_iter().enumerate() {
            if expected != Some(line) {
                stretches.push(Stretch { point, line });
            }
            expected = line.checked_add(1);
        }
        stretches.shrink_to_fit();
        Self(Arc::new(stretches))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_line_comes_back(lines in proptest::collection::vec(0u64..9, 0..40)) {
            let kept: Lines = lines.iter().copied().collect();
            let back: Vec<u64> = (0..lines.len()).map(|point| kept.get(point)).collect();
            proptest::prop_assert_eq!(back, lines);
        }
    }

    #[test]
    fn a_table_without_gaps_costs_one_entry() {
        assert_eq!((2..1000).collect::<Lines>().0.len(), 1);
        assert_eq!([2, 3, 5, 6, 6].into_iter().collect::<Lines>().0.len(), 3);
    }
}
