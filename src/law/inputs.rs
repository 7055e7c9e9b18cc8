//! What a law is a function of, and tables of such values.

use std::borrow::Cow;

/// What a law is a function of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Inputs<'a> {
    /// One variable of the user's choice, compute by default: `x[0]`.
    One,
    /// These variables of a run, in the order of x.
    Named(&'a [Variable]),
}

impl Inputs<'_> {
    /// How many numbers x has.
    pub fn count(&self) -> usize {
        match self {
            Self::One => 1,
            Self::Named(variables) => variables.len(),
        }
    }

    /// As in formulas: `N`, `D`; `x` for a variable of the user's choice.
    pub fn symbol(&self, input: usize) -> &str {
        match self {
            Self::One => "x",
            Self::Named(variables) => variables.get(input).map_or("x", |variable| &variable.symbol),
        }
    }

    /// Whether the law only takes positive values of this input.
    pub fn positive(&self, input: usize) -> bool {
        match self {
            Self::One => true,
            Self::Named(variables) => variables.get(input).is_none_or(|variable| variable.positive),
        }
    }

    /// Whether x begins with N and D.
    pub fn params_and_tokens(&self) -> bool {
        matches!(self, Self::Named([n, d, ..]) if *n == Variable::PARAMS && *d == Variable::TOKENS)
    }
}

/// A variable of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// As a table of runs knows it: a role (`params`, `unique_tokens`, `step`), a symbol (`N`) or a column of the file.
    pub name: Cow<'static, str>,
    /// As in formulas: `N`.
    pub symbol: Cow<'static, str>,
    /// Only positive values mean anything.
    pub positive: bool,
}

impl Variable {
    /// N.
    pub const PARAMS: Self = Self::positive("params", "N");
    /// D.
    pub const TOKENS: Self = Self::positive("tokens", "D");
    /// U, tokens that are not repeats.
    pub const UNIQUE_TOKENS: Self = Self::positive("unique_tokens", "U");
    /// S, optimiser steps.
    pub const STEP: Self = Self::positive("step", "S");

    /// A positive quantity.
    pub const fn positive(name: &'static str, symbol: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            symbol: Cow::Borrowed(symbol),
            positive: true,
        }
    }

    /// A column by its own name, which may hold any number.
    pub fn column(name: &str) -> Self {
        Self {
            name: Cow::Owned(name.to_owned()),
            symbol: Cow::Owned(name.to_owned()),
            positive: false,
        }
    }
}

/// Which number of a run a law describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// What the user chose, the held-out loss by default.
    Chosen,
    /// That minus the loss on the training data.
    Gap,
}

/// Values of a law's inputs, a row an observation. All rows have the width of the first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    width: usize,
    count: usize,
    values: Vec<f64>,
}

impl Rows {
    /// Adds a row. Values beyond the width are dropped; missing ones become NaN, which no fit accepts.
    pub fn push(&mut self, row: &[f64]) {
        if self.count == 0 {
            self.width = row.len();
        }
        let missing = std::iter::repeat(f64::NAN);
        self.values.extend(row.iter().copied().chain(missing).take(self.width));
        self.count += 1;
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Numbers a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The row at an index below [`Self::len`].
    pub fn row(&self, index: usize) -> &[f64] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    /// All rows.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f64]> + Clone {
        (0..self.count).map(|index| self.row(index))
    }

    /// One input over all rows.
    pub fn column(&self, input: usize) -> impl Iterator<Item = f64> + Clone + '_ {
        self.iter().map(move |row| row[input])
    }

    /// Takes a row out; later ones move up.
    pub fn remove(&mut self, index: usize) -> Vec<f64> {
        self.count -= 1;
        let start = index * self.width;
        self.values.drain(start..start + self.width).collect()
    }
}

impl<R: AsRef<[f64]>> FromIterator<R> for Rows {
    fn from_iter<I: IntoIterator<Item = R>>(rows: I) -> Self {
        let mut collected = Self::default();
        for row in rows {
            collected.push(row.as_ref());
        }
        collected
    }
}

impl<const WIDTH: usize> From<Vec<[f64; WIDTH]>> for Rows {
    fn from(rows: Vec<[f64; WIDTH]>) -> Self {
        rows.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_width_of_the_first() {
        let mut rows = Rows::from(vec![[1.0, 2.0], [3.0, 4.0]]);
        rows.push(&[5.0]);
        rows.push(&[6.0, 7.0, 8.0]);
        assert!(rows.row(2)[1].is_nan());
        assert_eq!(rows.row(3), [6.0, 7.0]);
        assert_eq!(rows.remove(1), [3.0, 4.0]);
        assert_eq!(rows.column(0).collect::<Vec<_>>(), [1.0, 5.0, 6.0]);
        assert_eq!((rows.len(), rows.width()), (3, 2));
    }

    #[test]
    fn a_law_without_variables_still_has_observations() {
        let rows: Rows = [[0.0; 0]; 3].into_iter().collect();
        assert_eq!((rows.len(), rows.row(2).len(), rows.iter().len()), (3, 0, 3));
    }

    #[test]
    fn inputs_know_their_symbols() {
        const BOTH: &[Variable] = &[Variable::PARAMS, Variable::TOKENS, Variable::UNIQUE_TOKENS];
        let inputs = Inputs::Named(BOTH);
        assert_eq!((inputs.symbol(2), inputs.count()), ("U", 3));
        assert!(inputs.params_and_tokens() && inputs.positive(0));
        assert!(!Inputs::One.params_and_tokens());
        assert_eq!(Inputs::One.symbol(0), "x");
    }
}
