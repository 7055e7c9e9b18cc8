//! The two kinds of number a model is made of: f32 to train with, f64 to check derivatives with.
//!
//! exp(x) = 2^n · e^r with n = round(x / ln 2) and r = x − n ln 2 in ±ln 2 / 2, e^r by a polynomial of degree 6: within
//! 2 ulp in f32, without a branch, a table or a call, so that loops over it become vector instructions. Arguments are held
//! within ±87, where the result is still a normal number. NaN stays NaN: it is how a diverged run is recognised.

use super::kernel;
use super::product::{self, Product};
use ndarray::LinalgScalar;
use std::fmt::Debug;
use std::ops::{AddAssign, MulAssign, Neg, SubAssign};

/// f32 or f64.
pub trait Real:
    LinalgScalar + PartialOrd + Default + Debug + Send + Sync + AddAssign + SubAssign + MulAssign + Neg<Output = Self>
{
    /// The nearest number of this kind.
    fn of(value: f64) -> Self;
    /// As f64, exactly.
    fn wide(self) -> f64;
    /// e^x, within ±87.
    fn exp(self) -> Self;
    /// √x.
    fn sqrt(self) -> Self;
    /// self · a + b with one rounding.
    fn fused(self, a: Self, b: Self) -> Self;
    /// A product of matrices.
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only the trainer multiplies")]
    fn multiply(product: Product<'_, Self>);
}

impl Real for f32 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value as Self
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        // Adding 1.5 · 2^23 rounds to an integer, which then stands in the lowest bits.
        const ROUND: f32 = 12_582_912.0;
        // ln 2 in two parts, the first with zeros at its end, so that n times it is exact.
        const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
        // Comparisons, not `clamp`: NaN passes through them, and they are one instruction each.
        let x = if self > 87.0 { 87.0 } else { self };
        let x = if x < -87.0 { -87.0 } else { x };
        let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
        let n = shifted - ROUND;
        let r = n.mul_add(-LN_2[1], n.mul_add(-LN_2[0], x));
        // Cephes' minimax coefficients of (e^r − 1 − r) / r².
        let p = 1.987_569_1e-4_f32.mul_add(r, 1.398_199_9e-3);
        let p = p.mul_add(r, 8.333_452e-3);
        let p = p.mul_add(r, 4.166_579_6e-2);
        let p = p.mul_add(r, 0.166_666_65);
        let p = p.mul_add(r, 0.5);
        let p = p.mul_add(r * r, r) + 1.0;
        p * Self::from_bits(shifted.to_bits().wrapping_add(127) << 23)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn fused(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }

    #[expect(private_interfaces, reason = "only the trainer multiplies")]
    fn multiply(product: Product<'_, Self>) {
        kernel::multiply(product);
    }
}

impl Real for f64 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }

    #[inline(always)]
    fn exp(self) -> Self {
        self.exp()
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn fused(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }

    #[expect(private_interfaces, reason = "only the trainer multiplies")]
    fn multiply(product: Product<'_, Self>) {
        product::plainly(product);
    }
}

#[cfg(test)]
mod tests {
    use super::Real;

    #[test]
    fn the_exponential_is_right_to_the_last_bits() {
        let mut worst = 0.0_f64;
        for i in -86_000..=86_000 {
            let x = i as f32 * 1e-3;
            let exact = f64::from(x).exp();
            worst = worst.max((Real::exp(x).wide() / exact - 1.0).abs());
        }
        assert!(worst < 2.0 * f64::from(f32::EPSILON), "{worst}");
        assert_eq!(Real::exp(0.0_f32), 1.0);
        assert!(Real::exp(f32::NAN).is_nan());
        assert!(Real::exp(f32::NEG_INFINITY) < 1e-37 && Real::exp(1e9_f32).is_finite());
    }
}
