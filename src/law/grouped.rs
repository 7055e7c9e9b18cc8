//! One law for several groups of runs, some of whose parameters they share.
//!
//! Two data sets or two recipes may fall with the same exponent from different heights: then alpha is one number, fitted to
//! all runs, and A is one a group. θ holds, for each parameter of the law in its order, one value where it is shared and one a
//! group (`A[web]`) where it is not; x holds the law's inputs and, last, which group the run is of.
//!
//! Limits: starts are those that are given, best from a fit of each group by itself.

use super::{Inputs, Law, LawKind, Parameter, StartData, Structure, Variable};
use std::borrow::Cow;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Grouped {
    law: LawKind,
    parameters: Vec<Parameter>,
    /// Where each group's parameters stand in θ.
    places: Vec<Vec<usize>>,
    variables: Vec<Variable>,
    starts: Vec<Vec<f64>>,
}

impl Grouped {
    /// A law for groups of these names; `shared` says of a parameter's name whether it is one for all. `fitted` is θ of the
    /// law for each group by itself.
    pub fn new(law: LawKind, groups: &[String], shared: impl Fn(&str) -> bool, fitted: &[Vec<f64>]) -> Self {
        let (mut parameters, mut start) = (vec![], vec![]);
        let mut places = vec![vec![]; groups.len()];
        for (index, parameter) in law.law().parameters().iter().enumerate() {
            let own = |group: usize| fitted.get(group).and_then(|theta| theta.get(index)).copied();
            if shared(&parameter.name) {
                places.iter_mut().for_each(|places| places.push(parameters.len()));
                let values: Vec<f64> = (0..groups.len()).filter_map(own).collect();
                start.push(values.iter().sum::<f64>() / values.len().max(1) as f64);
                parameters.push(parameter.clone());
                continue;
            }
            for (group, name) in groups.iter().enumerate() {
                places[group].push(parameters.len());
                start.push(own(group).unwrap_or(1.0));
                parameters.push(Parameter {
                    name: Cow::Owned(format!("{}[{name}]", parameter.name)),
                    symbol: Cow::Owned(format!("{}[{name}]", parameter.symbol)),
                    ..parameter.clone()
                });
            }
        }
        let mut variables = match law.law().inputs() {
            Inputs::One => vec![Variable::positive("x", "x")],
            Inputs::Named(variables) => variables.to_vec(),
        };
        variables.push(Variable::column("group"));
        Self {
            law,
            parameters,
            places,
            variables,
            starts: vec![start],
        }
    }

    /// The law's own θ of a group.
    pub fn of_group(&self, theta: &[f64], group: usize) -> Vec<f64> {
        let places = self.places.get(group).map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| theta[*place]).collect()
    }

    /// The law and which group x is of; a group that is not there is the last.
    fn split<'x>(&self, x: &'x [f64]) -> (&'x [f64], usize) {
        let (inputs, group) = x.split_at(x.len() - 1);
        (inputs, (group[0].max(0.0) as usize).min(self.places.len() - 1))
    }
}

impl Law for Grouped {
    fn name(&self) -> &str {
        self.law.law().name()
    }
    fn label(&self) -> &str {
        self.law.law().label()
    }
    fn formula(&self) -> &str {
        self.law.law().formula()
    }
    fn source(&self) -> &str {
        self.law.law().source()
    }

    fn limits(&self) -> &str {
        self.law.law().limits()
    }
    fn inputs(&self) -> Inputs<'_> {
        Inputs::Named(&self.variables)
    }
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        let (x, group) = self.split(x);
        self.law.law().loss(&self.of_group(theta, group), x)
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        let (x, group) = self.split(x);
        let mut own = vec![0.0; self.places[group].len()];
        self.law.law().gradient(&self.of_group(theta, group), x, &mut own);
        out.fill(0.0);
        for (place, slope) in self.places[group].iter().zip(own) {
            out[*place] = slope;
        }
    }
    fn structure(&self) -> Structure {
        Structure::General
    }
    fn starts(&self, _data: &StartData<'_>) -> Vec<Vec<f64>> {
        self.starts.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_their_own_and_common_parameters() {
        let groups = ["web".to_owned(), "code".to_owned()];
        let fitted = [vec![1.7, 400.0, 900.0, 0.34, 0.28], vec![0.9, 300.0, 700.0, 0.36, 0.32]];
        let law = Grouped::new(LawKind::Chinchilla, &groups, |name| name == "alpha", &fitted);
        let names: Vec<&str> = law.parameters().iter().map(|p| &*p.name).collect();
        let expected = [
            "E[web]",
            "E[code]",
            "A[web]",
            "A[code]",
            "B[web]",
            "B[code]",
            "alpha",
            "beta[web]",
            "beta[code]",
        ];
        assert_eq!(names, expected);
        let theta = &law.starts[0];
        assert_eq!(law.of_group(theta, 1), [0.9, 300.0, 700.0, 0.35, 0.32]);
        let x = [1e8, 2e9, 1.0];
        let own = LawKind::Chinchilla.law().loss(&law.of_group(theta, 1), &x[..2]);
        assert_eq!(law.loss(theta, &x), own);
        let mut gradient = vec![f64::NAN; theta.len()];
        law.gradient(theta, &x, &mut gradient);
        assert_eq!((gradient[0], gradient[1]), (0.0, 1.0));
        for k in 0..theta.len() {
            let step = 1e-6 * theta[k];
            let (mut up, mut down) = (theta.clone(), theta.clone());
            up[k] += step;
            down[k] -= step;
            let numeric = (law.loss(&up, &x) - law.loss(&down, &x)) / (2.0 * step);
            assert!((gradient[k] - numeric).abs() <= 1e-6 * numeric.abs() + 1e-9, "{k}");
        }
    }
}
