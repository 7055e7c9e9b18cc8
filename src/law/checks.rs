//! What the tests of every law share.

use super::Law;

/// Every component of the analytic gradient against a central difference, and both evaluations against each other.
pub(super) fn gradient(law: &dyn Law, theta: &[f64], x: &[&[f64]]) {
    assert_eq!(theta.len(), law.parameters().len(), "{}", law.name());
    for x in x {
        let mut analytic = vec![0.0; theta.len()];
        law.gradient(theta, x, &mut analytic);
        let mut together = vec![0.0; theta.len()];
        let loss = law.loss_and_gradient(theta, x, &mut together);
        assert!(loss.is_finite(), "{} at {x:?}: {loss}", law.name());
        assert_eq!((loss, &together), (law.loss(theta, x), &analytic), "{}", law.name());
        for (k, parameter) in law.parameters().iter().enumerate() {
            let [low, high] = parameter.bounds;
            assert!((low..=high).contains(&theta[k]), "{} = {}", parameter.name, theta[k]);
            let step = 1e-5 * theta[k].abs();
            let at = |value: f64| {
                let mut moved = theta.to_vec();
                moved[k] = value;
                law.loss(&moved, x)
            };
            let numeric = (at(theta[k] + step) - at(theta[k] - step)) / (2.0 * step);
            // The rounding of L, about 1e-15 of it, is divided by the step.
            let error = (analytic[k] - numeric).abs();
            assert!(
                error <= 1e-6 * numeric.abs() + 1e-14 * loss.abs() / step,
                "{} {} at {x:?}: {} is not {numeric}",
                law.name(),
                parameter.name,
                analytic[k]
            );
        }
    }
}

/// That a value is another up to a relative error.
pub(super) fn near(value: f64, expected: f64, relative: f64) {
    assert!((value / expected - 1.0).abs() <= relative, "{value} is not {expected}");
}

/// That every start lies within the bounds and gives a loss at every observation, and that there is at least one.
pub(super) fn starts(law: &dyn Law, theta: &[f64], x: &super::Rows) {
    let loss: Vec<f64> = x.iter().map(|x| law.loss(theta, x)).collect();
    let starts = law.starts(&super::StartData { x, loss: &loss });
    assert!(!starts.is_empty(), "{}", law.name());
    for start in starts {
        assert_eq!(start.len(), theta.len(), "{}", law.name());
        for (value, parameter) in start.iter().zip(law.parameters()) {
            let [low, high] = parameter.bounds;
            assert!(
                (low..=high).contains(value),
                "{} {} = {value}",
                law.name(),
                parameter.name
            );
        }
        for x in x.iter() {
            let loss = law.loss(&start, x);
            assert!(loss.is_finite(), "{} {start:?} at {x:?}: {loss}", law.name());
        }
    }
}
