//! Which line of the file each point stands in.
//!
//! Lines mostly follow one another, so what is kept is where they do not: a table without gaps costs one entry.

/// Physical lines, one a point or a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Lines {
    stretches: Vec<Stretch>,
    len: usize,
}

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
    pub(crate) fn get(&self, point: usize) -> u64 {
        let after = self.stretches.partition_point(|stretch| stretch.point <= point);
        after.checked_sub(1).map_or(0, |at| self.stretches[at].line_of(point))
    }

    /// Whether every line is after the one before.
    pub(crate) fn rise(&self) -> bool {
        let mut pairs = self.stretches.windows(2);
        pairs.all(|pair| pair[0].line_of(pair[1].point - 1) < pair[1].line)
    }

    /// Where lines rise, the first point that is on a line or after it.
    pub(crate) fn first_at_least(&self, line: u64) -> Option<usize> {
        let after = self.stretches.partition_point(|stretch| stretch.line <= line);
        let next = self.stretches.get(after).map(|stretch| stretch.point);
        let Some(stretch) = after.checked_sub(1).map(|at| self.stretches[at]) else {
            return next;
        };
        let within = stretch.point + usize::try_from(line - stretch.line).ok()?;
        let end = next.unwrap_or(self.len);
        (within < end).then_some(within).or(next)
    }

    /// Adds the line of the next point.
    pub(crate) fn push(&mut self, line: u64) {
        let expected = self.stretches.last().map(|last| last.line_of(self.len));
        if expected != Some(line) {
            self.stretches.push(Stretch { point: self.len, line });
        }
        self.len += 1;
    }

    /// Whether every line differs from the one before.
    pub(crate) fn differ(&self) -> bool {
        self.stretches
            .windows(2)
            .all(|pair| pair[0].line_of(pair[1].point - 1) != pair[1].line)
    }

    /// Adds lines that are counted from another line on.
    pub(crate) fn extend(&mut self, lines: &Self, before: u64) {
        for (index, stretch) in lines.stretches.iter().enumerate() {
            let end = lines.stretches.get(index + 1).map_or(lines.len, |next| next.point);
            self.push(stretch.line + before);
            self.len += end - stretch.point - 1;
        }
    }
}

impl Stretch {
    fn line_of(self, point: usize) -> u64 {
        self.line.saturating_add((point - self.point) as u64)
    }
}

impl FromIterator<u64> for Lines {
    fn from_iter<I: IntoIterator<Item = u64>>(lines: I) -> Self {
        let mut kept = Self::default();
        lines.into_iter().for_each(|line| kept.push(line));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_line_comes_back(
            lines in proptest::collection::vec(0u64..9, 0..40), more in proptest::collection::vec(0u64..9, 0..40)
        ) {
            let mut kept: Lines = lines.iter().copied().collect();
            kept.extend(&more.iter().copied().collect(), 5);
            let all: Vec<u64> = lines.into_iter().chain(more.into_iter().map(|line| line + 5)).collect();
            let back: Vec<u64> = (0..all.len()).map(|point| kept.get(point)).collect();
            proptest::prop_assert_eq!(kept.rise(), all.is_sorted_by(|a, b| a < b));
            if kept.rise() {
                for line in 0..16 {
                    proptest::prop_assert_eq!(kept.first_at_least(line), all.iter().position(|at| *at >= line));
                }
            }
            proptest::prop_assert_eq!(back, all);
        }
    }

    proptest::proptest! {
        #[test]
        fn the_first_at_least_is_found_among_rising_lines(gaps in proptest::collection::vec(1u64..4, 0..20), line in 0u64..70) {
            let all: Vec<u64> = gaps.iter().scan(0, |at, gap| { *at += gap; Some(*at) }).collect();
            let kept: Lines = all.iter().copied().collect();
            proptest::prop_assert!(kept.rise());
            proptest::prop_assert_eq!(kept.first_at_least(line), all.iter().position(|at| *at >= line));
        }
    }

    #[test]
    fn a_table_without_gaps_costs_one_entry() {
        let mut lines = (2..1000).collect::<Lines>();
        lines.extend(&(1..9).collect(), 999);
        assert_eq!((lines.stretches.len(), lines.get(1000)), (1, 1002));
        assert_eq!([2, 3, 5, 6, 6].into_iter().collect::<Lines>().stretches.len(), 3);
    }
}
