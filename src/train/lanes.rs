//! Loops for the vector unit that the program finds itself on.
//!
//! A loop over slices becomes vector instructions by itself where its sums do not depend on order. Those here are kept in
//! [`LANES`] partial sums, on every machine alike, and added up in pairs: the same numbers whatever the width of the unit.

use super::Real;

/// Partial sums of a reduction: one register of the widest unit.
pub(super) const LANES: usize = 16;

/// A function over slices, `fn name<F: Real>(…)`, compiled once for each kind of vector unit and chosen when it is called.
///
/// A closure would not do: it is compiled for the plainest unit and only called from the others. A kernel that is a value
/// of its own can be inlined into each of them.
macro_rules! vectorised {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $body:block) => {
        $(#[$attribute])*
        $visibility fn $name<'a, F: $crate::train::Real>($($argument: $kind),*) {
            struct Kernel<'a, F> {
                $($argument: $kind,)*
            }
            impl<F: $crate::train::Real> pulp::NullaryFnOnce for Kernel<'_, F> {
                type Output = ();

                #[inline(always)]
                fn call(self) {
                    let Self { $($argument),* } = self;
                    $body
                }
            }
            pulp::Arch::new().dispatch(Kernel { $($argument),* });
        }
    };
}
pub(super) use vectorised;

/// A sum over pairs of numbers in lanes; `term` adds one pair to its lane.
#[inline(always)]
pub(super) fn sum_over<F: Real>(a: &[F], b: &[F], term: impl Fn(F, F, F) -> F) -> F {
    let mut sums = [F::zero(); LANES];
    let (a_whole, a_rest) = a.as_chunks::<LANES>();
    let (b_whole, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_whole.iter().zip(b_whole) {
        sums = std::array::from_fn(|lane| term(sums[lane], a[lane], b[lane]));
    }
    let mut total = pairwise(sums);
    for (a, b) in a_rest.iter().zip(b_rest) {
        total = term(total, *a, *b);
    }
    total
}

/// Σ aᵢ bᵢ.
#[inline(always)]
pub(super) fn dot<F: Real>(a: &[F], b: &[F]) -> F {
    sum_over(a, b, |sum, a, b| a.fused(b, sum))
}

/// Σ aᵢ.
#[inline(always)]
pub(super) fn sum<F: Real>(a: &[F]) -> F {
    sum_over(a, a, |sum, a, _| sum + a)
}

/// The largest of a slice that is not empty; NaN where one is among the last to be compared.
#[inline(always)]
pub(super) fn largest<F: Real>(a: &[F]) -> F {
    let larger = |a: F, b: F| if a > b { a } else { b };
    let mut lanes = [a[0]; LANES];
    let (whole, rest) = a.as_chunks::<LANES>();
    for chunk in whole {
        lanes = std::array::from_fn(|lane| larger(lanes[lane], chunk[lane]));
    }
    lanes.iter().chain(rest).fold(a[0], |most, x| larger(most, *x))
}

#[inline(always)]
fn pairwise<F: Real>(mut sums: [F; LANES]) -> F {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
        half /= 2;
    }
    sums[0]
}
