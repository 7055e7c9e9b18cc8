//! L(N, D) = E + A N^-alpha + B D^-beta, and what follows from it in closed form.

use super::{Inputs, Law, LawKind, Parameter};
use serde::{Deserialize, Serialize};

/// Constants of the additive surface L(N, D) = E + A N^-alpha + B D^-beta. N in parameters, D in tokens, L in nats/token.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Additive {
    /// E.
    pub floor: f64,
    /// A.
    pub params_coefficient: f64,
    /// B.
    pub tokens_coefficient: f64,
    /// alpha.
    pub params_exponent: f64,
    /// beta.
    pub tokens_exponent: f64,
}

/// See the module.
pub(super) struct Chinchilla;

impl Law for Chinchilla {
    fn kind(&self) -> LawKind {
        LawKind::Chinchilla
    }
    fn label(&self) -> &'static str {
        todo!()
    }
    fn formula(&self) -> &'static str {
        todo!()
    }
    fn source(&self) -> &'static str {
        todo!()
    }
    fn inputs(&self) -> Inputs {
        todo!()
    }
    fn parameters(&self) -> &'static [Parameter] {
        todo!()
    }
    fn loss(&self, _theta: &[f64], _x: &[f64]) -> f64 {
        todo!()
    }
}
