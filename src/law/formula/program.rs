//! A formula as a list of operations, each on the results of earlier ones. Equal subexpressions are one operation, and
//! constant ones are done once.
//!
//! One pass forward gives the value, one pass backward the derivatives with respect to all parameters: the derivative of
//! the result with respect to each operation, by the chain rule (Griewank and Walther 2008, "Evaluating derivatives",
//! chapter 3, the reverse mode). Its cost does not depend on how many parameters there are.

use super::parse::{Binary, Tree, Unary};

/// Operations with scratch on the stack; longer formulas take it from the heap.
const ON_THE_STACK: usize = 48;

/// An operation; operands are indices of earlier ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Operation {
    Number(f64),
    /// Index into x.
    Variable(usize),
    /// Index into θ.
    Parameter(usize),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
}

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    Variable(usize),
    Parameter(usize),
}

/// See the module. The last operation is the result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Program {
    operations: Vec<Operation>,
}

impl Program {
    pub(super) fn new(tree: &Tree, meaning: &dyn Fn(&str) -> Meaning) -> Self {
        let mut program = Self { operations: vec![] };
        let result = program.add(tree, meaning);
        // A result that an earlier operation gave already is not the last one.
        program.operations.truncate(result + 1);
        program
    }

    fn add(&mut self, tree: &Tree, meaning: &dyn Fn(&str) -> Meaning) -> usize {
        let operation = match tree {
            Tree::Number(value) => Operation::Number(*value),
            Tree::Name(name) => match meaning(name) {
                Meaning::Variable(index) => Operation::Variable(index),
                Meaning::Parameter(index) => Operation::Parameter(index),
            },
            Tree::Unary(function, inner) => {
                let inner = self.add(inner, meaning);
                match self.operations[inner] {
                    Operation::Number(value) => Operation::Number(unary(*function, value)),
                    _ => Operation::Unary(*function, inner),
                }
            }
            Tree::Binary(function, left, right) => {
                let (left, right) = (self.add(left, meaning), self.add(right, meaning));
                match (self.operations[left], self.operations[right]) {
                    (Operation::Number(a), Operation::Number(b)) => Operation::Number(binary(*function, a, b)),
                    _ => Operation::Binary(*function, left, right),
                }
            }
        };
        match self.operations.iter().position(|known| *known == operation) {
            Some(index) => index,
            None => {
                self.operations.push(operation);
                self.operations.len() - 1
            }
        }
    }

    /// The value for given parameters and variables.
    pub(super) fn value(&self, theta: &[f64], x: &[f64]) -> f64 {
        let n = self.operations.len();
        if n <= ON_THE_STACK {
            self.forward(theta, x, &mut [0.0; ON_THE_STACK][..n])
        } else {
            self.forward(theta, x, &mut vec![0.0; n])
        }
    }

    /// The value, and its derivatives with respect to the parameters in `out`.
    pub(super) fn value_and_gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) -> f64 {
        let n = self.operations.len();
        if n <= ON_THE_STACK {
            let (mut values, mut slopes) = ([0.0; ON_THE_STACK], [0.0; ON_THE_STACK]);
            self.backward(theta, x, &mut values[..n], &mut slopes[..n], out)
        } else {
            self.backward(theta, x, &mut vec![0.0; n], &mut vec![0.0; n], out)
        }
    }

    fn forward(&self, theta: &[f64], x: &[f64], values: &mut [f64]) -> f64 {
        for (index, operation) in self.operations.iter().enumerate() {
            values[index] = match *operation {
                Operation::Number(value) => value,
                Operation::Variable(k) => x[k],
                Operation::Parameter(k) => theta[k],
                Operation::Unary(function, a) => unary(function, values[a]),
                Operation::Binary(function, a, b) => binary(function, values[a], values[b]),
            };
        }
        values.last().copied().unwrap_or(f64::NAN)
    }

    fn backward(&self, theta: &[f64], x: &[f64], values: &mut [f64], slopes: &mut [f64], out: &mut [f64]) -> f64 {
        let result = self.forward(theta, x, values);
        out.fill(0.0);
        if let Some(last) = slopes.last_mut() {
            *last = 1.0;
        }
        for (index, operation) in self.operations.iter().enumerate().rev() {
            let slope = slopes[index];
            // Not only for speed: zero times an infinite derivative would be no number.
            if slope == 0.0 {
                continue;
            }
            match *operation {
                Operation::Number(_) | Operation::Variable(_) => {}
                Operation::Parameter(k) => out[k] += slope,
                Operation::Unary(function, a) => slopes[a] += slope * unary_slope(function, values[a], values[index]),
                Operation::Binary(function, a, b) => {
                    let [by_a, by_b] = binary_slopes(function, values[a], values[b], values[index]);
                    slopes[a] += slope * by_a;
                    // What does not depend on a parameter has no use for a slope, and may have none.
                    if !matches!(self.operations[b], Operation::Number(_) | Operation::Variable(_)) {
                        slopes[b] += slope * by_b;
                    }
                }
            }
        }
        result
    }

    /// Parameters in which the result is linear together, found greedily from the first on.
    pub(super) fn linear(&self, parameters: usize) -> Vec<usize> {
        let mut chosen = vec![];
        for parameter in 0..parameters {
            chosen.push(parameter);
            if !self.is_linear(&chosen) {
                chosen.pop();
            }
        }
        chosen
    }

    /// Whether the result is a polynomial of degree at most one in these parameters.
    fn is_linear(&self, chosen: &[usize]) -> bool {
        const BENT: usize = 2;
        let mut degrees: Vec<usize> = vec![];
        for operation in &self.operations {
            let degree = match *operation {
                Operation::Number(_) | Operation::Variable(_) => 0,
                Operation::Parameter(k) => usize::from(chosen.contains(&k)),
                Operation::Unary(Unary::Negate, a) => degrees[a],
                Operation::Unary(_, a) if degrees[a] == 0 => 0,
                Operation::Binary(Binary::Add | Binary::Subtract, a, b) => degrees[a].max(degrees[b]),
                Operation::Binary(Binary::Multiply, a, b) => degrees[a] + degrees[b],
                Operation::Binary(Binary::Divide, a, b) if degrees[b] == 0 => degrees[a],
                Operation::Binary(_, a, b) if degrees[a] + degrees[b] == 0 => 0,
                _ => BENT,
            };
            degrees.push(degree.min(BENT));
        }
        degrees.last().is_none_or(|degree| *degree < BENT)
    }
}

fn unary(function: Unary, a: f64) -> f64 {
    match function {
        Unary::Negate => -a,
        Unary::Exp => a.exp(),
        Unary::Log => a.ln(),
        Unary::Log10 => a.log10(),
        Unary::Sqrt => a.sqrt(),
        Unary::Abs => a.abs(),
        Unary::Sin => a.sin(),
        Unary::Cos => a.cos(),
        Unary::Tan => a.tan(),
        Unary::Atan => a.atan(),
    }
}

/// The derivative at `a`, where the function is `value`.
fn unary_slope(function: Unary, a: f64, value: f64) -> f64 {
    match function {
        Unary::Negate => -1.0,
        Unary::Exp => value,
        Unary::Log => 1.0 / a,
        Unary::Log10 => std::f64::consts::LOG10_E / a,
        Unary::Sqrt => 0.5 / value,
        Unary::Abs if a == 0.0 => 0.0,
        Unary::Abs => a.signum(),
        Unary::Sin => a.cos(),
        Unary::Cos => -a.sin(),
        Unary::Tan => 1.0 + value * value,
        Unary::Atan => 1.0 / (1.0 + a * a),
    }
}

fn binary(function: Binary, a: f64, b: f64) -> f64 {
    match function {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        Binary::Power if b == 2.0 => a * a,
        Binary::Power => a.powf(b),
        // Unlike the library's, these let a missing number through.
        Binary::Least if a.is_nan() || b.is_nan() => f64::NAN,
        Binary::Greatest if a.is_nan() || b.is_nan() => f64::NAN,
        Binary::Least => a.min(b),
        Binary::Greatest => a.max(b),
    }
}

/// The derivatives with respect to both operands, where the function is `value`.
fn binary_slopes(function: Binary, a: f64, b: f64, value: f64) -> [f64; 2] {
    match function {
        Binary::Add => [1.0, 1.0],
        Binary::Subtract => [1.0, -1.0],
        Binary::Multiply => [b, a],
        Binary::Divide => [1.0 / b, -value / b],
        Binary::Power => [
            if b == 2.0 { 2.0 * a } else { b * a.powf(b - 1.0) },
            // a^b ln a goes to zero with a.
            if value == 0.0 { 0.0 } else { value * a.ln() },
        ],
        Binary::Least if a <= b => [1.0, 0.0],
        Binary::Greatest if a >= b => [1.0, 0.0],
        Binary::Least | Binary::Greatest => [0.0, 1.0],
    }
}
