//! The three approaches side by side.

/// a and b, or why there is none.
pub type Exponents = Result<[f64; 2], String>;

/// One of the approaches: its name in JSON, its name for people, its answer.
pub type Approach<'a> = (&'static str, &'static str, &'a Exponents);

/// a and b by each approach, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Approach 1.
    pub envelope: Exponents,
    /// Approach 2.
    pub isoflop: Exponents,
    /// Approach 3.
    pub joint: Exponents,
}

impl Comparison {
    /// The approaches with names for people, in the order of the paper.
    pub fn approaches(&self) -> [Approach<'_>; 3] {
        [
            ("envelope", "envelope of curves (Approach 1)", &self.envelope),
            ("isoflop", "isoFLOP parabolas (Approach 2)", &self.isoflop),
            ("joint", "joint fit (Approach 3)", &self.joint),
        ]
    }

    /// Greatest minus least a; `None` below two answers.
    pub fn spread(&self) -> Option<f64> {
        let known = || {
            self.approaches()
                .into_iter()
                .filter_map(|(.., answer)| Some(answer.as_ref().ok()?[0]))
        };
        let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), a| (l.min(a), h.max(a)));
        (known().count() >= 2).then_some(high - low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_takes_two_answers() {
        let mut comparison = Comparison {
            envelope: Err("one checkpoint a run".to_owned()),
            isoflop: Ok([0.49, 0.51]),
            joint: Ok([0.46, 0.54]),
        };
        assert!((comparison.spread().unwrap() - 0.03).abs() < 1e-12);
        comparison.joint = Err("not converged".to_owned());
        assert_eq!(comparison.spread(), None);
    }
}
