//! The optimum of any law of N and D, closed form or not.
//!
//! ```text
//! N*(C), D*(C) = the N and D of lowest L(N, D) with 6 N D = C        a = d ln N*/d ln C, b = d ln D*/d ln C = 1 − a
//! ```
//!
//! N in parameters, D in tokens, C in FLOP, L in nats per token. A law with a closed form is asked for it. Any other, Farseer's,
//! the data-constrained one, a formula of the user's, is looked at along ln N at that C: a scan finds the lowest place, golden
//! section its last digits (Kiefer 1953, doi:10.1090/S0002-9939-1953-0055639-3). Such a law has no single exponent; a is its
//! slope over a factor e in C about the budget.
//!
//! Limits: half of the digits of N*, because a minimum is flat; nothing below a thousand parameters or a thousand tokens. An optimum
//! is a valley, the lowest of several: forms such as Farseer's fall again far outside any data, towards endless models on no
//! tokens, and that is passed over. Where there is no valley the loss falls towards one end, and which is said.

use super::optimum::{Optimum, PlanError, SizeQuantity};
use super::{Allocation, FLOPS_PER_PARAM_TOKEN, Question};
use crate::data::Role;
use crate::law::{Inputs, Law, Variable};
use crate::units::{Flops, Loss, Params, Tokens};

/// Least N and D that are looked at.
const LEAST: f64 = 1e3;
/// Places of the scan.
const SCAN: usize = 400;
/// Budgets between which an inverse question is answered.
const BUDGETS: [f64; 2] = [1e9, 1e30];
/// A rise of the loss that is more than rounding.
const RISE: f64 = 1e-12;
/// Places of that scan, and halvings after it.
const BUDGET_SCAN: usize = 32;
const HALVINGS: usize = 50;
/// Golden steps: the bracket shrinks to below the rounding of a flat minimum.
const STEPS: usize = 60;

/// What an input of the law stands for along a budget.
#[derive(Clone, Copy)]
enum Place {
    Params,
    Tokens,
    Flops,
    UniqueTokens,
}

impl Place {
    fn at(self, params: f64, tokens: f64, unique: Option<Tokens>) -> f64 {
        match self {
            Self::Params => params,
            Self::Tokens => tokens,
            Self::Flops => FLOPS_PER_PARAM_TOKEN * params * tokens,
            Self::UniqueTokens => unique.map_or(tokens, |unique| unique.0),
        }
    }
}

/// L(N, D) of a law of these; `unique` as in [`optimum_of`].
pub(super) fn loss_at(
    law: &dyn Law,
    theta: &[f64],
    params: Params,
    tokens: Tokens,
    unique: Option<Tokens>,
) -> Option<f64> {
    let places = places(law).ok()?;
    let x: Vec<f64> = places
        .iter()
        .map(|place| place.at(params.0, tokens.0, unique))
        .collect();
    Some(law.loss(theta, &x))
}

/// N*, D* and L* of a law at a budget. `unique` is how many distinct tokens there are, for laws that know repeats; without it
/// every token is seen once.
///
/// # Errors
/// When the law is none of N and D, or has no interior optimum at that budget.
pub fn optimum_of(law: &dyn Law, theta: &[f64], flops: Flops, unique: Option<Tokens>) -> Result<Optimum, PlanError> {
    if let Some(surface) = law.surface(theta) {
        return Allocation::Surface(surface).at_flops(flops);
    }
    let places = places(law)?;
    let none = |reason: String| PlanError::NoInteriorOptimum {
        law: law.name().to_owned(),
        reason,
    };
    let ln_product = (flops.0 / FLOPS_PER_PARAM_TOKEN).ln();
    let (low, high) = (LEAST.ln(), ln_product - LEAST.ln());
    if !(low < high && high.is_finite()) {
        return Err(PlanError::NoFiniteAnswer {
            law: law.name().to_owned(),
            asked: format!("C = {flops}"),
        });
    }
    let loss = |ln_params: f64| {
        let (params, tokens) = (ln_params.exp(), (ln_product - ln_params).exp());
        let x: Vec<f64> = places.iter().map(|place| place.at(params, tokens, unique)).collect();
        let loss = law.loss(theta, &x);
        // A place where the law has no value is no optimum.
        if loss.is_finite() { loss } else { f64::INFINITY }
    };
    let at = |index: usize| low + (high - low) * index as f64 / SCAN as f64;
    let losses: Vec<f64> = (0..=SCAN).map(|index| loss(at(index))).collect();
    let lowest = |places: &mut dyn Iterator<Item = usize>| places.min_by(|&a, &b| losses[a].total_cmp(&losses[b]));
    let valley = |&place: &usize| {
        let (before, here) = (&losses[..place], losses[place]);
        here.is_finite() && rises(here, before.iter().rev()) && rises(here, losses[place + 1..].iter())
    };
    let Some(place) = lowest(&mut (1..SCAN).filter(valley)) else {
        let end = match lowest(&mut (0..=SCAN)) {
            Some(end) if !losses[end].is_finite() => "has no value".to_owned(),
            _ if losses[0] == losses[SCAN] => "does not depend on how C is split".to_owned(),
            Some(0) => format!("still falls towards fewer than {} parameters", Params(LEAST).short()),
            _ => format!("still falls towards fewer than {} tokens", Tokens(LEAST).short()),
        };
        return Err(none(format!("at C = {} the loss {end}", flops.short())));
    };
    let ln_params = golden(loss, at(place - 1), at(place + 1));
    Ok(Optimum {
        flops,
        params: Params(ln_params.exp()),
        tokens: Tokens((ln_product - ln_params).exp()),
        loss: Some(Loss(loss(ln_params))),
        size: SizeQuantity::Params,
    })
}

/// The optimum that answers a question. Of a law without a closed form, anything but C is looked for among budgets from 1e9 to
/// 1e30 FLOP, the cheapest first.
///
/// # Errors
/// As [`optimum_of`], and where no budget answers the question.
pub fn answer_of(
    law: &dyn Law,
    theta: &[f64],
    question: Question,
    unique: Option<Tokens>,
) -> Result<Optimum, PlanError> {
    if let Some(surface) = law.surface(theta) {
        return Allocation::Surface(surface).answer(question);
    }
    let (asked, of): (String, &dyn Fn(&Optimum) -> f64) = match question {
        Question::Flops(flops) => return optimum_of(law, theta, flops, unique),
        Question::Loss(loss) => (format!("L = {loss}"), &move |optimum| {
            optimum.loss.map_or(f64::NAN, |at| at.0 - loss.0)
        }),
        Question::Params(params) => (format!("N = {params}"), &move |optimum| params.0 - optimum.params.0),
        Question::Tokens(tokens) => (format!("D = {tokens}"), &move |optimum| tokens.0 - optimum.tokens.0),
    };
    // Says why there is no optimum at all where the law has none anywhere.
    places(law)?;
    let [low, high] = BUDGETS.map(f64::ln);
    let at = |ln_flops: f64| optimum_of(law, theta, Flops(ln_flops.exp()), unique);
    let missing = |ln_flops: f64| at(ln_flops).map_or(f64::NAN, |optimum| of(&optimum));
    let place = |index: usize| low + (high - low) * index as f64 / BUDGET_SCAN as f64;
    let found = (0..BUDGET_SCAN).find(|index| missing(place(*index)) > 0.0 && missing(place(*index + 1)) <= 0.0);
    let Some(index) = found else {
        return Err(PlanError::NoFiniteAnswer {
            law: law.name().to_owned(),
            asked,
        });
    };
    let (mut below, mut above) = (place(index), place(index + 1));
    for _ in 0..HALVINGS {
        let middle = 0.5 * (below + above);
        if missing(middle) > 0.0 {
            below = middle;
        } else {
            above = middle;
        }
    }
    at(0.5 * (below + above))
}

/// a and b of a law, at a budget where it has no single ones.
///
/// # Errors
/// As [`optimum_of`].
pub fn exponents_of(law: &dyn Law, theta: &[f64], flops: Flops, unique: Option<Tokens>) -> Result<[f64; 2], PlanError> {
    if let Some(exponents) = closed_exponents(law, theta) {
        return Ok(exponents);
    }
    let half = 0.5_f64;
    let beside = |step: f64| optimum_of(law, theta, Flops(flops.0 * step.exp()), unique);
    let (below, above) = (beside(-half)?, beside(half)?);
    Ok([
        (above.params.0 / below.params.0).ln() / (2.0 * half),
        (above.tokens.0 / below.tokens.0).ln() / (2.0 * half),
    ])
}

/// Whether the loss is more than rounding higher somewhere, before it is lower: the end of a plateau is no valley.
fn rises<'a>(here: f64, mut outwards: impl Iterator<Item = &'a f64>) -> bool {
    let other = outwards.find(|there| **there < here || **there > here + RISE * here.abs());
    other.is_some_and(|there| *there > here)
}

/// a and b of a law that has an optimum in closed form.
pub fn closed_exponents(law: &dyn Law, theta: &[f64]) -> Option<[f64; 2]> {
    let laws = Allocation::Surface(law.surface(theta)?).frontier().ok()?;
    Some([laws.params.exponent, laws.tokens.exponent])
}

/// Whether a law can be asked for its optimum at all: whether it is one of N and D and nothing that has none.
pub fn has_optimum(law: &dyn Law) -> bool {
    places(law).is_ok()
}

/// What each input stands for.
fn places(law: &dyn Law) -> Result<Vec<Place>, PlanError> {
    let none = |reason: String| PlanError::NoInteriorOptimum {
        law: law.name().to_owned(),
        reason,
    };
    let Inputs::Named(variables) = law.inputs() else {
        return Err(none("it is a function of one variable".to_owned()));
    };
    let place = |variable: &Variable| match Role::of_name(&variable.name).or(Role::of_symbol(&variable.name)) {
        Some(Role::Params) => Ok(Place::Params),
        Some(Role::Tokens) => Ok(Place::Tokens),
        Some(Role::Flops) => Ok(Place::Flops),
        Some(Role::UniqueTokens) => Ok(Place::UniqueTokens),
        _ => Err(none(format!(
            "it depends on {}, which a budget does not set",
            variable.symbol
        ))),
    };
    let places: Vec<Place> = variables.iter().map(place).collect::<Result<_, _>>()?;
    let split = |place: &Place| matches!(place, Place::Params | Place::Tokens);
    if law.response() == crate::law::Response::Gap || !places.iter().any(split) {
        return Err(none("it is no loss of N and D".to_owned()));
    }
    Ok(places)
}

/// The lowest place between two that enclose it.
fn golden(of: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let share = 0.5 * (5.0_f64.sqrt() - 1.0);
    let inner = |low: f64, high: f64| [high - share * (high - low), low + share * (high - low)];
    let mut places = inner(low, high);
    let mut values = places.map(&of);
    for _ in 0..STEPS {
        if values[0] <= values[1] {
            high = places[1];
            let next = inner(low, high);
            places = [next[0], places[0]];
            values = [of(places[0]), values[0]];
        } else {
            low = places[0];
            let next = inner(low, high);
            places = [places[1], next[1]];
            values = [values[1], of(places[1])];
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::LawKind;
    use crate::law::formula::Formula;

    const THETA: [f64; 5] = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];

    #[test]
    fn a_formula_has_the_optimum_of_the_law_it_writes_out() {
        let written = Formula::parse("E + A/N^alpha + B/D^beta").unwrap();
        let formula = written.bind(|name| name == "N" || name == "D");
        let theta: Vec<f64> = formula
            .parameters()
            .iter()
            .map(|p| {
                THETA[["E", "A", "B", "alpha", "beta"]
                    .iter()
                    .position(|n| *n == p.name)
                    .unwrap()]
            })
            .collect();
        let flops = Flops(5.76e23);
        let closed = optimum_of(LawKind::Chinchilla.law(), &THETA, flops, None).unwrap();
        let searched = optimum_of(&formula, &theta, flops, None).unwrap();
        assert!((searched.params.0 / closed.params.0 - 1.0).abs() < 1e-6);
        assert!((6.0 * searched.params.0 * searched.tokens.0 / flops.0 - 1.0).abs() < 1e-12);
        assert!((searched.loss.unwrap().0 / closed.loss.unwrap().0 - 1.0).abs() < 1e-12);
        let exact = exponents_of(LawKind::Chinchilla.law(), &THETA, flops, None).unwrap();
        let slopes = exponents_of(&formula, &theta, flops, None).unwrap();
        assert!((slopes[0] - exact[0]).abs() < 1e-5 && (slopes[0] + slopes[1] - 1.0).abs() < 1e-9);
    }

    #[test]
    fn inverse_questions_lead_back() {
        let law = LawKind::DataConstrained.law();
        let theta = [1.8172, 482.01, 2085.43, 0.3478, 0.3658, 15.39, 5.31];
        let there = optimum_of(law, &theta, Flops(1e22), None).unwrap();
        for question in [
            Question::Loss(there.loss.unwrap()),
            Question::Params(there.params),
            Question::Tokens(there.tokens),
        ] {
            let back = answer_of(law, &theta, question, None).unwrap();
            assert!((back.flops.0 / 1e22 - 1.0).abs() < 1e-5, "{question:?} {back:?}");
        }
        let below = answer_of(law, &theta, Question::Loss(Loss(1.0)), None);
        assert!(below.unwrap_err().to_string().contains("L = 1"));
    }

    #[test]
    fn repeats_move_the_optimum_towards_fewer_parameters_than_there_is_data_for() {
        let law = LawKind::DataConstrained.law();
        let theta = [1.8172, 482.01, 2085.43, 0.3478, 0.3658, 15.39, 5.31];
        let flops = Flops(1e22);
        let free = optimum_of(law, &theta, flops, None).unwrap();
        let bound = optimum_of(law, &theta, flops, Some(Tokens(1e10))).unwrap();
        assert!(bound.tokens.0 > 2e10, "{bound:?}");
        assert!(bound.loss.unwrap().0 > free.loss.unwrap().0);
    }

    #[test]
    fn what_has_no_optimum_says_why() {
        let power = optimum_of(LawKind::Power.law(), &[30.0, 0.06], Flops(1e21), None);
        assert!(power.unwrap_err().to_string().contains("one variable"));
        let only_n = Formula::parse("E + A/N^alpha").unwrap().bind(|name| name == "N");
        let error = optimum_of(&only_n, &[1.7, 400.0, 0.3], Flops(1e21), None).unwrap_err();
        assert!(error.to_string().contains("still falls"), "{error}");
        let rate = Formula::parse("E + A/N^alpha + lr")
            .unwrap()
            .bind(|name| name == "N" || name == "lr");
        let error = optimum_of(&rate, &[1.7, 400.0, 0.3], Flops(1e21), None).unwrap_err();
        assert!(error.to_string().contains("lr"), "{error}");
        assert!(optimum_of(LawKind::Farseer.law(), &[0.0; 9], Flops(1e21), None).is_err());
        assert!(!has_optimum(LawKind::OverfitGap.law()) && has_optimum(LawKind::Farseer.law()));
        assert!(optimum_of(&only_n, &[1.7, 400.0, 0.3], Flops(10.0), None).is_err());
    }
}
