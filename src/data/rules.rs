//! Rules that leave runs out, as text: `D/N < 5`, `state = crashed`. A rule matches what the filter of the same text would
//! keep, and its text is the reason of what it leaves out.
//!
//! Rules and not lists of names: runs that come later, by a file that grows or another file, are judged by them too.

use super::{Expression, ExpressionError, RunTable};
use serde::{Deserialize, Serialize};

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// In the notation of [`Expression`].
    pub text: String,
    /// It leaves runs out; otherwise it only stands in the list.
    pub on: bool,
}

/// What a rule says of a table: how many of the points that were looked at it matches, or why it cannot be read there.
pub type RuleOutcome = Result<usize, ExpressionError>;

/// Rules as one table reads them.
#[derive(Debug)]
pub struct BoundRules<'a> {
    rules: Vec<(&'a Rule, Result<Expression, ExpressionError>)>,
}

impl<'a> BoundRules<'a> {
    /// Reads rules against the names of a table. A table that lacks a rule's column has no run that the rule would match.
    pub fn of(rules: &'a [Rule], table: &RunTable) -> Self {
        let read = |rule: &'a Rule| (rule, Expression::parse(&rule.text, table));
        Self {
            rules: rules.iter().map(read).collect(),
        }
    }

    /// The first rule that leaves a point out.
    pub fn reason(&self, table: &RunTable, point: usize) -> Option<&'a str> {
        let matches = |expression: &Result<Expression, _>| {
            let expression = expression.as_ref();
            expression.is_ok_and(|expression| expression.keeps(table, point))
        };
        let found = self.rules.iter().find(|(rule, read)| rule.on && matches(read));
        found.map(|(rule, _)| rule.text.as_str())
    }

    /// What each rule says of these points, in the order of the rules; those that are off too.
    pub fn outcomes(&self, table: &RunTable, points: &[usize]) -> Vec<RuleOutcome> {
        let count = |expression: &Expression| points.iter().filter(|point| expression.keeps(table, **point)).count();
        let outcome = |read: &Result<Expression, ExpressionError>| match read {
            Ok(expression) => Ok(count(expression)),
            Err(error) => Err(error.clone()),
        };
        self.rules.iter().map(|(_, read)| outcome(read)).collect()
    }
}
