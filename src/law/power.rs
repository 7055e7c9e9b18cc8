//! L(x) = A x^-alpha, with or without a floor E.

use super::{Inputs, Law, LawKind, Parameter};

/// See the module.
pub(super) struct Power;

impl Law for Power {
    fn kind(&self) -> LawKind {
        LawKind::Power
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

/// See the module.
pub(super) struct PowerFloor;

impl Law for PowerFloor {
    fn kind(&self) -> LawKind {
        LawKind::PowerFloor
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
