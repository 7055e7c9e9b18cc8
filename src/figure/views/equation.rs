//! A fitted law as an equation with its numbers, `L = 1.82 + 478 / N^0.347 + 2140 / D^0.367`, and what each is known to.

use super::{Scene, View};
use crate::data::Role;
use crate::fit::FitReport;
use crate::law::{Inputs, Law, Structure};
use crate::units::format_significant;

/// The equation of a fit; exponents as typed, to be raised. `errors` are standard errors in the law's order, and `x` is what a
/// law of one variable is a function of: a role or a column.
///
/// As many digits as the error supports; four where it is not known.
pub fn equation(report: &FitReport, errors: &[Option<f64>], x: &str) -> String {
    let value = |index: usize| {
        let value = report.params[index].value;
        let digits = match errors[index] {
            Some(error) if error > 0.0 => ((value.abs() / error).log10().ceil() as i64 + 1).clamp(2, 6) as usize,
            _ => 4,
        };
        format_significant(value, digits)
    };
    let Structure::SumOfPowers { floor, terms } = report.law.law().structure() else {
        let values = report.law.law().parameters().iter().enumerate();
        let values: Vec<String> = values
            .map(|(index, parameter)| format!("{} = {}", parameter.symbol, value(index)))
            .collect();
        return format!("L = {},   {}", in_symbols(report.law.law()), values.join(", "));
    };
    let inputs = report.law.law().inputs();
    // By the terms and not by the roles: two terms may share an exponent.
    let powers = terms.iter().map(|term| {
        let variable = match inputs {
            Inputs::One => symbol(x),
            Inputs::Named(_) => inputs.symbol(term.input),
        };
        format!("{} / {variable}^{}", value(term.coefficient), value(term.exponent))
    });
    let terms: Vec<String> = floor.map(value).into_iter().chain(powers).collect();
    format!("L = {}", terms.join(" + "))
}

/// `E ± 0.026`, of each parameter whose error is known.
pub fn errors_in_words(report: &FitReport, errors: &[Option<f64>]) -> Vec<String> {
    let parameters = report.law.law().parameters().iter().zip(errors);
    parameters
        .filter_map(|(parameter, error)| Some(format!("{} ± {}", parameter.symbol, format_significant((*error)?, 2))))
        .collect()
}

/// The formula with its exponents as people write them: α instead of alpha.
pub fn in_symbols(law: &dyn Law) -> String {
    law.parameters()
        .iter()
        .fold(law.formula().to_owned(), |formula, parameter| {
            formula.replace(&format!("^{}", parameter.name), &format!("^{}", parameter.symbol))
        })
}

/// The field's symbol of a role; a column of the file's own keeps its name.
fn symbol(x: &str) -> &str {
    Role::of_name(x).and_then(Role::symbol).unwrap_or(x)
}

/// What a view writes of the law that it draws.
pub(super) fn lines(view: View, scene: &Scene<'_>) -> Vec<String> {
    // The others draw runs, or what no equation of L says.
    if matches!(view, View::Curves | View::Overfit) {
        return vec![];
    }
    let Some(report) = scene.fit.filter(|report| report.converged()) else {
        return vec![];
    };
    let known = scene.spread;
    let errors: Vec<Option<f64>> = (0..report.params.len())
        .map(|index| known?.error_of_parameter(report, index))
        .collect();
    let x = match scene.fit_x {
        Role::Ignore => "x",
        role => role.name(),
    };
    let mut lines = vec![equation(report, &errors, x)];
    let errors = errors_in_words(report, &errors);
    if !errors.is_empty() {
        lines.push(errors.join(", "));
    }
    lines
}
