//! Compute-optimal sizes without a functional form: runs in, N*(C) and D*(C) out.
//!
//! | method | reads | gives |
//! |---|---|---|
//! | [`isoflop`] (Approach 2) | one loss a run, runs at a few budgets | the vertex of a parabola in ln N at each budget, a line through the vertices |
//! | [`envelope`] (Approach 1) | learning curves | the best run at each C, a line through those |
//!
//! ```text
//! ln N* = a ln C + const      ln D* = b ln C + const
//! ```
//!
//! C in FLOP, N in parameters, D in tokens, L in nats per token. Beside them stands Approach 3, the joint fit of a surface,
//! in [`crate::fit`]; [`Comparison`] has the three side by side.
//!
//! Source: Hoffmann et al. 2022 (arXiv 2203.15556), sections 3.1 to 3.3. Limits: both read the optimum off the runs at hand,
//! so they say nothing where no smaller and no larger model was tried, and a line in logs is all they can extrapolate.

mod budgets;
mod compare;
mod debias;
mod envelope;
mod isoflop;
mod parabola;
mod quality;
mod regression;
mod resample;
mod verdict;

pub use budgets::{Budget, Budgets, Grouping, budgets, near_round_budgets};
pub use compare::{Approach, Comparison, Exponents};
pub use debias::unbiased_vertex;
pub use envelope::{Envelope, EnvelopeError, Winner, envelope};
pub use isoflop::{BudgetReport, Isoflop, IsoflopError, isoflop};
pub use parabola::Parabola;
pub use quality::Flag;
pub use regression::{Line, line};
pub use resample::{resample_envelope, resample_isoflop};

use crate::law::published::PowerLaw;
use crate::plan::FrontierLaws;
use serde::{Deserialize, Serialize};

/// The methods, by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Parabolas at fixed budgets.
    Isoflop,
    /// The lower envelope of learning curves.
    Envelope,
}

impl Method {
    /// In menu order.
    pub const ALL: [Self; 2] = [Self::Isoflop, Self::Envelope];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Isoflop => "isoflop",
            Self::Envelope => "envelope",
        }
    }

    /// For menus.
    pub fn label(self) -> &'static str {
        match self {
            Self::Isoflop => "IsoFLOP profiles (Approach 2)",
            Self::Envelope => "Envelope of learning curves (Approach 1)",
        }
    }

    /// What is fitted, as a plain formula.
    pub fn formula(self) -> &'static str {
        match self {
            Self::Isoflop => "L = p (ln N)^2 + q ln N + r at each C; ln N* = a ln C + const",
            Self::Envelope => "L*(C) = min over runs of L(C); ln N* = a ln C + const",
        }
    }

    /// Paper and section.
    pub fn source(self) -> &'static str {
        match self {
            Self::Isoflop => "Hoffmann et al. 2022, arXiv 2203.15556, section 3.2",
            Self::Envelope => "Hoffmann et al. 2022, arXiv 2203.15556, section 3.1",
        }
    }
}

/// A run at one checkpoint, with everything that a method needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// Which run: the unit of resampling.
    pub run: usize,
    /// N.
    pub params: f64,
    /// D as measured; C/(6N) where the file has none.
    pub tokens: f64,
    /// C as the file counts it; 6ND where it has none.
    pub flops: f64,
    /// L.
    pub loss: f64,
}

/// N*(C) and D*(C) with the standard errors of their exponents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frontier {
    /// N*(C) of slope a, D*(C) of slope b.
    pub laws: FrontierLaws,
    /// Standard errors of a and b from the regression; `None` from two points, which leave nothing to judge it by.
    pub standard_errors: Option<[f64; 2]>,
}

impl Frontier {
    /// From lines in logs.
    fn of(params: &Line, tokens: &Line) -> Self {
        let law = |line: &Line| PowerLaw::new(line.intercept.exp(), line.slope);
        Self {
            laws: FrontierLaws {
                params: law(params),
                tokens: law(tokens),
            },
            standard_errors: params.standard_error.zip(tokens.standard_error).map(|(a, b)| [a, b]),
        }
    }

    /// a and b.
    pub fn exponents(&self) -> [f64; 2] {
        [self.laws.params.exponent, self.laws.tokens.exponent]
    }
}
