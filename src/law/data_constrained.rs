//! The additive surface where data repeat: repeats and parameters beyond need are worth less and less.
//!
//! ```text
//! L(N, D, U) = E + A N'^-alpha + B D'^-beta
//! D' = U_D + U_D R_D (1 − e^(−r_D/R_D))      U_D = min(D, U)      r_D = D/U_D − 1
//! N' = U_N + U_N R_N (1 − e^(−r_N/R_N))      U_N = min(N, N°(U_D))      r_N = N/U_N − 1
//! N°(U) = (alpha A/(beta B))^(1/alpha) U^(beta/alpha)
//! ```
//!
//! | symbol | meaning | unit | range |
//! |---|---|---|---|
//! | N | parameters, all of them | 1 | > 0 |
//! | D | tokens trained on, repeats counted | tokens | > 0 |
//! | U | unique tokens; more of them than D is as good as D | tokens | > 0 |
//! | N°(U) | the compute-optimal size for U tokens seen once (Hoffmann et al. 2022, eq. 4, solved for N) | 1 | |
//! | N', D' | effective parameters and tokens | 1, tokens | |
//! | E, A, B, alpha, beta | as in `chinchilla.rs`; the exponents from 1e-4 up | | |
//! | R_D, R_N | repeats of the data, or excess of parameters over N°, after which their worth has fallen to 1/e | 1 | .001 to 1e6 |
//!
//! Gradient: with effective x' = U (1 + R (1 − w)), w = e^(−r/R): ∂x'/∂R = U (1 − w − w r/R), ∂ ln x'/∂ ln U =
//! (x' − w N)/x' where N > U, else 0; N° moves with A, B, alpha and beta. Both pieces meet with one slope at N = N°.
//!
//! Source: Muennighoff et al. 2023 (arXiv 2305.16264), section 3; they hold the first five constants at those of single
//! epochs and fit R_D and R_N.
//!
//! Limits: the form is monotone. It can say that repeats are worth nothing, never that they hurt: the rise of the held-out
//! loss after too many epochs lies outside it. Parameters beyond N° count for less even without any repeat, so with
//! U = D it is Chinchilla's surface only up to N = N°(D). Measured for R_D near 15 up to a few tens of epochs.

use super::least_squares::two_terms;
use super::{
    FLOOR, Inputs, Law, NON_NEGATIVE, Parameter, ParameterRole, StartData, Structure, Variable, combinations,
    power_term,
};

/// L = E + A N'^-alpha + B D'^-beta.
pub(super) struct DataConstrained;

/// Exponents divide one another here.
const EXPONENTS: [f64; 2] = [1e-4, 10.0];

/// Fewer than a thousandth of a repeat, or more than a million, is out of any data's sight.
const REPEATS: [f64; 2] = [1e-3, 1e6];

/// An effective quantity and its slopes.
struct Effective {
    /// ln x'.
    ln: f64,
    /// ∂ ln x'/∂ ln U.
    by_ln_unique: f64,
    /// ∂ ln x'/∂R.
    by_decay: f64,
}

/// x' of `ln_used` with `ln_unique` ≤ `ln_used` at full worth and the decay R.
fn effective(ln_used: f64, ln_unique: f64, decay: f64) -> Effective {
    let excess = (ln_used - ln_unique).exp_m1();
    let spent = excess / decay;
    let worth = (-spent).exp();
    let gained = -(-spent).exp_m1();
    // Worth falls faster than the excess grows: of an endless one nothing is left.
    let left = |factor: f64| if worth > 0.0 { worth * factor } else { 0.0 };
    let factor = 1.0 + decay * gained;
    Effective {
        ln: ln_unique + factor.ln(),
        by_ln_unique: (factor - left(1.0 + excess)) / factor,
        by_decay: (gained - left(spent)) / factor,
    }
}

/// Everything at one x.
struct State {
    params: Effective,
    tokens: Effective,
    /// ln N°, where N is beyond it.
    ln_optimal: Option<f64>,
    ln_unique: f64,
    /// A N'^-alpha.
    size_loss: f64,
    /// B D'^-beta.
    data_loss: f64,
}

impl State {
    fn new(theta: &[f64], x: &[f64]) -> Self {
        let &[_, a, b, alpha, beta, r_d, r_n] = theta else {
            unreachable!("seven parameters")
        };
        let [ln_n, ln_d, ln_u] = [x[0].ln(), x[1].ln(), x[2].ln()];
        let ln_unique = ln_u.min(ln_d);
        let ln_optimal = ((alpha * a).ln() - (beta * b).ln() + beta * ln_unique) / alpha;
        let params = effective(ln_n, ln_n.min(ln_optimal), r_n);
        let tokens = effective(ln_d, ln_unique, r_d);
        Self {
            ln_optimal: (ln_optimal < ln_n).then_some(ln_optimal),
            ln_unique,
            size_loss: (a.ln() - alpha * params.ln).exp(),
            data_loss: (b.ln() - beta * tokens.ln).exp(),
            params,
            tokens,
        }
    }
}

impl Law for DataConstrained {
    fn name(&self) -> &str {
        "data-constrained"
    }
    fn label(&self) -> &str {
        "Data-constrained L(N, D, U)"
    }
    fn formula(&self) -> &str {
        "E + A/N'^alpha + B/D'^beta, D' = U_D*(1 + R_D*(1 - exp(-(D/U_D - 1)/R_D))), N' = U_N*(1 + R_N*(1 - exp(-(N/U_N - 1)/R_N))), \
         U_D = min(D, U), U_N = min(N, (alpha*A/(beta*B))^(1/alpha)*U_D^(beta/alpha))"
    }
    fn source(&self) -> &str {
        "Muennighoff et al. 2023, arXiv 2305.16264, section 3"
    }

    fn limits(&self) -> &str {
        "Repeats can be worth nothing, never hurt. Parameters beyond what is best for the unique data count for less even without a repeat."
    }
    fn inputs(&self) -> Inputs<'_> {
        const { Inputs::Named(&[Variable::PARAMS, Variable::TOKENS, Variable::UNIQUE_TOKENS]) }
    }
    fn parameters(&self) -> &[Parameter] {
        const {
            &[
                FLOOR,
                Parameter::new(
                    "A",
                    "A",
                    "loss of finite size at N' = 1, nats per token",
                    ParameterRole::Coefficient { input: 0 },
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "B",
                    "B",
                    "loss of finite data at D' = 1, nats per token",
                    ParameterRole::Coefficient { input: 1 },
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "alpha",
                    "α",
                    "how fast the loss of finite size falls with N'",
                    ParameterRole::Exponent { input: 0 },
                    EXPONENTS,
                ),
                Parameter::new(
                    "beta",
                    "β",
                    "how fast the loss of finite data falls with D'",
                    ParameterRole::Exponent { input: 1 },
                    EXPONENTS,
                ),
                Parameter::new(
                    "R_D",
                    "R_D*",
                    "repeats of the data after which their worth has fallen to 1/e",
                    ParameterRole::Scale,
                    REPEATS,
                ),
                Parameter::new(
                    "R_N",
                    "R_N*",
                    "excess of parameters, in multiples of what the unique data call for, after which their worth has fallen to 1/e",
                    ParameterRole::Scale,
                    REPEATS,
                ),
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        let state = State::new(theta, x);
        theta[0] + state.size_loss + state.data_loss
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        let &[_, a, b, alpha, beta, ..] = theta else {
            unreachable!("seven parameters")
        };
        let state = State::new(theta, x);
        let State {
            size_loss, data_loss, ..
        } = state;
        out[0] = 1.0;
        out[1] = size_loss / a;
        out[2] = data_loss / b;
        out[3] = -size_loss * state.params.ln;
        out[4] = -data_loss * state.tokens.ln;
        out[5] = -data_loss * beta * state.tokens.by_decay;
        out[6] = -size_loss * alpha * state.params.by_decay;
        if let Some(ln_optimal) = state.ln_optimal {
            // ∂L/∂ ln N°, then by what N° depends on.
            let by_optimal = -size_loss * alpha * state.params.by_ln_unique;
            out[1] += by_optimal / (alpha * a);
            out[2] -= by_optimal / (alpha * b);
            out[3] += by_optimal * (1.0 / alpha - ln_optimal) / alpha;
            out[4] += by_optimal * (state.ln_unique - 1.0 / beta) / alpha;
        }
    }
    fn structure(&self) -> Structure {
        Structure::General
    }
    /// For given E, exponents and decays L − E is linear in A and B, but for what N° depends on their ratio.
    fn starts(&self, data: &StartData<'_>) -> Vec<Vec<f64>> {
        const SHAPES: &[f64] = &[0.2, 0.35, 0.55];
        let lowest = data.losses()[0].max(0.0);
        combinations(&[&[0.3, 0.7, 0.9], SHAPES, SHAPES, &[3.0, 15.0, 60.0], &[2.0, 6.0, 30.0]])
            .into_iter()
            .filter_map(|values| {
                let &[share, alpha, beta, r_d, r_n] = values.as_slice() else {
                    return None;
                };
                let floor = share * lowest;
                let rows = data.x.iter().zip(data.loss).filter(|(_, loss)| **loss > floor);
                let [a, b] = two_terms(rows.map(|(x, loss)| {
                    let ln_d = x[1].ln();
                    let tokens = effective(ln_d, ln_d.min(x[2].ln()), r_d).ln;
                    [power_term(1.0, alpha, x[0]), (-beta * tokens).exp(), loss - floor]
                }))?;
                Some(vec![floor, a, b, alpha, beta, r_d, r_n])
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Additive, Rows, checks};
    use super::*;

    /// The released C4 constants, with the R of the released notebook.
    const C4: [f64; 7] = [
        1.869_143_678_405_485_8,
        520.824_951_659_918_7,
        1_487.716_093_782_861,
        0.352_659_6,
        0.352_659_6,
        15.387_756,
        5.309_743,
    ];

    const GOLDEN: [([f64; 3], [f64; 4]); 3] = [
        (
            [2.81e9, 5.5e10, 1.25e9],
            [6.373_31e7, 4.020_39e8, 1.930_85e10, 2.701_206],
        ),
        (
            [8.67e9, 1.78e11, 2.5e10],
            [1.274_663e9, 5.773_31e9, 1.512_37e11, 2.226_963],
        ),
        ([1e9, 4e8, 1e8], [5.098_65e6, 3.217_12e7, 3.725_67e8, 4.453_535]),
    ];

    #[test]
    fn published_constants_give_the_published_effective_sizes() {
        for (x, [unique_params, params, tokens, loss]) in GOLDEN {
            let state = State::new(&C4, &x);
            checks::near(state.ln_optimal.unwrap().exp(), unique_params, 3e-6);
            checks::near(state.params.ln.exp(), params, 4e-6);
            checks::near(state.tokens.ln.exp(), tokens, 4e-6);
            checks::near(DataConstrained.loss(&C4, &x), loss, 5e-7);
        }
    }

    #[test]
    fn worth_of_epochs() {
        let epochs = |n: f64| effective(n.ln(), 0.0, 15.39).ln.exp();
        for (seen, worth) in [(2.0, 1.968), (4.0, 3.726), (8.0, 6.624), (16.0, 10.58), (40.0, 15.17)] {
            checks::near(epochs(seen), worth, 5e-4);
        }
        checks::near(epochs(f64::INFINITY), 16.39, 1e-12);
    }

    #[test]
    fn gradient() {
        let other = [1.5, 300.0, 4000.0, 0.31, 0.42, 8.0, 3.0];
        for theta in [C4, other] {
            checks::gradient(
                &DataConstrained,
                &theta,
                &[
                    &GOLDEN[0].0,
                    &GOLDEN[1].0,
                    &GOLDEN[2].0,
                    // Neither repeats nor excess; repeats alone; excess alone; more unique tokens than are used.
                    &[1e6, 5e9, 5e9],
                    &[1e6, 5e11, 5e9],
                    &[1e10, 5e9, 5e9],
                    &[1e10, 5e9, 9e9],
                ],
            );
        }
    }

    #[test]
    fn data_seen_once_by_no_more_parameters_than_they_call_for_is_chinchilla() {
        let additive = Additive {
            floor: C4[0],
            params_coefficient: C4[1],
            tokens_coefficient: C4[2],
            params_exponent: C4[3],
            tokens_exponent: C4[4],
        };
        for x in [[1e6, 5e9], [5e7, 1e9], [1e9, 2e10]] {
            let expected = additive.loss(x[0], x[1]);
            checks::near(DataConstrained.loss(&C4, &[x[0], x[1], x[1]]), expected, 1e-14);
            checks::near(DataConstrained.loss(&C4, &[x[0], x[1], 10.0 * x[1]]), expected, 1e-14);
        }
        // Without decay it is so everywhere.
        let endless = [C4[0], C4[1], C4[2], C4[3], C4[4], 1e6, 1e6];
        checks::near(
            DataConstrained.loss(&endless, &[1e9, 4e10, 1e10]),
            additive.loss(1e9, 4e10),
            1e-5,
        );
    }

    #[test]
    fn the_pieces_meet_where_size_is_what_the_data_call_for() {
        let optimal = GOLDEN[2].1[0];
        let at = |n: f64| {
            let (mut gradient, x) = (vec![0.0; 7], [n, 4e8, 1e8]);
            let loss = DataConstrained.loss_and_gradient(&C4, &x, &mut gradient);
            (loss, gradient)
        };
        let (below, above) = (at(optimal * 0.9999), at(optimal * 1.0001));
        checks::near(below.0, above.0, 1e-4);
        for (below, above) in below.1.iter().zip(&above.1).take(6) {
            checks::near(*below, *above, 1e-3);
        }
    }

    #[test]
    fn starts() {
        let x: Rows = GOLDEN.iter().map(|(x, _)| x).collect();
        checks::starts(&DataConstrained, &C4, &x);
    }
}
