//! Formulas of the user's own: `b1*(1 - exp(-b2*x))`.
//!
//! Numbers such as `1.5e-3`; `+ - * / ^`, where `^` is right-associative and binds tighter than unary minus; `exp log`
//! (natural) `log10 sqrt abs sin cos tan atan min max`; `pi`; `{eval/loss}` for names that are no plain words. Which
//! names are variables is decided where the table is known ([`Formula::bind`]): a name that is a column is a variable,
//! any other a parameter. Parameters are unbounded and searched as they are; where the user gives no starts, a spread of
//! magnitudes taken from the data is tried ([`Law::starts`]).

mod parse;
mod program;
mod render;
mod starts;

use super::{Inputs, Law, Parameter, ParameterRole, StartData, Structure, Variable};
use parse::Tree;
use program::{Meaning, Program};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// What is wrong with a formula.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {position} of `{text}`")]
pub struct FormulaError {
    /// The whole formula.
    pub text: String,
    /// 1-based, in characters.
    pub position: usize,
    /// What was found and what to do.
    pub message: String,
}

/// A formula with the meaning of its names. Cheap to clone.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Formula(Arc<Compiled>);

/// As it is saved.
#[derive(Serialize, Deserialize)]
struct Written {
    formula: String,
    #[serde(default)]
    variables: Vec<String>,
}

struct Compiled {
    text: String,
    tree: Tree,
    variables: Vec<Variable>,
    parameters: Vec<Parameter>,
    program: Program,
    linear: Vec<usize>,
}

impl Formula {
    /// Reads a formula. Until it is bound, all its names are parameters.
    ///
    /// # Errors
    /// Where the text is no formula: what was found, and at which character.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        let tree = parse::parse(text)?;
        Ok(Self::compile(text.trim().to_owned(), tree, &|_| false))
    }

    /// The same formula where the names that `is_variable` knows are variables, any other parameters.
    pub fn bind(&self, is_variable: impl Fn(&str) -> bool) -> Self {
        Self::compile(self.0.text.clone(), self.0.tree.clone(), &is_variable)
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// All names in order of appearance, variables and parameters.
    pub fn names(&self) -> Vec<&str> {
        let mut names = vec![];
        collect_names(&self.0.tree, &mut names);
        names
    }

    /// Names of its variables, in the order of x.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.variables.iter().map(|variable| &*variable.name)
    }

    /// Its value for the numbers that `value` gives to its names.
    pub fn evaluate(&self, value: impl Fn(&str) -> f64) -> f64 {
        let x: Vec<f64> = self.variables().map(&value).collect();
        let theta: Vec<f64> = self.0.parameters.iter().map(|p| value(&p.name)).collect();
        self.0.program.value(&theta, &x)
    }

    fn compile(text: String, tree: Tree, is_variable: &dyn Fn(&str) -> bool) -> Self {
        let (mut variables, mut parameters) = (vec![], vec![]);
        let mut names = vec![];
        collect_names(&tree, &mut names);
        for name in names {
            if is_variable(name) {
                variables.push(Variable::column(name));
            } else {
                parameters.push(Parameter {
                    name: Cow::Owned(name.to_owned()),
                    symbol: Cow::Owned(name.to_owned()),
                    meaning: Cow::Borrowed("parameter of the formula"),
                    role: ParameterRole::Shape,
                    bounds: [f64::NEG_INFINITY, f64::INFINITY],
                });
            }
        }
        let meaning = |name: &str| match variables.iter().position(|v| v.name == name) {
            Some(index) => Meaning::Variable(index),
            // Every name is one or the other.
            None => Meaning::Parameter(parameters.iter().position(|p| p.name == name).unwrap_or(0)),
        };
        let program = Program::new(&tree, &meaning);
        let linear = program.linear(parameters.len());
        Self(Arc::new(Compiled {
            text,
            tree,
            variables,
            parameters,
            program,
            linear,
        }))
    }
}

/// Names in order of appearance, each once.
fn collect_names<'a>(tree: &'a Tree, names: &mut Vec<&'a str>) {
    match tree {
        Tree::Number(_) => {}
        Tree::Name(name) => {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        Tree::Unary(_, inner) => collect_names(inner, names),
        Tree::Binary(_, left, right) => {
            collect_names(left, names);
            collect_names(right, names);
        }
    }
}

impl Law for Formula {
    fn name(&self) -> &str {
        "formula"
    }
    fn label(&self) -> &str {
        "Formula"
    }
    fn formula(&self) -> &str {
        &self.0.text
    }
    fn source(&self) -> &str {
        "a formula of yours"
    }

    fn limits(&self) -> &str {
        "Only what you wrote: no bounds but yours, and squared residuals of the value itself where not told otherwise."
    }
    fn inputs(&self) -> Inputs<'_> {
        Inputs::Named(&self.0.variables)
    }
    fn parameters(&self) -> &[Parameter] {
        &self.0.parameters
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        self.0.program.value(theta, x)
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        self.0.program.value_and_gradient(theta, x, out);
    }
    fn loss_and_gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) -> f64 {
        self.0.program.value_and_gradient(theta, x, out)
    }
    fn structure(&self) -> Structure {
        Structure::General
    }
    fn linear(&self) -> &[usize] {
        &self.0.linear
    }
    fn starts(&self, data: &StartData<'_>) -> Vec<Vec<f64>> {
        starts::spread(self.0.parameters.len(), &self.0.linear, data)
    }
}

impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text && self.0.variables == other.0.variables
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variables: Vec<&str> = self.variables().collect();
        write!(f, "Formula({:?}, variables {variables:?})", self.0.text)
    }
}

impl TryFrom<Written> for Formula {
    type Error = FormulaError;
    fn try_from(written: Written) -> Result<Self, FormulaError> {
        let formula = Self::parse(&written.formula)?;
        Ok(formula.bind(|name| written.variables.iter().any(|variable| variable == name)))
    }
}

impl From<Formula> for Written {
    fn from(formula: Formula) -> Self {
        Self {
            formula: formula.0.text.clone(),
            variables: formula.variables().map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
