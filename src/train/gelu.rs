//! GELU in its tanh form: x/2 · (1 + tanh u) with u = √(2/π) (x + 0.044715 x³).
//!
//! Because (1 + tanh u)/2 = s(2u) with s the logistic function, one exponential does: y = x s and
//! dy/dx = s + x s (1 − s) · 2 du/dx. The slope is made on the way forward, while s is at hand, and takes the place of x,
//! which nobody needs any more; the way back is then one product.

use super::lanes::vectorised;

/// 2 √(2/π), and that times 0.044715.
const SLOPE: f64 = 1.595_769_121_605_730_7;
const CUBIC: f64 = 0.071_354_816_272_600_25;

vectorised! {
    /// Writes y; x becomes dy/dx.
    pub(super) fn forward(x: &'a mut [F], y: &'a mut [F]) {
        let (linear, cubic, three) = (F::of(SLOPE), F::of(CUBIC), F::of(3.0 * CUBIC));
        for (x, y) in x.iter_mut().zip(y) {
            let square = *x * *x;
            let twice = *x * cubic.fused(square, linear);
            let logistic = F::one() / (F::one() + (-twice).exp());
            *y = *x * logistic;
            let steepness = *x * three.fused(square, linear);
            *x = logistic * steepness.fused(F::one() - logistic, F::one());
        }
    }
}

vectorised! {
    /// dy becomes dx = dy · slope.
    pub(super) fn backward(dy: &'a mut [F], slope: &'a [F]) {
        for (dy, slope) in dy.iter_mut().zip(slope) {
            *dy *= *slope;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_formula_and_its_slope() {
        let formula =
            |x: f64| 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh());
        for i in -60..=60 {
            let at = f64::from(i) * 0.1;
            let (mut x, mut y) = ([at], [0.0]);
            forward::<f64>(&mut x, &mut y);
            assert!((y[0] - formula(at)).abs() < 1e-13, "{at}");
            let slope = (formula(at + 1e-5) - formula(at - 1e-5)) / 2e-5;
            assert!((x[0] - slope).abs() < 1e-9, "{at}");
            let (mut x, mut y) = ([at as f32], [0.0]);
            forward::<f32>(&mut x, &mut y);
            assert!((f64::from(y[0]) - formula(at)).abs() < 1e-6, "{at}");
        }
    }
}
