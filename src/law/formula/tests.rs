//! Values, derivatives and names of formulas.

use super::*;

fn formula(text: &str, variables: &[&str]) -> Formula {
    Formula::parse(text).unwrap().bind(|name| variables.contains(&name))
}

fn constant(text: &str) -> f64 {
    Formula::parse(text).unwrap().evaluate(|_| f64::NAN)
}

#[test]
fn values_are_those_of_the_pocket_calculator() {
    for (text, expected) in [
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("1.5e-3*2", 0.003),
        ("exp(1) - 2.718281828459045", 0.0),
        ("log(exp(2))", 2.0),
        ("log10(1000)", 3.0),
        ("sqrt(abs(-16))", 4.0),
        ("min(3, 1, 2) + max(3, 5)", 6.0),
        ("4*atan(1) - pi", 0.0),
        ("sin(pi/6) + cos(pi/3) + tan(pi/4)", 2.0),
        ("10 - 4 - 3", 3.0),
        ("2/4*8", 4.0),
        ("(-8)^3", -512.0),
    ] {
        assert!((constant(text) - expected).abs() < 1e-12, "{text} = {}", constant(text));
    }
    assert!(constant("log(-1)").is_nan());
    assert!(constant("min(log(-1), 1)").is_nan());
}

#[test]
fn columns_are_variables_and_other_names_parameters() {
    let law = formula("b1*(1 - exp(-b2*x)) + {eval/loss}*b1", &["x", "eval/loss"]);
    assert_eq!(law.names(), ["b1", "b2", "x", "eval/loss"]);
    assert_eq!(law.variables().collect::<Vec<_>>(), ["x", "eval/loss"]);
    let names: Vec<&str> = law.parameters().iter().map(|p| &*p.name).collect();
    assert_eq!(names, ["b1", "b2"]);
    assert_eq!(law.inputs().count(), 2);
    let value = law.loss(&[2.0, 0.5], &[3.0, 0.25]);
    assert!((value - (2.0 * (1.0 - (-1.5_f64).exp()) + 0.5)).abs() < 1e-15);
}

#[test]
fn derivatives_match_central_differences() {
    for text in [
        "b1*(1 - exp(-b2*x))",
        "b1*(b2 + x)^(-1/b3)",
        "(b1 + b2*x + b3*x^2)/(1 + b4*x + b1*x^2)",
        "b1/b2*exp(-0.5*((x - b3)/b2)^2)",
        "b1*cos(b2*x + b3) + b4*sin(x)*atan(b2*x) - tan(b1/9)",
        "sqrt(abs(b1 - b2*x)) + log(b3 + x)*log10(b4*x) - -b1",
        "min(b1, b2*x)*max(b3, x) + b1^b2^b3",
    ] {
        let law = formula(text, &["x"]);
        let theta: Vec<f64> = [1.3, 0.7, 0.9, 0.4][..law.parameters().len()].to_vec();
        for x in [0.3, 2.5] {
            let mut gradient = vec![0.0; theta.len()];
            let value = law.loss_and_gradient(&theta, &[x], &mut gradient);
            assert_eq!(value, law.loss(&theta, &[x]));
            for k in 0..theta.len() {
                let (mut up, mut down) = (theta.clone(), theta.clone());
                up[k] += 1e-6;
                down[k] -= 1e-6;
                let numeric = (law.loss(&up, &[x]) - law.loss(&down, &[x])) / 2e-6;
                assert!(
                    (gradient[k] - numeric).abs() < 1e-8,
                    "{text} {k}: {} {numeric}",
                    gradient[k]
                );
            }
        }
    }
}

#[test]
fn a_zero_to_a_power_has_a_derivative() {
    let law = formula("a*x^b + c", &["x"]);
    let mut gradient = [0.0; 3];
    assert_eq!(law.loss_and_gradient(&[2.0, 1.5, 4.0], &[0.0], &mut gradient), 4.0);
    assert_eq!(gradient, [0.0, 0.0, 1.0]);
}

#[test]
fn parameters_that_are_linear_together_are_found() {
    let linear = |text: &str| {
        let law = formula(text, &["x", "N", "D"]);
        let names = law.linear().iter().map(|&k| law.parameters()[k].name.to_string());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(linear("E + A/N^alpha + B/D^beta"), "E A B");
    assert_eq!(linear("b1 + b2*exp(-x*b4) + b3*exp(-x*b5)"), "b1 b2 b3");
    assert_eq!(linear("b1*(1 - exp(-b2*x))"), "b1");
    assert_eq!(linear("(b1 + b2*x)/(1 + b3*x)"), "b1 b2");
    assert_eq!(linear("a*b*x"), "a");
    assert_eq!(linear("exp(a)*b^1"), "");
    assert_eq!(linear("x"), "");
}

#[test]
fn equal_parts_are_done_once_and_a_long_formula_still_works() {
    let terms: Vec<String> = (0..60).map(|k| format!("b{k}*x^{k}")).collect();
    let law = formula(&terms.join(" + "), &["x"]);
    let theta: Vec<f64> = (0..60).map(f64::from).collect();
    let mut gradient = vec![0.0; 60];
    let value = law.loss_and_gradient(&theta, &[0.5], &mut gradient);
    // Σ k x^k = x/(1 − x)².
    assert!((value - 2.0).abs() < 1e-12);
    assert!((gradient[10] - 0.5_f64.powi(10)).abs() < 1e-18);
    assert_eq!(formula("x + x", &["x"]).loss(&[], &[2.0]), 4.0);
    assert_eq!(formula("x", &["x"]).loss(&[], &[2.0]), 2.0);
    assert_eq!(formula("0*x + 3", &[]).parameters().len(), 1);
}

#[test]
fn a_saved_formula_is_the_same_again() {
    let law = formula("E + A/x^alpha", &["x"]);
    let saved = serde_json::to_string(&law).unwrap();
    assert_eq!(saved, r#"{"formula":"E + A/x^alpha","variables":["x"]}"#);
    assert_eq!(serde_json::from_str::<Formula>(&saved).unwrap(), law);
    let broken = serde_json::from_str::<Formula>(r#"{"formula":"E +"}"#).unwrap_err();
    assert!(broken.to_string().contains("character 4"), "{broken}");
}
